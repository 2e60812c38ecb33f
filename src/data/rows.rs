//! From blocks of text into columns.

use super::blocks::{Ahead, Block, Blocks};
use super::builder::Builder;
use super::csv::Stop;
use super::sniff::Dialect;
use super::source::Source;
use super::walk;
use crate::error::Error;
use ::csv::{ByteRecord, ReaderBuilder};

/// The header's names, and the rows into columns.
pub(super) struct Rows<'a> {
    source: &'a Source,
    dialect: Dialect,
    blocks: Blocks,
    open: bool,
    /// What of the first block follows the header.
    first: Option<Block>,
}

/// Rows read, and rows up to the last that is not blank.
#[derive(Default, Clone, Copy)]
struct Tally {
    rows: usize,
    filled: usize,
}

/// What is wrong with a block.
enum Fault {
    /// The last row counted has so many fields.
    Ragged(usize),
    NotUtf8,
    Unreadable(::csv::Error),
}

impl<'a> Rows<'a> {
    /// Opens a source and reads the header.
    pub fn open(source: &'a Source, dialect: Dialect) -> Result<(ByteRecord, Self), Stop> {
        let blocks = Blocks::new(source.text(dialect.encoding)?, dialect.delimiter);
        let mut rows = Rows { source, dialect, blocks, open: false, first: None };
        let mut header = ByteRecord::new();
        while let Some(mut block) = rows.next_block()? {
            let mut reader = reader(dialect, &block.bytes);
            let found = reader.read_byte_record(&mut header);
            let end = (reader.position().byte() as usize).min(block.bytes.len());
            if found.map_err(|e| rows.stop(Fault::Unreadable(e), 0, 0))? {
                block.bytes.drain(..end);
                rows.first = Some(block);
                break;
            }
        }
        Ok((header, rows))
    }

    fn next_block(&mut self) -> Result<Option<Block>, Stop> {
        let block = self.blocks.next().map_err(|e| Stop::Because(self.source.unreadable(&e)))?;
        self.open |= block.as_ref().is_some_and(|b| b.open);
        Ok(block)
    }

    /// Reads all rows; returns how many there are up to the last that is not blank.
    pub fn fill(mut self, builders: &mut [Builder]) -> Result<usize, Stop> {
        let mut tally = Tally::default();
        if let Some(block) = self.first.take() {
            self.take(&block, builders, &mut tally)?;
        }
        if !self.blocks.is_done() {
            self.follow(builders, &mut tally)?;
        }
        if self.open {
            return Err(Error::data("a quote is opened here and never closed")
                .at(walk::place(self.source, &self.dialect, tally.rows, 0))
                .help("close the quote, or double it (\"\") inside a quoted cell")
                .into());
        }
        if tally.filled == 0 {
            return Err(Error::data(format!("`{}` has a header but no rows", self.source.name()))
                .help("add the data below the line of column names")
                .into());
        }
        Ok(tally.filled)
    }

