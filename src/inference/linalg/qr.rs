//! Householder QR with R's limited column pivoting (`dqrdc2`): a column whose norm, once the columns kept before it are
//! swept out, falls below a share of what it was, is dropped; so later columns go, as in `lm` and `glm`.

use super::{cholesky_within, dot};

/// A column that depends on columns kept before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Aliased {
    /// Number of the column.
    pub column: usize,
    /// Its coefficients on the columns kept when it was met, in their order.
    pub on: Vec<f64>,
}

/// The triangular factor of the columns kept, and what was dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Qr {
    /// Columns kept, ascending.
    pub kept: Vec<usize>,
    /// Columns dropped.
    pub aliased: Vec<Aliased>,
    r: Vec<f64>,
    stride: usize,
}

impl Qr {
    /// Factors the `n` × `p` matrix given column by column; `tolerance` is normally [`super::COLLINEAR`].
    pub fn new(mut x: Vec<f64>, n: usize, p: usize, tolerance: f64) -> Qr {
        let mut qr = Qr { kept: Vec::with_capacity(p), aliased: Vec::new(), r: vec![0.0; p * p], stride: p };
        for j in 0..p {
            let (done, rest) = x.split_at_mut(j * n);
            let column = &mut rest[..n];
            let before = dot(column, column).sqrt();
            for (a, c) in qr.kept.iter().enumerate() {
                let v = &done[c * n + a..(c + 1) * n];
                let s = dot(v, &column[a..]);
                column[a..].iter_mut().zip(v).for_each(|(y, v)| *y -= s * v);
            }
            let k = qr.kept.len();
            let norm = if k < n { dot(&column[k..], &column[k..]).sqrt() } else { 0.0 };
            if norm > 0.0 && norm >= tolerance * before {
                column[..k].iter().enumerate().for_each(|(i, c)| qr.r[i * p + k] = *c);
                qr.r[k * p + k] = reflector(&mut column[k..], norm);
                qr.kept.push(j);
            } else {
                let mut on = column[..k].to_vec();
                qr.solve_upper(&mut on);
                qr.aliased.push(Aliased { column: j, on });
            }
        }
        qr
    }

    /// The factor of the columns whose Gram matrix (lower triangle, `p` × `p`) this is; `None` where one of them keeps
    /// less than `least` of its length once those before it are swept out: then the Gram matrix has lost digits.
    pub fn of_gram(gram: &[f64], p: usize, least: f64) -> Option<Qr> {
        let length: Vec<f64> = (0..p).map(|j| gram[j * (p + 1)].sqrt()).collect();
        let mut l: Vec<f64> = (0..p * p).map(|a| gram[a] / (length[a / p] * length[a % p])).collect();
        if !cholesky_within(&mut l, p, least * least) {
            return None;
        }
        let entry = |a: usize| if a / p <= a % p { l[a % p * p + a / p] * length[a % p] } else { 0.0 };
        let r = (0..p * p).map(entry).collect();
        Some(Qr { kept: (0..p).collect(), aliased: Vec::new(), r, stride: p })
    }

    /// Number of columns kept.
    pub fn rank(&self) -> usize {
        self.kept.len()
    }

    /// Solves R x = b in place, for the leading block as long as `b`.
    pub fn solve_upper(&self, b: &mut [f64]) {
        for i in (0..b.len()).rev() {
            let row = &self.r[i * self.stride..];
            b[i] = (b[i] - dot(&row[i + 1..b.len()], &b[i + 1..])) / row[i];
        }
    }

    /// Solves R' x = b in place: a row of X becomes a row of Q.
    pub fn solve_upper_transposed(&self, b: &mut [f64]) {
        for i in 0..b.len() {
            b[i] /= self.r[i * self.stride + i];
            let (head, tail) = b.split_at_mut(i + 1);
            let row = &self.r[i * self.stride + i + 1..];
            tail.iter_mut().zip(row).for_each(|(y, r)| *y -= r * head[i]);
        }
    }

    /// R' b: scores in Q become scores in X.
    pub fn transposed_times(&self, b: &[f64]) -> Vec<f64> {
        (0..b.len()).map(|j| (0..=j).map(|i| self.r[i * self.stride + j] * b[i]).sum()).collect()
    }

    /// R b: coefficients on X become coefficients on Q.
    pub fn times(&self, b: &[f64]) -> Vec<f64> {
        let k = b.len();
        (0..k).map(|i| dot(&self.r[i * self.stride + i..i * self.stride + k], &b[i..])).collect()
    }

