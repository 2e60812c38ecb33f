//! Bootstrap of a generalised linear model, with or without extra zeros: estimates refitted on resampled data, in
//! parallel, each from the fit.
//!
//! * *Parametric*: counts drawn from the fitted law. Columns that depend on earlier counts follow each simulated path.
//! * *Blocks*: observations with their covariates, in circular blocks of consecutive ones (Politis and Romano 1992; a
//!   block of 1 is the bootstrap of pairs, Davison and Hinkley 1997, *Bootstrap Methods and their Application*, sections
//!   6.2.4 and 8.2.3).
//!
//! Intervals are percentiles. A replicate without finite estimates (a dummy that met only zeros, or no row of it drawn; no
//! excess zeros, so that the zero part runs off) is counted as failed and left out: errors and percentiles are given that
//! estimates exist.

use super::estimates::quantile;
use super::refit;
use crate::Rng;
use crate::design::{Cover, Design};
use crate::error::{Error, Result};
use crate::family::{Family, Law};
use crate::inference::problem::{Problem, build};
use crate::inference::rows::Rows;
use crate::inference::scoring::mean_and_kappa;
use crate::inference::separation;
use crate::model::glm::{Regression, ZeroFit};
use crate::results::num;
use rand::{RngExt as _, SeedableRng as _};
use rayon::prelude::*;
use serde::Serialize;

/// How data are resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Counts from the fitted law.
    Parametric,
    /// Circular blocks of this many observations.
    Blocks(usize),
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Scheme.
    pub scheme: Scheme,
    /// Replicates.
    pub replicates: usize,
    /// Level of intervals.
    pub level: f64,
}

/// Resampled estimates.
#[derive(Debug, Clone, Serialize)]
pub struct Bootstrap {
    /// Scheme.
    pub scheme: Scheme,
    /// Replicates asked for.
    pub replicates: usize,
    /// Those without finite estimates.
    pub failed: usize,
    /// One per column kept; of extra zeros, those of the zero part last.
    pub terms: Vec<Resampled>,
    /// The dispersion (θ or φ), where it was estimated.
    pub dispersion: Option<Resampled>,
    /// Estimates of each replicate that did not fail, in the order of `terms`.
    #[serde(skip)]
    pub draws: Vec<Vec<f64>>,
}

/// One coefficient.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Resampled {
    /// Column.
    pub term: String,
    /// Estimate from the data.
    pub estimate: Option<f64>,
    /// Mean of the replicates less the estimate (for the dispersion: median less the estimate).
    pub bias: Option<f64>,
    /// Standard deviation of the replicates.
    pub std_error: Option<f64>,
    /// Lower percentile.
    pub conf_low: Option<f64>,
    /// Upper percentile.
    pub conf_high: Option<f64>,
}

/// Resamples and refits.
///
/// # Errors
/// Without replicates, with a block longer than the data, for a fit without finite estimates, or for a parametric
/// bootstrap through lags of counts that are sums over steps.
pub fn run(design: &Design, fit: &Regression, request: Request, rng: &mut Rng) -> Result<Bootstrap> {
    check(design, fit, request)?;
    let seeds: Vec<Rng> = (0..request.replicates).map(|_| Rng::from_rng(rng)).collect();
    let kept = fit.basis().kept();
    let paths = request.scheme == Scheme::Parametric && !design.feedback.is_empty();
    let one = |mut rng: Rng| {
        if paths {
            return walked(design, fit, &kept, &mut rng);
        }
        let problem = match request.scheme {
            Scheme::Parametric => drawn(fit, &mut rng),
            Scheme::Blocks(length) => blocks(fit.problem(), length, &mut rng),
        };
        let (gamma, t) = refitted(&problem, fit)?;
        Some((fit.basis().beta(&gamma), t))
    };
    let results = seeds.into_par_iter().map(one).collect();
    let beta = fit.coefficients();
    let estimates = kept.iter().map(|j| (design.names[*j].clone(), beta[*j])).collect();
    let dispersion = fit.family().has_dispersion().then(|| {
        let name = if fit.family() == Family::Nb2 { "theta" } else { "phi" };
        (name, fit.dispersion())
    });
    Ok(gathered(request, results, estimates, dispersion))
}

