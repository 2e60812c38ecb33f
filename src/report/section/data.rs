//! The recorded series, its sources, and what is doubtful.

use super::list;
use crate::report::digits::count;
use crate::report::table::{Table, escape_markdown, prose};
use crate::report::words::capital;
use crate::report::{Page, Source};
use maud::{Markup, html};

/// The recorded series, one line per observation.
pub fn series(page: &Page) -> Table {
    let mut t = Table::new(format!("Recorded {}", page.response), &["<period", "count", "<status", "<note"]);
    for p in &page.series {
        let number = p.count.map_or_else(|| "–".into(), count);
        t.rows.push(vec![p.label.clone(), number, p.status.clone(), p.note.clone()]);
    }
    t.without_empty_columns()
}

/// An address that may be linked: http or https, or a bare host with a path.
fn link(source: &Source) -> Option<String> {
    let url = source.url.trim();
    let bare = || {
        let host = url.split('/').next().unwrap_or("");
        let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        plain && host.contains('.') && !host.starts_with('.') && !url.contains(char::is_whitespace)
    };
    if url.starts_with("https://") || url.starts_with("http://") {
        Some(url.into())
    } else if bare() {
        Some(format!("https://{url}"))
    } else {
        None
    }
}

pub fn html(page: &Page) -> Markup {
    html! {
        div.split {
            div { @if !page.series.is_empty() { (series(page).html()) } }
            div {
                @if !page.notes.is_empty() {
                    h3 { "Doubtful points" }
                    ul.points { @for n in &page.notes { li { (prose(n)) } } }
                }
                @if !page.sources.is_empty() {
                    h3 { "Sources" }
                    ul.sources { @for s in &page.sources { li { (source(s)) } } }
                }
            }
        }
    }
}

fn source(s: &Source) -> Markup {
    let title = if s.title.is_empty() { &s.url } else { &s.title };
    html! {
        @if !s.id.is_empty() { code { (s.id) } " " }
        @if !s.publisher.is_empty() { (s.publisher) ": " }
        @if let Some(url) = link(s) { a href=(url) rel="noopener noreferrer" { (title) } } @else { (title) }
        @if !s.date.is_empty() { ", " (s.date) }
        "."
        @if !s.used_for.is_empty() { " " span.used { (capital(&s.used_for)) } }
    }
}

pub fn markdown(page: &Page) -> String {
    let mut text = String::new();
    if !page.notes.is_empty() {
        text += &format!("### Doubtful points\n\n{}\n", list(&page.notes));
    }
    if !page.series.is_empty() {
        text += &series(page).markdown();
    }
    if !page.sources.is_empty() {
        text += "\n### Sources\n\n";
        for s in &page.sources {
            let title = escape_markdown(if s.title.is_empty() { &s.url } else { &s.title });
            let title =
                link(s).map_or(title.clone(), |url| format!("[{title}](<{}>)", url.replace(['<', '>', '\n'], "")));
            let rest = [&s.id, &s.publisher].map(|t| escape_markdown(t)).join(", ");
            let used = escape_markdown(&s.used_for);
            text += &format!("- {rest}: {title}, {}. {used}\n", escape_markdown(&s.date));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        let of = |url: &str| link(&Source { url: url.into(), ..Source::default() });
        assert_eq!(of("https://a.org/x").as_deref(), Some("https://a.org/x"));
        assert_eq!(of("a.org/x").as_deref(), Some("https://a.org/x"));
        for bad in ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x.y", "", "see the yearbook"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
