//! Wide layouts: periods across the columns, read as long ones.
//!
//! Three are known. *Periods across*, as the World Bank and KOSIS give them: `region,2001,2002,2003`, a row per group or per
//! variable. *Parts of a year across*: `year,Jan,…,Dec`, `연도,1월,…,12월`, `year,Q1,…,Q4`. *Years across by parts*:
//! `month,2019,2020,2021`. All become text of one row per group and period, whose errors point at the cell of the file as it
//! is. Sums printed beside their parts (`2001Q1,…,2001Q4,2001`; `year,Q1,…,Q4,Total`) are observations of their own spans.

mod header;
mod long;
mod melt;
mod names;
#[cfg(test)]
mod tests;

use super::csv::{self, CsvOptions};
use super::source::{Encoding, Source};
use crate::error::Result;

/// How to take tables with periods across the columns (`--wide`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Wide {
    /// They are found by their header, and it is said.
    #[default]
    Auto,
    /// They are found by their header, however few columns are periods.
    Yes,
    /// No table is wide.
    No,
    /// Found likewise; the cells of this column name the variables, one row each.
    Variables(String),
}

/// What the reader of a wide table must know of the study.
#[derive(Debug, Clone, Default)]
pub struct WideOptions {
    /// Whether and how.
    pub wide: Wide,
    /// The columns that name the group of a panel.
    pub by: Vec<String>,
    /// The time column, where one was named.
    pub time: Option<String>,
    /// What the values are called where no column names them.
    pub value: String,
    /// The columns that formulas use: rows of these names are variables, and columns of these names no periods.
    pub used: Vec<String>,
    /// Whether spans ("1999–2001") and totals may stand among the periods, as only counts may.
    pub spans: bool,
    /// The decimal character, if given.
    pub decimal: Option<char>,
    /// How bytes spell text, if given.
    pub encoding: Option<Encoding>,
}

/// A wide table as a long one; `None` = it is not wide.
///
/// # Errors
/// On a source that cannot be read, a header among periods that is none, a period or a row given twice, rows without a
/// name, and rows of several series without `--by`.
pub fn long(source: &Source, options: &WideOptions) -> Result<Option<Source>> {
    if options.wide == Wide::No {
        return Ok(None);
    }
    let (decimal, encoding) = (options.decimal, options.encoding);
    let read = CsvOptions { literal: true, decimal, encoding, ..CsvOptions::default() };
    let Some(names) = csv::header(source, &read)? else { return Ok(None) };
    if header::across(&names, options).is_none() {
        return Ok(None);
    }
    let table = csv::read(source, &read)?;
    match header::layout(&table, options)? {
        Some(layout) => melt::melt(&table, &layout, options).map(Some),
        None => Ok(None),
    }
}

/// What a table that is not read as wide may mean all the same, for those whose file then fails; `None` = nothing.
///
/// # Errors
/// On a source that cannot be read.
pub fn hint(source: &Source, options: &WideOptions) -> Result<Option<String>> {
    let read =
        CsvOptions { literal: true, decimal: options.decimal, encoding: options.encoding, ..CsvOptions::default() };
    Ok(csv::header(source, &read)?.and_then(|names| header::hint(&names, options)))
}
