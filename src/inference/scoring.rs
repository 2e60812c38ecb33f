//! One engine for all count families, links and covers: Fisher scoring, turning into Newton near the maximum.
//!
//! Observation i covers entries e with shares w_e and linear predictors η_e = o_e + z_e'γ:
//!
//! * mean m_i = Σ_e w_e g⁻¹(η_e), its gradient J_i = Σ_e w_e g⁻¹'(η_e) z_e;
//! * NB2 summed over steps is matched in its second moment: size θ κ_i with κ_i = m_i² / Σ_e (w_e μ_e)², L_i = ∂ ln κ_i / ∂γ
//!   (Poisson and NB1 are closed under the sum);
//! * score Σ w_i (ℓ_m J + ℓ_t L), and ℓ_t for the working dispersion t; for Poisson and NB2 ℓ_m = (y − m)/V;
//! * expected information Σ w_i J J'/V, observed information the exact negative Hessian.
//!
//! Steps are halved until the log-likelihood does not fall. Convergence: the step, in units of standard errors, is below
//! 1e-11 (or, in Newton's quadratic phase, is going to be).

use super::linalg::{add_outer, add_outer_pair, cholesky, cholesky_solve, dot};
use super::problem::Problem;
use crate::family::{Family, Kernel, Slopes};
use crate::model::Link;

/// Which curvature is accumulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curvature {
    /// Σ w J J'/V in γ; the dispersion apart from γ.
    Expected,
    /// The exact negative Hessian.
    Observed,
}

/// Score and information at a point; made once and refilled.
#[derive(Debug, Clone)]
pub struct Work {
    /// Score, γ first, then the dispersion if it is free.
    pub score: Vec<f64>,
    /// Information, lower triangle, as many rows as `score`.
    pub info: Vec<f64>,
    gradient: Vec<f64>,
    squares: Vec<f64>,
}

impl Work {
    /// Room for a problem with `k` working columns, and the dispersion if `free`.
    pub fn new(k: usize, free: bool) -> Work {
        let dim = k + usize::from(free);
        Work { score: vec![0.0; dim], info: vec![0.0; dim * dim], gradient: vec![0.0; k], squares: vec![0.0; k] }
    }
}

/// First and second derivative of the mean by the linear predictor.
#[inline]
fn mean_and_slopes(link: Link, eta: f64) -> (f64, f64, f64) {
    match link {
        Link::Log => {
            let m = eta.exp().max(1e-300);
            (m, m, m)
        }
        Link::Identity => (eta, 1.0, 0.0),
        Link::Sqrt => (eta * eta, 2.0 * eta, 2.0),
    }
}

/// Mean of observation `i`, its gradient (into `gradient`) and κ.
pub fn mean_and_gradient(problem: &Problem, gamma: &[f64], i: usize, gradient: &mut [f64]) -> (f64, f64) {
    gradient.fill(0.0);
    let (mut m, mut q) = (0.0, 0.0);
    for e in problem.entries(i) {
        let (mu, d1, _) = mean_and_slopes(problem.link, problem.eta(e, gamma));
        let share = problem.share(e);
        m += share * mu;
        q += (share * mu).powi(2);
        problem.row(e).iter().zip(gradient.iter_mut()).for_each(|(z, g)| *g += share * d1 * z);
    }
    (m, if problem.sums.is_some() { m * m / q } else { 1.0 })
}

/// Log-likelihood (less the ln y! terms) at γ and working dispersion `t`; fills score and information. Minus infinity
/// where a mean is not positive and finite.
pub fn evaluate(
    problem: &Problem,
    kernel: &Kernel,
    gamma: &[f64],
    curvature: Curvature,
    free: bool,
    work: &mut Work,
) -> f64 {
    work.score.fill(0.0);
    work.info.fill(0.0);
    let mut ll = 0.0;
    for i in 0..problem.n() {
        let w = problem.w[i];
        if w == 0.0 {
            continue;
        }
        let term = match problem.sums {
            None => single(problem, kernel, gamma, curvature, free, i, work),
            Some(_) => summed(problem, kernel, gamma, curvature, free, i, work),
        };
        ll += w * term;
        if ll.is_nan() || ll == f64::NEG_INFINITY {
            return f64::NEG_INFINITY;
        }
    }
    ll
}

