//! Parquet files (feature `parquet`): what is written is read again.
#![cfg(feature = "parquet")]

use assert_cmd::Command;
use std::path::Path;

fn stdout(dir: &Path, args: &[&str]) -> String {
    let out = Command::cargo_bin("tumen")
        .expect("the binary is built")
        .current_dir(dir)
        .args(args)
        .output()
        .expect("it runs");
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

#[test]
fn an_export_is_read_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let text =
        "region,year,y,x,f\nnorth,2001,5,1.5,a\nnorth,2002,,2,b\nnorth,2003,7,,\n서울,2001,1,0.25,a\n서울,2002,2,-1,\n";
    std::fs::write(dir.path().join("in.csv"), text).expect("a file");
    let with =
        |file: &str| ["data", "export", file, "--by", "region", "--formula", "y ~ 1", "--quiet"].map(String::from);
    let export = |file: &str, more: &[&str]| {
        let args = with(file);
        stdout(dir.path(), &[args.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), more].concat())
    };
    export("in.csv", &["--format", "parquet", "-o", "out.parquet"]);
    assert_eq!(export("in.csv", &[]), export("out.parquet", &[]));
    let out = Command::cargo_bin("tumen")
        .expect("built")
        .current_dir(dir.path())
        .args(["fit", "in.csv", "--format", "parquet"])
        .output();
    assert_eq!(out.expect("it runs").status.code(), Some(2));
}
