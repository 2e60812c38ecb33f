//! Poisson: P(y) = μ^y e^(−μ) / y!, in Loader's saddle-point form (C. Loader 2000, "Fast and accurate computation of
//! binomial probabilities"), which keeps all digits for large counts.

use super::{MAX_COUNT, Slopes};
use crate::Rng;
use crate::inference::special::{HALF_LN_2PI, log_ratio_less, remainders};
use rand_distr::Distribution as _;
use statrs::distribution::DiscreteCDF as _;

/// ln P(y), whole y ≥ 0.
pub fn log_pmf(y: f64, mu: f64) -> f64 {
    if mu <= 0.0 {
        return if y == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    if y == 0.0 {
        return -mu;
    }
    y * log_ratio_less(mu, y, mu - y) - 0.5 * y.ln() - HALF_LN_2PI - remainders(y).s
}

/// P(Y ≤ y), whole y ≥ 0.
pub fn cdf(y: f64, mu: f64) -> f64 {
    if mu <= 0.0 {
        return 1.0;
    }
    statrs::distribution::Poisson::new(mu).map_or(1.0, |d| d.cdf(y.floor() as u64))
}

/// One draw.
pub fn draw(mu: f64, rng: &mut Rng) -> f64 {
    if mu <= 0.0 {
        return 0.0;
    }
    rand_distr::Poisson::new(mu.min(MAX_COUNT)).map_or(MAX_COUNT, |d| d.sample(rng))
}

/// Log-likelihood less ln y!, and its derivatives in μ.
#[inline]
pub fn slopes(y: f64, mu: f64, ln_mu: f64) -> Slopes {
    let r = y / mu;
    Slopes { ll: if y == 0.0 { -mu } else { y * ln_mu - mu }, m: r - 1.0, mm: -r / mu, ..Slopes::default() }
}
