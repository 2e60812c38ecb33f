//! The command line as its user meets it: the main job, the contract of the outputs, and bad input.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn tumen(folder: &Path) -> Command {
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    c.current_dir(folder);
    c
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(dir: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

fn stdout(c: &mut Command) -> String {
    let out = c.output().expect("it runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn json(c: &mut Command) -> Value {
    serde_json::from_str(&stdout(c)).expect("JSON")
}

#[test]
fn the_main_job_prints_and_writes_the_report() {
    let dir = folder();
    let text = stdout(&mut tumen(dir.path()));
    for part in ["2026", "With the border closed for the whole year", "report.html"] {
        assert!(text.contains(part), "{part} is missing from:\n{text}");
    }
    let page = std::fs::read_to_string(dir.path().join("report.html")).expect("the report");
    assert!(page.contains("<svg") && !page.contains("NaN") && !page.contains("http-equiv=\"refresh\""));
    for s in tumen::report::SECTIONS {
        assert!(page.contains(&format!("<section id=\"{}\"", s.id)), "no section {}", s.id);
    }
    // A second run may write over its own page.
    stdout(&mut tumen(dir.path()));
}

#[test]
fn fit_json_keeps_the_contract() {
    let dir = folder();
    let v = json(tumen(dir.path()).args(["fit", "--format", "json"]));
    assert_eq!(v["schema"], "tumen/fit/1");
    let fit = &v["fits"][0];
    for key in ["name", "formula", "family", "link", "estimate", "vcov"] {
        assert!(fit["model"][key].is_string(), "model.{key}");
    }
    for key in [
        "term",
        "estimate",
        "std_error",
        "statistic",
        "p_value",
        "conf_low",
        "conf_high",
        "rate_ratio",
        "rate_ratio_low",
        "rate_ratio_high",
        "verdict",
    ] {
        assert!(fit["terms"][0].get(key).is_some(), "terms.{key}");
    }
    for key in [
        "nobs",
        "df",
        "df_residual",
        "log_lik",
        "aic",
        "aicc",
        "bic",
        "deviance",
        "null_deviance",
        "pearson_chi2",
        "dispersion",
        "theta",
        "theta_se",
        "alpha",
        "converged",
        "iterations",
    ] {
        assert!(fit["glance"].get(key).is_some(), "glance.{key}");
    }
    for key in [
        "period",
        "observed",
        "fitted",
        "eta",
        "hat",
        "residual_response",
        "residual_pearson",
        "residual_deviance",
        "residual_quantile",
        "cooks_distance",
        "pit_low",
        "pit_high",
    ] {
        assert!(fit["rows"][0].get(key).is_some(), "rows.{key}");
    }
    assert_eq!(fit["glance"]["nobs"], 27);
}

#[test]
fn forecast_csv_is_a_hub_table() {
    let dir = folder();
    let text = stdout(tumen(dir.path()).args(["forecast", "--format", "csv", "--scenario", "open,closed", "--quiet"]));
    let header = "origin_date,model,scenario,target,target_start,target_end,horizon,output_type,output_type_id,value";
    assert_eq!(text.lines().next(), Some(header));
    for part in [",open,", ",closed,", ",mean,", ",median,", ",quantile,0.975,", "2030-01-01,2030-12-31,5"] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn a_backtest_is_the_same_with_one_thread_and_with_two() {
    let dir = folder();
    let run = |n: &str| {
        let args = ["backtest", "--format", "csv", "--from", "2018", "--draws", "200", "--ex-post", "--quiet"];
        stdout(tumen(dir.path()).args(args).args(["--threads", n]))
    };
    let one = run("1");
    assert_eq!(one, run("2"));
    let header = "model,origin_date,information,horizon,target_start,target_end,observed,score,value";
    assert_eq!(one.lines().next(), Some(header));
    assert!(one.contains(",as_known,") && one.contains(",ex_post,") && one.contains(",log_score,"));
}

#[test]
fn init_writes_a_study_that_works() {
    let dir = folder();
    stdout(tumen(dir.path()).args(["init", "mine"]));
    let v = json(tumen(dir.path()).args(["fit", "mine/study.toml", "--format", "json"]));
    assert_eq!(v["fits"][0]["glance"]["nobs"], 27);
    let again = tumen(dir.path()).args(["init", "mine"]).output().expect("it runs");
    assert_eq!(again.status.code(), Some(2));
}

/// A bad input: its name, file, arguments, exit code, and what the message must hold.
type Bad<'a> = (&'a str, Vec<u8>, Vec<&'a str>, i32, &'a [&'a str]);

#[test]
fn bad_input_gets_one_clear_message() {
    let dir = folder();
    let good = "year,y,x\n2001,3,1\n2002,5,2\n2003,4,3\n2004,9,4\n2005,7,5\n2006,8,6\n";
    let fit = |extra: &'static [&'static str]| [&["fit", "in.csv", "--formula"], extra].concat();
    let plain: &'static [&'static str] = &["y ~ x"];
    let cases: Vec<Bad> = vec![
        ("empty file", vec![], fit(plain), 1, &["empty", "in.csv"]),
        ("header only", b"year,y,x\n".to_vec(), fit(plain), 1, &["no rows", "in.csv"]),
        ("ragged row", b"year,y,x\n2001,3,1\n2002,5\n".to_vec(), fit(plain), 1, &["in.csv:3", "2", "3"]),
        ("text for a count", b"year,y,x\n2001,3,1\n2002,many,2\n".to_vec(), fit(plain), 1, &["in.csv:3", "many"]),
        ("negative count", b"year,y,x\n2001,3,1\n2002,-5,2\n".to_vec(), fit(plain), 1, &["in.csv:3", "-5", "negative"]),
        (
            "fractional count",
            b"year,y,x\n2001,3,1\n2002,2.5,2\n".to_vec(),
            fit(plain),
            1,
            &["in.csv:3", "2.5", "whole"],
        ),
        ("unknown column", good.into(), fit(&["y ~ xx"]), 1, &["xx", "did you mean `x`"]),
        ("unknown response", good.into(), fit(&["yy ~ x"]), 1, &["yy", "did you mean `y`"]),
        (
            "duplicate period",
            b"year,y,x\n2001,3,1\n2001,5,2\n2002,1,3\n".to_vec(),
            fit(plain),
            1,
            &["in.csv:3", "2001", "twice"],
        ),
        ("gap", b"year,y,x\n2001,3,1\n2003,5,2\n2004,5,2\n".to_vec(), fit(plain), 1, &["2002", "--allow-gaps"]),
        ("not UTF-8", b"year,y,x\n2001,3,\xff\xfe\x00\n".to_vec(), fit(plain), 1, &["in.csv", "UTF-8"]),
        ("all zero", b"year,y,x\n2001,0,1\n2002,0,2\n2003,0,3\n2004,0,4\n".to_vec(), fit(plain), 1, &["all", "zero"]),
        ("too many parameters", b"year,y,x\n2001,3,1\n".to_vec(), fit(plain), 1, &["parameters", "rows"]),
        ("bad formula", good.into(), fit(&["y ~ log(x"]), 2, &["^"]),
        ("unknown function", good.into(), fit(&["y ~ lgo(x)"]), 2, &["lgo", "log", "^"]),
        ("unknown model", good.into(), fit(&["y ~ x", "--model", "glmm"]), 2, &["glmm", "glm"]),
        ("unknown family", good.into(), fit(&["y ~ x", "--family", "nb3"]), 2, &["nb3", "nb"]),
        ("bad level", good.into(), fit(&["y ~ x", "--level", "95"]), 2, &["--level", "95"]),
    ];
    for (name, bytes, args, code, parts) in cases {
        write(dir.path(), "in.csv", bytes);
        let out = tumen(dir.path()).args(&args).args(["-o", "out.json", "--format", "json"]).output().expect("it runs");
        let message = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(code), "{name}: {message}");
        assert_eq!(message.matches("error: ").count(), 1, "{name}: {message}");
        assert!(!message.contains("panicked"), "{name}: {message}");
        for part in parts {
            assert!(message.contains(part), "{name}: `{part}` is missing from: {message}");
        }
        assert!(!dir.path().join("out.json").exists(), "{name} left an output file");
        assert!(out.stdout.is_empty(), "{name}");
    }
}

#[test]
fn missing_files_and_folders_are_named() {
    let dir = folder();
    for (arg, part) in [("nowhere.csv", "nowhere.csv"), (".", "folder"), ("nowhere.toml", "nowhere.toml")] {
        let out = tumen(dir.path()).args(["fit", arg, "--formula", "y ~ 1"]).output().expect("it runs");
        let message = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{arg}: {message}");
        assert!(message.contains(part), "{arg}: {message}");
    }
}

#[test]
fn a_constant_covariate_is_dropped_by_name() {
    let dir = folder();
    write(dir.path(), "in.csv", "year,y,k\n2001,3,7\n2002,5,7\n2003,4,7\n2004,9,7\n");
    let v = json(tumen(dir.path()).args(["fit", "in.csv", "--formula", "y ~ k", "--format", "json"]));
    let term = &v["fits"][0]["terms"][1];
    assert_eq!(term["term"], "k");
    assert!(term["estimate"].is_null() && term["verdict"].as_str().is_some_and(|t| t.starts_with("dropped")), "{term}");
}

#[test]
fn a_misspelt_key_of_a_study_is_answered_with_the_nearest() {
    let dir = folder();
    write(dir.path(), "s.toml", "title = \"x\"\nfamly = \"nb2\"\n");
    let out = tumen(dir.path()).args(["fit", "s.toml"]).output().expect("it runs");
    let message = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2));
    assert!(
        message.contains("unknown key `famly`") && message.contains("`family`") && message.contains("s.toml:2:1"),
        "{message}"
    );
}

