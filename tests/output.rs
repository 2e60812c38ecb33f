//! Where output goes: files that are not written over without leave, streams that are no files; and settings that nothing uses.

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

#[test]
fn a_foreign_file_is_not_written_over() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("report.html"), "mine").expect("written");
    let out = tumen(dir.path()).output().expect("it runs");
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("was not written by tumen"));
    assert_eq!(std::fs::read_to_string(dir.path().join("report.html")).expect("still there"), "mine");
    assert!(tumen(dir.path()).arg("--force").output().expect("it runs").status.success());
}

#[test]
fn the_input_is_not_written_over() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("a.csv"), COUNTS).expect("written");
    let out = tumen(dir.path()).args(["fit", "a.csv", "--formula", "y ~ 1", "-o", "a.csv"]).output().expect("it runs");
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(dir.path().join("a.csv")).expect("still there"), COUNTS);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let bin = assert_cmd::cargo::cargo_bin("tumen");
    let line = format!("'{}' fit --format json --quiet | head -c 10", bin.display());
    let out = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {line}")])
        .current_dir(dir.path())
        .output();
    let out = out.expect("it runs");
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// A device, a pipe or an open stream is written to, never replaced by a file; a link stays a link.
#[cfg(unix)]
#[test]
fn streams_and_links_stay_what_they_are() {
    use std::os::unix::fs::FileTypeExt as _;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let d = dir.path();
    std::fs::write(d.join("a.csv"), COUNTS).expect("written");
    let fit = |to: &str| {
        let out = tumen(d).args(["fit", "a.csv", "--formula", "y ~ 1", "--format", "csv", "-o", to]).output();
        let out = out.expect("it runs");
        assert!(out.status.success(), "{to}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("UTF-8")
    };
    assert_eq!(fit("plain.csv"), "");
    let wanted = std::fs::read_to_string(d.join("plain.csv")).expect("written");
    assert_eq!(fit("/dev/stdout"), wanted);

    assert!(std::process::Command::new("mkfifo").arg(d.join("pipe")).status().expect("it runs").success());
    let (pipe, kind) =
        (d.join("pipe"), |name: &str| std::fs::symlink_metadata(d.join(name)).expect("there").file_type());
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).expect("read"));
    fit("pipe");
    assert!(kind("pipe").is_fifo());
    assert_eq!(reader.join().expect("it ends"), wanted);

    std::fs::create_dir(d.join("sub")).expect("a folder");
    std::os::unix::fs::symlink("sub/real.csv", d.join("link.csv")).expect("a link");
    std::fs::write(d.join("sub/real.csv"), "").expect("written");
    fit("link.csv");
    assert!(kind("link.csv").is_symlink());
    assert_eq!(std::fs::read_to_string(d.join("sub/real.csv")).expect("written"), wanted);
}
