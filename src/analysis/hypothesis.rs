//! Tests that all coefficients of a term are 0, q of them: each statistic is χ²_q under the hypothesis.
//!
//! * likelihood ratio: 2 (ℓ̂ − ℓ̂₀), the dispersion maximised in both fits;
//! * score: U' I⁻¹ U at the restricted estimates, U the score and I the expected information of the coefficients (for NB1
//!   the joint observed information, as the expected one has no closed form);
//! * Wald: β' V⁻¹ β, V the covariance that the settings ask for.
//!
//! (Cameron and Trivedi 2013, *Regression Analysis of Count Data*, 2nd ed., chapter 2.) Statistics of quasi-Poisson are
//! divided by φ. Least squares and models with extra zeros: see the module `others`.

use super::checks::Test;
use super::checks::serial::chi2;
use super::subsets::Term;
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Kernel};
use crate::inference::linalg::{cholesky, dot, solve_lower};
use crate::inference::problem::build;
use crate::inference::scoring::{Curvature, Work, evaluate};
use crate::model::Settings;
use crate::model::glm::Regression;
use ndarray::Axis;
use others::f_test;
use serde::Serialize;

mod others;

pub use others::{test_least_squares, test_zeros};

/// The three tests of a term.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tested {
    /// Term.
    pub term: String,
    /// Likelihood ratio.
    pub likelihood_ratio: Test,
    /// Score.
    pub score: Test,
    /// Wald.
    pub wald: Test,
    /// The verdict on all its columns, where they cannot be told apart from something else; filled in above the border.
    pub not_separable: Option<String>,
}

/// Tests each term of a generalised linear model, given all others.
///
/// # Errors
/// When the model cannot be fitted, or a term names a column that is not there.
pub fn test_terms(design: &Design, settings: &Settings, terms: &[Term], rng: &Rng) -> Result<Vec<Tested>> {
    if let Some(t) = terms.iter().find(|t| t.columns.iter().any(|j| *j >= design.p())) {
        return Err(Error::usage(format!("term `{}` names a column that is not there", t.name)));
    }
    let full = Regression::fit(settings, design, rng)?;
    let covariance = full.covariance()?;
    Ok(terms.iter().map(|t| test(design, settings, &full, &covariance, t, rng)).collect())
}

fn test(design: &Design, settings: &Settings, full: &Regression, v: &[f64], term: &Term, rng: &Rng) -> Tested {
    let others: Vec<usize> = (0..design.p()).filter(|j| !term.columns.contains(j)).collect();
    let own: Vec<usize> = full.basis().kept().into_iter().filter(|j| term.columns.contains(j)).collect();
    let name = term.name.clone();
    let quasi = full.family() == Family::QuasiPoisson;
    let by = if quasi { full.dispersion() } else { 1.0 };
    // An estimated dispersion: F, as R's `anova(test = "F")`; its square root for one column is the t of the fit.
    let law = |w: f64, df: f64| if quasi { f_test(w, df, full.df_residual()) } else { chi2(w, df) };
    // Of an infinite estimate there is no Wald test.
    let infinite = full.infinite_columns().iter().any(|j| term.columns.contains(j));
    let wald = quadratic_of_inverse(v, design.p(), &own, &full.coefficients()).filter(|_| !infinite);
    let wald = wald.map_or(Test::default(), |w| law(w, own.len() as f64));
    let sub = Design {
        names: others.iter().map(|j| design.names[*j].clone()).collect(),
        x: keep_rows(design, full).select(Axis(1), &others).into_shared(),
        feedback: Vec::new(),
        ..design.clone()
    };
    let Some(restricted) = Regression::fit(settings, &sub, rng).ok() else {
        return Tested { term: name, wald, ..Tested::default() };
    };
    // Collinear columns: what the term adds to the rank, columns without a finite estimate included.
    let df = full.rank() as f64 - restricted.rank() as f64;
    let ratio = 2.0 * (full.solution().ll - restricted.solution().ll).max(0.0) / by;
    let score = score(design, full, &restricted, &others).map_or(Test::default(), |s| law(s / by, df));
    Tested { term: name, likelihood_ratio: law(ratio, df), score, wald, not_separable: None }
}

/// The columns with NaN wherever the full model lacks a value, so that the restricted model sees the same rows.
fn keep_rows(design: &Design, full: &Regression) -> ndarray::ArcArray2<f64> {
    let mut x = design.x.clone();
    let zero: Vec<usize> = (0..design.n()).filter(|i| !full.observations().contains(i)).collect();
    for s in zero.iter().flat_map(|i| design.covered(*i)).map(|(s, _)| s) {
        if design.row(s).iter().any(|v| !v.is_finite()) {
            x.row_mut(s).fill(f64::NAN);
        }
    }
    x
}

fn score(design: &Design, full: &Regression, restricted: &Regression, others: &[usize]) -> Option<f64> {
    // The rows of the restricted fit: those of mean zero under the full model alone have a mean there.
    let all: Vec<usize> = (0..design.p()).collect();
    let rows = restricted.observations();
    let own = (rows != full.observations()).then(|| build(design, rows, &all, None, full.link()));
    let (problem, basis) = own.as_ref().map_or((full.problem(), full.basis()), |(p, b)| (p, b));
    let mut beta = vec![0.0; full.coefficients().len()];
    others.iter().zip(restricted.coefficients()).for_each(|(j, b)| beta[*j] = b);
    let kept: Vec<f64> = basis.kept().iter().map(|j| beta[*j]).collect();
    let gamma = basis.qr.times(&kept);
    let (family, t) = (restricted.family(), restricted.solution().t);
    let joint = family == Family::Nb1;
    let mut work = Work::new(problem.k, joint);
    let curvature = if joint { Curvature::Observed } else { Curvature::Expected };
    evaluate(problem, &Kernel::new(family, t), &gamma, curvature, joint, &mut work);
    let (mut info, mut u) = (work.info, work.score);
    let dim = u.len();
    cholesky(&mut info, dim).then(|| {
        solve_lower(&info, dim, &mut u);
        dot(&u, &u)
    })
}

/// b_J' (A_JJ)⁻¹ b_J for the p × p matrix `a`; `None` without columns, or when the block is singular.
pub(super) fn quadratic_of_inverse(a: &[f64], p: usize, columns: &[usize], b: &[f64]) -> Option<f64> {
    let k = columns.len();
    // On the scale of correlations, so that the units of the columns don't matter.
    let scale: Vec<f64> = columns.iter().map(|j| a[j * (p + 1)].sqrt()).collect();
    let mut block: Vec<f64> =
        (0..k * k).map(|c| a[columns[c / k] * p + columns[c % k]] / (scale[c / k] * scale[c % k])).collect();
    let mut u: Vec<f64> = columns.iter().zip(&scale).map(|(j, s)| b[*j] / s).collect();
    (k > 0 && cholesky(&mut block, k)).then(|| {
        solve_lower(&block, k, &mut u);
        dot(&u, &u)
    })
}