/// Resamples and refits a model with extra zeros.
///
/// # Errors
/// As [`run`].
pub fn run_zeros(fit: &ZeroFit, request: Request, rng: &mut Rng) -> Result<Bootstrap> {
    check_request(fit.n(), request)?;
    let names = fit.names();
    if let Some(j) = fit.infinite_columns().first() {
        return Err(Error::data(format!("`{}` has no finite estimate to resample", names[*j])));
    }
    let parametric = request.scheme == Scheme::Parametric;
    if parametric && fit.lags_over_sums() {
        return Err(lags_of_sums());
    }
    let kept = fit.kept();
    let seeds: Vec<Rng> = (0..request.replicates).map(|_| Rng::from_rng(rng)).collect();
    let one = |mut rng: Rng| {
        let again = match request.scheme {
            Scheme::Parametric => fit.of_drawn_counts(&mut rng),
            Scheme::Blocks(length) => fit.of_places(&circular(fit.n(), length, &mut rng)),
        }?;
        let beta = again.coefficients();
        let t = if again.family().has_dispersion() { again.dispersion().ln() } else { f64::INFINITY };
        Some((kept.iter().map(|j| beta[*j]).collect(), t))
    };
    let results = seeds.into_par_iter().map(one).collect();
    let beta = fit.coefficients();
    let estimates = kept.iter().map(|j| (names[*j].clone(), beta[*j])).collect();
    let dispersion = fit.family().has_dispersion().then(|| ("theta", fit.dispersion()));
    Ok(gathered(request, results, estimates, dispersion))
}

/// Coefficients and working dispersion of a replicate; `None` where it failed.
type Replicate = Option<(Vec<f64>, f64)>;

fn gathered(
    request: Request,
    results: Vec<Replicate>,
    estimates: Vec<(String, f64)>,
    dispersion: Option<(&str, f64)>,
) -> Bootstrap {
    let failed = results.iter().filter(|r| r.is_none()).count();
    let (draws, ts): (Vec<Vec<f64>>, Vec<f64>) = results.into_iter().flatten().unzip();
    let column = |(a, (name, estimate)): (usize, &(String, f64))| {
        let mut values: Vec<f64> = draws.iter().map(|d| d[a]).collect();
        resampled(name, *estimate, &mut values, request.level, false)
    };
    let dispersion = dispersion.map(|(name, estimate)| {
        let mut values: Vec<f64> = ts.iter().map(|t| t.exp()).collect();
        resampled(name, estimate, &mut values, request.level, true)
    });
    let terms = estimates.iter().enumerate().map(column).collect();
    Bootstrap { scheme: request.scheme, replicates: request.replicates, failed, terms, dispersion, draws }
}

fn check_request(n: usize, request: Request) -> Result<()> {
    if request.replicates == 0 {
        return Err(Error::usage("a bootstrap needs replicates").help("such as 500"));
    }
    if let Scheme::Blocks(length) = request.scheme
        && !(1..=n).contains(&length)
    {
        return Err(Error::usage(format!("blocks of {length} do not fit {n} observations"))
            .help(format!("use --interval bootstrap:block for the usual length, or a length from 1 to {n}")));
    }
    Ok(())
}

fn lags_of_sums() -> Error {
    Error::data("lags of counts that are sums over steps cannot be simulated").help("use blocks")
}

fn check(design: &Design, fit: &Regression, request: Request) -> Result<()> {
    check_request(fit.problem().n(), request)?;
    if let Some(j) = fit.infinite_columns().first() {
        return Err(Error::data(format!("`{}` has no finite estimate to resample", design.names[*j])));
    }
    if request.scheme == Scheme::Parametric && !design.feedback.is_empty() && design.cover != Cover::Each {
        return Err(lags_of_sums());
    }
    Ok(())
}

/// Estimates of a resampled problem; `None` when it has none.
fn refitted(problem: &Problem, fit: &Regression) -> Option<(Vec<f64>, f64)> {
    let start = fit.solution();
    let found = refit::warm(problem, fit.family(), start.gamma.clone(), start.t)?;
    let at = problem.predictor(&found.gamma);
    let separated =
        (0..problem.n()).any(|i| mean_and_kappa(problem, &at, i).0 < 1e-6) && separation::find(problem).is_some();
    (!separated).then_some((found.gamma, found.t))
}

