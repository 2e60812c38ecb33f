//! Reconciliation in words.

use super::graph::Bound;
use super::{Contradiction, Kind};
use crate::data::{Observation, Status};
use crate::period::{Frequency, Period, Span};
use std::collections::BTreeSet;

/// A span of dates as people write it.
pub fn label(span: Span) -> String {
    span.words(Frequency::Day)
}

fn figure(o: &Observation) -> String {
    format!("{} ({})", o.count.unwrap_or_default(), label(o.span))
}

/// The figures added and subtracted.
fn sum(parts: &[(i64, &Observation)]) -> String {
    let mut sorted: Vec<&(i64, &Observation)> = parts.iter().collect();
    sorted.sort_by_key(|(sign, _)| -sign);
    let mut text = String::new();
    for (i, (sign, o)) in sorted.into_iter().enumerate() {
        match (i, *sign < 0) {
            (0, false) => {}
            (0, true) => text.push('−'),
            (_, false) => text.push_str(" + "),
            (_, true) => text.push_str(" − "),
        }
        text.push_str(&figure(o));
    }
    text
}

fn sources<'a>(observations: impl Iterator<Item = &'a Observation>) -> Vec<String> {
    let ids: BTreeSet<String> = observations
        .flat_map(|o| o.source.split(';'))
        .map(|s| s.trim().to_string())
        .filter(|s| !s.is_empty())
        .collect();
    ids.into_iter().collect()
}

pub(super) fn contradiction(
    kind: Kind,
    o: &Observation,
    parts: &[(i64, &Observation)],
    bound: &Bound,
) -> Contradiction {
    let count = o.count.unwrap_or_default();
    let difference = count.abs_diff(u64::try_from(bound.value).unwrap_or_default());
    let name = label(o.span);
    let derived = if o.derived { " (derived)" } else { "" };
    let words = match (kind, parts) {
        (Kind::SameSpan, [(_, other)]) => {
            format!("{name} is {count}{derived}, but also {}: {difference} apart", other.count.unwrap_or_default())
        }
        (Kind::Order, [(_, other)]) => {
            let which =
                if bound.upper { "larger than the figure of a longer span" } else { "smaller than that of its part" };
            format!("{name} is {count}{derived}, {which}, {}: {difference} too {}", figure(other), too(bound.upper))
        }
        (Kind::Order, _) => {
            let limit = if bound.upper { "at most" } else { "at least" };
            format!(
                "{name} is {count}{derived}, but {} leave {limit} {}: {difference} too {}",
                sum(parts),
                bound.value,
                too(bound.upper)
            )
        }
        (Kind::Vintage, _) => {
            let now = sum(parts);
            format!(
                "{name} is {count}{derived}, as earlier figures had it; by now {now} = {}: {difference} apart",
                bound.value
            )
        }
        _ => format!("{name} is {count}{derived}, but {} = {}: {difference} apart", sum(parts), bound.value),
    };
    let figures: Vec<Observation> = std::iter::once(o).chain(parts.iter().map(|(_, o)| *o)).cloned().collect();
    Contradiction { kind, difference: Some(difference), sources: sources(figures.iter()), figures, words }
}

fn too(upper: bool) -> &'static str {
    if upper { "many" } else { "few" }
}

/// What a note that doubts its figure says: how, and why (`disputed: …`, `UNVERIFIED: …`).
pub(super) fn doubted(o: &Observation) -> Option<(&'static str, &str)> {
    let note = o.note.trim();
    ["disputed", "unverified"].into_iter().find_map(|word| {
        let start = note.get(..word.len()).filter(|s| s.eq_ignore_ascii_case(word))?;
        let rest = &note[start.len()..];
        (!rest.starts_with(char::is_alphanumeric)).then(|| (word, rest.trim_start_matches([':', ',', ';', ' '])))
    })
}

pub(super) fn marked(o: &Observation) -> Contradiction {
    let (how, note) = doubted(o).unwrap_or(("disputed", o.note.as_str()));
    let why = if note.is_empty() { String::new() } else { format!(": {note}") };
    let used = if o.status == Status::Disputed { "" } else { " by its note alone" };
    let words = format!("{} ({}) is marked as {how}{used}{why}", label(o.span), o.count.unwrap_or_default());
    let figures = vec![o.clone()];
    Contradiction { kind: Kind::Marked, difference: None, sources: sources(figures.iter()), figures, words }
}

/// The count between two days as it follows from figures; a figure of just that span is itself.
pub(super) fn derived(from: i64, to: i64, count: u64, parts: &[(i64, &Observation)]) -> Observation {
    if let [(_, one)] = parts {
        return (*one).clone();
    }
    let day = |n: i64| Period { frequency: Frequency::Day, ordinal: n }.start();
    follows(Span { start: Some(day(from)), end: day(to - 1) }, count, parts)
}

/// The sum of counts that follow each other.
pub fn sum_of(parts: &[Observation]) -> Observation {
    let count = parts.iter().filter_map(|o| o.count).fold(0, u64::saturating_add);
    let span = Span {
        start: parts.first().and_then(|o| o.span.start),
        end: parts.last().map_or(crate::period::STEP_ORIGIN, |o| o.span.end),
    };
    follows(span, count, &parts.iter().map(|o| (1, o)).collect::<Vec<_>>())
}

fn follows(span: Span, count: u64, parts: &[(i64, &Observation)]) -> Observation {
    let mut o = Observation::new(span, Some(count));
    o.announced = parts.iter().map(|(_, p)| p.known_from()).max();
    if parts.iter().any(|(_, p)| p.status != Status::Final) {
        o.status = Status::Provisional;
    }
    o.derived = true;
    o.source = sources(parts.iter().map(|(_, p)| *p)).join(";");
    o.note = sum(parts);
    o
}