/// Zeros exactly where `x` is 1 leave the zero part no finite estimate; a covariate that merely reaches far does.
#[test]
fn a_separated_zero_part_is_told_from_one_that_reaches_far() {
    let dir = folder();
    let row = |i: usize, x: usize, y: usize| format!("{},{y},{x}\n", 1900 + i);
    let split: String = (0..60).map(|i| row(i, i % 3 / 2, if i % 3 == 2 { 0 } else { 1 + i * 7 % 4 })).collect();
    let far: String =
        (0..60).map(|i| row(i, if i == 59 { 900 } else { i % 9 }, [0, 3, 0, 2, 1, 4, 2, 3, 2][i % 9])).collect();
    for (rows, separated) in [(split, true), (far, false)] {
        write(dir.path(), "in.csv", format!("year,y,x\n{rows}"));
        let arguments = ["fit", "in.csv", "--formula", "y ~ 1 | x", "--family", "hurdle-poisson", "--format", "json"];
        let fit = &json(tumen(dir.path()).args(arguments))["fits"][0];
        assert_eq!(fit["warnings"].to_string().contains("separate"), separated, "{}", fit["warnings"]);
    }
}

/// A formula without any other coefficient has profile intervals too: of a constant Poisson mean they are known.
#[test]
fn the_interval_of_a_constant_mean() {
    let dir = folder();
    write(dir.path(), "in.csv", "year,y\n2001,3\n2002,5\n2003,4\n2004,9\n");
    let v = json(tumen(dir.path()).args(["fit", "in.csv", "--formula", "y ~ 1", "--format", "json"]));
    let term = &v["fits"][0]["terms"][0];
    let number = |key: &str| term[key].as_f64().expect("a number");
    assert!((number("rate_ratio") - 5.25).abs() < 1e-9);
    // 2 (ℓ(ȳ) − ℓ(m)) = 2 · 21 (ln(ȳ/m) − 1 + m/ȳ) is the χ²₁ quantile (R: qchisq(0.95, 1)) at both ends.
    for end in ["rate_ratio_low", "rate_ratio_high"] {
        let r = number(end) / 5.25;
        assert!((42.0 * (r - 1.0 - r.ln()) - 3.841_458_820_694_124).abs() < 1e-6, "{end}");
    }
}

