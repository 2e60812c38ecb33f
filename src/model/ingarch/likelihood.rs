//! The conditional log-likelihood with its gradient and Hessian, and the information matrices.
//!
//! With `ℓ_i` a function of the observation's mean `m_i = Σ w μ_s` and of the dispersion `a` (for an NB2 aggregate
//! `a Σ(w μ_s)²/m_i²`, which matches its variance), and `c_t = ∂ℓ/∂ν_t`:
//!
//! - gradient `Σ_i ℓ_m ∂m_i`;
//! - Hessian `Σ_t (ℓ_mm μ'² + ℓ_m μ'') ∂ν_t ∂ν_t' + Σ_t c_t ∂²ν_t`. Because `∂²ν_t = Σ_l α_l ∂²ν_{t−l} + M_t`, the last sum is
//!   `Σ_t u_t M_t` with the adjoint `u_t = c_t + Σ_l α_l u_{t+l}`: no second derivatives are stored. With aggregates or
//!   unrecorded steps it is a central difference of the gradient.

use super::recursion::{Depth, Path, Spec, level, mean, run};
use crate::family::Family;
use crate::inference::count_density::{Rising, Terms, rising, terms};
use crate::inference::linalg::{Matrix, axpy, dot};
use crate::inference::objective::{Objective, difference_hessian};
use crate::model::Link;
use crate::model::serial::Init;
use crate::model::series::{Obs, Series};

/// The log-likelihood of a series; parameters `(η, β, α)` and, for NB1 and NB2, the dispersion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Likelihood<'a> {
    pub spec: &'a Spec,
    pub series: &'a Series,
    pub family: Family,
}

/// Whether a family has a dispersion that the likelihood estimates.
pub(crate) fn dispersed(family: Family) -> bool {
    matches!(family, Family::Nb1 | Family::Nb2)
}

/// Mean of one observation and, for NB2 aggregates, what multiplies the dispersion.
pub(crate) struct Point<'b> {
    pub obs: &'b Obs,
    pub m: f64,
    pub dm: &'b [f64],
    pub ratio: f64,
    pub dratio: &'b [f64],
}

