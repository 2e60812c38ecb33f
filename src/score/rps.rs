//! Ranked probability score of a count law: the CRPS of a distribution on 0, 1, 2 … Range [0, ∞), smaller is better.
//!
//! ```text
//! RPS(F, y) = Σ_{k ≥ 0} (F_k − 1{y ≤ k})²
//! ```
//!
//! Epstein (1969), *J. Appl. Meteorol.* 8, pp. 985–987,
//! <https://doi.org/10.1175/1520-0450(1969)008%3C0985:ASSFPF%3E2.0.CO;2>; for counts Czado, Gneiting and Held (2009),
//! <https://doi.org/10.1111/j.1541-0420.2009.01191.x>. For forecasts that are draws take [`super::crps`], which is the same
//! score without the table.

use super::pmf::Pmf;

/// RPS of the count `y`, a whole number.
pub fn score(pmf: &Pmf, y: f64) -> f64 {
    let inside: f64 =
        pmf.cdf().iter().enumerate().map(|(k, f)| if y <= k as f64 { (1.0 - f).powi(2) } else { f * f }).sum();
    // Beyond the table F = 1: each count from its end up to y − 1 adds 1.
    inside + (y - pmf.cdf().len() as f64).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::crps;

    #[test]
    fn it_is_the_crps_of_the_same_distribution() {
        let draws = [0.0, 1.0, 1.0, 3.0, 8.0];
        let pmf = Pmf::from_probabilities(vec![0.2, 0.4, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.2]);
        for y in [0.0, 1.0, 2.0, 8.0, 15.0] {
            assert!((score(&pmf, y) - crps::sample(&draws, y)).abs() < 1e-12);
        }
    }
}
