//! The recursion of the log mean and its first derivatives.

use crate::family::Family;
use crate::inference::linalg::axpy;
use crate::model::ingarch::dispersed;
use crate::model::serial::Residual;
use crate::model::series::{Obs, Series};

/// All that shapes the recursion. Parameters are `δ = (β, φ, θ)` and the dispersion `a` of NB1 and NB2.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    /// Autoregressive lags.
    pub ar: Vec<usize>,
    /// Moving-average lags.
    pub ma: Vec<usize>,
    /// What drives `Z`.
    pub residual: Residual,
    /// Family, which sets the variance that residuals are scaled by.
    pub family: Family,
}

impl Spec {
    /// Mean parameters with `p` columns.
    pub fn k(&self, p: usize) -> usize {
        p + self.ar.len() + self.ma.len()
    }

    /// All parameters.
    pub fn dim(&self, p: usize) -> usize {
        self.k(p) + usize::from(dispersed(self.family))
    }

    /// Variance, its slope in the mean and in the dispersion.
    pub fn variance(&self, mu: f64, a: f64) -> (f64, f64, f64) {
        match self.family {
            Family::Nb2 => (mu + a * mu * mu, 1.0 + 2.0 * a * mu, mu * mu),
            Family::Nb1 => (mu * (1.0 + a), 1.0 + a, mu),
            _ => (mu, 1.0, 0.0),
        }
    }

    /// What turns `y − μ` into `e`: `V^{−1/2}`, `1/V` or 1, and its slopes in μ and a.
    fn factor(&self, mu: f64, a: f64) -> (f64, f64, f64) {
        let (v, dv, da) = self.variance(mu, a);
        let power = match self.residual {
            Residual::Pearson => 0.5,
            Residual::Score => 1.0,
            Residual::Identity => return (1.0, 0.0, 0.0),
        };
        let f = v.powf(-power);
        (f, -power * f / v * dv, -power * f / v * da)
    }

    /// Residual of a count.
    pub fn residual(&self, y: f64, mu: f64, a: f64) -> f64 {
        (y - mu) * self.factor(mu, a).0
    }
}

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// Log mean `W_t`.
    pub w: Vec<f64>,
    /// `Z_t`.
    pub z: Vec<f64>,
    /// Residual `e_t`, 0 where the count is not known.
    pub e: Vec<f64>,
    /// ∂W_t, steps × dim; empty when not asked for.
    pub d: Vec<f64>,
    /// ∂Z_t.
    dz: Vec<f64>,
    /// ∂e_t.
    de: Vec<f64>,
}

impl Path {
    /// Before the first step.
    pub fn empty() -> Self {
        let none = Vec::new;
        Path { w: none(), z: none(), e: none(), d: none(), dz: none(), de: none() }
    }

    /// `∂W_t`.
    pub fn row(&self, t: usize, dim: usize) -> &[f64] {
        &self.d[t * dim..(t + 1) * dim]
    }
}

/// Runs the recursion; `None` where a mean overflows.
pub(crate) fn run(spec: &Spec, s: &Series, delta: &[f64], slopes: bool) -> Option<Path> {
    let (p, n) = (s.p, s.steps);
    let dim = if slopes { spec.dim(p) } else { 0 };
    let a = if dispersed(spec.family) { delta[spec.k(p)] } else { 0.0 };
    let zeros = |size: usize| vec![0.0; size];
    let (d, dz, de) = (zeros(n * dim), zeros(n * dim), zeros(n * dim));
    let mut q = Path { w: zeros(n), z: zeros(n), e: zeros(n), d, dz, de };
    let (mut excess, mut dexcess) = if s.whole { (zeros(0), zeros(0)) } else { (zeros(n), zeros(n * dim)) };
    let mut row = zeros(dim);
    for t in 0..n {
        q.z[t] = step(spec, p, delta, &q, t, dim, &mut row);
        let x = &s.x[t * p..(t + 1) * p];
        q.w[t] = s.offset[t] + x.iter().zip(delta).map(|(x, b)| x * b).sum::<f64>() + q.z[t];
        if q.w[t].is_nan() || q.w[t].abs() > 700.0 {
            return None;
        }
        if slopes {
            q.dz[t * dim..(t + 1) * dim].copy_from_slice(&row);
            axpy(&mut row, 1.0, x);
            q.d[t * dim..(t + 1) * dim].copy_from_slice(&row);
        }
        if s.exact[t].is_finite() {
            recorded(spec, &mut q, t, s.exact[t], a, dim);
        }
        if !s.whole {
            let (from, to) = s.closes[t];
            s.obs[from..to].iter().for_each(|o| close(spec, s, &mut q, o, a, (&mut excess, &mut dexcess), dim));
        }
    }
    Some(q)
}

