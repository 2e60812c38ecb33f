//! `tumen forecast`.

use super::{Common, Format, output, panel};
use crate::error::Result;
use crate::job;
use crate::report::{csv, tables};
use crate::results::panel::Forecasts;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ForecastArgs {
    /// Split the forecast variance into means (parameters, earlier counts on the path) and count noise: shares in the table, both
    /// variances in JSON
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    common: Common,
}

impl ForecastArgs {
    pub fn run(self) -> Result<()> {
        let done = self.common.panel()?.run(|mut session| {
            session.explain = self.explain;
            job::forecast(&session)
        })?;
        self.common.warn(&done.warnings(|r| r.forecasts.iter().flat_map(|f| f.warnings.clone()).collect()));
        let text = match self.common.format {
            Format::Json => output::json(&Forecasts::new(&panel::pairs(&done)))?,
            Format::Csv => panel::csv(&done, csv::forecast)?,
            format => panel::text(&done, format, |r| output::tables(&tables::forecast(r, |s| s), format)),
        };
        output::deliver(&self.common, &text)
    }
}
