//! Dense linear algebra for small systems: flat slices, row by row, no allocation where it would be repeated.
//!
//! [`cholesky`]: A = L L' (Golub and Van Loan, *Matrix Computations*, 4th ed., section 4.2). [`Qr`] finds the rank of a
//! design; [`Matrix`] owns a small square matrix and calls what is here.

mod eigen;
mod matrix;
mod qr;

pub use eigen::eigen;
pub use matrix::Matrix;
pub use qr::{Aliased, Qr};

/// `glm`'s tolerance for a collinear column, min(1e-7, epsilon/1000) at its epsilon of 1e-8: a year in seconds beside an
/// intercept keeps its effect. (`lm` has 1e-7.)
pub const COLLINEAR: f64 = 1e-11;

/// Dot product, in four partial sums: adding one by one waits for each sum.
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (fours, rest) = a[..n].as_chunks::<4>();
    let (others, other) = b[..n].as_chunks::<4>();
    let mut s = [0.0; 4];
    for (x, y) in fours.iter().zip(others) {
        (0..4).for_each(|l| s[l] += x[l] * y[l]);
    }
    let tail: f64 = rest.iter().zip(other).map(|(x, y)| x * y).sum();
    (s[0] + s[1]) + (s[2] + s[3]) + tail
}

/// a + w b.
#[inline]
pub fn axpy(a: &mut [f64], w: f64, b: &[f64]) {
    for (x, y) in a.iter_mut().zip(b) {
        *x += w * y;
    }
}

/// Overwrites the lower triangle of `a` (`k` × `k`) with L; false when `a` is not positive definite to working
/// precision. The upper triangle is left alone and never read.
pub fn cholesky(a: &mut [f64], k: usize) -> bool {
    cholesky_within(a, k, 4.0 * f64::EPSILON)
}

/// [`cholesky`], false where a pivot is at most `tolerance` times its diagonal entry.
pub fn cholesky_within(a: &mut [f64], k: usize, tolerance: f64) -> bool {
    for i in 0..k {
        let (above, rest) = a.split_at_mut(i * k);
        let row = &mut rest[..k];
        for j in 0..i {
            let other = &above[j * k..j * k + j + 1];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if !pivot.is_finite() || pivot <= tolerance * row[i].abs() {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

/// Solves L x = b in place.
pub fn solve_lower(l: &[f64], k: usize, b: &mut [f64]) {
    for i in 0..k {
        b[i] = (b[i] - dot(&l[i * k..i * k + i], &b[..i])) / l[i * k + i];
    }
}

/// Solves L' x = b in place.
pub fn solve_lower_transposed(l: &[f64], k: usize, b: &mut [f64]) {
    for i in (0..k).rev() {
        b[i] /= l[i * k + i];
        let x = b[i];
        for (bj, lij) in b[..i].iter_mut().zip(&l[i * k..i * k + i]) {
            *bj -= lij * x;
        }
    }
}

/// Solves A x = b in place, given the Cholesky factor of A.
pub fn cholesky_solve(l: &[f64], k: usize, b: &mut [f64]) {
    solve_lower(l, k, b);
    solve_lower_transposed(l, k, b);
}

/// Inverse of the symmetric positive definite `a` (lower triangle read); `None` when it is not positive definite.
pub fn inverse(a: &[f64], k: usize) -> Option<Vec<f64>> {
    let mut l = a.to_vec();
    if !cholesky(&mut l, k) {
        return None;
    }
    // A⁻¹ = M' M with M = L⁻¹, row by row: m_i = (e_i − Σ_{j<i} l_ij m_j) / l_ii.
    let (mut inv, mut m) = (vec![0.0; k * k], vec![0.0; k * k]);
    for i in 0..k {
        let (above, rest) = m.split_at_mut(i * k);
        let row = &mut rest[..=i];
        row[i] = 1.0;
        (0..i).for_each(|j| axpy(&mut row[..=j], -l[i * k + j], &above[j * k..j * k + j + 1]));
        row.iter_mut().for_each(|v| *v /= l[i * (k + 1)]);
        add_outer(&mut inv, k, 1.0, row);
    }
    for i in 0..k {
        (0..i).for_each(|j| inv[j * k + i] = inv[i * k + j]);
    }
    Some(inv)
}

/// Makes both triangles the mean of the two.
pub fn symmetrise(a: &mut [f64], k: usize) {
    for i in 0..k {
        for j in 0..i {
            let m = 0.5 * (a[i * k + j] + a[j * k + i]);
            a[i * k + j] = m;
            a[j * k + i] = m;
        }
    }
}

/// a + c v v' on the lower triangle of `a`, whose rows are `stride` long.
#[inline]
pub fn add_outer(a: &mut [f64], stride: usize, c: f64, v: &[f64]) {
    for (i, vi) in v.iter().enumerate() {
        let s = c * vi;
        // Gradients of dummies and of unused lags are mostly zero.
        if s != 0.0 {
            axpy(&mut a[i * stride..i * stride + i + 1], s, v);
        }
    }
}

/// a + c (u v' + v u') on the lower triangle of `a`, whose rows are `stride` long.
#[inline]
pub fn add_outer_pair(a: &mut [f64], stride: usize, c: f64, u: &[f64], v: &[f64]) {
    for i in 0..u.len() {
        for j in 0..=i {
            a[i * stride + j] += c * (u[i] * v[j] + v[i] * u[j]);
        }
    }
}

/// v' A v for a symmetric `a` with both triangles filled.
pub fn quadratic(a: &[f64], v: &[f64]) -> f64 {
    let k = v.len();
    (0..k).map(|i| v[i] * dot(&a[i * k..(i + 1) * k], v)).sum()
}

/// M A M' for the square `m` and the symmetric `a`, both `k` × `k` with all entries filled.
pub fn congruence(m: &[f64], a: &[f64], k: usize) -> Vec<f64> {
    let mut ma = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..k {
            ma[i * k + j] = (0..k).map(|l| m[i * k + l] * a[l * k + j]).sum();
        }
    }
    let mut out = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..k {
            out[i * k + j] = dot(&ma[i * k..(i + 1) * k], &m[j * k..(j + 1) * k]);
        }
    }
    symmetrise(&mut out, k);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_times_matrix_is_one() {
        let a = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let inv = inverse(&a, 3).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                let s: f64 = (0..3).map(|l| a[i * 3 + l] * inv[l * 3 + j]).sum();
                assert!((s - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
        assert!(inverse(&[1.0, 1.0, 1.0, 1.0], 2).is_none());
    }
}
