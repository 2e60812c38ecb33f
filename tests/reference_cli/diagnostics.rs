//! Tests of terms and diagnostics against R's car and lmtest and statsmodels, through `effects` and `fit`.

use crate::run::{Case, Within, abs, rel, same};
use serde_json::Value;

const QUINE: &str = "Days ~ Eth + Sex + Age + Lrn";

fn named<'a>(list: &'a Value, term: &str) -> &'a Value {
    list.as_array().expect("a list").iter().find(|t| t["term"] == term).expect("the term")
}

#[test]
fn tests_of_terms_of_quine() {
    let (Some(data), Some(want)) = (Case::open("nb_quine_glmnb"), Case::open("diagnostics_r")) else { return };
    for (family, kinds) in
        [("poisson", &["score", "likelihood_ratio", "wald"][..]), ("nb2", &["likelihood_ratio", "wald"])]
    {
        let report = data.run("effects", &["--formula", QUINE, "--family", family]);
        for kind in kinds {
            for (term, value) in want.at(&format!("{family}/{kind}")).as_object().expect("terms") {
                let ours = &named(&report["tests"], term)[kind];
                same(&format!("{family} {kind} of {term}"), &ours["statistic"], value, rel(1e-5));
                assert_eq!(ours["df"], if term == "Age" { 3.0 } else { 1.0 });
            }
        }
        if family == "poisson" {
            checks(&report["checks"], &want);
        }
    }
}

fn checks(ours: &Value, want: &Case) {
    for (term, value) in want.at("gvif").as_object().expect("terms") {
        same(term, &named(&ours["inflation"], term)["gvif"], value, rel(1e-6));
    }
    same("condition number", &ours["condition_number"], want.at("condition_number"), rel(1e-6));
    let rows = ours["influence"]["rows"].as_array().expect("rows");
    for (row, path) in [(0, "dfbetas_pearson_row1"), (39, "dfbetas_pearson_row40")] {
        let want = want.at(path).as_object().expect("coefficients").values();
        for (a, b) in rows[row]["dfbetas"].as_array().expect("a list").iter().zip(want) {
            same("dfbetas", a, b, Within { rel: 1e-6, abs: 1e-10 });
        }
    }
    assert!(!ours["rootogram"].as_array().expect("bars").is_empty());
    assert!(ours["serial"]["ljung_box"]["p_value"].is_number() && ours["zeros"]["expected"].is_number());
}

#[test]
fn anscombe_residuals() {
    let (Some(data), Some(want)) = (Case::open("nb_quine_glmnb"), Case::open("diagnostics_r")) else { return };
    let poisson = data.fit(&["--formula", QUINE]);
    poisson.rows_are("residual_anscombe", want.at("anscombe_poisson_first10"), rel(1e-6));
    let text = std::fs::read_to_string(want.data().with_file_name("anscombe.json")).expect("statsmodels' residuals");
    let python: Value = serde_json::from_str(&text).expect("JSON");
    let fit = data.fit(&["--formula", QUINE, "--family", "nb2"]);
    fit.rows_are("residual_anscombe", &python["anscombe"], abs(1e-4));
}

/// A factor whose last level has met only zeros: R's estimates run off; here it is named, tested and kept in every subset.
#[test]
fn a_level_that_met_only_zeros_keeps_the_other_analyses() {
    let Some(case) = Case::open("glm_poisson_awkward") else { return };
    let report = case.run("effects", &["--formula", "y ~ x1 + g", "--subsets"]);
    let notes = report["notes"].to_string();
    assert!(notes.contains("leave out `gz`"), "{notes}");
    assert!(report["subsets"]["always_in"].as_array().expect("a list").iter().any(|t| t == "g"));
    assert!(named(&report["subsets"]["inclusion"], "x1")["aicc"].is_number());
    assert!(named(&report["marginal"], "x1")["estimate"].is_number());
    let g = named(&report["tests"], "g");
    assert!(g["wald"]["statistic"].is_null() && g["score"]["statistic"].is_number());
    let gz = named(&report["terms"], "gz");
    assert!(gz["estimate"].is_null() && gz["conf_low"].is_null() && gz["conf_high"].is_number());
}

/// Rao's tests and one-step Cook's distances by numeric derivatives in R; of the hurdle's zero part also by `anova` and
/// `cooks.distance` of the logistic regression.
#[test]
fn score_tests_and_cooks_distances_with_extra_zeros() {
    let Some(case) = Case::open("zeros_score_r") else { return };
    for family in ["zip", "zinb", "hurdle-poisson", "hurdle-nb2"] {
        let arguments = ["--formula", "y ~ a + b + c | a", "--family", family];
        let report = case.run("effects", &arguments);
        let want = case.at(&format!("{family}/score")).as_array().expect("statistics");
        for (term, value) in ["a", "zero_a", "a, both parts", "b", "c"].iter().zip(want) {
            let ours = &named(&report["tests"], term)["score"];
            same(&format!("{family}: score of {term}"), &ours["statistic"], value, rel(1e-7));
            assert_eq!(ours["df"], if term.ends_with("parts") { 2.0 } else { 1.0 });
        }
        if family.starts_with("hurdle") {
            let zero = &named(&report["tests"], "zero_a")["score"]["statistic"];
            same("Rao's test of the logit", zero, case.at("logit/rao"), rel(1e-6));
        }
        let fit = case.fit(&arguments);
        fit.rows_are("cooks_distance", case.at(&format!("{family}/cook")), Within { rel: 1e-6, abs: 1e-10 });
        let absent: Vec<&Value> = fit.json["absent"].as_array().expect("a list").iter().collect();
        let of = |field: &str| {
            absent.iter().any(|a| a["statistics"].as_array().is_some_and(|s| s.iter().any(|s| s == field)))
        };
        for field in ["hat", "residual_deviance", "residual_anscombe"] {
            assert!(fit.json["rows"][0][field].is_null() && of(field), "{family}: {field}");
        }
    }
    assert!(case.fit(&["--formula", "y ~ a"]).json["absent"].is_null());
}

/// In a hurdle with a constant count part, what a row adds to D beyond the count part's share is the logistic regression's.
#[test]
fn cooks_distance_of_a_hurdle_is_the_sum_of_its_parts() {
    let Some(case) = Case::open("zeros_score_r") else { return };
    let rows = |formula: &str, parameters: f64| -> Vec<(f64, f64)> {
        let fit = case.fit(&["--formula", formula, "--family", "hurdle-poisson"]);
        let rows = fit.json["rows"].as_array().expect("rows").iter();
        rows.map(|r| (r["observed"].as_f64().unwrap(), parameters * r["cooks_distance"].as_f64().unwrap())).collect()
    };
    let (with, without) = (rows("y ~ a + b + c | a", 6.0), rows("y ~ 1 | a", 3.0));
    let logit = case.at("logit/cook").as_array().expect("a list");
    for (((y, all), (_, less)), zero) in with.iter().zip(&without).zip(logit) {
        let zero = 2.0 * zero.as_f64().unwrap();
        // A zero says nothing of the count part.
        if *y == 0.0 {
            assert!((all - zero).abs() < 1e-7 * (1.0 + zero) && (less - zero).abs() < 1e-7, "{all} {less} {zero}");
        } else {
            assert!(*all > zero - 1e-9 && *less > zero - 1e-9);
        }
    }
}
