//! `data show` and `data check`: the data as a model would meet them, and what is wrong with them.

use super::Session;
use crate::data::build::CALENDAR;
use crate::data::reconcile::{Contradiction, Revision, label, reconcile};
use crate::data::{Column, Dataset, Observation, Status, Values};
use crate::error::Result;
use crate::period::show_day;
use crate::results::{
    AnnouncedFigure, CheckReport, ContradictionRow, CovariateCheck, DataTable, ReconciledRow, RevisionRow,
};
use serde_json::Value;

/// Counts and covariates by period, as recorded by now or as known on `--as-of`.
///
/// # Errors
/// When `--as-of` is not a date.
pub fn show(session: &Session) -> Result<DataTable> {
    let frequency = session.data.grid.frequency();
    let as_of = session.flags.as_of(frequency)?;
    let view = match as_of {
        Some(date) => session.data.as_of(date).latest(),
        None => session.latest.clone(),
    };
    let in_formula = in_formula(session);
    let columns = columns(&view, &in_formula);
    let mut table = DataTable {
        schema: "tumen/data/1",
        columns: ["period", "start", "end", view.response.as_str(), "status", "known_from"].map(String::from).to_vec(),
        in_formula: in_formula.clone(),
        notes: Vec::new(),
        rows: Vec::new(),
    };
    table.columns.extend(columns.iter().map(|c| c.name.clone()));
    let choice = view.choice();
    let chosen = choice.fitted;
    table.notes = session.factors.iter().cloned().chain(choice.worked_out).chain(choice.doubtful).collect();
    let open = view.observations.iter().filter(|o| o.span.start.is_none());
    for o in open.chain(&chosen) {
        let step = (o.span.as_period().is_some()).then(|| view.grid.index(frequency.period(o.span.end))).flatten();
        let step = step.filter(|s| o.span == view.grid.period(*s).span());
        let mut row = vec![
            Value::from(o.span.label(frequency)),
            o.span.start.map_or(Value::Null, |d| d.to_string().into()),
            o.span.end.to_string().into(),
            o.count.map_or(Value::Null, Value::from),
            o.status.name().into(),
            show_day(o.known_from(), frequency).into(),
        ];
        row.extend(columns.iter().map(|c| step.map_or(Value::Null, |s| cell(&c.values, s))));
        table.rows.push(row);
    }
    if let Some(date) = as_of {
        running(session, date, &chosen, &mut table);
    }
    rows_without_counts(&view, &mut table, &columns);
    table.rows.sort_by(|a, b| (a[2].as_str(), a[1].as_str()).cmp(&(b[2].as_str(), b[1].as_str())));
    Ok(table)
}

/// The columns that formulas use.
pub(super) fn in_formula(session: &Session) -> Vec<String> {
    session.specs().map_or_else(|_| Vec::new(), |s| s.iter().flat_map(|s| s.formula.columns()).collect())
}

/// The covariates to show. The time is said by the period; its own columns are for formulas that use them.
pub(super) fn columns<'a>(view: &'a Dataset, in_formula: &[String]) -> Vec<&'a Column> {
    let shown = |c: &&Column| c.source != CALENDAR || (in_formula.contains(&c.name) && c.name != "period");
    let known = |c: &&Column| (0..view.grid.len).any(|s| c.values.is_known(s));
    view.columns.iter().filter(shown).filter(known).collect()
}

/// What was announced of the steps after the last whole one: the running year.
fn running(session: &Session, date: jiff::civil::Date, chosen: &[crate::data::Observation], table: &mut DataTable) {
    let Some(last) = chosen.iter().map(|o| o.span.end).max() else { return };
    let view = session.everything.as_of(date).latest();
    let later = view.observations.iter().filter(|o| o.span.start.is_some_and(|s| s > last));
    for o in later {
        let mut row = vec![
            Value::from(o.span.label(session.data.grid.frequency())),
            o.span.start.map_or(Value::Null, |d| d.to_string().into()),
            o.span.end.to_string().into(),
            o.count.map_or(Value::Null, Value::from),
            o.status.name().into(),
            show_day(o.known_from(), session.data.grid.frequency()).into(),
        ];
        row.resize(table.columns.len(), Value::Null);
        table.rows.push(row);
    }
}

/// Periods for which only covariates are known, or that stand in the file without a count.
pub(super) fn rows_without_counts(view: &Dataset, table: &mut DataTable, columns: &[&Column]) {
    let there: std::collections::HashSet<String> =
        table.rows.iter().filter_map(|r| r[0].as_str().map(String::from)).collect();
    for s in 0..view.grid.len {
        let period = view.grid.period(s);
        if there.contains(&period.to_string()) || !view.columns.iter().any(|c| c.values.is_known(s)) {
            continue;
        }
        let mut row: Vec<Value> =
            [period.to_string(), period.start().to_string(), period.end().to_string()].map(Value::from).to_vec();
        row.resize(table.columns.len() - columns.len(), Value::Null);
        row.extend(columns.iter().map(|c| cell(&c.values, s)));
        table.rows.push(row);
    }
}

