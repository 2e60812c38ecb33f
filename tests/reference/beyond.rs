//! Diagnostics, tests and penalised paths against R (versions in each case).

use crate::case::{Case, Columns, all_close, close};
use serde_json::Value;
use tumen::analysis::checks::{self, Residual, cameron_trivedi, dfbeta, durbin_watson, inflation, ljung_box};
use tumen::analysis::hypothesis::test_terms;
use tumen::analysis::subsets::Term;
use tumen::design::Design;
use tumen::model::elastic_net::{self, Settings as Net};
use tumen::model::glm::Regression;
use tumen::model::{Fitted as _, Link, Settings};

fn fit(design: &Design) -> Regression {
    Regression::fit(&Settings::default(), design, &tumen::rng::stream(1, &["reference"])).expect("a fit")
}

fn means(design: &Design, fit: &Regression) -> Vec<f64> {
    design.predictor(&fit.coefficients()).iter().map(|e| e.exp()).collect()
}

fn pearson(design: &Design, fit: &Regression) -> Vec<f64> {
    design.counts.iter().zip(means(design, fit)).map(|(y, m)| (y - m) / m.sqrt()).collect()
}

/// AER's `dispersiontest`, lmtest's `dwtest`.
#[test]
fn overdispersion_of_discoveries() {
    let Some(case) = Case::open("diag_discoveries") else { return };
    let design = Columns::intercept(case.n()).number("t", case.number("t")).design(case.number("count"));
    let fit = fit(&design);
    let ct = cameron_trivedi(&design.counts, &means(&design, &fit));
    for (test, alpha, key) in [(ct.nb1, ct.nb1_alpha, "NB1_trafo1"), (ct.nb2, ct.nb2_alpha, "NB2_trafo2")] {
        let expected = |name: &str| case.value(&format!("/cameron_trivedi/{key}/{name}"));
        close("z", test.statistic, expected("z"), 1e-6, 0.0);
        close("p", test.p_value, expected("p"), 1e-6, 0.0);
        close("alpha", alpha, expected("alpha"), 1e-6, 0.0);
    }
    let all = checks::overdispersion(&design, Link::Log, &tumen::rng::stream(1, &[])).expect("a Poisson fit");
    close("x2", all.pearson.statistic, case.value("/pearson_gof/x2"), 1e-6, 0.0);
    close("df", all.pearson.df, case.value("/pearson_gof/df"), 0.0, 0.0);
    close("p", all.pearson.p_value, case.value("/pearson_gof/p"), 1e-6, 0.0);
    assert_eq!(all.cameron_trivedi.nb2.df, None);
    let residuals = pearson(&design, &fit);
    close("Durbin-Watson", durbin_watson(&residuals), case.value("/durbin_watson_pearson"), 1e-6, 0.0);
}

/// R's `dfbeta`, `acf`, `Box.test`; car's `vif`.
#[test]
fn diagnostics_of_discoveries() {
    let Some(case) = Case::open("glm_poisson_discoveries_hac") else { return };
    let columns = Columns::intercept(case.n()).number("t", case.number("t")).number("t2", case.number("t2"));
    let design = columns.number("war", case.number("war")).design(case.number("count"));
    let fit = fit(&design);
    let moves = dfbeta(&fit, Residual::Deviance);
    for (i, expected) in case.rows("/dfbeta_one_step/rows").iter().enumerate() {
        all_close(&format!("dfbeta {i}"), &moves[i], expected, 1e-6, 1e-12);
    }
    let residuals = pearson(&design, &fit);
    let some = |v: Vec<f64>| v.into_iter().map(Some).collect::<Vec<_>>();
    let r = checks::autocorrelations(&residuals, 10);
    all_close("acf", &some(r), &case.list("/residual_series/acf_pearson_lags_1_to_10"), 1e-6, 1e-10);
    for lags in [1, 5, 10] {
        let test = ljung_box(&residuals, lags, 0);
        let at = |name: &str| case.value(&format!("/residual_series/ljung_box/lag{lags}/{name}"));
        close("Q", test.statistic, at("stat"), 1e-6, 0.0);
        close("p", test.p_value, at("p"), 1e-6, 0.0);
    }
    let terms: Vec<Term> = (1..4).map(|j| Term::of(&design, j)).collect();
    let vif = inflation(&design, &fit.covariance().expect("a covariance"), &terms);
    all_close("vif", &vif.iter().map(|v| v.gvif).collect::<Vec<_>>(), &case.values("/vif/value"), 1e-6, 0.0);
    likelihood_ratios(&case, &design, &terms);
    let summary = fit.summary().expect("a summary");
    let all = checks::check(&design, &fit, &summary, &[], &tumen::rng::stream(1, &[])).expect("checks");
    assert_eq!(all.rootogram.iter().map(|b| b.observed).sum::<f64>(), 100.0);
}

