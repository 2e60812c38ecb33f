//! The results of a panel: the same contract with a `group` on each fit, forecast and score; and the scores of all groups.

use super::{
    BacktestMarginal, BacktestReport, BacktestSummary, BacktestTarget, Coverage, DataTable, FitReport, FitResult,
    ForecastReport, ForecastResult, NamedScore, ScoreRow,
};
use crate::data::Group;
use serde::Serialize;

/// A result and the group that it belongs to; without a panel, just the result.
#[derive(Debug, Clone, Serialize)]
pub struct Grouped<'a, T> {
    /// `{"region": "north"}`.
    #[serde(skip_serializing_if = "Group::is_empty")]
    pub group: &'a Group,
    /// The result.
    #[serde(flatten)]
    pub item: &'a T,
}

/// All of some results, each with its group.
fn flat<'a, R, T>(parts: &[(&'a Group, &'a R)], of: impl Fn(&'a R) -> &'a [T]) -> Vec<Grouped<'a, T>> {
    parts.iter().flat_map(|(group, r)| of(r).iter().map(|item| Grouped { group, item })).collect()
}

/// `fit --format json`.
#[derive(Debug, Clone, Serialize)]
pub struct Fits<'a> {
    schema: &'static str,
    fits: Vec<Grouped<'a, FitResult>>,
}

impl<'a> Fits<'a> {
    /// Joins the fits of all groups.
    pub fn new(parts: &[(&'a Group, &'a FitReport)]) -> Self {
        Fits { schema: "tumen/fit/1", fits: flat(parts, |r| &r.fits) }
    }
}

/// `forecast --format json`.
#[derive(Debug, Clone, Serialize)]
pub struct Forecasts<'a> {
    schema: &'static str,
    forecasts: Vec<Grouped<'a, ForecastResult>>,
}

impl<'a> Forecasts<'a> {
    /// Joins the forecasts of all groups.
    pub fn new(parts: &[(&'a Group, &'a ForecastReport)]) -> Self {
        Forecasts { schema: "tumen/forecast/1", forecasts: flat(parts, |r| &r.forecasts) }
    }
}

/// `backtest --format json`.
#[derive(Debug, Clone, Serialize)]
pub struct Backtests<'a> {
    schema: &'static str,
    baseline: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    overall: &'a [Overall],
    summary: Vec<Grouped<'a, BacktestSummary>>,
    scores: Vec<Grouped<'a, ScoreRow>>,
    targets: Vec<Grouped<'a, BacktestTarget>>,
    marginal: Vec<Grouped<'a, BacktestMarginal>>,
    warnings: &'a [String],
}

impl<'a> Backtests<'a> {
    /// Joins the back-tests of all groups.
    pub fn new(parts: &[(&'a Group, &'a BacktestReport)], overall: &'a [Overall], warnings: &'a [String]) -> Self {
        Backtests {
            schema: "tumen/backtest/1",
            baseline: parts.first().map_or("", |(_, r)| &r.baseline),
            overall,
            summary: flat(parts, |r| &r.summary),
            scores: flat(parts, |r| &r.scores),
            targets: flat(parts, |r| &r.targets),
            marginal: flat(parts, |r| &r.marginal),
            warnings,
        }
    }
}

/// The data of all groups as one table: the group columns first, then all columns that any group has.
pub fn stacked(parts: &[(&Group, &DataTable)]) -> DataTable {
    let by: Vec<String> =
        parts.first().map_or_else(Vec::new, |(g, _)| g.pairs().iter().map(|(name, _)| name.clone()).collect());
    let mut columns = by.clone();
    for name in parts.iter().flat_map(|(_, t)| &t.columns) {
        if !columns[by.len()..].contains(name) {
            columns.push(name.clone());
        }
    }
    let mut rows = Vec::new();
    for (group, table) in parts {
        let at: Vec<usize> = table
            .columns
            .iter()
            .map(|name| columns[by.len()..].iter().position(|c| c == name).unwrap_or(0) + by.len())
            .collect();
        for cells in &table.rows {
            let mut row = vec![serde_json::Value::Null; columns.len()];
            for (cell, (_, value)) in row.iter_mut().zip(group.pairs()) {
                *cell = value.as_str().into();
            }
            for (cell, j) in cells.iter().zip(&at) {
                row[*j].clone_from(cell);
            }
            rows.push(row);
        }
    }
    DataTable { schema: "tumen/data/1", columns, in_formula: Vec::new(), notes: Vec::new(), rows }
}

/// Reports of groups that are not joined (effects, interventions, checks): a list.
#[derive(Debug, Clone, Serialize)]
pub struct Reports<'a, T> {
    /// `tumen/panel/1`.
    pub schema: &'static str,
    /// One per group.
    pub groups: Vec<Grouped<'a, T>>,
}

impl<'a, T> Reports<'a, T> {
    /// Lists the reports of all groups.
    pub fn new(parts: &[(&'a Group, &'a T)]) -> Self {
        let groups = parts.iter().map(|(group, item)| Grouped { group, item: *item }).collect();
        Reports { schema: "tumen/panel/1", groups }
    }
}

