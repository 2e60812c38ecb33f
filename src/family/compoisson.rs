//! Conway–Maxwell–Poisson of mean μ: P(y) = λ^y / ((y!)^ν Z(λ, ν)), Z = Σ_k λ^k / (k!)^ν, with λ such that the mean is μ
//! (Huang 2017, "Mean-parametrized Conway–Maxwell–Poisson regression models for dispersed counts", Statistical Modelling
//! 17, 359–380). ν > 1 is underdispersed, ν = 1 the Poisson, ν < 1 overdispersed; the variance is about μ/ν.
//!
//! With η = ln λ, V = var Y, L = ln Y!, C = cov(Y, L): ∂μ/∂η = V and ∂μ/∂ν = −C. So at fixed μ, ∂η/∂ν = C/V, and
//! ∂ℓ/∂μ = (y − μ)/V, ∂ℓ/∂ν = E L − ln y! + (y − μ) C/V; the second derivatives need third moments.

mod large;

use super::Slopes;
use crate::Rng;
use crate::inference::special::{left_out, ln_factorial};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use std::sync::OnceLock;

/// Most terms of a series that are summed; beyond (ν near 0, huge means) there is no value.
const MAX_TERMS: usize = 100_000;

/// Least ν: below it the law is the geometric for all that data can tell, and its series grows long.
pub const LEAST_NU: f64 = 0.02;

/// The law at its λ: ln λ, ln Z, and moments of Y and L = ln Y!.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moments {
    /// ln λ.
    pub eta: f64,
    /// ln Z.
    pub ln_z: f64,
    /// Mean of Y.
    pub mean: f64,
    /// Variance of Y.
    pub v: f64,
    /// Mean of L.
    pub l: f64,
    /// cov(Y, L).
    pub c: f64,
    /// var L.
    pub ll: f64,
    /// Third central moments E yyy, E yyl, E yll.
    pub third: [f64; 3],
}

/// Largest term of the series: (its k, its log).
fn mode(eta: f64, nu: f64) -> (f64, f64) {
    let k = (eta / nu).exp().floor().min(super::MAX_COUNT);
    (k, k * eta - nu * ln_factorial(k))
}

