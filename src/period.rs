//! Calendar: frequencies, periods (an integer ordinal), spans of days, and the grid of steps that a data set stands on.
//!
//! A [`Period`] is a frequency and an ordinal (years since 0, months since year 0, …). A [`Span`] is a run of days, both
//! ends included; a missing start means "since ever". Plain steps 1, 2, 3 … are days counted from [`STEP_ORIGIN`], so
//! that every rule written for dates (shares, vintages, events) holds for them too.

mod parse;
mod ranges;

pub use parse::{parse_date, parse_period, parse_span};

use jiff::civil::Date;
use jiff::{Span as JSpan, ToSpan};
use std::fmt;

/// Step `k` without a calendar is this date plus `k` days.
pub const STEP_ORIGIN: Date = Date::constant(1, 1, 1);

/// How long one step of a grid is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frequency {
    /// Calendar years.
    Year,
    /// Half-years, from January and July.
    Half,
    /// Quarters.
    Quarter,
    /// Months.
    Month,
    /// ISO weeks, Monday to Sunday.
    Week,
    /// Weeks that begin on another day: 1 = Tuesday … 6 = Sunday (epidemiological weeks).
    WeekFrom(u8),
    /// Days.
    Day,
    /// Steps without a calendar, from 1.
    Step,
}

impl Frequency {
    /// All frequencies with their names.
    pub const ALL: [(&'static str, Frequency); 7] = [
        ("year", Frequency::Year),
        ("half", Frequency::Half),
        ("quarter", Frequency::Quarter),
        ("month", Frequency::Month),
        ("week", Frequency::Week),
        ("day", Frequency::Day),
        ("step", Frequency::Step),
    ];

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        let plain = if self.is_week() { Frequency::Week } else { self };
        Self::ALL.iter().find(|(_, f)| *f == plain).map_or("step", |(n, _)| n)
    }

    /// The weeks that begin on the weekday of a date.
    pub fn weeks_from(date: Date) -> Frequency {
        match day_number(date).rem_euclid(7) {
            0 => Frequency::Week,
            k => Frequency::WeekFrom(k as u8),
        }
    }

    /// Whether its periods are weeks, whatever day they begin on.
    pub fn is_week(self) -> bool {
        matches!(self, Frequency::Week | Frequency::WeekFrom(_))
    }

    /// Months in a period, for calendar frequencies of whole months.
    fn months(self) -> Option<i64> {
        match self {
            Frequency::Year => Some(12),
            Frequency::Half => Some(6),
            Frequency::Quarter => Some(3),
            Frequency::Month => Some(1),
            _ => None,
        }
    }

    /// Steps a year, for seasonal terms and models; `None` where a year is not a whole number of steps.
    pub fn per_year(self) -> Option<usize> {
        self.months().map(|m| (12 / m) as usize)
    }

    /// The period that contains a date.
    pub fn period(self, date: Date) -> Period {
        let ordinal = match (self.months(), self) {
            (Some(m), _) => (i64::from(date.year()) * 12 + i64::from(date.month()) - 1).div_euclid(m),
            (None, Frequency::Week) => day_number(date).div_euclid(7),
            (None, Frequency::WeekFrom(k)) => (day_number(date) - i64::from(k)).div_euclid(7),
            (None, _) => day_number(date),
        };
        Period { frequency: self, ordinal }
    }
}

/// A day for outputs: on a grid of plain steps its number, else the date.
pub fn show_day(date: Date, frequency: Frequency) -> String {
    if frequency == Frequency::Step { day_number(date).to_string() } else { date.to_string() }
}

/// The day that [`show_day`] wrote; `None` for anything else.
pub fn read_day(text: &str, frequency: Frequency) -> Option<Date> {
    if frequency == Frequency::Step { text.parse().ok().map(date_of_day) } else { text.parse().ok() }
}

/// Days since Monday 1 January of year 1.
pub fn day_number(date: Date) -> i64 {
    i64::from((date - STEP_ORIGIN).get_days())
}

fn date_of_day(day: i64) -> Date {
    let days = day.clamp(-3_000_000, 3_600_000);
    STEP_ORIGIN.checked_add(JSpan::new().days(days)).unwrap_or(Date::MAX)
}

/// One period of a frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    /// Its length.
    pub frequency: Frequency,
    /// Periods since year 0 (days and steps: since 1 January of year 1).
    pub ordinal: i64,
}

impl Period {
    /// Step number `k` of a series without a calendar.
    pub fn step(k: i64) -> Self {
        Period { frequency: Frequency::Step, ordinal: k }
    }

    /// First day.
    pub fn start(self) -> Date {
        match (self.frequency.months(), self.frequency) {
            (Some(m), _) => {
                let month = self.ordinal * m;
                let year = month.div_euclid(12).clamp(-9998, 9998) as i16;
                Date::new(year, month.rem_euclid(12) as i8 + 1, 1).unwrap_or(Date::MAX)
            }
            (None, Frequency::Week) => date_of_day(self.ordinal * 7),
            (None, Frequency::WeekFrom(k)) => date_of_day(self.ordinal * 7 + i64::from(k)),
            (None, _) => date_of_day(self.ordinal),
        }
    }

