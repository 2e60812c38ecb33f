//! The log-likelihood where each observation is one whole step: blocks of rows, summed in a fixed order.
//!
//! Rows are taken 64 at a time: linear predictors, then the family's slopes, then Σ c_i z_i z_i' four rows at once, so
//! that sums stay in registers. Long problems are cut into pieces of 8192 rows, which run in parallel and are added in
//! their order: the number of threads changes no digit. Long rows go through ndarray's matrix product instead.

use super::likelihood::{Work, mean_and_slopes};
use super::linalg::{add_outer, axpy, dot};
use super::problem::Problem;
use crate::family::{Kernel, poisson};
use crate::model::Link;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder as _};
use rayon::prelude::*;

/// Rows whose numbers stay in the first-level cache.
const BLOCK: usize = 64;
/// Rows of one parallel piece; fixed, so that threads change nothing.
pub(super) const PIECE: usize = 8192;
/// Rows of one matrix product, and columns beyond which it pays.
const PANEL: usize = 512;
const WIDE: usize = 8;

/// Log-likelihood (less what depends on the counts alone), score and information at γ; see [`super::likelihood::evaluate`].
pub(super) fn evaluate(
    problem: &Problem,
    kernel: &Kernel,
    gamma: &[f64],
    (observed, free): (bool, bool),
    work: &mut Work,
) -> f64 {
    let rows = problem.z.flat();
    let coefficients = rows.coefficients(gamma);
    let pass = Pass { problem, kernel, z: rows.values, coefficients: &coefficients, observed, free };
    let n = problem.n();
    let ll = if n <= PIECE {
        pass.piece(0, n, &mut work.score, &mut work.info)
    } else {
        pass.pieces(&mut work.score, &mut work.info)
    };
    rows.to_working(&mut work.score, &mut work.info, problem.k);
    if ll.is_nan() { f64::NEG_INFINITY } else { ll }
}

/// One pass over the rows.
struct Pass<'a> {
    problem: &'a Problem,
    kernel: &'a Kernel,
    z: &'a [f64],
    coefficients: &'a [f64],
    observed: bool,
    free: bool,
}

/// Linear predictors of a block of rows, and what it adds: factors of z, of z z', and of z in the row of the dispersion.
struct Factors {
    eta: [f64; BLOCK],
    first: [f64; BLOCK],
    second: [f64; BLOCK],
    cross: [f64; BLOCK],
}

impl Pass<'_> {
    fn pieces(&self, score: &mut [f64], info: &mut [f64]) -> f64 {
        let n = self.problem.n();
        let one = |p: usize| {
            let (mut s, mut i) = (vec![0.0; score.len()], vec![0.0; info.len()]);
            let ll = self.piece(p * PIECE, n.min((p + 1) * PIECE), &mut s, &mut i);
            (ll, s, i)
        };
        let parts: Vec<(f64, Vec<f64>, Vec<f64>)> = (0..n.div_ceil(PIECE)).into_par_iter().map(one).collect();
        let mut total = 0.0;
        for (ll, s, i) in parts {
            total += ll;
            score.iter_mut().zip(s).for_each(|(a, b)| *a += b);
            info.iter_mut().zip(i).for_each(|(a, b)| *a += b);
        }
        total
    }

    /// Adds rows `from..to`; returns their log-likelihood, minus infinity where a mean is not positive and finite.
    fn piece(&self, from: usize, to: usize, score: &mut [f64], info: &mut [f64]) -> f64 {
        let (k, dim) = (self.problem.k, score.len());
        let wide = k > WIDE && to - from >= PANEL;
        let mut scaled = if wide { Vec::with_capacity(PANEL * k) } else { Vec::new() };
        let zero = [0.0; BLOCK];
        let mut f = Factors { eta: zero, first: zero, second: zero, cross: zero };
        let (mut ll, mut open) = (0.0, from);
        for start in (from..to).step_by(BLOCK) {
            let size = BLOCK.min(to - start);
            ll += self.factors(start, size, &mut f, score, info);
            if ll == f64::NEG_INFINITY {
                return ll;
            }
            let z = &self.z[start * k..(start + size) * k];
            add_scaled(&mut score[..k], &f.first[..size], z);
            if self.free && self.observed {
                add_scaled(&mut info[k * dim..k * dim + k], &f.cross[..size], z);
            }
            if !wide {
                add_gram(info, dim, k, &f.second[..size], z);
                continue;
            }
            for (row, c) in z.chunks_exact(k).zip(&f.second) {
                scaled.extend(row.iter().map(|v| c * v));
            }
            if scaled.len() >= PANEL * k || start + size == to {
                add_product(info, dim, k, &scaled, &self.z[open * k..(start + size) * k]);
                scaled.clear();
                open = start + size;
            }
        }
        ll
    }

    /// Fills the factors of a block, adds the dispersion's own score and curvature, and returns the log-likelihood.
    fn factors(&self, start: usize, size: usize, f: &mut Factors, score: &mut [f64], info: &mut [f64]) -> f64 {
        let (p, k) = (self.problem, self.problem.k);
        let (mut ll, mut t, mut tt) = (0.0, 0.0, 0.0);
        products(&mut f.eta[..size], &self.z[start * k..(start + size) * k], self.coefficients);
        let poisson = matches!(self.kernel, Kernel::Poisson) && p.link == Link::Log;
        for (b, i) in (start..start + size).enumerate() {
            let (w, y) = (p.w[i], p.y[i]);
            (f.first[b], f.second[b], f.cross[b]) = (0.0, 0.0, 0.0);
            if w == 0.0 {
                continue;
            }
            let eta = p.offset[i] + f.eta[b];
            let (m, d1, d2) = mean_and_slopes(p.link, eta);
            if !(m > 0.0 && m < 1e300) {
                return f64::NEG_INFINITY;
            }
            if poisson {
                ll += w * poisson::kernel(y, m, eta);
                (f.first[b], f.second[b]) = (w * (y - m), w * m);
                continue;
            }
            let s = self.kernel.slopes(y, m, if p.link == Link::Log { eta } else { m.ln() }, 1.0);
            ll += w * s.ll;
            f.first[b] = w * s.m * d1;
            f.second[b] = if self.observed {
                -w * (s.mm * d1 * d1 + s.m * d2)
            } else {
                w * d1 * d1 / self.kernel.variance(m, 1.0)
            };
            f.cross[b] = -w * s.mt * d1;
            t += w * s.t;
            tt -= w * s.tt;
        }
        if self.free {
            score[k] += t;
            info[k * (k + 1) + k] += tt;
        }
        if ll.is_nan() { f64::NEG_INFINITY } else { ll }
    }
}

