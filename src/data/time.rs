//! The time column of a table: which it is, which period each row is, and what is wrong with it.

use super::table::{Cells, Table, TableColumn};
use crate::error::{Error, Result};
use crate::period::{Frequency, Period, day_number, parse_period};
use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};

/// Which column holds the time, and what may be wrong with it.
#[derive(Debug, Clone, Default)]
pub struct TimeOptions {
    /// Its name (`--time`); `none` = rows are steps 1, 2, 3 …; `None` = date, period, year, time, or year + quarter etc.
    pub time: Option<String>,
    /// Length of a step (`--step`); `None` = as the values show.
    pub frequency: Option<Frequency>,
    /// Whether periods may be missing between the first and the last row (`--allow-gaps`).
    pub allow_gaps: bool,
    /// Whether rows of one period may stand side by side, each taken by itself (`--vcov cluster:COL`).
    pub pooled: bool,
    /// The day whose knowledge is asked for (`--as-of`): spans announced later say nothing of the first step
    /// and of how long steps are.
    pub as_of: Option<Date>,
}

/// Names of a single time column, in order of preference; the Korean ones are those of the statistics offices.
pub(super) const NAMES: [&str; 13] =
    ["date", "period", "year", "time", "날짜", "일자", "기준일", "기간", "시점", "년월", "연월", "연도", "년도"];
pub(super) const YEARS: [&str; 4] = ["year", "연도", "년도", "년"];
/// Names of columns that part a year.
pub(super) const PART_NAMES: [&str; 8] = ["quarter", "분기", "month", "월", "half", "반기", "week", "주"];
const DAYS: [&str; 2] = ["day", "일"];
/// Columns that part a year, with their frequency and number.
const PARTS: [(&[&str], Frequency, i64); 4] = [
    (&["quarter", "분기"], Frequency::Quarter, 4),
    (&["month", "월"], Frequency::Month, 12),
    (&["half", "반기"], Frequency::Half, 2),
    (&["week", "주"], Frequency::Week, 53),
];

/// Whether a column of this name holds times, or parts of a year.
pub(super) fn is_name(header: &str) -> bool {
    let parts = PARTS.iter().flat_map(|(names, _, _)| names.iter());
    NAMES.iter().chain(&YEARS).chain(&DAYS).chain(parts).any(|n| n.eq_ignore_ascii_case(header))
}

/// The period of every row.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// By row.
    pub periods: Vec<Period>,
    /// The columns that it was read from; empty = steps 1, 2, 3 ….
    pub columns: Vec<String>,
    /// What the reader must know.
    pub notes: Vec<String>,
}

impl Times {
    /// Of a table whose time was read as spans.
    pub(super) fn none() -> Times {
        Times { periods: Vec::new(), columns: Vec::new(), notes: Vec::new() }
    }
}

/// Finds and reads the time of each row of a table; they need not be in order.
///
/// # Errors
/// On an unknown column, on a cell that is no period, and on periods of different lengths.
pub fn times(table: &Table, options: &TimeOptions) -> Result<Times> {
    if options.time.as_deref() == Some("none") {
        return Ok(steps(table.rows));
    }
    if let Some(name) = &options.time {
        return one(table, table.require(name)?, options);
    }
    let year = table.either(&YEARS);
    if let Some(year) = year
        && table.either(&NAMES[..2]).is_none()
    {
        for (names, frequency, parts) in PARTS {
            if let Some(part) = table.either(names) {
                let day = table.either(&DAYS).filter(|_| frequency == Frequency::Month);
                return year_and_part(table, year, part, day, frequency, parts);
            }
        }
    }
    match table.either(&NAMES) {
        Some(column) => one(table, column, options),
        None => unnamed(table, options),
    }
}

