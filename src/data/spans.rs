//! Tables of spans: a year beside a half beside "1999–2001" and "up to 1998", each with its vintages.

use super::build::{covariate, status};
use super::reconcile::label;
use super::table::{Cells, MISSING, Table, TableColumn};
use super::time::{NAMES, TimeOptions, Times, times};
use super::{Column, Dataset, Observation, Status, Values, Vintage};
use crate::error::{Error, Result};
use crate::period::{Frequency, Grid, Period, Span, parse_date, parse_period, parse_span};
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

const STARTS: [&str; 3] = ["period_start", "start", "start_date"];
const ENDS: [&str; 3] = ["period_end", "end", "end_date"];
const ANNOUNCED: [&str; 5] = ["announced_on", "announced", "published_on", "vintage", "known_from"];
/// Columns of a table of spans that are no covariates.
const ABOUT: [&str; 9] = ["period", "status", "basis", "source_ids", "sources", "source", "n_sources", "note", "notes"];

/// Whether a column of this name holds days.
pub(super) fn is_name(header: &str) -> bool {
    [&STARTS[..], &ENDS, &ANNOUNCED].iter().any(|names| names.iter().any(|n| n.eq_ignore_ascii_case(header)))
}

/// Whether a column of this name says when a row is, or was announced.
pub fn says_when(header: &str) -> bool {
    super::time::is_name(header) || is_name(header)
}

/// Whether a table is one of spans: two columns of days, or a time column (that of `--time`) that holds spans.
pub(super) fn has_spans(table: &Table, time: Option<&str>) -> bool {
    let pair = table.either(&ENDS).is_some() && table.either(&STARTS).is_some();
    (pair && time.is_none()) || in_words(table, time).is_some()
}

/// Whether a table with a row per period says of each figure on which day it was announced, so that a period may have several.
pub(super) fn is_announced(table: &Table, options: &TimeOptions) -> bool {
    let day = |text: &String| parse_period(text).is_ok_and(|p| p.frequency == Frequency::Day);
    // Years of a `vintage` may be anything; elsewhere a cell that is no day is an error at its place.
    let days = |c: &TableColumn| match &c.cells {
        Cells::Text { levels, .. } if c.name.eq_ignore_ascii_case("vintage") => levels.iter().all(day),
        Cells::Text { levels, .. } => levels.iter().any(|l| parse_period(l).is_ok()),
        Cells::Number(v) => v.iter().all(|x| x.is_nan() || (1e7..1e8).contains(x)) && v.iter().any(|x| !x.is_nan()),
    };
    !options.pooled
        && table.either(&ANNOUNCED).is_some_and(days)
        && times(table, options).is_ok_and(|t| !t.columns.is_empty())
}

/// The time column when its texts are spans, and some no single periods (`1999–2001`, `up to 1998`), or periods of several
/// lengths: a year beside its quarters, or years first and quarters later.
fn in_words<'a>(table: &'a Table, time: Option<&str>) -> Option<&'a TableColumn> {
    let column = time.map_or_else(|| table.either(&NAMES), |name| table.column(name))?;
    let Cells::Text { levels, codes } = &column.cells else { return None };
    let periods = || levels.iter().map(|l| parse_period(l));
    let spans = levels.iter().all(|l| parse_span(l).is_ok())
        && (periods().any(|p| p.is_err()) || several_lengths(&periods().flatten().collect::<Vec<_>>()));
    (spans && codes.iter().all(|c| *c != MISSING)).then_some(column)
}

/// Whether periods are of several lengths, and not by a slip in a single one: one contains another, or there are at least
/// two of each.
fn several_lengths(periods: &[Period]) -> bool {
    let mut by_length: HashMap<Frequency, usize> = HashMap::new();
    periods.iter().for_each(|p| *by_length.entry(p.frequency).or_default() += 1);
    if by_length.len() < 2 || by_length.contains_key(&Frequency::Step) {
        return false;
    }
    let mut spans: Vec<(Date, Date)> = periods.iter().map(|p| (p.start(), p.end())).collect();
    spans.sort_unstable();
    by_length.values().all(|n| *n > 1) || spans.windows(2).any(|w| w[1].0 <= w[0].1 && w[0] != w[1])
}