/// Calls `$f::<K>` for rows of `$k` = K numbers, so that its loops have fixed lengths, and `$general` for longer ones.
macro_rules! by_length {
    ($k:expr, $f:ident $args:tt, $general:expr; $($length:literal)*) => {
        match $k {
            $($length => $f::<$length> $args,)*
            _ => $general,
        }
    };
    ($k:expr, $f:ident $args:tt, $general:expr) => {
        by_length!($k, $f $args, $general; 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
    };
}

/// Linear predictors less the offsets.
fn products(out: &mut [f64], z: &[f64], b: &[f64]) {
    fn fixed<const K: usize>(out: &mut [f64], z: &[f64], b: &[f64]) {
        out.iter_mut().zip(z.as_chunks::<K>().0).for_each(|(o, row)| *o = dot(row, &b[..K]));
    }
    let general = |out: &mut [f64]| {
        out.iter_mut().zip(z.chunks_exact(b.len().max(1))).for_each(|(o, row)| *o = dot(row, b));
    };
    by_length!(b.len(), fixed(out, z, b), general(out))
}

/// out + Σ c_i z_i.
fn add_scaled(out: &mut [f64], c: &[f64], z: &[f64]) {
    fn fixed<const K: usize>(out: &mut [f64], c: &[f64], z: &[f64]) {
        let mut sum = [0.0; K];
        for (row, c) in z.as_chunks::<K>().0.iter().zip(c) {
            (0..K).for_each(|j| sum[j] += c * row[j]);
        }
        out.iter_mut().zip(sum).for_each(|(o, s)| *o += s);
    }
    let general = |out: &mut [f64]| z.chunks_exact(out.len().max(1)).zip(c).for_each(|(row, c)| axpy(out, *c, row));
    by_length!(out.len(), fixed(out, c, z), general(out))
}

/// info + Σ c_i z_i z_i' on the lower triangle, four rows at a time.
fn add_gram(info: &mut [f64], dim: usize, k: usize, c: &[f64], z: &[f64]) {
    fn fixed<const K: usize>(info: &mut [f64], dim: usize, c: &[f64], z: &[f64]) {
        let (fours, rest) = z.as_chunks::<K>().0.as_chunks::<4>();
        let (by, last) = c.as_chunks::<4>();
        let mut sum = [[0.0; K]; K];
        for ([z0, z1, z2, z3], c) in fours.iter().zip(by) {
            for i in 0..K {
                let a = [c[0] * z0[i], c[1] * z1[i], c[2] * z2[i], c[3] * z3[i]];
                // The upper half needs the left half alone; a fixed length is worth more than the triangle.
                let length = if i < K.div_ceil(2) { K.div_ceil(2) } else { K };
                for j in 0..length {
                    sum[i][j] += (a[0] * z0[j] + a[1] * z1[j]) + (a[2] * z2[j] + a[3] * z3[j]);
                }
            }
        }
        for (row, c) in rest.iter().zip(last) {
            add_outer(sum.as_flattened_mut(), K, *c, row);
        }
        for (i, sums) in sum.iter().enumerate() {
            info[i * dim..i * dim + i + 1].iter_mut().zip(sums).for_each(|(o, s)| *o += s);
        }
    }
    let general = |info: &mut [f64]| {
        z.chunks_exact(k.max(1)).zip(c).for_each(|(row, c)| add_outer(info, dim, *c, row));
    };
    by_length!(k, fixed(info, dim, c, z), general(info))
}

/// info + Z' S, S being Z with its rows scaled; both triangles of the leading block are written.
fn add_product(info: &mut [f64], dim: usize, k: usize, scaled: &[f64], z: &[f64]) {
    let shape = (z.len() / k, k);
    let views = (
        ArrayView2::from_shape(shape, z),
        ArrayView2::from_shape(shape, scaled),
        ArrayViewMut2::from_shape((k, k).strides((dim, 1)), info),
    );
    if let (Ok(z), Ok(scaled), Ok(mut out)) = views {
        general_mat_mul(1.0, &z.t(), &scaled, 1.0, &mut out);
    }
}

/// X'X of a long row-major matrix with `k` columns, row by row, both triangles; in parallel and in a fixed order.
pub(super) fn gram(x: &[f64], k: usize) -> Vec<f64> {
    let one = |rows: &[f64]| {
        let mut g = vec![0.0; k * k];
        rows.chunks(PANEL * k).for_each(|panel| add_product(&mut g, k, k, panel, panel));
        g
    };
    let parts: Vec<Vec<f64>> = x.par_chunks(PIECE * k).map(one).collect();
    let mut total = vec![0.0; k * k];
    parts.iter().for_each(|g| total.iter_mut().zip(g).for_each(|(a, b)| *a += b));
    total
}
