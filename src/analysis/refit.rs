//! Fits that start from one nearby: of a neighbouring model, or of resampled counts.

use crate::family::Family;
use crate::family::Kernel;
use crate::inference::dispersion;
use crate::inference::linalg::{cholesky, cholesky_solve, dot};
use crate::inference::problem::Problem;
use crate::inference::scoring::{Curvature, Solution, Work, evaluate, maximise, mean_and_kappa};

/// Squared step, in standard errors, from which what is left is far below what is shown.
const ENOUGH: f64 = 1e-12;

/// Squared step after which one more leaves nothing that matters: estimates are right to 1e-10 standard errors, and the
/// information, taken before it, to 1e-6.
const LAST: f64 = 1e-10;

/// A maximum with its information.
pub(super) struct Maximum {
    pub(super) gamma: Vec<f64>,
    /// Infinite on the boundary.
    pub(super) t: f64,
    pub(super) ll: f64,
    /// Joint observed information, lower triangle; the dispersion last where it is free.
    pub(super) info: Vec<f64>,
}

/// The maximum of one model among many, from values nearby if given: by Newton's steps alone where all of them rise, else
/// from the engine's fit.
pub(super) fn maximum(problem: &Problem, family: Family, start: Option<(Vec<f64>, f64)>) -> Option<Maximum> {
    let near = start.and_then(|(gamma, t)| {
        let found = newton(problem, family, gamma, t)?;
        // On the way to the boundary, or on it without belonging there, the engine decides.
        let settled =
            if found.t.is_finite() { found.t.abs() < 12.0 } else { excess(problem, family, &found.gamma) <= 0.0 };
        (settled || !family.has_dispersion()).then_some(found)
    });
    near.or_else(|| {
        let solution = cold(problem, family)?;
        newton(problem, family, solution.gamma, solution.t)
    })
}

/// Newton's steps on the exact Hessian; `None` as soon as one does not rise.
fn newton(problem: &Problem, family: Family, mut gamma: Vec<f64>, mut t: f64) -> Option<Maximum> {
    let k = problem.k;
    let free = family.has_dispersion() && t.is_finite();
    let mut work = Work::new(k, free);
    let mut step = vec![0.0; k + usize::from(free)];
    let mut factor = work.info.clone();
    let mut before = f64::NEG_INFINITY;
    for _ in 0..20 {
        let ll = evaluate(problem, &Kernel::new(family, t), &gamma, Curvature::Observed, free, &mut work);
        factor.copy_from_slice(&work.info);
        if ll.is_nan() || ll < before - 1e-12 * (1.0 + ll.abs()) || !cholesky(&mut factor, step.len()) {
            return None;
        }
        step.copy_from_slice(&work.score);
        cholesky_solve(&factor, step.len(), &mut step);
        let decrement = dot(&step, &work.score);
        let by = if free && step[k].abs() > 2.0 { 2.0 / step[k].abs() } else { 1.0 };
        gamma.iter_mut().zip(&step).for_each(|(g, s)| *g += by * s);
        t += if free { by * step[k] } else { 0.0 };
        if decrement < LAST {
            return Some(Maximum { gamma, t, ll: ll + 0.5 * decrement, info: work.info });
        }
        before = ll;
    }
    None
}

/// The engine's fit from nothing; `None` when it does not converge.
pub(super) fn cold(problem: &Problem, family: Family) -> Option<Solution> {
    dispersion::fit(problem, family).ok().map(|f| f.solution).filter(|s| s.converged)
}

/// The fit from nearby values; from nothing where that fails.
pub(super) fn warm(problem: &Problem, family: Family, start: Vec<f64>, t: f64) -> Option<Solution> {
    if !family.has_dispersion() {
        let found = maximise(problem, family, start, 0.0, false, ENOUGH);
        return if found.converged { Some(found) } else { cold(problem, family) };
    }
    if !t.is_finite() {
        let poisson = maximise(problem, Family::Poisson, start, 0.0, false, ENOUGH);
        let still = poisson.converged && excess(problem, family, &poisson.gamma) <= 0.0;
        return if still { Some(Solution { t, ..poisson }) } else { cold(problem, family) };
    }
    let found = maximise(problem, family, start, t, true, ENOUGH);
    // Towards the boundary the dispersion has no curvature: the cold start looks there first.
    if found.converged && found.t.abs() < 12.0 { Some(found) } else { cold(problem, family) }
}

/// Derivative of the log-likelihood in α (NB2) or φ (NB1) at the Poisson boundary.
pub(super) fn excess(problem: &Problem, family: Family, gamma: &[f64]) -> f64 {
    let at = problem.predictor(gamma);
    let one = |i: usize| {
        let (m, kappa) = mean_and_kappa(problem, &at, i);
        let by = if family == Family::Nb2 { kappa } else { m };
        problem.w[i] * 0.5 * ((problem.y[i] - m).powi(2) - problem.y[i]) / by
    };
    (0..problem.n()).map(one).sum()
}
