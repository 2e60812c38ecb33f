//! Calibration: do the recorded counts look like draws from the forecasts? PIT, coverage, marginal calibration.
//!
//! Czado, Gneiting and Held (2009), *Biometrics* 65, pp. 1254–1261, <https://doi.org/10.1111/j.1541-0420.2009.01191.x>. These
//! describe; to compare models take a score. With a dozen targets a PIT histogram of ten bins is noise: use four.

use crate::forecast::Predictive;
use crate::results::{Coverage, MarginalRow};

/// Non-randomised PIT of counts. For one target with P(Y < y) = a and P(Y ≤ y) = b,
///
/// ```text
/// F(u) = 0 for u ≤ a,  (u − a)/(b − a) for a < u < b,  1 for u ≥ b
/// ```
///
/// and F̄ is its mean over targets; the histogram is flat for a calibrated forecaster. Returns the share in each of `bins`
/// equal bins (they sum to 1, so each is 1/bins when flat); empty without targets or bins.
pub fn pit_histogram(pits: &[(f64, f64)], bins: usize) -> Vec<f64> {
    if pits.is_empty() || bins == 0 {
        return Vec::new();
    }
    let edge = |j: usize| pit_cdf(pits, j as f64 / bins as f64);
    (0..bins).map(|j| edge(j + 1) - edge(j)).collect()
}

/// F̄(u): mean conditional distribution function of the PIT at `u` in [0, 1]; `u` itself for a calibrated forecaster.
pub fn pit_cdf(pits: &[(f64, f64)], u: f64) -> f64 {
    let one = |&(a, b): &(f64, f64)| match u {
        _ if u >= b || u >= 1.0 => 1.0,
        _ if u <= a => 0.0,
        _ => (u - a) / (b - a),
    };
    // u = 0 is the left edge of the first bin, also for an outcome of probability zero below everything (a = b = 0).
    if u <= 0.0 { 0.0 } else { pits.iter().map(one).sum::<f64>() / pits.len() as f64 }
}

/// Whether a count lies in an interval, its ends included.
pub fn inside((low, high): (f64, f64), y: f64) -> bool {
    (low..=high).contains(&y)
}

/// Share of counts inside their intervals of one nominal level; `None` without targets. Intervals of counts cover at least
/// their level, so a share above it is no fault where counts are small.
pub fn coverage(level: f64, intervals: &[(f64, f64)], observed: &[f64]) -> Option<Coverage> {
    let n = intervals.len().min(observed.len());
    let hits = intervals.iter().zip(observed).filter(|(i, y)| inside(**i, **y)).count();
    (n > 0).then(|| Coverage { level, share: hits as f64 / n as f64 })
}

/// Marginal calibration is given at so many counts at most.
const LIMITS: usize = 50;

/// The recorded counts at which marginal calibration is given: each once, at most fifty of them, evenly spread over their
/// ranks.
pub fn limits(observed: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut limits: Vec<f64> = observed.collect();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    let last = limits.len().saturating_sub(1);
    let shown = limits.len().min(LIMITS);
    (0..shown).map(|k| limits[if shown > 1 { k * last / (shown - 1) } else { 0 }]).collect()
}

/// Marginal calibration at the recorded counts: mean forecast probability of a count up to each, and the share of counts
/// recorded up to it. They should agree (Gneiting, Balabdaoui and Raftery 2007, *JRSS B* 69, pp. 243–268,
/// <https://doi.org/10.1111/j.1467-9868.2007.00587.x>). Forecasts (their draws) and counts by target.
pub fn marginal(forecasts: &[&Predictive], observed: &[f64]) -> Vec<MarginalRow> {
    let n = forecasts.len().min(observed.len());
    let (forecasts, observed) = (&forecasts[..n], &observed[..n]);
    let at = |count: f64| MarginalRow {
        count,
        predicted: forecasts.iter().map(|f| 1.0 - f.exceeds(count)).sum::<f64>() / n as f64,
        observed: observed.iter().filter(|y| **y <= count).count() as f64 / n as f64,
    };
    limits(observed.iter().copied()).into_iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Law};

    /// The long-run PIT of a law against its own counts: every count k weighted by its probability.
    fn exact_histogram(truth: &Law, forecast: &Law, bins: usize) -> Vec<f64> {
        let mut total = vec![0.0; bins];
        for k in 0..400 {
            let y = f64::from(k);
            let share = truth.log_pmf(y).exp();
            let one = pit_histogram(&[(forecast.cdf(y - 1.0), forecast.cdf(y))], bins);
            total.iter_mut().zip(one).for_each(|(t, o)| *t += share * o);
        }
        total
    }

    #[test]
    fn the_histogram_is_flat_for_the_true_law_and_u_shaped_for_a_narrow_one() {
        let truth = Law::new(Family::Nb2, 4.0, 2.0);
        assert!(exact_histogram(&truth, &truth, 10).iter().all(|h| (h - 0.1).abs() < 1e-9));
        let narrow = exact_histogram(&truth, &Law::new(Family::Poisson, 4.0, 1.0), 10);
        assert!(narrow[0] > 0.15 && narrow[9] > 0.15 && narrow[5] < 0.08, "{narrow:?}");
    }

    #[test]
    fn pit_steps_at_an_outcome_without_probability() {
        assert_eq!(pit_histogram(&[(1.0, 1.0), (0.0, 0.0)], 4), [0.5, 0.0, 0.0, 0.5]);
        assert_eq!(pit_histogram(&[(0.25, 0.75)], 4), [0.0, 0.5, 0.5, 0.0]);
        assert!(pit_histogram(&[], 4).is_empty());
    }

    #[test]
    fn coverage_and_marginal_calibration_count() {
        let c = coverage(0.8, &[(1.0, 3.0), (1.0, 3.0)], &[3.0, 4.0]).unwrap();
        assert_eq!((c.level, c.share), (0.8, 0.5));
        assert!(coverage(0.8, &[], &[]).is_none());
        let p = Predictive::new(vec![1.0, 2.0, 3.0, 4.0]);
        let m = marginal(&[&p, &p], &[2.0, 4.0]);
        assert_eq!(m[0], MarginalRow { count: 2.0, predicted: 0.5, observed: 0.5 });
        assert_eq!(m[1], MarginalRow { count: 4.0, predicted: 1.0, observed: 1.0 });
    }
}
