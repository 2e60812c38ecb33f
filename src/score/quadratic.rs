//! Quadratic (Brier) score of a count law, −2 p_y + Σ_k p_k². Range [−1, 1], smaller is better.
//!
//! Brier (1950), *Mon. Weather Rev.* 78, pp. 1–3, <https://doi.org/10.1175/1520-0493(1950)078%3C0001:VOFEIT%3E2.0.CO;2>; for counts
//! Czado, Gneiting and Held (2009), <https://doi.org/10.1111/j.1541-0420.2009.01191.x>. It does not know that 9 is nearer
//! to 10 than 99 is, and is near 0 for every forecast of large counts: for small counts only.

use super::pmf::Pmf;

/// −2 p_y + Σ p².
pub fn score(pmf: &Pmf, y: f64) -> f64 {
    of(pmf.probability(y), pmf.norm2())
}

/// The same from p_y and Σ p²; out of sample these are those of the mixture of the forecast's laws ([`super::mixture`]).
pub fn of(p: f64, norm2: f64) -> f64 {
    norm2 - 2.0 * p
}
