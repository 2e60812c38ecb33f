//! Terms, fit statistics and diagnostics of a penalised fit, and its path.

use super::fitted::NetFit;
use crate::model::Summary;
use crate::model::glm::summary::quantile_residual;
use crate::results::{Glance, PathPoint, PathResult, RowStat, TermRow, num};
use rand::RngExt as _;

impl NetFit {
    pub(super) fn summarise(&self) -> Summary {
        let rows = self.row_stats();
        Summary { terms: self.terms(), glance: self.glance(&rows), rows, ..Summary::default() }
    }

    fn terms(&self) -> Vec<TermRow> {
        let constant = |j: usize| {
            let mut values = self.rows.iter().map(|(_, s)| self.design.x[(*s, j)]);
            values.next().is_some_and(|first| first != 0.0 && values.all(|v| v == first))
        };
        let one = |j: usize| {
            let b = self.chosen.coefficients[j];
            let verdict = match b {
                _ if constant(j) => "not penalised",
                0.0 => "left out by the penalty",
                _ => "penalised",
            };
            TermRow {
                term: self.design.names[j].clone(),
                estimate: num(b),
                rate_ratio: num(b.exp()),
                verdict: verdict.into(),
                ..TermRow::default()
            }
        };
        (0..self.design.p()).map(one).collect()
    }

    fn glance(&self, rows: &[RowStat]) -> Glance {
        let (n, p) = (self.rows.len() as f64, &self.chosen);
        let constant = self.terms().iter().filter(|t| t.verdict == "not penalised").count();
        let free = usize::from(p.theta.is_some() || self.settings.family.is_gaussian());
        let df = (p.df + constant + free) as f64;
        let aic = p.log_lik.map(|l| -2.0 * l + 2.0 * df);
        let pearson = self.rows.iter().filter_map(|(i, _)| rows[*i].residual_pearson).map(|r| r * r).sum::<f64>();
        let df_residual = n - (p.df + constant) as f64;
        Glance {
            nobs: self.rows.len(),
            df: Some(df),
            df_residual: Some(df_residual),
            log_lik: p.log_lik,
            aic,
            aicc: p.aicc,
            bic: p.bic,
            deviance: p.deviance,
            null_deviance: p.deviance.zip(p.dev_ratio).and_then(|(d, r)| num(d / (1.0 - r))),
            pearson_chi2: num(pearson),
            dispersion: num(pearson / df_residual),
            theta: p.theta,
            alpha: p.theta.map(|t| 1.0 / t),
            converged: p.converged,
            ..Glance::default()
        }
    }

    /// Diagnostics of the observations fitted; of the others the fitted mean alone.
    fn row_stats(&self) -> Vec<RowStat> {
        let mut rng = self.rng.clone();
        let eta = self.design.predictor(&self.chosen.coefficients);
        let (c, dispersion) = (self.settings.family.shift(), self.dispersion(&self.chosen));
        let level: Vec<f64> = eta.iter().map(|e| (e.exp() - c).max(0.0)).collect();
        let whole = self.design.sum_over(&level);
        let mut step = vec![None; self.design.n()];
        self.rows.iter().for_each(|(i, s)| step[*i] = Some(*s));
        let one = |i: usize| {
            let (y, u): (f64, f64) = (self.design.counts[i], rng.random());
            let Some(s) = step[i] else {
                let fitted = if self.settings.family.is_gaussian() { None } else { num(whole[i]) };
                return RowStat { observed: y, fitted, ..RowStat::default() };
            };
            let (law, w) = (self.law(level[s], dispersion), self.design.weight(i));
            let (low, high) = (law.cdf(y - 1.0), law.cdf(y));
            let family = law.family;
            let pearson = if family.is_gaussian() {
                ((y + c).ln() - eta[s]) * w.sqrt() / law.dispersion
            } else {
                (y - law.mean) * (w / family.variance(law.mean, law.dispersion)).sqrt()
            };
            let deviance = (w * family.unit_deviance(y, law.mean, law.dispersion).max(0.0)).sqrt();
            RowStat {
                observed: y,
                fitted: num(law.mean),
                eta: num(eta[s]),
                residual_response: num(y - law.mean),
                residual_pearson: num(pearson),
                residual_deviance: num(if y < law.mean { -deviance } else { deviance }),
                residual_quantile: num(quantile_residual(low, high, u)),
                pit_low: num(low),
                pit_high: num(high),
                ..RowStat::default()
            }
        };
        (0..self.design.n()).map(one).collect()
    }

    pub(super) fn path_result(&self) -> PathResult {
        let point = |(k, p): (usize, &super::Point)| PathPoint {
            lambda: p.lambda,
            df: p.df,
            deviance: p.deviance,
            dev_ratio: p.dev_ratio,
            log_lik: p.log_lik,
            aicc: p.aicc,
            bic: p.bic,
            held_out: self.held_out.get(k).copied().flatten(),
            theta: p.theta,
            converged: p.converged,
            coefficients: p.coefficients.clone(),
        };
        PathResult {
            alpha: self.settings.penalty.alpha,
            rule: self.settings.penalty.lambda.name(),
            lambda: self.chosen.lambda,
            names: self.path.names.clone(),
            points: self.path.points.iter().enumerate().map(point).collect(),
        }
    }
}
