//! How a file is written: encoding, delimiter and decimal character, from its first bytes.

use super::converted::Address;
use super::csv::CsvOptions;
use super::number::{Decimal, Evidence, evidence, is_missing};
use super::source::{Encoding, Source};
use super::spans::says_when;
use super::walk::{fields, walk};
use crate::error::{Error, Result};
use std::ops::ControlFlow;

/// Bytes looked at.
const SAMPLE: u64 = 1 << 16;
/// Delimiters tried, in order of preference.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Its encoding.
    pub encoding: Encoding,
    /// Between cells.
    pub delimiter: u8,
    /// How numbers are written.
    pub decimal: Decimal,
}

/// Finds the dialect, unless the options say it; `encoding` overrides what the bytes say.
pub(super) fn sniff(source: &Source, options: &CsvOptions, encoding: Option<Encoding>) -> Result<Dialect> {
    if let Some(d) = source.address().and_then(Address::dialect) {
        return Ok(Dialect { encoding: Encoding::Utf8, delimiter: b',', decimal: d.decimal });
    }
    let head = source.head(SAMPLE)?;
    let asked = options.encoding.filter(|_| source.address().is_none());
    let encoding = asked.or(encoding).unwrap_or_else(|| Encoding::detect(&head));
    // A mark says which end comes first.
    let encoding = match (encoding, Encoding::detect(&head)) {
        (Encoding::Utf16Le, Encoding::Utf16Be) => Encoding::Utf16Be,
        (encoding, _) => encoding,
    };
    check(source, &head, encoding)?;
    let text = encoding.lossy(&head);
    let text = if head.len() as u64 == SAMPLE { whole_lines(&text) } else { &text };
    let delimiter = match source.address() {
        Some(_) => b',',
        None => options.delimiter.unwrap_or_else(|| best_delimiter(text)),
    };
    let decimal = match options.decimal.filter(|_| source.address().is_none()) {
        Some(point) => Decimal { point: if point == ',' { b',' } else { b'.' }, groups: true },
        None => decimal(text, delimiter),
    };
    Ok(Dialect { encoding, delimiter, decimal })
}

/// Refuses what is no text at all.
fn check(source: &Source, head: &[u8], encoding: Encoding) -> Result<()> {
    let name = source.name();
    if head.starts_with(b"PK\x03\x04") {
        return Err(Error::data(format!("`{name}` is a zip archive or an Excel workbook, not CSV"))
            .help("save the sheet as CSV; a workbook is read when its name ends in .xlsx and tumen is built with the feature `xlsx`"));
    }
    if head.starts_with(b"PAR1") {
        return Err(Error::data(format!("`{name}` is a Parquet file, not CSV")).help(
            "export it as CSV; it is read when its name ends in .parquet and tumen is built with the feature `parquet`",
        ));
    }
    if encoding == Encoding::Utf8
        && let Some(at) = head.iter().position(|b| *b == 0)
    {
        return Err(Error::data(format!("`{name}` is not a text file: it has a zero byte at position {}", at + 1))
            .help("save it as CSV in UTF-8; UTF-16 text without a byte-order mark is read with `--encoding utf-16le` or `utf-16be`"));
    }
    let text = encoding.lossy(head);
    if (head.len() as u64) < SAMPLE && text.trim().is_empty() {
        return Err(Error::data(format!("`{name}` is empty")).help("the first line must name the columns"));
    }
    Ok(())
}

fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or(text, |end| &text[..=end])
}

/// The delimiter that splits most records into as many fields as the header; of equals, the one with more fields.
fn best_delimiter(text: &str) -> u8 {
    let mut best = (0.0, 0, b',');
    for delimiter in DELIMITERS {
        let mut counts = Vec::new();
        walk(text.as_bytes(), delimiter, |_, _, raw| {
            counts.push(fields(raw, delimiter).count());
            if counts.len() < 300 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let header = counts.first().copied().unwrap_or(0);
        let agree = counts.iter().filter(|c| **c == header).count() as f64 / counts.len().max(1) as f64;
        if header > 1 && (agree, header) > (best.0, best.1) {
            best = (agree, header, delimiter);
        }
    }
    best.2
}

/// From the cells that can only be meant one way; dates (`2016.10`) are no evidence.
fn decimal(text: &str, delimiter: u8) -> Decimal {
    let mut columns: Vec<Found> = Vec::new();
    walk(text.as_bytes(), delimiter, |record, _, raw| {
        for (field, range) in fields(raw, delimiter).enumerate() {
            let cell = String::from_utf8_lossy(&raw[range]);
            let cell = cell.trim().trim_matches('"').trim();
            if record == 0 {
                columns.push(Found { dates: says_when(cell), ..Found::default() });
            } else if let Some(column) = columns.get_mut(field) {
                column.take(cell);
            }
        }
        ControlFlow::Continue(())
    });
    let shown = columns.iter().filter(|c| !c.dates && (c.other > 0 || c.months == 0));
    let (points, commas) = shown.fold((0, 0), |(p, c), f| (p + f.points, c + f.commas));
    match (points, commas) {
        // A semicolon is what spreadsheets write where the comma is the decimal character.
        (0, 0) if delimiter == b';' => Decimal { point: b',', groups: false },
        (_, 0) => Decimal { point: b'.', groups: true },
        (0, _) => Decimal { point: b',', groups: delimiter != b',' },
        _ => Decimal { point: if points >= commas { b'.' } else { b',' }, groups: false },
    }
}

/// What the cells of a column show.
#[derive(Default)]
struct Found {
    /// Whether it has the name of a time column.
    dates: bool,
    points: usize,
    commas: usize,
    /// Cells like `2016.8` and `2016.10`.
    months: usize,
    /// Other cells that are not missing.
    other: usize,
}

impl Found {
    fn take(&mut self, cell: &str) {
        match evidence(cell) {
            Evidence::Point => self.points += 1,
            Evidence::Comma => self.commas += 1,
            Evidence::None => {}
        }
        let month = |m: &str| m.len() <= 2 && matches!(m.parse::<u8>(), Ok(1..=12));
        let is_month = |(y, m): (&str, &str)| matches!(y.parse::<u16>(), Ok(1800..=2199)) && month(m);
        match cell.split_once('.') {
            Some(parts) if is_month(parts) => self.months += 1,
            _ if is_missing(cell.as_bytes()) => {}
            _ => self.other += 1,
        }
    }
}
