//! Spherical score of a count law, −p_y / √(Σ_k p_k²). Range [−1, 0], smaller is better.
//!
//! Good (1971); for counts Czado, Gneiting and Held (2009), <https://doi.org/10.1111/j.1541-0420.2009.01191.x>. Like the
//! [quadratic score](super::quadratic) it takes no account of distance: for small counts only.

use super::pmf::Pmf;

/// −p_y/√(Σ p²).
pub fn score(pmf: &Pmf, y: f64) -> f64 {
    of(pmf.probability(y), pmf.norm2())
}

/// The same from p_y and Σ p²; out of sample these are those of the mixture of the forecast's laws ([`super::mixture`]).
pub fn of(p: f64, norm2: f64) -> f64 {
    // + 0.0: a count without probability scores 0, not −0.
    -p / norm2.sqrt() + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::quadratic;

    #[test]
    fn certainty_scores_best_and_a_miss_worst() {
        let sure = Pmf::from_probabilities(vec![0.0, 0.0, 1.0]);
        assert_eq!((score(&sure, 2.0), quadratic::score(&sure, 2.0)), (-1.0, -1.0));
        assert_eq!((score(&sure, 5.0), quadratic::score(&sure, 5.0)), (0.0, 1.0));
    }
}
