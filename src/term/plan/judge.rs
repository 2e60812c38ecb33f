//! Which observations can be rows: the reasons why others cannot, as warnings or errors.

use super::rows::Rows;
use super::{Filled, Plan};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::term::StepFn;
use crate::term::missing::Missing;
use crate::term::predictor::Variable;
use ndarray::Array2;
use std::ops::Range;

/// Why a value is not finite.
pub(super) enum Cause {
    /// It reaches back before the data begin.
    StartUp,
    /// A column is unknown at a step.
    Unknown { column: usize, step: usize },
    /// The inputs are known but the transform has no value.
    NotFinite,
}

impl Plan {
    /// Which rows stay; errors and warnings for the others.
    pub(super) fn judge(
        &self,
        data: &Dataset,
        rows: &Rows,
        table: &Filled,
        range: &Range<usize>,
        missing: Missing,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<bool>> {
        let mut out = LeftOut::default();
        let mut keep = vec![true; rows.observation.len()];
        for (r, keep) in keep.iter_mut().enumerate() {
            for (s, _) in rows.covered(r) {
                let bad = table.bad[s - range.start];
                if bad != u32::MAX {
                    let v = self.variable(bad);
                    let why = match self.cause(v, data, s, range.start) {
                        Cause::StartUp => format!("`{}` reaches back before the data begin", v.label),
                        Cause::Unknown { column, step } if missing != Missing::Drop => {
                            return Err(self.unknown(v, column, step, data).help(remedy(missing)));
                        }
                        Cause::Unknown { column, .. } => format!("`{}` is unknown", v.needs.columns[column].name),
                        Cause::NotFinite => return Err(not_finite(v, data, s)),
                    };
                    *keep = false;
                    out.add(why, data.grid.period(s).to_string());
                    break;
                }
                if let Some(p) = table.paths.iter().find(|p| !table.x[[s - range.start, p.column]].is_finite()) {
                    let v = &self.mean.variables[p.variable];
                    self.refuse_log_of_zero(v, &p.value, &rows.counts, data, s)?;
                    *keep = false;
                    out.add(
                        format!("the counts that `{}` needs are not known", v.label),
                        data.grid.period(s).to_string(),
                    );
                    break;
                }
            }
        }
        warnings.extend(out.sentences());
        Ok(keep)
    }

    /// Why a variable is not finite at a step; a lag that reaches back before `start` into the time before its column
    /// begins is no gap in the data.
    pub(super) fn cause(&self, v: &Variable, data: &Dataset, s: usize, start: usize) -> Cause {
        let mut start_up = false;
        for (i, need) in v.needs.columns.iter().enumerate() {
            let Ok(column) = data.column(&need.name) else { continue };
            start_up |= s < need.back.1;
            for t in s.saturating_sub(need.back.1)..(s + 1).saturating_sub(need.back.0) {
                if column.values.is_known(t) {
                    continue;
                }
                let first = (0..column.values.len()).find(|t| column.values.is_known(*t));
                if t < start && first.is_some_and(|f| t < f && f <= start) {
                    start_up = true;
                } else {
                    return Cause::Unknown { column: i, step: t };
                }
            }
        }
        if start_up { Cause::StartUp } else { Cause::NotFinite }
    }

    pub(super) fn unknown(&self, v: &Variable, column: usize, step: usize, data: &Dataset) -> Error {
        let need = &v.needs.columns[column];
        Error::data(format!("`{}` is unknown in {}", need.name, data.grid.period(step))).at(need.place.clone())
    }

    fn refuse_log_of_zero(&self, v: &Variable, f: &StepFn, counts: &[f64], data: &Dataset, s: usize) -> Result<()> {
        let Some((least, most)) = v.past_counts else { return Ok(()) };
        let from = s.saturating_sub(most);
        if !without_zeros(f, &counts[from..s]).is_finite() {
            return Ok(());
        }
        let zero = (from..(s + 1).saturating_sub(least)).rev().find(|t| counts[*t] == 0.0);
        let period = zero.map_or_else(String::new, |t| format!(" in {}", data.grid.period(t)));
        Err(Error::data(format!("`{}` has no value: the count{period} is zero", v.label))
            .help("use log1p in place of log")
            .at(v.place.clone()))
    }

    /// Steps that no row covers need values too where a model runs through them: the value before (or else after).
    pub(super) fn carry_over_gaps(
        &self,
        data: &Dataset,
        rows: &Rows,
        table: &mut Filled,
        range: &Range<usize>,
        warnings: &mut Vec<String>,
    ) {
        let first = rows.steps.iter().min().map_or(0, |s| s - range.start);
        let gaps: Vec<usize> = (first..table.bad.len()).filter(|i| table.bad[*i] != u32::MAX).collect();
        let (Some(a), Some(b)) = (gaps.first(), gaps.last()) else { return };
        let path: Vec<usize> = table.paths.iter().map(|p| p.column).collect();
        for i in gaps.iter().copied().filter(|i| *i > 0) {
            carry_over(&mut table.x, i, &path);
            if let Some(z) = &mut table.zero {
                carry_over(z, i, &[]);
            }
            for offset in [&mut table.offset, &mut table.zero_offset] {
                if !offset[i].is_finite() {
                    offset[i] = offset[i - 1];
                }
            }
        }
        let span = data.grid.period(range.start + a).span();
        let last = data.grid.period(range.start + b).span();
        let label = crate::period::Span { start: span.start, end: last.end }.label(data.grid.frequency());
        warnings
            .push(format!("{} step(s) without a count in {label} carry the covariates of the step before", gaps.len()));
    }
}

/// Fills what is not finite in row `i` from the row before, `but` some columns.
fn carry_over(x: &mut Array2<f64>, i: usize, but: &[usize]) {
    for j in (0..x.ncols()).filter(|j| !but.contains(j)) {
        if !x[[i, j]].is_finite() {
            x[[i, j]] = x[[i - 1, j]];
        }
    }
}

/// The value after the counts given, each zero taken as one half (as Zeger and Qaqish's max(y, c), Biometrics 44, 1988).
pub(super) fn without_zeros(f: &StepFn, past: &[f64]) -> f64 {
    let positive: Vec<f64> = past.iter().map(|y| if *y == 0.0 { 0.5 } else { *y }).collect();
    f(&positive, positive.len())
}

fn remedy(missing: Missing) -> &'static str {
    match missing {
        Missing::Error => {
            "give a value, or choose `--missing last` (the last known one), `--missing model` (a simple model of it) or \
             `--missing drop` (leave the rows out)"
        }
        _ => "there is no earlier value to go by: start the fit later, or choose `--missing drop`",
    }
}

