//! Excel (and OpenDocument) workbooks: one sheet as CSV text.
//!
//! The header is the first row with more than one cell; lines above it are passed over with a note. Merged cells in the
//! header give their text to all columns that they span, joined with the names below them by `_`.

use super::converted::{Address, csv_text, unreadable};
use super::source::Source;
use crate::error::{Error, Result, suggest};
use calamine::{Data, Dimensions, Range, Reader as _, Sheets, open_workbook_auto};
use std::path::Path;

/// Opens a sheet (the first unless one is named).
///
/// # Errors
/// On a file that is no workbook, an unknown sheet (with the nearest names), and an empty one.
pub(super) fn open(file: &Path, sheet: Option<&str>) -> Result<Source> {
    let mut book = open_workbook_auto(file).map_err(|e| unreadable(file, "a workbook", &e))?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(s) => names.iter().find(|n| *n == s).ok_or_else(|| {
            Error::usage(format!("`{}` has no sheet `{s}`", file.display()))
                .help(suggest(s, names.iter().map(String::as_str)))
        })?,
        None => names.first().ok_or_else(|| Error::data(format!("`{}` has no sheet", file.display())))?,
    };
    let range = book.worksheet_range(name).map_err(|e| unreadable(file, "a workbook", &e))?;
    let merged = match &mut book {
        Sheets::Xlsx(x) => x.merge_cells_by_sheet_name(name).unwrap_or_default(),
        _ => Vec::new(),
    };
    let title = format!("{}#{name}", file.display());
    let mut notes = Vec::new();
    if sheet.is_none() && names.len() > 1 {
        let others = names.iter().skip(1).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        notes.push(format!("`{}`: sheet `{name}` is read; name another as FILE#SHEET: {others}", file.display()));
    }
    let (rows, addresses) = cells(&range, &merged, &title, &mut notes)?;
    let column = range.start().map_or(0, |s| s.1 as usize);
    let address = Address::Sheet { rows: addresses.into(), column };
    Ok(Source::converted(title, csv_text(rows.iter())?, address, notes))
}

/// The header and the rows below it as texts, and the sheet's row of each, from 1.
fn cells(
    range: &Range<Data>,
    merged: &[Dimensions],
    title: &str,
    notes: &mut Vec<String>,
) -> Result<(Vec<Vec<String>>, Vec<usize>)> {
    let first = range.start().map_or(0, |s| s.0 as usize);
    let all: Vec<Vec<String>> = range.rows().map(|r| r.iter().map(text).collect()).collect();
    let filled = |r: &Vec<String>| r.iter().filter(|c| !c.is_empty()).count();
    let widest = all.iter().map(filled).max().unwrap_or(0);
    let Some(top) = all.iter().position(|r| filled(r) > usize::from(widest > 1)) else {
        return Err(Error::data(format!("`{title}` is empty")).help("the first row must name the columns"));
    };
    let above = all[..top].iter().filter(|r| filled(r) > 0).count();
    if above > 0 {
        notes.push(format!(
            "`{title}`: the first {above} filled rows are passed over as a title; the header is row {}",
            first + top + 1
        ));
    }
    let (header, bottom) = header(range, merged, &all, top);
    let mut rows = vec![header];
    let mut numbers = vec![first + top + 1];
    for (i, row) in all.into_iter().enumerate().skip(bottom + 1).filter(|(_, r)| filled(r) > 0) {
        rows.push(row);
        numbers.push(first + i + 1);
    }
    Ok((rows, numbers))
}

/// The names of the columns and the last row of the header.
fn header(range: &Range<Data>, merged: &[Dimensions], all: &[Vec<String>], top: usize) -> (Vec<String>, usize) {
    let (r0, c0) = range.start().map_or((0, 0), |s| (s.0 as usize, s.1 as usize));
    let cover = |row: usize, column: usize| merged.iter().find(|d| d.contains((r0 + row) as u32, (c0 + column) as u32));
    let width = all[top].len();
    let merges: Vec<&Dimensions> = (0..width).filter_map(|j| cover(top, j)).collect();
    let deepest = merges.iter().map(|d| d.end.0 as usize - r0).max().unwrap_or(top);
    let wide = merges.iter().any(|d| d.end.1 > d.start.1);
    // Names under a merged cell: a row of texts without a number.
    let names_below = |row: usize| {
        let below = range.rows().nth(row).unwrap_or(&[]);
        below.iter().any(|c| matches!(c, Data::String(_)))
            && !below.iter().any(|c| matches!(c, Data::Float(_) | Data::Int(_) | Data::DateTime(_)))
    };
    let bottom = if wide && deepest == top && names_below(top + 1) { top + 1 } else { deepest };
    let cell = |row: usize, column: usize| -> String {
        let own = all.get(row).and_then(|r| r.get(column)).cloned().unwrap_or_default();
        let from = |d: &Dimensions| {
            all.get((d.start.0 as usize).saturating_sub(r0))
                .and_then(|r| r.get((d.start.1 as usize).saturating_sub(c0)))
                .cloned()
                .unwrap_or_default()
        };
        if own.is_empty() { cover(row, column).map_or(own, from) } else { own }
    };
    let name = |column: usize| {
        let mut words: Vec<String> = (top..=bottom).map(|r| cell(r, column)).filter(|w| !w.trim().is_empty()).collect();
        words.dedup();
        words.iter().map(|w| w.trim()).collect::<Vec<_>>().join("_")
    };
    ((0..width).map(name).collect(), bottom.min(all.len() - 1))
}

/// A cell as text: dates in ISO form, numbers with a point.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(t) if t.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = t.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
            }
        }
        Data::DateTimeIso(t) => t.strip_suffix("T00:00:00").unwrap_or(t).to_string(),
        other => other.to_string(),
    }
}
