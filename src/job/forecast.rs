//! `forecast`: fit, then simulate ahead under each scenario.

use super::fit::{FittedModel, fit_history};
use super::forecast_notes::notes;
use super::history::{History, Information};
use super::{Session, Spec};
use crate::data::Dataset;
use crate::data::scenario::Scenario;
use crate::design::Design;
use crate::effect;
use crate::error::{Context as _, Error, Place, Result};
use crate::forecast::{Forecast, Paths, Predictive, Target};
use crate::model::Fitted;
use crate::period::{Frequency, Span, show_day};
use crate::results::{
    Exceedance, ForecastReport, ForecastResult, IntervalResult, PmfPoint, TargetResult, VarianceSplit,
};
use std::ops::Range;

/// Sets of future covariates drawn when a scenario is random.
const SCENARIO_DRAWS: usize = 100;

/// How far ahead.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ahead {
    /// So many periods that end after the origin.
    Periods(usize),
    /// Up to the period that holds this day.
    Until(jiff::civil::Date),
}

/// Forecasts every model under every scenario asked for.
///
/// # Errors
/// When the data, a model or a scenario is at fault.
pub fn forecast(session: &Session) -> Result<ForecastReport> {
    session.need_series()?;
    let frequency = session.data.grid.frequency();
    let ahead = match (session.flags.until(frequency)?, session.flags.horizon()?) {
        (Some(date), _) => Ahead::Until(date),
        (None, h) => Ahead::Periods(h.unwrap_or(5)),
    };
    let mut forecasts = Vec::new();
    for spec in session.specs()? {
        let run = || -> Result<Vec<ForecastResult>> {
            let history = History::new(session, &spec, spec.flags.as_of(frequency)?, Information::AsKnown)?;
            let fm = fit_history(session, &spec, &history, "all")?;
            let scenarios = if spec.entry.uses_formula { session.scenarios()? } else { vec![Scenario::status_quo()] };
            scenarios.iter().map(|s| result(session, &spec, &history, &fm, s, ahead)).collect()
        };
        forecasts.extend(run().context(format!("model {}", spec.name))?);
    }
    Ok(ForecastReport { schema: "tumen/forecast/1", forecasts })
}

fn result(
    session: &Session,
    spec: &Spec,
    history: &History,
    fm: &FittedModel,
    scenario: &Scenario,
    ahead: Ahead,
) -> Result<ForecastResult> {
    let (forecast, assumptions) = simulate(session, spec, history, fm, scenario, ahead, session.draws)?;
    let mut warnings = fm.past.warnings.clone();
    warnings.extend(fm.fitted.warnings().iter().cloned());
    let of_scenario = said_of(session, scenario)?.into_iter().chain(assumptions);
    let notes = of_scenario.chain(notes(&forecast, spec.settings.link));
    warnings.extend(notes.map(|note| match *scenario == Scenario::status_quo() {
        true => note,
        false => format!("scenario `{}`: {note}", scenario.name),
    }));
    let (targets, total) = tell(session, &forecast)?;
    let frequency = session.data.grid.frequency();
    let last = history.view.grid.period(history.range.end - 1);
    Ok(ForecastResult {
        model: spec.name.clone(),
        scenario: scenario.name.clone(),
        origin_date: show_day(history.origin, frequency),
        last_observed: last.to_string(),
        draws: forecast.paths.draws(),
        targets,
        total,
        warnings,
    })
}

