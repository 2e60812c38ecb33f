//! `log(x)`: natural logarithm, or to a base; `log10(x)`, `log2(x)`.

use super::map::Map;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "log",
    params: &["x", "base"],
    usage: "log(x) or log(x, base)",
    about: "natural logarithm, or to a base",
    reads: Reads::Same,
    build,
};
pub(super) const LOG10: Entry = Entry {
    name: "log10",
    params: &["x"],
    usage: "log10(x)",
    about: "logarithm to base 10",
    reads: Reads::Same,
    build: build_10,
};
pub(super) const LOG2: Entry = Entry {
    name: "log2",
    params: &["x"],
    usage: "log2(x)",
    about: "logarithm to base 2",
    reads: Reads::Same,
    build: build_2,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let ok = |b: f64| b > 0.0 && b != 1.0 && b.is_finite();
    match args.number_in("base", ok, "a base above 0, not 1")? {
        None => Ok(Map::boxed("log", args.inner()?, f64::ln)),
        Some(base) => Ok(Map::boxed("log", args.inner()?, move |x| x.ln() / base.ln())),
    }
}

fn build_10(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("log10", args.inner()?, f64::log10))
}

fn build_2(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("log2", args.inner()?, f64::log2))
}
