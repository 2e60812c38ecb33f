//! Coefficients: covariance, intervals, p-values.

use super::fit::{Regression, constant, spread};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::inference::covariance::{Bread, clustered, joint, leverages, observed_information, sandwich};
use crate::inference::linalg::{congruence, inverse};
use crate::inference::problem::build;
use crate::inference::{dispersion, profile};
use crate::model::{Interval, Link, Vcov};
use crate::results::{TermRow, num};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Reference distribution of a coefficient over its standard error.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) enum Reference {
    Normal,
    Student(f64),
}

impl Reference {
    /// Two-sided p-value, accurate for tiny ones.
    pub(in crate::model) fn p_value(self, z: f64) -> f64 {
        match self {
            Reference::Normal => libm::erfc(z.abs() / std::f64::consts::SQRT_2),
            Reference::Student(df) => statrs::function::beta::beta_reg(0.5 * df, 0.5, df / (df + z * z)),
        }
    }

    /// Quantile of a central interval's upper end.
    pub(in crate::model) fn quantile(self, level: f64) -> f64 {
        let p = 0.5 * (1.0 + level);
        match self {
            Reference::Normal => Normal::standard().inverse_cdf(p),
            Reference::Student(df) => StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| t.inverse_cdf(p)),
        }
    }
}

/// A term's numbers from estimate, standard error and bounds; `low` and `high` replace the Wald bounds when given.
pub(in crate::model) fn term(
    name: &str,
    estimate: f64,
    se: f64,
    reference: Reference,
    bounds: (Option<f64>, Option<f64>),
    link: Link,
) -> TermRow {
    let ratio = |x: Option<f64>| if link == Link::Log { x.and_then(|x| num(x.exp())) } else { None };
    TermRow {
        term: name.into(),
        estimate: num(estimate),
        std_error: num(se),
        statistic: num(estimate / se),
        p_value: num(reference.p_value(estimate / se)),
        conf_low: bounds.0,
        conf_high: bounds.1,
        rate_ratio: ratio(num(estimate)),
        rate_ratio_low: ratio(bounds.0),
        rate_ratio_high: ratio(bounds.1),
        verdict: String::new(),
    }
}

impl Regression {
    pub(super) fn reference(&self) -> Reference {
        if self.family == Family::QuasiPoisson && self.df_residual() > 0.0 {
            Reference::Student(self.df_residual())
        } else {
            Reference::Normal
        }
    }

    fn factor(&self) -> f64 {
        if self.family == Family::QuasiPoisson { self.dispersion } else { 1.0 }
    }

    /// Covariance of the working coefficients as asked for.
    ///
    /// # Errors
    /// When it does not exist: a singular information, or a leverage of 1 under HC2 and HC3.
    pub(super) fn working_covariance(&self) -> Result<Vec<f64>> {
        let (problem, gamma, kernel) = (&self.problem, &self.solution.gamma, self.kernel());
        let singular = || Error::data("the information matrix is singular: no standard errors exist");
        match self.settings.vcov {
            Vcov::Model => {
                let bread = Bread::new(problem, &kernel, gamma).ok_or_else(singular)?;
                Ok(bread.coefficients(&bread.inverse).iter().map(|c| c * self.factor()).collect())
            }
            Vcov::Observed if self.family.has_dispersion() => {
                let c = joint(problem, self.family, gamma, self.solution.t).ok_or_else(singular)?;
                let k = problem.k;
                Ok((0..k * k).map(|a| c[a / k * (k + 1) + a % k]).collect())
            }
            Vcov::Observed => {
                inverse(&observed_information(problem, &kernel, gamma, false), problem.k).ok_or_else(singular)
            }
            Vcov::Hc(kind) => {
                let bread = Bread::new(problem, &kernel, gamma).ok_or_else(singular)?;
                let hats = leverages(problem, &kernel, gamma).ok_or_else(singular)?;
                let n = problem.w.iter().filter(|w| **w > 0.0).count();
                let c = sandwich(&bread.inverse, &bread.scores, &hats, n, kind).ok_or_else(|| no_sandwich(kind))?;
                Ok(bread.coefficients(&c))
            }
            Vcov::Hac(hac) => {
                let bread = Bread::new(problem, &kernel, gamma).ok_or_else(singular)?;
                let n = problem.w.iter().filter(|w| **w > 0.0).count();
                let own = |s: &[f64]| bread.turned(s, |s| self.basis.qr.transposed_times(s));
                let c = hac.covariance(&bread.inverse, &bread.scores, own, &self.constants(), n)?;
                Ok(bread.coefficients(&c))
            }
            Vcov::Cluster { kind, adjust } => {
                let bread = Bread::new(problem, &kernel, gamma).ok_or_else(singular)?;
                let groups = self.design.groups_of(&self.fitted_rows)?;
                let counted: Vec<bool> = problem.w.iter().map(|w| *w > 0.0).collect();
                let c = clustered(&bread.inverse, &bread.scores, &groups, &counted, (kind, adjust))?;
                Ok(bread.coefficients(&c))
            }
        }
    }