/// The span of each row; an empty start is an open one.
pub(super) fn spans(table: &Table, time: Option<&str>) -> Result<Vec<Span>> {
    let (Some(starts), Some(ends)) = (table.either(&STARTS), table.either(&ENDS)) else {
        if let Some(column) = in_words(table, time) {
            return (0..table.rows).map(|row| parse_span(&column.text(row))).collect();
        }
        let times = times(table, &TimeOptions { time: time.map(String::from), ..TimeOptions::default() })?;
        if !times.columns.is_empty() {
            return Ok(times.periods.into_iter().map(Period::span).collect());
        }
        return Err(Error::data("the table has no columns `period_start` and `period_end`").at(table.source.at(1)));
    };
    (0..table.rows)
        .map(|row| {
            let at = |e: Error, c| e.at(table.place(row, c));
            if !ends.is_known(row) {
                let e = Error::data(format!("the end of the span is missing in column `{}`", ends.name));
                return Err(at(e, ends).help("only a start may be empty: it means since ever"));
            }
            let end = parse_date(&ends.text(row)).map_err(|e| at(e, ends))?;
            let start = match starts.text(row) {
                t if t.is_empty() => None,
                t => parse_span(&t).map_err(|e| at(e, starts))?.start,
            };
            if let Some(s) = start
                && s > end
            {
                return Err(at(Error::data(format!("the span ends on {end}, before it starts on {s}")), ends));
            }
            Ok(Span { start, end })
        })
        .collect()
}

/// The observations of a table of spans.
pub(super) fn observations(table: &Table, counts: &[Option<u64>], time: Option<&str>) -> Result<Vec<Observation>> {
    let spans = spans(table, time)?;
    let (announced, states) = (table.either(&ANNOUNCED), table.either(&["status"]));
    let (basis, note) = (table.either(&["basis"]), table.either(&["note", "notes"]));
    let sources = table.either(&["source_ids", "sources", "source"]);
    let lines = if sources.is_none() { table.lines() } else { Vec::new() };
    let text = |c: Option<&TableColumn>, row: usize| c.map_or_else(String::new, |c| c.text(row).into_owned());
    let mut observations = Vec::with_capacity(table.rows);
    for (row, (span, count)) in spans.into_iter().zip(counts).enumerate() {
        let mut o = Observation::new(span, *count);
        if let Some(c) = announced.filter(|c| c.is_known(row)) {
            let day = parse_date(&c.text(row)).map_err(|e| e.at(table.place(row, c)))?;
            // An export names the day for every figure; the end of the span is what goes without saying.
            o.announced = Some(day).filter(|d| *d != span.end || !c.name.eq_ignore_ascii_case("known_from"));
        }
        o.undated = announced.is_none();
        if let Some(c) = states {
            o.status = status(&c.text(row)).ok_or_else(|| {
                Error::data(format!("unknown status `{}`", c.text(row)))
                    .at(table.place(row, c))
                    .help("known: final, latest, provisional, superseded, disputed")
            })?;
        }
        o.derived = text(basis, row).starts_with("derived");
        o.source = match lines.get(row) {
            Some(line) => table.source.line(*line),
            None => text(sources, row),
        };
        o.note = text(note, row);
        observations.push(o);
    }
    if announced.is_none() && states.is_none() {
        refuse_twice(table, &observations)?;
    }
    Ok(observations)
}

/// At most so many figures of a kind are told one by one.
const TOLD: usize = 5;

