//! The raw text of a table's records: where a cell stands in its file, as an editor counts lines and columns.
//!
//! The reader itself does not keep positions; only an error needs them, and then the file is walked once more.

use super::sniff::Dialect;
use super::source::Source;
use crate::error::Place;
use std::io::{BufRead, BufReader, Read};
use std::ops::{ControlFlow, Range};

/// Lines longer than this are not shown under a message.
const SHOWN: usize = 160;

/// Calls `f(record, line, raw)` for each record (the header is record 0): its first line, from 1, and its bytes without
/// the line end. Blank lines are no records; a quote counts only at the beginning of a field, as in RFC 4180.
pub(super) fn walk(text: impl Read, delimiter: u8, mut f: impl FnMut(usize, usize, &[u8]) -> ControlFlow<()>) {
    let mut walker = Walker { delimiter, ..Walker::default() };
    let mut text = BufReader::with_capacity(1 << 16, text);
    loop {
        let chunk = match text.fill_buf() {
            Ok(c) if !c.is_empty() => c,
            _ => break,
        };
        let length = chunk.len();
        for b in chunk {
            if walker.take(*b, &mut f).is_break() {
                return;
            }
        }
        text.consume(length);
    }
    let _ = walker.close(&mut f);
}

/// Where in a record a byte stands.
#[derive(Default, Clone, Copy, PartialEq)]
pub(super) enum Scan {
    /// At the beginning of a field.
    #[default]
    Start,
    /// In a field without quotes, or after the closing quote.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: the closing one, or the first of a doubled one.
    QuoteSeen,
}

impl Scan {
    /// Takes the next byte of a record.
    #[inline]
    pub fn step(&mut self, b: u8, delimiter: u8) {
        *self = match (*self, b) {
            (Scan::Start | Scan::QuoteSeen, b'"') => Scan::Quoted,
            (Scan::Quoted, b'"') => Scan::QuoteSeen,
            (Scan::Quoted, _) => Scan::Quoted,
            (_, d) if d == delimiter => Scan::Start,
            _ => Scan::Plain,
        };
    }

    /// Whether a line end here would be part of a cell.
    #[inline]
    pub fn in_quotes(self) -> bool {
        self == Scan::Quoted
    }
}

#[derive(Default)]
struct Walker {
    delimiter: u8,
    state: Scan,
    raw: Vec<u8>,
    record: usize,
    line: usize,
    first_line: usize,
    after_cr: bool,
}

impl Walker {
    fn take(&mut self, b: u8, f: &mut impl FnMut(usize, usize, &[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        let newline = b == b'\n' || b == b'\r';
        // The second half of \r\n is no line of its own.
        let counts = newline && !(b == b'\n' && self.after_cr);
        self.after_cr = b == b'\r';
        if newline && !self.state.in_quotes() {
            let done = self.close(f);
            self.line += usize::from(counts);
            return done;
        }
        if self.raw.is_empty() {
            self.first_line = self.line;
        }
        self.state.step(b, self.delimiter);
        self.raw.push(b);
        self.line += usize::from(counts);
        ControlFlow::Continue(())
    }

    fn close(&mut self, f: &mut impl FnMut(usize, usize, &[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.state = Scan::Start;
        if self.raw.is_empty() {
            return ControlFlow::Continue(());
        }
        let done = f(self.record, self.first_line + 1, &self.raw);
        self.record += 1;
        self.raw.clear();
        done
    }
}

/// The byte ranges of a raw record's fields, quotes included.
pub(super) fn fields(raw: &[u8], delimiter: u8) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let mut state = Scan::Start;
        for (i, b) in raw.iter().enumerate().skip(start) {
            state.step(*b, delimiter);
            if *b == delimiter && !state.in_quotes() {
                next = Some(i + 1);
                return Some(start..i);
            }
        }
        next = None;
        Some(start..raw.len())
    })
}

/// The place of a field of a record (0 = header); a field beyond the record's last is the end of its line.
pub(super) fn place(source: &Source, dialect: &Dialect, record: usize, field: usize) -> Place {
    let mut found = source.at(0);
    if let Some(address) = source.address() {
        if let Some((original, dialect, o)) = address.origin(record, field) {
            return place(original, &dialect, o.record, o.field);
        }
        return Place { cell: address.cell(record, field), line: address.row(record), ..found };
    }
    let Ok(text) = source.text(dialect.encoding) else { return found };
    walk(text, dialect.delimiter, |r, line, raw| {
        if r < record {
            return ControlFlow::Continue(());
        }
        found = in_record(source, dialect.delimiter, line, raw, field);
        ControlFlow::Break(())
    });
    found
}

fn in_record(source: &Source, delimiter: u8, line: usize, raw: &[u8], field: usize) -> Place {
    let cell = fields(raw, delimiter).nth(field).unwrap_or(raw.len()..raw.len());
    let is_end = |b: &u8| *b == b'\n' || *b == b'\r';
    let line_start = raw[..cell.start].iter().rposition(is_end).map_or(0, |i| i + 1);
    let line_end = raw[cell.start..].iter().position(is_end).map_or(raw.len(), |i| cell.start + i);
    let lines_before = String::from_utf8_lossy(&raw[..cell.start]).replace("\r\n", "\n").matches(['\n', '\r']).count();
    let chars = |r: Range<usize>| String::from_utf8_lossy(&raw[r]).chars().count();
    let text = String::from_utf8_lossy(&raw[line_start..line_end]).into_owned();
    Place {
        column: chars(line_start..cell.start) + 1,
        width: chars(cell.start..cell.end.min(line_end)).max(1),
        text: if text.chars().count() <= SHOWN { text } else { String::new() },
        ..source.at(line + lines_before)
    }
}

/// The first line of each record, the header's first.
pub(super) fn lines(source: &Source, dialect: &Dialect) -> Vec<usize> {
    let mut lines = Vec::new();
    if let Ok(text) = source.text(dialect.encoding) {
        walk(text, dialect.delimiter, |record, line, _| {
            lines.push(source.address().map_or(line, |a| a.row(record)));
            ControlFlow::Continue(())
        });
    }
    lines
}
