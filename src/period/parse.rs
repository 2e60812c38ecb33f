//! Periods as people write them.

use super::{Frequency, Period, Span};
use crate::error::{Error, Result};
use jiff::civil::{Date, ISOWeekDate, Weekday};

/// Reads `2016`, `2016-08`, `2016-08-01`, `2016Q3`, `2016H1`, `2016-W05`, `Aug 2016`, `201608`, `20160801`, the Korean
/// `2016년 8월 1일`, `2016년 3분기`, `2016년 상반기`, `2016.8`, and the statistics office's `2016.3/4`, as the span of days
/// that it names; also several periods (`1999–2001`, `January–July 2016`, `2016년 1~7월`, `Q1–Q3 2016`) and all up to one
/// (`up to 1998`, `~1998`, `1998년까지`).
///
/// # Errors
/// On any other text.
pub fn parse_span(text: &str) -> Result<Span> {
    match read(text) {
        Some(period) => Ok(period.span()),
        None => super::ranges::read(text.trim()).ok_or_else(|| not_a_period(text)),
    }
}

/// Reads a date; an imprecise one (`2016`, `2016-08`) means its last day, so that nothing is known too early.
///
/// # Errors
/// On any text that [`parse_period`] refuses.
pub fn parse_date(text: &str) -> Result<Date> {
    parse_period(text).map(Period::end)
}

/// Reads a period in any of the notations of [`parse_span`].
///
/// # Errors
/// On any other text.
pub fn parse_period(text: &str) -> Result<Period> {
    read(text).ok_or_else(|| not_a_period(text))
}

fn not_a_period(text: &str) -> Error {
    Error::data(format!("`{}` is not a date or period", text.trim()))
        .help("write 2016, 2016-08, 2016-08-01, 2016Q3, 2016H1, 2016-W05 or 2016년 8월")
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

pub(super) fn read(text: &str) -> Option<Period> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    let plain = text.to_uppercase();
    if let Some(p) = part_of_year(&plain).or_else(|| named_month(&plain)) {
        return Some(p);
    }
    let plain = plain.replace(['년', '월', '.', '/'], "-").replace(['일', ' '], "");
    let plain = plain.trim_end_matches('-');
    if plain.bytes().all(|b| b.is_ascii_digit()) {
        return digits_only(plain);
    }
    let (year, tail) = year_of(plain)?;
    let tail = tail.strip_prefix('-').unwrap_or(tail);
    if let Some(week) = tail.strip_prefix('W') {
        let monday = ISOWeekDate::new(year, number(week, 53)? as i8, Weekday::Monday).ok()?;
        return Some(Frequency::Week.period(monday.date()));
    }
    let tail = tail.strip_prefix('M').unwrap_or(tail);
    let mut parts = tail.splitn(2, '-');
    let month = number(parts.next()?, 12)?;
    let Some(day) = parts.next() else { return Some(month_of(year, month)) };
    if is_range_of_months(text) {
        return None;
    }
    // A time of day may follow: `2016-08-01T00:00:00`, `2016-08-01 00:00`.
    let digits = day.bytes().take_while(u8::is_ascii_digit).count();
    let (day, time) = if digits > 2 { day.split_at(2) } else { day.split_at(digits) };
    let is_time = time.bytes().all(|b| b.is_ascii_digit() || b"T:+Z-".contains(&b)) && !time.starts_with('-');
    if !is_time || (digits > 2 && !time.contains(':')) {
        return None;
    }
    Some(Frequency::Day.period(Date::new(year, month as i8, number(day, 31)? as i8).ok()?))
}

/// `2016.1-7월`, `2016년 1-7`, `2016.1-7`: what follows a hyphen that does not follow the year too is a month.
fn is_range_of_months(text: &str) -> bool {
    let mut signs = text.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace());
    let (first, second) = (signs.next(), signs.next());
    text.ends_with('월') || (second == Some('-') && first != Some('-'))
}

fn number(text: &str, max: i64) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && (1..=max).contains(n))
}

fn month_of(year: i16, month: i64) -> Period {
    Period { frequency: Frequency::Month, ordinal: i64::from(year) * 12 + month - 1 }
}

/// Four digits of a year and what follows.
fn year_of(text: &str) -> Option<(i16, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (year, tail) = text.split_at(digits);
    (digits == 4).then(|| year.parse().ok().filter(|y| (1000..=9000).contains(y)))?.map(|y: i16| (y, tail))
}

