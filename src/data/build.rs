//! From a table to a data set: wide tables with a time column, and tables of spans.

use super::table::{Cells, Table, TableColumn, WITH_LINES};
use super::time::{TimeOptions, Times, steps, times};
use super::{Column, Dataset, Known, Observation, Status, spans};
use crate::error::{Error, Result, suggest};
use crate::period::{Grid, Period};
use std::collections::HashSet;

/// Makes a data set of a table: one row per period with a time column, or one per span with `period_start` and
/// `period_end` (see [`TimeOptions`]). Returns it with notes on what was done.
///
/// # Errors
/// On an unknown response (with the nearest names), a count that is text, negative or fractional, a time that cannot be
/// read, a period given twice (with both lines), and missing periods unless allowed.
pub fn from_table(table: &Table, response: &str, options: &TimeOptions) -> Result<(Dataset, Vec<String>)> {
    let counts_column = response_column(table, response)?;
    let counts = counts(table, counts_column)?;
    let (mut data, mut notes) =
        if spans::has_spans(table, options.time.as_deref()) || spans::is_announced(table, options) {
            spans::from_spans(table, counts_column, &counts, options)?
        } else {
            wide(table, counts_column, &counts, options)?
        };
    data.sort();
    data.unread.clone_from(&table.unread);
    notes.splice(0..0, table.notes.iter().cloned());
    Ok((data, notes))
}

fn response_column<'a>(table: &'a Table, response: &str) -> Result<&'a TableColumn> {
    table.column(response).ok_or_else(|| {
        Error::data(format!("unknown response `{response}`"))
            .help(suggest(response, table.names()))
            .at(table.source.at(1))
    })
}

/// The counts of a column: whole numbers from 0.
pub(super) fn counts(table: &Table, column: &TableColumn) -> Result<Vec<Option<u64>>> {
    let Cells::Number(values) = &column.cells else { return Err(table.not_a_number(column)) };
    let wrong = |row: usize, what: &str, remedy: &str| {
        let cell = table.written(row, column);
        Error::data(format!("`{cell}` in column `{}` is {what}, but the response counts: 0, 1, 2 …", column.name))
            .at(table.place(row, column))
            .help(remedy)
    };
    let thousands = match table.dialect.decimal.point {
        b',' => "if the comma separates thousands, say `--decimal '.'`",
        _ => "if the point separates thousands, say `--decimal ','`",
    };
    let counts = values.iter().enumerate().map(|(row, v)| match *v {
        v if v.is_nan() => Ok(None),
        v if v < 0.0 => Err(wrong(row, "negative", "leave the cell empty (or `NA`) if the count is not known")),
        v if v.fract() != 0.0 => Err(wrong(row, "not a whole number", thousands)),
        v if v > 9e15 => Err(wrong(row, "too large", "counts up to 9 000 000 000 000 000 are read exactly")),
        v => Ok(Some(v as u64)),
    });
    let counts = counts.collect::<Result<Vec<_>>>()?;
    if counts.iter().all(Option::is_none) {
        let message = format!("column `{}` holds no counts: every cell is empty", column.name);
        return Err(Error::data(message).at(table.header_place(column)).help("name another response in the formula"));
    }
    Ok(counts)
}

fn wide(
    table: &Table,
    response: &TableColumn,
    counts: &[Option<u64>],
    options: &TimeOptions,
) -> Result<(Dataset, Vec<String>)> {
    let mut times = times(table, options)?;
    let pooled = options.pooled && repeats(&times);
    if pooled {
        times = pool(table, times);
    }
    let mut notes = times.notes.clone();
    let (grid, by_step) = layout(table, &times, &mut notes)?;
    gaps(table, &times, grid, &by_step, options.allow_gaps, &mut notes)?;
    notes.extend(total_row(table, counts));
    let mut data = Dataset::new(grid, &response.name);
    data.pooled = pooled;
    let lines = if table.rows <= WITH_LINES { table.lines() } else { Vec::new() };
    let (states, remarks) = (states(table, response), remarks(table, response));
    data.observations = times
        .periods
        .iter()
        .zip(counts)
        .enumerate()
        .map(|(row, (p, n))| Observation {
            source: table.source.line(lines.get(row).copied().unwrap_or(0)),
            status: states.and_then(|c| status(&c.text(row))).unwrap_or_default(),
            undated: true,
            note: remarks.map_or_else(String::new, |c| c.text(row).into_owned()),
            ..Observation::new(p.span(), *n)
        })
        .collect();
    let own = states.map(|c| &c.name);
    for c in table.columns.iter().filter(|c| c.name != response.name && own != Some(&c.name)) {
        data.columns.push(covariate(table, c, &by_step, &times));
    }
    Ok((data, notes))
}

