//! Covariance of coefficients.
//!
//! * model: inverse expected information Σ w J J'/V, the dispersion taken as known (R's `glm` and `glm.nb`). NB1 and
//!   the generalised Poisson have no expected information in closed form: there it is the observed information of the
//!   coefficients at the fitted φ.
//! * observed: inverse of the joint observed information of coefficients and dispersion.
//! * HC0 … HC3: B (Σ s s') B with B the model covariance and s the scores, the dispersion taken as known, as R's
//!   `sandwich` has them (Zeileis 2006, "Object-oriented computation of sandwich estimators", J. Stat. Softw. 16(9)):
//!   HC1 times n/(n − p); HC2 and HC3 divide s s' by (1 − h) and (1 − h)², h the leverage of the weighted fit.
//! * HAC: Newey and West (1987), "A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent
//!   covariance matrix", Econometrica 55, 703–708: Bartlett weights 1 − j/(L + 1), no prewhitening; times n/(n − p)
//!   where asked for (sandwich's `adjust = TRUE`).

use super::linalg::{add_outer, congruence, dot, inverse, quadratic, symmetrise};
use super::problem::Problem;
use super::scoring::{Curvature, Work, evaluate, mean_and_gradient};
use crate::family::{Family, Kernel};

/// Σ w J J'/V, both triangles.
pub fn expected_information(problem: &Problem, kernel: &Kernel, gamma: &[f64]) -> Vec<f64> {
    information(problem, kernel, gamma, Curvature::Expected, false)
}

/// The negative Hessian, both triangles; the working dispersion is its last row when `free`.
pub fn observed_information(problem: &Problem, kernel: &Kernel, gamma: &[f64], free: bool) -> Vec<f64> {
    information(problem, kernel, gamma, Curvature::Observed, free)
}

fn information(problem: &Problem, kernel: &Kernel, gamma: &[f64], curvature: Curvature, free: bool) -> Vec<f64> {
    let mut work = Work::new(problem.k, free);
    evaluate(problem, kernel, gamma, curvature, free, &mut work);
    let dim = work.score.len();
    for i in 0..dim {
        for j in 0..i {
            work.info[j * dim + i] = work.info[i * dim + j];
        }
    }
    work.info
}

/// The model covariance of the working coefficients; `None` when the information is singular.
pub fn model(problem: &Problem, kernel: &Kernel, gamma: &[f64]) -> Option<Vec<f64>> {
    let info = match kernel {
        k if k.is_exponential() => expected_information(problem, kernel, gamma),
        _ => observed_information(problem, kernel, gamma, false),
    };
    inverse(&info, problem.k)
}

/// Score of each observation in the working coefficients, the dispersion taken as known; n × k, row by row.
pub fn scores(problem: &Problem, kernel: &Kernel, gamma: &[f64]) -> Vec<f64> {
    let k = problem.k;
    let mut out = vec![0.0; problem.n() * k];
    for (i, row) in out.chunks_exact_mut(k.max(1)).enumerate() {
        let (m, kappa) = mean_and_gradient(problem, gamma, i, row);
        let slope = if kernel.is_exponential() {
            (problem.y[i] - m) / kernel.variance(m, kappa)
        } else {
            kernel.slopes(problem.y[i], m, m.ln(), kappa).m
        };
        row.iter_mut().for_each(|g| *g *= problem.w[i] * slope);
    }
    out
}

/// Leverages w J' (Σ w J J'/V)⁻¹ J / V; they sum to the rank.
pub fn leverages(problem: &Problem, kernel: &Kernel, gamma: &[f64]) -> Option<Vec<f64>> {
    let inv = inverse(&expected_information(problem, kernel, gamma), problem.k)?;
    let mut gradient = vec![0.0; problem.k];
    let one = |i: usize| {
        let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
        problem.w[i] * quadratic(&inv, &gradient) / kernel.variance(m, kappa)
    };
    Some((0..problem.n()).map(one).collect())
}

