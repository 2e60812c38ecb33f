//! `effects --format json`: what each factor did, and how sure one can be of it.

use super::{ModelInfo, TermRow};
use crate::analysis::attribution::Attribution;
use crate::analysis::checks::Checks;
use crate::analysis::counterfactual::Counterfactual;
use crate::analysis::hypothesis::Tested;
use crate::analysis::marginal::MarginalEffect;
use crate::analysis::stability::Stability;
use crate::analysis::subsets::{Averaged, Specification};
use serde::Serialize;

/// All analyses of one model; one that cannot be done is `None` or empty, and `notes` say why.
#[derive(Debug, Clone, Serialize)]
pub struct EffectsReport {
    /// `tumen/effects/1`.
    pub schema: &'static str,
    /// What was fitted.
    pub model: ModelInfo,
    /// Level of all intervals.
    pub level: f64,
    /// What marginal effects, attributable counts and counterfactuals are means of, where that is not the plain mean μ.
    pub scale: Option<&'static str>,
    /// Names of the observations, in the order of the design: what `observation` numbers count.
    pub periods: Vec<String>,
    /// Coefficients with their verdicts.
    pub terms: Vec<TermRow>,
    /// Columns dropped as collinear: in no other table.
    pub dropped: Vec<DroppedTerm>,
    /// Likelihood-ratio, score and Wald tests of each term.
    pub tests: Vec<Tested>,
    /// Average marginal effects, in counts per period.
    pub marginal: Vec<MarginalEffect>,
    /// Counts that each factor added or removed.
    pub attribution: Option<AttributionResult>,
    /// What would have been counted without a term.
    pub counterfactuals: Vec<CounterfactualResult>,
    /// Estimates without each observation and as the record grew.
    pub stability: Option<Stability>,
    /// Every subset of the terms, weighted.
    pub subsets: Option<SubsetsResult>,
    /// Does the model fit.
    pub checks: Option<Checks>,
    /// What could not be done, and what the reader must know.
    pub notes: Vec<String>,
}

/// A column that the fit dropped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DroppedTerm {
    /// Column.
    pub term: String,
    /// `dropped: collinear with …`.
    pub why: String,
}

/// Attributable counts and what they are counted from.
#[derive(Debug, Clone, Serialize)]
pub struct AttributionResult {
    /// The reference of each factor, in the order of `factors`.
    pub references: Vec<ReferenceRow>,
    /// Whether the model reads earlier counts, through which effects can carry over.
    pub lagged: bool,
    /// What the counts are means of, where that is not the plain mean μ.
    pub scale: Option<&'static str>,
    /// The parts.
    #[serde(flatten)]
    pub parts: Attribution,
}

/// What a factor is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReferenceRow {
    /// Factor: a term of the formula.
    pub factor: String,
    /// `none`: its columns at 0 (an event that does not happen, the first level of a factor); `mean`: at their means over
    /// the record; `first`: the first level, which has a column; `typical`: at the recorded step nearest to their means.
    pub reference: &'static str,
    /// The reference value of each of its columns.
    pub values: Vec<f64>,
}

/// A counterfactual with its words.
#[derive(Debug, Clone, Serialize)]
pub struct CounterfactualResult {
    /// The event's name, or the term.
    pub label: String,
    /// First to last period of the window.
    pub span: String,
    /// The counts; its `name` is the term.
    #[serde(flatten)]
    pub result: Counterfactual,
}

/// Model uncertainty.
#[derive(Debug, Clone, Serialize)]
pub struct SubsetsResult {
    /// Terms that every model holds.
    pub always_in: Vec<String>,
    /// Inclusion probabilities under each criterion.
    pub inclusion: Vec<InclusionRow>,
    /// The covariance behind the errors inside each model: `observed`, or the sandwich asked for.
    pub vcov: String,
    /// Averages under the criterion asked for.
    pub averaged: Averaged,
    /// The specification curve of each candidate column.
    pub curves: Vec<Curve>,
}

/// How probable a candidate is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InclusionRow {
    /// Candidate term.
    pub term: String,
    /// Weights from AICc.
    pub aicc: f64,
    /// Weights from BIC.
    pub bic: f64,
    /// Weights from Laplace's approximation of the evidence.
    pub evidence: f64,
}

/// A column's estimate in every model that holds it, lowest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Column.
    pub term: String,
    /// Models; of more than 256 the ones of most weight.
    pub models: Vec<Specification>,
}
