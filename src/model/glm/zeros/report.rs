//! Terms, fit statistics and diagnostics of models with a zero part.

use super::likelihood::logistic;
use super::{CERTAIN, ZeroFit};
use crate::error::{Error, Result};
use crate::family::{Law, ZeroPart, Zeros};
use crate::inference::covariance::{clustered, sandwich};
use crate::inference::likelihood::mean_and_gradient;
use crate::inference::linalg::{congruence, inverse};
use crate::inference::special::left_out;
use crate::model::glm::summary::quantile_residual;
use crate::model::glm::terms::{Reference, term};
use crate::model::{IntervalKind, Link, Summary, Vcov};
use crate::results::{Glance, RowStat, TermRow, num};
use rand::RngExt as _;

impl ZeroFit {
    pub(super) fn summarise(&self) -> Result<Summary> {
        let interval = if self.profiles() { IntervalKind::Profile } else { IntervalKind::Wald };
        let mut summary = Summary { interval: Some(interval), absent: ZeroFit::absent(), ..Summary::default() };
        (summary.terms, summary.covariance) = self.terms();
        (summary.glance, summary.rows) = (self.glance(), self.row_stats());
        Ok(summary)
    }

    /// Covariance of all working parameters as asked for.
    pub(super) fn working_covariance(&self) -> Result<Vec<f64>> {
        let bread =
            self.bread().ok_or_else(|| Error::data("the information matrix is singular: no standard errors exist"))?;
        let scores = || self.joint.scores(&self.top.x);
        Ok(match self.settings.vcov {
            Vcov::Model | Vcov::Observed => bread,
            Vcov::Hc(kind) => {
                let n = self.rows.len();
                sandwich(&bread, &scores(), &vec![0.0; n], n, kind)
                    .ok_or_else(|| Error::data("as many coefficients as rows: no robust standard errors exist"))?
            }
            Vcov::Hac(hac) => hac.covariance(&bread, &scores(), |s| self.own_scores(s), &[], self.rows.len())?,
            Vcov::Cluster { kind, adjust } => {
                let counted: Vec<bool> = self.joint.count.w.iter().map(|w| *w > 0.0).collect();
                let groups = self.design.groups_of(&self.rows)?;
                clustered(&bread, &scores(), &groups, &counted, (kind, adjust))?
            }
        })
    }

    /// Inverse observed information. Where covariates separate the zeros, the zero part is taken as it is in the limit: its
    /// block is 0, and the count part's is the inverse of its own.
    pub(super) fn bread(&self) -> Option<Vec<f64>> {
        let (k, q, dim) = (self.joint.count.k, self.joint.q, self.top.x.len());
        if !self.flat.is_empty() {
            return self.inverse_but_flat();
        }
        if !self.separated() {
            return inverse(&self.top.info, dim);
        }
        let keep: Vec<usize> = (0..dim).filter(|a| !(k..k + q).contains(a)).collect();
        let m = keep.len();
        let (mut block, mut all) = (vec![0.0; m * m], vec![0.0; dim * dim]);
        for (a, i) in keep.iter().enumerate() {
            (0..=a).for_each(|b| block[a * m + b] = self.top.info[i * dim + keep[b]]);
        }
        let block = inverse(&block, m)?;
        for (a, i) in keep.iter().enumerate() {
            (0..m).for_each(|b| all[i * dim + keep[b]] = block[a * m + b]);
        }
        Some(all)
    }

    /// Working scores of one observation on the scale of the columns of both parts.
    fn own_scores(&self, s: &[f64]) -> Vec<f64> {
        let (k, q) = (self.joint.count.k, self.joint.q);
        let mut own = self.count_basis.qr.transposed_times(&s[..k]);
        own.extend(self.zero_basis.qr.transposed_times(&s[k..k + q]));
        own.extend(&s[k + q..]);
        own
    }

    /// The map from working parameters to coefficients and ln θ, all entries filled.
    pub(super) fn to_coefficients(&self) -> Vec<f64> {
        let (k, q, dim) = (self.joint.count.k, self.joint.q, self.top.x.len());
        let mut map = vec![0.0; dim * dim];
        for (at, size, inverse) in [(0, k, self.count_basis.qr.inverse_r()), (k, q, self.zero_basis.qr.inverse_r())] {
            for i in 0..size {
                for j in 0..size {
                    map[(at + i) * dim + at + j] = inverse[i * size + j];
                }
            }
        }
        if dim > k + q {
            map[dim * dim - 1] = 1.0;
        }
        map
    }

