//! Tests of serial dependence: all coefficients of lags `δ` zero.
//!
//! The likelihood ratio `2 (ℓ̂ − ℓ̂₀)` compares with the model of the same family, columns and link without lags, Wald's
//! statistic is `δ' V⁻¹ δ` with the covariance asked for. With lags of the count alone (INGARCH) or no lag in both parts
//! (GLARMA) both are χ² of as many degrees of freedom as there are lags.
//!
//! Under the identity link no weight can be negative, so that the hypothesis lies on the boundary: with one lag of the count
//! both are 0 or χ²(1) with probability ½ each (Self and Liang 1987, J. Am. Stat. Assoc. 82). With several lags, or where
//! another parameter of the mean lies on its bound too, the mixture's weights depend on the series: the likelihood ratio is
//! simulated, Wald's statistic has no p-value.
//!
//! Elsewhere a parameter is not identified under the hypothesis: past means have no effect to pass on when β = 0, and
//! `φ_l = −θ_l` cancels for any `φ_l`. No χ² holds then (Davies 1987, Biometrika 74), the supremum over the lost
//! parameter is what is compared: the p-value of the likelihood ratio comes from series simulated from the fit without
//! lags, both models fitted again to each, `(1 + #{T* ≥ T})/(1 + replicates)`. Wald's statistic has no p-value there,
//! because its covariance is that of identified parameters.
//!
//! Where the hypothesis is not rejected at 5 %, what it does not identify is not told from anything, and the errors of the
//! other lags, which take it as identified, are no use for telling them from 0: all lags get a verdict in place of a test
//! and an interval. Without a bootstrap the rule is that of Andrews and Cheng (2012,
//! Econometrica 80) for choosing between weak and strong identification, on the likelihood ratio: it must exceed
//! `df ln n`.

use crate::inference::linalg::{Matrix, dot};
use crate::results::{TestRow, num};
use rayon::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF as _};

/// Rejection at this level is what "identified" asks for.
const LEVEL: f64 = 0.05;
/// Verdict on lags that the hypothesis identifies.
pub(crate) const NOT_SHOWN: &str = "no dependence shown: see the tests";
/// The mixture of one coefficient that cannot be negative.
const HALF: &str = "1/2 chi2(0) + 1/2 chi2(1)";
/// A likelihood ratio below 0 by no more than this is rounding.
const ROUNDING: f64 = 1e-6;

/// Upper tail of χ² with `df` degrees of freedom.
pub(crate) fn chi2_tail(statistic: f64, df: f64) -> Option<f64> {
    ChiSquared::new(df).ok().map(|d| d.sf(statistic.max(0.0))).and_then(num)
}

/// A ratio of 0 where it is so but for rounding: on a boundary many are, and count as equal.
fn rounded(ratio: f64) -> f64 {
    if ratio.abs() < ROUNDING { 0.0 } else { ratio }
}

/// `δ' V⁻¹ δ` over the parameters `keep`.
pub(crate) fn wald_statistic(theta: &[f64], cov: &Matrix, keep: &[usize]) -> Option<f64> {
    let d: Vec<f64> = keep.iter().map(|i| theta[*i]).collect();
    let l = cov.sub(keep).cholesky()?;
    Some(dot(&d, &l.solve_factored(&d)))
}

/// The law of the statistics under the hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Law {
    /// χ² of as many degrees of freedom as there are lags.
    Regular,
    /// One coefficient that cannot be negative: ½ χ²(0) + ½ χ²(1).
    HalfLine,
    /// No known law, but all lags are identified; why, in words.
    Boundary(&'static str),
    /// The hypothesis does not identify what these words say.
    Lost(&'static str),
}

impl Law {
    /// What keeps the statistics from having a known law.
    fn unknown(self) -> Option<&'static str> {
        match self {
            Law::Regular | Law::HalfLine => None,
            Law::Boundary(why) | Law::Lost(why) => Some(why),
        }
    }

    /// Whether the statistics are simulated.
    pub fn is_simulated(self) -> bool {
        self.unknown().is_some()
    }

    /// p-value of a statistic and the name of its law.
    fn known(self, statistic: f64, df: f64) -> (Option<f64>, String) {
        match self {
            Law::HalfLine if statistic <= 0.0 => (Some(1.0), HALF.into()),
            Law::HalfLine => (chi2_tail(statistic, 1.0).map(|p| 0.5 * p), HALF.into()),
            _ => (chi2_tail(statistic, df), "chi2".into()),
        }
    }
}

/// What is compared, and with what.
pub(crate) struct Question {
    /// `likelihood ratio`, or of what else.
    pub ratio_of: &'static str,
    /// `2 (ℓ̂ − ℓ̂₀)`; `None` where there is none.
    pub ratio: Option<f64>,
    /// Wald's statistic.
    pub wald: Option<f64>,
    /// Lags.
    pub df: usize,
    /// Observations.
    pub n: usize,
    /// What the statistics are compared with.
    pub law: Law,
    /// Series to simulate where no law is known.
    pub replicates: usize,
}

/// Tests, and whether the coefficients that the hypothesis loses are identified.
pub(crate) struct Dependence {
    pub tests: Vec<TestRow>,
    pub identified: bool,
}

