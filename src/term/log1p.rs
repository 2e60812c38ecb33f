//! `log1p(x)`: ln(1 + x), also for zeros.

use super::map::Map;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "log1p",
    params: &["x"],
    usage: "log1p(x)",
    about: "ln(1 + x), also for zeros",
    reads: Reads::Same,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("log1p", args.inner()?, f64::ln_1p))
}
