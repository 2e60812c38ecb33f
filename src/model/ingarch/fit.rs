//! Estimation: conditional maximum likelihood, and tscount's two steps.

use super::likelihood::{Likelihood, dispersed};
use super::positive::{Held, Solution, exposed, inward, maximise_positive};
use super::recursion::{Depth, Spec, run};
use super::start::{EDGE, interior, region, starts};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::inference::maximise::{Maximum, better, maxima_from, maximise};
use crate::inference::objective::{Objective as _, Region};
use crate::model::serial::{Estimator, Stationarity};
use crate::model::series::Series;

/// What is estimated and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub spec: Spec,
    pub family: Family,
    pub estimator: Estimator,
    pub region: Stationarity,
}

impl Plan {
    /// The family whose log-likelihood is maximised: the Poisson's, when the dispersion waits for the second step.
    pub fn objective_family(&self) -> Family {
        if self.quasi() { Family::Poisson } else { self.family }
    }

    /// Whether the mean is estimated by quasi-likelihood.
    pub fn quasi(&self) -> bool {
        self.family == Family::QuasiPoisson || (dispersed(self.family) && self.estimator == Estimator::TwoStep)
    }

    /// Whether the mean is estimated jointly with a dispersion.
    pub fn likelihood(&self) -> bool {
        dispersed(self.family) && !self.quasi()
    }

    /// V/λ² at a mean: the variance of the quasi-score's factor.
    pub fn spread(&self, a: f64, m: f64, ratio: f64) -> f64 {
        match self.family {
            Family::Nb2 => 1.0 / m + a * ratio,
            Family::Nb1 => (1.0 + a) / m,
            Family::QuasiPoisson => a / m,
            _ => 1.0 / m,
        }
    }

    /// The log-likelihood that is maximised.
    pub fn objective<'a>(&'a self, series: &'a Series) -> Likelihood<'a> {
        Likelihood { spec: &self.spec, series, family: self.objective_family() }
    }

    /// Its admissible region.
    pub fn admissible(&self, series: &Series) -> Region {
        region(&self.spec, series, self.objective_family(), self.region)
    }
}

/// Estimates on the internal scale (columns divided by their powers of two).
#[derive(Debug, Clone)]
pub(crate) struct Estimate {
    /// Mean parameters `(η, β, α)`.
    pub theta: Vec<f64>,
    /// α of NB2, φ of NB1, the variance factor of the quasi-Poisson; 0 for the Poisson.
    pub dispersion: f64,
    /// Where the objective was maximised.
    pub maximum: Maximum,
    /// Means held at 0 there.
    pub held: Vec<Held>,
}

/// Estimates by the plan, from `warm` if given, else from several starts of which the best solution is kept.
pub(crate) fn estimate(plan: &Plan, series: &Series, warm: Option<&[f64]>) -> Result<Estimate> {
    let Solution { maximum, held } = match warm {
        Some(w) => highest(plan, series, &[w.to_vec()])?,
        None => from_submodels(plan, series, submodels(plan, series))?,
    };
    let objective = plan.objective(series);
    let k = objective.k();
    let theta = maximum.theta[..k].to_vec();
    let dispersion = if plan.quasi() {
        second_step(plan.family, &objective, &theta)
    } else {
        maximum.theta.get(k).copied().unwrap_or(0.0)
    };
    Ok(Estimate { theta, dispersion, maximum, held })
}

/// The maximum from a grid of starts and from the maxima `inner` of the models inside this one (without lags, without past means,
/// in the stationary region), so that it is never below any of them.
fn from_submodels(plan: &Plan, series: &Series, inner: Vec<Vec<f64>>) -> Result<Solution> {
    let starts = starts(&plan.objective(series), &plan.admissible(series), &inner)?;
    let best = highest(plan, series, &starts)?;
    let objective = plan.objective(series);
    let value = |theta: &Vec<f64>| objective.value(theta);
    let Some(floor) = inner.iter().max_by(|a, b| value(a).total_cmp(&value(b))) else { return Ok(best) };
    // What the resolution of an edge may have cost.
    if best.maximum.value < value(floor) - 1e-9 * (1.0 + best.maximum.value.abs()) {
        let from = maximise(&objective, &plan.admissible(series), floor);
        if from.converged {
            return Ok(Solution { maximum: from, held: Vec::new() });
        }
    }
    Ok(best)
}

