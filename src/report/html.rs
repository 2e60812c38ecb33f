//! The page as one self-contained HTML file: style and script are inside, nothing is loaded.

use super::{Page, SECTIONS};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How the file says who wrote it; [`is_ours`] looks for it before a file is written over.
pub const GENERATOR: &str = "tumen";

pub(super) const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("tooltip.js");

/// The whole page.
pub fn render(page: &Page) -> String {
    let sections: Vec<_> = SECTIONS.iter().map(|s| (s, (s.html)(page))).filter(|(_, h)| !h.0.is_empty()).collect();
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(format!("{GENERATOR} {}", page.stamp.version).trim());
                meta name="color-scheme" content="light dark";
                title { (page.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (header(page))
                nav aria-label="Sections" { ul { @for (s, _) in &sections { li { a href=(format!("#{}", s.id)) { (s.title) } } } } }
                main #main {
                    @for (s, body) in &sections {
                        section #(s.id) aria-labelledby=(format!("h-{}", s.id)) {
                            h2 #(format!("h-{}", s.id)) { (s.title) }
                            (body)
                        }
                    }
                }
                footer { p { "Made by tumen " (page.stamp.version) ". All figures come from the record and the models named above." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

fn header(page: &Page) -> Markup {
    html! {
        header {
            p.kicker { "tumen report" @if !page.stamp.origin_date.is_empty() { " · as known on " (page.stamp.origin_date) } }
            h1 { (page.title) }
            @if !page.subtitle.is_empty() { p.subtitle { (page.subtitle) } }
        }
    }
}

/// Whether a file's text is a page that [`render`] or [`super::markdown::render`] made.
pub fn is_ours(text: &str) -> bool {
    let head = text.get(..text.find("</head>").unwrap_or(0)).unwrap_or("");
    head.contains(&format!("<meta name=\"generator\" content=\"{GENERATOR}"))
        || text.trim_end().ends_with(MARKDOWN_MARK)
}

/// Last line of a Markdown page.
pub const MARKDOWN_MARK: &str = "<!-- generator: tumen -->";
