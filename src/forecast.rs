//! A forecast is a set of draws. Points, intervals, totals over several periods and exceedance probabilities all come
//! from the draws; nothing is stored twice.

use crate::family::Law;
use crate::period::{Period, Span};
use jiff::civil::Date;
use ndarray::{Array2, Axis};

/// Simulated paths, draws × steps, and the law that each count was drawn from.
#[derive(Debug, Clone)]
pub struct Paths {
    /// Counts, whole numbers; what is already recorded of a running step is included.
    pub counts: Array2<f64>,
    /// Law of each count (less what is already recorded) given the draw's parameters and the path before it.
    pub laws: Array2<Law>,
}

impl Paths {
    /// Number of draws.
    pub fn draws(&self) -> usize {
        self.counts.nrows()
    }

    /// Stacks the draws of several models (an ensemble).
    ///
    /// # Panics
    /// When the members cover different numbers of steps: a fault of the caller.
    pub fn stack(parts: &[Paths]) -> Paths {
        let counts: Vec<_> = parts.iter().map(|p| p.counts.view()).collect();
        let laws: Vec<_> = parts.iter().map(|p| p.laws.view()).collect();
        Paths {
            counts: ndarray::concatenate(Axis(0), &counts).expect("members cover the same steps"),
            laws: ndarray::concatenate(Axis(0), &laws).expect("members cover the same steps"),
        }
    }
}

/// What is forecast at one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The period.
    pub period: Period,
    /// Steps ahead of the origin; 1 = the first period that ends after the origin.
    pub horizon: i64,
}

/// Draws of one model from one origin under one scenario.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// Model name.
    pub model: String,
    /// The day whose knowledge was used.
    pub origin: Date,
    /// Scenario name.
    pub scenario: String,
    /// One target per column of the paths.
    pub targets: Vec<Target>,
    /// The draws.
    pub paths: Paths,
    /// Counts already recorded of a running target, included in `paths.counts`; 0 elsewhere. One per column.
    pub known: Vec<f64>,
}

/// A predictive distribution: sorted draws.
#[derive(Debug, Clone)]
pub struct Predictive {
    sorted: Vec<f64>,
}

impl Predictive {
    /// From draws in any order.
    pub fn new(mut draws: Vec<f64>) -> Self {
        draws.sort_by(f64::total_cmp);
        Predictive { sorted: draws }
    }

    /// The sorted draws.
    pub fn draws(&self) -> &[f64] {
        &self.sorted
    }

    /// Mean of the draws.
    pub fn mean(&self) -> f64 {
        self.sorted.iter().sum::<f64>() / self.sorted.len() as f64
    }

    /// Quantile by the inverse of the empirical distribution (Hyndman and Fan's type 1): the smallest draw with at
    /// least a share `p` of the draws at or below it. It is always a possible count.
    pub fn quantile(&self, p: f64) -> f64 {
        let n = self.sorted.len();
        let k = (p * n as f64 - 1e-9).ceil() as usize;
        self.sorted[k.clamp(1, n) - 1]
    }

    /// Central interval of a level such as 0.95.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        (self.quantile((1.0 - level) / 2.0), self.quantile((1.0 + level) / 2.0))
    }

    /// Probability of a count above `limit`.
    pub fn exceeds(&self, limit: f64) -> f64 {
        let at_or_below = self.sorted.partition_point(|d| *d <= limit);
        (self.sorted.len() - at_or_below) as f64 / self.sorted.len() as f64
    }
}

impl Forecast {
    /// The predictive distribution of target `k`.
    pub fn predictive(&self, k: usize) -> Predictive {
        Predictive::new(self.paths.counts.column(k).to_vec())
    }

    /// The predictive distribution of the sum over the targets that lie in a span, path by path.
    pub fn total(&self, span: Span) -> Predictive {
        let inside: Vec<usize> =
            (0..self.targets.len()).filter(|k| span.share_of(self.targets[*k].period) == 1.0).collect();
        let sum = |row: ndarray::ArrayView1<f64>| inside.iter().map(|k| row[*k]).sum::<f64>();
        Predictive::new(self.paths.counts.rows().into_iter().map(sum).collect())
    }

    /// Log of the predictive probability of `observed` at target `k`: the family's pmf averaged over the draws.
    pub fn log_pmf(&self, k: usize, observed: f64) -> f64 {
        let rest = observed - self.known[k];
        let logs: Vec<f64> = self.paths.laws.column(k).iter().map(|law| law.log_pmf(rest)).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if top == f64::NEG_INFINITY {
            return top;
        }
        top + (logs.iter().map(|l| (l - top).exp()).sum::<f64>() / logs.len() as f64).ln()
    }

    /// Predictive distribution function at `observed`, averaged over the draws; for the PIT.
    pub fn cdf(&self, k: usize, observed: f64) -> f64 {
        let rest = observed - self.known[k];
        self.paths.laws.column(k).iter().map(|law| law.cdf(rest)).sum::<f64>() / self.paths.draws() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_draws() {
        let p = Predictive::new(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!((p.quantile(0.25), p.quantile(0.5), p.quantile(0.51), p.quantile(1.0)), (1.0, 2.0, 3.0, 4.0));
        assert_eq!(p.exceeds(2.0), 0.5);
        assert_eq!(p.mean(), 2.5);
    }
}
