//! INGARCH: counts whose conditional mean follows past counts, past means and covariates.
//!
//! With `λ_t` the mean of `Y_t` given the past, `ν_t = g(λ_t)` and `g̃(y) = y` (identity link) or `ln(y + 1)` (log link):
//!
//! ```text
//! ν_t = o_t + x_t'η + Σ_k β_k g̃(Y_{t−i_k}) + Σ_l α_l (ν_{t−j_l} − e_{t−j_l}),   e_t = o_t + Σ_{external} x_tj η_j
//! Y_t | past ~ Poisson(λ_t), NB1(λ_t, φ) or NB2(λ_t, θ)
//! ```
//!
//! `o_t` is the offset. The effect of an internal covariate is passed on through past means, that of an external one (and
//! the offset) acts at its own time and through past counts only. Units: counts per step under the identity link, log
//! counts per step under the log link. Liboschik, Fokianos and Fried, J. Stat. Softw. 82(5), 2017, section 2; Ferland,
//! Latour and Oraichi, J. Time Ser. Anal. 27, 2006 (identity link); Fokianos and Tjøstheim, J. Multivar. Anal. 102, 2011
//! (log link). Coefficients are named as tscount names them: `beta_1`, `alpha_13`, covariates by their columns.
//!
//! Counts and means before the first step: recorded counts where the design has them, else by `--init`: `marginal`
//! `b₀/(1 − Σβ − Σα)` with `b₀` the intercept, `iid` `b₀`, `first` the first recorded count, all at the exposure of the first
//! step (derived in `recursion`): no estimate but the intercept depends on the unit of an exposure. A count that is not recorded by
//! itself is replaced by its conditional mean: `λ_s`, or, once an aggregate with mean `m = Σ w λ` and count `y` is known,
//! `λ_s (1 + w_s (y/m − 1))`, the step's expected count given the aggregate; under the log link it enters as `ln(· + 1)`.

mod bootstrap;
mod boundary;
mod covariance;
mod dependence;
mod fit;
mod likelihood;
mod positive;
mod recursion;
mod simulate;
mod start;
mod summary;

pub use bootstrap::Bootstrap;
pub(crate) use covariance::{Information, held_slopes, sandwich, score_products};
pub(crate) use fit::{Estimate, Plan, estimate, log_likelihood, second_step};
pub(crate) use likelihood::{Likelihood, dispersed};
pub(crate) use positive::HELD;
pub(crate) use recursion::{Depth, Spec, run};
pub(crate) use simulate::{check_future, scaled_row, simulate_counts};

use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Law, ZeroPart, family_name};
use crate::forecast::Paths;
use crate::inference::maximise::Maximum;
use crate::inference::objective::Objective as _;
use crate::model::serial_report::{Slot, law};
use crate::model::series::Series;
use crate::model::{Fitted, Link, Model, Settings, Summary};
use crate::results::ModelInfo;
use rand::Rng as _;

/// Sum of lags above which a second maximum is looked for on the edge.
const NEAR_EDGE: f64 = 0.9;

/// An INGARCH model, ready for data.
#[derive(Debug, Clone)]
pub struct Ingarch {
    settings: Settings,
    plan: Plan,
}

/// Makes the model.
///
/// # Errors
/// On a link or family that it has not.
pub fn build(settings: &Settings) -> Result<Box<dyn Model>> {
    Ok(Box::new(Ingarch::new(settings)?))
}

impl Ingarch {
    /// The model of these settings.
    ///
    /// # Errors
    /// On a link or family that it has not.
    pub fn new(settings: &Settings) -> Result<Self> {
        if settings.link == Link::Sqrt {
            return Err(Error::usage("ingarch has no sqrt link").help("use --link log or --link identity"));
        }
        let known = matches!(settings.family, Family::Poisson | Family::QuasiPoisson | Family::Nb1 | Family::Nb2);
        if !known || settings.zeros != ZeroPart::None {
            let name = family_name(settings.family, settings.zeros);
            return Err(
                Error::usage(format!("ingarch has no family `{name}`")).help("use poisson, nb1, nb2 or quasipoisson")
            );
        }
        let serial = &settings.serial;
        if serial.past_obs.is_empty() && !serial.past_mean.is_empty() {
            return Err(Error::usage("past means without past observations: nothing recorded moves them")
                .help("add --past-obs 1"));
        }
        let spec = Spec {
            obs: serial.past_obs.clone(),
            mean: serial.past_mean.clone(),
            link: settings.link,
            init: serial.init,
        };
        let plan = Plan { spec, family: settings.family, estimator: serial.estimator, region: serial.region };
        Ok(Ingarch { settings: settings.clone(), plan })
    }

