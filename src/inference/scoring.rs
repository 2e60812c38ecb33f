//! Maximum likelihood: Fisher scoring, turning into Newton near the maximum; one engine for all count families.
//!
//! Steps are halved until the log-likelihood does not fall. Convergence: the step, in units of standard errors, is below
//! 1e-11 (or, in Newton's quadratic phase, is going to be).

pub use super::likelihood::{Curvature, Work, evaluate, mean_and_gradient, mean_and_kappa};

use super::likelihood::mean_and_slopes;
use super::linalg::{add_outer, axpy, cholesky, cholesky_solve, dot};
use super::problem::Problem;
use crate::family::{Family, Kernel};
use crate::model::Link;

/// A maximum.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Working coefficients.
    pub gamma: Vec<f64>,
    /// Working dispersion.
    pub t: f64,
    /// Log-likelihood less the ln y! terms.
    pub ll: f64,
    /// Iterations.
    pub iterations: usize,
    /// Whether the tolerance was met.
    pub converged: bool,
}

/// Squared step, in standard errors, that counts as converged; and from where Newton's next step is that small.
const DONE: f64 = 1e-22;
const QUADRATIC: f64 = 1e-11;
const MAX_ITERATIONS: usize = 100;

/// Maximises from γ = `start` and the working dispersion `t`, which is free when `free`. Stops early once the squared
/// step is below `enough` (0 for full precision).
pub fn maximise(problem: &Problem, family: Family, start: Vec<f64>, t: f64, free: bool, enough: f64) -> Solution {
    let mut search = Search::new(problem, family, start, t, free);
    let unit = search.unit;
    let mut done = search.ll == f64::NEG_INFINITY;
    let mut converged = false;
    while !done && search.iterations < MAX_ITERATIONS {
        search.iterations += 1;
        let Some(decrement) = search.direction() else { break };
        // Small weights make a likelihood as flat as they are.
        let relative = decrement / unit;
        converged = relative < DONE.max(enough);
        done = converged;
        if !done {
            if search.quadratic() && relative < QUADRATIC && problem.link == Link::Log {
                search.finish(decrement);
                (converged, done) = (true, true);
                continue;
            }
            let last = search.quadratic() && relative < QUADRATIC;
            done = !search.advance(relative);
            // No step rises any more: rounding at the maximum, or a boundary.
            converged = if done { relative < 1e-9 } else { last };
            done |= last;
        }
    }
    Solution { gamma: search.gamma, t: search.t, ll: search.ll, iterations: search.iterations, converged }
}

struct Search<'a> {
    problem: &'a Problem,
    family: Family,
    free: bool,
    gamma: Vec<f64>,
    t: f64,
    ll: f64,
    curvature: Curvature,
    work: Work,
    step: Vec<f64>,
    trial: Vec<f64>,
    iterations: usize,
    /// The mean weight where it is below 1: what a unit of the log-likelihood is worth.
    unit: f64,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, family: Family, gamma: Vec<f64>, t: f64, free: bool) -> Self {
        let (step, trial) = (vec![0.0; gamma.len() + usize::from(free)], gamma.clone());
        let work = Work::new(problem.k, free);
        let mut s = Search {
            problem,
            family,
            free,
            gamma,
            t,
            ll: 0.0,
            curvature: Curvature::Expected,
            work,
            step,
            trial,
            iterations: 0,
            unit: unit(problem),
        };
        s.ll = s.evaluate_here();
        s
    }

    fn evaluate_here(&mut self) -> f64 {
        let kernel = Kernel::new(self.family, self.t);
        evaluate(self.problem, &kernel, &self.gamma, self.curvature, self.free, &mut self.work)
    }

    /// Whether the curvature in use is the exact Hessian.
    fn quadratic(&self) -> bool {
        let canonical = matches!(self.family, Family::Poisson | Family::QuasiPoisson)
            && self.problem.link == Link::Log
            && self.problem.sums.is_none();
        canonical || self.curvature == Curvature::Observed
    }

    /// Solves for the step and returns its squared length in standard errors; `None` when there is no direction up.
    fn direction(&mut self) -> Option<f64> {
        let dim = self.step.len();
        loop {
            self.step.copy_from_slice(&self.work.score);
            if self.free && self.curvature == Curvature::Expected && self.work.info[dim * dim - 1] <= 0.0 {
                self.work.info[dim * dim - 1] = self.work.score[dim - 1].abs().max(1e-8);
            }
            if cholesky(&mut self.work.info, dim) {
                cholesky_solve(&self.work.info, dim, &mut self.step);
                if self.free {
                    self.shorten();
                }
                return Some(dot(&self.step, &self.work.score).abs());
            }
            if self.curvature == Curvature::Expected {
                return None;
            }
            self.curvature = Curvature::Expected;
            self.evaluate_here();
        }
    }

    /// The log dispersion moves by 2 at most.
    fn shorten(&mut self) {
        let jump = self.step[self.step.len() - 1].abs();
        if jump > 2.0 {
            self.step.iter_mut().for_each(|s| *s *= 2.0 / jump);
        }
    }

    /// Takes Newton's last step, which needs no look at where it leads: ℓ rises by half the decrement.
    fn finish(&mut self, decrement: f64) {
        self.gamma.iter_mut().zip(&self.step).for_each(|(g, s)| *g += s);
        if self.free {
            self.t += self.step[self.problem.k];
        }
        self.ll += 0.5 * decrement;
    }

    /// Takes the step, halved until the log-likelihood does not fall; false when no step rises.
    fn advance(&mut self, decrement: f64) -> bool {
        let (k, from_t, from) = (self.problem.k, self.t, self.ll);
        self.trial.copy_from_slice(&self.gamma);
        let before = self.curvature;
        if decrement < 4.0 && !self.quadratic() {
            self.curvature = Curvature::Observed;
        }
        let slack = 1e-13 * (self.unit + from.abs());
        let mut factor = 1.0;
        for _ in 0..40 {
            self.gamma.iter_mut().zip(&self.trial).zip(&self.step).for_each(|((g, o), s)| *g = o + factor * s);
            self.t = from_t + if self.free { factor * self.step[k] } else { 0.0 };
            self.ll = self.evaluate_here();
            if self.ll >= from - slack || (decrement < 1e-10 && self.ll > f64::NEG_INFINITY) {
                return true;
            }
            factor *= 0.5;
        }
        self.gamma.copy_from_slice(&self.trial);
        (self.t, self.curvature) = (from_t, before);
        self.ll = self.evaluate_here();
        false
    }
}

