//! `tumen backtest`.

use super::{Common, Format, output};
use crate::error::Result;
use crate::job;
use crate::report::{csv, tables};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// Also with covariates and events as recorded later, beside strictly as known
    #[arg(long)]
    ex_post: bool,
    #[command(flatten)]
    common: Common,
}

impl BacktestArgs {
    pub fn run(self) -> Result<()> {
        let mut session = self.common.open()?;
        session.ex_post = self.ex_post;
        let report = job::backtest(&session)?;
        self.common.warn(session.notes.iter().chain(&report.warnings));
        let text = match self.common.format {
            Format::Json => output::json(&report)?,
            Format::Csv => csv::backtest(&report)?,
            format => output::tables(&tables::backtest(&report), format),
        };
        output::deliver(&self.common, &text)
    }
}
