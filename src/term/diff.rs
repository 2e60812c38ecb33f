//! `diff(x, k = 1)`: the change over k steps, x_s − x_{s−k}.

use super::window::Window;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "diff",
    params: &["x", "k"],
    usage: "diff(x, k = 1)",
    about: "change over k steps",
    reads: Reads::Earlier("k steps back"),
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let k = args.whole("k", 1)?.unwrap_or(1);
    Ok(Window::boxed("diff", args.inner()?, (0, k), move |x| x(0) - x(k)))
}
