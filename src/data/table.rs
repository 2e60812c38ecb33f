//! A table as it was read: typed columns, and the way back to the place of every cell.

use super::Values;
use super::number;
use super::sniff::Dialect;
use super::source::Source;
use super::walk;
use crate::error::{Error, Place, Result, suggest};
use std::borrow::Cow;
use std::sync::Arc;

/// The code of an unknown text.
pub const MISSING: u32 = u32::MAX;

/// The cells of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers; NaN = missing.
    Number(Vec<f64>),
    /// Texts: sorted levels and, by row, which one ([`MISSING`] = none).
    Text {
        /// Levels, sorted.
        levels: Vec<String>,
        /// Index into `levels` by row.
        codes: Vec<u32>,
    },
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    /// Its header.
    pub name: String,
    /// Its cells.
    pub cells: Cells,
    /// Which field of the file it is, from 0.
    pub(super) field: usize,
    /// The first row that is no number, when at least four cells in five are.
    pub(super) spoiled: Option<usize>,
}

/// A table as it was read.
#[derive(Debug, Clone)]
pub struct Table {
    /// Columns in the order of the file.
    pub columns: Vec<TableColumn>,
    /// Names of the columns that were passed over.
    pub unread: Vec<String>,
    /// Number of rows.
    pub rows: usize,
    /// What the reader must know.
    pub notes: Vec<String>,
    /// Where it was read.
    pub source: Source,
    /// How the file is written.
    pub dialect: Dialect,
    /// Where these rows stand, when they are not records 1, 2, 3 … of the file (a part of a panel).
    pub(super) records: Option<Part>,
}

/// Which records of a file the rows of a part are.
#[derive(Debug, Clone)]
pub(super) struct Part {
    records: Vec<usize>,
    /// Whether places are looked up: each look-up reads the file again, which the thousands of parts of a large panel
    /// cannot afford.
    exact: bool,
    /// The file's lines by record, shared by all parts; none of a large file.
    lines: Arc<[usize]>,
}

/// Beyond so many rows, rows do not carry their line.
pub(super) const WITH_LINES: usize = 100_000;

