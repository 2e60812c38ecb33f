//! From a wide table to long text: one row per group and period, one column per variable.

use super::header::{Across, Beside, Layout, Slot, When};
use super::long;
use super::names::{is_total, part_of, unmarked};
use super::{Wide, WideOptions};
use crate::data::number;
use crate::data::source::Source;
use crate::data::table::{Table, TableColumn};
use crate::error::{Error, Place, Result, suggest};
use crate::period::{Frequency, Period, Span, parse_period};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};

/// A cell of the wide table: row and field.
pub(super) type Cell = (usize, usize);

/// The rows of a group by the end and the start of their span.
pub(super) type Series = BTreeMap<(Date, Option<Date>), Entry>;

/// A row to be: of each variable the cell.
pub(super) struct Entry {
    pub span: Span,
    pub provisional: bool,
    pub cells: Vec<Option<Cell>>,
}

/// Where a column's figure of a row belongs.
struct Figure {
    field: usize,
    span: Span,
    provisional: bool,
}

/// Makes the long text.
pub(super) fn melt(table: &Table, layout: &Layout, options: &WideOptions) -> Result<Source> {
    let (names, variable_of) = variables(table, layout, options)?;
    let mut groups: Vec<(Vec<String>, Series)> = Vec::new();
    let mut place: HashMap<Vec<String>, usize> = HashMap::new();
    for (row, variable) in variable_of.into_iter().enumerate() {
        let key: Vec<String> = layout.by.iter().map(|f| table.columns[*f].text(row).into_owned()).collect();
        let at = *place.entry(key).or_insert_with_key(|key| {
            groups.push((key.clone(), Series::new()));
            groups.len() - 1
        });
        add_row(figures(table, &layout.across, row)?, row, (variable, names.len()), &mut groups[at].1)
            .map_err(|(before, row)| twice(table, layout, options, before, row))?;
    }
    let length = layout.across.row_length();
    let counts = names.iter().position(|n| *n == options.value).unwrap_or(0);
    let running: usize = groups.iter_mut().map(|(_, series)| sums_of_some(table, series, length, counts)).sum();
    groups.iter_mut().for_each(|(_, series)| trim(table, series, length));
    if groups.iter().all(|(_, series)| series.is_empty()) && table.rows > 0 {
        let first = layout.across.fields().first().map(|f| table.header_place(&table.columns[*f]));
        let e = Error::data("every cell of the periods is empty").at(first.unwrap_or_default());
        return Err(e.help("`--wide no` reads the columns as they are"));
    }
    let note = note(table, layout, options, &names, running);
    long::write(table, layout, options, &names, groups, note)
}

/// The names of the value columns, and which of them each row holds.
fn variables(table: &Table, layout: &Layout, options: &WideOptions) -> Result<(Vec<String>, Vec<usize>)> {
    let Some(field) = layout.variables else { return Ok((vec![options.value.clone()], vec![0; table.rows])) };
    let column = &table.columns[field];
    let mut names: Vec<String> = Vec::new();
    let mut by_row = Vec::with_capacity(table.rows);
    for row in 0..table.rows {
        if !column.is_known(row) {
            return Err(Error::data(format!("the name of the variable is missing in column `{}`", column.name))
                .at(table.place(row, column))
                .help("fill it in, or delete the row"));
        }
        let name = column.text(row);
        by_row.push(names.iter().position(|n| *n == *name).unwrap_or_else(|| {
            names.push(name.into_owned());
            names.len() - 1
        }));
    }
    Ok((names, by_row))
}

/// Adds a row's cells; `Err((before, row))` when another row has one of them.
fn add_row(
    figures: Vec<Figure>,
    row: usize,
    (variable, width): (usize, usize),
    series: &mut Series,
) -> Result<(), (usize, usize)> {
    for Figure { field, span, provisional } in figures {
        let new = || Entry { span, provisional: false, cells: vec![None; width] };
        let entry = series.entry((span.end, span.start)).or_insert_with(new);
        entry.provisional |= provisional;
        if let Some((before, _)) = entry.cells[variable].replace((row, field)) {
            return Err((before, row));
        }
    }
    Ok(())
}