/// White's sandwich of kind 0 to 3 from the bread (the model covariance), n × k scores and leverages; observations of
/// weight 0 don't count in `n`. `None` when a leverage of 1 leaves HC2 or HC3 without a value.
pub fn sandwich(bread: &[f64], scores: &[f64], hats: &[f64], n: usize, kind: u8) -> Option<Vec<f64>> {
    let k = bread.len().isqrt();
    let mut meat = vec![0.0; k * k];
    for (s, h) in scores.chunks_exact(k.max(1)).zip(hats) {
        if s.iter().all(|s| *s == 0.0) {
            continue;
        }
        let by = match kind {
            2 => 1.0 - h,
            3 => (1.0 - h) * (1.0 - h),
            _ => 1.0,
        };
        if by < 1e-12 {
            return None;
        }
        add_outer(&mut meat, k, 1.0 / by, s);
    }
    if kind == 1 {
        if n <= k {
            return None;
        }
        let factor = n as f64 / (n - k) as f64;
        meat.iter_mut().for_each(|m| *m *= factor);
    }
    Some(congruence(bread, &mirrored(meat, k), k))
}

/// Newey and West's covariance with `lags` lags; observations are taken in their order.
pub fn newey_west(bread: &[f64], scores: &[f64], lags: usize) -> Vec<f64> {
    let k = bread.len().isqrt();
    let rows: Vec<&[f64]> = scores.chunks_exact(k.max(1)).collect();
    let mut meat = vec![0.0; k * k];
    rows.iter().for_each(|s| add_outer(&mut meat, k, 1.0, s));
    let mut meat = mirrored(meat, k);
    for lag in 1..=lags.min(rows.len().saturating_sub(1)) {
        let weight = 1.0 - lag as f64 / (lags + 1) as f64;
        for (late, early) in rows[lag..].iter().zip(&rows) {
            for i in 0..k {
                for j in 0..k {
                    meat[i * k + j] += weight * (late[i] * early[j] + early[i] * late[j]);
                }
            }
        }
    }
    symmetrise(&mut meat, k);
    congruence(bread, &meat, k)
}

fn mirrored(mut a: Vec<f64>, k: usize) -> Vec<f64> {
    for i in 0..k {
        for j in 0..i {
            a[j * k + i] = a[i * k + j];
        }
    }
    a
}

/// The automatic bandwidth of Newey and West (1994), "Automatic lag selection in covariance matrix estimation", Review
/// of Economic Studies 61, 631–653, for the Bartlett kernel without prewhitening, as R's `sandwich::bwNeweyWest` has it;
/// the number of lags is its whole part. `scores` are on the scale of the design's own columns, n × k; the columns named
/// in `ignored` (the intercept) get weight 0, unless there is no other.
///
/// h_i = Σ_j s_ij, γ_j = Σ h_i h_{i−j} / n, m = ⌊4 (n/100)^{2/9}⌋, s₀ = γ₀ + 2 Σ γ_j, s₁ = 2 Σ j γ_j;
/// bandwidth 1.1447 ((s₁/s₀)² n)^{1/3}.
pub fn automatic_bandwidth(scores: &[f64], k: usize, ignored: &[usize]) -> f64 {
    let all = ignored.len() >= k;
    let h: Vec<f64> = scores
        .chunks_exact(k.max(1))
        .map(|s| s.iter().enumerate().filter(|(j, _)| all || !ignored.contains(j)).map(|(_, v)| v).sum())
        .collect();
    let n = h.len();
    let m = ((4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize).min(n.saturating_sub(1));
    let gamma = |j: usize| dot(&h[..n - j], &h[j..]) / n as f64;
    let (mut s0, mut s1) = (gamma(0), 0.0);
    for j in 1..=m {
        s0 += 2.0 * gamma(j);
        s1 += 2.0 * j as f64 * gamma(j);
    }
    1.1447 * ((s1 / s0).powi(2) * n as f64).cbrt()
}

/// Joint covariance of working coefficients and working dispersion from the observed information; `None` when it is
/// not positive definite.
pub fn joint(problem: &Problem, family: Family, gamma: &[f64], t: f64) -> Option<Vec<f64>> {
    let info = observed_information(problem, &Kernel::new(family, t), gamma, true);
    inverse(&info, problem.k + 1)
}
