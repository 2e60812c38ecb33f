//! What INGARCH and GLARMA share when they describe themselves: rows of coefficients, rows of observations, fit statistics.

use crate::Rng;
use crate::family::{Family, Law};
use crate::inference::count_density::{Rising, poisson, terms};
use crate::inference::linalg::Matrix;
use crate::model::{Interval, Resampling, Settings};
use crate::results::{Glance, RowStat, TermRow, num};
use rand::RngExt as _;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Where a coefficient stands in the parameter vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    /// Name in outputs.
    pub name: String,
    /// Its parameter.
    pub index: usize,
    /// Reported value = parameter / scale.
    pub scale: f64,
    /// A column of the design, not a lag.
    pub covariate: bool,
}

/// One coefficient with its error and interval, on the reported scale.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Estimated {
    pub value: f64,
    pub error: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// What the reader must know of the intervals: which kind was asked for and is not given.
pub(crate) fn interval_notes(settings: &Settings, quasi: bool, converged: bool) -> Option<String> {
    let bootstrap = settings.serial.bootstrap > 0;
    match (settings.interval, bootstrap) {
        (Interval::Auto | Interval::Bootstrap(Resampling::Parametric), _) => None,
        (Interval::Bootstrap(Resampling::Blocks(_)), _) => Some(
            "--interval bootstrap:block is not used: a recursion is simulated anew, the bootstrap is parametric".into(),
        ),
        (kind, true) => {
            let word = if kind == Interval::Profile { "profile" } else { "wald" };
            Some(format!("--interval {word} is not used: with --bootstrap, errors and intervals are the bootstrap's"))
        }
        (Interval::Profile, false) if quasi => Some(
            "--interval profile is not used: a quasi-likelihood has no profile, the intervals are Wald's; --estimator ml \
             or --bootstrap 500 gives others"
                .into(),
        ),
        (Interval::Profile, false) if !converged => {
            Some("--interval profile is not used: no maximum was reached, the intervals are Wald's".into())
        }
        _ => None,
    }
}

/// A model of serial dependence without lags is a plain regression: said, because the name promises more.
pub(crate) fn no_lags(model: &str, flags: &str) -> String {
    format!("{model} without lags has no serial dependence: it is the generalised linear model; give {flags}")
}

/// Standard normal quantile of the upper end of a central interval.
pub(crate) fn normal_quantile(level: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + 0.5 * level)
}

/// A coefficient's row.
pub(crate) fn term_row(slot: &Slot, e: Estimated, ratios: bool, verdict: String) -> TermRow {
    let statistic = e.error.and_then(|s| num(e.value / s));
    let exp = |v: Option<f64>| v.filter(|_| ratios && slot.covariate).and_then(|v| num(v.exp()));
    TermRow {
        term: slot.name.clone(),
        estimate: num(e.value),
        std_error: e.error,
        statistic,
        p_value: statistic.map(|z| 2.0 * Normal::standard().sf(z.abs())),
        conf_low: e.low,
        conf_high: e.high,
        rate_ratio: exp(Some(e.value)),
        rate_ratio_low: exp(e.low),
        rate_ratio_high: exp(e.high),
        verdict,
    }
}

/// Rows of columns left out.
pub(crate) fn dropped_rows(dropped: &[(String, String)]) -> impl Iterator<Item = TermRow> + '_ {
    dropped.iter().map(|(name, why)| TermRow {
        term: name.clone(),
        verdict: format!("dropped: {why}"),
        ..TermRow::default()
    })
}

/// Wald interval of a value.
pub(crate) fn wald(value: f64, error: Option<f64>, level: f64) -> Estimated {
    let half = error.map(|e| e * normal_quantile(level));
    Estimated { value, error, low: half.map(|h| value - h), high: half.map(|h| value + h) }
}

/// Standard error from a variance: `None` where it is not positive.
pub(crate) fn error_of(variance: f64) -> Option<f64> {
    (variance > 0.0).then(|| variance.sqrt()).and_then(num)
}

/// The law of a count of mean `m` and dispersion `a`; `ratio` is that of an NB2 aggregate.
pub(crate) fn law(family: Family, m: f64, a: f64, ratio: f64) -> Law {
    match family {
        Family::Nb2 if a > 0.0 => Law::new(family, m, 1.0 / (a * ratio)),
        Family::Nb1 if a > 0.0 => Law::new(family, m, a),
        Family::QuasiPoisson => Law::new(family, m, a),
        _ => Law::new(Family::Poisson, m, 1.0),
    }
}

/// One fitted observation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit {
    /// Number in the design.
    pub row: usize,
    pub y: f64,
    pub weight: f64,
    pub m: f64,
    pub eta: f64,
    /// Of an NB2 aggregate, 1 elsewhere.
    pub ratio: f64,
}

