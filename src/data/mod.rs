//! The data above the border: observations over spans of days with their vintages, covariates with publication lags,
//! dated events; and [`Dataset::as_of`], the only home of "what was known when".

mod blocks;
pub mod build;
mod builder;
pub mod builtin;
mod choose;
pub mod converted;
pub mod csv;
mod event;
pub mod export;
mod finer;
mod gaps;
mod group;
mod interner;
mod join;
mod json;
mod known;
mod number;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod reconcile;
mod rows;
pub mod scenario;
mod sniff;
pub mod source;
mod spans;
pub mod table;
#[cfg(test)]
mod tests;
pub mod time;
mod walk;
pub mod wide;
#[cfg(feature = "xlsx")]
mod xlsx;

pub use choose::Choice;
pub use event::Event;
pub use group::{Group, Shares, groups, totals};
pub use number::Decimal;
pub use sniff::Dialect;
pub use source::{Encoding, Source};
pub use spans::{commonest as recorded_by, says_when};
pub use table::{Cells, MISSING, Table, TableColumn};
pub use time::{TimeOptions, Times, times};
pub use wide::{Wide, WideOptions};

use crate::error::{Error, Result, suggest};
use crate::period::{Frequency, Grid, Period, Span};
use jiff::ToSpan;
use jiff::civil::Date;

/// How far a count can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Not to be revised any more, as far as known.
    #[default]
    Final,
    /// May still be revised.
    Provisional,
    /// Contradicted by another source: shown and reconciled, never fitted.
    Disputed,
}

impl Status {
    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Status::Final => "final",
            Status::Provisional => "provisional",
            Status::Disputed => "disputed",
        }
    }
}

/// A count over a span of days: one vintage of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The days counted.
    pub span: Span,
    /// The count; `None` = not recorded.
    pub count: Option<u64>,
    /// The day on which this figure was announced; `None` = with the end of the span.
    pub announced: Option<Date>,
    /// Whether its table says of no figure when it was announced.
    pub undated: bool,
    /// Final, provisional or disputed.
    pub status: Status,
    /// Whether it is a sum or difference of other figures and so no evidence of its own.
    pub derived: bool,
    /// Where it was read: source ids, or `file:line`.
    pub source: String,
    /// What is doubtful.
    pub note: String,
}

impl Observation {
    /// A final, reported count that is known at the end of its span.
    pub fn new(span: Span, count: Option<u64>) -> Self {
        let (source, note) = (String::new(), String::new());
        Observation {
            span,
            count,
            announced: None,
            undated: false,
            status: Status::Final,
            derived: false,
            source,
            note,
        }
    }

    /// The first day on which the figure is known.
    pub fn known_from(&self) -> Date {
        self.announced.unwrap_or(self.span.end)
    }
}

/// Values of a covariate by step of the grid.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; NaN = unknown.
    Number(Vec<f64>),
    /// A factor: sorted levels and, by step, which one.
    Text {
        /// Levels, sorted.
        levels: Vec<String>,
        /// Index into `levels`; `None` = unknown.
        codes: Vec<Option<u32>>,
    },
}

impl Values {
    /// Number of steps.
    pub fn len(&self) -> usize {
        match self {
            Values::Number(v) => v.len(),
            Values::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no steps.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value of step `s` is known.
    pub fn is_known(&self, s: usize) -> bool {
        match self {
            Values::Number(v) => v.get(s).is_some_and(|x| !x.is_nan()),
            Values::Text { codes, .. } => codes.get(s).is_some_and(Option::is_some),
        }
    }

    /// Forgets the value of step `s`.
    pub fn forget(&mut self, s: usize) {
        match self {
            Values::Number(v) => v[s] = f64::NAN,
            Values::Text { codes, .. } => codes[s] = None,
        }
    }

    /// Drops the levels that no step has.
    pub fn drop_unused_levels(&mut self) {
        let Values::Text { levels, codes } = self else { return };
        let mut used = vec![false; levels.len()];
        codes.iter().flatten().for_each(|c| used[*c as usize] = true);
        if used.iter().all(|u| *u) {
            return;
        }
        let mut next = 0u32;
        let renumbered: Vec<u32> = used
            .iter()
            .map(|u| {
                next += u32::from(*u);
                next.saturating_sub(1)
            })
            .collect();
        codes.iter_mut().flatten().for_each(|c| *c = renumbered[*c as usize]);
        let mut used = used.into_iter();
        levels.retain(|_| used.next().unwrap_or(false));
    }

    /// Adds unknown values at both ends.
    pub fn pad(&mut self, before: usize, after: usize) {
        match self {
            Values::Number(v) => {
                v.splice(0..0, std::iter::repeat_n(f64::NAN, before));
                v.extend(std::iter::repeat_n(f64::NAN, after));
            }
            Values::Text { codes, .. } => {
                codes.splice(0..0, std::iter::repeat_n(None, before));
                codes.extend(std::iter::repeat_n(None, after));
            }
        }
    }
}

/// A figure of a covariate as announced on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vintage {
    /// Step of the grid.
    pub step: usize,
    /// The day.
    pub announced: Date,
    /// The figure.
    pub value: f64,
}

/// When the values of a covariate become known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// So many months and days after the end of the period.
    After {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
    },
    /// Always, also for the future: calendars, planned rates.
    InAdvance,
}

impl Default for Known {
    fn default() -> Self {
        Known::After { months: 0, days: 0 }
    }
}

