//! Generalised linear model of counts.
//!
//! Step s has linear predictor η_s = o_s + x_s'β and mean μ_s = g⁻¹(η_s), g = ln, identity or √; observation i has mean
//! m_i = Σ_s w_is μ_s over the steps it covers. The count is Poisson, NB1 (variance m (1 + φ)), NB2 (variance m + m²/θ)
//! quasi-Poisson (variance φ m, φ = X²/(n − p)), generalised Poisson (variance m (1 + φ)²) or Conway–Maxwell–Poisson
//! (variance about m/ν); McCullagh and Nelder 1989, *Generalized Linear Models*, 2nd ed.,
//! chapters 2, 6 and 9; Cameron and Trivedi 2013, *Regression Analysis of Count Data*, 2nd ed., chapter 3.
//!
//! * β, and φ or θ with them, by maximum likelihood: [`crate::inference::scoring`]. Columns that are linear combinations
//!   of earlier ones are dropped as R drops them; where zeros leave no finite estimate
//!   ([`crate::inference::separation`]) the coefficient is null and the others are those of the fit without these rows.
//! * An NB2 observation that sums steps is matched in mean and variance; Poisson, NB1 and generalised Poisson are closed
//!   under sums; Conway–Maxwell–Poisson keeps its ν, so that the variances add up to first order.
//! * Simulation draws (β, ln θ) from a normal with the joint observed covariance (or the robust one asked for), then the
//!   counts step by step, feeding each into the lags of the next.
//!
//! Gaussian families on the log scale are least squares: see [`super::loglinear`]. Extra zeros (zip, zinb, hurdle-…)
//! have a second linear predictor: see the module `zeros`.

mod access;
mod anscombe;
pub(in crate::model) mod fit;
pub(in crate::model) mod rows;
mod runoff;
pub(in crate::model) mod simulate;
pub(in crate::model) mod summary;
pub(in crate::model) mod terms;
mod zeros;

pub use fit::Regression;
pub(crate) use fit::constant;
pub use zeros::ZeroFit;

use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, ZeroPart};
use crate::model::{Fitted, Link, Model, Settings};

/// The model with its settings.
#[derive(Debug, Clone)]
pub struct Glm {
    settings: Settings,
}

/// Makes the model; Gaussian families are handed to [`super::loglinear`].
///
/// # Errors
/// When family and link don't fit together, or the level is not in (0, 1).
pub fn build(settings: &Settings) -> Result<Box<dyn Model>> {
    check(settings)?;
    if settings.zeros != ZeroPart::None {
        zeros::check(settings)?;
    }
    if settings.family.is_gaussian() {
        return super::loglinear::build(settings);
    }
    Ok(Box::new(Glm { settings: settings.clone() }))
}

/// Checks what GLM and log-linear model share.
pub(super) fn check(settings: &Settings) -> Result<()> {
    if !(settings.level > 0.0 && settings.level < 1.0) {
        return Err(Error::usage(format!("level {} is not between 0 and 1", settings.level)).help("such as 0.95"));
    }
    if settings.family.is_gaussian() && settings.link != Link::Log {
        return Err(Error::usage(format!("family `{}` has the log link only", settings.family.name()))
            .help("leave --link out, or give --link log"));
    }
    if settings.family == Family::QuasiPoisson && settings.vcov == super::Vcov::Observed {
        return Err(Error::usage("quasi-Poisson has no likelihood, so no observed information")
            .help("use --vcov model, or a robust one such as hc3"));
    }
    Ok(())
}

impl Model for Glm {
    fn name(&self) -> String {
        match crate::family::family_name(self.settings.family, self.settings.zeros) {
            "poisson" => "glm".into(),
            other => format!("glm-{other}"),
        }
    }

    fn fit(&self, design: &Design, rng: &mut Rng) -> Result<Box<dyn Fitted>> {
        if self.settings.zeros != ZeroPart::None {
            return zeros::fit(&self.settings, design, rng);
        }
        Ok(Box::new(Regression::fit(&self.settings, design, rng)?))
    }
}