    /// Places of the constant columns among those kept.
    fn constants(&self) -> Vec<usize> {
        let kept = self.basis.kept();
        (0..kept.len()).filter(|a| constant(&self.design, &self.rows, kept[*a])).collect()
    }

    /// Terms in the design's order, and their covariance over all columns (0 where there is none).
    pub(super) fn terms(&self) -> Result<(Vec<TermRow>, Vec<Vec<f64>>)> {
        let (k, p, kept) = (self.problem.k, self.design.p(), self.basis.kept());
        let c = congruence(&self.basis.qr.inverse_r(), &self.working_covariance()?, k);
        let beta = self.beta();
        let mut covariance = vec![vec![0.0; p]; p];
        for (a, row) in c.chunks_exact(k.max(1)).enumerate() {
            covariance[kept[a]] = spread(row, &kept, p);
        }
        let one = |j: usize| {
            if let Some((_, why)) = self.dropped.iter().find(|d| d.0 == j) {
                return TermRow { term: self.design.names[j].clone(), verdict: why.clone(), ..TermRow::default() };
            }
            if self.infinite.contains(&j) {
                return self.without_estimate(j);
            }
            if self.is_exact() {
                let (name, estimate) = (self.design.names[j].clone(), num(beta[j]));
                let rate_ratio = estimate.filter(|_| self.settings.link == Link::Log).and_then(|b| num(b.exp()));
                let verdict = "no errors: the fit is exact".into();
                return TermRow { term: name, estimate, rate_ratio, verdict, ..TermRow::default() };
            }
            let se = covariance[j][j].max(0.0).sqrt();
            let bounds = self.bounds(j, beta[j], se);
            term(&self.design.names[j], beta[j], se, self.reference(), bounds, self.settings.link)
        };
        let terms = (0..p).map(one).collect();
        for j in &self.infinite {
            covariance.iter_mut().for_each(|row| row[*j] = 0.0);
            covariance[*j].fill(0.0);
        }
        Ok((terms, covariance))
    }

    /// Whether intervals are profile likelihood.
    pub(super) fn profiles(&self) -> bool {
        let likelihood = matches!(self.settings.vcov, Vcov::Model | Vcov::Observed);
        match self.settings.interval {
            Interval::Auto => likelihood && self.nobs() < 50,
            Interval::Profile => true,
            Interval::Wald | Interval::Bootstrap(_) => false,
        }
    }

    fn bounds(&self, j: usize, estimate: f64, se: f64) -> (Option<f64>, Option<f64>) {
        let reach = self.reference().quantile(self.settings.level) * se;
        if !self.profiles() || reach.is_nan() || reach <= 0.0 {
            return (num(estimate - reach), num(estimate + reach));
        }
        let likelihood = |b: f64| self.likelihood_given(j, b, &self.fitted_rows);
        let (top, drop) = (self.solution.ll, self.drop());
        let side = |sign: f64| profile::bound(likelihood, estimate, top, sign * reach, drop).and_then(num);
        (side(-1.0), side(1.0))
    }

    /// Half the squared quantile (times φ for quasi-Poisson: R's scaled deviance).
    pub(super) fn drop(&self) -> f64 {
        0.5 * self.reference().quantile(self.settings.level).powi(2) * self.factor()
    }

    /// Maximum of the log-likelihood over all else, given the coefficient of column `j`.
    fn likelihood_given(&self, j: usize, b: f64, rows: &[usize]) -> Option<f64> {
        let others: Vec<usize> = self.basis.kept().into_iter().filter(|c| *c != j).collect();
        let (problem, _) = build(&self.design, rows, &others, Some((j, b)), self.settings.link);
        dispersion::likelihood(&problem, self.settings.family)
    }
}

fn no_sandwich(kind: u8) -> Error {
    Error::data(format!("HC{kind} does not exist: a row has leverage 1 (a term owns it alone)"))
        .help("use hc0 or model, or take out the term that owns a single row")
}