impl Question {
    /// Answers it; `again` is the ratio of a series simulated without lags, by its number.
    pub fn answer(&self, again: impl Fn(usize) -> Option<f64> + Sync + Send) -> Dependence {
        let ratio = self.ratio.and_then(num).map(rounded);
        let mut tests = Vec::new();
        let (p, reference) = match (ratio, self.law.unknown()) {
            (Some(r), _) if r < 0.0 => {
                (None, "none: the fit with lags is below the one without, so no maximum was found".to_string())
            }
            (Some(r), None) => self.law.known(r, self.df as f64),
            (Some(r), Some(why)) => self.simulated(r, why, again),
            (None, _) => (None, "none: the model without lags could not be fitted".to_string()),
        };
        if self.ratio.is_some() || self.law.is_simulated() {
            tests.push(self.row(self.ratio_of, ratio, p, reference));
        }
        let wald = self.wald.and_then(num);
        let (wald_p, reference) = match (self.law.unknown(), wald) {
            (None, w) => {
                let (p, name) = self.law.known(w.unwrap_or(0.0), self.df as f64);
                (w.and(p), name)
            }
            (Some(why), _) => (None, format!("none: {why}")),
        };
        tests.push(self.row("Wald", wald, wald_p, reference));
        let clear = |r: f64| r > self.df as f64 * (self.n as f64).ln();
        let identified = !matches!(self.law, Law::Lost(_)) || p.map_or(ratio.is_some_and(clear), |p| p <= LEVEL);
        Dependence { tests, identified }
    }

    /// The bootstrap's p-value and what it rests on.
    fn simulated(
        &self,
        ratio: f64,
        why: &str,
        again: impl Fn(usize) -> Option<f64> + Sync + Send,
    ) -> (Option<f64>, String) {
        let drawn: Vec<f64> = (0..self.replicates).into_par_iter().filter_map(again).map(rounded).collect();
        if drawn.is_empty() {
            return (None, format!("none: {why}; --test-replicates 199 simulates it"));
        }
        let above = drawn.iter().filter(|d| **d >= ratio).count();
        (Some((1 + above) as f64 / (1 + drawn.len()) as f64), format!("bootstrap ({})", drawn.len()))
    }

    fn row(&self, name: &str, statistic: Option<f64>, p_value: Option<f64>, reference: String) -> TestRow {
        TestRow { test: format!("{name}: no serial dependence"), statistic, df: self.df as f64, p_value, reference }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(ratio: f64, law: Law) -> Question {
        Question {
            ratio_of: "likelihood ratio",
            ratio: Some(ratio),
            wald: Some(9.0),
            df: 2,
            n: 100,
            law,
            replicates: 4,
        }
    }

    #[test]
    fn a_fit_below_the_simpler_one_is_said() {
        let found = question(-0.3, Law::Regular).answer(|_| None);
        assert_eq!((found.tests[0].statistic, found.tests[0].p_value), (Some(-0.3), None));
        assert!(found.tests[0].reference.contains("no maximum was found"));
        // Rounding is none of that.
        let found = question(-1e-9, Law::Regular).answer(|_| None);
        assert_eq!((found.tests[0].statistic, found.tests[0].p_value), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn p_values_count_the_series_at_least_as_far_off() {
        let lost = Law::Lost("alpha is lost");
        let found = question(6.0, lost).answer(|b| (b < 3).then_some([1.0, 6.0, 7.0][b.min(2)]));
        assert_eq!((found.tests[0].p_value, found.tests[0].reference.as_str()), (Some(0.75), "bootstrap (3)"));
        assert!(!found.identified && found.tests[1].p_value.is_none());
        // None simulated: 2 ln 100 = 9.2.
        assert!(!question(9.0, lost).answer(|_| None).identified);
        assert!(question(9.5, lost).answer(|_| None).identified);
        assert!(question(0.1, Law::Regular).answer(|_| None).identified);
    }

    #[test]
    fn on_the_boundary_p_is_the_mixtures() {
        // Self and Liang (1987), case 5: the 5 % point of ½ χ²(0) + ½ χ²(1) is the 10 % point of χ²(1), 1.6448536².
        let found = question(1.644_853_627_f64.powi(2), Law::HalfLine).answer(|_| None);
        assert!((found.tests[0].p_value.unwrap() - 0.05).abs() < 1e-9);
        assert_eq!(found.tests[0].reference, "1/2 chi2(0) + 1/2 chi2(1)");
        assert_eq!(found.tests[1].reference, found.tests[0].reference);
        assert_eq!(question(0.0, Law::HalfLine).answer(|_| None).tests[0].p_value, Some(1.0));
        // Several lags: simulated, and all of them identified whatever comes out.
        let found = question(0.5, Law::Boundary("several")).answer(|b| Some(b as f64));
        assert_eq!((found.tests[0].p_value, found.tests[0].reference.as_str()), (Some(0.8), "bootstrap (4)"));
        assert_eq!((found.tests[1].reference.as_str(), found.identified), ("none: several", true));
        // Rounding makes no series less extreme than another at 0.
        let found = question(1e-9, Law::Boundary("several")).answer(|b| Some(-1e-9 * b as f64));
        assert_eq!(found.tests[0].p_value, Some(1.0));
    }
}
