//! `tumen data check|show|export|as-of`.

use super::{Common, Format, output};
use crate::error::Result;
use crate::job;
use crate::report::data;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What is wrong with the data, and what they hold
    Check(ShowArgs),
    /// The data as the model sees them: counts and covariates by period
    Show(ShowArgs),
    /// As `show`, as CSV unless --format says otherwise
    Export(ShowArgs),
    /// The data as they were known on a date
    AsOf(AsOfArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct AsOfArgs {
    /// The date, e.g. 2016-08-01
    date: String,
    #[command(flatten)]
    common: Common,
}

impl DataArgs {
    pub fn run(self) -> Result<()> {
        match self.what {
            What::Check(a) => check(&a.common),
            What::Show(a) => show(&a.common),
            What::Export(mut a) => {
                if a.common.format == Format::Table {
                    a.common.format = Format::Csv;
                }
                show(&a.common)
            }
            What::AsOf(mut a) => {
                a.common.flags.as_of = Some(a.date.parse().unwrap_or_default());
                show(&a.common)
            }
        }
    }
}

fn check(common: &Common) -> Result<()> {
    let session = common.open()?;
    let report = job::check(&session)?;
    let text = match common.format {
        Format::Json => output::json(&report)?,
        Format::Csv => data::check_csv(&report)?,
        format => output::tables(&data::check(&report), format),
    };
    output::deliver(common, &text)
}

fn show(common: &Common) -> Result<()> {
    let session = common.open()?;
    let table = job::show(&session)?;
    common.warn(&session.notes);
    let text = match common.format {
        Format::Json => output::json(&table)?,
        Format::Csv => data::table_csv(&table)?,
        format => output::tables(&[data::table(&table)], format),
    };
    output::deliver(common, &text)
}
