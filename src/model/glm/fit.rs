//! Fitting: rows, columns, maximum, dispersion.

use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Kernel};
use crate::inference::dispersion;
use crate::inference::problem::{Basis, Problem, build};
use crate::inference::scoring::{Solution, mean_and_kappa};
use crate::inference::separation;
use crate::model::{Link, Settings};

/// A fitted generalised linear model.
#[derive(Debug, Clone)]
pub struct Regression {
    pub(super) settings: Settings,
    /// The family in force: Poisson where the dispersion fell to its boundary.
    pub(super) family: Family,
    pub(super) design: Design,
    /// Observations used, separated ones included.
    pub(super) rows: Vec<usize>,
    /// Observations whose mean is zero in the limit.
    pub(super) zero_rows: Vec<usize>,
    /// Observations that `problem` holds.
    pub(super) fitted_rows: Vec<usize>,
    pub(super) problem: Problem,
    pub(super) basis: Basis,
    pub(super) solution: Solution,
    /// Dispersion in the family's own sense (φ, θ or ν).
    pub(super) dispersion: f64,
    /// Columns dropped, and why.
    pub(super) dropped: Vec<(usize, String)>,
    /// Columns without a finite estimate.
    pub(super) infinite: Vec<usize>,
    /// Null vectors of the rows fitted (over all columns), and the direction along which means go to zero.
    pub(super) null: Vec<Vec<f64>>,
    pub(super) direction: Vec<f64>,
    pub(super) warnings: Vec<String>,
    pub(super) rng: Rng,
}

impl Regression {
    /// Fits to a design of the past.
    ///
    /// # Errors
    /// When there are too few rows, only zeros, or no positive means under the link.
    pub fn fit(settings: &Settings, design: &Design, rng: &Rng) -> Result<Regression> {
        let mut warnings = Vec::new();
        let rows = super::rows::usable(design, &mut warnings)?;
        let columns: Vec<usize> = (0..design.p()).collect();
        let (problem, basis) = build(design, &rows, &columns, None, settings.link);
        let dropped = dropped_columns(design, &basis);
        warnings.extend(dropped.iter().map(|(j, why)| format!("`{}` {why}", design.names[*j])));
        let found = if settings.link == Link::Log { separation::find(&problem) } else { None };
        let mut fit = Regression {
            settings: settings.clone(),
            family: settings.family,
            design: design.clone(),
            zero_rows: Vec::new(),
            fitted_rows: rows.clone(),
            rows,
            solution: Solution { gamma: Vec::new(), t: 0.0, ll: 0.0, iterations: 0, converged: false },
            problem,
            basis,
            dispersion: 1.0,
            dropped,
            infinite: Vec::new(),
            null: Vec::new(),
            direction: Vec::new(),
            warnings,
            rng: rng.clone(),
        };
        if let Some(found) = found {
            fit.separate(&found);
        }
        fit.maximise()?;
        fit.tell_contrasts();
        Ok(fit)
    }

    fn maximise(&mut self) -> Result<()> {
        let fit = dispersion::fit(&self.problem, self.family)?;
        self.solution = fit.solution;
        self.check_positive()?;
        if fit.boundary {
            self.family = Family::Poisson;
            let (ratio, asked) = (self.pearson_ratio(), self.settings.family.name());
            let less = if ratio < 0.75 {
                format!(": the counts vary less than a Poisson's (X²/df {ratio:.2}), which --family compoisson fits")
            } else {
                String::new()
            };
            self.warnings
                .push(format!("no overdispersion found: the fit is the Poisson fit ({asked} asked for){less}"));
        }
        if self.family == Family::ComPoisson && self.solution.t > dispersion::MOST_LN_NU {
            let why = "in the limit a count is one of the two whole numbers next to its mean";
            self.warnings.push(format!("the dispersion ν runs to infinity, its boundary: {why}; the rest is as there"));
        }
        if !self.solution.converged {
            self.warnings.push(format!("no convergence after {} iterations", self.solution.iterations));
        }
        self.dispersion = match self.family {
            f if f.has_dispersion() => self.solution.t.exp(),
            Family::QuasiPoisson => self.pearson_ratio(),
            _ => 1.0,
        };
        if self.is_exact() {
            self.warnings
                .push("the counts equal their fitted means: the dispersion is 0, and there are no errors".into());
        }
        Ok(())
    }

