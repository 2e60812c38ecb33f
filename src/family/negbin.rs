//! Negative binomial of mean μ and size r: variance μ + μ²/r, and
//! P(y) = Γ(y + r) / (Γ(r) y!) (r/(r + μ))^r (μ/(r + μ))^y (Hilbe 2011, *Negative Binomial Regression*, 2nd ed., ch. 8).
//!
//! NB2 holds r = θ; NB1 holds r = μ/φ. All differences that vanish as r → ∞ are formed without cancellation, so that
//! the Poisson limit is reached smoothly.

use super::{Slopes, poisson};
use crate::Rng;
use crate::inference::special::{HALF_LN_2PI, LARGE, Remainders, log_ratio, log_ratio_less, remainders};
use rand_distr::Distribution as _;
use statrs::distribution::DiscreteCDF as _;

/// Sizes above this are the Poisson to the last digit that matters.
const POISSON_SIZE: f64 = 1e30;

/// statrs' incomplete beta loses digits in proportion to the size; beyond this the tail is summed.
const SUM_TAIL_FROM: f64 = 1e4;

/// Variance beyond which neither has digits or an end: panels of terms are taken.
const PANELS_FROM: f64 = 1e9;

/// ln P(y), whole y ≥ 0.
pub fn log_pmf(y: f64, mu: f64, r: f64) -> f64 {
    if r > POISSON_SIZE || mu <= 0.0 {
        return poisson::log_pmf(y, mu);
    }
    if y == 0.0 {
        return -r * (mu / r).ln_1p();
    }
    let at_r = r * log_ratio_less(r + y, r + mu, y - mu);
    let at_y = y * log_ratio_less((r + y) * mu, y * (r + mu), r * (mu - y));
    let stirling = remainders(r + y).s - remainders(r).s - remainders(y).s;
    at_r + at_y + stirling - 0.5 * ((y / r).ln_1p() + y.ln()) - HALF_LN_2PI
}

/// P(Y ≤ y), whole y ≥ 0.
pub fn cdf(y: f64, mu: f64, r: f64) -> f64 {
    let y = y.floor();
    if r > POISSON_SIZE || mu <= 0.0 {
        return poisson::cdf(y, mu);
    }
    if mu + mu * mu / r > PANELS_FROM {
        return super::tails::cdf(y, mu, |k| log_pmf(k, mu, r));
    }
    if r > SUM_TAIL_FROM {
        return cdf_by_sum(y, mu, r);
    }
    statrs::distribution::NegativeBinomial::new(r, r / (r + mu)).map_or(1.0, |d| d.cdf(y as u64))
}

/// The nearer tail, term by term from y outwards, where terms fall.
fn cdf_by_sum(y: f64, mu: f64, r: f64) -> f64 {
    let q = mu / (r + mu);
    let (mut sum, mut term, mut k);
    if y <= mu {
        (sum, term, k) = (0.0, 1.0, y);
        while k >= 0.0 && term > 1e-18 * (sum + term) {
            sum += term;
            term *= k / ((k - 1.0 + r) * q);
            k -= 1.0;
        }
        return (log_pmf(y, mu, r).exp() * sum).min(1.0);
    }
    (sum, term, k) = (0.0, 1.0, y + 1.0);
    while term > 1e-18 * (sum + term) {
        sum += term;
        term *= (k + r) * q / (k + 1.0);
        k += 1.0;
    }
    (1.0 - log_pmf(y + 1.0, mu, r).exp() * sum).max(0.0)
}

/// One draw.
pub fn draw(mu: f64, r: f64, rng: &mut Rng) -> f64 {
    if r > POISSON_SIZE || mu <= 0.0 {
        return poisson::draw(mu, rng);
    }
    let rate: f64 = rand_distr::Gamma::new(r, mu / r).map_or(mu, |d| d.sample(rng));
    poisson::draw(rate, rng)
}

/// Log-likelihood less what depends on y alone, and its derivatives in μ and ρ = ln r (`t` of the result). `at_r` = remainders at r.
#[inline]
pub fn slopes(y: f64, mu: f64, ln_mu: f64, r: f64, at_r: &Remainders) -> Slopes {
    let (x, n) = (r + y, r + mu);
    let d = y - mu;
    let u = d / n;
    let less = log_ratio_less(x, n, d);
    let at_x = remainders(x);
    let share = y / (2.0 * x);
    let stirling = at_x.s - at_r.s;
    let t = r * (less + at_r.e - at_x.e) + share;
    let curve = r * r * (at_x.f - at_r.f + u * u / x) - share * (r + x) / x;
    Slopes {
        ll: at_mean(y, mu, ln_mu, r, x * (less + u)) - 0.5 * log_ratio(x, r, y) + stirling,
        m: r * d / (mu * n),
        t,
        mm: x / (n * n) - y / (mu * mu),
        mt: r * d / (n * n),
        tt: t + curve,
    }
}

/// y ln μ − y + (r + y) ln((r + y)/(r + μ)), the last of which is `at_x`; for a large y less y ln y − y too.
#[inline]
fn at_mean(y: f64, mu: f64, ln_mu: f64, r: f64, at_x: f64) -> f64 {
    if y == 0.0 {
        return at_x;
    }
    if y < LARGE {
        return y * ln_mu - y + at_x;
    }
    let at_r = r * log_ratio_less(r + y, r + mu, y - mu);
    at_r + y * log_ratio_less((r + y) * mu, y * (r + mu), r * (mu - y))
}

/// The same for NB1, r = μ/φ, with `t` = ln φ.
#[inline]
pub fn slopes_nb1(y: f64, mu: f64, ln_mu: f64, phi: f64) -> Slopes {
    let r = mu / phi;
    let s = slopes(y, mu, ln_mu, r, &remainders(r));
    // ρ = ln μ − ln φ.
    Slopes {
        ll: s.ll,
        m: s.m + s.t / mu,
        t: -s.t,
        mm: s.mm + (2.0 * s.mt + (s.tt - s.t) / mu) / mu,
        mt: -(s.mt + s.tt / mu),
        tt: s.tt,
    }
}
