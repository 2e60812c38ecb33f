//! Tests of serial dependence: all β and α zero.
//!
//! The likelihood ratio compares with the model of the same family, columns and link without lags; Wald's statistic is
//! `δ' V⁻¹ δ` with `δ = (β, α)` and `V` the covariance asked for. Both are compared with χ² of as many degrees of freedom as
//! there are lags. Under the identity link the hypothesis lies on the boundary, and α is not identified when β = 0: the
//! χ² is then an approximation, on the safe side for the likelihood ratio of β alone.

use super::fit::estimate;
use super::{IngarchFit, Plan, Spec};
use crate::family::Family;
use crate::inference::linalg::{Matrix, dot};
use crate::results::{TestRow, num};
use statrs::distribution::{ChiSquared, ContinuousCDF as _};

/// Upper tail of χ² with `df` degrees of freedom.
pub(crate) fn chi2_tail(statistic: f64, df: f64) -> Option<f64> {
    ChiSquared::new(df).ok().map(|d| d.sf(statistic.max(0.0))).and_then(num)
}

/// A row of a χ² test.
pub(crate) fn chi2_row(test: &str, statistic: Option<f64>, df: f64) -> TestRow {
    let statistic = statistic.and_then(num);
    TestRow { test: test.into(), statistic, df, p_value: statistic.and_then(|s| chi2_tail(s, df)) }
}

/// `δ' V⁻¹ δ` over the parameters `keep`.
pub(crate) fn wald_statistic(theta: &[f64], cov: &Matrix, keep: &[usize]) -> Option<f64> {
    let d: Vec<f64> = keep.iter().map(|i| theta[*i]).collect();
    let l = cov.sub(keep).cholesky()?;
    Some(dot(&d, &l.solve_factored(&d)))
}

impl IngarchFit {
    /// Likelihood-ratio and Wald tests of serial dependence; none without lags.
    pub(crate) fn tests(&self, cov: Option<&Matrix>) -> Vec<TestRow> {
        let lags: Vec<usize> = (self.series.p..self.estimate.theta.len()).collect();
        if lags.is_empty() {
            return Vec::new();
        }
        let df = lags.len() as f64;
        let mut rows = Vec::new();
        if !self.plan.quasi() && self.plan.family != Family::QuasiPoisson {
            let spec = Spec { obs: Vec::new(), mean: Vec::new(), ..self.plan.spec.clone() };
            let null = Plan { spec, ..self.plan.clone() };
            let ratio = estimate(&null, &self.series, None)
                .ok()
                .map(|e| (2.0 * (self.estimate.maximum.value - e.maximum.value)).max(0.0));
            rows.push(chi2_row("likelihood ratio: no serial dependence", ratio, df));
        }
        let wald = cov.and_then(|c| wald_statistic(&self.estimate.theta, c, &lags));
        rows.push(chi2_row("Wald: no serial dependence", wald, df));
        rows
    }
}
