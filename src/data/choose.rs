//! Which observations to fit: disjoint spans, as much time as possible, as finely as possible.
//!
//! Where recorded figures overlap and none of them is as fine as the grid, or one that would be fitted is contradicted (a
//! provisional figure by final ones), what follows from the trusted figures takes part in the choice: the first quarter, the
//! first half and the year give first quarter, second quarter and second half. Such a count is a difference of recorded figures,
//! says of which, is known with the last of them, and is final only if all are.

use super::known::latest;
use super::reconcile::{Contradiction, reconcile, sum};
use super::{Dataset, Observation, Status};
use crate::period::{Frequency, Span, day_number};
use std::collections::HashSet;

/// Of so many overlapping figures no differences are worked out: the time that it takes grows with their square.
const MANY: usize = 5000;

/// The observations to fit, and what the reader must know of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choice {
    /// Disjoint observations in order of time.
    pub fitted: Vec<Observation>,
    /// Each recorded count that is left out, and why.
    pub left_out: Vec<String>,
    /// Counts worked out from recorded ones, and from which.
    pub worked_out: Vec<String>,
    /// Counts that are fitted although other figures contradict them.
    pub doubtful: Vec<String>,
}

impl Dataset {
    /// The observations to fit, with all that [`Dataset::choice`] says of them.
    pub fn choose(&self) -> (Vec<Observation>, Vec<String>) {
        let choice = self.choice();
        (choice.fitted, [choice.left_out, choice.worked_out, choice.doubtful].concat())
    }

    /// The observations to fit: of each span the latest vintage; of overlapping spans those that cover the most days and,
    /// of equals, the most days by figures that no other contradicts, then the most spans (so single years go before their
    /// sum, and a year before its months where steps are years). Spans with an open start, disputed and unknown counts are left out, but
    /// what follows from an open start (up to 2001 less up to 1998) is not.
    pub fn choice(&self) -> Choice {
        let frequency = self.grid.frequency();
        let all = latest(self.observations.clone()).into_iter().filter(|o| o.count.is_some());
        let fit = |o: &Observation| o.span.start.is_some() && o.status != Status::Disputed;
        let (candidates, unfit): (Vec<_>, Vec<_>) = all.partition(fit);
        let open = unfit.iter().any(|o| o.status != Status::Disputed && on_grid(o.span, frequency));
        let (kept, mut left_out) = split(&candidates, frequency, &|_| true);
        let mut choice = Choice { fitted: kept, ..Choice::default() };
        let (mut contradictions, mut trusted) = (Vec::new(), HashSet::new());
        if left_out.len() + unfit.len() > MANY {
            choice
                .doubtful
                .push(format!("more than {MANY} figures overlap others: what follows from them is not worked out"));
        } else if open || !left_out.is_empty() {
            let all = reconcile(self);
            let used = figures(&all.used);
            let derived;
            (choice.fitted, left_out, derived) = self.refined((choice.fitted, left_out), &candidates, &all.used, open);
            let new = figures(&derived);
            let (made, read): (Vec<_>, Vec<_>) = choice.fitted.iter().partition(|o| new.contains(&figure(o)));
            choice.worked_out = made.into_iter().map(|o| worked_out(o, frequency)).collect();
            let doubtful = |o: &&&Observation| !used.contains(&figure(o));
            let read: Vec<&Observation> = read.iter().filter(doubtful).copied().collect();
            choice.doubtful = remarks(&read, &all.contradictions, frequency);
            contradictions = all.contradictions;
            contradictions.retain(|c| c.figures.iter().any(|o| !used.contains(&figure(o))));
            trusted = used;
        }
        left_out.extend(unfit);
        left_out.sort_by_key(|o| (o.span.start, o.span.end));
        let against = |o: &Observation| {
            let named = contradictions.iter().find(|c| c.figures.contains(o));
            named.filter(|_| !trusted.contains(&figure(o)))
        };
        choice.left_out = left_out.iter().map(|o| reason(o, &choice.fitted, against(o), frequency)).collect();
        choice
    }

    /// The chosen, the recorded others, and what was derived from `trusted` figures to choose better: where a recorded span
    /// of steps would be lost or a figure chosen that others contradict (or sums of open start are to be taken apart), what
    /// begins and ends with steps takes part; and if that does not help, what follows from parts of steps.
    fn refined(
        &self,
        chosen: (Vec<Observation>, Vec<Observation>),
        candidates: &[Observation],
        trusted: &[Observation],
        open: bool,
    ) -> (Vec<Observation>, Vec<Observation>, Vec<Observation>) {
        let frequency = self.grid.frequency();
        let (mut fitted, mut left_out) = chosen;
        let (mut derived, mut sound) = (Vec::new(), figures(trusted));
        for (k, follows) in [Dataset::derived, Dataset::parts].iter().enumerate() {
            let lost = |o: &Observation| on_grid(o.span, frequency) && !is_tiled(o.span, &fitted);
            let asks = left_out.iter().any(lost) || fitted.iter().any(|o| !sound.contains(&figure(o)));
            if !asks && (k > 0 || !open) {
                break;
            }
            let more: Vec<Observation> =
                follows(self, trusted).into_iter().filter(|o| !sound.contains(&figure(o))).collect();
            if !more.is_empty() {
                sound.extend(more.iter().map(figure));
                derived.extend(more);
                (fitted, left_out) = with_derived(candidates, &derived, &sound, frequency);
            }
        }
        (fitted, left_out, derived)
    }

