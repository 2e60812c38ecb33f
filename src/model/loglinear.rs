//! Least squares on log counts.
//!
//! ln(y_i + c) = o_i + x_i'β + ε_i, ε_i ~ N(0, σ²/w_i), c = 0 (gaussian-log) or 1 (gaussian-log1p); β by linfa's ordinary
//! least squares, σ² = RSS/(n − p), covariance σ²(X'WX)⁻¹ with t quantiles (Seber and Lee 2003, *Linear Regression
//! Analysis*, 2nd ed., chapter 3). The rank is checked first, since linfa returns ±10¹⁵ for collinear columns.
//!
//! * An observation over several steps enters as its count per whole step, at the average of its rows: an approximation
//!   that is exact when the steps are alike.
//! * The log-likelihood is that of the counts: the normal density of ln(y + c), times its Jacobian 1/(y + c); so its AIC
//!   can be set beside that of a count family. σ² in it is RSS/n.
//! * "fitted" is exp(η) − c, the median. Deviance and X² are the residual sum of squares on the log scale, dispersion σ².
//! * Simulation: σ² from the scaled inverse χ², β from a normal given σ², the count rounded from exp(ln y).

mod report;

use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Law};
use crate::forecast::Paths;
use crate::inference::linalg::{add_outer, cholesky, dot, inverse};
use crate::inference::problem::{Basis, Problem, build as build_problem};
use crate::model::glm::{
    self,
    fit::{constant, dropped_columns},
    simulate,
};
use crate::model::{Fitted, Link, Model, Settings, Summary};
use crate::results::ModelInfo;
use linfa::Dataset;
use linfa::prelude::SingleTargetRegression as _;
use linfa::traits::{Fit as _, Predict as _};
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2};
use rand_distr::{Distribution as _, StandardNormal};
use statrs::distribution::ContinuousCDF as _;

/// The model with its settings.
#[derive(Debug, Clone)]
struct LogLinear {
    settings: Settings,
}

/// Makes the model; a family other than the Gaussian ones means gaussian-log.
///
/// # Errors
/// When the link is not the log, or the level is not in (0, 1).
pub fn build(settings: &Settings) -> Result<Box<dyn Model>> {
    let family = if settings.family.is_gaussian() { settings.family } else { Family::GaussianLog };
    let settings = Settings { family, ..settings.clone() };
    glm::check(&settings)?;
    Ok(Box::new(LogLinear { settings }))
}

impl Model for LogLinear {
    fn name(&self) -> String {
        match self.settings.family {
            Family::GaussianLog => "loglinear".into(),
            other => format!("loglinear-{}", other.name()),
        }
    }

    fn describe(&self, info: &mut ModelInfo) {
        info.family = self.settings.family.name().into();
    }

    fn fit(&self, design: &Design, rng: &mut Rng) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(LeastSquares::fit(&self.settings, design, rng)?))
    }
}

/// Residual sum of squares, relative to that of the response, that is rounding alone.
const EXACT: f64 = 1e-26;

/// A fitted log-linear model.
#[derive(Debug, Clone)]
struct LeastSquares {
    settings: Settings,
    design: Design,
    rows: Vec<usize>,
    basis: Basis,
    dropped: Vec<(usize, String)>,
    /// Averaged working rows, n × k.
    z: Vec<f64>,
    /// ln(y + c) less the offset, per observation.
    response: Vec<f64>,
    /// Averaged offset.
    offset: Vec<f64>,
    /// Whole steps that each observation amounts to.
    size: Vec<f64>,
    w: Vec<f64>,
    gamma: Vec<f64>,
    /// Residual sum of squares.
    rss: f64,
    /// The same of the intercept alone (of nothing without one).
    null_rss: f64,
    /// (Z'WZ)⁻¹.
    unscaled: Vec<f64>,
    warnings: Vec<String>,
    rng: Rng,
}

impl LeastSquares {
    fn fit(settings: &Settings, design: &Design, rng: &Rng) -> Result<LeastSquares> {
        let mut warnings = Vec::new();
        let rows = glm::rows::usable(design, &mut warnings)?;
        check_zeros(settings.family, design, &rows)?;
        let columns: Vec<usize> = (0..design.p()).collect();
        let (problem, basis) = build_problem(design, &rows, &columns, None, Link::Log);
        if basis.qr.rank() == 0 {
            return Err(Error::data("no column is left to fit").help("add an intercept"));
        }
        let dropped = dropped_columns(design, &basis);
        warnings.extend(dropped.iter().map(|(j, why)| format!("`{}` {why}", design.names[*j])));
        if problem.sums.is_some() {
            warnings.push("observations over several steps enter as averages on the log scale".into());
        }
        let (z, offset, size) = averages(&problem);
        let c = settings.family.shift();
        let response = (0..rows.len()).map(|i| (problem.y[i] / size[i] + c).ln() - offset[i]).collect();
        let mut fit = LeastSquares {
            settings: settings.clone(),
            design: design.clone(),
            rows,
            basis,
            dropped,
            z,
            response,
            offset,
            size,
            w: problem.w,
            gamma: Vec::new(),
            rss: 0.0,
            null_rss: 0.0,
            unscaled: Vec::new(),
            warnings,
            rng: rng.clone(),
        };
        fit.least_squares()?;
        Ok(fit)
    }

    fn k(&self) -> usize {
        self.basis.qr.rank()
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.z[i * self.k()..(i + 1) * self.k()]
    }

