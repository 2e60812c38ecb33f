//! A rolling back-test of 20 origins: the fit at each origin to R's figures, and the command over all of them.

use crate::run::{Case, abs, rel, same};
use serde_json::{Value, json};

const FORMULA: &str = "y ~ x1 + x2 + x3 + x4 + x5";

fn number(v: &Value) -> f64 {
    v.as_f64().expect("a number")
}

fn table(case: &Case) -> Vec<Vec<f64>> {
    let mut reader = csv::Reader::from_path(case.data()).expect("the data");
    reader.deserialize().map(|r| r.expect("numbers")).collect()
}

#[test]
fn each_origin_has_the_mean_and_size_of_glm_nb() {
    let Some(case) = Case::open("backtest_roll46") else { return };
    let rows = table(&case);
    for origin in case.at("per_origin").as_array().expect("origins") {
        let last = origin["origin"].as_u64().expect("an origin") as usize;
        for (family, field) in [("poisson", "poisson_mean"), ("nb2", "nb_mean")] {
            let fit = case.fit(&["--formula", FORMULA, "--family", family, "--end", &last.to_string()]);
            assert_eq!(fit.json["glance"]["nobs"], last as u64);
            let b = |t: &str| number(&fit.term(t)["estimate"]);
            let eta = b("(Intercept)") + (1..=5).map(|j| b(&format!("x{j}")) * rows[last][j]).sum::<f64>();
            same(field, &json!(eta.exp()), &origin[field], rel(1e-6));
            if family == "nb2" {
                fit.glance_is("theta", &origin["theta"], rel(1e-5));
            }
        }
    }
}

/// Scores of the glm by origin, with the covariates of the forecast row known.
fn ex_post(report: &Value, score: &str) -> Vec<(f64, f64)> {
    let scores = report["scores"].as_array().expect("scores");
    let wanted = |s: &&Value| s["model"] == "glm" && s["information"] == "ex_post" && s["score"] == score;
    scores.iter().filter(wanted).map(|s| (number(&s["observed"]), number(&s["value"]))).collect()
}

/// The case takes the parameters as known; a predictive distribution does not, so scores come near and no nearer:
/// the mean CRPS of 20 one-step forecasts within a tenth, the log score of the far too narrow Poisson is lower.
#[test]
fn the_command_forecasts_from_every_origin() {
    let Some(case) = Case::open("backtest_roll46") else { return };
    let origins = case.at("per_origin").as_array().expect("origins");
    for (family, path) in [("poisson", "poisson"), ("nb2", "nb")] {
        let arguments = ["--formula", FORMULA, "--family", family, "--from", "26", "--to", "45", "--horizon", "1"];
        let report = case.run("backtest", &[&arguments[..], &["--ex-post"]].concat());
        assert_eq!(report["schema"], "tumen/backtest/1");
        let crps = ex_post(&report, "crps");
        assert_eq!(crps.len(), origins.len());
        for ((observed, _), origin) in crps.iter().zip(origins) {
            assert_eq!(*observed, number(&origin["y"]));
        }
        let mean = |list: &[(f64, f64)]| list.iter().map(|s| s.1).sum::<f64>() / list.len() as f64;
        same("crps", &json!(mean(&crps)), case.at(&format!("summary/{path}/mean_rps")), rel(0.1));
        let log = mean(&ex_post(&report, "log_score"));
        let plug_in = case.number(&format!("summary/{path}/mean_log"));
        assert!(if family == "poisson" { log < plug_in } else { (log - plug_in).abs() < 0.1 }, "{log} {plug_in}");
        let summary = report["summary"].as_array().expect("a summary").iter();
        let own = summary.clone().find(|s| s["model"] == "glm" && s["information"] == "ex_post").expect("the glm");
        assert_eq!(own["targets"], 20);
        let skill = 1.0
            - mean(&crps) / {
                let base = summary.clone().find(|s| s["model"] == "log-rw" && s["horizon"].is_null()).expect("log-rw");
                let crps = base["scores"].as_array().expect("scores").iter().find(|s| s["score"] == "crps");
                number(&crps.expect("its crps")["value"])
            };
        same("skill", &own["skill"], &json!(skill), abs(1e-12));
    }
}
