//! What is not written over without leave, and settings that nothing uses.

use assert_cmd::Command;

const COUNTS: &str = "year,y\n2001,1\n2002,2\n2003,3\n2004,2\n";

fn tumen(folder: &std::path::Path) -> Command {
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    c.current_dir(folder);
    c
}

#[test]
fn every_command_asks_before_it_writes_over_a_foreign_file() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("a.csv"), COUNTS).expect("written");
    for (command, format) in [("fit", "table"), ("fit", "json"), ("effects", "csv"), ("data show", "csv")] {
        let run = |more: &[&str]| {
            let mut c = tumen(dir.path());
            c.args(command.split(' ')).args(["a.csv", "--formula", "y ~ 1", "--format", format, "-o", "out"]);
            c.args(more).output().expect("it runs")
        };
        std::fs::write(dir.path().join("out"), "{ mine }\n").expect("written");
        let refused = run(&[]);
        assert_eq!(refused.status.code(), Some(2), "{command} {format}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("or --force"), "{command} {format}");
        assert_eq!(std::fs::read_to_string(dir.path().join("out")).expect("still there"), "{ mine }\n");
        // With leave, and then over its own output without.
        assert!(run(&["--force"]).status.success() && run(&[]).status.success(), "{command} {format}");
    }
}

#[test]
fn settings_of_other_models_are_said_to_be_idle_and_penalties_are_not_negative() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("a.csv"), COUNTS).expect("written");
    let run = |more: &[&str]| {
        let out = tumen(dir.path()).args(["fit", "a.csv", "--formula", "y ~ 1"]).args(more).output().expect("it runs");
        (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let (code, said) = run(&["--alpha", "0.5"]);
    assert!(code == Some(0) && said.contains("--alpha is not used: it is a setting of --model elastic-net"), "{said}");
    let (code, said) = run(&["--model", "elastic-net", "--lambda", "-1"]);
    assert!(code == Some(2) && said.contains("--lambda takes numbers from 0 up"), "{said}");
}
