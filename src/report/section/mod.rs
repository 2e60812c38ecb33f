//! Sections of the report in their order, one file each.

mod attribution;
mod backtest;
mod certainty;
mod data;
mod effects;
mod fit;
mod forecast;
mod headline;
mod interventions;
mod methods;
mod scenarios;
mod stamp;
mod without;

use super::Page;
use maud::Markup;

/// One section; an empty text means that there is nothing to say.
pub struct Section {
    /// Anchor of the page.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// As HTML, without the heading.
    pub html: fn(&Page) -> Markup,
    /// As Markdown, without the heading.
    pub markdown: fn(&Page) -> String,
}

/// Every section.
pub const SECTIONS: &[Section] = &[
    Section { id: "headline", title: "In short", html: headline::html, markdown: headline::markdown },
    Section { id: "forecast", title: "Record and forecast", html: forecast::html, markdown: forecast::markdown },
    Section { id: "scenarios", title: "Scenarios compared", html: scenarios::html, markdown: scenarios::markdown },
    Section { id: "effects", title: "Effects", html: effects::html, markdown: effects::markdown },
    Section {
        id: "interventions",
        title: "Breaks in the series",
        html: interventions::html,
        markdown: interventions::markdown,
    },
    Section {
        id: "attribution",
        title: "What each factor added or removed",
        html: attribution::html,
        markdown: attribution::markdown,
    },
    Section { id: "without", title: "Had it not happened", html: without::html, markdown: without::markdown },
    Section { id: "certainty", title: "How sure is the model", html: certainty::html, markdown: certainty::markdown },
    Section { id: "fit", title: "Fit and diagnostics", html: fit::html, markdown: fit::markdown },
    Section { id: "backtest", title: "Back-test", html: backtest::html, markdown: backtest::markdown },
    Section { id: "data", title: "Data and sources", html: data::html, markdown: data::markdown },
    Section { id: "methods", title: "Methods", html: methods::html, markdown: methods::markdown },
    Section { id: "stamp", title: "Reproducibility", html: stamp::html, markdown: stamp::markdown },
];

/// Sentences as Markdown paragraphs.
fn paragraphs(sentences: &[String]) -> String {
    sentences.iter().map(|s| format!("{}\n", super::table::escape_markdown(s))).collect::<Vec<_>>().join("\n")
}

/// Sentences as a Markdown list.
fn list(sentences: &[String]) -> String {
    sentences.iter().map(|s| format!("- {}\n", super::table::escape_markdown(s))).collect()
}
