//! `tumen forecast`.

use super::{Common, Format, output};
use crate::error::Result;
use crate::job;
use crate::report::{csv, tables};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ForecastArgs {
    /// Split the forecast variance into means (parameters, earlier counts on the path) and count noise
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    common: Common,
}

impl ForecastArgs {
    pub fn run(self) -> Result<()> {
        let mut session = self.common.open()?;
        session.explain = self.explain;
        let report = job::forecast(&session)?;
        self.common.warn(session.notes.iter().chain(report.forecasts.iter().flat_map(|f| &f.warnings)));
        let text = match self.common.format {
            Format::Json => output::json(&report)?,
            Format::Csv => csv::forecast(&report)?,
            format => output::tables(&tables::forecast(&report, |s| s), format),
        };
        output::deliver(&self.common, &text)
    }
}
