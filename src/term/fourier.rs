//! `fourier(period, k)`: sin(2πjt/period) and cos(2πjt/period), j = 1 … k, as columns `S1 C1 S2 C2 …`; t is the step number
//! from 1 at the first step of the data. At 2j = period the sine is zero and left out.

use super::{Args, Block, Encoder, Entry, Frame, Needs, Reads, Shape, Term};
use crate::error::Result;
use crate::period::Period;
use std::borrow::Cow;
use std::f64::consts::TAU;

pub(super) const ENTRY: Entry = Entry {
    name: "fourier",
    params: &["period", "k"],
    usage: "fourier(period, k)",
    about: "k pairs of sines and cosines; the period in steps may be fractional (52.18)",
    reads: Reads::Calendar,
    build,
};

#[derive(Clone)]
struct Waves {
    period: f64,
    k: usize,
    first: Option<Period>,
}

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    args.need("period")?;
    let period = args.number_in("period", |p| (2.0..=1e6).contains(&p), "a period of at least 2 steps")?.unwrap_or(2.0);
    let k = args.whole("k", 1)?.unwrap_or(1);
    if let (true, Some(e)) = (2.0 * k as f64 > period || k > 1_000, args.get("k")) {
        return Err(args.wrong(e, "at most half as many pairs as the period has steps"));
    }
    Ok(Box::new(Waves { period, k, first: None }))
}

/// Name, function and angle per step of a column.
type Wave = (String, fn(f64) -> f64, f64);

impl Waves {
    /// Names and functions of the columns.
    fn columns(&self) -> Vec<Wave> {
        let mut all: Vec<Wave> = Vec::new();
        for j in 1..=self.k {
            let w = TAU * j as f64 / self.period;
            if 2.0 * (j as f64) < self.period {
                all.push((format!("S{j}"), f64::sin, w));
            }
            all.push((format!("C{j}"), f64::cos, w));
        }
        all
    }
}

impl Term for Waves {
    fn needs(&self, _: (usize, usize), _: &mut Needs) {}

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(Waves { first: Some(history.data.grid.first), ..self.clone() }))
    }
}

impl Encoder for Waves {
    fn shape(&self) -> Shape {
        Shape::Numbers(self.columns().into_iter().map(|c| c.0).collect())
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let grid = frame.data.grid;
        let before = self.first.unwrap_or(grid.first).ordinal - 1;
        let wave = |(_, f, w): Wave| {
            Cow::Owned((0..grid.len).map(|s| f(w * (grid.period(s).ordinal - before) as f64)).collect())
        };
        Ok(Block::Numbers(self.columns().into_iter().map(wave).collect()))
    }
}
