//! `ma(x, k)`: the mean of the k latest values, (x_s + … + x_{s−k+1})/k.

use super::window::Window;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "ma",
    params: &["x", "k"],
    usage: "ma(x, k)",
    about: "mean of the k latest values",
    reads: Reads::Earlier("the k - 1 steps before"),
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    args.need("k")?;
    let k = args.whole("k", 1)?.unwrap_or(1);
    Ok(Window::boxed("ma", args.inner()?, (0, k - 1), move |x| (0..k).map(x).sum::<f64>() / k as f64))
}
