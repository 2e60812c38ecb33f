//! The border: above it calendars and files, below it numbers only.
//!
//! A [`Design`] holds, for each step, the columns of the linear predictor, and, for each observation, the steps that it
//! sums over. With `μ_s` the mean of step `s`, the mean of observation `i` is `Σ_s w_is μ_s` over the steps it covers,
//! each weighted by the share covered.

use crate::error::{Error, Result};
use ndarray::{ArcArray2, Array2, ArrayView1, Axis};
use std::fmt;
use std::sync::Arc;

/// Which steps each observation sums over.
#[derive(Debug, Clone, PartialEq)]
pub enum Cover {
    /// Observation `i` is exactly step `i`: the usual case, which costs no memory.
    Each,
    /// Observation `i` is the sum over `steps[start[i]..start[i + 1]]`, weighted by `share`.
    Sums {
        /// `n + 1` offsets.
        start: Vec<usize>,
        /// Step numbers.
        steps: Vec<usize>,
        /// Share of each step covered, in (0, 1].
        share: Vec<f64>,
    },
}

/// Value at a step from all counts before it, oldest first (NaN = unknown).
pub type PastFn = Arc<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// A column whose value at a step depends on the counts before that step (a lag of the response, say).
#[derive(Clone)]
pub struct Feedback {
    /// Column of `x`.
    pub column: usize,
    /// Value at a step from all counts before it, oldest first (NaN = unknown).
    pub value: PastFn,
}

impl fmt::Debug for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Feedback({})", self.column)
    }
}

/// A second linear predictor (the zero part of a zero-inflated or hurdle model).
#[derive(Debug, Clone)]
pub struct Part {
    /// Column names, `q`.
    pub names: Vec<String>,
    /// Steps × `q`.
    pub x: Array2<f64>,
    /// Offset of its linear predictor, by step.
    pub offset: Vec<f64>,
}

/// What a model sees: numbers by step and observations over steps. All of it `f64`; no dates, no files.
///
/// A design of the past has observations; a design of the future (for [`crate::model::Fitted::simulate`]) has none, and
/// its feedback columns are filled in along each simulated path.
#[derive(Debug, Clone)]
pub struct Design {
    /// Column names as R names them, `p`.
    pub names: Vec<String>,
    /// Steps × `p`, shared between copies of a design. Feedback columns are NaN where the counts they need are unknown.
    pub x: ArcArray2<f64>,
    /// Offset on the scale of the linear predictor, by step (log exposure under the log link).
    pub offset: Vec<f64>,
    /// Recorded counts, one per observation, `n`.
    pub counts: Vec<f64>,
    /// Prior weight per observation, `n`, or empty for 1 each.
    pub weights: Vec<f64>,
    /// Which steps each observation sums over.
    pub cover: Cover,
    /// Columns that depend on past counts.
    pub feedback: Vec<Feedback>,
    /// Counts of the steps just before the first one, oldest first; NaN where unknown.
    pub before: Vec<f64>,
    /// In a future design: what is already recorded of each step (a running year), or empty for nothing.
    pub known: Vec<f64>,
    /// In a future design: the share of each step that is still to come, or empty for all of it.
    pub remaining: Vec<f64>,
    /// The zero part, if the formula has one (`y ~ x | z`).
    pub zero: Option<Part>,
    /// Group of each observation (clusters of a panel), or empty.
    pub groups: Vec<usize>,
    /// Steps in a season (12 for months), if the grid has one.
    pub season: Option<usize>,
}

impl Design {
    /// A design in which observation `i` is step `i`.
    ///
    /// # Errors
    /// When the lengths differ or a value is not finite.
    pub fn new(names: Vec<String>, x: Array2<f64>, counts: Vec<f64>) -> Result<Self> {
        if x.nrows() != counts.len() || x.ncols() != names.len() {
            return Err(Error::data(format!(
                "design of {} × {} does not fit {} counts and {} names",
                x.nrows(),
                x.ncols(),
                counts.len(),
                names.len()
            )));
        }
        let steps = x.nrows();
        Ok(Design {
            names,
            x: x.into_shared(),
            offset: vec![0.0; steps],
            counts,
            weights: Vec::new(),
            cover: Cover::Each,
            feedback: Vec::new(),
            before: Vec::new(),
            known: Vec::new(),
            remaining: Vec::new(),
            zero: None,
            groups: Vec::new(),
            season: None,
        })
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.x.nrows()
    }

