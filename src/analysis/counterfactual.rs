//! Counterfactuals: what would have been counted under other covariates ("no border closure": arrivals 2020–2023).
//!
//! Over a window of steps some columns take other values. Per draw of the parameters the path is walked from the first
//! step of the window, lagged counts following it, in two ways:
//!
//! * *predicted*: counts are drawn anew from their law, so the interval holds parameter uncertainty and count noise, as
//!   that of a forecast made for other covariates; `prevented` = drawn − recorded;
//! * *same shocks*: y*_s = y_s m*_s / m_s, the recorded shocks kept, so that only parameters are uncertain: had nothing
//!   else been different. `prevented_same_shocks` = y* − recorded.
//!
//! Below 0 the change would have removed counts. The recorded counts of the window have shaped the estimates; a
//! counterfactual beyond the range of the data leans on the link.

use super::attribution::shocked_path;
use super::estimates::{Band, Estimates};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::MAX_COUNT;
use crate::results::num;
use rand::SeedableRng as _;
use rayon::prelude::*;
use serde::Serialize;
use std::ops::Range;

/// A column and the value it takes in the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Column of the design.
    pub column: usize,
    /// Its value at each step of the window; one value stands for all.
    pub values: Vec<f64>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Name in outputs.
    pub name: String,
    /// Steps whose rows change, and which are reported.
    pub window: Range<usize>,
    /// The changes.
    pub changes: Vec<Change>,
    /// Draws.
    pub draws: usize,
    /// Level of intervals.
    pub level: f64,
}

/// The window step by step, and its sum.
#[derive(Debug, Clone, Serialize)]
pub struct Counterfactual {
    /// Name.
    pub name: String,
    /// Level of the intervals.
    pub level: f64,
    /// One per step of the window.
    pub rows: Vec<CounterfactualRow>,
    /// Their sum; what was recorded is known when every step was recorded alone.
    pub total: CounterfactualRow,
}

/// One step, or the sum of all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CounterfactualRow {
    /// Step, from 0; `None` for the total.
    pub step: Option<usize>,
    /// Its name; filled in above the border.
    pub period: String,
    /// Recorded count.
    pub observed: Option<f64>,
    /// Fitted mean as things were.
    pub fitted: Option<f64>,
    /// Counts under the change: the estimate is the mean of the drawn means, the interval that of drawn counts.
    pub predicted: Band,
    /// predicted − observed.
    pub prevented: Band,
    /// The same with the recorded shocks kept.
    pub prevented_same_shocks: Band,
}

/// Runs a counterfactual.
///
/// # Errors
/// When the window or a column is not there, a value that matters is unknown, or a column has no finite estimate.
pub fn run(design: &Design, estimates: &Estimates, request: &Request, rng: &mut Rng) -> Result<Counterfactual> {
    check(design, estimates, request)?;
    let window = request.window.clone();
    let observed: Vec<f64> = design.counts_by_step()[window.clone()].to_vec();
    let world = World { design, estimates, request };
    let draws = world.draws(rng)?;
    let kept = world.same_shocks(&estimates.beta, estimates.dispersion);
    let fitted = estimates.means(design, &estimates.beta, estimates.dispersion)[window.clone()].to_vec();
    let row = |step: Option<usize>, cells: Range<usize>| {
        let sum = |v: &[f64]| v[cells.clone()].iter().sum::<f64>();
        let y = sum(&observed);
        let band = |estimate: f64, of: &dyn Fn(&Path) -> f64| {
            let mut values: Vec<f64> = draws.iter().map(of).collect();
            if values.iter().all(|v| v.is_finite()) {
                Band::new(estimate, &mut values, request.level)
            } else {
                Band::default()
            }
        };
        let mean = draws.iter().map(|d| sum(&d.means)).sum::<f64>() / draws.len() as f64;
        CounterfactualRow {
            step,
            period: String::new(),
            observed: num(y),
            fitted: num(sum(&fitted)),
            predicted: band(mean, &|d| sum(&d.counts)),
            prevented: band(mean - y, &|d| sum(&d.counts) - y),
            prevented_same_shocks: band(sum(&kept) - y, &|d| sum(&d.kept) - y),
        }
    };
    Ok(Counterfactual {
        name: request.name.clone(),
        level: request.level,
        rows: window.clone().enumerate().map(|(a, s)| row(Some(s), a..a + 1)).collect(),
        total: row(None, 0..window.len()),
    })
}

