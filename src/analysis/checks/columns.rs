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

/// How near the columns are to a linear dependence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditioning {
    /// Ratio of the largest to the smallest singular value.
    pub number: Option<f64>,
    /// The columns that make up the direction of the smallest.
    pub columns: Vec<usize>,
}

/// Ratio of the largest to the smallest singular value of the columns, each scaled to unit length (Belsley, Kuh and
/// Welsch 1980, *Regression Diagnostics*, chapter 3), over the observations with known covariates. `None` when columns
/// are collinear to working precision.
pub fn condition_number(design: &Design) -> Option<f64> {
    conditioning(design).number
}

/// [`condition_number`] with the columns whose share in the weakest direction is at least a tenth of the largest share.
pub fn conditioning(design: &Design) -> Conditioning {
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
    let Some((sizes, turns)) = singular_values(columns) else { return Conditioning::default() };
    let Some(least) = (0..p).min_by(|a, b| sizes[*a].total_cmp(&sizes[*b])) else { return Conditioning::default() };
    let high = sizes.iter().fold(0.0, |h: f64, s| h.max(*s));
    let weak = &turns[least];
    let top = weak.iter().fold(0.0, |t: f64, v| t.max(v.abs()));
    Conditioning {
        number: num(high / sizes[least]).filter(|k| *k < 1e14),
        columns: (0..p).filter(|j| weak[*j].abs() >= 0.1 * top).collect(),
    }
}

/// One-sided Jacobi rotations (Golub and Van Loan, *Matrix Computations*, 4th ed., chapter 8): columns are turned
/// pairwise until all are orthogonal; their lengths are the singular values, and the turns, applied to the unit matrix,
/// the right singular vectors. `None` for values that are not finite.
fn singular_values(mut columns: Vec<Vec<f64>>) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    if columns.iter().flatten().any(|v| !v.is_finite()) {
        return None;
    }
    let (n, p) = (columns.first().map_or(0, Vec::len), columns.len());
    // The unit matrix hangs below the columns and is turned with them.
    columns.iter_mut().enumerate().for_each(|(j, c)| c.extend((0..p).map(|i| f64::from(u8::from(i == j)))));
    for _ in 0..60 {
        let mut turned = false;
        for j in 1..columns.len() {
            let (left, right) = columns.split_at_mut(j);
            for a in left {
                let b = &mut right[0];
                let (aa, bb, ab) = (dot(&a[..n], &a[..n]), dot(&b[..n], &b[..n]), dot(&a[..n], &b[..n]));
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
    let sizes = columns.iter().map(|c| dot(&c[..n], &c[..n]).sqrt()).collect();
    Some((sizes, columns.into_iter().map(|c| c[n..].to_vec()).collect()))
}
