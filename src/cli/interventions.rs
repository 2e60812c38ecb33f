//! `tumen interventions`.

use super::{Common, Format, output, panel};
use crate::error::{Error, Result};
use crate::job::{self, Looking};
use crate::report::{csv, tables};
use crate::study::Given;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct InterventionArgs {
    /// Test at these known times, such as 2012 or 84,100 (steps) or 2020-01-31; all together too if --delta names as many
    #[arg(long, value_name = "TIMES")]
    at: Option<Given>,
    /// Decay per step: 0 = pulse, 1 = level shift, between = transient
    #[arg(long, value_name = "0,0.8,1")]
    delta: Option<Given>,
    /// First period searched (default: the second of the series)
    #[arg(long, value_name = "PERIOD")]
    first: Option<Given>,
    /// Last period searched
    #[arg(long, value_name = "PERIOD")]
    last: Option<Given>,
    /// Replicates of the bootstrap behind the p-values of a search; 0 = Bonferroni's bound, at once
    #[arg(long, value_name = "N", default_value_t = job::REPLICATES)]
    replicates: usize,
    /// Several interventions: take the likeliest out of the series and look again until none is significant
    #[arg(long)]
    clean: bool,
    /// Effects are external: not passed on through past means
    #[arg(long)]
    external_effect: bool,
    #[command(flatten)]
    common: Common,
}

impl InterventionArgs {
    pub fn run(self) -> Result<()> {
        if let Some(m) = self.common.flags.model.as_ref().filter(|m| m.text() != "ingarch") {
            return Err(Error::usage(format!("interventions are looked for in an ingarch model, not in `{m}`"))
                .help("leave --model out; set lags by --past-obs and --past-mean"));
        }
        let panel = self.common.panel()?;
        let looking = Looking {
            at: self.at,
            delta: self.delta,
            first: self.first,
            last: self.last,
            replicates: self.replicates,
            clean: self.clean,
            external: self.external_effect,
        };
        let done = panel.run(|session| job::interventions(&session, &looking))?;
        self.common.warn(&done.warnings(|r| r.warnings.clone()));
        let text = match self.common.format {
            Format::Json => panel::json(&done)?,
            Format::Csv => panel::csv(&done, csv::interventions)?,
            format => panel::text(&done, format, |r| {
                let list = tables::interventions(r);
                let words = r.words.iter().map(|w| output::sentence(w, format));
                words.chain([output::tables(&list, format)]).collect::<Vec<_>>().join("\n")
            }),
        };
        output::deliver(&self.common, &text)
    }
}