#[test]
fn outputs_name_the_family_and_estimator_in_force() {
    let dir = folder();
    let rows: String = (0..40).map(|i| format!("{},{}\n", 1950 + i, 3 + i * 7 % 11)).collect();
    write(dir.path(), "in.csv", format!("year,y\n{rows}"));
    for (arguments, family, estimate) in [
        (&["--model", "ingarch", "--past-obs", "1", "--estimator", "two-step"][..], "poisson", "two-step"),
        (&["--model", "ingarch", "--past-obs", "1", "--family", "nb2"][..], "nb2", "ml"),
        (&["--model", "climatology"][..], "nb2", "ml"),
        (&["--model", "loglinear"][..], "gaussian-log", "ml"),
        (&["--model", "naive"][..], "gaussian", "ml"),
        (&["--model", "ensemble"][..], "poisson, gaussian-log", "ml"),
    ] {
        let all = [&["fit", "in.csv", "--formula", "y ~ 1", "--format", "json"], arguments].concat();
        let model = &json(tumen(dir.path()).args(all))["fits"][0]["model"];
        assert_eq!((&model["family"], &model["estimate"]), (&family.into(), &estimate.into()), "{arguments:?}");
    }
    for arguments in [["--model", "ingarch", "--family", "zip"], ["--model", "glarma", "--family", "hurdle-nb2"]] {
        let all = [&["fit", "in.csv", "--formula", "y ~ 1"], &arguments[..]].concat();
        let out = tumen(dir.path()).args(all).output().expect("it runs");
        assert_eq!(out.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&out.stderr).contains(&format!("has no family `{}`", arguments[3])));
    }
}

