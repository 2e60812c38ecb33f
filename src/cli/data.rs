//! `tumen data check|show|export|as-of`.

use super::{Common, Format, output, panel};
use crate::error::{Error, Result};
use crate::job;
use crate::report::data;
use crate::results::DataTable;
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
    /// As `show`, as CSV unless --format says otherwise; read again, it gives the same fits
    Export(ExportArgs),
    /// The data as they were known on a date
    AsOf(AsOfArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// Every recorded figure: all vintages and overlapping spans, with status, source and the day of announcement; read again, they
    /// give the same checks
    #[arg(long)]
    all_vintages: bool,
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
            // Gaps are among what a check is to show.
            What::Check(mut a) => {
                a.common.flags.allow_gaps.get_or_insert("yes".parse().unwrap_or_default());
                check(&a.common)
            }
            What::Show(a) => show(&a.common),
            What::Export(mut a) => {
                if a.common.format == Format::Table {
                    a.common.format = Format::Csv;
                }
                export(&a.common, a.all_vintages)
            }
            What::AsOf(mut a) => {
                a.common.flags.as_of = Some(a.date.parse().unwrap_or_default());
                show(&a.common)
            }
        }
    }
}

fn check(common: &Common) -> Result<()> {
    let done = common.whole(false)?.run(|session| job::check(&session))?;
    common.warn(&done.failures);
    let text = match common.format {
        Format::Json => panel::json(&done)?,
        Format::Csv => panel::csv(&done, data::check_csv)?,
        format => {
            let all = data::groups(&panel::pairs(&done));
            let groups = panel::text(&done, format, |r| output::tables(&data::check(r), format));
            all.map_or(String::new(), |t| output::tables(&[t], format) + "\n") + &groups
        }
    };
    output::deliver(common, &text)
}

fn show(common: &Common) -> Result<()> {
    let done = common.whole(false)?.run(|session| job::show(&session))?;
    common.warn(&done.warnings(|t| t.notes.clone()));
    let text = match common.format {
        Format::Json => panel::json(&done)?,
        Format::Csv => panel::csv(&done, data::table_csv)?,
        format => panel::text(&done, format, |t| output::tables(&[data::table(t)], format)),
    };
    output::deliver(common, &text)
}

/// For other programs; also as Parquet.
fn export(common: &Common, all_vintages: bool) -> Result<()> {
    let parquet = common.format == Format::Parquet;
    let done = common.whole(parquet)?.run(|session| job::export(&session, all_vintages))?;
    common.warn(&done.warnings(|t| t.notes.clone()));
    if parquet {
        return deliver_parquet(common, &crate::results::panel::stacked(&panel::pairs(&done)));
    }
    let text = match common.format {
        Format::Json => panel::json(&done)?,
        Format::Csv => panel::csv(&done, data::table_csv)?,
        format => panel::text(&done, format, |t| output::tables(&[data::table(t)], format)),
    };
    output::deliver(common, &text)
}

#[cfg(feature = "parquet")]
fn deliver_parquet(common: &Common, table: &DataTable) -> Result<()> {
    let path = common.output.as_deref().ok_or_else(|| {
        Error::usage("Parquet is no text: it goes to a file").help("name it with -o, such as -o data.parquet")
    })?;
    output::refuse_input(common, path)?;
    output::may_write(common, path, "")?;
    output::write_bytes(path, &crate::data::parquet::write(&table.columns, &table.rows)?)
}

#[cfg(not(feature = "parquet"))]
fn deliver_parquet(_: &Common, _: &DataTable) -> Result<()> {
    Err(Error::usage("this build of tumen does not write Parquet")
        .help("export as CSV, or build tumen with `cargo build --release --features parquet`"))
}