    /// All further blocks.
    fn follow(&mut self, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Stop> {
        let end = Blocks::new(Box::new(std::io::empty()), self.dialect.delimiter);
        let ahead = Ahead::start(std::mem::replace(&mut self.blocks, end));
        while let Some(block) = ahead.next().map_err(|e| Stop::Because(self.source.unreadable(&e)))? {
            self.open |= block.open;
            self.take(&block, builders, tally)?;
            ahead.recycle(block);
        }
        Ok(())
    }

    fn take(&self, block: &Block, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Stop> {
        let expected = builders.len();
        parse(block, self.dialect, builders, tally).map_err(|fault| self.stop(fault, tally.rows, expected))
    }

    fn stop(&self, fault: Fault, row: usize, expected: usize) -> Stop {
        match fault {
            Fault::NotUtf8 => Stop::NotUtf8,
            Fault::Unreadable(e) => Error::data(format!("cannot read `{}`: {e}", self.source.name())).into(),
            Fault::Ragged(found) => {
                let s = |n: usize| if n == 1 { "" } else { "s" };
                let message = format!(
                    "this row has {found} field{}, but the header has {expected} column{}",
                    s(found),
                    s(expected)
                );
                let delimiter = match self.dialect.delimiter {
                    b'\t' => "tab".into(),
                    d => format!("`{}`", char::from(d)),
                };
                Error::data(message)
                    .at(walk::place(self.source, &self.dialect, row, found.min(expected)))
                    .help(format!(
                        "fields are separated by {delimiter}; a cell that contains one must stand in double quotes"
                    ))
                    .into()
            }
        }
    }
}

fn parse(block: &Block, dialect: Dialect, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Fault> {
    let bytes = &block.bytes;
    // A carriage return is part of a line end here, or ends a line by itself; the latter is left to the csv crate.
    let bare = |(i, b): (usize, &u8)| *b == b'\r' && bytes.get(i + 1).is_some_and(|n| *n != b'\n');
    if block.quoted || (bytes.contains(&b'\r') && bytes.iter().enumerate().any(bare)) {
        by_crate(bytes, dialect, builders, tally)
    } else {
        split(bytes, dialect, builders, tally)
    }
}

/// Records with quotes.
fn by_crate(bytes: &[u8], dialect: Dialect, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Fault> {
    let mut reader = reader(dialect, bytes);
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(Fault::Unreadable)? {
        for (builder, cell) in builders.iter_mut().zip(record.iter()) {
            builder.push(cell, dialect.decimal).map_err(|_| Fault::NotUtf8)?;
        }
        let blank = record.as_slice().iter().all(u8::is_ascii_whitespace);
        tally.end_row(record.len(), builders.len(), blank)?;
    }
    Ok(())
}

/// Records without quotes: what stands between delimiters and line ends.
fn split(bytes: &[u8], dialect: Dialect, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Fault> {
    let (delimiter, decimal) = (dialect.delimiter, dialect.decimal);
    let (mut at, mut surplus) = (0, Builder::skip());
    while at < bytes.len() {
        let first = at;
        if matches!(bytes[at], b'\n' | b'\r') {
            at += 1;
            continue;
        }
        let mut field = 0;
        loop {
            let rest = &bytes[at..];
            let builder = builders.get_mut(field).unwrap_or(&mut surplus);
            if let Some(length) = builder.push_leading(rest, delimiter, decimal.point) {
                at += length;
            } else {
                let length = cell_end(rest, delimiter);
                at += length;
                let line_end = bytes.get(at) != Some(&delimiter);
                let cell = &rest[..length];
                let cell = if line_end { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell };
                builder.push(cell, decimal).map_err(|_| Fault::NotUtf8)?;
            }
            let line_end = bytes.get(at) != Some(&delimiter);
            field += 1;
            at += 1;
            if line_end {
                break;
            }
        }
        let line = &bytes[first..at.min(bytes.len())];
        let blank = line.iter().all(|b| *b == delimiter || b.is_ascii_whitespace());
        tally.end_row(field, builders.len(), blank)?;
    }
    Ok(())
}

/// The first delimiter or line end, eight bytes at a time: where a byte of `w ^ wanted` is zero, the subtraction borrows into
/// its top bit.
#[inline(always)]
fn cell_end(text: &[u8], delimiter: u8) -> usize {
    const ALL: u64 = 0x0101_0101_0101_0101;
    let found = |x: u64| x.wrapping_sub(ALL) & !x & (0x80 * ALL);
    let mut at = 0;
    while let Some(chunk) = text.get(at..at + 8) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        let w = u64::from_le_bytes(word);
        let hit = found(w ^ (u64::from(delimiter) * ALL)) | found(w ^ (u64::from(b'\n') * ALL));
        if hit != 0 {
            return at + (hit.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + text[at..].iter().position(|b| *b == delimiter || *b == b'\n').unwrap_or(text.len() - at)
}

impl Tally {
    fn end_row(&mut self, found: usize, expected: usize, blank: bool) -> Result<(), Fault> {
        self.rows += 1;
        if found != expected {
            return Err(Fault::Ragged(found));
        }
        if !blank {
            self.filled = self.rows;
        }
        Ok(())
    }
}

fn reader(dialect: Dialect, bytes: &[u8]) -> ::csv::Reader<&[u8]> {
    ReaderBuilder::new().delimiter(dialect.delimiter).has_headers(false).flexible(true).from_reader(bytes)
}
