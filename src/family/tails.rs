//! Distribution functions by summing a pmf outwards from y, on the side where its terms fall.

/// P(Y ≤ y) from the log pmf of a law that falls on both sides of about `mean`.
pub fn cdf(y: f64, mean: f64, log_pmf: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut k) = (0.0, if y < mean { y } else { y + 1.0 });
    let step = if y < mean { -1.0 } else { 1.0 };
    let mut before = f64::NEG_INFINITY;
    while k >= 0.0 {
        let log = log_pmf(k);
        let term = log.exp();
        sum += term;
        // Past the mode the terms fall at least geometrically.
        if log < before && (term <= 1e-18 * sum || log < -745.0) {
            break;
        }
        before = log;
        k += step;
    }
    if y < mean { sum.min(1.0) } else { (1.0 - sum).max(0.0) }
}
