//! Random walks, with or without drift, on the log or on the count scale, from step to step or from season to season.
//!
//! With z = ln y (`Log`; ln(y + 1) when the record has zeros) or z = y (`Count`), m = 1 or the steps in a season, and
//! ε standard normal:
//!
//! ```text
//! z_t = z_{t−m} + δ + σ ε_t                                     δ = 0 without drift
//! d_i = z_t − z_{t−g m}  ~  N(g δ, g σ²)                        i-th increment, over g ≥ 1 laps (g > 1: a gap)
//! δ̂ = Σ d_i / Σ g_i        s² = Σ (d_i − g_i δ̂)²/g_i / ν        ν = n − 1 with drift, n without
//! σ² | y ~ ν s² / χ²_ν      δ | σ², y ~ N(δ̂, σ²/Σ g_i)          under the prior p(δ, σ²) ∝ 1/σ²
//! ```
//!
//! δ per lap in units of z, σ per square root of a lap. Without gaps these are the naive, drift and seasonal naive
//! methods of Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., sections 5.2 and 5.5; the
//! plug-in standard error of k laps ahead is σ √k, with drift σ √(k + k²/Σg). A forecast draws σ and δ first, so its
//! intervals are a little wider than these. The posterior of σ² is the scaled inverse χ² of Gelman et al., *Bayesian
//! Data Analysis*, 3rd ed., section 3.2.
//!
//! A path carries z unrounded; the count is its nearest whole number, never below 0. On the count scale z itself may
//! fall below 0, which keeps the median at the last value. All counts equal would give σ = 0; then σ is set to
//! the error of rounding, √(1/12) in units of z.

use super::{nothing_to_come, running};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Law, MAX_COUNT};
use crate::forecast::Paths;
use crate::model::{Fitted, Link, Model, Summary};
use crate::results::ModelInfo;
use ndarray::Array2;
use rand_distr::{ChiSquared, Distribution as _, StandardNormal};

/// The scale on which increments are normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// ln y, or ln(y + 1) when there are zeros.
    Log,
    /// y.
    Count,
}

/// A random walk ready for data.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// Name in outputs.
    pub name: &'static str,
    /// Scale of the increments.
    pub scale: Scale,
    /// With drift.
    pub drift: bool,
    /// From season to season (the design's `season`) in place of from step to step.
    pub seasonal: bool,
    /// Level of the intervals of σ and δ, in (0, 1).
    pub level: f64,
}

/// The value before a step that was observed whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// z of the earlier observation.
    pub z: f64,
    /// Laps since, g.
    pub laps: f64,
}

/// Where a class of steps (all steps, or one month of the year) stands at the end of the record.
#[derive(Debug, Clone, Copy)]
struct Last {
    z: f64,
    /// Laps from the last observation to the first future step of the class; 1 without a gap.
    laps: f64,
}

/// A fitted random walk.
#[derive(Debug, Clone)]
pub struct WalkFit {
    pub(super) walk: Walk,
    /// Family of the laws; it says which transform z is.
    pub(super) family: Family,
    /// δ̂ per lap; 0 without drift.
    pub(super) delta: f64,
    /// s.
    pub(super) sigma: f64,
    /// Σ g.
    pub(super) laps: f64,
    /// ν.
    pub(super) nu: f64,
    /// Number of increments.
    pub(super) n: usize,
    /// By observation: its count, and what came before when it is a whole step with a predecessor.
    pub(super) rows: Vec<(f64, Option<Before>)>,
    last: Vec<Last>,
    steps: usize,
    warnings: Vec<String>,
}

/// z of a count.
pub(super) fn to_z(family: Family, y: f64) -> f64 {
    match family {
        Family::Gaussian => y,
        Family::GaussianLog1p => y.ln_1p(),
        _ => y.ln(),
    }
}

/// The count (unrounded) of z.
pub(super) fn of_z(family: Family, z: f64) -> f64 {
    match family {
        Family::Gaussian => z,
        Family::GaussianLog1p => z.exp_m1(),
        _ => z.exp(),
    }
}

/// Keeps a path inside what a count can hold.
fn bounded(family: Family, z: f64) -> f64 {
    let top = if family == Family::Gaussian { MAX_COUNT } else { MAX_COUNT.ln() };
    z.clamp(-top, top)
}

impl Model for Walk {
    fn name(&self) -> String {
        self.name.into()
    }