impl Table {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The names of all columns, those passed over last.
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| &c.name).chain(&self.unread).map(String::as_str).collect()
    }

    /// The column of a name.
    ///
    /// # Errors
    /// On an unknown name, with the nearest ones.
    pub fn require(&self, name: &str) -> Result<&TableColumn> {
        self.column(name).ok_or_else(|| {
            Error::usage(format!("unknown column `{name}`")).help(suggest(name, self.names())).at(self.source.at(1))
        })
    }

    /// The first of several names that there is.
    pub fn either(&self, names: &[&str]) -> Option<&TableColumn> {
        names.iter().find_map(|n| self.columns.iter().find(|c| c.name.eq_ignore_ascii_case(n)))
    }

    fn record(&self, row: usize) -> usize {
        self.records.as_ref().map_or(row, |p| p.records.get(row).copied().unwrap_or(row)) + 1
    }

    /// The part whose places are not looked up, if this is one.
    fn rough(&self) -> Option<&Part> {
        self.records.as_ref().filter(|p| !p.exact)
    }

    /// The file.
    pub fn source_place(&self) -> Place {
        self.source.at(0)
    }

    /// Where a cell stands in the file.
    pub fn place(&self, row: usize, column: &TableColumn) -> Place {
        if let Some(part) = self.rough() {
            return self.source.at(part.lines.get(self.record(row)).copied().unwrap_or(0));
        }
        walk::place(&self.source, &self.dialect, self.record(row), column.field)
    }

    /// Where a header stands.
    pub(super) fn header_place(&self, column: &TableColumn) -> Place {
        walk::place(&self.source, &self.dialect, 0, column.field)
    }

    /// The cell as it stands in the file, without quotes and blanks around it.
    pub(super) fn written(&self, row: usize, column: &TableColumn) -> String {
        if self.rough().is_some() {
            return column.text(row).into_owned();
        }
        let mut text = String::new();
        let Ok(bytes) = self.source.text(self.dialect.encoding) else { return text };
        let (wanted, delimiter) = (self.record(row), self.dialect.delimiter);
        walk::walk(bytes, delimiter, |record, _, raw| {
            if record < wanted {
                return std::ops::ControlFlow::Continue(());
            }
            let cell = walk::fields(raw, delimiter).nth(column.field).unwrap_or(0..0);
            text = String::from_utf8_lossy(&raw[cell]).trim().trim_matches('"').trim().to_string();
            std::ops::ControlFlow::Break(())
        });
        text
    }

    /// The file's line of each row; 0 where it is not known.
    pub fn lines(&self) -> Vec<usize> {
        let walked = || walk::lines(&self.source, &self.dialect).into();
        let all: Arc<[usize]> = self.rough().map_or_else(walked, |p| p.lines.clone());
        (0..self.rows).map(|r| all.get(self.record(r)).copied().unwrap_or(0)).collect()
    }

    /// The error that points at the first cell of a column that is not a number.
    pub fn not_a_number(&self, column: &TableColumn) -> Error {
        let row = match (&column.cells, column.spoiled) {
            (_, Some(row)) => row,
            (Cells::Text { levels, codes }, None) => {
                let is_text: Vec<bool> =
                    levels.iter().map(|l| number::parse(l.as_bytes(), self.dialect.decimal).is_none()).collect();
                codes.iter().position(|c| is_text.get(*c as usize).copied().unwrap_or(false)).unwrap_or(0)
            }
            (Cells::Number(_), None) => 0,
        };
        let cell = self.written(row, column);
        let remedy = if let Some(remedy) = self.other_decimal(&cell, column) {
            remedy
        } else if cell.starts_with('(') && number::is_meant(&cell) {
            "write a negative number with a minus, not in brackets".to_string()
        } else if number::is_meant(&cell) {
            "write the number alone, without a unit, a sign or a mark; what it counts belongs in the name of the column"
                .to_string()
        } else {
            "correct the cell, or leave it empty (or `NA`) if the value is not known".to_string()
        };
        Error::data(format!("`{cell}` in column `{}` is not a number", column.name))
            .at(self.place(row, column))
            .help(remedy)
    }

    /// The remedy for a cell that is a number where the other character is the decimal one; or where either may be.
    fn other_decimal(&self, cell: &str, column: &TableColumn) -> Option<String> {
        let read = |point: u8| {
            let number = number::parse(cell.as_bytes(), number::Decimal { point, groups: true })?;
            let option = format!("`--decimal '{}'`", char::from(point));
            Some((number, format!("{option} reads it as {number}")))
        };
        let here = char::from(self.dialect.decimal.point);
        let fraction = |c: &TableColumn| match &c.cells {
            Cells::Number(v) => v.iter().any(|x| x.fract().abs() > 0.0),
            Cells::Text { levels, .. } if c.field == column.field => {
                levels.iter().any(|l| l.contains(here) && number::parse(l.as_bytes(), self.dialect.decimal).is_some())
            }
            Cells::Text { .. } => false,
        };
        let study = "(in a study file: `decimal`)";
        match (read(b','), read(b'.')) {
            (None, None) => None,
            // The option would spoil those.
            _ if self.columns.iter().any(fraction) => {
                Some(format!("the decimal character of other cells is `{here}`: write this one the same way"))
            }
            (Some((a, comma)), Some((b, point))) if a.to_bits() != b.to_bits() => {
                Some(format!("it may be either: {comma}, {point} {study}"))
            }
            (Some((_, one)), _) | (_, Some((_, one))) => Some(format!("{one} {study}")),
        }
    }

    /// Whether all texts of a column are numbers to readers who have the other decimal character.
    pub(super) fn is_misread(&self, column: &TableColumn) -> bool {
        let Cells::Text { levels, .. } = &column.cells else { return false };
        let all = |point| {
            let decimal = number::Decimal { point, groups: true };
            levels.iter().all(|l| number::parse(l.as_bytes(), decimal).is_some())
        };
        column.spoiled.is_some() && !levels.is_empty() && (all(b',') || all(b'.'))
    }

    /// This table, ready to be parted: its lines are found once for all parts.
    pub fn with_lines(mut self) -> Table {
        let lines = if self.rows <= WITH_LINES { walk::lines(&self.source, &self.dialect).into() } else { [].into() };
        self.records = Some(Part { records: (0..self.rows).collect(), exact: true, lines });
        self
    }

    /// Some of the rows, in the given order, without some columns. `exact` = errors point at the cell, at the price of
    /// reading the file again.
    pub fn part(&self, rows: &[usize], without: &[String], exact: bool) -> Table {
        let kept = self.columns.iter().filter(|c| !without.contains(&c.name));
        let columns = kept.map(|c| c.select(rows, self.dialect.decimal)).collect();
        let lines = self.records.as_ref().map_or_else(|| [].into(), |p| p.lines.clone());
        let records = Some(Part { records: rows.iter().map(|r| self.record(*r) - 1).collect(), exact, lines });
        let (source, dialect) = (self.source.clone(), self.dialect);
        let (notes, unread) = (self.notes.clone(), self.unread.clone());
        Table { columns, unread, rows: rows.len(), notes, source, dialect, records }
    }
}