/// The column `status`, where it says of each figure how far it can be trusted, and nothing else.
fn states<'a>(table: &'a Table, response: &TableColumn) -> Option<&'a TableColumn> {
    let column = table.either(&["status"]).filter(|c| c.name != response.name)?;
    let Cells::Text { levels, .. } = &column.cells else { return None };
    (!levels.is_empty() && levels.iter().all(|l| status(l).is_some())).then_some(column)
}

/// The column with notes on each figure.
fn remarks<'a>(table: &'a Table, response: &TableColumn) -> Option<&'a TableColumn> {
    let texts = |c: &&TableColumn| c.name != response.name && matches!(c.cells, Cells::Text { .. });
    table.either(&["note", "notes"]).filter(texts)
}

/// Whether a period comes again.
fn repeats(times: &Times) -> bool {
    let mut seen = HashSet::new();
    times.periods.iter().any(|p| !seen.insert(p))
}

/// The rows as they come; the columns of the time become covariates like others.
fn pool(table: &Table, times: Times) -> Times {
    let what = times.columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(" and ");
    let note = format!(
        "`{}`: periods of {what} come again, so each row is taken by itself, not as a series over time; `--by` makes series",
        table.source.name()
    );
    Times { notes: vec![note], ..steps(table.rows) }
}

/// Whether a text is the name of a total.
pub(super) fn is_total(text: &str) -> bool {
    let words = ["total", "totals", "sum", "all", "계", "합계", "총계", "소계", "전체", "전국"];
    words.contains(&text.trim_end_matches(':').to_lowercase().as_str())
}

/// A note where the last row is, by its figure or by its name, the sum of those above.
fn total_row(table: &Table, counts: &[Option<u64>]) -> Option<String> {
    let (last, above) = counts.split_last()?;
    let sum = above.iter().try_fold(0u64, |sum, n| sum.checked_add((*n)?))?;
    let row = table.rows.checked_sub(1)?;
    let named = |c: &&TableColumn| is_total(&c.text(row));
    let name = table.columns.iter().find(named).map(|c| c.text(row).into_owned());
    let is_sum = *last == Some(sum) && above.len() > 2 && sum > 20;
    if !is_sum && name.is_none() {
        return None;
    }
    let called = name.map_or_else(String::new, |n| format!(", `{n}`,"));
    let is = if *last == Some(sum) { "is the sum of all above" } else { "has the name of a total" };
    Some(format!(
        "`{}`: the last row{called} {is}, and is taken as an observation: delete it if it is a total",
        table.source.name()
    ))
}

/// A column of the table as a covariate; a column of the calendar is known in advance.
pub(super) fn covariate(table: &Table, c: &TableColumn, by_step: &[Option<usize>], times: &Times) -> Column {
    let mut column = Column::new(&c.name, c.values(by_step));
    column.source = table.source.name().to_string();
    if times.columns.contains(&c.name) {
        column.known = Known::InAdvance;
        column.source = CALENDAR.to_string();
    }
    if c.spoiled.is_some() {
        column.spoiled = Some(table.not_a_number(c));
        column.misread = table.is_misread(c);
    }
    column
}

/// The source of columns that are part of the calendar.
pub const CALENDAR: &str = "calendar";

/// The grid from the first to the last period, and which row each step is.
pub(super) fn layout(table: &Table, times: &Times, notes: &mut Vec<String>) -> Result<(Grid, Vec<Option<usize>>)> {
    let periods = &times.periods;
    let (Some(first), Some(last)) = (periods.iter().min(), periods.iter().max()) else {
        return Err(Error::data("there are no rows").at(table.source.at(0)));
    };
    let len = last.ordinal - first.ordinal + 1;
    if len > 50_000_000 || (len > 100_000 && len / 1000 > periods.len() as i64) {
        let row = periods.iter().position(|p| p == if is_outlier_last(periods) { last } else { first }).unwrap_or(0);
        return Err(Error::data(format!("the rows reach from {first} to {last}: one of them must be a slip"))
            .at(at_time(table, times, row))
            .help("correct the date"));
    }
    let grid = Grid { first: *first, len: len as usize };
    let mut by_step: Vec<Option<usize>> = vec![None; grid.len];
    let mut disorder = None;
    for (row, p) in periods.iter().enumerate() {
        let step = (p.ordinal - first.ordinal) as usize;
        if let Some(before) = by_step[step].replace(row) {
            return Err(twice(table, times, *p, before, row));
        }
        if row > 0 && *p < periods[row - 1] {
            disorder = disorder.or(Some(row));
        }
    }
    if let Some(row) = disorder {
        let line = at_time(table, times, row).line;
        let at = if line > 0 { format!(" (line {line})") } else { String::new() };
        let name = table.source.name();
        notes.push(format!("`{name}`: the rows are not in the order of time{at}; they were sorted"));
    }
    Ok((grid, by_step))
}

