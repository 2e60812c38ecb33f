//! Poisson: P(y) = μ^y e^(−μ) / y!, in Loader's saddle-point form (C. Loader 2000, "Fast and accurate computation of
//! binomial probabilities"), which keeps all digits for large counts.

use super::{MAX_COUNT, Slopes};
use crate::Rng;
use crate::inference::special::{HALF_LN_2PI, LARGE, log_ratio_less, remainders};
use rand_distr::Distribution as _;
use statrs::distribution::DiscreteCDF as _;

/// Means from which statrs' incomplete gamma loses digits (3 are left at 10¹²): panels of terms are summed.
const PANELS_FROM: f64 = 1e8;

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
    if mu == f64::INFINITY {
        return 0.0;
    }
    if mu > PANELS_FROM {
        return super::tails::cdf(y.floor(), mu, |k| log_pmf(k, mu));
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

/// Log-likelihood plus [`crate::inference::special::left_out`].
#[inline]
pub fn kernel(y: f64, mu: f64, ln_mu: f64) -> f64 {
    if y == 0.0 {
        -mu
    } else if y < LARGE {
        y * ln_mu - mu
    } else {
        y * log_ratio_less(mu, y, mu - y)
    }
}

/// Log-likelihood less what depends on y alone, and its derivatives in μ.
#[inline]
pub fn slopes(y: f64, mu: f64, ln_mu: f64) -> Slopes {
    let r = y / mu;
    Slopes { ll: kernel(y, mu, ln_mu), m: (y - mu) / mu, mm: -r / mu, ..Slopes::default() }
}
