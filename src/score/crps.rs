//! Continuous ranked probability score. Range [0, ∞), smaller is better, in counts; for a point forecast it is |y − x|.
//!
//! ```text
//! CRPS(F, y) = ∫ (F(x) − 1{x ≥ y})² dx = E|X − y| − ½ E|X − X'|
//!            = 1/n Σ_i |x_i − y| − 1/(2n²) Σ_i Σ_j |x_i − x_j|            the "edf" form of n draws
//! ```
//!
//! Gneiting and Raftery (2007), *JASA* 102, pp. 359–378, <https://doi.org/10.1198/016214506000001437>; the form is `edf`
//! of scoringRules, Jordan, Krüger and Lerch (2019), *J. Stat. Softw.* 90(12), <https://doi.org/10.18637/jss.v090.i12>.
//! The draws are the forecast: the score is that of their empirical distribution, a little above that of the law they came
//! from (by E|X − X'|/(2n), 1 in 2,000 or less of the score with 2,000 draws). The "fair" form with n(n − 1) is not used.
//! For a count law itself see [`super::rps`]. Not for averages over series of very different size: large series rule it.

use super::Parts;

/// CRPS of sorted draws, O(n).
pub fn sample(sorted: &[f64], y: f64) -> f64 {
    let n = sorted.len() as f64;
    // Σ_i Σ_j |x_i − x_j| = 2 Σ_i (2i − n − 1) x_(i), i from 1; from y, so that large counts lose no digits.
    let (mut error, mut spread) = (0.0, 0.0);
    for (i, x) in sorted.iter().enumerate() {
        error += (x - y).abs();
        spread += (2.0 * i as f64 + 1.0 - n) * (x - y);
    }
    error / n - spread / (n * n)
}

/// The parts of the CRPS of sorted draws. With q the quantile function (inverse of the empirical distribution),
///
/// ```text
/// dispersion      = 2 ∫_0^½ τ (q(1−τ) − q(τ)) dτ
/// overprediction  = 2 ∫_0^½ (q(τ) − y)⁺ dτ
/// underprediction = 2 ∫_0^½ (y − q(1−τ))⁺ dτ
/// ```
///
/// the limit of the parts of the weighted interval score over ever more levels (Bracher et al. 2021, see [`super::wis`]).
/// They sum to the CRPS, and the dispersion is the CRPS had the count been the median.
pub fn decomposition(sorted: &[f64], y: f64) -> Parts {
    let n = sorted.len() as f64;
    let mut parts = Parts::default();
    for (i, x) in sorted.iter().enumerate() {
        // Draw i is the quantile for τ in (i/n, (i+1)/n); `lower` is the length of that below ½.
        let (from, to) = (i as f64 / n, (i as f64 + 1.0) / n);
        let lower = (0.5f64.min(to) - from).max(0.0);
        let upper = (to - 0.5f64.max(from)).max(0.0);
        // ∫ τ dτ below ½, ∫ (1 − τ) dτ above.
        let weight = upper * (1.0 - to + 0.5 * upper) - lower * (from + 0.5 * lower);
        parts.dispersion += 2.0 * weight * (x - y);
        parts.overprediction += 2.0 * lower * (x - y).max(0.0);
        parts.underprediction += 2.0 * upper * (y - x).max(0.0);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, O(n²).
    fn by_definition(draws: &[f64], y: f64) -> f64 {
        let n = draws.len() as f64;
        let error: f64 = draws.iter().map(|x| (x - y).abs()).sum::<f64>() / n;
        let pairs: f64 = draws.iter().flat_map(|a| draws.iter().map(move |b| (a - b).abs())).sum();
        error - pairs / (2.0 * n * n)
    }

    proptest! {
        #[test]
        fn sorted_form_is_the_definition_and_the_parts_sum_to_it(
            mut draws in prop::collection::vec(0u32..5000, 1..60), y in 0u32..6000,
        ) {
            draws.sort_unstable();
            let draws: Vec<f64> = draws.into_iter().map(f64::from).collect();
            let y = f64::from(y);
            let score = sample(&draws, y);
            prop_assert!((score - by_definition(&draws, y)).abs() < 1e-8, "{score}");
            let parts = decomposition(&draws, y);
            prop_assert!((parts.total() - score).abs() < 1e-8);
            prop_assert!(parts.dispersion > -1e-9 && parts.overprediction >= 0.0 && parts.underprediction >= 0.0);
            let median = draws[(draws.len() - 1) / 2];
            prop_assert!((parts.dispersion - sample(&draws, median)).abs() < 1e-8);
        }
    }

    #[test]
    fn a_point_forecast_scores_its_absolute_error() {
        assert_eq!(sample(&[7.0; 5], 4.0), 3.0);
        assert_eq!(decomposition(&[7.0; 4], 4.0), Parts { overprediction: 3.0, ..Parts::default() });
        assert_eq!(sample(&[7.0], 7.0), 0.0);
    }
}
