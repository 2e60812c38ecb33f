//! `lag(x, k = 1)`: the value k steps ago.

use super::window::Window;
use super::{Args, Entry, Reads, Term};
use crate::error::Result;

pub(super) const ENTRY: Entry = Entry {
    name: "lag",
    params: &["x", "k"],
    usage: "lag(x, k = 1)",
    about: "value k steps ago",
    reads: Reads::Earlier("k steps back"),
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let k = args.whole("k", 0)?.unwrap_or(1);
    Ok(Window::boxed("lag", args.inner()?, (k, k), move |x| x(k)))
}
