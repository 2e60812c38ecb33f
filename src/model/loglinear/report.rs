//! Terms, fit statistics and diagnostics of the log-linear model.

use super::LeastSquares;
use crate::error::{Error, Result};
use crate::family::Law;
use crate::inference::covariance::{clustered, sandwich};
use crate::inference::linalg::{congruence, dot, quadratic};
use crate::inference::special::HALF_LN_2PI;
use crate::model::glm::fit::{constant, spread};
use crate::model::glm::summary::quantile_residual;
use crate::model::glm::terms::{Reference, term};
use crate::model::{IntervalKind, Link, Summary, Vcov};
use crate::results::{Glance, RowStat, TermRow, num};
use rand::RngExt as _;

impl LeastSquares {
    pub(super) fn summarise(&self) -> Result<Summary> {
        let (terms, covariance) = self.terms()?;
        Ok(Summary {
            terms,
            glance: self.glance(),
            rows: self.row_stats(),
            covariance,
            interval: Some(IntervalKind::Wald),
            tests: Vec::new(),
            laws: Vec::new(),
            absent: Vec::new(),
        })
    }

    fn residual(&self, i: usize) -> f64 {
        self.response[i] - dot(self.row(i), &self.gamma)
    }

    fn leverage(&self, i: usize) -> f64 {
        self.w[i] * quadratic(&self.unscaled, self.row(i))
    }

    /// Covariance of the working coefficients as asked for; model and observed are the same for least squares.
    pub(super) fn working_covariance(&self) -> Result<Vec<f64>> {
        if self.df_residual() <= 0.0 {
            return Err(Error::data("as many coefficients as rows: no standard errors exist")
                .help("take terms out of the formula"));
        }
        let n = self.rows.len();
        let scores = || -> Vec<f64> {
            (0..n).flat_map(|i| self.row(i).iter().map(move |z| z * self.w[i] * self.residual(i))).collect()
        };
        match self.settings.vcov {
            Vcov::Model | Vcov::Observed => Ok(self.unscaled.iter().map(|c| c * self.variance()).collect()),
            Vcov::Hc(kind) => {
                let hats: Vec<f64> = (0..n).map(|i| self.leverage(i)).collect();
                sandwich(&self.unscaled, &scores(), &hats, self.nobs(), kind).ok_or_else(|| {
                    Error::data(format!("HC{kind} does not exist: a row has leverage 1 (a term owns it alone)"))
                        .help("use hc0 or model")
                })
            }
            Vcov::Hac(hac) => {
                let kept = self.basis.kept();
                let constants: Vec<usize> =
                    (0..kept.len()).filter(|a| constant(&self.design, &self.rows, kept[*a])).collect();
                let own = |s: &[f64]| self.basis.qr.transposed_times(s);
                hac.covariance(&self.unscaled, &scores(), own, &constants, self.nobs())
            }
            Vcov::Cluster { kind, adjust } => {
                let counted: Vec<bool> = self.w.iter().map(|w| *w > 0.0).collect();
                let groups = self.design.groups_of(&self.rows)?;
                clustered(&self.unscaled, &scores(), &groups, &counted, (kind, adjust))
            }
        }
    }

    fn terms(&self) -> Result<(Vec<TermRow>, Vec<Vec<f64>>)> {
        let (k, p, kept) = (self.k(), self.design.p(), self.basis.kept());
        let c = congruence(&self.basis.qr.inverse_r(), &self.working_covariance()?, k);
        let beta = spread(&self.basis.beta(&self.gamma), &kept, p);
        let mut covariance = vec![vec![0.0; p]; p];
        c.chunks_exact(k).enumerate().for_each(|(a, row)| covariance[kept[a]] = spread(row, &kept, p));
        let reference = Reference::Student(self.df_residual());
        let one = |j: usize| {
            let name = &self.design.names[j];
            if let Some((_, why)) = self.dropped.iter().find(|d| d.0 == j) {
                return TermRow { term: name.clone(), verdict: why.clone(), ..TermRow::default() };
            }
            let se = f64::max(covariance[j][j], 0.0).sqrt();
            if self.rss == 0.0 {
                let (estimate, rate_ratio) = (num(beta[j]), num(beta[j].exp()));
                let verdict = "no errors: the fit is exact".into();
                return TermRow { term: name.clone(), estimate, rate_ratio, verdict, ..TermRow::default() };
            }
            let reach = reference.quantile(self.settings.level) * se;
            term(name, beta[j], se, reference, (num(beta[j] - reach), num(beta[j] + reach)), Link::Log)
        };
        Ok(((0..p).map(one).collect(), covariance))
    }