impl Likelihood<'_> {
    /// Number of mean parameters.
    pub fn k(&self) -> usize {
        self.spec.k(self.series.p)
    }

    /// The dispersion of a parameter vector; 0 for the Poisson.
    pub fn dispersion(&self, theta: &[f64]) -> f64 {
        if dispersed(self.family) { theta[self.k()] } else { 0.0 }
    }

    /// Visits every observation of a path in order; the derivatives are empty when the path has none.
    pub fn visit(&self, path: &Path, mut f: impl FnMut(Point)) {
        let (s, log) = (self.series, self.spec.log());
        let k = if path.d.is_empty() { 0 } else { self.k() };
        let (mut dm, mut dratio) = (vec![0.0; k], vec![0.0; if s.whole { 0 } else { k }]);
        for o in &s.obs {
            let parts = s.parts_of(o);
            if let [(t, w)] = parts
                && *w == 1.0
            {
                let m = mean(log, path.nu[*t]);
                let slope = if log { m } else { 1.0 };
                dm.iter_mut().zip(path.d.iter().skip(t * k)).for_each(|(a, b)| *a = slope * b);
                dratio.fill(0.0);
                f(Point { obs: o, m, dm: &dm, ratio: 1.0, dratio: &dratio });
                continue;
            }
            let m: f64 = parts.iter().map(|(t, w)| w * mean(log, path.nu[*t])).sum();
            let squares: f64 = parts.iter().map(|(t, w)| (w * mean(log, path.nu[*t])).powi(2)).sum();
            let ratio = squares / (m * m);
            dm.fill(0.0);
            dratio.fill(0.0);
            if k > 0 {
                for (t, w) in parts {
                    let mu = mean(log, path.nu[*t]);
                    let slope = w * if log { mu } else { 1.0 };
                    axpy(&mut dm, slope, path.row(*t, k));
                    axpy(&mut dratio, 2.0 * w * mu * slope / (m * m), path.row(*t, k));
                }
                axpy(&mut dratio, -2.0 * ratio / m, &dm);
            }
            f(Point { obs: o, m, dm: &dm, ratio, dratio: &dratio });
        }
    }

    /// Terms of one observation, given a table of rising sums at the dispersion itself.
    pub fn terms(&self, table: &Option<Rising>, y: f64, m: f64, a: f64, ratio: f64) -> Terms {
        let sums = match (table, ratio == 1.0) {
            (Some(t), true) => t.at(y),
            (Some(_), false) => rising(a * ratio, y),
            (None, _) => [0.0; 3],
        };
        let share = if self.family == Family::Nb2 { ratio } else { 1.0 };
        terms(self.family, y, m, a * share, sums)
    }

    /// The table of rising sums that [`Likelihood::terms`] wants.
    pub fn table(&self, a: f64) -> Option<Rising> {
        (self.family == Family::Nb2).then(|| Rising::new(a, self.series.largest))
    }

    fn admissible_dispersion(&self, a: f64) -> bool {
        // Slightly below 0 is allowed, so that derivatives at the boundary can be differenced.
        a.is_finite() && a * self.series.largest > -1e-3
    }

    /// Scores of each observation, `n × dim`, in the order of the series.
    pub fn scores(&self, theta: &[f64]) -> Option<Vec<Vec<f64>>> {
        let path = run(self.spec, self.series, theta, Depth::Slopes)?;
        let a = self.dispersion(theta);
        let table = self.table(a);
        let mut rows = Vec::with_capacity(self.series.obs.len());
        self.visit(&path, |q| {
            let t = self.terms(&table, q.obs.y, q.m, a, q.ratio);
            let mut g = vec![0.0; self.dim()];
            self.add_gradient(&mut g, &q, &t, a);
            rows.push(g);
        });
        Some(rows)
    }

    fn add_gradient(&self, g: &mut [f64], q: &Point, t: &Terms, a: f64) {
        let (k, w) = (self.k(), q.obs.weight);
        axpy(&mut g[..k], w * t.m, q.dm);
        if dispersed(self.family) {
            if self.family == Family::Nb2 && q.ratio != 1.0 {
                axpy(&mut g[..k], w * t.a * a, q.dratio);
                g[k] += w * t.a * q.ratio;
            } else {
                g[k] += w * t.a;
            }
        }
    }

    /// `Σ weight(m) ∂m ∂m'` over observations, by [`Depth::SlopesFixedPast`].
    pub fn information(&self, theta: &[f64], weight: impl Fn(&Point) -> f64) -> Option<Matrix> {
        let path = run(self.spec, self.series, theta, Depth::SlopesFixedPast)?;
        let mut a = Matrix::zeros(self.k());
        self.visit(&path, |q| a.add_outer(q.obs.weight * weight(&q), q.dm));
        a.mirror();
        Some(a)
    }

    fn exact_hessian(&self, theta: &[f64]) -> Option<Matrix> {
        let (s, k, log) = (self.series, self.k(), self.spec.log());
        let path = run(self.spec, s, theta, Depth::Slopes)?;
        let a = self.dispersion(theta);
        let table = self.table(a);
        let mut h = Matrix::zeros(self.dim());
        let mut u = vec![0.0; s.steps];
        let mut cross = vec![0.0; k];
        let mut aa = 0.0;
        for (t, o) in s.obs.iter().enumerate() {
            let m = mean(log, path.nu[t]);
            let (d1, d2) = if log { (m, m) } else { (1.0, 0.0) };
            let e = self.terms(&table, o.y, m, a, 1.0);
            h.add_outer(o.weight * (e.mm * d1 * d1 + e.m * d2), path.row(t, k));
            axpy(&mut cross, o.weight * e.ma * d1, path.row(t, k));
            aa += o.weight * e.aa;
            u[t] = o.weight * e.m * d1;
        }
        self.add_curvature(&mut h, &path, theta, u);
        if dispersed(self.family) {
            for (j, c) in cross.iter().enumerate() {
                h.set(k, j, *c);
            }
            h.set(k, k, aa);
        }
        h.mirror();
        Some(h)
    }

    /// Whether second derivatives have a closed form: every step recorded whole.
    fn has_exact_hessian(&self) -> bool {
        let s = self.series;
        s.whole && s.obs.len() == s.steps && matches!(self.spec.link, Link::Log | Link::Identity)
    }

    /// `Σ c_t ∂²ν_t`, by difference where it has no closed form.
    pub fn predictor_curvature(&self, theta: &[f64], weights: Vec<f64>) -> Option<Matrix> {
        if !self.has_exact_hessian() {
            return Some(difference_hessian(&Predictors { likelihood: self, weights }, theta));
        }
        let path = run(self.spec, self.series, theta, Depth::Slopes)?;
        let mut h = Matrix::zeros(self.dim());
        self.add_curvature(&mut h, &path, theta, weights);
        h.mirror();
        Some(h)
    }

    /// Adds `Σ c_t ∂²ν_t` by the adjoint; `u` holds `c` on entry.
    fn add_curvature(&self, h: &mut Matrix, path: &Path, theta: &[f64], mut u: Vec<f64>) {
        let (s, spec, k) = (self.series, self.spec, self.k());
        let at = s.p + spec.obs.len();
        for t in (0..s.steps).rev() {
            let c = u[t];
            for (i, lag) in spec.mean.iter().enumerate().filter(|(_, l)| **l <= t) {
                u[t - lag] += theta[at + i] * c;
            }
        }
        // Weight of ∂²c, the curvature of the value before the first step.
        let mut start = 0.0;
        for (i, lag) in spec.mean.iter().enumerate() {
            let mut r = vec![0.0; k];
            for (back, w) in u.iter().skip(*lag).enumerate() {
                axpy(&mut r, *w, path.row(back, k));
                for c in &s.external {
                    r[*c] -= w * s.x[back * s.p + c];
                }
            }
            let early: f64 = u[..(*lag).min(s.steps)].iter().sum();
            axpy(&mut r, early, &path.dc);
            start += theta[at + i] * early;
            h.add_cross(1.0, at + i, &r);
        }
        for (i, lag) in spec.obs.iter().enumerate() {
            let early: f64 = (0..(*lag).min(s.steps)).filter(|t| s.known_before(lag - t).is_none()).map(|t| u[t]).sum();
            h.add_cross(early, s.p + i, &path.dc);
            start += theta[s.p + i] * early;
        }
        self.add_start_curvature(h, theta, start);
    }

    /// `∂²c` of the marginal start `c = q b̃₀` with `q = 1/(1 − S)`: `2 q³ b̃₀ 1 1' + q² (∂b̃₀ 1' + 1 ∂b̃₀')`, `1` over the lags.
    fn add_start_curvature(&self, h: &mut Matrix, theta: &[f64], weight: f64) {
        let (s, k) = (self.series, self.k());
        if self.spec.start(s.p, theta) != Init::Marginal || s.intercept.is_none() {
            return;
        }
        let (level, slope) = level(self.spec, s, theta);
        let q = 1.0 / (1.0 - self.spec.persistence(s.p, theta));
        let mut lags = vec![0.0; k];
        lags[s.p..].fill(1.0);
        h.add_outer(weight * 2.0 * level * q.powi(3), &lags);
        for (j, d) in slope.iter().enumerate().filter(|(_, d)| **d != 0.0) {
            h.add_cross(weight * q * q * d, j, &lags);
        }
    }
}