/// `2016`, `201608`, `20160801`.
fn digits_only(text: &str) -> Option<Period> {
    let part = |r: std::ops::Range<usize>, max| text.get(r).and_then(|s| number(s, max));
    let year = part(0..4, 9000).filter(|y| *y >= 1000)?;
    match text.len() {
        4 => Some(Period { frequency: Frequency::Year, ordinal: year }),
        6 => Some(month_of(year as i16, part(4..6, 12)?)),
        8 => {
            let date = Date::new(year as i16, part(4..6, 12)? as i8, part(6..8, 31)? as i8).ok()?;
            Some(Frequency::Day.period(date))
        }
        _ => None,
    }
}

/// Quarters and halves: `2016Q3`, `2016 Q3`, `Q3 2016`, `2016H1`, `2016S1`, `2016년 3분기`, `2016년 상반기`, `2016.3/4`.
fn part_of_year(text: &str) -> Option<Period> {
    let of = |frequency, per, year: i16, part| {
        Some(Period { frequency, ordinal: i64::from(year) * per + number(part, per)? - 1 })
    };
    let quarter = |y, p| of(Frequency::Quarter, 4, y, p);
    let half = |y, p| of(Frequency::Half, 2, y, p);
    if let Some((part, year)) = text.split_once([' ', '-', '/'])
        && let Some((year, "")) = year_of(year)
        && let Some((kind, part)) = part.split_at_checked(1)
    {
        match kind {
            "Q" => return quarter(year, part),
            "H" | "S" => return half(year, part),
            _ => {}
        }
    }
    let (year, tail) = year_of(text)?;
    let korean = tail.starts_with(['.', '년', ' ']);
    let tail = tail.trim_start_matches(['년', '-', '.', ' ', '/']);
    if let Some(part) = tail.strip_prefix('Q') {
        return quarter(year, part);
    }
    if let Some(part) = tail.strip_prefix(['H', 'S']) {
        return half(year, part);
    }
    match tail {
        "상반기" => half(year, "1"),
        "하반기" => half(year, "2"),
        _ if tail.ends_with("분기") => quarter(year, tail.trim_end_matches("분기").trim_end().trim_end_matches("/4")),
        _ if korean && tail.ends_with("/4") => quarter(year, tail.trim_end_matches("/4")),
        _ if korean && tail.ends_with("/2") => half(year, tail.trim_end_matches("/2")),
        _ => None,
    }
}

/// `Aug 2016`, `August 2016`, `2016 Aug`, `Aug-2016`.
fn named_month(text: &str) -> Option<Period> {
    let (a, b) = text.split_once([' ', '-', '.'])?;
    let (a, b) = (a.trim_end_matches('.'), b.trim_start_matches(['-', ' ', '.']).trim_end_matches('.'));
    let (year, name) = match (year_of(a), year_of(b)) {
        (Some((y, "")), None) => (y, b),
        (None, Some((y, ""))) => (y, a),
        _ => return None,
    };
    let month = MONTHS.iter().position(|m| name.starts_with(m))? as i64 + 1;
    name.chars().all(char::is_alphabetic).then(|| month_of(year, month))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn notations_of_the_same_period_agree() {
        for (text, shown) in [
            ("2016", "2016"),
            ("2016년", "2016"),
            ("2016-08", "2016-08"),
            ("2016년 8월", "2016-08"),
            ("2016.8", "2016-08"),
            ("2016. 8.", "2016-08"),
            ("201608", "2016-08"),
            ("2016M08", "2016-08"),
            ("Aug 2016", "2016-08"),
            ("2016 August", "2016-08"),
            ("2016Q3", "2016Q3"),
            ("2016-Q3", "2016Q3"),
            ("Q3 2016", "2016Q3"),
            ("2016년 3분기", "2016Q3"),
            ("2016년 3/4분기", "2016Q3"),
            ("2016.3/4", "2016Q3"),
            ("2016H1", "2016H1"),
            ("2016년 상반기", "2016H1"),
            ("2016-W05", "2016-W05"),
            ("2020W53", "2020-W53"),
            ("2016-08-01", "2016-08-01"),
            ("2016/1/4", "2016-01-04"),
            ("2016.1.4", "2016-01-04"),
            ("2016년 8월 1일", "2016-08-01"),
            ("20160801", "2016-08-01"),
            ("2016-08-01T00:00:00Z", "2016-08-01"),
            ("2016-08-01 12:30", "2016-08-01"),
        ] {
            assert_eq!(parse_period(text).map(|p| p.to_string()).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "soon",
            "2016-13",
            "2016-02-30",
            "16",
            "8/1/2016",
            "2021-W53",
            "2016Q5",
            "2016-08-01x",
            "201613",
            "1.5",
            "2016-08-123",
            "0000",
            "99999",
        ] {
            assert!(parse_period(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_imprecise_date_is_its_last_day() {
        assert_eq!(parse_date("2016").unwrap(), date(2016, 12, 31));
        assert_eq!(parse_date("2020-02").unwrap(), date(2020, 2, 29));
    }
}
