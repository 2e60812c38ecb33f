//! `tumen interventions` and the serial outputs of `tumen fit`, as their user meets them.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn run(arguments: &[&str]) -> (i32, String, String) {
    let out = Command::cargo_bin("tumen").expect("the binary is built").args(arguments).output().expect("it runs");
    let text = |b: Vec<u8>| String::from_utf8(b).expect("UTF-8");
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}

fn json(arguments: &[&str]) -> Value {
    let (code, out, err) = run(&[arguments, &["--format", "json", "--quiet"]].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).expect("JSON")
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

/// A folder of reference data: in the project, else where `TUMEN_CASES` says, else beside it.
fn case(name: &str) -> Option<(PathBuf, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut places = vec![root.join("tests/reference")];
    places.extend(std::env::var_os("TUMEN_CASES").map(PathBuf::from));
    places.extend([root.join("../shared/cases"), root.join("../../shared/cases")]);
    let Some(folder) = places.into_iter().map(|p| p.join(name)).find(|p| p.join("case.json").exists()) else {
        // A case that was promised is not skipped.
        assert!(std::env::var_os("TUMEN_CASES").is_none(), "the folder that TUMEN_CASES names has no case {name}");
        println!("skipped: no data for {name}; set TUMEN_CASES to the folder of the cases");
        return None;
    };
    let text = std::fs::read_to_string(folder.join("case.json")).expect("case.json");
    let json: Value = serde_json::from_str(&text).expect("valid JSON");
    Some((folder.join("data.csv"), json["results"].clone()))
}

#[test]
fn arrivals_are_searched_and_the_words_follow_the_p_values() {
    let report = json(&["interventions", "--replicates", "99"]);
    assert_eq!(report["schema"], "tumen/interventions/1");
    let found = report["found"].as_array().expect("found");
    assert_eq!(found.len(), 3);
    for row in found {
        let year: i32 = row["period"].as_str().expect("a period").parse().expect("a year");
        assert!((2000..=2025).contains(&year));
        let (p, corrected) = (number(&row["p_value"]), number(&row["p_corrected"]));
        assert!(p >= 0.01 && (corrected - (3.0 * p).min(1.0)).abs() < 1e-12);
        // The period named is the one with the largest statistic of its type.
        let of_type = |s: &&Value| s["delta"] == row["delta"];
        let all = report["statistics"].as_array().expect("statistics");
        let best =
            all.iter().filter(of_type).max_by(|a, b| number(&a["statistic"]).total_cmp(&number(&b["statistic"])));
        assert_eq!(best.expect("one")["period"], row["period"]);
    }
    // The largest statistic of a type passes its critical value just where its corrected p does.
    for row in found {
        let critical = report["critical"].as_array().expect("critical").iter().find(|c| c["delta"] == row["delta"]);
        let critical = critical.expect("a critical value");
        let beyond = number(&row["statistic"]) > number(&critical["statistic"]);
        assert_eq!(beyond, number(&row["p_corrected"]) <= number(&critical["alpha"]), "{row} {critical}");
    }
    // Events are tested by the same bootstrap as the search, in more series where a p-value is near the level.
    for row in report["events"].as_array().expect("events") {
        let made = number(&row["replicates"]);
        let (p, error) = (number(&row["p_value"]), number(&row["p_error"]));
        let above = p * (1.0 + made);
        assert!((above - above.round()).abs() < 1e-6 && above > 0.5 && made >= 99.0, "{row}");
        assert!((error - (p * (1.0 - p) / made).sqrt()).abs() < 1e-12, "{row}");
        let apart = (p - 0.05 / report["events"].as_array().expect("events").len() as f64).abs() >= 3.0 * error;
        assert!(apart || made >= 9_900.0, "more series would decide: {row}");
        assert_eq!(row["decided"], apart, "{row}");
        // What is not decided is said to be, in the words and under the table, and is in no count of what is significant.
        let open = format!("({}): not decided at 5 %", row["period"].as_str().expect("a period"));
        assert!(apart || report["words"].to_string().contains(&open), "{}", report["words"]);
    }
    let strong = found.iter().any(|r| number(&r["p_corrected"]) <= 0.05);
    let words = report["words"].to_string();
    assert_eq!(words.contains("no intervention beyond chance"), !strong, "{words}");
    // The famine lies before the study's start, not before the counts: a search of them all is told beside.
    assert!(words.contains("Famine") && words.contains("tumen interventions --start 1990"), "{words}");
    let earlier = &report["earlier"];
    assert_eq!((&earlier["start"], earlier["events"].as_array().map(Vec::len)), (&Value::from("1990"), Some(1)));
    let whole = json(&["interventions", "--replicates", "0", "--start", "1990"]);
    for (row, same) in earlier["found"].as_array().expect("found").iter().zip(whole["found"].as_array().expect("found"))
    {
        assert_eq!((&row["period"], &row["statistic"]), (&same["period"], &same["statistic"]));
        assert!(
            row["p_value"].is_null() && row["event"]["name"].as_str().is_some_and(|n| n.contains("Famine")),
            "{row}"
        );
    }
    assert!(whole["earlier"].is_null() && whole["events"][0]["period"] == "1994", "{}", whole["events"]);
    // Level shifts at the succession and at the closure, in the first year that they fill by half.
    let onset = |name: &str| {
        let events = report["events"].as_array().expect("events");
        let row = events.iter().find(|r| r["event"]["name"].as_str().is_some_and(|n| n.contains(name)));
        row.expect("an event")["period"].clone()
    };
    assert_eq!((onset("Kim Jong-un"), onset("Border closure")), ("2012".into(), "2020".into()));
    assert_eq!(json(&["interventions", "--replicates", "99", "--threads", "1"]), report);
}

#[test]
fn every_format_and_the_report_have_it() {
    let fast = ["interventions", "--replicates", "0", "--quiet", "--format"];
    let (_, csv, _) = run(&[&fast[..], &["csv"]].concat());
    assert!(csv.starts_with("kind,period,step,type,delta,statistic,df,p_value,p_corrected,size"), "{csv}");
    assert_eq!(csv.lines().filter(|l| l.starts_with("search,")).count(), 3);
    let (_, markdown, _) = run(&[&fast[..], &["markdown"]].concat());
    assert!(markdown.contains("| level shift |") && markdown.contains("(Bonferroni)"), "{markdown}");
    let dir = tempfile::tempdir().expect("a folder");
    let page = dir.path().join("page.md");
    let (code, ..) = run(&["report", "-o", page.to_str().expect("UTF-8"), "--draws", "200"]);
    assert_eq!(code, 0);
    let text = std::fs::read_to_string(page).expect("the report");
    assert!(text.contains("## Breaks in the series") && text.contains("Level shifts at the dated events"), "{text}");
}

#[test]
fn bad_requests_are_told() {
    let told = |arguments: &[&str], words: &str| {
        let (code, _, err) = run(&[&["interventions"], arguments].concat());
        assert!(code == 2 && err.contains(words), "{code}: {err}");
    };
    told(&["--at", "1950"], "--at 1950 is outside the series");
    told(&["--delta", "2"], "--delta takes numbers from 0 to 1");
    told(&["--model", "glm"], "ingarch model, not in `glm`");
    told(&["--at", "2012", "--clean"], "leave --at out");
    told(&["--clean", "--replicates", "0"], "--clean needs the bootstrap");
    told(&["--family", "zip"], "ingarch has no family `zip`");
    let (code, _, err) = run(&["fit", "--model", "glarma", "--ma", "1", "--family", "hurdle-nb2"]);
    assert!(code == 2 && err.contains("glarma has no family `hurdle-nb2`"), "{err}");
}

const CAMPY: [&str; 10] =
    ["--past-obs", "1", "--past-mean", "13", "--link", "identity", "--family", "nb2", "--estimator", "two-step"];

#[test]
fn campylobacter_score_tests_of_tscount() {
    // tscount 1.4.3's `interv_test` at the level shift and spike of Fokianos and Fried (2010), taken where its barrier
    // stops: a few percent from the maximum that ours are taken at.
    let Some((data, want)) = case("ingarch_campy") else { return };
    let file = data.to_str().expect("UTF-8");
    let known = ["interventions", file, "--formula", "campy ~ 1", "--at", "84,100", "--delta", "1,0"];
    let report = json(&[&known[..], &CAMPY].concat());
    let tests = want["interv_test_on_fit_without_interventions"].as_array().expect("tests");
    for (row, test) in report["found"].as_array().expect("rows").iter().zip(tests) {
        let (got, stat) = (number(&row["statistic"]), number(&test["stat"]));
        assert!((got - stat).abs() < 0.05 * stat, "{got} against {stat}");
        assert_eq!(number(&row["df"]), number(&test["df"]));
    }
    let open = ["interventions", file, "--formula", "campy ~ 1", "--delta", "0", "--replicates", "99"];
    let window = ["--first", "20", "--last", "130"];
    let found = json(&[&open[..], &window, &CAMPY].concat())["found"][0].clone();
    assert_eq!(found["step"], want["interv_detect_delta0_taus20_130"]["tau_max"]);
    assert_eq!(number(&found["p_value"]), 0.01);
}

#[test]
fn cleaning_reports_what_was_taken_out_and_the_joint_refit() {
    let Some((data, want)) = case("ingarch_campy") else { return };
    let file = data.to_str().expect("UTF-8");
    let clean = ["interventions", file, "--formula", "campy ~ 1", "--clean", "--replicates", "99", "--delta", "0,1"];
    let window = ["--first", "80", "--last", "120"];
    let report = json(&[&clean[..], &window, &CAMPY].concat());
    let taken: Vec<(u64, &str)> = report["cleaned"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|r| (r["step"].as_u64().expect("a step"), r["shape"].as_str().expect("a shape")))
        .collect();
    assert_eq!(taken, [(84, "level shift"), (100, "pulse")]);
    // Together they are the model of the tscount paper: its maximum, by scipy.
    let top = &want["independent_check"]["coefficients_at_max"];
    for (name, theirs) in [("step(84)", "interv_1"), ("pulse(100)", "interv_2"), ("beta_1", "beta_1")] {
        let rows = report["together"].as_array().expect("terms");
        let row = rows.iter().find(|t| t["term"] == name).unwrap_or_else(|| panic!("no {name}"));
        let (got, want) = (number(&row["estimate"]), number(&top[theirs]));
        assert!((got - want).abs() < 1e-3 * want, "{name}: {got} against {want}");
        assert!(number(&row["std_error"]) > 0.0);
    }
    let (_, table, _) = run(&[&clean[..], &window, &CAMPY, &["--quiet"]].concat());
    for part in ["on the series cleaned of those", "All of them together", "99 series simulated"] {
        assert!(table.replace('\n', " ").contains(part), "{part} is missing:\n{table}");
    }
}

#[test]
fn fits_say_qic_tests_and_scores() {
    let Some((data, want)) = case("ingarch_campy") else { return };
    let file = data.to_str().expect("UTF-8");
    let fixed = ["fit", file, "--model", "ingarch", "--formula", "campy ~ step(84) + pulse(100)"];
    let fit = json(&[&fixed[..], &CAMPY].concat())["fits"][0].clone();
    assert_eq!(fit["model"]["estimate"], "two-step");
    // tscount's QIC lacks some second derivatives and is taken short of the maximum (see tests/serial/ingarch.rs).
    assert!((number(&fit["glance"]["qic"]) - number(&want["qic"])).abs() < 1.0);
    // With past means no χ² holds: 1/(199 + 1) is the least p-value of 199 simulated series.
    let ratio = &fit["tests"][0];
    assert_eq!(ratio["test"], "quasi-likelihood ratio: no serial dependence");
    assert_eq!(ratio["reference"], "bootstrap (199)");
    assert!(number(&ratio["p_value"]) <= 0.005, "{ratio}");
    assert!(fit["tests"][1]["p_value"].is_null() && number(&fit["tests"][1]["statistic"]) > 40.0, "{fit}");
    // At the maximum instead of where tscount's barrier stops: its means to two digits after the point.
    for (ours, theirs) in [("log_score", "logarithmic"), ("rps", "rankprob"), ("dss", "dawseb")] {
        let scores = fit["scores"].as_array().expect("scores");
        let got = number(&scores.iter().find(|s| s["score"] == ours).expect("it")["value"]);
        assert!((got - number(&want["scoring_means"][theirs])).abs() < 5e-3, "{ours}: {got}");
    }
    let (_, table, _) = run(&[&fixed[..], &CAMPY, &["--quiet"]].concat());
    for part in ["QIC", "Wald: no serial dependence", "Scores in sample", "two-step"] {
        assert!(table.contains(part), "{part} is missing:\n{table}");
    }
}

#[test]
fn help_documents_the_settings_and_models_lists_them() {
    let (_, help, _) = run(&["fit", "--help"]);
    let (_, models, _) = run(&["models"]);
    for flag in
        ["past-obs", "past-mean", "estimator", "init", "external", "stationarity", "ar", "ma", "residual", "bootstrap"]
    {
        let flag = format!("--{flag} ");
        assert!(help.contains(&flag) && models.contains(&flag), "{flag}");
    }
    for word in ["two-step", "marginal", "iid", "first", "pearson", "score", "identity", "stationary", "free"] {
        assert!(help.contains(word) && models.contains(word), "{word}");
    }
}

#[test]
fn counts_that_cannot_be_tested_get_a_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("constant.csv");
    std::fs::write(&path, format!("y\n{}", "5\n".repeat(15))).expect("a file");
    let file = path.to_str().expect("UTF-8");
    let (code, _, err) = run(&["interventions", file, "--link", "identity", "--replicates", "0"]);
    assert_eq!(code, 1);
    assert!(err.contains("cannot be told apart in these counts") && err.contains("help: constant counts"), "{err}");
    let (code, _, err) = run(&["interventions", file, "--formula", "y ~ pulse(3)", "--at", "3", "--delta", "0"]);
    assert_eq!(code, 1);
    assert!(err.contains("cannot be told apart from the columns") && err.contains("help: leave out those"), "{err}");
}

