//! Score test at known times.
//!
//! With `g_i = ∂m_i/∂θ` the slopes in the fitted parameters and `w_i = ∂m_i/∂ω` those in the intervention sizes at ω = 0, weights
//! `a_i` of the estimating equation and `b_i` its variance, `C = A₁₁⁻¹ A₁₂`:
//!
//! ```text
//! s = Σ a_i (y_i − m_i) (w_i − C' g_i),     Σ = B₂₂ − C'B₁₂ − B₂₁C + C'B₁₁C,     T = s' Σ⁻¹ s ~ χ²
//! ```
//!
//! Poisson and quasi-likelihood: `a = 1/m`, `b = V/m²`. Likelihood with a dispersion: `a = b = 1/V`. Parameters on a bound are
//! held.
//!
//! With `--estimator two-step` the statistic is tscount's to the letter: `g_i` with counts before the first step held fixed, and
//! `s` without `C' g_i` (which is 0 at a maximum of exact slopes). `tests/reference/tscount_score` shows that this definition
//! meets all 115 recorded statistics of the campylobacter case to 1e-13 at the estimates where tscount's optimiser stopped. At
//! the maximum itself large ones differ by a few percent, small ones by more: 20.24 against 19.40 for the level shift at 84, 39.07
//! against 40.28 for the pulse at 100, but 0.895 against 0.769 (16 %) for τ = 120, δ = 0.8; of the pulses at 20 to 130 the largest
//! difference is 0.35 of max(T, 0.1). (Under the log link tscount divides by `ln λ` where `λ` is due in `B`; that is not followed.)

use super::Intervention;
use crate::error::{Error, Result};
use crate::inference::linalg::{Matrix, axpy, dot};
use crate::inference::maximise::null_space;
use crate::inference::objective::Bound;
use crate::model::dependence::chi2_tail;
use crate::model::ingarch::{Depth, Estimate, HELD, IngarchFit, Likelihood, Plan, held_slopes, run};
use crate::model::serial::Estimator;
use crate::model::series::Series;
use serde::Serialize;

/// A score test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScoreTest {
    /// T.
    pub statistic: f64,
    /// Number of interventions.
    pub df: usize,
    /// From χ²; for a long series.
    pub p_value: Option<f64>,
}

/// Tests whether interventions at known steps are absent, given a fit without them.
///
/// # Errors
/// When a step is outside the series or the interventions cannot be told from the model's columns.
pub fn score_test(fit: &IngarchFit, interventions: &[Intervention], external: bool) -> Result<ScoreTest> {
    let series = extended(&fit.series, interventions, external)?;
    let parts = Parts::new(&fit.plan, &series, &fit.estimate, interventions.len()).ok_or_else(singular)?;
    let t = interventions.len();
    let mut cov = Matrix::zeros(t);
    let score: Vec<f64> = (0..t).map(|i| parts.score(i)).collect();
    for i in 0..t {
        for j in 0..t {
            cov.set(i, j, parts.covariance(i, j));
        }
    }
    let factor = cov.cholesky().ok_or_else(|| {
        Error::data("the interventions cannot be told apart from the columns of the model, or from each other").help(
            "leave out those that a term of --formula or another of --at equals from there on; near the end of the series a level \
             shift, a transient change and a pulse are one",
        )
    })?;
    let statistic = dot(&score, &factor.solve_factored(&score));
    Ok(ScoreTest { statistic, df: t, p_value: chi2_tail(statistic, t as f64) })
}

/// The information of a fit without interventions cannot be inverted.
pub(super) fn singular() -> Error {
    Error::data("the parameters of the model cannot be told apart in these counts: no score test").help(
        "constant counts, or columns that repeat each other, do that: look at `tumen fit --model ingarch` with the same settings, and \
         leave out lags (--past-obs, --past-mean) or terms (--formula)",
    )
}

/// The series with a column for each intervention.
pub(super) fn extended(s: &Series, interventions: &[Intervention], external: bool) -> Result<Series> {
    let last = s.skipped + s.steps;
    if let Some(i) = interventions.iter().find(|i| i.step <= s.skipped || i.step > last) {
        return Err(Error::usage(format!("step {} is outside the series, {} to {last}", i.step, s.skipped + 1)));
    }
    let columns: Vec<Vec<f64>> = interventions.iter().map(|i| i.column(last)[s.skipped..].to_vec()).collect();
    let names: Vec<String> = interventions.iter().map(Intervention::name).collect();
    Ok(s.with_columns(&names, &columns, external))
}

/// Sums that the statistics are made of. The last `t` columns of the series are the interventions.
pub(super) struct Parts {
    /// Σ a (y − m) w.
    scores: Vec<f64>,
    /// Σ a (y − m) g.
    own: Vec<f64>,
    b11: Matrix,
    b12: Vec<Vec<f64>>,
    /// Whether s leaves `C' g` out.
    raw: bool,
    /// C, by intervention.
    c: Vec<Vec<f64>>,
    /// Weighted products of intervention slopes: weight b, then w by observation.
    slopes: Vec<(f64, Vec<f64>)>,
}

