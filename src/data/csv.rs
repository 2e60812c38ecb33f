//! CSV as people have it, read once, into typed columns.
//!
//! Each cell goes straight from the reader's buffer into its column: a number into eight bytes, a text into a code of
//! four. Only a column of numbers that turns out to hold texts as well is read a second time.

use super::builder::Builder;
use super::number;
use super::sniff::{Dialect, sniff};
use super::source::{self, Encoding, Source};
use super::table::{Table, TableColumn};
use super::walk;
use crate::error::{Error, Result};
use ::csv::{ByteRecord, Reader, ReaderBuilder};
use std::io::Read;

/// How to read; the default finds out by itself.
#[derive(Debug, Clone, Default)]
pub struct CsvOptions {
    /// Between cells; `None` = comma, semicolon, tab or bar, whichever fits.
    pub delimiter: Option<u8>,
    /// `.` or `,`; `None` = whichever the cells show.
    pub decimal: Option<char>,
    /// Columns to keep; `None` = all. The others take no memory.
    pub keep: Option<Vec<String>>,
    /// Take every cell as text, and only empty ones as missing (tables of events, where `-` is a sign).
    pub literal: bool,
}

/// Why a pass over the file ended early.
enum Stop {
    Because(Error),
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
        Err(Stop::NotUtf8) if dialect.encoding == Encoding::Utf8 && source::is_euc_kr(source)? => {
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
    let mut reader = open(source, dialect)?;
    let headers = headers(&mut reader, source, dialect, options)?;
    let mut builders: Vec<Builder> = headers
        .iter()
        .map(|h| match &options.keep {
            Some(keep) if !keep.contains(h) => Builder::skip(),
            _ if options.literal => Builder::text(true),
            _ => Builder::number(),
        })
        .collect();
    let rows = fill(&mut reader, source, dialect, &mut builders)?;
    if builders.iter().any(Builder::is_mixed) {
        for b in &mut builders {
            *b = if b.is_mixed() { Builder::text(false) } else { std::mem::replace(b, Builder::skip()).finished() };
        }
        let mut reader = open(source, dialect)?;
        let mut header = ByteRecord::new();
        next(&mut reader, source, &mut header)?;
        fill(&mut reader, source, dialect, &mut builders)?;
    }
    let mut columns = Vec::new();
    for (field, (name, builder)) in headers.into_iter().zip(builders).enumerate() {
        if let Some((cells, spoiled)) = builder.finish(rows, dialect.decimal) {
            columns.push(TableColumn { name, cells, field, spoiled });
        }
    }
    let mut notes = Vec::new();
    if dialect.encoding != Encoding::Utf8 {
        notes.push(format!("`{}` was read as {} text", source.name(), dialect.encoding.name()));
    }
    Ok(Table { columns, rows, notes, source: source.clone(), dialect, records: None })
}

fn open(source: &Source, dialect: Dialect) -> Result<Reader<Box<dyn Read + Send>>> {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(dialect.delimiter).has_headers(false).flexible(true).buffer_capacity(1 << 18);
    Ok(builder.from_reader(source.text(dialect.encoding)?))
}

fn next(reader: &mut Reader<Box<dyn Read + Send>>, source: &Source, record: &mut ByteRecord) -> Result<bool, Stop> {
    reader.read_byte_record(record).map_err(|e| match e.into_kind() {
        ::csv::ErrorKind::Io(e) => Stop::Because(source.unreadable(&e)),
        other => Stop::Because(Error::data(format!("cannot read `{}`: {other:?}", source.name()))),
    })
}

/// The names of the columns.
fn headers(
    reader: &mut Reader<Box<dyn Read + Send>>,
    source: &Source,
    dialect: Dialect,
    options: &CsvOptions,
) -> Result<Vec<String>, Stop> {
    let mut record = ByteRecord::new();
    next(reader, source, &mut record)?;
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

/// Reads all rows; returns how many there are up to the last that is not blank.
fn fill(
    reader: &mut Reader<Box<dyn Read + Send>>,
    source: &Source,
    dialect: Dialect,
    builders: &mut [Builder],
) -> Result<usize, Stop> {
    let mut record = ByteRecord::new();
    let (mut rows, mut filled) = (0, 0);
    let (mut line, mut lines_of_last) = (reader.position().line(), 0);
    while next(reader, source, &mut record)? {
        if record.len() != builders.len() {
            return Err(ragged(source, dialect, rows + 1, record.len(), builders.len()).into());
        }
        rows += 1;
        for (builder, cell) in builders.iter_mut().zip(record.iter()) {
            builder.push(cell, dialect.decimal).map_err(|_| Stop::NotUtf8)?;
        }
        if record.as_slice().iter().any(|b| !b.is_ascii_whitespace()) {
            filled = rows;
        }
        lines_of_last = reader.position().line() - line;
        line += lines_of_last;
    }
    if filled == 0 {
        return Err(Error::data(format!("`{}` has a header but no rows", source.name()))
            .help("add the data below the line of column names")
            .into());
    }
    if lines_of_last > 1 && walk::ends_in_a_quote(source, &dialect) {
        return Err(Error::data("a quote is opened here and never closed")
            .at(walk::place(source, &dialect, rows, 0))
            .help("close the quote, or double it (\"\") inside a quoted cell")
            .into());
    }
    Ok(filled)
}

fn ragged(source: &Source, dialect: Dialect, record: usize, found: usize, expected: usize) -> Error {
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let message =
        format!("this row has {found} field{}, but the header has {expected} column{}", s(found), s(expected));
    let delimiter =
        if dialect.delimiter == b'\t' { "tab".into() } else { format!("`{}`", char::from(dialect.delimiter)) };
    Error::data(message)
        .at(walk::place(source, &dialect, record, found.min(expected)))
        .help(format!("fields are separated by {delimiter}; a cell that contains one must stand in double quotes"))
}
