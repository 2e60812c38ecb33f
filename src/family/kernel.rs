//! What fitting needs of a family: the log-likelihood of one observation and its derivatives, by mean and dispersion.

use super::{Family, compoisson, genpoisson, negbin, poisson};
use crate::inference::special::{Remainders, remainders};

/// Log-likelihood of one observation, less what depends on y alone, and its derivatives in the mean m and the working
/// dispersion t (ln θ for NB2, ln φ for NB1 and the generalised Poisson, ln ν for Conway–Maxwell–Poisson).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Slopes {
    /// Log-likelihood less what depends on y alone: plus [`crate::inference::special::left_out`].
    pub ll: f64,
    /// ∂/∂m.
    pub m: f64,
    /// ∂/∂t.
    pub t: f64,
    /// ∂²/∂m².
    pub mm: f64,
    /// ∂²/∂m∂t.
    pub mt: f64,
    /// ∂²/∂t².
    pub tt: f64,
}

/// A family at one dispersion, with what all rows share.
#[derive(Debug, Clone, Copy)]
pub enum Kernel {
    /// Poisson, and quasi-Poisson while fitting.
    Poisson,
    /// NB1 with φ.
    Nb1(f64),
    /// Generalised Poisson with φ.
    GenPoisson(f64),
    /// Conway–Maxwell–Poisson with ν.
    ComPoisson(f64),
    /// NB2 with θ and the remainders at θ.
    Nb2(f64, Remainders),
}

impl Kernel {
    /// The kernel of `family` at the working dispersion `t`, which the Poisson ignores.
    pub fn new(family: Family, t: f64) -> Kernel {
        match family {
            Family::Nb1 if t > f64::NEG_INFINITY => Kernel::Nb1(t.exp()),
            Family::GenPoisson if t > f64::NEG_INFINITY => Kernel::GenPoisson(t.exp()),
            Family::ComPoisson => Kernel::ComPoisson(t.exp()),
            Family::Nb2 if t < f64::INFINITY => Kernel::Nb2(t.exp(), remainders(t.exp())),
            _ => Kernel::Poisson,
        }
    }

    /// Derivatives at a count `y` and mean `mu`. `kappa` multiplies the size of NB2 for a sum over steps (1 = one step);
    /// it acts on the likelihood exactly as t + ln κ does, so ∂/∂ ln κ = ∂/∂t.
    #[inline]
    pub fn slopes(&self, y: f64, mu: f64, ln_mu: f64, kappa: f64) -> Slopes {
        match self {
            Kernel::Poisson => poisson::slopes(y, mu, ln_mu),
            Kernel::Nb1(phi) => negbin::slopes_nb1(y, mu, ln_mu, *phi),
            Kernel::GenPoisson(phi) => genpoisson::slopes(y, mu, ln_mu, *phi),
            Kernel::ComPoisson(nu) => compoisson::slopes(y, mu, *nu),
            Kernel::Nb2(theta, at) if kappa == 1.0 => negbin::slopes(y, mu, ln_mu, *theta, at),
            Kernel::Nb2(theta, _) => negbin::slopes(y, mu, ln_mu, theta * kappa, &remainders(theta * kappa)),
        }
    }

    /// Variance at mean `mu`.
    #[inline]
    pub fn variance(&self, mu: f64, kappa: f64) -> f64 {
        match self {
            Kernel::Poisson => mu,
            Kernel::Nb1(phi) => mu * (1.0 + phi),
            Kernel::GenPoisson(phi) => mu * (1.0 + phi) * (1.0 + phi),
            Kernel::ComPoisson(nu) => compoisson::variance(mu, *nu),
            Kernel::Nb2(theta, _) => mu + mu * mu / (theta * kappa),
        }
    }

    /// Whether ℓ_m = (y − m)/V, an exponential family at fixed dispersion; then E J J'/V is its expected information.
    pub fn is_exponential(&self) -> bool {
        !matches!(self, Kernel::Nb1(_) | Kernel::GenPoisson(_))
    }

    /// Whether κ matters: the family is not closed under sums over steps.
    pub fn uses_kappa(&self) -> bool {
        matches!(self, Kernel::Nb2(..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fourth-order central difference.
    fn derivative(f: impl Fn(f64) -> f64, at: f64, h: f64) -> f64 {
        (8.0 * (f(at + h) - f(at - h)) - (f(at + 2.0 * h) - f(at - 2.0 * h))) / (12.0 * h)
    }

    #[test]
    fn derivatives_equal_finite_differences() {
        for family in [Family::Poisson, Family::Nb1, Family::Nb2, Family::GenPoisson, Family::ComPoisson] {
            for (y, mu) in [(0.0, 0.7), (3.0, 1.9), (7.0, 21.0), (250.0, 180.0), (12.0, 0.4), (11_000.0, 10_800.0)] {
                // The Conway–Maxwell–Poisson's sums cancel there; `compoisson::large` has tests of its own.
                if family == Family::ComPoisson && y > 1e4 {
                    continue;
                }
                for t in [-1.0, 0.3, 2.0] {
                    for kappa in [1.0, 1.7] {
                        let at = |m: f64, t: f64| Kernel::new(family, t).slopes(y, m, m.ln(), kappa);
                        let s = at(mu, t);
                        let close = |a: f64, b: f64| {
                            assert!((a - b).abs() < 1e-8 * (1.0 + b.abs()), "{family:?} {y} {mu} {t} {a} {b}")
                        };
                        let h = 1e-3 * mu;
                        close(s.m, derivative(|m| at(m, t).ll, mu, h));
                        close(s.t, derivative(|t| at(mu, t).ll, t, 1e-3));
                        close(s.mm, derivative(|m| at(m, t).m, mu, h));
                        close(s.mt, derivative(|m| at(m, t).t, mu, h));
                        close(s.mt, derivative(|t| at(mu, t).m, t, 1e-3));
                        close(s.tt, derivative(|t| at(mu, t).t, t, 1e-3));
                    }
                }
            }
        }
    }

    #[test]
    fn log_likelihood_is_the_log_pmf() {
        let families = [
            (Family::Poisson, 1.0),
            (Family::Nb1, 0.8),
            (Family::Nb2, 3.0),
            (Family::GenPoisson, 0.6),
            (Family::ComPoisson, 2.5),
        ];
        for (family, dispersion) in families {
            for (y, mu) in [(0.0, 0.7), (3.0, 1.9), (250.0, 180.0), (20_200.0, 20_000.0)] {
                let ll = Kernel::new(family, f64::ln(dispersion)).slopes(y, mu, mu.ln(), 1.0).ll;
                let full = ll - crate::inference::special::left_out(y);
                assert!((full - family.log_pmf(y, mu, dispersion)).abs() < 1e-11 * (1.0 + ll.abs()));
            }
        }
    }
}
