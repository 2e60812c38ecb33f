//! From blocks of text into columns.

use super::blocks::{Block, Blocks, closing_quote};
use super::builder::Builder;
use super::csv::Stop;
use super::sniff::Dialect;
use super::source::Source;
use super::walk;
use crate::error::Error;
use ::csv::{ByteRecord, ReaderBuilder};
use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use std::io::Read;

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
            let mut reader = reader(dialect, block.bytes.as_slice());
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
        while !self.blocks.are_large()
            && let Some(block) = self.next_block()?
        {
            self.take(&block, builders, &mut tally)?;
            self.blocks.recycle(block);
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

    /// All further blocks, several at a time: while those of a batch are parsed, each into columns of its own, what was
    /// parsed before is added to the columns and the next batch is read. The order of the file is kept throughout.
    fn follow(&mut self, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Stop> {
        let (dialect, mut parsed, mut batch) = (self.dialect, Vec::new(), self.batch());
        loop {
            let blocks = match batch {
                Ok(blocks) if !blocks.is_empty() => blocks,
                end => return self.append(parsed, builders, tally).and(end.map(|_| ())),
            };
            let kinds: Vec<Builder> = builders.iter().map(Builder::part).collect();
            let parse = || blocks.par_iter().map(|b| Part::parse(b, dialect, &kinds)).collect();
            let ((appended, next), now) =
                rayon::join(|| (self.append(std::mem::take(&mut parsed), builders, tally), self.batch()), parse);
            appended?;
            (parsed, batch) = (now, next);
            blocks.into_iter().for_each(|b| self.blocks.recycle(b));
        }
    }

    /// The next blocks, at least one unless the text has ended.
    fn batch(&mut self) -> Result<Vec<Block>, Stop> {
        let mut blocks = Vec::new();
        while blocks.len() < 4 * rayon::current_num_threads() {
            match self.next_block()? {
                Some(block) => blocks.push(block),
                None => break,
            }
        }
        Ok(blocks)
    }

    fn append(&self, parts: Vec<Part>, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Stop> {
        for part in parts {
            let before = tally.rows;
            tally.rows += part.tally.rows;
            part.result.map_err(|fault| self.stop(fault, tally.rows, builders.len()))?;
            if part.tally.filled > 0 {
                tally.filled = before + part.tally.filled;
            }
            builders.iter_mut().zip(part.builders).for_each(|(all, more)| all.append(more));
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
                let remedy = if expected == 1 {
                    "the first line must name the columns: delete titles and comments above it".to_string()
                } else {
                    format!("fields are separated by {delimiter}; a cell that contains one must stand in double quotes")
                };
                Error::data(message)
                    .at(walk::place(self.source, &self.dialect, row, found.min(expected)))
                    .help(remedy)
                    .into()
            }
        }
    }
}

fn parse(block: &Block, dialect: Dialect, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Fault> {
    let bytes = block.bytes.as_slice();
    // A carriage return is part of a line end here, or ends a line by itself; the latter is left to the csv crate.
    let bare = |i: usize| bytes.get(i + 1).is_some_and(|next| *next != b'\n');
    if memchr_iter(b'\r', bytes).any(bare) {
        by_crate(bytes, dialect, builders, tally)
    } else {
        split(bytes, dialect, builders, tally)
    }
}

/// Records of which some end with a carriage return alone.
fn by_crate(bytes: &[u8], dialect: Dialect, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Fault> {
    // The crate takes a byte order mark from the start of what it reads, which is not that of the text: a line end comes first.
    let mut reader = reader(dialect, b"\n".chain(bytes));
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(Fault::Unreadable)? {
        for (builder, cell) in builders.iter_mut().zip(record.iter()) {
            builder.push(cell, None, dialect.decimal).map_err(|_| Fault::NotUtf8)?;
        }
        let blank = record.as_slice().iter().all(u8::is_ascii_whitespace);
        tally.end_row(record.len(), builders.len(), blank)?;
    }
    Ok(())
}

/// Records of what stands between delimiters and line ends, by the rules of the csv crate.
fn split(bytes: &[u8], dialect: Dialect, builders: &mut [Builder], tally: &mut Tally) -> Result<(), Fault> {
    let (delimiter, decimal) = (dialect.delimiter, dialect.decimal);
    // Where the decimal sign parts the cells as well, only quotes hold a number with one together.
    let point = if decimal.point == delimiter { 0 } else { decimal.point };
    let (mut at, mut surplus, mut unescaped) = (0, Builder::skip(), Vec::new());
    while at < bytes.len() {
        let first = at;
        if matches!(bytes[at], b'\n' | b'\r') {
            at += 1;
            continue;
        }
        let mut field = 0;
        let mut more = true;
        while more {
            let rest = &bytes[at..];
            let builder = builders.get_mut(field).unwrap_or(&mut surplus);
            let length = match builder.push_leading(rest, delimiter, point) {
                Some(length) => length,
                None => {
                    let (cell, length) = next_cell(rest, delimiter, &mut unescaped);
                    builder.push(cell, Some(&rest[..length]), decimal).map_err(|_| Fault::NotUtf8)?;
                    length
                }
            };
            at += length;
            field += 1;
            more = bytes.get(at) == Some(&delimiter);
            // A carriage return is followed by the line's end.
            at += 1 + usize::from(bytes.get(at) == Some(&b'\r'));
        }
        let line = &bytes[first..at.min(bytes.len())];
        tally.end_row(field, builders.len(), is_blank(line, delimiter))?;
    }
    Ok(())
}

/// Whether all cells of a line are blank.
fn is_blank(line: &[u8], delimiter: u8) -> bool {
    match line.iter().find(|b| **b != delimiter && !b.is_ascii_whitespace()) {
        None => true,
        Some(b'"') => {
            let (mut at, mut unescaped) = (0, Vec::new());
            while at < line.len() {
                let (cell, length) = next_cell(&line[at..], delimiter, &mut unescaped);
                if !cell.trim_ascii().is_empty() {
                    return false;
                }
                at += length + 1;
            }
            true
        }
        Some(_) => false,
    }
}

/// The text of the cell that `text` begins with, and its length as it stands.
#[inline(always)]
fn next_cell<'t>(text: &'t [u8], delimiter: u8, unescaped: &'t mut Vec<u8>) -> (&'t [u8], usize) {
    if text.first() == Some(&b'"') {
        return quoted_cell(text, delimiter, unescaped);
    }
    let length = cell_end(text, delimiter);
    let carriage = text[..length].ends_with(b"\r") && text.get(length) != Some(&delimiter);
    let cell = &text[..length - usize::from(carriage)];
    (cell, cell.len())
}

/// The same for a cell that begins with a quote. After the closing quote, more text up to the delimiter is part of it.
fn quoted_cell<'t>(text: &'t [u8], delimiter: u8, unescaped: &'t mut Vec<u8>) -> (&'t [u8], usize) {
    let ends = |b: &u8| *b == delimiter || *b == b'\n' || *b == b'\r';
    let Some(close) = closing_quote(text, 0) else { return (&text[1..], text.len()) };
    let (inside, after) = (&text[1..close], &text[close + 1..]);
    let surplus = after.iter().position(ends).unwrap_or(after.len());
    if surplus == 0 && memchr(b'"', inside).is_none() {
        return (inside, close + 1);
    }
    unescaped.clear();
    let mut quote = false;
    for b in inside {
        // The second of a pair is left out.
        quote = *b == b'"' && !quote;
        if *b != b'"' || quote {
            unescaped.push(*b);
        }
    }
    unescaped.extend_from_slice(&after[..surplus]);
    (unescaped, close + 1 + surplus)
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

/// What one block holds.
struct Part {
    builders: Vec<Builder>,
    tally: Tally,
    result: Result<(), Fault>,
}

impl Part {
    fn parse(block: &Block, dialect: Dialect, kinds: &[Builder]) -> Part {
        let mut builders: Vec<Builder> = kinds.iter().map(Builder::part).collect();
        let mut tally = Tally::default();
        let result = parse(block, dialect, &mut builders, &mut tally);
        Part { builders, tally, result }
    }
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

fn reader<R: Read>(dialect: Dialect, bytes: R) -> ::csv::Reader<R> {
    ReaderBuilder::new().delimiter(dialect.delimiter).has_headers(false).flexible(true).from_reader(bytes)
}
