//! Covariances of the mean parameters.
//!
//! With `d_t = ∂λ_t`, `V_t` the variance and the Poisson's `A = Σ d d'/λ`, `B = Σ (V/λ²) d d'`, `H = −∂²Q` (`Q` the Poisson
//! quasi-likelihood):
//!
//! | word | maximum likelihood | two-step |
//! | --- | --- | --- |
//! | `model` | `(Σ d d'/V)⁻¹` | `A⁻¹ B A⁻¹`, what tscount prints |
//! | `observed` | `(−∂²ℓ)⁻¹`, joint with the dispersion | `H⁻¹ B H⁻¹` |
//! | `hc0`, `hc1` | `J⁻¹ (Σ s s') J⁻¹` with scores `s`, `J = −∂²ℓ` | the same with `Q` for `ℓ` |
//! | `hac` | as `hc0`, with Bartlett-weighted lags of the scores (Newey and West 1987) | the same |
//!
//! `model` takes derivatives with counts before the first step held fixed, as tscount does; the rest takes them exactly.
//! NB1 has no closed expected information: its `model` is the observed one. Along inequalities that bind, variances are
//! zero: the matrix is that of the parameters that remain free.

use super::fit::{Estimate, Plan};
use super::likelihood::{Likelihood, Point, dispersed};
use super::positive::{HELD, Held, lagrangian_hessian};
use super::recursion::{Depth, run};
use crate::error::Result;
use crate::family::Family;
use crate::inference::linalg::{Matrix, dot};
use crate::inference::maximise::null_space;
use crate::inference::objective::{Bound, Objective as _};
use crate::model::Vcov;
use crate::model::serial::Estimator;
use crate::model::series::Series;

/// Matrices at an estimate, for one series.
pub(crate) struct Information<'a> {
    pub plan: &'a Plan,
    pub series: &'a Series,
    pub estimate: &'a Estimate,
}

impl Information<'_> {
    fn objective(&self) -> Likelihood<'_> {
        self.plan.objective(self.series)
    }

    fn k(&self) -> usize {
        self.estimate.theta.len()
    }

    fn spread(&self, m: f64, ratio: f64) -> f64 {
        self.plan.spread(self.estimate.dispersion, m, ratio)
    }

    /// The covariance asked for, of the mean parameters; `None` where a matrix is singular.
    pub fn covariance(&self, vcov: Vcov) -> Result<Option<Matrix>> {
        Ok(match vcov {
            Vcov::Model if self.plan.quasi() => self.quasi_model(),
            Vcov::Model if self.plan.family == Family::Nb1 => self.observed(),
            Vcov::Model => {
                let free = self.free(self.k());
                self.objective()
                    .information(&self.estimate.theta, |q| self.moves(q) / (q.m * q.m * self.spread(q.m, q.ratio)))
                    .and_then(|a| sandwich(&a, None, &free))
            }
            Vcov::Observed => self.observed(),
            Vcov::Hc(0) => self.empirical(0, 1.0),
            Vcov::Hc(1) => {
                let (n, k) = (self.series.obs.len() as f64, self.k() as f64);
                self.empirical(0, n / (n - k).max(1.0))
            }
            Vcov::Hac(hac) if !hac.prewhite => {
                let n = self.series.obs.len();
                let automatic = || (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize;
                self.empirical(hac.lags.unwrap_or_else(automatic), hac.factor(n, self.k())?)
            }
            Vcov::Hc(_) | Vcov::Hac(_) | Vcov::Cluster { .. } => return Err(crate::model::serial::no_covariance(vcov)),
        })
    }

    /// Negative curvature of the objective, along the means that are held at 0.
    fn curvature(&self, theta: &[f64]) -> Matrix {
        lagrangian_hessian(&self.objective(), theta, &self.estimate.held).scaled(-1.0)
    }

    /// 1 for an observation whose mean can move, 0 for one that is held at 0.
    fn moves(&self, q: &Point) -> f64 {
        f64::from(u8::from(self.estimate.held.is_empty() || q.m > HELD))
    }

    /// Orthonormal directions in which the first `dim` parameters can move.
    fn free(&self, dim: usize) -> Vec<Vec<f64>> {
        let mut region = self.plan.admissible(self.series);
        let mut active = Vec::new();
        for i in &self.estimate.maximum.active {
            region.bounds[*i].a.truncate(dim);
            if region.bounds[*i].a.iter().any(|v| *v != 0.0) {
                active.push(*i);
            }
        }
        for mut a in held_slopes(self.plan, self.series, &self.estimate.theta, &self.estimate.held) {
            a.resize(dim, 0.0);
            active.push(region.bounds.len());
            region.bounds.push(Bound { a, c: 0.0, text: String::new() });
        }
        null_space(&region, &active, dim)
    }

    /// `A⁻¹ B A⁻¹`.
    pub fn quasi_model(&self) -> Option<Matrix> {
        let (o, theta) = (self.objective(), &self.estimate.theta);
        let a = o.information(theta, |q| self.moves(q) / q.m)?;
        let b = o.information(theta, |q| self.moves(q) * self.spread(q.m, q.ratio))?;
        sandwich(&a, Some(&b), &self.free(self.k()))
    }

    /// Inverse of the negative Hessian of the objective, all parameters, in the free directions.
    pub fn joint_observed(&self) -> Option<Matrix> {
        let o = self.objective();
        let h = self.curvature(&self.estimate.maximum.theta);
        sandwich(&h, None, &self.free(o.dim()))
    }

    fn observed(&self) -> Option<Matrix> {
        let keep: Vec<usize> = (0..self.k()).collect();
        if !self.plan.quasi() {
            return self.joint_observed().map(|m| m.sub(&keep));
        }
        let o = self.objective();
        let h = self.curvature(&self.estimate.theta);
        let b = o.information(&self.estimate.theta, |q| self.moves(q) * self.spread(q.m, q.ratio))?;
        sandwich(&h, Some(&b), &self.free(self.k()))
    }

    fn empirical(&self, lags: usize, factor: f64) -> Option<Matrix> {
        let o = self.objective();
        let theta = &self.estimate.maximum.theta;
        let b = score_products(&o.scores(theta)?, lags)?;
        let h = self.curvature(theta);
        let keep: Vec<usize> = (0..self.k()).collect();
        Some(sandwich(&h, Some(&b), &self.free(o.dim()))?.sub(&keep).scaled(factor))
    }

    /// `−2 Q + 2 tr(H V)` of Pan (2001), `Q` with its constants, `V` the two-step covariance.
    pub fn qic(&self) -> Option<f64> {
        let q = Likelihood { spec: &self.plan.spec, series: self.series, family: Family::Poisson };
        let h = q.hessian(&self.estimate.theta).scaled(-1.0);
        let v = self.quasi_model()?;
        // A penalty below 0 is that of a saddle, not of a maximum.
        let penalty = 2.0 * h.trace_with(&v);
        let value = -2.0 * q.value(&self.estimate.theta) + penalty;
        (value.is_finite() && penalty > 0.0).then_some(value)
    }

    /// Standard error of the dispersion: from the joint information, or after the second step from the curvature of the
    /// family's log-likelihood in it, the mean held.
    pub fn dispersion_error(&self) -> Option<f64> {
        let k = self.k();
        if !dispersed(self.plan.family) || self.estimate.dispersion <= 0.0 {
            return None;
        }
        if self.plan.estimator == Estimator::Ml {
            let v = self.joint_observed()?.at(k, k);
            return (v > 0.0).then(|| v.sqrt());
        }
        let l = Likelihood { spec: &self.plan.spec, series: self.series, family: self.plan.family };
        let mut theta = self.estimate.theta.clone();
        theta.push(self.estimate.dispersion);
        let v = -1.0 / l.hessian(&theta).at(k, k);
        (v > 0.0 && v.is_finite()).then(|| v.sqrt())
    }
}

