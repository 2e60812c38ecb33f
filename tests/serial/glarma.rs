//! Parity with R glarma 1.7-1 (R 4.2.2) on the monthly US polio counts 1970–83 (Zeger 1988), and checks of our own.

use crate::case::{Case, close, load, near, stream};
use crate::identities::{holed, noisy};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::glarma::{Glarma, GlarmaFit};
use tumen::model::serial::{Residual, Serial};
use tumen::model::{Fitted as _, Interval, Settings, Vcov};

const COLUMNS: [&str; 6] = ["Intcpt", "Trend", "CosAnnual", "SinAnnual", "CosSemiAnnual", "SinSemiAnnual"];

fn settings(ar: &[usize], ma: &[usize], residual: Residual, family: Family, vcov: Vcov) -> Settings {
    let serial = Serial { ar: ar.to_vec(), ma: ma.to_vec(), residual, ..Serial::default() };
    Settings { family, serial, vcov, interval: Interval::Wald, ..Settings::default() }
}

fn fit(settings: &Settings, design: &Design) -> GlarmaFit {
    Glarma::new(settings).unwrap().fit_to(design, &mut stream("fit")).unwrap()
}

fn polio() -> Option<(Case, Design)> {
    let case = load("glarma_polio")?;
    let design = case.plain_design("Cases", &COLUMNS);
    Some((case, design))
}

/// One fit of the case; tolerances are the case's own (the package stops at gradients of 1e-6 to 1e-8).
fn parity(key: &str, settings: &Settings) {
    let Some((case, design)) = polio() else { return };
    let fit = fit(settings, &design);
    let summary = fit.summary().unwrap();
    near("log-likelihood", fit.log_likelihood(), case.number(&format!("{key}/loglik")), 1e-4);
    // glarma leaves the size out of its count of parameters; here it is counted, as in glm.nb and tscount.
    let size = if settings.family == Family::Nb2 { 2.0 } else { 0.0 };
    near("aic", summary.glance.aic.unwrap(), case.number(&format!("{key}/aic")) + size, 2e-4);
    for (name, want) in case.named(&format!("{key}/coefficients")) {
        let (got, rel) = match name.as_str() {
            "alpha_size" => (summary.glance.theta.unwrap(), 1e-4),
            _ => (fit.coefficients().iter().find(|(n, _)| *n == name).unwrap().1, 1e-4),
        };
        close(&name, got, want, rel);
    }
    for (name, want) in case.named(&format!("{key}/se_from_package_cov")) {
        let got = match name.as_str() {
            "alpha_size" => summary.glance.theta_se,
            _ => summary.terms.iter().find(|t| t.term == name).unwrap().std_error,
        };
        close(&name, got.unwrap(), want, 1e-3);
    }
    for (row, w) in summary.rows.iter().zip(case.numbers(&format!("{key}/W_linear_predictor"))) {
        near("W", row.eta.unwrap(), w, 1e-4);
    }
    let tests = case.at(&format!("{key}/tests_vs_glm/table")).as_array().unwrap().clone();
    for (row, want) in summary.tests.iter().zip(tests) {
        // glarma takes its likelihood ratio from two AICs, of which glm.nb's counts the size and its own does not: 2 too much.
        let excess = if row.test.starts_with("likelihood") { size } else { 0.0 };
        close(&row.test, row.statistic.unwrap(), want[0].as_f64().unwrap() - excess, 1e-3);
        if excess == 0.0 {
            close(&row.test, row.p_value.unwrap(), want[1].as_f64().unwrap(), 2e-2);
        }
    }
}

#[test]
fn moving_average_with_pearson_residuals() {
    parity("ma125_pearson_FS", &settings(&[], &[1, 2, 5], Residual::Pearson, Family::Poisson, Vcov::Model));
}

#[test]
fn moving_average_with_score_residuals() {
    parity("ma125_score_FS", &settings(&[], &[1, 2, 5], Residual::Score, Family::Poisson, Vcov::Model));
}

