//! Generalised linear models of counts: Poisson, quasi-Poisson, negative binomial, extra zeros.

use crate::run::{Case, Fit, Within, abs, rel, same_name};
use serde_json::{Value, json};

const WARPBREAKS: &str = "breaks ~ wool * C(tension, ref=L)";
const DISCOVERIES: &str = "count ~ t + t2 + war";
const QUINE: &str = "Days ~ Eth + Sex + Age + Lrn";

/// The statistics of a fit by our field and the path in the case.
fn statistics(case: &Case, fit: &Fit, pairs: &[(&str, &str)], within: Within) {
    for (field, path) in pairs {
        fit.glance_is(field, case.at(path), within);
    }
}

fn residuals(case: &Case, fit: &Fit, pairs: &[(&str, &str)], within: Within) {
    for (column, path) in pairs {
        fit.rows_are(column, case.at(path), within);
    }
}

/// One column of a matrix of intervals, by the names of the coefficients.
fn bounds(case: &Case, path: &str, column: usize) -> Value {
    let names = case.at("coefficients").as_object().expect("coefficients").keys();
    let rows = case.at(&format!("{path}/rows")).as_array().expect("rows");
    Value::Object(names.zip(rows).map(|(n, row)| (n.clone(), row[column].clone())).collect())
}

fn poisson(name: &'static str, formula: &str) {
    let Some(case) = Case::open(name) else { return };
    let fit = case.fit(&["--formula", formula, "--family", "poisson"]);
    fit.terms_are("estimate", case.at("coefficients"), rel(1e-7), same_name);
    fit.terms_are("std_error", case.at("se/model_expected_information_dispersion_1"), rel(1e-6), same_name);
    fit.terms_are("statistic", case.at("z_and_p_model/z"), rel(1e-6), same_name);
    fit.terms_are("p_value", case.at("z_and_p_model/p"), Within { rel: 1e-6, abs: 1e-15 }, same_name);
    let same = ["df", "aic", "bic", "aicc", "deviance", "null_deviance", "df_residual", "pearson_chi2"];
    statistics(&case, &fit, &same.map(|s| (s, s)), abs(1e-7));
    statistics(&case, &fit, &[("log_lik", "loglik"), ("dispersion", "dispersion_pearson")], abs(1e-7));
    let rows = [
        ("residual_response", "residuals/response"),
        ("residual_pearson", "residuals/pearson"),
        ("residual_deviance", "residuals/deviance"),
        ("pit_low", "residuals/randomized_quantile_bounds_lower_F_y_minus_1"),
        ("pit_high", "residuals/randomized_quantile_bounds_upper_F_y"),
        ("fitted", "fitted"),
        ("hat", "hat"),
        ("cooks_distance", "cooks_distance"),
    ];
    residuals(&case, &fit, &rows, Within { rel: 1e-6, abs: 1e-12 });
    for kind in ["hc0", "hc1", "hc2", "hc3"] {
        let fit = case.fit(&["--formula", formula, "--vcov", kind]);
        let want = case.at(&format!("se/sandwich/{}", kind.to_uppercase()));
        fit.terms_are("std_error", want, rel(1e-6), same_name);
    }
    let quasi = case.fit(&["--formula", formula, "--family", "quasipoisson"]);
    quasi.terms_are("std_error", case.at("se_quasipoisson"), rel(1e-6), same_name);
    assert!(quasi.json["glance"]["aic"].is_null() && quasi.json["glance"]["log_lik"].is_null());
    // MASS interpolates the profile with a spline through steps of the signed root: four digits.
    for (kind, within) in [("wald", rel(1e-6)), ("profile", Within { rel: 1e-4, abs: 1e-5 })] {
        let fit = case.fit(&["--formula", formula, "--interval", kind]);
        fit.terms_are("conf_low", &bounds(&case, &format!("ci95_{kind}"), 0), within, same_name);
        fit.terms_are("conf_high", &bounds(&case, &format!("ci95_{kind}"), 1), within, same_name);
    }
}

#[test]
fn warpbreaks_with_an_interaction_and_a_reference_level() {
    poisson("glm_poisson_warpbreaks", WARPBREAKS);
}

#[test]
fn discoveries_by_year() {
    poisson("glm_poisson_discoveries_hac", DISCOVERIES);
    let Some(case) = Case::open("glm_poisson_discoveries_hac") else { return };
    for (vcov, path) in [
        ("hac:1", "newey_west_lag1_adjustFALSE"),
        ("hac:4", "newey_west_lag4_adjustFALSE"),
        ("hac", "newey_west_auto/se_adjustFALSE"),
    ] {
        let fit = case.fit(&["--formula", DISCOVERIES, "--vcov", vcov]);
        fit.terms_are("std_error", case.at(&format!("se/hac_sandwich/{path}")), rel(1e-6), same_name);
    }
}

