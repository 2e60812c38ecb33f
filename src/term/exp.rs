//! `exp(x)`: exponential.

use super::map::Map;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry =
    Entry { name: "exp", params: &["x"], usage: "exp(x)", about: "exponential", reads: Reads::Same, build };

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("exp", args.inner()?, f64::exp))
}