pub(super) fn cell(values: &Values, step: usize) -> Value {
    match values {
        Values::Number(v) => v.get(step).filter(|x| x.is_finite()).map_or(Value::Null, |x| Value::from(*x)),
        Values::Text { levels, codes } => {
            codes.get(step).copied().flatten().map_or(Value::Null, |c| levels[c as usize].clone().into())
        }
    }
}

/// Number of figures.
fn counted(data: &Dataset) -> usize {
    data.observations.iter().filter(|o| o.count.is_some()).count()
}

fn reconciled(o: &Observation) -> ReconciledRow {
    ReconciledRow {
        span: label(o.span),
        start: o.span.start.map(|d| d.to_string()),
        end: o.span.end.to_string(),
        count: o.count,
        from: if o.derived { o.note.clone() } else { String::new() },
        status: o.status.name(),
        known_from: o.known_from().to_string(),
        sources: o.source.split(';').map(|s| s.trim().to_string()).filter(|s| !s.is_empty()).collect(),
    }
}

fn revision(r: &Revision) -> RevisionRow {
    let figure =
        |(day, count): &(jiff::civil::Date, u64)| AnnouncedFigure { announced: day.to_string(), count: *count };
    RevisionRow { span: label(r.span), figures: r.values.iter().map(figure).collect() }
}

/// Where the latest figure of a span is provisional although a final one was announced before: a slip of one of the two
/// dates or words, or a revision that is not final yet.
fn replaced(data: &Dataset) -> Vec<String> {
    let say = |o: &Observation| {
        let source = if o.source.is_empty() { String::new() } else { format!(" [{}]", o.source) };
        format!("{}, announced on {}{source}", o.count.unwrap_or_default(), o.known_from())
    };
    let counts: Vec<&Observation> = data.observations.iter().filter(|o| o.count.is_some()).collect();
    let spans = counts.chunk_by(|a, b| a.span == b.span);
    spans
        .filter_map(|vintages| {
            let (last, earlier) = vintages.split_last()?;
            let kept = earlier.iter().rev().find(|o| o.status == Status::Final)?;
            let (name, last_is) = (label(last.span), last.status == Status::Provisional);
            last_is.then(|| format!("{name}: the provisional {} stands in place of the final {}", say(last), say(kept)))
        })
        .collect()
}

/// What the data hold and what is wrong with them.
///
/// # Errors
/// When `--as-of` is not a date.
pub fn check(session: &Session) -> Result<CheckReport> {
    let data = &session.data;
    let as_of = session.flags.as_of(data.grid.frequency())?;
    let seen = |d: &Dataset| as_of.map_or_else(|| d.clone(), |date| d.as_of(date));
    let (latest, everything) = (seen(data).latest(), seen(&session.everything));
    let choice = latest.choice();
    let chosen = &choice.fitted;
    let all = reconcile(&everything);
    let contradiction = |c: &Contradiction| ContradictionRow {
        kind: c.kind.name(),
        spans: c.figures.iter().map(|o| o.span.label(data.grid.frequency())).collect(),
        difference: c.difference,
        words: c.words.clone(),
        sources: c.sources.clone(),
    };
    let count = |c: &crate::data::Column| (0..data.grid.len).filter(|s| c.values.is_known(*s)).count();
    let known = |c: &crate::data::Column| {
        let steps: Vec<usize> = (0..data.grid.len).filter(|s| c.values.is_known(*s)).collect();
        steps
            .first()
            .zip(steps.last())
            .map(|(a, b)| (data.grid.period(*a).to_string(), data.grid.period(*b).to_string()))
    };
    let covariates = latest.columns.iter().filter(|c| c.source != crate::data::build::CALENDAR);
    Ok(CheckReport {
        schema: "tumen/check/1",
        response: data.response.clone(),
        frequency: data.grid.frequency().name().into(),
        records: counted(&everything),
        spans: counted(&everything.latest()),
        fitted: chosen.len(),
        first: chosen.first().map(|o| o.span.label(data.grid.frequency())),
        last: chosen.last().map(|o| o.span.label(data.grid.frequency())),
        covariates: covariates
            .map(|c| CovariateCheck {
                name: c.name.clone(),
                known: count(c),
                first: known(c).map(|k| k.0),
                last: known(c).map(|k| k.1),
                vintages: c.vintages.len(),
            })
            .collect(),
        events: data.events.len(),
        derived: all.derived.len(),
        reconciliation: all.derived.iter().map(reconciled).collect(),
        undated: everything.observations.iter().filter(|o| o.undated && o.announced.is_none()).count(),
        revised: all.revisions.len(),
        revisions: all.revisions.iter().map(revision).collect(),
        contradictions: all.contradictions.iter().map(contradiction).collect(),
        replaced: replaced(&everything),
        left_out: choice.left_out,
        worked_out: choice.worked_out,
        doubtful: choice.doubtful,
        notes: session.notes.iter().chain(&session.details).cloned().collect(),
    })
}