impl TableColumn {
    /// Whether some of its cells are numbers, or meant as such, and some are not.
    pub fn has_numbers(&self) -> bool {
        let Cells::Text { levels, .. } = &self.cells else { return false };
        self.spoiled.is_some() || levels.iter().any(|l| number::is_meant(l))
    }

    /// Whether a row has a value.
    pub fn is_known(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Number(v) => v.get(row).is_some_and(|x| !x.is_nan()),
            Cells::Text { codes, .. } => codes.get(row).is_some_and(|c| *c != MISSING),
        }
    }

    /// The value of a row as text; empty = missing.
    pub fn text(&self, row: usize) -> Cow<'_, str> {
        match &self.cells {
            Cells::Number(v) => match v.get(row) {
                Some(x) if !x.is_nan() => Cow::Owned(format!("{x}")),
                _ => Cow::Borrowed(""),
            },
            Cells::Text { levels, codes } => {
                let level = codes.get(row).and_then(|c| levels.get(*c as usize));
                Cow::Borrowed(level.map_or("", String::as_str))
            }
        }
    }

    /// The value of a row as a number.
    pub fn number(&self, row: usize) -> Option<f64> {
        match &self.cells {
            Cells::Number(v) => v.get(row).copied().filter(|x| !x.is_nan()),
            Cells::Text { .. } => None,
        }
    }

    /// The values of rows (`None` = unknown) as those of a covariate.
    pub(super) fn values(&self, rows: &[Option<usize>]) -> Values {
        match &self.cells {
            Cells::Number(v) => Values::Number(rows.iter().map(|r| r.map_or(f64::NAN, |r| v[r])).collect()),
            Cells::Text { levels, codes } => {
                let code = |r: usize| Some(codes[r]).filter(|c| *c != MISSING);
                let codes = rows.iter().map(|r| r.and_then(code)).collect();
                let mut values = Values::Text { levels: levels.clone(), codes };
                values.drop_unused_levels();
                values
            }
        }
    }

    fn select(&self, rows: &[usize], decimal: number::Decimal) -> TableColumn {
        let cells = match &self.cells {
            Cells::Number(v) => Cells::Number(rows.iter().map(|r| v[*r]).collect()),
            // Only the levels that the rows have: a part of a panel must not carry the levels of all others.
            Cells::Text { levels, codes } => {
                let mut used: Vec<u32> = rows.iter().map(|r| codes[*r]).filter(|c| *c != MISSING).collect();
                used.sort_unstable();
                used.dedup();
                let code = |r: &usize| used.binary_search(&codes[*r]).map_or(MISSING, |k| k as u32);
                let codes = rows.iter().map(code).collect();
                Cells::Text { levels: used.iter().map(|c| levels[*c as usize].clone()).collect(), codes }
            }
        };
        let mut part = TableColumn { name: self.name.clone(), cells, field: self.field, spoiled: None };
        if self.spoiled.is_some() {
            part.judge(decimal);
        }
        part
    }

    /// A part of a column that was spoilt: numbers where the part has nothing else, else spoilt at its own first text.
    fn judge(&mut self, decimal: number::Decimal) {
        let Cells::Text { levels, codes } = &self.cells else { return };
        let numbers: Vec<Option<f64>> = levels.iter().map(|l| number::parse(l.as_bytes(), decimal)).collect();
        let value = |c: &u32| numbers.get(*c as usize).copied().flatten();
        self.spoiled = codes.iter().position(|c| *c != MISSING && value(c).is_none());
        if self.spoiled.is_none() {
            self.cells = Cells::Number(codes.iter().map(|c| value(c).unwrap_or(f64::NAN)).collect());
        }
    }
}
