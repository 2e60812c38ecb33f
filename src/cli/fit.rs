//! `tumen fit`.

use super::{Common, Format, output};
use crate::error::Result;
use crate::job;
use crate::report::{csv, tables};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    #[command(flatten)]
    common: Common,
}

impl FitArgs {
    pub fn run(self) -> Result<()> {
        let session = self.common.open()?;
        let report = job::fit(&session)?;
        self.common.warn(session.notes.iter().chain(report.fits.iter().flat_map(|f| &f.warnings)));
        let text = match self.common.format {
            Format::Json => output::json(&report)?,
            Format::Csv => csv::fit(&report)?,
            format => output::tables(&tables::fit(&report, session.flags.settings()?.level), format),
        };
        output::deliver(&self.common, &text)
    }
}