#[inline]
fn single(
    problem: &Problem,
    kernel: &Kernel,
    gamma: &[f64],
    curvature: Curvature,
    free: bool,
    i: usize,
    work: &mut Work,
) -> f64 {
    let eta = problem.eta(i, gamma);
    let (m, d1, d2) = mean_and_slopes(problem.link, eta);
    if !(m > 0.0 && m < 1e300) {
        return f64::NEG_INFINITY;
    }
    let s = kernel.slopes(problem.y[i], m, if problem.link == Link::Log { eta } else { m.ln() }, 1.0);
    let (w, z, k) = (problem.w[i], &problem.z[i * problem.k..(i + 1) * problem.k], problem.k);
    let dim = work.score.len();
    let first = w * s.m * d1;
    work.score[..k].iter_mut().zip(z).for_each(|(g, z)| *g += first * z);
    let second = match curvature {
        Curvature::Expected => w * d1 * d1 / kernel.variance(m, 1.0),
        Curvature::Observed => -w * (s.mm * d1 * d1 + s.m * d2),
    };
    add_outer(&mut work.info, dim, second, z);
    if free {
        dispersion_row(work, z, k, w, &s, d1, curvature);
    }
    s.ll
}

/// The row of the free dispersion: score, cross terms with γ through J = `scale` × `row`, and its own curvature.
#[inline]
fn dispersion_row(work: &mut Work, row: &[f64], k: usize, w: f64, s: &Slopes, scale: f64, curvature: Curvature) {
    work.score[k] += w * s.t;
    work.info[k * (k + 1) + k] -= w * s.tt;
    if curvature == Curvature::Observed {
        let c = w * s.mt * scale;
        work.info[k * (k + 1)..k * (k + 1) + k].iter_mut().zip(row).for_each(|(a, z)| *a -= c * z);
    }
}

fn summed(
    problem: &Problem,
    kernel: &Kernel,
    gamma: &[f64],
    curvature: Curvature,
    free: bool,
    i: usize,
    work: &mut Work,
) -> f64 {
    let (mut gradient, mut squares) = (std::mem::take(&mut work.gradient), std::mem::take(&mut work.squares));
    let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
    let ll = if m > 0.0 && m < 1e300 && positive_steps(problem, gamma, i) {
        let kappa = if kernel.uses_kappa() { kappa } else { 1.0 };
        let s = kernel.slopes(problem.y[i], m, m.ln(), kappa);
        add_summed(problem, kernel, gamma, (curvature, free), i, work, (m, kappa, &s), &gradient, &mut squares);
        s.ll
    } else {
        f64::NEG_INFINITY
    };
    (work.gradient, work.squares) = (gradient, squares);
    ll
}

fn positive_steps(problem: &Problem, gamma: &[f64], i: usize) -> bool {
    problem.link != Link::Identity || problem.entries(i).all(|e| problem.eta(e, gamma) > 0.0)
}

