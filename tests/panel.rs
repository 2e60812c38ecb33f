//! Panels (`--by`): a group's result is that of its rows alone, whatever the threads and the other groups.

use assert_cmd::Command;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

fn tumen(dir: &Path, args: &[&str]) -> std::process::Output {
    Command::cargo_bin("tumen").expect("the binary is built").current_dir(dir).args(args).output().expect("it runs")
}

fn stdout(dir: &Path, args: &[&str]) -> String {
    let out = tumen(dir, args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn json(dir: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&stdout(dir, &[args, &["--format", "json", "--quiet"]].concat())).expect("JSON")
}

/// Yearly counts of regions and sexes with a covariate; `only` keeps one combination.
fn rows(only: Option<(&str, &str)>) -> String {
    let mut text = "region,year,sex,y,x\n".to_string();
    for year in 1996..2022 {
        for (i, region) in ["north", "south", "서울"].iter().enumerate() {
            for (j, sex) in ["f", "m"].iter().enumerate() {
                let t = year - 1996;
                let y = 20 + 7 * i + 11 * j + (t * (3 + 5 * i + j)) % 17;
                if only.is_none_or(|o| o == (region, sex)) {
                    writeln!(text, "{region},{year},{sex},{y},{}", (t * 7) % 5).expect("text");
                }
            }
        }
    }
    text
}

fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).expect("a file");
    }
    dir
}

#[test]
fn a_group_of_a_panel_gives_what_its_rows_alone_give() {
    let dir = folder(&[("all.csv", rows(None)), ("one.csv", rows(Some(("south", "m"))))]);
    let commands: [(&[&str], &str); 3] = [
        (&["fit", "FILE", "--by", "region,sex", "--formula", "y ~ x + lag(log(y), 1)"], "fits"),
        (&["forecast", "FILE", "--by", "region,sex", "--formula", "y ~ x", "--draws", "300"], "forecasts"),
        (
            &["backtest", "FILE", "--by", "region,sex", "--formula", "y ~ x", "--draws", "200", "--from", "2015"],
            "scores",
        ),
    ];
    for (args, list) in commands {
        let with =
            |file: &'static str| args.iter().map(|a| if *a == "FILE" { file } else { *a }).collect::<Vec<&str>>();
        let one = json(dir.path(), &with("one.csv"));
        let all = json(dir.path(), &[with("all.csv"), vec!["--threads", "1"]].concat());
        assert_eq!(all, json(dir.path(), &with("all.csv")), "{list}: threads");
        let group = serde_json::json!({ "region": "south", "sex": "m" });
        let of = |v: &Value| -> Vec<Value> {
            v[list].as_array().expect("a list").iter().filter(|r| r["group"] == group).cloned().collect()
        };
        assert!(!of(&one).is_empty(), "{list}");
        assert_eq!(of(&one), of(&all), "{list}");
        assert_eq!(of(&one).len(), one[list].as_array().expect("a list").len(), "{list}");
        assert!(all[list].as_array().expect("a list").len() == 6 * of(&one).len(), "{list}");
    }
}

#[test]
fn group_columns_lead_the_tables_and_are_no_covariates() {
    let dir = folder(&[("all.csv", rows(None))]);
    let panel = ["all.csv", "--by", "region,sex"];
    let heads: [(&[&str], &str); 6] = [
        (&["fit", "--formula", "y ~ x"], "region,sex,model,term,"),
        (&["effects", "--formula", "y ~ x"], "region,sex,analysis,item,"),
        (&["forecast", "--formula", "y ~ x", "--draws", "100"], "region,sex,origin_date,model,"),
        (&["interventions", "--formula", "y ~ 1", "--at", "2010"], "region,sex,kind,period,"),
        (&["data", "check", "--formula", "y ~ x"], "region,sex,kind,name,"),
        (&["data", "export", "--formula", "y ~ x"], "region,sex,period,start,"),
    ];
    for (args, head) in heads {
        let text = stdout(dir.path(), &[args, &panel, &["--format", "csv", "--quiet"]].concat());
        assert!(text.starts_with(head), "{args:?}: {}", text.lines().next().unwrap_or_default());
        assert!(text.contains("\nnorth,f,") && text.contains("\n서울,m,"), "{args:?}");
    }
    let export =
        stdout(dir.path(), &["data", "export", "all.csv", "--by", "region,sex", "--formula", "y ~ x", "--quiet"]);
    assert_eq!(export.lines().next(), Some("region,sex,period,start,end,y,status,known_from,x"));
    assert_eq!(export.lines().count(), 1 + 6 * 26);
    let table =
        stdout(dir.path(), &["fit", "all.csv", "--by", "region", "--formula", "y ~ x", "--time", "none", "--quiet"]);
    assert!(table.contains("region = north\n═") && table.contains("region = 서울\n"), "{table}");
}

