//! Simulation: counts of the sample again (bootstrap), and paths ahead.
//!
//! Ahead, each path draws its own parameters from the normal approximation around the estimate (the dispersion from that
//! of its logarithm), restricted to the admissible region, runs the recursion through the sample with them and goes on
//! from its last step. The identity link can give a mean at or below 0 when a covariate pulls it there: it is held at
//! [`FLOOR`].

use super::fit::{Estimate, Plan};
use super::recursion::{Depth, Path, Spec, initial, mean, run};
use super::{IngarchFit, dispersed};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Law, MAX_COUNT};
use crate::forecast::Paths;
use crate::inference::dense::{Matrix, dot};
use crate::model::serial_report::law;
use crate::model::series::Series;
use crate::model::{Model, Vcov};
use ndarray::Array2;
use rand_distr::Distribution as _;

/// Least mean of a simulated count.
pub(crate) const FLOOR: f64 = 1e-6;

/// `ν` at a step from a row of columns and the run before it.
fn predictor(spec: &Spec, s: &Series, theta: &[f64], row: &[f64], offset: f64, path: &Path) -> (f64, f64) {
    let t = path.nu.len();
    let (mut nu, mut ext) = (offset, offset);
    for (j, x) in row.iter().enumerate() {
        nu += x * theta[j];
        if s.external[j] {
            ext += x * theta[j];
        }
    }
    for (i, lag) in spec.obs.iter().enumerate() {
        let z = match t.checked_sub(*lag) {
            Some(u) => path.z[u],
            None => s.known_before(lag - t).map_or(path.c, |y| spec.input(y)),
        };
        nu += theta[s.p + i] * z;
    }
    for (i, lag) in spec.mean.iter().enumerate() {
        let m = t.checked_sub(*lag).map_or(path.c, |u| path.nu[u] - path.ext[u]);
        nu += theta[s.p + spec.obs.len() + i] * m;
    }
    (nu, ext)
}

/// A mean that can be drawn from.
fn bounded(log: bool, nu: f64) -> f64 {
    mean(log, if log { nu.min(MAX_COUNT.ln()) } else { nu }).clamp(FLOOR, MAX_COUNT)
}

fn empty_path(spec: &Spec, s: &Series, theta: &[f64]) -> Path {
    let (c, dc) = initial(spec, s, theta);
    Path { nu: Vec::new(), ext: Vec::new(), z: Vec::new(), d: Vec::new(), dz: Vec::new(), c, dc }
}

/// Counts of the same observations, drawn from an estimate; in the order of the series. Steps are drawn in the parts that
/// the observations cover and the rest, so that an aggregate is the sum of what the recursion saw.
pub(crate) fn simulate_counts(plan: &Plan, s: &Series, e: &Estimate, rng: &mut Rng) -> Option<Vec<f64>> {
    let (spec, log) = (&plan.spec, plan.spec.log());
    let mut path = empty_path(spec, s, &e.theta);
    let mut counts = vec![0.0; s.obs.len()];
    // Parts of observations by step.
    let mut by_step: Vec<Vec<(usize, f64)>> = vec![Vec::new(); s.steps];
    for (i, o) in s.obs.iter().enumerate() {
        s.parts_of(o).iter().for_each(|(t, w)| by_step[*t].push((i, *w)));
    }
    for (t, parts) in by_step.iter().enumerate() {
        let (nu, ext) = predictor(spec, s, &e.theta, &s.x[t * s.p..(t + 1) * s.p], s.offset[t], &path);
        if nu.is_nan() {
            return None;
        }
        let m = bounded(log, nu);
        let mut total = 0.0;
        let mut rest: f64 = 1.0;
        for (i, w) in parts {
            let y = law(plan.family, m * w, e.dispersion, 1.0).sample(rng);
            counts[*i] += y;
            total += y;
            rest -= w;
        }
        if rest > 1e-9 {
            total += law(plan.family, m * rest, e.dispersion, 1.0).sample(rng);
        }
        path.nu.push(if log { nu.min(MAX_COUNT.ln()) } else { nu.max(FLOOR) });
        path.ext.push(ext);
        path.z.push(spec.input(total));
    }
    Some(counts)
}

impl IngarchFit {
    /// The mean of the first step of `future`, parameters at their estimates.
    pub(crate) fn mean_ahead(&self, future: &Design) -> Result<f64> {
        self.check(future)?;
        let theta = &self.estimate.theta;
        let path = run(&self.plan.spec, &self.series, theta, Depth::Values)
            .ok_or_else(|| Error::data("the recursion has no finite mean at the estimate"))?;
        let row = self.future_row(future, 0, &self.past());
        let (nu, _) = predictor(&self.plan.spec, &self.series, theta, &row, future.offset[0], &path);
        Ok(bounded(self.plan.spec.log(), nu))
    }

    /// Counts before the first step of a future, for columns that feed back.
    fn past(&self) -> Vec<f64> {
        let mut past = self.design.before.clone();
        past.extend(self.design.counts_by_step());
        past
    }

    fn future_row(&self, future: &Design, h: usize, past: &[f64]) -> Vec<f64> {
        let row = future.row_on_path(h, past);
        self.series.columns.iter().zip(&self.series.scale).map(|(j, s)| row[*j] / s).collect()
    }