    /// The identity link can run into a mean of zero, where no maximum lies inside.
    fn check_positive(&self) -> Result<()> {
        if self.settings.link != Link::Identity || self.solution.converged {
            return Ok(());
        }
        let etas = || (0..self.problem.offset.len()).map(|e| self.problem.eta(e, &self.solution.gamma));
        let mean = etas().sum::<f64>() / self.problem.offset.len() as f64;
        if etas().any(|m| m < 0.01 * mean) {
            return Err(Error::data("under the identity link the likelihood is highest where a mean reaches zero")
                .help("use the log link, or take the covariate out that forces a mean to zero"));
        }
        Ok(())
    }

    /// A quasi-likelihood fit that leaves nothing over, so that errors have no scale.
    pub(super) fn is_exact(&self) -> bool {
        self.family == Family::QuasiPoisson && self.dispersion < 1e-20
    }

    /// X² / (n − p) of the Poisson variance; not a number without residual degrees of freedom.
    pub(super) fn pearson_ratio(&self) -> f64 {
        let at = self.problem.predictor(&self.solution.gamma);
        let term = |i: usize| {
            let (m, _) = mean_and_kappa(&self.problem, &at, i);
            self.problem.w[i] * (self.problem.y[i] - m).powi(2) / m
        };
        (0..self.problem.n()).map(term).sum::<f64>() / self.df_residual()
    }

    /// The family at the fitted dispersion.
    pub(super) fn kernel(&self) -> Kernel {
        Kernel::new(self.family, self.solution.t)
    }

    /// Iterations that the maximum took.
    pub fn iterations(&self) -> usize {
        self.solution.iterations
    }

    /// Observations of positive weight.
    pub(super) fn nobs(&self) -> usize {
        self.rows.iter().filter(|i| self.design.weight(**i) > 0.0).count()
    }

    /// Number of coefficients, those without a finite estimate included.
    pub fn rank(&self) -> usize {
        self.design.p() - self.dropped.len()
    }

    /// Observations less coefficients.
    pub fn df_residual(&self) -> f64 {
        self.nobs() as f64 - self.rank() as f64
    }

    /// Coefficients over all columns of the design; 0 for those dropped or without a finite estimate.
    pub(super) fn beta(&self) -> Vec<f64> {
        spread(&self.basis.beta(&self.solution.gamma), &self.basis.kept(), self.design.p())
    }
}

/// Values on `kept` columns laid out over all `p`.
pub(in crate::model) fn spread(values: &[f64], kept: &[usize], p: usize) -> Vec<f64> {
    let mut all = vec![0.0; p];
    kept.iter().zip(values).for_each(|(j, v)| all[*j] = *v);
    all
}

/// Whether a column has the same value, not 0, in every step of the observations `rows`.
pub(crate) fn constant(design: &Design, rows: &[usize], column: usize) -> bool {
    let mut values = rows.iter().flat_map(|i| design.covered(*i)).map(|(s, _)| design.x[(s, column)]);
    let first = values.next().unwrap_or(0.0);
    first != 0.0 && values.all(|v| v == first)
}

/// Columns dropped as collinear, with the columns they are combinations of.
pub(in crate::model) fn dropped_columns(design: &Design, basis: &Basis) -> Vec<(usize, String)> {
    let norm = |j: usize| design.x.column(j).iter().filter(|x| x.is_finite()).map(|x| x * x).sum::<f64>().sqrt();
    let one = |a: &crate::inference::linalg::Aliased| {
        let column = basis.columns[a.column];
        let own = norm(column);
        let names: Vec<&str> =
            a.on.iter()
                .zip(&basis.qr.kept)
                .filter(|(c, j)| c.abs() * norm(basis.columns[**j]) > 1e-7 * own)
                .map(|(_, j)| design.names[basis.columns[*j]].as_str())
                .collect();
        let why = if names.is_empty() {
            "dropped: zero in every row".to_owned()
        } else {
            format!("dropped: collinear with {}", names.join(", "))
        };
        (column, why)
    };
    basis.qr.aliased.iter().map(one).collect()
}
