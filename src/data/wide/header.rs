//! Which columns of a header are periods, and which are not.

use super::names::{is_total, part, part_of, period, unmarked};
use super::{Wide, WideOptions};
use crate::data::table::{Table, TableColumn};
use crate::data::time::{NAMES, PART_NAMES, YEARS};
use crate::error::{Error, Result};
use crate::period::{Frequency, Span, day_number};

/// So many columns must be periods before a table is taken as wide without being told.
const FEWEST: usize = 3;
/// Columns of parts of a year, which stand beside years across.
const PARTS: [(&[&str], Frequency); 3] = [
    (&["month", "months", "월", "월별"], Frequency::Month),
    (&["quarter", "분기", "분기별"], Frequency::Quarter),
    (&["half", "반기"], Frequency::Half),
];

/// When a column's figures were counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum When {
    /// In these days; of a table of years by parts, in the row's part of this year.
    Span(Span),
    /// In this part of the row's year, from 1; part 1 of a year is the whole.
    Part(Frequency, i64),
}

/// A column with values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    pub field: usize,
    pub when: When,
    /// Whether its header marks it as provisional.
    pub provisional: bool,
}

/// What of the time stands in each row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Beside {
    /// Nothing.
    Nothing,
    /// The year, in this field.
    Year(usize),
    /// The part of the year, in this field.
    Part(usize, Frequency),
}

/// What stands across, and what beside it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Across {
    pub beside: Beside,
    pub slots: Vec<Slot>,
    /// The length of most periods; the others contain some of them, or are parts.
    pub length: Frequency,
}

impl Across {
    /// The fields with values.
    pub fn fields(&self) -> Vec<usize> {
        self.slots.iter().map(|s| s.field).collect()
    }

    /// The field with the year or the part of it.
    pub fn time(&self) -> Option<usize> {
        match self.beside {
            Beside::Nothing => None,
            Beside::Year(f) | Beside::Part(f, _) => Some(f),
        }
    }

    /// The length of most rows of the long table.
    pub fn row_length(&self) -> Frequency {
        if let Beside::Part(_, frequency) = self.beside { frequency } else { self.length }
    }

