//! The log-likelihood with its analytic gradient, and the information matrices.

use super::recursion::{Path, Spec, reflection, run};
use crate::family::Family;
use crate::inference::count_density::{Rising, rising, terms};
use crate::inference::linalg::{Matrix, axpy};
use crate::inference::objective::Objective;
use crate::model::ingarch::dispersed;
use crate::model::series::{Obs, Series};

/// The log-likelihood of a series; parameters `(β, φ, θ)` and, for NB1 and NB2, the dispersion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Likelihood<'a> {
    pub spec: &'a Spec,
    pub series: &'a Series,
}

/// Mean of one observation and, for NB2 aggregates, what multiplies the dispersion; with derivatives.
pub(crate) struct Point<'b> {
    pub obs: &'b Obs,
    pub m: f64,
    pub dm: &'b [f64],
    pub ratio: f64,
    pub dratio: &'b [f64],
}

/// The autoregression stays this far inside the stationary region.
pub(crate) const EDGE: f64 = 1e-6;

impl Likelihood<'_> {
    /// The dispersion of a parameter vector; 0 for the Poisson.
    pub fn dispersion(&self, delta: &[f64]) -> f64 {
        if dispersed(self.spec.family) { delta[self.spec.k(self.series.p)] } else { 0.0 }
    }

    fn admissible(&self, delta: &[f64]) -> bool {
        let a = self.dispersion(delta);
        let far = a.is_finite() && a * self.series.largest > -1e-3;
        far && reflection(self.spec, self.series.p, delta) < 1.0 - EDGE
    }

    /// Visits every observation of a path; derivatives are empty when the path has none.
    pub fn visit(&self, path: &Path, mut f: impl FnMut(Point)) {
        let s = self.series;
        let dim = if path.d.is_empty() { 0 } else { self.dim() };
        let (mut dm, mut dratio) = (vec![0.0; dim], vec![0.0; dim]);
        for o in &s.obs {
            let parts = s.parts_of(o);
            let mu = |t: usize| path.w[t].exp();
            let m: f64 = parts.iter().map(|(t, w)| w * mu(*t)).sum();
            let whole = parts.len() == 1;
            let squares: f64 = parts.iter().map(|(t, w)| (w * mu(*t)).powi(2)).sum();
            let ratio = if whole { 1.0 } else { squares / (m * m) };
            dm.fill(0.0);
            dratio.fill(0.0);
            if dim > 0 {
                for (t, w) in parts {
                    axpy(&mut dm, w * mu(*t), path.row(*t, dim));
                    if !whole {
                        axpy(&mut dratio, 2.0 * (w * mu(*t)).powi(2) / (m * m), path.row(*t, dim));
                    }
                }
                if !whole {
                    axpy(&mut dratio, -2.0 * ratio / m, &dm);
                }
            }
            f(Point { obs: o, m, dm: &dm, ratio, dratio: &dratio });
        }
    }

    /// Visits every observation with its score.
    fn visit_scores(&self, delta: &[f64], mut f: impl FnMut(f64, &[f64])) -> Option<()> {
        let family = self.spec.family;
        let a = self.dispersion(delta);
        let path = run(self.spec, self.series, delta, true)?;
        let table = (family == Family::Nb2).then(|| Rising::new(a, self.series.largest));
        let mut g = vec![0.0; self.dim()];
        self.visit(&path, |q| {
            let (t, share) = self.point_terms(&table, &q, a);
            g.copy_from_slice(q.dm);
            g.iter_mut().for_each(|v| *v *= q.obs.weight * t.m);
            if family == Family::Nb2 {
                axpy(&mut g, q.obs.weight * t.a * a, q.dratio);
            }
            if dispersed(family) {
                g[self.dim() - 1] += q.obs.weight * t.a * share;
            }
            f(q.obs.weight * (t.l - q.obs.ln_factorial), &g);
        });
        Some(())
    }

    fn point_terms(&self, table: &Option<Rising>, q: &Point, a: f64) -> (crate::inference::count_density::Terms, f64) {
        let share = if self.spec.family == Family::Nb2 { q.ratio } else { 1.0 };
        let sums = match table {
            Some(t) if share == 1.0 => t.at(q.obs.y),
            Some(_) => rising(a * share, q.obs.y),
            None => [0.0; 3],
        };
        (terms(self.spec.family, q.obs.y, q.m, a * share, sums), share)
    }

    /// Scores of each observation.
    pub fn scores(&self, delta: &[f64]) -> Option<Vec<Vec<f64>>> {
        let mut rows = Vec::with_capacity(self.series.obs.len());
        self.visit_scores(delta, |_, g| rows.push(g.to_vec()))?;
        Some(rows)
    }

    /// `Σ ∂m ∂m'/V` over the mean parameters, the dispersion held: glarma's Fisher scoring.
    pub fn information(&self, delta: &[f64]) -> Option<Matrix> {
        let k = self.spec.k(self.series.p);
        let a = self.dispersion(delta);
        let path = run(self.spec, self.series, delta, true)?;
        let mut info = Matrix::zeros(k);
        self.visit(&path, |q| {
            let share = if self.spec.family == Family::Nb2 { q.ratio } else { 1.0 };
            let (v, _, _) = self.spec.variance(q.m, a * share);
            info.add_outer(q.obs.weight / v, &q.dm[..k]);
        });
        info.mirror();
        Some(info)
    }
}

impl Objective for Likelihood<'_> {
    fn dim(&self) -> usize {
        self.spec.dim(self.series.p)
    }

    fn value(&self, delta: &[f64]) -> f64 {
        if !self.admissible(delta) {
            return f64::NEG_INFINITY;
        }
        let Some(path) = run(self.spec, self.series, delta, false) else { return f64::NEG_INFINITY };
        let a = self.dispersion(delta);
        let table = (self.spec.family == Family::Nb2).then(|| Rising::new(a, self.series.largest));
        let mut sum = 0.0;
        self.visit(&path, |q| sum += q.obs.weight * (self.point_terms(&table, &q, a).0.l - q.obs.ln_factorial));
        sum
    }

    fn gradient(&self, delta: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        if !self.admissible(delta) {
            return f64::NEG_INFINITY;
        }
        let mut sum = 0.0;
        let done = self.visit_scores(delta, |l, g| {
            sum += l;
            axpy(gradient, 1.0, g);
        });
        if done.is_some() { sum } else { f64::NEG_INFINITY }
    }
}
