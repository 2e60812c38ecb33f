//! `tumen backtest`.

use super::{Common, Format, output, panel};
use crate::error::Result;
use crate::job;
use crate::report::{self, csv, tables};
use crate::results::BacktestReport;
use crate::results::panel::{Backtests, overall};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// Also with covariates and events as recorded later, beside strictly as known
    #[arg(long)]
    ex_post: bool,
    /// Also the other scores (Dawid-Sebastiani, quadratic, spherical, squared error, WIS …) and marginal calibration; JSON always
    /// has both, CSV the scores
    #[arg(long)]
    more: bool,
    #[command(flatten)]
    common: Common,
}

impl BacktestArgs {
    pub fn run(self) -> Result<()> {
        let done = self.common.panel()?.run(|mut session| {
            session.ex_post = self.ex_post;
            job::backtest(&session)
        })?;
        self.common.warn(&done.warnings(|r| r.warnings.clone()));
        let reports: Vec<&BacktestReport> = done.parts.iter().map(|p| &p.result).collect();
        let overall = if done.is_panel() { overall(&reports) } else { Vec::new() };
        let text = match self.common.format {
            Format::Json => {
                let warnings = done.warnings(|r| r.warnings.clone());
                let single = reports.first().filter(|_| !done.is_panel()).map_or(&warnings, |r| &r.warnings);
                output::json(&Backtests::new(&panel::pairs(&done), &overall, single))?
            }
            Format::Csv => panel::csv(&done, csv::backtest)?,
            format => {
                let groups = panel::text(&done, format, |r| {
                    let mut list = tables::backtest(r);
                    list.extend(if self.more { tables::backtest_more(r) } else { Vec::new() });
                    output::tables(&list, format)
                });
                let first = report::panel::overall(&overall, reports.first().map_or("", |r| &r.baseline));
                first.map_or(String::new(), |t| output::tables(&[t], format) + "\n") + &groups
            }
        };
        output::deliver(&self.common, &text)
    }
}
