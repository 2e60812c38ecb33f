//! `step(t)`: the share of the step on or after t; with a step number 1 from step t on.

use super::dated::{of_moment, share_from};
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "step",
    params: &["t"],
    usage: "step(t)",
    about: "1 from t on, by days; t is a step number, a date or an event",
    reads: Reads::Calendar,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    of_moment(args, share_from)
}
