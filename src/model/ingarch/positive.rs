//! Maxima at which a mean is 0.
//!
//! Under the identity link every mean must be `λ_t ≥ 0`, a nonlinear inequality once past means are in the model. Where the
//! count is positive the likelihood keeps away from it by itself; where it is 0 (or unknown) the maximum may lie on it. It
//! is then the limit of the maxima of `ℓ + μ Σ ln λ_t` over those steps as `μ → 0` (Nocedal and Wright, Numerical
//! Optimization, 2nd ed. 2006, section 19.6); `κ_t = μ/λ_t` tends to the multiplier of `λ_t ≥ 0`, so that the curvature of
//! the Lagrangian `∂²ℓ + Σ κ_t ∂²λ_t` is at hand for the errors of what stays free.

use super::likelihood::Likelihood;
use super::recursion::{Depth, run};
use crate::inference::linalg::{Matrix, axpy};
use crate::inference::maximise::{Maximum, maximise};
use crate::inference::objective::{Objective, Region};

/// Least weight of the barrier: the maximum is lower by less than this for every mean at 0.
const LEAST_WEIGHT: f64 = 1e-10;
/// A mean under this at the end of the barrier counts as held: in between, mean and multiplier would both be tiny.
pub(crate) const HELD: f64 = 1e-5;

/// A mean that is held at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Held {
    /// Its step.
    pub step: usize,
    /// The multiplier κ: what the log-likelihood would gain per unit of mean below 0.
    pub multiplier: f64,
}

/// A maximum, and the means that are held at 0 there.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    pub maximum: Maximum,
    pub held: Vec<Held>,
}

/// The log-likelihood with the barrier.
struct Barrier<'a> {
    likelihood: Likelihood<'a>,
    steps: &'a [usize],
    weight: f64,
}

/// Steps whose mean the likelihood does not keep from 0 by itself; none under the log link.
pub(super) fn exposed(likelihood: &Likelihood) -> Vec<usize> {
    let s = likelihood.series;
    let exposed = |t: &usize| s.exact[*t] == 0.0 || s.exact[*t].is_nan();
    if likelihood.spec.log() { Vec::new() } else { (0..s.steps).filter(exposed).collect() }
}

impl Objective for Barrier<'_> {
    fn dim(&self) -> usize {
        self.likelihood.dim()
    }

    fn value(&self, theta: &[f64]) -> f64 {
        let l = &self.likelihood;
        let Some(path) = run(l.spec, l.series, theta, Depth::Values) else { return f64::NEG_INFINITY };
        l.value(theta) + self.weight * self.steps.iter().map(|t| path.nu[*t].ln()).sum::<f64>()
    }

    fn gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        let (l, k) = (&self.likelihood, self.likelihood.k());
        let mut value = l.gradient(theta, gradient);
        let Some(path) = run(l.spec, l.series, theta, Depth::Slopes) else { return f64::NEG_INFINITY };
        for t in self.steps {
            value += self.weight * path.nu[*t].ln();
            axpy(&mut gradient[..k], self.weight / path.nu[*t], path.row(*t, k));
        }
        value
    }

    fn hessian(&self, theta: &[f64]) -> Matrix {
        let (l, k) = (&self.likelihood, self.likelihood.k());
        let mut h = l.hessian(theta);
        let Some(path) = run(l.spec, l.series, theta, Depth::Slopes) else { return h };
        let mut weights = vec![0.0; l.series.steps];
        for t in self.steps {
            weights[*t] = self.weight / path.nu[*t];
        }
        let mut outer = Matrix::zeros(k);
        for t in self.steps {
            outer.add_outer(-self.weight / (path.nu[*t] * path.nu[*t]), path.row(*t, k));
        }
        outer.mirror();
        add(&mut h, &outer);
        if let Some(c) = l.predictor_curvature(theta, weights) {
            add(&mut h, &c);
        }
        h
    }
}

/// Adds a matrix to the leading block of another.
fn add(h: &mut Matrix, other: &Matrix) {
    for i in 0..other.n() {
        for j in 0..other.n() {
            h.set(i, j, h.at(i, j) + other.at(i, j));
        }
    }
}

/// `∂²ℓ + Σ κ_t ∂²λ_t`: the curvature along the means that are held.
pub(super) fn lagrangian_hessian(likelihood: &Likelihood, theta: &[f64], held: &[Held]) -> Matrix {
    let mut h = likelihood.hessian(theta);
    if held.is_empty() {
        return h;
    }
    let mut weights = vec![0.0; likelihood.series.steps];
    held.iter().for_each(|c| weights[c.step] = c.multiplier);
    if let Some(c) = likelihood.predictor_curvature(theta, weights) {
        add(&mut h, &c);
    }
    h
}

/// The maximum along the barrier from a start inside. With a first weight of 1 all starts meet in one maximum; with a small
/// one each stays in its own.
pub(super) fn maximise_positive(
    likelihood: &Likelihood,
    region: &Region,
    start: &[f64],
    weight: f64,
) -> Option<Solution> {
    let steps = exposed(likelihood);
    let mut barrier = Barrier { likelihood: *likelihood, steps: &steps, weight };
    let mut at = maximise(&barrier, region, start);
    let mut iterations = at.iterations;
    while barrier.weight > 1.5 * LEAST_WEIGHT && at.value.is_finite() {
        barrier.weight *= 0.1;
        at = maximise(&barrier, region, &at.theta);
        iterations += at.iterations;
    }
    let path = run(likelihood.spec, likelihood.series, &at.theta, Depth::Values)?;
    let held: Vec<Held> = steps
        .iter()
        .filter(|t| path.nu[**t] < HELD)
        .map(|t| Held { step: *t, multiplier: barrier.weight / path.nu[*t] })
        .collect();
    let mut maximum = if held.is_empty() { maximise(likelihood, region, &at.theta) } else { at };
    maximum.iterations += if held.is_empty() { iterations } else { iterations - maximum.iterations };
    maximum.value = likelihood.gradient(&maximum.theta, &mut maximum.gradient);
    maximum.value.is_finite().then_some(Solution { maximum, held })
}

/// A point between a candidate, whose means may all but touch 0, and one inside: the nearest to the candidate at which no
/// exposed mean is under `least`.
pub(super) fn inward(
    likelihood: &Likelihood,
    region: &Region,
    theta: &[f64],
    inside: &[f64],
    least: f64,
) -> Option<Vec<f64>> {
    let steps = exposed(likelihood);
    let between = |share: &f64| -> Vec<f64> { theta.iter().zip(inside).map(|(a, b)| a + share * (b - a)).collect() };
    let allowed = |at: &Vec<f64>| {
        let path = run(likelihood.spec, likelihood.series, at, Depth::Values);
        region.holds(at) && path.is_some_and(|p| steps.iter().all(|t| p.nu[*t] >= least))
    };
    [0.0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9].iter().map(between).find(allowed)
}
