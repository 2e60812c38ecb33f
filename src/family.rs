//! Count families: a table of one-line functions, and the [`Law`] of one count.
//!
//! | family | variance at mean μ | dispersion |
//! | --- | --- | --- |
//! | Poisson | μ | none (held at 1) |
//! | quasi-Poisson | φ μ | φ |
//! | NB1 | μ (1 + φ) | φ |
//! | generalised Poisson | μ (1 + φ)² | φ |
//! | Conway–Maxwell–Poisson | about μ/ν | ν; above 1 underdispersed |
//! | NB2 | μ + μ²/θ | θ, the size; α = 1/θ |
//! | Gaussian on the log | of ln y: σ² | σ; the "mean" is exp(E ln y), the median |
//! | Gaussian | σ² before rounding and the bound at 0 | σ |

pub mod compoisson;
mod expected;
pub mod genpoisson;
pub mod kernel;
pub mod negbin;
pub mod poisson;
mod tails;

pub use kernel::{Kernel, Slopes};

use crate::Rng;
use crate::error::{Error, Result, suggest};
use crate::inference::special::log_ratio_less;
use rand_distr::Distribution as _;
use statrs::distribution::{ContinuousCDF, Normal};

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
    /// Generalised Poisson of Consul and Jain: variance μ (1 + φ)².
    GenPoisson,
    /// Conway–Maxwell–Poisson by its mean: variance about μ/ν, also below the mean.
    ComPoisson,
    /// Variance μ + μ²/θ.
    Nb2,
    /// ln y is normal; the count is its nearest whole number.
    GaussianLog,
    /// ln(y + 1) is normal; for series with zeros.
    GaussianLog1p,
    /// A normal on the count's own scale; the count is its nearest whole number, and all mass below 0 lies at 0. The
    /// mean may be negative. A law of forecasts only (of `naive`, say): not in [`Family::ALL`], so no model asks for it.
    Gaussian,
}

impl Family {
    /// Families by their command-line names.
    pub const ALL: [(&'static str, Family); 8] = [
        ("poisson", Family::Poisson),
        ("quasipoisson", Family::QuasiPoisson),
        ("nb1", Family::Nb1),
        ("nb2", Family::Nb2),
        ("genpoisson", Family::GenPoisson),
        ("compoisson", Family::ComPoisson),
        ("gaussian-log", Family::GaussianLog),
        ("gaussian-log1p", Family::GaussianLog1p),
    ];

    /// The command-line name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, f)| *f == self).map_or("gaussian", |(n, _)| n)
    }

    /// Shift `c` of a Gaussian family on ln(y + c); 0 for others.
    pub fn shift(self) -> f64 {
        if self == Family::GaussianLog1p { 1.0 } else { 0.0 }
    }

    /// Variance of the count at mean `mu`.
    pub fn variance(self, mu: f64, dispersion: f64) -> f64 {
        match self {
            Family::Poisson => mu,
            Family::QuasiPoisson => dispersion * mu,
            Family::Nb1 => mu * (1.0 + dispersion),
            Family::GenPoisson => mu * (1.0 + dispersion) * (1.0 + dispersion),
            Family::ComPoisson => compoisson::variance(mu, dispersion),
            Family::Nb2 => mu + mu * mu / dispersion,
            Family::GaussianLog | Family::GaussianLog1p => {
                let s2 = dispersion * dispersion;
                s2.exp_m1() * s2.exp() * mu * mu
            }
            Family::Gaussian => dispersion * dispersion,
        }
    }

    /// Whether a dispersion is estimated by maximum likelihood, jointly with the coefficients.
    pub fn has_dispersion(self) -> bool {
        matches!(self, Family::Nb1 | Family::Nb2 | Family::GenPoisson | Family::ComPoisson)
    }

    /// Whether the family is normal on a log scale, fitted by least squares.
    pub fn is_gaussian(self) -> bool {
        matches!(self, Family::GaussianLog | Family::GaussianLog1p)
    }

    /// Unit deviance 2 ∫ (y − t) / V(t) dt from μ to y (McCullagh and Nelder 1989, *Generalized Linear Models*, 2nd ed.,
    /// ch. 9), V the variance at this dispersion; for the Poisson, NB2 and Conway–Maxwell–Poisson it is twice the
    /// log-likelihood ratio to the saturated fit. For quasi-Poisson V = μ, as in R. Gaussian families: (ln y − ln μ)²,
    /// shifted for log1p; on the count scale (y − μ)².
    pub fn unit_deviance(self, y: f64, mu: f64, dispersion: f64) -> f64 {
        let poisson = || {
            if y == 0.0 { 2.0 * mu } else { -2.0 * y * log_ratio_less(mu, y, mu - y) }
        };
        match self {
            Family::Poisson | Family::QuasiPoisson => poisson(),
            Family::Nb1 => poisson() / (1.0 + dispersion),
            Family::GenPoisson => poisson() / ((1.0 + dispersion) * (1.0 + dispersion)),
            Family::ComPoisson => compoisson::unit_deviance(y, mu, dispersion),
            Family::Nb2 if dispersion < 1e30 => {
                let r = dispersion;
                if y == 0.0 {
                    return 2.0 * r * (mu / r).ln_1p();
                }
                let at_r = r * log_ratio_less(r + y, r + mu, y - mu);
                -2.0 * (at_r + y * log_ratio_less((r + y) * mu, y * (r + mu), r * (mu - y)))
            }
            Family::Nb2 => poisson(),
            Family::GaussianLog | Family::GaussianLog1p => ((y + self.shift()) / (mu + self.shift())).ln().powi(2),
            Family::Gaussian => (y - mu).powi(2),
        }
    }

