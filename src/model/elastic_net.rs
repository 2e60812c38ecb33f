//! Elastic-net paths on the log link: many candidate columns, few observations.
//!
//! For each λ the coefficients minimise
//!
//! −(1/Σw) Σ w_i ℓ_i(β₀ + x_i'β + o_i) + λ Σ_j (½ (1 − a) β_j² + a |β_j|),
//!
//! a the mixing (1 = lasso, 0 = ridge), on columns scaled to a standard deviation of 1 (divisor n, weighted), coefficients
//! given back on the columns' own scale; the intercept and columns named free are not penalised. These are glmnet's
//! definitions (Friedman, Hastie and Tibshirani 2010, J. Stat. Softw. 33(1)). Poisson and NB2: coordinate descent inside
//! iteratively reweighted least squares, each λ from the last (`elastic_net/descent.rs`); θ of NB2 is given, or maximised in turn with
//! β at each λ. Gaussian-log: ½ squared residuals of ln(y + c) in place of −ℓ, by linfa's elastic net.
//!
//! λ is chosen by BIC or AICc (degrees of freedom = coefficients that are not 0; exact for the lasso in the Gaussian
//! case, Zou, Hastie and Tibshirani 2007, Annals of Statistics 35, 2173–2192), by [`forward_chain`], each block of
//! observations predicted from those before it, or by [`cross_validate`] over blocks of consecutive observations. Penalised
//! coefficients have no honest standard errors; none are given.
//!
//! Observations over several steps, or over part of one, are left out: the penalised fit takes single whole steps.
//! As a model of the menu (`elastic_net/fitted.rs`) it forecasts from coefficients fitted again to resampled blocks.

mod descent;
mod fitted;
mod gaussian;
mod report;
mod validate;

pub use fitted::{Lambda, Penalty, build};
pub use validate::{Validation, cross_validate, forward_chain};

use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::results::num;
use serde::Serialize;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Poisson, NB2, gaussian-log or gaussian-log1p.
    pub family: Family,
    /// The mixing a: 1 = lasso, 0 = ridge.
    pub mixing: f64,
    /// The penalties, largest first; empty = `count` of them, from the least that leaves all at 0 down to `ratio` times
    /// that, evenly on the log scale.
    pub lambda: Vec<f64>,
    /// How many automatic penalties.
    pub count: usize,
    /// The smallest over the largest automatic penalty.
    pub ratio: f64,
    /// Columns that are not penalised, besides the constant.
    pub free: Vec<usize>,
    /// θ of NB2; `None` = estimated at each λ.
    pub theta: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            family: Family::Poisson,
            mixing: 1.0,
            lambda: Vec::new(),
            count: 100,
            ratio: 1e-3,
            free: Vec::new(),
            theta: None,
        }
    }
}

/// A path of fits.
#[derive(Debug, Clone, Serialize)]
pub struct Path {
    /// Columns: the order of `coefficients`.
    pub names: Vec<String>,
    /// Largest penalty first.
    pub points: Vec<Point>,
    /// Deviance without the penalised columns (of NB2: at each point's θ, so here the Poisson's).
    pub null_deviance: Option<f64>,
    /// Observations.
    pub nobs: usize,
}

/// The fit at one penalty.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Point {
    /// λ.
    pub lambda: f64,
    /// Coefficients on the columns' own scale, the constant column's included.
    pub coefficients: Vec<f64>,
    /// Coefficients that are not 0, the constant and free columns left out.
    pub df: usize,
    /// Deviance (Gaussian: residual sum of squares of the logs).
    pub deviance: Option<f64>,
    /// 1 − deviance / null deviance.
    pub dev_ratio: Option<f64>,
    /// Log-likelihood.
    pub log_lik: Option<f64>,
    /// BIC.
    pub bic: Option<f64>,
    /// AICc.
    pub aicc: Option<f64>,
    /// θ of NB2; `None` also on its Poisson boundary.
    pub theta: Option<f64>,
    /// Whether the descent met its tolerance.
    pub converged: bool,
}

impl Path {
    /// The point of least BIC.
    pub fn best_bic(&self) -> Option<&Point> {
        let key = |p: &&Point| p.bic.unwrap_or(f64::INFINITY);
        self.points.iter().min_by(|a, b| key(a).total_cmp(&key(b)))
    }