    /// Fits; the result knows more than [`Fitted`].
    ///
    /// # Errors
    /// When the design cannot be laid out or no start is admissible.
    pub fn fit_to(&self, design: &Design, rng: &mut Rng) -> Result<IngarchFit> {
        let series = Series::new(design, &self.settings.serial.external)?;
        let serial = &self.settings.serial;
        let longest = serial.past_obs.iter().chain(&serial.past_mean).max().copied().unwrap_or(0);
        series.holds_lag(longest)?;
        let k = self.plan.spec.k(series.p);
        if series.obs.len() <= k {
            return Err(Error::data(format!("{} observations cannot hold {k} parameters", series.obs.len()))
                .help("use fewer lags or fewer covariates"));
        }
        let estimate = estimate(&self.plan, &series, None)?;
        Ok(self.fitted(design, series, estimate, rng))
    }

    /// The model held at given coefficients (in the order of the outputs: intercept, β, α, other columns), for published
    /// values. `dispersion` is α of NB2, φ of NB1; `None` solves Pearson's equation for it, as the two-step estimator.
    ///
    /// # Errors
    /// When there are too many or too few, or a mean is not positive.
    pub fn at(
        &self,
        design: &Design,
        coefficients: &[f64],
        dispersion: Option<f64>,
        rng: &mut Rng,
    ) -> Result<IngarchFit> {
        let series = Series::new(design, &self.settings.serial.external)?;
        let slots = slots(&self.plan.spec, &series);
        if slots.len() != coefficients.len() {
            return Err(Error::data(format!("{} values for {} coefficients", coefficients.len(), slots.len())));
        }
        let mut theta = vec![0.0; slots.len()];
        for (s, v) in slots.iter().zip(coefficients) {
            theta[s.index] = v * s.scale;
        }
        let objective = self.plan.objective(&series);
        let a = dispersion.unwrap_or_else(|| second_step(self.plan.family, &objective, &theta));
        let mut whole = theta.clone();
        if dispersed(objective.family) {
            whole.push(a);
        }
        let mut gradient = vec![0.0; whole.len()];
        let value = objective.gradient(&whole, &mut gradient);
        if !value.is_finite() {
            return Err(Error::data("these coefficients give a mean that is not positive and finite"));
        }
        let maximum = Maximum { theta: whole, value, gradient, active: Vec::new(), iterations: 0, converged: true };
        Ok(self.fitted(design, series, Estimate { theta, dispersion: a, maximum, held: Vec::new() }, rng))
    }

    fn fitted(&self, design: &Design, series: Series, estimate: Estimate, rng: &mut Rng) -> IngarchFit {
        let mut fit = IngarchFit {
            settings: self.settings.clone(),
            plan: self.plan.clone(),
            slots: slots(&self.plan.spec, &series),
            design: design.clone(),
            series,
            estimate,
            seed: rng.next_u64(),
            warnings: Vec::new(),
        };
        fit.warnings = fit.notes();
        fit
    }
}

impl Model for Ingarch {
    fn name(&self) -> String {
        "ingarch".into()
    }

    fn fit(&self, design: &Design, rng: &mut Rng) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.fit_to(design, rng)?))
    }

    fn describe(&self, info: &mut ModelInfo) {
        info.estimate = self.settings.serial.estimator.name().into();
    }
}

/// A fitted INGARCH model.
#[derive(Debug, Clone)]
pub struct IngarchFit {
    pub(crate) settings: Settings,
    pub(crate) plan: Plan,
    pub(crate) slots: Vec<Slot>,
    pub(crate) design: Design,
    pub(crate) series: Series,
    pub(crate) estimate: Estimate,
    pub(crate) seed: u64,
    pub(crate) warnings: Vec<String>,
}

/// Coefficients in the order of the outputs: intercept, β, α, other columns.
fn slots(spec: &Spec, s: &Series) -> Vec<Slot> {
    let column = |j: usize| Slot { name: s.names[j].clone(), index: j, scale: s.scale[j], covariate: true };
    let mut slots: Vec<Slot> = s.intercept.map(column).into_iter().collect();
    let lag = |(i, name)| Slot { name, index: s.p + i, scale: 1.0, covariate: false };
    slots.extend(start::lag_names(spec).into_iter().enumerate().map(lag));
    slots.extend((0..s.p).filter(|j| Some(*j) != s.intercept).map(column));
    slots
}

