//! The future of a covariate from its own past: an autoregression where the past speaks for one, else a random walk.
//!
//! ```text
//!     x_t = c + φ x_{t-1} + e_t,   e_t ~ N(0, σ²)          (AR(1), least squares over the known pairs)
//!     x_t = x_{t-1} + d + e_t                              (random walk with drift d)
//! ```
//!
//! of the logarithm when every known value is positive. The AR(1) is taken when the Dickey–Fuller t statistic
//! (φ̂ − 1)/se(φ̂) rejects a unit root at 5 % (Fuller 1976, Table 8.5.2, with a constant). Each path draws c and φ (or d)
//! from their estimated sampling distribution, then the errors.

use crate::Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// Pairs of neighbouring known values below which nothing is fitted.
const FEWEST: usize = 5;
/// 5 % points of the Dickey–Fuller t statistic by sample size.
const CRITICAL: [(usize, f64); 5] = [(25, -3.00), (50, -2.93), (100, -2.89), (250, -2.88), (500, -2.87)];

/// A fitted model of one covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Walk {
    /// Whether it is of the logarithm.
    pub log: bool,
    /// c, or the drift.
    pub constant: f64,
    /// φ; 1 for the random walk.
    pub phi: f64,
    /// σ.
    pub sigma: f64,
    /// Mean of x_{t-1}, and the standard errors of φ and of the constant at that mean.
    centre: f64,
    se_phi: f64,
    se_constant: f64,
    /// Pairs used.
    pub pairs: usize,
}

impl Walk {
    /// Fits to values by step (NaN = unknown); `None` with too few neighbouring pairs.
    pub fn fit(values: &[f64]) -> Option<Walk> {
        let log = values.iter().filter(|v| !v.is_nan()).all(|v| *v > 0.0);
        let x: Vec<f64> = values.iter().map(|v| if log { v.ln() } else { *v }).collect();
        let pairs: Vec<(f64, f64)> =
            x.windows(2).filter(|w| !w[0].is_nan() && !w[1].is_nan()).map(|w| (w[0], w[1])).collect();
        let n = pairs.len();
        if n < FEWEST {
            return None;
        }
        let mean = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n as f64;
        let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
        let sxx: f64 = pairs.iter().map(|p| (p.0 - mx).powi(2)).sum();
        let sxy: f64 = pairs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
        let (phi, residuals) = if sxx > 0.0 {
            let phi = sxy / sxx;
            (phi, pairs.iter().map(|p| (p.1 - my - phi * (p.0 - mx)).powi(2)).sum::<f64>())
        } else {
            (1.0, 0.0)
        };
        let sigma = (residuals / (n - 2) as f64).sqrt();
        let se_phi = sigma / sxx.sqrt();
        let critical = CRITICAL.iter().find(|(size, _)| n <= *size).map_or(-2.86, |(_, c)| *c);
        let stationary = sxx > 0.0 && phi > -1.0 && (phi - 1.0) / se_phi < critical;
        let root_n = (n as f64).sqrt();
        if stationary {
            let (constant, se_constant) = (my - phi * mx, sigma / root_n);
            return Some(Walk { log, constant, phi, sigma, centre: mx, se_phi, se_constant, pairs: n });
        }
        let drift = my - mx;
        let sigma = (pairs.iter().map(|p| (p.1 - p.0 - drift).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt();
        let se_constant = sigma / root_n;
        Some(Walk { log, constant: drift, phi: 1.0, sigma, centre: 0.0, se_phi: 0.0, se_constant, pairs: n })
    }

    /// One path of `steps` values after `last`.
    pub fn simulate(&self, last: f64, steps: usize, rng: &mut Rng) -> Vec<f64> {
        let mut normal = || -> f64 { StandardNormal.sample(&mut *rng) };
        let slope = self.se_phi * normal();
        let phi = (self.phi + slope).clamp(-1.0, 1.0);
        // The line turns around the centre, where its height and its slope are uncorrelated.
        let constant = self.constant - (phi - self.phi) * self.centre + self.se_constant * normal();
        let mut x = if self.log { last.ln() } else { last };
        (0..steps)
            .map(|_| {
                x = constant + phi * x + self.sigma * normal();
                if self.log { x.exp() } else { x }
            })
            .collect()
    }

    /// What it is, in words.
    pub fn words(&self) -> String {
        let of = if self.log { " of the logarithm" } else { "" };
        if self.phi == 1.0 {
            format!("a random walk{of} with drift, fitted to {} changes", self.pairs)
        } else {
            format!("an autoregression{of} (φ = {:.2}), fitted to {} changes", self.phi, self.pairs)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn least_squares_meets_its_normal_equations() {
        let x = [3.0, -1.0, 2.5, 0.5, 1.0, 2.0, -0.5, 1.5, 0.0, 2.0, 1.0, 1.2];
        let w = Walk::fit(&x).unwrap();
        assert!(!w.log && w.phi < 1.0);
        let e: Vec<f64> = x.windows(2).map(|p| p[1] - w.constant - w.phi * p[0]).collect();
        assert!(e.iter().sum::<f64>().abs() < 1e-12);
        assert!(e.iter().zip(&x).map(|(e, x)| e * x).sum::<f64>().abs() < 1e-12);
        assert!((w.sigma.powi(2) * 9.0 - e.iter().map(|e| e * e).sum::<f64>()).abs() < 1e-12);
    }

    #[test]
    fn a_growing_series_is_a_walk_that_goes_on_growing() {
        let x: Vec<f64> = (0..30).map(|t| (0.05 * f64::from(t) + if t % 2 == 0 { 0.01 } else { 0.0 }).exp()).collect();
        let w = Walk::fit(&x).unwrap();
        assert!(w.log && w.phi == 1.0);
        assert!((w.constant - (x[29].ln() - x[0].ln()) / 29.0).abs() < 1e-12);
        let mut rng = stream(1, &["walk"]);
        let ends: Vec<f64> = (0..4000).map(|_| w.simulate(x[29], 10, &mut rng)[9].ln()).collect();
        let mean = ends.iter().sum::<f64>() / 4000.0;
        let expected = x[29].ln() + 10.0 * w.constant;
        let sd = (10.0 * w.sigma.powi(2) + (10.0 * w.se_constant).powi(2)).sqrt();
        // Five standard errors of a mean of 4000.
        assert!((mean - expected).abs() < 5.0 * sd / 4000f64.sqrt());
    }

    #[test]
    fn few_or_constant_values() {
        assert_eq!(Walk::fit(&[1.0, 2.0, f64::NAN, 3.0, 4.0]), None);
        let mut rng = stream(1, &["constant"]);
        assert_eq!(Walk::fit(&[0.0; 9]).unwrap().simulate(0.0, 3, &mut rng), [0.0; 3]);
    }
}