/// A covariate.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name in formulas.
    pub name: String,
    /// Short label for people; empty = the name.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// Values by step of the grid.
    pub values: Values,
    /// Publication lag.
    pub known: Known,
    /// Dated vintages; where a step has any, they replace the lag rule.
    pub vintages: Vec<Vintage>,
    /// Source ids or a file name.
    pub source: String,
    /// Its own frequency when that is coarser than the grid's: a year's figure, repeated in its quarters, is known only
    /// after the year.
    pub frequency: Option<Frequency>,
    /// Set when nearly all of a text column is numbers: the error that points at the first cell that is not.
    pub spoiled: Option<Error>,
    /// Whether all its texts are numbers to readers who have the other decimal character; then `spoiled` says how.
    pub misread: bool,
}

impl Column {
    /// A covariate known at the end of each period.
    pub fn new(name: impl Into<String>, values: Values) -> Self {
        let (label, unit, source) = (String::new(), String::new(), String::new());
        let (known, vintages) = (Known::default(), Vec::new());
        let (name, frequency, spoiled, misread) = (name.into(), None, None, false);
        Column { name, label, unit, values, known, vintages, source, frequency, spoiled, misread }
    }

    /// A numeric covariate known at the end of each period.
    pub fn numbers(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self::new(name, Values::Number(values))
    }

    /// The values as numbers, NaN where unknown.
    ///
    /// # Errors
    /// On a text column; when one cell spoilt a column of numbers, the error points at it.
    pub fn as_numbers(&self) -> Result<&[f64]> {
        match &self.values {
            Values::Number(v) => Ok(v),
            Values::Text { .. } => Err(self.spoiled.clone().unwrap_or_else(|| {
                Error::data(format!("column `{}` holds text, but a number is needed here", self.name))
                    .help(format!("use it as a factor: C({})", self.name))
            })),
        }
    }

    /// The label, or else the name.
    pub fn label(&self) -> &str {
        if self.label.is_empty() { &self.name } else { &self.label }
    }

    fn known_at(&self, period: Period, date: Date) -> bool {
        match self.known {
            Known::InAdvance => true,
            Known::After { months, days } => {
                // Counted from the first day after the period, so that June plus a month is the end of July.
                let next = self.frequency.map_or(period, |f| f.period(period.end())).offset(1).start();
                next.checked_add(months.months().days(days)).is_ok_and(|d| d <= date.tomorrow().unwrap_or(date))
            }
        }
    }
}

/// Observations, covariates and events on one grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Steps from the first to the last period of anything recorded (open-started spans apart).
    pub grid: Grid,
    /// Name of the response.
    pub response: String,
    /// All vintages, ordered by span, then by the day they were known.
    pub observations: Vec<Observation>,
    /// Covariates, each as long as the grid.
    pub columns: Vec<Column>,
    /// Events by date.
    pub events: Vec<Event>,
    /// The day whose knowledge this is; `None` = all that is recorded.
    pub known_at: Option<Date>,
    /// Names of columns of the files that were passed over because nothing names them.
    pub unread: Vec<String>,
    /// Whether rows of several series stand one after the other, so that the steps are not in the order of time.
    pub pooled: bool,
}

impl Dataset {
    /// No data yet, on a grid.
    pub fn new(grid: Grid, response: impl Into<String>) -> Self {
        let (observations, columns, events) = (Vec::new(), Vec::new(), Vec::new());
        let (response, unread) = (response.into(), Vec::new());
        Dataset { grid, response, observations, columns, events, known_at: None, unread, pooled: false }
    }

    /// The covariate of a name.
    ///
    /// # Errors
    /// On an unknown name, with the nearest ones.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.iter().find(|c| c.name == name).ok_or_else(|| {
            let known = self.columns.iter().map(|c| &c.name).chain([&self.response]).chain(&self.unread);
            let known: Vec<&str> = known.map(String::as_str).collect();
            Error::data(format!("unknown column `{name}`")).help(suggest(name, known))
        })
    }

    /// The event of an id.
    ///
    /// # Errors
    /// On an unknown id, with the nearest ones.
    pub fn event(&self, id: &str) -> Result<&Event> {
        self.events.iter().find(|e| e.id == id).ok_or_else(|| {
            let known: Vec<&str> = self.events.iter().map(|e| e.id.as_str()).collect();
            Error::data(format!("unknown event `{id}`")).help(self.near_event(id, known))
        })
    }

    /// The remedy for the name of an event that is not among `known`; without any event, how a study gets some.
    pub(crate) fn near_event(&self, name: &str, known: Vec<&str>) -> String {
        if self.events.is_empty() {
            return "the study has no events: give a table of them (id, date, end_date) as `events = \"FILE.csv\"` in [data]; \
                    without one, step(2016-08) and pulse(2016-08) take dates"
                .into();
        }
        suggest(name, known)
    }

    /// Puts the observations in their order: by span (start, then end), then by the day they were known.
    pub fn sort(&mut self) {
        known::sort(&mut self.observations);
        self.events.sort_by_key(|e| e.start);
    }

    /// Enlarges the grid; new covariate values are unknown.
    pub fn widen(&mut self, to: Grid) {
        let all = self.grid.union(to);
        let before = (self.grid.first.ordinal - all.first.ordinal) as usize;
        let after = all.len - self.grid.len - before;
        for c in &mut self.columns {
            c.values.pad(before, after);
            for v in &mut c.vintages {
                v.step += before;
            }
        }
        self.grid = all;
    }

    /// Counts by step where a step is recorded whole and alone in this view (latest vintages), NaN elsewhere.
    pub fn counts_by_step(&self) -> Vec<f64> {
        let mut counts = vec![f64::NAN; self.grid.len];
        for o in &self.observations {
            let period = self.grid.frequency().period(o.span.end);
            if let (Some(n), Some(i)) = (o.count, self.grid.index(period))
                && o.span == period.span()
            {
                counts[i] = n as f64;
            }
        }
        counts
    }
}
