//! What INGARCH and GLARMA fits say of themselves at the command line: kind of interval, bounds, models without lags.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

/// The weekly Salmonella Agona counts of R's tscount (`tests/reference`), fitted; the first fit of the JSON.
fn fit(arguments: &[&str]) -> Value {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/ingarch_salmonella_agona/data.csv");
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    c.arg("fit").arg(data).args(["--formula", "observed ~ 1", "--format", "json", "--quiet"]).args(arguments);
    let out = c.output().expect("it runs");
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    let mut json: Value = serde_json::from_slice(&out.stdout).expect("JSON");
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
