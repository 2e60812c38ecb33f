//! A small square matrix that owns its entries: information matrices of models with a few dozen parameters at most.

use super::{add_outer, cholesky_solve, cholesky_within, dot};

/// A square matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    n: usize,
    a: Vec<f64>,
}

impl Matrix {
    /// All zero.
    pub fn zeros(n: usize) -> Self {
        Matrix { n, a: vec![0.0; n * n] }
    }

    /// Its order.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Element `(i, j)`.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.a[i * self.n + j]
    }

    /// Sets element `(i, j)`.
    pub fn set(&mut self, i: usize, j: usize, v: f64) {
        self.a[i * self.n + j] = v;
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.a[i * self.n..(i + 1) * self.n]
    }

    /// Adds `w v v'`, lower triangle only; finish with [`Matrix::mirror`].
    pub fn add_outer(&mut self, w: f64, v: &[f64]) {
        add_outer(&mut self.a, self.n, w, v);
    }

    /// Adds `w (e_i v' + v e_i')`, lower triangle only.
    pub fn add_cross(&mut self, w: f64, i: usize, v: &[f64]) {
        for (j, vj) in v.iter().enumerate() {
            let (r, c) = if i >= j { (i, j) } else { (j, i) };
            self.a[r * self.n + c] += w * vj * if i == j { 2.0 } else { 1.0 };
        }
    }

    /// Copies the lower triangle to the upper.
    pub fn mirror(&mut self) {
        for i in 0..self.n {
            for j in 0..i {
                self.a[j * self.n + i] = self.a[i * self.n + j];
            }
        }
    }

    /// The rows and columns `keep`, in that order.
    pub fn sub(&self, keep: &[usize]) -> Matrix {
        let a = keep.iter().flat_map(|i| keep.iter().map(|j| self.at(*i, *j))).collect();
        Matrix { n: keep.len(), a }
    }

    /// The matrix times `s`.
    pub fn scaled(mut self, s: f64) -> Matrix {
        self.a.iter_mut().for_each(|x| *x *= s);
        self
    }

    /// `A v`.
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        (0..self.n).map(|i| dot(self.row(i), v)).collect()
    }

    /// `A B`.
    pub fn mul(&self, b: &Matrix) -> Matrix {
        let mut out = Matrix::zeros(self.n);
        for i in 0..self.n {
            for (k, aik) in self.row(i).iter().enumerate() {
                for j in 0..self.n {
                    out.a[i * self.n + j] += aik * b.at(k, j);
                }
            }
        }
        out
    }

    /// Trace of `A B`.
    pub fn trace_with(&self, b: &Matrix) -> f64 {
        (0..self.n).map(|i| (0..self.n).map(|j| self.at(i, j) * b.at(j, i)).sum::<f64>()).sum()
    }

    /// Lower Cholesky factor, or `None` where the matrix is not safely positive definite. The test is relative to each
    /// diagonal entry, so that units of measurement play no part.
    pub fn cholesky(&self) -> Option<Matrix> {
        let mut l = self.clone();
        if !cholesky_within(&mut l.a, self.n, 1e-13) {
            return None;
        }
        (0..self.n).for_each(|i| l.a[i * self.n + i + 1..(i + 1) * self.n].fill(0.0));
        Some(l)
    }

    /// With `self` a lower Cholesky factor: the solution of `L L' x = b`.
    pub fn solve_factored(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        cholesky_solve(&self.a, self.n, &mut x);
        x
    }

    /// Inverse of a positive definite matrix.
    pub fn inverse(&self) -> Option<Matrix> {
        let l = self.cholesky()?;
        let mut out = Matrix::zeros(self.n);
        let mut e = vec![0.0; self.n];
        for j in 0..self.n {
            e[j] = 1.0;
            for (i, v) in l.solve_factored(&e).into_iter().enumerate() {
                out.set(i, j, v);
            }
            e[j] = 0.0;
        }
        Some(out)
    }

    /// As nested rows.
    pub fn to_rows(&self) -> Vec<Vec<f64>> {
        (0..self.n).map(|i| self.row(i).to_vec()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_and_solve_agree_with_the_product() {
        let mut m = Matrix::zeros(3);
        m.add_outer(1.0, &[1.0, 2.0, -1.0]);
        m.add_outer(1.0, &[0.5, 0.0, 3.0]);
        m.add_outer(2.0, &[0.0, 1.0, 1.0]);
        m.add_cross(0.1, 2, &[1.0, 0.0, 0.5]);
        m.mirror();
        let inv = m.inverse().unwrap();
        let eye = m.mul(&inv);
        for i in 0..3 {
            for j in 0..3 {
                assert!((eye.at(i, j) - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
        let x = m.cholesky().unwrap().solve_factored(&m.times(&[1.0, -2.0, 3.0]));
        assert!((x[0] - 1.0).abs() + (x[1] + 2.0).abs() + (x[2] - 3.0).abs() < 1e-12);
        assert!(m.clone().scaled(-1.0).cholesky().is_none());
    }
}