    /// The point of least AICc.
    pub fn best_aicc(&self) -> Option<&Point> {
        let key = |p: &&Point| p.aicc.unwrap_or(f64::INFINITY);
        self.points.iter().min_by(|a, b| key(a).total_cmp(&key(b)))
    }
}

/// Data of a path: standardised columns, column by column.
struct Data {
    family: Family,
    n: usize,
    /// Penalised or free columns, without the constant; n values each.
    z: Vec<f64>,
    /// Their columns in the design, means and standard deviations.
    columns: Vec<usize>,
    centre: Vec<f64>,
    scale: Vec<f64>,
    /// Whether each is penalised.
    penalised: Vec<bool>,
    /// The constant column and its value; the centre is not taken out without one.
    constant: Option<(usize, f64)>,
    y: Vec<f64>,
    /// Weights that sum to 1.
    w: Vec<f64>,
    /// Sum of the weights as given.
    total: f64,
    offset: Vec<f64>,
}

/// Fits a path.
///
/// # Errors
/// On settings out of range, counts that the family has no place for, or fewer than 3 usable observations.
pub fn path(design: &Design, settings: &Settings) -> Result<Path> {
    check(design, settings)?;
    let data = Data::new(design, settings, &usable(design))?;
    let lambda = if settings.lambda.is_empty() { data.automatic(settings)? } else { settings.lambda.clone() };
    fit(&data, settings, &lambda, design)
}

fn fit(data: &Data, settings: &Settings, lambda: &[f64], design: &Design) -> Result<Path> {
    let raw = if data.family.is_gaussian() {
        gaussian::path(data, settings.mixing, lambda)?
    } else {
        descent::path(data, settings, lambda)?
    };
    let points = raw.points.into_iter().map(|p| data.point(p, design.p())).collect();
    Ok(Path { names: design.names.clone(), points, null_deviance: num(raw.null_deviance), nobs: data.n })
}

/// Observations of one whole step each with all their values known, and their steps.
fn usable(design: &Design) -> Vec<(usize, usize)> {
    let one = |i: usize| {
        let mut covered = design.covered(i);
        let (s, share) = covered.next()?;
        let whole = covered.next().is_none() && share == 1.0;
        let known = design.counts[i].is_finite()
            && design.offset[s].is_finite()
            && design.weight(i) > 0.0
            && design.row(s).iter().all(|x| x.is_finite());
        (whole && known).then_some((i, s))
    };
    (0..design.n()).filter_map(one).collect()
}

/// A path on standardised columns.
struct Raw {
    null_deviance: f64,
    points: Vec<RawPoint>,
}

/// A point of it; the log-likelihood is complete, and `dispersion` is θ.
struct RawPoint {
    lambda: f64,
    intercept: f64,
    beta: Vec<f64>,
    deviance: f64,
    null_deviance: f64,
    log_lik: f64,
    dispersion: f64,
    parameters: usize,
    converged: bool,
}

impl Data {
    /// From the observations `rows` and their steps; one may stand there several times.
    fn new(design: &Design, settings: &Settings, rows: &[(usize, usize)]) -> Result<Data> {
        if rows.len() < 3 {
            return Err(Error::data(format!("{} observations with known covariates are too few", rows.len())));
        }
        let total: f64 = rows.iter().map(|(i, _)| design.weight(*i)).sum();
        let w: Vec<f64> = rows.iter().map(|(i, _)| design.weight(*i) / total).collect();
        let value = |a: usize, j: usize| design.x[(rows[a].1, j)];
        let same = |j: &usize| value(0, *j) != 0.0 && (0..rows.len()).all(|i| value(i, *j) == value(0, *j));
        let constant = (0..design.p()).find(same).map(|j| (j, value(0, j)));
        let mut data = Data {
            family: settings.family,
            n: rows.len(),
            z: Vec::new(),
            columns: Vec::new(),
            centre: Vec::new(),
            scale: Vec::new(),
            penalised: Vec::new(),
            constant,
            y: rows.iter().map(|(i, _)| design.counts[*i]).collect(),
            offset: rows.iter().map(|(_, s)| design.offset[*s]).collect(),
            w,
            total,
        };
        for j in (0..design.p()).filter(|j| constant.is_none_or(|c| c.0 != *j)) {
            let x: Vec<f64> = rows.iter().map(|(_, s)| design.x[(*s, j)]).collect();
            data.append(j, &x, !settings.free.contains(&j));
        }
        Ok(data)
    }

