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
fn a_row_that_a_term_owns_given_another_is_named() {
    let lines = (0..24).map(|t| {
        let (early, law) = (u8::from((12..15).contains(&t)), u8::from((12..16).contains(&t)));
        format!("{},{},{},{early},{law}\n", 1990 + t, 20 + t * 7 % 11, t * 5 % 8)
    });
    let csv = "year,y,x,border,law\n".to_string() + &lines.collect::<String>();
    let (v, _) = of(&csv, &["--formula", "y ~ x + border + law"]);
    let verdict = |name: &str| named(&v, name) == "not separable from 2005";
    assert!(verdict("law") && verdict("border") && !verdict("x"), "{}", v["terms"]);
}

#[test]
fn a_robust_covariance_is_that_of_averages_not_of_weights_and_ratio_tests_and_it_is_said() {
    let lines = (0..24).map(|t| format!("{},{},{}\n", 1990 + t, (t * 37 % 23) * 5, t * 5 % 8));
    let csv = "year,y,x\n".to_string() + &lines.collect::<String>();
    let said = |vcov: &str| of(&csv, &["--formula", "y ~ x", "--vcov", vcov]).0["notes"].to_string();
    let robust = said("hc3");
    assert!(robust.contains("score tests assume the family's variance"), "{robust}");
    assert!(robust.contains("errors inside each subset are those of --vcov; the weights of subsets rest"), "{robust}");
    assert!(robust.contains("likelihood: counts vary"), "{robust}");
    let model = said("model");
    assert!(!model.contains("model-based") && model.contains("too narrow"), "{model}");
}

fn named<'a>(v: &'a Value, term: &str) -> &'a Value {
    &v["terms"].as_array().expect("terms").iter().find(|t| t["term"] == term).expect("the term")["verdict"]
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

/// A folder with `a.csv` and what `effects --format json` makes of it, and the notes.
fn of(csv: &str, args: &[&str]) -> (Value, String) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("a.csv"), csv).expect("a file");
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    let out = c.current_dir(dir.path()).args(["effects", "a.csv"]).args(args).args(["--format", "json"]).output();
    let out = out.expect("it runs");
    let notes = String::from_utf8_lossy(&out.stderr).to_string();
    assert!(out.status.success(), "{notes}");
    (serde_json::from_slice(&out.stdout).expect("JSON"), notes)
}

/// Counts with zeros beyond the Poisson's; `twin` is 2 x + 1, `near` all but it.
fn zeros() -> String {
    let one = |t: i32| {
        let (x, closed) = (t % 5, i32::from((10..14).contains(&t)));
        let mean = (0.8 + 0.3 * f64::from(x) - 0.9 * f64::from(closed)).exp();
        let y = if t * 11 % 7 < 2 { 0.0 } else { (mean * (0.6 + 0.16 * f64::from(t * 7 % 6))).round() };
        format!("{},{y},{x},{closed},{},{}\n", 1980 + t, 2 * x + 1, f64::from(2 * x + 1) + 1e-5 * f64::from(t * 3 % 4))
    };
    format!("year,y,x,closed,twin,near\n{}", (0..44).map(one).collect::<String>())
}

fn list<'a>(v: &'a Value, key: &str) -> Vec<&'a str> {
    v.as_array().expect("a list").iter().filter_map(|r| r[key].as_str()).collect()
}

