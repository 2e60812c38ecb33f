//! Diebold–Mariano test of equal accuracy with the correction of Harvey, Leybourne and Newbold.
//!
//! With d_t the loss of method 1 less that of method 2 at target t (any score), n targets, h steps ahead, and γ_k the
//! autocovariance of d with denominator n:
//!
//! ```text
//! S = d̄ / √(V/n) · √((n + 1 − 2h + h(h − 1)/n) / n)          referred to Student's t with n − 1 degrees of freedom
//! V = γ_0 + 2 Σ_{k<h} γ_k           or, with Bartlett's weights,           γ_0 + 2 Σ_{k<h} (1 − k/h) γ_k
//! ```
//!
//! Diebold and Mariano (1995), *JBES* 13, pp. 253–263, <https://doi.org/10.1080/07350015.1995.10524599>; Harvey, Leybourne and
//! Newbold (1997), *Int. J. Forecasting* 13, pp. 281–291, <https://doi.org/10.1016/S0169-2070(96)00719-4>. As R's
//! `forecast::dm.test`. With a dozen targets it has little power; targets must be in order of time, one horizon at a time,
//! and it assumes that d is stationary. Not for nested models fitted to the same data at h = 1 without thought.

use crate::error::{Error, Result};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// What the test is against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alternative {
    /// The methods differ.
    #[default]
    TwoSided,
    /// Method 1 has the smaller loss (method 2 is less accurate: R's `less`).
    Less,
    /// Method 1 has the larger loss (R's `greater`).
    Greater,
}

/// The estimate of the long-run variance V.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LongRun {
    /// Autocovariances with equal weights; it may come out negative.
    #[default]
    Acf,
    /// Bartlett's weights; never negative.
    Bartlett,
}

/// The test's outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DieboldMariano {
    /// S; negative when method 1 is the better.
    pub statistic: f64,
    /// p-value.
    pub p_value: f64,
    /// d̄.
    pub mean_difference: f64,
    /// n.
    pub n: usize,
    /// The h used: 1 in place of the one asked for when V came out negative, as in R.
    pub horizon: usize,
}

/// Tests the loss differences `d` (method 1 less method 2, in order of time) of forecasts `horizon` steps ahead.
///
/// # Errors
/// With fewer than 2 differences, or none more than the horizon, a value that is not finite, or no variation at all.
pub fn test(d: &[f64], horizon: usize, alternative: Alternative, long_run: LongRun) -> Result<DieboldMariano> {
    let (n, h) = (d.len() as f64, horizon.max(1));
    if d.len() < 2 || d.len() <= h || d.iter().any(|x| !x.is_finite()) {
        return Err(Error::data(format!("Diebold-Mariano test: {} loss differences for horizon {h}", d.len()))
            .help("give more targets than steps ahead, each with both scores"));
    }
    let mean = d.iter().sum::<f64>() / n;
    let gamma = |k: usize| d[k..].iter().zip(d).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n;
    let weight = |k: usize| if long_run == LongRun::Bartlett { 1.0 - k as f64 / h as f64 } else { 1.0 };
    let variance = gamma(0) + 2.0 * (1..h).map(|k| weight(k) * gamma(k)).sum::<f64>();
    if variance <= 0.0 {
        if h == 1 {
            return Err(Error::data("Diebold-Mariano test: the loss differences don't vary"));
        }
        return test(d, 1, alternative, long_run);
    }
    let h_f = h as f64;
    let correction = ((n + 1.0 - 2.0 * h_f + h_f / n * (h_f - 1.0)) / n).sqrt();
    let statistic = mean / (variance / n).sqrt() * correction;
    let t = StudentsT::new(0.0, 1.0, n - 1.0).map_err(|e| Error::data(format!("Diebold-Mariano test: {e}")))?;
    let p_value = match alternative {
        Alternative::TwoSided => 2.0 * t.cdf(-statistic.abs()),
        Alternative::Less => t.cdf(statistic),
        Alternative::Greater => t.cdf(-statistic),
    };
    Ok(DieboldMariano { statistic, p_value, mean_difference: mean, n: d.len(), horizon: h })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_variance_falls_back_to_one_step() {
        let d = [1.0, -0.8, 1.1, -0.9, 1.0, -1.2, 0.9, -1.0];
        let at_two = test(&d, 2, Alternative::TwoSided, LongRun::Acf).unwrap();
        assert_eq!(at_two, test(&d, 1, Alternative::TwoSided, LongRun::Acf).unwrap());
        assert_eq!(at_two.horizon, 1);
        assert!(test(&[0.5; 9], 1, Alternative::TwoSided, LongRun::Acf).is_err());
        assert!(test(&[0.5, 1.0], 2, Alternative::TwoSided, LongRun::Acf).is_err());
    }
}
