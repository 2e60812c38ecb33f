//! Scores: how good a forecast was, once the count is known.
//!
//! Each score is a pure function in a file of its own, whose page gives formula, range, orientation, source, and when not
//! to use it. All are negatively oriented (smaller is better) but coverage. [`SCORES`] is the list that a back-test runs:
//!
//! ```
//! use tumen::score::{SCORES, Scored};
//! # use tumen::{family::*, forecast::*, period::*};
//! # let law = Law::new(Family::Poisson, 3.0, 1.0);
//! # let paths = Paths { counts: ndarray::array![[2.0], [3.0], [4.0]], laws: ndarray::Array2::from_elem((3, 1), law) };
//! # let target = Target { period: Period::step(4), horizon: 1 };
//! # let forecast = Forecast { model: "m".into(), origin: STEP_ORIGIN, scenario: "s".into(), targets: vec![target],
//! #     paths, known: vec![0.0] };
//! let scored = Scored::new(&forecast, 0).expect("a target with draws"); // sorts the draws, once for all scores
//! for score in SCORES {
//!     println!("{:20} {:?}", score.name, (score.function)(&scored, 4.0));
//! }
//! ```
//!
//! Not here: scores of several targets together (energy, variogram), and anything that needs the unrounded scale.

pub mod absolute_error;
pub mod calibration;
pub mod crps;
pub mod diebold_mariano;
pub mod dss;
pub mod in_sample;
pub mod interval_score;
pub mod log_score;
pub mod mixture;
pub mod pmf;
pub mod quadratic;
pub mod quantile_score;
pub mod rps;
pub mod skill;
pub mod spherical;
pub mod squared_error;
pub mod wis;

use crate::forecast::{Forecast, Predictive};
use crate::results::num;
use std::sync::OnceLock;

/// One target of a forecast, made ready for all scores: its draws sorted, their mean and variance taken.
#[derive(Debug, Clone)]
pub struct Scored<'a> {
    forecast: &'a Forecast,
    target: usize,
    predictive: Predictive,
    mean: f64,
    variance: f64,
    /// The count first asked about and its log probability: the log score and the PIT ask about the same one.
    asked: OnceLock<(f64, f64)>,
    /// ‖p‖²: the quadratic and the spherical score need it.
    norm2: OnceLock<Option<f64>>,
}

impl<'a> Scored<'a> {
    /// Target `k` of a forecast; `None` when there is no such target or no draw.
    pub fn new(forecast: &'a Forecast, k: usize) -> Option<Self> {
        let draws = &forecast.paths.counts;
        if draws.nrows() == 0 || k >= draws.ncols() || k >= forecast.known.len() {
            return None;
        }
        let predictive = forecast.predictive(k);
        let mean = predictive.mean();
        let n = draws.nrows() as f64;
        let variance = predictive.draws().iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        Some(Scored { forecast, target: k, predictive, mean, variance, asked: OnceLock::new(), norm2: OnceLock::new() })
    }

    /// The sorted draws.
    pub fn predictive(&self) -> &Predictive {
        &self.predictive
    }

    /// Mean of the draws.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Variance of the draws, denominator n.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// Median of the draws.
    pub fn median(&self) -> f64 {
        self.predictive.quantile(0.5)
    }

    /// Log of the predictive probability of `y`, from the laws (not from counting draws).
    pub fn log_pmf(&self, y: f64) -> f64 {
        let fresh = || self.forecast.log_pmf(self.target, y);
        let (at, value) = *self.asked.get_or_init(|| (y, fresh()));
        if at == y { value } else { fresh() }
    }

    /// Σ p_k² of the same probabilities: see [`mixture`].
    pub fn norm2(&self) -> Option<f64> {
        let laws = || self.forecast.paths.laws.column(self.target).to_vec();
        *self.norm2.get_or_init(|| mixture::norm2(&laws()))
    }

    /// (P(Y < y), P(Y ≤ y)) from the laws: the limits of the non-randomised PIT.
    pub fn pit(&self, y: f64) -> (f64, f64) {
        // A distribution function costs far more than a probability: take F(y − 1) as F(y) − p(y).
        let high = self.forecast.cdf(self.target, y);
        let lowest = y <= self.forecast.known[self.target];
        (if lowest { 0.0 } else { (high - self.log_pmf(y).exp()).max(0.0) }, high)
    }
}

