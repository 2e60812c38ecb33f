//! Simulation: counts of the sample again (bootstrap), and paths ahead.
//!
//! Ahead, each path draws its own parameters from the normal approximation around the estimate (the dispersion from that
//! of its logarithm), restricted to the admissible region, runs the recursion through the sample with them and goes on
//! from its last step. The identity link can give a mean at or below 0 when a covariate pulls it there: it is held at
//! [`FLOOR`].

use super::IngarchFit;
use super::fit::{Estimate, Plan};
use super::recursion::{Depth, Path, Spec, mean, run};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Law, MAX_COUNT};
use crate::forecast::Paths;
use crate::inference::objective::Region;
use crate::model::Vcov;
use crate::model::parameter_draws::ParameterDraws;
use crate::model::serial_report::law;
use crate::model::series::Series;
use ndarray::Array2;

/// Least mean of a simulated count.
pub(crate) const FLOOR: f64 = 1e-6;

/// `ν` at a step from a row of columns and the run before it.
fn predictor(spec: &Spec, s: &Series, theta: &[f64], row: &[f64], offset: f64, path: &Path) -> (f64, f64) {
    let t = path.nu.len();
    let mut nu = offset + row.iter().zip(theta).map(|(x, b)| x * b).sum::<f64>();
    let ext = offset + s.external.iter().map(|j| row[*j] * theta[*j]).sum::<f64>();
    for (i, lag) in spec.obs.iter().enumerate() {
        let z = match t.checked_sub(*lag) {
            Some(u) => path.z[u],
            None => s.known_before(lag - t).map_or(path.c, |y| spec.input(y)),
        };
        nu += theta[s.p + i] * z;
    }
    for (i, lag) in spec.mean.iter().enumerate() {
        let m = t.checked_sub(*lag).map_or(path.past_mean, |u| path.nu[u] - path.ext[u]);
        nu += theta[s.p + spec.obs.len() + i] * m;
    }
    (nu, ext)
}

/// A mean that can be drawn from.
fn bounded(log: bool, nu: f64) -> f64 {
    mean(log, if log { nu.min(MAX_COUNT.ln()) } else { nu }).clamp(FLOOR, MAX_COUNT)
}

/// Counts of the same observations, drawn from an estimate; in the order of the series. Steps are drawn in the parts that
/// the observations cover and the rest, so that an aggregate is the sum of what the recursion saw.
pub(crate) fn simulate_counts(plan: &Plan, s: &Series, e: &Estimate, rng: &mut Rng) -> Option<Vec<f64>> {
    let (spec, log) = (&plan.spec, plan.spec.log());
    let mut path = Path::empty(spec, s, &e.theta);
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

/// The columns kept of a row of a design, scaled.
pub(crate) fn scaled_row(s: &Series, row: &[f64]) -> Vec<f64> {
    s.columns.iter().zip(&s.scale).map(|(j, c)| row[*j] / c).collect()
}

/// A future must have the columns of the past, with known values.
pub(crate) fn check_future(design: &Design, s: &Series, future: &Design) -> Result<()> {
    if future.names != design.names {
        return Err(Error::data("the future has other columns than the past"));
    }
    if future.steps() == 0 {
        return Err(Error::data("the future has no steps"));
    }
    let feeds = |j: usize| future.feedback.iter().any(|f| f.column == j);
    for t in 0..future.steps() {
        if let Some(j) = s.columns.iter().find(|j| !future.x[[t, **j]].is_finite() && !feeds(**j)) {
            return Err(Error::data(format!("`{}` is unknown {} steps ahead", future.names[*j], t + 1))
                .help("give its future values in a scenario"));
        }
    }
    Ok(())
}

impl IngarchFit {
    /// The mean of the first step of `future`, parameters at their estimates.
    pub(crate) fn mean_ahead(&self, future: &Design) -> Result<f64> {
        check_future(&self.design, &self.series, future)?;
        let theta = &self.estimate.theta;
        let path = run(&self.plan.spec, &self.series, theta, Depth::Values)
            .ok_or_else(|| Error::data("the recursion has no finite mean at the estimate"))?;
        let row = scaled_row(&self.series, &future.row_on_path(0, &self.past()));
        let (nu, _) = predictor(&self.plan.spec, &self.series, theta, &row, future.offset[0], &path);
        Ok(bounded(self.plan.spec.log(), nu))
    }

    /// Counts before the first step of a future, for columns that feed back.
    fn past(&self) -> Vec<f64> {
        let mut past = self.design.before.clone();
        past.extend(self.design.counts_by_step());
        past
    }

    /// Paths ahead with the parameters held at their estimates, as other software simulates them.
    ///
    /// # Errors
    /// As [`crate::model::Fitted::simulate`].
    pub fn simulate_held(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        let held = ParameterDraws::new(&self.estimate.theta, None, self.estimate.dispersion, None);
        self.paths(future, draws, &held, rng)
    }

    /// Simulated paths ahead.
    pub(crate) fn paths(
        &self,
        future: &Design,
        draws: usize,
        sampler: &ParameterDraws,
        rng: &mut Rng,
    ) -> Result<Paths> {
        check_future(&self.design, &self.series, future)?;
        let h = future.steps();
        let mut region = self.plan.admissible(&self.series);
        region.bounds.iter_mut().for_each(|b| b.a.truncate(self.estimate.theta.len()));
        let past = self.past();
        let mut counts = Array2::zeros((draws, h));
        let mut laws = Array2::from_elem((draws, h), Law::new(self.plan.family, 0.0, 1.0));
        for i in 0..draws {
            let (theta, a, mut path) = self.draw(sampler, &region, rng)?;
            let mut past = past.clone();
            for t in 0..h {
                let row = scaled_row(&self.series, &future.row_on_path(t, &past));
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

impl IngarchFit {
    /// The normal approximation of the parameters, by the covariance asked for.
    pub(crate) fn parameter_draws(&self) -> Result<ParameterDraws> {
        let info = self.information();
        let cov = match info.covariance(self.settings.vcov)? {
            Some(c) => Some(c),
            None => info.covariance(Vcov::Model)?,
        };
        let error = info.dispersion_error();
        Ok(ParameterDraws::new(&self.estimate.theta, cov.as_ref(), self.estimate.dispersion, error))
    }

    /// Parameters, dispersion and the run through the sample with them.
    fn draw(&self, draws: &ParameterDraws, region: &Region, rng: &mut Rng) -> Result<(Vec<f64>, f64, Path)> {
        let a = self.estimate.dispersion * draws.dispersion_factor(rng);
        // Around a mean that is held at 0, half of all draws have it below.
        let depth = if self.estimate.held.is_empty() { Depth::Values } else { Depth::Floored(FLOOR) };
        let accept =
            |theta: &[f64]| region.holds(theta).then(|| run(&self.plan.spec, &self.series, theta, depth)).flatten();
        let (theta, path) = draws
            .draw(rng, accept)
            .ok_or_else(|| Error::data("the recursion has no finite mean at the estimate").within("ingarch"))?;
        Ok((theta, a, path))
    }
}
