//! Quantile (pinball) score of the forecast q of the p-quantile. Range [0, ∞), smaller is better, in counts.
//!
//! ```text
//! QS_p(q, y) = 2 (1{y ≤ q} − p)(q − y)
//! ```
//!
//! Twice the pinball loss: the convention of R's scoringutils, under which QS at p = ½ is the absolute error, its integral
//! over p the CRPS, and QS_{α/2}(l) + QS_{1−α/2}(u) = α IS_α(l, u). (Python's `scoringrules.quantile_score` is half of it.)
//! Koenker and Bassett (1978), *Econometrica* 46, pp. 33–50, <https://doi.org/10.2307/1913643>. It judges one quantile
//! only; don't read it as a score of the whole forecast.

/// Twice the pinball loss of `q` as the `p`-quantile.
pub fn score(q: f64, p: f64, y: f64) -> f64 {
    2.0 * (f64::from(u8::from(y <= q)) - p) * (q - y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::interval_score;

    #[test]
    fn half_is_the_absolute_error_and_two_make_an_interval_score() {
        for y in [0.0, 3.0, 5.0, 9.0] {
            assert_eq!(score(5.0, 0.5, y), (y - 5.0).abs());
            let two = score(2.0, 0.1, y) + score(6.0, 0.9, y);
            assert!((two - 0.2 * interval_score::score((2.0, 6.0), 0.8, y)).abs() < 1e-12);
        }
    }
}
