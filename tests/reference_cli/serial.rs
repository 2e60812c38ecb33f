//! Counts with memory: INGARCH against R tscount and scipy's maxima, GLARMA against R glarma.

use crate::run::{Case, Fit, Within, abs, rel, same_name};
use serde_json::Value;

/// tscount's names of interventions are ours of the terms, in the order of the formula.
fn interventions<'a>(terms: &'a [&'a str]) -> impl Fn(&str) -> String + 'a {
    move |name| match name.strip_prefix("interv_").and_then(|k| k.parse::<usize>().ok()) {
        Some(k) => terms[k - 1].to_string(),
        None => name.to_string(),
    }
}

struct Setup {
    name: &'static str,
    formula: &'static str,
    arguments: &'static [&'static str],
    interventions: &'static [&'static str],
}

const CAMPY: &[&str] = &["--past-obs", "1", "--past-mean", "13", "--link", "identity", "--family", "nb2"];
const ECOLI: &[&str] = &["--past-obs", "1", "--past-mean", "1", "--link", "identity", "--family", "nb2"];
const AGONA: &[&str] = &["--past-obs", "1", "--past-mean", "1", "--link", "identity", "--family", "poisson"];

fn ingarch(setup: &Setup, more: &[&str]) -> Option<(Case, Fit)> {
    let case = Case::open(setup.name)?;
    let fixed = ["--model", "ingarch", "--formula", setup.formula];
    let fit = case.fit(&[&fixed, setup.arguments, more].concat());
    Some((case, fit))
}

/// Both estimators at the maxima that scipy found; tscount's own numbers, which stop short of the first of them, within
/// its log barrier's reach.
fn at_the_maximum(setup: &Setup, near_tscount: Within, se: Within) {
    let ours = |name: &str| interventions(setup.interventions)(name);
    let Some((case, fit)) = ingarch(setup, &["--estimator", "two-step"]) else { return };
    assert_eq!(fit.json["model"]["estimate"], "two-step");
    fit.terms_are("estimate", case.at("independent_check/coefficients_at_max"), rel(1e-3), ours);
    fit.terms_are("estimate", case.at("coefficients"), near_tscount, ours);
    let mut errors = case.at("se_conditional_information_sandwich").clone();
    errors.as_object_mut().expect("an object").remove("sigmasq");
    fit.terms_are("std_error", &errors, se, ours);
    fit.glance_is("df", case.at("df"), rel(0.0));
    assert!(fit.glance("log_lik") >= case.number("loglik") - 0.02, "below tscount");
    let Some(at_max) = case.results.pointer("/independent_check/sigmasq_at_max").filter(|v| v.is_number()) else {
        return;
    };
    fit.glance_is("alpha", at_max, rel(1e-3));
    fit.glance_is("log_lik", case.at("independent_check/nb_loglik_at_max"), abs(1e-3));
    let (_, ml) = ingarch(setup, &["--estimator", "ml"]).expect("the same case");
    let full = |what: &str| case.at(&format!("independent_check/full_nb_maximum_likelihood/{what}"));
    assert_eq!(ml.json["model"]["estimate"], "ml");
    ml.terms_are("estimate", full("coefficients"), rel(1e-3), ours);
    ml.glance_is("theta", full("size"), rel(1e-3));
    ml.glance_is("log_lik", full("loglik"), abs(1e-4));
}

#[test]
fn campylobacter_with_a_level_shift_and_a_spike() {
    for (formula, interventions) in [
        ("campy ~ level_shift84 + spike100", &["level_shift84", "spike100"]),
        ("campy ~ step(84) + pulse(100)", &["step(84)", "pulse(100)"]),
    ] {
        let setup = Setup { name: "ingarch_campy", formula, arguments: CAMPY, interventions };
        at_the_maximum(&setup, rel(2e-2), rel(2e-2));
    }
}

#[test]
fn campylobacter_by_poisson_at_two_lags_of_the_mean() {
    let arguments = &["--past-obs", "1", "--past-mean", "7,13", "--link", "identity", "--family", "poisson"];
    let setup = Setup { name: "ingarch_campy_poisson", formula: "campy ~ 1", arguments, interventions: &[] };
    at_the_maximum(&setup, rel(7e-2), rel(5e-2));
}

#[test]
fn weekly_infections() {
    let setup = Setup { name: "ingarch_ecoli", formula: "cases ~ 1", arguments: ECOLI, interventions: &[] };
    at_the_maximum(&setup, rel(1e-2), rel(1e-2));
    let name = "ingarch_salmonella_agona";
    let setup = Setup { name, formula: "observed ~ 1", arguments: AGONA, interventions: &[] };
    at_the_maximum(&setup, rel(1e-2), rel(1e-2));
}