    /// What follows from the trusted figures that begin and end with steps: the finest spans of whole steps between them,
    /// and what is recorded of the step that runs. Without what is recorded so.
    fn derived(&self, trusted: &[Observation]) -> Vec<Observation> {
        let frequency = self.grid.frequency();
        let whole: Vec<&Observation> = trusted.iter().filter(|o| on_grid(o.span, frequency)).collect();
        let Some(last) = whole.iter().map(|o| o.span.end).max() else { return Vec::new() };
        let begins = |o: &&Observation| o.span.start.is_none_or(|s| frequency.period(s).start() == s);
        let running = trusted.iter().filter(|o| o.span.end > last).filter(begins).max_by_key(|o| o.span.end);
        let mut view = Dataset::new(self.grid, &self.response);
        view.observations = whole.into_iter().chain(running).cloned().collect();
        self.unrecorded(reconcile(&view).derived)
    }

    /// What follows from all trusted figures, parts of steps too: the finest spans between them, and the sums of those that
    /// follow each other inside one step. Without what is recorded so.
    fn parts(&self, trusted: &[Observation]) -> Vec<Observation> {
        let mut view = Dataset::new(self.grid, &self.response);
        view.observations = trusted.to_vec();
        let finest = reconcile(&view).derived;
        let frequency = self.grid.frequency();
        let follows = |a: &Observation, b: &Observation| {
            let same = frequency.period(a.span.end) == frequency.period(b.span.end);
            same && within_step(a.span, frequency) && b.span.start == a.span.end.tomorrow().ok()
        };
        let runs = finest.chunk_by(follows).filter(|run| run.len() > 1);
        let sums: Vec<Observation> = runs.map(sum).collect();
        self.unrecorded([finest, sums].concat())
    }

    fn unrecorded(&self, mut derived: Vec<Observation>) -> Vec<Observation> {
        let recorded = figures(&self.observations);
        derived.retain(|o| o.derived && !recorded.contains(&figure(o)));
        derived
    }
}

/// The chosen and the recorded others when derived figures take part. A figure that others contradict (it is not `sound`)
/// gives way where one is derived in its place; where none is, it is as good as any.
fn with_derived(
    candidates: &[Observation],
    derived: &[Observation],
    sound: &HashSet<(Span, Option<u64>)>,
    frequency: Frequency,
) -> (Vec<Observation>, Vec<Observation>) {
    let new = figures(derived);
    let replaced = |o: &Observation| derived.iter().any(|d| d.span.overlap(o.span) > 0);
    let agrees = |o: &Observation| sound.contains(&figure(o)) || !replaced(o);
    let mut both = [candidates, derived].concat();
    both.sort_by_key(|o| (o.span.end, o.span.start));
    let (fitted, mut left_out) = split(&both, frequency, &agrees);
    left_out.retain(|o| !new.contains(&figure(o)));
    (fitted, left_out)
}

/// What a figure says.
fn figure(o: &Observation) -> (Span, Option<u64>) {
    (o.span, o.count)
}

fn figures(all: &[Observation]) -> HashSet<(Span, Option<u64>)> {
    all.iter().map(figure).collect()
}

/// Whether a span begins (unless its start is open) and ends with steps of the grid.
fn on_grid(span: Span, frequency: Frequency) -> bool {
    let begins = span.start.is_none_or(|s| frequency.period(s).start() == s);
    begins && frequency.period(span.end).end() == span.end
}

/// Those of the disjoint observations, in order of time, that overlap a span.
fn overlapping(span: Span, kept: &[Observation]) -> &[Observation] {
    let first = span.start.map_or(0, |start| kept.partition_point(|k| k.span.end < start));
    let beyond = kept.partition_point(|k| k.span.start.is_none_or(|s| s <= span.end));
    &kept[first..beyond.max(first)]
}

/// Whether disjoint observations make up a span exactly, so that nothing of its count is lost.
fn is_tiled(span: Span, kept: &[Observation]) -> bool {
    let parts = overlapping(span, kept);
    let inside = parts.iter().all(|k| k.span.start >= span.start && k.span.end <= span.end);
    inside && parts.iter().filter_map(|k| k.span.days()).sum::<i64>() == span.days().unwrap_or(i64::MAX)
}

