//! B-splines over a knot sequence, for `ns` and `bs`.

use super::basis::distinct;
use crate::error::{Error, Result};

/// A knot sequence with boundary knots repeated `order` times.
#[derive(Debug, Clone)]
pub(super) struct Knots {
    knots: Vec<f64>,
    order: usize,
    /// Smallest and largest value of the history.
    pub(super) boundary: (f64, f64),
}

impl Knots {
    /// `internal` knots at quantiles (R's type 7) of the values, equally spaced in probability, boundary knots at the range.
    pub(super) fn learn(values: &[f64], internal: usize, order: usize, name: &str) -> Result<Self> {
        let mut x = values.to_vec();
        x.sort_by(f64::total_cmp);
        let different = distinct(&x);
        let (Some(low), Some(high)) = (x.first().copied(), x.last().copied()) else {
            return Err(Error::data(format!("`{name}` has no known value in the history")));
        };
        let inner: Vec<f64> = (1..=internal).map(|i| quantile(&x, i as f64 / (internal + 1) as f64)).collect();
        if different < internal + 2 || inner.iter().any(|k| *k <= low || *k >= high) {
            return Err(Error::data(format!(
                "`{name}` with {internal} internal knots needs more different values than the history's {different}"
            ))
            .help("choose a smaller `df`"));
        }
        let ends = |k: f64| std::iter::repeat_n(k, order);
        Ok(Knots { knots: ends(low).chain(inner).chain(ends(high)).collect(), order, boundary: (low, high) })
    }

    /// Number of basis functions.
    pub(super) fn len(&self) -> usize {
        self.knots.len() - self.order
    }

    /// All basis functions at `x`, or their derivative of order `derivative`. Outside the boundary the first or last
    /// polynomial piece goes on.
    pub(super) fn at(&self, x: f64, derivative: usize) -> Vec<f64> {
        let (t, m) = (&self.knots, self.order);
        // The last interval that is not empty and does not begin after x, within the boundary.
        let piece = (m - 1..self.len()).rev().find(|i| t[*i] < t[i + 1] && t[*i] <= x).unwrap_or(m - 1);
        let mut b = vec![0.0; t.len() - 1];
        b[piece] = 1.0;
        let over = |a: f64, b: f64| if b == 0.0 { 0.0 } else { a / b };
        for k in 2..=m {
            for i in 0..t.len() - k {
                let (left, right) = (t[i + k - 1] - t[i], t[i + k] - t[i + 1]);
                b[i] = if k > m - derivative {
                    (k - 1) as f64 * (over(b[i], left) - over(b[i + 1], right))
                } else {
                    over((x - t[i]) * b[i], left) + over((t[i + k] - x) * b[i + 1], right)
                };
            }
        }
        b.truncate(self.len());
        b
    }
}

/// R's quantile of type 7 of sorted values.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let h = (sorted.len() - 1) as f64 * p;
    let (i, rest) = (h.floor() as usize, h - h.floor());
    let next = sorted[(i + 1).min(sorted.len() - 1)];
    sorted[i] + rest * (next - sorted[i])
}
