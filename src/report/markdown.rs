//! The page as Markdown: the same words and tables; a note stands where the HTML page has a picture.

use super::table::escape_markdown;
use super::{Page, SECTIONS};

/// The whole page.
pub fn render(page: &Page) -> String {
    let mut out = format!("# {}\n", escape_markdown(&page.title));
    if !page.subtitle.is_empty() {
        out += &format!("\n{}\n", escape_markdown(&page.subtitle));
    }
    for s in SECTIONS {
        let body = (s.markdown)(page);
        if !body.trim().is_empty() {
            out += &format!("\n## {}\n\n{}\n", s.title, body.trim());
        }
    }
    out + &format!("\n{}\n", super::html::MARKDOWN_MARK)
}
