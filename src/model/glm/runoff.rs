//! Coefficients that zeros send to infinity: which they are, their one-sided bounds, and what stays finite.
//!
//! With the rows of [`crate::inference::separation`] left out, the columns lose the directions `null`; β_j is infinite
//! where one of them has an entry. A contrast c'β with c'v = 0 for every v in `null` keeps its finite estimate: where
//! the reference of a factor has zeros only, the intercept falls and the other levels rise together, and their
//! differences are finite. Holding β_j leaves a maximum on one side: its profile bound.

use super::fit::{Regression, constant, spread};
use crate::family::Family;
use crate::inference::linalg::congruence;
use crate::inference::problem::build;
use crate::inference::{dispersion, profile, separation};
use crate::model::Link;
use crate::results::{TermRow, num};

/// Finite differences that are told of, at most.
const MOST_TOLD: usize = 6;

/// Steps back from the Poisson's bound, at most, to where that of another family may lie.
const MOST_BACK: usize = 40;

/// Entries of a direction below this share of its largest are 0.
const NONE: f64 = 1e-6;

impl Regression {
    /// Leaves the separated rows out of the problem and notes which coefficients they leave without an estimate.
    pub(super) fn separate(&mut self, found: &separation::Separation) {
        let kept = self.basis.kept();
        self.direction = spread(&self.basis.beta(&found.direction), &kept, self.design.p());
        let mut stay = vec![true; self.rows.len()];
        found.rows.iter().for_each(|i| stay[*i] = false);
        let chosen = |keep: bool| self.rows.iter().zip(&stay).filter(|(_, s)| **s == keep).map(|(i, _)| *i).collect();
        (self.zero_rows, self.fitted_rows) = (chosen(false), chosen(true));
        let (problem, basis) = build(&self.design, &self.fitted_rows, &kept, None, self.settings.link);
        self.null = basis.qr.null_vectors().iter().map(|v| spread(v, &kept, self.design.p())).collect();
        self.infinite = kept.into_iter().filter(|j| self.null.iter().any(|v| v[*j].abs() > 1e-9)).collect();
        (self.problem, self.basis) = (problem, basis);
        let n = self.zero_rows.len();
        let (plural, have) = if n == 1 { ("", "has") } else { ("s", "have") };
        let what = match self.reference_rows() {
            Some(levels) => format!("where {levels} are 0 (their reference)"),
            None if self.infinite.len() == 1 => "that it alone accounts for".into(),
            None => "that they alone account for".into(),
        };
        self.warnings.push(format!(
            "{}: no finite estimate, since {n} row{plural} {what} {have} no counts but zero; the other coefficients are \
             those of the fit without them",
            self.named(&self.infinite),
        ));
    }

    fn named(&self, columns: &[usize]) -> String {
        columns.iter().map(|j| format!("`{}`", self.design.names[*j])).collect::<Vec<_>>().join(", ")
    }

    /// The columns against which the separated rows are the reference: 0 in all of these, and infinite with a constant.
    fn reference_rows(&self) -> Option<String> {
        let (constants, levels): (Vec<usize>, Vec<usize>) =
            self.infinite.iter().partition(|j| constant(&self.design, &self.rows, **j));
        let zero = |j: &usize| {
            let mut values = self.zero_rows.iter().flat_map(|i| self.design.covered(*i));
            values.all(|(s, _)| self.design.x[(s, *j)] == 0.0)
        };
        (!constants.is_empty() && levels.len() > 1 && levels.iter().all(zero)).then(|| self.named(&levels))
    }

    /// Tells the differences of infinite coefficients that are finite, with Wald intervals.
    pub(super) fn tell_contrasts(&mut self) {
        if self.reference_rows().is_none() {
            return;
        }
        let of: Vec<usize> =
            self.infinite.iter().copied().filter(|j| !constant(&self.design, &self.rows, *j)).collect();
        let together = |j: &usize| self.null.iter().all(|v| (v[*j] - v[of[0]]).abs() < 1e-9);
        let told: Vec<String> =
            of[1..].iter().filter(|j| together(j)).take(MOST_TOLD).map(|j| self.difference(*j, of[0])).collect();
        if !told.is_empty() {
            self.warnings.push(format!(
                "finite are the differences among them: {}; a reference with counts above zero, as in \
                 C(…, ref=LEVEL), gives them as coefficients",
                told.join(", ")
            ));
        }
    }

