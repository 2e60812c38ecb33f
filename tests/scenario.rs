//! Scenarios at the command line: in the study, in a file of their own, and wrong ones.

use assert_cmd::Command;
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

#[test]
fn a_wrong_scenario_stops_only_those_who_ask_for_it() {
    let dir = folder();
    write(dir.path(), "y.csv", "year,y,x,g\n2001,5,1,a\n2002,7,2,b\n2003,9,2,a\n2004,8,1,b\n2005,9,3,a\n2006,4,1,b\n");
    let study = |entry: &str| {
        let head = "formula = \"y ~ x\"\n[data]\ncounts = \"y.csv\"\n[scenario.good.columns]\nx = 2\n";
        write(dir.path(), "s.toml", format!("{head}{entry}"));
    };
    for (entry, message) in [
        ("[scenario.bad.columns]\nx = { low = 1, hgih = 2 }\n", "unknown key `hgih` in a range"),
        ("[scenario.bad.columns]\nx = \"lats\"\n", "column `x`: `lats` is no number"),
        ("[scenario.bad.columns]\nxx = 3\n", "unknown column `xx`"),
        ("[scenario.bad.columns]\ng = \"c\"\n", "column `g`: unknown level `c`"),
        ("[scenario.bad.events]\nopen = { start = \"2008\" }\n", "unknown event `open`"),
    ] {
        study(entry);
        for args in [&["fit"][..], &["forecast", "--scenario", "good", "--draws", "200"]] {
            let out = tumen(dir.path()).args(args).arg("s.toml").output().expect("it runs");
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success() && said.contains("scenario `bad` cannot be used: "), "{entry}{said}");
            assert!(said.contains(message) && said.contains("(s.toml:7)"), "{entry}{said}");
        }
        for args in [&["forecast"][..], &["forecast", "--scenario", "bad"]] {
            let out = tumen(dir.path()).args(args).arg("s.toml").output().expect("it runs");
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(!out.status.success() && said.contains(message) && said.contains("at s.toml:7:"), "{said}");
        }
    }
    study("[scenario.past.columns]\nx = { \"2002\" = 5 }\n");
    let out = tumen(dir.path()).args(["fit", "s.toml"]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&out.stderr).contains("scenario `past`: every period of the path of `x` is past"));
}

#[test]
fn scenarios_may_stand_in_a_file_of_their_own() {
    let dir = folder();
    let d = dir.path();
    write(
        d,
        "y.csv",
        "year,y,x,g\n2001,5,1,a\n2002,7,2,b\n2003,9,2,a\n2004,8,1,b\n2005,9,3,a\n2006,4,1,b\n2007,6,2,a\n2008,5,2,b\n",
    );
    write(d, "ev.csv", "id,date,end_date\nclosure,2004-01-01,2005-06-30\nfence,2006-01-01,\n");
    let all = "columns = { x = 3, g = \"b\" }\n[PRE.path]\ncolumns = { x = { \"2010\" = 1, \"2011\" = 4 } }\n\
               [PRE.range]\ncolumns = { x = { low = 1, high = 2, distribution = \"triangular\" } }\n[PRE.quo]\ndefault = \"last\"\n\
               [PRE.model]\ndefault = \"model\"\n[PRE.events]\nevents = { closure = { start = \"2010-03\" }, fence = { end = \"2009-06\" } }\n";
    let head = "formula = \"y ~ x + event(closure) + event(fence)\"\nseed = 3\n[data]\ncounts = \"y.csv\"\nevents = \"ev.csv\"\n";
    write(d, "plain.toml", format!("[PRE.fixed]\n{all}").replace("PRE.", ""));
    write(d, "nested.toml", format!("[PRE.fixed]\n{all}").replace("PRE", "scenario"));
    write(d, "study.toml", head);
    write(d, "whole.toml", format!("{head}[PRE.fixed]\n{all}").replace("PRE", "scenario"));
    let run = |args: &[&str]| {
        let out = stdout(tumen(d).args(["forecast", "--format", "csv", "--draws", "300", "--quiet"]).args(args));
        assert!(!out.contains("NaN"), "{out}");
        out
    };
    let whole = run(&["whole.toml"]);
    assert_eq!(run(&["study.toml", "--scenario", "plain.toml"]), whole);
    assert_eq!(run(&["study.toml", "--scenario", "nested.toml"]), whole);
    for name in ["fixed", "path", "range", "quo", "model", "events"] {
        assert!(whole.contains(&format!(",{name},")), "{name}");
    }
    let refused = |text: &str| {
        write(d, "bad.toml", text);
        let out = tumen(d).args(["forecast", "study.toml", "--scenario", "bad.toml"]).output().expect("it runs");
        assert!(!out.status.success());
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    for (text, wanted) in [
        ("[a.columns]\nx = { low = 1, hgih = 2 }\n", "bad.toml:2:16"),
        ("[a.columns]\nxx = 2\n", "did you mean `x`?"),
        ("[a]\nlable = \"b\"\n", "bad.toml:2:1"),
        ("[scenario.a]\n[b]\n", "`b` is no scenario"),
        ("a = 3\n", "`a` is no table: write [a]"),
        ("", "no scenario is in the file"),
        ("[a", "bad.toml:1:"),
    ] {
        let said = refused(text);
        assert!(said.contains(wanted), "{text}: {said}");
    }
    let out = tumen(d).args(["forecast", "study.toml", "--scenario", "none.toml"]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&out.stderr).contains("cannot read the scenarios of `none.toml`"));
}
