//! What to do where a covariate is unknown. Values are carried forward only, never back.
//!
//! `model`: each unknown value is forecast from the value before it, by an AR(1) x_s = m + φ (x_{s−1} − m) fitted by least
//! squares to the consecutive known pairs of the history if there are at least eight and 0 ≤ φ < 0.9, else by a random
//! walk with drift, the drift being the mean change per step between the first and the last known value.

use super::Needs;
use crate::data::{Dataset, Values};
use crate::error::{Error, Result, suggest};
use crate::formula::number;
use std::borrow::Cow;

/// Fewest pairs for an AR(1).
const FEWEST_PAIRS: usize = 8;
/// φ from which a random walk is taken.
const NEAR_UNIT_ROOT: f64 = 0.9;

/// Policy for unknown covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missing {
    /// An error that names the column and the period.
    #[default]
    Error,
    /// The last known value.
    Last,
    /// Leave out the observations concerned (in a future design: an error).
    Drop,
    /// A forecast from the last known value by an AR(1) or a random walk with drift.
    Model,
}

impl Missing {
    /// Policies by name.
    pub const ALL: [(&'static str, Missing); 4] =
        [("error", Missing::Error), ("last", Missing::Last), ("drop", Missing::Drop), ("model", Missing::Model)];

    /// Reads a name.
    ///
    /// # Errors
    /// On an unknown one.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL.iter().find(|(n, _)| *n == text).map(|(_, m)| *m).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|(n, _)| *n).collect();
            Error::usage(format!("unknown policy for missing values `{text}`")).help(suggest(text, known))
        })
    }

    /// The command-line name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, m)| *m == self).map_or("", |(n, _)| n)
    }
}

/// The data with the columns needed filled up to step `to` by `policy`, and what was done. A model is fitted to the steps
/// before `history` only. Steps before a column's first known value stay unknown.
pub(super) fn filled<'a>(
    data: &'a Dataset,
    needs: &[&Needs],
    (history, to): (usize, usize),
    policy: Missing,
    notes: &mut Vec<String>,
) -> Result<Cow<'a, Dataset>> {
    let mut out = Cow::Borrowed(data);
    if !matches!(policy, Missing::Last | Missing::Model) {
        return Ok(out);
    }
    let names = |c: &str| needs.iter().flat_map(|n| &n.columns).any(|n| n.name == c);
    for (i, c) in data.columns.iter().enumerate().filter(|(_, c)| names(&c.name)) {
        let Some(first) = (0..to).find(|s| c.values.is_known(*s)) else { continue };
        let unknown: Vec<usize> = (first..to.min(c.values.len())).filter(|s| !c.values.is_known(*s)).collect();
        let (Some(from), Some(until)) = (unknown.first(), unknown.last()) else { continue };
        let values = &mut out.to_mut().columns[i].values;
        let how = match (values, policy) {
            (Values::Number(v), Missing::Model) => impute(v, history, &unknown),
            (Values::Number(v), _) => {
                unknown.iter().for_each(|s| v[*s] = v[*s - 1]);
                "the last known value".into()
            }
            (Values::Text { .. }, Missing::Model) => {
                return Err(Error::data(format!("`{}` is text: a missing level cannot be modelled", c.name))
                    .help("choose `last` or `drop`"));
            }
            (Values::Text { codes, .. }, _) => {
                unknown.iter().for_each(|s| codes[*s] = codes[*s - 1]);
                "the last known level".into()
            }
        };
        let (a, b) = (data.grid.period(*from), data.grid.period(*until));
        let span = if a == b { a.to_string() } else { format!("{a}–{b}") };
        notes.push(format!("`{}`: {} unknown value(s) in {span} filled with {how}", c.name, unknown.len()));
    }
    Ok(out)
}

/// Fills the unknown steps in place (the first is never unknown), by what the steps before `history` show, and says how.
fn impute(v: &mut [f64], history: usize, unknown: &[usize]) -> String {
    let seen = &v[..history.min(v.len())];
    let known: Vec<(usize, f64)> = seen.iter().copied().enumerate().filter(|(_, x)| x.is_finite()).collect();
    let pairs: Vec<(f64, f64)> = known.windows(2).filter(|w| w[1].0 == w[0].0 + 1).map(|w| (w[0].1, w[1].1)).collect();
    let n = pairs.len() as f64;
    let (mx, my) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let sxx: f64 = pairs.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let phi = pairs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum::<f64>() / sxx;
    if pairs.len() >= FEWEST_PAIRS && (0.0..NEAR_UNIT_ROOT).contains(&phi) {
        let m = (my - phi * mx) / (1.0 - phi);
        unknown.iter().for_each(|s| v[*s] = m + phi * (v[*s - 1] - m));
        return format!("an AR(1) forecast (mean {}, coefficient {:.3})", number(round(m)), phi);
    }
    let drift = match (known.first(), known.last()) {
        (Some(a), Some(b)) if b.0 > a.0 => (b.1 - a.1) / (b.0 - a.0) as f64,
        _ => 0.0,
    };
    unknown.iter().for_each(|s| v[*s] = v[*s - 1] + drift);
    format!("a random walk with drift ({} a step)", number(round(drift)))
}

/// Five significant digits, for messages.
fn round(x: f64) -> f64 {
    format!("{x:.4e}").parse().unwrap_or(x)
}
