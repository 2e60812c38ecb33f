//! The recursion of the conditional mean and its first derivatives.
//!
//! Before the first step there are no offsets, so that of the first step, `o₁`, is carried back. Written with the offset
//! `õ_t = o_t − o₁` the model is the same, its intercept being that at the exposure of the first step,
//!
//! ```text
//! b̃₀ = b₀ + (1 − Σα) o₁
//! ```
//!
//! and `--init` applies to it: `c = b̃₀/(1 − Σβ − Σα)`, `b̃₀`, or `g̃` of the first recorded count. Counts before the first
//! step enter as `c`; past means, which leave the offset out, as `c − o₁`. Another unit of exposure, `o_t + δ`, moves `b₀`
//! by `−(1 − Σα) δ` and nothing else: `b̃₀`, `c` and every `ν_t` stay. Without an offset `b̃₀ = b₀`. Without an
//! intercept `b̃₀ = 0`, as other columns may hold the level.

use crate::inference::linalg::axpy;
use crate::model::Link;
use crate::model::serial::Init;
use crate::model::series::{Obs, Series};

/// Lags, link and start: all that shapes the recursion. Parameters are `θ = (η, β, α)`: columns, counts, means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    /// Lags of the count.
    pub obs: Vec<usize>,
    /// Lags of the mean.
    pub mean: Vec<usize>,
    /// Log or identity.
    pub link: Link,
    /// Values before the first step.
    pub init: Init,
}

impl Spec {
    /// Number of mean parameters with `p` columns.
    pub fn k(&self, p: usize) -> usize {
        p + self.obs.len() + self.mean.len()
    }

    /// Whether the link is the logarithm.
    pub fn log(&self) -> bool {
        self.link == Link::Log
    }

    /// A count as it enters the recursion: `y`, or `ln(y + 1)` under the log link.
    pub fn input(&self, y: f64) -> f64 {
        if self.log() { y.ln_1p() } else { y }
    }

    /// `Σβ + Σα`.
    pub fn persistence(&self, p: usize, theta: &[f64]) -> f64 {
        theta[p..self.k(p)].iter().sum()
    }

    /// The start of the recursion at `theta`. Under the identity link there is no marginal mean once `Σβ + Σα ≥ 1` (its
    /// formula is negative): the first recorded count stands in. Under the log link `b₀/(1 − Σβ − Σα)` goes on to be used,
    /// as the fixed point of the recursion.
    pub fn start(&self, p: usize, theta: &[f64]) -> Init {
        let explosive = self.init == Init::Marginal && !self.log() && self.persistence(p, theta) >= 1.0;
        if explosive { Init::First } else { self.init }
    }

    /// The longest lag.
    pub fn longest(&self) -> usize {
        self.obs.iter().chain(&self.mean).copied().max().unwrap_or(0)
    }
}

/// One run of the recursion.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// Linear predictor `ν_t`.
    pub nu: Vec<f64>,
    /// Its external part, which past means leave out.
    pub ext: Vec<f64>,
    /// Count of step t as later steps see it (through [`Spec::input`]).
    pub z: Vec<f64>,
    /// ∂ν_t, steps × k; empty when not asked for.
    pub d: Vec<f64>,
    /// ∂z_t where a count is estimated; empty when all are recorded.
    pub dz: Vec<f64>,
    /// Count before the first step, as the recursion sees it.
    pub c: f64,
    /// Its derivative, and that of `past_mean`.
    pub dc: Vec<f64>,
    /// Mean before the first step without its external part, `c − o₁`.
    pub past_mean: f64,
    /// Work space for one row of `d`.
    row: Vec<f64>,
}

impl Path {
    /// Before the first step.
    pub fn empty(spec: &Spec, s: &Series, theta: &[f64]) -> Path {
        let (c, dc) = initial(spec, s, theta);
        let none = Vec::new;
        let past_mean = c - s.first_offset();
        Path { nu: none(), ext: none(), z: none(), d: none(), dz: none(), c, dc, past_mean, row: none() }
    }

    /// `∂ν_t`.
    pub fn row(&self, t: usize, k: usize) -> &[f64] {
        &self.d[t * k..(t + 1) * k]
    }
}

/// Least mean: small enough to say "no count", large enough for its square to be a number.
const LEAST: f64 = 1e-100;

/// Mean from linear predictor.
pub(crate) fn mean(log: bool, nu: f64) -> f64 {
    if log { nu.exp().max(LEAST) } else { nu }
}