    /// Last day.
    pub fn end(self) -> Date {
        self.offset(1).start().checked_sub(1.day()).unwrap_or(Date::MAX)
    }

    /// The period `k` later (earlier for negative `k`).
    pub fn offset(self, k: i64) -> Self {
        Period { ordinal: self.ordinal + k, ..self }
    }

    /// Its days.
    pub fn span(self) -> Span {
        Span { start: Some(self.start()), end: self.end() }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.start();
        match self.frequency {
            Frequency::Year => write!(f, "{}", s.year()),
            Frequency::Half => write!(f, "{}H{}", s.year(), (s.month() - 1) / 6 + 1),
            Frequency::Quarter => write!(f, "{}Q{}", s.year(), (s.month() - 1) / 3 + 1),
            Frequency::Month => write!(f, "{}-{:02}", s.year(), s.month()),
            Frequency::Week => {
                let w = s.iso_week_date();
                write!(f, "{}-W{:02}", w.year(), w.week())
            }
            Frequency::WeekFrom(_) => write!(f, "{s}–{}", self.end()),
            Frequency::Day => write!(f, "{s}"),
            Frequency::Step => write!(f, "{}", self.ordinal),
        }
    }
}

/// A run of days, both ends included; no start = since ever ("up to 1998").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// First day, or `None` for an open start.
    pub start: Option<Date>,
    /// Last day.
    pub end: Date,
}

impl Span {
    /// Days in the span; `None` for an open start.
    pub fn days(self) -> Option<i64> {
        self.start.map(|s| day_number(self.end) - day_number(s) + 1)
    }

    /// Days shared with another span.
    pub fn overlap(self, other: Span) -> i64 {
        let start = match (self.start, other.start) {
            (Some(a), Some(b)) => a.max(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => return 0,
        };
        (day_number(self.end.min(other.end)) - day_number(start) + 1).max(0)
    }

    /// The share of `period`'s days that the span covers, 0 to 1.
    pub fn share_of(self, period: Period) -> f64 {
        let days = period.span().days().unwrap_or(1);
        self.overlap(period.span()) as f64 / days as f64
    }

    /// The period that the span covers exactly, if it is one of the calendar's (longest first).
    pub fn as_period(self) -> Option<Period> {
        use Frequency::*;
        let week = self.start.map_or(Week, Frequency::weeks_from);
        [Year, Half, Quarter, Month, week, Day]
            .into_iter()
            .map(|f| f.period(self.end))
            .find(|p| Some(p.start()) == self.start && p.end() == self.end)
    }

    /// The span as people write it: `2003`, `1999–2001`, `2003Q1`, `2003-01–2003-07`, or its days; the same whatever the grid.
    /// For all that is read by people; plain steps and weeks are counted as such.
    pub fn words(self, grid: Frequency) -> String {
        if grid == Frequency::Step || grid.is_week() {
            return self.label(grid);
        }
        let whole =
            |f: Frequency| f.period(self.end).end() == self.end && self.start.is_none_or(|s| f.period(s).start() == s);
        match (whole(Frequency::Year), self.as_period(), whole(Frequency::Month)) {
            (true, _, _) => self.label(Frequency::Year),
            (_, Some(p), _) => p.to_string(),
            (_, _, true) => self.label(Frequency::Month),
            _ => self.label(Frequency::Day),
        }
    }

    /// The span's text on a grid of `frequency`: "2008", "1999–2001", "up to 1998", or the two dates. For files; people read
    /// [`Span::words`].
    pub fn label(self, frequency: Frequency) -> String {
        if matches!(frequency, Frequency::WeekFrom(_)) {
            // Such weeks have no numbers that all agree on.
            return self.label(Frequency::Day);
        }
        let last = frequency.period(self.end);
        let whole_end = last.end() == self.end;
        let Some(start) = self.start else {
            return if whole_end { format!("up to {last}") } else { format!("up to {}", self.end) };
        };
        let first = frequency.period(start);
        match (first.start() == start && whole_end, first == last) {
            (true, true) => first.to_string(),
            (true, false) => format!("{first}–{last}"),
            _ => self.as_period().map_or_else(|| format!("{start}–{}", self.end), |p| p.to_string()),
        }
    }
}

/// The steps a data set stands on: `len` periods from `first`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// First period.
    pub first: Period,
    /// Number of periods.
    pub len: usize,
}

impl Grid {
    /// Length of a step.
    pub fn frequency(&self) -> Frequency {
        self.first.frequency
    }

    /// Period of step `i`, also beyond the grid's end.
    pub fn period(&self, i: usize) -> Period {
        self.first.offset(i as i64)
    }

    /// Step of a period, when it is inside.
    pub fn index(&self, period: Period) -> Option<usize> {
        usize::try_from(period.ordinal - self.first.ordinal).ok().filter(|i| *i < self.len)
    }

