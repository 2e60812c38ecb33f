//! From a wide table to long text: one row per group and period, one column per variable.

use super::header::{Across, Layout, is_total};
use super::{Wide, WideOptions};
use crate::data::converted::{Address, Origin, csv_text};
use crate::data::number;
use crate::data::source::Source;
use crate::data::table::{Table, TableColumn};
use crate::data::time::NAMES;
use crate::error::{Error, Place, Result, suggest};
use crate::period::{Frequency, Period, Span, parse_period};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// A cell of the wide table: row and field.
type Cell = (usize, usize);

/// The rows of a group by the end of their span; of each variable the cell.
type Series = BTreeMap<(jiff::civil::Date, Option<jiff::civil::Date>), (String, Vec<Option<Cell>>)>;

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
        add_row(periods(table, &layout.across, row)?, row, (variable, names.len()), &mut groups[at].1)
            .map_err(|(before, row)| twice(table, layout, options, before, row))?;
    }
    groups.iter_mut().for_each(|(_, series)| trim(table, series));
    if groups.iter().all(|(_, series)| series.is_empty()) && table.rows > 0 {
        let first = layout.across.fields().first().map(|f| table.header_place(&table.columns[*f]));
        let e = Error::data("every cell of the periods is empty").at(first.unwrap_or_default());
        return Err(e.help("`--wide no` reads the columns as they are"));
    }
    write(table, layout, options, &names, groups)
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
    cells_of_row: Vec<(usize, Span, String)>,
    row: usize,
    (variable, width): (usize, usize),
    series: &mut Series,
) -> Result<(), (usize, usize)> {
    for (field, span, text) in cells_of_row {
        let (_, cells) = match series.entry((span.end, span.start)) {
            Entry::Vacant(v) => v.insert((text, vec![None; width])),
            Entry::Occupied(o) => o.into_mut(),
        };
        if let Some((before, _)) = cells[variable].replace((row, field)) {
            return Err((before, row));
        }
    }
    Ok(())
}

/// The cells of a row, each with its period.
fn periods(table: &Table, across: &Across, row: usize) -> Result<Vec<(usize, Span, String)>> {
    match across {
        Across::Periods(periods) => {
            let text = |f: usize, s: Span| s.as_period().map_or(table.columns[f].name.clone(), |p| p.to_string());
            Ok(periods.iter().map(|(f, s)| (*f, *s, text(*f, *s))).collect())
        }
        Across::Parts { year, frequency, parts } => {
            let column = &table.columns[*year];
            let cell = column.text(row);
            let year = parse_period(&cell).ok().filter(|p| p.frequency == Frequency::Year).ok_or_else(|| {
                Error::data(format!("`{cell}` in column `{}` is not a year", column.name))
                    .at(table.place(row, column))
                    .help(if is_total(&cell) {
                        "delete the row of totals"
                    } else {
                        "with months or quarters across, each row is one year; `--wide no` reads the columns as they are"
                    })
            })?;
            let of = |i: i64| {
                let n = frequency.per_year().unwrap_or(1) as i64;
                Period { frequency: *frequency, ordinal: year.ordinal * n + i - 1 }
            };
            Ok(parts.iter().map(|(f, i)| (*f, of(*i).span(), of(*i).to_string())).collect())
        }
    }
}

