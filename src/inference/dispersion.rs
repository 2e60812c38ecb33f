//! Joint maximum likelihood of coefficients and dispersion, with a smooth fall to the Poisson.
//!
//! On the boundary α = 1/θ = 0 (or φ = 0) the derivative of the log-likelihood is ½ Σ w ((y − m)² − y) / κ for NB2, and
//! ½ Σ w ((y − m)² − y) / m for NB1, at the Poisson fit (Cameron and Trivedi 2013, *Regression Analysis of Count Data*,
//! 2nd ed., section 3.4). Where it is not positive, the Poisson fit is a maximum, and it is the one reported.

use super::problem::Problem;
use super::scoring::{Solution, maximise, mean_and_gradient, start};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::model::Link;

/// A fit of coefficients and dispersion.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The maximum; its `t` is infinite (NB2) or minus infinite (NB1) on the boundary.
    pub solution: Solution,
    /// The dispersion lies on the Poisson boundary.
    pub boundary: bool,
}

/// ln θ above which (and ln φ below whose negative) NB is taken for the Poisson.
const FLAT: f64 = 20.0;

/// Maximises over coefficients and, for families that have one, the dispersion.
///
/// # Errors
/// When no starting value has positive means (identity link).
pub fn fit(problem: &Problem, family: Family) -> Result<Fit> {
    let Some(from) = start(problem) else { return Err(no_start(problem.link)) };
    if !family.has_dispersion() {
        let solution = maximise(problem, Family::Poisson, from, 0.0, false, 0.0);
        return Ok(Fit { solution, boundary: false });
    }
    let mut poisson = maximise(problem, Family::Poisson, from, 0.0, false, 1.0);
    let (mut excess, mut information) = excess(problem, family, &poisson.gamma);
    if excess < 4.0 * information.sqrt() {
        let iterations = poisson.iterations;
        poisson = maximise(problem, Family::Poisson, poisson.gamma, 0.0, false, 0.0);
        poisson.iterations += iterations;
        (excess, information) = self::excess(problem, family, &poisson.gamma);
    }
    if excess > 0.0 {
        let alpha = (excess / information).clamp(1e-6, 1e3);
        let t = if family == Family::Nb2 { -alpha.ln() } else { alpha.ln() };
        let solution = maximise(problem, family, poisson.gamma.clone(), t, true, 0.0);
        let flat = if family == Family::Nb2 { solution.t > FLAT } else { solution.t < -FLAT };
        if !flat && solution.ll > f64::NEG_INFINITY {
            let iterations = solution.iterations + poisson.iterations;
            return Ok(Fit { solution: Solution { iterations, ..solution }, boundary: false });
        }
    }
    let solution = maximise(problem, Family::Poisson, poisson.gamma, 0.0, false, 0.0);
    let t = if family == Family::Nb2 { f64::INFINITY } else { f64::NEG_INFINITY };
    Ok(Fit { solution: Solution { t, ..solution }, boundary: true })
}

/// Score of α (or φ) on the boundary, and its expected information.
fn excess(problem: &Problem, family: Family, gamma: &[f64]) -> (f64, f64) {
    let mut gradient = vec![0.0; problem.k];
    let (mut score, mut information) = (0.0, 0.0);
    for i in 0..problem.n() {
        let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
        let by = if family == Family::Nb2 { kappa } else { m };
        let y = problem.y[i];
        score += problem.w[i] * 0.5 * ((y - m) * (y - m) - y) / by;
        information += problem.w[i] * 0.5 * (m / by) * (m / by);
    }
    (score, information)
}

fn no_start(link: Link) -> Error {
    Error::data(format!("no coefficients give positive means to every step under the {} link", link.name()))
        .help("use the log link, or add an intercept")
}
