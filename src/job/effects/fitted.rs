//! The fit behind the analyses: a generalised linear model, one with extra zeros, or least squares on the log.

use super::Case;
use crate::Rng;
use crate::analysis::Estimates;
use crate::analysis::checks::{self, Checks};
use crate::analysis::hypothesis::{self, Tested};
use crate::analysis::stability::Stability;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Law, ZeroPart};
use crate::model::glm::{Regression, ZeroFit};
use crate::model::{Settings, Summary};

/// One of the three.
pub(super) enum Fit {
    Count(Box<Regression>),
    Zeros(Box<ZeroFit>),
    /// All that is needed is in the summary.
    Log,
}

impl Fit {
    /// Fits to a design without collinear columns.
    pub fn new(settings: &Settings, design: &Design, stream: &Rng) -> Result<Fit> {
        if settings.family.is_gaussian() {
            return Ok(Fit::Log);
        }
        if settings.zeros == ZeroPart::None {
            return Ok(Fit::Count(Box::new(Regression::fit(settings, design, stream)?)));
        }
        let fit = ZeroFit::new(settings, design, stream)?.ok_or_else(|| Error::data("no excess zeros found"))?;
        Ok(Fit::Zeros(Box::new(fit)))
    }

    /// Coefficients and their covariance.
    pub fn estimates(&self, settings: &Settings, summary: &Summary) -> Result<Estimates> {
        match self {
            Fit::Count(fit) => Estimates::of(fit, settings),
            Fit::Zeros(fit) => Estimates::of_zeros(fit, settings),
            Fit::Log => Ok(Estimates::from_summary(summary, settings)),
        }
    }

    /// What the means are means of, where it is not plain.
    pub fn scale(&self) -> Option<&'static str> {
        match self {
            Fit::Count(_) => None,
            Fit::Zeros(_) => Some("mean of the whole model, its extra zeros included"),
            Fit::Log => Some("mean of the lognormal, e^(σ²/2) times the median that `fit` shows"),
        }
    }

    /// Tests of each term.
    pub fn tests(&self, case: &Case<'_>) -> Result<Vec<Tested>> {
        let (design, settings, terms) = (&case.kept.plain, &case.settings, case.terms());
        let stream = case.stream("tests");
        match self {
            Fit::Count(_) => hypothesis::test_terms(design, settings, &terms, &stream),
            Fit::Zeros(_) => hypothesis::test_zeros(design, settings, &terms, &stream),
            Fit::Log => hypothesis::test_least_squares(design, settings, &case.kept.summary, &terms, &stream),
        }
    }

    /// Does the model fit.
    pub fn checks(&self, case: &Case<'_>, stability: Option<&Stability>) -> Result<Checks> {
        let (design, summary, terms) = (&case.kept.plain, &case.kept.summary, case.terms());
        let mut found = match self {
            Fit::Count(fit) => checks::check(design, fit, summary, &terms, &case.stream("checks"))?,
            Fit::Zeros(fit) => checks::check_zeros(design, fit, summary, &terms, stability),
            Fit::Log => checks::check_least_squares(design, summary, &laws(case), &terms, stability),
        };
        for row in &mut found.influence.rows {
            row.period.clone_from(&case.labels[row.observation]);
        }
        Ok(found)
    }
}

/// Counts with their laws under least squares: the fitted median and σ/√w.
fn laws(case: &Case<'_>) -> Vec<(f64, Law)> {
    let (estimates, design) = (&case.estimates, &case.kept.plain);
    let one = |(i, r): (usize, &crate::results::RowStat)| {
        let sigma = estimates.dispersion / design.weight(i).sqrt();
        let law = Law::new(estimates.family, r.fitted?, sigma);
        (sigma.is_finite() && r.observed.is_finite()).then_some((r.observed, law))
    };
    case.kept.summary.rows.iter().enumerate().filter_map(one).collect()
}
