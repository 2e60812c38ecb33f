//! `tumen effects` as its user meets it: parts that add up, counterfactuals, formats, exit codes.

use assert_cmd::Command;
use serde_json::Value;

/// A folder of its own and what the command says there.
fn run(args: &[&str]) -> std::process::Output {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let lines = (0..24).map(|t| {
        let (x, closed) = (f64::from(t % 5), u8::from((10..13).contains(&t)));
        let y = (3.0 + 0.2 * x - 1.2 * f64::from(closed)).exp() * (1.0 + 0.25 * f64::from(t * 7 % 11 - 5) / 5.0);
        format!("{},{y:.0},{x},{closed},{}\n", 1990 + t, u8::from(t == 20))
    });
    std::fs::write(dir.path().join("a.csv"), format!("year,y,x,closed,once\n{}", lines.collect::<String>()))
        .expect("a file");
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    c.current_dir(dir.path()).arg("effects").args(args).output().expect("it runs")
}

fn json(args: &[&str]) -> Value {
    let out = run(&[args, &["--format", "json", "-q"]].concat());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

const OWN: [&str; 3] = ["a.csv", "--formula", "y ~ x + closed"];

fn estimate(v: &Value) -> f64 {
    v["estimate"].as_f64().expect("an estimate")
}

#[test]
fn parts_add_up_to_the_fit_and_to_the_record() {
    for args in [&[][..], &["--carry-over"], &OWN] {
        let v = json(args);
        assert_eq!(v["schema"], "tumen/effects/1");
        let a = &v["attribution"];
        let rows = a["rows"].as_array().expect("rows");
        assert!(rows.len() >= 24);
        for row in rows.iter().chain([&a["total"]]) {
            let parts: f64 = row["parts"].as_array().expect("parts").iter().map(estimate).sum();
            let (reference, fitted) = (estimate(&row["reference"]), estimate(&row["fitted"]));
            assert!((reference + parts - fitted).abs() < 1e-7 * fitted.max(1.0), "{row}");
            let (y, rest) = (row["observed"].as_f64().expect("a count"), row["residual"].as_f64().expect("a residual"));
            assert!((fitted + rest - y).abs() < 1e-7 * y.max(1.0), "{row}");
        }
        let total = estimate(&a["total"]["parts"][0]);
        let sum: f64 = rows.iter().map(|r| estimate(&r["parts"][0])).sum();
        assert!((total - sum).abs() < 1e-6 * total.abs().max(1.0));
    }
}

#[test]
fn the_default_study_answers_without_the_border_closure() {
    let v = json(&["--without", "event(covid_border_closure)"]);
    let all = v["counterfactuals"].as_array().expect("a list");
    assert_eq!((all.len(), all[0]["span"].as_str()), (1, Some("2020–2023")));
    let total = &all[0]["total"];
    assert_eq!(total["observed"].as_f64(), Some(555.0));
    assert!(total["prevented"]["low"].as_f64() > Some(0.0), "{total}");
    let difference = estimate(&total["predicted"]) - 555.0;
    assert!((difference - estimate(&total["prevented"])).abs() < 1e-9);
    // The id alone names the event; the same stream gives the same draws.
    assert_eq!(json(&["--without", "covid_border_closure"])["counterfactuals"], v["counterfactuals"]);
}

#[test]
fn earlier_counts_are_persistence_and_no_factor() {
    let v = json(&[]);
    let factors: Vec<&str> =
        v["attribution"]["factors"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(!factors.iter().any(|f| f.contains("arrivals")) && factors.len() == 4, "{factors:?}");
    assert_eq!(v["subsets"]["always_in"][0], "lag(log(arrivals), 1)");
    assert_eq!(v["subsets"]["averaged"]["models"], 16);
    let inclusion = v["subsets"]["inclusion"].as_array().expect("a list");
    assert!(inclusion.iter().all(|r| (0.0..=1.0).contains(&r["aicc"].as_f64().expect("a probability"))));
    let stability = v["stability"]["terms"].as_array().expect("a list");
    assert!(stability.iter().all(|t| t["lowest"].as_f64() <= t["highest"].as_f64()));
}

#[test]
fn a_term_that_owns_one_row_is_named() {
    let v = json(&["a.csv", "--formula", "y ~ x + once"]);
    let once = v["terms"].as_array().expect("terms").iter().find(|t| t["term"] == "once").expect("once");
    assert_eq!(once["verdict"], "not separable from 2010");
}

#[test]
fn formats_and_their_heads() {
    let out = run(&["--format", "csv", "-q"]);
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    assert_eq!(text.lines().next(), Some("analysis,item,period,quantity,estimate,low,high,p_value"));
    for part in ["attribution,", "counterfactual,", "stability,", "subsets,", "check,", "test,", "marginal,"] {
        assert!(text.lines().any(|l| l.starts_with(part)), "{part}");
    }
    assert!(!text.contains("NaN"));
    let out = run(&["--format", "markdown", "-q"]);
    assert!(String::from_utf8_lossy(&out.stdout).contains("| --- |"));
    let out = run(&["-q"]);
    assert!(String::from_utf8_lossy(&out.stdout).contains("Without: Border closure"));
}

#[test]
fn faults_of_the_command_line() {
    for (args, message) in [
        (&["--without", "event(covid_border_closur)"][..], "is no factor of the formula"),
        (&["--model", "log-rw"], "effects are not worked out for model `log-rw`"),
        (&["--family", "zip"], "extra zeros"),
    ] {
        let out = run(args);
        let text = String::from_utf8_lossy(&out.stderr).to_string();
        assert_eq!(out.status.code(), Some(2), "{text}");
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn a_weight_of_two_is_a_row_given_twice() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let rows = [(3, 1, 1), (7, 2, 2), (4, 3, 1), (9, 4, 0), (12, 5, 2)];
    let (mut once, mut twice) = (String::from("y,x,w\n"), String::from("y,x\n"));
    for (y, x, w) in rows {
        once += &format!("{y},{x},{w}\n");
        (0..w).for_each(|_| twice += &format!("{y},{x}\n"));
    }
    std::fs::write(dir.path().join("once.csv"), once).expect("a file");
    std::fs::write(dir.path().join("twice.csv"), twice).expect("a file");
    let fit = |args: &[&str]| -> Value {
        let mut c = Command::cargo_bin("tumen").expect("the binary is built");
        c.current_dir(dir.path()).arg("fit").args(args).args(["--formula", "y ~ x", "--format", "json", "-q"]);
        let out = c.output().expect("it runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).expect("JSON")
    };
    let (a, b) = (fit(&["once.csv", "--weights", "w"]), fit(&["twice.csv"]));
    for j in 0..2 {
        for key in ["estimate", "std_error"] {
            let of = |v: &Value| v["fits"][0]["terms"][j][key].as_f64().expect("a number");
            assert!((of(&a) - of(&b)).abs() < 1e-9, "{key} {j}");
        }
    }
}

#[test]
fn least_squares_has_effects_too() {
    let v = json(&["--model", "loglinear"]);
    assert!(v["checks"].is_null() && v["attribution"].is_object() && v["counterfactuals"][0].is_object());
}