#[test]
fn models_with_extra_zeros_have_effects_on_the_scale_of_the_whole_model() {
    for family in ["zip", "zinb", "hurdle-poisson", "hurdle-nb2"] {
        let args = ["--formula", "y ~ x + closed | x", "--family", family, "--without", "closed"];
        let (v, notes) = of(&zeros(), &args);
        assert_eq!(list(&v["terms"], "term"), ["(Intercept)", "x", "closed", "zero_(Intercept)", "zero_x"], "{family}");
        assert!(v["scale"].as_str().is_some_and(|s| s.contains("extra zeros")));
        let rows = v["attribution"]["rows"].as_array().expect("rows");
        for row in rows.iter().chain([&v["attribution"]["total"]]) {
            let parts: f64 = row["parts"].as_array().expect("parts").iter().map(estimate).sum();
            let fitted = estimate(&row["fitted"]);
            assert!((estimate(&row["reference"]) + parts - fitted).abs() < 1e-9 * fitted.max(1.0), "{family} {row}");
        }
        // The fit meets the mean of the counts nearly; that of the count part alone is far above it.
        let (fitted, y) = (estimate(&v["attribution"]["total"]["fitted"]), 44.0 * mean_of(&zeros()));
        assert!((fitted / y - 1.0).abs() < 0.05, "{family} {fitted} {y}");
        assert_eq!(list(&v["marginal"], "term"), ["x", "closed"]);
        assert_eq!(list(&v["tests"], "term"), ["x", "zero_x", "x, both parts", "closed"]);
        assert!(v["counterfactuals"][0]["total"]["predicted"]["estimate"].is_number());
        assert_eq!(v["stability"]["terms"].as_array().map(Vec::len), Some(5));
        assert!(
            v["checks"]["zeros"]["expected"].is_number() && v["checks"]["serial"]["ljung_box"]["statistic"].is_number()
        );
        assert!(v["checks"]["rootogram"].as_array().is_some_and(|b| b.len() > 3));
        // A term is in both its parts or in neither: 2 terms, 4 models.
        let subsets = &v["subsets"];
        assert_eq!(list(&subsets["inclusion"], "term"), ["x", "closed"]);
        assert_eq!(subsets["averaged"]["models"], 4);
        assert!(notes.contains("subsets with extra zeros"), "{notes}");
    }
}

fn mean_of(csv: &str) -> f64 {
    let y: Vec<f64> = csv.lines().skip(1).map(|l| l.split(',').nth(1).expect("y").parse().expect("a number")).collect();
    y.iter().sum::<f64>() / y.len() as f64
}

#[test]
fn a_collinear_column_is_as_if_it_were_not_there() {
    for family in ["poisson", "nb2", "gaussian-log1p", "zip"] {
        let part = if family == "zip" { " | x" } else { "" };
        let of = |formula: &str| {
            let formula = format!("{formula}{part}");
            of(&zeros(), &["--formula", &formula, "--family", family, "--without", "closed"]).0
        };
        let (with, without) = (of("y ~ x + twin + closed"), of("y ~ x + closed"));
        assert!(list(&with["dropped"], "term").contains(&"twin"), "{family}");
        for key in ["marginal", "attribution", "counterfactuals", "stability", "subsets"] {
            assert_eq!(with[key], without[key], "{family} {key}");
        }
        assert_eq!(with["checks"]["condition_number"], without["checks"]["condition_number"]);
        assert_eq!(with["checks"]["inflation"], without["checks"]["inflation"]);
        let statistics = |v: &Value| -> Vec<Value> {
            v["tests"].as_array().expect("tests").iter().map(|t| t["likelihood_ratio"].clone()).collect()
        };
        assert_eq!(statistics(&with), statistics(&without));
        // x and its twin cannot be told apart, and the tables say so.
        assert_eq!(with["tests"][0]["not_separable"], "not separable from twin");
    }
}

#[test]
fn nearly_collinear_columns_are_named() {
    let (v, notes) = of(&zeros(), &["--formula", "y ~ x + near + closed", "--family", "poisson"]);
    assert!(notes.contains("`x`, `near` are nearly collinear"), "{notes}");
    assert!(v["checks"]["condition_number"].as_f64() > Some(1e4));
}

#[test]
fn a_poisson_fit_of_counts_that_vary_more_says_that_its_intervals_are_too_narrow() {
    let csv = zeros().replace(",3,", ",37,");
    let (_, notes) = of(&csv, &["--formula", "y ~ x", "--family", "poisson"]);
    assert!(notes.contains("too narrow") && notes.contains("nb2"), "{notes}");
}

#[test]
fn groups_are_as_if_each_stood_alone() {
    let rows = |g: &str| -> String {
        let line = |l: &str| format!("{l},{g}\n");
        zeros().lines().skip(1).map(line).collect()
    };
    let csv = format!("year,y,x,closed,twin,near,region\n{}{}", rows("north"), rows("south"));
    let (v, _) = of(&csv, &["--formula", "y ~ x + closed", "--family", "zip", "--by", "region"]);
    let text = v.to_string();
    assert!(text.contains("north") && text.contains("south") && text.contains("attribution"), "{text}");
}

