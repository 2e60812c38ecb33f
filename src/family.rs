//! Count families: a table of one-line functions, and the [`Law`] of one count.
//!
//! | family | variance at mean μ | dispersion |
//! | --- | --- | --- |
//! | Poisson | μ | none (held at 1) |
//! | quasi-Poisson | φ μ | φ |
//! | NB1 | μ (1 + φ) | φ |
//! | NB2 | μ + μ²/θ | θ, the size; α = 1/θ |
//! | Gaussian on the log | of ln y: σ² | σ; the "mean" is exp(E ln y), the median |

use crate::Rng;
use libm::lgamma;
use rand_distr::Distribution as _;
use statrs::distribution::{ContinuousCDF, DiscreteCDF, Normal};

/// Distribution of a count around its mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Family {
    /// Variance μ.
    #[default]
    Poisson,
    /// Variance φ μ, φ from Pearson's statistic; no likelihood. Draws come from the NB1 of the same variance.
    QuasiPoisson,
    /// Variance μ (1 + φ).
    Nb1,
    /// Variance μ + μ²/θ.
    Nb2,
    /// ln y is normal; the count is its nearest whole number.
    GaussianLog,
    /// ln(y + 1) is normal; for series with zeros.
    GaussianLog1p,
}

impl Family {
    /// Families by their command-line names.
    pub const ALL: [(&'static str, Family); 6] = [
        ("poisson", Family::Poisson),
        ("quasipoisson", Family::QuasiPoisson),
        ("nb1", Family::Nb1),
        ("nb2", Family::Nb2),
        ("gaussian-log", Family::GaussianLog),
        ("gaussian-log1p", Family::GaussianLog1p),
    ];

    /// The command-line name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, f)| *f == self).map_or("", |(n, _)| n)
    }

    /// Shift `c` of a Gaussian family on ln(y + c).
    fn shift(self) -> f64 {
        if self == Family::GaussianLog1p { 1.0 } else { 0.0 }
    }

    /// Variance of the count at mean `mu`.
    pub fn variance(self, mu: f64, dispersion: f64) -> f64 {
        match self {
            Family::Poisson => mu,
            Family::QuasiPoisson => dispersion * mu,
            Family::Nb1 => mu * (1.0 + dispersion),
            Family::Nb2 => mu + mu * mu / dispersion,
            Family::GaussianLog | Family::GaussianLog1p => {
                let s2 = dispersion * dispersion;
                s2.exp_m1() * s2.exp() * mu * mu
            }
        }
    }

    /// Log probability of the count `y` (a whole number; -inf below 0).
    pub fn log_pmf(self, y: f64, mu: f64, dispersion: f64) -> f64 {
        if y < 0.0 {
            return f64::NEG_INFINITY;
        }
        match self {
            Family::Poisson => poisson_log_pmf(y, mu),
            Family::QuasiPoisson if dispersion > 1.0 => nb_log_pmf(y, mu, mu / (dispersion - 1.0)),
            Family::QuasiPoisson => poisson_log_pmf(y, mu),
            Family::Nb1 if dispersion > 0.0 => nb_log_pmf(y, mu, mu / dispersion),
            Family::Nb1 => poisson_log_pmf(y, mu),
            Family::Nb2 => nb_log_pmf(y, mu, dispersion),
            Family::GaussianLog | Family::GaussianLog1p => {
                let p = self.cdf(y, mu, dispersion) - self.cdf(y - 1.0, mu, dispersion);
                if p > 1e-300 {
                    return p.ln();
                }
                // Far in a tail the difference underflows: density at the middle of the unit interval.
                let (z, c) = ((y + self.shift()).max(0.5), mu + self.shift());
                let r = (z.ln() - c.ln()) / dispersion;
                -0.5 * r * r - (dispersion * z).ln() - 0.918_938_533_204_672_7
            }
        }
    }

    /// P(Y ≤ y).
    pub fn cdf(self, y: f64, mu: f64, dispersion: f64) -> f64 {
        if y < 0.0 {
            return 0.0;
        }
        match self {
            Family::Poisson => poisson_cdf(y, mu),
            Family::QuasiPoisson if dispersion > 1.0 => nb_cdf(y, mu, mu / (dispersion - 1.0)),
            Family::QuasiPoisson => poisson_cdf(y, mu),
            Family::Nb1 if dispersion > 0.0 => nb_cdf(y, mu, mu / dispersion),
            Family::Nb1 => poisson_cdf(y, mu),
            Family::Nb2 => nb_cdf(y, mu, dispersion),
            Family::GaussianLog | Family::GaussianLog1p => {
                let c = self.shift();
                let z = ((y + 0.5 + c).ln() - (mu + c).ln()) / dispersion;
                Normal::standard().cdf(z)
            }
        }
    }

    /// One draw.
    pub fn sample(self, mu: f64, dispersion: f64, rng: &mut Rng) -> f64 {
        match self {
            Family::Poisson => poisson_draw(mu, rng),
            Family::QuasiPoisson if dispersion > 1.0 => nb_draw(mu, mu / (dispersion - 1.0), rng),
            Family::QuasiPoisson => poisson_draw(mu, rng),
            Family::Nb1 if dispersion > 0.0 => nb_draw(mu, mu / dispersion, rng),
            Family::Nb1 => poisson_draw(mu, rng),
            Family::Nb2 => nb_draw(mu, dispersion, rng),
            Family::GaussianLog | Family::GaussianLog1p => {
                let c = self.shift();
                let z: f64 = rand_distr::StandardNormal.sample(rng);
                ((mu + c).ln() + dispersion * z).exp().min(MAX_COUNT).round_ties_even().max(c) - c
            }
        }
    }
}

