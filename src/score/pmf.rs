//! A count law written out: probabilities of 0, 1, 2 …, for the scores that sum over all counts.
//!
//! Draws are quicker for large means: the table of a law of mean 3,000 has tens of thousands of entries. It ends where
//! less than 1e-14 is left above, or after [`LONGEST`] entries.

use crate::family::Law;

/// Longest table, entries.
pub const LONGEST: usize = 2_000_000;

/// Probabilities p_k of k = 0, 1, … and their sums F_k.
#[derive(Debug, Clone, PartialEq)]
pub struct Pmf {
    /// For counts beyond the table.
    law: Option<Law>,
    p: Vec<f64>,
    cdf: Vec<f64>,
}

impl Pmf {
    /// The table of a law.
    pub fn of(law: &Law) -> Self {
        // Searched for by doubling, so that the table ends past the mode also where F starts at 0.
        let mut end = 16usize;
        while end < LONGEST && 1.0 - law.cdf(end as f64) > 1e-14 {
            end *= 2;
        }
        let mut p = Vec::new();
        let mut sum = 0.0;
        for k in 0..end.min(LONGEST) {
            p.push(law.log_pmf(k as f64).exp());
            sum += p[k];
            if sum > 1.0 - 1e-14 {
                break;
            }
        }
        Pmf { law: Some(*law), ..Self::from_probabilities(p) }
    }

    /// From the probabilities of 0, 1, …
    pub fn from_probabilities(p: Vec<f64>) -> Self {
        let cdf = p
            .iter()
            .scan(0.0, |sum, p| {
                *sum += p;
                Some(*sum)
            })
            .collect();
        Pmf { law: None, p, cdf }
    }

    /// p_0, p_1, …
    pub fn probabilities(&self) -> &[f64] {
        &self.p
    }

    /// F_0, F_1, …
    pub fn cdf(&self) -> &[f64] {
        &self.cdf
    }

    /// p_y; beyond the table from the law.
    pub fn probability(&self, y: f64) -> f64 {
        if y < 0.0 || y.fract() != 0.0 {
            return 0.0;
        }
        let beyond = || self.law.map_or(0.0, |law| law.log_pmf(y).exp());
        self.p.get(y as usize).copied().unwrap_or_else(beyond)
    }

    /// Σ p_k².
    pub fn norm2(&self) -> f64 {
        self.p.iter().map(|p| p * p).sum()
    }

    /// Smallest k with F_k ≥ `level`, as R's quantile functions of counts; the table's last count if there is none.
    pub fn quantile(&self, level: f64) -> f64 {
        // R's fuzz: a sum short of the level by rounding alone has reached it.
        let fuzz = level * (1.0 - 64.0 * f64::EPSILON);
        self.cdf.partition_point(|f| *f < fuzz).min(self.cdf.len().saturating_sub(1)) as f64
    }

    /// Central interval of a level such as 0.9.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        (self.quantile((1.0 - level) / 2.0), self.quantile((1.0 + level) / 2.0))
    }

    /// Mean and variance.
    pub fn moments(&self) -> (f64, f64) {
        let mean: f64 = self.p.iter().enumerate().map(|(k, p)| k as f64 * p).sum();
        (mean, self.p.iter().enumerate().map(|(k, p)| (k as f64 - mean).powi(2) * p).sum())
    }
}