/// The chosen and the others, both in order of time. `trusted` = which no other figure contradicts. A part of a step is no
/// finer than the step: three months of a quarter do not go before the quarter.
fn split(
    candidates: &[Observation],
    frequency: Frequency,
    trusted: &dyn Fn(&Observation) -> bool,
) -> (Vec<Observation>, Vec<Observation>) {
    let days = |o: &Observation| o.span.days().filter(|_| trusted(o)).unwrap_or(0);
    let part = |o: &Observation| o.span.share_of(frequency.period(o.span.end)) < 1.0 && within_step(o.span, frequency);
    // Of parts of one step the fewest: together they are less than the step, and no more for being many.
    // Of equally many others, those that begin and end with steps.
    let spans = |o: &Observation| (1 << 20) + (i64::from(on_grid(o.span, frequency)) << 10);
    let worth = |o: &Observation| (days(o), if part(o) { -1 } else { spans(o) });
    let (spans, worth): (Vec<Span>, Vec<_>) = candidates.iter().map(|o| (o.span, worth(o))).unzip();
    let mut is_chosen = vec![false; candidates.len()];
    best(&spans, &worth).into_iter().for_each(|i| is_chosen[i] = true);
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for (o, chosen) in candidates.iter().zip(is_chosen) {
        if chosen { kept.push(o.clone()) } else { left_out.push(o.clone()) }
    }
    (kept, left_out)
}

fn within_step(span: Span, frequency: Frequency) -> bool {
    span.start.is_some_and(|s| frequency.period(s) == frequency.period(span.end))
}

/// Why a recorded count is left out.
fn reason(o: &Observation, kept: &[Observation], against: Option<&Contradiction>, frequency: Frequency) -> String {
    let parts = overlapping(o.span, kept);
    let days: i64 = parts.iter().map(|k| k.span.overlap(o.span)).sum();
    let by = parts.first().map_or_else(String::new, |k| k.span.words(frequency));
    let sum = parts.iter().filter_map(|k| k.count).fold(0, u64::saturating_add);
    let why = match (parts, against) {
        _ if o.span.start.is_none() => "its start is open".into(),
        _ if o.status == Status::Disputed => "it is disputed".into(),
        ([one], _) if one.span == o.span => {
            format!("other figures make it {}", one.count.unwrap_or_default())
        }
        ([_, _, ..], _) if is_tiled(o.span, kept) && Some(sum) != o.count => {
            format!("{} finer spans from {by} on make it {sum}", parts.len())
        }
        // A part of a step gives way to the step in any case.
        (_, Some(c)) if on_grid(o.span, frequency) => format!("other figures contradict it: {}", c.words),
        ([_], _) if Some(days) == o.span.days() => format!("{by} covers it"),
        _ if Some(days) == o.span.days() => format!("{} finer spans from {by} on cover it", parts.len()),
        _ => format!("it overlaps {by}"),
    };
    format!("{} ({}) is left out: {why}", o.span.words(frequency), o.count.unwrap_or_default())
}

fn worked_out(o: &Observation, frequency: Frequency) -> String {
    format!(
        "{} ({}) is worked out: {}{}",
        o.span.words(frequency),
        o.count.unwrap_or_default(),
        o.note,
        if o.status == Status::Final { "" } else { " (provisional)" }
    )
}

/// What contradicts counts that are fitted all the same: each contradiction once, with all such counts in it.
fn remarks(read: &[&Observation], contradictions: &[Contradiction], frequency: Frequency) -> Vec<String> {
    let named = |o: &Observation| contradictions.iter().position(|c| c.figures.contains(o));
    let mut by_words: Vec<(usize, Vec<String>)> = Vec::new();
    for (o, c) in read.iter().filter_map(|o| Some((*o, named(o)?))) {
        let figure = format!("{} ({})", o.span.words(frequency), o.count.unwrap_or_default());
        match by_words.iter_mut().find(|(first, _)| *first == c) {
            Some((_, figures)) => figures.push(figure),
            None => by_words.push((c, vec![figure])),
        }
    }
    let say = |(c, figures): (usize, Vec<String>)| {
        let (which, them) = match figures.as_slice() {
            [one] => (format!("{one} is"), "it"),
            [most @ .., last] => (format!("{} and {last} are", most.join(", ")), "them"),
            [] => (String::new(), "it"),
        };
        format!("{which} fitted, but other figures contradict {them}: {}", contradictions[c].words)
    };
    by_words.into_iter().map(say).collect()
}

/// The indices of the disjoint spans that cover the most days and, of equals, are the most; in order of time. Spans with
/// an open start are never chosen.
pub(super) fn disjoint(spans: &[Span]) -> Vec<usize> {
    best(spans, &vec![(0, 1); spans.len()])
}

/// The same, where of equally many days those go before others whose `worth`, summed, is larger. (Weighted interval
/// scheduling by dynamic programming: O(n log n).)
fn best(spans: &[Span], worth: &[(i64, i64)]) -> Vec<usize> {
    let mut order: Vec<(i64, i64, usize)> = spans
        .iter()
        .enumerate()
        .filter_map(|(i, s)| s.start.map(|start| (day_number(s.end), day_number(start), i)))
        .collect();
    order.sort_unstable();
    // best[k]: days and worth among the first k by end; the choice that made it.
    let mut best: Vec<(i64, i64, i64)> = vec![(0, 0, 0)];
    let mut taken: Vec<Option<usize>> = vec![None];
    for (k, (end, start, i)) in order.iter().enumerate() {
        let before = order[..k].partition_point(|(e, _, _)| e < start);
        let (days, first, second) = best[before];
        let with = (days + end - start + 1, first + worth[*i].0, second + worth[*i].1);
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
mod tests;
