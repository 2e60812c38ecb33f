//! What a fitted random walk says of itself: `drift` and `sigma`, the likelihood on the count scale, one-step fits.

use super::walk::{WalkFit, of_z};
use super::{criteria, row_stat};
use crate::family::{Family, Law};
use crate::model::{IntervalKind, Summary};
use crate::results::{RowStat, TermRow, num};
use statrs::distribution::{ChiSquared, ContinuousCDF as _, StudentsT};

impl WalkFit {
    /// Terms, likelihood and rows. The likelihood is of the counts (rounded), given the first of each season.
    pub(super) fn summarise(&self) -> Summary {
        let fitted: Vec<Option<(f64, Law, RowStat)>> = self.rows.iter().map(|(y, b)| self.row(*y, (*b)?)).collect();
        let log_lik = fitted.iter().flatten().map(|(y, law, _)| law.log_pmf(*y)).sum();
        let mut glance = criteria(log_lik, if self.walk.drift { 2.0 } else { 1.0 }, self.n);
        glance.df_residual = Some(self.nu);
        glance.dispersion = num(self.sigma * self.sigma);
        let missing = |y: f64| RowStat { observed: y, ..RowStat::default() };
        let rows = fitted.into_iter().zip(&self.rows).map(|(f, (y, _))| f.map_or(missing(*y), |f| f.2)).collect();
        let mut terms = vec![self.sigma_term()];
        let mut covariance = Vec::new();
        if self.walk.drift {
            terms.insert(0, self.drift_term());
            // σ is not a coefficient: the covariance is of the drift alone.
            covariance = vec![vec![self.sigma * self.sigma / self.laps]];
        }
        Summary { terms, glance, rows, covariance, interval: Some(IntervalKind::Exact), ..Summary::default() }
    }

    /// Law and diagnostics of one observation, one step (or gap) ahead at the estimates.
    fn row(&self, y: f64, before: super::walk::Before) -> Option<(f64, Law, RowStat)> {
        let centre = before.z + before.laps * self.delta;
        let spread = self.sigma * before.laps.sqrt();
        let law = Law::new(self.family, of_z(self.family, centre), spread);
        let innovation = super::walk::to_z(self.family, y) - centre;
        let eta = num(if self.family == Family::GaussianLog1p { law.mean.ln() } else { centre });
        y.is_finite().then(|| (y, law, RowStat { eta, ..row_stat(y, &law, innovation, spread) }))
    }

    /// s with the exact interval from ν s²/σ² ~ χ²_ν.
    fn sigma_term(&self) -> TermRow {
        let tail = (1.0 - self.walk.level) / 2.0;
        let bound = |p: f64| {
            let chi2 = ChiSquared::new(self.nu).ok()?.inverse_cdf(p);
            num(self.sigma * (self.nu / chi2).sqrt())
        };
        TermRow {
            term: "sigma".into(),
            estimate: num(self.sigma),
            conf_low: bound(1.0 - tail),
            conf_high: bound(tail),
            verdict: "estimated".into(),
            ..TermRow::default()
        }
    }

    /// δ̂ with Student's interval on ν degrees of freedom.
    fn drift_term(&self) -> TermRow {
        let se = self.sigma / self.laps.sqrt();
        let t = self.delta / se;
        let student = StudentsT::new(0.0, 1.0, self.nu).ok();
        let reach = student.as_ref().and_then(|d| num(d.inverse_cdf((1.0 + self.walk.level) / 2.0) * se));
        let ratio = |x: Option<f64>| x.filter(|_| self.family != Family::Gaussian).and_then(|x| num(x.exp()));
        let (low, high) = (reach.map(|r| self.delta - r), reach.map(|r| self.delta + r));
        TermRow {
            term: "drift".into(),
            estimate: num(self.delta),
            std_error: num(se),
            statistic: num(t),
            p_value: student.and_then(|d| num(2.0 * d.cdf(-t.abs()))),
            conf_low: low,
            conf_high: high,
            rate_ratio: ratio(Some(self.delta)),
            rate_ratio_low: ratio(low),
            rate_ratio_high: ratio(high),
            verdict: "estimated".into(),
        }
    }
}