/// Whether a mean can be had from `ν`. Under the log link a `ν` as low as it likes means no count: only a step that has one
/// rules it out. (On the edge of the stationary region the marginal start runs off to such values.)
fn admissible(log: bool, nu: f64, y: f64) -> bool {
    match log {
        true => nu < 700.0 && (nu > LEAST.ln() || (nu > -1e9 && (y == 0.0 || y.is_nan()))),
        false => nu > 0.0 && nu.is_finite(),
    }
}

/// The intercept at the exposure of the first step, `b̃₀ = b₀ + (1 − Σα) o₁`, and its derivative; 0 without an intercept.
pub(crate) fn level(spec: &Spec, s: &Series, theta: &[f64]) -> (f64, Vec<f64>) {
    let k = spec.k(s.p);
    let (mut d, means) = (vec![0.0; k], s.p + spec.obs.len());
    let Some(j) = s.intercept else { return (0.0, d) };
    let o = s.first_offset();
    d[j] = 1.0 / s.scale[j];
    d[means..].fill(-o);
    (theta[j] / s.scale[j] + (1.0 - theta[means..k].iter().sum::<f64>()) * o, d)
}

/// The count before the first step and its derivative.
pub(crate) fn initial(spec: &Spec, s: &Series, theta: &[f64]) -> (f64, Vec<f64>) {
    let start = spec.start(s.p, theta);
    if start == Init::First {
        return (spec.input(s.first_count()), vec![0.0; spec.k(s.p)]);
    }
    let (b, mut d) = level(spec, s, theta);
    if start == Init::Iid {
        return (b, d);
    }
    let q = 1.0 / (1.0 - spec.persistence(s.p, theta));
    d.iter_mut().for_each(|v| *v *= q);
    d[s.p..].iter_mut().for_each(|v| *v += b * q * q);
    (b * q, d)
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Depth {
    /// Values only.
    Values,
    /// And first derivatives.
    Slopes,
    /// First derivatives with counts before the first step held fixed: tscount's convention for its information.
    SlopesFixedPast,
    /// Values only, a mean under the identity link that would be under so much held there where no count forbids it.
    Floored(f64),
}

impl Depth {
    fn slopes(self) -> bool {
        matches!(self, Depth::Slopes | Depth::SlopesFixedPast)
    }

    /// `ν` as the run takes it, at a step whose count is `y`.
    fn taken(self, log: bool, nu: f64, y: f64) -> f64 {
        match self {
            Depth::Floored(least) if !log && (y == 0.0 || y.is_nan()) => nu.max(least),
            _ => nu,
        }
    }
}

/// Runs the recursion; `None` where θ is inadmissible (a mean that is not positive and finite).
pub(crate) fn run(spec: &Spec, s: &Series, theta: &[f64], depth: Depth) -> Option<Path> {
    let (k, log) = (spec.k(s.p), spec.log());
    let slopes = depth.slopes();
    let (c, dc) = initial(spec, s, theta);
    if !c.is_finite() || (!log && c < 0.0) {
        return None;
    }
    let estimated = !s.whole || s.obs.len() < s.steps;
    let mut path = Path {
        nu: vec![0.0; s.steps],
        ext: vec![0.0; s.steps],
        z: vec![0.0; s.steps],
        d: if slopes { vec![0.0; s.steps * k] } else { Vec::new() },
        dz: if slopes && estimated { vec![0.0; s.steps * k] } else { Vec::new() },
        c,
        dc,
        past_mean: c - s.first_offset(),
        row: vec![0.0; if slopes { k } else { 0 }],
    };
    let mut counts = if s.whole { Vec::new() } else { vec![0.0; s.steps] };
    for t in 0..s.steps {
        let y = s.exact[t];
        let nu = depth.taken(log, step(spec, s, theta, &mut path, t, depth), y);
        if !admissible(log, nu, y) {
            return None;
        }
        path.nu[t] = nu;
        if y.is_finite() {
            path.z[t] = spec.input(y);
        } else {
            estimate(spec, &mut path, t, k, slopes);
        }
        if !s.whole {
            counts[t] = mean(log, nu);
            let (a, b) = s.closes[t];
            s.obs[a..b].iter().for_each(|o| close(spec, s, &mut path, &mut counts, o, k, slopes));
        }
    }
    Some(path)
}

/// `ν_t` and its derivative.
fn step(spec: &Spec, s: &Series, theta: &[f64], path: &mut Path, t: usize, depth: Depth) -> f64 {
    let (p, k) = (s.p, spec.k(s.p));
    let x = &s.x[t * p..(t + 1) * p];
    let mut nu = s.offset[t] + x.iter().zip(theta).map(|(x, b)| x * b).sum::<f64>();
    path.ext[t] = s.offset[t] + s.external.iter().map(|j| x[*j] * theta[*j]).sum::<f64>();
    // The derivative is built apart, because that of past means is read on the way.
    let mut row = std::mem::take(&mut path.row);
    let d = if depth.slopes() { &mut row[..] } else { &mut [][..] };
    if !d.is_empty() {
        d.fill(0.0);
        d[..p].copy_from_slice(x);
    }
    nu += past_counts(spec, s, theta, path, t, depth, d) + past_means(spec, s, theta, path, t, d);
    if !d.is_empty() {
        path.d[t * k..(t + 1) * k].copy_from_slice(d);
    }
    path.row = row;
    nu
}

/// `Σ β_k g̃(Y_{t−i_k})`, its derivative added to `d` unless that is empty.
fn past_counts(spec: &Spec, s: &Series, theta: &[f64], path: &Path, t: usize, depth: Depth, d: &mut [f64]) -> f64 {
    let k = spec.k(s.p);
    let mut sum = 0.0;
    for (i, lag) in spec.obs.iter().enumerate() {
        let (j, b) = (s.p + i, theta[s.p + i]);
        let z = if t >= *lag {
            let u = t - lag;
            if !d.is_empty() && !path.dz.is_empty() && !s.exact[u].is_finite() {
                axpy(d, b, &path.dz[u * k..(u + 1) * k]);
            }
            path.z[u]
        } else if let Some(y) = s.known_before(lag - t) {
            spec.input(y)
        } else {
            if depth == Depth::Slopes {
                axpy(d, b, &path.dc);
            }
            path.c
        };
        sum += b * z;
        if !d.is_empty() {
            d[j] += z;
        }
    }
    sum
}

/// `Σ α_l (ν_{t−j_l} − e_{t−j_l})`, its derivative added to `d` unless that is empty.
fn past_means(spec: &Spec, s: &Series, theta: &[f64], path: &Path, t: usize, d: &mut [f64]) -> f64 {
    let (p, k) = (s.p, spec.k(s.p));
    let mut sum = 0.0;
    for (i, lag) in spec.mean.iter().enumerate() {
        let j = p + spec.obs.len() + i;
        let a = theta[j];
        let m = if t >= *lag {
            let u = t - lag;
            if !d.is_empty() {
                axpy(d, a, path.row(u, k));
                for c in &s.external {
                    d[*c] -= a * s.x[u * p + c];
                }
            }
            path.nu[u] - path.ext[u]
        } else {
            axpy(d, a, &path.dc);
            path.past_mean
        };
        sum += a * m;
        if !d.is_empty() {
            d[j] += m;
        }
    }
    sum
}

/// The count of an unrecorded step, by its mean.
fn estimate(spec: &Spec, path: &mut Path, t: usize, k: usize, slopes: bool) {
    let mu = mean(spec.log(), path.nu[t]);
    path.z[t] = spec.input(mu);
    if slopes && !path.dz.is_empty() {
        let slope = if spec.log() { mu / (1.0 + mu) } else { 1.0 };
        let (from, to) = (t * k, (t + 1) * k);
        for (z, d) in path.dz[from..to].iter_mut().zip(&path.d[from..to]) {
            *z = slope * d;
        }
    }
}

/// Spreads the count of an aggregate over its steps once it is known.
fn close(spec: &Spec, s: &Series, path: &mut Path, counts: &mut [f64], o: &Obs, k: usize, slopes: bool) {
    let parts = s.parts_of(o);
    if parts.len() == 1 && s.exact[parts[0].0].is_finite() {
        return;
    }
    let log = spec.log();
    let mu = |t: usize| mean(log, path.nu[t]);
    let m: f64 = parts.iter().map(|(t, w)| w * mu(*t)).sum();
    let ratio = o.y / m;
    let mut dm = vec![0.0; if slopes { k } else { 0 }];
    if slopes {
        for (t, w) in parts {
            axpy(&mut dm, w * if log { mu(*t) } else { 1.0 }, path.row(*t, k));
        }
    }
    for (t, w) in parts {
        let before = counts[*t];
        let level = mu(*t);
        counts[*t] = (before + w * level * (ratio - 1.0)).max(0.0);
        path.z[*t] = spec.input(counts[*t]);
        if slopes {
            // dz holds ∂ input(count); turn it into ∂ count, add this observation's part, and back.
            let from = t * k;
            let (was, is) = if log { (1.0 + before, 1.0 / (1.0 + counts[*t])) } else { (1.0, 1.0) };
            let up = w * (ratio - 1.0) * if log { level } else { 1.0 };
            let down = w * level * ratio / m;
            let (dz, d) = (&mut path.dz[from..from + k], &path.d[from..from + k]);
            for ((z, d), m) in dz.iter_mut().zip(d).zip(&dm) {
                *z = (*z * was + up * d - down * m) * is;
            }
        }
    }
}