#[test]
fn autoregression_with_pearson_residuals() {
    parity("ar15_pearson_FS", &settings(&[1, 5], &[], Residual::Pearson, Family::Poisson, Vcov::Model));
}

#[test]
fn negative_binomial_by_newton_raphson() {
    parity("ma125_pearson_negbin_NR", &settings(&[], &[1, 2, 5], Residual::Pearson, Family::Nb2, Vcov::Observed));
}

#[test]
fn next_mean_of_glarma() {
    let Some((case, design)) = polio() else { return };
    let fit = fit(&settings(&[], &[1, 2, 5], Residual::Pearson, Family::Poisson, Vcov::Model), &design);
    let mut future = design.clone();
    future.x = design.x.slice(ndarray::s![-1.., ..]).to_shared();
    (future.counts, future.offset) = (Vec::new(), vec![0.0]);
    close("mean", fit.next_law(&future).unwrap().mean, case.number("one_step_forecast_mu_ma125_pearson"), 1e-4);
}

#[test]
fn gradients_equal_finite_differences() {
    for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
        for residual in [Residual::Pearson, Residual::Score, Residual::Identity] {
            for design in [noisy(40), holed(40)] {
                let model = Glarma::new(&settings(&[1], &[1, 3], residual, family, Vcov::Model)).unwrap();
                let scale = if residual == Residual::Identity { 0.02 } else { 1.0 };
                let mut delta = vec![1.9, 0.2, 0.4, 0.3 * scale, 0.1 * scale, -0.1 * scale];
                if family != Family::Poisson {
                    delta.push(0.21);
                }
                let (gradient, _) = model.check_derivatives(&design, &delta).unwrap();
                assert!(gradient < 1e-6, "{family:?} {residual:?} {gradient}");
            }
        }
    }
}

#[test]
fn holes_aggregates_and_draws() {
    for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
        let s = settings(&[1], &[], Residual::Pearson, family, Vcov::Observed);
        let fit = fit(&s, &holed(120));
        assert!(fit.summary().unwrap().glance.converged);
        let mut future = noisy(124);
        future.x = future.x.slice(ndarray::s![120.., ..]).to_shared();
        (future.counts, future.offset) = (Vec::new(), vec![0.0; 4]);
        let a = fit.simulate(&future, 2000, &mut stream("draws")).unwrap();
        let b = fit.simulate(&future, 2000, &mut stream("draws")).unwrap();
        assert_eq!(a.counts, b.counts);
        let law = fit.next_law(&future).unwrap();
        let sd = law.family.variance(law.mean, law.dispersion).sqrt();
        near("one step", a.counts.column(0).mean().unwrap(), law.mean, 0.2 * sd);
    }
}

#[test]
fn a_recursion_that_does_not_forget_is_said_to() {
    // Large counts with hardly any dispersion: Pearson residuals of size √m react to their own mean by a factor √m.
    let y: Vec<f64> = (0..60).map(|t| 900.0 + 40.0 * f64::from(t * 7 % 11) - 60.0 * f64::from(t % 3)).collect();
    let design = Design::new(vec!["(Intercept)".into()], ndarray::Array2::ones((60, 1)), y).unwrap();
    let fit = |residual| {
        let serial = Serial { ma: vec![1], residual, ..Serial::default() };
        let s = Settings { serial, ..Settings::default() };
        Glarma::new(&s).unwrap().fit_to(&design, &mut stream("a")).unwrap()
    };
    let told = |f: &tumen::model::glarma::GlarmaFit| f.warnings().join(" ").contains("not invertible");
    let (pearson, score) = (fit(Residual::Pearson), fit(Residual::Score));
    let theta = |f: &tumen::model::glarma::GlarmaFit| f.coefficients()[1].1;
    // |θ ∂e/∂W| = |θ| √m (Pearson) or |θ| (score), about: above 1 it does not forget.
    assert_eq!(told(&pearson), theta(&pearson).abs() * 1000f64.sqrt() > 1.0, "{}", theta(&pearson));
    assert_eq!(told(&score), theta(&score).abs() > 1.0, "{}", theta(&score));
}
