//! GLARMA: a generalised linear model whose log mean carries an autoregressive moving average of its residuals.
//!
//! ```text
//! W_t = o_t + x_t'β + Z_t,   μ_t = exp(W_t),   Y_t | past ~ Poisson(μ_t), NB1(μ_t, φ) or NB2(μ_t, θ)
//! Z_t = Σ φ_i (Z_{t−i} + e_{t−i}) + Σ θ_i e_{t−i}
//! e_t = (y_t − μ_t)/√V_t (Pearson), (y_t − μ_t)/V_t (score) or y_t − μ_t (identity)
//! ```
//!
//! `Z` and `e` are 0 before the first step. Because φ acts on `Z + e`, the coefficients are not those of a textbook ARMA:
//! there the moving-average weight at a shared lag is `φ + θ`. Dunsmuir and Scott, J. Stat. Softw. 67(7), 2015; Davis,
//! Dunsmuir and Streett, Biometrika 90, 2003. Coefficients are named as R's glarma names them: `phi_1`, `theta_5`.
//!
//! Where a count is not recorded, its conditional mean stands for it, so `e_t = 0`; an aggregate, once known, gives each of
//! its steps the residual of that step's expected count. Units: log counts per step.
//!
//! A residual reacts to its own mean: where `θ ∂e/∂W` is large (large counts with little dispersion under Pearson residuals) the
//! recursion does not forget its start, and the likelihood is rough. Such a fit is reported as not invertible.
//!
//! `--vcov model` is glarma's Fisher scoring (`Σ ∂μ ∂μ'/V`, the dispersion held), `observed` its Newton–Raphson (the negative
//! Hessian, joint with the dispersion); they may well differ by a quarter. The autoregression is kept stationary.

mod dependence;
mod fit;
mod likelihood;
mod recursion;
mod simulate;
mod summary;

use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, ZeroPart, family_name};
use crate::forecast::Paths;
use crate::inference::maximise::Maximum;
use crate::inference::objective::derivative_gaps;
use crate::model::serial::External;
use crate::model::serial_report::Slot;
use crate::model::series::Series;
use crate::model::{Fitted, Link, Model, Settings, Summary};
use likelihood::Likelihood;
use rand::Rng as _;
use recursion::Spec;

/// A GLARMA model, ready for data.
#[derive(Debug, Clone)]
pub struct Glarma {
    settings: Settings,
    spec: Spec,
}

/// Makes the model.
///
/// # Errors
/// On a link or family that it has not.
pub fn build(settings: &Settings) -> Result<Box<dyn Model>> {
    Ok(Box::new(Glarma::new(settings)?))
}

impl Glarma {
    /// The model of these settings.
    ///
    /// # Errors
    /// On a link or family that it has not.
    pub fn new(settings: &Settings) -> Result<Self> {
        if settings.link != Link::Log {
            return Err(Error::usage(format!("glarma has no {} link", settings.link.name())).help("use --link log"));
        }
        let known = matches!(settings.family, Family::Poisson | Family::Nb1 | Family::Nb2);
        if !known || settings.zeros != ZeroPart::None {
            let name = family_name(settings.family, settings.zeros);
            return Err(Error::usage(format!("glarma has no family `{name}`")).help("use poisson, nb1 or nb2"));
        }
        let serial = &settings.serial;
        let spec =
            Spec { ar: serial.ar.clone(), ma: serial.ma.clone(), residual: serial.residual, family: settings.family };
        Ok(Glarma { settings: settings.clone(), spec })
    }

    /// Fits; the result knows more than [`Fitted`].
    ///
    /// # Errors
    /// When the design cannot be laid out or the likelihood is nowhere finite.
    pub fn fit_to(&self, design: &Design, rng: &mut Rng) -> Result<GlarmaFit> {
        let series = Series::new(design, &External::None)?;
        series.holds_lag(self.spec.ar.iter().chain(&self.spec.ma).max().copied().unwrap_or(0))?;
        let k = self.spec.k(series.p);
        if series.obs.len() <= k {
            return Err(Error::data(format!("{} observations cannot hold {k} parameters", series.obs.len()))
                .help("use fewer lags or fewer covariates"));
        }
        let maximum = fit::estimate(&self.spec, &series)?;
        let mut fit = GlarmaFit {
            settings: self.settings.clone(),
            spec: self.spec.clone(),
            slots: slots(&self.spec, &series),
            design: design.clone(),
            series,
            maximum,
            seed: rng.next_u64(),
            warnings: Vec::new(),
        };
        fit.warnings = fit.notes();
        Ok(fit)
    }

    /// Largest gaps between analytic and numerical derivatives of the log-likelihood at `delta` (columns, φ, θ, dispersion),
    /// as [`crate::model::ingarch::Ingarch::check_derivatives`].
    ///
    /// # Errors
    /// When the design cannot be laid out.
    pub fn check_derivatives(&self, design: &Design, delta: &[f64]) -> Result<(f64, f64)> {
        let series = Series::new(design, &External::None)?;
        let mut at: Vec<f64> = delta.to_vec();
        at.iter_mut().zip(&series.scale).for_each(|(t, s)| *t *= s);
        Ok(derivative_gaps(&Likelihood { spec: &self.spec, series: &series }, &at))
    }
}

impl Model for Glarma {
    fn name(&self) -> String {
        "glarma".into()
    }

    fn fit(&self, design: &Design, rng: &mut Rng) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.fit_to(design, rng)?))
    }
}

/// A fitted GLARMA model.
#[derive(Debug, Clone)]
pub struct GlarmaFit {
    settings: Settings,
    spec: Spec,
    slots: Vec<Slot>,
    design: Design,
    series: Series,
    maximum: Maximum,
    seed: u64,
    warnings: Vec<String>,
}

/// Coefficients in the order of the outputs: columns, φ, θ.
fn slots(spec: &Spec, s: &Series) -> Vec<Slot> {
    let columns = (0..s.p).map(|j| Slot { name: s.names[j].clone(), index: j, scale: s.scale[j], covariate: true });
    let names = spec.ar.iter().map(|l| format!("phi_{l}")).chain(spec.ma.iter().map(|l| format!("theta_{l}")));
    let lags = names.enumerate().map(|(i, name)| Slot { name, index: s.p + i, scale: 1.0, covariate: false });
    columns.chain(lags).collect()
}

impl GlarmaFit {
    /// Names and values of the coefficients.
    pub fn coefficients(&self) -> Vec<(String, f64)> {
        self.slots.iter().map(|s| (s.name.clone(), self.maximum.theta[s.index] / s.scale)).collect()
    }

    /// α = 1/θ of NB2, φ of NB1; 0 for the Poisson.
    pub fn dispersion(&self) -> f64 {
        self.objective().dispersion(&self.maximum.theta)
    }

    /// Log-likelihood with all constants.
    pub fn log_likelihood(&self) -> f64 {
        self.maximum.value
    }

    fn objective(&self) -> Likelihood<'_> {
        Likelihood { spec: &self.spec, series: &self.series }
    }
}

impl Fitted for GlarmaFit {
    fn summary(&self) -> Result<Summary> {
        self.describe()
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        self.paths(future, draws, rng)
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