    /// linfa's regression of √w (ln y − o) on √w z, which is of full rank.
    fn least_squares(&mut self) -> Result<()> {
        let (n, k) = (self.rows.len(), self.k());
        let root: Vec<f64> = self.w.iter().map(|w| w.sqrt()).collect();
        let records = Array2::from_shape_fn((n, k), |(i, j)| root[i] * self.z[i * k + j]);
        let targets = Array1::from_shape_fn(n, |i| root[i] * self.response[i]);
        let data = Dataset::new(records, targets);
        let broken = |e: &dyn std::fmt::Display| Error::data(format!("least squares failed: {e}"));
        let fitted = LinearRegression::new().with_intercept(false).fit(&data).map_err(|e| broken(&e))?;
        self.gamma = fitted.params().to_vec();
        let predicted = fitted.predict(&data);
        let total: f64 = self.w.iter().sum();
        let constant = (0..self.design.p()).any(|j| constant(&self.design, &self.rows, j));
        let mean = if constant { dot(&self.w, &self.response) / total } else { 0.0 };
        let flat = Array1::from_iter(root.iter().map(|r| r * mean));
        self.rss = n as f64 * predicted.mean_squared_error(&data).map_err(|e| broken(&e))?;
        self.null_rss = n as f64 * flat.mean_squared_error(&data).map_err(|e| broken(&e))?;
        let mut gram = vec![0.0; k * k];
        (0..n).for_each(|i| add_outer(&mut gram, k, self.w[i], self.row(i)));
        self.unscaled = inverse(&gram, k).ok_or_else(|| Error::data("the design is singular"))?;
        let size: f64 = self.w.iter().zip(&self.response).map(|(w, r)| w * r * r).sum();
        // What is left is rounding.
        if self.df_residual() > 0.0 && self.rss <= EXACT * size {
            self.rss = 0.0;
            self.warnings.push(
                "the fit is exact: the residual variance is 0, so there are no errors, intervals or log-likelihood"
                    .into(),
            );
        }
        Ok(())
    }

    fn nobs(&self) -> usize {
        self.w.iter().filter(|w| **w > 0.0).count()
    }

    fn df_residual(&self) -> f64 {
        self.nobs() as f64 - self.k() as f64
    }

    /// σ², unbiased; not a number without residual degrees of freedom.
    fn variance(&self) -> f64 {
        self.rss / self.df_residual()
    }
}

fn check_zeros(family: Family, design: &Design, rows: &[usize]) -> Result<()> {
    let zeros = rows.iter().filter(|i| design.counts[**i] == 0.0).count();
    if family == Family::GaussianLog && zeros > 0 {
        let plural = if zeros == 1 { "" } else { "s" };
        return Err(Error::data(format!("{zeros} count{plural} of zero: ln 0 does not exist"))
            .help("use --family gaussian-log1p, or the count model --model glm"));
    }
    Ok(())
}

/// Working rows and offsets averaged over each observation's steps, and the whole steps it amounts to.
pub(in crate::model) fn averages(problem: &Problem) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (n, k) = (problem.n(), problem.k);
    let (mut z, mut offset, mut size) = (vec![0.0; n * k], vec![0.0; n], vec![0.0; n]);
    for i in 0..n {
        size[i] = problem.entries(i).map(|e| problem.share(e)).sum();
        for e in problem.entries(i) {
            let share = problem.share(e) / size[i];
            offset[i] += share * problem.offset[e];
            z[i * k..(i + 1) * k].iter_mut().zip(problem.row(e).iter()).for_each(|(a, b)| *a += share * b);
        }
    }
    (z, offset, size)
}

impl Fitted for LeastSquares {
    fn summary(&self) -> Result<Summary> {
        self.summarise()
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        let (k, df, sigma2) = (self.k(), self.df_residual(), self.variance());
        if df <= 0.0 {
            return Err(Error::data("as many coefficients as rows: no variance is left to forecast with")
                .help("take terms out of the formula"));
        }
        let mut factor = self.working_covariance()?;
        if !cholesky(&mut factor, k) {
            return Err(Error::data("the fit is exact: there is nothing to draw from"));
        }
        let kept = self.basis.kept();
        let centre = glm::fit::spread(&self.basis.beta(&self.gamma), &kept, self.design.p());
        let stationary = simulate::Stationary::new(&self.design, &centre, true);
        // The upper half per cent of σ² is cut off: on the log scale it would give counts without a mean.
        let least = statrs::distribution::ChiSquared::new(df).map_or(0.0, |c| c.inverse_cdf(0.005));
        let draw = |rng: &mut Rng| {
            let chi2: f64 = rand_distr::ChiSquared::new(df).map_or(df, |c| c.sample(rng)).max(least);
            let ratio = (df / chi2).sqrt();
            let z: Vec<f64> = (0..k).map(|_| StandardNormal.sample(rng)).collect();
            let at = |i: usize| self.gamma[i] + ratio * dot(&factor[i * k..i * k + i + 1], &z[..=i]);
            let gamma: Vec<f64> = (0..k).map(at).collect();
            (glm::fit::spread(&self.basis.beta(&gamma), &kept, self.design.p()), ratio * sigma2.sqrt())
        };
        let start = |rng: &mut Rng| stationary.draw(|| draw(rng), |p: &(Vec<f64>, f64)| &p.0);
        let c = self.settings.family.shift();
        simulate::walk(&self.design, future, draws, rng, start, |(beta, sigma), s, past| {
            let median = (simulate::predictor(future, s, past, beta)?.exp() - c).clamp(0.0, crate::family::MAX_COUNT);
            Ok(Law::new(self.settings.family, median * simulate::remaining(future, s), *sigma))
        })
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