/// Residual of a step whose count is recorded.
fn recorded(spec: &Spec, q: &mut Path, t: usize, y: f64, a: f64, dim: usize) {
    let mu = q.w[t].exp();
    let (f, fm, fa) = spec.factor(mu, a);
    q.e[t] = (y - mu) * f;
    let c = mu * ((y - mu) * fm - f);
    let (e, d) = (&mut q.de[t * dim..(t + 1) * dim], &q.d[t * dim..(t + 1) * dim]);
    e.iter_mut().zip(d).for_each(|(e, d)| *e = c * d);
    if let (true, Some(last)) = (dispersed(spec.family), e.last_mut()) {
        *last += (y - mu) * fa;
    }
}

/// `Z_t`; its derivative goes to `dz`, which is empty when not asked for.
fn step(spec: &Spec, p: usize, delta: &[f64], q: &Path, t: usize, dim: usize, dz: &mut [f64]) -> f64 {
    dz.fill(0.0);
    let mut z = 0.0;
    for (i, lag) in spec.ar.iter().enumerate().filter(|(_, l)| **l <= t) {
        let (u, phi) = (t - lag, delta[p + i]);
        z += phi * (q.z[u] + q.e[u]);
        if !dz.is_empty() {
            axpy(dz, phi, &q.dz[u * dim..(u + 1) * dim]);
            axpy(dz, phi, &q.de[u * dim..(u + 1) * dim]);
            dz[p + i] += q.z[u] + q.e[u];
        }
    }
    for (i, lag) in spec.ma.iter().enumerate().filter(|(_, l)| **l <= t) {
        let (u, j) = (t - lag, p + spec.ar.len() + i);
        z += delta[j] * q.e[u];
        if !dz.is_empty() {
            axpy(dz, delta[j], &q.de[u * dim..(u + 1) * dim]);
            dz[j] += q.e[u];
        }
    }
    z
}

/// Spreads the residual of an aggregate over its steps once its count is known: `ŷ_s − μ_s = w μ_s (y/m − 1)`.
fn close(
    spec: &Spec,
    s: &Series,
    q: &mut Path,
    o: &Obs,
    a: f64,
    (excess, dexcess): (&mut [f64], &mut [f64]),
    dim: usize,
) {
    let parts = s.parts_of(o);
    if parts.len() == 1 && s.exact[parts[0].0].is_finite() {
        return;
    }
    let m: f64 = parts.iter().map(|(t, w)| w * q.w[*t].exp()).sum();
    let ratio = o.y / m;
    let mut dm = vec![0.0; dim];
    if dim > 0 {
        parts.iter().for_each(|(t, w)| axpy(&mut dm, w * q.w[*t].exp(), q.row(*t, dim)));
    }
    for (t, w) in parts {
        let (t, mu) = (*t, q.w[*t].exp());
        excess[t] += w * mu * (ratio - 1.0);
        let (f, fm, fa) = spec.factor(mu, a);
        q.e[t] = excess[t] * f;
        for i in 0..dim {
            let d = q.d[t * dim + i];
            dexcess[t * dim + i] += w * mu * ((ratio - 1.0) * d - ratio / m * dm[i]);
            q.de[t * dim + i] = dexcess[t * dim + i] * f + excess[t] * fm * mu * d;
        }
        if dim > 0 && dispersed(spec.family) {
            q.de[t * dim + dim - 1] += excess[t] * fa;
        }
    }
}

/// Largest reflection coefficient of the autoregression: below 1 exactly when it is stationary (Schur and Cohn).
pub(crate) fn reflection(spec: &Spec, p: usize, delta: &[f64]) -> f64 {
    let longest = spec.ar.iter().copied().max().unwrap_or(0);
    let mut c = vec![0.0; longest];
    for (i, lag) in spec.ar.iter().enumerate() {
        c[lag - 1] = delta[p + i];
    }
    let mut largest = 0.0f64;
    while let Some(k) = c.pop() {
        largest = largest.max(k.abs());
        if k.is_nan() || k.abs() >= 1.0 {
            return f64::INFINITY;
        }
        let n = c.len();
        let old = c.clone();
        for (i, v) in c.iter_mut().enumerate() {
            *v = (old[i] + k * old[n - 1 - i]) / (1.0 - k * k);
        }
    }
    largest
}
