//! Stability: estimates without each observation in turn, and as the record grew.
//!
//! Every sub-fit is the whole fit again on fewer observations, columns that depend on earlier counts as recorded. Where a
//! column cannot be estimated (a dummy whose only period is left out) there is no number.

use crate::Rng;
use crate::design::Design;
use crate::error::Result;
use crate::family::ZeroPart;
use crate::model::glm::Regression;
use crate::model::{Interval, Settings, glm};
use crate::results::num;
use rayon::prelude::*;
use serde::Serialize;

/// All effects.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stability {
    /// One per column.
    pub terms: Vec<StableTerm>,
    /// Observations left out in turn: the order of `without`.
    pub left_out: Vec<usize>,
    /// Last observation of each expanding window: the order of `up_to`.
    pub ends: Vec<usize>,
    /// Names of `left_out`; filled in above the border.
    pub left_out_periods: Vec<String>,
    /// Names of `ends`.
    pub end_periods: Vec<String>,
    /// Level of the intervals.
    pub level: f64,
}

/// One effect.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StableTerm {
    /// Column.
    pub term: String,
    /// Estimate from all observations.
    pub estimate: Option<f64>,
    /// Estimates without each observation.
    pub without: Vec<Window>,
    /// Estimates from the observations up to each end.
    pub up_to: Vec<Window>,
    /// Lowest estimate without an observation.
    pub lowest: Option<f64>,
    /// Highest.
    pub highest: Option<f64>,
    /// The observation whose absence moves the estimate most.
    pub most_influential: Option<usize>,
    /// Where the sign differs from that of `estimate`.
    pub sign_changes: Vec<SignChange>,
}

impl StableTerm {
    /// Names of the periods without which (`without`), or up to which (`up to`), the sign differs.
    pub fn changes(&self, window: &str) -> Vec<&str> {
        self.sign_changes.iter().filter(|c| c.window == window).map(|c| c.period.as_str()).collect()
    }
}

/// One sub-fit's estimate with its Wald interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Window {
    /// Estimate.
    pub estimate: Option<f64>,
    /// Lower bound.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
}

/// A sign that differs from the whole record's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignChange {
    /// `without` or `up to`.
    pub window: &'static str,
    /// The observation left out, or the last one.
    pub observation: usize,
    /// Its name; filled in above the border.
    pub period: String,
    /// Estimate there.
    pub estimate: f64,
    /// Whether its interval excludes 0: not only weaker but contrary.
    pub contrary: bool,
}

/// Estimates without each observation and from expanding windows of at least `first` observations (0: twice the columns,
/// and 10).
///
/// # Errors
/// When the model cannot be fitted to all observations.
pub fn stability(design: &Design, settings: &Settings, first: usize, rng: &Rng) -> Result<Stability> {
    let settings = Settings { interval: Interval::Wald, ..settings.clone() };
    let (names, whole) = estimates(design, &settings, rng)?;
    let used: Vec<usize> =
        (0..design.n()).filter(|i| design.counts[*i].is_finite() && design.weight(*i) > 0.0).collect();
    let first = if first > 0 { first } else { (2 * names.len()).max(10) };
    let ends: Vec<usize> = used.iter().copied().skip(first.saturating_sub(1)).collect();
    let only = |keep: &dyn Fn(usize) -> bool| {
        let counts = design.counts.iter().enumerate().map(|(i, y)| if keep(i) { *y } else { f64::NAN }).collect();
        estimates(&Design { counts, ..design.clone() }, &settings, rng).map_or_else(|_| Vec::new(), |e| e.1)
    };
    let without: Vec<Vec<Window>> = used.par_iter().map(|out| only(&|i| i != *out)).collect();
    let up_to: Vec<Vec<Window>> = ends.par_iter().map(|end| only(&|i| i <= *end)).collect();
    let terms = (0..names.len()).map(|j| {
        let of = |fits: &[Vec<Window>]| fits.iter().map(|f| f.get(j).copied().unwrap_or_default()).collect();
        term(&names[j], whole[j].estimate, of(&without), of(&up_to), &used, &ends)
    });
    Ok(Stability {
        terms: terms.collect(),
        left_out: used.clone(),
        ends: ends.clone(),
        level: settings.level,
        ..Stability::default()
    })
}