#[test]
fn influenza_sits_on_the_boundary_and_says_so() {
    let arguments = &["--past-obs", "1", "--past-mean", "1", "--link", "log", "--family", "nb2"];
    let setup = Setup { name: "ingarch_influenza", formula: "cases ~ c52 + s52", arguments, interventions: &[] };
    let Some((case, held)) = ingarch(&setup, &["--estimator", "two-step"]) else { return };
    assert!(held.json["warnings"].to_string().contains("boundary solution"));
    assert!(held.term("beta_1")["std_error"].is_null());
    assert!(held.json["glance"]["qic"].is_null());
    // By likelihood: the vertex of the region, and the free maximum beyond it.
    let (_, ml) = ingarch(&setup, &["--estimator", "ml"]).expect("the same case");
    let bounds = Case::open("ingarch_bounds").expect("committed");
    ml.glance_is("log_lik", bounds.at("vertex/loglik"), abs(1e-5));
    assert_eq!(ml.json["glance"]["converged"], true);
    assert!(["(Intercept)", "c52", "s52"].iter().all(|t| ml.term(t)["std_error"].is_number()));
    assert!(ml.json["warnings"].to_string().contains("--stationarity free has a log-likelihood higher by 20.959"));
    let (_, free) = ingarch(&setup, &["--estimator", "ml", "--stationarity", "free"]).expect("the same case");
    let full = |what: &str| case.at(&format!("independent_check/full_nb_maximum_likelihood/{what}"));
    free.glance_is("log_lik", full("loglik"), abs(1e-4));
    free.terms_are("estimate", full("coefficients"), rel(1e-3), same_name);
    let (_, free) = ingarch(&setup, &["--estimator", "two-step", "--stationarity", "free"]).expect("the same case");
    free.terms_are("estimate", case.at("independent_check/coefficients_at_max"), rel(1e-3), same_name);
    free.glance_is("alpha", case.at("independent_check/sigmasq_at_max"), rel(1e-3));
}

/// One of the four fits of the case: arguments, covariance, path.
fn glarma(case: &Case, arguments: &[&str], vcov: &str, path: &str) -> Fit {
    let formula = "Cases ~ 0 + Intcpt + Trend + CosAnnual + SinAnnual + CosSemiAnnual + SinSemiAnnual";
    let fixed = ["--model", "glarma", "--formula", formula, "--vcov", vcov];
    let fit = case.fit(&[&fixed, arguments].concat());
    let at = |what: &str| case.at(&format!("{path}/{what}"));
    let without_size = |what: &str| -> Value {
        let mut all = at(what).clone();
        all.as_object_mut().expect("an object").remove("alpha_size");
        all
    };
    fit.terms_are("estimate", &without_size("coefficients"), rel(1e-4), same_name);
    fit.terms_are("std_error", &without_size("se_from_package_cov"), rel(1e-3), same_name);
    fit.glance_is("log_lik", at("loglik"), abs(1e-4));
    fit.rows_are("eta", at("W_linear_predictor"), abs(1e-4));
    fit.rows_are("fitted", at("fitted_mu"), rel(1e-4));
    fit
}

#[test]
fn polio_by_glarma() {
    let Some(case) = Case::open("glarma_polio") else { return };
    // Fisher scoring's errors are `--vcov model`, Newton and Raphson's `--vcov observed`.
    glarma(&case, &["--ma", "1,2,5", "--residual", "pearson"], "model", "ma125_pearson_FS");
    glarma(&case, &["--ma", "1,2,5", "--residual", "score"], "model", "ma125_score_FS");
    glarma(&case, &["--ar", "1,5", "--residual", "pearson"], "model", "ar15_pearson_FS");
    let arguments = ["--ma", "1,2,5", "--residual", "pearson", "--family", "nb2"];
    let nb = glarma(&case, &arguments, "observed", "ma125_pearson_negbin_NR");
    // glarma's `alpha` is the size. Its AIC does not count it as a parameter; ours does, as glm.nb's.
    nb.glance_is("theta", case.at("ma125_pearson_negbin_NR/coefficients/alpha_size"), rel(1e-4));
    nb.glance_is("theta_se", case.at("ma125_pearson_negbin_NR/se_from_package_cov/alpha_size"), rel(1e-3));
    assert!((nb.glance("aic") - case.number("ma125_pearson_negbin_NR/aic") - 2.0).abs() < 1e-3);
    // glarma's `likTests` reads the GLM's log-likelihood off glm.nb's AIC, which counts the size: its NB statistic is 2 above
    // twice the difference of the log-likelihoods.
    let poisson = glarma(&case, &["--ma", "1,2,5", "--residual", "pearson"], "model", "ma125_pearson_FS");
    for (fit, path, more) in [(&poisson, "ma125_pearson_FS", 0.0), (&nb, "ma125_pearson_negbin_NR", 2.0)] {
        let table = case.at(&format!("{path}/tests_vs_glm/table"));
        let test = |i: usize| fit.json["tests"][i]["statistic"].as_f64().expect("a statistic");
        let theirs = |i: usize| table[i][0].as_f64().expect("a number");
        assert!((test(0) + more - theirs(0)).abs() < 1e-4, "{path}: {} against {}", test(0), theirs(0));
        assert!((test(1) - theirs(1)).abs() < 1e-3, "{path}: {} against {}", test(1), theirs(1));
    }
}
