//! `report`: all results and the words around them.

use super::{Ask, Looking, REPLICATES, Session, backtest, effects, fit, forecast, interventions};
use crate::data::{Observation, Status};
use crate::error::Result;
use crate::period::Frequency;
use crate::report::words::{self, Expected, TermWords};
use crate::report::{EventMark, FittedPoint, Page, ScenarioText, SeriesPoint, Stamp};
use crate::results::{BacktestReport, FitReport, ForecastReport, InterventionReport};
use crate::study::EffectWords;

/// Level of the intervals that sentences quote.
const QUOTED: f64 = 0.8;

/// Steps up to which it is bootstrapped.
const BOOTSTRAPPED: usize = 60;
/// Steps up to which it is made.
const SEARCHED: usize = 600;

/// Runs all the jobs and fills the page.
///
/// # Errors
/// As `fit`, `forecast` and `backtest`; a back-test that has nothing to score is left out with a note.
pub fn page(session: &Session) -> Result<Page> {
    let fits = fit(session)?;
    let forecasts = forecast(session)?;
    let mut notes = session.study.data.doubts.clone();
    let backtest = match backtest(session) {
        Ok(b) => Some(b),
        Err(e) => {
            notes.push(format!("No back-test: {}.", e.message()));
            None
        }
    };
    let effects = match effects(session, &Ask::default()) {
        Ok(e) => Some(e),
        // A model without coefficients on a linear predictor: the sections are left out.
        Err(e) if e.exit_code() == 2 => None,
        Err(e) => {
            notes.push(format!("No attributable counts: {}.", e.message()));
            None
        }
    };
    let mut page = frame(session, &fits)?;
    notes.extend(session.notes.iter().cloned());
    notes.extend(session.latest.choice().doubtful);
    page.notes = notes;
    page.stamp = stamp(session, &forecasts);
    page.level = session.flags.settings()?.level;
    if let Some(main) = fits.fits.first() {
        page.effects_words = words::effect_sentences(&main.terms, &page.terms, &page.response, page.level);
    }
    page.backtest_words = backtest.as_ref().map(words::backtest_sentences).unwrap_or_default();
    page.headline = headline(&page, &forecasts, backtest.as_ref());
    page.interventions = breaks(session, serial_model(session)?.is_some(), &mut page.notes);
    page.fit = Some(fits);
    page.effects = effects;
    page.forecast = Some(forecasts);
    page.backtest = backtest;
    Ok(page)
}

/// What the study and its data give a page, before any result.
fn frame(session: &Session, fits: &FitReport) -> Result<Page> {
    let study = &session.study;
    let response = &session.data.response;
    let title = if study.title.is_empty() { words::capital(response) } else { study.title.clone() };
    let mut page = Page::new(title, response.clone(), session.data.grid.frequency());
    page.subtitle = study.about.split_whitespace().collect::<Vec<_>>().join(" ");
    page.terms = study.effects.iter().map(term_words).collect();
    if let (Some(model), Some(main)) = (serial_model(session)?, fits.fits.first()) {
        let words = main.terms.iter().filter_map(|t| words::serial_words(model, &main.model.link, &t.term));
        page.terms.extend(words);
    }
    page.scenarios = scenario_texts(session)?;
    page.series = series(session);
    page.fitted = fitted(fits, session);
    page.events = event_marks(session, fits);
    page.sources.clone_from(&session.sources);
    page.study.clone_from(&study.text);
    page.formula = fits.fits.first().map(|f| f.model.formula.clone()).unwrap_or_default();
    Ok(page)
}

/// The main model's name in the menu, when it is one of serial dependence.
fn serial_model(session: &Session) -> Result<Option<&'static str>> {
    let main = session.specs()?.first().map(|s| s.entry.name);
    Ok(main.filter(|name| ["ingarch", "glarma"].contains(name)))
}

/// The search for interventions, where the rows are known to be in order of time (on a calendar, or under a model of serial
/// dependence): by bootstrap when the series is short, by Bonferroni's bound when it is longer, and left out where it would
/// take longer than all the rest.
fn breaks(session: &Session, serial: bool, notes: &mut Vec<String>) -> Option<InterventionReport> {
    let replicates = match session.data.grid.len {
        _ if session.data.grid.frequency() == Frequency::Step && !serial => return None,
        0..=BOOTSTRAPPED => REPLICATES,
        n if n <= SEARCHED => 0,
        _ => return None,
    };
    match interventions(session, &Looking { replicates, ..Looking::default() }) {
        Ok(report) => Some(report),
        // Settings meant for other models: the search is an extra, not what was asked for.
        Err(e) if e.exit_code() == 2 => None,
        Err(e) => {
            notes.push(format!("No search for breaks in the series: {}.", e.message()));
            None
        }
    }
}

