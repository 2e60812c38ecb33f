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
    let all = design.cover == Cover::Each && rows.len() == n && columns.iter().copied().eq(0..k);
    if !all || n * k < LONG || !design.x.is_standard_layout() || design.weights.contains(&0.0) {
        return None;
    }
    let qr = Qr::of_gram(&gram(design.x.as_slice()?, k), k, WELL_CONDITIONED)?;
    Some((Rows::Of { x: design.x.clone(), inverse: qr.inverse_r() }, qr))
}
