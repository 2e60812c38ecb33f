//! Results as plain structs: the JSON contract (see `docs/design.md`), read by the tables, the CSV and the report.
//!
//! A number that does not exist is `None`, written as `null`; [`num`] turns NaN and infinities into it.

mod data;
pub mod effects;
mod interventions;
pub mod panel;
mod penalty;

pub use data::{AnnouncedFigure, CheckReport, ContradictionRow, CovariateCheck, DataTable, ReconciledRow, RevisionRow};
pub use interventions::{CriticalValue, DatedEvent, Earlier, InterventionReport, InterventionRow, StepStatistic};
pub use penalty::{PathPoint, PathResult};

use serde::Serialize;

/// `Some` for a finite number.
pub fn num(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// `fit --format json`.
#[derive(Debug, Clone, Serialize)]
pub struct FitReport {
    /// `tumen/fit/1`.
    pub schema: &'static str,
    /// One per model.
    pub fits: Vec<FitResult>,
}

/// One fitted model.
#[derive(Debug, Clone, Serialize)]
pub struct FitResult {
    /// What was fitted.
    pub model: ModelInfo,
    /// Coefficients.
    pub terms: Vec<TermRow>,
    /// Fit statistics.
    pub glance: Glance,
    /// Diagnostics by observation.
    pub rows: Vec<RowStat>,
    /// Tests of the model against a simpler one.
    pub tests: Vec<TestRow>,
    /// Mean scores in sample, of the law that the model gave each count one step ahead, parameters held at their estimates.
    pub scores: Vec<NamedScore>,
    /// Marginal calibration in sample: predicted and recorded distribution function.
    pub marginal: Vec<MarginalRow>,
    /// The fits at all penalties, of a penalised model.
    pub path: Option<PathResult>,
    /// Statistics that are null because they have no agreed definition for this model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Absent>,
    /// What the reader must know.
    pub warnings: Vec<String>,
}

/// Statistics without a definition, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absent {
    /// Names of the fields that are null.
    pub statistics: Vec<&'static str>,
    /// Why.
    pub reason: &'static str,
}

/// What was fitted, in words of the command line.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ModelInfo {
    /// Name in outputs.
    pub name: String,
    /// Formula as given.
    pub formula: String,
    /// Family.
    pub family: String,
    /// Link.
    pub link: String,
    /// `ml`, `two-step`, `nuts`.
    pub estimate: String,
    /// Covariance.
    pub vcov: String,
    /// How the intervals of the coefficients were made: `wald`, `profile`, `exact` or `bootstrap`; `None` where there are none.
    pub interval: Option<&'static str>,
    /// The bootstrap behind errors and intervals; `None` for the other kinds.
    pub bootstrap: Option<BootstrapInfo>,
}

/// How a bootstrap of coefficients was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BootstrapInfo {
    /// How series are made again: `parametric` (simulated from the fit), `residual`, `block` …
    pub scheme: &'static str,
    /// How an interval is read off the replicates, such as `percentile`.
    pub limits: &'static str,
    /// Replicates fitted.
    pub replicates: usize,
    /// Replicates that could not be fitted.
    pub failed: usize,
    /// Observations in a block; `None` for the other schemes.
    pub block: Option<usize>,
}

/// One coefficient, in broom's names.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TermRow {
    /// Name as R names it.
    pub term: String,
    /// On the scale of the linear predictor; `None` for a column dropped as collinear.
    pub estimate: Option<f64>,
    /// Standard error.
    pub std_error: Option<f64>,
    /// z (or t) value.
    pub statistic: Option<f64>,
    /// Two-sided p-value.
    pub p_value: Option<f64>,
    /// Lower bound at the level asked for.
    pub conf_low: Option<f64>,
    /// Upper bound.
    pub conf_high: Option<f64>,
    /// exp(estimate) under the log link.
    pub rate_ratio: Option<f64>,
    /// exp(conf_low).
    pub rate_ratio_low: Option<f64>,
    /// exp(conf_high).
    pub rate_ratio_high: Option<f64>,
    /// `estimated`, `weak`, `not separable from …`, `dropped: …`.
    pub verdict: String,
}

