//! The search for an intervention at an unknown step.
//!
//! The statistic is the largest score test over the steps of a window. Its p-value comes from series simulated from the fit
//! without an intervention, each fitted again and searched in the same way: `(1 + #{T* ≥ T})/(1 + replicates)`. Every
//! replicate has its own stream, so threads change nothing.

use super::Intervention;
use super::score::{Parts, extended, singular};
use crate::error::{Error, Result};
use crate::model::ingarch::{Estimate, IngarchFit, Plan, estimate, simulate_counts};
use crate::model::series::Series;
use crate::results::num;
use crate::rng;
use rayon::prelude::*;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// How to search.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// First step looked at, from 1; the default is 2.
    pub from: usize,
    /// Last step looked at; 0 = the last of the series.
    pub to: usize,
    /// Whether the effect is external.
    pub external: bool,
    /// Replicates of the bootstrap; 0 = no p-value.
    pub replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Self {
        Search { from: 2, to: 0, external: false, replicates: 500, seed: 1 }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The likeliest intervention.
    pub intervention: Intervention,
    /// Its score test.
    pub statistic: f64,
    /// Bootstrap p-value of the largest score test in the window.
    pub p_value: Option<f64>,
    /// Its size ω, by a fit with it.
    pub size: Option<f64>,
    /// Score tests by step.
    pub statistics: Vec<(usize, f64)>,
    /// Replicates that could be fitted.
    pub replicates: usize,
    /// Their largest score tests, in descending order.
    #[serde(skip)]
    pub maxima: Vec<f64>,
}

impl Found {
    /// What the largest score test must exceed for a p-value of `alpha` or less: by the bootstrap, and where none was asked for by
    /// Bonferroni's bound over the steps. `None` with too few replicates for one.
    pub fn critical(&self, alpha: f64, how: &Search) -> Option<f64> {
        if how.replicates == 0 {
            let tail = 0.5 * alpha / self.statistics.len().max(1) as f64;
            return num(Normal::standard().inverse_cdf(tail).powi(2));
        }
        // (1 + #{T* ≥ T})/(1 + B) ≤ α: at most so many replicates reach T.
        let reach = (alpha * (1 + self.maxima.len()) as f64 + 1e-9).floor() - 1.0;
        (reach >= 0.0).then(|| self.maxima.get(reach as usize).copied()).flatten()
    }
}

/// Searches for one intervention of decay `delta`, given a fit without it.
///
/// # Errors
/// When the window is empty or the fit's information is singular.
pub fn search(fit: &IngarchFit, delta: f64, how: &Search) -> Result<Found> {
    if !(0.0..=1.0).contains(&delta) {
        return Err(
            Error::usage(format!("delta = {delta} is no decay")).help("0 = pulse, 1 = step, between = transient")
        );
    }
    let last = fit.series.skipped + fit.series.steps;
    let to = if how.to == 0 { last } else { how.to };
    let from = how.from.max(fit.series.skipped + 1);
    if from > to || to > last {
        return Err(Error::usage(format!("no steps to search between {from} and {to}: the series has {last}")));
    }
    let candidates: Vec<Intervention> = (from..=to).map(|step| Intervention { step, delta }).collect();
    let statistics =
        statistics(&fit.plan, &fit.series, &fit.estimate, &candidates, how.external).ok_or_else(singular)?;
    let (best, statistic) = largest(&statistics);
    let intervention = candidates[best];
    let maxima = bootstrap(fit, &candidates, how);
    Ok(Found {
        intervention,
        statistic,
        p_value: share_above(&maxima, statistic),
        size: size(fit, intervention, how.external),
        statistics: candidates.iter().map(|i| i.step).zip(statistics).collect(),
        replicates: maxima.len(),
        maxima,
    })
}

/// Score tests of each candidate alone, so many at a time that the slopes fit into memory.
fn statistics(
    plan: &Plan,
    series: &Series,
    e: &Estimate,
    candidates: &[Intervention],
    external: bool,
) -> Option<Vec<f64>> {
    let mut all = Vec::with_capacity(candidates.len());
    for some in candidates.chunks(256) {
        let extended = extended(series, some, external).ok()?;
        all.extend(Parts::new(plan, &extended, e, some.len())?.each());
    }
    Some(all)
}

fn largest(values: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (i, v) in values.iter().enumerate() {
        if *v > best.1 {
            best = (i, *v);
        }
    }
    best
}

/// Score tests of the candidates in series number `b` simulated from the fit; the same series for every question.
fn again(fit: &IngarchFit, candidates: &[Intervention], how: &Search, b: usize) -> Option<Vec<f64>> {
    let delta = candidates[0].delta.to_string();
    let mut stream = rng::stream(how.seed, &["intervention", &delta, &b.to_string()]);
    let counts = simulate_counts(&fit.plan, &fit.series, &fit.estimate, &mut stream)?;
    let series = fit.series.with_counts(&counts);
    let e = fit.refit(&series)?;
    statistics(&fit.plan, &series, &e, candidates, how.external)
}

