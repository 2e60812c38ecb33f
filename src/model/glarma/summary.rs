//! What a GLARMA fit says of itself.

use super::GlarmaFit;
use super::fit::region;
use super::recursion::{reflection, run};
use crate::error::Result;
use crate::family::Family;
use crate::inference::likelihood_interval::interval;
use crate::inference::linalg::Matrix;
use crate::inference::maximise::null_space;
use crate::inference::objective::Objective as _;
use crate::model::ingarch::{dispersed, sandwich};
use crate::model::serial_report::{
    Estimated, Fit, dropped_rows, error_of, glance, interval_notes, laws, no_lags, normal_quantile, null_deviance,
    reported, rows, term_row, wald,
};
use crate::model::series::Series;
use crate::model::{Interval, IntervalKind, Summary, Vcov};
use crate::results::Glance;
use crate::rng;

/// Under this many observations the default interval is profile likelihood.
const SMALL: usize = 50;

impl GlarmaFit {
    /// Fitted observations, in the order of the series.
    fn fits(&self) -> Vec<Fit> {
        let mut fits = Vec::with_capacity(self.series.obs.len());
        if let Some(path) = run(&self.spec, &self.series, &self.maximum.theta, false) {
            self.objective().visit(&path, |q| {
                fits.push(Fit {
                    row: q.obs.row,
                    y: q.obs.y,
                    weight: q.obs.weight,
                    m: q.m,
                    eta: q.m.ln(),
                    ratio: q.ratio,
                });
            });
        }
        fits
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.maximum.converged {
            notes.push("the likelihood was not maximised to its tolerance: treat the estimates as rough".into());
        }
        if self.spec.ar.is_empty() && self.spec.ma.is_empty() {
            notes.push(no_lags("glarma", "--ar 1 or --ma 1"));
        }
        notes.extend(interval_notes(&self.settings, false, self.maximum.converged));
        if !self.forgets() {
            notes.push(
                "the recursion is not invertible at the estimates: it does not forget where it started, so that the likelihood \
                 is rough, with many local maxima, and errors and forecasts may not hold; try --residual score or fewer lags"
                    .into(),
            );
        }
        if reflection(&self.spec, self.series.p, &self.maximum.theta) > 0.999 {
            notes.push("boundary solution: the autoregression is at the edge of its stationary region".into());
        }
        if !self.maximum.active.is_empty() {
            notes.push("no overdispersion beyond the Poisson: the dispersion is on its bound of 0".into());
        }
        if self.series.skipped > 0 {
            notes.push(format!("{} leading steps have unknown covariates and are left out", self.series.skipped));
        }
        notes.extend(self.series.dropped.iter().map(|(n, why)| format!("`{n}` is dropped: {why}")));
        notes
    }

