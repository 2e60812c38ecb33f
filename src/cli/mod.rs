//! The command line: one file per command, and the only place that prints.

mod backtest;
mod data;
mod effects;
mod fit;
mod forecast;
mod init;
mod interventions;
mod models;
mod output;
mod panel;
mod report;

pub use output::complain;

use crate::error::{Error, Result};
use crate::job::{Input, Panel};
use crate::study::Flags;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Fits counts recorded over time against covariates, reports the effects, forecasts, and back-tests.
///
/// FILE is a study (TOML) or a CSV; without it the embedded study of North Korean arrivals in South Korea is used.
/// Without a command: `report`. Settings given here stand above those of the study file, which have the same names.
#[derive(Debug, Parser)]
#[command(name = "tumen", version, max_term_width = 110, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    report: report::ReportArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fit models: effects as rate ratios, fit statistics, diagnostics
    Fit(fit::FitArgs),
    /// What each factor added or removed, what would have been without an event, and how sure the model is
    Effects(effects::EffectsArgs),
    /// Forecast by simulation, with intervals and probabilities, under one or several scenarios
    Forecast(forecast::ForecastArgs),
    /// Forecast from past origins as the data stood then, and score against what was recorded later
    Backtest(backtest::BacktestArgs),
    /// Interventions (level shifts, transient changes, pulses): test known times, or search for unknown ones
    ///
    /// The model is an INGARCH model without them: NB2, log link, on the count before (--past-obs 1) unless --family, --link, --past-obs
    /// or --past-mean say otherwise, with the covariates of --formula if it is given here. An intervention adds
    /// size * delta^(t - time) from its time on to the linear predictor (Fokianos and Fried 2010, 2012).
    ///
    /// With --at: score tests at known times, p by chi-squared. Else a search: the largest score test of each type over all times, p
    /// by a parametric bootstrap of the same search (--replicates), and level shifts at the study's dated events, p by the
    /// same series. p corrected: times the number of tests in the table.
    ///
    /// With --estimator two-step the score test is that of R's tscount to the letter (slopes with counts before the first step held
    /// fixed), taken at the true maximum; tscount stops short of it, which moves its statistics: small ones by a good part of
    /// themselves. By default (--estimator ml) it is the test of the likelihood, with exact slopes.
    Interventions(interventions::InterventionArgs),
    /// Everything as one self-contained page
    Report(report::ReportArgs),
    /// Check, show or export the data, or see them as of a date
    Data(data::DataArgs),
    /// Write a starter study into a new folder
    Init(init::InitArgs),
    /// List the models, families and terms
    Models(models::ModelsArgs),
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Study (TOML) or CSV; `-` reads a CSV from standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over a file that tumen did not write
    #[arg(long)]
    pub force: bool,
    /// No progress and no warnings on standard error
    #[arg(long, short)]
    pub quiet: bool,
    /// Threads to use (default: all cores); results don't depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub flags: Flags,
}

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading in a terminal.
    Table,
    /// The JSON contract.
    Json,
    /// Long tables for other programs.
    Csv,
    /// For pasting into a document.
    Markdown,
    /// A Parquet file (`data export` only).
    Parquet,
}

impl Common {
    /// Reads the study and its data: one series, or those of a panel.
    fn panel(&self) -> Result<Panel> {
        self.refuse_parquet(false)?;
        self.check_output()?;
        self.set_threads()?;
        Panel::open_needed(Input::from_path(self.file.as_deref()), self.flags.clone())
    }

    /// As [`Common::panel`], with all columns of the files, for those who look at the data themselves; `parquet` = it can
    /// be written.
    fn whole(&self, parquet: bool) -> Result<Panel> {
        self.refuse_parquet(parquet)?;
        self.check_output()?;
        self.set_threads()?;
        Panel::open(Input::from_path(self.file.as_deref()), self.flags.clone())
    }

    /// Refuses before anything is computed what could not be written after it. Of text only a file that begins with no
    /// word is known not to begin as it will.
    fn check_output(&self) -> Result<()> {
        let Some(path) = &self.output else { return Ok(()) };
        output::refuse_input(self, path)?;
        let wordless = |text: String| {
            let first = text.split_whitespace().next().map(str::to_owned);
            first.is_some_and(|w| !w.chars().any(char::is_alphanumeric))
        };
        match self.format {
            Format::Json => output::may_write(self, path, "{"),
            Format::Parquet => output::may_write(self, path, ""),
            _ if path.is_file() && std::fs::read_to_string(path).is_ok_and(wordless) => {
                output::may_write(self, path, "")
            }
            _ => Ok(()),
        }
    }

    fn refuse_parquet(&self, parquet: bool) -> Result<()> {
        if self.format == Format::Parquet && !parquet {
            return Err(Error::usage("only `data export` writes Parquet").help("--format csv or json"));
        }
        Ok(())
    }

    fn set_threads(&self) -> Result<()> {
        if let Some(n) = self.threads {
            if n == 0 {
                return Err(Error::usage("--threads takes a number of at least 1"));
            }
            // A second call in one process (tests) keeps the first pool: results don't depend on it.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(n).build_global();
        }
        Ok(())
    }

    /// Warnings and notes go to standard error, once each.
    fn warn<'a>(&self, lines: impl IntoIterator<Item = &'a String>) {
        if self.quiet {
            return;
        }
        let mut seen = std::collections::BTreeSet::new();
        for line in lines.into_iter().filter(|l| seen.insert(l.as_str())) {
            output::note(line);
        }
    }
}

/// Runs a parsed command line.
///
/// # Errors
/// Whatever went wrong; nothing was printed of it.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Some(Command::Fit(a)) => a.run(),
        Some(Command::Effects(a)) => a.run(),
        Some(Command::Forecast(a)) => a.run(),
        Some(Command::Backtest(a)) => a.run(),
        Some(Command::Interventions(a)) => a.run(),
        Some(Command::Report(a)) => a.run(),
        Some(Command::Data(a)) => a.run(),
        Some(Command::Init(a)) => a.run(),
        Some(Command::Models(a)) => a.run(),
        None => cli.report.run(),
    }
}