/// Counts are held in `f64`, exact up to here; draws stop there.
pub const MAX_COUNT: f64 = 9.0e15;

/// Sizes above this are the Poisson to the last digit that matters.
const POISSON_SIZE: f64 = 1e12;

fn poisson_log_pmf(y: f64, mu: f64) -> f64 {
    if mu <= 0.0 {
        return if y == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    (if y == 0.0 { 0.0 } else { y * mu.ln() }) - mu - lgamma(y + 1.0)
}

fn nb_log_pmf(y: f64, mu: f64, size: f64) -> f64 {
    if size > POISSON_SIZE || mu <= 0.0 {
        return poisson_log_pmf(y, mu);
    }
    let ratio = lgamma(y + size) - lgamma(size) - lgamma(y + 1.0);
    let zeros = -size * (mu / size).ln_1p();
    if y == 0.0 { zeros } else { ratio + zeros + y * (mu / (mu + size)).ln() }
}

fn poisson_cdf(y: f64, mu: f64) -> f64 {
    if mu <= 0.0 { 1.0 } else { statrs::distribution::Poisson::new(mu).map_or(f64::NAN, |d| d.cdf(y.floor() as u64)) }
}

fn nb_cdf(y: f64, mu: f64, size: f64) -> f64 {
    if size > 1e8 || mu <= 0.0 {
        return poisson_cdf(y, mu);
    }
    statrs::distribution::NegativeBinomial::new(size, size / (size + mu)).map_or(f64::NAN, |d| d.cdf(y.floor() as u64))
}

fn poisson_draw(mu: f64, rng: &mut Rng) -> f64 {
    if mu <= 0.0 {
        return 0.0;
    }
    rand_distr::Poisson::new(mu.min(MAX_COUNT)).map_or(MAX_COUNT, |d| d.sample(rng))
}

fn nb_draw(mu: f64, size: f64, rng: &mut Rng) -> f64 {
    if size > POISSON_SIZE || mu <= 0.0 {
        return poisson_draw(mu, rng);
    }
    let rate: f64 = rand_distr::Gamma::new(size, mu / size).map_or(mu, |d| d.sample(rng));
    poisson_draw(rate, rng)
}

/// Extra zeros, apart from the family.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Zeros {
    /// None.
    #[default]
    None,
    /// A structural zero with this probability, else the family.
    Inflated(f64),
    /// Zero with this probability, else the family given that it is positive.
    Hurdle(f64),
}

/// The distribution of one count: family, mean, dispersion, extra zeros.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law {
    /// Family.
    pub family: Family,
    /// Mean of the family (before extra zeros).
    pub mean: f64,
    /// Dispersion in the family's own sense.
    pub dispersion: f64,
    /// Extra zeros.
    pub zeros: Zeros,
}

impl Law {
    /// A law without extra zeros.
    pub fn new(family: Family, mean: f64, dispersion: f64) -> Self {
        Law { family, mean, dispersion, zeros: Zeros::None }
    }

    /// Log probability of `y`.
    pub fn log_pmf(&self, y: f64) -> f64 {
        let base = self.family.log_pmf(y, self.mean, self.dispersion);
        match self.zeros {
            Zeros::None => base,
            Zeros::Inflated(p) if y == 0.0 => (p + (1.0 - p) * base.exp()).ln(),
            Zeros::Inflated(p) => (-p).ln_1p() + base,
            Zeros::Hurdle(p) if y == 0.0 => p.ln(),
            Zeros::Hurdle(p) => {
                let at_zero = self.family.log_pmf(0.0, self.mean, self.dispersion).exp();
                (-p).ln_1p() + base - (-at_zero).ln_1p()
            }
        }
    }

    /// P(Y ≤ y).
    pub fn cdf(&self, y: f64) -> f64 {
        if y < 0.0 {
            return 0.0;
        }
        let base = self.family.cdf(y, self.mean, self.dispersion);
        match self.zeros {
            Zeros::None => base,
            Zeros::Inflated(p) => p + (1.0 - p) * base,
            Zeros::Hurdle(p) => {
                let at_zero = self.family.cdf(0.0, self.mean, self.dispersion);
                p + (1.0 - p) * (base - at_zero) / (1.0 - at_zero)
            }
        }
    }

    /// One draw.
    pub fn sample(&self, rng: &mut Rng) -> f64 {
        use rand::RngExt as _;
        let draw = |rng: &mut Rng| self.family.sample(self.mean, self.dispersion, rng);
        match self.zeros {
            Zeros::None => draw(rng),
            Zeros::Inflated(p) => {
                if rng.random::<f64>() < p {
                    0.0
                } else {
                    draw(rng)
                }
            }
            Zeros::Hurdle(p) => {
                if rng.random::<f64>() < p {
                    return 0.0;
                }
                (0..1000).map(|_| draw(rng)).find(|y| *y > 0.0).unwrap_or(1.0)
            }
        }
    }
}