    /// Whether a small shift of the first log mean has faded by the second half of the series.
    fn forgets(&self) -> bool {
        const SHIFT: f64 = 1e-8;
        let mut shifted = self.series.clone();
        shifted.offset[0] += SHIFT;
        let path = |s: &Series| run(&self.spec, s, &self.maximum.theta, false);
        let (Some(a), Some(b)) = (path(&self.series), path(&shifted)) else { return true };
        let late = a.w.iter().zip(&b.w).skip(self.series.steps.div_ceil(2));
        late.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max) < SHIFT
    }

    pub(super) fn describe(&self) -> Result<Summary> {
        let cov = self.covariance(self.settings.vcov)?;
        let fits = self.fits();
        let (estimated, interval) = match self.settings.serial.bootstrap {
            0 => (self.intervals(cov.as_ref()), self.interval_kind()),
            b => {
                let b = self.bootstrap(b);
                (b.estimated(&self.coefficients(), self.settings.level), b.kind())
            }
        };
        let mut terms: Vec<_> =
            self.slots.iter().zip(estimated).map(|(s, e)| term_row(s, e, true, "estimated".into())).collect();
        let dependence = self.dependence(cov.as_ref());
        self.unidentified(&mut terms, dependence.as_ref());
        terms.extend(dropped_rows(&self.series.dropped));
        let mut stream = rng::stream(self.seed, &["quantile residuals"]);
        Ok(Summary {
            terms,
            glance: self.glance(&fits),
            rows: rows(&self.design.counts, &fits, self.spec.family, self.dispersion(), &mut stream),
            covariance: cov.as_ref().map_or_else(Vec::new, |c| reported(c, &self.slots, self.series.dropped.len())),
            interval: Some(interval),
            tests: dependence.map_or_else(Vec::new, |d| d.tests),
            laws: laws(self.design.n(), &fits, self.spec.family, self.dispersion()),
            absent: Vec::new(),
        })
    }

    fn glance(&self, fits: &[Fit]) -> Glance {
        let (family, a) = (self.spec.family, self.dispersion());
        let extra = usize::from(dispersed(family));
        let mut g = glance(fits, family, a, self.slots.len(), extra, Some(self.maximum.value));
        let simple = self.series.whole && self.series.offset.iter().all(|o| *o == 0.0);
        g.null_deviance = null_deviance(fits, family, a, simple);
        if family == Family::Nb2 {
            g.theta_se = self.dispersion_error().map(|e| e / (a * a));
        }
        g.converged = self.maximum.converged;
        g.iterations = self.maximum.iterations;
        g
    }

    /// Covariance of `(β, φ, θ)`; `None` where a matrix is singular.
    pub(super) fn covariance(&self, vcov: Vcov) -> Result<Option<Matrix>> {
        let (o, theta) = (self.objective(), &self.maximum.theta);
        let keep: Vec<usize> = (0..self.slots.len()).collect();
        let (n, k) = (self.series.obs.len() as f64, keep.len() as f64);
        Ok(match vcov {
            Vcov::Model if self.spec.family != Family::Nb1 => o.information(theta).and_then(|i| i.inverse()),
            Vcov::Model | Vcov::Observed => self.joint().map(|m| m.sub(&keep)),
            Vcov::Hc(0) => self.empirical(0).map(|m| m.sub(&keep)),
            Vcov::Hc(1) => self.empirical(0).map(|m| m.sub(&keep).scaled(n / (n - k).max(1.0))),
            Vcov::Hac(hac) if !hac.prewhite => {
                let lags = hac.lags.unwrap_or((4.0 * (n / 100.0).powf(2.0 / 9.0)).floor() as usize);
                let by = hac.factor(self.series.obs.len(), keep.len())?;
                self.empirical(lags).map(|m| m.sub(&keep).scaled(by))
            }
            Vcov::Hc(_) | Vcov::Hac(_) | Vcov::Cluster { .. } => return Err(crate::model::serial::no_covariance(vcov)),
        })
    }

    /// Inverse of the negative Hessian, joint with the dispersion.
    fn joint(&self) -> Option<Matrix> {
        let o = self.objective();
        let h = o.hessian(&self.maximum.theta).scaled(-1.0);
        sandwich(&h, None, &null_space(&region(&self.spec, &self.series), &self.maximum.active, o.dim()))
    }

    fn empirical(&self, lags: usize) -> Option<Matrix> {
        let o = self.objective();
        let b = crate::model::ingarch::score_products(&o.scores(&self.maximum.theta)?, lags)?;
        let h = o.hessian(&self.maximum.theta).scaled(-1.0);
        sandwich(&h, Some(&b), &null_space(&region(&self.spec, &self.series), &self.maximum.active, o.dim()))
    }

    pub(super) fn dispersion_error(&self) -> Option<f64> {
        let k = self.slots.len();
        (dispersed(self.spec.family)).then(|| self.joint()).flatten().and_then(|m| error_of(m.at(k, k)))
    }

    /// How intervals are made without a bootstrap: there is no profile off a maximum.
    fn interval_kind(&self) -> IntervalKind {
        let likelihood_based = matches!(self.settings.vcov, Vcov::Model | Vcov::Observed);
        let profile = match self.settings.interval {
            Interval::Wald | Interval::Bootstrap(_) => false,
            Interval::Profile => true,
            Interval::Auto => likelihood_based && self.series.obs.len() < SMALL,
        };
        if profile && self.maximum.converged { IntervalKind::Profile } else { IntervalKind::Wald }
    }

    fn intervals(&self, cov: Option<&Matrix>) -> Vec<Estimated> {
        let profile = self.interval_kind() == IntervalKind::Profile;
        let (objective, region) = (self.objective(), region(&self.spec, &self.series));
        let chi2 = normal_quantile(self.settings.level).powi(2);
        let one = |slot: &crate::model::serial_report::Slot| {
            let value = self.maximum.theta[slot.index] / slot.scale;
            let error = cov.and_then(|c| error_of(c.at(slot.index, slot.index))).map(|e| e / slot.scale);
            if !profile {
                return wald(value, error, self.settings.level);
            }
            let guess = error.unwrap_or(f64::NAN) * slot.scale;
            let (low, high) = interval(&objective, &region, &self.maximum, slot.index, guess, chi2);
            Estimated { value, error, low: low.map(|v| v / slot.scale), high: high.map(|v| v / slot.scale) }
        };
        self.slots.iter().map(one).collect()
    }
}