/// Unit deviance `2 (ℓ(y; y) − ℓ(y; m))`; `None` for NB1, whose likelihood does not peak at `m = y`.
fn unit_deviance(family: Family, f: &Fit, a: f64) -> Option<f64> {
    let at = |m: f64| match family {
        Family::Nb2 => terms(family, f.y, m, a * f.ratio, Rising::new(0.0, 0.0).at(0.0)).l,
        _ if m == 0.0 => 0.0,
        _ => poisson(f.y, m).l,
    };
    (family != Family::Nb1).then(|| f.weight * (2.0 * (at(f.y) - at(f.m))).max(0.0))
}

/// Rows of all `n` observations of the design; those not used hold their count only.
pub(crate) fn rows(counts: &[f64], fits: &[Fit], family: Family, a: f64, rng: &mut Rng) -> Vec<RowStat> {
    let mut rows: Vec<RowStat> = counts.iter().map(|y| RowStat { observed: *y, ..RowStat::default() }).collect();
    for f in fits {
        let law = law(family, f.m, a, f.ratio);
        let variance = law.family.variance(f.m, law.dispersion);
        let (low, high) = (law.cdf(f.y - 1.0), law.cdf(f.y));
        let u = low + (high - low) * rng.random::<f64>();
        rows[f.row] = RowStat {
            observed: f.y,
            fitted: num(f.m),
            eta: num(f.eta),
            residual_response: num(f.y - f.m),
            residual_pearson: num((f.y - f.m) * (f.weight / variance).sqrt()),
            residual_deviance: unit_deviance(family, f, a).and_then(|d| num((f.y - f.m).signum() * d.sqrt())),
            residual_quantile: num(Normal::standard().inverse_cdf(u.clamp(1e-15, 1.0 - 1e-15))),
            pit_low: num(low),
            pit_high: num(high),
            ..RowStat::default()
        };
    }
    rows
}

/// The law of each of `n` observations of the design; `None` where it was not used.
pub(crate) fn laws(n: usize, fits: &[Fit], family: Family, a: f64) -> Vec<Option<Law>> {
    let mut laws = vec![None; n];
    fits.iter().for_each(|f| laws[f.row] = Some(law(family, f.m, a, f.ratio)));
    laws
}

/// Fit statistics. `log_lik` is `None` for a quasi-likelihood; `k` counts mean parameters, `extra` the dispersion.
pub(crate) fn glance(fits: &[Fit], family: Family, a: f64, k: usize, extra: usize, log_lik: Option<f64>) -> Glance {
    let n = fits.len() as f64;
    let df = (k + extra) as f64;
    let aic = log_lik.map(|l| -2.0 * l + 2.0 * df);
    let pearson: f64 = fits
        .iter()
        .map(|f| {
            let law = law(if family == Family::QuasiPoisson { Family::Poisson } else { family }, f.m, a, f.ratio);
            f.weight * (f.y - f.m).powi(2) / law.family.variance(f.m, law.dispersion)
        })
        .sum();
    let deviance: Option<f64> = fits.iter().map(|f| unit_deviance(family, f, a)).sum();
    Glance {
        nobs: fits.len(),
        df: Some(df),
        df_residual: Some(n - k as f64),
        log_lik: log_lik.and_then(num),
        aic,
        aicc: aic.filter(|_| n > df + 1.0).map(|c| c + 2.0 * df * (df + 1.0) / (n - df - 1.0)),
        bic: log_lik.map(|l| -2.0 * l + df * n.ln()),
        deviance: deviance.and_then(num),
        pearson_chi2: num(pearson),
        dispersion: num(pearson / (n - k as f64)).filter(|_| n > k as f64),
        theta: (family == Family::Nb2 && a > 0.0).then(|| 1.0 / a),
        alpha: matches!(family, Family::Nb1 | Family::Nb2).then_some(a),
        ..Glance::default()
    }
}

/// Deviance of the mean alone, where its estimate is the mean count: single whole steps without an offset.
pub(crate) fn null_deviance(fits: &[Fit], family: Family, a: f64, simple: bool) -> Option<f64> {
    let weights: f64 = fits.iter().map(|f| f.weight).sum();
    let m = fits.iter().map(|f| f.weight * f.y).sum::<f64>() / weights;
    if !simple || m <= 0.0 {
        return None;
    }
    fits.iter().map(|f| unit_deviance(family, &Fit { m, ..*f }, a)).sum::<Option<f64>>().and_then(num)
}

/// The reported covariance: rows and columns of `slots`, on the reported scale, then zeros for `dropped` columns.
pub(crate) fn reported(cov: &Matrix, slots: &[Slot], dropped: usize) -> Vec<Vec<f64>> {
    let n = slots.len() + dropped;
    let mut rows = vec![vec![0.0; n]; n];
    for (row, i) in rows.iter_mut().zip(slots) {
        for (v, j) in row.iter_mut().zip(slots) {
            *v = cov.at(i.index, j.index) / (i.scale * j.scale);
        }
    }
    rows
}