impl Objective for Likelihood<'_> {
    fn dim(&self) -> usize {
        self.k() + usize::from(dispersed(self.family))
    }

    fn value(&self, theta: &[f64]) -> f64 {
        let a = self.dispersion(theta);
        let Some(path) = run(self.spec, self.series, theta, Depth::Values) else { return f64::NEG_INFINITY };
        if !self.admissible_dispersion(a) {
            return f64::NEG_INFINITY;
        }
        let table = self.table(a);
        let mut sum = 0.0;
        self.visit(&path, |q| {
            sum += q.obs.weight * (self.terms(&table, q.obs.y, q.m, a, q.ratio).l - q.obs.ln_factorial);
        });
        sum
    }

    fn gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let a = self.dispersion(theta);
        let Some(path) = run(self.spec, self.series, theta, Depth::Slopes) else { return f64::NEG_INFINITY };
        if !self.admissible_dispersion(a) {
            return f64::NEG_INFINITY;
        }
        let table = self.table(a);
        let mut sum = 0.0;
        self.visit(&path, |q| {
            let t = self.terms(&table, q.obs.y, q.m, a, q.ratio);
            sum += q.obs.weight * (t.l - q.obs.ln_factorial);
            self.add_gradient(gradient, &q, &t, a);
        });
        sum
    }

    fn hessian(&self, theta: &[f64]) -> Matrix {
        if self.has_exact_hessian() {
            return self.exact_hessian(theta).unwrap_or_else(|| Matrix::zeros(self.dim()));
        }
        difference_hessian(self, theta)
    }
}

/// `Σ c_t ν_t`, for its second derivatives.
struct Predictors<'a> {
    likelihood: &'a Likelihood<'a>,
    weights: Vec<f64>,
}

impl Objective for Predictors<'_> {
    fn dim(&self) -> usize {
        self.likelihood.dim()
    }

    fn value(&self, theta: &[f64]) -> f64 {
        let path = run(self.likelihood.spec, self.likelihood.series, theta, Depth::Values);
        path.map_or(f64::NEG_INFINITY, |p| dot(&p.nu, &self.weights))
    }

    fn gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let (l, k) = (self.likelihood, self.likelihood.k());
        let Some(path) = run(l.spec, l.series, theta, Depth::Slopes) else { return f64::NEG_INFINITY };
        for (t, c) in self.weights.iter().enumerate().filter(|(_, c)| **c != 0.0) {
            axpy(&mut gradient[..k], *c, path.row(t, k));
        }
        dot(&path.nu, &self.weights)
    }
}