fn unit(problem: &Problem) -> f64 {
    let mean = problem.w.iter().sum::<f64>() / problem.w.len().max(1) as f64;
    if mean > 0.0 { mean.min(1.0) } else { 1.0 }
}

/// Starting values for a Poisson fit: R's, μ = y + 0.1 and one weighted least-squares step; else a constant mean.
/// `None` when neither gives positive means.
pub fn start(problem: &Problem) -> Option<Vec<f64>> {
    let total: f64 = problem.w.iter().sum();
    let mass: f64 = (0..problem.n()).map(|i| problem.w[i] * rate(problem, i, 0.0)).sum();
    let level = mass / total;
    for flat in [false, true] {
        // A least-squares step from the rates towards the counts; or the level itself.
        let point = |i: usize| {
            let mu = if flat { level } else { rate(problem, i, 0.1) };
            (mu, if flat { mu } else { rate(problem, i, 0.0) })
        };
        let gamma = least_squares(problem, point)?;
        if has_means(problem, &gamma) {
            return Some(gamma);
        }
    }
    None
}

/// Whether all means are positive and finite.
fn has_means(problem: &Problem, gamma: &[f64]) -> bool {
    let at = problem.predictor(gamma);
    (0..problem.offset.len()).all(|e| {
        let eta = at.eta(e);
        if problem.link == Link::Log {
            return eta.abs() < 690.0;
        }
        let m = mean_and_slopes(problem.link, eta).0;
        m > 0.0 && m < 1e300
    })
}

/// Count per whole step of observation `i`.
fn rate(problem: &Problem, i: usize, add: f64) -> f64 {
    (problem.y[i] + add) / problem.entries(i).map(|e| problem.share(e)).sum::<f64>()
}

/// One working least-squares step, each observation by its averaged row: `point` gives the mean it starts from and the
/// value it aims at.
fn least_squares(problem: &Problem, point: impl Fn(usize) -> (f64, f64)) -> Option<Vec<f64>> {
    let k = problem.k;
    let (mut rhs, mut info, mut average) = (vec![0.0; k], vec![0.0; k * k], vec![0.0; k]);
    for i in 0..problem.n() {
        let (mu, aim) = point(i);
        let eta = problem.link.of(mu);
        let (_, d1, _) = mean_and_slopes(problem.link, eta);
        let weight = problem.w[i] * d1 * d1 / mu;
        if weight <= 0.0 {
            continue;
        }
        let mut add = |row: &[f64], offset: f64| {
            add_outer(&mut info, k, weight, row);
            axpy(&mut rhs, weight * (eta - offset + (aim - mu) / d1), row);
        };
        if problem.sums.is_none() {
            add(&problem.row(i), problem.offset[i]);
            continue;
        }
        average.fill(0.0);
        let shares: f64 = problem.entries(i).map(|e| problem.share(e)).sum();
        let mut offset = 0.0;
        for e in problem.entries(i) {
            let share = problem.share(e) / shares;
            offset += share * problem.offset[e];
            axpy(&mut average, share, &problem.row(e));
        }
        add(&average, offset);
    }
    if !cholesky(&mut info, k) {
        return None;
    }
    cholesky_solve(&info, k, &mut rhs);
    Some(rhs)
}