/// A cell that is no number turns a column of numbers into a factor, as in R; but it is said.
#[test]
fn a_spoilt_column_of_numbers_is_named() {
    let dir = folder();
    let rows: String = (0..20).map(|i| format!("{},{},{}\n", 1950 + i, 3 + i % 4, i % 3)).collect();
    write(dir.path(), "in.csv", format!("year,y,x\n{}", rows.replacen(",3,0", ",3,O", 1)));
    let out = tumen(dir.path()).args(["fit", "in.csv", "--formula", "y ~ x"]).output().expect("it runs");
    let message = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && message.contains("`O` in column `x` is not a number"), "{message}");
    assert!(message.contains("line 2") && message.contains("factor"), "{message}");
}

/// Times as other programs write them: R's `time()` of a series, months by name.
#[test]
fn decimal_years_and_names_of_months_are_periods() {
    let dir = folder();
    for (text, periods) in [
        ("time,y\n1969.917,3\n1970.000,5\n1970.083,4\n1970.167,2\n", ["1969-12", "1970-01", "1970-02", "1970-03"]),
        ("time,y\n1969.5,3\n1969.75,5\n1970,4\n1970.25,2\n", ["1969Q3", "1969Q4", "1970Q1", "1970Q2"]),
        (
            "year,month,y\n2001,Nov,3\n2001,December,5\n2002,jan,4\n2002,Feb.,2\n",
            ["2001-11", "2001-12", "2002-01", "2002-02"],
        ),
    ] {
        write(dir.path(), "in.csv", text);
        let v = json(tumen(dir.path()).args(["fit", "in.csv", "--formula", "y ~ 1", "--format", "json"]));
        let rows = v["fits"][0]["rows"].as_array().expect("rows").iter();
        assert_eq!(rows.map(|r| r["period"].as_str().expect("a period")).collect::<Vec<_>>(), periods, "{text}");
    }
    // A gap or a fraction that is no month stays an error.
    for text in ["time,y\n1969.917,3\n1970.083,4\n", "time,y\n1970.03,3\n1970.11,4\n"] {
        write(dir.path(), "in.csv", text);
        let out = tumen(dir.path()).args(["fit", "in.csv", "--formula", "y ~ 1"]).output().expect("it runs");
        assert_eq!(out.status.code(), Some(1), "{text}");
    }
}