pub(super) fn not_finite(v: &Variable, data: &Dataset, s: usize) -> Error {
    let has = |words: &[&str]| words.iter().any(|w| v.label.contains(w));
    let help = if has(&["log", "growth("]) {
        "a logarithm needs positive values; log1p takes zeros"
    } else if has(&["/"]) {
        "a division by zero has no value: leave that step out with --start or --end, or change the denominator"
    } else if has(&["^", "power(", "sqrt("]) {
        "a root needs values from 0 up, and a negative power values other than 0"
    } else {
        "the value is beyond what a number can hold there: divide the column by a large number first"
    };
    Error::data(format!("`{}` has no finite value in {}", v.label, data.grid.period(s))).help(help).at(v.place.clone())
}

/// Rows left out, by reason.
#[derive(Default)]
struct LeftOut {
    reasons: Vec<(String, usize, String, String)>,
}

impl LeftOut {
    fn add(&mut self, why: String, period: String) {
        match self.reasons.iter_mut().find(|r| r.0 == why) {
            Some(r) => {
                r.1 += 1;
                r.3 = period;
            }
            None => self.reasons.push((why, 1, period.clone(), period)),
        }
    }

    fn sentences(self) -> impl Iterator<Item = String> {
        self.reasons.into_iter().map(|(why, n, a, b)| {
            let span = if a == b { a } else { format!("{a} to {b}") };
            format!("{n} row(s) left out ({span}): {why}")
        })
    }
}
