//! Squared error of the mean, (y − μ)². Range [0, ∞), smaller is better, in squared counts.
//!
//! The mean is the point forecast that makes it smallest on average (Gneiting 2011, *JASA* 106, pp. 746–762,
//! <https://doi.org/10.1198/jasa.2011.r10138>). A few large counts decide it; don't use it where the mean of the forecast
//! may not exist (a random walk of logs with an unknown σ has heavy tails: there take the absolute error).

/// (y − μ)² for the mean μ.
pub fn score(mean: f64, y: f64) -> f64 {
    (y - mean).powi(2)
}
