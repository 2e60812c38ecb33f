//! Coefficients that run off together, as only the joint likelihood shows: zeros of which some go to the zero part (ξ → ∞) and
//! the others to the count part (m → 0), so that neither part alone has a direction (`limits`). One positive count does it.
//!
//! There the information has directions v with v'Iv → 0. Coefficients that such a v moves have no estimate; what is
//! orthogonal to them keeps its own, with the pseudo-inverse of I as covariance. The path back from the maximum is along
//! the part of the parameters that lies in these directions.

use super::{ZeroFit, zero_design};
use crate::error::Error;
use crate::inference::linalg::{dot, eigen};
use crate::inference::profile::bound;
use crate::model::Link;
use crate::model::glm::terms::Reference;
use crate::results::{TermRow, num};

/// Information, times the number of rows, of a predictor below which it is said to be flat: a standard error above 300.
const FLAT: f64 = 1e-5;

/// Share of its own in a coefficient below which a direction does not move it.
const MOVES: f64 = 1e-5;

impl ZeroFit {
    /// The flat directions of the working coefficients of both parts.
    pub(super) fn flat_directions(&self) -> Vec<Vec<f64>> {
        let (dim, of) = (self.top.x.len(), self.joint.count.k + self.joint.q);
        let block: Vec<f64> = (0..of * of).map(|e| self.top.info[e / of * dim + e % of]).collect();
        let least = FLAT / self.rows.len() as f64;
        let flat = eigen(&block, of).into_iter().filter(|(value, _)| value.abs() < least);
        flat.map(|(_, mut v)| {
            v.resize(dim, 0.0);
            v
        })
        .collect()
    }

    /// The inverse of the information but for the flat directions.
    pub(super) fn inverse_but_flat(&self) -> Option<Vec<f64>> {
        let dim = self.top.x.len();
        let mut info = self.top.info.clone();
        // A large value in the flat directions keeps them apart; it is taken off again.
        let large = (0..dim).map(|i| info[i * (dim + 1)].abs()).fold(1.0, f64::max);
        for v in &self.flat {
            (0..dim * dim).for_each(|e| info[e] += large * v[e / dim] * v[e % dim]);
        }
        let mut c = crate::inference::linalg::inverse(&info, dim)?;
        for v in &self.flat {
            (0..dim * dim).for_each(|e| c[e] -= v[e / dim] * v[e % dim] / large);
        }
        Some(c)
    }

    /// Place of term `a` (columns of the count part, then of the zero part) among the working parameters.
    pub(super) fn place(&self, a: usize) -> Option<usize> {
        let (p, k) = (self.design.p(), self.joint.count.k);
        if a < p {
            return self.count_basis.kept().iter().position(|j| *j == a);
        }
        self.zero_basis.kept().iter().position(|j| *j == a - p).map(|z| k + z)
    }

    /// Whether a flat direction moves term `a`.
    pub(super) fn runs(&self, a: usize) -> bool {
        let Some(at) = self.place(a).filter(|_| !self.flat.is_empty()) else { return false };
        let (map, dim) = (self.to_coefficients(), self.top.x.len());
        let row = &map[at * dim..(at + 1) * dim];
        let size = dot(row, row).sqrt();
        self.flat.iter().any(|v| dot(row, v).abs() > MOVES * size)
    }

    /// What of the working parameters lies in the flat directions.
    fn far_part(&self) -> Vec<f64> {
        let mut far = vec![0.0; self.top.x.len()];
        for v in &self.flat {
            let by = dot(v, &self.top.x);
            far.iter_mut().zip(v).for_each(|(f, v)| *f += by * v);
        }
        far
    }

    /// The row of a term that runs off with others: null, with the profile bound on the side that it does not run to.
    pub(super) fn run_off(&self, a: usize, name: &str, estimate: f64) -> TermRow {
        let p = self.design.p();
        let mut row = TermRow { term: name.into(), ..TermRow::default() };
        row.verdict =
            "no finite estimate: the two parts explain rows perfectly as it runs off with the others that have none"
                .into();
        let values = |s: usize| if a < p { self.design.x[(s, a)] } else { self.part.x[(s, a - p)] };
        let steps = self.rows.iter().flat_map(|i| self.design.covered(*i)).map(|(s, _)| values(s).abs());
        let (sign, scale) = (estimate.signum(), steps.fold(0.0, f64::max));
        let drop = 0.5 * Reference::Normal.quantile(self.settings.level).powi(2);
        let far = self.far_part();
        let likelihood = |b: f64| self.on_the_way(a, b, b / estimate - 1.0, &far);
        // The other side may explain them as well: then nothing bounds it.
        let open = |b: f64| likelihood(b).is_some_and(|l| self.top.value - l < drop);
        let found = if open(-estimate) || open(0.0) {
            None
        } else {
            bound(likelihood, estimate, self.top.value, -sign / scale, drop).and_then(num)
        };
        let ratio = found.filter(|_| a < p && self.settings.link == Link::Log).and_then(|b| num(b.exp()));
        if sign < 0.0 {
            (row.conf_high, row.rate_ratio_high) = (found, ratio);
        } else {
            (row.conf_low, row.rate_ratio_low) = (found, ratio);
        }
        if found.is_none() {
            row.verdict.push_str("; nor is it bounded on either side");
        }
        row
    }

    /// The maximum with term `a` at `b`, the others from where they were on the way (moved by the share `by` of `far`), and
    /// from there with a constant zero part: beyond 0 the zeros that either part explains change places.
    fn on_the_way(&self, a: usize, b: f64, by: f64, far: &[f64]) -> Option<f64> {
        let (k, q) = (self.joint.count.k, self.joint.q);
        let mut x: Vec<f64> = self.top.x.iter().zip(far).map(|(x, f)| x + by * f).collect();
        let way = self.given_from(&x, a, b);
        x[k..k + q].copy_from_slice(&self.constant_zero_part(0.0));
        let anew = self.given_from(&x, a, b);
        way.map_or(anew, |w| Some(anew.map_or(w, |n| n.max(w))))
    }

    /// The mean from which a future step is said to run off with its coefficients; infinite where none does.
    pub(super) fn beyond(&self) -> f64 {
        let most = self.joint.count.y.iter().fold(1.0, |m: f64, y| m.max(*y));
        if self.flat.is_empty() { f64::INFINITY } else { 1e3 * most }
    }

    pub(super) fn run_off_step(&self, s: usize) -> Error {
        Error::data(format!("step {} of the forecast depends on coefficients without a finite estimate", s + 1))
            .help("use a simpler formula, or a family without extra zeros")
    }

    /// Says which terms run off.
    pub(super) fn tell_flat(&mut self) {
        let zero = zero_design(&self.design, &self.part);
        let names = self.design.names.iter().cloned().chain(zero.names.iter().map(|n| format!("zero_{n}")));
        let named: Vec<String> =
            names.enumerate().filter(|(a, _)| self.runs(*a)).map(|(_, n)| format!("`{n}`")).collect();
        if !named.is_empty() {
            self.warnings.push(format!(
                "{}: no finite estimate: as they run off the two parts together explain rows perfectly; all else is as near \
                 that limit as the search went",
                named.join(", ")
            ));
        }
    }
}