/// A model's scores over all groups that every model could be scored in: each group counts alike, however many targets it
/// has.
#[derive(Debug, Clone, Serialize)]
pub struct Overall {
    /// Model name.
    pub model: String,
    /// `as_known` or `ex_post`.
    pub information: &'static str,
    /// Steps ahead, or `None` for all together.
    pub horizon: Option<i64>,
    /// Number of groups.
    pub groups: usize,
    /// Number of targets in all of them.
    pub targets: usize,
    /// Mean over the groups of each score's mean.
    pub scores: Vec<NamedScore>,
    /// 1 − mean CRPS / mean CRPS of the baseline.
    pub skill: Option<f64>,
    /// Groups in which it beats the baseline.
    pub better_in: usize,
    /// Share of all targets inside each central interval.
    pub coverage: Vec<Coverage>,
}

/// The mean scores over groups: for each model, information and horizon of the first report.
pub fn overall(reports: &[&BacktestReport]) -> Vec<Overall> {
    let Some(first) = reports.first() else { return Vec::new() };
    let same = |a: &BacktestSummary, b: &BacktestSummary| {
        (&a.model, a.information, a.horizon) == (&b.model, b.information, b.horizon)
    };
    let mut keys: Vec<&BacktestSummary> = Vec::new();
    for s in reports.iter().flat_map(|r| &r.summary) {
        if !keys.iter().any(|k| same(k, s)) {
            keys.push(s);
        }
    }
    let lines = |horizon: Option<i64>| keys.iter().filter(move |k| k.horizon == horizon).count();
    // A group counts for a horizon where it has the scores of every model.
    let whole = |r: &&&BacktestReport, h: Option<i64>| {
        r.summary.iter().filter(|s| s.horizon == h && s.targets > 0).count() == lines(h)
    };
    let one = |key: &&BacktestSummary| {
        let of = |key: &BacktestSummary| -> Vec<&BacktestSummary> {
            let counted = reports.iter().filter(|r| whole(r, key.horizon));
            counted.filter_map(|r| r.summary.iter().find(|s| same(s, key))).collect()
        };
        let (these, n) = (of(key), of(key).len());
        let base =
            keys.iter().find(|k| k.model == first.baseline && k.information == "as_known" && k.horizon == key.horizon);
        let crps = |list: &[&BacktestSummary]| mean(list, "crps");
        let skill = base.and_then(|b| Some(1.0 - crps(&these)? / crps(&of(b)).filter(|c| *c > 0.0)?));
        let targets: usize = these.iter().map(|s| s.targets).sum();
        let covered = |level: f64| {
            let share = |s: &&BacktestSummary| s.coverage.iter().find(|c| c.level == level).map_or(0.0, |c| c.share);
            these.iter().map(|s| share(s) * s.targets as f64).sum::<f64>() / targets.max(1) as f64
        };
        Overall {
            model: key.model.clone(),
            information: key.information,
            horizon: key.horizon,
            groups: n,
            targets,
            scores: key.scores.iter().map(|s| NamedScore { score: s.score, value: mean(&these, s.score) }).collect(),
            skill: skill.filter(|s| s.is_finite()),
            better_in: these.iter().filter(|s| s.beats_baseline == Some(true)).count(),
            coverage: key.coverage.iter().map(|c| Coverage { level: c.level, share: covered(c.level) }).collect(),
        }
    };
    keys.iter().map(one).filter(|o| o.groups > 0).collect()
}

/// The mean of a score over groups; `None` when a group has none.
fn mean(groups: &[&BacktestSummary], score: &str) -> Option<f64> {
    let values: Option<Vec<f64>> =
        groups.iter().map(|s| s.scores.iter().find(|x| x.score == score).and_then(|x| x.value)).collect();
    let values = values.filter(|v| !v.is_empty())?;
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(rows: &[(&str, Option<i64>, usize, f64, f64)]) -> BacktestReport {
        let summary = rows.iter().map(|(model, horizon, targets, crps, skill)| BacktestSummary {
            model: (*model).into(),
            information: "as_known",
            horizon: *horizon,
            targets: *targets,
            scores: vec![NamedScore { score: "crps", value: Some(*crps) }],
            skill: Some(*skill),
            beats_baseline: Some(*skill > 0.0),
            coverage: vec![Coverage { level: 0.8, share: 0.5 }],
        });
        BacktestReport {
            schema: "tumen/backtest/1",
            baseline: "log-rw".into(),
            summary: summary.collect(),
            scores: Vec::new(),
            targets: Vec::new(),
            marginal: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn each_group_counts_alike_and_only_where_every_model_has_scores() {
        let a = report(&[("glm", None, 2, 1.0, 0.5), ("log-rw", None, 2, 2.0, 0.0)]);
        let b = report(&[("glm", None, 20, 4.0, -1.0), ("log-rw", None, 20, 2.0, 0.0)]);
        let c = report(&[("log-rw", None, 5, 9.0, 0.0)]);
        let all = overall(&[&a, &b, &c]);
        assert_eq!((all[0].model.as_str(), all[0].groups, all[0].targets, all[0].better_in), ("glm", 2, 22, 1));
        assert_eq!((all[0].scores[0].value, all[0].skill), (Some(2.5), Some(1.0 - 2.5 / 2.0)));
        assert_eq!((all[1].groups, all[1].scores[0].value, all[1].coverage[0].share), (2, Some(2.0), 0.5));
    }
}
