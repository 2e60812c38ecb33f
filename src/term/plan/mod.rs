//! A formula with everything it learnt from a history: makes the design of that history and of any future.

mod judge;
mod rows;
#[cfg(test)]
mod tests;

use super::missing::{Missing, filled};
pub use super::predictor::Group;
use super::predictor::{PathColumn, Predictor, Variable};
use super::{Block, Frame, Needs, StepFn};
use crate::data::build::CALENDAR;
use crate::data::{Dataset, Observation};
use crate::design::{Cover, Design, Feedback, Part, PastFn};
use crate::error::{Error, Result};
use crate::formula::Formula;
use judge::{Cause, not_finite, without_zeros};
use ndarray::Array2;
use rows::Rows;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// A formula as learnt from the known steps of a history.
pub struct Plan {
    formula: Formula,
    mean: Predictor,
    zero: Option<Predictor>,
    offsets: Vec<Variable>,
    zero_offsets: Vec<Variable>,
    warnings: Vec<String>,
}

/// The design of a history.
#[derive(Debug)]
pub struct Past {
    /// What a model is fitted to.
    pub design: Design,
    /// Which of the given observations each row is.
    pub rows: Vec<usize>,
    /// Which steps of the grid the design's steps are: the range asked for, less the leading steps that no row covers.
    pub steps: Range<usize>,
    /// Rows left out, values filled in, and why.
    pub warnings: Vec<String>,
}

/// Columns over a range of steps, before rows are known.
struct Filled {
    x: Array2<f64>,
    zero: Option<Array2<f64>>,
    offset: Vec<f64>,
    zero_offset: Vec<f64>,
    paths: Vec<PathColumn>,
    /// By step the least number of a variable that is not finite there, or `u32::MAX`.
    bad: Vec<u32>,
}

impl Plan {
    /// Learns from the known steps `range` of `history`.
    ///
    /// # Errors
    /// On an unknown column or event, a response that explains itself, or a transform that the history cannot support,
    /// with the place in the formula.
    pub fn learn(formula: &Formula, history: &Dataset, range: Range<usize>) -> Result<Plan> {
        if range.is_empty() || range.end > history.grid.len {
            return Err(Error::data(format!("steps {range:?} are not within the {} of the data", history.grid.len)));
        }
        if formula.response != history.response {
            let at = formula.text.len() - formula.text.trim_start().len();
            return Err(Error::data(format!(
                "the formula's response `{}` is not the response of the data, `{}`",
                formula.response, history.response
            ))
            .at(formula.origin().place(&(at..at + formula.response.len()))));
        }
        // The time itself is no covariate of `.`, though it can be named.
        let names: Vec<String> =
            history.columns.iter().filter(|c| c.source != CALENDAR).map(|c| c.name.clone()).collect();
        let formula = formula.with_columns(&names)?;
        let counts = history.counts_by_step();
        let frame = Frame { data: history, counts: &counts, range: (range.start, range.end) };
        let mean = Predictor::learn(&formula.mean, &formula, frame)?;
        let zero = formula.zero.as_ref().map(|z| learn_zero(z, &formula, frame)).transpose()?;
        let offset = |e| Variable::learn_offset(e, &formula, frame);
        let offsets = formula.mean.offsets.iter().map(offset).collect::<Result<_>>()?;
        let zero_side = formula.zero.iter().flat_map(|z| &z.offsets);
        let zero_offsets = zero_side.map(offset).collect::<Result<_>>()?;
        let single = mean.single_levels().chain(zero.iter().flat_map(|z| z.single_levels()));
        let warnings = single.map(|v| format!("`{}` has one level only in the history", v.label)).collect();
        Ok(Plan { formula, mean, zero, offsets, zero_offsets, warnings })
    }

    /// The formula, `.` expanded.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// Names of the design's columns.
    pub fn names(&self) -> &[String] {
        &self.mean.names
    }

    /// The terms of the mean part and their columns.
    pub fn terms(&self) -> Vec<Group> {
        self.mean.groups()
    }

    /// The terms of the zero part and their columns; `None` when the formula has no part after `|`.
    pub fn zero_terms(&self) -> Option<Vec<Group>> {
        self.zero.as_ref().map(Predictor::groups)
    }