/// Fit statistics, in broom's names.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Glance {
    /// Observations used.
    pub nobs: usize,
    /// Parameters, the dispersion included where it is estimated.
    pub df: Option<f64>,
    /// `nobs` less coefficients.
    pub df_residual: Option<f64>,
    /// Log-likelihood with all constants.
    pub log_lik: Option<f64>,
    /// −2 log-likelihood + 2 df.
    pub aic: Option<f64>,
    /// AIC with the small-sample correction of Hurvich and Tsai (1989).
    pub aicc: Option<f64>,
    /// −2 log-likelihood + df ln n.
    pub bic: Option<f64>,
    /// Residual deviance.
    pub deviance: Option<f64>,
    /// Deviance of the intercept (and offset) alone, at the same dispersion.
    pub null_deviance: Option<f64>,
    /// Pearson's X².
    pub pearson_chi2: Option<f64>,
    /// X² over residual degrees of freedom (φ for quasi-Poisson; 1 + φ is estimated for NB1; σ² for Gaussian).
    pub dispersion: Option<f64>,
    /// NB2 size.
    pub theta: Option<f64>,
    /// Its standard error.
    pub theta_se: Option<f64>,
    /// 1/theta for NB2; φ of NB1 and the generalised Poisson; ν of Conway–Maxwell–Poisson.
    pub alpha: Option<f64>,
    /// Quasi-likelihood information criterion of Pan (2001), of models that have a quasi-likelihood.
    pub qic: Option<f64>,
    /// Whether the optimiser met its tolerance.
    pub converged: bool,
    /// Its iterations.
    pub iterations: usize,
}

impl TermRow {
    /// A coefficient that the data do not identify: no test, no interval, a verdict in their place.
    pub(crate) fn not_identified(&mut self, verdict: &str) {
        (self.statistic, self.p_value) = (None, None);
        (self.conf_low, self.conf_high) = (None, None);
        self.verdict = verdict.into();
    }
}

/// A test of the model against a simpler one.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TestRow {
    /// Such as `likelihood ratio: no serial dependence`.
    pub test: String,
    /// Statistic.
    pub statistic: Option<f64>,
    /// Degrees of freedom of the χ² it is compared with.
    pub df: f64,
    /// p-value by the reference; `None` where it has none.
    pub p_value: Option<f64>,
    /// What the statistic is compared with: `chi2`, `bootstrap (199)` with its replicates, or `none: ` and why.
    pub reference: String,
}

/// Marginal calibration at one count: predicted and observed should agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MarginalRow {
    /// The count.
    pub count: f64,
    /// Mean over observations of P(Y ≤ count).
    pub predicted: f64,
    /// Share of recorded counts ≤ count.
    pub observed: f64,
}

/// Diagnostics of one observation.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RowStat {
    /// What the observation covers.
    pub period: String,
    /// Recorded count.
    pub observed: f64,
    /// Fitted mean.
    pub fitted: Option<f64>,
    /// Linear predictor (of the log link: ln of the mean when several steps are summed).
    pub eta: Option<f64>,
    /// Leverage.
    pub hat: Option<f64>,
    /// observed − fitted.
    pub residual_response: Option<f64>,
    /// Pearson residual.
    pub residual_pearson: Option<f64>,
    /// Deviance residual.
    pub residual_deviance: Option<f64>,
    /// Anscombe residual.
    pub residual_anscombe: Option<f64>,
    /// Randomised quantile residual (Dunn and Smyth 1996), from the middle of the PIT interval's random draw.
    pub residual_quantile: Option<f64>,
    /// Cook's distance.
    pub cooks_distance: Option<f64>,
    /// P(Y < observed).
    pub pit_low: Option<f64>,
    /// P(Y ≤ observed).
    pub pit_high: Option<f64>,
}

/// `forecast --format json`.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastReport {
    /// `tumen/forecast/1`.
    pub schema: &'static str,
    /// One per model and scenario.
    pub forecasts: Vec<ForecastResult>,
}

/// One model's forecast under one scenario.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastResult {
    /// Model name.
    pub model: String,
    /// Scenario name.
    pub scenario: String,
    /// The day whose knowledge was used.
    pub origin_date: String,
    /// Last observed period.
    pub last_observed: String,
    /// Draws.
    pub draws: usize,
    /// One per period ahead.
    pub targets: Vec<TargetResult>,
    /// The sum over all targets.
    pub total: Option<TargetResult>,
    /// What the reader must know.
    pub warnings: Vec<String>,
}

