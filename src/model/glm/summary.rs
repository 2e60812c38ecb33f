//! Fit statistics and diagnostics by row.

use super::anscombe::anscombe;
use super::fit::{Regression, constant};
use crate::error::Result;
use crate::family::{Family, Law};
use crate::inference::covariance::{joint, leverages};
use crate::inference::problem::{Problem, build};
use crate::inference::scoring::{maximise, mean_and_gradient, start};
use crate::inference::special::left_out;
use crate::model::{IntervalKind, Summary, Vcov};
use crate::results::{Glance, RowStat, num};
use rand::RngExt as _;
use statrs::distribution::{ContinuousCDF, Normal};

impl Regression {
    pub(super) fn summarise(&self) -> Result<Summary> {
        let (terms, covariance) = self.terms()?;
        Ok(Summary {
            terms,
            glance: self.glance(),
            rows: self.row_stats(),
            covariance,
            interval: Some(if self.profiles() { IntervalKind::Profile } else { IntervalKind::Wald }),
            tests: Vec::new(),
            laws: Vec::new(),
            absent: Vec::new(),
        })
    }

    /// Law of an observation of mean `m`; κ multiplies the size of a summed NB2.
    fn law(&self, m: f64, kappa: f64) -> Law {
        let by = if self.family == Family::Nb2 { kappa } else { 1.0 };
        Law::new(self.family, m, self.dispersion * by)
    }

    fn glance(&self) -> Glance {
        let (n, rank) = (self.nobs(), self.rank());
        let quasi = self.family == Family::QuasiPoisson;
        let free = self.settings.family.has_dispersion();
        let df = rank as f64 + f64::from(u8::from(free));
        let constants: f64 =
            self.fitted_rows.iter().map(|i| self.design.weight(*i) * left_out(self.design.counts[*i])).sum();
        let ll = if quasi { f64::NAN } else { self.solution.ll - constants };
        let aic = -2.0 * ll + 2.0 * df;
        let nf = n as f64;
        let chi2 = self.pearson();
        let df_residual = self.df_residual();
        // X² of the Poisson variance estimates 1 + φ and (1 + φ)².
        let by = match self.family {
            Family::Nb1 => 1.0 + self.dispersion,
            Family::GenPoisson => (1.0 + self.dispersion).powi(2),
            _ => 1.0,
        };
        let theta = if self.family == Family::Nb2 { num(self.dispersion) } else { None };
        Glance {
            nobs: n,
            qic: None,
            df: Some(df),
            df_residual: Some(df_residual),
            log_lik: num(ll),
            aic: num(aic),
            aicc: if nf > df + 1.0 { num(aic + 2.0 * df * (df + 1.0) / (nf - df - 1.0)) } else { None },
            bic: num(-2.0 * ll + df * nf.ln()),
            deviance: num(self.deviance(&self.problem, &self.solution.gamma)),
            null_deviance: self.null_deviance(),
            pearson_chi2: num(chi2),
            dispersion: num(chi2 * by / df_residual),
            theta,
            theta_se: theta.and_then(|t| self.theta_se(t)),
            alpha: self.alpha(),
            converged: self.solution.converged,
            iterations: self.solution.iterations,
        }
    }

    /// 1/θ, φ or ν; 0 where the dispersion fell to the Poisson boundary.
    fn alpha(&self) -> Option<f64> {
        match (self.settings.family, self.family) {
            (_, Family::Nb2) => num(1.0 / self.dispersion),
            (_, Family::Nb1 | Family::GenPoisson | Family::ComPoisson) => num(self.dispersion),
            (asked, _) if asked.has_dispersion() => Some(0.0),
            _ => None,
        }
    }

    /// Given β as in `glm.nb`, or from the joint information under `--vcov observed`.
    fn theta_se(&self, theta: f64) -> Option<f64> {
        let (problem, t, k) = (&self.problem, self.solution.t, self.problem.k);
        if self.settings.vcov == Vcov::Observed || matches!(self.family, Family::Nb1 | Family::GenPoisson) {
            let c = joint(problem, self.family, &self.solution.gamma, t)?;
            return num(theta * c[k * (k + 2)].sqrt());
        }
        let (kernel, mut gradient) = (self.kernel(), vec![0.0; k]);
        let curvature = |i: usize| {
            let (m, kappa) = mean_and_gradient(problem, &self.solution.gamma, i, &mut gradient);
            problem.w[i] * kernel.slopes(problem.y[i], m, m.ln(), kappa).tt
        };
        num(theta / (-(0..problem.n()).map(curvature).sum::<f64>()).sqrt())
    }

