//! `offset(x)`: added to the linear predictor as it is; `exposure(x)`: ln x added, so that the mean is proportional to x.
//! Both stand alone in a formula; [`super::plan`] adds them up.

use super::map::Map;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const OFFSET: Entry = Entry {
    name: "offset",
    params: &["x"],
    usage: "offset(log(pop))",
    about: "added to the linear predictor with coefficient 1",
    reads: Reads::Same,
    build: |args| args.inner(),
};

pub(super) const EXPOSURE: Entry = Entry {
    name: "exposure",
    params: &["x"],
    usage: "exposure(pop)",
    about: "the same as offset(log(pop))",
    reads: Reads::Same,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("exposure", args.inner()?, f64::ln))
}