    fn glance(&self) -> Glance {
        let (n, df) = (self.nobs() as f64, self.k() as f64 + 1.0);
        let ll = self.log_lik();
        let aic = -2.0 * ll + 2.0 * df;
        Glance {
            nobs: self.nobs(),
            df: Some(df),
            df_residual: Some(self.df_residual()),
            log_lik: num(ll),
            aic: num(aic),
            aicc: if n > df + 1.0 { num(aic + 2.0 * df * (df + 1.0) / (n - df - 1.0)) } else { None },
            bic: num(-2.0 * ll + df * n.ln()),
            deviance: num(self.rss),
            null_deviance: num(self.null_rss),
            pearson_chi2: num(self.rss),
            dispersion: num(self.variance()),
            converged: true,
            iterations: 1,
            ..Glance::default()
        }
    }

    /// Log-likelihood of the counts at σ² = RSS/n, the Jacobian 1/(y + c) included.
    fn log_lik(&self) -> f64 {
        let (n, c) = (self.nobs() as f64, self.settings.family.shift());
        let used = || (0..self.rows.len()).filter(|i| self.w[*i] > 0.0);
        let jacobian: f64 = used().map(|i| (self.design.counts[self.rows[i]] + c * self.size[i]).ln()).sum();
        let weights: f64 = used().map(|i| 0.5 * self.w[i].ln()).sum();
        weights - n * (HALF_LN_2PI + 0.5 * (self.rss / n).ln() + 0.5) - jacobian
    }

    fn row_stats(&self) -> Vec<RowStat> {
        let mut rng = self.rng.clone();
        let mut place = vec![None; self.design.n()];
        self.rows.iter().enumerate().for_each(|(a, i)| place[*i] = Some(a));
        let one = |i: usize| {
            let u: f64 = rng.random();
            match place[i] {
                Some(a) => self.row_stat(a, u),
                None => RowStat { observed: self.design.counts[i], ..RowStat::default() },
            }
        };
        (0..self.design.n()).map(one).collect()
    }

    fn row_stat(&self, a: usize, u: f64) -> RowStat {
        let (y, c) = (self.design.counts[self.rows[a]], self.settings.family.shift());
        let eta = dot(self.row(a), &self.gamma) + self.offset[a];
        let (median, residual) = ((eta.exp() - c) * self.size[a], self.w[a].sqrt() * self.residual(a));
        let law = Law::new(self.settings.family, median, self.variance().sqrt());
        let (low, high) = (num(law.cdf(y - 1.0)), num(law.cdf(y)));
        let hat = self.leverage(a);
        let cooks = (residual / (1.0 - hat)).powi(2) * hat / (self.variance() * self.k() as f64);
        let quantile = low.zip(high).and_then(|(l, h)| num(quantile_residual(l, h, u)));
        RowStat {
            period: String::new(),
            observed: y,
            fitted: num(median),
            eta: num(eta),
            hat: num(hat),
            residual_response: num(y - median),
            residual_pearson: num(residual),
            residual_deviance: num(residual),
            residual_anscombe: None,
            residual_quantile: quantile,
            cooks_distance: if hat < 1.0 - 1e-9 { num(cooks) } else { None },
            pit_low: low,
            pit_high: high,
        }
    }
}