/// Without a column of a usual name: a `month`, `quarter`, … column of whole periods (2016-08, 2016Q3), or a first column of
/// them; else steps, with a note where a column looks like time.
fn unnamed(table: &Table, options: &TimeOptions) -> Result<Times> {
    let periods = |c: &TableColumn| one(table, c, options).ok().filter(|t| t.periods.iter().all(is_calendar));
    let parts = PARTS.iter().filter_map(|(names, _, _)| table.either(names)).chain(table.either(&DAYS));
    let first = table.columns.first().filter(|c| matches!(c.cells, Cells::Text { .. }));
    for column in parts.chain(first) {
        if let Some(mut times) = periods(column).filter(|t| !t.periods.is_empty()) {
            times.notes.push(format!("the time is read from column `{}`; --time COL says otherwise", column.name));
            return Ok(times);
        }
    }
    let mut times = steps(table.rows);
    let looks = |c: &&TableColumn| match &c.cells {
        Cells::Number(v) => {
            let years = v.iter().all(|x| (1800.0..2200.0).contains(x) && x.fract() == 0.0);
            years && v.len() > 1 && v.windows(2).all(|w| w[0] < w[1])
        }
        Cells::Text { levels, .. } => {
            levels.len() > 1 && levels.iter().all(|l| parse_period(l).is_ok_and(|p| is_calendar(&p)))
        }
    };
    if let Some(column) = table.columns.iter().find(looks) {
        let name = &column.name;
        times
            .notes
            .push(format!("the rows are taken as steps 1, 2, 3 …; if `{name}` is their time, say --time {name}"));
    }
    Ok(times)
}

fn is_calendar(p: &Period) -> bool {
    p.frequency != Frequency::Step
}

/// Rows without a calendar are steps 1, 2, 3 ….
pub(super) fn steps(rows: usize) -> Times {
    Times { periods: (1..=rows as i64).map(Period::step).collect(), columns: Vec::new(), notes: Vec::new() }
}

fn one(table: &Table, column: &TableColumn, options: &TimeOptions) -> Result<Times> {
    let periods = match &column.cells {
        Cells::Number(values) => numbers(table, column, values)?,
        Cells::Text { levels, codes } => texts(table, column, levels, codes)?,
    };
    let ends = is_last_day(&column.name);
    let found = coarsest(&periods, ends);
    // Asked for weeks, those that the dates are of.
    let wanted = options.frequency.filter(|f| *f != Frequency::Week || !found.is_week()).unwrap_or(found);
    let notes = week_note(&column.name, &periods, wanted, ends).filter(|_| found.is_week()).into_iter().collect();
    let coarser = |p: &Period| if p.frequency == Frequency::Step { *p } else { wanted.period(p.end()) };
    let periods = if periods.iter().any(|p| p.frequency > wanted && p.frequency != Frequency::Step) {
        periods.iter().map(coarser).collect()
    } else {
        periods
    };
    Ok(Times { periods, columns: vec![column.name.clone()], notes })
}

/// Whether a column's name says that its days are the last of their periods: `week_ending`, `Week end date`.
fn is_last_day(name: &str) -> bool {
    name.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| matches!(w, "end" | "ending" | "ended" | "ends"))
}

