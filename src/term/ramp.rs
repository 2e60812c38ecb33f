//! `ramp(t)`: steps elapsed since t, the share of the first one included: Σ_{r ≤ s} step(t)_r.

use super::dated::{of_moment, share_from};
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "ramp",
    params: &["t"],
    usage: "ramp(t)",
    about: "steps elapsed since t, 0 before",
    reads: Reads::Calendar,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    of_moment(args, |t, period| {
        let first = period.frequency.period(t);
        let since = period.ordinal - first.ordinal;
        if since < 0 { 0.0 } else { share_from(t, first) + since as f64 }
    })
}