    fn terms(&self) -> (Vec<TermRow>, Vec<Vec<f64>>) {
        let dim = self.top.x.len();
        let c = self.working_covariance().ok().map(|c| congruence(&self.to_coefficients(), &c, dim));
        let (count, zero, _) = self.split(&self.top.x);
        let (k, p) = (self.joint.count.k, self.design.p());
        // Position of each term among the working parameters; none for a column dropped.
        let mut place = vec![None; p + self.part.names.len()];
        self.count_basis.kept().iter().enumerate().for_each(|(a, j)| place[*j] = Some(a));
        self.zero_basis.kept().iter().enumerate().for_each(|(a, j)| place[p + j] = Some(k + a));
        let names = self.design.names.iter().cloned().chain(self.part.names.iter().map(|n| format!("zero_{n}")));
        let reach = Reference::Normal.quantile(self.settings.level);
        let separated = self.separated();
        let one = |(a, name): (usize, String)| {
            let (estimate, link, dropped, j) = if a < p {
                (count[a], self.settings.link, &self.dropped[0], a)
            } else {
                (zero[a - p], Link::Identity, &self.dropped[1], a - p)
            };
            if let Some((_, why)) = dropped.iter().find(|d| d.0 == j) {
                return TermRow { term: name, verdict: why.clone(), ..TermRow::default() };
            }
            let edge = if a < p { &self.limits.count } else { &self.limits.zero };
            if edge.infinite.contains(&j) {
                return self.without_estimate(a, &name);
            }
            if self.runs(a) {
                return self.run_off(a, &name, estimate);
            }
            if a >= p && separated && self.runs_off(j, estimate) {
                let verdict = "no finite estimate: the zeros are separated".into();
                return TermRow { term: name, verdict, ..TermRow::default() };
            }
            let variance = c.as_ref().zip(place[a]).map_or(f64::NAN, |(c, i)| c[i * dim + i]);
            // None in a zero part without a finite estimate.
            let se = if variance > 0.0 { variance.sqrt() } else { f64::NAN };
            let bounds = self.bounds(a, estimate, reach * se);
            term(&name, estimate, se, Reference::Normal, bounds, link)
        };
        let terms: Vec<TermRow> = names.enumerate().map(one).collect();
        // Those that run off have no covariance.
        (0..place.len()).filter(|a| self.runs(*a)).for_each(|a| place[a] = None);
        let entry = |i: Option<usize>, j: Option<usize>| match (&c, i, j) {
            (Some(c), Some(i), Some(j)) => c[i * dim + j],
            _ => 0.0,
        };
        let covariance = place.iter().map(|i| place.iter().map(|j| entry(*i, *j)).collect()).collect();
        (terms, covariance)
    }

