//! Dawid–Sebastiani score, (y − μ)²/σ² + ln σ². Range (−∞, ∞), smaller is better.
//!
//! It reads mean and variance only, and is proper (Dawid and Sebastiani 1999, *Ann. Statist.* 27, pp. 65–81,
//! <https://doi.org/10.1214/aos/1018031101>); for a normal forecast it is twice the log score up to a constant. From draws,
//! σ² has the denominator n. Not for skewed or heavy-tailed forecasts, whose variance a few draws decide, nor where
//! all draws are equal (σ² = 0: no score).

use crate::results::num;

/// (y − μ)²/σ² + ln σ²; `None` for σ² = 0.
pub fn score(mean: f64, variance: f64, y: f64) -> Option<f64> {
    if variance <= 0.0 {
        return None;
    }
    num((y - mean).powi(2) / variance + variance.ln())
}
