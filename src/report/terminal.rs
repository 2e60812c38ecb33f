//! A [`Table`] in the terminal. Numbers are never broken: when the table is too wide, heads go on two lines, then columns of
//! words are wrapped, then a last column of words goes under the table, then the columns are split into several tables.

use super::Table;
use super::table::Align;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};

/// Blanks between columns.
const GAP: usize = 2;
/// The narrowest that a column of words is wrapped to.
const WORDS: usize = 22;

/// The table within `width` columns, with a line end after the last line.
pub fn draw(table: &Table, width: usize) -> String {
    let width = width.max(40);
    let mut t = table.clone();
    let mut below = Vec::new();
    if total(&t) > width {
        t.columns.iter_mut().for_each(|(c, _)| *c = super::table::nbsp(c).replace(' ', "\n").replace('\u{a0}', " "));
    }
    if let Some(wrapped) = (total(&t) > width).then(|| wrapped(&t, width)).flatten() {
        let parts = [fill(&table.caption, width), wrapped, fill(&table.note, width)];
        return parts.iter().filter(|p| !p.is_empty()).flat_map(|p| [p.as_str(), "\n"]).collect();
    }
    let words_last = t.columns.len() > 2 && t.columns.last().is_some_and(|(_, a)| *a == Align::Left);
    if total(&t) > width && words_last {
        below = without_last(&mut t);
    }
    let mut out = fill(&table.caption, width);
    for part in split(&t, width) {
        out.push('\n');
        out.push_str(&lines(&part, width));
    }
    let note = (!table.note.is_empty()).then_some(&table.note);
    for text in below.iter().chain(note) {
        out.push('\n');
        out.push_str(&fill(text, width));
    }
    out.push('\n');
    out
}

/// The table with its long columns of words wrapped to what the others leave, in the proportion of their lengths; nothing
/// when there is none or not enough room.
fn wrapped(t: &Table, width: usize) -> Option<String> {
    let widths = widths(t);
    let wordy: Vec<usize> =
        (1..widths.len()).filter(|j| t.columns[*j].1 == Align::Left && widths[*j] > 2 * WORDS).collect();
    let rest: usize = (0..widths.len()).filter(|j| !wordy.contains(j)).map(|j| widths[j]).sum();
    let room = width.checked_sub(rest + GAP * widths.len().saturating_sub(1))?;
    if wordy.is_empty() || room < WORDS * wordy.len() {
        return None;
    }
    let spare = room - WORDS * wordy.len();
    let length: usize = wordy.iter().map(|j| widths[*j]).sum();
    let mut c = comfy(t);
    c.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(width + GAP).ok()?);
    for j in &wordy {
        let share = WORDS + spare * widths[*j] / length + 1;
        c.column_mut(*j)?.set_constraint(ColumnConstraint::Absolute(Width::Fixed(u16::try_from(share).ok()?)));
    }
    let rule = "─".repeat(width);
    let text = c.lines().map(|l| if l.starts_with('─') { rule.clone() } else { l.trim_end().to_string() });
    Some(text.collect::<Vec<_>>().join("\n"))
}

/// Takes the last column out; what it said, with the rows of which it said so.
fn without_last(t: &mut Table) -> Vec<String> {
    t.columns.pop();
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for (cell, row) in t.rows.iter_mut().filter_map(|r| Some((r.pop()?, r.first()?.clone()))) {
        match said.iter_mut().find(|(c, _)| *c == cell) {
            Some((_, rows)) => rows.push(row),
            None if cell.is_empty() || cell == "–" => {}
            None => said.push((cell, vec![row])),
        }
    }
    said.into_iter().map(|(cell, rows)| format!("{cell}: {}", rows.join(", "))).collect()
}

/// Tables that fit, each with the first column.
fn split(t: &Table, width: usize) -> Vec<Table> {
    let widths = widths(t);
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut used = usize::MAX;
    for (j, w) in widths.iter().enumerate().skip(1) {
        if parts.is_empty() || used + GAP + w > width {
            parts.push(vec![0]);
            used = widths[0];
        }
        used += GAP + w;
        if let Some(p) = parts.last_mut() {
            p.push(j);
        }
    }
    if parts.is_empty() {
        parts.push(vec![0]);
    }
    let pick = |columns: &[usize]| Table {
        columns: columns.iter().map(|j| t.columns[*j].clone()).collect(),
        rows: t.rows.iter().map(|r| columns.iter().map(|j| r[*j].clone()).collect()).collect(),
        ..t.clone()
    };
    parts.iter().map(|p| pick(p)).collect()
}

fn comfy(t: &Table) -> comfy_table::Table {
    let rule = LineStyle::none().fill('─').junction('─');
    let mut c = comfy_table::Table::new();
    c.load_style(TableStyle::new().top_border(rule).header_separator(rule).bottom_border(rule));
    c.set_header(t.columns.iter().map(|(name, _)| Cell::new(name)));
    c.add_rows(t.rows.iter().map(|r| r.iter().map(Cell::new)));
    for (column, (_, align)) in c.column_iter_mut().zip(&t.columns) {
        column.set_cell_alignment(if *align == Align::Left { CellAlignment::Left } else { CellAlignment::Right });
        // the style's (empty) separator takes the other blank
        column.set_padding((0, 1));
    }
    c
}

fn widths(t: &Table) -> Vec<usize> {
    comfy(t).column_max_content_widths().into_iter().map(usize::from).collect()
}

fn total(t: &Table) -> usize {
    let w = widths(t);
    w.iter().sum::<usize>() + GAP * w.len().saturating_sub(1)
}

fn lines(t: &Table, width: usize) -> String {
    let mut c = comfy(t);
    // one column that is too wide by itself is all that is left to be broken
    if total(t) > width {
        c.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.min(1000) as u16);
    }
    let rule = "─".repeat(total(t).min(width));
    let text = c.lines().map(|l| if l.starts_with('─') { rule.clone() } else { l.trim_end().to_string() });
    text.collect::<Vec<_>>().join("\n")
}

/// A text broken at blanks.
fn fill(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let n = word.chars().count();
        if column > 0 && column + 1 + n > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += n;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_table_is_split_and_no_number_broken() {
        let mut t = Table::new("wide", &["<row", "first one", "second one", "third one", "<in words"]);
        let cells = ["alpha", "1,234,567–8,901,234", "1,234,567–8,901,234", "12", "not separable from beta"];
        t.rows = vec![cells.map(String::from).into()];
        let text = draw(&t, 50);
        assert!(text.lines().all(|l| l.chars().count() <= 50), "{text}");
        assert_eq!(text.matches("1,234,567–8,901,234").count(), 2, "{text}");
        assert!(text.contains("\nnot separable from beta: alpha\n"), "{text}");
        assert_eq!(text.matches("\nalpha ").count(), 2, "{text}");
    }

    #[test]
    fn long_words_are_wrapped_beside_their_numbers() {
        let mut t = Table::new("wordy", &["<row", "number", "<in words"]);
        t.rows = vec![vec!["alpha".into(), "1,234".into(), "one two three four five six ".repeat(4)]];
        t.note = "a note".into();
        let text = draw(&t, 50);
        assert!(text.lines().all(|l| l.chars().count() <= 50), "{text}");
        assert_eq!(text.matches("alpha").count(), 1, "{text}");
        assert!(text.ends_with("\na note\n"), "{text}");
    }

    #[test]
    fn one_column_that_is_too_wide_is_broken() {
        let mut t = Table::new("c", &["<name"]);
        t.rows = vec![vec!["word ".repeat(30)]];
        assert!(draw(&t, 40).lines().all(|l| l.chars().count() <= 40));
    }
}
