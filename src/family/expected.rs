//! Mean of a count, extra zeros included.
//!
//! * zero-inflated: (1 − π) μ; hurdle, zero with probability π: (1 − π) μ / (1 − f(0));
//! * Gaussian on the log, whose `mean` is the median e^η − c: e^(η + σ²/2) − c, the mean of the lognormal.

use super::{Law, MAX_COUNT, Zeros};

impl Law {
    /// E(Y), within what counts can be; the rounding of Gaussian families to whole numbers is passed over.
    pub fn expected(&self) -> f64 {
        let base = if self.family.is_gaussian() {
            let c = self.family.shift();
            (self.mean + c) * (0.5 * self.dispersion * self.dispersion).exp() - c
        } else {
            self.mean
        };
        let mean = match self.zeros {
            Zeros::None => base,
            Zeros::Inflated(p) => (1.0 - p) * base,
            // μ / (1 − f(0)) → 1 as μ → 0.
            Zeros::Hurdle(p) if base < 1e-12 => 1.0 - p,
            Zeros::Hurdle(p) => (1.0 - p) * base / -self.family.log_pmf(0.0, base, self.dispersion).exp_m1(),
        };
        mean.clamp(0.0, MAX_COUNT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Family;

    #[test]
    fn it_is_the_sum_over_all_counts() {
        for family in [Family::Poisson, Family::Nb2] {
            for zeros in [Zeros::None, Zeros::Inflated(0.3), Zeros::Hurdle(0.45)] {
                let law = Law { zeros, ..Law::new(family, 3.7, 1.9) };
                let sum: f64 = (1..400).map(|y| f64::from(y) * law.log_pmf(f64::from(y)).exp()).sum();
                assert!((law.expected() - sum).abs() < 1e-9 * sum, "{law:?}: {} {sum}", law.expected());
            }
        }
    }

    #[test]
    fn of_a_lognormal_it_is_above_the_median() {
        let law = Law::new(Family::GaussianLog, 400.0, 0.6);
        let sum: f64 = (1..60_000).map(|y| f64::from(y) * law.log_pmf(f64::from(y)).exp()).sum();
        assert!((law.expected() - sum).abs() < 1e-4 * sum, "{} {sum}", law.expected());
        assert!((Law::new(Family::Poisson, 1e-13, 1.0).expected() - 1e-13).abs() < 1e-20);
    }
}
