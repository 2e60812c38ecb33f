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