    /// The columns, events and tags that the formula reads.
    pub fn needs(&self) -> Vec<&Needs> {
        self.variables().map(|v| &v.needs).collect()
    }

    /// The design of steps `range` of a history, its rows the `observations` that lie within (disjoint spans, in order).
    /// Counts before the range go to `before`. Rows that a lag cannot reach are left out and named in the warnings.
    ///
    /// # Errors
    /// When a covariate is unknown (under [`Missing::Error`]), a transform has no value (log of zero), spans overlap, or no
    /// row is left.
    pub fn past(
        &self,
        data: &Dataset,
        range: Range<usize>,
        observations: &[Observation],
        missing: Missing,
    ) -> Result<Past> {
        let mut warnings = self.warnings.clone();
        let data = filled(data, &self.needs(), (range.end, range.end), missing, &mut warnings)?;
        let span = (range.start, range.end);
        let mut rows = Rows::place(&data.grid, observations, span, &mut warnings)?;
        let mut table = self.fill(&data, span, &rows.counts)?;
        let keep = self.judge(&data, &rows, &table, &range, missing, &mut warnings)?;
        rows.retain(&keep);
        let Some(first) = rows.steps.iter().min().copied() else {
            return Err(Error::data("no observation is left to fit to").help(warnings.join("\n        ")));
        };
        self.carry_over_gaps(&data, &rows, &mut table, &range, &mut warnings);
        let cut = first - range.start;
        let steps = first..range.end;
        let zero_offset = table.zero_offset.split_off(cut);
        let (x, zero) = (trim(table.x, cut), table.zero.map(|z| (trim(z, cut), zero_offset)));
        let offset = table.offset.split_off(cut);
        let cover = cover(&rows, (steps.start, steps.end));
        let counts = rows.observation.iter().map(|i| observations[*i].count.unwrap_or(0) as f64).collect();
        let before = rows.counts[..steps.start].to_vec();
        let design = self.design(x, zero, offset, counts, cover, table.paths, before, &data);
        Ok(Past { design, rows: rows.observation, steps, warnings })
    }

    /// The design of future steps `range`, which may lie beyond the grid. `counts_before` are the counts by step before
    /// the range, oldest first. Columns of past counts are NaN, to be filled along each path.
    ///
    /// # Errors
    /// When a covariate is unknown in a step.
    pub fn future(&self, data: &Dataset, range: Range<usize>, counts_before: &[f64]) -> Result<Design> {
        self.future_filled(data, range, counts_before, Missing::Error).map(|(d, _)| d)
    }

    /// As [`Plan::future`], with unknown covariates filled by a policy; also returns what was filled.
    ///
    /// # Errors
    /// When a covariate is unknown and cannot be filled.
    pub fn future_filled(
        &self,
        data: &Dataset,
        range: Range<usize>,
        counts_before: &[f64],
        missing: Missing,
    ) -> Result<(Design, Vec<String>)> {
        let mut notes = Vec::new();
        let wide = if range.end > data.grid.len {
            let mut wide = data.clone();
            wide.widen(crate::period::Grid { len: range.end, ..data.grid });
            Cow::Owned(wide)
        } else {
            Cow::Borrowed(data)
        };
        let data = filled(&wide, &self.needs(), (range.start, range.end), missing, &mut notes)?;
        let table = self.fill(&data, (range.start, range.end), &[])?;
        if let Some(i) = table.bad.iter().position(|b| *b != u32::MAX) {
            let (v, s) = (self.variable(table.bad[i]), range.start + i);
            return Err(match self.cause(v, &data, s, 0) {
                Cause::Unknown { column, step } => self
                    .unknown(v, column, step, &data)
                    .help("give it in a scenario: values, a path, the last value or a model of it"),
                _ => not_finite(v, &data, s),
            });
        }
        let before = counts_before.to_vec();
        let design = self.design(
            table.x,
            table.zero.map(|z| (z, table.zero_offset)),
            table.offset,
            Vec::new(),
            Cover::Each,
            table.paths,
            before,
            &data,
        );
        Ok((design, notes))
    }

    fn variables(&self) -> impl Iterator<Item = &Variable> {
        let zero = self.zero.iter().flat_map(|z| &z.variables);
        self.mean.variables.iter().chain(zero).chain(&self.offsets).chain(&self.zero_offsets)
    }

