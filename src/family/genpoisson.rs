//! Generalised Poisson with mean μ and constant dispersion: with A = μ + φ y,
//! P(y) = μ A^(y−1) / (y! (1 + φ)^y) e^(−A/(1+φ)), variance μ (1 + φ)², φ ≥ 0.
//!
//! Consul and Jain (1973), Technometrics 15, 791–799, with their θ = μ/(1 + φ) and λ = φ/(1 + φ); it is the
//! `GeneralizedPoisson` of statsmodels with p = 1 and α = φ. Sums of independent counts of one φ stay in the family.

use super::{Slopes, poisson};
use crate::Rng;
use crate::inference::special::{HALF_LN_2PI, LARGE, log_ratio_less, remainders};

/// ln P(y), whole y ≥ 0.
pub fn log_pmf(y: f64, mu: f64, phi: f64) -> f64 {
    if phi <= 0.0 || mu <= 0.0 {
        return poisson::log_pmf(y, mu);
    }
    let a = (mu + phi * y) / (1.0 + phi);
    if y == 0.0 {
        return -a;
    }
    // ln(μ/A) + [y ln(a/y) − a + y] − ½ ln 2πy − s(y), a = A/(1 + φ), a − y = (μ − y)/(1 + φ).
    let at_y = y * log_ratio_less(a, y, (mu - y) / (1.0 + phi));
    -(phi * y / mu).ln_1p() + at_y - 0.5 * y.ln() - HALF_LN_2PI - remainders(y).s
}

/// P(Y ≤ y): the nearer tail, term by term from y outwards.
pub fn cdf(y: f64, mu: f64, phi: f64) -> f64 {
    if phi <= 0.0 || mu <= 0.0 {
        return poisson::cdf(y, mu);
    }
    super::tails::cdf(y.floor(), mu, |k| log_pmf(k, mu, phi))
}

/// One draw: the total of a branching process, Poisson(θ) ancestors with Poisson(λ) offspring each (Consul and Famoye
/// 2006, *Lagrangian Probability Distributions*).
pub fn draw(mu: f64, phi: f64, rng: &mut Rng) -> f64 {
    if phi <= 0.0 || mu <= 0.0 {
        return poisson::draw(mu, rng);
    }
    let lambda = phi / (1.0 + phi);
    let mut generation = poisson::draw(mu / (1.0 + phi), rng);
    let mut total = generation;
    while generation > 0.0 && total < super::MAX_COUNT {
        generation = poisson::draw(lambda * generation, rng);
        total += generation;
    }
    total.min(super::MAX_COUNT)
}

/// Log-likelihood less what depends on y alone, and its derivatives in μ and `t` = ln φ. With c = 1/(1 + φ) and
/// d = (y − μ) c: y/A − c = d/A, by which nothing cancels.
#[inline]
pub fn slopes(y: f64, mu: f64, ln_mu: f64, phi: f64) -> Slopes {
    let (a, c) = (mu + phi * y, 1.0 / (1.0 + phi));
    let (b, d) = ((y - 1.0) / a, (y - mu) * c);
    let first = (d * d - y) / a;
    let second = -(2.0 * d * d * c + y * first) / a;
    let ll = if y < LARGE {
        ln_mu + (y - 1.0) * a.ln() - y * phi.ln_1p() - a * c
    } else {
        -(phi * y / mu).ln_1p() + y * log_ratio_less(a * c, y, -d)
    };
    Slopes {
        ll,
        m: 1.0 / mu + (d - 1.0) / a,
        t: phi * first,
        mm: -1.0 / (mu * mu) - b / a,
        mt: phi * (y / a - d * (c + y / a)) / a,
        tt: phi * first + phi * phi * second,
    }
}
