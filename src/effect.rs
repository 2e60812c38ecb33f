//! Effects: what the data can say of each one.
//!
//! A verdict stands in place of a p-value where two effects cannot be told apart:
//!
//! * `not separable from X` — the effect owns a single observation X (its column differs from its usual value in one row
//!   only, so that it fits this row whatever the cause; or the row has leverage 1 and the effect no estimate without it,
//!   as where two closures differ in one period), or, given the other columns, less than a tenth of its variation is its
//!   own (variance inflation above 10; Belsley, Kuh and Welsch 1980 speak of degrading collinearity from there);
//! * `weak` — the interval holds a rate ratio of 1;
//! * `estimated` — it does not.

use crate::design::Design;
use crate::model::Summary;

/// Variance inflation above which an effect is called not separable.
const INFLATION: f64 = 10.0;

/// A leverage that differs from 1 by less is 1.
const LONE: f64 = 1e-9;

/// Fills in the verdicts of a summary; `labels` name the observations.
pub fn verdicts(design: &Design, summary: &mut Summary, labels: &[String]) {
    let rows = observation_rows(design);
    let weights: Vec<f64> = summary.rows.iter().map(|r| r.fitted.unwrap_or(1.0).max(1e-12).sqrt()).collect();
    let lone = lone_rows(&rows, &weights);
    for (j, name) in design.names.iter().enumerate() {
        let Some(term) = summary.terms.iter_mut().find(|t| t.term == *name) else { continue };
        if !term.verdict.is_empty() || name == "(Intercept)" {
            if term.verdict.is_empty() {
                term.verdict = significance(term.conf_low, term.conf_high);
            }
            continue;
        }
        let column: Vec<f64> = rows.iter().map(|r| r[j]).collect();
        let own = || lone.iter().copied().find(|i| rests_on(&rows, j, &weights, *i));
        term.verdict = match (single(&column).or_else(own), rival(&rows, j, &weights)) {
            (Some(row), _) => format!("not separable from {}", labels.get(row).map_or("one row", String::as_str)),
            (None, Some(k)) => format!("not separable from {}", design.names[k]),
            (None, None) => significance(term.conf_low, term.conf_high),
        };
    }
    for term in summary.terms.iter_mut().filter(|t| t.verdict.is_empty()) {
        term.verdict = significance(term.conf_low, term.conf_high);
    }
}

/// Columns that a forecast must do without: the effect owns a single observation of the past, and the future asks for
/// more than twice the change seen there. A leader who took office in December, say, has one row with a share of 0.04; no
/// estimate from it can be carried to a share of 1.
pub fn unsupported(past: &Design, future: &Design) -> Vec<usize> {
    let rows = observation_rows(past);
    let own = |j: usize| {
        let column: Vec<f64> = rows.iter().map(|r| r[j]).collect();
        let odd = single(&column)?;
        let usual = column[usize::from(odd == 0)];
        Some((usual, (column[odd] - usual).abs()))
    };
    let beyond =
        |j: usize, (usual, seen): (f64, f64)| future.x.column(j).iter().any(|x| (x - usual).abs() > 2.0 * seen);
    let plain = |j: &usize| past.feedback.iter().all(|f| f.column != *j);
    (0..past.p()).filter(plain).filter(|j| own(*j).is_some_and(|o| beyond(*j, o))).collect()
}

fn significance(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(l), Some(h)) if l > 0.0 || h < 0.0 => "estimated".into(),
        (Some(_), Some(_)) => "weak".into(),
        _ => "no interval".into(),
    }
}

/// Columns by observation: the share-weighted mean over the steps it covers.
fn observation_rows(design: &Design) -> Vec<Vec<f64>> {
    let one = |i: usize| {
        let total: f64 = design.covered(i).map(|(_, w)| w).sum();
        let mut row = vec![0.0; design.p()];
        for (s, w) in design.covered(i) {
            for (a, x) in row.iter_mut().zip(design.row(s)) {
                *a += w / total * x;
            }
        }
        row
    };
    (0..design.n()).map(one).collect()
}

/// The only row in which a column differs from the value it has in all others.
fn single(column: &[f64]) -> Option<usize> {
    let usual = if column.len() > 2 && column[0] != column[1] { column[2] } else { *column.first()? };
    let mut odd = column.iter().enumerate().filter(|(_, x)| **x != usual);
    let first = odd.next()?;
    odd.next().is_none().then_some(first.0)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn weigh(rows: &[Vec<f64>], j: usize, weights: &[f64]) -> Vec<f64> {
    rows.iter().enumerate().map(|(i, r)| r[j] * weights.get(i).copied().unwrap_or(1.0)).collect()
}

/// `v` freed of an orthonormal basis, twice over for its last digits.
fn residual(mut v: Vec<f64>, basis: &[Vec<f64>]) -> Vec<f64> {
    for b in basis.iter().chain(basis) {
        let c = dot(&v, b);
        v.iter_mut().zip(b).for_each(|(x, y)| *x -= c * y);
    }
    v
}

/// Adds `v`, freed of the basis, to it, unless nothing is left of its `size`.
fn push(v: Vec<f64>, basis: &mut Vec<Vec<f64>>, size: f64) {
    let length = dot(&v, &v).sqrt();
    if length > 1e-12 * size.max(1e-300) {
        basis.push(v.iter().map(|x| x / length).collect());
    }
}

/// An orthonormal basis of the weighted columns `of`.
fn basis(rows: &[Vec<f64>], of: impl Iterator<Item = usize>, weights: &[f64]) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    for k in of {
        let raw = weigh(rows, k, weights);
        let size = dot(&raw, &raw).sqrt();
        let v = residual(raw, &all);
        push(v, &mut all, size);
    }
    all
}

