//! Files that are no text: they are turned into CSV text once, so that one reader types all cells, and their errors point
//! at the cell of the original.

use super::sniff::Dialect;
use super::source::Source;
use crate::error::{Error, Result};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// How the cells of the original are called.
#[derive(Debug, Clone)]
pub(super) enum Address {
    /// By letters and numbers, such as B7.
    #[cfg_attr(not(feature = "xlsx"), allow(dead_code))]
    Sheet {
        /// The sheet's row of each record (the header is record 0).
        rows: Arc<[usize]>,
        /// The sheet's column of the first field, from 0.
        column: usize,
    },
    /// By the number of the row, from 1.
    Rows,
    /// Those of a wide table, of which this is the long form.
    Long {
        /// The wide table.
        source: Box<Source>,
        /// How it is written.
        dialect: Dialect,
        /// The line of each of its records.
        lines: Arc<[usize]>,
        /// Where each field of each record stood.
        origins: Arc<[Vec<Origin>]>,
    },
}

/// A cell of another file: its record (0 = header) and its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub record: usize,
    pub field: usize,
}

impl Address {
    /// The row of a record.
    pub fn row(&self, record: usize) -> usize {
        match self {
            Address::Sheet { rows, .. } => rows.get(record).copied().unwrap_or(0),
            Address::Rows => record,
            Address::Long { lines, origins, .. } => {
                let of = |o: &Vec<Origin>| o.iter().map(|o| o.record).max();
                origins.get(record).and_then(of).and_then(|r| lines.get(r)).copied().unwrap_or(0)
            }
        }
    }

    /// The name of a cell.
    pub fn cell(&self, record: usize, field: usize) -> String {
        match self {
            Address::Sheet { column, .. } => format!("{}{}", letters(column + field), self.row(record)),
            Address::Rows | Address::Long { .. } => format!("row {record}, column {}", field + 1),
        }
    }

    /// The cell of another source that a cell was, and how that is written.
    pub fn origin(&self, record: usize, field: usize) -> Option<(&Source, Dialect, Origin)> {
        let Address::Long { source, dialect, origins, .. } = self else { return None };
        origins.get(record)?.get(field).map(|o| (&**source, *dialect, *o))
    }

    /// How the text was written that its cells were taken from.
    pub fn dialect(&self) -> Option<Dialect> {
        if let Address::Long { dialect, .. } = self { Some(*dialect) } else { None }
    }
}

/// A column's letters: A … Z, AA …
fn letters(column: usize) -> String {
    let last = char::from(b'A' + (column % 26) as u8);
    if column < 26 { last.to_string() } else { letters(column / 26 - 1) + &last.to_string() }
}

/// What a file is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workbook,
    Parquet,
    Json,
}

/// The file and the sheet behind `FILE.xlsx#SHEET`, `FILE.parquet` or `FILE.json`; `None` = text.
fn kind(path: &Path) -> Option<(&str, Option<&str>, Kind)> {
    let of = |file: &str| match Path::new(file).extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => Some(Kind::Workbook),
        "parquet" | "pq" => Some(Kind::Parquet),
        "json" | "jsonl" | "ndjson" => Some(Kind::Json),
        _ => None,
    };
    let text = path.to_str()?;
    let sheet = text.rsplit_once('#').filter(|(file, _)| of(file) == Some(Kind::Workbook));
    match sheet {
        Some((file, sheet)) => Some((file, Some(sheet), Kind::Workbook)),
        None => of(text).map(|kind| (text, None, kind)),
    }
}

/// The file behind a name that may end in `#SHEET`.
pub fn file_of(path: &Path) -> &Path {
    kind(path).map_or(path, |(file, _, _)| Path::new(file))
}

/// Opens a file that is no text; `None` = it is one (or is not there: the reader says so).
pub(super) fn open(path: &Path) -> Result<Option<Source>> {
    let Some((file, sheet, kind)) = kind(path).filter(|(file, _, _)| Path::new(file).is_file()) else {
        return Ok(None);
    };
    match kind {
        Kind::Workbook => workbook(Path::new(file), sheet).map(Some),
        Kind::Parquet => columns(Path::new(file)).map(Some),
        Kind::Json => super::json::open(Path::new(file)).map(Some),
    }
}

