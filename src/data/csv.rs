//! CSV as people have it, read once, into typed columns.
//!
//! Each cell goes straight from the reader's buffer into its column: a number into eight bytes, a text into a code of
//! four. The text is cut into blocks of whole records, which are parsed several at a time. Only a column of numbers that
//! turns out to hold texts as well is read a second time.

use super::builder::Builder;
use super::gaps;
use super::number;
use super::rows::Rows;
use super::sniff::{Dialect, sniff};
use super::source::{self, Encoding, Source};
use super::table::{Table, TableColumn};
use super::{spans, walk};
use crate::error::{Error, Result};
use ::csv::ByteRecord;

/// How to read; the default finds out by itself.
#[derive(Debug, Clone, Default)]
pub struct CsvOptions {
    /// Between cells; `None` = comma, semicolon, tab or bar, whichever fits.
    pub delimiter: Option<u8>,
    /// `.` or `,`; `None` = whichever the cells show.
    pub decimal: Option<char>,
    /// How the bytes spell text; `None` = whichever they show.
    pub encoding: Option<Encoding>,
    /// Columns to keep; `None` = all. The others take no memory.
    pub keep: Option<Vec<String>>,
    /// A text that names the columns to keep (formulas, settings): of a table with a time column of a usual name, those
    /// whose names do not occur in it take no memory. The first, and those that say when or what a row is, are kept.
    pub mentioned: Option<String>,
    /// Take every cell as text, and only empty ones as missing (tables of events, where `-` is a sign).
    pub literal: bool,
    /// Columns whose cells are texts whatever they look like, and missing only where empty: those that name a group.
    pub text: Vec<String>,
}

/// The names in the first line; `None` = there are none, or no text, of which the reader will complain.
pub(super) fn header(source: &Source, options: &CsvOptions) -> Result<Option<Vec<String>>> {
    let first = |dialect| match Rows::open(source, dialect) {
        Ok((record, _)) => Ok(Some(record).filter(|r| std::str::from_utf8(r.as_slice()).is_ok())),
        Err(Stop::Because(e)) => Err(e),
        Err(Stop::NotUtf8) => Ok(None),
    };
    let mut record = first(sniff(source, options, None)?)?;
    if record.is_none() && options.encoding.is_none() && source::is_euc_kr(source)? {
        record = first(sniff(source, options, Some(Encoding::EucKr))?)?;
    }
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_string();
    Ok(record.map(|r| r.iter().map(text).collect()))
}

/// Why a pass over the file ended early.
pub(super) enum Stop {
    /// As the error says.
    Because(Error),
    /// The text is not UTF-8; another encoding may do.
    NotUtf8,
}

impl From<Error> for Stop {
    fn from(e: Error) -> Self {
        Stop::Because(e)
    }
}

/// Reads a table.
///
/// # Errors
/// When the source cannot be read, is empty, has no rows, a ragged row, a column named twice, or text in no known encoding.
pub fn read(source: &Source, options: &CsvOptions) -> Result<Table> {
    let dialect = sniff(source, options, None)?;
    let table = match pass(source, dialect, options) {
        Err(Stop::NotUtf8)
            if dialect.encoding == Encoding::Utf8 && options.encoding.is_none() && source::is_euc_kr(source)? =>
        {
            pass(source, sniff(source, options, Some(Encoding::EucKr))?, options)
        }
        other => other,
    };
    match table {
        Ok(table) => Ok(table),
        Err(Stop::Because(e)) => Err(e),
        Err(Stop::NotUtf8) => Err(source::not_utf8(source)),
    }
}

/// One reading of the whole file, and a second of those columns that are neither numbers nor texts throughout.
fn pass(source: &Source, dialect: Dialect, options: &CsvOptions) -> Result<Table, Stop> {
    let (header, rows) = Rows::open(source, dialect)?;
    let headers = names(&header, source, dialect, options)?;
    let kept = kept(&headers, options);
    let mut builders: Vec<Builder> = headers
        .iter()
        .zip(&kept)
        .map(|(h, keep)| match keep {
            false => Builder::skip(),
            _ if options.literal || options.text.contains(h) => Builder::text(true),
            _ => Builder::number(),
        })
        .collect();
    let rows = rows.fill(&mut builders)?;
    if builders.iter().any(Builder::is_mixed) {
        for b in &mut builders {
            *b = if b.is_mixed() { Builder::text(false) } else { std::mem::replace(b, Builder::skip()).finished() };
        }
        Rows::open(source, dialect)?.1.fill(&mut builders)?;
    }
    let mut columns = Vec::new();
    let unread = headers.iter().zip(kept).filter(|(_, keep)| !keep).map(|(h, _)| h.clone()).collect();
    let fields = headers.len();
    for (field, (name, builder)) in headers.into_iter().zip(builders).enumerate() {
        if let Some((cells, spoiled)) = builder.finish(rows, dialect.decimal) {
            columns.push(TableColumn { name, cells, field, spoiled });
        }
    }
    let mut notes = source.notes().to_vec();
    if dialect.encoding != Encoding::Utf8 {
        notes.push(format!("`{}` was read as {} text", source.name(), dialect.encoding.name()));
    }
    let table = Table { columns, unread, rows, notes, source: source.clone(), dialect, records: None };
    // A sheet of a workbook has addresses instead of lines.
    let lines = !options.literal && source.address().is_none();
    Ok(if lines { gaps::fill(table, fields) } else { table })
}

/// Which columns take memory.
fn kept(headers: &[String], options: &CsvOptions) -> Vec<bool> {
    let dated = headers.iter().any(|h| spans::says_when(h));
    let mentioned = options.mentioned.as_ref().filter(|_| dated);
    let usual = |h: &str| spans::says_when(h) || spans::is_about(h);
    let wanted = |(i, h): (usize, &String)| {
        let named = mentioned.is_none_or(|text| i == 0 || usual(h) || text.contains(h.as_str()));
        named && options.keep.as_ref().is_none_or(|keep| keep.contains(h))
    };
    headers.iter().enumerate().map(wanted).collect()
}

/// The names of the columns.
fn names(record: &ByteRecord, source: &Source, dialect: Dialect, options: &CsvOptions) -> Result<Vec<String>, Stop> {
    let mut names: Vec<String> = Vec::with_capacity(record.len());
    for (i, cell) in record.iter().enumerate() {
        let name = std::str::from_utf8(cell).map_err(|_| Stop::NotUtf8)?.trim();
        let name = if name.is_empty() { format!("column_{}", i + 1) } else { name.to_string() };
        if let Some(first) = names.iter().position(|n| *n == name) {
            let message = format!("two columns are named `{name}`: column {} and column {}", first + 1, i + 1);
            let place = walk::place(source, &dialect, 0, i);
            return Err(Error::data(message).at(place).help("give each column a name of its own").into());
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(Error::data(format!("`{}` is empty", source.name()))
            .help("the first line must name the columns")
            .into());
    }
    let number = |n: &String| number::parse(n.as_bytes(), dialect.decimal).is_some();
    if !options.literal && names.iter().all(number) {
        return Err(Error::data("the first line holds numbers, not the names of columns")
            .at(walk::place(source, &dialect, 0, 0))
            .help("put the names in the first line, for example `year,count`")
            .into());
    }
    Ok(names)
}
