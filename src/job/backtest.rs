//! `backtest`: forecasts from past origins, scored on what was recorded later.

use super::fit::fit_history;
use super::forecast::{Ahead, simulate};
use super::history::{History, Information};
use super::{Session, Spec};
use crate::data::recorded_by;
use crate::data::scenario::Scenario;
use crate::error::{Error, Result};
use crate::forecast::{Forecast, Predictive};
use crate::period::{Frequency, Period, show_day};
use crate::results::{
    BacktestMarginal, BacktestReport, BacktestSummary, BacktestTarget, Coverage, IntervalResult, NamedScore, ScoreRow,
};
use crate::score::{SCORES, Scored, calibration};
use jiff::ToSpan as _;
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Levels whose coverage is reported.
const LEVELS: [f64; 3] = [0.5, 0.8, 0.95];

/// Draws of each forecast, unless `--draws` says otherwise: half of what a published forecast gets.
const DRAWS: usize = 2000;

/// Periods ahead, unless the command line says otherwise: the first origins stand on few observations.
const HORIZON: usize = 3;

/// Observations that must have been known at an origin.
const LEAST_OBSERVATIONS: usize = 8;

/// One forecast that was scored.
struct Run {
    model: usize,
    information: Information,
    forecast: Forecast,
}

/// A scored target: everything the report needs.
struct Scores {
    model: usize,
    information: Information,
    origin: Date,
    period: Period,
    horizon: i64,
    observed: f64,
    values: Vec<Option<f64>>,
    predictive: Predictive,
    brief: BacktestTarget,
}

/// Back-tests every model and the baselines.
///
/// # Errors
/// When there is no origin between `--from` and `--to`, or nothing recorded to score on.
pub fn backtest(session: &Session) -> Result<BacktestReport> {
    session.need_series()?;
    let specs = session.specs_with_baselines()?;
    let horizon = match session.command_line.horizon()? {
        Some(h) => h,
        None => session.flags.horizon()?.map_or(HORIZON, |h| h.min(HORIZON)),
    };
    let mut warnings = BTreeSet::new();
    let origins = origins(session, &specs[0], &mut warnings)?;
    warnings.extend(other_steps(session, &origins)?);
    let mut tasks: Vec<(usize, Date, Information)> = Vec::new();
    for origin in origins {
        for (m, spec) in specs.iter().enumerate() {
            tasks.push((m, origin, Information::AsKnown));
            if session.ex_post && spec.entry.uses_formula {
                tasks.push((m, origin, Information::ExPost));
            }
        }
    }
    let outcomes: Vec<Result<Run>> =
        tasks.par_iter().map(|(m, origin, info)| run(session, &specs, *m, *origin, *info, horizon)).collect();
    let mut runs = Vec::new();
    for ((m, origin, _), outcome) in tasks.iter().zip(outcomes) {
        match outcome {
            Ok(r) => runs.push(r),
            Err(e) => {
                let line = e.to_string().lines().next().unwrap_or_default().to_string();
                warnings.insert(format!("{} has no forecast from {origin}: {line}", specs[*m].name));
            }
        }
    }
    let scored = score(session, &specs, &runs);
    if scored.is_empty() {
        let why = warnings.into_iter().next().unwrap_or_else(|| "no later count is recorded".into());
        return Err(Error::data("nothing to score").help(why));
    }
    let baseline = session.flags.baseline().to_string();
    let summary = summarise(&specs, &scored, &baseline);
    let scores = scored.iter().flat_map(|s| rows(s, &specs)).collect();
    let marginal = marginal(&specs, &scored);
    let targets = scored.into_iter().map(|s| s.brief).collect();
    let warnings = warnings.into_iter().collect();
    Ok(BacktestReport { schema: "tumen/backtest/1", baseline, summary, scores, targets, marginal, warnings })
}

