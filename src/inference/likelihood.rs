//! The log-likelihood of a regression, its score and its information, for all count families, links and covers.
//!
//! Observation i covers entries e with shares w_e and linear predictors η_e = o_e + z_e'γ:
//!
//! * mean m_i = Σ_e w_e g⁻¹(η_e), its gradient J_i = Σ_e w_e g⁻¹'(η_e) z_e;
//! * NB2 summed over steps is matched in its second moment: size θ κ_i with κ_i = m_i² / Σ_e (w_e μ_e)², L_i = ∂ ln κ_i / ∂γ
//!   (Poisson and NB1 are closed under the sum);
//! * score Σ w_i (ℓ_m J + ℓ_t L), and ℓ_t for the working dispersion t; for Poisson and NB2 ℓ_m = (y − m)/V;
//! * expected information Σ w_i J J'/V, observed information the exact negative Hessian.

use super::linalg::{add_outer, add_outer_pair};
use super::problem::{Predictor, Problem};
use super::whole;
use crate::family::{Kernel, Slopes};
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
    pub(super) gradient: Vec<f64>,
    slope: Vec<f64>,
}

impl Work {
    /// Room for a problem with `k` working columns, and the dispersion if `free`.
    pub fn new(k: usize, free: bool) -> Work {
        let dim = k + usize::from(free);
        Work { score: vec![0.0; dim], info: vec![0.0; dim * dim], gradient: vec![0.0; k], slope: vec![0.0; k] }
    }
}

/// First and second derivative of the mean by the linear predictor.
#[inline]
pub(crate) fn mean_and_slopes(link: Link, eta: f64) -> (f64, f64, f64) {
    match link {
        Link::Log => {
            let m = eta.exp().max(1e-300);
            (m, m, m)
        }
        Link::Identity => (eta, 1.0, 0.0),
        Link::Sqrt => (eta * eta, 2.0 * eta, 2.0),
    }
}

/// Mean of observation `i` and κ.
pub fn mean_and_kappa(problem: &Problem, at: &Predictor, i: usize) -> (f64, f64) {
    if problem.sums.is_none() {
        return (mean_and_slopes(problem.link, at.eta(i)).0, 1.0);
    }
    let (mut m, mut q) = (0.0, 0.0);
    for e in problem.entries(i) {
        let part = problem.share(e) * mean_and_slopes(problem.link, at.eta(e)).0;
        m += part;
        q += part * part;
    }
    (m, m * m / q)
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

/// Log-likelihood (less the ln y! terms) at γ and the kernel's dispersion, which is a parameter when `free`; fills score
/// and information. Minus infinity where a mean is not positive and finite.
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
    let observed = curvature == Curvature::Observed;
    if problem.sums.is_none() {
        return whole::evaluate(problem, kernel, gamma, (observed, free), work);
    }
    let point = Point { problem, kernel, gamma, observed, free };
    let mut ll = 0.0;
    for i in 0..problem.n() {
        let w = problem.w[i];
        if w == 0.0 {
            continue;
        }
        ll += w * point.summed(i, work);
        if ll.is_nan() || ll == f64::NEG_INFINITY {
            return f64::NEG_INFINITY;
        }
    }
    ll
}

/// Where the likelihood is evaluated, and what is wanted.
struct Point<'a> {
    problem: &'a Problem,
    kernel: &'a Kernel,
    gamma: &'a [f64],
    observed: bool,
    free: bool,
}

