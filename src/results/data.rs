//! What `data show` and `data check` print.

use serde::Serialize;

/// `data show`: one row per observation or period.
#[derive(Debug, Clone, Serialize)]
pub struct DataTable {
    /// `tumen/data/1`.
    pub schema: &'static str,
    /// Column names.
    pub columns: Vec<String>,
    /// Covariates that a formula names.
    pub in_formula: Vec<String>,
    /// Cells by row; null = not known.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// `data check --format json`.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// `tumen/check/1`.
    pub schema: &'static str,
    /// What is counted.
    pub response: String,
    /// Length of a step.
    pub frequency: String,
    /// Figures read, all vintages.
    pub records: usize,
    /// Different spans among them.
    pub spans: usize,
    /// Disjoint spans that a model would fit.
    pub fitted: usize,
    /// The first of these.
    pub first: Option<String>,
    /// The last.
    pub last: Option<String>,
    /// Covariates.
    pub covariates: Vec<CovariateCheck>,
    /// Number of events.
    pub events: usize,
    /// The finest disjoint spans that follow from all figures together, those over parts of years included.
    pub derived: usize,
    /// Spans whose figure was revised.
    pub revised: usize,
    /// Figures that do not fit together.
    pub contradictions: Vec<ContradictionRow>,
    /// Spans that are not fitted, and why.
    pub left_out: Vec<String>,
    /// What the reader noticed.
    pub notes: Vec<String>,
}

/// Figures that cannot all be right.
#[derive(Debug, Clone, Serialize)]
pub struct ContradictionRow {
    /// `two figures`, `sum`, `part over whole`, `older vintage`, `marked`.
    pub kind: &'static str,
    /// The spans concerned, the least trusted first.
    pub spans: Vec<String>,
    /// By how many they differ.
    pub difference: Option<u64>,
    /// In words.
    pub words: String,
    /// Where the figures were read.
    pub sources: Vec<String>,
}

/// What is known of a covariate.
#[derive(Debug, Clone, Serialize)]
pub struct CovariateCheck {
    /// Name in formulas.
    pub name: String,
    /// Steps with a value.
    pub known: usize,
    /// First step with a value.
    pub first: Option<String>,
    /// Last.
    pub last: Option<String>,
    /// Dated vintages.
    pub vintages: usize,
}
