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

/// Where the search for one end stands: the nearest value inside and outside, with the roots there.
struct Bracket {
    centre: f64,
    inside: (f64, f64),
    outside: Option<(f64, Option<f64>)>,
    limit: f64,
    /// Width of the bracket three steps ago: when it has not halved since, the secant is replaced by halving.
    widths: [f64; 3],
}

impl Bracket {
    /// The next value to try, towards `target`.
    fn next(&self, target: f64) -> f64 {
        let (a, ra) = self.inside;
        match self.outside {
            None => {
                let grow = if ra > 1e-3 { (target / ra).clamp(1.05, 3.0) } else { 3.0 };
                let v = self.centre + (a - self.centre) * grow;
                if self.limit > self.centre { v.min(self.limit) } else { v.max(self.limit) }
            }
            Some((b, Some(rb))) if (b - a).abs() < 0.5 * self.widths[0] => {
                a + (b - a) * ((target - ra) / (rb - ra)).clamp(0.02, 0.98)
            }
            Some((b, _)) => 0.5 * (a + b),
        }
    }

    /// Width of the bracket; infinite while nothing outside is known.
    fn width(&self) -> f64 {
        self.outside.map_or(f64::INFINITY, |(b, _)| (b - self.inside.0).abs())
    }
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
    let centre = best.theta[j];
    let mut at = best.theta.clone();
    let mut bracket = Bracket { centre, inside: (centre, 0.0), outside: None, limit, widths: [f64::INFINITY; 3] };
    let first = centre + step * target;
    let mut v = if step > 0.0 { first.min(limit) } else { first.max(limit) };
    for _ in 0..100 {
        match root(objective, &held, best, j, v, &mut at) {
            Some(r) if (r - target).abs() < 1e-7 => return Some(v),
            Some(r) if r < target && v == limit => return Some(limit),
            Some(r) if r < target => bracket.inside = (v, r),
            r => bracket.outside = Some((v, r)),
        }
        if v == centre {
            return Some(v);
        }
        v = bracket.next(target);
        let width = bracket.width();
        if width < 1e-9 * step.abs() {
            return Some(v);
        }
        bracket.widths = [bracket.widths[1], bracket.widths[2], width];
        if (v - centre).abs() > 1e6 * step.abs() {
            return None;
        }
    }
    None
}

/// Signed root of the likelihood ratio with coordinate `j` held at `v`, started from `at`, which moves along; `None` where
/// `v` cannot be reached.
fn root<O: Objective + ?Sized>(
    objective: &O,
    held: &Region,
    best: &Maximum,
    j: usize,
    v: f64,
    at: &mut Vec<f64>,
) -> Option<f64> {
    let mut start = at.clone();
    start[j] = v;
    if !restore(held, &mut start, j, &best.theta) {
        return None;
    }
    let m = maximise(objective, held, &start);
    if !m.value.is_finite() {
        return None;
    }
    *at = m.theta;
    Some((2.0 * (best.value - m.value)).max(0.0).sqrt())
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
