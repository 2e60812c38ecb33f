//! The elastic net as a model: a path, one penalty chosen, forecasts from that fit.
//!
//! * *Penalty* (`--lambda`): a number; several, of which AICc chooses; `aicc` (the default), `bic`, or `cv` = forward
//!   chaining in five blocks over the later half of the observations, of the path of 100 automatic penalties.
//! * *Effects* are null but for the estimates: after a penalty there are no honest standard errors.
//! * *Forecasts* draw the coefficients (and θ or σ) from fits at the same λ to circular blocks of n^(1/3) observations drawn
//!   with their covariates. So they spread as the penalised estimates do; that λ was chosen, and that the estimates are
//!   biased towards 0 by intent, is not in them.

use super::{Data, Path, Point, Settings as Request, check, fit as fit_path, forward_chain, path, usable};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Law, MAX_COUNT, ZeroPart};
use crate::forecast::Paths;
use crate::model::glm::rows;
use crate::model::glm::simulate::{Stationary, predictor, remaining, walk};
use crate::model::{Fitted, Link, Model, Settings, Summary};
use crate::results::{ModelInfo, PathResult};
use rand::{RngExt as _, SeedableRng as _};
use rayon::prelude::*;

/// How the penalty is chosen.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Lambda {
    /// Least AICc on the path.
    #[default]
    Aicc,
    /// Least BIC on the path.
    Bic,
    /// Least held-out deviance by forward chaining.
    Chain,
    /// These; of several, AICc chooses.
    Given(Vec<f64>),
}

impl Lambda {
    /// Its word on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Lambda::Aicc => "aicc",
            Lambda::Bic => "bic",
            Lambda::Chain => "cv",
            Lambda::Given(l) if l.len() == 1 => "given",
            Lambda::Given(_) => "aicc of those given",
        }
    }
}

/// Settings of the penalty.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    /// The mixing a: 1 = lasso, 0 = ridge.
    pub alpha: f64,
    /// λ, or how it is chosen.
    pub lambda: Lambda,
}

impl Default for Penalty {
    fn default() -> Self {
        Penalty { alpha: 1.0, lambda: Lambda::default() }
    }
}

/// Blocks of forward chaining.
const BLOCKS: usize = 5;

/// Fits to resampled data behind a forecast.
const REFITS: usize = 200;

/// The model with its settings.
#[derive(Debug, Clone)]
struct Net {
    settings: Settings,
}

/// Makes the model.
///
/// # Errors
/// When the family, the link or the zero part has no penalised fit.
pub fn build(settings: &Settings) -> Result<Box<dyn Model>> {
    crate::model::glm::check(settings)?;
    if settings.link != Link::Log || settings.zeros != ZeroPart::None {
        return Err(Error::usage("the elastic net has the log link and no zero part")
            .help("use --link log and --family poisson, nb2, gaussian-log or gaussian-log1p"));
    }
    super::check_family(settings.family)?;
    Ok(Box::new(Net { settings: settings.clone() }))
}

impl Model for Net {
    fn name(&self) -> String {
        "elastic-net".into()
    }

    fn fit(&self, design: &Design, rng: &mut Rng) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(NetFit::new(&self.settings, design, rng)?))
    }

    fn describe(&self, info: &mut ModelInfo) {
        info.estimate = "penalised".into();
        info.vcov.clear();
    }
}

/// A fitted elastic net.
#[derive(Debug, Clone)]
pub(super) struct NetFit {
    pub(super) settings: Settings,
    pub(super) design: Design,
    /// Observations fitted, and their steps.
    pub(super) rows: Vec<(usize, usize)>,
    pub(super) path: Path,
    /// Mean held-out deviance by point, under forward chaining.
    pub(super) held_out: Vec<Option<f64>>,
    /// The point chosen.
    pub(super) chosen: Point,
    pub(super) warnings: Vec<String>,
    pub(super) rng: Rng,
}

impl NetFit {
    fn new(settings: &Settings, design: &Design, rng: &Rng) -> Result<NetFit> {
        let mut warnings = Vec::new();
        let known = rows::known(design, &mut warnings)?;
        let rows: Vec<(usize, usize)> = usable(design);
        if rows.iter().all(|(i, _)| design.counts[*i] == 0.0) {
            return Err(Error::data("all counts are zero: no mean can be estimated"));
        }
        let several = known.iter().filter(|i| design.weight(**i) > 0.0).count() - rows.len();
        if several > 0 {
            warnings.push(format!(
                "{several} observations over several steps or part of one are left out of the penalised fit"
            ));
        }
        let Penalty { alpha, lambda } = &settings.penalty;
        let list = if let Lambda::Given(l) = lambda { l.clone() } else { Vec::new() };
        let request = Request { family: settings.family, mixing: *alpha, lambda: list, ..Request::default() };
        let (path, held_out, best) = match lambda {
            Lambda::Chain => {
                let v = forward_chain(design, &request, BLOCKS)?;
                (v.path, v.mean, v.best)
            }
            _ => (path(design, &request)?, Vec::new(), None),
        };
        let chosen = match lambda {
            Lambda::Bic => path.best_bic(),
            Lambda::Chain => best.map(|b| &path.points[b]),
            _ => path.best_aicc(),
        };
        let chosen = chosen.cloned().ok_or_else(|| Error::data("no penalty of the path has a fit"))?;
        let mut fit = NetFit {
            settings: settings.clone(),
            design: design.clone(),
            rows,
            path,
            held_out,
            chosen,
            warnings,
            rng: rng.clone(),
        };
        fit.warn();
        Ok(fit)
    }

