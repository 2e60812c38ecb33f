//! Joint maximum likelihood of coefficients and dispersion, with a smooth fall to the Poisson.
//!
//! On the boundary α = 1/θ = 0 (or φ = 0) the derivative of the log-likelihood is ½ Σ w ((y − m)² − y) / κ for NB2,
//! ½ Σ w ((y − m)² − y) / m for NB1 and twice that for the generalised Poisson, at the Poisson fit (Cameron and Trivedi
//! 2013, *Regression Analysis of Count Data*, 2nd ed., section 3.4). Where it is not positive, the Poisson fit is a
//! maximum, and it is the one reported. Conway–Maxwell–Poisson has the Poisson in its interior, at ν = 1.

use super::problem::Problem;
use super::scoring::{Solution, maximise, mean_and_kappa, start};
use super::separation;
use crate::error::{Error, Result};
use crate::family::{Family, compoisson};
use crate::model::Link;

/// A fit of coefficients and dispersion.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The maximum; on the boundary its `t` is infinite (NB2) or minus infinite (NB1, generalised Poisson).
    pub solution: Solution,
    /// The dispersion lies on the Poisson boundary.
    pub boundary: bool,
}

/// −ln of the excess of the variance, over the mean, below which the family is taken for the Poisson.
const FLAT: f64 = 20.0;

/// t of the working dispersion at which the variance exceeds the mean m by the share e^(−`flat`) of it: φ, or m/θ.
fn flat(family: Family, mean: f64, flat: f64) -> f64 {
    if family == Family::Nb2 { flat + mean.ln() } else { -flat }
}

/// ln ν above which a search that has not ended runs to infinity.
pub const MOST_LN_NU: f64 = 6.0;

/// Maximises over coefficients and, for families that have one, the dispersion.
///
/// # Errors
/// When no starting value has positive means (identity link), or the counts are more dispersed than the family.
pub fn fit(problem: &Problem, family: Family) -> Result<Fit> {
    if let Some(fit) = from_thinned(problem, family) {
        return Ok(fit);
    }
    let Some(from) = start(problem) else { return Err(no_start(problem.link)) };
    if !family.has_dispersion() {
        let solution = maximise(problem, Family::Poisson, from, 0.0, false, 0.0);
        return Ok(Fit { solution, boundary: false });
    }
    let mut poisson = maximise(problem, Family::Poisson, from, 0.0, false, 1.0);
    let mut excess = Excess::at(problem, family, &poisson.gamma);
    if family == Family::ComPoisson {
        let solution = finite_nu(problem, com_poisson(problem, poisson.gamma, &excess))?;
        return Ok(Fit { solution, boundary: false });
    }
    if excess.score < 4.0 * excess.information.sqrt() {
        let iterations = poisson.iterations;
        poisson = maximise(problem, Family::Poisson, poisson.gamma, 0.0, false, 0.0);
        poisson.iterations += iterations;
        excess = Excess::at(problem, family, &poisson.gamma);
    }
    if excess.score > 0.0 {
        let size = if family == Family::Nb2 { excess.mean } else { 1.0 };
        let alpha = (excess.score / excess.information).clamp(1e-6 / size.max(1.0), 1e3 * excess.mean.max(1.0) / size);
        // X² of the generalised Poisson estimates (1 + φ)².
        let alpha = if family == Family::GenPoisson { (0.5 * (2.0 * alpha).ln_1p()).exp_m1() } else { alpha };
        let toward = if family == Family::Nb2 { -1.0 } else { 1.0 };
        let solution = maximise(problem, family, poisson.gamma.clone(), toward * alpha.ln(), true, 0.0);
        if toward * (solution.t - flat(family, excess.mean, FLAT)) > 0.0 && solution.ll > f64::NEG_INFINITY {
            let iterations = solution.iterations + poisson.iterations;
            return Ok(Fit { solution: Solution { iterations, ..solution }, boundary: false });
        }
    }
    let solution = maximise(problem, Family::Poisson, poisson.gamma, 0.0, false, 0.0);
    let t = if family == Family::Nb2 { f64::INFINITY } else { f64::NEG_INFINITY };
    Ok(Fit { solution: Solution { t, ..solution }, boundary: true })
}

/// Observations from which the fit of a long problem starts: their estimates lie a few standard errors off.
const THIN: usize = 16_384;

/// The fit of a long problem from that of a few of its observations; `None` for a short one, or where those few do not
/// settle it.
fn from_thinned(problem: &Problem, family: Family) -> Option<Fit> {
    let thin = problem.thinned(THIN)?;
    if problem.link == Link::Log && separation::find(&thin).is_some() {
        return None;
    }
    let near = fit(&thin, family).ok().filter(|f| f.solution.converged && !f.boundary)?.solution;
    let free = family.has_dispersion();
    let family = if free { family } else { Family::Poisson };
    let found = maximise(problem, family, near.gamma, near.t, free, 0.0);
    let settled = found.converged && (!free || inside(problem, family, &found));
    let iterations = found.iterations + near.iterations;
    settled.then_some(Fit { solution: Solution { iterations, ..found }, boundary: false })
}

