//! Reference cases through the command line: what a user types, against what other software printed.
//!
//! Every number comes out of `--format json` under the field names of the contract (docs/design.md) and is compared with
//! the case's `results` to the case's tolerance; the software and its version stand in each `case.json`.

#[path = "reference_cli/backtest.rs"]
mod backtest;
#[path = "reference_cli/counts.rs"]
mod counts;
#[path = "reference_cli/covariance.rs"]
mod covariance;
#[path = "reference_cli/diagnostics.rs"]
mod diagnostics;
#[path = "reference_cli/limits.rs"]
mod limits;
#[path = "reference_cli/penalty.rs"]
mod penalty;
#[path = "reference_cli/run.rs"]
mod run;
#[path = "reference_cli/serial.rs"]
mod serial;
