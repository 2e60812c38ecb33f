//! Spans of several periods, and open ones, as people write them.

use super::parse::read as period;
use super::{Frequency, Period, Span};
use jiff::civil::Date;

/// Between the first and the last period; a hyphen only where it cannot be part of one.
const BETWEEN: [&str; 7] = ["–", "—", "~", "〜", "∼", " to ", " - "];
/// Before the last period of a span that is open at its start.
const UP_TO: [&str; 7] = ["up to", "until", "till", "through", "~", "–", "∼"];
/// After it.
const AND_BEFORE: [&str; 4] = ["까지", "이전", "and before", "and earlier"];

/// Reads `up to 1998`, `1999–2001`, `January–July 2016`, `2016년 1~7월` …; `None` on any other text.
pub(super) fn read(text: &str) -> Option<Span> {
    if text.len() > 80 {
        return None;
    }
    let lower = text.to_lowercase();
    let before = UP_TO.iter().find_map(|w| lower.strip_prefix(w));
    if let Some(last) = before.or_else(|| AND_BEFORE.iter().find_map(|w| lower.strip_suffix(w))) {
        return period(last.trim()).map(|p| Span { start: None, end: p.end() });
    }
    let whole = |(first, last): (Date, Date)| (first <= last).then_some(Span { start: Some(first), end: last });
    let split = BETWEEN.iter().find_map(|w| lower.split_once(w)).or_else(|| lower.split_once('-'));
    let (first, last) = split.map(|(a, b)| (a.trim(), b.trim()))?;
    let year = |p: Period| p.start().year();
    match (period(first), period(last)) {
        (Some(a), Some(b)) => whole((a.start(), b.end())),
        // `January` – `July 2016`, `Q1` – `Q3 2016`
        (None, Some(b)) if first.starts_with(char::is_alphabetic) => {
            let a = period(&format!("{first} {}", year(b))).filter(|a| a.frequency == b.frequency)?;
            whole((a.start(), b.end()))
        }
        // `2016년 1월` ~ `7월`, `2016.1` ~ `7`, `2016Q1` – `Q3`
        (Some(a), None) => {
            let number = last.trim_matches(|c: char| !c.is_ascii_digit());
            let unit = last.replace(number, "");
            let b = match (a.frequency, unit.trim()) {
                (Frequency::Month, "" | "월") => period(&format!("{}-{number:0>2}", year(a))),
                (Frequency::Quarter, "q" | "분기" | "/4분기") => period(&format!("{}Q{number}", year(a))),
                (Frequency::Month, _) => period(&format!("{last} {}", year(a))),
                _ => None,
            }?;
            whole((a.start(), b.end()))
        }
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::period::parse_span;

    #[test]
    fn spans_as_people_write_them() {
        for (text, shown) in [
            ("up to 1998", "..1998-12-31"),
            ("Until 1998", "..1998-12-31"),
            ("~1998", "..1998-12-31"),
            ("1998년까지", "..1998-12-31"),
            ("1998 and before", "..1998-12-31"),
            ("1999–2001", "1999-01-01..2001-12-31"),
            ("1999-2001", "1999-01-01..2001-12-31"),
            ("1999 to 2001", "1999-01-01..2001-12-31"),
            ("1999년~2001년", "1999-01-01..2001-12-31"),
            ("January–July 2016", "2016-01-01..2016-07-31"),
            ("Jan-Jul 2016", "2016-01-01..2016-07-31"),
            ("2016년 1월~7월", "2016-01-01..2016-07-31"),
            ("2016년 1~7월", "2016-01-01..2016-07-31"),
            ("2016년 1-7월", "2016-01-01..2016-07-31"),
            ("2016.1-7월", "2016-01-01..2016-07-31"),
            ("2016.1-7", "2016-01-01..2016-07-31"),
            ("2016. 1 - 7월", "2016-01-01..2016-07-31"),
            ("2016.1~7", "2016-01-01..2016-07-31"),
            ("2016-01–2016-07", "2016-01-01..2016-07-31"),
            ("2016-01-01–2016-07-31", "2016-01-01..2016-07-31"),
            ("Q1–Q3 2016", "2016-01-01..2016-09-30"),
            ("2016Q1–Q3", "2016-01-01..2016-09-30"),
            ("2016년 1분기~3분기", "2016-01-01..2016-09-30"),
            ("2016", "2016-01-01..2016-12-31"),
        ] {
            let span =
                parse_span(text).map(|s| format!("{}..{}", s.start.map_or(String::new(), |d| d.to_string()), s.end));
            assert_eq!(span.as_deref(), Ok(shown), "{text}");
        }
        for text in
            ["2001–1999", "soon–2016", "up to", "–", "July–January 2016", "2016년 1~13월", "2016-13", "1-2-3", "~"]
        {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }
}
