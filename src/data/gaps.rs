//! Blank lines between the rows of a table.
//!
//! In a file of one column a blank line is an empty cell: a count that is missing, not one that follows at once (R's `read.csv` skips
//! it). In a file of several columns an empty row has its delimiters, and a blank line is skipped. Either is noted; blank lines before
//! the first row and after the last are nothing.

use super::table::{Cells, MISSING, Table, WITH_LINES};
use super::walk::walk;
use std::ops::ControlFlow;

/// The rows after which blank lines stand, with how many; none after the last.
fn gaps(table: &Table) -> Vec<(usize, usize)> {
    let (mut gaps, mut next) = (Vec::new(), 0);
    let Ok(text) = table.source.text(table.dialect.encoding) else { return gaps };
    walk(text, table.dialect.delimiter, |record, line, raw| {
        if record > 1 && record <= table.rows && line > next {
            gaps.push((record - 2, line - next));
        }
        // A quoted cell may hold line ends; those of Windows are two bytes.
        let newline = |i: usize| raw[i] == b'\n' || (raw[i] == b'\r' && raw.get(i + 1) != Some(&b'\n'));
        next = line + 1 + (0..raw.len()).filter(|i| newline(*i)).count();
        if record < table.rows { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    gaps
}

/// A table of one column with a missing cell for each blank line between its rows; others as they are, with a note.
pub(super) fn fill(mut table: Table, columns: usize) -> Table {
    // Looking for them is another reading of the text.
    if columns > 1 && table.rows > WITH_LINES {
        return table;
    }
    let gaps = gaps(&table);
    let (Some(first), blank) = (gaps.first(), gaps.iter().map(|g| g.1).sum::<usize>()) else { return table };
    let after = table.lines().get(first.0).copied().unwrap_or(0);
    let (lines, are) = if blank == 1 { ("line", "is") } else { ("lines", "are") };
    let place = format!("{blank} blank {lines} inside `{}` (first after line {after})", table.source.name());
    if columns > 1 {
        table.notes.push(format!("{place} {are} skipped; an unknown row keeps its date and its delimiters"));
        return table;
    }
    let mut rows = Vec::with_capacity(table.rows + blank);
    let mut empty = Vec::with_capacity(blank);
    let mut gaps = gaps.iter().peekable();
    for r in 0..table.rows {
        rows.push(r);
        if let Some((_, n)) = gaps.next_if(|g| g.0 == r) {
            empty.extend(rows.len()..rows.len() + n);
            rows.extend(std::iter::repeat_n(r, *n));
        }
    }
    let mut whole = table.with_lines().part(&rows, &[], true);
    for column in &mut whole.columns {
        match &mut column.cells {
            Cells::Number(values) => empty.iter().for_each(|r| values[*r] = f64::NAN),
            Cells::Text { codes, .. } => empty.iter().for_each(|r| codes[*r] = MISSING),
        }
    }
    let one = if blank == 1 { "a missing cell" } else { "missing cells" };
    whole.notes.push(format!("{place} {are} read as {one}: the file has one column"));
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::csv::{CsvOptions, read};
    use crate::data::source::Source;

    fn table(text: &str) -> Table {
        let source = Source::bytes("t.csv", text.as_bytes().to_vec());
        read(&source, &CsvOptions::default()).unwrap()
    }

    #[test]
    fn blank_lines_of_one_column_are_missing_counts() {
        for text in ["y\n\n5\n6\n\n\n7\n\n", "y\r\n5\r\n6\r\n\r\n\r\n7\r\n\r\n"] {
            let t = table(text);
            let y: Vec<Option<f64>> = (0..t.rows).map(|r| t.columns[0].number(r)).collect();
            assert_eq!(y, [Some(5.0), Some(6.0), None, None, Some(7.0)], "{text:?}");
            assert!(t.notes[0].contains("2 blank lines inside `t.csv`"), "{:?}", t.notes);
            let line = text[..text.rfind('7').unwrap()].split('\n').count();
            assert_eq!(t.lines().last(), Some(&line));
        }
        let words = table("name\na\n\n\"b\nc\"\nd\n");
        assert_eq!((0..words.rows).map(|r| words.columns[0].text(r)).collect::<Vec<_>>(), ["a", "", "b\nc", "d"]);
    }

    #[test]
    fn blank_lines_of_several_columns_are_skipped_with_a_note_if_inside() {
        let t = table("x,y\n1,5\n\n2,6\n\n");
        assert_eq!(t.rows, 2);
        assert!(t.notes[0].contains("1 blank line inside `t.csv` (first after line 2) is skipped"), "{:?}", t.notes);
        assert!(table("x,y\n\n1,5\n2,6\n\n\n").notes.is_empty());
    }
}