    /// Log probability of the count `y` (a whole number; -inf below 0).
    pub fn log_pmf(self, y: f64, mu: f64, dispersion: f64) -> f64 {
        if y < 0.0 {
            return f64::NEG_INFINITY;
        }
        match self {
            Family::Poisson => poisson::log_pmf(y, mu),
            Family::QuasiPoisson if dispersion > 1.0 => negbin::log_pmf(y, mu, mu / (dispersion - 1.0)),
            Family::QuasiPoisson => poisson::log_pmf(y, mu),
            Family::Nb1 if dispersion > 0.0 => negbin::log_pmf(y, mu, mu / dispersion),
            Family::Nb1 => poisson::log_pmf(y, mu),
            Family::GenPoisson => genpoisson::log_pmf(y, mu, dispersion),
            Family::ComPoisson => compoisson::log_pmf(y, mu, dispersion),
            Family::Nb2 => negbin::log_pmf(y, mu, dispersion),
            Family::GaussianLog | Family::GaussianLog1p | Family::Gaussian => {
                let lower = if y == 0.0 { f64::NEG_INFINITY } else { self.normal_score(y - 0.5, mu, dispersion) };
                log_normal_mass(lower, self.normal_score(y + 0.5, mu, dispersion))
            }
        }
    }

    /// P(Y ≤ y).
    pub fn cdf(self, y: f64, mu: f64, dispersion: f64) -> f64 {
        if y < 0.0 {
            return 0.0;
        }
        match self {
            Family::Poisson => poisson::cdf(y, mu),
            Family::QuasiPoisson if dispersion > 1.0 => negbin::cdf(y, mu, mu / (dispersion - 1.0)),
            Family::QuasiPoisson => poisson::cdf(y, mu),
            Family::Nb1 if dispersion > 0.0 => negbin::cdf(y, mu, mu / dispersion),
            Family::Nb1 => poisson::cdf(y, mu),
            Family::GenPoisson => genpoisson::cdf(y, mu, dispersion),
            Family::ComPoisson => compoisson::cdf(y, mu, dispersion),
            Family::Nb2 => negbin::cdf(y, mu, dispersion),
            Family::GaussianLog | Family::GaussianLog1p | Family::Gaussian => {
                Normal::standard().cdf(self.normal_score(y + 0.5, mu, dispersion))
            }
        }
    }

    /// One draw.
    pub fn sample(self, mu: f64, dispersion: f64, rng: &mut Rng) -> f64 {
        match self {
            Family::Poisson => poisson::draw(mu, rng),
            Family::QuasiPoisson if dispersion > 1.0 => negbin::draw(mu, mu / (dispersion - 1.0), rng),
            Family::QuasiPoisson => poisson::draw(mu, rng),
            Family::Nb1 if dispersion > 0.0 => negbin::draw(mu, mu / dispersion, rng),
            Family::Nb1 => poisson::draw(mu, rng),
            Family::GenPoisson => genpoisson::draw(mu, dispersion, rng),
            Family::ComPoisson => compoisson::draw(mu, dispersion, rng),
            Family::Nb2 => negbin::draw(mu, dispersion, rng),
            Family::GaussianLog | Family::GaussianLog1p => {
                let c = self.shift();
                let z: f64 = rand_distr::StandardNormal.sample(rng);
                ((mu + c).ln() + dispersion * z).exp().min(MAX_COUNT).round_ties_even().max(c) - c
            }
            Family::Gaussian => {
                let z: f64 = rand_distr::StandardNormal.sample(rng);
                (mu + dispersion * z).clamp(0.0, MAX_COUNT).round_ties_even()
            }
        }
    }

    /// The standard normal score of the limit `y` between two counts, for the Gaussian families.
    fn normal_score(self, y: f64, mu: f64, sigma: f64) -> f64 {
        if self == Family::Gaussian {
            return (y - mu) / sigma;
        }
        let c = self.shift();
        ((y + c).ln() - (mu + c).ln()) / sigma
    }
}

