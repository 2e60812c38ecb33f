//! What the analyses read of a fitted model.

use super::Regression;
use super::fit::spread;
use crate::error::Result;
use crate::family::Family;
use crate::inference::covariance::joint;
use crate::inference::linalg::congruence;
use crate::inference::problem::{Basis, Problem};
use crate::inference::scoring::Solution;
use crate::model::Link;

impl Regression {
    /// The working problem: observations fitted, columns kept.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// How its columns come from the design's.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Its maximum.
    pub fn solution(&self) -> &Solution {
        &self.solution
    }

    /// The family in force: Poisson where the dispersion fell to its boundary.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Link.
    pub fn link(&self) -> Link {
        self.settings.link
    }

    /// Dispersion in the family's own sense.
    pub fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// Observations of the design that the problem holds, in its order.
    pub fn observations(&self) -> &[usize] {
        &self.fitted_rows
    }

    /// Columns without a finite estimate.
    pub fn infinite_columns(&self) -> &[usize] {
        &self.infinite
    }

    /// Coefficients over all columns; 0 for those dropped or without a finite estimate.
    pub fn coefficients(&self) -> Vec<f64> {
        self.beta()
    }

    /// Covariance of the coefficients as the settings ask, p × p row by row; 0 where there is none.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn covariance(&self) -> Result<Vec<f64>> {
        let (k, p) = (self.problem.k, self.design.p());
        Ok(over_columns(&congruence(&self.basis.qr.inverse_r(), &self.working_covariance()?, k), &self.basis.kept(), p))
    }

    /// Joint covariance of coefficients and log dispersion from the observed information, (p + 1) × (p + 1);
    /// `None` for a family without a dispersion of its own.
    pub fn joint_covariance(&self) -> Option<Vec<f64>> {
        if !self.family.has_dispersion() {
            return None;
        }
        let (k, p, mut kept) = (self.problem.k, self.design.p(), self.basis.kept());
        let c = joint(&self.problem, self.family, &self.solution.gamma, self.solution.t)?;
        let (inverse, mut m) = (self.basis.qr.inverse_r(), vec![0.0; (k + 1) * (k + 1)]);
        (0..k * k).for_each(|a| m[a / k * (k + 1) + a % k] = inverse[a]);
        m[(k + 1) * (k + 1) - 1] = 1.0;
        kept.push(p);
        Some(over_columns(&congruence(&m, &c, k + 1), &kept, p + 1))
    }
}

fn over_columns(c: &[f64], kept: &[usize], p: usize) -> Vec<f64> {
    let mut all = vec![0.0; p * p];
    for (a, row) in c.chunks_exact(kept.len().max(1)).enumerate() {
        all[kept[a] * p..(kept[a] + 1) * p].copy_from_slice(&spread(row, kept, p));
    }
    all
}
