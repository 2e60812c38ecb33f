//! Profile-likelihood intervals of both parts: one coefficient held, all else of the joint likelihood maximised again.

use super::{ZeroFit, zero_design};
use crate::inference::newton::maximise;
use crate::inference::problem::build;
use crate::inference::profile::bound;
use crate::model::glm::terms::Reference;
use crate::model::loglinear::averages;
use crate::model::{Interval, Vcov};
use crate::results::num;

impl ZeroFit {
    /// Whether intervals are profile likelihood.
    pub(super) fn profiles(&self) -> bool {
        match self.settings.interval {
            Interval::Auto => {
                matches!(self.settings.vcov, Vcov::Model | Vcov::Observed) && self.rows.len() < 50 && self.top.converged
            }
            Interval::Profile => true,
            Interval::Wald | Interval::Bootstrap(_) => false,
        }
    }

    /// Bounds of term `a` (columns of the count part, then of the zero part); `reach` is the half width of Wald's.
    pub(super) fn bounds(&self, a: usize, estimate: f64, reach: f64) -> (Option<f64>, Option<f64>) {
        if !self.profiles() || reach.is_nan() || reach <= 0.0 {
            return (num(estimate - reach), num(estimate + reach));
        }
        let drop = 0.5 * Reference::Normal.quantile(self.settings.level).powi(2);
        let side = |sign: f64| bound(|b| self.given(a, b), estimate, self.top.value, sign * reach, drop).and_then(num);
        (side(-1.0), side(1.0))
    }

    /// Maximum of the joint log-likelihood with term `a` held at `b`, from the maximum overall.
    fn given(&self, a: usize, b: f64) -> Option<f64> {
        let (count, zero, t) = self.split(&self.top.x);
        let p = self.design.p();
        let mut joint = self.joint.clone();
        let mut start = self.top.x[..joint.count.k].to_vec();
        if a < p {
            let others: Vec<usize> = self.count_basis.kept().into_iter().filter(|j| *j != a).collect();
            let (problem, basis) = build(&self.design, &self.rows, &others, Some((a, b)), self.settings.link);
            start = basis.qr.times(&others.iter().map(|j| count[*j]).collect::<Vec<_>>());
            joint.count = problem;
            start.extend(&self.top.x[self.joint.count.k..self.joint.count.k + joint.q]);
        } else {
            let others: Vec<usize> = self.zero_basis.kept().into_iter().filter(|j| *j != a - p).collect();
            let design = zero_design(&self.design, &self.part);
            let (problem, basis) = build(&design, &self.rows, &others, Some((a - p, b)), self.settings.link);
            start.extend(basis.qr.times(&others.iter().map(|j| zero[*j]).collect::<Vec<_>>()));
            joint.q = problem.k;
            (joint.z, joint.zero_offset, _) = averages(&problem);
        }
        start.extend(joint.free().then_some(t));
        let found = maximise(|x, g, h| joint.evaluate(x, g, h), start);
        (found.value > f64::NEG_INFINITY).then_some(found.value)
    }
}
