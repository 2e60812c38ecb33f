//! `log(x)`: natural logarithm.

use super::map::Map;
use super::{Args, Entry, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry =
    Entry { name: "log", params: &["x"], usage: "log(x)", about: "natural logarithm", build };

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Map::boxed("log", args.inner()?, f64::ln))
}
