//! Which columns of a header are periods, and which are not.

use super::{Wide, WideOptions};
use crate::data::table::{Table, TableColumn};
use crate::data::time::{NAMES, PART_NAMES, YEARS};
use crate::error::{Error, Result};
use crate::period::{Frequency, Span, parse_period, parse_span};

/// So many columns must be periods before a table is taken as wide.
const FEWEST: usize = 3;
/// Years that a header of four digits may mean.
const YEARS_MEANT: std::ops::RangeInclusive<i64> = 1800..=2200;
/// Names of columns that sum up the others.
const TOTALS: [&str; 10] = ["total", "sum", "all", "annual", "year total", "계", "합계", "총계", "소계", "연간"];
const MONTHS: [&str; 12] = [
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

/// What stands across.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Across {
    /// Whole periods (or spans), by field.
    Periods(Vec<(usize, Span)>),
    /// Parts of the year in a field: the frequency and, by field, which part, from 1.
    Parts { year: usize, frequency: Frequency, parts: Vec<(usize, i64)> },
}

impl Across {
    /// The fields with values.
    pub fn fields(&self) -> Vec<usize> {
        match self {
            Across::Periods(p) => p.iter().map(|(f, _)| *f).collect(),
            Across::Parts { parts, .. } => parts.iter().map(|(f, _)| *f).collect(),
        }
    }
}

/// The columns of a wide table.
pub(super) struct Layout {
    pub across: Across,
    /// Fields that name the group.
    pub by: Vec<usize>,
    /// The field that names the variables.
    pub variables: Option<usize>,
    /// The other named fields, which are left out.
    pub others: Vec<usize>,
}

