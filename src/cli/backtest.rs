//! `tumen backtest`.

use super::{Common, Format, output};
use crate::error::Result;
use crate::job;
use crate::report::tables;
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
            Format::Table => tables::backtest_terminal(&report),
            Format::Markdown => tables::backtest_markdown(&report),
            Format::Json => output::json(&report)?,
            Format::Csv => tables::backtest_csv(&report)?,
        };
        output::deliver(&self.common, &text)
    }
}