#[test]
fn awkward_designs() {
    let Some(case) = Case::open("glm_poisson_awkward") else { return };
    let collinear = case.fit(&["--formula", "y ~ x1 + x2"]);
    collinear.terms_are("estimate", case.at("collinear/coefficients_null_means_aliased"), rel(1e-7), same_name);
    collinear.glance_is("log_lik", case.at("collinear/loglik"), rel(1e-9));
    collinear.glance_is("deviance", case.at("collinear/deviance"), rel(1e-9));
    assert!(collinear.term("x2")["verdict"].as_str().expect("a verdict").starts_with("dropped: collinear with"));
    let separated = case.fit(&["--formula", "y ~ x1 + g"]);
    separated.terms_are("estimate", case.at("all_zero_group/coefficients_without_group_z"), rel(1e-7), same_name);
    assert!(separated.term("gz")["estimate"].is_null() && separated.term("gz")["std_error"].is_null());
    separated.glance_is("log_lik", case.at("all_zero_group/loglik"), abs(1e-8));
    let scaled = case.fit(&["--formula", "y ~ I(x1 * 1e9)", "--end", "9"]);
    let want = json!({ "(Intercept)": case.at("scale_1e9/coefficients/(Intercept)"),
        "I(x1 * 1e+09)": case.at("scale_1e9/coefficients/x1") });
    let ours = scaled.json["terms"][1]["term"].as_str().expect("a name").to_string();
    scaled.terms_are("estimate", &want, rel(1e-7), |n| if n.starts_with('I') { ours.clone() } else { n.into() });
    scaled.glance_is("log_lik", case.at("scale_1e9/loglik"), abs(1e-7));
}