/// Notes on final figures announced before their span ended, which cannot be.
pub(super) fn too_early(table: &Table, observations: &[Observation]) -> Vec<String> {
    let Some(column) = table.either(&ANNOUNCED) else { return Vec::new() };
    let early = |o: &Observation| o.count.is_some() && o.status == Status::Final && o.announced < Some(o.span.end);
    let found: Vec<usize> = (0..observations.len())
        .filter(|row| observations[*row].announced.is_some() && early(&observations[*row]))
        .collect();
    let say = |row: &usize| {
        let (o, place) = (&observations[*row], table.place(*row, column));
        let day = o.announced.unwrap_or(o.span.end);
        format!(
            "`{}`, line {}: the final count of {} ({}) is announced on {day}, before its span ends; correct the date, or \
             mark it `provisional`",
            table.source.name(),
            place.line,
            label(o.span),
            o.count.unwrap_or_default()
        )
    };
    let more = found.len().saturating_sub(TOLD);
    let rest =
        (more > 0).then(|| format!("`{}`: {more} more final counts are announced too early", table.source.name()));
    found.iter().take(TOLD).map(say).chain(rest).collect()
}

/// Without dates or a status to tell vintages apart, a span may stand only once.
fn refuse_twice(table: &Table, observations: &[Observation]) -> Result<()> {
    let mut seen: HashMap<Span, usize> = HashMap::new();
    for (row, o) in observations.iter().enumerate() {
        if let Some(before) = seen.insert(o.span, row) {
            let lines = table.lines();
            let label = label(o.span);
            let message =
                format!("the span {label} stands twice: in line {} and in line {}", lines[before], lines[row]);
            return Err(Error::data(message)
                .at(table.either(&ENDS).map_or_else(|| table.source.at(lines[row]), |c| table.place(row, c)))
                .help("keep one row, or tell vintages apart with a column `announced_on`"));
        }
    }
    Ok(())
}

/// A data set of spans. Its steps are as long as most whole periods among the spans, unless the options say.
pub(super) fn from_spans(
    table: &Table,
    response: &TableColumn,
    counts: &[Option<u64>],
    options: &TimeOptions,
) -> Result<(Dataset, Vec<String>)> {
    let time = options.time.as_deref();
    let observations = observations(table, counts, time)?;
    let known = announced_by(&observations, options.as_of);
    let found = commonest(&known);
    let frequency = options.frequency.filter(|f| *f != Frequency::Week || !found.is_week()).unwrap_or(found);
    let grid = grid_from(&known, &observations, frequency).ok_or_else(|| {
        Error::data("no span has a start: there is nothing to lay on a time axis")
            .at(table.source.at(0))
            .help("say when counting began, or give a second sum up to a later day: what lies between is worked out")
    })?;
    let mut data = Dataset::new(grid, &response.name);
    let mut notes = too_early(table, &observations);
    data.columns = beside(table, response, &observations, grid, time, &mut notes);
    data.observations = observations;
    Ok((data, notes))
}

/// The covariates beside the counts, of the rows whose span is a step. Where rows say when they were announced, so are their
/// covariates: vintages, like the counts. A column that rows of one step do not agree on otherwise is left out with a note.
fn beside(
    table: &Table,
    response: &TableColumn,
    observations: &[Observation],
    grid: Grid,
    time: Option<&str>,
    notes: &mut Vec<String>,
) -> Vec<Column> {
    let own = in_words(table, time).map(|c| c.name.as_str());
    let plain = own.is_none() && (table.either(&ENDS).is_none() || table.either(&STARTS).is_none() || time.is_some());
    let options = TimeOptions { time: time.map(String::from), ..TimeOptions::default() };
    let times = Some(()).filter(|()| plain).and_then(|()| times(table, &options).ok()).unwrap_or_else(Times::none);
    let rows = rows_of_steps(observations, grid);
    let mut by_step = vec![None; grid.len];
    let mut again: Vec<(usize, usize)> = Vec::new();
    for (row, step) in &rows {
        again.extend(by_step[*step].replace(*row).map(|before| (before, *row)));
    }
    let announced = table.either(&ANNOUNCED).is_some();
    let one = |c: &TableColumn| {
        let mut column = covariate(table, c, &by_step, &times);
        let differ = again.iter().find(|(a, b)| c.text(*a) != c.text(*b));
        match (&c.cells, differ) {
            (cells, _) if announced && !times.columns.contains(&c.name) => {
                let vintage = |(row, step): &(usize, usize)| {
                    let value = match cells {
                        Cells::Number(values) => values[*row],
                        Cells::Text { codes, .. } => f64::from(codes[*row]),
                    };
                    c.is_known(*row).then(|| Vintage { step: *step, announced: observations[*row].known_from(), value })
                };
                column.vintages = rows.iter().filter_map(vintage).collect();
                if let (Values::Text { levels, codes }, Cells::Text { levels: all, codes: of_row }) =
                    (&mut column.values, cells)
                {
                    levels.clone_from(all);
                    *codes = by_step.iter().map(|r| r.map(|r: usize| of_row[r]).filter(|c| *c != MISSING)).collect();
                }
            }
            (_, Some((a, b))) => {
                notes.push(format!(
                    "`{}`: column `{}` is left out: {} has `{}` in line {} and `{}` in line {}, and which holds is not said",
                    table.source.name(),
                    c.name,
                    label(observations[*a].span),
                    c.text(*a),
                    table.lines()[*a],
                    c.text(*b),
                    table.lines()[*b],
                ));
                return None;
            }
            _ => {}
        }
        Some(column)
    };
    let others = table.columns.iter().filter(|c| c.name != response.name && !is_about(&c.name) && own != Some(&c.name));
    others.filter_map(one).collect()
}

