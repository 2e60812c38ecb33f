//! `tumen effects`.

use super::{Common, Format, output, panel};
use crate::analysis::subsets::Criterion;
use crate::error::Result;
use crate::job::{self, Ask};
use crate::report::{csv, effects};
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct EffectsArgs {
    /// What would have been counted without this term, such as 'event(covid_border_closure)' (repeat for several; default:
    /// each event of the formula)
    #[arg(long, value_name = "TERM")]
    without: Vec<String>,
    /// Fit every subset of up to 18 terms; without this, of up to 12 (with extra zeros: 12 and 8)
    #[arg(long)]
    subsets: bool,
    /// What subsets are weighted by
    #[arg(long, value_enum, default_value_t = By::Aicc)]
    criterion: By,
    /// Attributable counts that carry over through lagged counts (default: given the recorded counts before)
    #[arg(long)]
    carry_over: bool,
    #[command(flatten)]
    common: Common,
}

/// Weights of subsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// AIC with the small-sample correction.
    Aicc,
    /// BIC.
    Bic,
    /// Laplace's approximation of the evidence.
    Evidence,
}

impl EffectsArgs {
    pub fn run(self) -> Result<()> {
        let panel = self.common.panel()?;
        let criterion = match self.criterion {
            By::Aicc => Criterion::Aicc,
            By::Bic => Criterion::Bic,
            By::Evidence => Criterion::Evidence,
        };
        let ask = Ask { without: self.without, subsets: self.subsets, criterion, carry_over: self.carry_over };
        let done = panel.run(|session| job::effects(&session, &ask))?;
        self.common.warn(&done.warnings(|r| r.notes.clone()));
        let text = match self.common.format {
            Format::Json => panel::json(&done)?,
            Format::Csv => panel::csv(&done, csv::effects)?,
            format => panel::text(&done, format, |r| output::tables(&effects::tables(r), format)),
        };
        output::deliver(&self.common, &text)
    }
}