/// Rows of leverage 1: the fit goes through them whatever their counts are. None where this holds of all rows that count.
fn lone_rows(rows: &[Vec<f64>], weights: &[f64]) -> Vec<usize> {
    let q = basis(rows, 0..rows.first().map_or(0, Vec::len), weights);
    let leverage = |i: usize| q.iter().map(|b| b[i] * b[i]).sum::<f64>();
    let lone: Vec<usize> = (0..rows.len()).filter(|i| leverage(*i) > 1.0 - LONE).collect();
    if lone.len() < q.len() { lone } else { Vec::new() }
}

/// Whether column `j` has no coefficient without row `i`, whose leverage is 1: the unit vector of the row is then a
/// combination of the columns, and `j` is in it.
fn rests_on(rows: &[Vec<f64>], j: usize, weights: &[f64], i: usize) -> bool {
    let p = rows[i].len();
    let raw = weigh(rows, j, weights);
    let size = dot(&raw, &raw).sqrt();
    let own = residual(raw, &basis(rows, (0..p).filter(|k| *k != j), weights));
    let length = dot(&own, &own).sqrt();
    length > 1e-12 * size && own[i].abs() > 1e-5 * length
}

/// The column most like column `j`, when the others together leave less than 1 / `INFLATION` of its variation.
fn rival(rows: &[Vec<f64>], j: usize, weights: &[f64]) -> Option<usize> {
    let p = rows.first()?.len();
    let weigh = |k: usize| weigh(rows, k, weights);
    let unit: Vec<f64> = (0..rows.len()).map(|i| weights.get(i).copied().unwrap_or(1.0)).collect();
    // Gram-Schmidt: the constant first, so that variation is about the (weighted) mean, or about 0 without an intercept.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    if (0..p).any(|k| rows.iter().all(|r| r[k] == 1.0)) {
        let size = dot(&unit, &unit).sqrt();
        push(unit, &mut basis, size);
    }
    let own = residual(weigh(j), &basis);
    let own_size = dot(&own, &own);
    let mut nearest: Option<(f64, usize)> = None;
    let start = basis.clone();
    for k in (0..p).filter(|k| *k != j) {
        let raw = weigh(k);
        let size = dot(&raw, &raw).sqrt();
        let centred = residual(raw.clone(), &start);
        let length = dot(&centred, &centred).sqrt();
        if length > 1e-12 * size {
            let r = (dot(&own, &centred) / (own_size.sqrt() * length)).abs();
            if nearest.is_none_or(|(best, _)| r > best) {
                nearest = Some((r, k));
            }
        }
        let v = residual(raw, &basis);
        push(v, &mut basis, size);
    }
    let left = residual(own, &basis);
    (own_size > 0.0 && dot(&left, &left) < own_size / INFLATION).then(|| nearest.map(|n| n.1))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dummy_of_one_row_is_found() {
        assert_eq!(single(&[0.0, 0.0, 1.0, 0.0]), Some(2));
        assert_eq!(single(&[1.0, 0.0, 0.0, 0.0]), Some(0));
        assert_eq!(single(&[0.0, 1.0, 1.0, 0.0]), None);
        assert_eq!(single(&[0.0, 0.0, 0.0]), None);
    }

    #[test]
    fn a_row_owned_given_another_column_is_found() {
        // Closures in rows 8 to 10 and 8 to 11: both lose their coefficient without row 11, the slope does not.
        let yes = |b: bool| f64::from(u8::from(b));
        let rows: Vec<Vec<f64>> = (0..16)
            .map(|i| vec![1.0, yes((8..11).contains(&i)), yes((8..12).contains(&i)), (f64::from(i) * 1.7).sin()])
            .collect();
        let w: Vec<f64> = (0..16).map(|i| 1.0 + 0.1 * f64::from(i)).collect();
        assert_eq!(lone_rows(&rows, &w), [11]);
        assert_eq!([1, 2, 3].map(|j| rests_on(&rows, j, &w, 11)), [true, true, false]);
    }

    #[test]
    fn collinear_columns_name_each_other() {
        let rows: Vec<Vec<f64>> = (0..12)
            .map(|i| {
                let t = f64::from(i);
                vec![1.0, t, t + if i % 5 == 0 { 0.3 } else { 0.0 }, (t * 1.7).sin()]
            })
            .collect();
        let w = vec![1.0; 12];
        assert_eq!(rival(&rows, 1, &w), Some(2));
        assert_eq!(rival(&rows, 2, &w), Some(1));
        assert_eq!(rival(&rows, 3, &w), None);
    }
}