/// Maxima of the models inside this one, as its parameters; the most restricted first.
fn submodels(plan: &Plan, series: &Series) -> Vec<Vec<f64>> {
    let spec = &plan.spec;
    if spec.longest() == 0 {
        return Vec::new();
    }
    let embedded = |inner: Spec, known: Vec<Vec<f64>>| {
        let inner = Plan { spec: inner, ..plan.clone() };
        from_submodels(&inner, series, known).ok().map(|s| s.maximum.theta)
    };
    let (none, k) = (Spec { obs: Vec::new(), mean: Vec::new(), ..spec.clone() }, spec.k(series.p));
    // 0 for each lag that a model has not.
    let padded = |mut theta: Vec<f64>, lags: usize, all: usize| {
        let at = series.p + lags;
        theta.splice(at..at, std::iter::repeat_n(0.0, all - at));
        theta
    };
    let mut maxima: Vec<Vec<f64>> = Vec::new();
    let constant = embedded(none, Vec::new());
    if !spec.obs.is_empty() && !spec.mean.is_empty() {
        let past = Spec { mean: Vec::new(), ..spec.clone() };
        let (lags, all) = (spec.obs.len(), past.k(series.p));
        let known = constant.iter().map(|c| padded(c.clone(), 0, all)).collect();
        maxima.extend(embedded(past, known).map(|t| padded(t, lags, k)));
    }
    maxima.splice(0..0, constant.map(|c| padded(c, 0, k)));
    if plan.region == Stationarity::Free {
        let held = Plan { region: Stationarity::Stationary, ..plan.clone() };
        let inner = submodels(&held, series);
        maxima.extend(from_submodels(&held, series, inner).ok().map(|s| s.maximum.theta));
    }
    maxima
}

/// The highest maximum from these starts. Where one of them ends at a mean of 0, that bound is taken up.
fn highest(plan: &Plan, series: &Series, starts: &[Vec<f64>]) -> Result<Solution> {
    let objective = plan.objective(series);
    let region = plan.admissible(series);
    let ends = maxima_from(&objective, &region, starts);
    let stuck = ends.is_empty() || ends.iter().any(|m| !m.converged);
    let bounded = if stuck { on_means_of_zero(&objective, &region, starts, &ends) } else { Vec::new() };
    let best = ends.into_iter().reduce(better);
    let free = best.map(|m| Solution { maximum: edges_resolved(&objective, &region, m), held: Vec::new() });
    let all = free.into_iter().chain(bounded);
    all.reduce(|a, b| {
        let level = 1e-9 * (1.0 + a.maximum.value.abs());
        let (more, as_good) = (b.maximum.value - a.maximum.value, b.maximum.converged && !a.maximum.converged);
        if more > level || (more > -level && as_good) { b } else { a }
    })
    .ok_or_else(|| Error::data("the likelihood is not finite at any start"))
}

/// Maxima along the barrier of the means, from where others ended and from the likeliest points inside.
fn on_means_of_zero(objective: &Likelihood, region: &Region, starts: &[Vec<f64>], ends: &[Maximum]) -> Vec<Solution> {
    if exposed(objective).is_empty() {
        return Vec::new();
    }
    let inside = interior(objective, region);
    let Some(centre) = inside.first() else { return Vec::new() };
    let level = objective.series.mean_per_step();
    let from = |theta: &Vec<f64>, weight: f64| {
        let start = inward(objective, region, theta, centre, 1e-3 * weight * level)?;
        maximise_positive(objective, region, &start, weight)
    };
    let ends = ends.iter().map(|m| from(&m.theta, 1e-3));
    let starts = starts.iter().take(3).map(|t| from(t, 1e-2));
    std::iter::once(from(centre, 1.0)).chain(ends).chain(starts).flatten().collect()
}