    fn pearson(&self) -> f64 {
        let (kernel, mut gradient) = (self.kernel(), vec![0.0; self.problem.k]);
        let one = |i: usize| {
            let (m, kappa) = mean_and_gradient(&self.problem, &self.solution.gamma, i, &mut gradient);
            self.problem.w[i] * (self.problem.y[i] - m).powi(2) / kernel.variance(m, kappa)
        };
        (0..self.problem.n()).map(one).sum()
    }

    fn deviance(&self, problem: &Problem, gamma: &[f64]) -> f64 {
        let mut gradient = vec![0.0; problem.k];
        let one = |i: usize| {
            let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
            problem.w[i] * self.family.unit_deviance(problem.y[i], m, self.law(m, kappa).dispersion)
        };
        (0..problem.n()).map(one).sum()
    }

    /// The intercept and offset alone (the offset alone without an intercept), at the fitted dispersion.
    fn null_deviance(&self) -> Option<f64> {
        let constant: Vec<usize> = self
            .basis
            .kept()
            .into_iter()
            .chain(self.infinite.clone())
            .filter(|j| constant(&self.design, &self.rows, *j))
            .take(1)
            .collect();
        let (problem, _) = build(&self.design, &self.rows, &constant, None, self.settings.link);
        if constant.is_empty() {
            return num(self.deviance(&problem, &[]));
        }
        let fit = maximise(&problem, self.family, start(&problem)?, self.solution.t, false, 0.0);
        num(self.deviance(&problem, &fit.gamma))
    }

    fn row_stats(&self) -> Vec<RowStat> {
        let hats = leverages(&self.problem, &self.kernel(), &self.solution.gamma);
        let mut rng = self.rng.clone();
        let mut place = vec![None; self.design.n()];
        self.fitted_rows.iter().enumerate().for_each(|(a, i)| place[*i] = Some(a));
        let one = |i: usize| {
            let u: f64 = rng.random();
            match place[i] {
                Some(a) => self.row_stat(a, hats.as_ref().map(|h| h[a]), u),
                None if self.zero_rows.contains(&i) => zero_row(self.design.counts[i], u),
                None => RowStat { observed: self.design.counts[i], ..RowStat::default() },
            }
        };
        (0..self.design.n()).map(one).collect()
    }

    fn row_stat(&self, a: usize, hat: Option<f64>, u: f64) -> RowStat {
        let (y, w) = (self.problem.y[a], self.problem.w[a]);
        let mut gradient = vec![0.0; self.problem.k];
        let (m, kappa) = mean_and_gradient(&self.problem, &self.solution.gamma, a, &mut gradient);
        let law = self.law(m, kappa);
        let pearson = (y - m) * w.sqrt() / self.kernel().variance(m, kappa).sqrt();
        let deviance = (w * self.family.unit_deviance(y, m, law.dispersion).max(0.0)).sqrt();
        let scale = if self.family == Family::QuasiPoisson { self.dispersion } else { 1.0 };
        let cooks = |h: f64| (pearson / (1.0 - h)).powi(2) * h / (scale * self.rank() as f64);
        let (low, high) = (law.cdf(y - 1.0), law.cdf(y));
        let eta = if self.problem.sums.is_none() {
            self.problem.eta(a, &self.solution.gamma)
        } else {
            self.problem.link.of(m)
        };
        RowStat {
            period: String::new(),
            observed: y,
            fitted: num(m),
            eta: num(eta),
            hat: hat.and_then(num),
            residual_response: num(y - m),
            residual_pearson: num(pearson),
            residual_deviance: num(if y < m { -deviance } else { deviance }),
            residual_anscombe: anscombe(self.family, y, m, law.dispersion).and_then(|r| num(w.sqrt() * r)),
            residual_quantile: num(quantile_residual(low, high, u)),
            cooks_distance: hat.filter(|h| *h < 1.0 - 1e-9).and_then(|h| num(cooks(h))),
            pit_low: num(low),
            pit_high: num(high),
        }
    }
}

/// Φ⁻¹ of a uniform point of the PIT interval (Dunn and Smyth 1996, J. Comput. Graph. Stat. 5, 236–244), at most 8.2
/// in size.
pub(in crate::model) fn quantile_residual(low: f64, high: f64, u: f64) -> f64 {
    let p = low + u * (high - low);
    if p.is_nan() { p } else { Normal::standard().inverse_cdf(p.clamp(1e-16, 1.0 - 1.2e-16)) }
}

/// A row whose mean is zero in the limit, and so is its count.
fn zero_row(observed: f64, u: f64) -> RowStat {
    RowStat {
        observed,
        fitted: Some(0.0),
        residual_response: Some(0.0),
        residual_pearson: Some(0.0),
        residual_deviance: Some(0.0),
        residual_anscombe: Some(0.0),
        residual_quantile: num(quantile_residual(0.0, 1.0, u)),
        pit_low: Some(0.0),
        pit_high: Some(1.0),
        ..RowStat::default()
    }
}