fn term(
    name: &str,
    estimate: Option<f64>,
    without: Vec<Window>,
    up_to: Vec<Window>,
    used: &[usize],
    ends: &[usize],
) -> StableTerm {
    let values = || without.iter().filter_map(|w| w.estimate);
    let moved = |w: &Window| w.estimate.zip(estimate).map_or(-1.0, |(a, b)| (a - b).abs());
    let most = (0..without.len()).filter(|a| moved(&without[*a]) >= 0.0);
    let most = most.max_by(|a, b| moved(&without[*a]).total_cmp(&moved(&without[*b])).then(b.cmp(a)));
    let changes = |window: &'static str, fits: &[Window], at: &[usize]| -> Vec<SignChange> {
        let one = |(w, i): (&Window, &usize)| {
            let (there, whole) = w.estimate.zip(estimate)?;
            let contrary = w.low.zip(w.high).is_some_and(|(l, h)| l > 0.0 || h < 0.0);
            (there * whole < 0.0).then(|| SignChange {
                window,
                observation: *i,
                period: String::new(),
                estimate: there,
                contrary,
            })
        };
        fits.iter().zip(at).filter_map(one).collect()
    };
    StableTerm {
        term: name.into(),
        estimate,
        lowest: num(values().fold(f64::INFINITY, f64::min)),
        highest: num(values().fold(f64::NEG_INFINITY, f64::max)),
        most_influential: most.map(|a| used[a]),
        sign_changes: [changes("without", &without, used), changes("up to", &up_to, ends)].concat(),
        without,
        up_to,
    }
}

/// A standard error so many times the estimate (and the unit) is that of a likelihood that is flat.
const RUN_OFF: f64 = 100.0;

/// Names of all coefficients, and estimates with Wald intervals; those of a zero part come last, and are lacking where
/// the observations have no excess zeros.
fn estimates(design: &Design, settings: &Settings, rng: &Rng) -> Result<(Vec<String>, Vec<Window>)> {
    if settings.family.is_gaussian() || settings.zeros != ZeroPart::None {
        let summary = glm::build(settings)?.fit(design, &mut rng.clone())?.summary()?;
        // Where a column's only counts are left out, its estimate in a model with extra zeros runs off: the error says so.
        let flat = |t: &crate::results::TermRow, se: f64| se > RUN_OFF * t.estimate.unwrap_or(1.0).abs().max(1.0);
        let zeros = settings.zeros != ZeroPart::None;
        let lost = |t: &crate::results::TermRow| zeros && t.std_error.is_none_or(|se| flat(t, se));
        let window = |t: &crate::results::TermRow| match lost(t) {
            true => Window::default(),
            false => Window { estimate: t.estimate, low: t.conf_low, high: t.conf_high },
        };
        return Ok(summary.terms.iter().map(|t| (t.term.clone(), window(t))).unzip());
    }
    use statrs::distribution::{ContinuousCDF as _, Normal};
    let fit = Regression::fit(settings, design, rng)?;
    let (beta, p) = (fit.coefficients(), design.p());
    let (kept, covariance) = (fit.basis().kept(), fit.covariance().unwrap_or_else(|_| vec![0.0; p * p]));
    let z = Normal::standard().inverse_cdf(0.5 * (1.0 + settings.level));
    let window = |j: usize| {
        if !kept.contains(&j) || fit.infinite_columns().contains(&j) {
            return Window::default();
        }
        let se = covariance[j * (p + 1)].sqrt();
        let reach = if se > 0.0 { z * se } else { f64::NAN };
        Window { estimate: num(beta[j]), low: num(beta[j] - reach), high: num(beta[j] + reach) }
    };
    Ok((design.names.clone(), (0..p).map(window).collect()))
}

#[cfg(test)]
#[path = "stability_tests.rs"]
mod tests;