/// One line of [`SCORES`].
pub struct ScoreEntry {
    /// Name in outputs.
    pub name: &'static str,
    /// One line for tables and `--help`.
    pub about: &'static str,
    /// The score of one target once `y` is recorded. `None` where it does not exist; for `log_score` that is an outcome
    /// of probability zero, an infinite loss: see [`skill::mean`].
    pub function: fn(&Scored<'_>, f64) -> Option<f64>,
}

impl ScoreEntry {
    /// The score of target `k` of a forecast; for several scores of one target make the [`Scored`] once.
    pub fn of(&self, forecast: &Forecast, k: usize, observed: f64) -> Option<f64> {
        Scored::new(forecast, k).and_then(|s| (self.function)(&s, observed))
    }
}

/// Shorthand for a line of the list.
const fn line(name: &'static str, about: &'static str, function: fn(&Scored<'_>, f64) -> Option<f64>) -> ScoreEntry {
    ScoreEntry { name, about, function }
}

/// `None` for a count that is not known: `max` in a penalty would turn its NaN into 0.
fn of(y: f64, score: impl FnOnce() -> f64) -> Option<f64> {
    if y.is_finite() { num(score()) } else { None }
}

/// Every score of a back-test, in the order of its tables.
pub const SCORES: &[ScoreEntry] = &[
    line("crps", "continuous ranked probability score", |s, y| of(y, || crps::sample(s.predictive.draws(), y))),
    line("log_score", "-ln of the predictive probability", |s, y| log_score::score(s.log_pmf(y))),
    line("absolute_error", "|count - median|", |s, y| of(y, || absolute_error::score(s.median(), y))),
    line("squared_error", "(count - mean)^2", |s, y| of(y, || squared_error::score(s.mean, y))),
    line("dss", "Dawid-Sebastiani score of mean and variance", |s, y| dss::score(s.mean, s.variance, y)),
    line("quadratic", "-2 p(count) + sum of squared probabilities", |s, y| {
        num(quadratic::of(known_p(s, y)?, s.norm2()?))
    }),
    line("spherical", "-p(count) / root of the sum of squared probabilities", |s, y| {
        num(spherical::of(known_p(s, y)?, s.norm2()?))
    }),
    line("wis", "weighted interval score over 11 levels", |s, y| {
        of(y, || wis::score(&s.predictive, &wis::LEVELS, y).total())
    }),
    line("interval_score_50", "interval score of the 50 % interval", |s, y| interval(s, 0.5, y)),
    line("interval_score_80", "interval score of the 80 % interval", |s, y| interval(s, 0.8, y)),
    line("interval_score_95", "interval score of the 95 % interval", |s, y| interval(s, 0.95, y)),
    line("coverage_50", "1 if inside the 50 % interval", |s, y| inside(s, 0.5, y)),
    line("coverage_80", "1 if inside the 80 % interval", |s, y| inside(s, 0.8, y)),
    line("coverage_95", "1 if inside the 95 % interval", |s, y| inside(s, 0.95, y)),
    line("crps_dispersion", "part of the CRPS from the forecast's width", |s, y| part(s, y, |p| p.dispersion)),
    line("crps_overprediction", "part of the CRPS from counts below the forecast", |s, y| {
        part(s, y, |p| p.overprediction)
    }),
    line("crps_underprediction", "part of the CRPS from counts above the forecast", |s, y| {
        part(s, y, |p| p.underprediction)
    }),
];

/// The probability of a count that is known.
fn known_p(s: &Scored<'_>, y: f64) -> Option<f64> {
    of(y, || s.log_pmf(y).exp())
}

fn interval(s: &Scored<'_>, level: f64, y: f64) -> Option<f64> {
    of(y, || interval_score::score(s.predictive.interval(level), level, y))
}

fn inside(s: &Scored<'_>, level: f64, y: f64) -> Option<f64> {
    of(y, || f64::from(u8::from(calibration::inside(s.predictive.interval(level), y))))
}

fn part(s: &Scored<'_>, y: f64, part: fn(Parts) -> f64) -> Option<f64> {
    of(y, || part(crps::decomposition(s.predictive.draws(), y)))
}

/// A score taken apart: width of the forecast, and penalties for being too high or too low.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    /// From the width; it does not depend on the count.
    pub dispersion: f64,
    /// From counts below the forecast.
    pub overprediction: f64,
    /// From counts above the forecast.
    pub underprediction: f64,
}

impl Parts {
    /// The score.
    pub fn total(&self) -> f64 {
        self.dispersion + self.overprediction + self.underprediction
    }
}

/// The entry of a name.
pub fn entry(name: &str) -> Option<&'static ScoreEntry> {
    SCORES.iter().find(|s| s.name == name)
}
