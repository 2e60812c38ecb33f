//! The working problem of a regression on counts: rows used, columns kept, and an orthonormal basis.
//!
//! With R the triangular factor of the (averaged) rows of X, coefficients β are fitted as γ = R β on the rows
//! z' = x' R⁻¹. So a column on a scale of 1e9, or two nearly collinear ones, cost no digits in the information matrix.
//!
//! A long design whose columns are well conditioned is not copied: sums over its rows are taken in X and turned to Z.

use super::linalg::{COLLINEAR, Qr, dot};
use super::rows::{Rows, shared};
use crate::design::{Cover, Design};
use crate::model::Link;
use std::borrow::Cow;

/// Ends of each row's steps in a list of them all, and the share of each step.
type Sums = (Vec<usize>, Vec<f64>);

/// Numbers only: what [`super::scoring`] maximises over.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Link.
    pub link: Link,
    /// Number of working columns.
    pub k: usize,
    /// Working rows, entries × `k`: one entry per step of each observation.
    pub z: Rows,
    /// Offset per entry.
    pub offset: Vec<f64>,
    /// Counts per observation.
    pub y: Vec<f64>,
    /// Prior weights per observation.
    pub w: Vec<f64>,
    /// `None` when observation i is entry i; else offsets of the entries of each observation, and their shares.
    pub sums: Option<Sums>,
}

/// How the working columns come from the design's.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The factorisation; its column numbers count within `columns`.
    pub qr: Qr,
    /// Columns of the design that were offered.
    pub columns: Vec<usize>,
}

impl Basis {
    /// Columns of the design that were kept, in order.
    pub fn kept(&self) -> Vec<usize> {
        self.qr.kept.iter().map(|j| self.columns[*j]).collect()
    }

    /// Coefficients on the kept columns from working ones.
    pub fn beta(&self, gamma: &[f64]) -> Vec<f64> {
        let mut beta = gamma.to_vec();
        self.qr.solve_upper(&mut beta);
        beta
    }
}

impl Problem {
    /// Number of observations.
    pub fn n(&self) -> usize {
        self.y.len()
    }

    /// Entries of observation `i`.
    #[inline]
    pub fn entries(&self, i: usize) -> std::ops::Range<usize> {
        match &self.sums {
            None => i..i + 1,
            Some((start, _)) => start[i]..start[i + 1],
        }
    }

    /// Share of entry `e`.
    #[inline]
    pub fn share(&self, e: usize) -> f64 {
        self.sums.as_ref().map_or(1.0, |(_, share)| share[e])
    }

    /// Working row of entry `e`; for a pass over many, [`Problem::predictor`] and [`Rows::flat`] are quicker.
    #[inline]
    pub fn row(&self, e: usize) -> Cow<'_, [f64]> {
        self.z.row(e, self.k)
    }

    /// Linear predictor of entry `e`.
    #[inline]
    pub fn eta(&self, e: usize, gamma: &[f64]) -> f64 {
        self.offset[e] + dot(&self.row(e), gamma)
    }

    /// The linear predictor at γ, for many entries.
    pub fn predictor<'a>(&'a self, gamma: &'a [f64]) -> Predictor<'a> {
        let flat = self.z.flat();
        Predictor { problem: self, values: flat.values, coefficients: flat.coefficients(gamma) }
    }

    /// About `rows` observations spread evenly, with rows of their own; `None` for a problem not much longer than that,
    /// or with sums over steps.
    pub fn thinned(&self, rows: usize) -> Option<Problem> {
        let every = self.n() / rows.max(1);
        if every < 4 || self.sums.is_some() {
            return None;
        }
        let chosen = || (0..self.n()).step_by(every);
        Some(Problem {
            link: self.link,
            k: self.k,
            z: Rows::Own(chosen().flat_map(|e| self.row(e).into_owned()).collect()),
            offset: chosen().map(|e| self.offset[e]).collect(),
            y: chosen().map(|i| self.y[i]).collect(),
            w: chosen().map(|i| self.w[i]).collect(),
            sums: None,
        })
    }
}

/// A linear predictor, its coefficients turned once.
pub struct Predictor<'a> {
    problem: &'a Problem,
    values: &'a [f64],
    coefficients: Cow<'a, [f64]>,
}

