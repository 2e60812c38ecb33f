//! `interventions`: an INGARCH model without them, then score tests at known times or a search over unknown ones, and what
//! the study's dated events have to say to it.

use super::history::{History, Information};
use super::{Session, Spec};
use crate::data::Event;
use crate::design::Design;
use crate::error::{Context as _, Error, Result};
use crate::intervention::{Cleaning, Detected, Found, Intervention, Search, clean, known_p, score_test, search, size};
use crate::model::Link;
use crate::model::dependence::chi2_tail;
use crate::model::ingarch::{Ingarch, IngarchFit};
use crate::period::{Frequency, Grid, Period};
use crate::report::words::intervention_sentences;
use crate::results::{CriticalValue, DatedEvent, Earlier, InterventionReport, InterventionRow, StepStatistic, num};
use crate::study::Given;
use crate::term::plan::Plan;
use jiff::civil::Date;

/// Types looked for unless others are named: pulse, transient, level shift.
const DELTAS: [f64; 3] = [0.0, 0.8, 1.0];
/// Replicates of the bootstrap unless others are asked for, at the command line and in the report.
pub const REPLICATES: usize = 500;
/// Interventions that cleaning takes out at most.
const MOST: usize = 10;

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Looking {
    /// Known times, as periods or step numbers; without them the search is over all.
    pub at: Option<Given>,
    /// Decays δ.
    pub delta: Option<Given>,
    /// First period searched; by default the second.
    pub first: Option<Given>,
    /// Last period searched.
    pub last: Option<Given>,
    /// Replicates of the bootstrap; 0 = Bonferroni's bound.
    pub replicates: usize,
    /// Whether to take out what is found and look again.
    pub clean: bool,
    /// Whether effects are external: not passed on through past means.
    pub external: bool,
}

impl Looking {
    fn deltas(&self) -> Result<Vec<f64>> {
        let Some(given) = &self.delta else { return Ok(DELTAS.to_vec()) };
        let read = |w: &str| match w.parse::<f64>() {
            Ok(d) if (0.0..=1.0).contains(&d) => Ok(d),
            _ => Err(Error::usage(format!("--delta takes numbers from 0 to 1, not `{w}`"))
                .help("0 = pulse, 1 = level shift, between = transient")),
        };
        given.list().into_iter().map(read).collect()
    }

    /// The types searched, each once.
    fn types(&self) -> Result<Vec<f64>> {
        let mut once: Vec<f64> = Vec::new();
        for delta in self.deltas()? {
            if !once.contains(&delta) {
                once.push(delta);
            }
        }
        Ok(once)
    }
}

/// The model without interventions and where its steps stand in the calendar.
struct Scene<'a> {
    session: &'a Session,
    spec: Spec,
    model: Ingarch,
    fit: IngarchFit,
    design: Design,
    grid: Grid,
    /// Step of the grid that is the design's first.
    start: usize,
    /// First day of the earliest count, fitted or not.
    recorded: Option<Date>,
    warnings: Vec<String>,
}

