//! The fits of a penalised model at all penalties: `path` of `fit --format json`.

use serde::Serialize;

/// Fits at a sequence of penalties.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PathResult {
    /// 1 = lasso, 0 = ridge.
    pub alpha: f64,
    /// How λ was chosen: `aicc`, `bic`, `cv` (forward chaining), `given`.
    pub rule: &'static str,
    /// The λ chosen.
    pub lambda: f64,
    /// Columns, the order of `coefficients`.
    pub names: Vec<String>,
    /// Largest penalty first.
    pub points: Vec<PathPoint>,
}

/// The fit at one penalty.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PathPoint {
    /// λ.
    pub lambda: f64,
    /// Penalised coefficients that are not 0.
    pub df: usize,
    /// Deviance.
    pub deviance: Option<f64>,
    /// 1 − deviance / null deviance.
    pub dev_ratio: Option<f64>,
    /// Log-likelihood.
    pub log_lik: Option<f64>,
    /// AICc.
    pub aicc: Option<f64>,
    /// BIC.
    pub bic: Option<f64>,
    /// Mean deviance of observations held out, under forward chaining.
    pub held_out: Option<f64>,
    /// θ of NB2.
    pub theta: Option<f64>,
    /// Whether the descent met its tolerance.
    pub converged: bool,
    /// Coefficients on the columns' own scale.
    pub coefficients: Vec<f64>,
}
