//! `tumen fit`.

use super::{Common, Format, output, panel};
use crate::error::Result;
use crate::job;
use crate::report::{csv, tables};
use crate::results::panel::Fits;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    #[command(flatten)]
    common: Common,
}

impl FitArgs {
    pub fn run(self) -> Result<()> {
        let panel = self.common.panel()?;
        let level = panel.flags().settings()?.level;
        let format = self.common.format;
        let done = panel.run(|session| {
            let mut report = job::fit(&session)?;
            if format != Format::Json {
                // Only JSON shows them; in a panel of thousands they would fill the memory.
                report.fits.iter_mut().for_each(|f| f.rows = Vec::new());
            }
            Ok(report)
        })?;
        self.common.warn(&done.warnings(|r| r.fits.iter().flat_map(|f| f.warnings.clone()).collect()));
        let text = match format {
            Format::Json => output::json(&Fits::new(&panel::pairs(&done)))?,
            Format::Csv => panel::csv(&done, csv::fit)?,
            format => panel::text(&done, format, |r| output::tables(&tables::fit(r, level), format)),
        };
        output::deliver(&self.common, &text)
    }
}
