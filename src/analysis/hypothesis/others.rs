//! The three tests beyond the plain generalised linear model.
//!
//! * Least squares, RSS₁ of the model and RSS₀ without the term, r = RSS₀/RSS₁: likelihood ratio n ln r, score
//!   n (1 − 1/r), Wald from the covariance that the settings ask for, which is (n − p)(r − 1) with the usual one; the
//!   p-value of the last is that of F = W/q on q and n − p degrees of freedom.
//! * Extra zeros: a term is tested in the counts, in the zeros (`zero_…`), and in both where it stands in both. The score
//!   test has the expected information of all parameters, summed over the counts; with the observed one, away from the
//!   maximum of the full model, the statistic is not to be trusted (three times the likelihood ratio in the case
//!   `beyond_r`). There is none where the smaller model has no finite estimate or no excess zeros.

use super::{Tested, chi2, quadratic_of_inverse};
use crate::Rng;
use crate::analysis::checks::Test;
use crate::analysis::subsets::Term;
use crate::design::{Design, Part};
use crate::error::{Error, Result};
use crate::family::ZeroPart;
use crate::model::glm::{self, Regression, ZeroFit};
use crate::model::{Interval, Settings, Summary};
use crate::results::num;
use ndarray::Axis;
use statrs::distribution::{ContinuousCDF as _, FisherSnedecor};

/// Tests each term of a fit by least squares on the log, given all others; `summary` is its own.
///
/// # Errors
/// When the summary has no log-likelihood.
pub fn test_least_squares(
    design: &Design,
    settings: &Settings,
    summary: &Summary,
    terms: &[Term],
    rng: &Rng,
) -> Result<Vec<Tested>> {
    let settings = Settings { interval: Interval::Wald, ..settings.clone() };
    let (n, p) = (summary.glance.nobs as f64, design.p());
    let (Some(ll), Some(df)) = (summary.glance.log_lik, summary.glance.df_residual) else {
        return Err(Error::data("the fit has no log-likelihood"));
    };
    let v: Vec<f64> = summary.covariance.iter().flatten().copied().collect();
    let beta: Vec<f64> = summary.terms.iter().map(|t| t.estimate.unwrap_or(0.0)).collect();
    let one = |t: &Term| {
        let q = t.columns.len() as f64;
        let wald = if v.len() == p * p { quadratic_of_inverse(&v, p, &t.columns, &beta) } else { None };
        let wald = wald.map_or_else(Test::default, |w| f_test(w, q, df));
        let term = t.name.clone();
        let less = glm::build(&settings).and_then(|m| m.fit(&design.without(&t.columns), &mut rng.clone())?.summary());
        let Some(ll0) = less.ok().filter(|s| s.glance.nobs as f64 == n).and_then(|s| s.glance.log_lik) else {
            return Tested { term, wald, ..Tested::default() };
        };
        let ratio = 2.0 * (ll - ll0).max(0.0);
        let score = n * -(-ratio / n).exp_m1();
        Tested { term, likelihood_ratio: chi2(ratio, q), score: chi2(score, q), wald, not_separable: None }
    };
    Ok(terms.iter().map(one).collect())
}

/// W with the p-value of W/q on q and `df` degrees of freedom.
fn f_test(w: f64, q: f64, df: f64) -> Test {
    let p = FisherSnedecor::new(q, df).ok().map(|f| f.sf((w / q).max(0.0)));
    Test { statistic: num(w), df: num(q), p_value: p.and_then(num) }
}

/// Tests each term of a model with extra zeros; `terms` number the columns of the count part, then the zero part's, which
/// the design must hold.
///
/// # Errors
/// When the model cannot be fitted or has no covariance.
pub fn test_zeros(design: &Design, settings: &Settings, terms: &[Term], rng: &Rng) -> Result<Vec<Tested>> {
    let Some(full) = ZeroFit::new(settings, design, rng)? else {
        return Err(Error::data("there are no excess zeros"));
    };
    let (p, v) = (design.p(), full.covariance()?);
    let mut parts = Vec::new();
    for t in terms {
        let (count, zero): (Vec<usize>, Vec<usize>) = t.columns.iter().partition(|j| **j < p);
        let both = !count.is_empty() && !zero.is_empty();
        let name = |prefix: &str, suffix: &str| format!("{prefix}{}{suffix}", t.name);
        parts.extend((!count.is_empty()).then(|| Term { name: name("", ""), columns: count }));
        parts.extend((!zero.is_empty()).then(|| Term { name: name("zero_", ""), columns: zero }));
        parts.extend(both.then(|| Term { name: name("", ", both parts"), columns: t.columns.clone() }));
    }
    Ok(parts.iter().map(|t| zero_test(design, settings, (&full, &v), t, rng)).collect())
}

fn zero_test(design: &Design, settings: &Settings, (full, v): (&ZeroFit, &[f64]), term: &Term, rng: &Rng) -> Tested {
    let beta = full.coefficients();
    let infinite = full.infinite_columns().iter().any(|j| term.columns.contains(j));
    let wald = quadratic_of_inverse(v, beta.len() + 1, &term.columns, &beta).filter(|_| !infinite);
    let wald = wald.map_or(Test::default(), |w| chi2(w, term.columns.len() as f64));
    let name = term.name.clone();
    let mut smaller = without(design, &term.columns);
    // The rows of the full fit, although fewer covariates need be known.
    let unused = (0..design.n()).filter(|i| !full.observations().contains(i));
    unused.for_each(|i| smaller.counts[i] = f64::NAN);
    let (ll, df, score) = match ZeroFit::new(settings, &smaller, rng) {
        Ok(Some(less)) => {
            let df = full.rank() as f64 - less.rank() as f64;
            let score = less.score_statistic(design, &term.columns).map_or(Test::default(), |s| chi2(s, df));
            (Some(less.log_lik()), df, score)
        }
        // No zeros are left in excess without the term: the supremum is that of the count part alone.
        Ok(None) => (alone(settings, &smaller, rng), term.columns.len() as f64, Test::default()),
        Err(_) => (None, 0.0, Test::default()),
    };
    let Some(ll) = ll else { return Tested { term: name, wald, ..Tested::default() } };
    let ratio = 2.0 * (full.log_lik() - ll).max(0.0);
    Tested { term: name, likelihood_ratio: chi2(ratio, df), score, wald, not_separable: None }
}

/// Log-likelihood, less the ln y! terms, of the fit without a zero part.
fn alone(settings: &Settings, design: &Design, rng: &Rng) -> Option<f64> {
    let plain = Settings { zeros: ZeroPart::None, ..settings.clone() };
    let design = Design { zero: None, ..design.clone() };
    Regression::fit(&plain, &design, rng).ok().map(|r| r.solution().ll)
}

/// The design without some columns of both parts.
fn without(design: &Design, columns: &[usize]) -> Design {
    let p = design.p();
    let count: Vec<usize> = columns.iter().copied().filter(|j| *j < p).collect();
    let zero = design.zero.as_ref().map(|part| {
        let stay: Vec<usize> = (0..part.names.len()).filter(|j| !columns.contains(&(p + j))).collect();
        Part {
            names: stay.iter().map(|j| part.names[*j].clone()).collect(),
            x: part.x.select(Axis(1), &stay),
            offset: part.offset.clone(),
        }
    });
    Design { zero, ..design.without(&count) }
}
