//! Serial dependence of residuals.
//!
//! r_k = Σ (e_t − ē)(e_{t−k} − ē) / Σ (e_t − ē)²; Ljung and Box (1978, Biometrika 65, 297–303):
//! Q = n (n + 2) Σ_{k ≤ m} r_k² / (n − k), χ² with m degrees of freedom. For counts it is meant for randomised quantile
//! residuals, which are normal and independent under the right model (Dunn and Smyth 1996); missing ones are passed over.

use super::Test;
use crate::results::num;
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF as _};

/// Autocorrelations and the test that they are 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Serial {
    /// r_1, r_2, …
    pub autocorrelations: Vec<f64>,
    /// |r_k| above this is unusual: 1.96 / √n.
    pub bound: Option<f64>,
    /// Ljung and Box's Q over all of them.
    pub ljung_box: Test,
    /// Durbin and Watson's statistic: about 2 (1 − r_1).
    pub durbin_watson: Option<f64>,
}

/// The checks of a series of residuals.
pub fn serial(residuals: &[f64], lags: usize) -> Serial {
    let n = residuals.len() as f64;
    Serial {
        autocorrelations: autocorrelations(residuals, lags),
        bound: num(1.959_963_984_540_054 / n.sqrt()),
        ljung_box: ljung_box(residuals, lags, 0),
        durbin_watson: durbin_watson(residuals),
    }
}

/// min(10, n/5) lags, or two seasons where there is a season, at most n/5 (Hyndman and Athanasopoulos 2021,
/// *Forecasting*, 3rd ed., section 5.4).
pub fn default_lags(n: usize, season: Option<usize>) -> usize {
    season.map_or(10, |m| 2 * m).min(n / 5).max(1)
}

/// r_1 … r_lags; empty for a constant series.
pub fn autocorrelations(series: &[f64], lags: usize) -> Vec<f64> {
    let n = series.len();
    let mean = series.iter().sum::<f64>() / n as f64;
    let e: Vec<f64> = series.iter().map(|x| x - mean).collect();
    let c0: f64 = e.iter().map(|x| x * x).sum();
    if c0.is_nan() || c0 <= 0.0 {
        return Vec::new();
    }
    (1..=lags.min(n - 1)).map(|k| e[k..].iter().zip(&e).map(|(a, b)| a * b).sum::<f64>() / c0).collect()
}

/// Ljung and Box's Q over `lags` lags, less `fitted` degrees of freedom for estimated ARMA parameters.
pub fn ljung_box(series: &[f64], lags: usize, fitted: usize) -> Test {
    let n = series.len() as f64;
    let r = autocorrelations(series, lags);
    if r.is_empty() {
        return Test::default();
    }
    let q = n * (n + 2.0) * r.iter().enumerate().map(|(k, r)| r * r / (n - k as f64 - 1.0)).sum::<f64>();
    chi2(q, r.len() as f64 - fitted as f64)
}

/// Σ (e_t − e_{t−1})² / Σ e_t²; `None` for a series of zeros.
pub fn durbin_watson(series: &[f64]) -> Option<f64> {
    let change: f64 = series.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    num(change / series.iter().map(|e| e * e).sum::<f64>())
}

/// A χ² statistic with its upper tail.
pub fn chi2(statistic: f64, df: f64) -> Test {
    let p = ChiSquared::new(df).ok().map(|d| d.sf(statistic.max(0.0))).filter(|_| df > 0.0 && statistic.is_finite());
    Test { statistic: num(statistic), df: num(df).filter(|df| *df > 0.0), p_value: p.and_then(num) }
}
