//! The engine of terms that depend on the calendar and the events alone, and the moments they name.

use super::{Args, Block, Encoder, Frame, Needs, Shape, Term};
use crate::data::{Dataset, Event};
use crate::error::{Error, Place, Result};
use crate::formula::{Expr, Kind};
use crate::period::{Frequency, Grid, Period, Span, parse_span};
use jiff::civil::Date;
use std::borrow::Cow;
use std::sync::Arc;

/// Value by period.
pub(super) type ByPeriod = Box<dyn Fn(Period) -> f64>;

/// A term whose value follows from the data's calendar and events; `first` is the first period of the history.
pub(super) struct Dated<F> {
    /// Event ids and tags that it reads.
    pub(super) needs: Needs,
    /// The function of the period, given the data and the first period of the history.
    pub(super) value: Arc<F>,
}

impl<F> Dated<F>
where
    F: Fn(&Dataset, Period) -> Result<ByPeriod> + Send + Sync + 'static,
{
    pub(super) fn boxed(needs: Needs, value: F) -> Box<dyn Term> {
        Box::new(Dated { needs, value: Arc::new(value) })
    }
}

impl<F> Term for Dated<F>
where
    F: Fn(&Dataset, Period) -> Result<ByPeriod> + Send + Sync + 'static,
{
    fn needs(&self, _: (usize, usize), needs: &mut Needs) {
        needs.events.extend(self.needs.events.iter().cloned());
        needs.tags.extend(self.needs.tags.iter().cloned());
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let first = history.data.grid.first;
        drop((self.value)(history.data, first)?);
        Ok(Box::new(DatedFrom { first, value: self.value.clone() }))
    }
}

struct DatedFrom<F> {
    first: Period,
    value: Arc<F>,
}

impl<F> Encoder for DatedFrom<F>
where
    F: Fn(&Dataset, Period) -> Result<ByPeriod> + Send + Sync + 'static,
{
    fn shape(&self) -> Shape {
        Shape::Numbers(vec![String::new()])
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let value = (self.value)(frame.data, self.first)?;
        let grid: Grid = frame.data.grid;
        Ok(Block::Numbers(vec![Cow::Owned((0..grid.len).map(|s| value(grid.period(s))).collect())]))
    }
}

/// A moment: a step number, a date, or the start of an event.
#[derive(Debug, Clone)]
pub(super) enum Moment {
    /// A step number (from 1), or a year on a calendar.
    Number(i64),
    /// A date.
    Date(Date, Place),
    /// An event's id.
    Event(String, Place),
}

impl Moment {
    /// Reads an argument.
    pub(super) fn read(args: &Args<'_>, param: &str) -> Result<Self> {
        let e = args.need(param)?;
        Self::of(e, args.origin().place(&e.at)).ok_or_else(|| args.wrong(e, "a step number, a date or an event"))
    }

    fn of(e: &Expr, place: Place) -> Option<Self> {
        match &e.kind {
            Kind::Number(x) if x.fract() == 0.0 && x.abs() < 1e9 => Some(Moment::Number(*x as i64)),
            Kind::Text(t) => parse_span(t).ok().and_then(|s| s.start).map(|d| Moment::Date(d, place)),
            Kind::Name(id) => Some(Moment::Event(id.clone(), place)),
            _ => None,
        }
    }

    /// The event it reads, if any.
    pub(super) fn needs(&self) -> Needs {
        let events = match self {
            Moment::Event(id, place) => vec![(id.clone(), place.clone())],
            _ => Vec::new(),
        };
        Needs { events, ..Needs::default() }
    }

    /// Its day; `None` for an event that was not known yet on the day of the view.
    pub(super) fn day(&self, data: &Dataset, first: Period) -> Result<Option<Date>> {
        let steps = first.frequency == Frequency::Step;
        match self {
            Moment::Number(k) if steps => Ok(Some(Period::step(*k).start())),
            Moment::Number(y) if (1000..=9000).contains(y) => {
                Ok(Some(Period { frequency: Frequency::Year, ordinal: *y }.start()))
            }
            Moment::Number(k) => Ok(Some(first.offset(k - 1).start())),
            Moment::Date(_, place) | Moment::Event(_, place) if steps => {
                Err(Error::data("the data have no calendar, only step numbers")
                    .help("give a step number, e.g. `step(84)`, or name the column of dates with `--time`")
                    .at(place.clone()))
            }
            Moment::Date(d, _) => Ok(Some(*d)),
            Moment::Event(id, place) => Ok(known_event(data, id, place)?.map(|e| e.start)),
        }
    }
}

/// An event; `None` when it was not known yet on the day of the view.
pub(super) fn known_event<'a>(data: &'a Dataset, id: &str, place: &Place) -> Result<Option<&'a Event>> {
    match data.events.iter().find(|e| e.id == id) {
        Some(e) => Ok(Some(e)),
        None if data.known_at.is_some() => Ok(None),
        None => data.event(id).map(Some).map_err(|e| e.at(place.clone())),
    }
}

/// The share of a period on or after a day.
pub(super) fn share_from(day: Date, period: Period) -> f64 {
    Span { start: Some(day), end: Date::MAX }.share_of(period)
}

/// A term of one moment: `value(day, period)`, 0 before the moment is known.
pub(super) fn of_moment(
    args: &Args<'_>,
    value: impl Fn(Date, Period) -> f64 + Copy + Send + Sync + 'static,
) -> Result<Box<dyn Term>> {
    let moment = Moment::read(args, "t")?;
    Ok(Dated::boxed(moment.needs(), move |data, first| {
        let day = moment.day(data, first)?;
        Ok(Box::new(move |p| day.map_or(0.0, |d| value(d, p))) as ByPeriod)
    }))
}
