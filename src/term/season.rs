//! `season()`: a factor of the place in the year (month, quarter, half); `season(k)`: of the place in a cycle of k steps.
//! Levels are 1 … k, the first the reference: January, the first quarter, or the first step of the data.

use super::{Args, Block, Encoder, Entry, Frame, Needs, Reads, Shape, Term};
use crate::error::{Error, Result};
use crate::period::{Frequency, Period};
use std::borrow::Cow;

pub(super) const ENTRY: Entry = Entry {
    name: "season",
    params: &["k"],
    usage: "season() or season(k)",
    about: "factor of the month, quarter or half, or of the place in a cycle of k steps",
    reads: Reads::Calendar,
    build,
};

struct Season {
    k: Option<usize>,
}

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let k = args.whole("k", 2)?;
    if let (Some(10_001..), Some(e)) = (k, args.get("k")) {
        return Err(args.wrong(e, "a cycle of 2 to 10000 steps"));
    }
    Ok(Box::new(Season { k }))
}

impl Term for Season {
    fn needs(&self, _: (usize, usize), _: &mut Needs) {}

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let first = history.data.grid.first;
        let year = first.frequency.per_year().filter(|k| *k > 1);
        let Some(k) = self.k.or(year) else {
            return Err(Error::data(format!(
                "a year is not a whole number of steps (steps are {}s)",
                first.frequency.name()
            ))
            .help("write season(k) for a cycle of k steps, or fourier(period, k)"));
        };
        // Step numbers count from 1, ordinals of months and quarters from January of year 0.
        let start = match first.frequency {
            _ if year == Some(k) => 0,
            Frequency::Step => 1,
            _ => first.ordinal,
        };
        Ok(Box::new(Cycle { k, start }))
    }
}

struct Cycle {
    k: usize,
    start: i64,
}

impl Encoder for Cycle {
    fn shape(&self) -> Shape {
        Shape::Factor { levels: (1..=self.k).map(|i| i.to_string()).collect(), reference: 0 }
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let grid = frame.data.grid;
        let place = |p: Period| Some((p.ordinal - self.start).rem_euclid(self.k as i64) as u32);
        Ok(Block::Codes(Cow::Owned((0..grid.len).map(|s| place(grid.period(s))).collect())))
    }
}