impl Parts {
    pub fn new(plan: &Plan, series: &Series, e: &Estimate, t: usize) -> Option<Parts> {
        let (p, k) = (series.p - t, e.theta.len());
        let mut theta = e.theta[..p].to_vec();
        theta.resize(p + t, 0.0);
        theta.extend_from_slice(&e.theta[p..]);
        let likelihood = Likelihood { spec: &plan.spec, series, family: plan.objective_family() };
        let raw = plan.estimator == Estimator::TwoStep;
        let depth = if raw { Depth::SlopesFixedPast } else { Depth::Slopes };
        let path = run(&plan.spec, series, &theta, depth)?;
        let free = free_directions(plan, series, e, &theta, t);
        let r = free.len();
        let (mut a11, mut b11) = (Matrix::zeros(r), Matrix::zeros(r));
        let (mut a12, mut b12) = (vec![vec![0.0; r]; t], vec![vec![0.0; r]; t]);
        let (mut scores, mut own) = (vec![0.0; t], vec![0.0; r]);
        let mut slopes = Vec::with_capacity(series.obs.len());
        let mut full = vec![0.0; k];
        let mut g = vec![0.0; r];
        likelihood.visit(&path, |q| {
            if q.m <= HELD && !e.held.is_empty() {
                // Held at 0, whatever the parameters.
                slopes.push((0.0, vec![0.0; t]));
                return;
            }
            full[..p].copy_from_slice(&q.dm[..p]);
            full[p..].copy_from_slice(&q.dm[p + t..]);
            g.iter_mut().zip(&free).for_each(|(v, z)| *v = dot(z, &full));
            let spread = plan.spread(e.dispersion, q.m, q.ratio);
            let (a, b) = if plan.likelihood() { (1.0 / (q.m * q.m * spread), None) } else { (1.0 / q.m, Some(spread)) };
            let (a, b) = (a * q.obs.weight, b.unwrap_or(a) * q.obs.weight);
            let w = &q.dm[p..p + t];
            a11.add_outer(a, &g);
            b11.add_outer(b, &g);
            for (j, wj) in w.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                axpy(&mut a12[j], a * wj, &g);
                axpy(&mut b12[j], b * wj, &g);
            }
            axpy(&mut scores, a * (q.obs.y - q.m), w);
            axpy(&mut own, a * (q.obs.y - q.m), &g);
            slopes.push((b, w.to_vec()));
        });
        a11.mirror();
        b11.mirror();
        let factor = a11.cholesky()?;
        let c = a12.iter().map(|v| factor.solve_factored(v)).collect();
        Some(Parts { scores, own, b11, b12, raw, c, slopes })
    }

    /// s of intervention `j`.
    pub fn score(&self, j: usize) -> f64 {
        if self.raw { self.scores[j] } else { self.scores[j] - dot(&self.c[j], &self.own) }
    }

    /// Σ of interventions `i` and `j`.
    pub fn covariance(&self, i: usize, j: usize) -> f64 {
        let b22: f64 = self.slopes.iter().map(|(b, w)| b * w[i] * w[j]).sum();
        b22 - dot(&self.c[i], &self.b12[j]) - dot(&self.c[j], &self.b12[i])
            + dot(&self.c[i], &self.b11.times(&self.c[j]))
    }

    /// T of each intervention alone; 0 where it cannot be told from the columns.
    pub fn each(&self) -> Vec<f64> {
        let one = |j: usize| {
            let b22: f64 = self.slopes.iter().map(|(b, w)| b * w[j] * w[j]).sum();
            let v = self.covariance(j, j);
            if v > 1e-9 * b22 { self.score(j).powi(2) / v } else { 0.0 }
        };
        (0..self.scores.len()).map(one).collect()
    }
}

/// Directions in which the fitted parameters can move, those on bounds held.
fn free_directions(plan: &Plan, series: &Series, e: &Estimate, theta: &[f64], t: usize) -> Vec<Vec<f64>> {
    let (p, k) = (series.p - t, e.theta.len());
    let mut region = plan.admissible(series);
    // The region of the extended series: drop the coordinates of the interventions.
    for b in &mut region.bounds {
        b.a.drain(p..p + t);
        b.a.truncate(k);
    }
    let binds = |i: &&usize| region.bounds.get(**i).is_some_and(|b| b.a.iter().any(|v| *v != 0.0));
    let mut active: Vec<usize> = e.maximum.active.iter().filter(binds).copied().collect();
    for mut a in held_slopes(plan, series, theta, &e.held) {
        a.drain(p..p + t);
        active.push(region.bounds.len());
        region.bounds.push(Bound { a, c: 0.0, text: String::new() });
    }
    null_space(&region, &active, k)
}