    /// Whether a column is one of most: a whole period or a part of that length.
    pub fn is_main(&self, slot: &Slot) -> bool {
        match slot.when {
            When::Span(span) => length(span) == Some(self.length),
            When::Part(f, _) => f == self.length,
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

fn length(span: Span) -> Option<Frequency> {
    span.as_period().map(|p| p.frequency)
}

/// So many columns must be periods.
fn fewest(options: &WideOptions) -> usize {
    if options.wide == Wide::Auto { FEWEST } else { 1 }
}

/// What stands across a header, if it may be that of a wide table: no column of it is a response or a time beside.
pub(super) fn across(names: &[String], options: &WideOptions) -> Option<Across> {
    let is = |n: &str, list: &[&str]| list.iter().any(|l| l.eq_ignore_ascii_case(n));
    let timed = |n: &String| options.time.as_ref() == Some(n) || is(n, &NAMES) || is(n, &PART_NAMES);
    let found = periods(names, options).or_else(|| parts(names, &timed, options))?;
    let fields = found.fields();
    let free = |(f, n): (usize, &String)| match found.beside {
        _ if fields.contains(&f) => !options.used.contains(n) && !options.by.contains(n),
        _ if found.time() == Some(f) || options.by.contains(n) => true,
        _ => *n != options.value && (options.wide == Wide::Yes || !timed(n)),
    };
    names.iter().enumerate().all(free).then_some(found)
}

/// Whole periods across; years with a column of months, quarters or halves beside them are years by parts.
fn periods(names: &[String], options: &WideOptions) -> Option<Across> {
    let slot = |(field, name): (usize, &String), spans| {
        period(name, spans).map(|(span, provisional)| Slot { field, when: When::Span(span), provisional })
    };
    let span = |s: &Slot| if let When::Span(span) = s.when { Some(span) } else { None };
    let single: Vec<Span> = names.iter().enumerate().filter_map(|n| slot(n, false)).filter_map(|s| span(&s)).collect();
    let count = |f: Option<Frequency>| single.iter().filter(|s| length(**s) == f).count();
    let commonest = single.iter().map(|s| length(*s)).max_by_key(|f| (count(*f), *f))?;
    let beside = if commonest == Some(Frequency::Year) { part_column(names, options) } else { None };
    let least = if commonest == Some(Frequency::Year) { fewest(options).min(2) } else { fewest(options) };
    if count(commonest) < least {
        return None;
    }
    let years_only = beside.is_some() || !options.spans;
    let kept = |s: &Slot| span(s).is_some_and(|s| !years_only || length(s) == commonest);
    let mut slots: Vec<Slot> = names.iter().enumerate().filter_map(|n| slot(n, options.spans)).filter(kept).collect();
    if !years_only {
        slots.extend(total(names, &slots, commonest));
        slots.sort_by_key(|s| s.field);
    }
    let beside = beside.map_or(Beside::Nothing, |(f, frequency)| Beside::Part(f, frequency));
    Some(Across { beside, slots, length: commonest? })
}

/// The column that holds the parts of years across.
fn part_column(names: &[String], options: &WideOptions) -> Option<(usize, Frequency)> {
    let named = |n: &String| {
        let of = PARTS.iter().find(|(list, _)| list.iter().any(|l| l.eq_ignore_ascii_case(n)));
        of.filter(|_| !options.by.contains(n)).map(|(_, frequency)| *frequency)
    };
    names.iter().enumerate().find_map(|(f, n)| named(n).map(|frequency| (f, frequency)))
}

/// The column of totals beside periods that follow each other without a gap: the count of all their days.
fn total(names: &[String], slots: &[Slot], length_of_most: Option<Frequency>) -> Option<Slot> {
    let mut totals = names.iter().enumerate().filter(|(_, n)| is_total(unmarked(n).0));
    let ((field, name), None) = (totals.next()?, totals.next()) else { return None };
    let mut spans: Vec<Span> =
        slots.iter().filter_map(|s| if let When::Span(s) = s.when { Some(s) } else { None }).collect();
    spans.retain(|s| length(*s) == length_of_most);
    spans.sort_by_key(|s| s.end);
    let next = |w: &[Span]| w[1].start.is_some_and(|s| day_number(s) == day_number(w[0].end) + 1);
    let whole = spans.len() >= 2 && spans.windows(2).all(next);
    let span = Span { start: spans.first()?.start, end: spans.last()?.end };
    let new = slots.iter().all(|s| s.when != When::Span(span));
    (whole && new).then(|| Slot { field, when: When::Span(span), provisional: unmarked(name).1 })
}

/// Parts of a year across: all of one length, and of counts also those of others and the total of the year.
fn parts(names: &[String], timed: &dyn Fn(&String) -> bool, options: &WideOptions) -> Option<Across> {
    let year = names
        .iter()
        .position(|n| options.time.as_ref() == Some(n))
        .or_else(|| names.iter().position(|n| YEARS.iter().any(|y| y.eq_ignore_ascii_case(n))))
        .or_else(|| names.iter().position(timed))?;
    let slot = |(field, name): (usize, &String)| {
        let (stem, provisional) = unmarked(name);
        let of = part(stem).or_else(|| is_total(stem).then_some((Frequency::Year, 1)))?;
        Some(Slot { field, when: When::Part(of.0, of.1), provisional })
    };
    let slots: Vec<Slot> = names.iter().enumerate().filter(|(f, _)| *f != year).filter_map(slot).collect();
    let of = |f: Frequency| slots.iter().filter(move |s| matches!(s.when, When::Part(g, _) if f == g));
    let lengths = [Frequency::Month, Frequency::Quarter, Frequency::Half];
    let is_whole = |f: &Frequency| {
        let n = f.per_year().unwrap_or(1);
        of(*f).count() == n && (1..=n as i64).all(|i| of(*f).any(|s| s.when == When::Part(*f, i)))
    };
    // Said to be wide, a table may lack parts.
    let some = |f: &Frequency| options.wide == Wide::Yes && of(*f).next().is_some();
    let length = lengths.into_iter().find(is_whole).or_else(|| lengths.into_iter().find(some))?;
    let once = |s: &Slot| slots.iter().filter(|o| o.when == s.when).count() == 1;
    let number = |s: &Slot| names[s.field].trim().bytes().all(|b| b.is_ascii_digit());
    let other = |s: &Slot| options.spans && once(s) && !number(s);
    let kept = |s: &&Slot| matches!(s.when, When::Part(f, _) if f == length) || other(s);
    Some(Across { beside: Beside::Year(year), slots: slots.iter().filter(kept).copied().collect(), length })
}

/// The columns of a table; `None` = it is not wide.
///
/// # Errors
/// On a period that two columns have, and a header among periods that is none.
pub(super) fn layout(table: &Table, options: &WideOptions) -> Result<Option<Layout>> {
    let names: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
    let Some(mut across) = across(&names, options) else { return Ok(None) };
    if let Beside::Part(f, frequency) = across.beside
        && !holds_parts(table, f, |cell| part_of(cell, frequency).is_some())
    {
        return Ok(None);
    }
    let fields = across.fields();
    let named = |f: &usize| !fields.contains(f) && (0..table.rows).any(|r| table.columns[*f].is_known(r));
    let labels: Vec<usize> = (0..names.len()).filter(named).collect();
    let is_by = |f: &usize| options.by.contains(&names[*f]);
    let is_year = |s: &Slot| across.is_main(s) || is_total(unmarked(&names[s.field]).0);
    if across.beside == Beside::Nothing && across.length == Frequency::Year && across.slots.iter().all(is_year) {
        let of = |f: &usize| parts_in_words(table, *f).map(|frequency| (*f, frequency));
        if let Some((f, frequency)) = labels.iter().filter(|f| !is_by(f)).find_map(of) {
            let years = across.slots.iter().filter(|s| across.is_main(s)).copied().collect();
            across = Across { beside: Beside::Part(f, frequency), slots: years, ..across };
        }
    }
    let main = across.slots.iter().filter(|s| across.is_main(s)).count();
    if across.beside == Beside::Nothing && main < fewest(options) {
        return Ok(None);
    }
    check(table, &across)?;
    let time = across.time();
    let (by, rest): (Vec<usize>, Vec<usize>) = labels.into_iter().filter(|f| Some(*f) != time).partition(is_by);
    let variables = variables(table, &rest, options);
    let others: Vec<usize> = rest.into_iter().filter(|f| Some(*f) != variables).collect();
    // Numbers beside the parts of a year may be the counts, and the parts covariates.
    let counts = |f: &usize| !is_total(&names[*f]) && is_numeric(table, &table.columns[*f]);
    if options.wide == Wide::Auto && time.is_some() && others.iter().any(counts) {
        return Ok(None);
    }
    Ok(Some(Layout { across, by, variables, others }))
}

/// Whether all cells of a column are parts of a year, apart from totals.
fn holds_parts(table: &Table, field: usize, is_part: impl Fn(&str) -> bool) -> bool {
    let column = &table.columns[field];
    let cell = |r: usize| is_total(&column.text(r)) || is_part(unmarked(&column.text(r)).0);
    table.rows > 0 && (0..table.rows).all(cell) && !(0..table.rows).all(|r| is_total(&column.text(r)))
}

/// The length of the parts of a year that the cells of a column name in words (`Jan`, `1월`, `Q1`): plain numbers may be
/// anything.
fn parts_in_words(table: &Table, field: usize) -> Option<Frequency> {
    let in_words = |cell: &str| part(cell).filter(|_| !cell.trim().bytes().all(|b| b.is_ascii_digit()));
    let column = &table.columns[field];
    let (frequency, _) = (0..table.rows).find_map(|r| in_words(unmarked(&column.text(r)).0))?;
    holds_parts(table, field, |cell| in_words(cell).is_some_and(|(f, _)| f == frequency)).then_some(frequency)
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

fn check(table: &Table, across: &Across) -> Result<()> {
    let slots = &across.slots;
    for (i, slot) in slots.iter().enumerate() {
        if let Some(first) = slots[..i].iter().find(|s| s.when == slot.when) {
            let (a, b) = (&table.columns[first.field], &table.columns[slot.field]);
            return Err(Error::data(format!("the columns `{}` and `{}` are the same period", a.name, b.name))
                .at(table.header_place(b))
                .help("keep one of them; several series go into rows of their own"));
        }
    }
    let is_total = |field: usize| is_total(unmarked(&table.columns[field].name).0);
    let spans = || slots.iter().filter(|s| matches!(s.when, When::Span(_)) && !is_total(s.field)).map(|s| s.field);
    let (Some(first), Some(last)) = (spans().next(), spans().next_back()) else { return Ok(()) };
    let stranger = (first..last).find(|f| {
        let name = &table.columns[*f].name;
        slots.iter().all(|s| s.field != *f) && period(name, true).is_none() && !is_total(*f)
    });
    match stranger.filter(|f| across.time() != Some(*f)) {
        None => Ok(()),
        Some(f) => {
            let c = &table.columns[f];
            Err(Error::data(format!("the header `{}` stands among periods, but is none", c.name))
                .at(table.header_place(c))
                .help("correct it, or move the column to the front; `--wide no` reads the columns as they are"))
        }
    }
}

/// What a header that was not taken as wide may mean all the same: for those whose file then fails.
pub(super) fn hint(names: &[String], options: &WideOptions) -> Option<String> {
    let is_year = |n: &String| YEARS.iter().any(|y| y.eq_ignore_ascii_case(n));
    let free = |n: &&String| !options.used.contains(n) && !options.by.contains(n);
    let whole: Vec<&String> = names.iter().filter(free).filter(|n| period(n, options.spans).is_some()).collect();
    let parts = || names.iter().filter(free).filter(|n| !is_year(n) && part(unmarked(n).0).is_some()).collect();
    let found: Vec<&String> = if whole.is_empty() && names.iter().any(is_year) { parts() } else { whole };
    let list = match found.as_slice() {
        _ if names.contains(&options.value) || options.wide != Wide::Auto => return None,
        [] => return None,
        [_] if found.iter().all(|n| period(n, options.spans).is_none()) => return None,
        [one] => format!("the column `{one}` looks like a period"),
        [one, other] => format!("the columns `{one}` and `{other}` look like periods"),
        [one, .., last] => format!("the columns `{one}` to `{last}` look like periods"),
    };
    Some(format!("{list}: `--wide yes` reads the counts of a period from each"))
}
