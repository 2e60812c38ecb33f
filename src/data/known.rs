//! What was known when: publication lags, vintages and announcements have their only home here.

use super::reconcile::label;
use super::{Column, Dataset, Observation, Status, Values, Vintage};
use crate::period::{Grid, Span};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

impl Dataset {
    /// What was known at the end of `date`: of each count the vintages announced by then; of each covariate the latest
    /// vintage, or the value once its publication lag has passed; of the events those that had begun or been announced,
    /// an end only once it had come. What was not known is unknown; nothing is carried back or forward. The grid stays.
    ///
    /// `as_of(a).as_of(b)` is `as_of(min(a, b))`. Earlier vintages of a count stay in the list, before the later ones;
    /// [`Dataset::latest`] and [`Dataset::choose`] leave one of each span.
    pub fn as_of(&self, date: Date) -> Dataset {
        let mut seen = self.clone();
        seen.known_at = Some(self.known_at.map_or(date, |d| d.min(date)));
        seen.observations.retain(|o| o.known_from() <= date);
        for c in &mut seen.columns {
            mask(c, &self.grid, date);
        }
        seen.events.retain(|e| e.announced.unwrap_or(e.start) <= date);
        for e in &mut seen.events {
            e.end = e.end.filter(|end| *end <= date);
        }
        seen
    }

    /// All that is recorded in this view, of each count and covariate the latest vintage.
    pub fn latest(&self) -> Dataset {
        let mut seen = self.clone();
        seen.observations = latest(seen.observations);
        seen.columns.iter_mut().for_each(show_vintages);
        seen
    }
}

/// At most so many undated figures are told one by one.
const TOLD: usize = 5;

impl Dataset {
    /// Takes the days of undated figures from the same figures in `dated`.
    pub(crate) fn take_dates(&mut self, dated: &Dataset) {
        let key = |o: &Observation| (o.span, o.count, o.source.clone());
        let days: HashMap<_, _> =
            dated.observations.iter().filter(|o| o.undated).map(|o| (key(o), o.announced)).collect();
        for o in self.observations.iter_mut().filter(|o| o.undated) {
            o.announced = days.get(&key(o)).copied().flatten();
        }
        self.sort();
    }

    /// Dates the figures of tables without days of announcement by those of other tables: one that was announced as it stands
    /// is that vintage; any other comes after the last announcement of its span, which it must have replaced. Returns notes on
    /// the latter.
    pub(super) fn date_undated(&mut self) -> Vec<String> {
        let mut dated: HashMap<Span, Vec<(Date, Option<u64>)>> = HashMap::new();
        for o in self.observations.iter().filter(|o| !o.undated) {
            dated.entry(o.span).or_default().push((o.known_from(), o.count));
        }
        let mut notes = Vec::new();
        for o in self.observations.iter_mut().filter(|o| o.undated) {
            let Some(list) = dated.get(&o.span) else { continue };
            let as_it_stands = list.iter().filter(|a| a.1 == o.count).map(|a| a.0).max();
            let Some(last) = list.iter().map(|a| a.0).max().filter(|_| as_it_stands.is_none()) else {
                o.announced = as_it_stands;
                continue;
            };
            o.announced = Some(last.tomorrow().unwrap_or(last));
            notes.push(format!(
                "{}: {} has no day of announcement ({}); it is taken as known after the last figure announced, on {last}",
                label(o.span),
                o.count.map_or_else(|| "no figure".into(), |n| n.to_string()),
                o.source
            ));
        }
        let more = notes.len().saturating_sub(TOLD);
        notes.truncate(TOLD);
        notes.extend(
            (more > 0).then(|| format!("{more} more figures without a day of announcement come after dated ones")),
        );
        notes
    }
}

/// The order of vintages: by the day they were known; of one day, the final figure last.
fn vintage_order(o: &Observation) -> (Date, u8) {
    let rank = match o.status {
        Status::Disputed => 0,
        Status::Provisional => 1,
        Status::Final => 2,
    };
    (o.known_from(), rank)
}

/// Sorts by span (start, then end), then by vintage.
pub(super) fn sort(observations: &mut [Observation]) {
    observations.sort_by(|a, b| {
        let span = |o: &Observation| (o.span.start, o.span.end);
        span(a).cmp(&span(b)).then_with(|| vintage_order(a).cmp(&vintage_order(b)))
    });
}

/// The last known vintage of each span.
pub(super) fn latest(mut observations: Vec<Observation>) -> Vec<Observation> {
    sort(&mut observations);
    observations.reverse();
    observations.dedup_by(|earlier, kept| earlier.span == kept.span);
    observations.reverse();
    observations
}

/// The figures of each span's last day of announcement, one of each value.
pub(super) fn latest_of_each(mut observations: Vec<Observation>) -> Vec<Observation> {
    sort(&mut observations);
    let mut kept: Vec<Observation> = Vec::with_capacity(observations.len());
    for o in observations.into_iter().rev() {
        let last = kept.iter().rev().take_while(|k| k.span == o.span);
        let (mut newer, mut same) = (false, false);
        for k in last {
            newer |= k.known_from() > o.known_from();
            same |= k.count == o.count;
        }
        if !newer && !same {
            kept.push(o);
        }
    }
    kept.reverse();
    kept
}

