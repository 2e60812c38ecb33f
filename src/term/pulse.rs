//! `pulse(t)`: 1 in the step that contains t, else 0.

use super::dated::of_moment;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "pulse",
    params: &["t"],
    usage: "pulse(t)",
    about: "1 in the step that contains t",
    reads: Reads::Calendar,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    of_moment(args, |t, period| f64::from(period.frequency.period(t) == period))
}