/// Adds observation `i` with gradient J of the mean; `squares` becomes L = ∂ ln κ / ∂γ = 2 J/m − ∂q/q, q = Σ (w μ)².
#[allow(clippy::too_many_arguments)]
fn add_summed(
    problem: &Problem,
    kernel: &Kernel,
    gamma: &[f64],
    (curvature, free): (Curvature, bool),
    i: usize,
    work: &mut Work,
    (m, kappa, s): (f64, f64, &Slopes),
    gradient: &[f64],
    squares: &mut [f64],
) {
    let (k, w, dim) = (problem.k, problem.w[i], work.score.len());
    let uses_kappa = kernel.uses_kappa();
    let q = m * m / kappa;
    squares.fill(0.0);
    for e in problem.entries(i) {
        let (mu, d1, d2) = mean_and_slopes(problem.link, problem.eta(e, gamma));
        let share = problem.share(e);
        let mut second = s.m * share * d2;
        if uses_kappa {
            let by = 2.0 * share * share / q;
            problem.row(e).iter().zip(squares.iter_mut()).for_each(|(z, l)| *l += by * mu * d1 * z);
            second += s.t * (2.0 * share * d2 / m - by * (d1 * d1 + mu * d2));
        }
        if curvature == Curvature::Observed {
            add_outer(&mut work.info, dim, -w * second, problem.row(e));
        }
    }
    if curvature == Curvature::Expected {
        add_outer(&mut work.info, dim, w / kernel.variance(m, kappa), gradient);
    } else {
        add_outer(&mut work.info, dim, -w * s.mm, gradient);
    }
    work.score[..k].iter_mut().zip(gradient).for_each(|(g, j)| *g += w * s.m * j);
    if uses_kappa {
        // ∂² ln κ holds −2 J J'/m² + ∂q ∂q'/q² besides the steps' own terms.
        if curvature == Curvature::Observed {
            add_outer(&mut work.info, dim, w * s.t * 2.0 / (m * m), gradient);
            add_outer(&mut work.info, dim, -w * s.t, squares);
        }
        squares.iter_mut().zip(gradient).for_each(|(l, j)| *l = 2.0 * j / m - *l);
        work.score[..k].iter_mut().zip(squares.iter()).for_each(|(g, l)| *g += w * s.t * l);
        if curvature == Curvature::Observed {
            add_outer_pair(&mut work.info, dim, -w * s.mt, gradient, squares);
            add_outer(&mut work.info, dim, -w * s.tt, squares);
        }
    }
    if free {
        dispersion_row(work, gradient, k, w, s, 1.0, curvature);
        if uses_kappa && curvature == Curvature::Observed {
            let row = &mut work.info[k * dim..k * dim + k];
            row.iter_mut().zip(squares.iter()).for_each(|(a, l)| *a -= w * s.tt * l);
        }
    }
}

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
    let mut done = search.ll == f64::NEG_INFINITY;
    let mut converged = false;
    while !done && search.iterations < MAX_ITERATIONS {
        search.iterations += 1;
        let Some(decrement) = search.direction() else { break };
        converged = decrement < DONE.max(enough);
        done = converged;
        if !done {
            let last = search.quadratic() && decrement < QUADRATIC;
            done = !search.advance(decrement);
            // No step rises any more: rounding at the maximum, or a boundary.
            converged = if done { decrement < 1e-9 } else { last };
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
            let last = dim * dim - 1;
            if self.free && self.curvature == Curvature::Expected && self.work.info[last] <= 0.0 {
                self.work.info[last] = self.work.score[dim - 1].abs().max(1e-8);
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

    /// Takes the step, halved until the log-likelihood does not fall; false when no step rises.
    fn advance(&mut self, decrement: f64) -> bool {
        let (k, from_t, from) = (self.problem.k, self.t, self.ll);
        self.trial.copy_from_slice(&self.gamma);
        let before = self.curvature;
        if decrement < 4.0 && !self.quadratic() {
            self.curvature = Curvature::Observed;
        }
        let slack = 1e-13 * (1.0 + from.abs());
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

/// Starting values for a Poisson fit: R's, μ = y + 0.1 and one weighted least-squares step; else a constant mean.
/// `None` when neither gives positive means.
pub fn start(problem: &Problem) -> Option<Vec<f64>> {
    let total: f64 = (0..problem.n()).map(|i| problem.w[i]).sum();
    let mass: f64 = (0..problem.n()).map(|i| problem.w[i] * rate(problem, i, 0.0)).sum();
    let level = mass / total;
    let mut work = Work::new(problem.k, false);
    for flat in [false, true] {
        // A least-squares step from the rates towards the counts; or the level itself.
        let point = |i: usize| {
            let mu = if flat { level } else { rate(problem, i, 0.1) };
            (mu, if flat { mu } else { rate(problem, i, 0.0) })
        };
        let gamma = least_squares(problem, point, &mut work)?;
        if evaluate(problem, &Kernel::Poisson, &gamma, Curvature::Expected, false, &mut work) > f64::NEG_INFINITY {
            return Some(gamma);
        }
    }
    None
}

/// Count per whole step of observation `i`.
fn rate(problem: &Problem, i: usize, add: f64) -> f64 {
    (problem.y[i] + add) / problem.entries(i).map(|e| problem.share(e)).sum::<f64>()
}

/// One working least-squares step, each observation by its averaged row: `point` gives the mean it starts from and the
/// value it aims at.
fn least_squares(problem: &Problem, point: impl Fn(usize) -> (f64, f64), work: &mut Work) -> Option<Vec<f64>> {
    let k = problem.k;
    let mut rhs = vec![0.0; k];
    work.info.fill(0.0);
    for i in 0..problem.n() {
        let (mu, aim) = point(i);
        let eta = problem.link.of(mu);
        let (_, d1, _) = mean_and_slopes(problem.link, eta);
        let shares: f64 = problem.entries(i).map(|e| problem.share(e)).sum();
        let weight = problem.w[i] * d1 * d1 / mu;
        if weight <= 0.0 {
            continue;
        }
        let (row, offset): (&[f64], f64) = if problem.sums.is_none() {
            (problem.row(i), problem.offset[i])
        } else {
            work.gradient.fill(0.0);
            let mut offset = 0.0;
            for e in problem.entries(i) {
                let share = problem.share(e) / shares;
                offset += share * problem.offset[e];
                problem.row(e).iter().zip(work.gradient.iter_mut()).for_each(|(z, g)| *g += share * z);
            }
            (&work.gradient, offset)
        };
        let response = eta - offset + (aim - mu) / d1;
        add_outer(&mut work.info, k, weight, row);
        rhs.iter_mut().zip(row).for_each(|(b, z)| *b += weight * response * z);
    }
    if !cholesky(&mut work.info, k) {
        return None;
    }
    cholesky_solve(&work.info, k, &mut rhs);
    Some(rhs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Cover, Design};
    use crate::inference::problem::build;
    use ndarray::Array2;

    /// Noisy counts; observations over one, two and three steps, some of them partial.
    fn design(sums: bool) -> Design {
        let steps = 24;
        let x = Array2::from_shape_fn((steps, 3), |(s, j)| match j {
            0 => 1.0,
            1 => (s as f64 * 0.7).sin(),
            _ => s as f64 / 24.0,
        });
        let names = vec!["a".into(), "b".into(), "c".into()];
        let count = |s: usize| ((s * 53 % 17) as f64) + 1.0;
        let mut d = Design::new(names, x, (0..steps).map(count).collect()).unwrap();
        d.offset = (0..steps).map(|s| 0.1 * (s % 3) as f64).collect();
        if sums {
            let n = 12;
            d.counts.truncate(n);
            let start: Vec<usize> = (0..=n).map(|i| 2 * i).collect();
            let share = (0..steps).map(|s| if s % 5 == 0 { 0.4 } else { 1.0 }).collect();
            d.cover = Cover::Sums { start, steps: (0..steps).collect(), share };
            d.weights = (0..n).map(|i| 0.5 + i as f64 / 8.0).collect();
        }
        d
    }

    #[test]
    fn score_and_observed_information_equal_finite_differences() {
        for sums in [false, true] {
            let d = design(sums);
            let rows: Vec<usize> = (0..d.n()).collect();
            for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
                for link in [Link::Log, Link::Identity, Link::Sqrt] {
                    let (problem, basis) = build(&d, &rows, &[0, 1, 2], None, link);
                    let centre = match link {
                        Link::Log => [1.3, 0.3, 0.4],
                        Link::Identity => [5.0, 0.7, 2.0],
                        Link::Sqrt => [2.0, 0.3, 0.4],
                    };
                    check(&problem, family, basis.qr.times(&centre));
                }
            }
        }
    }

    fn check(problem: &Problem, family: Family, gamma: Vec<f64>) {
        let free = family.has_dispersion();
        let dim = 3 + usize::from(free);
        let at = |p: &[f64]| {
            let t = p.get(3).copied().unwrap_or(0.0);
            let mut work = Work::new(3, free);
            let ll = evaluate(problem, &Kernel::new(family, t), &p[..3], Curvature::Observed, free, &mut work);
            (ll, work)
        };
        let mut point = gamma;
        point.extend(free.then_some(0.4));
        let (_, here) = at(&point);
        let h = 1e-3;
        for j in 0..dim {
            let moved = |by: f64| {
                let mut p = point.clone();
                p[j] += by;
                at(&p)
            };
            let stencil = |f: &dyn Fn(f64) -> f64| (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h);
            let slope = stencil(&|by| moved(by).0);
            let close = |a: f64, b: f64, what: &str| {
                assert!(
                    (a - b).abs() < 1e-6 * (1.0 + b.abs()),
                    "{family:?} {:?} {what} {j}: {a} against {b}",
                    problem.link
                );
            };
            close(here.score[j], slope, "score");
            for i in j..dim {
                close(here.info[i * dim + j], -stencil(&|by| moved(by).1.score[i]), "information");
            }
        }
    }
}
