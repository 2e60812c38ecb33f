//! `data export`: what is fitted, and word of what is not in it; or every figure that was recorded.

use super::Session;
use super::data::{cell, columns, in_formula, rows_without_counts, show};
use crate::data::{Dataset, Known, Observation, recorded_by};
use crate::error::Result;
use crate::period::Frequency;
use crate::results::DataTable;
use serde_json::Value;
use std::collections::HashSet;

/// The table of an export: the observations that are fitted, or with `all_vintages` each recorded figure, with the day of
/// its announcement, its status and its span; covariates stand beside the figures of whole steps. Its notes say what is not
/// in it.
///
/// # Errors
/// When `--as-of` is not a date.
pub fn export(session: &Session, all_vintages: bool) -> Result<DataTable> {
    // A plain step is recorded once, and whole.
    let steps = session.data.grid.frequency() == Frequency::Step;
    let mut table = if all_vintages && !steps { every_figure(session)? } else { show(session)? };
    if !all_vintages {
        let rest = left_out(&everything(session)?, &table);
        table.notes.extend(rest);
    }
    table.notes.extend(of_its_own(session));
    if steps {
        without_days(&mut table);
    }
    Ok(table)
}

/// All figures, as recorded by now or as known on `--as-of`.
fn everything(session: &Session) -> Result<Dataset> {
    let as_of = session.flags.as_of(session.data.grid.frequency())?;
    let mut all = as_of.map_or_else(|| session.everything.clone(), |date| session.everything.as_of(date));
    all.sort();
    Ok(all)
}

fn every_figure(session: &Session) -> Result<DataTable> {
    let all = everything(session)?;
    let view = all.clone().latest();
    let frequency = view.grid.frequency();
    let in_formula = in_formula(session);
    let covariates = columns(&view, &in_formula);
    let heads = ["period", "start", "end", &all.response, "announced_on", "status", "basis", "source_ids", "note"];
    let heads = heads.map(String::from).into_iter().chain(covariates.iter().map(|c| c.name.clone()));
    let mut table = DataTable {
        schema: "tumen/data/1",
        columns: heads.collect(),
        in_formula,
        notes: session.factors.clone(),
        rows: Vec::new(),
    };
    let day = |d: Option<jiff::civil::Date>| d.map_or(Value::Null, |d| d.to_string().into());
    for o in &all.observations {
        let step = view.grid.index(frequency.period(o.span.end)).filter(|s| o.span == view.grid.period(*s).span());
        let mut row = vec![
            o.span.label(frequency).into(),
            day(o.span.start),
            day(Some(o.span.end)),
            o.count.map_or(Value::Null, Value::from),
            day(o.announced),
            o.status.name().into(),
            if o.derived { "derived" } else { "reported" }.into(),
            o.source.as_str().into(),
            o.note.as_str().into(),
        ];
        row.extend(covariates.iter().map(|c| step.map_or(Value::Null, |s| cell(&c.values, s))));
        table.rows.push(row);
    }
    rows_without_counts(&view, &mut table, &covariates);
    table.rows.sort_by(|a, b| (a[2].as_str(), a[1].as_str()).cmp(&(b[2].as_str(), b[1].as_str())));
    let usual = recorded_by(&all.observations);
    if frequency != usual {
        let (ours, theirs) = (frequency.name(), usual.name());
        table.notes.push(format!(
            "most of these figures are by {theirs}: to fit the export by {ours} as here, say --frequency {ours}"
        ));
    }
    if !session.study.data.also.is_empty() {
        table.notes.push(
            "the figures of the files in `also` stand among the others: read again, they take part in the choice of what \
             is fitted"
                .into(),
        );
    }
    Ok(table)
}

/// What of the recorded figures the table does not have.
fn left_out(all: &Dataset, table: &DataTable) -> Option<String> {
    let text = |v: &Value| v.as_str().map(String::from);
    let there: HashSet<_> = table.rows.iter().map(|r| (text(&r[1]), text(&r[2]), r[3].as_u64())).collect();
    let spans: HashSet<_> = there.iter().filter(|r| r.2.is_some()).map(|r| (r.0.clone(), r.1.clone())).collect();
    let key = |o: &Observation| (o.span.start.map(|d| d.to_string()), Some(o.span.end.to_string()));
    let missing = |o: &&Observation| {
        let (start, end) = key(o);
        o.count.is_some() && !there.contains(&(start, end, o.count))
    };
    let (earlier, others): (Vec<&Observation>, Vec<_>) =
        all.observations.iter().filter(missing).partition(|o| spans.contains(&key(o)));
    let mut kinds = Vec::new();
    if !earlier.is_empty() {
        kinds.push(format!("{} of other vintages", earlier.len()));
    }
    if !others.is_empty() {
        kinds.push(format!("{} of other spans", others.len()));
    }
    let n = earlier.len() + others.len();
    let (s, is) = if n == 1 { ("", "is") } else { ("s", "are") };
    (n > 0).then(|| {
        format!("{n} recorded figure{s} {is} not in this export ({}): --all-vintages writes all", kinds.join(", "))
    })
}

/// What no table of counts and covariates can say.
fn of_its_own(session: &Session) -> Option<String> {
    let columns = || session.data.columns.iter();
    let mut what = Vec::new();
    if columns().any(|c| !c.vintages.is_empty()) {
        what.push("vintages of covariates");
    }
    if columns().any(|c| matches!(c.known, Known::After { months, days } if months != 0 || days != 0)) {
        what.push("publication lags");
    }
    if !session.data.events.is_empty() {
        what.push("events");
    }
    let (last, most) = what.split_last()?;
    let list = if most.is_empty() { (*last).to_string() } else { format!("{} and {last}", most.join(", ")) };
    Some(format!("{list} are not in an export: keep the study's files for them"))
}

/// Plain steps have no days: without these columns they are read again.
fn without_days(table: &mut DataTable) {
    let days = ["start", "end", "known_from"];
    let keep: Vec<bool> = table.columns.iter().enumerate().map(|(j, c)| j > 5 || !days.contains(&c.as_str())).collect();
    let kept = |j: usize| keep.get(j).copied().unwrap_or(true);
    let mut j = 0..;
    table.columns.retain(|_| j.next().is_some_and(kept));
    for row in &mut table.rows {
        let mut j = 0..;
        row.retain(|_| j.next().is_some_and(kept));
    }
}
