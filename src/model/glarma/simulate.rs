//! Simulation: counts of the sample again (bootstrap), and paths ahead.

use super::GlarmaFit;
use super::fit::region;
use super::likelihood::EDGE;
use super::recursion::{Path, Spec, reflection, run};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Law, MAX_COUNT};
use crate::forecast::Paths;
use crate::inference::maximise::{Maximum, maximise};
use crate::model::Vcov;
use crate::model::ingarch::{Bootstrap, check_future, dispersed, scaled_row};
use crate::model::parameter_draws::ParameterDraws;
use crate::model::serial_report::law;
use crate::model::series::Series;
use crate::rng;
use ndarray::Array2;
use rayon::prelude::*;

/// `Z` of the step after those of a path.
fn next_z(spec: &Spec, p: usize, delta: &[f64], q: &Path) -> f64 {
    let t = q.w.len();
    let ar = spec.ar.iter().enumerate().filter(|(_, l)| **l <= t);
    let ma = spec.ma.iter().enumerate().filter(|(_, l)| **l <= t);
    ar.map(|(i, l)| delta[p + i] * (q.z[t - l] + q.e[t - l])).sum::<f64>()
        + ma.map(|(i, l)| delta[p + spec.ar.len() + i] * q.e[t - l]).sum::<f64>()
}

/// Goes on by one step of which `y` was drawn.
fn push(q: &mut Path, w: f64, z: f64, e: f64) {
    q.w.push(w);
    q.z.push(z);
    q.e.push(e);
}

fn log_mean(w: f64) -> f64 {
    w.clamp(-30.0, MAX_COUNT.ln())
}

/// Counts of the same observations, drawn at `delta` and the dispersion `a`.
pub(super) fn simulated_counts(spec: &Spec, s: &Series, delta: &[f64], a: f64, rng: &mut Rng) -> Vec<f64> {
    let mut q = Path::empty();
    let mut counts = vec![0.0; s.obs.len()];
    let mut parts: Vec<Vec<(usize, f64)>> = vec![Vec::new(); s.steps];
    for (i, o) in s.obs.iter().enumerate() {
        s.parts_of(o).iter().for_each(|(t, w)| parts[*t].push((i, *w)));
    }
    for (t, parts) in parts.iter().enumerate() {
        let z = next_z(spec, s.p, delta, &q);
        let x = &s.x[t * s.p..(t + 1) * s.p];
        let w = s.offset[t] + x.iter().zip(delta).map(|(x, b)| x * b).sum::<f64>() + z;
        let mu = log_mean(w).exp();
        let (mut total, mut rest) = (0.0, 1.0);
        for (i, share) in parts {
            let y = law(spec.family, mu * share, a, 1.0).sample(rng);
            counts[*i] += y;
            total += y;
            rest -= share;
        }
        if rest > 1e-9 {
            total += law(spec.family, mu * rest, a, 1.0).sample(rng);
        }
        push(&mut q, w, z, spec.residual(total, mu, a));
    }
    counts
}

impl GlarmaFit {
    fn parameter_draws(&self) -> Result<ParameterDraws> {
        let cov = match self.covariance(self.settings.vcov)? {
            Some(c) => Some(c),
            None => self.covariance(Vcov::Model)?,
        };
        let best = &self.maximum.theta[..self.slots.len()];
        Ok(ParameterDraws::new(best, cov.as_ref(), self.dispersion(), self.dispersion_error()))
    }

    /// The exact law of the next count, the parameters held at their estimates.
    ///
    /// # Errors
    /// When `future` has other columns than the design fitted.
    pub fn next_law(&self, future: &Design) -> Result<Law> {
        check_future(&self.design, &self.series, future)?;
        let (delta, mut past) = (&self.maximum.theta, self.design.before.clone());
        past.extend(self.design.counts_by_step());
        let q = run(&self.spec, &self.series, delta, false)
            .ok_or_else(|| Error::data("the recursion has no finite mean at the estimate").within("glarma"))?;
        let (w, _) = self.ahead(future, 0, &past, delta, &q)?;
        Ok(law(self.spec.family, log_mean(w).exp(), self.dispersion(), 1.0))
    }

