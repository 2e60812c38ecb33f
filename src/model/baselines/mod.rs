//! Baselines: what a model with covariates has to beat. They read the counts alone, never a column of the design.
//!
//! | name | next value | file |
//! | --- | --- | --- |
//! | `log-rw` | ln y_t = ln y_{t−1} + σ ε | [`walk`] |
//! | `drift` | ln y_t = ln y_{t−1} + δ + σ ε | [`walk`] |
//! | `naive` | y_t = y_{t−1} + σ ε | [`walk`] |
//! | `seasonal-naive` | y_t = y_{t−m} + σ ε, m steps in a season | [`walk`] |
//! | `climatology` | y_t ~ NB2(μ, θ), the same for every step | [`mod@climatology`] |
//!
//! How each reads a record that is not one count per step:
//!
//! * **Missing steps.** The walks take an increment over a gap of g steps as N(g δ, g σ²); climatology leaves them out.
//! * **Aggregates and parts of a step.** A walk cannot split them: they are left out with a warning, and their steps are
//!   a gap. Climatology takes them as they are (see there).
//! * **A running step** (`known`, `remaining` of the future design). What is recorded is kept, and the forecast of the
//!   step is scaled to the share still to come; a walk goes on from the sum of the two.
//!
//! Offsets and prior weights are not read.

pub mod climatology;
pub mod walk;
mod walk_summary;

use crate::design::Design;
use crate::error::Result;
use crate::family::{Family, Law};
use crate::model::{Model, Settings};
use crate::results::{Glance, RowStat, num};
use statrs::distribution::{ContinuousCDF as _, Normal};
use walk::{Scale, Walk};

/// Random walk of the log count.
///
/// # Errors
/// Never.
pub fn log_rw(settings: &Settings) -> Result<Box<dyn Model>> {
    let level = settings.level;
    Ok(Box::new(Walk { name: "log-rw", scale: Scale::Log, drift: false, seasonal: false, level }))
}

/// Random walk of the log count with drift.
///
/// # Errors
/// Never.
pub fn drift(settings: &Settings) -> Result<Box<dyn Model>> {
    let level = settings.level;
    Ok(Box::new(Walk { name: "drift", scale: Scale::Log, drift: true, seasonal: false, level }))
}

/// The last count again.
///
/// # Errors
/// Never.
pub fn naive(settings: &Settings) -> Result<Box<dyn Model>> {
    let level = settings.level;
    Ok(Box::new(Walk { name: "naive", scale: Scale::Count, drift: false, seasonal: false, level }))
}

/// The count of the same season a year before.
///
/// # Errors
/// Never.
pub fn seasonal_naive(settings: &Settings) -> Result<Box<dyn Model>> {
    let level = settings.level;
    Ok(Box::new(Walk { name: "seasonal-naive", scale: Scale::Count, drift: false, seasonal: true, level }))
}

/// NB2 with a constant mean.
///
/// # Errors
/// Never.
pub fn climatology(settings: &Settings) -> Result<Box<dyn Model>> {
    Ok(Box::new(climatology::Climatology { level: settings.level }))
}

/// What is recorded of future step `s`, and the share of it still to come.
fn running(future: &Design, s: usize) -> (f64, f64) {
    let known = future.known.get(s).copied().unwrap_or(0.0);
    let remaining = future.remaining.get(s).copied().unwrap_or(1.0);
    (if known > 0.0 { known } else { 0.0 }, remaining.clamp(0.0, 1.0))
}

/// The law of a step of which nothing is to come.
fn nothing_to_come() -> Law {
    Law::new(Family::Poisson, 0.0, 1.0)
}

/// Likelihood, `k` parameters and `n` observations as information criteria.
fn criteria(log_lik: f64, k: f64, n: usize) -> Glance {
    let n_f = n as f64;
    let aic = -2.0 * log_lik + 2.0 * k;
    Glance {
        nobs: n,
        df: Some(k),
        log_lik: num(log_lik),
        aic: num(aic),
        aicc: num(aic + 2.0 * k * (k + 1.0) / (n_f - k - 1.0)).filter(|_| n_f > k + 1.0),
        bic: num(-2.0 * log_lik + k * n_f.ln()),
        converged: true,
        ..Glance::default()
    }
}

/// The row of one observation under its law at the estimates; `scale` is the law's standard deviation in the units of
/// `innovation`, the Pearson residual's numerator.
fn row_stat(observed: f64, law: &Law, innovation: f64, scale: f64) -> RowStat {
    let (low, high) = (law.cdf(observed - 1.0), law.cdf(observed));
    let middle = (0.5 * (low + high)).clamp(1e-16, 1.0 - 1e-16);
    RowStat {
        observed,
        fitted: num(law.mean),
        residual_response: num(observed - law.mean),
        residual_pearson: num(innovation / scale),
        residual_quantile: num(Normal::standard().inverse_cdf(middle)),
        pit_low: num(low),
        pit_high: num(high),
        ..RowStat::default()
    }
}