impl IngarchFit {
    /// Names and values of the coefficients.
    pub fn coefficients(&self) -> Vec<(String, f64)> {
        self.slots.iter().map(|s| (s.name.clone(), self.estimate.theta[s.index] / s.scale)).collect()
    }

    /// α = 1/θ of NB2 (tscount's `sigmasq`), φ of NB1 and of the quasi-Poisson; 0 for the Poisson.
    pub fn dispersion(&self) -> f64 {
        self.estimate.dispersion
    }

    /// Log-likelihood of the family at the estimate, constants included.
    pub fn log_likelihood(&self) -> f64 {
        log_likelihood(&self.plan, &self.series, &self.estimate)
    }

    /// What was maximised: the log-likelihood, or the Poisson's for the two-step estimator.
    pub fn objective(&self) -> f64 {
        self.estimate.maximum.value
    }

    /// The words of the inequalities on which the solution lies.
    pub fn bounds_met(&self) -> Vec<String> {
        let region = self.plan.admissible(&self.series);
        let linear = self.estimate.maximum.active.iter().map(|i| region.bounds[*i].text.clone());
        linear.chain(self.held_means().into_iter().map(|t| format!("mean of period {t} ≥ 0"))).collect()
    }

    /// Means of the observations used.
    pub fn fitted_means(&self) -> Vec<f64> {
        self.fits().iter().map(|f| f.m).collect()
    }

    /// The exact law of the next count, the parameters held at their estimates.
    ///
    /// # Errors
    /// When `future` has other columns than the design fitted.
    pub fn next_law(&self, future: &Design) -> Result<Law> {
        let m = self.mean_ahead(future)?;
        Ok(law(self.plan.family, m, self.estimate.dispersion, 1.0))
    }

    /// Estimates of the same model for other counts, started from this fit; from all starts near an edge that may have a
    /// maximum beside the one inside.
    pub(crate) fn refit(&self, series: &Series) -> Option<Estimate> {
        let spec = &self.plan.spec;
        let near_edge =
            |e: &Estimate| spec.log() && spec.mean.is_empty() && spec.persistence(series.p, &e.theta) > NEAR_EDGE;
        let mut start = self.estimate.maximum.theta.clone();
        if let (true, Some(a)) = (self.plan.likelihood(), start.get_mut(self.estimate.theta.len())) {
            // A dispersion of 0 is left, so that other counts may find one.
            *a = a.max(1e-3);
        }
        Some(&self.estimate)
            .filter(|e| !near_edge(e))
            .and_then(|_| estimate(&self.plan, series, Some(&start)).ok())
            .filter(|e| e.maximum.converged && !near_edge(e))
            .or_else(|| estimate(&self.plan, series, None).ok())
    }

    /// The fit with the last `t` columns of `series` added to the model.
    ///
    /// # Errors
    /// When the likelihood is not finite.
    pub(crate) fn with_interventions(&self, series: Series, t: usize) -> Result<IngarchFit> {
        let p = self.series.p;
        let mut start = self.estimate.maximum.theta.clone();
        start.splice(p..p, std::iter::repeat_n(0.0, t));
        let estimate = estimate(&self.plan, &series, Some(&start))?;
        Ok(IngarchFit { slots: slots(&self.plan.spec, &series), series, estimate, ..self.clone() })
    }

    pub(crate) fn information(&self) -> Information<'_> {
        Information { plan: &self.plan, series: &self.series, estimate: &self.estimate }
    }
}

impl Fitted for IngarchFit {
    fn summary(&self) -> Result<Summary> {
        self.describe()
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        self.paths(future, draws, &self.parameter_draws()?, rng)
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl Ingarch {
    /// Largest gaps between analytic and numerical derivatives of the log-likelihood at `theta` (columns, β, α, dispersion),
    /// relative to 1 + |derivative|: of the gradient against differences of the value, of the Hessian against
    /// differences of the gradient. For tests of the likelihood itself.
    ///
    /// # Errors
    /// When the design cannot be laid out.
    pub fn check_derivatives(&self, design: &Design, theta: &[f64]) -> Result<(f64, f64)> {
        let series = Series::new(design, &self.settings.serial.external)?;
        let o = self.plan.objective(&series);
        let mut at: Vec<f64> = theta.to_vec();
        at.iter_mut().zip(&series.scale).for_each(|(t, s)| *t *= s);
        Ok(crate::inference::objective::derivative_gaps(&o, &at))
    }
}