/// `∂λ_t` of the means that are held at 0, which the parameters must not change.
pub(crate) fn held_slopes(plan: &Plan, series: &Series, theta: &[f64], held: &[Held]) -> Vec<Vec<f64>> {
    if held.is_empty() {
        return Vec::new();
    }
    let Some(path) = run(&plan.spec, series, theta, Depth::Slopes) else { return Vec::new() };
    held.iter().map(|h| path.row(h.step, theta.len()).to_vec()).collect()
}

/// `Σ s s'` with Bartlett-weighted products of scores up to `lags` apart.
pub(crate) fn score_products(scores: &[Vec<f64>], lags: usize) -> Option<Matrix> {
    let mut b = Matrix::zeros(scores.first()?.len());
    scores.iter().for_each(|s| b.add_outer(1.0, s));
    for lag in 1..=lags.min(scores.len().saturating_sub(1)) {
        let w = 1.0 - lag as f64 / (lags as f64 + 1.0);
        for (s, r) in scores[lag..].iter().zip(scores) {
            for (i, si) in s.iter().enumerate() {
                // Lower triangle of s r' + r s'.
                for j in 0..=i {
                    b.set(i, j, b.at(i, j) + w * (si * r[j] + r[i] * s[j]));
                }
            }
        }
    }
    b.mirror();
    Some(b)
}

/// `Z (Z'AZ)⁻¹ (Z'BZ) (Z'AZ)⁻¹ Z'`, or `Z (Z'AZ)⁻¹ Z'` without `B`.
pub(crate) fn sandwich(a: &Matrix, b: Option<&Matrix>, z: &[Vec<f64>]) -> Option<Matrix> {
    let (n, r) = (a.n(), z.len());
    let reduce = |m: &Matrix| {
        let mut out = Matrix::zeros(r);
        for i in 0..r {
            let mz = m.times(&z[i]);
            for (j, zj) in z.iter().enumerate() {
                out.set(i, j, dot(&mz, zj));
            }
        }
        out
    };
    let inverse = reduce(a).inverse()?;
    let core = match b {
        Some(b) => inverse.mul(&reduce(b)).mul(&inverse),
        None => inverse,
    };
    let mut out = Matrix::zeros(n);
    for i in 0..n {
        for j in 0..n {
            let v = (0..r).map(|p| z[p][i] * (0..r).map(|q| core.at(p, q) * z[q][j]).sum::<f64>()).sum();
            out.set(i, j, v);
        }
    }
    Some(out)
}
