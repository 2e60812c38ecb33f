//! Profile-likelihood intervals of any [`Objective`].
//!
//! The interval of `θ_j` at a level holds every `v` with `2 (ℓ(θ̂) − max_{θ_j = v} ℓ(θ)) ≤ χ²₁(level)`. The signed root of
//! the left side is nearly linear in `v`, so a secant on it needs a handful of refits. Where the region ends before the
//! likelihood has fallen far enough, the interval ends there; where the likelihood never falls that far, the end is `None`.

use super::maximise::{Maximum, maximise};
use super::objective::{Objective, Region};

/// Both ends for coordinate `j`; `error` is a rough standard error, for the first guess.
pub fn interval<O: Objective + ?Sized>(
    objective: &O,
    region: &Region,
    best: &Maximum,
    j: usize,
    error: f64,
    chi2: f64,
) -> (Option<f64>, Option<f64>) {
    let error = if error.is_finite() && error > 0.0 { error } else { best.theta[j].abs().max(1.0) };
    let end = |sign: f64| one_end(objective, region, best, j, sign * error, chi2.sqrt());
    (end(-1.0), end(1.0))
}

fn one_end<O: Objective + ?Sized>(
    objective: &O,
    region: &Region,
    best: &Maximum,
    j: usize,
    step: f64,
    target: f64,
) -> Option<f64> {
    let held = region.fixing(j);
    let (low, high) = region.range(j);
    let limit = if step > 0.0 { high } else { low };
    let inside = |v: f64| if step > 0.0 { v.min(limit) } else { v.max(limit) };
    let mut at = best.theta.clone();
    // Root of the likelihood ratio at v; `None` where v cannot be reached.
    let mut root = |v: f64| -> Option<f64> {
        let mut start = at.clone();
        start[j] = v;
        if !restore(&held, &mut start, j, &best.theta) {
            return None;
        }
        let m = maximise(objective, &held, &start);
        if !m.value.is_finite() {
            return None;
        }
        at = m.theta;
        Some((2.0 * (best.value - m.value)).max(0.0).sqrt())
    };
    let (mut a, mut ra) = (best.theta[j], 0.0);
    let (mut outside, mut r_outside): (Option<f64>, f64) = (None, f64::NAN);
    let mut v = inside(best.theta[j] + step * target);
    for _ in 0..60 {
        match root(v) {
            Some(r) if (r - target).abs() < 1e-7 => return Some(v),
            Some(r) if r < target => {
                if v == limit {
                    return Some(limit);
                }
                (a, ra) = (v, r);
            }
            Some(r) => (outside, r_outside) = (Some(v), r),
            None => (outside, r_outside) = (Some(v), f64::NAN),
        }
        v = match outside {
            None => {
                let grow = if ra > 1e-3 { (target / ra).min(3.0) } else { 3.0 };
                inside(best.theta[j] + (a - best.theta[j]) * grow.max(1.05))
            }
            Some(b) if r_outside.is_finite() => a + (b - a) * ((target - ra) / (r_outside - ra)).clamp(0.02, 0.98),
            Some(b) => 0.5 * (a + b),
        };
        let width = (a - outside.unwrap_or(f64::INFINITY)).abs();
        if width < 1e-9 * step.abs() {
            return Some(v);
        }
        if (v - best.theta[j]).abs() > 1e6 * step.abs() {
            return None;
        }
    }
    None
}

/// Pulls the other coordinates towards those of the maximum until the inequalities hold again.
fn restore(region: &Region, theta: &mut [f64], j: usize, best: &[f64]) -> bool {
    let v = theta[j];
    let from: Vec<f64> = theta.to_vec();
    for share in [0.0, 0.3, 0.6, 0.9, 1.0] {
        for (i, t) in theta.iter_mut().enumerate() {
            *t = from[i] + share * (best[i] - from[i]);
        }
        theta[j] = v;
        if region.holds(theta) {
            return true;
        }
    }
    // A sum that v alone breaks: shrink what shares the sum with it.
    for shrink in [0.5, 0.1, 0.0] {
        for (i, t) in theta.iter_mut().enumerate() {
            let shares = region.bounds.iter().any(|b| b.a[i] != 0.0 && b.a[j] != 0.0);
            *t = if shares { shrink * best[i] } else { best[i] };
        }
        theta[j] = v;
        if region.holds(theta) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// n counts of mean ȳ: ℓ(μ) = n (ȳ ln μ − μ).
    struct Poisson {
        n: f64,
        mean: f64,
    }

    impl Objective for Poisson {
        fn dim(&self) -> usize {
            1
        }
        fn value(&self, t: &[f64]) -> f64 {
            self.n * (self.mean * t[0].ln() - t[0])
        }
        fn gradient(&self, t: &[f64], g: &mut [f64]) -> f64 {
            g[0] = self.n * (self.mean / t[0] - 1.0);
            self.value(t)
        }
    }

    #[test]
    fn ends_solve_the_likelihood_ratio_equation() {
        let o = Poisson { n: 10.0, mean: 3.0 };
        let best = maximise(&o, &Region::default(), &[1.0]);
        assert!((best.theta[0] - 3.0).abs() < 1e-9);
        let (low, high) = interval(&o, &Region::default(), &best, 0, (0.3f64).sqrt(), 3.841_458_820_694_124);
        for v in [low.unwrap(), high.unwrap()] {
            let lr = 2.0 * (o.value(&[3.0]) - o.value(&[v]));
            assert!((lr - 3.841_458_820_694_124).abs() < 1e-5, "{lr}");
        }
        assert!(low.unwrap() < 3.0 && high.unwrap() > 3.0);
        // A bound nearer than the end of the interval is its end.
        let mut region = Region::default();
        region.bound(1, 0, -1.0, -2.5, "μ ≥ 2.5".into());
        assert_eq!(interval(&o, &region, &best, 0, 0.5, 3.84).0, Some(2.5));
    }
}
