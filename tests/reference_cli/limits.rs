//! Covariates far from 0 and zero parts that vanish, against R's `glm` and pscl (`limits_r`).

use crate::run::{Case, Within, abs, rel, same, same_name};

/// Digits that 1e9 + N(0, 1) leaves a double, with room for the solution.
const NEAR: Within = rel(1e-6);

#[test]
fn a_covariate_near_1e9_keeps_its_effect_beside_the_intercept() {
    let Some(case) = Case::open("limits_r") else { return };
    let fit = case.fit(&["--formula", "y ~ x + w + twice", "--family", "poisson", "--interval", "wald"]);
    for column in ["estimate", "std_error"] {
        fit.terms_are(column, case.at(&format!("far/{column}")), NEAR, same_name);
    }
    // Twice w and 1 is a combination for R, and here.
    assert_eq!((case.at("far/kept_by_glm"), case.at("far/dropped_by_glm")), (&true.into(), &true.into()));
    assert!(fit.term("twice")["estimate"].is_null());
}

#[test]
fn a_zero_part_that_may_vanish_has_no_bound_on_its_slopes_and_a_likelihood_ratio() {
    let Some(case) = Case::open("limits_r").map(|c| c.on("zip.csv")) else { return };
    let fit = case.fit(&["--formula", "y ~ x + s", "--family", "zip"]);
    fit.glance_is("log_lik", case.at("zip/log_lik"), rel(1e-8));
    // 2 × drop is at most 0.18 wherever the slope is held: far below 3.84.
    let ratio = 2.0 * (case.number("zip/log_lik") - case.number("zip/poisson"));
    for term in ["zero_x", "zero_s"] {
        let row = fit.term(term);
        assert!(row["conf_low"].is_null() && row["conf_high"].is_null(), "{row}");
        assert_eq!(row["verdict"], "no interval");
    }
    // The constant can fall to −∞ but not rise without end.
    let constant = fit.term("zero_(Intercept)");
    assert!(constant["conf_low"].is_null() && constant["conf_high"].is_number(), "{constant}");
    let report = case.run("effects", &["--formula", "y ~ x + s", "--family", "zip"]);
    let tests = report["tests"].as_array().expect("tests");
    let found = tests.iter().find(|t| t["term"] == "zero_x").expect("its test");
    same("likelihood ratio", &found["likelihood_ratio"]["statistic"], &ratio.into(), abs(1e-6));
}

/// The same where a group is all zero, and the negative binomial takes up what the zero part leaves.
#[test]
fn a_zero_part_that_may_vanish_beside_an_empty_group_has_no_bounds() {
    let Some(case) = Case::open("limits_r").map(|c| c.on("group.csv")) else { return };
    // 2 × drop is at most 3.37 wherever the slope is held: below 3.84.
    assert!(2.0 * (case.number("group/log_lik") - case.number("group/nb2")) < 3.84);
    for link in ["log", "identity", "sqrt"] {
        let fit = case.fit(&["--formula", "y ~ x + g", "--family", "zinb", "--link", link]);
        let row = fit.term("zero_x");
        assert!(row["conf_low"].is_null() && row["conf_high"].is_null(), "{link}: {row}");
        assert_eq!(row["verdict"], "no interval");
    }
}
