//! The `tumen` command: parse, run, print the error with its place and remedy, exit code.

use clap::Parser as _;
use std::process::ExitCode;
use tumen::cli::{Cli, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            tumen::cli::complain(&e);
            ExitCode::from(e.exit_code())
        }
    }
}