/// Two rows of one series hold the same periods.
fn twice(table: &Table, layout: &Layout, options: &WideOptions, before: usize, row: usize) -> Error {
    let lines = table.lines();
    let label = layout.others.iter().map(|f| &table.columns[*f]).find(|c| c.text(before) != c.text(row));
    let rows = format!("in line {} and in line {}", lines[before], lines[row]);
    let year = if let Across::Parts { year, .. } = &layout.across { Some(&table.columns[*year]) } else { None };
    let (message, at) = match (label, layout.variables, year) {
        (Some(c), ..) => (format!("the rows are those of several series, by `{}`: {rows}", c.name), Some(c)),
        (_, Some(v), _) => {
            let c = &table.columns[v];
            (format!("`{}` has two rows: {rows}", c.text(row)), Some(c))
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

/// Periods before the first and after the last value were never recorded.
fn trim(table: &Table, series: &mut Series) {
    let known = |cells: &Vec<Option<Cell>>| cells.iter().any(|c| is_known(table, *c));
    while series.last_key_value().is_some_and(|(_, (_, cells))| !known(cells)) {
        series.pop_last();
    }
    while series.first_key_value().is_some_and(|(_, (_, cells))| !known(cells)) {
        series.pop_first();
    }
}

/// The column of periods: the one that held the years, where it is found by its name; else `period`.
fn time_name(table: &Table, layout: &Layout, options: &WideOptions) -> String {
    let year = if let Across::Parts { year, .. } = &layout.across { Some(&table.columns[*year].name) } else { None };
    year.filter(|n| options.time.as_ref() == Some(n) || NAMES.iter().any(|k| k.eq_ignore_ascii_case(n)))
        .map_or_else(|| "period".to_string(), String::clone)
}

fn write(
    table: &Table,
    layout: &Layout,
    options: &WideOptions,
    names: &[String],
    groups: Vec<(Vec<String>, Series)>,
) -> Result<Source> {
    let fields = layout.across.fields();
    let first = fields.first().copied().unwrap_or(0);
    let mut header: Vec<String> = layout.by.iter().map(|f| table.columns[*f].name.clone()).collect();
    header.push(time_name(table, layout, options));
    header.extend(names.iter().cloned());
    let head = |f: usize| Origin { record: 0, field: f };
    let in_header = layout.by.iter().map(|f| head(*f)).chain([head(first)]);
    let mut origins: Vec<Vec<Origin>> =
        vec![in_header.chain(names.iter().map(|_| head(layout.variables.unwrap_or(first)))).collect()];
    let mut rows = vec![header];
    for (key, series) in groups {
        for (text, cells) in series.into_values() {
            let Some((row, field)) = cells.iter().flatten().next().copied() else { continue };
            let at = |(row, field): Cell| Origin { record: row + 1, field };
            let time = if let Across::Parts { year, .. } = &layout.across { at((row, *year)) } else { head(field) };
            let labels = layout.by.iter().map(|f| at((row, *f)));
            let values = cells.iter().map(|c| c.map_or(head(field), at));
            origins.push(labels.chain([time]).chain(values).collect());
            let value = |c: &Option<Cell>| c.map_or_else(String::new, |(r, f)| table.columns[f].text(r).into_owned());
            rows.push(key.iter().cloned().chain([text]).chain(cells.iter().map(value)).collect());
        }
    }
    let mut notes = table.notes.clone();
    notes.push(note(table, layout, options, names));
    let address = Address::Long {
        source: Box::new(table.source.clone()),
        dialect: table.dialect,
        lines: [1].into_iter().chain(table.lines()).collect(),
        origins: origins.into(),
    };
    Ok(Source::converted(table.source.name().to_string(), csv_text(rows.iter())?, address, notes))
}

/// What was done.
fn note(table: &Table, layout: &Layout, options: &WideOptions, names: &[String]) -> String {
    let fields = layout.across.fields();
    let column = |f: &usize| -> &TableColumn { &table.columns[*f] };
    let name = |f: Option<&usize>| f.map_or("", |f| column(f).name.as_str());
    let (first, last) = (name(fields.first()), name(fields.last()));
    let as_what = match layout.variables {
        Some(f) => format!("the variables that `{}` names", column(&f).name),
        None => format!("`{}`", names.first().unwrap_or(&options.value)),
    };
    let mut text = format!(
        "`{}`: a wide table: the columns `{first}` to `{last}` are read as the periods of {as_what}",
        table.source.name()
    );
    let (totals, others): (Vec<&usize>, Vec<&usize>) = layout.others.iter().partition(|f| is_total(name(Some(*f))));
    let list =
        |fields: &[&usize]| fields.iter().map(|f| format!("`{}`", column(f).name)).collect::<Vec<_>>().join(", ");
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