    /// Number of observations, `n`.
    pub fn n(&self) -> usize {
        self.counts.len()
    }

    /// Number of columns, `p`.
    pub fn p(&self) -> usize {
        self.x.ncols()
    }

    /// Prior weight of observation `i`.
    pub fn weight(&self, i: usize) -> f64 {
        self.weights.get(i).copied().unwrap_or(1.0)
    }

    /// Clusters of the observations `rows`.
    ///
    /// # Errors
    /// When the design has none.
    pub fn groups_of(&self, rows: &[usize]) -> Result<Vec<usize>> {
        if self.groups.len() != self.n() {
            return Err(Error::usage("errors by cluster need a column of clusters").help("write --vcov cluster:COL"));
        }
        Ok(rows.iter().map(|i| self.groups[*i]).collect())
    }

    /// Row of `x` at step `s`.
    pub fn row(&self, s: usize) -> ArrayView1<'_, f64> {
        self.x.row(s)
    }

    /// The steps of observation `i` and the share of each.
    pub fn covered(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (each, range) = match &self.cover {
            Cover::Each => (Some((i, 1.0)), 0..0),
            Cover::Sums { start, .. } => (None, start[i]..start[i + 1]),
        };
        let sums = range.map(move |k| match &self.cover {
            Cover::Sums { steps, share, .. } => (steps[k], share[k]),
            Cover::Each => unreachable!("an empty range"),
        });
        each.into_iter().chain(sums)
    }

    /// Counts by step where a step is observed whole and alone, NaN elsewhere.
    pub fn counts_by_step(&self) -> Vec<f64> {
        if self.cover == Cover::Each {
            return self.counts.clone();
        }
        let mut by_step = vec![f64::NAN; self.steps()];
        for i in 0..self.n() {
            let mut covered = self.covered(i);
            if let (Some((s, w)), None) = (covered.next(), covered.next())
                && w == 1.0
            {
                by_step[s] = self.counts[i];
            }
        }
        by_step
    }

    /// The linear predictor by step, `x β + offset`.
    pub fn predictor(&self, beta: &[f64]) -> Vec<f64> {
        (0..self.steps())
            .map(|s| {
                self.offset[s]
                    + self.row(s).iter().zip(beta).map(|(x, b)| if *b == 0.0 { 0.0 } else { x * b }).sum::<f64>()
            })
            .collect()
    }

    /// Observation means from step means.
    pub fn sum_over(&self, step_means: &[f64]) -> Vec<f64> {
        match self.cover {
            Cover::Each => step_means.to_vec(),
            Cover::Sums { .. } => {
                (0..self.n()).map(|i| self.covered(i).map(|(s, w)| w * step_means[s]).sum()).collect()
            }
        }
    }

    /// The same design without some columns of the mean part.
    pub fn without(&self, columns: &[usize]) -> Design {
        let keep: Vec<usize> = (0..self.p()).filter(|j| !columns.contains(j)).collect();
        let place = |j: usize| keep.iter().position(|k| *k == j);
        let feedback = self.feedback.iter().filter_map(|f| Some(Feedback { column: place(f.column)?, ..f.clone() }));
        Design {
            names: keep.iter().map(|j| self.names[*j].clone()).collect(),
            x: self.x.select(Axis(1), &keep).into_shared(),
            feedback: feedback.collect(),
            ..self.clone()
        }
    }

    /// Row `s` of `x` along a path: `past` holds all counts before step `s`, oldest first (from `before` on).
    pub fn row_on_path(&self, s: usize, past: &[f64]) -> Vec<f64> {
        let mut row = self.row(s).to_vec();
        for f in &self.feedback {
            row[f.column] = (f.value)(past);
        }
        row
    }
}