    /// First step that begins on a day or after it; `None` when it is beyond the grid.
    pub fn first_from(&self, date: Date) -> Option<usize> {
        let holds = self.frequency().period(date);
        let from = if holds.start() < date { holds.offset(1) } else { holds };
        usize::try_from((from.ordinal - self.first.ordinal).max(0)).ok().filter(|i| *i < self.len)
    }

    /// Step of the period that contains `date`, clamped to before (`None`) or inside or after the grid.
    pub fn index_of_date(&self, date: Date) -> Option<usize> {
        self.index(self.frequency().period(date))
    }

    /// Last period.
    pub fn last(&self) -> Period {
        self.first.offset(self.len as i64 - 1)
    }

    /// The smallest grid that holds both.
    pub fn union(self, other: Grid) -> Grid {
        let first = self.first.min(other.first);
        let last = self.last().max(other.last());
        Grid { first, len: (last.ordinal - first.ordinal + 1) as usize }
    }

    /// Steps covered by a span with the share of each that is covered; `None` for an open start.
    pub fn cover(&self, span: Span) -> Option<Vec<(usize, f64)>> {
        let f = self.frequency();
        let (from, to) = (f.period(span.start?).ordinal, f.period(span.end).ordinal);
        let lo = (from - self.first.ordinal).max(0);
        let hi = (to - self.first.ordinal).min(self.len as i64 - 1);
        Some(
            (lo..=hi).map(|i| (i as usize, span.share_of(self.period(i as usize)))).filter(|(_, w)| *w > 0.0).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn periods_start_and_end_where_the_calendar_says() {
        let p = parse_period("2024-02").unwrap();
        assert_eq!((p.start(), p.end()), (date(2024, 2, 1), date(2024, 2, 29)));
        assert_eq!(parse_period("2016H2").unwrap().start(), date(2016, 7, 1));
    }

    #[test]
    fn weeks_begin_on_any_day() {
        // The first week of 2011 in the calendar of epidemiologists (MMWR week 1) is 2 to 8 January.
        let sunday = Frequency::weeks_from(date(2011, 1, 2));
        assert_eq!((sunday, sunday.name(), sunday.is_week()), (Frequency::WeekFrom(6), "week", true));
        for day in 2..=8 {
            let p = sunday.period(date(2011, 1, day));
            assert_eq!((p.start(), p.end()), (date(2011, 1, 2), date(2011, 1, 8)));
            assert_eq!((p.span().as_period(), p.to_string()), (Some(p), "2011-01-02–2011-01-08".into()));
            assert_eq!((p.span().label(sunday), parse_span(&p.to_string()).ok()), (p.to_string(), Some(p.span())));
        }
        assert_eq!(Frequency::weeks_from(date(2011, 1, 3)), Frequency::Week);
        let two = Span { start: Some(date(2011, 1, 2)), end: date(2011, 1, 15) };
        assert_eq!((two.label(sunday), two.words(sunday)), (two.label(Frequency::Day), two.label(Frequency::Day)));
    }

    #[test]
    fn a_leap_day_counts_in_a_share() {
        // 31 January to 31 December 2020 is 336 of 366 days.
        let closure = Span { start: Some(date(2020, 1, 31)), end: date(2023, 8, 26) };
        assert_eq!(closure.share_of(parse_period("2020").unwrap()), 336.0 / 366.0);
        assert_eq!(closure.share_of(parse_period("2021").unwrap()), 1.0);
        assert_eq!(closure.share_of(parse_period("2023").unwrap()), 238.0 / 365.0);
    }

    #[test]
    fn labels_are_what_people_write() {
        let s = Span { start: Some(date(1999, 1, 1)), end: date(2001, 12, 31) };
        assert_eq!(s.label(Frequency::Year), "1999–2001");
        assert_eq!(Span { start: None, end: date(1998, 12, 31) }.label(Frequency::Year), "up to 1998");
        assert_eq!(parse_span("2016-08").unwrap().label(Frequency::Year), "2016-08");
        for text in ["2003", "1999–2001", "2003Q1", "2003H2", "2003-01–2003-07", "2003-01-01–2003-07-11", "up to 1998"]
        {
            for grid in [Frequency::Year, Frequency::Quarter, Frequency::Month, Frequency::Day] {
                assert_eq!(parse_span(text).unwrap().words(grid), text);
            }
        }
        assert_eq!(Period::step(3).span().words(Frequency::Step), "3");
    }

    #[test]
    fn a_grid_covers_shares_of_its_steps() {
        let grid = Grid { first: parse_period("1999").unwrap(), len: 3 };
        let s = Span { start: Some(date(2000, 7, 1)), end: date(2001, 12, 31) };
        assert_eq!(grid.cover(s).unwrap(), [(1, 184.0 / 366.0), (2, 1.0)]);
        assert_eq!(grid.cover(Span { start: None, end: date(2000, 1, 1) }), None);
    }
}
