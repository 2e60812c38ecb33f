//! `growth(x, k = 1)`: the change of the logarithm over k steps, ln x_s − ln x_{s−k}.

use super::window::Window;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "growth",
    params: &["x", "k"],
    usage: "growth(x, k = 1)",
    about: "change of ln x over k steps",
    reads: Reads::Earlier("k steps back"),
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let k = args.whole("k", 1)?.unwrap_or(1);
    Ok(Window::boxed("growth", args.inner()?, (0, k), move |x| x(0).ln() - x(k).ln()))
}