/// The origins: `origin_lag` days after the end of each period, between `--from` and `--to`; those that come before
/// enough was known are left out and named.
fn origins(session: &Session, spec: &Spec, warnings: &mut BTreeSet<String>) -> Result<Vec<Date>> {
    let grid = session.data.grid;
    let lag = session.flags.origin_lag()?;
    let (from, to) = session.flags.origins(grid.frequency())?;
    let last = session.latest.observations.iter().filter(|o| o.count.is_some()).map(|o| o.span.end).max();
    let inside = |d: &Date| from.is_none_or(|f| *d >= f) && to.is_none_or(|t| *d <= t) && last.is_none_or(|l| *d < l);
    let all = (0..grid.len).filter_map(|i| grid.period(i).end().checked_add(lag.days()).ok()).filter(inside);
    let known = |d: &Date| match History::new(session, spec, Some(*d), Information::AsKnown) {
        Ok(h) => h.fitted(),
        Err(_) => 0,
    };
    let (origins, early): (Vec<Date>, Vec<Date>) = all.partition(|d| known(d) >= LEAST_OBSERVATIONS);
    if let Some(d) = early.last().filter(|_| from.is_some()) {
        warnings.insert(format!("no origin up to {d}: fewer than {LEAST_OBSERVATIONS} observations were known"));
    }
    if origins.is_empty() {
        return Err(Error::usage("no origin lies between --from and --to with enough observations before it")
            .help(format!("an origin needs {LEAST_OBSERVATIONS} earlier observations and a later one to score")));
    }
    Ok(origins)
}

/// A warning where what was known at an origin has steps of another length: all origins share the steps of what is recorded
/// by now, and later figures have chosen them.
fn other_steps(session: &Session, origins: &[Date]) -> Result<Option<String>> {
    let ours = session.data.grid.frequency();
    if session.flags.time_options()?.frequency.is_some() || ours == Frequency::Step {
        return Ok(None);
    }
    let others: Vec<(Date, Frequency)> = origins
        .iter()
        .map(|d| (*d, recorded_by(&session.data.as_of(*d).observations)))
        .filter(|(_, f)| *f != ours)
        .collect();
    let Some((last, theirs)) = others.last() else { return Ok(None) };
    let (n, s) = (others.len(), if others.len() == 1 { "" } else { "s" });
    Ok(Some(format!(
        "the steps are those of most figures recorded by now, by {}; {n} origin{s} up to {last} knew figures by {} instead:          --frequency says which are meant",
        ours.name(),
        theirs.name()
    )))
}

fn run(
    session: &Session,
    specs: &[Spec],
    m: usize,
    origin: Date,
    information: Information,
    horizon: usize,
) -> Result<Run> {
    let spec = &specs[m];
    let history = History::new(session, spec, Some(origin), information)?;
    let fm = fit_history(session, spec, &history, &origin.to_string())?;
    let scenario = Scenario::status_quo();
    let draws = session.flags.draws(DRAWS)?;
    let (forecast, _) = simulate(session, spec, &history, &fm, &scenario, Ahead::Periods(horizon), draws)?;
    Ok(Run { model: m, information, forecast })
}

/// Scores every target that is recorded as a whole by now.
fn score(session: &Session, specs: &[Spec], runs: &[Run]) -> Vec<Scores> {
    let counts = session.latest.counts_by_step();
    let recorded = |p: Period| session.data.grid.index(p).map(|i| counts[i]).filter(|c| c.is_finite());
    let one = |r: &Run| -> Vec<Scores> {
        let wanted = r.forecast.targets.iter().enumerate().filter(|(_, t)| t.horizon > 0);
        wanted
            .filter_map(|(k, t)| {
                let observed = recorded(t.period)?;
                let scored = Scored::new(&r.forecast, k)?;
                let values = SCORES.iter().map(|s| (s.function)(&scored, observed)).collect();
                let interval = |level: f64| {
                    let (low, high) = scored.predictive().interval(level);
                    IntervalResult { level, low, high }
                };
                let brief = BacktestTarget {
                    model: specs[r.model].name.clone(),
                    origin_date: show_day(r.forecast.origin, t.period.frequency),
                    information: r.information.name(),
                    horizon: t.horizon,
                    period: t.period.to_string(),
                    observed,
                    median: scored.predictive().quantile(0.5),
                    intervals: LEVELS.map(interval).to_vec(),
                    pit: scored.pit(observed),
                };
                let (model, information, origin) = (r.model, r.information, r.forecast.origin);
                Some(Scores {
                    model,
                    information,
                    origin,
                    period: t.period,
                    horizon: t.horizon,
                    observed,
                    values,
                    predictive: scored.predictive().clone(),
                    brief,
                })
            })
            .collect()
    };
    runs.par_iter().map(one).collect::<Vec<_>>().into_iter().flatten().collect()
}

