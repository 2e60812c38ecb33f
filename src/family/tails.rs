//! Distribution functions by summing a pmf outwards from y, on the side where its terms fall.

/// Terms taken one by one on either end; between them, where the pmf is smooth, panels of terms are.
const SINGLE: f64 = 2000.0;

/// Panels per distance travelled, or left to 0.
const PER_DISTANCE: f64 = 64.0;

/// Gauss–Legendre nodes and weights on (−1, 1) (Abramowitz and Stegun 1964, table 25.4, n = 4).
const GAUSS: [(f64, f64); 4] = [
    (-0.861_136_311_594_053, 0.347_854_845_137_454),
    (-0.339_981_043_584_856, 0.652_145_154_862_546),
    (0.339_981_043_584_856, 0.652_145_154_862_546),
    (0.861_136_311_594_053, 0.347_854_845_137_454),
];

/// P(Y ≤ y) from the log pmf of a law that falls on both sides of about `mean`; the pmf is also asked between whole
/// counts. A panel of h terms is ∫ p over h, and Euler and Maclaurin's −p'/24 at its ends.
pub fn cdf(y: f64, mean: f64, log_pmf: impl Fn(f64) -> f64) -> f64 {
    let step = if y < mean { -1.0 } else { 1.0 };
    let start = if y < mean { y } else { y + 1.0 };
    let (mut sum, mut k) = (0.0, start);
    let mut before = f64::NEG_INFINITY;
    while k >= 0.0 {
        let room = if step < 0.0 { k - SINGLE } else { f64::INFINITY };
        let h = ((k - start).abs().min(room) / PER_DISTANCE).floor();
        let panel = (k - start).abs() >= SINGLE && h > 1.0;
        let (log, term) = if panel { by_panel(k, h * step, &log_pmf) } else { single(log_pmf(k)) };
        sum += term;
        // Past the mode the terms fall at least geometrically.
        if log < before && (term <= 1e-18 * sum || log < -745.0) {
            break;
        }
        before = log;
        k += if panel { h * step } else { step };
    }
    if y < mean { sum.min(1.0) } else { (1.0 - sum).max(0.0) }
}

fn single(log: f64) -> (f64, f64) {
    (log, log.exp())
}

/// Log of the term at k, and the sum of |h| terms from k on, in the direction of h.
fn by_panel(k: f64, h: f64, log_pmf: impl Fn(f64) -> f64) -> (f64, f64) {
    let p = |x: f64| log_pmf(x).exp();
    let from = k - 0.5 * h.signum();
    let whole: f64 = GAUSS.iter().map(|(at, w)| w * p(from + 0.5 * h * (1.0 + at))).sum::<f64>() * 0.5 * h.abs();
    let slope = |x: f64| p(x + 0.5) - p(x - 0.5);
    (log_pmf(k), whole - (slope(from + h) - slope(from)) * h.signum() / 24.0)
}