    /// The inverse of R, all entries filled.
    pub fn inverse_r(&self) -> Vec<f64> {
        let k = self.rank();
        let mut inv = vec![0.0; k * k];
        let mut e = vec![0.0; k];
        for j in 0..k {
            e.fill(0.0);
            e[j] = 1.0;
            self.solve_upper(&mut e);
            for i in 0..k {
                inv[i * k + j] = e[i];
            }
        }
        inv
    }

    /// A basis of the null space: one vector over all `p` columns for each column dropped.
    pub fn null_vectors(&self) -> Vec<Vec<f64>> {
        let one = |a: &Aliased| {
            let mut v = vec![0.0; self.stride];
            v[a.column] = 1.0;
            a.on.iter().zip(&self.kept).for_each(|(c, j)| v[*j] = -c);
            v
        };
        self.aliased.iter().map(one).collect()
    }
}

/// Turns `v` of length `norm` into a reflector with I − v v' v = −sign(v₁) `norm` e₁; returns that diagonal entry.
fn reflector(v: &mut [f64], norm: f64) -> f64 {
    let sign = if v[0] < 0.0 { -1.0 } else { 1.0 };
    v[0] += sign * norm;
    let scale = (2.0 / dot(v, v)).sqrt();
    v.iter_mut().for_each(|x| *x *= scale);
    -sign * norm
}

#[cfg(test)]
mod tests {
    use super::super::{COLLINEAR, add_outer};
    use super::*;

    fn columns(rows: &[[f64; 4]]) -> Vec<f64> {
        (0..4).flat_map(|j| rows.iter().map(move |r| r[j])).collect()
    }

    #[test]
    fn later_collinear_columns_are_dropped_whatever_the_scale() {
        // Third = 2 × second − 1; the fourth is on a scale of 1e9.
        let rows: Vec<[f64; 4]> =
            (0..8).map(|i| [1.0, f64::from(i), 2.0 * f64::from(i) - 1.0, 1e9 * f64::from(i * i)]).collect();
        let qr = Qr::new(columns(&rows), 8, 4, COLLINEAR);
        assert_eq!(qr.kept, [0, 1, 3]);
        assert_eq!(qr.aliased[0].column, 2);
        assert!((qr.aliased[0].on[0] + 1.0).abs() < 1e-12 && (qr.aliased[0].on[1] - 2.0).abs() < 1e-12);
        for v in qr.null_vectors() {
            assert!(rows.iter().all(|r| dot(r, &v).abs() < 1e-12));
        }
    }

    #[test]
    fn factor_of_the_gram_matrix_is_that_of_the_columns() {
        let rows: Vec<[f64; 4]> = (0..40)
            .map(|i| {
                let t = f64::from(i);
                [1.0, 1e9 * (20.0 + t), (t * 0.9).cos(), 1e-6 * (t * 1.7).sin()]
            })
            .collect();
        let mut gram = vec![0.0; 16];
        rows.iter().for_each(|r| add_outer(&mut gram, 4, 1.0, r));
        let (one, two) = (Qr::new(columns(&rows), 40, 4, COLLINEAR), Qr::of_gram(&gram, 4, 1e-3).unwrap());
        for i in 0..4 {
            // Householder's diagonal may be negative.
            let sign = (one.r[i * 5] * two.r[i * 5]).signum();
            for j in i..4 {
                let (a, b) = (one.r[i * 4 + j], sign * two.r[i * 4 + j]);
                assert!((a - b).abs() < 1e-10 * gram[j * 5].sqrt(), "{i} {j}: {a} {b}");
            }
        }
        assert!(Qr::of_gram(&gram, 4, 0.9).is_none(), "a column in the span of others");
    }

    #[test]
    fn rows_over_r_are_orthonormal() {
        let rows: Vec<[f64; 4]> = (0..9)
            .map(|i| {
                let t = f64::from(i);
                [1.0, 2000.0 + t, (2000.0 + t).powi(2), (t * 1.7).sin()]
            })
            .collect();
        let qr = Qr::new(columns(&rows), 9, 4, 1e-12);
        let mut gram = vec![0.0; 16];
        for r in &rows {
            let mut q = *r;
            qr.solve_upper_transposed(&mut q);
            add_outer(&mut gram, 4, 1.0, &q);
        }
        for i in 0..4 {
            for j in 0..=i {
                assert!((gram[i * 4 + j] - f64::from(u8::from(i == j))).abs() < 1e-6, "{gram:?}");
            }
        }
    }
}
