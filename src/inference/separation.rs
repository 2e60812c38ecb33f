//! Where counts of zero leave no finite estimate.
//!
//! Under the log link the likelihood rises for ever along a direction d with x'd = 0 on all rows with a positive count
//! and x'd ≤ 0 on the rows with zeros, not all 0 (Correia, Guimarães and Zylkin 2019, "Verifying the existence of
//! maximum likelihood estimates for generalized linear models", arXiv:1903.01633). Rows with x'd < 0 then have mean 0 in
//! the limit; the other coefficients are those of the fit without these rows. d is found by their iterative rectifier.

use super::linalg::{Qr, add_outer, cholesky, cholesky_solve, cholesky_within, dot};
use super::problem::Problem;

/// Rows whose mean goes to zero.
#[derive(Debug, Clone)]
pub struct Separation {
    /// Observations separated.
    pub rows: Vec<usize>,
    /// The direction d in working coefficients.
    pub direction: Vec<f64>,
}

/// Looks for a separating direction; `None` when the estimate is finite.
pub fn find(problem: &Problem) -> Option<Separation> {
    let zeros: Vec<usize> = (0..problem.n()).filter(|i| problem.y[*i] == 0.0 && problem.w[*i] > 0.0).collect();
    if zeros.is_empty() {
        return None;
    }
    let null = null_of_positive(problem);
    if null.is_empty() {
        return None;
    }
    // Rows of M = Z₀ N, one per step that an observation of zero covers.
    let entries: Vec<usize> = zeros.iter().flat_map(|i| problem.entries(*i)).collect();
    let m: Vec<Vec<f64>> = entries.iter().map(|e| null.iter().map(|v| dot(&problem.row(*e), v)).collect()).collect();
    let c = rectify(&m)?;
    let falls = |i: &usize| {
        problem.entries(*i).all(|e| {
            let along: f64 = null.iter().zip(&c).map(|(v, c)| c * dot(&problem.row(e), v)).sum();
            along > TOUCHES * size(&problem.row(e))
        })
    };
    let rows: Vec<usize> = zeros.into_iter().filter(falls).collect();
    let direction = (0..problem.k).map(|j| -null.iter().zip(&c).map(|(v, c)| c * v[j]).sum::<f64>()).collect();
    (!rows.is_empty()).then_some(Separation { rows, direction })
}

/// Relative size below which a product is zero.
const TOUCHES: f64 = 1e-6;

fn size(v: &[f64]) -> f64 {
    dot(v, v).sqrt()
}

/// Whether some rows are enough to see that there is no null space. Columns of Z have length 1, so that one which keeps
/// 1e-6 once those before it are swept out is far from the 1e-9 that counts as nothing; further rows only add to it.
fn spans(problem: &Problem, rows: impl Iterator<Item = usize>) -> bool {
    let k = problem.k;
    let mut gram = vec![0.0; k * k];
    for (count, e) in rows.enumerate() {
        add_outer(&mut gram, k, 1.0, &problem.row(e));
        let seen = count + 1;
        if seen >= 2 * k && seen.is_power_of_two() && has_pivots(&gram, k) {
            return true;
        }
    }
    has_pivots(&gram, k)
}

fn has_pivots(gram: &[f64], k: usize) -> bool {
    let mut l = gram.to_vec();
    cholesky_within(&mut l, k, 1e-10) && (0..k).all(|j| l[j * (k + 1)] > 1e-6)
}

/// Unit vectors that span the null space of the rows with positive counts.
fn null_of_positive(problem: &Problem) -> Vec<Vec<f64>> {
    let positive = || {
        let observed = (0..problem.n()).filter(|i| problem.y[*i] > 0.0 && problem.w[*i] > 0.0);
        observed.flat_map(|i| problem.entries(i))
    };
    if spans(problem, positive()) {
        return Vec::new();
    }
    let entries: Vec<usize> = positive().collect();
    let (n, k) = (entries.len(), problem.k);
    let mut x = vec![0.0; n * k];
    for (a, e) in entries.iter().enumerate() {
        problem.row(*e).iter().enumerate().for_each(|(j, z)| x[j * n + a] = *z);
    }
    let mut null = Qr::new(x, n, k, 1e-9).null_vectors();
    for v in &mut null {
        let s = size(v);
        v.iter_mut().for_each(|x| *x /= s);
    }
    null
}

/// c with M c ≥ 0, not all 0; `None` when there is none.
fn rectify(m: &[Vec<f64>]) -> Option<Vec<f64>> {
    let q = m[0].len();
    let scale = m.iter().map(|r| size(r)).fold(0.0, f64::max);
    if scale == 0.0 {
        return None;
    }
    let mut gram = vec![0.0; q * q];
    m.iter().for_each(|r| add_outer(&mut gram, q, 1.0, r));
    (0..q).for_each(|j| gram[j * q + j] += 1e-14 * scale * scale);
    if !cholesky(&mut gram, q) {
        return None;
    }
    let mut u = vec![1.0; m.len()];
    for _ in 0..2000 {
        let mut c = vec![0.0; q];
        m.iter().zip(&u).for_each(|(r, u)| c.iter_mut().zip(r).for_each(|(c, r)| *c += u * r));
        cholesky_solve(&gram, q, &mut c);
        let fitted: Vec<f64> = m.iter().map(|r| dot(r, &c)).collect();
        let top = fitted.iter().copied().fold(0.0, f64::max);
        if top < 1e-6 {
            return None;
        }
        if fitted.iter().all(|f| *f > -1e-7 * top) {
            return Some(c);
        }
        u = fitted.into_iter().map(|f| f.max(0.0)).collect();
    }
    None
}

/// A direction c with m'c ≥ 0 for all rows m, not all 0: the rows that it moves, and c. `None` when there is none.
pub fn along(m: &[Vec<f64>]) -> Option<(Vec<usize>, Vec<f64>)> {
    let c = rectify(m.first().map(|_| m)?)?;
    let rows: Vec<usize> = (0..m.len()).filter(|i| dot(&m[*i], &c) > TOUCHES * size(&m[*i])).collect();
    (!rows.is_empty()).then_some((rows, c))
}