/// The whole period that a header names: `2001`, `2001년`, `2016Q1`, R's `X2001`, the World Bank's `2001 [YR2001]`.
fn period(name: &str, spans: bool) -> Option<Span> {
    let name = name.split_once(" [").map_or(name, |(n, _)| n).trim();
    let name = name.strip_prefix('X').filter(|n| n.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(name);
    let span = match parse_period(name) {
        Ok(p) => p.span(),
        Err(_) if spans => parse_span(name).ok()?,
        Err(_) => return None,
    };
    YEARS_MEANT.contains(&i64::from(span.end.year())).then_some(span)
}

/// The part of a year that a header names: `Jan`, `1월`, `M01`, `Q1`, `1Q`, `1분기`, `H1`, `상반기`.
fn part(name: &str) -> Option<(Frequency, i64)> {
    let word = name.trim().trim_end_matches('.').to_lowercase();
    if let Some(m) =
        MONTHS.iter().position(|m| word.len() >= 3 && m.starts_with(&word) || word == "sept" && *m == "september")
    {
        return Some((Frequency::Month, m as i64 + 1));
    }
    let whole = |text: &str, most: i64| text.trim().parse().ok().filter(|n| (1..=most).contains(n));
    let of = |frequency, most, text: Option<&str>| text.and_then(|t| whole(t, most)).map(|n| (frequency, n));
    let (first, last) = (|c: &str| word.strip_prefix(c), |c: &str| word.strip_suffix(c));
    match word.as_str() {
        "상반기" => return Some((Frequency::Half, 1)),
        "하반기" => return Some((Frequency::Half, 2)),
        _ => {}
    }
    of(Frequency::Month, 12, last("월"))
        .or_else(|| of(Frequency::Month, 12, first("m")))
        .or_else(|| of(Frequency::Month, 12, Some(&word)))
        .or_else(|| of(Frequency::Quarter, 4, first("q")))
        .or_else(|| of(Frequency::Quarter, 4, first("qtr")))
        .or_else(|| of(Frequency::Quarter, 4, last("q")))
        .or_else(|| of(Frequency::Quarter, 4, last("/4분기")))
        .or_else(|| of(Frequency::Quarter, 4, last("분기")))
        .or_else(|| of(Frequency::Half, 2, first("h")))
}

/// What stands across a header, if it is that of a wide table beyond doubt: no column of it is a response or a time beside.
pub(super) fn across(names: &[String], options: &WideOptions) -> Option<Across> {
    let is = |n: &str, list: &[&str]| list.iter().any(|l| l.eq_ignore_ascii_case(n));
    let timed = |n: &String| options.time.as_ref() == Some(n) || is(n, &NAMES) || is(n, &PART_NAMES);
    let found = across_all(names, &timed, options)?;
    let fields = found.fields();
    let free = |(f, n): (usize, &String)| match &found {
        _ if fields.contains(&f) => !options.used.contains(n) && !options.by.contains(n),
        Across::Parts { year, .. } => f == *year || !timed(n) && *n != options.value,
        Across::Periods(_) => !timed(n) && *n != options.value,
    };
    names.iter().enumerate().all(free).then_some(found)
}

fn across_all(names: &[String], timed: &dyn Fn(&String) -> bool, options: &WideOptions) -> Option<Across> {
    let periods: Vec<(usize, Span)> =
        names.iter().enumerate().filter_map(|(f, n)| period(n, false).map(|s| (f, s))).collect();
    let frequency = |s: &Span| s.as_period().map(|p| p.frequency);
    let commonest = periods
        .iter()
        .map(|(_, s)| frequency(s))
        .max_by_key(|f| (periods.iter().filter(|(_, s)| frequency(s) == *f).count(), *f));
    if let Some(wanted) = commonest
        && periods.iter().filter(|(_, s)| frequency(s) == wanted).count() >= FEWEST
    {
        let all = names.iter().enumerate().filter_map(|(f, n)| period(n, options.spans).map(|s| (f, s)));
        let kept = all.filter(|(_, s)| frequency(s) == wanted || options.spans && s.as_period().is_none());
        return Some(Across::Periods(kept.collect()));
    }
    let year = names
        .iter()
        .position(|n| options.time.as_ref() == Some(n))
        .or_else(|| names.iter().position(|n| YEARS.iter().any(|y| y.eq_ignore_ascii_case(n))))
        .or_else(|| names.iter().position(timed))?;
    [(Frequency::Month, 12), (Frequency::Quarter, 4), (Frequency::Half, 2)].into_iter().find_map(|(frequency, n)| {
        let of = |(f, name): (usize, &String)| part(name).filter(|(k, _)| *k == frequency).map(|(_, i)| (f, i));
        let parts: Vec<(usize, i64)> = names.iter().enumerate().filter(|(f, _)| *f != year).filter_map(of).collect();
        let whole = parts.len() == n && (1..=n as i64).all(|i| parts.iter().any(|(_, p)| *p == i));
        whole.then_some(Across::Parts { year, frequency, parts })
    })
}

/// The columns of a table; `None` = it is not wide.
///
/// # Errors
/// On a period that two columns have, and a header among periods that is none.
pub(super) fn layout(table: &Table, options: &WideOptions) -> Result<Option<Layout>> {
    let names: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
    let Some(across) = across(&names, options) else { return Ok(None) };
    let fields = across.fields();
    if let Across::Periods(periods) = &across {
        check(table, periods)?;
    }
    let year = if let Across::Parts { year, .. } = &across { Some(*year) } else { None };
    let named = |f: &usize| {
        let c = &table.columns[*f];
        !fields.contains(f) && year != Some(*f) && (0..table.rows).any(|r| c.is_known(r))
    };
    let labels: Vec<usize> = (0..names.len()).filter(named).collect();
    let (by, rest): (Vec<usize>, Vec<usize>) = labels.into_iter().partition(|f| options.by.contains(&names[*f]));
    let variables = variables(table, &rest, options);
    let others: Vec<usize> = rest.into_iter().filter(|f| Some(*f) != variables).collect();
    // Numbers beside the parts of a year may be the counts, and the parts covariates.
    let counts = |f: &usize| !is_total(&names[*f]) && is_numeric(table, &table.columns[*f]);
    if options.wide == Wide::Auto && year.is_some() && others.iter().any(counts) {
        return Ok(None);
    }
    Ok(Some(Layout { across, by, variables, others }))
}

/// Whether all known cells of a column that was read as text are numbers.
fn is_numeric(table: &Table, column: &TableColumn) -> bool {
    (0..table.rows).filter(|r| column.is_known(*r)).all(|r| column.text(r).trim().parse::<f64>().is_ok())
}

/// The column whose cells name variables: the one that `--wide` names, else one in which a formula's name stands.
fn variables(table: &Table, labels: &[usize], options: &WideOptions) -> Option<usize> {
    let column = |f: &usize| &table.columns[*f];
    if let Wide::Variables(name) = &options.wide {
        return labels.iter().copied().find(|f| column(f).name == *name);
    }
    let used = |c: &TableColumn| (0..table.rows).any(|r| options.used.iter().any(|u| *u == *c.text(r)));
    labels.iter().copied().find(|f| used(column(f)))
}

fn check(table: &Table, periods: &[(usize, Span)]) -> Result<()> {
    for (i, (field, span)) in periods.iter().enumerate() {
        if let Some((first, _)) = periods[..i].iter().find(|(_, s)| s == span) {
            let (a, b) = (&table.columns[*first], &table.columns[*field]);
            return Err(Error::data(format!("the columns `{}` and `{}` are the same period", a.name, b.name))
                .at(table.header_place(b))
                .help("keep one of them; several series go into rows of their own"));
        }
    }
    let (Some((first, _)), Some((last, _))) = (periods.first(), periods.last()) else { return Ok(()) };
    let stranger = (*first..*last).find(|f| {
        let name = &table.columns[*f].name;
        !periods.iter().any(|(p, _)| p == f) && period(name, true).is_none() && !is_total(name)
    });
    match stranger {
        None => Ok(()),
        Some(f) => {
            let c = &table.columns[f];
            Err(Error::data(format!("the header `{}` stands among periods, but is none", c.name))
                .at(table.header_place(c))
                .help("correct it, or move the column to the front; `--wide no` reads the columns as they are"))
        }
    }
}

/// Whether a column is, by its name, the sum of the others.
pub(super) fn is_total(name: &str) -> bool {
    TOTALS.contains(&name.trim().to_lowercase().as_str())
}