#[test]
fn least_squares_has_effects_too() {
    let v = json(&["--model", "loglinear"]);
    assert!(v["checks"]["condition_number"].is_number() && v["counterfactuals"][0].is_object());
    assert!(v["checks"]["overdispersion"].is_null() && v["checks"]["zeros"].is_null());
    assert_eq!(v["tests"].as_array().map(Vec::len), Some(5));
    // Means of the lognormal: above the medians that `fit` shows.
    assert!(v["scale"].as_str().is_some_and(|s| s.contains("lognormal")));
    assert!(v["attribution"]["scale"] == v["scale"]);
}

/// Interactions follow their variables, and a level of a factor is against the reference for all: by R's predict().
#[test]
fn interactions_and_levels_are_moved_as_r_predicts_them() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/interactions_r");
    let case: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{folder}/case.json")).expect("the case")).expect("JSON");
    let effects = |formula: &str| -> Value {
        let data = format!("{folder}/data.csv");
        let args = [data.as_str(), "--formula", formula, "--family", "poisson"];
        json(&args)
    };
    let near = |what: &str, got: f64, want: f64| {
        assert!((got - want).abs() < 1e-6 * (1.0 + want.abs()), "{what}: {got} against {want}");
    };
    let (one, two) = (effects("y ~ x * s"), effects("y ~ x + g + offset(log(pop))"));
    for (report, term) in [(&one, "x"), (&one, "s"), (&two, "gb"), (&two, "gc")] {
        let rows = report["marginal"].as_array().expect("marginal effects");
        let row = rows.iter().find(|r| r["term"] == term).expect("the term");
        near(term, estimate(row), case[term][0].as_f64().unwrap());
        near(term, row["std_error"].as_f64().unwrap(), case[term][1].as_f64().unwrap());
    }
    assert!(
        one["marginal"].as_array().unwrap().iter().all(|r| r["term"] != "x:s"),
        "a product moves by nothing of its own"
    );
    let parts = &one["attribution"];
    assert_eq!(parts["factors"], serde_json::json!(["x", "s"]));
    near("reference", estimate(&parts["total"]["reference"]), case["reference"][0].as_f64().unwrap());
    for (k, name) in ["part_x", "part_s"].into_iter().enumerate() {
        near(name, estimate(&parts["total"]["parts"][k]), case[name][0].as_f64().unwrap());
    }
}

/// A variable without effect: 0 is in the interval of what it added. By the quantiles of the draws alone it never was.
#[test]
fn an_amount_without_effect_added_nothing_as_far_as_the_interval_tells() {
    let mut held = 0;
    for shift in 0..20_u64 {
        // SplitMix64 (Steele, Lea and Flood 2014): counts and covariate of one series have nothing to do with each other.
        let noise = |t: u64| {
            let mut z = (t + 1_000 * shift).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ (z >> 31)) % 1_000
        };
        let lines = (0..40).map(|t| format!("{},{},{}\n", 1980 + t, 15 + noise(t) % 11, noise(t + 500) as f64 / 500.0));
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("b.csv");
        std::fs::write(&file, format!("year,y,x\n{}", lines.collect::<String>())).expect("a file");
        let e = json(&[file.to_str().expect("a path"), "--formula", "y ~ x", "--family", "quasipoisson"]);
        let part = &e["attribution"]["total"]["parts"][0];
        let bound = |name: &str| part[name].as_f64().expect("a bound");
        assert!(bound("low") <= estimate(part) && estimate(part) <= bound("high"), "{part}");
        held += u32::from(bound("low") <= 0.0 && 0.0 <= bound("high"));
    }
    assert!(held >= 17, "0 was in {held} of 20 intervals");
}