/// R's `drop1(test = "LRT")`; score and Wald tests have no reference here and must be near it.
fn likelihood_ratios(case: &Case, design: &Design, terms: &[Term]) {
    let tested = test_terms(design, &Settings::default(), terms, &tumen::rng::stream(1, &[])).expect("tests");
    for t in &tested {
        let at = |name: &str| match &case.result("/lr_tests_drop1")[&t.term][name] {
            Value::Null => panic!("no {name} of {}", t.term),
            v => v.as_f64().expect("a number"),
        };
        close("df", t.likelihood_ratio.df, at("df"), 0.0, 0.0);
        close("LR", t.likelihood_ratio.statistic, at("lr"), 1e-6, 1e-9);
        close("p", t.likelihood_ratio.p_value, at("p"), 2e-5, 0.0);
        close("score", t.score.statistic, at("lr"), 0.1, 0.05);
        close("Wald", t.wald.statistic, at("lr"), 0.1, 0.05);
        assert_eq!((t.score.df, t.wald.df), (t.likelihood_ratio.df, t.likelihood_ratio.df));
    }
}

/// car's generalised VIF, and `drop1` of an interaction of two degrees of freedom.
#[test]
fn inflation_of_warpbreaks() {
    let Some(case) = Case::open("glm_poisson_warpbreaks") else { return };
    let (wool, tension) = (("wool", &["A", "B"][..]), ("tension", &["L", "M", "H"][..]));
    let columns = Columns::intercept(case.n()).factor(&case, "wool", wool.1).factor(&case, "tension", tension.1);
    let design = columns.interaction(&case, wool, tension).design(case.number("breaks"));
    let term = |name: &str, columns: &[usize]| Term { name: name.into(), columns: columns.to_vec() };
    let terms = [term("wool", &[1]), term("tension", &[2, 3]), term("wool:tension", &[4, 5])];
    let fit = fit(&design);
    let vif = inflation(&design, &fit.covariance().expect("a covariance"), &terms);
    for (v, expected) in vif.iter().zip(case.rows("/vif/value/rows")) {
        close("GVIF", v.gvif, expected[0], 1e-6, 0.0);
        assert_eq!(v.df as f64, expected[1]);
        close("scaled", v.scaled, expected[2], 1e-6, 0.0);
    }
    likelihood_ratios(&case, &design, &terms[2..]);
}

/// glmnet's Poisson lasso.
#[test]
fn lasso_path_of_quine() {
    let Some(case) = Case::open("glmnet_poisson_lasso") else { return };
    let names: Vec<String> =
        case.result("/columns").as_array().expect("names").iter().map(|v| v.as_str().unwrap_or("").into()).collect();
    let columns = names.iter().fold(Columns::intercept(case.n()), |c, name| c.number(name, case.number(name)));
    let design = columns.design(case.number("Days"));
    let settings = Net { lambda: case.list("/lasso/lambda"), ..Net::default() };
    let path = elastic_net::path(&design, &settings).expect("a path");
    let at = |j: usize| path.points.iter().map(|p| Some(p.coefficients[j])).collect::<Vec<_>>();
    all_close("intercept", &at(0), &case.list("/lasso/intercept"), 0.0, 1e-5);
    for (j, expected) in case.rows("/lasso/beta").iter().enumerate() {
        all_close(&names[j], &at(j + 1), expected, 0.0, 1e-5);
    }
    let ratio: Vec<Option<f64>> = path.points.iter().map(|p| p.dev_ratio).collect();
    all_close("dev.ratio", &ratio, &case.list("/lasso/dev_ratio"), 0.0, 1e-7);
    let df: Vec<Option<f64>> = path.points.iter().map(|p| Some(p.df as f64)).collect();
    all_close("df", &df, &case.list("/lasso/df"), 0.0, 0.0);
    close("null deviance", path.null_deviance, case.value("/lasso/nulldev"), 1e-9, 0.0);
    let automatic = elastic_net::path(&design, &Net { count: 2, ..Net::default() }).expect("a path");
    close("largest lambda", Some(automatic.points[0].lambda), case.value("/auto_lambda_max"), 1e-9, 0.0);
}