/// The figures of a row.
fn figures(table: &Table, across: &Across, row: usize) -> Result<Vec<Figure>> {
    let (of_row, marked) = match across.beside {
        Beside::Nothing => ((0, Frequency::Year, 1), false),
        Beside::Year(f) => {
            let (year, marked) = year(table, &table.columns[f], row)?;
            ((year, Frequency::Year, 1), marked)
        }
        Beside::Part(f, frequency) => {
            let cell = table.columns[f].text(row);
            let (stem, marked) = unmarked(&cell);
            let part = part_of(stem, frequency).map_or((0, Frequency::Year, 1), |i| (0, frequency, i));
            (part, marked)
        }
    };
    let figure = |slot: &Slot| {
        let (year, frequency, part) = match (across.beside, slot.when) {
            (Beside::Part(..), When::Span(span)) => (i64::from(span.end.year()), of_row.1, of_row.2),
            (_, When::Part(frequency, part)) => (of_row.0, frequency, part),
            (_, When::Span(span)) => return Figure { field: slot.field, span, provisional: slot.provisional },
        };
        let n = frequency.per_year().unwrap_or(1) as i64;
        let span = Period { frequency, ordinal: year * n + part - 1 }.span();
        Figure { field: slot.field, span, provisional: slot.provisional || marked }
    };
    Ok(across.slots.iter().map(figure).collect())
}

/// The year of a row, and whether it is marked as provisional.
fn year(table: &Table, column: &TableColumn, row: usize) -> Result<(i64, bool)> {
    let cell = column.text(row);
    let (stem, marked) = unmarked(&cell);
    match parse_period(stem).ok().filter(|p| p.frequency == Frequency::Year) {
        Some(year) => Ok((year.ordinal, marked)),
        None => Err(Error::data(format!("`{cell}` in column `{}` is not a year", column.name))
            .at(table.place(row, column))
            .help(if is_total(&cell) {
                "delete the row of totals"
            } else {
                "with months or quarters across, each row is one year; `--wide no` reads the columns as they are"
            })),
    }
}

/// Two rows of one series hold the same periods.
fn twice(table: &Table, layout: &Layout, options: &WideOptions, before: usize, row: usize) -> Error {
    let lines = table.lines();
    let label = layout.others.iter().map(|f| &table.columns[*f]).find(|c| c.text(before) != c.text(row));
    let rows = format!("in line {} and in line {}", lines[before], lines[row]);
    let time = layout.across.time().map(|f| &table.columns[f]);
    let (message, at) = match (label, layout.variables, time) {
        (Some(c), ..) => (format!("the rows are those of several series, by `{}`: {rows}", c.name), Some(c)),
        (_, Some(v), _) => {
            let c = &table.columns[v];
            (format!("`{}` has two rows: {rows}", c.text(row)), Some(c))
        }
        (_, _, Some(c)) if matches!(layout.across.beside, Beside::Part(..)) => {
            (format!("`{}` in column `{}` stands twice: {rows}", c.text(row), c.name), Some(c))
        }
        (_, _, Some(c)) => (format!("the year {} stands twice: {rows}", c.text(row)), Some(c)),
        _ => (format!("the same periods stand twice: {rows}"), table.columns.first()),
    };
    let names = || table.columns.iter().map(|c| c.name.as_str());
    let unknown = |name: &&String| names().all(|n| n != **name);
    let meant = match &options.wide {
        Wide::Variables(name) => Some(("wide", name)).filter(|(_, n)| unknown(n)),
        _ => None,
    };
    if let Some((flag, name)) = options.by.iter().find(unknown).map(|n| ("by", n)).or(meant) {
        let e = Error::data(format!("{message}; --{flag} names `{name}`, which is no column of it"));
        return e
            .at(at.map_or_else(Place::default, |c| table.place(row, c)))
            .help(suggest(name, names().collect::<Vec<_>>()));
    }
    let e = Error::data(message).help(match label {
        Some(c) => format!(
            "`--by {0}` makes each a series of its own; if they are variables, `--wide {0}` makes each a column",
            c.name
        ),
        None => "keep one of the two rows".to_string(),
    });
    match at {
        Some(c) => e.at(table.place(row, c)),
        None => e,
    }
}

fn is_known(table: &Table, cell: Option<Cell>) -> bool {
    cell.is_some_and(|(row, f)| !number::is_missing(table.columns[f].text(row).trim().as_bytes()))
}

