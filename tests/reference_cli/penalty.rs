//! Elastic nets against R's glmnet, through the command line.

use crate::run::{Case, Within, abs, same_name};

/// glmnet's stopping rule leaves 1e-5 in the coefficients (the case says so).
const NEAR: Within = abs(1e-5);

#[test]
fn the_lasso_of_quine_at_each_penalty() {
    let Some(case) = Case::open("glmnet_poisson_lasso") else { return };
    let base = ["--formula", "Days ~ .", "--model", "elastic-net", "--alpha", "1"];
    let lambdas = case.at("lasso/lambda").as_array().expect("penalties");
    let columns = case.at("columns").as_array().expect("names");
    for (k, lambda) in lambdas.iter().enumerate() {
        let text = lambda.to_string();
        let fit = case.fit(&[&base[..], &["--lambda", &text]].concat());
        for (name, beta) in columns.iter().zip(case.at("lasso/beta").as_array().expect("rows")) {
            let want = serde_json::json!({ name.as_str().expect("a name"): beta[k] });
            // A column whose own name holds a colon stands in backticks, as in R.
            let ours = |n: &str| if n.contains(':') { format!("`{n}`") } else { n.into() };
            fit.terms_are("estimate", &want, NEAR, ours);
        }
        let want = serde_json::json!({ "(Intercept)": case.at("lasso/intercept")[k] });
        fit.terms_are("estimate", &want, NEAR, same_name);
        assert!(fit.json["terms"].as_array().expect("terms").iter().all(|t| t["std_error"].is_null()));
        let point = &fit.json["path"]["points"][0];
        crate::run::same("dev_ratio", &point["dev_ratio"], &case.at("lasso/dev_ratio")[k], abs(1e-7));
        assert_eq!(point["df"], case.at("lasso/df")[k]);
        assert!(fit.json["model"]["interval"].is_null());
    }
}

#[test]
fn other_mixings_families_and_offsets() {
    let Some(case) = Case::open("elastic_net_r") else { return };
    for (name, family, response) in [
        ("poisson_half", "poisson", "count ~ t + t2 + war + s + exposure(e)"),
        ("poisson_ridge", "poisson", "count ~ t + t2 + war + s + exposure(e)"),
        ("log1p_lasso", "gaussian-log1p", "count ~ t + t2 + war + s"),
        ("log1p_half", "gaussian-log1p", "count ~ t + t2 + war + s"),
        ("log1p_offset", "gaussian-log1p", "count ~ t + t2 + war + s + exposure(e)"),
        ("log1p_ridge", "gaussian-log1p", "count ~ t + t2 + war + s"),
    ] {
        let text = |what: &str| case.at(&format!("{name}/{what}")).to_string();
        let (alpha, lambda) = (text("alpha"), text("lambda"));
        let flags = ["--model", "elastic-net", "--alpha", &alpha, "--lambda", &lambda, "--family", family];
        let fit = case.fit(&[&["--formula", response], &flags[..]].concat());
        fit.terms_are("estimate", case.at(&format!("{name}/coefficients")), NEAR, same_name);
        crate::run::same(
            "dev_ratio",
            &fit.json["path"]["points"][0]["dev_ratio"],
            case.at(&format!("{name}/dev_ratio")),
            abs(1e-6),
        );
    }
}

#[test]
fn the_penalty_is_chosen_by_the_rule_asked_for_and_forecasts_and_back_tests_work() {
    let Some(case) = Case::open("elastic_net_r") else { return };
    let base = ["--formula", "count ~ t + t2 + war + s", "--model", "elastic-net", "--family", "nb2"];
    for rule in ["aicc", "bic", "cv"] {
        let fit = case.fit(&[&base[..], &["--lambda", rule]].concat());
        let path = &fit.json["path"];
        assert_eq!(path["rule"], rule);
        let key = if rule == "cv" { "held_out" } else { rule };
        let points = path["points"].as_array().expect("points");
        assert_eq!(points.len(), 100);
        let value = |p: &serde_json::Value| p[key].as_f64().expect("a number");
        let least = points.iter().min_by(|a, b| value(a).total_cmp(&value(b))).expect("a least");
        assert_eq!(least["lambda"], path["lambda"], "{rule}");
    }
    let report = case.run("backtest", &[&base[..], &["--from", "95", "--horizon", "1", "--ex-post"]].concat());
    assert!(report["summary"].to_string().contains("elastic-net"));
}
