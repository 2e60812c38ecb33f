//! A table of text, drawn for the terminal, for Markdown or for HTML.

use maud::{Markup, html};

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table of text; the first column heads its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// Column heads.
    pub columns: Vec<(String, Align)>,
    /// Cells, as many per row as there are columns.
    pub rows: Vec<Vec<String>>,
    /// A line under the table, or nothing.
    pub note: String,
}

impl Table {
    /// An empty table; a column head that begins with `<` is set left, the others right.
    pub fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|c| match c.strip_prefix('<') {
            Some(c) => (c.to_string(), Align::Left),
            None => (c.to_string(), Align::Right),
        });
        Table { caption: caption.into(), columns: columns.collect(), rows: Vec::new(), note: String::new() }
    }

    /// Drops the columns in which every cell is `–` or empty, the first excepted.
    pub fn without_empty_columns(mut self) -> Self {
        let empty = |j: usize| self.rows.iter().all(|r| r[j] == "–" || r[j].is_empty());
        let keep: Vec<bool> = (0..self.columns.len()).map(|j| j == 0 || !empty(j)).collect();
        let mut k = keep.iter();
        self.columns.retain(|_| *k.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut k = keep.iter();
            row.retain(|_| *k.next().unwrap_or(&true));
        }
        self
    }

    /// For the terminal, within `width` columns, with a line end after the last line.
    pub fn terminal(&self, width: usize) -> String {
        super::terminal::draw(self, width)
    }

    /// As a Markdown table under its caption.
    pub fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = format!("**{}**\n\n", escape_markdown(&self.caption));
        out.push_str(&line(self.columns.iter().map(|(c, _)| escape_markdown(c)).collect()));
        let rule = |a: &Align| if *a == Align::Left { "---".to_string() } else { "---:".to_string() };
        out.push_str(&line(self.columns.iter().map(|(_, a)| rule(a)).collect()));
        for row in &self.rows {
            out.push_str(&line(row.iter().map(|c| escape_markdown(c)).collect()));
        }
        if !self.note.is_empty() {
            out.push_str(&format!("\n{}\n", escape_markdown(&self.note)));
        }
        out
    }

    /// As an HTML table inside its own scrolling box.
    pub fn html(&self) -> Markup {
        let class = |a: &Align, text: &str| match a {
            Align::Right => "r",
            Align::Left if text.chars().count() > 30 => "l long",
            Align::Left => "l",
        };
        html! {
            // the visible caption stands outside the box, so that it does not scroll away
            p.caption aria-hidden="true" { (nbsp(&self.caption)) }
            div.scroll role="region" aria-label=(self.caption) tabindex="0" {
                table class=[(self.columns.len() > 5).then_some("full")] {
                    caption.unseen { (self.caption) }
                    thead { tr { @for (c, a) in &self.columns { th scope="col" class=(class(a, "")) { (nbsp(c)) } } } }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                @for (j, cell) in row.iter().enumerate() {
                                    @if j == 0 { th scope="row" class=[(cell.chars().count() < 26).then_some("n")] { (nbsp(cell)) } }
                                    @else { td class=(class(&self.columns[j].1, cell)) { (nbsp(cell)) } }
                                }
                            }
                        }
                    }
                }
            }
            @if !self.note.is_empty() { p.note { (nbsp(&self.note)) } }
        }
    }
}

/// Keeps a percent sign on the line of its number.
pub fn nbsp(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// A sentence for HTML: percent signs stay with their numbers, text between backticks is code.
pub fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // an unpaired backtick is only a backtick
    if parts.len().is_multiple_of(2) {
        return html! { (nbsp(text)) };
    }
    html! {
        @for (k, part) in parts.iter().enumerate() {
            @if k % 2 == 1 { code { (part) } } @else { (nbsp(part)) }
        }
    }
}

/// A box of remarks; nothing when there are none.
pub fn remarks(list: &[String]) -> Markup {
    html! { @if !list.is_empty() { ul.remarks { @for w in list { li { (prose(w)) } } } } }
}

/// Text that Markdown would read as markup, made harmless.
pub fn escape_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Table {
        let mut t = Table::new("A | table", &["<name", "value"]);
        t.rows = vec![vec!["a_b".into(), "1,000".into()], vec!["<b>".into(), "–".into()]];
        t
    }

    #[test]
    fn markup_in_the_data_stays_text() {
        let t = small();
        assert!(t.html().into_string().contains("&lt;b&gt;"));
        assert_eq!(
            t.markdown(),
            "**A \\| table**\n\n| name | value |\n| --- | ---: |\n| a\\_b | 1,000 |\n| &lt;b> | – |\n"
        );
    }

    #[test]
    fn the_terminal_table_has_no_trailing_blanks_and_keeps_its_width() {
        let text = small().terminal(40);
        assert!(text.lines().all(|l| l.trim_end() == l && l.chars().count() <= 40), "{text}");
        assert!(text.ends_with("─\n"), "{text}");
    }

    #[test]
    fn backticks_are_code_in_pairs_only() {
        assert_eq!(prose("`a<b` is 5 %").into_string(), "<code>a&lt;b</code> is 5\u{a0}%");
        assert_eq!(prose("a ` b").into_string(), "a ` b");
    }

    #[test]
    fn a_column_without_a_value_goes() {
        let mut t = small();
        t.rows[0][1] = "–".into();
        assert_eq!(t.without_empty_columns().rows, [["a_b"], ["<b>"]]);
    }
}