fn check(design: &Design, estimates: &Estimates, request: &Request) -> Result<()> {
    let Range { start, end } = request.window;
    if start >= end || end > design.steps() {
        return Err(Error::usage(format!("window {start}..{end} is not within the {} steps", design.steps())));
    }
    if request.draws == 0 {
        return Err(Error::usage("a counterfactual needs draws").help("such as 2000"));
    }
    for c in &request.changes {
        if c.column >= design.p() || !matches!(c.values.len(), 1) && c.values.len() != end - start {
            return Err(Error::usage(format!("column {} is not there, or has not one value per step", c.column)));
        }
    }
    estimates.check_finite(design)
}

/// One draw: means and counts drawn anew, and counts with the recorded shocks.
struct Path {
    means: Vec<f64>,
    counts: Vec<f64>,
    kept: Vec<f64>,
}

struct World<'a> {
    design: &'a Design,
    estimates: &'a Estimates,
    request: &'a Request,
}

impl World<'_> {
    /// Puts the changed values into the row of step `s`.
    fn change(&self, s: usize, row: &mut [f64]) {
        if let Some(at) = s.checked_sub(self.request.window.start).filter(|_| self.request.window.contains(&s)) {
            for c in &self.request.changes {
                row[c.column] = c.values[if c.values.len() == 1 { 0 } else { at }];
            }
        }
    }

    /// All draws, each from its own stream.
    fn draws(&self, rng: &mut Rng) -> Result<Vec<Path>> {
        let seeds: Vec<(Vec<f64>, f64, Rng)> = (0..self.request.draws)
            .map(|_| {
                let (beta, dispersion) = self.estimates.draw(rng);
                (beta, dispersion, Rng::from_rng(rng))
            })
            .collect();
        seeds.into_par_iter().map(|(b, phi, mut rng)| self.walk(&b, phi, &mut rng)).collect()
    }

    fn walk(&self, beta: &[f64], dispersion: f64, rng: &mut Rng) -> Result<Path> {
        let (design, window) = (self.design, self.request.window.clone());
        let mut past = design.before.clone();
        past.extend(&design.counts_by_step()[..window.start]);
        let (mut means, mut counts) = (Vec::new(), Vec::new());
        for s in window {
            let mut row = design.row_on_path(s, &past);
            self.change(s, &mut row);
            let law = self.estimates.law(design, s, &row, beta, dispersion);
            let mean = law.expected();
            if !mean.is_finite() {
                let lacking = row.iter().zip(beta).position(|(x, b)| *b != 0.0 && !x.is_finite());
                let name = lacking.map_or("the offset", |j| design.names[j].as_str());
                return Err(Error::data(format!("`{name}` is unknown at step {}", s + 1))
                    .help("choose a window in which the covariates are known"));
            }
            let count = law.sample(rng).min(MAX_COUNT);
            past.push(count);
            means.push(mean);
            counts.push(count);
        }
        Ok(Path { means, counts, kept: self.same_shocks(beta, dispersion) })
    }

    fn same_shocks(&self, beta: &[f64], dispersion: f64) -> Vec<f64> {
        let recorded = self.estimates.means(self.design, beta, dispersion);
        let change = |s: usize, row: &mut [f64]| self.change(s, row);
        let (_, counts) = shocked_path(self.design, self.estimates, (beta, dispersion), &recorded, change);
        counts[self.request.window.clone()].to_vec()
    }
}

#[cfg(test)]
#[path = "counterfactual_tests.rs"]
mod tests;
