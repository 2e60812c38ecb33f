//! Parametric bootstrap: series simulated from the fit, each fitted again (Efron and Tibshirani 1993, ch. 13).
//!
//! Every replicate has its own random stream, so the result does not depend on the number of threads. Columns that are
//! lags of the response (`lag()` in a formula) are held as recorded; lags given to the model itself are simulated.

use super::simulate::simulate_counts;
use super::{Estimate, IngarchFit};
use crate::model::IntervalKind;
use crate::model::serial_report::Estimated;
use crate::results::BootstrapInfo;
use crate::rng;
use rayon::prelude::*;

/// Estimates from simulated series.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// Coefficients in the order of the outputs, one row per replicate that could be fitted.
    pub coefficients: Vec<Vec<f64>>,
    /// Dispersions (α of NB2, φ of NB1).
    pub dispersions: Vec<f64>,
    /// Replicates that could not be fitted.
    pub failed: usize,
}

/// Standard deviation with divisor n − 1.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

/// Quantile by linear interpolation of the order statistics (Hyndman and Fan's type 7).
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let i = (at.floor() as usize).min(sorted.len() - 2);
    sorted[i] + (at - i as f64) * (sorted[i + 1] - sorted[i])
}

impl Bootstrap {
    fn column(&self, j: usize) -> Vec<f64> {
        self.coefficients.iter().map(|c| c[j]).collect()
    }

    /// Standard errors of the coefficients; NaN-free only with two replicates or more, empty otherwise.
    pub fn std_errors(&self) -> Vec<f64> {
        let k = self.coefficients.first().map_or(0, Vec::len);
        if self.coefficients.len() < 2 {
            return Vec::new();
        }
        (0..k).map(|j| deviation(&self.column(j))).collect()
    }

    /// Errors and percentile intervals around estimates in the order of the outputs.
    pub(crate) fn estimated(&self, estimates: &[(String, f64)], level: f64) -> Vec<Estimated> {
        let errors = self.std_errors();
        let one = |(j, (_, value)): (usize, &(String, f64))| {
            let range = self.interval(j, level);
            let error = errors.get(j).copied().filter(|e| *e > 0.0);
            Estimated { value: *value, error, low: range.map(|r| r.0), high: range.map(|r| r.1) }
        };
        estimates.iter().enumerate().map(one).collect()
    }

    /// What outputs say of it.
    pub(crate) fn kind(&self) -> IntervalKind {
        let (replicates, failed) = (self.coefficients.len(), self.failed);
        IntervalKind::Bootstrap(BootstrapInfo {
            scheme: "parametric",
            limits: "percentile",
            replicates,
            failed,
            block: None,
        })
    }

    /// Percentile interval of coefficient `j`; `None` with fewer than two replicates.
    pub fn interval(&self, j: usize, level: f64) -> Option<(f64, f64)> {
        let mut v = self.column(j);
        if v.len() < 2 {
            return None;
        }
        v.sort_by(f64::total_cmp);
        Some((quantile(&v, (1.0 - level) / 2.0), quantile(&v, (1.0 + level) / 2.0)))
    }
}

impl IngarchFit {
    /// Simulates and refits `replicates` series, in parallel.
    pub fn bootstrap(&self, replicates: usize) -> Bootstrap {
        let fits: Vec<Option<Estimate>> = (0..replicates).into_par_iter().map(|b| self.replicate(b)).collect();
        let mut out = Bootstrap { coefficients: Vec::new(), dispersions: Vec::new(), failed: 0 };
        for fit in fits {
            match fit {
                Some(e) => {
                    out.coefficients.push(self.slots.iter().map(|s| e.theta[s.index] / s.scale).collect());
                    out.dispersions.push(e.dispersion);
                }
                None => out.failed += 1,
            }
        }
        out
    }

    fn replicate(&self, b: usize) -> Option<Estimate> {
        let mut stream = rng::stream(self.seed, &["bootstrap", &b.to_string()]);
        let counts = simulate_counts(&self.plan, &self.series, &self.estimate, &mut stream)?;
        self.refit(&self.series.with_counts(&counts))
    }
}
