//! Tests of serial dependence of an INGARCH model: all β and α zero.

use super::fit::{Estimate, estimate};
use super::simulate::simulate_counts;
use super::{IngarchFit, Plan, Spec};
use crate::inference::linalg::Matrix;
use crate::model::dependence::{Dependence, Law, NOT_SHOWN, Question, wald_statistic};
use crate::model::series::Series;
use crate::results::TermRow;
use crate::rng;

impl IngarchFit {
    /// Likelihood-ratio and Wald tests of serial dependence; `None` without lags.
    pub(super) fn dependence(&self, cov: Option<&Matrix>) -> Option<Dependence> {
        let lags: Vec<usize> = (self.series.p..self.estimate.theta.len()).collect();
        if lags.is_empty() {
            return None;
        }
        let spec = Spec { obs: Vec::new(), mean: Vec::new(), ..self.plan.spec.clone() };
        let null = Plan { spec, ..self.plan.clone() };
        let fitted = estimate(&null, &self.series, None).ok();
        let law = self.law(&null, fitted.as_ref());
        // χ² is not the law of a quasi-likelihood ratio; simulation gives one.
        let fitted = fitted.filter(|_| law.is_simulated() || !self.plan.quasi());
        let question = Question {
            ratio_of: if self.plan.quasi() { "quasi-likelihood ratio" } else { "likelihood ratio" },
            ratio: fitted.as_ref().map(|e| 2.0 * (self.estimate.maximum.value - e.maximum.value)),
            wald: cov.and_then(|c| wald_statistic(&self.estimate.theta, c, &lags)),
            df: lags.len(),
            n: self.series.obs.len(),
            law,
            replicates: self.settings.serial.test_replicates,
        };
        Some(question.answer(|b| self.ratio_again(&null, fitted.as_ref()?, b)))
    }

    /// The law of the statistics: no β is negative under the identity link, and without β nothing tells of α.
    fn law(&self, null: &Plan, fitted: Option<&Estimate>) -> Law {
        let spec = &self.plan.spec;
        if !spec.mean.is_empty() {
            return Law::Lost("alpha is not identified without beta");
        }
        if spec.log() {
            return Law::Regular;
        }
        let bounds = null.admissible(&self.series).bounds;
        let on_bound = |e: &Estimate| {
            let k = e.theta.len();
            !e.held.is_empty() || e.maximum.active.iter().any(|i| bounds[*i].a[..k].iter().any(|v| *v != 0.0))
        };
        match (spec.obs.len(), fitted.is_some_and(on_bound)) {
            (1, false) => Law::HalfLine,
            (1, true) => Law::Boundary("beta = 0 lies on its bound, as does the model without lags"),
            _ => Law::Boundary("all beta = 0 lies where several bounds meet"),
        }
    }

    /// The ratio of a series simulated from the model without lags.
    fn ratio_again(&self, null: &Plan, e: &Estimate, b: usize) -> Option<f64> {
        let mut stream = rng::stream(self.seed, &["serial dependence", &b.to_string()]);
        let counts = simulate_counts(null, &self.series, e, &mut stream)?;
        let series: Series = self.series.with_counts(&counts);
        let value = |plan: &Plan| estimate(plan, &series, None).ok().map(|e| e.maximum.value);
        Some(2.0 * (value(&self.plan)? - value(null)?))
    }

    /// Takes tests and intervals from the coefficients of lags where there is no dependence to tell them by.
    pub(super) fn unidentified(&self, terms: &mut [TermRow], dependence: Option<&Dependence>) {
        if dependence.is_none_or(|d| d.identified) {
            return;
        }
        let (lags, means) = (self.series.p, self.series.p + self.plan.spec.obs.len());
        for (term, slot) in terms.iter_mut().zip(&self.slots).filter(|(_, s)| s.index >= lags) {
            let lost = slot.index >= means;
            term.not_identified(if lost { "not identified: no dependence on past counts" } else { NOT_SHOWN });
        }
    }
}