/// ln(Φ(b) − Φ(a)) for a < b: no cancellation in either tail, and finite beyond where Φ underflows.
fn log_normal_mass(a: f64, b: f64) -> f64 {
    if b < 0.0 {
        return log_normal_mass(-b, -a);
    }
    let upper = |z: f64| 0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2);
    if a < 30.0 {
        return if a > 0.0 { upper(a) - upper(b) } else { upper(-b) - upper(-a) }.ln();
    }
    if a == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    // 1 − Φ(z) = φ(z)/z (1 − 1/z² + 3/z⁴ − …); the two tails differ by the factor exp((a² − b²)/2) a/b.
    let tail = -0.5 * a * a - a.ln() - 0.918_938_533_204_672_7 + (-1.0 / (a * a) + 3.0 / a.powi(4)).ln_1p();
    tail + (-(0.5 * (a - b) * (a + b)).exp() * (a / b)).ln_1p()
}

/// Extra zeros that a model is asked to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ZeroPart {
    /// None.
    #[default]
    None,
    /// Structural zeros beside those of the family.
    Inflated,
    /// All zeros from a part of their own, positive counts from the truncated family.
    Hurdle,
}

/// Families with extra zeros by their command-line names.
pub const WITH_ZEROS: [(&str, Family, ZeroPart); 4] = [
    ("zip", Family::Poisson, ZeroPart::Inflated),
    ("zinb", Family::Nb2, ZeroPart::Inflated),
    ("hurdle-poisson", Family::Poisson, ZeroPart::Hurdle),
    ("hurdle-nb2", Family::Nb2, ZeroPart::Hurdle),
];

/// Reads `--family`: a family of [`Family::ALL`], or one of [`WITH_ZEROS`].
///
/// # Errors
/// On an unknown name, with the nearest ones.
pub fn parse_family(name: &str) -> Result<(Family, ZeroPart)> {
    if let Some((_, family)) = Family::ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
        return Ok((*family, ZeroPart::None));
    }
    let known = || Family::ALL.iter().map(|f| f.0).chain(WITH_ZEROS.iter().map(|f| f.0));
    WITH_ZEROS
        .iter()
        .find(|(n, ..)| n.eq_ignore_ascii_case(name))
        .map(|(_, family, zeros)| (*family, *zeros))
        .ok_or_else(|| {
            Error::usage(format!("unknown family `{name}`")).help(suggest(name, known().collect::<Vec<_>>()))
        })
}

/// The command-line name of a family with its zero part; the family's own where they have no common one.
pub fn family_name(family: Family, zeros: ZeroPart) -> &'static str {
    WITH_ZEROS.iter().find(|(_, f, z)| (*f, *z) == (family, zeros)).map_or(family.name(), |(n, ..)| n)
}

/// Counts are held in `f64`, exact up to here; draws stop there.
pub const MAX_COUNT: f64 = 9.0e15;

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
                let positive = -self.family.log_pmf(0.0, self.mean, self.dispersion).exp_m1();
                (-p).ln_1p() + base - positive.ln()
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
                let positive = -self.family.log_pmf(0.0, self.mean, self.dispersion).exp_m1();
                if y < 1.0 || positive <= 0.0 { p } else { p + (1.0 - p) * (1.0 - (1.0 - base) / positive).max(0.0) }
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

#[cfg(test)]
mod gaussian_tests {
    use super::*;

    #[test]
    fn gaussian_masses_add_up_and_reach_far_tails() {
        for family in [Family::GaussianLog, Family::GaussianLog1p, Family::Gaussian] {
            let total: f64 = (0..4000).map(|y| family.log_pmf(f64::from(y), 7.3, 0.6).exp()).sum();
            assert!((total - 1.0).abs() < 1e-9, "{family:?}: {total}");
            let below: f64 = (0..=9).map(|y| family.log_pmf(f64::from(y), 7.3, 0.6).exp()).sum();
            assert!((below - family.cdf(9.0, 7.3, 0.6)).abs() < 1e-12);
        }
        // The series beyond 30 joins the direct formula: continuous in a at a fixed width.
        let (near, far) = (log_normal_mass(30.0 - 1e-9, 31.0), log_normal_mass(30.0 + 1e-9, 31.0));
        assert!((near - far).abs() < 1e-6, "{near} {far}");
        assert_eq!(log_normal_mass(-45.0, -40.0), log_normal_mass(40.0, 45.0));
        assert!(Family::Gaussian.log_pmf(5e4, 10.0, 3.0).is_finite());
    }

    #[test]
    fn a_gaussian_draw_is_a_count() {
        let mut rng = crate::rng::stream(1, &["gaussian"]);
        let draws: Vec<f64> = (0..4000).map(|_| Family::Gaussian.sample(0.4, 2.0, &mut rng)).collect();
        assert!(draws.iter().all(|y| *y >= 0.0 && y.fract() == 0.0));
        let zeros = draws.iter().filter(|y| **y == 0.0).count() as f64 / 4000.0;
        let p = Family::Gaussian.cdf(0.0, 0.4, 2.0);
        assert!((zeros - p).abs() < 4.0 * (p * (1.0 - p) / 4000.0).sqrt(), "{zeros} against {p}");
    }
}
