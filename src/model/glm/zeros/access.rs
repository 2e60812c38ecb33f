//! What the analyses read of a fitted model with extra zeros. Columns are those of the count part, then the zero part's.

use super::ZeroFit;
use super::limits::Edge;
use crate::Rng;
use crate::design::Design;
use crate::error::Result;
use crate::family::{Family, Law, ZeroPart};
use crate::inference::linalg::congruence;
use crate::model::{Link, Settings};

impl ZeroFit {
    /// Fits; `None` where no excess zeros are found.
    ///
    /// # Errors
    /// When no count is zero, or there is too little to fit to.
    pub fn new(settings: &Settings, design: &Design, rng: &Rng) -> Result<Option<ZeroFit>> {
        let mut fit = ZeroFit::prepare(settings, design, rng)?;
        fit.maximise()?;
        if settings.zeros == ZeroPart::Inflated && fit.no_excess() {
            return Ok(None);
        }
        fit.warn();
        Ok(Some(fit))
    }

    /// Columns of the count part, p.
    pub fn p(&self) -> usize {
        self.design.p()
    }

    /// Coefficients of both parts, p + q; 0 for columns dropped.
    pub fn coefficients(&self) -> Vec<f64> {
        let (mut beta, zeta, _) = self.split(&self.top.x);
        beta.extend(zeta);
        beta
    }

    /// Columns of both parts without a finite estimate: in the limit of a part, of both together, or of a zero part that its
    /// covariates separate.
    pub fn infinite_columns(&self) -> Vec<usize> {
        let (p, (_, zeta, _)) = (self.p(), self.split(&self.top.x));
        let separated = self.separated();
        let off = |a: usize| match a.checked_sub(p) {
            None => self.limits.count.infinite.contains(&a),
            Some(j) => self.limits.zero.infinite.contains(&j) || separated && self.runs_off(j, zeta[j]),
        };
        (0..p + zeta.len()).filter(|a| off(*a) || self.runs(*a)).collect()
    }

    /// Family of the count part: Poisson where the dispersion fell to its boundary.
    pub fn family(&self) -> Family {
        self.joint.family
    }

    /// Link of the count part.
    pub fn link(&self) -> Link {
        self.settings.link
    }

    /// θ of NB2; 1 for the Poisson.
    pub fn dispersion(&self) -> f64 {
        if self.joint.free() { self.split(&self.top.x).2.exp() } else { 1.0 }
    }

    /// Log-likelihood at the maximum, less the terms that no parameter changes.
    pub fn log_lik(&self) -> f64 {
        self.top.value
    }

    /// Number of coefficients that the data tell of, those that run off to infinity included.
    pub fn rank(&self) -> usize {
        let off = |edge: &Edge| edge.infinite.iter().filter(|j| edge.moving(**j).is_some()).count();
        self.joint.count.k + self.joint.q + off(&self.limits.count) + off(&self.limits.zero)
    }

    /// Covariance of the coefficients and ln θ as the settings ask, (p + q + 1)²; 0 where there is none.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn covariance(&self) -> Result<Vec<f64>> {
        let dim = self.top.x.len();
        let c = congruence(&self.to_coefficients(), &self.working_covariance()?, dim);
        let (p, all) = (self.p(), self.p() + self.part.names.len() + 1);
        let zero = self.zero_basis.kept().into_iter().map(|j| p + j);
        let mut place: Vec<usize> = self.count_basis.kept().into_iter().chain(zero).collect();
        place.extend(self.joint.free().then_some(all - 1));
        let mut out = vec![0.0; all * all];
        for (a, i) in place.iter().enumerate() {
            place.iter().enumerate().for_each(|(b, j)| out[i * all + j] = c[a * dim + b]);
        }
        Ok(out)
    }

    /// Count and law of each observation fitted, without those whose law the data do not say (a part without a finite
    /// estimate).
    pub fn laws(&self) -> Vec<(f64, Law)> {
        (0..self.rows.len()).filter_map(|a| Some((self.joint.count.y[a], self.law_at(a)?))).collect()
    }

    /// Scores that each observation fitted would have with a count of zero, over all working parameters.
    pub fn scores_at_zero(&self) -> Vec<Vec<f64>> {
        let mut nothing = self.joint.clone();
        nothing.count.y.fill(0.0);
        nothing.scores(&self.top.x).chunks_exact(self.top.x.len()).map(<[f64]>::to_vec).collect()
    }

    /// Inverse observed information of the working parameters.
    pub fn inverse_information(&self) -> Option<Vec<f64>> {
        self.bread()
    }
}
