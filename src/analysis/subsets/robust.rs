//! The covariance that the settings ask for, inside each model: White's, Newey and West's, by clusters.
//!
//! As for a fit of its own: bread, scores and leverages of the model's own columns, the dispersion taken as known
//! ([`crate::inference::covariance`], [`crate::inference::hac`]). Weights of models stay those of the likelihood.

use super::lattice::Lattice;
use crate::design::Design;
use crate::error::Result;
use crate::family::{Family, Kernel};
use crate::inference::covariance::{Bread, clustered, leverages, sandwich};
use crate::inference::linalg::{dot, quadratic};
use crate::inference::problem::Problem;
use crate::model::Vcov;
use crate::model::glm::constant;

/// What a sandwich needs beside the fit of a model.
pub(super) struct Robust {
    vcov: Vcov,
    /// Cluster of each observation, where it is asked for.
    groups: Vec<usize>,
    /// Columns of M with γ = M β: the design's columns in the working ones.
    forward: Vec<Vec<f64>>,
    /// Working columns whose column of the design is constant.
    constant: Vec<bool>,
}

impl Robust {
    /// `None` where errors are those of the model.
    ///
    /// # Errors
    /// When clusters are asked for and the design has none.
    pub(super) fn of(
        vcov: Vcov,
        design: &Design,
        observations: &[usize],
        columns: &[usize],
        forward: Vec<Vec<f64>>,
    ) -> Result<Option<Robust>> {
        let groups = match vcov {
            Vcov::Model | Vcov::Observed => return Ok(None),
            Vcov::Cluster { .. } => design.groups_of(observations)?,
            Vcov::Hc(_) | Vcov::Hac(_) => Vec::new(),
        };
        let constant = columns.iter().map(|j| constant(design, observations, *j)).collect();
        Ok(Some(Robust { vcov, groups, forward, constant }))
    }

    /// Covariance of the working coefficients of the columns `selected` of a count model; `None` where it does not exist.
    pub(super) fn of_counts(
        &self,
        problem: &Problem,
        (family, gamma, t): (Family, &[f64], f64),
        selected: &[usize],
    ) -> Option<Vec<f64>> {
        // On its boundary the family is the Poisson.
        let kernel = if family.has_dispersion() && t.is_finite() {
            Kernel::new(family, t)
        } else {
            Kernel::new(Family::Poisson, 0.0)
        };
        let bread = Bread::new(problem, &kernel, gamma)?;
        let hats = || leverages(problem, &kernel, gamma);
        let own = |s: &[f64]| bread.turned(s, |s| self.own(s, selected));
        let c = self.covariance((&bread.inverse, &bread.scores), own, hats, &problem.w, selected)?;
        Some(bread.coefficients(&c))
    }

    /// The same of least squares with averaged rows, residuals and the inverse of the weighted Gram matrix.
    pub(super) fn of_least_squares(
        &self,
        unscaled: &[f64],
        rows: &[Vec<f64>],
        residuals: &[f64],
        w: &[f64],
        selected: &[usize],
    ) -> Option<Vec<f64>> {
        let each = || rows.iter().zip(residuals).zip(w);
        let scores: Vec<f64> = each().flat_map(|((r, e), w)| r.iter().map(move |z| z * w * e)).collect();
        let hats = || Some(rows.iter().zip(w).map(|(r, w)| w * quadratic(unscaled, r)).collect());
        self.covariance((unscaled, &scores), |s| self.own(s, selected), hats, w, selected)
    }

    fn covariance(
        &self,
        (bread, scores): (&[f64], &[f64]),
        own: impl Fn(&[f64]) -> Vec<f64>,
        hats: impl FnOnce() -> Option<Vec<f64>>,
        w: &[f64],
        selected: &[usize],
    ) -> Option<Vec<f64>> {
        let counted: Vec<bool> = w.iter().map(|w| *w > 0.0).collect();
        let n = counted.iter().filter(|c| **c).count();
        match self.vcov {
            Vcov::Model | Vcov::Observed => None,
            Vcov::Hc(kind) => sandwich(bread, scores, &hats()?, n, kind),
            Vcov::Hac(hac) => {
                let constants: Vec<usize> = (0..selected.len()).filter(|a| self.constant[selected[*a]]).collect();
                hac.covariance(bread, scores, own, &constants, n).ok()
            }
            Vcov::Cluster { kind, adjust } => clustered(bread, scores, &self.groups, &counted, (kind, adjust)).ok(),
        }
    }

    /// Working scores of one observation on the scale of the design's columns: M' s.
    fn own(&self, s: &[f64], selected: &[usize]) -> Vec<f64> {
        let one = |j: &usize| dot(&selected.iter().map(|a| self.forward[*j][*a]).collect::<Vec<f64>>(), s);
        selected.iter().map(one).collect()
    }
}

impl Lattice {
    /// The map M column by column: `r` those of the orthonormal columns, then (projection, scale) of each candidate.
    pub(super) fn forward(r: Vec<Vec<f64>>, candidates: Vec<(Vec<f64>, f64)>) -> Vec<Vec<f64>> {
        let (k0, k) = (r.len(), r.len() + candidates.len());
        let candidate = |(c, (mut a, s)): (usize, (Vec<f64>, f64))| {
            a.resize(k, 0.0);
            a[k0 + c] = s;
            a
        };
        let always = r.into_iter().map(|mut column| {
            column.resize(k, 0.0);
            column
        });
        always.chain(candidates.into_iter().enumerate().map(candidate)).collect()
    }
}
