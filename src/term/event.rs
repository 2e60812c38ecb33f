//! Events by exact day counts.
//!
//! `event(id)` is the share of the step's days in force; an event without an end is in force until told otherwise. With
//! `phase_in = 12 months` day j of the event (from 1) counts min(1, j/D), D days being the length of the phase-in.
//! `in_force(tag)` adds up the shares of all events with that id, category or tag; `events(tag)` counts their starts.

use super::dated::{ByPeriod, Dated, known_event};
use super::{Args, Entry, Needs, Reads, Term};
use crate::data::{Dataset, Event};
use crate::error::{Error, Result};
use crate::formula::{Kind, duration};
use crate::period::{Frequency, Period, Span, day_number};
use jiff::ToSpan;
use jiff::civil::Date;

pub(super) const ENTRY: Entry = Entry {
    name: "event",
    params: &["id", "phase_in"],
    usage: "event(id, phase_in = 12 months)",
    about: "share of the step's days in force",
    reads: Reads::Events,
    build,
};

pub(super) const IN_FORCE: Entry = Entry {
    name: "in_force",
    params: &["tag", "phase_in"],
    usage: "in_force(tag, phase_in = 12 months)",
    about: "day-weighted number of events with that tag, category or id in force",
    reads: Reads::Events,
    build: |args| {
        let phase = phase_in(args)?;
        of_tag(args, move |e, p| {
            let days = phase.and_then(|(n, unit)| phase_days(e.start, n, unit, p.frequency));
            days.map_or_else(|| e.share_of(p), |d| phased_share(e, d, p))
        })
    },
};

pub(super) const EVENTS: Entry = Entry {
    name: "events",
    params: &["tag"],
    usage: "events(tag)",
    about: "number of events with that tag, category or id that begin in the step",
    reads: Reads::Events,
    build: |args| of_tag(args, |e, p| f64::from(p.frequency.period(e.start) == p)),
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    args.need("id")?;
    let id = args.word("id")?.unwrap_or_default();
    let place = args.place();
    let needs = Needs { events: vec![(id.clone(), place.clone())], ..Needs::default() };
    let phase = phase_in(args)?;
    Ok(Dated::boxed(needs, move |data, first| {
        check_calendar(first).map_err(|e| e.at(place.clone()))?;
        let event = known_event(data, &id, &place)?.cloned();
        let days = event.as_ref().and_then(|e| phase.and_then(|(n, u)| phase_days(e.start, n, u, first.frequency)));
        Ok(Box::new(move |p| match (&event, days) {
            (None, _) => 0.0,
            (Some(e), None) => e.share_of(p),
            (Some(e), Some(d)) => phased_share(e, d, p),
        }) as ByPeriod)
    }))
}

fn of_tag(
    args: &Args<'_>,
    value: impl Fn(&Event, Period) -> f64 + Copy + Send + Sync + 'static,
) -> Result<Box<dyn Term>> {
    args.need("tag")?;
    let tag = args.word("tag")?.unwrap_or_default();
    let place = args.place();
    let needs = Needs { tags: vec![(tag.clone(), place.clone())], ..Needs::default() };
    let own = needs.clone();
    Ok(Dated::boxed(needs, move |data: &Dataset, first| {
        check_calendar(first).map_err(|e| e.at(place.clone()))?;
        if data.known_at.is_none() {
            own.check(data)?;
        }
        let events: Vec<Event> = data.events.iter().filter(|e| e.is(&tag)).cloned().collect();
        Ok(Box::new(move |p| events.iter().map(|e| value(e, p)).sum()) as ByPeriod)
    }))
}

fn check_calendar(first: Period) -> Result<()> {
    if first.frequency == Frequency::Step {
        return Err(Error::data("events need a calendar, and the data have only step numbers")
            .help("name the column of dates with `--time`"));
    }
    Ok(())
}

fn phase_in(args: &Args<'_>) -> Result<Option<(i64, &'static str)>> {
    let Some(e) = args.get("phase_in") else { return Ok(None) };
    match &e.kind {
        Kind::Number(x) if x.fract() == 0.0 && (0.0..=1e3).contains(x) => Ok(Some((*x as i64, "step"))),
        Kind::Text(t) if duration(t).is_some() => Ok(duration(t)),
        _ => Err(args.wrong(e, "a duration such as 12 months")),
    }
}

/// Days from the start until the phase-in is complete; `None` for none.
fn phase_days(start: Date, count: i64, unit: &str, step: Frequency) -> Option<i64> {
    let unit = if unit == "step" { step.name() } else { unit };
    let n = count as i32;
    let end = match unit {
        "year" => start.checked_add(n.years()),
        "half" => start.checked_add((6 * n).months()),
        "quarter" => start.checked_add((3 * n).months()),
        "month" => start.checked_add(n.months()),
        "week" => start.checked_add((7 * n).days()),
        _ => start.checked_add(n.days()),
    };
    let days = day_number(end.unwrap_or(Date::MAX)) - day_number(start);
    (days > 0).then_some(days)
}

/// The mean over the period's days of min(1, j/D) while in force.
fn phased_share(e: &Event, d: i64, period: Period) -> f64 {
    let span = period.span();
    let force = Span { start: Some(e.start), end: e.end.unwrap_or(Date::MAX) };
    let n = force.overlap(span);
    if n == 0 {
        return 0.0;
    }
    // Days j = from..=to of the event fall in the period; those below D count j/D, the rest 1.
    let from = day_number(period.start()).max(day_number(e.start)) - day_number(e.start) + 1;
    let to = from + n - 1;
    let last = to.min(d - 1);
    let rising = (last - from + 1).max(0);
    let sum = rising as f64 * (from + last) as f64 / 2.0 / d as f64 + (n - rising) as f64;
    sum / span.days().unwrap_or(1) as f64
}