    /// Simulated paths ahead.
    pub(super) fn paths(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        check_future(&self.design, &self.series, future)?;
        let sampler = self.parameter_draws()?;
        let mut known = self.design.before.clone();
        known.extend(self.design.counts_by_step());
        let mut counts = Array2::zeros((draws, future.steps()));
        let mut laws = Array2::from_elem((draws, future.steps()), Law::new(self.spec.family, 0.0, 1.0));
        for i in 0..draws {
            let a = self.dispersion() * sampler.dispersion_factor(rng);
            let (delta, mut q) = self.draw(&sampler, a, rng)?;
            let mut past = known.clone();
            for t in 0..future.steps() {
                let (w, z) = self.ahead(future, t, &past, &delta, &q)?;
                let mu = log_mean(w).exp();
                let remaining = future.remaining.get(t).copied().unwrap_or(1.0);
                let one = law(self.spec.family, mu * remaining, a, 1.0);
                let rest = if remaining > 0.0 { one.sample(rng) } else { 0.0 };
                let y = future.known.get(t).copied().unwrap_or(0.0) + rest;
                (counts[[i, t]], laws[[i, t]]) = (y, one);
                past.push(y);
                push(&mut q, w, z, self.spec.residual(y, mu, a));
            }
        }
        Ok(Paths { counts, laws })
    }

    /// Parameters and the run through the sample with them, the dispersion given.
    fn draw(&self, sampler: &ParameterDraws, a: f64, rng: &mut Rng) -> Result<(Vec<f64>, Path)> {
        let accept = |delta: &[f64]| {
            let mut all = delta.to_vec();
            all.extend(dispersed(self.spec.family).then_some(a));
            let inside = reflection(&self.spec, self.series.p, delta) < 1.0 - EDGE;
            inside.then(|| run(&self.spec, &self.series, &all, false)).flatten()
        };
        sampler
            .draw(rng, accept)
            .ok_or_else(|| Error::data("the recursion has no finite mean at the estimate").within("glarma"))
    }

    /// Log mean and `Z` of step `t` of a future.
    fn ahead(&self, future: &Design, t: usize, past: &[f64], delta: &[f64], q: &Path) -> Result<(f64, f64)> {
        let row = scaled_row(&self.series, &future.row_on_path(t, past));
        let z = next_z(&self.spec, self.series.p, delta, q);
        let w = future.offset[t] + row.iter().zip(delta).map(|(x, b)| x * b).sum::<f64>() + z;
        if w.is_nan() {
            return Err(Error::data(format!("the mean is unknown {} steps ahead", t + 1))
                .help("a lag of the response needs counts that are recorded or simulated"));
        }
        Ok((w, z))
    }

    /// Maxima of simulated series, in parallel; every replicate has its own stream.
    fn replicates(&self, replicates: usize) -> Vec<Option<Maximum>> {
        let one = |b: usize| {
            let mut stream = rng::stream(self.seed, &["bootstrap", &b.to_string()]);
            let series = self.series.with_counts(&simulated_counts(
                &self.spec,
                &self.series,
                &self.maximum.theta,
                self.dispersion(),
                &mut stream,
            ));
            let objective = super::Likelihood { spec: &self.spec, series: &series };
            let mut start = self.maximum.theta.clone();
            start.iter_mut().skip(self.slots.len()).for_each(|a| *a = a.max(1e-3));
            let m = maximise(&objective, &region(&self.spec, &series), &start);
            Some(m).filter(|m| m.converged).or_else(|| super::fit::estimate(&self.spec, &series).ok())
        };
        (0..replicates).into_par_iter().map(one).collect()
    }

    /// Estimates of series simulated from the fit.
    pub(super) fn bootstrap(&self, replicates: usize) -> Bootstrap {
        let fits = self.replicates(replicates);
        let failed = fits.iter().filter(|m| m.is_none()).count();
        let row = |m: Maximum| self.slots.iter().map(|s| m.theta[s.index] / s.scale).collect();
        let coefficients = fits.into_iter().flatten().map(row).collect();
        Bootstrap { coefficients, dispersions: Vec::new(), failed }
    }
}