    fn fit(&self, design: &Design, _: &mut Rng) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.learn(design)?))
    }

    fn describe(&self, info: &mut ModelInfo) {
        let (family, link) = match self.scale {
            Scale::Count => (Family::Gaussian, Link::Identity),
            Scale::Log => (Family::GaussianLog, Link::Log),
        };
        (info.family, info.link) = (family.name().into(), link.name().into());
    }
}

impl Walk {
    /// Fits, and keeps the concrete type.
    ///
    /// # Errors
    /// With too few whole steps for a variance, or for a seasonal walk without a season.
    pub fn learn(&self, design: &Design) -> Result<WalkFit> {
        let lap = self.lap(design)?;
        let counts = design.counts_by_step();
        let zeros = counts.contains(&0.0);
        let family = match self.scale {
            Scale::Count => Family::Gaussian,
            Scale::Log if zeros => Family::GaussianLog1p,
            Scale::Log => Family::GaussianLog,
        };
        let mut warnings = Vec::new();
        if family == Family::GaussianLog1p {
            warnings.push(format!("{}: the record has zeros, so the walk is on ln(y + 1)", self.name));
        }
        let (before, last) = self.chain(&counts, lap, family)?;
        let rows = rows(design, &before);
        let left_out = rows.iter().filter(|(step, y, _)| step.is_none() && y.is_finite()).count();
        if left_out > 0 {
            let what = if left_out == 1 { "1 observation" } else { &format!("{left_out} observations") };
            warnings.push(format!("{}: left out {what} of more or less than one whole step", self.name));
        }
        let mut fit = WalkFit {
            walk: self.clone(),
            family,
            delta: 0.0,
            sigma: 0.0,
            laps: 0.0,
            nu: 0.0,
            n: 0,
            rows: rows.into_iter().map(|(_, y, b)| (y, b)).collect(),
            last,
            steps: design.steps(),
            warnings,
        };
        fit.estimate(&counts, &before)?;
        Ok(fit)
    }

    /// Steps in a lap, m.
    fn lap(&self, design: &Design) -> Result<usize> {
        if !self.seasonal {
            return Ok(1);
        }
        design.season.filter(|m| *m > 1).ok_or_else(|| {
            Error::data(format!("`{}` needs a season, and these steps have none", self.name))
                .help("give months, quarters or half-years as dates, or use `naive`")
        })
    }

    /// Follows each class of steps through the record: what came before each step, and where each class ends.
    fn chain(&self, counts: &[f64], lap: usize, family: Family) -> Result<(Vec<Option<Before>>, Vec<Last>)> {
        let steps = counts.len();
        let mut before = vec![None; steps];
        let mut seen: Vec<Option<(usize, f64)>> = vec![None; lap];
        for (t, y) in counts.iter().enumerate().filter(|(_, y)| y.is_finite()) {
            before[t] = seen[t % lap].map(|(s, z)| Before { z, laps: ((t - s) / lap) as f64 });
            seen[t % lap] = Some((t, to_z(family, *y)));
        }
        let last = seen.iter().enumerate().map(|(class, seen)| {
            let (s, z) = seen.ok_or_else(|| {
                let what =
                    if lap == 1 { "no whole step".into() } else { format!("no whole step of season {}", class + 1) };
                Error::data(format!("`{}`: the record has {what}", self.name))
                    .help("give a longer record, or use `climatology`")
            })?;
            let next = steps + (lap + class - steps % lap) % lap;
            Ok(Last { z, laps: ((next - s) / lap) as f64 })
        });
        Ok((before, last.collect::<Result<_>>()?))
    }
}

/// By observation: its step if it is one whole step, its count, and what came before.
fn rows(design: &Design, before: &[Option<Before>]) -> Vec<(Option<usize>, f64, Option<Before>)> {
    let row = |i| {
        let mut covered = design.covered(i);
        let step = match (covered.next(), covered.next()) {
            (Some((s, 1.0)), None) => Some(s),
            _ => None,
        };
        let y: f64 = design.counts[i];
        (step, y, step.filter(|_| y.is_finite()).and_then(|s| before[s]))
    };
    (0..design.n()).map(row).collect()
}