    fn warn(&mut self) {
        let (n, length) = (self.rows.len(), self.block());
        if !self.chosen.converged {
            self.warnings.push("the descent to the penalised fit did not converge".into());
        }
        let (lambda, points) = (self.chosen.lambda, &self.path.points);
        if points.len() > 1 && points.last().is_some_and(|p| p.lambda == lambda) {
            self.warnings.push("the penalty chosen is the least of the path: hardly anything is penalised".into());
        }
        if self.settings.family == Family::Nb2 && self.chosen.theta.is_none() {
            self.warnings.push("no overdispersion found: the fit is the penalised Poisson fit (nb2 asked for)".into());
        }
        self.warnings.push(format!(
            "penalised coefficients are biased towards 0 and have no standard errors; forecasts draw them from {REFITS} fits \
             at λ = {lambda:.4} to resampled blocks of {length} of the {n} observations, which leaves the choice of λ out"
        ));
    }

    /// Observations in a block.
    fn block(&self) -> usize {
        (self.rows.len() as f64).cbrt().round().max(1.0) as usize
    }

    /// Dispersion of the law: θ (infinite: Poisson), or σ of the logs with the degrees of freedom that the fit leaves.
    pub(super) fn dispersion(&self, point: &Point) -> f64 {
        if !self.settings.family.is_gaussian() {
            return point.theta.unwrap_or(f64::INFINITY);
        }
        let n = self.rows.len() as f64;
        let left = (n - point.df as f64 - 1.0).max(1.0);
        (point.deviance.unwrap_or(0.0) / left).sqrt()
    }

    /// The family of the law at a dispersion.
    pub(super) fn law(&self, mean: f64, dispersion: f64) -> Law {
        let family = match self.settings.family {
            Family::Nb2 if dispersion.is_infinite() => Family::Poisson,
            f => f,
        };
        Law::new(family, mean, if dispersion.is_finite() { dispersion } else { 1.0 })
    }

    /// Coefficients and dispersions of fits at the chosen λ to resampled blocks.
    fn refits(&self, rng: &mut Rng) -> Result<Vec<(Vec<f64>, f64)>> {
        let (n, length) = (self.rows.len(), self.block());
        let Penalty { alpha, .. } = self.settings.penalty;
        let lambda = vec![self.chosen.lambda];
        let request = Request { family: self.settings.family, mixing: alpha, lambda, ..Request::default() };
        check(&self.design, &request)?;
        let streams: Vec<Rng> = (0..REFITS).map(|_| Rng::from_rng(rng)).collect();
        let one = |mut rng: Rng| {
            let mut drawn = Vec::with_capacity(n);
            while drawn.len() < n {
                let first = rng.random_range(0..n);
                drawn.extend((first..first + length).map(|a| self.rows[a % n]));
            }
            drawn.truncate(n);
            let data = Data::new(&self.design, &request, &drawn).ok()?;
            let point = fit_path(&data, &request, &request.lambda, &self.design).ok()?.points.pop()?;
            let dispersion = self.dispersion(&point);
            (point.converged && point.coefficients.iter().all(|b| b.is_finite()))
                .then_some((point.coefficients, dispersion))
        };
        let found: Vec<(Vec<f64>, f64)> = streams.into_par_iter().filter_map(one).collect();
        if found.len() < REFITS / 2 {
            return Err(Error::data("most fits to resampled data fail: no forecast can be drawn from them")
                .help("use a larger --lambda, or --model glm"));
        }
        Ok(found)
    }
}

impl Fitted for NetFit {
    fn summary(&self) -> Result<Summary> {
        Ok(self.summarise())
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        let refits = self.refits(rng)?;
        let stationary = Stationary::new(&self.design, &self.chosen.coefficients, true);
        let c = self.settings.family.shift();
        let start = |rng: &mut Rng| {
            stationary.draw(|| refits[rng.random_range(0..refits.len())].clone(), |p: &(Vec<f64>, f64)| &p.0)
        };
        walk(&self.design, future, draws, rng, start, |(beta, dispersion), s, past| {
            let level = (predictor(future, s, past, beta)?.exp() - c).clamp(0.0, MAX_COUNT);
            Ok(self.law(level * remaining(future, s), *dispersion))
        })
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn path(&self) -> Option<PathResult> {
        Some(self.path_result())
    }
}
