//! Working rows: held, or read from a long design that is shared instead of copied.
//!
//! With X'X = D C D, D the lengths of the columns, and C = L L', R = L' D. Where each column keeps at least 1e-3 of its
//! length once those before it are swept out, sums over X R⁻¹ are turned from sums over X without losing digits that
//! matter: γ = R β, scores R⁻ᵀ Σ c x, information R⁻ᵀ (Σ c x x') R⁻¹.

use super::linalg::{Qr, congruence};
use super::whole::gram;
use crate::design::{Cover, Design};
use ndarray::ArcArray2;
use std::borrow::Cow;

/// Numbers in a design from which it is shared (2 MB).
const LONG: usize = 1 << 18;

/// Least share of a column's length left by the columns before it, for a design to be shared.
const WELL_CONDITIONED: f64 = 1e-3;

/// Working rows z.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Held, entry after entry.
    Own(Vec<f64>),
    /// z = x R⁻¹, entry e being step e of the design.
    Of {
        /// The design's matrix, row by row in memory.
        x: ArcArray2<f64>,
        /// R⁻¹, `k` × `k`.
        inverse: Vec<f64>,
    },
}

/// Rows as one slice, and how to get from them to working ones.
#[derive(Debug, Clone, Copy)]
pub struct Flat<'a> {
    /// Entries × `k`: z, or x.
    pub values: &'a [f64],
    inverse: Option<&'a [f64]>,
}

impl Rows {
    /// Row `e` of `k` numbers.
    #[inline]
    pub fn row(&self, e: usize, k: usize) -> Cow<'_, [f64]> {
        match self {
            Rows::Own(z) => Cow::Borrowed(&z[e * k..(e + 1) * k]),
            Rows::Of { x, inverse } => {
                let mut z = vec![0.0; k];
                for (x, column) in x.row(e).iter().zip(inverse.chunks_exact(k.max(1))) {
                    z.iter_mut().zip(column).for_each(|(z, r)| *z += x * r);
                }
                Cow::Owned(z)
            }
        }
    }

    /// All rows at once.
    #[inline]
    pub fn flat(&self) -> Flat<'_> {
        match self {
            Rows::Own(z) => Flat { values: z, inverse: None },
            Rows::Of { x, inverse } => {
                Flat { values: x.as_slice_memory_order().unwrap_or_default(), inverse: Some(inverse) }
            }
        }
    }
}

impl<'a> Flat<'a> {
    /// Coefficients on `values` that belong to the working coefficients γ.
    #[inline]
    pub fn coefficients<'b>(&self, gamma: &'b [f64]) -> Cow<'b, [f64]> {
        let Some(inverse) = self.inverse else { return Cow::Borrowed(gamma) };
        let k = gamma.len();
        Cow::Owned((0..k).map(|i| super::linalg::dot(&inverse[i * k..(i + 1) * k], gamma)).collect())
    }

    /// Turns a score and the lower triangle of an information over `values` (a dispersion last, if there is room for
    /// one) into those of the working coefficients.
    pub fn to_working(self, score: &mut [f64], info: &mut [f64], k: usize) {
        let Some(inverse) = self.inverse else { return };
        let (dim, transposed) = (score.len(), transposed(inverse, k));
        let turn = |v: &mut [f64]| {
            let turned: Vec<f64> = transposed.chunks_exact(k).map(|r| super::linalg::dot(r, v)).collect();
            v.copy_from_slice(&turned);
        };
        turn(&mut score[..k]);
        let lower = |a: usize| info[(a / k).max(a % k) * dim + (a / k).min(a % k)];
        let turned = congruence(&transposed, &(0..k * k).map(lower).collect::<Vec<f64>>(), k);
        turned.chunks_exact(k).enumerate().for_each(|(i, r)| info[i * dim..i * dim + k].copy_from_slice(r));
        if dim > k {
            turn(&mut info[k * dim..k * dim + k]);
        }
    }
}

fn transposed(a: &[f64], k: usize) -> Vec<f64> {
    (0..k * k).map(|i| a[i % k * k + i / k]).collect()
}

