//! Profile-likelihood intervals: the values b of a coefficient with 2 (ℓ̂ − max ℓ given b) below the χ²₁ quantile, the
//! other coefficients and the dispersion maximised again at each b (Venzon and Moolgavkar 1988, Applied Statistics 37,
//! 87–94).

/// The signed root ±√(2 (ℓ̂ − ℓ(b))) reached at most this far out, in Wald standard errors, before a bound is said not
/// to exist.
const FARTHEST: f64 = 1e4;

/// The bound on one side of `estimate`, where the drop of the log-likelihood reaches `drop`. `likelihood(b)` is the
/// maximum given b (`None` where there is none); `top` the maximum overall; `step` = the Wald bound's signed distance.
/// `None` when no finite bound exists.
pub fn bound(likelihood: impl Fn(f64) -> Option<f64>, estimate: f64, top: f64, step: f64, drop: f64) -> Option<f64> {
    // The root of 2 (top − ℓ) grows almost in proportion to the distance: secant steps on it.
    let target = (2.0 * drop).sqrt();
    let root = |d: f64| likelihood(estimate + d).map(|l| (2.0 * (top - l)).max(0.0).sqrt() - target);
    let (mut low, mut at_low) = (0.0, -target);
    let (mut high, mut at_high) = (step, root(step));
    // Outwards until the target is passed; a point without a maximum counts as passed.
    while at_high.is_some_and(|v| v < 0.0) {
        (low, at_low) = (high, at_high.unwrap_or(-target));
        high *= 1.6;
        if high.abs() > FARTHEST * step.abs() {
            return None;
        }
        at_high = root(high);
    }
    // Illinois' variant of false position, with bisection where a point has no value.
    let mut side = 0;
    for _ in 0..100 {
        if (high - low).abs() < 1e-12 * (estimate.abs() + step.abs()) {
            break;
        }
        let middle = at_high.map_or(0.5 * (low + high), |v| (low * v - high * at_low) / (v - at_low));
        let value = root(middle);
        match value {
            Some(v) if v.abs() < 1e-9 => return Some(estimate + middle),
            Some(v) if v < 0.0 => {
                (low, at_low) = (middle, v);
                at_high = if side == -1 { at_high.map(|h| 0.5 * h) } else { at_high };
                side = -1;
            }
            _ => {
                (high, at_high) = (middle, value);
                at_low *= if side == 1 { 0.5 } else { 1.0 };
                side = 1;
            }
        }
    }
    at_high.map(|_| estimate + 0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_mean_of_zero_counts_has_an_upper_bound_only() {
        // Five zeros, mean e^b: ℓ(b) = −5 e^b, top = 0, no estimate; bound at 5 e^b = ½ χ².
        let drop = 1.920_729_410_347_062;
        let b = bound(|b| Some(-5.0 * b.exp()), -20.0, 0.0, 1.0, drop).unwrap();
        assert!((b - (drop / 5.0).ln()).abs() < 1e-9);
        assert_eq!(bound(|b| Some(-5.0 * b.exp()), -20.0, 0.0, -1.0, drop), None);
    }
}
