//! Rao's score test of columns left out, with the expected information of all parameters of both parts.
//!
//! U' I⁻¹ U at the restricted maximum, U the score and I = Σ E[s_i s_i'] of the larger model (Rao 1948, Proceedings of the
//! Cambridge Philosophical Society 44, 50–57). The observed information will not do: away from the larger model's own
//! maximum it can be near singular, or not definite at all.

use super::{ZeroFit, zero_design};
use crate::design::Design;
use crate::inference::linalg::{cholesky, dot, solve_lower};
use crate::inference::problem::build;
use crate::model::loglinear::averages;

impl ZeroFit {
    /// Rows fitted, by observation of the design.
    pub fn observations(&self) -> &[usize] {
        &self.rows
    }

    /// The statistic against the model of `larger`, of which this fit lacks the columns `gone` (those of the count part,
    /// then of the zero part). `None` where either part of this fit has no finite estimate, or where columns left are
    /// collinear.
    pub fn score_statistic(&self, larger: &Design, gone: &[usize]) -> Option<f64> {
        let settled = self.limits.count.infinite.len() + self.limits.zero.infinite.len() > 0;
        let part = larger.zero.as_ref()?;
        if settled || !self.flat.is_empty() || self.separated() || !self.top.converged {
            return None;
        }
        let (p, all) = (larger.p(), larger.p() + part.names.len());
        let mut beta = vec![0.0; all];
        let left = (0..all).filter(|j| !gone.contains(j));
        left.zip(self.coefficients()).for_each(|(j, b)| beta[j] = b);
        let link = self.settings.link;
        let (count, basis) = build(larger, &self.rows, &(0..p).collect::<Vec<_>>(), None, link);
        let zero = zero_design(larger, part);
        let (zero_problem, zero_basis) =
            build(&zero, &self.rows, &(p..all).map(|j| j - p).collect::<Vec<_>>(), None, link);
        if count.k + zero_problem.k < all {
            return None;
        }
        let mut at = basis.qr.times(&beta[..p]);
        at.extend(zero_basis.qr.times(&beta[p..]));
        at.extend(self.joint.free().then(|| self.top.x[self.top.x.len() - 1]));
        let mut joint = self.joint.clone();
        (joint.count, joint.q) = (count, zero_problem.k);
        (joint.z, joint.zero_offset, _) = averages(&zero_problem);
        let dim = at.len();
        let (mut u, mut observed) = (vec![0.0; dim], vec![0.0; dim * dim]);
        joint.evaluate(&at, &mut u, &mut observed);
        let mut info = joint.expected_information(&at)?;
        cholesky(&mut info, dim).then(|| {
            solve_lower(&info, dim, &mut u);
            dot(&u, &u)
        })
    }
}