#[test]
fn residuals_of_discoveries_give_pearsons_test_and_durbin_watson() {
    let Some(case) = Case::open("diag_discoveries") else { return };
    let fit = case.fit(&["--formula", "count ~ t"]);
    fit.glance_is("pearson_chi2", case.at("pearson_gof/x2"), rel(1e-6));
    fit.glance_is("df_residual", case.at("pearson_gof/df"), rel(0.0));
    let e: Vec<f64> = fit.json["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|r| r["residual_pearson"].as_f64().expect("a number"))
        .collect();
    let dw = e.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f64>() / e.iter().map(|e| e * e).sum::<f64>();
    assert!((dw - case.number("durbin_watson_pearson")).abs() < 1e-6);
}

#[test]
fn quine_by_glm_nb() {
    let Some(case) = Case::open("nb_quine_glmnb") else { return };
    let fit = case.fit(&["--formula", QUINE, "--family", "nb2"]);
    fit.terms_are("estimate", case.at("coefficients"), rel(1e-6), same_name);
    fit.terms_are("std_error", case.at("se/glm_nb_summary_expected_information_theta_fixed"), rel(1e-4), same_name);
    statistics(&case, &fit, &[("theta", "theta"), ("alpha", "alpha")], rel(1e-5));
    fit.glance_is("theta_se", case.at("se_theta/glm_nb_SE.theta_beta_fixed_observed"), rel(1e-4));
    let same = [
        ("log_lik", "loglik"),
        ("df", "df_counting_theta"),
        ("aic", "aic"),
        ("bic", "bic"),
        ("df_residual", "df_residual"),
    ];
    statistics(&case, &fit, &same, abs(1e-6));
    let at_theta = [
        ("deviance", "deviance_at_theta_hat"),
        ("null_deviance", "null_deviance_at_theta_hat"),
        ("pearson_chi2", "pearson_chi2"),
    ];
    statistics(&case, &fit, &at_theta, rel(1e-6));
    let rows = [
        ("residual_response", "residuals/response"),
        ("residual_pearson", "residuals/pearson"),
        ("residual_deviance", "residuals/deviance"),
        ("pit_low", "residuals/quantile_bounds_lower"),
        ("pit_high", "residuals/quantile_bounds_upper"),
        ("fitted", "fitted"),
        ("hat", "hat"),
        ("cooks_distance", "cooks_distance"),
    ];
    residuals(&case, &fit, &rows, Within { rel: 1e-5, abs: 1e-9 });
    for (vcov, path) in [
        ("observed", "se/joint_observed_information"),
        ("hc0", "se/sandwich_HC0_theta_fixed"),
        ("hc1", "se/sandwich_HC1_theta_fixed"),
        ("hc3", "se/sandwich_HC3_theta_fixed"),
    ] {
        let fit = case.fit(&["--formula", QUINE, "--family", "nb2", "--vcov", vcov]);
        fit.terms_are("std_error", case.at(path), rel(1e-4), same_name);
    }
    let joint = case.fit(&["--formula", QUINE, "--family", "nb2", "--vcov", "observed"]);
    joint.glance_is("theta_se", case.at("se_theta/joint_observed_information"), rel(1e-4));
}

/// `C(Eth)[T.N]` of patsy is `EthN` here.
fn from_patsy(name: &str) -> String {
    match name.strip_prefix("C(").and_then(|n| n.split_once(")[T.")) {
        Some((factor, level)) => format!("{factor}{}", level.trim_end_matches(']')),
        None => "(Intercept)".into(),
    }
}

#[test]
fn quine_by_statsmodels() {
    let Some(case) = Case::open("nb_quine_statsmodels") else { return };
    for family in ["nb1", "nb2"] {
        for formula in [QUINE, "Days ~ C(Eth) + C(Sex) + C(Age) + C(Lrn)"] {
            let fit = case.fit(&["--formula", formula, "--family", family, "--vcov", "observed"]);
            let at = |what: &str| case.at(&format!("{family}/{what}"));
            fit.terms_are("estimate", at("coefficients"), rel(1e-5), from_patsy);
            fit.terms_are("std_error", at("se_joint_observed_information"), rel(1e-4), from_patsy);
            fit.glance_is("alpha", at("alpha"), rel(1e-5));
            for (field, path) in [("log_lik", "loglik"), ("aic", "aic"), ("bic", "bic"), ("df_residual", "df_resid")] {
                fit.glance_is(field, at(path), abs(1e-6));
            }
            fit.rows_are("fitted", at("fitted_first10"), rel(1e-5));
            fit.rows_are("residual_response", at("residual_response_first10"), rel(1e-5));
        }
    }
}

#[test]
fn an_underdispersed_series_falls_back_to_the_poisson_and_says_so() {
    let Some(case) = Case::open("nb_boundary_underdispersed") else { return };
    let fit = case.fit(&["--formula", "y ~ t", "--family", "nb2"]);
    fit.terms_are("estimate", case.at("poisson/coefficients"), rel(1e-4), same_name);
    fit.glance_is("log_lik", case.at("poisson/loglik"), abs(1e-9));
    assert!(fit.json["glance"]["theta"].is_null());
    assert!(fit.json["warnings"].to_string().contains("no overdispersion"));
}

#[test]
fn extra_zeros_in_biochem() {
    let terms = "fem + C(mar, ref=Single) + kid5 + phd + ment";
    for (name, family) in [("zip_biochem", "zip"), ("hurdle_nb_biochem", "hurdle-nb2")] {
        let Some(case) = Case::open(name) else { continue };
        // pscl's `y ~ x` has the same columns in both parts, as `y ~ x | x`.
        for formula in [format!("art ~ {terms}"), format!("art ~ {terms} | {terms}")] {
            let fit = case.fit(&["--formula", &formula, "--family", family]);
            let ours = |n: &str| n.strip_prefix("count_").unwrap_or(n).to_string();
            fit.terms_are("estimate", case.at("coefficients"), Within { rel: 1e-4, abs: 1e-6 }, ours);
            fit.terms_are("std_error", case.at("se"), rel(1e-3), ours);
            fit.glance_is("log_lik", case.at("loglik"), abs(1e-5));
            fit.glance_is("aic", case.at("aic"), abs(2e-5));
            fit.glance_is("bic", case.at("bic"), abs(2e-5));
            fit.glance_is("df", case.at("df"), rel(0.0));
            fit.glance_is("theta", case.at("theta"), rel(1e-4));
            fit.rows_are("fitted", case.at("mean_first10"), rel(1e-4));
            fit.rows_are("residual_pearson", case.at("residuals_pearson_first10"), Within { rel: 1e-4, abs: 1e-5 });
        }
    }
}

/// pscl maximises by BFGS on numerical gradients: four digits.
#[test]
fn zeros_with_offsets_in_both_parts_and_their_profiles() {
    let Some(case) = Case::open("zeros_r") else { return };
    for family in ["zip", "zinb", "hurdle-poisson", "hurdle-nb2"] {
        let arguments =
            ["--formula", "y ~ x + exposure(e) | z + offset(w)", "--family", family, "--interval", "profile"];
        let fit = case.fit(&arguments);
        let at = |what: &str| case.at(&format!("{family}/{what}"));
        fit.terms_are("estimate", at("coefficients"), Within { rel: 1e-4, abs: 1e-5 }, same_name);
        fit.terms_are("std_error", at("se"), rel(1e-3), same_name);
        fit.glance_is("log_lik", at("loglik"), abs(1e-5));
        fit.glance_is("theta", at("theta"), rel(1e-4));
        for term in ["x", "zero_z"] {
            for (field, end) in [("conf_low", "low"), ("conf_high", "high")] {
                let want = json!({ term: at(&format!("profile/{term}/{end}")) });
                fit.terms_are(field, &want, Within { rel: 1e-4, abs: 1e-5 }, same_name);
            }
        }
        assert_eq!(fit.json["model"]["interval"], "profile");
    }
}

/// Two bootstraps of some thousand replicates each: standard errors within their Monte Carlo error of 2%, ends within a
/// tenth of one.
#[test]
fn bootstrap_errors_and_percentiles_are_those_of_a_loop_in_r() {
    let Some(case) = Case::open("bootstrap_r") else { return };
    for (kind, path, block) in [("bootstrap", "parametric", json!(null)), ("bootstrap:block:5", "block5", json!(5))] {
        let fit = case.fit(&["--formula", DISCOVERIES, "--interval", kind, "--bootstrap", "4000"]);
        let se = case.at(&format!("{path}/se")).as_object().expect("errors");
        fit.terms_are("std_error", case.at(&format!("{path}/se")), rel(0.06), same_name);
        for (field, end) in [("conf_low", "low"), ("conf_high", "high")] {
            for (name, error) in se {
                let want = json!({ name.as_str(): case.at(&format!("{path}/{end}"))[name] });
                fit.terms_are(field, &want, abs(0.15 * error.as_f64().expect("a number")), same_name);
            }
        }
        let model = &fit.json["model"];
        assert_eq!((&model["interval"], &model["bootstrap"]["block"]), (&json!("bootstrap"), &block));
        let number = |field: &str| model["bootstrap"][field].as_u64().expect("a number");
        assert_eq!(number("replicates") + number("failed"), 4000);
    }
}

/// The same of models with extra zeros, against a loop over pscl's fits.
#[test]
fn bootstraps_with_extra_zeros_are_those_of_a_loop_over_pscl() {
    let Some(case) = Case::open("bootstrap_zeros_r") else { return };
    let formula = "y ~ x + offset(log(e)) | z + offset(w)";
    for family in ["zip", "zinb", "hurdle-poisson", "hurdle-nb2"] {
        for (kind, path) in [("bootstrap", "parametric"), ("bootstrap:block:6", "block6")] {
            let arguments = ["--formula", formula, "--family", family, "--interval", kind, "--bootstrap", "2000"];
            let fit = case.fit(&arguments);
            let path = format!("{family}/{path}");
            let se = case.at(&format!("{path}/se"));
            fit.terms_are("std_error", se, rel(0.08), same_name);
            for (field, end) in [("conf_low", "low"), ("conf_high", "high")] {
                for (name, error) in se.as_object().expect("errors") {
                    let want = json!({ name.as_str(): case.at(&format!("{path}/{end}"))[name] });
                    fit.terms_are(field, &want, abs(0.25 * error.as_f64().expect("a number")), same_name);
                }
            }
            let bootstrap = &fit.json["model"]["bootstrap"];
            let number = |field: &str| bootstrap[field].as_u64().expect("a number");
            assert_eq!(
                (&fit.json["model"]["interval"], number("replicates") + number("failed")),
                (&json!("bootstrap"), 2000)
            );
            assert!(number("failed") < 20);
        }
    }
}

/// Replicates without finite estimates are said in the table and on standard error.
#[test]
fn failed_replicates_are_told() {
    let Some(case) = Case::open("limits_r") else { return };
    let case = case.on("zip.csv");
    let arguments = ["--formula", "y ~ x", "--family", "zip", "--interval", "bootstrap", "--bootstrap", "99"];
    let fit = case.fit(&arguments);
    let failed = fit.json["model"]["bootstrap"]["failed"].as_u64().expect("a number");
    let told = fit.json["warnings"].as_array().expect("warnings").iter().any(|w| {
        let w = w.as_str().unwrap_or_default();
        w.starts_with(&format!("{failed} of 99 bootstrap replicates had no finite estimates"))
            && w.ends_with("too narrow")
    });
    assert!(failed > 5 && told, "{failed}: {}", fit.json["warnings"]);
}

/// Counts a little more dispersed than the Poisson's: profiles run to the least ν, and have ends all the same.
#[test]
fn conway_maxwell_poisson_has_intervals_where_counts_are_overdispersed() {
    let Some(case) = Case::open("glm_poisson_discoveries_hac") else { return };
    let fit = case.fit(&["--formula", DISCOVERIES, "--family", "compoisson", "--interval", "profile"]);
    assert!(fit.glance("alpha") < 1.0);
    for t in fit.json["terms"].as_array().expect("terms") {
        let at = |field: &str| t[field].as_f64().expect("a number");
        let (low, b, high, se) = (at("conf_low"), at("estimate"), at("conf_high"), at("std_error"));
        assert!((1.5..2.5).contains(&((b - low) / se)) && (1.5..2.5).contains(&((high - b) / se)), "{t}");
    }
}
