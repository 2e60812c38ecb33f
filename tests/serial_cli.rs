//! What INGARCH and GLARMA fits say of themselves at the command line: kind of interval, bounds, models without lags.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

/// A command on the weekly Salmonella Agona counts of R's tscount (`tests/reference`): its output.
fn run(command: &str, arguments: &[&str]) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/ingarch_salmonella_agona/data.csv");
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    c.arg(command).arg(data).args(["--formula", "observed ~ 1", "--quiet"]).args(arguments);
    let out = c.output().expect("it runs");
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// The first fit of the JSON.
fn fit(arguments: &[&str]) -> Value {
    let out = run("fit", &[arguments, &["--format", "json"]].concat());
    let mut json: Value = serde_json::from_slice(&out).expect("JSON");
    json["fits"][0].take()
}

fn warnings(fit: &Value) -> String {
    fit["warnings"].to_string()
}

const LAGS: [&str; 8] = ["--model", "ingarch", "--past-obs", "1", "--past-mean", "1", "--family", "nb2"];

#[test]
fn the_kind_of_interval_is_said() {
    let of = |more: &[&str]| {
        let f = fit(&[&LAGS, more].concat());
        (f["model"]["interval"].clone(), f["model"]["bootstrap"].clone(), warnings(&f))
    };
    let (kind, bootstrap, _) = of(&[]);
    assert_eq!((kind, bootstrap), ("wald".into(), Value::Null));
    let (kind, _, warned) = of(&["--interval", "profile"]);
    assert_eq!(kind, "profile");
    assert!(!warned.contains("--interval"), "{warned}");
    // A quasi-likelihood has no profile: Wald, and it is said.
    for quasi in [&["--estimator", "two-step"][..], &["--family", "quasipoisson"]] {
        let rest: Vec<&str> = LAGS[..6].iter().copied().chain(["--interval", "profile"]).collect();
        let family: &[&str] = if quasi[0] == "--family" { &[] } else { &["--family", "nb2"] };
        let f = fit(&[&rest, family, quasi].concat());
        assert_eq!(f["model"]["interval"], "wald");
        assert!(warnings(&f).contains("a quasi-likelihood has no profile"), "{}", warnings(&f));
    }
    let (kind, bootstrap, warned) = of(&["--bootstrap", "20", "--interval", "profile"]);
    assert_eq!(kind, "bootstrap");
    assert_eq!((bootstrap["scheme"].as_str(), bootstrap["limits"].as_str()), (Some("parametric"), Some("percentile")));
    assert_eq!(bootstrap["replicates"].as_u64().unwrap() + bootstrap["failed"].as_u64().unwrap(), 20);
    assert!(warned.contains("--interval profile is not used"), "{warned}");
    for (model, lag) in [("glarma", "--ma"), ("glm", "--past-obs")] {
        let f = fit(&["--model", model, lag, "1", "--interval", "profile"]);
        assert_eq!(f["model"]["interval"], "profile", "{model}");
    }
}

#[test]
fn no_lags_at_all_is_a_plain_regression_and_said() {
    for model in ["ingarch", "glarma"] {
        let f = fit(&["--model", model]);
        assert!(warnings(&f).contains(&format!("{model} without lags has no serial dependence")), "{}", warnings(&f));
    }
    assert!(!warnings(&fit(&LAGS)).contains("without lags"));
}

#[test]
fn the_next_count_has_its_probabilities() {
    // Two-step Poisson: the fit of the case; its parameters hardly vary, so the law is near that at the estimates.
    let lags = ["--model", "ingarch", "--past-obs", "1", "--past-mean", "1", "--link", "identity"];
    let ahead = ["--horizon", "2", "--pmf", "0-60", "--draws", "2000"];
    let csv = String::from_utf8(run("forecast", &[&lags[..], &ahead, &["--format", "csv"]].concat())).expect("UTF-8");
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let value = |r: &Vec<&str>| r[9].parse::<f64>().expect("a number");
    for horizon in ["1", "2"] {
        let pmf: Vec<&Vec<&str>> = rows.iter().filter(|r| r[6] == horizon && r[7] == "pmf").collect();
        assert_eq!(pmf.len(), 61);
        assert!((pmf.iter().map(|r| value(r)).sum::<f64>() - 1.0).abs() < 1e-9);
        let mean: f64 = pmf.iter().enumerate().map(|(y, r)| y as f64 * value(r)).sum();
        let drawn = rows.iter().find(|r| r[6] == horizon && r[7] == "mean").expect("a mean");
        assert!((mean - value(drawn)).abs() < 0.15, "{mean} against {drawn:?}");
        if horizon == "1" {
            // tscount's one-step mean is 2.5503 (case.json, predict_one_step_conddistr), taken where its barrier stops.
            assert!((mean - 2.5503).abs() < 0.05, "{mean}");
            let poisson0 = (-mean).exp();
            assert!((value(pmf[0]) - poisson0).abs() < 0.02, "{} against {poisson0}", value(pmf[0]));
        }
    }
}
