//! Checks of least squares on the log and of models with extra zeros.
//!
//! A second linear predictor has no leverages, and least squares needs none: the influence of an observation is taken from
//! the fit without it ([`crate::analysis::stability`]), (β̂ − β̂₍ᵢ₎) in standard errors, exactly.

use super::serial::{default_lags, serial};
use super::{Checks, Conditioning, Influence, Test, Zeros, conditioning, inflation, named, rootogram};
use crate::analysis::stability::Stability;
use crate::analysis::subsets::Term;
use crate::design::Design;
use crate::family::Law;
use crate::inference::linalg::quadratic;
use crate::model::Summary;
use crate::model::glm::ZeroFit;
use crate::results::num;

/// Checks a fit by least squares on the log; `laws` hold counts with their fitted laws. Overdispersion has no meaning
/// here, and zeros none unless the family takes them.
pub fn check_least_squares(
    design: &Design,
    summary: &Summary,
    laws: &[(f64, Law)],
    terms: &[Term],
    stability: Option<&Stability>,
) -> Checks {
    let conditioning = conditioning(design);
    let covariance: Vec<f64> = summary.covariance.iter().flatten().copied().collect();
    let usable = covariance.len() == design.p() * design.p();
    Checks {
        inflation: if usable { inflation(design, &covariance, terms) } else { Vec::new() },
        condition_number: conditioning.number,
        weakest_direction: named(design, &conditioning),
        ..common(design, summary, laws, stability)
    }
}

/// Checks a model with extra zeros: `design` holds both parts, `terms` number their columns one after the other. Variance
/// inflation and condition number are those of each part by itself. Overdispersion is the count part's own affair (its
/// θ): the tests for it are those of a fit without a zero part, and are left out.
pub fn check_zeros(
    design: &Design,
    fit: &ZeroFit,
    summary: &Summary,
    terms: &[Term],
    stability: Option<&Stability>,
) -> Checks {
    let p = design.p();
    let mut found = Checks { zeros: zeros(fit), ..common(design, summary, &fit.laws(), stability) };
    let mut parts = vec![(0, design.clone())];
    if let Some(part) = &design.zero {
        let names = part.names.iter().map(|n| format!("zero_{n}")).collect();
        parts.push((p, Design { names, x: part.x.to_shared(), ..design.clone() }));
    }
    for (from, part) in parts {
        let q = part.p();
        let block: Vec<f64> = (from..from + q)
            .flat_map(|i| summary.covariance.get(i).map_or_else(Vec::new, |r| r[from..from + q].to_vec()))
            .collect();
        let own = terms.iter().map(|t| Term {
            name: if from > 0 { format!("zero_{}", t.name) } else { t.name.clone() },
            columns: t.columns.iter().filter(|j| (from..from + q).contains(j)).map(|j| j - from).collect(),
        });
        let own: Vec<Term> = own.filter(|t| !t.columns.is_empty()).collect();
        if block.len() == q * q {
            found.inflation.extend(inflation(&part, &block, &own));
        }
        let worse: Conditioning = conditioning(&part);
        if worse.number > found.condition_number {
            found.condition_number = worse.number;
            found.weakest_direction = named(&part, &worse);
        }
    }
    found
}

fn common(design: &Design, summary: &Summary, laws: &[(f64, Law)], stability: Option<&Stability>) -> Checks {
    let series: Vec<f64> = summary.rows.iter().filter_map(|r| r.residual_quantile).collect();
    Checks {
        overdispersion: None,
        zeros: None,
        serial: serial(&series, default_lags(series.len(), design.season)),
        rootogram: rootogram(laws),
        inflation: Vec::new(),
        condition_number: None,
        weakest_direction: Vec::new(),
        influence: stability.map_or_else(Influence::default, |s| Influence::exact(s, summary)),
    }
}

/// Zeros counted against zeros expected, as [`super::zeros`] has it: with s(0) the scores that a count of zero would have,
/// the variance is Σ p (1 − p) − c' I⁻¹ c, c = Σ p s(0). A hurdle with a constant in its zero part meets the number of
/// zeros exactly, and has no test; nor has a fit of which some laws are unknown.
fn zeros(fit: &ZeroFit) -> Option<Zeros> {
    let inverse = fit.inverse_information()?;
    let (laws, at_zero) = (fit.laws(), fit.scores_at_zero());
    if laws.len() != at_zero.len() {
        return None;
    }
    let mut c = vec![0.0; at_zero.first()?.len()];
    let (mut observed, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for ((y, law), s) in laws.iter().zip(&at_zero) {
        let p = law.log_pmf(0.0).exp();
        observed += f64::from(u8::from(*y == 0.0));
        expected += p;
        variance += p * (1.0 - p);
        c.iter_mut().zip(s).for_each(|(c, s)| *c += p * s);
    }
    let left = variance - quadratic(&inverse, &c);
    let z = if left > 1e-6 * variance.max(1e-9) { (observed - expected) / left.sqrt() } else { f64::NAN };
    let p_value = num(libm::erfc(z.abs() / std::f64::consts::SQRT_2));
    Some(Zeros { observed, expected, test: Test { statistic: num(z), df: None, p_value } })
}