impl WalkFit {
    /// δ̂ and s from the increments.
    fn estimate(&mut self, counts: &[f64], before: &[Option<Before>]) -> Result<()> {
        let increments: Vec<(f64, f64)> =
            before.iter().zip(counts).filter_map(|(b, y)| b.map(|b| (to_z(self.family, *y) - b.z, b.laps))).collect();
        self.n = increments.len();
        let needed = if self.walk.drift { 3 } else { 2 };
        if self.n < needed {
            return Err(Error::data(format!(
                "`{}` needs {needed} increments between whole {}, and the record has {}",
                self.walk.name,
                if self.walk.seasonal { "steps of the same season" } else { "steps" },
                self.n
            ))
            .help("give a longer record, or use `climatology`"));
        }
        self.laps = increments.iter().map(|(_, g)| g).sum();
        self.nu = (self.n - usize::from(self.walk.drift)) as f64;
        if self.walk.drift {
            self.delta = increments.iter().map(|(d, _)| d).sum::<f64>() / self.laps;
        }
        let square = |(d, g): &(f64, f64)| (d - g * self.delta).powi(2) / g;
        self.sigma = (increments.iter().map(square).sum::<f64>() / self.nu).sqrt();
        if self.sigma <= 1e-12 * (1.0 + self.delta.abs()) {
            let y = of_z(self.family, self.last[0].z);
            let slope = match self.family {
                Family::Gaussian => 1.0,
                Family::GaussianLog1p => 1.0 / (y + 1.0),
                _ => 1.0 / y,
            };
            self.sigma = slope / 12f64.sqrt();
            self.warnings
                .push(format!("{}: no variation in the increments; σ is the error of rounding", self.walk.name));
        }
        Ok(())
    }

    /// Centre and standard error of z at the future step `ahead` (from 1), the estimates taken as the truth but for the
    /// standard error of the drift: the point forecasts and intervals of the methods' textbook form.
    pub fn plug_in(&self, ahead: usize) -> (f64, f64) {
        let lap = self.last.len();
        let t = self.steps + ahead.max(1) - 1;
        let last = &self.last[t % lap];
        let k = last.laps + ((ahead.max(1) - 1) / lap) as f64;
        let drift = if self.walk.drift { k * k / self.laps } else { 0.0 };
        (last.z + k * self.delta, self.sigma * (k + drift).sqrt())
    }

    /// One draw of (δ, σ).
    fn parameters(&self, chi: &ChiSquared<f64>, rng: &mut Rng) -> (f64, f64) {
        let chi2: f64 = chi.sample(rng);
        let sigma = self.sigma * (self.nu / chi2.max(1e-12)).sqrt();
        if !self.walk.drift {
            return (0.0, sigma);
        }
        let e: f64 = StandardNormal.sample(rng);
        (self.delta + e * sigma / self.laps.sqrt(), sigma)
    }

    /// One path: the law and the count of each step.
    fn path(&self, future: &Design, (delta, sigma): (f64, f64), rng: &mut Rng, mut put: impl FnMut(usize, Law, f64)) {
        let lap = self.last.len();
        let mut z: Vec<f64> = self.last.iter().map(|l| l.z).collect();
        let mut normal = || -> f64 { StandardNormal.sample(rng) };
        for s in 0..future.steps() {
            let class = (self.steps + s) % lap;
            let gap = self.last[class].laps - 1.0;
            if s < lap && gap > 0.0 {
                z[class] += gap * delta + sigma * gap.sqrt() * normal();
            }
            let centre = bounded(self.family, z[class] + delta);
            let (known, remaining) = running(future, s);
            let e = normal();
            if remaining <= 0.0 {
                z[class] = if known > 0.0 { to_z(self.family, known) } else { centre };
                put(s, nothing_to_come(), known);
                continue;
            }
            // The rest of a running step is its share of the whole: on the log scale σ is the same for both.
            let mean = remaining * of_z(self.family, centre);
            let spread = if self.family == Family::Gaussian { remaining * sigma } else { sigma };
            let rest = of_z(self.family, bounded(self.family, to_z(self.family, mean) + spread * e));
            z[class] = if known == 0.0 && remaining == 1.0 {
                bounded(self.family, centre + sigma * e)
            } else {
                to_z(self.family, known + rest)
            };
            put(s, Law::new(self.family, mean, spread), known + rest.clamp(0.0, MAX_COUNT).round_ties_even());
        }
    }
}

impl Fitted for WalkFit {
    fn summary(&self) -> Result<Summary> {
        Ok(self.summarise())
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        let shape = (draws, future.steps());
        let mut paths = Paths { counts: Array2::zeros(shape), laws: Array2::from_elem(shape, nothing_to_come()) };
        let chi = ChiSquared::new(self.nu)
            .map_err(|e| Error::data(format!("`{}`: no draws of σ with ν = {}: {e}", self.walk.name, self.nu)))?;
        for d in 0..draws {
            let parameters = self.parameters(&chi, rng);
            self.path(future, parameters, rng, |s, law, count| {
                paths.counts[[d, s]] = count;
                paths.laws[[d, s]] = law;
            });
        }
        Ok(paths)
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