/// What a forecast says of each period ahead, and of all of them together where they are several.
fn tell(session: &Session, forecast: &Forecast) -> Result<(Vec<TargetResult>, Option<TargetResult>)> {
    let levels = session.flags.levels()?;
    let limits = session.flags.exceed()?;
    let counts = session.flags.pmf()?;
    let target = &session.data.response;
    let frequency = session.data.grid.frequency();
    let one = |k: usize| {
        let period = forecast.targets[k].period;
        let about = About {
            target,
            label: period.to_string(),
            span: period.span(),
            horizon: forecast.targets[k].horizon,
            frequency,
        };
        let mut t = about.result(&forecast.predictive(k), &levels, &limits);
        let point = |y: &u64| PmfPoint { count: *y, probability: forecast.log_pmf(k, *y as f64).exp() };
        t.pmf = counts.iter().map(point).collect();
        t.variance = session.explain.then(|| variance(forecast, k));
        t
    };
    let targets: Vec<TargetResult> =
        (0..forecast.targets.len()).filter(|k| forecast.targets[*k].horizon > 0).map(one).collect();
    let ahead: Vec<_> = forecast.targets.iter().filter(|t| t.horizon > 0).collect();
    let total = (ahead.len() > 1).then(|| {
        let span = Span { start: Some(ahead[0].period.start()), end: ahead[ahead.len() - 1].period.end() };
        About { target, label: span.label(frequency), span, horizon: 0, frequency }.result(
            &forecast.total(span),
            &levels,
            &limits,
        )
    });
    Ok((targets, total))
}

/// What looks like a slip in a scenario of a file of its own; the study's are looked at with its data.
fn said_of(session: &Session, scenario: &Scenario) -> Result<Vec<String>> {
    if session.study.scenarios.contains(scenario) {
        return Ok(Vec::new());
    }
    scenario.check(&session.data, |_, _| Place::default())
}

/// What a predictive distribution is of.
struct About<'a> {
    target: &'a str,
    label: String,
    span: crate::period::Span,
    horizon: i64,
    frequency: Frequency,
}

impl About<'_> {
    fn result(self, p: &Predictive, levels: &[f64], limits: &[f64]) -> TargetResult {
        let interval = |level: &f64| {
            let (low, high) = p.interval(*level);
            IntervalResult { level: *level, low, high }
        };
        TargetResult {
            target: self.target.into(),
            period: self.label,
            target_start: self.span.start.map(|d| show_day(d, self.frequency)).unwrap_or_default(),
            target_end: show_day(self.span.end, self.frequency),
            horizon: self.horizon,
            mean: p.mean(),
            median: p.quantile(0.5),
            intervals: levels.iter().map(interval).collect(),
            exceedance: limits.iter().map(|l| Exceedance { limit: *l, probability: p.exceeds(*l) }).collect(),
            pmf: Vec::new(),
            variance: None,
        }
    }
}

/// Law of total variance: variance of the means and mean of the variances over the draws.
fn variance(forecast: &Forecast, k: usize) -> VarianceSplit {
    let laws = forecast.paths.laws.column(k);
    let n = laws.len() as f64;
    let mean = laws.iter().map(|l| l.mean).sum::<f64>() / n;
    VarianceSplit {
        mean: laws.iter().map(|l| (l.mean - mean).powi(2)).sum::<f64>() / n,
        noise: laws.iter().map(|l| l.family.variance(l.mean, l.dispersion)).sum::<f64>() / n,
    }
}

/// Simulates one model under one scenario; also says in words what was assumed.
pub(crate) fn simulate(
    session: &Session,
    spec: &Spec,
    history: &History,
    fm: &FittedModel,
    scenario: &Scenario,
    ahead: Ahead,
    draws: usize,
) -> Result<(Forecast, Vec<String>)> {
    let (steps, targets) = targets(history, ahead)?;
    let (paths, words) = paths(session, spec, history, fm, scenario, steps.clone(), draws)?;
    let mut known = vec![0.0; steps.len()];
    for (step, count, _) in history.running.iter().filter(|r| steps.contains(&r.0)) {
        known[step - steps.start] += count;
    }
    let forecast = Forecast {
        model: spec.name.clone(),
        origin: history.origin,
        scenario: scenario.name.clone(),
        targets,
        paths,
        known,
    };
    Ok((forecast, words))
}

