//! `tumen report`, and `tumen` alone.

use super::{Common, Format, output};
use crate::error::{Error, Result};
use crate::job;
use crate::report::{self, tables};
use clap::Args;
use std::path::PathBuf;

/// Where the page goes unless `-o` says otherwise.
const PAGE: &str = "report.html";

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Write over a file that tumen did not write
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: Common,
}

impl ReportArgs {
    pub fn run(self) -> Result<()> {
        let path = self.common.output.clone().unwrap_or_else(|| PathBuf::from(PAGE));
        output::refuse_input(&self.common, &path)?;
        let markdown = self.common.format == Format::Markdown || path.extension().is_some_and(|e| e == "md");
        if matches!(self.common.format, Format::Json | Format::Csv) {
            return Err(Error::usage("a report is HTML or Markdown")
                .help("for tables use fit, forecast or backtest with --format json or csv"));
        }
        if !self.force && !output::is_ours(&path) {
            return Err(Error::usage(format!("{} exists and was not written by tumen", path.display()))
                .help("give another file with -o, or --force"));
        }
        let session = self.common.open()?;
        let page = job::page(&session)?;
        let text = if markdown { report::markdown::render(&page) } else { report::html::render(&page) };
        output::write_file(&path, &text)?;
        self.common.warn(&session.notes);
        output::print(&in_brief(&page))?;
        output::print(&format!("The whole report is in {}.", path.display()))
    }
}

/// Headline, forecast of the main model and its effects.
fn in_brief(page: &report::Page) -> String {
    let width = output::width();
    let mut text = format!("{}\n\n", page.title);
    for line in &page.headline {
        text += &output::wrap(line, width);
        text.push('\n');
    }
    text.push('\n');
    for f in page.main_forecasts() {
        text += &tables::predictive(f, page.scenario_label(&f.scenario)).terminal(width);
        text.push('\n');
    }
    if let Some(main) = page.fit.as_ref().and_then(|f| f.fits.first()) {
        text += &tables::coefficients(main, page.level).terminal(width);
    }
    text
}