impl Predictor<'_> {
    /// η of entry `e`.
    #[inline]
    pub fn eta(&self, e: usize) -> f64 {
        let k = self.problem.k;
        self.problem.offset[e] + dot(&self.values[e * k..(e + 1) * k], &self.coefficients)
    }
}

/// Builds the problem from the observations `rows` and the columns `columns` of a design, adding `fixed` = (column,
/// coefficient) to the offset, if given.
pub fn build(
    design: &Design,
    rows: &[usize],
    columns: &[usize],
    fixed: Option<(usize, f64)>,
    link: Link,
) -> (Problem, Basis) {
    if fixed.is_none()
        && let Some((z, qr)) = shared(design, rows, columns)
    {
        let problem = Problem {
            link,
            k: columns.len(),
            z,
            offset: design.offset.clone(),
            y: design.counts.clone(),
            w: rows.iter().map(|i| design.weight(*i)).collect(),
            sums: None,
        };
        return (problem, Basis { qr, columns: columns.to_vec() });
    }
    let p = columns.len();
    let (steps, sums) = covered(design, rows);
    let mut problem = Problem {
        link,
        k: p,
        z: Rows::Own(gather(design, &steps, columns)),
        offset: steps.iter().map(|s| design.offset[*s] + fixed.map_or(0.0, |(j, b)| design.x[(*s, j)] * b)).collect(),
        y: rows.iter().map(|i| design.counts[*i]).collect(),
        w: rows.iter().map(|i| design.weight(*i)).collect(),
        sums,
    };
    let qr = Qr::new(problem.mean_columns(), problem.n(), p, COLLINEAR);
    problem.rebase(&qr);
    (problem, Basis { qr, columns: columns.to_vec() })
}

/// The steps that rows cover, one row after another, and where a row is not one whole step: the ends of each row's steps and
/// the share of each step.
fn covered(design: &Design, rows: &[usize]) -> (Vec<usize>, Option<Sums>) {
    if matches!(design.cover, Cover::Each) {
        return (rows.to_vec(), None);
    }
    let entries: Vec<(usize, f64)> = rows.iter().flat_map(|i| design.covered(*i)).collect();
    let steps = entries.iter().map(|e| e.0).collect();
    if entries.len() == rows.len() && entries.iter().all(|e| e.1 == 1.0) {
        return (steps, None);
    }
    let ends = rows.iter().scan(0, |end, i| {
        *end += design.covered(*i).count();
        Some(*end)
    });
    (steps, Some((std::iter::once(0).chain(ends).collect(), entries.iter().map(|e| e.1).collect())))
}

fn gather(design: &Design, steps: &[usize], columns: &[usize]) -> Vec<f64> {
    let mut x = Vec::with_capacity(steps.len() * columns.len());
    for s in steps {
        let row = design.x.row(*s);
        x.extend(columns.iter().map(|j| row[*j]));
    }
    x
}

impl Problem {
    /// Each observation's rows averaged by share, column by column: what identifies the coefficients.
    fn mean_columns(&self) -> Vec<f64> {
        let (n, k) = (self.n(), self.k);
        let mut x = vec![0.0; n * k];
        if let (None, Rows::Own(z)) = (&self.sums, &self.z) {
            for (i, row) in z.chunks_exact(k.max(1)).enumerate().filter(|(i, _)| self.w[*i] > 0.0) {
                row.iter().enumerate().for_each(|(j, v)| x[j * n + i] = *v);
            }
            return x;
        }
        for i in (0..n).filter(|i| self.w[*i] > 0.0) {
            let total: f64 = self.entries(i).map(|e| self.share(e)).sum();
            for e in self.entries(i) {
                let share = self.share(e) / total;
                self.row(e).iter().enumerate().for_each(|(j, v)| x[j * n + i] += share * v);
            }
        }
        x
    }

    /// Replaces the rows of X by rows of X R⁻¹ over the columns kept.
    fn rebase(&mut self, qr: &Qr) {
        let k = qr.rank();
        let mut to = 0;
        let mut row = vec![0.0; k];
        if let Rows::Own(z) = &mut self.z {
            for e in 0..self.offset.len() {
                qr.kept.iter().zip(row.iter_mut()).for_each(|(j, r)| *r = z[e * self.k + j]);
                qr.solve_upper_transposed(&mut row);
                z[to..to + k].copy_from_slice(&row);
                to += k;
            }
            z.truncate(to);
        }
        self.k = k;
    }
}