    /// Whether column `j` of a separated zero part alone moves the zero predictor by more than a probability can show.
    pub(super) fn runs_off(&self, j: usize, estimate: f64) -> bool {
        let size = self.part.x.column(j).iter().filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()));
        (estimate * size).abs() > 12.0
    }

    fn glance(&self) -> Glance {
        let w = &self.joint.count.w;
        let n = w.iter().filter(|w| **w > 0.0).count();
        let (nf, df) = (n as f64, (self.top.x.len() + self.infinite()) as f64);
        let ll = self.top.value - w.iter().zip(&self.joint.count.y).map(|(w, y)| w * left_out(*y)).sum::<f64>();
        let aic = -2.0 * ll + 2.0 * df;
        let df_residual = nf - (self.joint.count.k + self.joint.q + self.infinite()) as f64;
        let pearson: f64 = (0..self.rows.len()).map(|a| self.pearson(a).powi(2)).sum();
        let theta = if self.joint.free() { num(self.split(&self.top.x).2.exp()) } else { None };
        let last = self.top.x.len().pow(2) - 1;
        let spread = || self.working_covariance().ok().map(|c| c[last].sqrt());
        Glance {
            nobs: n,
            df: Some(df),
            df_residual: Some(df_residual),
            log_lik: num(ll),
            aic: num(aic),
            aicc: if nf > df + 1.0 { num(aic + 2.0 * df * (df + 1.0) / (nf - df - 1.0)) } else { None },
            bic: num(-2.0 * ll + df * nf.ln()),
            pearson_chi2: num(pearson),
            dispersion: num(pearson / df_residual),
            theta,
            theta_se: theta.and_then(|t| spread().and_then(|s| num(t * s))),
            alpha: theta.and_then(|t| num(1.0 / t)),
            converged: self.top.converged,
            iterations: self.top.iterations,
            ..Glance::default()
        }
    }

    /// Coefficients of both parts without a finite estimate.
    fn infinite(&self) -> usize {
        let less = |all: usize, dropped: usize, kept: usize| all - dropped - kept;
        less(self.design.p(), self.dropped[0].len(), self.joint.count.k)
            + less(self.part.names.len(), self.dropped[1].len(), self.joint.q)
    }

    /// Law of an observation that a part settles; `None` where the data do not say.
    fn settled_law(&self, a: usize) -> Option<Law> {
        let (x, y, k) = (&self.top.x, self.joint.count.y[a], self.joint.count.k);
        let [count_gone, zero_gone] = [self.limits.count.gone[a], self.limits.zero.gone[a]];
        let hurdle = self.settings.zeros == ZeroPart::Hurdle;
        let up = (y > 0.0) == hurdle;
        let xi = match zero_gone {
            true if up => CERTAIN,
            true => -CERTAIN,
            // Either part alone makes the zero: this one may as well say nothing.
            false if count_gone && !hurdle => -CERTAIN,
            false => self.joint.xi(a, x),
        };
        let rows: Vec<usize> = self.design.covered(self.rows[a]).map(|(s, _)| s).collect();
        let open = |s: &usize| self.limits.count.sign(&self.design.x.row(*s).to_vec()) != Some(0.0);
        if count_gone || self.zero_for_sure(xi) {
            return Some(self.law(self.least_mean(), xi, self.split(x).2));
        }
        if rows.iter().any(open) {
            return None;
        }
        let mut gradient = vec![0.0; k];
        let (m, _) = mean_and_gradient(&self.joint.count, &x[..k], a, &mut gradient);
        Some(self.law(m, xi, self.split(x).2))
    }

    /// Law of the observation at place `a`; `None` where the data do not say.
    pub(super) fn law_at(&self, a: usize) -> Option<Law> {
        if !(self.limits.count.infinite.is_empty() && self.limits.zero.infinite.is_empty()) {
            return self.settled_law(a);
        }
        let mut gradient = vec![0.0; self.joint.count.k];
        let x = &self.top.x;
        let (m, _) = mean_and_gradient(&self.joint.count, &x[..self.joint.count.k], a, &mut gradient);
        let xi = self.joint.xi(a, x);
        // Of a zero that is certain, no mean is known.
        let certain = !self.flat.is_empty()
            && logistic(if self.settings.zeros == ZeroPart::Hurdle { -xi } else { xi }) > 1.0 - 1e-6;
        Some(self.law(if certain { self.least_mean() } else { m }, xi, self.split(x).2))
    }

    fn pearson(&self, a: usize) -> f64 {
        let Some((mean, variance)) = self.law_at(a).map(|law| moments(&law)) else { return 0.0 };
        // A count that is certain is as its mean.
        if variance <= 1e-9 * mean.max(1e-9) {
            return 0.0;
        }
        (self.joint.count.y[a] - mean) * (self.joint.count.w[a] / variance).sqrt()
    }

    fn row_stats(&self) -> Vec<RowStat> {
        let mut rng = self.rng.clone();
        let mut place = vec![None; self.design.n()];
        self.rows.iter().enumerate().for_each(|(a, i)| place[*i] = Some(a));
        let cooks = self.cooks_distances();
        let one = |i: usize| {
            let u: f64 = rng.random();
            match place[i] {
                Some(a) => RowStat { cooks_distance: cooks[a], ..self.row_stat(a, u) },
                None => RowStat { observed: self.design.counts[i], ..RowStat::default() },
            }
        };
        (0..self.design.n()).map(one).collect()
    }

    fn row_stat(&self, a: usize, u: f64) -> RowStat {
        let y = self.joint.count.y[a];
        let Some(law) = self.law_at(a) else { return RowStat { observed: y, ..RowStat::default() } };
        let (mean, _) = moments(&law);
        let (low, high) = (law.cdf(y - 1.0), law.cdf(y));
        RowStat {
            observed: y,
            fitted: num(mean),
            eta: num(self.settings.link.of(law.mean)),
            residual_response: num(y - mean),
            residual_pearson: num(self.pearson(a)),
            residual_quantile: num(quantile_residual(low, high, u)),
            pit_low: num(low),
            pit_high: num(high),
            ..RowStat::default()
        }
    }
}

/// Mean and variance of a law with extra zeros.
fn moments(law: &Law) -> (f64, f64) {
    let variance = law.family.variance(law.mean, law.dispersion);
    let keep = match law.zeros {
        Zeros::None => 1.0,
        Zeros::Inflated(p) => 1.0 - p,
        // A truncated count of 1 for sure.
        Zeros::Hurdle(p) if law.mean < 1e-11 => return (1.0 - p, p * (1.0 - p)),
        Zeros::Hurdle(p) => (1.0 - p) / -law.family.log_pmf(0.0, law.mean, law.dispersion).exp_m1(),
    };
    let mean = keep * law.mean;
    (mean, keep * (variance + law.mean * law.mean) - mean * mean)
}
