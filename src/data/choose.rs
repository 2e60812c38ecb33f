//! Which observations to fit: disjoint spans, as much time as possible, as finely as possible.
//!
//! Where recorded figures overlap and none of them is as fine as the grid, what follows from them takes part in the
//! choice: the first quarter, the first half and the year give first quarter, second quarter and second half. Such a count
//! is a difference of recorded figures, says of which, is known with the last of them, and is final only if all are.

use super::known::latest;
use super::reconcile::{Contradiction, reconcile};
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
            let loses = |o: &Observation| on_grid(o.span, frequency) && !is_tiled(o.span, &choice.fitted);
            let derived = if open || left_out.iter().any(loses) { self.derived(&all.used) } else { Vec::new() };
            let new = figures(&derived);
            if !new.is_empty() {
                let agrees = |o: &Observation| used.contains(&figure(o)) || new.contains(&figure(o));
                let mut both = [candidates, derived].concat();
                both.sort_by_key(|o| (o.span.end, o.span.start));
                (choice.fitted, left_out) = split(&both, frequency, &agrees);
                left_out.retain(|o| !new.contains(&figure(o)));
            }
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
        let recorded = figures(&self.observations);
        let mut derived = reconcile(&view).derived;
        derived.retain(|o| o.derived && !recorded.contains(&figure(o)));
        derived
    }
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
    let worth = |o: &Observation| (days(o), i64::from(!part(o)));
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
        assert_eq!(notes, ["2016H1 (749) is left out: 2016-01–2016-07 covers it"]);
    }

    fn quarters(rows: &[(&str, u64)]) -> Dataset {
        let mut d = Dataset::new(Grid { first: parse_period("2010Q1").unwrap(), len: 16 }, "y");
        d.observations = rows.iter().map(|(s, n)| Observation::new(parse_span(s).unwrap(), Some(*n))).collect();
        d
    }

    fn fitted(d: &Dataset) -> Vec<(String, u64)> {
        let label = |o: &Observation| (o.span.label(d.grid.frequency()), o.count.unwrap());
        d.choice().fitted.iter().map(label).collect()
    }

    fn is(list: &[(&str, u64)]) -> Vec<(String, u64)> {
        list.iter().map(|(s, n)| (s.to_string(), *n)).collect()
    }

    #[test]
    fn what_follows_from_quarter_half_and_year_is_fitted() {
        let d = quarters(&[("2011Q1", 566), ("2011H1", 1260), ("2011", 2706), ("2012Q1", 352)]);
        assert_eq!(fitted(&d), is(&[("2011Q1", 566), ("2011Q2", 694), ("2011Q3–2011Q4", 1446), ("2012Q1", 352)]));
        let choice = d.choice();
        assert_eq!(
            choice.worked_out,
            [
                "2011Q2 (694) is worked out: 1260 (2011H1) − 566 (2011Q1)",
                "2011H2 (1446) is worked out: 2706 (2011) − 1260 (2011H1)"
            ]
        );
        assert_eq!(
            choice.left_out,
            [
                "2011H1 (1260) is left out: 2 finer spans from 2011Q1 on cover it",
                "2011 (2706) is left out: 3 finer spans from 2011Q1 on cover it"
            ]
        );
        assert!(choice.doubtful.is_empty());
    }

    #[test]
    fn a_worked_out_count_is_known_with_its_last_part_and_as_sure_as_its_least_sure() {
        let mut d = quarters(&[("2011Q1", 566), ("2011H1", 1260), ("2011", 2706)]);
        let day = |text: &str| crate::period::parse_date(text).ok();
        d.observations[0].announced = day("2011-05-01");
        d.observations[1].announced = day("2011-07-15");
        d.observations[1].status = Status::Provisional;
        d.observations[2].announced = day("2012-01-10");
        for (o, source) in d.observations.iter_mut().zip(["a:1", "a:2", "a:3"]) {
            o.source = source.into();
        }
        let second = &d.as_of(day("2011-08-01").unwrap()).latest().choice().fitted[1];
        assert_eq!(
            (second.count, second.announced, second.status),
            (Some(694), day("2011-07-15"), Status::Provisional)
        );
        assert_eq!((second.source.as_str(), second.derived), ("a:1;a:2", true));
        assert_eq!(fitted(&d.as_of(day("2011-07-14").unwrap())), is(&[("2011Q1", 566)]));
    }

    #[test]
    fn a_half_of_final_year_and_provisional_quarter_mixes_no_vintages() {
        let mut d = quarters(&[("2011Q1", 600), ("2011", 2706)]);
        d.observations[0].status = Status::Provisional;
        assert_eq!(fitted(&d), is(&[("2011Q1–2011Q4", 2706)]));
    }

    #[test]
    fn sums_since_ever_give_the_years_between() {
        let d = data(&[("", "1998", 947), ("", "2001", 1990), ("2002", "2002", 1142)]);
        assert_eq!(fitted(&d), is(&[("1999–2001", 1043), ("2002", 1142)]));
    }

    #[test]
    fn the_running_step_keeps_what_is_recorded_of_it() {
        let d = quarters(&[("2011H1", 749), ("2011-01–2011-07", 815), ("2011Q1", 342)]);
        assert_eq!(fitted(&d), is(&[("2011Q1", 342), ("2011Q2", 407), ("2011-07", 66)]));
    }

    #[test]
    fn a_figure_that_the_others_contradict_gives_way_to_what_follows_from_them() {
        let mut d = quarters(&[("2011", 100), ("2011Q2–2011Q4", 80), ("2011H2", 40), ("2011Q1", 70)]);
        d.observations[3].status = Status::Provisional;
        assert_eq!(fitted(&d), is(&[("2011Q1", 20), ("2011Q2", 40), ("2011Q3–2011Q4", 40)]));
        assert_eq!(d.choice().left_out[0], "2011Q1 (70) is left out: other figures make it 20");
    }

    #[test]
    fn a_contradicted_figure_that_nothing_replaces_is_fitted_with_a_remark() {
        let d = quarters(&[("2011Q1", 70), ("2011H1", 40)]);
        assert_eq!(fitted(&d), is(&[("2011Q1–2011Q2", 40)]));
        let said = d.choice().doubtful;
        assert!(said.len() == 1 && said[0].contains("(40) is fitted, but other figures contradict it: "), "{said:?}");
    }

    #[test]
    fn a_contradiction_is_the_reason_where_it_is_one() {
        let d = quarters(&[("2011Q1", 1), ("2011Q2", 2), ("2011Q3", 3), ("2011Q4", 4), ("2011", 11)]);
        let choice = d.choice();
        assert_eq!(choice.left_out, ["2011 (11) is left out: 4 finer spans from 2011Q1 on make it 10"]);
        let [said] = choice.doubtful.as_slice() else { panic!("{:?}", choice.doubtful) };
        let figures =
            "2011Q1 (1), 2011Q2 (2), 2011Q3 (3) and 2011Q4 (4) are fitted, but other figures contradict them: ";
        assert!(said.starts_with(figures), "{said}");
        // A part larger than its whole does not merely overlap it.
        let choice = quarters(&[("2011Q1", 70), ("2011H1", 40)]).choice();
        let [said] = choice.left_out.as_slice() else { panic!("{:?}", choice.left_out) };
        let why = "2011Q1 (70) is left out: other figures contradict it: 2011Q1 is 70, larger than the figure of a longer span";
        assert!(said.starts_with(why), "{said}");
        let year = data(&[("2011-01", "2011-03", 70), ("2011", "2011", 40)]);
        assert_eq!(year.choice().left_out, ["2011Q1 (70) is left out: 2011 covers it"]);
        let d = quarters(&[("2011Q1", 7), ("2011H1", 40)]);
        assert_eq!(d.choice().left_out, ["2011H1 (40) is left out: 2 finer spans from 2011Q1 on cover it"]);
    }

    #[test]
    fn parts_of_a_step_do_not_go_before_the_step() {
        let d =
            quarters(&[("2011-01", 1), ("2011-02", 2), ("2011-03", 3), ("2011Q1", 6), ("2011-04", 4), ("2011-05", 5)]);
        assert_eq!(fitted(&d), is(&[("2011Q1", 6), ("2011-04", 4), ("2011-05", 5)]));
    }
}
