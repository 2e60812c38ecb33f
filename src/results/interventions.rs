//! `interventions --format json`.

use super::{ModelInfo, TermRow};
use serde::Serialize;

/// What was looked for and found.
#[derive(Debug, Clone, Serialize)]
pub struct InterventionReport {
    /// `tumen/interventions/1`.
    pub schema: &'static str,
    /// The model without interventions.
    pub model: ModelInfo,
    /// First period searched.
    pub from: String,
    /// Last period searched.
    pub to: String,
    /// Replicates of the bootstrap asked for; 0 = p-values are Bonferroni's bound over the steps searched.
    pub replicates: usize,
    /// The likeliest step of each type, or (known times) one line per time and type and one for all together.
    pub found: Vec<InterventionRow>,
    /// Level shifts at the events of the study, at known times.
    pub events: Vec<InterventionRow>,
    /// Events that cannot be tested, and why.
    pub untested: Vec<DatedEvent>,
    /// What the counts from before the periods searched show, where events lie among them; `None` when none does.
    pub earlier: Option<Earlier>,
    /// Found one after the other by cleaning, in this order; `None` when that was not asked for.
    pub cleaned: Option<Vec<InterventionRow>>,
    /// Coefficients of the model with all that cleaning took out, fitted together to the counts as recorded; `None` when that was
    /// not asked for.
    pub together: Option<Vec<TermRow>>,
    /// Score tests by period and type.
    pub statistics: Vec<StepStatistic>,
    /// What the largest of them must exceed, by type: by the bootstrap, or by Bonferroni's bound without one.
    pub critical: Vec<CriticalValue>,
    /// What came out, in sentences.
    pub words: Vec<String>,
    /// What the reader must know.
    pub warnings: Vec<String>,
}

/// A search over the whole record, beside that over the periods of the study.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Earlier {
    /// First period with counts: what `--start` takes.
    pub start: String,
    /// Events before the periods of the study's search.
    pub events: Vec<DatedEvent>,
    /// Likeliest step of each type over the whole record, without a p-value.
    pub found: Vec<InterventionRow>,
    /// Score tests over the whole record of the level shifts at the study's dated events, in their order.
    pub statistics: Vec<Option<f64>>,
}

/// One intervention.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct InterventionRow {
    /// `search`, `test`, `event` or `clean`.
    pub kind: &'static str,
    /// Period in which it sets in.
    pub period: String,
    /// Step of the model, from 1; `None` for several together.
    pub step: Option<usize>,
    /// `level shift`, `transient (δ = 0.8)`, `pulse`, or `all together`.
    pub shape: String,
    /// Decay per step.
    pub delta: Option<f64>,
    /// Score test T.
    pub statistic: Option<f64>,
    /// Degrees of freedom.
    pub df: f64,
    /// p-value: of χ² at a time that was asked for; by the bootstrap of the largest T in a search and of T itself at an event
    /// (χ² there without replicates). Cleaning gives the corrected one only.
    pub p_value: Option<f64>,
    /// Monte Carlo standard error of `p_value`, of events.
    pub p_error: Option<f64>,
    /// Series simulated for it.
    pub replicates: Option<usize>,
    /// Whether they decide on the level: 3 `p_error` either side of `p_value` exclude the level over the number of tests. `None`
    /// without them.
    pub decided: Option<bool>,
    /// The same times the number of tests (Bonferroni), at most 1.
    pub p_corrected: Option<f64>,
    /// ω on the scale of the linear predictor: the effect at once, before past counts pass it on. Of kind `clean`: on the
    /// series from which the ones before it in the list are taken out.
    pub size: Option<f64>,
    /// exp(ω) under the log link.
    pub rate_ratio: Option<f64>,
    /// The event of the study that is nearest in time (of kind `event`: the event tested).
    pub event: Option<DatedEvent>,
}

/// An event beside an intervention.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DatedEvent {
    /// Name for people.
    pub name: String,
    /// First day.
    pub date: String,
    /// Periods from the intervention to its onset (negative: before); `None` when it is not about one.
    pub distance: Option<i64>,
}

/// A score test at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepStatistic {
    /// Period.
    pub period: String,
    /// Decay per step.
    pub delta: f64,
    /// T; 0 where the step cannot be told from the model's columns.
    pub statistic: f64,
}

/// The critical value of a search for one type.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriticalValue {
    /// Decay per step.
    pub delta: f64,
    /// The largest corrected p-value that counts, such as 0.05.
    pub alpha: f64,
    /// The largest T of the search must exceed this for a corrected p-value (for the types tried) of `alpha` or less.
    pub statistic: f64,
}
