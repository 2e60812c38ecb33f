//! `sqrt(x)`: square root.

use super::map::Map;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry =
    Entry { name: "sqrt", params: &["x"], usage: "sqrt(x)", about: "square root", reads: Reads::Same, build };

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("sqrt", args.inner()?, f64::sqrt))
}
