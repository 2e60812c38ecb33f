//! Interval score of a central (1 − α) interval [l, u]. Range [0, ∞), smaller is better, in counts.
//!
//! ```text
//! IS_α(l, u; y) = (u − l) + 2/α (l − y)⁺ + 2/α (y − u)⁺
//! ```
//!
//! Gneiting and Raftery (2007), *JASA* 102, pp. 359–378, section 6.2, <https://doi.org/10.1198/016214506000001437>. Not to compare levels: a
//! wide interval scores higher by its width; for several levels together take the [WIS](super::wis).

/// IS of the interval `(l, u)` of a level 1 − α in (0, 1).
pub fn score((l, u): (f64, f64), level: f64, y: f64) -> f64 {
    let alpha = 1.0 - level;
    (u - l) + 2.0 / alpha * ((l - y).max(0.0) + (y - u).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_inside_and_penalty_outside() {
        assert_eq!(score((2.0, 6.0), 0.5, 4.0), 4.0);
        assert_eq!(score((2.0, 6.0), 0.5, 1.0), 4.0 + 4.0);
        assert_eq!(score((2.0, 6.0), 0.5, 8.0), 4.0 + 8.0);
    }
}
