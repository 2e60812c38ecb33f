//! Covariance of coefficients.
//!
//! * model: inverse expected information Σ w J J'/V, the dispersion taken as known (R's `glm` and `glm.nb`), to which the
//!   mean of NB2 and of the Conway–Maxwell–Poisson is orthogonal. That of NB1 and of the generalised Poisson is not: there it is
//!   the joint observed information of both, as in Python's statsmodels.
//! * observed: inverse of the joint observed information of coefficients and dispersion.
//! * HC0 … HC3: B (Σ s s') B with B the model covariance and s the scores, as R's
//!   `sandwich` has them (Zeileis 2006, "Object-oriented computation of sandwich estimators", J. Stat. Softw. 16(9)):
//!   HC1 times n/(n − p); HC2 and HC3 divide s s' by (1 − h) and (1 − h)², h the leverage of the weighted fit.
//! * Clusters: the scores summed within each cluster; HAC: see [`super::hac`].
//! * The bread of these is that of the coefficients alone for NB2 (as R's `sandwich` has it for `glm.nb`) and the
//!   Conway–Maxwell–Poisson; for NB1 and the generalised Poisson bread and scores are those of coefficients and dispersion
//!   together, as in statsmodels, and HC1 counts the dispersion among the parameters.
//!
//! Rows of weight 0 count nowhere (in R's `sandwich` they count in n, but not in the bread's n).

use super::linalg::{add_outer, congruence, inverse, quadratic};
use super::problem::Problem;
use super::scoring::{Curvature, Work, evaluate, mean_and_gradient};
use crate::error::{Error, Result};
use crate::family::{Family, Kernel};
use std::collections::BTreeMap;

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

/// The model covariance of the working coefficients, the dispersion taken as known; `None` when the information is singular.
pub fn model(problem: &Problem, kernel: &Kernel, gamma: &[f64]) -> Option<Vec<f64>> {
    let info = match kernel {
        k if k.is_exponential() => expected_information(problem, kernel, gamma),
        _ => observed_information(problem, kernel, gamma, false),
    };
    inverse(&info, problem.k)
}

/// The bread of a sandwich with its scores: of the working coefficients alone, or with the working dispersion behind them
/// where the mean is not orthogonal to it.
#[derive(Debug, Clone)]
pub struct Bread {
    /// Inverse of the information.
    pub inverse: Vec<f64>,
    /// Score of each observation, row by row.
    pub scores: Vec<f64>,
    k: usize,
}

impl Bread {
    /// `None` when the information is singular.
    pub fn new(problem: &Problem, kernel: &Kernel, gamma: &[f64]) -> Option<Bread> {
        let k = problem.k;
        if !matches!(kernel, Kernel::Nb1(_) | Kernel::GenPoisson(_)) {
            let (inverse, scores) = (model(problem, kernel, gamma)?, scores(problem, kernel, gamma));
            return Some(Bread { inverse, scores, k });
        }
        let inverse = inverse(&observed_information(problem, kernel, gamma, true), k + 1)?;
        let mut gradient = vec![0.0; k];
        let mut of_dispersion = |i: usize| {
            let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
            problem.w[i] * kernel.slopes(problem.y[i], m, m.ln(), kappa).t
        };
        let own = scores(problem, kernel, gamma);
        let both = (0..problem.n()).flat_map(|i| {
            let t = of_dispersion(i);
            own[i * k..(i + 1) * k].iter().copied().chain(std::iter::once(t)).collect::<Vec<f64>>()
        });
        Some(Bread { inverse, scores: both.collect(), k })
    }

    /// The part of a covariance that belongs to the coefficients.
    pub fn coefficients(&self, c: &[f64]) -> Vec<f64> {
        let dim = self.inverse.len().isqrt();
        (0..self.k * self.k).map(|a| c[a / self.k * dim + a % self.k]).collect()
    }

    /// A row of scores with `own` applied to those of the coefficients.
    pub fn turned(&self, row: &[f64], own: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        let mut turned = own(&row[..self.k]);
        turned.extend_from_slice(&row[self.k..]);
        turned
    }
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

/// The sandwich B (Σ_g s_g s_g') B of the sums s_g of the scores of each cluster; times G/(G − 1), G the clusters, when
/// `adjust`, and times (n − 1)/(n − k) for kind 1, as R's `sandwich::vcovCL` has them (Zeileis, Köll and Graham 2020,
/// J. Stat. Softw. 95(1)). `groups` gives the cluster of each row of scores; rows in `counted` make up n.
///
/// # Errors
/// With fewer than two clusters, or no degrees of freedom for kind 1.
pub fn clustered(
    bread: &[f64],
    scores: &[f64],
    groups: &[usize],
    counted: &[bool],
    (kind, adjust): (u8, bool),
) -> Result<Vec<f64>> {
    let k = bread.len().isqrt();
    let mut sums: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut n = 0;
    for ((s, g), _) in scores.chunks_exact(k.max(1)).zip(groups).zip(counted).filter(|(_, c)| **c) {
        n += 1;
        let sum = sums.entry(*g).or_insert_with(|| vec![0.0; k]);
        sum.iter_mut().zip(s).for_each(|(a, s)| *a += s);
    }
    let clusters = sums.len();
    if clusters < 2 {
        return Err(Error::data(format!("{clusters} cluster: errors by cluster need at least 2"))
            .help("use --vcov hc1, or another column"));
    }
    if kind == 1 && n <= k {
        return Err(Error::data("as many coefficients as rows: the correction of hc1 does not exist"));
    }
    let g = clusters as f64;
    let by = if adjust { g / (g - 1.0) } else { 1.0 } * if kind == 1 { (n - 1) as f64 / (n - k) as f64 } else { 1.0 };
    let mut meat = vec![0.0; k * k];
    sums.values().for_each(|s| add_outer(&mut meat, k, by, s));
    Ok(congruence(bread, &mirrored(meat, k), k))
}

fn mirrored(mut a: Vec<f64>, k: usize) -> Vec<f64> {
    for i in 0..k {
        for j in 0..i {
            a[j * k + i] = a[i * k + j];
        }
    }
    a
}

/// Joint covariance of working coefficients and working dispersion from the observed information; `None` when it is
/// not positive definite.
pub fn joint(problem: &Problem, family: Family, gamma: &[f64], t: f64) -> Option<Vec<f64>> {
    let info = observed_information(problem, &Kernel::new(family, t), gamma, true);
    inverse(&info, problem.k + 1)
}