impl<'a> Scene<'a> {
    fn new(session: &'a Session, spec: Spec) -> Result<Scene<'a>> {
        let as_of = spec.flags.as_of(session.data.grid.frequency())?;
        let history = History::new(session, &spec, as_of, Information::AsKnown)?;
        let plan = Plan::learn(&spec.formula, &history.view, history.range.clone())?;
        let past = plan.past(&history.view, history.range.clone(), &history.observations, spec.flags.missing()?)?;
        let model = Ingarch::new(&spec.settings)?;
        let fit = model.fit_to(&past.design, &mut session.stream(&["interventions"]))?;
        let mut warnings = history.notes;
        warnings.extend(past.warnings);
        warnings.extend(fit.warnings.iter().cloned());
        let (grid, start) = (history.view.grid, past.steps.start);
        let recorded = history.observations.iter().filter_map(|o| o.span.start).min();
        Ok(Scene { session, spec, model, fit, design: past.design, grid, start, recorded, warnings })
    }

    fn frequency(&self) -> Frequency {
        self.grid.frequency()
    }

    fn period(&self, step: usize) -> Period {
        self.grid.period(self.start + step - 1)
    }

    /// The step of a period, from 1, when the model has it.
    fn step(&self, period: Period) -> Option<usize> {
        let index = self.grid.index(self.frequency().period(period.start()))?;
        (index >= self.start && index < self.start + self.design.steps()).then(|| index - self.start + 1)
    }

    /// The step that a flag names.
    fn named(&self, flag: &str, word: &Given) -> Result<usize> {
        let period = self.spec.flags.period(flag, &Some(word.clone()), self.frequency())?;
        period.and_then(|p| self.step(p)).ok_or_else(|| {
            let (first, last) = (self.period(1), self.period(self.design.steps()));
            Error::usage(format!("--{flag} {word} is outside the series")).help(format!("it has {first} to {last}"))
        })
    }

    /// The search over the window asked for.
    fn how(&self, looking: &Looking) -> Result<Search> {
        let step = |flag: &str, word: &Option<Given>| word.as_ref().map(|w| self.named(flag, w)).transpose();
        let skipped = self.fit.series.skipped;
        Ok(Search {
            from: step("first", &looking.first)?.unwrap_or(skipped + 2),
            to: step("last", &looking.last)?.unwrap_or(self.design.steps()),
            external: looking.external,
            replicates: looking.replicates,
            seed: self.session.own_seed(),
        })
    }

    fn row(&self, kind: &'static str, i: Intervention, size: Option<f64>) -> InterventionRow {
        let period = self.period(i.step);
        InterventionRow {
            kind,
            period: period.to_string(),
            step: Some(i.step),
            shape: shape(i.delta),
            delta: Some(i.delta),
            df: 1.0,
            size,
            rate_ratio: size.filter(|_| self.spec.settings.link == Link::Log).and_then(|w| num(w.exp())),
            event: self.nearest(period),
            ..InterventionRow::default()
        }
    }

    /// Events of the study: those that its formulas name and those it marks.
    fn events(&self) -> Vec<(&'a Event, Period)> {
        let study = &self.session.study;
        let formulas = study.models.iter().filter_map(|m| m.flags.formula()).chain(self.session.flags.formula());
        let formulas: String = formulas.collect();
        let used = |e: &&Event| formulas.contains(&format!("({})", e.id)) || study.data.marks.contains(&e.id);
        let mut events: Vec<(&Event, Period)> =
            self.session.latest.events.iter().filter(used).map(|e| (e, self.onset(e))).collect();
        events.sort_by_key(|(e, _)| e.start);
        events
    }

    /// The first period of which an event fills half or more, else that of its first day.
    fn onset(&self, event: &Event) -> Period {
        let first = self.frequency().period(event.start);
        let days = |p: Period| {
            (
                p.span().days().unwrap_or(1),
                crate::period::Span { start: Some(event.start), end: p.end() }.overlap(p.span()),
            )
        };
        let (all, held) = days(first);
        if 2 * held >= all { first } else { first.offset(1) }
    }

    fn nearest(&self, period: Period) -> Option<DatedEvent> {
        let events = self.events().into_iter();
        let told = events.map(|(e, onset)| dated(e, Some(onset.ordinal - period.ordinal)));
        told.min_by_key(|e| e.distance.unwrap_or(0).abs())
    }
}

fn dated(e: &Event, distance: Option<i64>) -> DatedEvent {
    DatedEvent { name: e.name.clone(), date: e.start.to_string(), distance }
}

/// The words for a decay.
fn shape(delta: f64) -> String {
    match delta {
        0.0 => "pulse".into(),
        1.0 => "level shift".into(),
        d => format!("transient (δ = {d})"),
    }
}

/// Looks for interventions in the session's series.
///
/// # Errors
/// When the data, the model or what is looked for is at fault.
pub fn interventions(session: &Session, looking: &Looking) -> Result<InterventionReport> {
    session.need_series()?;
    let scene = session.intervention_spec().and_then(|s| Scene::new(session, s)).context("model ingarch")?;
    let how = scene.how(looking)?;
    let mut report = InterventionReport {
        schema: "tumen/interventions/1",
        model: super::fit::info(&scene.spec)?,
        from: scene.period(how.from).to_string(),
        to: scene.period(how.to).to_string(),
        replicates: if looking.at.is_some() { 0 } else { looking.replicates },
        found: Vec::new(),
        events: Vec::new(),
        untested: Vec::new(),
        earlier: None,
        cleaned: None,
        together: None,
        statistics: Vec::new(),
        critical: Vec::new(),
        words: Vec::new(),
        warnings: scene.warnings.clone(),
    };
    match (&looking.at, looking.clean) {
        (Some(at), false) => report.found = known(&scene, at, looking)?,
        (Some(_), true) => return Err(Error::usage("--clean searches by itself: leave --at out")),
        (None, true) => cleaned(&scene, &how, looking, &mut report)?,
        (None, false) => searched(&scene, &how, looking, &mut report)?,
    }
    if looking.at.is_none() {
        at_events(&scene, &how, &mut report)?;
        report.earlier = earlier(&scene, &how, looking, &report);
        report.words =
            intervention_sentences(&report, scene.frequency(), &session.data.response, scene.spec.settings.level);
    }
    Ok(report)
}

/// Score tests at known times: each alone, and all together where they stand side by side.
fn known(scene: &Scene<'_>, at: &Given, looking: &Looking) -> Result<Vec<InterventionRow>> {
    let word = |w: &str| w.parse::<Given>().unwrap_or_default();
    let steps = at.list().into_iter().map(|w| scene.named("at", &word(w))).collect::<Result<Vec<usize>>>()?;
    let deltas = looking.deltas()?;
    let all: Vec<Intervention> = if deltas.len() == steps.len() && looking.delta.is_some() {
        steps.iter().zip(&deltas).map(|(step, delta)| Intervention { step: *step, delta: *delta }).collect()
    } else {
        steps.iter().flat_map(|s| deltas.iter().map(|d| Intervention { step: *s, delta: *d })).collect()
    };
    // A test asked for twice is one test.
    let mut pairs: Vec<Intervention> = Vec::new();
    for i in all {
        if !pairs.contains(&i) {
            pairs.push(i);
        }
    }
    let mut rows = Vec::new();
    for i in &pairs {
        let test = score_test(&scene.fit, &[*i], looking.external)?;
        let mut row = scene.row("test", *i, size(&scene.fit, *i, looking.external));
        (row.statistic, row.p_value) = (num(test.statistic), test.p_value);
        rows.push(row);
    }
    correct(&mut rows);
    let apart = looking.delta.is_some() && pairs.len() == steps.len() && pairs.len() > 1;
    if apart {
        let test = score_test(&scene.fit, &pairs, looking.external)?;
        rows.push(InterventionRow {
            kind: "test",
            shape: "all together".into(),
            statistic: num(test.statistic),
            df: test.df as f64,
            p_value: test.p_value,
            p_corrected: test.p_value,
            ..InterventionRow::default()
        });
    }
    Ok(rows)
}

/// Bonferroni's correction for the number of rows.
fn correct(rows: &mut [InterventionRow]) {
    let n = rows.len() as f64;
    rows.iter_mut().for_each(|r| r.p_corrected = r.p_value.map(|p| (p * n).min(1.0)));
}

fn searched(scene: &Scene<'_>, how: &Search, looking: &Looking, report: &mut InterventionReport) -> Result<()> {
    let deltas = looking.types()?;
    let alpha = 1.0 - scene.spec.settings.level;
    for delta in deltas.iter().copied() {
        let found = search(&scene.fit, delta, how)?;
        let critical = found.critical(alpha / deltas.len() as f64, how);
        report.critical.extend(critical.map(|statistic| CriticalValue { delta, alpha, statistic }));
        report.statistics.extend(found.statistics.iter().map(|(step, statistic)| StepStatistic {
            period: scene.period(*step).to_string(),
            delta,
            statistic: *statistic,
        }));
        report.found.push(found_row(scene, &found));
    }
    correct(&mut report.found);
    Ok(())
}

fn found_row(scene: &Scene<'_>, found: &Found) -> InterventionRow {
    let mut row = scene.row("search", found.intervention, found.size);
    row.statistic = num(found.statistic);
    let steps = found.statistics.len() as f64;
    row.p_value = found.p_value.or_else(|| chi2_tail(found.statistic, 1.0).map(|p| (p * steps).min(1.0)));
    row
}

fn cleaned(scene: &Scene<'_>, how: &Search, looking: &Looking, report: &mut InterventionReport) -> Result<()> {
    if how.replicates == 0 {
        return Err(Error::usage("--clean needs the bootstrap").help("give --replicates a number from 99 up"));
    }
    let alpha = 1.0 - scene.spec.settings.level;
    let deltas = looking.types()?;
    let least = deltas.len() as f64 / (how.replicates as f64 + 1.0);
    if least > alpha {
        report.warnings.push(format!(
            "with {} replicates no p-value can fall below {least:.2}, so that nothing can be found; give --replicates a \
             number from 99 up",
            how.replicates
        ));
    }
    let mut stream = scene.session.stream(&["interventions", "clean"]);
    let Cleaning { detected, rest, together, .. } =
        clean(&scene.model, &scene.design, &deltas, how, alpha, MOST, &mut stream)?;
    let rows = |kind, list: Vec<Detected>| -> Vec<InterventionRow> {
        let row = |d: Detected| InterventionRow {
            statistic: num(d.statistic),
            p_value: None,
            p_corrected: d.p_value,
            ..scene.row(kind, d.intervention, d.size)
        };
        list.into_iter().map(row).collect()
    };
    report.cleaned = Some(rows("clean", detected));
    report.found = rows("search", rest);
    report.together = Some(together);
    Ok(())
}

/// A level shift at the onset of each event of the study, each alone.
fn at_events(scene: &Scene<'_>, how: &Search, report: &mut InterventionReport) -> Result<()> {
    let mut tested = Vec::new();
    for (event, onset) in scene.events() {
        let step = scene.step(onset).filter(|s| (how.from..=how.to).contains(s));
        let Some(i) = step.map(|step| Intervention { step, delta: 1.0 }) else {
            report.untested.push(dated(event, None));
            continue;
        };
        match score_test(&scene.fit, &[i], how.external) {
            Ok(test) => {
                let mut row = scene.row("event", i, size(&scene.fit, i, how.external));
                (row.statistic, row.p_value) = (num(test.statistic), test.p_value);
                row.event = Some(dated(event, Some(0)));
                report.events.push(row);
                tested.push((i, test.statistic));
            }
            Err(_) => report.untested.push(dated(event, None)),
        }
    }
    let (at, observed): (Vec<Intervention>, Vec<f64>) = tested.into_iter().unzip();
    let level = 1.0 - scene.spec.settings.level;
    if !at.is_empty() {
        for (row, s) in report.events.iter_mut().zip(known_p(&scene.fit, &at, &observed, level, how)) {
            (row.p_value, row.p_error, row.replicates) = (Some(s.p), num(s.error), Some(s.replicates));
            row.decided = Some(s.decided);
        }
    }
    correct(&mut report.events);
    Ok(())
}

/// The search over the whole record, where events lie among counts from before the study's start. It is not simulated: a model
/// of all years is another question, which `--start` asks in full.
fn earlier(scene: &Scene<'_>, how: &Search, looking: &Looking, report: &InterventionReport) -> Option<Earlier> {
    let since = scene.frequency().period(scene.recorded?);
    let among = |onset: Period| since.ordinal < onset.ordinal && onset.ordinal < scene.period(1).ordinal;
    let events: Vec<DatedEvent> =
        scene.events().into_iter().filter(|(_, onset)| among(*onset)).map(|(e, _)| dated(e, None)).collect();
    if events.is_empty() {
        return None;
    }
    let mut spec = scene.spec.clone();
    spec.flags.start = since.to_string().parse().ok();
    let whole = Scene::new(scene.session, spec).ok()?;
    let (first, last) = (whole.fit.series.skipped + 2, whole.design.steps());
    let how = Search { from: first, to: last, replicates: 0, ..how.clone() };
    let find = |delta: f64| {
        let found = search(&whole.fit, delta, &how).ok()?;
        Some(InterventionRow { p_value: None, ..found_row(&whole, &found) })
    };
    let at = |row: &InterventionRow| {
        let step = whole.step(scene.period(row.step?))?;
        num(score_test(&whole.fit, &[Intervention { step, delta: 1.0 }], how.external).ok()?.statistic)
    };
    Some(Earlier {
        start: since.to_string(),
        events,
        found: looking.deltas().ok()?.into_iter().filter_map(find).collect(),
        statistics: report.events.iter().map(at).collect(),
    })
}
