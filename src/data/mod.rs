//! The data above the border: observations over spans of days with their vintages, covariates with publication lags,
//! dated events; and [`Dataset::as_of`], the only home of "what was known when".

use crate::error::{Error, Result, suggest};
use crate::period::{Grid, Period, Span};
use jiff::ToSpan;
use jiff::civil::Date;

/// Whether a count is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Not to be revised any more, as far as known.
    #[default]
    Final,
    /// May still be revised.
    Provisional,
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
    /// Final or provisional.
    pub status: Status,
    /// Where it was read: source ids, or `file:line`.
    pub source: String,
    /// What is doubtful.
    pub note: String,
}

impl Observation {
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
}

impl Column {
    /// A numeric covariate known at the end of each period.
    pub fn numbers(name: impl Into<String>, values: Vec<f64>) -> Self {
        Column {
            name: name.into(),
            label: String::new(),
            unit: String::new(),
            values: Values::Number(values),
            known: Known::default(),
            vintages: Vec::new(),
            source: String::new(),
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
                period.end().checked_add(months.months().days(days)).is_ok_and(|d| d <= date)
            }
        }
    }
}

/// A dated event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Name in formulas, e.g. `covid_border_closure`.
    pub id: String,
    /// First day.
    pub start: Date,
    /// Last day; `None` = not ended (or momentary: the term decides).
    pub end: Option<Date>,
    /// The day it became known, when apart from `start`.
    pub announced: Option<Date>,
    /// Category, e.g. `sanctions`.
    pub category: String,
    /// Further tags, e.g. `unsc_sanctions`.
    pub tags: Vec<String>,
    /// Name for people.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// `+`, `-`, `?` or empty.
    pub expected_sign: String,
    /// Source ids.
    pub source: String,
}

impl Event {
    /// Whether a tag, a category or the id is `word`.
    pub fn is(&self, word: &str) -> bool {
        self.id == word || self.category == word || self.tags.iter().any(|t| t == word)
    }

    /// The share of `period`'s days in force, open-ended events going on.
    pub fn share_of(&self, period: Period) -> f64 {
        Span { start: Some(self.start), end: self.end.unwrap_or(Date::MAX) }.share_of(period)
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
}

impl Dataset {
    /// The covariate of a name.
    ///
    /// # Errors
    /// On an unknown name, with the nearest ones.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.iter().find(|c| c.name == name).ok_or_else(|| {
            let known: Vec<&str> =
                self.columns.iter().map(|c| c.name.as_str()).chain([self.response.as_str()]).collect();
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
            Error::data(format!("unknown event `{id}`")).help(suggest(id, known))
        })
    }

    /// What was known at the end of `date`: of each count the latest vintage announced by then; of each covariate the
    /// latest vintage, or the value once its publication lag has passed; of the events those that had begun or been
    /// announced, an end only once it had come. What was not known is unknown; nothing is carried back or forward.
    pub fn as_of(&self, date: Date) -> Dataset {
        let mut seen = self.clone();
        seen.known_at = Some(self.known_at.map_or(date, |d| d.min(date)));
        seen.observations.retain(|o| o.known_from() <= date);
        seen.observations = latest(seen.observations);
        for c in &mut seen.columns {
            mask(c, &self.grid, date);
        }
        seen.events.retain(|e| e.announced.unwrap_or(e.start) <= date);
        for e in &mut seen.events {
            e.end = e.end.filter(|end| *end <= date);
        }
        seen
    }

    /// All that is recorded, of each count and covariate the latest vintage.
    pub fn latest(&self) -> Dataset {
        let mut seen = self.clone();
        seen.observations = latest(seen.observations);
        for c in &mut seen.columns {
            for v in sorted(&c.vintages) {
                if let Values::Number(values) = &mut c.values {
                    values[v.step] = v.value;
                }
            }
        }
        seen
    }

    /// Puts the observations in their order: by span (start, then end), then by the day they were known.
    pub fn sort(&mut self) {
        self.observations.sort_by_key(|o| (o.span.start, o.span.end, o.known_from()));
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

/// The last known vintage of each span, in the given order.
fn latest(observations: Vec<Observation>) -> Vec<Observation> {
    let mut kept: Vec<Observation> = Vec::with_capacity(observations.len());
    for o in observations {
        match kept.last_mut() {
            Some(k) if k.span == o.span => {
                if o.known_from() >= k.known_from() {
                    *k = o;
                }
            }
            _ => kept.push(o),
        }
    }
    kept
}

fn sorted(vintages: &[Vintage]) -> Vec<Vintage> {
    let mut v = vintages.to_vec();
    v.sort_by_key(|v| (v.step, v.announced));
    v
}

/// Forgets what of a covariate was not known at `date`.
fn mask(c: &mut Column, grid: &Grid, date: Date) {
    let with_vintages: std::collections::HashSet<usize> = c.vintages.iter().map(|v| v.step).collect();
    c.vintages.retain(|v| v.announced <= date);
    for s in 0..grid.len {
        let known = if with_vintages.contains(&s) { false } else { c.known_at(grid.period(s), date) };
        if !known {
            c.values.forget(s);
        }
    }
    for v in sorted(&c.vintages) {
        if let Values::Number(values) = &mut c.values {
            values[v.step] = v.value;
        }
    }
}
