//! What could not be written is refused before anything is computed.

use assert_cmd::Command;

#[test]
fn what_cannot_be_written_is_refused_before_the_data_are_read() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("bad.csv"), "year,y\n2001,-1\n2002,2\n").expect("written");
    std::fs::write(dir.path().join("out"), "{ mine }\n").expect("written");
    for (command, format) in [("fit", "table"), ("fit", "json"), ("backtest", "json"), ("data show", "json")] {
        let said = |more: &[&str]| {
            let mut c = Command::cargo_bin("tumen").expect("the binary is built");
            c.current_dir(dir.path());
            c.args(command.split(' ')).args(["bad.csv", "--formula", "y ~ z", "--format", format]).args(more);
            String::from_utf8_lossy(&c.output().expect("it runs").stderr).into_owned()
        };
        assert!(said(&["-o", "out"]).contains("was not written by tumen"), "{command} {format}");
        assert!(!said(&["-o", "out", "--force"]).contains("was not written by tumen"), "{command} {format}");
        assert!(said(&["-o", "bad.csv", "--force"]).contains("is the input"), "{command} {format}");
    }
}