impl Point<'_> {
    /// The row of the free dispersion: score, own curvature, and cross terms with γ through J.
    #[inline]
    fn dispersion_row(&self, work: &mut Work, gradient: &[f64], w: f64, s: &Slopes) {
        if !self.free {
            return;
        }
        let k = self.problem.k;
        work.score[k] += w * s.t;
        work.info[k * (k + 1) + k] -= w * s.tt;
        if self.observed {
            let c = w * s.mt;
            work.info[k * (k + 1)..k * (k + 1) + k].iter_mut().zip(gradient).for_each(|(a, j)| *a -= c * j);
        }
    }

    /// Adds observation `i`, a sum over steps; returns its log-likelihood.
    fn summed(&self, i: usize, work: &mut Work) -> f64 {
        let problem = self.problem;
        let mut gradient = std::mem::take(&mut work.gradient);
        let (m, kappa) = mean_and_gradient(problem, self.gamma, i, &mut gradient);
        let inside = problem.link != Link::Identity || problem.entries(i).all(|e| problem.eta(e, self.gamma) > 0.0);
        let ll = if inside && m > 0.0 && m < 1e300 {
            let kappa = if self.kernel.uses_kappa() { kappa } else { 1.0 };
            let s = self.kernel.slopes(problem.y[i], m, m.ln(), kappa);
            self.add_mean(i, work, &gradient, (m, kappa), &s);
            if self.kernel.uses_kappa() {
                self.add_kappa(i, work, &gradient, (m, kappa), &s);
            }
            s.ll
        } else {
            f64::NEG_INFINITY
        };
        work.gradient = gradient;
        ll
    }

    /// The part of a sum through its mean m, with gradient J.
    fn add_mean(&self, i: usize, work: &mut Work, gradient: &[f64], (m, kappa): (f64, f64), s: &Slopes) {
        let (problem, w, dim) = (self.problem, self.problem.w[i], work.score.len());
        if self.observed {
            for e in problem.entries(i) {
                let (_, _, d2) = mean_and_slopes(problem.link, problem.eta(e, self.gamma));
                add_outer(&mut work.info, dim, -w * s.m * problem.share(e) * d2, &problem.row(e));
            }
            add_outer(&mut work.info, dim, -w * s.mm, gradient);
        } else {
            add_outer(&mut work.info, dim, w / self.kernel.variance(m, kappa), gradient);
        }
        work.score.iter_mut().zip(gradient).for_each(|(g, j)| *g += w * s.m * j);
        self.dispersion_row(work, gradient, w, s);
    }

    /// The part of a sum through κ = m²/q, q = Σ (w_e μ_e)²: L = 2 J/m − ∂q/q, and
    /// ∂²ln κ = 2 ∂²m/m − 2 J J'/m² − ∂²q/q + ∂q ∂q'/q².
    fn add_kappa(&self, i: usize, work: &mut Work, gradient: &[f64], (m, kappa): (f64, f64), s: &Slopes) {
        let (problem, k, w, dim) = (self.problem, self.problem.k, self.problem.w[i], work.score.len());
        let q = m * m / kappa;
        let mut slope = std::mem::take(&mut work.slope);
        slope.fill(0.0);
        for e in problem.entries(i) {
            let (mu, d1, d2) = mean_and_slopes(problem.link, problem.eta(e, self.gamma));
            let (share, row) = (problem.share(e), problem.row(e));
            let by = 2.0 * share * share / q;
            row.iter().zip(slope.iter_mut()).for_each(|(z, l)| *l += by * mu * d1 * z);
            if self.observed {
                let second = 2.0 * share * d2 / m - by * (d1 * d1 + mu * d2);
                add_outer(&mut work.info, dim, -w * s.t * second, &row);
            }
        }
        if self.observed {
            add_outer(&mut work.info, dim, w * s.t * 2.0 / (m * m), gradient);
            add_outer(&mut work.info, dim, -w * s.t, &slope);
        }
        slope.iter_mut().zip(gradient).for_each(|(l, j)| *l = 2.0 * j / m - *l);
        work.score.iter_mut().zip(&slope).for_each(|(g, l)| *g += w * s.t * l);
        if self.observed {
            add_outer_pair(&mut work.info, dim, -w * s.mt, gradient, &slope);
            add_outer(&mut work.info, dim, -w * s.tt, &slope);
            if self.free {
                work.info[k * dim..].iter_mut().zip(&slope).for_each(|(a, l)| *a -= w * s.tt * l);
            }
        }
        work.slope = slope;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{Cover, Design};
    use crate::family::Family;
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
            for family in [Family::Poisson, Family::Nb1, Family::Nb2, Family::GenPoisson, Family::ComPoisson] {
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
