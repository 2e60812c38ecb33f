//! The long text of a wide table, with the cell of the file behind each of its cells.

use super::WideOptions;
use super::header::{Beside, Layout};
use super::melt::{Cell, Entry, Series};
use crate::data::converted::{Address, Origin, csv_text};
use crate::data::source::Source;
use crate::data::table::Table;
use crate::data::time::NAMES;
use crate::error::Result;
use crate::period::Span;
use jiff::civil::Date;
use std::iter::repeat_n;

/// The name of the column that says which figures are provisional.
const STATUS: &str = "status";

/// The columns of periods of the long text, and what a row has in them.
enum TimeColumns {
    /// One, of this name: where all periods are of one length, or the study names it.
    One(String),
    /// The first and the last day.
    Days,
}

impl TimeColumns {
    fn of(table: &Table, layout: &Layout, options: &WideOptions, groups: &[(Vec<String>, Series)]) -> Self {
        let year = match layout.across.beside {
            Beside::Year(f) => Some(&table.columns[f].name),
            _ => None,
        };
        let length = layout.across.row_length();
        let alike = |e: &Entry| e.span.as_period().is_some_and(|p| p.frequency == length);
        if options.time.is_none() && !groups.iter().all(|(_, series)| series.values().all(alike)) {
            return TimeColumns::Days;
        }
        let found = |n: &&String| options.time.as_ref() == Some(*n) || NAMES.iter().any(|k| k.eq_ignore_ascii_case(n));
        TimeColumns::One(year.filter(found).map_or_else(|| "period".to_string(), String::clone))
    }

    fn names(&self) -> Vec<String> {
        match self {
            TimeColumns::One(name) => vec![name.clone()],
            TimeColumns::Days => ["period_start", "period_end"].map(String::from).to_vec(),
        }
    }

    fn cells(&self, span: Span) -> Vec<String> {
        let day = |d: Option<Date>| d.map_or_else(String::new, |d| d.to_string());
        match (self, span.as_period(), span.start) {
            (TimeColumns::Days, ..) => vec![day(span.start), span.end.to_string()],
            (_, Some(p), _) => vec![p.to_string()],
            (_, _, Some(start)) => vec![format!("{start}–{}", span.end)],
            _ => vec![format!("up to {}", span.end)],
        }
    }
}

/// The columns of the long table.
struct Shape<'a> {
    table: &'a Table,
    layout: &'a Layout,
    names: &'a [String],
    times: TimeColumns,
    status: bool,
}

impl Shape<'_> {
    fn header(&self, first: usize) -> (Vec<String>, Vec<Origin>) {
        let Layout { by, variables, .. } = self.layout;
        let labels = by.iter().map(|f| self.table.columns[*f].name.clone());
        let status = self.status.then(|| STATUS.to_string());
        let times = self.times.names();
        let origins = by.iter().map(|f| head(*f)).chain(repeat_n(head(first), times.len()));
        let values = repeat_n(head(variables.unwrap_or(first)), self.names.len());
        let origins = origins.chain(values).chain(repeat_n(head(first), usize::from(self.status)));
        let origins = origins.collect();
        (labels.chain(times).chain(self.names.iter().cloned()).chain(status).collect(), origins)
    }

    /// A row; none without any cell.
    fn row(&self, key: &[String], entry: &Entry) -> Option<(Vec<String>, Vec<Origin>)> {
        let (row, field) = entry.cells.iter().flatten().next().copied()?;
        let time = self.layout.across.time().map_or(head(field), |f| at((row, f)));
        let times = self.times.cells(entry.span);
        let labels = self.layout.by.iter().map(|f| at((row, *f)));
        let origins = labels.chain(repeat_n(time, times.len()));
        let origins = origins.chain(entry.cells.iter().map(|c| c.map_or(head(field), at)));
        let origins = origins.chain(repeat_n(head(field), usize::from(self.status))).collect();
        let text = |(r, f): Cell| self.table.columns[f].text(r).into_owned();
        let values = entry.cells.iter().map(|c| c.map_or_else(String::new, text));
        let status = if entry.provisional { "provisional" } else { "final" };
        let status = self.status.then(|| status.to_string());
        Some((key.iter().cloned().chain(times).chain(values).chain(status).collect(), origins))
    }
}

fn head(field: usize) -> Origin {
    Origin { record: 0, field }
}

fn at((row, field): Cell) -> Origin {
    Origin { record: row + 1, field }
}

/// Writes the rows of all groups.
pub(super) fn write(
    table: &Table,
    layout: &Layout,
    options: &WideOptions,
    names: &[String],
    groups: Vec<(Vec<String>, Series)>,
    note: String,
) -> Result<Source> {
    let times = TimeColumns::of(table, layout, options, &groups);
    let marked = groups.iter().any(|(_, series)| series.values().any(|e| e.provisional));
    let status = options.spans && marked && names.iter().all(|n| n != STATUS);
    let shape = Shape { table, layout, names, times, status };
    let first = layout.across.slots.first().map_or(0, |s| s.field);
    let of_group = |(key, series): &(Vec<String>, Series)| -> Vec<_> {
        series.values().filter_map(|entry| shape.row(key, entry)).collect()
    };
    let all = std::iter::once(shape.header(first)).chain(groups.iter().flat_map(of_group));
    let (rows, origins): (Vec<Vec<String>>, Vec<Vec<Origin>>) = all.unzip();
    let notes = table.notes.iter().cloned().chain([note]).collect();
    let address = Address::Long {
        source: Box::new(table.source.clone()),
        dialect: table.dialect,
        lines: [1].into_iter().chain(table.lines()).collect(),
        origins: origins.into(),
    };
    Ok(Source::converted(table.source.name().to_string(), csv_text(rows.iter())?, address, notes))
}