/// Periods before the first and after the last value were never recorded, nor were empty totals among them.
fn trim(table: &Table, series: &mut Series, length: Frequency) {
    let known = |e: &Entry| e.cells.iter().any(|c| is_known(table, *c));
    series.retain(|_, e| known(e) || e.span.as_period().is_some_and(|p| p.frequency == length));
    while series.last_key_value().is_some_and(|(_, e)| !known(e)) {
        series.pop_last();
    }
    while series.first_key_value().is_some_and(|(_, e)| !known(e)) {
        series.pop_first();
    }
}

/// Totals of which some parts are not known: one that is just the sum of the others is a running total, and says nothing of
/// those. It becomes the count of the known parts, where they follow each other, and goes otherwise; returns how many.
fn sums_of_some(table: &Table, series: &mut Series, length: Frequency, counts: usize) -> usize {
    let number = |e: &Entry| {
        let (row, field) = e.cells.get(counts).copied().flatten()?;
        number::parse(table.columns[field].text(row).trim().as_bytes(), table.dialect.decimal)
    };
    let is_part = |e: &Entry| e.span.as_period().is_some_and(|p| p.frequency == length);
    let mut changed = Vec::new();
    for (key, total) in series.iter().filter(|(_, e)| !is_part(e)) {
        let (Some(sum), Some(start)) = (number(total), total.span.start) else { continue };
        let inside = series.range((start, None)..=*key).map(|(_, e)| e);
        let inside = inside.filter(|e| is_part(e) && e.span.start.is_some_and(|s| s >= start));
        let known: Vec<(Span, f64)> = inside.filter_map(|e| Some((e.span, number(e)?))).collect();
        let (Some((first, _)), Some((last, _))) = (known.first(), known.last()) else { continue };
        let days: i64 = known.iter().filter_map(|(span, _)| span.days()).sum();
        if Some(days) < total.span.days() && known.iter().map(|(_, n)| n).sum::<f64>() == sum {
            let span = Span { start: first.start, end: last.end };
            changed.push((*key, (span.days() == Some(days) && known.len() > 1).then_some(span)));
        }
    }
    for (key, span) in &changed {
        let Some(entry) = series.remove(key) else { continue };
        if let Some(span) = *span {
            series.entry((span.end, span.start)).or_insert(Entry { span, ..entry });
        }
    }
    changed.len()
}

/// What was done.
fn note(table: &Table, layout: &Layout, options: &WideOptions, names: &[String], running: usize) -> String {
    let column = |f: &usize| -> &TableColumn { &table.columns[*f] };
    let name = |f: Option<&usize>| f.map_or("", |f| column(f).name.as_str());
    let main: Vec<&usize> = layout.across.slots.iter().filter(|s| layout.across.is_main(s)).map(|s| &s.field).collect();
    let (first, last) = (name(main.first().copied()), name(main.last().copied()));
    let as_what = match layout.variables {
        Some(f) => format!("the variables that `{}` names", column(&f).name),
        None => format!("`{}`", names.first().unwrap_or(&options.value)),
    };
    let columns = if main.len() == 1 {
        format!("column `{first}` is read as the period")
    } else {
        format!("columns `{first}` to `{last}` are read as the periods")
    };
    let mut text = format!("`{}`: a wide table: the {columns} of {as_what}", table.source.name());
    if let Beside::Part(f, frequency) = layout.across.beside {
        text.push_str(&format!(", by the {} that `{}` names", frequency.name(), column(&f).name));
    }
    let sums = layout.across.slots.iter().filter(|s| !layout.across.is_main(s)).map(|s| &s.field);
    let sums: Vec<&usize> = sums.collect();
    let (totals, others): (Vec<&usize>, Vec<&usize>) = layout.others.iter().partition(|f| is_total(name(Some(*f))));
    let list =
        |fields: &[&usize]| fields.iter().map(|f| format!("`{}`", column(f).name)).collect::<Vec<_>>().join(", ");
    if !sums.is_empty() {
        text.push_str(&format!("; of other lengths, and compared with them: {}", list(&sums)));
    }
    if running > 0 {
        let (s, covers) = if running == 1 { ("", "covers") } else { ("s", "cover") };
        text.push_str(&format!("; {running} figure{s} of these {covers} known parts alone, as others are not known"));
    }
    if !totals.is_empty() {
        text.push_str(&format!("; left out as a total: {}", list(&totals)));
    }
    if !others.is_empty() {
        text.push_str(&format!("; left out: {}", list(&others)));
    }
    if options.wide == Wide::Auto {
        text.push_str("; --wide no takes the columns as they are");
    }
    text
}
