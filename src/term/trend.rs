//! `trend()`: 1, 2, 3, … from the first step of the data; `trend(from = DATE)`: steps since the step of the date (0 there,
//! negative before), so that the intercept is the level at that date.

use super::dated::{ByPeriod, Dated, Moment};
use super::{Args, Entry, Needs, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "trend",
    params: &["from"],
    usage: "trend() or trend(from = 2010)",
    about: "step number 1, 2, 3, ..., or steps since a date (0 there)",
    reads: Reads::Calendar,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let from = args.get("from").map(|_| Moment::read(args, "from")).transpose()?;
    let needs = from.as_ref().map_or_else(Needs::default, Moment::needs);
    Ok(Dated::boxed(needs, move |data, first| {
        let zero = match &from {
            None => first.ordinal - 1,
            Some(m) => m.day(data, first)?.map_or(first.ordinal - 1, |d| first.frequency.period(d).ordinal),
        };
        Ok(Box::new(move |p: crate::period::Period| (p.ordinal - zero) as f64) as ByPeriod)
    }))
}