#[test]
fn one_group_s_failure_is_told_and_does_not_sink_the_others() {
    let bad = rows(None) + "east,1996,f,5,1\neast,1997,f,-2,1\n";
    let dir = folder(&[("all.csv", bad)]);
    let out = tumen(dir.path(), &["fit", "all.csv", "--by", "region,sex", "--formula", "y ~ x"]);
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success());
    assert!(told.contains("region = east, sex = f is left out: `-2` in column `y` is negative"), "{told}");
    assert!(told.contains("(at all.csv:159:13)"), "{told}");
    let out = tumen(dir.path(), &["fit", "all.csv", "--by", "regoin", "--formula", "y ~ x"]);
    let told = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2));
    assert!(told.contains("unknown column `regoin`") && told.contains("`region`"), "{told}");
    let out = tumen(dir.path(), &["fit", "all.csv", "--by", "region,sex", "--formula", "y ~ z"]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("unknown column `z`"));
    assert_eq!(out.status.code(), Some(1));
    let out = tumen(dir.path(), &["fit", "all.csv", "--by", "region,region", "--formula", "y ~ x"]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn a_study_names_its_groups_and_further_files_are_parted_too() {
    let study = "by = [\"region\", \"sex\"]\nformula = \"y ~ w + v\"\n[data]\ncounts = \"all.csv\"\ncovariates = [\"w.csv\", \"v.csv\"]\n";
    let (mut w, mut v) = ("region,year,w\n".to_string(), "year,v\n".to_string());
    for year in 1996..2022 {
        for (i, region) in ["north", "south", "서울"].iter().enumerate() {
            writeln!(w, "{region},{year},{}", (year * (i + 3)) % 11).expect("text");
        }
        writeln!(v, "{year},{}", year % 3).expect("text");
    }
    let dir = folder(&[("all.csv", rows(None)), ("study.toml", study.into()), ("w.csv", w), ("v.csv", v)]);
    let export = stdout(dir.path(), &["data", "export", "study.toml", "--quiet"]);
    let row = |start: &str| export.lines().find(|l| l.starts_with(start)).unwrap_or_default().to_string();
    // 2001 is 10 modulo 11: w = 10·3, 10·4, 10·5 modulo 11; v = 0
    for (group, w) in [("north,f", 8), ("south,m", 7), ("서울,f", 6)] {
        assert!(row(&format!("{group},2001,")).ends_with(&format!(",{w},0")), "{}", row(&format!("{group},2001,")));
    }
    let overall = &json(dir.path(), &["backtest", "study.toml", "--draws", "100", "--from", "2016"])["overall"];
    let glm = overall.as_array().expect("a list").iter().find(|o| o["model"] == "glm" && o["horizon"].is_null());
    assert_eq!(glm.expect("glm")["groups"], 6);
    let text = stdout(dir.path(), &["backtest", "study.toml", "--draws", "100", "--from", "2016", "--quiet"]);
    assert!(text.starts_with("All groups: mean scores over groups"), "{text}");
}

#[test]
fn a_report_of_a_panel_is_an_overview_with_a_page_per_group() {
    let dir = folder(&[("all.csv", rows(None))]);
    let args = ["report", "all.csv", "--by", "sex,region", "--formula", "y ~ x", "--draws", "100", "--from", "2018"];
    let text = stdout(dir.path(), &args);
    assert!(text.contains("6 pages are in report"), "{text}");
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).expect(name);
    assert!(read("report.html").contains("<a href=\"report/f-서울.html\">f, 서울</a>"));
    assert!(read("report/m-south.html").contains("Y: m, south"));
    // A second run may write over its own pages, but not over those of others.
    stdout(dir.path(), &args);
    std::fs::write(dir.path().join("report/m-south.html"), "mine").expect("a file");
    assert_eq!(tumen(dir.path(), &args).status.code(), Some(2));
    assert_eq!(read("report/m-south.html"), "mine");
    let many = (0..303).fold("g,year,y\n".to_string(), |t, i| t + &format!("{},{},{}\n", i / 3, 2000 + i % 3, i % 7));
    std::fs::write(dir.path().join("many.csv"), many).expect("a file");
    let out = tumen(dir.path(), &["report", "many.csv", "--by", "g", "-o", "many.html"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("a report of 101 groups would be 101 pages"));
    assert!(!dir.path().join("many.html").exists());
}

/// A group of zeros, one of few rows and one of a single row beside a usual one: those that cannot be fitted are named.
#[test]
fn effects_of_groups_that_cannot_be_fitted_are_left_out_by_name() {
    let mut text = "region,year,y,x\n".to_string();
    for t in 0..24 {
        writeln!(text, "usual,{},{},{}", 1990 + t, 4 + (t * 7) % 5, (t * 5) % 7).expect("text");
        writeln!(text, "zeros,{},0,{}", 1990 + t, (t * 3) % 7).expect("text");
        if t > 19 {
            writeln!(text, "few,{},{},{}", 1990 + t, 3 + (t * 5) % 4, (t * 5) % 7).expect("text");
        }
    }
    text.push_str("single,2013,3,2\n");
    let dir = folder(&[("all.csv", text)]);
    let args = ["effects", "all.csv", "--by", "region", "--formula", "y ~ x"];
    let out = tumen(dir.path(), &args);
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    assert!(said.contains("region = single is left out: more parameters (2) than rows (1)"), "{said}");
    assert!(said.contains("region = zeros is left out: all counts are zero"), "{said}");
    let report = json(dir.path(), &args);
    let groups: Vec<&str> =
        report["groups"].as_array().expect("groups").iter().filter_map(|g| g["group"]["region"].as_str()).collect();
    assert_eq!(groups, ["few", "usual"]);
}
