//! Results of `data show` and `data check`.

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
    /// Which of the counts are worked out or doubtful, and which columns are factors by accident.
    pub notes: Vec<String>,
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
    /// Those spans and their counts.
    pub reconciliation: Vec<ReconciledRow>,
    /// Figures without a day of announcement, taken as known at the end of their spans.
    pub undated: usize,
    /// Number of spans whose figure was revised.
    pub revised: usize,
    /// Those spans and their figures; a revision is no contradiction.
    pub revisions: Vec<RevisionRow>,
    /// Figures that do not fit together.
    pub contradictions: Vec<ContradictionRow>,
    /// Provisional figures that were announced after a final one of the same span, and stand in its place.
    pub replaced: Vec<String>,
    /// Spans that are not fitted, and why.
    pub left_out: Vec<String>,
    /// Counts that a model fits although no figure is recorded so: differences of figures, and of which.
    pub worked_out: Vec<String>,
    /// Counts that a model fits although other figures contradict them.
    pub doubtful: Vec<String>,
    /// What the reader noticed.
    pub notes: Vec<String>,
}

/// A disjoint span and its count, as all figures together have it.
#[derive(Debug, Clone, Serialize)]
pub struct ReconciledRow {
    /// The span.
    pub span: String,
    /// First day; null = open.
    pub start: Option<String>,
    /// Last day.
    pub end: String,
    /// Count.
    pub count: Option<u64>,
    /// The sum or difference of figures that it is; empty = reported so.
    pub from: String,
    /// `final`, `provisional` or `disputed`; a difference is as uncertain as its parts.
    pub status: &'static str,
    /// The day from which it is known.
    pub known_from: String,
    /// Where the figures were read.
    pub sources: Vec<String>,
}

/// A span whose figure was revised.
#[derive(Debug, Clone, Serialize)]
pub struct RevisionRow {
    /// The span.
    pub span: String,
    /// The figures as they were announced, one after the other.
    pub figures: Vec<AnnouncedFigure>,
}

/// A figure and the day of its announcement.
#[derive(Debug, Clone, Serialize)]
pub struct AnnouncedFigure {
    /// The day.
    pub announced: String,
    /// The count.
    pub count: u64,
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