/// Levels of a factor without an intercept have no observation in common: each is told from the others.
#[test]
fn levels_without_an_intercept_are_separable() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/interactions_r/data.csv");
    let e = json(&[data, "--formula", "y ~ 0 + g", "--family", "poisson"]);
    let verdicts: Vec<&str> = e["terms"].as_array().unwrap().iter().map(|t| t["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["estimated"; 3]);
    assert_eq!(e["attribution"]["references"][0]["reference"], "first");
}

/// A curve is attributed alike however it is written.
#[test]
fn curves_have_one_reference_however_they_are_written() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/interactions_r/data.csv");
    let totals = ["y ~ poly(x, 2)", "y ~ x + I(x^2)", "y ~ poly(x, 2, raw = TRUE)"].map(|formula| {
        let e = json(&[data, "--formula", formula, "--family", "poisson"]);
        let total = &e["attribution"]["total"];
        (estimate(&total["reference"]), estimate(&total["parts"][0]))
    });
    for (reference, part) in totals {
        assert!((reference - totals[0].0).abs() < 1e-6 && (part - totals[0].1).abs() < 1e-6, "{totals:?}");
    }
}

/// Without a closure there is no closure to lag: its lag goes with it, the step after it included.
#[test]
fn lags_follow_what_a_counterfactual_takes_away() {
    let v =
        json(&["a.csv", "--formula", "y ~ x + closed + lag(closed, 1)", "--family", "poisson", "--without", "closed"]);
    let c = &v["counterfactuals"][0];
    assert_eq!((c["label"].as_str(), c["span"].as_str()), (Some("closed, with lag(closed, 1)"), Some("2000–2003")));
    let terms = v["terms"].as_array().expect("terms");
    let beta = |name: &str| estimate(terms.iter().find(|t| t["term"] == name).expect("a term"));
    let open: f64 = (10..14).map(|t| (beta("(Intercept)") + beta("x") * f64::from(t % 5)).exp()).sum();
    // The mean over draws of the parameters, within their spread.
    let found = estimate(&c["total"]["predicted"]);
    assert!((found / open - 1.0).abs() < 0.02, "{found} against {open}");
    let alone = json(&[
        "a.csv",
        "--formula",
        "y ~ x + closed + lag(closed, 1)",
        "--family",
        "poisson",
        "--without",
        "lag(closed, 1)",
    ]);
    assert_eq!(alone["counterfactuals"][0]["span"], "2001–2003");
}

/// A zero part that the likelihood does not bound is not drawn from a normal law: totals keep to what the data allow.
#[test]
fn coefficients_without_bounds_are_held_in_intervals() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/limits_r/zip.csv");
    let v = json(&[data, "--formula", "y ~ x + s", "--family", "zip"]);
    assert!(
        v["notes"]
            .as_array()
            .expect("notes")
            .iter()
            .any(|n| n.as_str().is_some_and(|n| n.contains("hold them at the estimate")))
    );
    let fitted = &v["attribution"]["total"]["fitted"];
    let (low, high) = (fitted["low"].as_f64().expect("a bound"), fitted["high"].as_f64().expect("a bound"));
    // By likelihood (scipy, maximised under each total) about 68 to 105; drawn freely it was 30 to 101.
    assert!((62.0..74.0).contains(&low) && (98.0..114.0).contains(&high), "{low} to {high}");
}

/// Wald's test of one quasi-Poisson coefficient is the t test of the fit (F on 1 degree of freedom is t²).
#[test]
fn quasi_poisson_tests_refer_to_f() {
    let v = json(&["a.csv", "--formula", "y ~ x + closed", "--family", "quasipoisson"]);
    let (terms, tests) = (v["terms"].as_array().expect("terms"), v["tests"].as_array().expect("tests"));
    for name in ["x", "closed"] {
        let find = |list: &[Value]| list.iter().find(|t| t["term"] == name).expect("a row").clone();
        let (fit, test) = (find(terms), find(tests));
        let (t, f) = (fit["statistic"].as_f64().expect("t"), test["wald"]["statistic"].as_f64().expect("F"));
        assert!((t * t - f).abs() < 1e-6 * f, "{t} {f}");
        let (p, q) = (fit["p_value"].as_f64().expect("p"), test["wald"]["p_value"].as_f64().expect("p"));
        assert!((p - q).abs() < 1e-9, "{p} {q}");
    }
}
