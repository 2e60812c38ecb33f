//! Variance beyond the Poisson, and zeros beyond the model.

use super::Test;
use crate::family::Kernel;
use crate::inference::covariance::{joint, model};
use crate::inference::linalg::quadratic;
use crate::inference::scoring::mean_and_gradient;
use crate::inference::special::ln_factorial;
use crate::model::glm::Regression;
use crate::results::num;
use serde::Serialize;

/// Cameron and Trivedi's tests on a Poisson fit: least squares without intercept of ((y − μ)² − y)/μ on 1 (NB1) and on
/// μ (NB2); the t value is taken as standard normal, one-sided for overdispersion (Cameron and Trivedi 1990, Journal of
/// Econometrics 46, 347–364; R's `AER::dispersiontest`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct CameronTrivedi {
    /// Against variance (1 + α) μ.
    pub nb1: Test,
    /// Its α.
    pub nb1_alpha: Option<f64>,
    /// Against variance μ + α μ².
    pub nb2: Test,
    /// Its α.
    pub nb2_alpha: Option<f64>,
}

/// Cameron and Trivedi's tests from counts and Poisson means.
pub fn cameron_trivedi(y: &[f64], mu: &[f64]) -> CameronTrivedi {
    let excess: Vec<f64> = y.iter().zip(mu).map(|(y, m)| ((y - m).powi(2) - y) / m).collect();
    let slope = |x: &dyn Fn(f64) -> f64| {
        let (mut xx, mut xz) = (0.0, 0.0);
        for (z, m) in excess.iter().zip(mu) {
            xx += x(*m) * x(*m);
            xz += x(*m) * z;
        }
        let a = xz / xx;
        let rss: f64 = excess.iter().zip(mu).map(|(z, m)| (z - a * x(*m)).powi(2)).sum();
        (a, a / (rss / (y.len() as f64 - 1.0) / xx).sqrt())
    };
    let ((one, z1), (two, z2)) = (slope(&|_| 1.0), slope(&|m| m));
    CameronTrivedi { nb1: upper(z1), nb1_alpha: num(one), nb2: upper(z2), nb2_alpha: num(two) }
}

/// Dean's score tests on a Poisson fit, one-sided for overdispersion (Dean 1992, J. Am. Stat. Assoc. 87, 451–457):
///
/// P_A = Σ ((y − μ)² − y) / √(2 Σ μ²), P_B with + h μ in the sum (h the leverage), both against NB2;
/// P_C = Σ ((y − μ)² − y)/μ / √(2n), against NB1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Dean {
    /// P_A.
    pub nb2: Test,
    /// P_B, corrected for the estimated means.
    pub nb2_corrected: Test,
    /// P_C.
    pub nb1: Test,
}

/// Dean's tests from counts, Poisson means and leverages.
pub fn dean(y: &[f64], mu: &[f64], hats: &[f64]) -> Dean {
    let excess = || y.iter().zip(mu).map(|(y, m)| (y - m).powi(2) - y);
    let size = (2.0 * mu.iter().map(|m| m * m).sum::<f64>()).sqrt();
    let corrected: f64 = excess().zip(hats.iter().zip(mu)).map(|(e, (h, m))| e + h * m).sum();
    let relative: f64 = excess().zip(mu).map(|(e, m)| e / m).sum();
    Dean {
        nb2: upper(excess().sum::<f64>() / size),
        nb2_corrected: upper(corrected / size),
        nb1: upper(relative / (2.0 * y.len() as f64).sqrt()),
    }
}

fn upper(z: f64) -> Test {
    Test { statistic: num(z), df: None, p_value: num(0.5 * libm::erfc(z / std::f64::consts::SQRT_2)) }
}

/// Zeros counted against zeros expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Zeros {
    /// Observations of zero.
    pub observed: f64,
    /// Σ P(y = 0) at the estimates.
    pub expected: f64,
    /// z = (observed − expected) / its error given that parameters were estimated; two-sided. None where zeros are all
    /// but impossible.
    pub test: Test,
}

/// Zero inflation: with p_i = P(y_i = 0) and s_i the scores of the parameters, the number of zeros less its expectation
/// has variance Σ p (1 − p) − c' I⁻¹ c, c = Σ cov(1{y = 0}, s) = Σ p s(0), I the information. A conditional-moment test
/// (Newey 1985, Econometrica 53, 1047–1070). `None` when the information is singular.
pub fn zeros(fit: &Regression) -> Option<Zeros> {
    let (problem, gamma) = (fit.problem(), &fit.solution().gamma);
    let free = fit.family().has_dispersion();
    let t = fit.solution().t;
    let (k, kernel) = (problem.k, Kernel::new(fit.family(), t));
    let dim = k + usize::from(free);
    let inverse = if free { joint(problem, fit.family(), gamma, t)? } else { model(problem, &kernel, gamma)? };
    let (mut gradient, mut c) = (vec![0.0; k], vec![0.0; dim]);
    let (mut observed, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for i in 0..problem.n() {
        let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
        let s = kernel.slopes(0.0, m, m.ln(), kappa);
        let p = (s.ll - ln_factorial(0.0)).exp();
        observed += f64::from(u8::from(problem.y[i] == 0.0));
        expected += p;
        variance += p * (1.0 - p);
        c.iter_mut().zip(&gradient).for_each(|(c, g)| *c += problem.w[i] * p * s.m * g);
        if free {
            c[k] += problem.w[i] * p * s.t;
        }
    }
    let left = variance - quadratic(&inverse, &c);
    let z = if left > 1e-9 * variance.max(1e-9) { (observed - expected) / left.sqrt() } else { f64::NAN };
    let p_value = num(libm::erfc(z.abs() / std::f64::consts::SQRT_2));
    Some(Zeros { observed, expected, test: Test { statistic: num(z), df: None, p_value } })
}