fn rows<'a>(s: &'a Scores, specs: &'a [Spec]) -> impl Iterator<Item = ScoreRow> + 'a {
    SCORES.iter().zip(&s.values).map(move |(entry, value)| ScoreRow {
        model: specs[s.model].name.clone(),
        origin_date: show_day(s.origin, s.period.frequency),
        information: s.information.name(),
        horizon: s.horizon,
        target_start: show_day(s.period.start(), s.period.frequency),
        target_end: show_day(s.period.end(), s.period.frequency),
        observed: s.observed,
        score: entry.name,
        value: *value,
    })
}

/// Marginal calibration of each model at each horizon.
fn marginal(specs: &[Spec], scored: &[Scores]) -> Vec<BacktestMarginal> {
    let mut by: BTreeMap<(usize, Information, i64), Vec<&Scores>> = BTreeMap::new();
    for s in scored {
        by.entry((s.model, s.information, s.horizon)).or_default().push(s);
    }
    let one = |((model, information, horizon), these): ((usize, Information, i64), Vec<&Scores>)| {
        let forecasts: Vec<&Predictive> = these.iter().map(|s| &s.predictive).collect();
        let observed: Vec<f64> = these.iter().map(|s| s.observed).collect();
        let (model, information) = (specs[model].name.clone(), information.name());
        let rows = calibration::marginal(&forecasts, &observed).into_iter();
        rows.map(|at| BacktestMarginal { model: model.clone(), information, horizon, at }).collect::<Vec<_>>()
    };
    by.into_iter().flat_map(one).collect()
}

/// Scores of one model by origin and horizon.
type ByTarget<'a> = BTreeMap<(Date, i64), &'a Scores>;

/// Means over the targets that every model forecast from the same origin, for each horizon and for all together.
fn summarise(specs: &[Spec], scored: &[Scores], baseline: &str) -> Vec<BacktestSummary> {
    let mut by_run: BTreeMap<(Information, usize), ByTarget> = BTreeMap::new();
    for s in scored {
        by_run.entry((s.information, s.model)).or_default().insert((s.origin, s.horizon), s);
    }
    let Some(first) = by_run.values().next() else { return Vec::new() };
    let common: BTreeSet<(Date, i64)> =
        first.keys().filter(|k| by_run.values().all(|m| m.contains_key(k))).copied().collect();
    let crps = SCORES.iter().position(|s| s.name == "crps").unwrap_or(0);
    let base = specs.iter().position(|s| s.name == baseline).and_then(|m| by_run.get(&(Information::AsKnown, m)));
    let mut horizons: Vec<Option<i64>> = vec![None];
    horizons.extend(common.iter().map(|k| k.1).collect::<BTreeSet<_>>().into_iter().map(Some));
    let mut out = Vec::new();
    for ((information, m), targets) in &by_run {
        for h in &horizons {
            let keys: Vec<_> = common.iter().filter(|k| h.is_none_or(|h| k.1 == h)).collect();
            let these: Vec<&Scores> = keys.iter().filter_map(|k| targets.get(k).copied()).collect();
            let mean = |list: &[&Scores], i: usize| average(list.iter().map(|s| s.values[i]));
            let base_list: Option<Vec<&Scores>> = base.map(|b| keys.iter().filter_map(|k| b.get(k).copied()).collect());
            let skill = match (mean(&these, crps), base_list.as_ref().and_then(|b| mean(b, crps))) {
                (Some(own), Some(base)) if base > 0.0 => Some(1.0 - own / base),
                _ => None,
            };
            out.push(BacktestSummary {
                model: specs[*m].name.clone(),
                information: information.name(),
                horizon: *h,
                targets: these.len(),
                scores: SCORES
                    .iter()
                    .enumerate()
                    .map(|(i, s)| NamedScore { score: s.name, value: mean(&these, i) })
                    .collect(),
                skill,
                beats_baseline: skill.map(|s| s > 0.0),
                coverage: LEVELS.map(|level| coverage(&these, level)).to_vec(),
            });
        }
    }
    out.sort_by_key(|s| (specs.iter().position(|p| p.name == s.model), s.information, s.horizon));
    out
}

fn coverage(these: &[&Scores], level: f64) -> Coverage {
    let inside =
        |s: &&&Scores| s.brief.intervals.iter().any(|i| i.level == level && (i.low..=i.high).contains(&s.observed));
    Coverage { level, share: these.iter().filter(inside).count() as f64 / these.len().max(1) as f64 }
}

fn average(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for v in values {
        sum += v?;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n).filter(|m: &f64| m.is_finite())
}