    /// β_a − β_b with its Wald interval, in words.
    fn difference(&self, a: usize, b: usize) -> String {
        let (beta, kept, k) = (self.beta(), self.basis.kept(), self.problem.k);
        let estimate = beta[a] - beta[b];
        let name = format!("`{}` − `{}` = {estimate:.4}", self.design.names[a], self.design.names[b]);
        let Ok(working) = self.working_covariance() else { return name };
        let c = congruence(&self.basis.qr.inverse_r(), &working, k);
        let sign = |j: usize| f64::from(i8::from(kept[j] == a) - i8::from(kept[j] == b));
        let variance: f64 = (0..k * k).map(|e| sign(e / k) * sign(e % k) * c[e]).sum();
        let reach = self.reference().quantile(self.settings.level) * variance.max(0.0).sqrt();
        if !reach.is_finite() {
            return name;
        }
        format!("{name} ({:.4} to {:.4})", estimate - reach, estimate + reach)
    }

    /// A coefficient that runs off to infinity: null, with the profile bound on the other side.
    pub(super) fn without_estimate(&self, j: usize) -> TermRow {
        let mut row = TermRow { term: self.design.names[j].clone(), ..TermRow::default() };
        let top = self.direction.iter().fold(0.0, |m: f64, d| m.max(d.abs()));
        let moves = self.direction[j].abs() > NONE * top;
        let bound = if moves { self.one_sided(j) } else { None };
        let why = match self.reference_rows() {
            Some(levels) => format!("all counts are zero in the rows where {levels} are 0"),
            None if self.infinite.len() == 1 => "all counts are zero in the rows that it alone accounts for".into(),
            None => "all counts are zero in rows that only the coefficients without an estimate account for".into(),
        };
        row.verdict = format!("no finite estimate: {why}");
        if bound.is_none() {
            row.verdict.push_str("; nor is it bounded on either side");
        }
        let ratio = bound.filter(|_| self.settings.link == Link::Log).and_then(|b| num(b.exp()));
        if self.direction[j] < 0.0 {
            (row.conf_high, row.rate_ratio_high) = (bound, ratio);
        } else {
            (row.conf_low, row.rate_ratio_low) = (bound, ratio);
        }
        row
    }

    /// The profile bound of an infinite coefficient, on the side that it does not run to. The likelihood falls towards that
    /// side all the way.
    fn one_sided(&self, j: usize) -> Option<f64> {
        let falls = self.direction[j].signum();
        let values = self.rows.iter().flat_map(|i| self.design.covered(*i)).map(|(s, _)| self.design.x[(s, j)].abs());
        let scale = values.fold(0.0, f64::max);
        let (far, drop) = (falls * 60.0 / scale, self.drop());
        let at = |family: Family, top: f64, from: f64, step: f64| {
            let likelihood = |b: f64| self.likelihood_along(j, b, self.rows.clone(), family);
            profile::bound(likelihood, from, top, -falls * step / scale, drop).and_then(num)
        };
        if self.settings.family != Family::ComPoisson {
            return at(self.settings.family, self.solution.ll, far, 1.0);
        }
        // Sums over counts of huge means take minutes: from near the Poisson's bound, in small steps.
        let poisson = dispersion::likelihood(&self.problem, Family::Poisson)?;
        let mut near = at(Family::Poisson, poisson, far, 1.0)?;
        for _ in 0..MOST_BACK {
            let here = self.likelihood_along(j, near, self.rows.clone(), Family::ComPoisson)?;
            if self.solution.ll - here < drop {
                return at(Family::ComPoisson, self.solution.ll, near, 0.05);
            }
            near += 0.5 * falls / scale;
        }
        None
    }

    /// Maximum of the log-likelihood given β_j = b. All coefficients are shifted along the direction, which is free and
    /// keeps the rows with counts where they are: so the start is near, however far b is.
    fn likelihood_along(&self, j: usize, b: f64, mut rows: Vec<usize>, family: Family) -> Option<f64> {
        let kept = (0..self.design.p()).filter(|c| *c != j && self.dropped.iter().all(|d| d.0 != *c));
        let others: Vec<usize> = kept.collect();
        let by = b / self.direction[j];
        let given = |rows: &[usize]| {
            let (mut problem, basis) = build(&self.design, rows, &others, None, self.settings.link);
            let steps = rows.iter().flat_map(|i| self.design.covered(*i)).map(|(s, _)| s);
            for (offset, s) in problem.offset.iter_mut().zip(steps) {
                let row = self.design.x.row(s);
                *offset += by * row.iter().zip(&self.direction).map(|(x, d)| x * d).sum::<f64>();
            }
            (problem, basis)
        };
        let (mut problem, mut basis) = given(&rows);
        // Rows that run to a mean of zero all the same add nothing in the limit.
        if let Some(found) = separation::find(&problem) {
            let mut stay = vec![true; rows.len()];
            found.rows.iter().for_each(|i| stay[*i] = false);
            rows = rows.into_iter().zip(stay).filter(|(_, s)| *s).map(|(i, _)| i).collect();
            (problem, basis) = given(&rows);
        }
        let beta = self.beta();
        let gamma = basis.qr.times(&basis.kept().iter().map(|c| beta[*c]).collect::<Vec<_>>());
        dispersion::likelihood_near(&problem, family, gamma, self.solution.t)
    }
}