/// What is assumed of days a week apart that are not the Mondays of ISO weeks.
fn week_note(name: &str, days: &[Period], frequency: Frequency, ends: bool) -> Option<String> {
    let first = days.first().filter(|p| p.frequency == Frequency::Day)?;
    if !frequency.is_week() || (frequency == Frequency::Week && !ends) {
        return None;
    }
    let word = |d: Date| WEEKDAYS[day_number(d).rem_euclid(7) as usize];
    let week = frequency.period(first.start());
    let (edge, other) = if ends {
        ("last", "")
    } else {
        ("first", "; if they are its last days, name the column so, as in `week_ending`")
    };
    Some(format!(
        "`{name}`: the {}s a week apart are taken as the {edge} days of weeks from {} to {}{other}",
        word(first.start()),
        word(week.start()),
        word(week.end())
    ))
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Whole numbers: years, months as 201608, days as 20160801, else steps.
fn numbers(table: &Table, column: &TableColumn, values: &[f64]) -> Result<Vec<Period>> {
    if let Some(row) = values.iter().position(|v| v.is_nan()) {
        return Err(no_time(table, row, column));
    }
    if let Some(periods) = decimal_years(values) {
        return Ok(periods);
    }
    if let Some(periods) = dotted_months(table, column, values) {
        return Ok(periods);
    }
    if let Some(row) = values.iter().position(|v| v.fract() != 0.0 || v.abs() > 1e9) {
        let message = format!("`{}` in the time column `{}` is not a period", table.written(row, column), column.name);
        return Err(Error::data(message)
            .at(table.place(row, column))
            .help("write years as 2016, months as 2016-08, quarters as 2016Q3, or name another column with `--time`"));
    }
    let calendar = |low: f64, high: f64| {
        let inside = !values.is_empty() && values.iter().all(|v| (low..=high).contains(v));
        inside.then(|| values.iter().map(|v| parse_period(&format!("{v}"))).collect::<Result<Vec<_>>>().ok()).flatten()
    };
    Ok(calendar(1000.0, 2999.0)
        .or_else(|| calendar(100_001.0, 299_912.0))
        .or_else(|| calendar(10_000_101.0, 29_991_231.0))
        .unwrap_or_else(|| values.iter().map(|v| Period::step(*v as i64)).collect()))
}

/// Months as `2016.8`, `2016.10`: as written, since as numbers October would be January. Each cell is looked up in the
/// file, so only in tables of moderate size.
fn dotted_months(table: &Table, column: &TableColumn, values: &[f64]) -> Option<Vec<Period>> {
    let alike = values.iter().all(|v| (1000.0..3000.0).contains(v) && v.fract() != 0.0);
    let month = |row| parse_period(&table.written(row, column)).ok().filter(|p| p.frequency == Frequency::Month);
    (alike && table.rows <= 2000).then(|| (0..table.rows).map(month).collect()).flatten()
}

/// Years with a fraction, as R's `time()` writes months, quarters and halves (1960.083 is February 1960): only where at
/// least three rows follow each other without a gap, in the order of time. A lone `2016.5` is May 2016.
fn decimal_years(values: &[f64]) -> Option<Vec<Period>> {
    let fits = values.len() >= 3
        && values.iter().all(|v| (1000.0..3000.0).contains(v))
        && values.iter().any(|v| v.fract() != 0.0);
    let try_parts = |(parts, letter): (i64, &str)| {
        let at: Vec<i64> = values.iter().map(|v| (v * parts as f64).round() as i64).collect();
        // Two decimals at least: half a hundredth of a year.
        let near = values.iter().zip(&at).all(|(v, k)| (v - *k as f64 / parts as f64).abs() <= 0.0051);
        let one_apart = at.windows(2).all(|w| w[1] == w[0] + 1);
        let width = if parts == 12 { 2 } else { 1 };
        let text = |k: &i64| format!("{}{letter}{:0width$}", k.div_euclid(parts), k.rem_euclid(parts) + 1);
        (near && one_apart)
            .then(|| at.iter().map(|k| parse_period(&text(k)).ok()).collect::<Option<Vec<_>>>())
            .flatten()
    };
    if fits { [(2, "H"), (4, "Q"), (12, "-")].into_iter().find_map(try_parts) } else { None }
}

fn texts(table: &Table, column: &TableColumn, levels: &[String], codes: &[u32]) -> Result<Vec<Period>> {
    let by_level: Vec<Result<Period>> = levels.iter().map(|l| parse_period(l)).collect();
    let mut periods: Vec<Period> = Vec::with_capacity(codes.len());
    for (row, code) in codes.iter().enumerate() {
        let period = match by_level.get(*code as usize) {
            None => return Err(no_time(table, row, column)),
            Some(Ok(p)) => *p,
            Some(Err(e)) => {
                return Err(e.clone().at(table.place(row, column)).within(format!("time column `{}`", column.name)));
            }
        };
        if let Some(first) = periods.first()
            && first.frequency != period.frequency
        {
            let (a, b) = (first.frequency.name(), period.frequency.name());
            let message = format!("`{period}` is a {b}, but `{first}` in the first row of `{}` is a {a}", column.name);
            return Err(Error::data(message)
                .at(table.place(row, column))
                .help("use one length of period, or columns period_start and period_end for spans of any length"));
        }
        periods.push(period);
    }
    Ok(periods)
}

fn no_time(table: &Table, row: usize, column: &TableColumn) -> Error {
    Error::data(format!("the time is missing in column `{}`", column.name))
        .at(table.place(row, column))
        .help("fill it in, or delete the row")
}

/// Days that are all the first (or last) of a month, quarter, half or year, or a week apart, stand for those; a week begins
/// with its day unless the days are the last (`ends`).
fn coarsest(periods: &[Period], ends: bool) -> Frequency {
    let Some(first) = periods.first() else { return Frequency::Step };
    if first.frequency != Frequency::Day || periods.len() < 2 {
        return first.frequency;
    }
    use Frequency::{Half, Month, Quarter, Year};
    let days: Vec<Date> = periods.iter().map(|p| p.start()).collect();
    let whole = |edge: fn(Period) -> Date| {
        [Year, Half, Quarter, Month].into_iter().find(|f| days.iter().all(|d| edge(f.period(*d)) == *d))
    };
    if let Some(f) = whole(Period::start).or_else(|| whole(Period::end)) {
        return f;
    }
    let weekly = days.iter().all(|d| (day_number(*d) - day_number(days[0])) % 7 == 0);
    let begins = if ends { days[0].saturating_add(1.day()) } else { days[0] };
    if weekly { Frequency::weeks_from(begins) } else { Frequency::Day }
}

/// A year column with a quarter, month (and day), half or week beside it.
fn year_and_part(
    table: &Table,
    year: &TableColumn,
    part: &TableColumn,
    day: Option<&TableColumn>,
    frequency: Frequency,
    parts: i64,
) -> Result<Times> {
    let years = whole_numbers(table, year, 1, 9000, "a year")?;
    let part_numbers = whole_numbers(table, part, 1, parts, &format!("a {} from 1 to {parts}", frequency.name()))?;
    let mut columns = vec![year.name.clone(), part.name.clone()];
    let pairs = years.iter().copied().zip(part_numbers.iter().copied());
    let periods: Vec<Period> = match (frequency, day) {
        (Frequency::Week, _) => return weeks(table, pairs.collect(), columns),
        (_, Some(day)) => {
            columns.push(day.name.clone());
            let days = whole_numbers(table, day, 1, 31, "a day from 1 to 31")?;
            let date = |(row, ((y, m), d)): (usize, ((i64, i64), i64))| {
                Date::new(y as i16, m as i8, d as i8)
                    .map(|d| Frequency::Day.period(d))
                    .map_err(|_| Error::data(format!("there is no day {y}-{m:02}-{d:02}")).at(table.place(row, day)))
            };
            pairs.zip(days).enumerate().map(date).collect::<Result<_>>()?
        }
        _ => pairs.map(|(y, p)| Period { frequency, ordinal: y * parts + p - 1 }).collect(),
    };
    Ok(Times { periods, columns, notes: Vec::new() })
}

/// The ISO weeks; or, where the numbers run on but do not follow that calendar, plain steps.
fn weeks(table: &Table, pairs: Vec<(i64, i64)>, columns: Vec<String>) -> Result<Times> {
    let iso = |(y, w): &(i64, i64)| ISOWeekDate::new(*y as i16, *w as i8, Weekday::Monday).ok();
    let dates: Option<Vec<Date>> = pairs.iter().map(|p| iso(p).map(|w| w.date())).collect();
    let one_apart = |d: &[Date]| d[1] == d[0].saturating_add(7.days());
    let in_calendar = dates.as_ref().is_some_and(|d| d.windows(2).all(one_apart));
    let run_on = |p: &[(i64, i64)]| p[1] == (p[0].0, p[0].1 + 1) || (p[1] == (p[0].0 + 1, 1) && p[0].1 >= 52);
    if !in_calendar && pairs.windows(2).all(run_on) {
        let note = "the weeks run on but are not those of the ISO calendar (which has a week 53 in some years): the rows \
                    are taken as steps 1, 2, 3 …";
        return Ok(Times { notes: vec![note.into()], columns, ..steps(pairs.len()) });
    }
    match dates {
        Some(dates) => {
            let periods = dates.iter().map(|d| Frequency::Week.period(*d)).collect();
            Ok(Times { periods, columns, notes: Vec::new() })
        }
        None => {
            let row = pairs.iter().position(|p| iso(p).is_none()).unwrap_or(0);
            let (y, w) = pairs[row];
            let e = Error::data(format!("the ISO year {y} has no week {w}"))
                .help("`--time none` takes the rows as steps 1, 2, 3 …");
            Err(match table.column(&columns[1]) {
                Some(c) => e.at(table.place(row, c)),
                None => e,
            })
        }
    }
}

/// January or Jan, in any case.
fn month_by_name(text: &str) -> Option<i64> {
    let names = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = text.trim().trim_end_matches('.').to_lowercase();
    names.iter().position(|n| word.len() >= 3 && n.starts_with(&word)).map(|m| m as i64 + 1)
}

fn whole_numbers(table: &Table, column: &TableColumn, low: i64, high: i64, what: &str) -> Result<Vec<i64>> {
    (0..table.rows)
        .map(|row| {
            if !column.is_known(row) {
                return Err(no_time(table, row, column));
            }
            let text = column.text(row);
            // `Q3`, `3분기`, `8월`, `2016년` are numbers to a reader.
            let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
            let named = if what.contains("month") { month_by_name(&text) } else { None };
            let number = named.or_else(|| digits.parse::<i64>().ok()).filter(|n| (low..=high).contains(n));
            let plain = named.is_some() || !text.contains(['.', '-', '/']);
            number.filter(|_| plain).ok_or_else(|| {
                let cell = table.written(row, column);
                Error::data(format!("`{cell}` in column `{}` is not {what}", column.name)).at(table.place(row, column))
            })
        })
        .collect()
}
