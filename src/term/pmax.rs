//! `pmax(x, z, 3)`, `pmin(x, 10)`: the largest or smallest of several at each step, as R's. An unknown one makes the result
//! unknown; with `na.rm = TRUE` the known ones count, and only where none is known the result is unknown.

use super::args::constant;
use super::arithmetic::{MAX, MAX_KNOWN, MIN, MIN_KNOWN, Side, join, operand};
use super::{Args, Entry, Reads, Term};
use crate::error::{Error, Result};

pub(super) const PMAX: Entry = Entry {
    name: "pmax",
    params: &["...", "na.rm"],
    usage: "pmax(x, z, na.rm = FALSE)",
    about: "largest of several columns or numbers, step by step, as in R",
    reads: Reads::Same,
    build: |args| extreme(args, MAX, MAX_KNOWN),
};

pub(super) const PMIN: Entry = Entry {
    name: "pmin",
    params: &["...", "na.rm"],
    usage: "pmin(x, z, na.rm = FALSE)",
    about: "smallest of several columns or numbers, step by step, as in R",
    reads: Reads::Same,
    build: |args| extreme(args, MIN, MIN_KNOWN),
};

fn extreme(args: &Args<'_>, all: char, known: char) -> Result<Box<dyn Term>> {
    let op = if args.truth("na.rm")? == Some(true) { known } else { all };
    let mut joined: Option<Side> = None;
    for e in &args.rest {
        let side = match constant(e) {
            Some(k) => Side::Number(k),
            None => Side::Term(operand(e, args.origin())?),
        };
        joined = Some(match joined {
            Some(before) => join(op, before, side, &args.place()),
            None => side,
        });
    }
    match joined {
        Some(Side::Term(t)) => Ok(t),
        _ => Err(Error::usage("no column is among the arguments").help("write pmax(x, 3)").at(args.place())),
    }
}