/// The edge of the open region is resolved to [`EDGE`] and no finer: another bound that is nearer than that binds too. (In
/// between, the marginal start turns the smallest change of a lag into any first mean.)
fn edges_resolved(objective: &Likelihood, region: &Region, best: Maximum) -> Maximum {
    let near = |i: &usize| {
        let b = &region.bounds[*i];
        b.c != 0.0 && !best.active.contains(i) && b.slack(&best.theta) < EDGE
    };
    let near: Vec<usize> = (0..region.bounds.len()).filter(near).collect();
    if near.is_empty() || !best.converged {
        return best;
    }
    let active = [best.active.clone(), near].concat();
    let (mut held, mut theta) = (region.clone(), best.theta.clone());
    region.settle(&active, &mut theta);
    region.settled(&active).iter().for_each(|(j, _)| held = held.fixing(*j));
    let mut there = maximise(objective, &held, &theta);
    if !there.converged || there.value < best.value - 0.05 {
        return best;
    }
    there.iterations += best.iterations;
    there.active.retain(|i| !active.contains(i));
    there.active.splice(..0, active);
    there
}

/// The dispersion that makes Pearson's statistic equal `n` less the number of mean parameters.
///
/// NB2: the root of `Σ (y−m)²/(m + σ² m²) = n − k` (Christou and Fokianos 2014; tscount's `sigmasq`), 0 when the Poisson
/// is already less dispersed than that. NB1: `X²/(n − k) − 1`. Quasi-Poisson: `X²/(n − k)`.
pub(crate) fn second_step(family: Family, objective: &Likelihood, theta: &[f64]) -> f64 {
    let Some(path) = run(objective.spec, objective.series, theta, Depth::Values) else { return 0.0 };
    let mut points = Vec::with_capacity(objective.series.obs.len());
    objective.visit(&path, |q| points.push((q.obs.weight, (q.obs.y - q.m).powi(2), q.m, q.ratio)));
    let df = (points.len() as f64 - objective.k() as f64).max(1.0);
    let pearson = |a: f64| points.iter().map(|(w, r, m, c)| w * r / (m + a * c * m * m)).sum::<f64>();
    let phi = pearson(0.0) / df;
    match family {
        Family::QuasiPoisson => phi,
        Family::Nb1 => (phi - 1.0).max(0.0),
        Family::Nb2 if phi > 1.0 => {
            let mut high = 1.0;
            while pearson(high) > df && high < 1e12 {
                high *= 4.0;
            }
            decreasing_root(|a| pearson(a) - df, 0.0, high)
        }
        _ => 0.0,
    }
}

/// Root of a decreasing function between two points, by the Illinois variant of false position.
fn decreasing_root(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let (mut at_low, mut at_high) = (f(low), f(high));
    for _ in 0..200 {
        let mid = (low * at_high - high * at_low) / (at_high - at_low);
        let v = f(mid);
        if v == 0.0 || (high - low) <= 1e-15 * high {
            return mid;
        }
        if v > 0.0 {
            (low, at_low) = (mid, v);
            at_high *= 0.5;
        } else {
            (high, at_high) = (mid, v);
            at_low *= 0.5;
        }
        if v.abs() < 1e-13 * (1.0 + at_low.abs() + at_high.abs()) {
            return mid;
        }
    }
    0.5 * (low + high)
}

/// The log-likelihood of the family itself at an estimate (the two-step estimate does not maximise it).
pub(crate) fn log_likelihood(plan: &Plan, series: &Series, e: &Estimate) -> f64 {
    let l = Likelihood { spec: &plan.spec, series, family: plan.family };
    let mut theta = e.theta.clone();
    if dispersed(plan.family) {
        theta.push(e.dispersion);
    }
    l.value(&theta)
}