    /// Appends column `j` of values `x`, standardised. One without variation cannot be told from the constant: it is left
    /// out, and its coefficient stays 0.
    fn append(&mut self, j: usize, x: &[f64], penalised: bool) {
        let mean: f64 = self.w.iter().zip(x).map(|(w, x)| w * x).sum();
        let variance: f64 = self.w.iter().zip(x).map(|(w, x)| w * (x - mean).powi(2)).sum();
        if variance.sqrt() <= 1e-12 * mean.abs() {
            return;
        }
        let centre = if self.constant.is_some() { mean } else { 0.0 };
        self.z.extend(x.iter().map(|x| (x - centre) / variance.sqrt()));
        self.columns.push(j);
        self.centre.push(centre);
        self.scale.push(variance.sqrt());
        self.penalised.push(penalised);
    }

    /// Standardised column `a`.
    fn column(&self, a: usize) -> &[f64] {
        &self.z[a * self.n..(a + 1) * self.n]
    }

    /// From the least penalty that leaves all coefficients at 0.
    fn automatic(&self, settings: &Settings) -> Result<Vec<f64>> {
        let gradient =
            if self.family.is_gaussian() { gaussian::at_null(self) } else { descent::at_null(self, settings)? };
        let top = gradient.iter().fold(0.0, |m: f64, g| m.max(g.abs())) / settings.mixing.max(1e-3);
        if top.is_nan() || top <= 0.0 {
            return Err(Error::data("no column is left to penalise").help("take columns out of the free ones"));
        }
        let count = settings.count.max(2);
        Ok((0..count).map(|k| top * settings.ratio.powf(k as f64 / (count - 1) as f64)).collect())
    }

    /// Back to the columns' own scale.
    fn point(&self, raw: RawPoint, p: usize) -> Point {
        let mut coefficients = vec![0.0; p];
        let mut level = raw.intercept;
        for (a, j) in self.columns.iter().enumerate() {
            coefficients[*j] = raw.beta[a] / self.scale[a];
            level -= coefficients[*j] * self.centre[a];
        }
        if let Some((j, value)) = self.constant {
            coefficients[j] = level / value;
        }
        let live = |penalised: bool| (0..raw.beta.len()).filter(move |a| self.penalised[*a] == penalised);
        let df = live(true).filter(|a| raw.beta[*a] != 0.0).count();
        let k = (df + live(false).count() + usize::from(self.constant.is_some()) + raw.parameters) as f64;
        let n = self.n as f64;
        let aicc = -2.0 * raw.log_lik + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
        Point {
            lambda: raw.lambda,
            coefficients,
            df,
            deviance: num(raw.deviance),
            dev_ratio: num(1.0 - raw.deviance / raw.null_deviance),
            log_lik: num(raw.log_lik),
            bic: num(-2.0 * raw.log_lik + k * n.ln()),
            aicc: if n > k + 1.0 { num(aicc) } else { None },
            theta: if self.family == Family::Nb2 { num(raw.dispersion) } else { None },
            converged: raw.converged,
        }
    }
}

fn check_family(family: Family) -> Result<()> {
    let known = [Family::Poisson, Family::Nb2, Family::GaussianLog, Family::GaussianLog1p];
    if known.contains(&family) {
        return Ok(());
    }
    Err(Error::usage(format!("no elastic net for family `{}`", family.name()))
        .help("use poisson, nb2, gaussian-log or gaussian-log1p"))
}

fn check(design: &Design, settings: &Settings) -> Result<()> {
    check_family(settings.family)?;
    let ratio = settings.ratio > 0.0 && settings.ratio < 1.0;
    if !((0.0..=1.0).contains(&settings.mixing) && ratio) {
        return Err(Error::usage("the mixing must lie in [0, 1] and the ratio of penalties in (0, 1)"));
    }
    if settings.lambda.iter().any(|l| !(*l >= 0.0 && l.is_finite())) {
        return Err(Error::usage("penalties must be finite and not negative"));
    }
    if settings.theta.is_some_and(|t| t.is_nan() || t <= 0.0) {
        return Err(Error::usage("theta must be positive"));
    }
    let low = if settings.family == Family::GaussianLog { f64::MIN_POSITIVE } else { 0.0 };
    match design.counts.iter().find(|y| **y < low) {
        Some(y) => Err(Error::data(format!("count {y} has no place in family `{}`", settings.family.name()))),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "elastic_net/tests.rs"]
mod tests;
