//! Tests of serial dependence of a GLARMA model: all φ and θ zero, against the generalised linear model as glarma's `likTests`.

use super::GlarmaFit;
use super::fit::{estimate, without_lags};
use super::simulate::simulated_counts;
use crate::inference::linalg::Matrix;
use crate::inference::maximise::Maximum;
use crate::model::dependence::{Dependence, Law, NOT_SHOWN, Question, wald_statistic};
use crate::model::ingarch::dispersed;
use crate::results::TermRow;
use crate::rng;

impl GlarmaFit {
    /// Likelihood-ratio and Wald tests; `None` without lags.
    pub(super) fn dependence(&self, cov: Option<&Matrix>) -> Option<Dependence> {
        let lags: Vec<usize> = (self.series.p..self.slots.len()).collect();
        if lags.is_empty() {
            return None;
        }
        let shared = self.spec.ar.iter().any(|l| self.spec.ma.contains(l));
        let glm = without_lags(&self.spec, &self.series).ok();
        let question = Question {
            ratio_of: "likelihood ratio",
            ratio: glm.as_ref().map(|m| 2.0 * (self.maximum.value - m.value)),
            wald: cov.and_then(|c| wald_statistic(&self.maximum.theta, c, &lags)),
            df: lags.len(),
            n: self.series.obs.len(),
            law: match shared {
                true => Law::Lost("at a lag in both parts only phi + theta is identified"),
                false => Law::Regular,
            },
            replicates: self.settings.serial.test_replicates,
        };
        Some(question.answer(|b| self.ratio_again(glm.as_ref()?, b)))
    }

    /// The ratio of a series simulated from the generalised linear model.
    fn ratio_again(&self, glm: &Maximum, b: usize) -> Option<f64> {
        let mut stream = rng::stream(self.seed, &["serial dependence", &b.to_string()]);
        let p = self.series.p;
        let mut delta = glm.theta[..p].to_vec();
        delta.resize(self.slots.len(), 0.0);
        let a = if dispersed(self.spec.family) { glm.theta[p] } else { 0.0 };
        let series = self.series.with_counts(&simulated_counts(&self.spec, &self.series, &delta, a, &mut stream));
        let without = without_lags(&self.spec, &series).ok()?;
        Some(2.0 * (estimate(&self.spec, &series).ok()?.value - without.value))
    }

    /// Takes tests and intervals from the coefficients of lags where there is no dependence to tell them by.
    pub(super) fn unidentified(&self, terms: &mut [TermRow], dependence: Option<&Dependence>) {
        if dependence.is_none_or(|d| d.identified) {
            return;
        }
        let lags: Vec<usize> = self.spec.ar.iter().chain(&self.spec.ma).copied().collect();
        for (term, slot) in terms.iter_mut().zip(&self.slots).filter(|(_, s)| s.index >= self.series.p) {
            let lag = lags[slot.index - self.series.p];
            let lost = self.spec.ar.contains(&lag) && self.spec.ma.contains(&lag);
            term.not_identified(if lost { "not identified: no serial dependence" } else { NOT_SHOWN });
        }
    }
}