/// What came out, in order of importance: what to expect, whether to believe it, what drove it.
fn headline(page: &Page, forecasts: &ForecastReport, backtest: Option<&BacktestReport>) -> Vec<String> {
    let mut lines = Vec::new();
    let main = forecasts.forecasts.first().map(|f| f.model.as_str());
    for f in forecasts.forecasts.iter().filter(|f| Some(f.model.as_str()) == main) {
        lines.extend(words::forecast_sentence(f, page.scenario_label(&f.scenario), &page.response, QUOTED));
    }
    let believed = backtest.and_then(|b| {
        let all = words::backtest_sentences(b);
        main.and_then(|m| all.into_iter().find(|s| s.contains(m)))
    });
    lines.extend(believed);
    lines.extend(page.effects_words.iter().cloned());
    lines
}

fn term_words(e: &EffectWords) -> TermWords {
    let plain = TermWords::plain(&e.term);
    TermWords {
        term: e.term.clone(),
        label: if e.label.is_empty() { plain.label } else { e.label.clone() },
        when: if e.condition.is_empty() { plain.when } else { e.condition.clone() },
        by: if e.doubling { std::f64::consts::LN_2 } else { 1.0 },
        expected: match e.expected.as_str() {
            "+" => Some(Expected::More),
            "-" | "−" => Some(Expected::Fewer),
            _ => None,
        },
    }
}

fn scenario_texts(session: &Session) -> Result<Vec<ScenarioText>> {
    let text = |s: crate::data::scenario::Scenario| {
        let label = if s.label.is_empty() { s.name.replace('-', " ") } else { s.label.clone() };
        ScenarioText { name: s.name.clone(), label, assumes: s.about.clone() }
    };
    Ok(session.scenarios()?.into_iter().map(text).collect())
}

/// The recorded series: what is fitted, and before it the sums that stand in the record.
fn series(session: &Session) -> Vec<SeriesPoint> {
    let frequency = session.data.grid.frequency();
    let (chosen, _) = session.latest.choose();
    let open = session.latest.observations.iter().filter(|o| o.span.start.is_none());
    let point = |o: &Observation| SeriesPoint {
        start: o.span.start,
        end: o.span.end,
        label: o.span.words(frequency),
        count: o.count.map(|c| c as f64),
        status: if o.status == Status::Final { "final".into() } else { o.status.name().to_string() },
        note: o.note.clone(),
    };
    let mut points: Vec<SeriesPoint> = open.chain(&chosen).map(point).collect();
    points.sort_by_key(|p| p.end);
    points
}

fn fitted(fits: &FitReport, session: &Session) -> Vec<FittedPoint> {
    let Some(main) = fits.fits.first() else { return Vec::new() };
    let frequency = session.data.grid.frequency();
    let (chosen, _) = session.latest.choose();
    let find = |label: &str| chosen.iter().find(|o| o.span.label(frequency) == label);
    let rows = main.rows.iter().filter_map(|r| {
        let o = find(&r.period)?;
        let point = SeriesPoint { start: o.span.start, end: o.span.end, ..SeriesPoint::default() };
        Some(FittedPoint { start: o.span.start, end: o.span.end, value: r.fitted? / point.steps(frequency)? })
    });
    rows.collect()
}

/// The events that the main formula uses, and those the study marks.
fn event_marks(session: &Session, fits: &FitReport) -> Vec<EventMark> {
    let formula = fits.fits.first().map(|f| f.model.formula.as_str()).unwrap_or_default();
    let marked =
        |e: &crate::data::Event| formula.contains(&format!("({})", e.id)) || session.study.data.marks.contains(&e.id);
    let mark = |e: &crate::data::Event| EventMark {
        start: e.start,
        end: e.end,
        label: e.name.clone(),
        category: e.category.clone(),
    };
    session.latest.events.iter().filter(|e| marked(e)).map(mark).collect()
}

fn stamp(session: &Session, forecasts: &ForecastReport) -> Stamp {
    Stamp {
        version: env!("CARGO_PKG_VERSION").into(),
        seed: session.seed,
        draws: session.draws,
        data_fingerprint: session.fingerprint.clone(),
        command: session.command.clone(),
        origin_date: forecasts.forecasts.first().map(|f| f.origin_date.clone()).unwrap_or_default(),
    }
}
