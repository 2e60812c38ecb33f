//! Terms: what a formula's expressions do with data. Learn once from the history, apply to any steps.

use crate::data::Dataset;
use crate::design::PastFn;
use crate::error::Result;

/// What an encoder is applied to: the data of a view, and the counts by step (recorded, or along a simulated path).
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Covariates, events and the grid.
    pub data: &'a Dataset,
    /// Counts by step of the grid, NaN where unknown; may be longer than the grid's history along a path.
    pub counts: &'a [f64],
}

/// The columns of one expression over all steps of the grid.
#[derive(Clone)]
pub struct Block {
    /// Column names, as R names them.
    pub names: Vec<String>,
    /// One vector over the steps for each name.
    pub values: Vec<Vec<f64>>,
    /// Set when the (single) column depends on past counts: its value at a step from the counts before it, oldest first.
    pub feedback: Option<PastFn>,
}

/// A transform of the data before anything was learnt.
pub trait Term: Send + Sync {
    /// Learns from the history (its known steps only) whatever the transform needs: a mean, knots, levels.
    ///
    /// # Errors
    /// When the history cannot support it.
    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>>;
}

/// What was learnt; can only be applied.
pub trait Encoder: Send + Sync {
    /// The columns over all steps of the frame's grid.
    ///
    /// # Errors
    /// When a column or event is missing from the frame.
    fn encode(&self, frame: Frame<'_>) -> Result<Block>;
}