/// What `data/README.md` and `data/sources.csv` say is doubtful: 2003 (705 by July, 704 by August), the first quarter of
/// 2002 that one page gives twice, and figures that stand at an earlier level than the totals that were revised later.
#[test]
fn the_check_finds_what_the_sources_disagree_on_and_no_more() {
    let dir = folder();
    let check = json(tumen(dir.path()).args(["data", "check", "--format", "json"]));
    let found: Vec<(String, String, Option<u64>)> = check["contradictions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| {
            let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
            (text(&c["kind"]), text(&c["spans"][0]), c["difference"].as_u64())
        })
        .collect();
    let named = |kind: &str, span: &str, size| found.contains(&(kind.into(), span.into(), size));
    assert!(named("part over whole", "2003-01-01–2003-07-31", Some(1)), "{found:?}");
    assert!(named("marked", "2002Q1", None), "{found:?}");
    let firm = found.iter().filter(|f| f.0 != "older vintage" && f.0 != "marked");
    assert_eq!(firm.count(), 1, "{found:?}");
    // the reconciled spans are disjoint, and those of a year add up to the figure of the year
    let rows = check["reconciliation"].as_array().expect("a list");
    let day = |r: &Value, key: &str| r[key].as_str().expect("a day").to_string();
    assert!(rows.windows(2).all(|w| day(&w[0], "end") < day(&w[1], "start")));
    let year: u64 =
        rows.iter().filter(|r| day(r, "start").starts_with("2012")).filter_map(|r| r["count"].as_u64()).sum();
    let shown = stdout(tumen(dir.path()).args(["data", "export"]));
    let line = shown.lines().find(|l| l.starts_with("2012,")).expect("the year");
    assert_eq!(line.split(',').nth(3), Some(year.to_string().as_str()), "{line}");
    // the first vintage of the first quarter of 2011 was 600, the last 566
    let quarter =
        check["revisions"].as_array().expect("a list").iter().find(|r| r["span"] == "2011Q1").expect("revised");
    let counts: Vec<u64> =
        quarter["figures"].as_array().expect("figures").iter().filter_map(|f| f["count"].as_u64()).collect();
    assert_eq!((counts.first(), counts.last()), (Some(&600), Some(&566)), "{quarter}");
}

#[test]
fn an_exact_quasi_fit_has_no_errors() {
    let dir = folder();
    write(dir.path(), "constant.csv", "year,y\n2001,5\n2002,5\n2003,5\n2004,5\n2005,5\n");
    let fit = ["fit", "constant.csv", "--formula", "y ~ 1", "--family", "quasipoisson", "--format", "json"];
    let term = &json(tumen(dir.path()).args(fit))["fits"][0]["terms"][0];
    assert!(term["std_error"].is_null() && term["p_value"].is_null() && term["conf_low"].is_null(), "{term}");
    assert_eq!(term["verdict"], "no errors: the fit is exact");
}

#[test]
fn underdispersed_counts_are_pointed_at_a_family_that_fits_them() {
    let dir = folder();
    write(dir.path(), "steady.csv", "year,y\n2001,8\n2002,7\n2003,9\n2004,8\n2005,8\n2006,7\n2007,9\n");
    for family in ["nb1", "nb2", "genpoisson"] {
        let out = tumen(dir.path()).args(["fit", "steady.csv", "--formula", "y ~ 1", "--family", family]).output();
        let said = String::from_utf8(out.expect("it runs").stderr).expect("UTF-8");
        assert!(said.contains("--family compoisson"), "{said}");
    }
}

/// `--start` finer or coarser than the step of the data.
#[test]
fn a_fit_starts_with_the_first_period_from_the_day_given() {
    let dir = folder();
    let months: String = (0..36).map(|m| format!("{}-{:02},{}\n", 2001 + m / 12, m % 12 + 1, m % 5 + 3)).collect();
    let years: String = (1990..2020).map(|y| format!("{y},{}\n", y % 7 + 2)).collect();
    write(dir.path(), "m.csv", format!("month,y\n{months}"));
    write(dir.path(), "y.csv", format!("year,y\n{years}"));
    let n = |file: &str, start: &str| {
        let fit = ["fit", file, "--formula", "y ~ 1", "--format", "json", "--start", start];
        json(tumen(dir.path()).args(fit))["fits"][0]["glance"]["nobs"].as_u64().expect("a number")
    };
    for (start, rows) in [("2000", 20), ("2000-01-01", 20), ("2000-01", 20), ("2000-01-02", 19), ("1900", 30)] {
        assert_eq!(n("y.csv", start), rows, "{start}");
    }
    for (start, rows) in [("2002", 24), ("2002-03", 22), ("2002-03-01", 22), ("2002-03-15", 21), ("2002Q2", 21)] {
        assert_eq!(n("m.csv", start), rows, "{start}");
    }
}
