//! Weights, inclusion probabilities, averages, and the specification curve.

use super::{Criterion, ModelFit, Subsets};
use crate::results::num;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// How probable a candidate is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inclusion {
    /// Candidate.
    pub term: String,
    /// Sum of the weights of the models that hold it.
    pub probability: f64,
}

/// A column's effect, averaged over models.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AveragedColumn {
    /// Column.
    pub term: String,
    /// Sum of the weights of the models that hold it; 1 for columns always in.
    pub inclusion: f64,
    /// Average over the models that hold it.
    pub estimate: Option<f64>,
    /// Its unconditional standard error.
    pub std_error: Option<f64>,
    /// Lower bound.
    pub conf_low: Option<f64>,
    /// Upper bound.
    pub conf_high: Option<f64>,
    /// exp(estimate).
    pub rate_ratio: Option<f64>,
    /// Average over all models, 0 where it is out.
    pub shrunk: Option<f64>,
    /// Its unconditional standard error.
    pub shrunk_std_error: Option<f64>,
    /// Share of the weight of the models that hold it in which it is positive.
    pub positive: Option<f64>,
}

/// A row of the specification curve: one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Specification {
    /// Candidates in the model.
    pub terms: Vec<String>,
    /// The same as bits, first candidate lowest: the picture's lower panel.
    pub mask: u32,
    /// Weight among all models.
    pub weight: f64,
    /// Criterion less that of the best model.
    pub delta: f64,
    /// Estimate of the chosen effect; `None` when the model does not hold it.
    pub estimate: Option<f64>,
    /// Lower bound.
    pub conf_low: Option<f64>,
    /// Upper bound.
    pub conf_high: Option<f64>,
}

/// All models under one criterion.
#[derive(Debug, Clone, Serialize)]
pub struct Averaged {
    /// Criterion.
    pub criterion: Criterion,
    /// Models weighted.
    pub models: usize,
    /// Models left out as collinear or too large.
    pub left_out: usize,
    /// Number of equally weighted models of the same diversity: 1 / Σ w².
    pub effective_models: f64,
    /// Candidates, in their order.
    pub inclusion: Vec<Inclusion>,
    /// Columns: those always in first.
    pub columns: Vec<AveragedColumn>,
    /// The ten models of most weight.
    pub best: Vec<Specification>,
}

impl Subsets {
    /// Weight of each model (0 for those left out), and the best value of the criterion.
    pub fn weights(&self, criterion: Criterion) -> (Vec<f64>, f64) {
        let values: Vec<f64> =
            self.models.iter().map(|m| self.criterion(m, criterion).unwrap_or(f64::INFINITY)).collect();
        let best = values.iter().copied().fold(f64::INFINITY, f64::min);
        let raw: Vec<f64> = values.iter().map(|v| if v.is_finite() { (0.5 * (best - v)).exp() } else { 0.0 }).collect();
        let total: f64 = raw.iter().sum();
        (raw.into_iter().map(|w| if total > 0.0 { w / total } else { 0.0 }).collect(), best)
    }

    /// Inclusion probabilities and averaged effects.
    pub fn averaged(&self, criterion: Criterion) -> Averaged {
        let (weights, best) = self.weights(criterion);
        let sum =
            |t: usize| self.models.iter().zip(&weights).filter(|(m, _)| m.mask >> t & 1 == 1).map(|(_, w)| w).sum();
        let mut order: Vec<usize> = (0..weights.len()).filter(|g| weights[*g] > 0.0).collect();
        order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]).then(a.cmp(b)));
        let spec = |g: &usize| self.specification_of(&self.models[*g], weights[*g], best, criterion, None);
        Averaged {
            criterion,
            models: self.models.len() - self.left_out,
            left_out: self.left_out,
            effective_models: 1.0 / weights.iter().map(|w| w * w).sum::<f64>().max(f64::MIN_POSITIVE),
            inclusion: (0..self.terms.len())
                .map(|t| Inclusion { term: self.terms[t].clone(), probability: sum(t) })
                .collect(),
            columns: (0..self.columns.len()).map(|c| self.average(c, &weights)).collect(),
            best: order.iter().take(10).map(spec).collect(),
        }
    }

    /// Buckland's average of column `c`, over the models that hold it and over all.
    fn average(&self, c: usize, weights: &[f64]) -> AveragedColumn {
        let finite = |(b, se): &(f64, f64)| b.is_finite() && se.is_finite();
        let effect = |m: &ModelFit| self.effect(m, c).filter(finite);
        let held = || self.models.iter().zip(weights).filter_map(|(m, w)| effect(m).map(|e| (e, *w)));
        let (mut inside, mut first, mut positive) = (0.0, 0.0, 0.0);
        for ((b, _), w) in held() {
            inside += w;
            first += w * b;
            positive += if b > 0.0 { w } else { 0.0 };
        }
        let (mean, shrunk) = (first / inside, first);
        let error = |about: f64| held().map(|((b, se), w)| w * (se * se + (b - about).powi(2)).sqrt()).sum::<f64>();
        let (se, shrunk_se) = (error(mean) / inside, error(shrunk) + (1.0 - inside).max(0.0) * shrunk.abs());
        let reach = self.quantile() * se;
        AveragedColumn {
            term: self.names[c].clone(),
            inclusion: inside,
            estimate: num(mean),
            std_error: num(se),
            conf_low: num(mean - reach),
            conf_high: num(mean + reach),
            rate_ratio: if self.columns[c] < self.zero_from { num(mean.exp()) } else { None },
            shrunk: num(shrunk),
            shrunk_std_error: num(shrunk_se),
            positive: num(positive / inside),
        }
    }

    fn quantile(&self) -> f64 {
        Normal::standard().inverse_cdf(0.5 * (1.0 + self.level))
    }

    fn specification_of(&self, m: &ModelFit, weight: f64, best: f64, by: Criterion, c: Option<usize>) -> Specification {
        let effect = c.and_then(|c| self.effect(m, c));
        let reach = effect.map(|(_, se)| self.quantile() * se);
        Specification {
            terms: self.names_of(m.mask),
            mask: m.mask,
            weight,
            delta: self.criterion(m, by).map_or(f64::MAX, |v| v - best),
            estimate: effect.and_then(|(b, _)| num(b)),
            conf_low: effect.zip(reach).and_then(|((b, _), r)| num(b - r)),
            conf_high: effect.zip(reach).and_then(|((b, _), r)| num(b + r)),
        }
    }

    /// The specification curve of `columns[c]`: the models that hold it, lowest estimate first; of more than `most` the
    /// ones of most weight.
    pub fn specification_curve(&self, c: usize, criterion: Criterion, most: usize) -> Vec<Specification> {
        let (weights, best) = self.weights(criterion);
        let mut held: Vec<usize> =
            (0..self.models.len()).filter(|g| self.effect(&self.models[*g], c).is_some()).collect();
        held.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]).then(a.cmp(b)));
        held.truncate(most);
        let mut rows: Vec<Specification> = held
            .into_iter()
            .map(|g| self.specification_of(&self.models[g], weights[g], best, criterion, Some(c)))
            .collect();
        rows.sort_by(|a, b| {
            let key = |s: &Specification| s.estimate.unwrap_or(f64::INFINITY);
            key(a).total_cmp(&key(b)).then(a.mask.cmp(&b.mask))
        });
        rows
    }
}
