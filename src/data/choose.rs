//! Which observations to fit: disjoint spans, as much time as possible, as finely as possible.

use super::known::latest;
use super::{Dataset, Observation, Status};
use crate::period::{Span, day_number};

impl Dataset {
    /// The observations to fit: of each span the latest vintage; of overlapping spans those that cover the most days and,
    /// of equals, the most spans (so single years go before their sum, and a year before some of its months). Spans with
    /// an open start, disputed and unknown counts are left out. Each recorded count that is left out is said in a note.
    pub fn choose(&self) -> (Vec<Observation>, Vec<String>) {
        let frequency = self.grid.frequency();
        let mut notes = Vec::new();
        let mut say = |o: &Observation, why: String| {
            if let Some(n) = o.count {
                notes.push(format!("{} ({n}) is left out: {why}", o.span.label(frequency)));
            }
        };
        let mut candidates = Vec::new();
        for o in latest(self.observations.clone()) {
            match (o.count, o.span.start, o.status) {
                (None, _, _) => {}
                (_, None, _) => say(&o, "its start is open".into()),
                (_, _, Status::Disputed) => say(&o, "it is disputed".into()),
                _ => candidates.push(o),
            }
        }
        let spans: Vec<Span> = candidates.iter().map(|o| o.span).collect();
        let chosen = disjoint(&spans);
        let mut kept = Vec::with_capacity(chosen.len());
        let mut next = chosen.into_iter().peekable();
        let mut left_out = Vec::new();
        for (i, o) in candidates.into_iter().enumerate() {
            if next.next_if_eq(&i).is_some() { kept.push(o) } else { left_out.push(o) }
        }
        for o in left_out {
            let overlapped = kept.partition_point(|k: &Observation| k.span.end < o.span.start.unwrap_or(o.span.end));
            let parts = kept[overlapped..].iter().take_while(|k| k.span.overlap(o.span) > 0);
            let (days, parts) = parts.fold((0, 0), |(d, n), k| (d + k.span.overlap(o.span), n + 1));
            let by = kept.get(overlapped).map_or_else(String::new, |k| k.span.label(frequency));
            let why = match (parts, Some(days) == o.span.days()) {
                (1, true) => format!("{by} covers it"),
                (_, true) => format!("{parts} finer spans from {by} on cover it"),
                _ => format!("it overlaps {by}"),
            };
            say(&o, why);
        }
        (kept, notes)
    }
}

/// The indices of the disjoint spans that cover the most days and, of equals, are the most; in order of time. Spans with
/// an open start are never chosen. (Weighted interval scheduling by dynamic programming: O(n log n).)
pub(super) fn disjoint(spans: &[Span]) -> Vec<usize> {
    let mut order: Vec<(i64, i64, usize)> = spans
        .iter()
        .enumerate()
        .filter_map(|(i, s)| s.start.map(|start| (day_number(s.end), day_number(start), i)))
        .collect();
    order.sort_unstable();
    // best[k]: days and number of spans among the first k by end; the choice that made it.
    let mut best: Vec<(i64, i64)> = vec![(0, 0)];
    let mut taken: Vec<Option<usize>> = vec![None];
    for (k, (end, start, _)) in order.iter().enumerate() {
        let before = order[..k].partition_point(|(e, _, _)| e < start);
        let with = (best[before].0 + end - start + 1, best[before].1 + 1);
        if with > best[k] {
            best.push(with);
            taken.push(Some(before));
        } else {
            best.push(best[k]);
            taken.push(None);
        }
    }
    let mut chosen = Vec::new();
    let mut k = order.len();
    while k > 0 {
        match taken[k] {
            Some(before) => {
                chosen.push(order[k - 1].2);
                k = before;
            }
            None => k -= 1,
        }
    }
    chosen.sort_unstable_by_key(|i| spans[*i].end);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::{Grid, parse_period, parse_span};

    fn data(rows: &[(&str, &str, u64)]) -> Dataset {
        let mut d = Dataset::new(Grid { first: parse_period("1990").unwrap(), len: 40 }, "y");
        for (from, to, n) in rows {
            let start = parse_span(from).ok().and_then(|s| s.start);
            d.observations.push(Observation::new(Span { start, end: parse_span(to).unwrap().end }, Some(*n)));
        }
        d
    }

    #[test]
    fn single_years_go_before_their_sum_and_a_year_before_part_of_it() {
        let d = data(&[
            ("", "1998", 947),
            ("1999", "2001", 1043),
            ("1999", "1999", 148),
            ("2000", "2000", 312),
            ("2001", "2001", 583),
            ("2002", "2002", 1142),
            ("2002-01", "2002-03", 214),
        ]);
        let (kept, notes) = d.choose();
        assert_eq!(kept.iter().filter_map(|o| o.count).collect::<Vec<_>>(), [148, 312, 583, 1142]);
        assert_eq!(
            notes,
            [
                "up to 1998 (947) is left out: its start is open",
                "1999–2001 (1043) is left out: 3 finer spans from 1999 on cover it",
                "2002Q1 (214) is left out: 2002 covers it",
            ]
        );
    }

    #[test]
    fn a_running_year_is_its_longest_part() {
        let d = data(&[("2016-01", "2016-06", 749), ("2016-01", "2016-07", 815)]);
        let (kept, notes) = d.choose();
        assert_eq!(kept.iter().filter_map(|o| o.count).collect::<Vec<_>>(), [815]);
        assert_eq!(notes, ["2016H1 (749) is left out: 2016-01-01–2016-07-31 covers it"]);
    }
}