/// Whether a dispersion is far from either end of what is looked at.
fn inside(problem: &Problem, family: Family, found: &Solution) -> bool {
    let all: f64 = problem.w.iter().sum();
    let mean = problem.w.iter().zip(&problem.y).map(|(w, y)| w * y).sum::<f64>() / all;
    let size = mean.max(1.0).ln();
    let (low, high) = if family == Family::Nb2 { (0.0, size) } else { (0.0, 2.0 * size) };
    found.t > low - 0.6 * FLAT && found.t < high + 0.6 * FLAT
}

/// Whether the law at a fit leaves every count as good as certain.
fn certain(problem: &Problem, solution: &Solution) -> bool {
    let at = problem.predictor(&solution.gamma);
    let nu = solution.t.exp();
    (0..problem.n()).all(|i| compoisson::variance(mean_and_kappa(problem, &at, i).0, nu) < 1e-6)
}

/// Refuses a Conway–Maxwell–Poisson fit whose ν runs to 0 or to infinity.
fn finite_nu(problem: &Problem, solution: Solution) -> Result<Solution> {
    if !solution.converged && solution.t < (1.5 * compoisson::LEAST_NU).ln() {
        return Err(Error::data("more overdispersion than the Conway–Maxwell–Poisson has (ν runs to 0)")
            .help("use --family nb2 or nb1"));
    }
    if certain(problem, &solution) || (!solution.converged && solution.t > MOST_LN_NU) {
        return Err(Error::data(
            "the counts are as good as equal to their fitted means: the dispersion ν runs to infinity, so that it has no \
             finite estimate and no errors exist",
        )
        .help("use --family poisson or quasipoisson, or fewer terms"));
    }
    Ok(solution)
}

fn com_poisson(problem: &Problem, from: Vec<f64>, excess: &Excess) -> Solution {
    let t = -excess.ratio.clamp(0.1, 10.0).ln();
    maximise(problem, Family::ComPoisson, from, t, true, 0.0)
}

/// The greatest log-likelihood, less the ln y! terms; for the Conway–Maxwell–Poisson also where ν runs to its least value, as
/// a profile needs it. `None` without positive means.
pub fn likelihood(problem: &Problem, family: Family) -> Option<f64> {
    let ll = match family {
        Family::ComPoisson => {
            let poisson = maximise(problem, Family::Poisson, start(problem)?, 0.0, false, 1.0);
            let excess = Excess::at(problem, family, &poisson.gamma);
            com_poisson(problem, poisson.gamma, &excess).ll
        }
        _ => fit(problem, family).ok()?.solution.ll,
    };
    (ll > f64::NEG_INFINITY).then_some(ll)
}

/// The same, also from `gamma` and the dispersion `t` of a fit nearby: where means are 0 but for rounding, the usual start
/// finds no way back. The Conway–Maxwell–Poisson, whose sums are long, starts there only.
pub fn likelihood_near(problem: &Problem, family: Family, gamma: Vec<f64>, t: f64) -> Option<f64> {
    let free = family.has_dispersion() && t.is_finite();
    let kernel = if free { family } else { Family::Poisson };
    let warm = maximise(problem, kernel, gamma, t, free, 0.0).ll;
    if family == Family::ComPoisson {
        return (warm > f64::NEG_INFINITY).then_some(warm);
    }
    let best = likelihood(problem, family).map_or(warm, |l| l.max(warm));
    (best > f64::NEG_INFINITY).then_some(best)
}

/// Overdispersion at a Poisson fit: score of α (or φ) on the boundary and its expected information, Pearson's X² per unit
/// of weight, and the mean count.
struct Excess {
    score: f64,
    information: f64,
    ratio: f64,
    mean: f64,
}

impl Excess {
    fn at(problem: &Problem, family: Family, gamma: &[f64]) -> Excess {
        let at = problem.predictor(gamma);
        let half = if family == Family::GenPoisson { 1.0 } else { 0.5 };
        let (mut e, mut weights) = (Excess { score: 0.0, information: 0.0, ratio: 0.0, mean: 0.0 }, 0.0);
        for i in 0..problem.n() {
            let (m, kappa) = mean_and_kappa(problem, &at, i);
            let by = if family == Family::Nb2 { kappa } else { m };
            let (y, w) = (problem.y[i], problem.w[i]);
            e.score += w * half * ((y - m) * (y - m) - y) / by;
            // var((y − m)² − y) = 2 m² under the Poisson.
            e.information += w * 2.0 * (half * m / by).powi(2);
            e.ratio += w * (y - m) * (y - m) / m;
            e.mean += w * y;
            weights += w;
        }
        e.ratio /= weights;
        e.mean /= weights;
        e
    }
}

fn no_start(link: Link) -> Error {
    let help = match link {
        Link::Log => "a covariate or an offset is out of all proportion: give it in larger units",
        _ => "use the log link, or add an intercept",
    };
    Error::data(format!("no coefficients give positive means to every step under the {} link", link.name())).help(help)
}
