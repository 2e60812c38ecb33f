//! B-splines over a knot sequence, for `ns` and `bs`.

use super::Args;
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

/// Which knots are asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Number of internal knots, at quantiles.
    pub internal: usize,
    /// Or the internal knots themselves.
    pub knots: Option<Vec<f64>>,
    /// The boundary knots, if not the history's range.
    pub boundary: Option<(f64, f64)>,
}

impl Wanted {
    /// Of the arguments `df`, `knots` and `Boundary.knots`; `plain` = columns without an internal knot. As R, `knots` go
    /// before `df`.
    pub fn read(args: &Args<'_>, plain: usize) -> Result<Self> {
        let df = args.whole("df", 1)?;
        if let Some(e) = args.get("df").filter(|_| df.is_some_and(|df| df < plain || df > 1_000)) {
            return Err(args.wrong(e, &format!("a `df` from {plain} to 1000")));
        }
        let boundary = match args.numbers("Boundary.knots")?.as_deref() {
            None => None,
            Some([low, high]) if low < high => Some((*low, *high)),
            Some(_) => return Err(args.wrong(args.need("Boundary.knots")?, "two numbers, c(low, high)")),
        };
        let knots = args.numbers("knots")?;
        if let Some(e) = args.get("knots").filter(|_| knots.as_ref().is_some_and(|k| k.len() > 1_000)) {
            return Err(args.wrong(e, "at most 1000 knots"));
        }
        Ok(Wanted { internal: df.map_or(0, |df| df - plain), knots, boundary })
    }

    /// Number of internal knots.
    pub fn count(&self) -> usize {
        self.knots.as_ref().map_or(self.internal, Vec::len)
    }
}

impl Knots {
    /// `internal` knots at quantiles (R's type 7) of the values, equally spaced in probability, boundary knots at the range.
    pub(super) fn learn(values: &[f64], wanted: &Wanted, order: usize, name: &str) -> Result<Self> {
        let internal = match &wanted.knots {
            Some(knots) => return Self::given(values, wanted, knots, order, name),
            None => wanted.internal,
        };
        let inside = |x: &f64| wanted.boundary.is_none_or(|(low, high)| (low..=high).contains(x));
        let mut x: Vec<f64> = values.iter().copied().filter(inside).collect();
        x.sort_by(f64::total_cmp);
        let different = distinct(&x);
        let (low, high) = Self::range(values, wanted, name)?;
        let inner: Vec<f64> = (1..=internal).map(|i| quantile(&x, i as f64 / (internal + 1) as f64)).collect();
        if different < internal + 2 || inner.iter().any(|k| *k <= low || *k >= high) {
            return Err(Error::data(format!(
                "`{name}` with {internal} internal knots needs more different values than the history's {different}"
            ))
            .help("choose a smaller `df`, or name the knots"));
        }
        Ok(Self::of(inner, (low, high), order))
    }

    /// The boundary: as given, else the range of the history.
    fn range(values: &[f64], wanted: &Wanted, name: &str) -> Result<(f64, f64)> {
        if let Some(range) = wanted.boundary {
            return Ok(range);
        }
        let ends = values
            .iter()
            .fold(None, |r: Option<(f64, f64)>, x| Some(r.map_or((*x, *x), |(low, high)| (low.min(*x), high.max(*x)))));
        ends.ok_or_else(|| Error::data(format!("`{name}` has no known value in the history")))
    }

    /// Knots as they were named.
    fn given(values: &[f64], wanted: &Wanted, knots: &[f64], order: usize, name: &str) -> Result<Self> {
        let (low, high) = Self::range(values, wanted, name)?;
        let mut inner = knots.to_vec();
        inner.sort_by(f64::total_cmp);
        if let Some(k) = inner.iter().find(|k| **k <= low || **k >= high) {
            return Err(Error::data(format!("the knot {k} of `{name}` is not between {low} and {high}"))
                .help("knots lie within the history's range, or within Boundary.knots = c(low, high)"));
        }
        if inner.windows(2).any(|w| w[0] == w[1]) {
            return Err(Error::data(format!("`{name}` names a knot twice")));
        }
        Ok(Self::of(inner, (low, high), order))
    }

    fn of(inner: Vec<f64>, (low, high): (f64, f64), order: usize) -> Self {
        let ends = |k: f64| std::iter::repeat_n(k, order);
        Knots { knots: ends(low).chain(inner).chain(ends(high)).collect(), order, boundary: (low, high) }
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
