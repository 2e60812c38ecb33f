//! Collinear columns.

use crate::analysis::attribution::known;
use crate::analysis::subsets::Term;
use crate::design::Design;
use crate::inference::linalg::cholesky;
use crate::results::num;
use serde::Serialize;

/// Generalised variance inflation of a term.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inflation {
    /// Term.
    pub term: String,
    /// Its coefficients.
    pub df: usize,
    /// Fox and Monette's GVIF: how much larger its joint confidence region is for the other terms' sake; the usual VIF
    /// for one coefficient. `None` for the intercept, for dropped columns, and with nothing else in the model.
    pub gvif: Option<f64>,
    /// GVIF^(1/(2 df)), comparable between terms; √VIF for one coefficient.
    pub scaled: Option<f64>,
}

/// det R_tt det R_oo / det R over the correlations R of the estimates without the intercept, t the term and o the others
/// (Fox and Monette 1992, J. Am. Stat. Assoc. 87, 178–183; R's `car::vif`). `covariance` is that of the coefficients,
/// p × p, 0 for dropped columns.
pub fn inflation(design: &Design, covariance: &[f64], terms: &[Term]) -> Vec<Inflation> {
    let p = design.p();
    let varies = |j: &usize| {
        let column = design.x.column(*j);
        let first = column.iter().copied().find(|x| x.is_finite()).unwrap_or(0.0);
        covariance[j * (p + 1)] > 0.0 && column.iter().any(|x| x.is_finite() && *x != first)
    };
    let live: Vec<usize> = (0..p).filter(varies).collect();
    let log_det = |columns: &[usize]| {
        let k = columns.len();
        let mut r = vec![0.0; k * k];
        for (a, i) in columns.iter().enumerate() {
            for (b, j) in columns.iter().enumerate() {
                let scale = (covariance[i * (p + 1)] * covariance[j * (p + 1)]).sqrt();
                r[a * k + b] = covariance[i * p + j] / scale;
            }
        }
        cholesky(&mut r, k).then(|| (0..k).map(|a| 2.0 * r[a * (k + 1)].ln()).sum::<f64>())
    };
    let one = |t: &Term| {
        let own: Vec<usize> = live.iter().copied().filter(|j| t.columns.contains(j)).collect();
        let others: Vec<usize> = live.iter().copied().filter(|j| !t.columns.contains(j)).collect();
        let log = || Some(log_det(&own)? + log_det(&others)? - log_det(&live)?);
        let gvif = if own.is_empty() || others.is_empty() { None } else { log().map(f64::exp).and_then(num) };
        let scaled = gvif.map(|g| g.powf(0.5 / own.len() as f64));
        Inflation { term: t.name.clone(), df: own.len(), gvif, scaled }
    };
    terms.iter().map(one).collect()
}

/// Ratio of the largest to the smallest singular value of the columns, each scaled to unit length (Belsley, Kuh and
/// Welsch 1980, *Regression Diagnostics*, chapter 3), over the observations with known covariates. `None` when columns
/// are collinear to working precision.
pub fn condition_number(design: &Design) -> Option<f64> {
    let (p, rows) = (design.p(), known(design));
    let mut x = vec![vec![0.0; p]; rows.len()];
    for (row, i) in x.iter_mut().zip(&rows) {
        let total: f64 = design.covered(*i).map(|(_, w)| w).sum();
        for (s, w) in design.covered(*i) {
            row.iter_mut().zip(design.row(s)).for_each(|(a, v)| *a += w / total * v);
        }
    }
    let mut columns: Vec<Vec<f64>> = (0..p).map(|j| x.iter().map(|r| r[j]).collect()).collect();
    for c in &mut columns {
        let length = c.iter().map(|v| v * v).sum::<f64>().sqrt();
        c.iter_mut().for_each(|v| *v /= length);
    }
    let sizes = singular_values(columns)?;
    let (low, high) = sizes.iter().fold((f64::INFINITY, 0.0), |(l, h): (f64, f64), s| (l.min(*s), h.max(*s)));
    num(high / low).filter(|k| *k < 1e14)
}

/// One-sided Jacobi rotations (Golub and Van Loan, *Matrix Computations*, 4th ed., chapter 8): columns are turned
/// pairwise until all are orthogonal; their lengths are the singular values. `None` for values that are not finite.
fn singular_values(mut columns: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    if columns.iter().flatten().any(|v| !v.is_finite()) {
        return None;
    }
    for _ in 0..60 {
        let mut turned = false;
        for j in 1..columns.len() {
            let (left, right) = columns.split_at_mut(j);
            for a in left {
                let b = &mut right[0];
                let (aa, bb, ab) = (dot(a, a), dot(b, b), dot(a, b));
                if ab.abs() <= 1e-15 * (aa * bb).sqrt() {
                    continue;
                }
                turned = true;
                let zeta = (bb - aa) / (2.0 * ab);
                let t = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let (c, s) = (1.0 / (1.0 + t * t).sqrt(), t / (1.0 + t * t).sqrt());
                for (x, y) in a.iter_mut().zip(b.iter_mut()) {
                    (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
                }
            }
        }
        if !turned {
            break;
        }
    }
    Some(columns.iter().map(|c| dot(c, c).sqrt()).collect())
}