/// The predictive distribution of one target.
#[derive(Debug, Clone, Serialize)]
pub struct TargetResult {
    /// What is counted.
    pub target: String,
    /// Label such as `2026` or `2026–2030`.
    pub period: String,
    /// First day.
    pub target_start: String,
    /// Last day.
    pub target_end: String,
    /// Steps ahead; 0 for a total.
    pub horizon: i64,
    /// Mean of the draws.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// Central intervals, narrowest first.
    pub intervals: Vec<IntervalResult>,
    /// P(count > limit).
    pub exceedance: Vec<Exceedance>,
    /// P(count = y) for counts asked for (`--pmf`): the family's pmf, averaged over the draws of parameters and paths; one
    /// step ahead it is exact given the parameters. Not of totals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pmf: Vec<PmfPoint>,
    /// Variance of the count by source; only with `--explain`, and not of a total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance: Option<VarianceSplit>,
}

/// A central interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct IntervalResult {
    /// 0.5, 0.8, 0.95 …
    pub level: f64,
    /// Lower quantile.
    pub low: f64,
    /// Upper quantile.
    pub high: f64,
}

/// A probability of exceeding a limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exceedance {
    /// The limit.
    pub limit: f64,
    /// P(count > limit).
    pub probability: f64,
}

/// The probability of one count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PmfPoint {
    /// The count.
    pub count: u64,
    /// Its probability.
    pub probability: f64,
}

/// Law of total variance over the draws: means against counts around them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VarianceSplit {
    /// Variance of the means: parameters, and latent states or earlier counts on the path.
    pub mean: f64,
    /// Mean of the variances: count noise.
    pub noise: f64,
}

/// `backtest --format json`.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestReport {
    /// `tumen/backtest/1`.
    pub schema: &'static str,
    /// The model that skill is measured against.
    pub baseline: String,
    /// One per model and information.
    pub summary: Vec<BacktestSummary>,
    /// One per model, origin, information, horizon and score.
    pub scores: Vec<ScoreRow>,
    /// Forecasts that were scored, for pictures.
    pub targets: Vec<BacktestTarget>,
    /// Marginal calibration out of sample, by model, information and horizon.
    pub marginal: Vec<BacktestMarginal>,
    /// What the reader must know.
    pub warnings: Vec<String>,
}

/// Means over all targets that every model could forecast.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestSummary {
    /// Model name.
    pub model: String,
    /// `as_known` or `ex_post`.
    pub information: &'static str,
    /// Steps ahead, or `None` for all together.
    pub horizon: Option<i64>,
    /// Number of targets.
    pub targets: usize,
    /// Mean of each score.
    pub scores: Vec<NamedScore>,
    /// 1 − CRPS / CRPS of the baseline on the same targets.
    pub skill: Option<f64>,
    /// Whether it beats the baseline.
    pub beats_baseline: Option<bool>,
    /// Share of targets inside each central interval.
    pub coverage: Vec<Coverage>,
}

/// A score's mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedScore {
    /// Score name.
    pub score: &'static str,
    /// Mean.
    pub value: Option<f64>,
}

/// Observed coverage of a nominal interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Coverage {
    /// Nominal level.
    pub level: f64,
    /// Share inside.
    pub share: f64,
}

/// One score of one target: the rows of `backtest --format csv`.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreRow {
    /// Model name.
    pub model: String,
    /// The day whose knowledge was used.
    pub origin_date: String,
    /// `as_known` or `ex_post`.
    pub information: &'static str,
    /// Steps ahead.
    pub horizon: i64,
    /// First day of the target.
    pub target_start: String,
    /// Last day.
    pub target_end: String,
    /// What was recorded.
    pub observed: f64,
    /// Score name.
    pub score: &'static str,
    /// Value.
    pub value: Option<f64>,
}

/// Marginal calibration of one model's forecasts at one count.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestMarginal {
    /// Model name.
    pub model: String,
    /// `as_known` or `ex_post`.
    pub information: &'static str,
    /// Steps ahead.
    pub horizon: i64,
    /// Means over the targets.
    #[serde(flatten)]
    pub at: MarginalRow,
}

/// One scored forecast in brief.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestTarget {
    /// Model name.
    pub model: String,
    /// The day whose knowledge was used.
    pub origin_date: String,
    /// `as_known` or `ex_post`.
    pub information: &'static str,
    /// Steps ahead.
    pub horizon: i64,
    /// Label of the target period.
    pub period: String,
    /// Recorded.
    pub observed: f64,
    /// Median.
    pub median: f64,
    /// Central intervals.
    pub intervals: Vec<IntervalResult>,
    /// Non-randomised PIT: P(Y < y) and P(Y ≤ y).
    pub pit: (f64, f64),
}