/// The rows of a long design, all of whose steps and columns are used, without a copy; `None` where it is short, where an
/// observation is not one step or has no weight, or where columns are nearly collinear.
pub(super) fn shared(design: &Design, rows: &[usize], columns: &[usize]) -> Option<(Rows, Qr)> {
    let (n, k) = (design.steps(), design.p());
    let all = design.cover == Cover::Each && rows.iter().copied().eq(0..n) && columns.iter().copied().eq(0..k);
    if !all || n * k < LONG || !design.x.is_standard_layout() || design.weights.contains(&0.0) {
        return None;
    }
    let qr = Qr::of_gram(&gram(design.x.as_slice()?, k), k, WELL_CONDITIONED)?;
    Some((Rows::Of { x: design.x.clone(), inverse: qr.inverse_r() }, qr))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Kernel};
    use crate::inference::dispersion;
    use crate::inference::problem::{Problem, build};
    use crate::inference::scoring::{Curvature, Work, evaluate, maximise, start};
    use crate::model::Link;
    use ndarray::Array2;

    /// Counts on eight columns of quite different scales.
    fn long() -> (Problem, Problem) {
        let n = 70_000;
        let x = Array2::from_shape_fn((n, 8), |(i, j)| match j {
            0 => 1.0,
            1 => 2000.0 + 30.0 * (i as f64 * 0.37).sin(),
            _ => 10f64.powi(2 * j as i32 - 8) * (i as f64 * (0.3 + 0.1 * j as f64)).cos(),
        });
        let mut rng = crate::rng::stream(7, &["long"]);
        let counts = (0..n).map(|i| Family::Nb2.sample((1.0 + 0.4 * (i as f64 * 0.5).cos()).exp(), 3.0, &mut rng));
        let design = Design::new((0..8).map(|j| format!("x{j}")).collect(), x, counts.collect()).unwrap();
        let (shared, _) = build(&design, &(0..n).collect::<Vec<_>>(), &(0..8).collect::<Vec<_>>(), None, Link::Log);
        assert!(matches!(shared.z, Rows::Of { .. }));
        let z = (0..n).flat_map(|e| shared.row(e).into_owned()).collect();
        (Problem { z: Rows::Own(z), ..shared.clone() }, shared)
    }

    fn at(problem: &Problem) -> (f64, Work) {
        let (mut work, gamma) = (Work::new(8, true), [150.0, 30.0, -9.0, 3.0, -1.0, 0.5, 20.0, -4.0]);
        (evaluate(problem, &Kernel::new(Family::Nb2, 0.9), &gamma, Curvature::Observed, true, &mut work), work)
    }

    #[test]
    fn sums_over_a_shared_design_are_those_over_working_rows() {
        let (own, shared) = long();
        let ((a, one), (b, two)) = (at(&own), at(&shared));
        assert!((a - b).abs() < 1e-11 * a.abs(), "{a} {b}");
        for i in 0..9 {
            assert!((one.score[i] - two.score[i]).abs() < 1e-9 * (1.0 + one.score[i].abs()));
            for j in 0..=i {
                let (a, b) = (one.info[i * 9 + j], two.info[i * 9 + j]);
                assert!((a - b).abs() < 1e-8 * (1.0 + a.abs()), "{i} {j}: {a} {b}");
            }
        }
        for family in [Family::Poisson, Family::Nb2] {
            let (a, b) = (dispersion::fit(&own, family).unwrap(), dispersion::fit(&shared, family).unwrap());
            assert!(a.solution.converged && b.solution.converged);
            assert!((a.solution.t - b.solution.t).abs() < 1e-9);
            a.solution.gamma.iter().zip(&b.solution.gamma).for_each(|(a, b)| assert!((a - b).abs() < 1e-8));
            assert!((a.solution.ll - b.solution.ll).abs() < 1e-8);
        }
        // Both started from a few of the rows; the maximum is that of a start from all.
        let all = maximise(&own, Family::Poisson, start(&own).unwrap(), 0.0, false, 0.0);
        let few = dispersion::fit(&own, Family::Poisson).unwrap().solution;
        all.gamma.iter().zip(&few.gamma).for_each(|(a, b)| assert!((a - b).abs() < 1e-8, "{a} {b}"));
    }

    #[test]
    fn the_number_of_threads_changes_no_digit() {
        let (_, shared) = long();
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| at(&shared))
        };
        let ((a, one), (b, three)) = (with(1), with(3));
        assert_eq!((a.to_bits(), one.score, one.info), (b.to_bits(), three.score, three.info));
    }
}