/// Simulated paths over `steps`, from several sets of future covariates when the scenario is random, and what was assumed.
fn paths(
    session: &Session,
    spec: &Spec,
    history: &History,
    fm: &FittedModel,
    scenario: &Scenario,
    steps: Range<usize>,
    draws: usize,
) -> Result<(Paths, Vec<String>)> {
    let names = [spec.name.as_str(), &history.origin.to_string(), &scenario.name];
    let mut stream = session.stream(&names);
    let sets = if scenario.is_random() { SCENARIO_DRAWS } else { 1 };
    let draws = draws.div_ceil(sets);
    let mut words = Vec::new();
    let mut reduced: Option<Reduced> = None;
    let mut parts: Vec<Paths> = Vec::with_capacity(sets);
    for set in 0..sets {
        let needs = fm.plan.needs();
        let is_read = |name: &str| needs.iter().any(|n| n.back(name).is_some());
        let (data, assumed) = scenario
            .apply_for(&history.view, steps.clone(), &mut stream, is_read)
            .context(format!("scenario {}", scenario.name))?;
        let future = future_design(fm, history, &data, steps.clone())?;
        if set == 0 {
            words = assumed;
            reduced = Reduced::new(session, spec, fm, &future, &mut words)?;
        }
        parts.push(match &reduced {
            None => fm.fitted.simulate(&future, draws, &mut stream)?,
            Some(r) => r.fitted.simulate(&future.without(&r.columns), draws, &mut stream)?,
        });
    }
    let paths = if parts.len() == 1 { parts.remove(0) } else { Paths::stack(&parts) };
    Ok((paths, words))
}

/// A fit without the effects that the past cannot support in the future asked for.
struct Reduced {
    columns: Vec<usize>,
    fitted: Box<dyn Fitted>,
}

impl Reduced {
    fn new(
        session: &Session,
        spec: &Spec,
        fm: &FittedModel,
        future: &Design,
        words: &mut Vec<String>,
    ) -> Result<Option<Reduced>> {
        let past = &fm.past.design;
        let columns = effect::unsupported(past, future);
        if columns.is_empty() {
            return Ok(None);
        }
        let names: Vec<String> = columns.iter().map(|j| format!("`{}`", past.names[*j])).collect();
        words.push(format!(
            "{} left out of the forecast: one observation holds all that is known of it, and the future asks for more than twice the change seen there",
            names.join(", ")
        ));
        let mut stream = session.stream(&["fit", &spec.name, "reduced"]);
        let fitted = spec.build()?.fit(&past.without(&columns), &mut stream)?;
        Ok(Some(Reduced { columns, fitted }))
    }
}

/// The steps to simulate (from the first that is not recorded) and what each is as a target.
fn targets(history: &History, ahead: Ahead) -> Result<(Range<usize>, Vec<Target>)> {
    let grid = &history.view.grid;
    let next = grid.frequency().period(history.origin);
    let next = if next.end() > history.origin { next } else { next.offset(1) };
    let last = match ahead {
        Ahead::Periods(n) => next.offset(n as i64 - 1),
        Ahead::Until(date) => grid.frequency().period(date),
    };
    let from = history.range.end;
    let to = last.ordinal - grid.first.ordinal + 1;
    if to <= from as i64 {
        return Err(
            Error::usage(format!("nothing to forecast: {last} is recorded already")).help("give a later --until")
        );
    }
    let steps = from..to as usize;
    let target = |s: usize| Target { period: grid.period(s), horizon: grid.period(s).ordinal - next.ordinal + 1 };
    Ok((steps.clone(), steps.map(target).collect()))
}

fn future_design(fm: &FittedModel, history: &History, data: &Dataset, steps: Range<usize>) -> Result<Design> {
    let mut counts = history.view.counts_by_step();
    counts.resize(steps.start, f64::NAN);
    let mut future = fm.plan.future(data, steps.clone(), &counts)?;
    let running: Vec<_> = history.running.iter().filter(|r| steps.contains(&r.0)).collect();
    if !running.is_empty() {
        future.known = vec![0.0; steps.len()];
        future.remaining = vec![1.0; steps.len()];
        for (step, count, share) in running {
            future.known[step - steps.start] += count;
            future.remaining[step - steps.start] -= share;
        }
    }
    Ok(future)
}