/// The rows whose span is a step of the grid, with the step.
fn rows_of_steps(observations: &[Observation], grid: Grid) -> Vec<(usize, usize)> {
    let step = |(row, o): (usize, &Observation)| {
        let period = grid.frequency().period(o.span.end);
        (o.span == period.span()).then(|| grid.index(period)).flatten().map(|step| (row, step))
    };
    observations.iter().enumerate().filter_map(step).collect()
}

/// Whether a column of this name says when a row is, or what of it; and so is no covariate of a table of spans.
pub(super) fn is_about(header: &str) -> bool {
    is_name(header) || ABOUT.iter().any(|n| n.eq_ignore_ascii_case(header))
}

/// The frequency of most spans that are whole periods; of equals the longest, and years if there are none.
pub fn commonest(observations: &[Observation]) -> Frequency {
    let spans: HashSet<Span> = observations.iter().map(|o| o.span).collect();
    let mut found: HashMap<Frequency, usize> = HashMap::new();
    for p in spans.into_iter().filter_map(Span::as_period) {
        *found.entry(p.frequency).or_default() += 1;
    }
    found.into_iter().max_by_key(|(f, n)| (*n, std::cmp::Reverse(*f))).map_or(Frequency::Year, |(f, _)| f)
}

/// What was announced by a day; all of it without a day, or when nothing was.
fn announced_by(observations: &[Observation], day: Option<Date>) -> Cow<'_, [Observation]> {
    let by = |d: Date| observations.iter().filter(move |o| o.known_from() <= d).cloned().collect::<Vec<_>>();
    day.map(by).filter(|known| !known.is_empty()).map_or(Cow::Borrowed(observations), Cow::Owned)
}

/// The grid from the first start of what was known (a trend counts from there) to the last end of all.
fn grid_from(known: &[Observation], all: &[Observation], frequency: Frequency) -> Option<Grid> {
    let all = grid_of(all, frequency)?;
    let first = grid_of(known, frequency).map_or(all.first, |grid| grid.first);
    Some(Grid { first, len: (all.last().ordinal - first.ordinal + 1) as usize })
}

/// The grid from the first start to the last end, open starts apart.
pub(super) fn grid_of(observations: &[Observation], frequency: Frequency) -> Option<Grid> {
    // What was counted up to one day and up to another gives what was counted between.
    let open = || observations.iter().filter(|o| o.span.start.is_none()).map(|o| o.span.end);
    let between = open().min().zip(open().max()).filter(|(a, b)| a < b);
    let between = between.and_then(|(a, b)| a.tomorrow().ok().map(|a| (a, b)));
    let dated = observations.iter().filter_map(|o| o.span.start.map(|s| (s, o.span.end)));
    let (first, last) = dated.chain(between).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))?;
    let (first, last) = (frequency.period(first), frequency.period(last));
    Some(Grid { first, len: (last.ordinal - first.ordinal + 1) as usize })
}
