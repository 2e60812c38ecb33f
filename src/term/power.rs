//! `power(x, k)`: x to the power k.

use super::map::Map;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "power",
    params: &["x", "k"],
    usage: "power(x, k)",
    about: "x to the power k",
    reads: Reads::Same,
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    args.need("k")?;
    let k = args.number("k")?.unwrap_or(1.0);
    Ok(Map::boxed("power", args.inner()?, move |x| x.powf(k)))
}
