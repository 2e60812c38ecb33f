//! Fits that start from one nearby: of a neighbouring model, or of resampled counts.

use crate::family::Family;
use crate::inference::dispersion;
use crate::inference::problem::Problem;
use crate::inference::scoring::{Solution, maximise, mean_and_gradient};

/// Squared step, in standard errors, from which what is left is far below what is shown.
const ENOUGH: f64 = 1e-12;

/// The working dispersion on the Poisson boundary.
pub(super) fn at_boundary(family: Family) -> f64 {
    if family == Family::Nb2 { f64::INFINITY } else { f64::NEG_INFINITY }
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
    let mut gradient = vec![0.0; problem.k];
    let one = |i: usize| {
        let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
        let by = if family == Family::Nb2 { kappa } else { m };
        problem.w[i] * 0.5 * ((problem.y[i] - m).powi(2) - problem.y[i]) / by
    };
    (0..problem.n()).map(one).sum()
}