/// Counts from the fitted law.
fn drawn(fit: &Regression, rng: &mut Rng) -> Problem {
    let mut problem = fit.problem().clone();
    let at = fit.problem().predictor(&fit.solution().gamma);
    for i in 0..problem.n() {
        let (m, kappa) = mean_and_kappa(fit.problem(), &at, i);
        let by = if fit.family() == Family::Nb2 { kappa } else { 1.0 };
        problem.y[i] = Law::new(fit.family(), m, fit.dispersion() * by).sample(rng);
    }
    problem
}

/// Observations in circular blocks.
fn circular(n: usize, length: usize, rng: &mut Rng) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(n + length);
    while chosen.len() < n {
        let first = rng.random_range(0..n);
        chosen.extend((first..first + length).map(|i| i % n));
    }
    chosen.truncate(n);
    chosen
}

/// The problem of observations in circular blocks.
fn blocks(problem: &Problem, length: usize, rng: &mut Rng) -> Problem {
    let chosen = circular(problem.n(), length, rng);
    let entries: Vec<usize> = chosen.iter().flat_map(|i| problem.entries(*i)).collect();
    let sums = problem.sums.as_ref().map(|(_, share)| {
        let ends = chosen.iter().scan(0, |end, i| {
            *end += problem.entries(*i).len();
            Some(*end)
        });
        (std::iter::once(0).chain(ends).collect(), entries.iter().map(|e| share[*e]).collect())
    });
    Problem {
        z: Rows::Own(entries.iter().flat_map(|e| problem.row(*e).into_owned()).collect()),
        offset: entries.iter().map(|e| problem.offset[*e]).collect(),
        y: chosen.iter().map(|i| problem.y[*i]).collect(),
        w: chosen.iter().map(|i| problem.w[*i]).collect(),
        sums,
        ..*problem
    }
}

/// Counts simulated step by step, lags following them, and the fit to that.
fn walked(design: &Design, fit: &Regression, kept: &[usize], rng: &mut Rng) -> Option<(Vec<f64>, f64)> {
    let (mut past, mut path) = (design.before.clone(), design.clone());
    let beta = fit.coefficients();
    for s in 0..design.steps() {
        let row = design.row_on_path(s, &past);
        let terms = row.iter().zip(&beta).filter(|(_, b)| **b != 0.0);
        let eta = design.offset[s] + terms.map(|(x, b)| x * b).sum::<f64>();
        let mean = fit.link().mean(eta).min(crate::family::MAX_COUNT);
        let usable = fit.observations().contains(&s) && mean.is_finite();
        let count = if usable { Law::new(fit.family(), mean, fit.dispersion()).sample(rng) } else { design.counts[s] };
        path.x.row_mut(s).iter_mut().zip(&row).for_each(|(a, x)| *a = *x);
        path.counts[s] = count;
        past.push(count);
    }
    let finite = |s: &usize| path.row(*s).iter().all(|x| x.is_finite()) && path.counts[*s].is_finite();
    let rows: Vec<usize> = fit.observations().iter().copied().filter(finite).collect();
    let (problem, basis) = build(&path, &rows, kept, None, fit.link());
    if basis.qr.rank() < kept.len() {
        return None;
    }
    let found = refit::cold(&problem, fit.family())?;
    let separated = problem.y.contains(&0.0) && separation::find(&problem).is_some();
    (!separated).then(|| (basis.beta(&found.gamma), found.t))
}

fn resampled(name: &str, estimate: f64, values: &mut [f64], level: f64, by_median: bool) -> Resampled {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let at = |p: f64| quantile(values, p).and_then(num);
    let centre = if by_median { at(0.5) } else { num(mean) };
    Resampled {
        term: name.into(),
        estimate: num(estimate),
        bias: centre.map(|c| c - estimate).and_then(num),
        std_error: num(sd),
        conf_low: at(0.5 * (1.0 - level)),
        conf_high: at(0.5 * (1.0 + level)),
    }
}

#[cfg(test)]
#[path = "bootstrap_tests.rs"]
mod tests;