/// Whether the last period is farther from the middle one than the first.
fn is_outlier_last(periods: &[Period]) -> bool {
    let mut ordinals: Vec<i64> = periods.iter().map(|p| p.ordinal).collect();
    ordinals.sort_unstable();
    let (first, middle, last) = (ordinals[0], ordinals[ordinals.len() / 2], ordinals[ordinals.len() - 1]);
    last - middle > middle - first
}

fn at_time(table: &Table, times: &Times, row: usize) -> crate::error::Place {
    match times.columns.last().and_then(|c| table.column(c)) {
        Some(c) => table.place(row, c),
        None => table.source.at(0),
    }
}

fn twice(table: &Table, times: &Times, period: Period, before: usize, row: usize) -> Error {
    let (first, second) = (at_time(table, times, before), at_time(table, times, row));
    let e =
        Error::data(format!("the period {period} stands twice: in line {} and in line {}", first.line, second.line));
    e.at(second).help(match apart(table, times) {
        Some(name) => format!("`{name}` tells such rows apart: name it in `--by`, so that each series is one of its own; \
                               one model of all rows is `--vcov cluster:{name}`"),
        None if !table.unread.is_empty() => format!(
            "name the column that tells such rows apart in `--by`, so that each series is one of its own ({}?), or keep one \
             row per period",
            table.unread.iter().take(6).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
        ),
        None => "tell vintages of a figure apart with a column `announced_on`, or keep one row per period; put several series into files of their own; `--time none` takes the rows as \
                 they come"
            .to_string(),
    })
}

/// The column of texts that tells rows of the same period apart.
fn apart<'a>(table: &'a Table, times: &Times) -> Option<&'a str> {
    let tells = |c: &&TableColumn| {
        let Cells::Text { codes, .. } = &c.cells else { return false };
        let mut seen = HashSet::new();
        !times.columns.contains(&c.name) && times.periods.iter().zip(codes).all(|pair| seen.insert(pair))
    };
    table.columns.iter().find(tells).map(|c| c.name.as_str())
}

/// Reports the periods between the first and the last that have no row.
pub(super) fn gaps(
    table: &Table,
    times: &Times,
    grid: Grid,
    by_step: &[Option<usize>],
    allowed: bool,
    notes: &mut Vec<String>,
) -> Result<()> {
    let missing: Vec<usize> = (0..grid.len).filter(|s| by_step[*s].is_none()).collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let named: Vec<String> = missing.iter().take(6).map(|s| grid.period(*s).to_string()).collect();
    let more = missing.len() - named.len();
    let list = match (named.as_slice(), more) {
        ([one], 0) => one.clone(),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {more} more", named.join(", ")),
    };
    let verb = if missing.len() == 1 { "period is" } else { "periods are" };
    let message = format!("{} {verb} missing: {list}", missing.len());
    if allowed {
        notes.push(format!("`{}`: {message}", table.source.name()));
        return Ok(());
    }
    let after = (*first..grid.len).find_map(|s| by_step[s]).unwrap_or(0);
    Err(Error::data(message)
        .at(at_time(table, times, after))
        .help("add the rows, with empty cells where a value is not known, or allow gaps with `--allow-gaps`"))
}

/// Reads a status word of a file.
pub(super) fn status(word: &str) -> Option<Status> {
    match word.trim().to_lowercase().as_str() {
        "" | "final" | "latest" | "reported" => Some(Status::Final),
        "provisional" | "preliminary" | "superseded" | "first" => Some(Status::Provisional),
        "disputed" | "unverified" => Some(Status::Disputed),
        _ => None,
    }
}
