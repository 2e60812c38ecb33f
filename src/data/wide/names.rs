//! Headers (and cells beside them) that name periods, parts of a year or totals.

use crate::period::{Frequency, Span, parse_period, parse_span};

/// Years that a header of four digits may mean.
const YEARS_MEANT: std::ops::RangeInclusive<i64> = 1800..=2200;
/// Names of columns that sum up the others.
const TOTALS: [&str; 10] = ["total", "sum", "all", "annual", "year total", "계", "합계", "총계", "소계", "연간"];
/// Marks of figures that may still be revised, and of those that were.
const PROVISIONAL: [&str; 9] =
    ["p", "prov", "prov.", "provisional", "prelim", "prelim.", "preliminary", "잠정", "잠정치"];
const REVISED: [&str; 7] = ["r", "rev", "rev.", "revised", "final", "확정", "확정치"];
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

/// A name without its mark of revision, and whether that says provisional: `2003년(잠정)`, `2023p`, `2023 (prov.)`, `2023 p)`.
pub(super) fn unmarked(name: &str) -> (&str, bool) {
    let name = name.trim();
    let end = name.trim_end_matches([')', '）', ']']);
    let opens = ['(', '（', '[', ' '];
    let apart = end.rfind(opens).map(|i| (end[..i].trim_end_matches(opens), end[i..].trim_start_matches(opens)));
    // One letter right after the period.
    let letter = |stem: &str| stem.ends_with(|c: char| c.is_ascii_digit() || "년월기".contains(c));
    let attached = || {
        let at = end.char_indices().next_back().filter(|(_, c)| c.is_ascii_alphabetic())?.0;
        Some(end.split_at(at)).filter(|(stem, _)| letter(stem))
    };
    let is = |word: &str, list: &[&str]| list.contains(&word.to_lowercase().as_str());
    let known = |(stem, word): &(&str, &str)| !stem.is_empty() && (is(word, &PROVISIONAL) || is(word, &REVISED));
    match apart.filter(known).or_else(|| attached().filter(known)) {
        Some((stem, word)) => (stem, is(word, &PROVISIONAL)),
        None => (name, false),
    }
}

/// The whole period that a header names, and whether it is marked as provisional: `2001`, `2001년`, `2016Q1`, R's `X2001`,
/// the World Bank's `2001 [YR2001]`.
pub(super) fn period(name: &str, spans: bool) -> Option<(Span, bool)> {
    let (name, provisional) = unmarked(name);
    let name = name.split_once(" [").map_or(name, |(n, _)| n).trim();
    let name = name.strip_prefix('X').filter(|n| n.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(name);
    let span = match parse_period(name) {
        Ok(p) => p.span(),
        Err(_) if spans => parse_span(name).ok()?,
        Err(_) => return None,
    };
    YEARS_MEANT.contains(&i64::from(span.end.year())).then_some((span, provisional))
}

/// The part of a year that a header names: `Jan`, `1월`, `M01`, `Q1`, `1Q`, `1분기`, `H1`, `상반기`.
pub(super) fn part(name: &str) -> Option<(Frequency, i64)> {
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

/// Which part of a year a cell names, where the parts are of a known length: also a plain number.
pub(super) fn part_of(cell: &str, frequency: Frequency) -> Option<i64> {
    let most = frequency.per_year()? as i64;
    let plain = cell.trim().parse().ok().filter(|n| (1..=most).contains(n));
    plain.or_else(|| part(cell).filter(|(f, _)| *f == frequency).map(|(_, n)| n))
}

/// Whether a column or a row is, by its name, the sum of the others.
pub(super) fn is_total(name: &str) -> bool {
    TOTALS.contains(&name.trim().to_lowercase().as_str())
}
