//! Does the model fit: overdispersion, zeros, serial dependence, the marginal distribution, collinear columns, influence.
//!
//! Each check is a pure function with its formula in its own file; [`check`] gathers them for a fitted model.

pub mod columns;
pub mod dispersion;
pub mod influence;
mod others;
pub mod rootogram;
pub mod serial;

pub use columns::{Conditioning, Inflation, condition_number, conditioning, inflation};
pub use dispersion::{CameronTrivedi, Dean, Zeros, cameron_trivedi, dean, zeros};
pub use influence::{Influence, Residual, dfbeta, influence};
pub use others::{check_least_squares, check_zeros};
pub use rootogram::{Bar, rootogram};
pub use serial::{Serial, autocorrelations, durbin_watson, ljung_box, serial};

use super::subsets::Term;
use crate::Rng;
use crate::design::Design;
use crate::error::Result;
use crate::family::{Family, Law};
use crate::inference::scoring::mean_and_gradient;
use crate::model::Summary;
use crate::model::glm::Regression;
use crate::model::{Link, Settings};
use serde::Serialize;

/// A test: statistic and p-value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Test {
    /// Statistic.
    pub statistic: Option<f64>,
    /// Degrees of freedom, where it has some.
    pub df: Option<f64>,
    /// P-value.
    pub p_value: Option<f64>,
}

/// Overdispersion, judged on the Poisson fit of the same columns whatever family was asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Overdispersion {
    /// Pearson's X² against its degrees of freedom.
    pub pearson: Test,
    /// Cameron and Trivedi's regressions.
    pub cameron_trivedi: CameronTrivedi,
    /// Dean's score tests.
    pub dean: Dean,
}

/// All checks of one model.
#[derive(Debug, Clone, Serialize)]
pub struct Checks {
    /// Overdispersion of the Poisson fit; `None` for Gaussian families, or when that fit fails.
    pub overdispersion: Option<Overdispersion>,
    /// Zeros beyond what the model expects.
    pub zeros: Option<Zeros>,
    /// Autocorrelation of the quantile residuals.
    pub serial: Serial,
    /// Hanging rootogram.
    pub rootogram: Vec<Bar>,
    /// Variance inflation by term.
    pub inflation: Vec<Inflation>,
    /// Condition number of the columns scaled to unit length; above 30 harmful (Belsley, Kuh and Welsch 1980).
    pub condition_number: Option<f64>,
    /// The columns that are nearly dependent, in the direction of the smallest singular value.
    pub weakest_direction: Vec<String>,
    /// Influence of each observation on each coefficient.
    pub influence: Influence,
}

/// Checks a generalised linear model; `summary` is its own, `terms` group its columns (one each when empty).
///
/// # Errors
/// When the covariance of the coefficients does not exist.
pub fn check(design: &Design, fit: &Regression, summary: &Summary, terms: &[Term], rng: &Rng) -> Result<Checks> {
    let series: Vec<f64> = summary.rows.iter().filter_map(|r| r.residual_quantile).collect();
    let lags = serial::default_lags(series.len(), design.season);
    let each: Vec<Term> = (0..design.p()).map(|j| Term::of(design, j)).collect();
    let conditioning = conditioning(design);
    Ok(Checks {
        overdispersion: overdispersion(design, fit.link(), rng),
        zeros: zeros(fit),
        serial: serial(&series, lags),
        rootogram: rootogram(&laws(fit)),
        inflation: inflation(design, &fit.covariance()?, if terms.is_empty() { &each } else { terms }),
        condition_number: conditioning.number,
        weakest_direction: named(design, &conditioning),
        influence: influence(fit, Residual::Pearson),
    })
}

fn named(design: &Design, c: &Conditioning) -> Vec<String> {
    c.columns.iter().map(|j| design.names[*j].clone()).collect()
}

/// Count and law of each observation fitted; an NB2 sum of steps has its matched size.
fn laws(fit: &Regression) -> Vec<(f64, Law)> {
    let (problem, mut gradient) = (fit.problem(), vec![0.0; fit.problem().k]);
    let one = |i: usize| {
        let (m, kappa) = mean_and_gradient(problem, &fit.solution().gamma, i, &mut gradient);
        let by = if fit.family() == Family::Nb2 { kappa } else { 1.0 };
        (problem.y[i], Law::new(fit.family(), m, fit.dispersion() * by))
    };
    (0..problem.n()).map(one).collect()
}

/// Overdispersion tests of the Poisson fit to a design; `None` when there is no such fit.
pub fn overdispersion(design: &Design, link: Link, rng: &Rng) -> Option<Overdispersion> {
    let settings = Settings { family: Family::Poisson, link, ..Settings::default() };
    let fit = Regression::fit(&settings, design, rng).ok()?;
    let (y, mu, hats) = influence::fitted(&fit)?;
    let df = y.len() as f64 - fit.problem().k as f64;
    let x2 = y.iter().zip(&mu).map(|(y, m)| (y - m).powi(2) / m).sum::<f64>();
    Some(Overdispersion {
        pearson: serial::chi2(x2, df),
        cameron_trivedi: cameron_trivedi(&y, &mu),
        dean: dean(&y, &mu, &hats),
    })
}

#[cfg(test)]
#[path = "checks/tests.rs"]
mod tests;