#[test]
fn forecasts_and_back_tests_show_what_their_flags_ask_for() {
    let (code, out, _) = run(&["forecast", "--explain", "--horizon", "1", "--draws", "200", "--quiet"]);
    assert!(code == 0 && out.contains("noise") && out.contains("shares of the variance"), "{out}");
    let ask = ["backtest", "--from", "2022", "--horizon", "1", "--draws", "200"];
    let (_, out, _) = run(&[&ask[..], &["--more", "--quiet"]].concat());
    assert!(["quadratic", "spherical", "marginal calibration, 1 ahead"].iter().all(|w| out.contains(w)), "{out}");
    let report = json(&ask);
    for name in ["log_score", "quadratic", "spherical", "crps", "dss", "squared_error"] {
        let rows = report["scores"].as_array().expect("scores").iter().filter(|s| s["score"] == name);
        let values: Vec<&Value> = rows.map(|s| &s["value"]).collect();
        assert!(!values.is_empty() && values.iter().all(|v| v.is_number()), "{name}: {values:?}");
        let inside = |v: &Value, low: f64, high: f64| (low..=high).contains(&number(v));
        match name {
            "quadratic" => assert!(values.iter().all(|v| inside(v, -1.0, 1.0))),
            "spherical" => assert!(values.iter().all(|v| inside(v, -1.0, 0.0))),
            _ => {}
        }
    }
    let marginal = report["marginal"].as_array().expect("marginal");
    assert!(marginal.iter().all(|m| (0.0..=1.0).contains(&number(&m["predicted"]))) && !marginal.is_empty());
}

/// What is asked for twice is one test, and what cannot come out, or is not used, is said.
#[test]
fn repeated_tests_few_replicates_and_idle_settings() {
    let once = json(&["interventions", "--at", "2011", "--delta", "1", "--replicates", "0"]);
    let twice = json(&["interventions", "--at", "2011,2011", "--delta", "1,1", "--replicates", "0"]);
    assert_eq!(once["tests"], twice["tests"]);
    let few = json(&["interventions", "--clean", "--replicates", "9"]);
    let said =
        |v: &Value, what: &str| v["warnings"].as_array().unwrap().iter().any(|w| w.as_str().unwrap().contains(what));
    assert!(said(&few, "no p-value can fall below 0.30"), "{}", few["warnings"]);
    let (code, _, err) = run(&["fit", "--model", "glarma", "--ma", "1", "--init", "first", "--estimator", "two-step"]);
    assert_eq!(code, 0, "{err}");
    for flag in ["--init", "--estimator"] {
        assert!(err.contains(&format!("{flag} is not used: it is a setting of --model ingarch")), "{err}");
    }
    let (code, _, err) = run(&["fit", "--vcov", "cluster:arrivals"]);
    assert!(code != 0 && err.contains("`arrivals` is the response"), "{err}");
}