/// ln k from a table where k is small: a term of a series then costs one exponential.
struct Logs(&'static [f64]);

impl Logs {
    fn table() -> Logs {
        static TABLE: OnceLock<Vec<f64>> = OnceLock::new();
        Logs(TABLE.get_or_init(|| (0..4096).map(|k| f64::from(k).ln()).collect()))
    }

    #[inline]
    fn of(&self, k: f64) -> f64 {
        self.0.get(k as usize).copied().unwrap_or_else(|| k.ln())
    }
}

/// Calls `add(k, term relative to the largest, ln k! less that of the largest term)` over all terms that count; false when
/// there are too many.
#[inline]
fn terms(eta: f64, nu: f64, mut add: impl FnMut(f64, f64, f64)) -> bool {
    let logs = Logs::table();
    let (top, _) = mode(eta, nu);
    let (mut k, mut log, mut l) = (top, 0.0_f64, 0.0);
    let mut count = 0;
    while k >= 0.0 && log > -42.0 && count < MAX_TERMS {
        add(k, log.exp(), l);
        let ln_k = logs.of(k);
        log += nu * ln_k - eta;
        l -= ln_k;
        k -= 1.0;
        count += 1;
    }
    k = top + 1.0;
    l = logs.of(k);
    log = eta - nu * l;
    while log > -42.0 && count < MAX_TERMS {
        add(k, log.exp(), l);
        k += 1.0;
        let ln_k = logs.of(k);
        l += ln_k;
        log += eta - nu * ln_k;
        count += 1;
    }
    count < MAX_TERMS
}

/// Mean and variance only, and ln Z; `None` when the series is too long.
fn mean_variance(eta: f64, nu: f64) -> Option<(f64, f64, f64)> {
    let (top, log_top) = mode(eta, nu);
    let (mut z, mut s1, mut s2) = (0.0, 0.0, 0.0);
    let good = terms(eta, nu, |k, p, _| {
        let d = k - top;
        z += p;
        s1 += p * d;
        s2 += p * d * d;
    });
    let m = s1 / z;
    good.then(|| (top + m, s2 / z - m * m, log_top + z.ln()))
}

/// Solves for ln λ by Newton on the log mean, kept inside a bracket: (ln λ, ln Z); `None` when the series is too long.
pub fn solve(mu: f64, nu: f64) -> Option<(f64, f64)> {
    if !(mu > 0.0 && nu >= LEAST_NU && mu < 1e12) {
        return None;
    }
    // λ ≈ (μ + (ν − 1)/(2ν))^ν (Shmueli and others 2005, Applied Statistics 54, 127–142), and λ ≈ μ for small means.
    let base = mu + (nu - 1.0) / (2.0 * nu);
    let mut eta = if base > 0.5 { nu * base.ln() } else { mu.ln().min(-1e-3) };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut best = None;
    for _ in 0..60 {
        let Some((mean, v, ln_z)) = mean_variance(eta, nu) else {
            high = eta;
            eta = if low.is_finite() { 0.5 * (low + high) } else { eta - 0.5 * nu.min(1.0) };
            continue;
        };
        let step = (mu / mean).ln() * mean / v;
        if (mean - mu).abs() < 1e-9 * mu {
            best = Some((eta, ln_z));
        }
        if (mean - mu).abs() <= 1e-14 * mu || step.abs() < 1e-15 * (1.0 + eta.abs()) {
            break;
        }
        (low, high) = if mean < mu { (eta, high) } else { (low, eta) };
        let next = eta + step.clamp(-1.0, 1.0);
        eta = if next > low && next < high { next } else { 0.5 * (low + high) };
    }
    best
}

/// All moments at mean μ.
pub fn moments(mu: f64, nu: f64) -> Option<Moments> {
    let (eta, ln_z) = solve(mu, nu)?;
    let (top, log_top) = mode(eta, nu);
    let l_top = ln_factorial(top);
    let (mut z, mut sums) = (0.0, [0.0; 8]);
    terms(eta, nu, |k, p, l| {
        let y = k - top;
        z += p;
        for (s, x) in sums.iter_mut().zip([y, l, y * y, y * l, l * l, y * y * y, y * y * l, y * l * l]) {
            *s += p * x;
        }
    });
    debug_assert!((log_top + z.ln() - ln_z).abs() < 1e-6 * (1.0 + ln_z.abs()));
    let [y, l, yy, yl, ll, yyy, yyl, yll] = sums.map(|s| s / z);
    let (v, c, var_l) = (yy - y * y, yl - y * l, ll - l * l);
    let third = [
        yyy - 3.0 * y * yy + 2.0 * y * y * y,
        yyl - 2.0 * y * yl - l * yy + 2.0 * y * y * l,
        yll - 2.0 * l * yl - y * ll + 2.0 * y * l * l,
    ];
    Some(Moments { eta, ln_z, mean: top + y, v, l: l_top + l, c, ll: var_l, third })
}

/// ln P(y), whole y ≥ 0.
pub fn log_pmf(y: f64, mu: f64, nu: f64) -> f64 {
    if mu <= 0.0 {
        return if y == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    if large::holds(mu, nu) {
        return large::log_pmf(y, large::solve(mu, nu), nu);
    }
    solve(mu, nu).map_or(f64::NEG_INFINITY, |(eta, ln_z)| y * eta - nu * ln_factorial(y) - ln_z)
}

/// Variance at mean μ; μ/ν where the series is too long.
pub fn variance(mu: f64, nu: f64) -> f64 {
    if large::holds(mu, nu) {
        return large::moments(mu.floor(), mu, large::solve(mu, nu), nu).v;
    }
    let exact = solve(mu, nu).and_then(|(eta, _)| mean_variance(eta, nu));
    exact.map_or(mu / nu, |(_, v, _)| v)
}

/// P(Y ≤ y).
pub fn cdf(y: f64, mu: f64, nu: f64) -> f64 {
    if large::holds(mu, nu) {
        return large::cdf(y, mu, nu);
    }
    let Some((eta, _)) = solve(mu, nu) else { return 1.0 };
    let (mut below, mut all) = (0.0, 0.0);
    terms(eta, nu, |k, p, _| {
        all += p;
        below += if k <= y { p } else { 0.0 };
    });
    below / all
}

/// One draw, by walking the terms outwards from the mode until their share passes a uniform number.
pub fn draw(mu: f64, nu: f64, rng: &mut Rng) -> f64 {
    if large::holds(mu, nu) {
        return large::at_normal(StandardNormal.sample(rng), mu, nu);
    }
    let Some((eta, _)) = solve(mu, nu) else { return super::poisson::draw(mu, rng) };
    let mut all = 0.0;
    terms(eta, nu, |_, p, _| all += p);
    let u = rng.random::<f64>() * all;
    let (mut sum, mut drawn) = (0.0, None);
    terms(eta, nu, |k, p, _| {
        sum += p;
        if sum > u && drawn.is_none() {
            drawn = Some(k);
        }
    });
    drawn.unwrap_or_else(|| mode(eta, nu).0)
}

/// Log-likelihood less what depends on y alone, and its derivatives in μ and `t` = ln ν; minus infinity where there is no value.
pub fn slopes(y: f64, mu: f64, nu: f64) -> Slopes {
    if large::holds(mu, nu) { by_series(y, mu, nu) } else { by_sum(y, mu, nu) }
}

fn by_series(y: f64, mu: f64, nu: f64) -> Slopes {
    let a = large::solve(mu, nu);
    slopes_at(&large::moments(y, mu, a, nu), 0.0, large::log_pmf(y, a, nu) + left_out(y), (y, mu, nu))
}

fn by_sum(y: f64, mu: f64, nu: f64) -> Slopes {
    let Some(m) = moments(mu, nu) else { return Slopes { ll: f64::NEG_INFINITY, ..Slopes::default() } };
    let ln_y = ln_factorial(y);
    slopes_at(&m, ln_y, y * m.eta - nu * ln_y - m.ln_z + left_out(y), (y, mu, nu))
}

/// From the moments, with `ln_y` the value of L at y on their scale.
fn slopes_at(m: &Moments, ln_y: f64, ll: f64, (y, mu, nu): (f64, f64, f64)) -> Slopes {
    let (d, ratio) = (y - mu, m.c / m.v);
    let [yyy, yyl, yll] = m.third;
    // Along ν at fixed μ: dη/dν = C/V.
    let v_nu = ratio * yyy - yyl;
    let c_nu = ratio * yyl - yll;
    let first = m.l - ln_y + d * ratio;
    let second = m.c * ratio - m.ll + d * (c_nu - ratio * v_nu) / m.v;
    Slopes {
        ll,
        m: d / m.v,
        t: nu * first,
        mm: -1.0 / m.v - d * yyy / (m.v * m.v * m.v),
        mt: -nu * d * v_nu / (m.v * m.v),
        tt: nu * first + nu * nu * second,
    }
}

/// Twice the log-likelihood ratio to μ = y: the unit deviance.
pub fn unit_deviance(y: f64, mu: f64, nu: f64) -> f64 {
    let at_y = if y == 0.0 { 0.0 } else { log_pmf(y, y, nu) };
    2.0 * (at_y - log_pmf(y, mu, nu)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nu_of_one_is_the_poisson() {
        for (y, mu) in [(0.0, 0.2), (3.0, 2.5), (40.0, 31.0), (1047.0, 1127.0)] {
            let expected = crate::family::poisson::log_pmf(y, mu);
            assert!((log_pmf(y, mu, 1.0) - expected).abs() < 1e-11 * (1.0 + expected.abs()), "{y} {mu}");
            assert!((variance(mu, 1.0) / mu - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn nu_of_zero_tends_to_the_geometric() {
        // ν → 0 with λ < 1 is geometric, P(0) = 1/(1 + μ); the difference is of order ν.
        let mu = 1.5_f64;
        let gap = |nu: f64| log_pmf(0.0, mu, nu) + mu.ln_1p();
        assert!(gap(0.02).abs() < 0.02 && (gap(0.04) / gap(0.02) - 2.0).abs() < 0.1, "{} {}", gap(0.02), gap(0.04));
    }
}