/// Puts the last of the (known) vintages into the values; of texts a vintage has the number of the level.
fn show_vintages(c: &mut Column) {
    let mut vintages: Vec<&Vintage> = c.vintages.iter().collect();
    vintages.sort_by_key(|v| (v.step, v.announced));
    for v in vintages {
        match &mut c.values {
            Values::Number(values) => values.get_mut(v.step).into_iter().for_each(|x| *x = v.value),
            Values::Text { codes, .. } => codes.get_mut(v.step).into_iter().for_each(|x| *x = Some(v.value as u32)),
        }
    }
}

/// Forgets what of a covariate was not known at `date`.
fn mask(c: &mut Column, grid: &Grid, date: Date) {
    let dated: HashSet<usize> = c.vintages.iter().map(|v| v.step).collect();
    c.vintages.retain(|v| v.announced <= date);
    for s in 0..grid.len {
        if dated.contains(&s) || !c.known_at(grid.period(s), date) {
            c.values.forget(s);
        }
    }
    show_vintages(c);
    if c.vintages.is_empty() {
        c.values.drop_unused_levels();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Event, Known};
    use crate::period::{Frequency, parse_period, parse_span};
    use jiff::civil::date;

    fn three_years() -> Dataset {
        Dataset::new(Grid { first: parse_period("2014").unwrap(), len: 3 }, "y")
    }

    #[test]
    fn the_latest_vintage_announced_by_the_day_counts() {
        let mut d = three_years();
        for (announced, n) in [("2016-01-04", 1277), ("2016-04-12", 1276), ("2017-07-12", 1275)] {
            let mut o = Observation::new(parse_span("2015").unwrap(), Some(n));
            o.announced = Some(crate::period::parse_date(announced).unwrap());
            d.observations.push(o);
        }
        let count = |d: &Dataset| d.latest().observations.last().and_then(|o| o.count);
        assert_eq!(count(&d.as_of(date(2016, 1, 3))), None);
        assert_eq!(count(&d.as_of(date(2016, 8, 1))), Some(1276));
        assert_eq!(count(&d.as_of(date(2018, 1, 1)).as_of(date(2016, 1, 4))), Some(1277));
        assert_eq!(count(&d), Some(1275));
    }

    #[test]
    fn a_covariate_is_known_after_its_lag_and_a_coarse_one_after_its_own_period() {
        let mut d = Dataset::new(Grid { first: parse_period("2014Q1").unwrap(), len: 8 }, "y");
        let mut lagged = Column::numbers("lagged", (0..8).map(f64::from).collect());
        lagged.known = Known::After { months: 1, days: 14 };
        let mut yearly = Column::numbers("yearly", vec![1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
        yearly.frequency = Some(Frequency::Year);
        d.columns = vec![lagged, yearly];
        let known = |c: &str, day| {
            let seen = d.as_of(day);
            (0..8).filter(|s| seen.column(c).unwrap().values.is_known(*s)).count()
        };
        assert_eq!((known("lagged", date(2014, 8, 13)), known("lagged", date(2014, 8, 14))), (1, 2));
        assert_eq!((known("yearly", date(2014, 12, 30)), known("yearly", date(2014, 12, 31))), (0, 4));
    }

    #[test]
    fn dated_vintages_replace_the_lag_and_levels_of_the_future_are_forgotten() {
        let mut d = three_years();
        let mut growth = Column::numbers("growth", vec![1.0, 2.0, 3.0]);
        growth.vintages = vec![
            Vintage { step: 1, announced: date(2016, 7, 1), value: -2.3 },
            Vintage { step: 1, announced: date(2018, 7, 1), value: -1.2 },
        ];
        let levels = vec!["closed".into(), "open".into()];
        d.columns =
            vec![growth, Column::new("border", Values::Text { levels, codes: vec![Some(1), Some(1), Some(0)] })];
        let growth = |day| d.as_of(day).columns[0].values.clone();
        assert!(!growth(date(2016, 6, 30)).is_known(1) && growth(date(2016, 6, 30)).is_known(0));
        assert!(matches!(growth(date(2017, 1, 1)), Values::Number(v) if v == [1.0, -2.3, 3.0]));
        assert!(matches!(d.latest().columns[0].values, Values::Number(ref v) if v[1] == -1.2));
        let border = d.as_of(date(2015, 12, 31)).columns[1].values.clone();
        assert_eq!(border, Values::Text { levels: vec!["open".into()], codes: vec![Some(0), Some(0), None] });
    }

    #[test]
    fn an_end_is_known_only_once_it_has_come() {
        let mut d = three_years();
        d.events = vec![Event { end: Some(date(2023, 8, 26)), ..Event::new("closure", date(2020, 1, 31)) }];
        assert!(d.as_of(date(2020, 1, 30)).events.is_empty());
        assert_eq!(d.as_of(date(2023, 8, 25)).events[0].end, None);
        assert_eq!(d.as_of(date(2023, 8, 26)).events[0].end, Some(date(2023, 8, 26)));
    }
}
