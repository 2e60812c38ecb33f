//! What an INGARCH fit says of itself.

use super::IngarchFit;
use super::likelihood::dispersed;
use super::recursion::{Depth, run};
use crate::error::Result;
use crate::family::Family;
use crate::inference::likelihood_interval::interval;
use crate::inference::linalg::Matrix;
use crate::model::serial::Init;
use crate::model::serial_report::{
    Estimated, Fit, dropped_rows, error_of, glance, interval_notes, laws, no_lags, normal_quantile, null_deviance,
    reported, rows, term_row, wald,
};
use crate::model::{Interval, IntervalKind, Summary, Vcov};
use crate::results::TermRow;
use crate::rng;

/// Under this many observations the default interval is profile likelihood.
const SMALL: usize = 50;

impl IngarchFit {
    /// Fitted observations, in the order of the series.
    pub(crate) fn fits(&self) -> Vec<Fit> {
        let objective = self.plan.objective(&self.series);
        let Some(path) = run(&self.plan.spec, &self.series, &self.estimate.theta, Depth::Values) else {
            return Vec::new();
        };
        let log = self.plan.spec.log();
        let mut fits = Vec::with_capacity(self.series.obs.len());
        objective.visit(&path, |q| {
            let eta = if log { q.m.ln() } else { q.m };
            fits.push(Fit { row: q.obs.row, y: q.obs.y, weight: q.obs.weight, m: q.m, eta, ratio: q.ratio });
        });
        fits
    }

    /// Warnings about the estimate itself.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let spec = &self.plan.spec;
        if !self.estimate.maximum.converged {
            notes.push("the likelihood was not maximised to its tolerance: treat the estimates as rough".into());
        }
        if spec.longest() == 0 {
            notes.push(no_lags("ingarch", "--past-obs 1, perhaps with --past-mean 1"));
        }
        notes.extend(interval_notes(&self.settings, self.plan.quasi(), self.estimate.maximum.converged));
        notes.extend(self.boundary_notes());
        if dispersed(self.plan.family) && self.plan.quasi() && self.estimate.dispersion == 0.0 {
            notes.push("no overdispersion beyond the Poisson: the second step ends at a dispersion of 0".into());
        }
        notes.extend(self.outside_notes());
        if spec.init == Init::Marginal && self.series.intercept.is_none() && spec.longest() > 0 {
            notes.push("without an intercept the recursion starts from 0; consider --init first".into());
        }
        if self.series.skipped > 0 {
            notes.push(format!("{} leading steps have unknown covariates and are left out", self.series.skipped));
        }
        notes.extend(self.series.dropped.iter().map(|(n, why)| format!("`{n}` is dropped: {why}")));
        notes
    }

    /// The summary of [`crate::model::Fitted`].
    pub(crate) fn describe(&self) -> Result<Summary> {
        let cov = self.information().covariance(self.settings.vcov)?;
        let (estimated, interval) = match self.settings.serial.bootstrap {
            0 => (self.intervals(cov.as_ref()), self.interval_kind()),
            b => {
                let b = self.bootstrap(b);
                (b.estimated(&self.coefficients(), self.settings.level), b.kind())
            }
        };
        let fits = self.fits();
        let dependence = self.dependence(cov.as_ref());
        let mut terms = self.term_rows(&estimated);
        self.unidentified(&mut terms, dependence.as_ref());
        let mut stream = rng::stream(self.seed, &["quantile residuals"]);
        Ok(Summary {
            terms,
            glance: self.glance(&fits),
            rows: rows(&self.design.counts, &fits, self.plan.family, self.estimate.dispersion, &mut stream),
            covariance: cov.as_ref().map_or_else(Vec::new, |c| reported(c, &self.slots, self.series.dropped.len())),
            interval: Some(interval),
            tests: dependence.map_or_else(Vec::new, |d| d.tests),
            laws: laws(self.design.n(), &fits, self.plan.family, self.estimate.dispersion),
            absent: Vec::new(),
        })
    }

    fn term_rows(&self, estimated: &[Estimated]) -> Vec<TermRow> {
        let log = self.plan.spec.log();
        let rows = self.slots.iter().zip(estimated).map(|(s, e)| term_row(s, *e, log, self.verdict(s.index)));
        rows.chain(dropped_rows(&self.series.dropped)).collect()
    }

    fn glance(&self, fits: &[Fit]) -> crate::results::Glance {
        let (family, a) = (self.plan.family, self.estimate.dispersion);
        let quasi = family == Family::QuasiPoisson;
        let log_lik = (!quasi).then(|| self.log_likelihood());
        let extra = usize::from(dispersed(family) || quasi);
        let mut g = glance(fits, family, a, self.slots.len(), extra, log_lik);
        let simple = self.series.whole && self.series.offset.iter().all(|o| *o == 0.0);
        g.null_deviance = null_deviance(fits, family, a, simple);
        if family == Family::Nb2 && a > 0.0 {
            g.theta_se = self.information().dispersion_error().map(|e| e / (a * a));
        }
        g.qic = self.qic().ok();
        g.converged = self.estimate.maximum.converged;
        g.iterations = self.estimate.maximum.iterations;
        g
    }

    /// How intervals are made without a bootstrap: there is no profile of a quasi-likelihood or off a maximum.
    fn interval_kind(&self) -> IntervalKind {
        let likelihood_based = matches!(self.settings.vcov, Vcov::Model | Vcov::Observed);
        let profile = match self.settings.interval {
            Interval::Wald | Interval::Bootstrap(_) => false,
            Interval::Profile => true,
            Interval::Auto => likelihood_based && self.series.obs.len() < SMALL,
        };
        // Along a mean that is held at 0 a profile would meet that bound at every step.
        let exists = !self.plan.quasi() && self.estimate.maximum.converged && self.estimate.held.is_empty();
        if profile && exists { IntervalKind::Profile } else { IntervalKind::Wald }
    }

    /// Estimates with errors and intervals, by slot.
    fn intervals(&self, cov: Option<&Matrix>) -> Vec<Estimated> {
        let profile = self.interval_kind() == IntervalKind::Profile;
        let objective = self.plan.objective(&self.series);
        let region = self.plan.admissible(&self.series);
        let chi2 = normal_quantile(self.settings.level).powi(2);
        let one = |slot: &crate::model::serial_report::Slot| {
            let value = self.estimate.theta[slot.index] / slot.scale;
            let error = cov.and_then(|c| error_of(c.at(slot.index, slot.index))).map(|e| e / slot.scale);
            if !profile {
                return wald(value, error, self.settings.level);
            }
            let guess = error.unwrap_or(f64::NAN) * slot.scale;
            let (low, high) = interval(&objective, &region, &self.estimate.maximum, slot.index, guess, chi2);
            Estimated { value, error, low: low.map(|v| v / slot.scale), high: high.map(|v| v / slot.scale) }
        };
        self.slots.iter().map(one).collect()
    }
}
