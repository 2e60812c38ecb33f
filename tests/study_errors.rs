//! What is wrong with a study is said with the file, the line and the column, formulas and scenario files included.

use assert_cmd::Command;
use std::path::Path;

const COUNTS: &str = "year,y,x\n2001,5,1\n2002,7,2\n2003,4,1\n2004,9,3\n2005,8,2\n2006,6,1\n";
const EVENTS: &str = "id,name,date,end_date\nclosure,Closure,2004-01-01,\n";

/// What a command says on standard error about a study, with `study.toml` for its path.
fn said(folder: &Path, study: &str, arguments: &[&str]) -> String {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("counts.csv", COUNTS);
    write("events.csv", EVENTS);
    write("study.toml", study);
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    let out =
        c.current_dir(folder).arg(arguments[0]).arg("study.toml").args(&arguments[1..]).output().expect("it runs");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn with_data(top: &str, rest: &str) -> String {
    format!("{top}\n[data]\ncounts = \"counts.csv\"\nevents = \"events.csv\"\n{rest}")
}

#[test]
fn a_slip_in_a_formula_is_shown_where_it_stands_in_the_study() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |study: &str, words: &str| {
        let text = said(folder.path(), study, &["fit"]);
        assert!(text.contains(words), "{study}\n{text}");
    };
    let caret =
        "  at study.toml:1:20\n    formula = \"y ~ x + logg(x)\"\n                       ^^^^\n  help: did you mean";
    at(&with_data("formula = \"y ~ x + logg(x)\"", ""), caret);
    at(&with_data("formula = '''\ny ~ x +\n  wol'''", ""), "  at study.toml:3:3\n      wol");
    at(
        &with_data("formula = \"y ~ x\"", "[[models]]\nname = \"m\"\nformula = \"y ~ event(closur)\""),
        "study.toml:7:16",
    );
    // An escape moves the columns: the value as a whole.
    at(&with_data("formula = \"y ~ x + C(x, ref=\\\"1\\\") + wol\"", ""), "  at study.toml:1:11\n");
    // Of the command line, it stands there.
    let text = said(folder.path(), &with_data("formula = \"y ~ x\"", ""), &["fit", "--formula", "y ~ wol"]);
    assert!(text.contains("  at formula:1:5\n"), "{text}");
}

#[test]
fn settings_and_files_that_do_not_fit_the_data_are_shown_where_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    for (line, place) in [
        ("vcov = \"cluster:foo\"", "study.toml:2:8"),
        ("weights = \"foo\"", "study.toml:2:11"),
        ("model = \"glmm\"", "study.toml:2:9"),
        ("family = \"nb3\"", "study.toml:2:10"),
    ] {
        let text = said(folder.path(), &with_data(&format!("formula = \"y ~ x\"\n{line}"), ""), &["fit"]);
        assert!(text.contains(&format!("  at {place}\n")), "{text}");
    }
    let missing = "formula = \"y ~ x\"\n[data]\ncounts = \"counts.csv\"\ncovariates = [\"nope.csv\"]\n";
    let text = said(folder.path(), missing, &["fit"]);
    assert!(text.contains("no such file: `nope.csv`\n  at study.toml:4:14\n"), "{text}");
}

#[test]
fn scenario_files_are_blamed_by_line_and_notes_name_the_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = with_data("formula = \"y ~ x + event(closure)\"", "");
    let forecast = |scenarios: &str| {
        std::fs::write(folder.path().join("f.toml"), scenarios).expect("written");
        said(folder.path(), &study, &["forecast", "--scenario", "f.toml", "--horizon", "1", "--draws", "100"])
    };
    let text = forecast("[low]\ncolumns = { x = 1 }\n[late]\nevents = { closur = { end = \"2006-01-01\" } }\n");
    let caret = "  at f.toml:4:12\n    events = { closur = { end = \"2006-01-01\" } }\n               ^^^^^^\n";
    assert!(text.contains("scenario `late`: unknown event `closur`\n") && text.contains(caret), "{text}");
    let text = forecast("[scenarios.low.columns]\nx = 1\n");
    let caret = "  at f.toml:1:2\n    [scenarios.low.columns]\n     ^^^^^^^^^\n  help: write [scenario.low], without the s, or [low]";
    assert!(text.contains(caret), "{text}");
    let text = forecast("[low]\ncolumns = { x = { \"2003\" = 0.3 } }\n");
    assert!(text.contains("note: scenario `low`: every period of the path of `x` is past"), "{text}");
    assert!(text.contains("note: scenario `low`: x: 0.3 in 2003"), "{text}");
}