    fn variable(&self, number: u32) -> &Variable {
        self.variables().nth(number as usize).unwrap_or_else(|| unreachable!("numbers come from `fill`"))
    }

    fn fill(&self, data: &Dataset, range: (usize, usize), counts: &[f64]) -> Result<Filled> {
        let frame = Frame { data, counts, range };
        let mut bad = vec![u32::MAX; range.1 - range.0];
        let (mut x, paths) = self.mean.fill(frame, 0, &mut bad)?;
        let mut base = self.mean.variables.len() as u32;
        let mut zero = None;
        if let Some(z) = &self.zero {
            zero = Some(z.fill(frame, base, &mut bad)?.0);
            base += z.variables.len() as u32;
        }
        let mut sums = [vec![0.0; range.1 - range.0], vec![0.0; range.1 - range.0]];
        let both = self.offsets.iter().map(|v| (0, v)).chain(self.zero_offsets.iter().map(|v| (1, v)));
        for (i, (side, v)) in both.enumerate() {
            let block = v.encode(frame)?;
            v.note_bad(&block, base + i as u32, frame, &mut bad);
            if let Block::Numbers(columns) = &block {
                sums[side].iter_mut().zip(&columns[0][range.0..]).for_each(|(o, x)| *o += x);
            }
        }
        let [offset, zero_offset] = sums;
        if !counts.is_empty() {
            for p in &paths {
                (range.0..range.1).for_each(|s| x[[s - range.0, p.column]] = (p.value)(counts, s));
            }
        }
        Ok(Filled { x, zero, offset, zero_offset, paths, bad })
    }

    #[allow(clippy::too_many_arguments)] // the fields of a design
    fn design(
        &self,
        x: Array2<f64>,
        zero: Option<(Array2<f64>, Vec<f64>)>,
        offset: Vec<f64>,
        counts: Vec<f64>,
        cover: Cover,
        paths: Vec<PathColumn>,
        before: Vec<f64>,
        data: &Dataset,
    ) -> Design {
        let feedback = paths.into_iter().map(|p| {
            let reach = self.mean.variables[p.variable].past_counts.map_or(0, |b| b.1);
            Feedback { column: p.column, value: on_path(p.value, reach) }
        });
        let names = |p: &Predictor| p.names.clone();
        Design {
            names: names(&self.mean),
            x: x.into_shared(),
            offset,
            counts,
            weights: Vec::new(),
            cover,
            feedback: feedback.collect(),
            before,
            known: Vec::new(),
            remaining: Vec::new(),
            zero: self.zero.as_ref().zip(zero).map(|(p, (x, offset))| Part { names: names(p), x, offset }),
            groups: Vec::new(),
            season: data.grid.frequency().per_year().filter(|k| *k > 1),
        }
    }
}

fn learn_zero(side: &crate::formula::Side, formula: &Formula, frame: Frame<'_>) -> Result<Predictor> {
    let z = Predictor::learn(side, formula, frame)?;
    let wrong = |what: &str, at| Err(Error::data(format!("the zero part cannot {what}")).at(at));
    if let Some(v) = z.variables.iter().find(|v| v.past_counts.is_some()) {
        return wrong("depend on past counts", v.place.clone());
    }
    Ok(z)
}

/// The value from all counts before the step. A zero simulated where the history had none has no logarithm and is taken
/// as one half.
fn on_path(f: StepFn, reach: usize) -> PastFn {
    Arc::new(move |past| {
        let value = f(past, past.len());
        if value.is_finite() { value } else { without_zeros(&f, &past[past.len().saturating_sub(reach)..]) }
    })
}

fn cover(rows: &Rows, range: (usize, usize)) -> Cover {
    if rows.is_each(range) {
        return Cover::Each;
    }
    let steps = rows.steps.iter().map(|s| s - range.0).collect();
    Cover::Sums { start: rows.start.clone(), steps, share: rows.share.clone() }
}

/// Without the first `cut` rows, in place.
fn trim(x: Array2<f64>, cut: usize) -> Array2<f64> {
    if cut == 0 {
        return x;
    }
    let (n, p) = x.dim();
    let (mut v, _) = x.into_raw_vec_and_offset();
    v.drain(..cut * p);
    Array2::from_shape_vec((n - cut, p), v).unwrap_or_else(|_| unreachable!("rows × columns"))
}
