//! Profile-likelihood intervals of both parts: one coefficient held, all else of the joint likelihood maximised again.

use super::{ZeroFit, zero_design};
use crate::family::ZeroPart;
use crate::inference::dispersion;
use crate::inference::newton::maximise;
use crate::inference::problem::build;
use crate::inference::profile::bound;
use crate::model::glm::fit::constant;
use crate::model::glm::terms::Reference;
use crate::model::loglinear::averages;
use crate::model::{Interval, Link, Vcov};
use crate::results::{TermRow, num};

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
        self.given_from(&self.top.x, a, b)
    }

    /// The same from the working parameters `x`.
    pub(super) fn given_from(&self, x: &[f64], a: usize, b: f64) -> Option<f64> {
        let (count, zero, t) = self.split(x);
        let p = self.design.p();
        let mut joint = self.joint.clone();
        let mut start = x[..joint.count.k].to_vec();
        if a < p {
            let others: Vec<usize> = self.count_basis.kept().into_iter().filter(|j| *j != a).collect();
            let (problem, basis) = build(&self.design, &self.rows, &others, Some((a, b)), self.settings.link);
            start = basis.qr.times(&others.iter().map(|j| count[*j]).collect::<Vec<_>>());
            joint.count = problem;
            start.extend(&x[self.joint.count.k..self.joint.count.k + joint.q]);
        } else {
            let others: Vec<usize> = self.zero_basis.kept().into_iter().filter(|j| *j != a - p).collect();
            let design = zero_design(&self.design, &self.part);
            let (problem, basis) = build(&design, &self.rows, &others, Some((a - p, b)), self.settings.link);
            start.extend(basis.qr.times(&others.iter().map(|j| zero[*j]).collect::<Vec<_>>()));
            joint.q = problem.k;
            (joint.z, joint.zero_offset, _) = averages(&problem);
        }
        start.extend(joint.free().then_some(t));
        let found = maximise(|x, g, h| joint.evaluate(x, g, h), start).value;
        let value = self.without_zero_part(a, b).map_or(found, |limit| limit.max(found));
        (value > f64::NEG_INFINITY).then_some(value)
    }

    /// Supremum where the structural zeros vanish, with term `a` held at `b`: the constant of the zero part is free to run
    /// to −∞ whatever its slopes are, so that the profile never lies below the likelihood of the count part alone, with any
    /// dispersion. Zero rows that either part settles stay at P(0) = 1: the zero part does so along a direction of its own,
    /// which may run faster.
    fn without_zero_part(&self, a: usize, b: f64) -> Option<f64> {
        let p = self.design.p();
        if self.settings.zeros == ZeroPart::Hurdle {
            return None;
        }
        let [by_count, by_zero] = &self.joint.gone;
        let settled = |i: usize| by_count[i] || by_zero[i] && self.design.counts[self.rows[i]] == 0.0;
        let rows: Vec<usize> = (0..self.rows.len()).filter(|i| !settled(*i)).map(|i| self.rows[i]).collect();
        let design = zero_design(&self.design, &self.part);
        let free = |j: &usize| j + p != a && constant(&design, &self.rows, *j);
        self.zero_basis.kept().into_iter().find(free)?;
        let others: Vec<usize> = self.count_basis.kept().into_iter().filter(|j| *j != a).collect();
        let (problem, _) = build(&self.design, &rows, &others, (a < p).then_some((a, b)), self.settings.link);
        dispersion::likelihood(&problem, self.settings.family)
    }

    /// A term without a finite estimate: null, with the profile bound on the side that it does not run to.
    pub(super) fn without_estimate(&self, a: usize, name: &str) -> TermRow {
        let p = self.design.p();
        let (edge, j) = if a < p { (&self.limits.count, a) } else { (&self.limits.zero, a - p) };
        let mut row = TermRow { term: name.into(), ..TermRow::default() };
        let Some(direction) = edge.moving(j) else {
            row.verdict = match (a < p, self.settings.zeros) {
                (true, ZeroPart::Hurdle) => "no estimate: no positive counts in the rows that it accounts for".into(),
                _ => "no estimate: the other part explains all zeros in the rows that it accounts for".into(),
            };
            return row;
        };
        row.verdict = match (a < p, self.settings.zeros) {
            (true, ZeroPart::Hurdle) => "no finite estimate: no count above 1 in the rows that it accounts for".into(),
            (true, _) => "no finite estimate: all counts are zero in the rows that it accounts for".into(),
            _ => "no finite estimate: it tells zeros from other counts perfectly".into(),
        };
        let values = |s: usize| if a < p { self.design.x[(s, j)] } else { self.part.x[(s, j)] };
        let steps = self.rows.iter().flat_map(|i| self.design.covered(*i)).map(|(s, _)| values(s).abs());
        let (falls, scale) = (direction[j].signum(), steps.fold(0.0, f64::max));
        let drop = 0.5 * Reference::Normal.quantile(self.settings.level).powi(2);
        let likelihood = |b: f64| self.freely_given(a, b, direction);
        // Where the other part can explain the same zeros, nothing bounds this one.
        let other = if a < p { &self.limits.zero } else { &self.limits.count };
        let alone = self.settings.zeros == ZeroPart::Hurdle || other.null.is_empty();
        let (far, step) = (falls * 30.0 / scale, -falls / scale);
        let found = if alone { bound(likelihood, far, self.top.value, step, drop) } else { None };
        let bound = found.and_then(num);
        let ratio = bound.filter(|_| a < p && self.settings.link == Link::Log).and_then(|b| num(b.exp()));
        if falls < 0.0 {
            (row.conf_high, row.rate_ratio_high) = (bound, ratio);
        } else {
            (row.conf_low, row.rate_ratio_low) = (bound, ratio);
        }
        if bound.is_none() {
            row.verdict.push_str("; nor is it bounded on either side");
        }
        row
    }

    /// The same as `given` for a coefficient that runs off: every row and column is back, and the others start where the
    /// direction has them when the coefficient is `b`.
    fn freely_given(&self, a: usize, b: f64, direction: &[f64]) -> Option<f64> {
        let (mut count, mut zero, t) = self.split(&self.top.x);
        let p = self.design.p();
        let (at, j) = if a < p { (&mut count, a) } else { (&mut zero, a - p) };
        let by = (b - at[j]) / direction[j];
        at.iter_mut().zip(direction).for_each(|(c, d)| *c += by * d);
        let left = |dropped: &[(usize, String)], all: usize, held: Option<usize>| -> Vec<usize> {
            (0..all).filter(|c| Some(*c) != held && dropped.iter().all(|d| d.0 != *c)).collect()
        };
        let counts = left(&self.dropped[0], p, (a < p).then_some(j));
        let zeros = left(&self.dropped[1], self.part.names.len(), (a >= p).then_some(j));
        let design = zero_design(&self.design, &self.part);
        let link = self.settings.link;
        let (problem, basis) = build(&self.design, &self.rows, &counts, (a < p).then_some((j, b)), link);
        let (zero_problem, zero_basis) = build(&design, &self.rows, &zeros, (a >= p).then_some((j, b)), link);
        let mut joint = self.joint.clone();
        joint.gone.iter_mut().for_each(|g| g.fill(false));
        let mut start = basis.qr.times(&counts.iter().map(|c| count[*c]).collect::<Vec<_>>());
        start.extend(zero_basis.qr.times(&zeros.iter().map(|c| zero[*c]).collect::<Vec<_>>()));
        (joint.count, joint.q) = (problem, zero_problem.k);
        (joint.z, joint.zero_offset, _) = averages(&zero_problem);
        start.extend(joint.free().then_some(t));
        let found = maximise(|x, g, h| joint.evaluate(x, g, h), start);
        (found.value > f64::NEG_INFINITY).then_some(found.value)
    }
}
