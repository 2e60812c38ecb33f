//! `as.numeric(x > 3)`, `as.integer(x)`: a comparison as 0 or 1, a number as itself or without its fraction, as in R.

use super::map::Map;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "as.numeric",
    params: &["x"],
    usage: "as.numeric(x > 3)",
    about: "a comparison as 0 or 1",
    reads: Reads::Same,
    build,
};

pub(super) const INTEGER: Entry = Entry {
    name: "as.integer",
    params: &["x"],
    usage: "as.integer(x)",
    about: "the same, numbers without their fraction",
    reads: Reads::Same,
    build: |args| Ok(Map::boxed("as.integer", args.inner()?, f64::trunc)),
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("as.numeric", args.inner()?, |x| x))
}