/// The largest score tests of the replicates, in descending order.
fn bootstrap(fit: &IngarchFit, candidates: &[Intervention], how: &Search) -> Vec<f64> {
    let one = |b: usize| again(fit, candidates, how, b).map(|values| largest(&values).1);
    let mut maxima: Vec<f64> = (0..how.replicates).into_par_iter().filter_map(one).collect();
    maxima.sort_by(|a, b| b.total_cmp(a));
    maxima
}

/// (1 + #{T* ≥ T})/(1 + B); `None` without replicates.
fn share_above(maxima: &[f64], statistic: f64) -> Option<f64> {
    let above = maxima.iter().filter(|m| **m >= statistic).count();
    simulated_p(above, maxima.len(), 0.0).map(|s| s.p)
}

/// A p-value from simulated series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Simulated {
    /// `(1 + #{T* ≥ T})/(1 + replicates)`.
    pub p: f64,
    /// Its Monte Carlo standard error, `√(p (1 − p)/replicates)`.
    pub error: f64,
    /// Series simulated.
    pub replicates: usize,
    /// Whether its Monte Carlo interval, times the number of tests, lies on one side of the level.
    pub decided: bool,
}

fn simulated_p(above: usize, replicates: usize, level: f64) -> Option<Simulated> {
    let p = (1 + above) as f64 / (1 + replicates) as f64;
    let error = (p * (1.0 - p) / replicates as f64).sqrt();
    (replicates > 0).then(|| Simulated { p, error, replicates, decided: (p - level).abs() >= APART * error })
}

/// Series simulated for tests at known steps at most.
const MOST: usize = 9_999;
/// So many Monte Carlo errors between a p-value and the level decide. Looked at after 500, 1,001, 2,003 … series, this errs in
/// under 2 % of the cases.
const APART: f64 = 3.0;

/// p-values of the score tests of interventions at known steps, each alone, by the same bootstrap as a search: in a short
/// series the test's distribution is far from χ². All are tested in the same `how.replicates` series of a search; those whose
/// p-value, times the number of tests, is so near to `level` that the simulation would decide are tested in more, until none
/// is or 9,999 are made. Empty without replicates.
pub fn known_p(
    fit: &IngarchFit,
    interventions: &[Intervention],
    observed: &[f64],
    level: f64,
    how: &Search,
) -> Vec<Simulated> {
    let each = level / interventions.len().max(1) as f64;
    let mut above = vec![0; interventions.len()];
    let mut found: Vec<Option<Simulated>> = vec![None; interventions.len()];
    let (mut made, mut fitted, mut end) = (0, 0, how.replicates);
    while made < end {
        let open: Vec<usize> = (0..found.len()).filter(|i| found[*i].is_none_or(|s| !s.decided)).collect();
        let asked: Vec<Intervention> = open.iter().map(|i| interventions[*i]).collect();
        let one = |b: usize| again(fit, &asked, how, b);
        let drawn: Vec<Vec<f64>> = (made..end).into_par_iter().filter_map(one).collect();
        (made, fitted) = (end, fitted + drawn.len());
        for (k, i) in open.into_iter().enumerate() {
            above[i] += drawn.iter().filter(|values| values[k] >= observed[i]).count();
            found[i] = simulated_p(above[i], fitted, each);
        }
        if found.iter().flatten().any(|s| !s.decided) {
            end = (2 * made + 1).min(MOST.max(made));
        }
    }
    found.into_iter().flatten().collect()
}

/// ω of one intervention on the scale of the linear predictor, all else fitted again; `None` where that does not converge.
pub fn size(fit: &IngarchFit, intervention: Intervention, external: bool) -> Option<f64> {
    let series = extended(&fit.series, &[intervention], external).ok()?;
    let p = fit.series.p;
    let mut start = fit.estimate.maximum.theta.clone();
    start.insert(p, 0.0);
    let e = estimate(&fit.plan, &series, Some(&start)).ok()?;
    e.maximum.converged.then_some(e.theta[p])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_replicates_it_is_bonferronis() {
        let statistics = (2..=21).map(|step| (step, 0.0)).collect();
        let found = Found { statistics, maxima: Vec::new(), ..search_of_99() };
        let critical = found.critical(0.05, &Search { replicates: 0, ..Search::default() }).unwrap();
        assert!((crate::model::dependence::chi2_tail(critical, 1.0).unwrap() * 20.0 - 0.05).abs() < 1e-9, "{critical}");
    }

    fn search_of_99() -> Found {
        Found {
            intervention: Intervention { step: 2, delta: 1.0 },
            statistic: 0.0,
            p_value: None,
            size: None,
            statistics: Vec::new(),
            replicates: 99,
            maxima: (1..=99).rev().map(f64::from).collect(),
        }
    }

    #[test]
    fn what_exceeds_the_critical_value_has_a_p_value_of_alpha_or_less() {
        let found = search_of_99();
        let critical = found.critical(0.05, &Search::default()).unwrap();
        assert_eq!(critical, 95.0);
        assert!(share_above(&found.maxima, critical + 0.5).unwrap() <= 0.05);
        assert!(share_above(&found.maxima, critical).unwrap() > 0.05);
        assert_eq!((found.critical(0.001, &Search::default()), share_above(&[], 1.0)), (None, None));
    }
}