/// What begins like JSON or a known binary file: JSON is converted, the others are refused; `None` = text to be read as it is.
pub(super) fn by_content(source: &Source) -> Result<Option<Source>> {
    let head = source.head(HEAD)?;
    let refused = |what: &str, remedy: &str| {
        Err(Error::data(format!("`{}` is {what}, not a table of text", source.name())).help(remedy))
    };
    let xlsx = "save the sheet as CSV, or give its file as FILE.xlsx to tumen built with `--features xlsx`";
    let parquet = "export it as CSV, or give its file as FILE.parquet to tumen built with `--features parquet`";
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] => refused("an Excel workbook (or another zip archive)", xlsx),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => refused("an old Excel workbook", xlsx),
        [b'P', b'A', b'R', b'1', ..] => refused("a Parquet file", parquet),
        [0x1F, 0x8B, ..] => refused("compressed by gzip", "unpack it first: `gunzip -c FILE.gz | tumen COMMAND -`"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => {
            refused("compressed by zstd", "unpack it first: `zstd -dc FILE.zst | tumen COMMAND -`")
        }
        head if is_json(head) => {
            let mut bytes = Vec::new();
            source.reader()?.read_to_end(&mut bytes).map_err(|e| source.unreadable(&e))?;
            super::json::of_bytes(source.name().to_string(), &bytes).map(Some)
        }
        _ => Ok(None),
    }
}

/// Bytes that are looked at.
const HEAD: u64 = 256;

/// Whether the first two marks are those of a list of records, of columns or a record; `[year],count` is a header.
fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let mut marks = head.iter().filter(|b| !b.is_ascii_whitespace());
    match (marks.next(), marks.next()) {
        (Some(b'['), Some(next)) => matches!(next, b'{' | b'[' | b']'),
        (Some(b'{'), Some(next)) => matches!(next, b'"' | b'}'),
        _ => false,
    }
}

#[cfg(feature = "xlsx")]
fn workbook(file: &Path, sheet: Option<&str>) -> Result<Source> {
    super::xlsx::open(file, sheet)
}

#[cfg(not(feature = "xlsx"))]
fn workbook(file: &Path, _: Option<&str>) -> Result<Source> {
    Err(not_built(file, "an Excel workbook", "xlsx", "save the sheet as CSV"))
}

#[cfg(feature = "parquet")]
fn columns(file: &Path) -> Result<Source> {
    super::parquet::open(file)
}

#[cfg(not(feature = "parquet"))]
fn columns(file: &Path) -> Result<Source> {
    Err(not_built(file, "a Parquet file", "parquet", "export it as CSV"))
}

/// The refusal of a format that this program was built without.
#[cfg(not(all(feature = "xlsx", feature = "parquet")))]
fn not_built(file: &Path, what: &str, feature: &str, remedy: &str) -> Error {
    Error::data(format!("`{}` is {what}, which this build of tumen does not read", file.display()))
        .help(format!("{remedy}, or build tumen with `cargo build --release --features {feature}`"))
}

/// A reader's complaint about a file.
#[cfg(any(feature = "xlsx", feature = "parquet"))]
pub(super) fn unreadable(file: &Path, what: &str, e: &dyn std::fmt::Display) -> Error {
    Error::data(format!("cannot read `{}` as {what}: {e}", file.display()))
}

/// Rows of cells as CSV text.
pub(super) fn csv_text<'a>(rows: impl Iterator<Item = &'a Vec<String>>) -> Result<Vec<u8>> {
    let fault = |e: &dyn std::fmt::Display| Error::data(format!("converting cells: {e}"));
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|e| fault(&e))?;
    }
    writer.into_inner().map_err(|e| fault(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_json_from_csv_and_refuses_what_is_no_text() {
        let open = |bytes: &[u8]| by_content(&Source::bytes("standard input", bytes));
        for json in ["[{\"year\": 2001, \"y\": 3}]", "\u{feff}\n {\"year\": [2001], \"y\": [3]}", "[\n]x"] {
            assert!(open(json.as_bytes()).map_or(json.ends_with('x'), |s| s.is_some()), "{json}");
        }
        for csv in ["year,y\n2001,3\n", "[year],y\n2001,3\n", "{a},y\n", "", "["] {
            assert!(open(csv.as_bytes()).unwrap().is_none(), "{csv}");
        }
        for (bytes, what) in [
            (&b"PK\x03\x04\x14"[..], "an Excel workbook"),
            (b"\xD0\xCF\x11\xE0\xA1", "an old Excel workbook"),
            (b"PAR1\x15", "a Parquet file"),
            (b"\x1F\x8B\x08", "compressed by gzip"),
        ] {
            let e = open(bytes).unwrap_err().to_string();
            assert!(e.contains(what) && e.contains("help: "), "{e}");
        }
    }

    #[test]
    fn columns_have_letters_and_files_their_sheets() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
        let of = |p| kind(Path::new(p));
        assert_eq!(of("a/b.XLSX#Table 1"), Some(("a/b.XLSX", Some("Table 1"), Kind::Workbook)));
        assert_eq!(of("b.parquet"), Some(("b.parquet", None, Kind::Parquet)));
        assert_eq!((of("b.csv#x"), of("c#1.csv"), of("-")), (None, None, None));
    }
}