    fn check(&self, future: &Design) -> Result<()> {
        if future.names != self.design.names {
            return Err(Error::data("the future has other columns than the past"));
        }
        if future.steps() == 0 {
            return Err(Error::data("the future has no steps"));
        }
        let feeds = |j: usize| future.feedback.iter().any(|f| f.column == j);
        for t in 0..future.steps() {
            for j in &self.series.columns {
                if !future.x[[t, *j]].is_finite() && !feeds(*j) {
                    return Err(Error::data(format!("`{}` is unknown {} steps ahead", future.names[*j], t + 1)));
                }
            }
        }
        Ok(())
    }

    /// Simulated paths ahead.
    pub(crate) fn paths(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        self.check(future)?;
        let h = future.steps();
        let sampler = Sampler::new(self)?;
        let past = self.past();
        let mut counts = Array2::zeros((draws, h));
        let mut laws = Array2::from_elem((draws, h), Law::new(self.plan.family, 0.0, 1.0));
        for i in 0..draws {
            let (theta, a, mut path) = sampler.draw(self, rng)?;
            let mut past = past.clone();
            for t in 0..h {
                let row = self.future_row(future, t, &past);
                let (nu, ext) = predictor(&self.plan.spec, &self.series, &theta, &row, future.offset[t], &path);
                if nu.is_nan() {
                    return Err(Error::data(format!("the mean is unknown {} steps ahead", t + 1))
                        .help("a lag of the response needs counts that are recorded or simulated"));
                }
                let log = self.plan.spec.log();
                let remaining = future.remaining.get(t).copied().unwrap_or(1.0);
                let known = future.known.get(t).copied().unwrap_or(0.0);
                let one = law(self.plan.family, bounded(log, nu) * remaining, a, 1.0);
                let y = known + if remaining > 0.0 { one.sample(rng) } else { 0.0 };
                counts[[i, t]] = y;
                laws[[i, t]] = one;
                past.push(y);
                path.nu.push(if log { nu.min(MAX_COUNT.ln()) } else { nu.max(FLOOR) });
                path.ext.push(ext);
                path.z.push(self.plan.spec.input(y));
            }
        }
        Ok(Paths { counts, laws })
    }
}

/// Draws parameters around an estimate.
struct Sampler {
    /// Lower factor of the covariance, or empty where there is none.
    factor: Option<Matrix>,
    log_dispersion_error: f64,
}

impl Sampler {
    fn new(fit: &IngarchFit) -> Result<Self> {
        let info = fit.information();
        let cov = match info.covariance(fit.settings.vcov)? {
            Some(c) => Some(c),
            None => info.covariance(Vcov::Model)?,
        };
        let a = fit.estimate.dispersion;
        let error = info.dispersion_error().filter(|_| dispersed(fit.plan.family)).map_or(0.0, |e| e / a);
        Ok(Sampler { factor: cov.and_then(|c| half(&c)), log_dispersion_error: error.min(2.0) })
    }

    /// Parameters, dispersion and the run through the sample with them.
    fn draw(&self, fit: &IngarchFit, rng: &mut Rng) -> Result<(Vec<f64>, f64, Path)> {
        let (best, k) = (&fit.estimate.theta, fit.estimate.theta.len());
        let mut region = fit.plan.admissible(&fit.series);
        region.bounds.iter_mut().for_each(|b| b.a.truncate(k));
        let normal = |rng: &mut Rng| -> f64 { rand_distr::StandardNormal.sample(rng) };
        let a = fit.estimate.dispersion * (self.log_dispersion_error * normal(rng)).exp();
        let mut shrink = 1.0;
        for attempt in 0..400 {
            let mut theta = best.clone();
            if let Some(l) = &self.factor {
                let z: Vec<f64> = (0..k).map(|_| normal(rng)).collect();
                for (i, t) in theta.iter_mut().enumerate() {
                    *t += shrink * dot(l.row(i), &z);
                }
            }
            if region.holds(&theta)
                && let Some(path) = run(&fit.plan.spec, &fit.series, &theta, Depth::Values)
            {
                return Ok((theta, a, path));
            }
            // Almost nothing of the normal is admissible: draw nearer to the estimate.
            if attempt >= 200 {
                shrink *= 0.8;
            }
        }
        let path = run(&fit.plan.spec, &fit.series, best, Depth::Values)
            .ok_or_else(|| Error::data("the recursion has no finite mean at the estimate").within(super::Ingarch::name(
                &super::Ingarch { settings: fit.settings.clone(), plan: fit.plan.clone() },
            )))?;
        Ok((best.clone(), a, path))
    }
}

/// A square root of a covariance that may be singular along bounds: Cholesky with zero columns where nothing is left.
fn half(c: &Matrix) -> Option<Matrix> {
    let n = c.n();
    let mut l = Matrix::zeros(n);
    for i in 0..n {
        for j in 0..=i {
            let s = c.at(i, j) - dot(&l.row(i)[..j], &l.row(j)[..j]);
            if !s.is_finite() {
                return None;
            }
            if i == j {
                l.set(i, i, if s > 1e-12 * c.at(i, i) { s.sqrt() } else { 0.0 });
            } else {
                l.set(i, j, if l.at(j, j) > 0.0 { s / l.at(j, j) } else { 0.0 });
            }
        }
    }
    Some(l)
}
