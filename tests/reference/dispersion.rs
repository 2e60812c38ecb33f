//! Generalised Poisson against statsmodels, Conway–Maxwell–Poisson against direct maximisation with scipy
//! (`dispersion_python/make.py` made the case).

use crate::case::{Case, Columns, all_close, close};
use crate::glm::{column, fit};
use crate::negbin::{quine, settings};
use tumen::family::Family;
use tumen::model::Vcov;

#[test]
fn genpoisson_equals_statsmodels() {
    let (Some(case), Some(data)) = (Case::open("dispersion_python"), Case::open("nb_quine_statsmodels")) else {
        return;
    };
    let (s, warnings) = fit(&settings(Family::GenPoisson, Vcov::Observed), &quine(&data));
    assert!(warnings.is_empty(), "{warnings:?}");
    let at = |name: &str| format!("/genpoisson_quine/{name}");
    all_close("coefficients", &column(&s.terms, |t| t.estimate), &case.list(&at("coefficients")), 1e-6, 1e-8);
    all_close("se", &column(&s.terms, |t| t.std_error), &case.list(&at("se_joint_observed")), 1e-5, 0.0);
    close("alpha", s.glance.alpha, case.value(&at("alpha")), 1e-6, 0.0);
    close("loglik", s.glance.log_lik, case.value(&at("loglik")), 0.0, 1e-7);
}

#[test]
fn compoisson_fits_underdispersed_counts() {
    let Some(case) = Case::open("dispersion_python") else { return };
    let Some(data) = Case::open("nb_boundary_underdispersed") else { return };
    let t = data.number("t").iter().map(|t| t - 10.5).collect();
    let design = Columns::intercept(data.n()).number("t", t).design(data.number("y"));
    let (s, warnings) = fit(&settings(Family::ComPoisson, Vcov::Observed), &design);
    assert!(warnings.is_empty(), "{warnings:?}");
    let at = |name: &str| format!("/compoisson_boundary/{name}");
    all_close("coefficients", &column(&s.terms, |t| t.estimate), &case.list(&at("coefficients")), 1e-6, 0.0);
    // Second differences of a log-likelihood carry about 1e-5 of the standard error.
    all_close("se", &column(&s.terms, |t| t.std_error), &case.list(&at("se_joint_observed")), 1e-4, 0.0);
    close("nu", s.glance.alpha, case.value(&at("nu")), 1e-5, 0.0);
    close("loglik", s.glance.log_lik, case.value(&at("loglik")), 0.0, 1e-9);
}

#[test]
fn log_probabilities_equal_forty_digit_arithmetic() {
    let Some(case) = Case::open("dispersion_python") else { return };
    for (family, key) in [(Family::GenPoisson, "/genpoisson_log_pmf"), (Family::ComPoisson, "/compoisson_log_pmf")] {
        for row in case.rows(key) {
            let actual = family.log_pmf(row[0], row[1], row[2]);
            close(&format!("{key} {row:?}"), Some(actual), row[3], 1e-11, 1e-13);
        }
    }
}

#[test]
fn draws_and_distribution_functions_agree_with_the_probabilities() {
    let mut rng = tumen::rng::stream(8, &["dispersion"]);
    for (family, mu, dispersion) in
        [(Family::GenPoisson, 6.0, 0.8), (Family::ComPoisson, 6.0, 3.0), (Family::ComPoisson, 6.0, 0.4)]
    {
        let n = 40_000;
        let mut counts = [0.0; 40];
        (0..n).for_each(|_| counts[(family.sample(mu, dispersion, &mut rng) as usize).min(39)] += 1.0);
        let (mut sum, mut below) = (0.0, 0.0);
        for (y, seen) in counts.iter().enumerate().take(39) {
            let p = family.log_pmf(y as f64, mu, dispersion).exp();
            sum += p;
            below += seen / f64::from(n);
            close("cdf", Some(family.cdf(y as f64, mu, dispersion)), sum, 1e-10, 1e-14);
            // Five standard errors of a share.
            close("share", Some(below), sum, 0.0, 5.0 * (sum * (1.0 - sum).max(0.0) / f64::from(n)).sqrt() + 1e-9);
        }
        let mean: f64 = (0..2000).map(|y| f64::from(y) * family.log_pmf(f64::from(y), mu, dispersion).exp()).sum();
        close("mean", Some(mean), mu, 1e-10, 0.0);
        let second: f64 =
            (0..2000).map(|y| f64::from(y).powi(2) * family.log_pmf(f64::from(y), mu, dispersion).exp()).sum();
        close("variance", Some(family.variance(mu, dispersion)), second - mean * mean, 1e-9, 0.0);
    }
}

/// The dispersion of NB1 and of the generalised Poisson is not orthogonal to the mean: errors of every kind are joint.
#[test]
fn errors_of_nb1_and_genpoisson_are_joint_with_the_dispersion() {
    let (Some(case), Some(data)) = (Case::open("joint_dispersion_python"), Case::open("interactions_r")) else {
        return;
    };
    let columns = || Columns::intercept(data.n()).number("x", data.number("x")).number("s", data.number("s"));
    for (name, family) in [("nb1", Family::Nb1), ("genpoisson", Family::GenPoisson)] {
        for (kind, vcov) in
            [("model", Vcov::Model), ("hc0", Vcov::Hc(0)), ("hac:2", Vcov::parse("hac:2").expect("known"))]
        {
            let (s, _) = fit(&settings(family, vcov), &columns().design(data.number("y")));
            let at = |what: &str| format!("/{name}/{what}");
            all_close("coefficients", &column(&s.terms, |t| t.estimate), &case.list(&at("coefficients")), 1e-7, 0.0);
            all_close(kind, &column(&s.terms, |t| t.std_error), &case.list(&at(kind)), 1e-7, 0.0);
            close("loglik", s.glance.log_lik, case.value(&at("log_lik")), 0.0, 1e-9);
            close("dispersion", s.glance.alpha, case.value(&at("dispersion")), 1e-6, 0.0);
        }
        let mut design = columns().design(data.number("y"));
        design.groups = (0..data.n()).map(|i| i / 5).collect();
        let (s, _) = fit(&settings(family, Vcov::Cluster { kind: 0, adjust: false }), &design);
        let errors = case.list(&format!("/{name}/cluster"));
        all_close("cluster", &column(&s.terms, |t| t.std_error), &errors, 1e-7, 0.0);
    }
}
