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
pub(super) fn f_test(w: f64, q: f64, df: f64) -> Test {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Family;
    use ndarray::Array2;

    /// A covariate unknown at some observations: the model without it is fitted to the same ones.
    #[test]
    fn models_compared_see_the_same_rows() {
        let n = 90;
        let mut x = Array2::from_shape_fn((n, 2), |(i, j)| if j == 0 { 1.0 } else { (i as f64 * 0.7).sin() });
        let counts: Vec<f64> = (0..n).map(|i| if i % 3 == 0 { 0.0 } else { (1 + i * 7 % 11) as f64 }).collect();
        let names = || vec!["(Intercept)".to_owned(), "x".to_owned()];
        let known: Vec<usize> = (0..n).filter(|i| i % 10 != 4).collect();
        let part = |x: &Array2<f64>| Part { names: names(), x: x.clone(), offset: vec![0.0; x.nrows()] };
        let less = x.select(Axis(0), &known);
        let mut complete = Design::new(names(), less.clone(), known.iter().map(|i| counts[*i]).collect()).unwrap();
        complete.zero = Some(part(&less));
        (0..n).filter(|i| i % 10 == 4).for_each(|i| x[(i, 1)] = f64::NAN);
        let mut holes = Design::new(names(), x.clone(), counts).unwrap();
        holes.zero = Some(part(&x));
        let terms = [Term { name: "x".into(), columns: vec![1, 3] }];
        for (family, zeros) in [(Family::Poisson, ZeroPart::Inflated), (Family::Nb2, ZeroPart::Hurdle)] {
            let settings = Settings { family, zeros, ..Settings::default() };
            let of = |d: &Design| test_zeros(d, &settings, &terms, &crate::rng::stream(1, &[])).unwrap();
            for (a, b) in of(&holes).iter().zip(&of(&complete)) {
                for (a, b) in [(a.likelihood_ratio, b.likelihood_ratio), (a.score, b.score), (a.wald, b.wald)] {
                    let (a, b) = (a.statistic.unwrap(), b.statistic.unwrap());
                    assert!((a - b).abs() < 1e-8 * (1.0 + b), "{a} {b}");
                }
            }
        }
    }

    /// A group of zeros alone: its coefficient runs off, yet it is a parameter of the likelihood ratio, and has no Wald test.
    #[test]
    fn a_term_without_a_finite_estimate_has_a_likelihood_ratio() {
        let n = 60;
        let dummy = |i: usize| f64::from(u8::from(i.is_multiple_of(6)));
        let x = Array2::from_shape_fn((n, 2), |(i, j)| if j == 0 { 1.0 } else { dummy(i) });
        let count = |i: usize| if i.is_multiple_of(6) || i % 5 == 1 { 0.0 } else { (1 + i * 7 % 5) as f64 };
        let names = vec!["(Intercept)".to_owned(), "d".to_owned()];
        let mut design = Design::new(names, x, (0..n).map(count).collect()).unwrap();
        let one = Array2::from_elem((n, 1), 1.0);
        design.zero = Some(Part { names: vec!["(Intercept)".into()], x: one, offset: vec![0.0; n] });
        let settings = Settings { family: Family::Poisson, zeros: ZeroPart::Inflated, ..Settings::default() };
        let terms = [Term { name: "d".into(), columns: vec![1] }];
        let tested = test_zeros(&design, &settings, &terms, &crate::rng::stream(1, &[])).unwrap();
        let (ratio, wald) = (tested[0].likelihood_ratio, tested[0].wald);
        assert!(
            ratio.df == Some(1.0) && ratio.p_value.unwrap() < 0.01 && wald.statistic.is_none(),
            "{ratio:?} {wald:?}"
        );
        let all = ZeroFit::new(&settings, &design, &crate::rng::stream(1, &[])).unwrap().unwrap();
        assert_eq!(all.infinite_columns(), [1]);
    }
}
