//! Effects: a forest of rate ratios, what they mean in words, all coefficients.

use super::list;
use crate::report::Page;
use crate::report::chart::{Size, forest};
use crate::report::digits::level;
use crate::report::table::{Table, nbsp, prose};
use crate::report::tables;
use maud::{Markup, html};

fn coefficients(page: &Page) -> Vec<Table> {
    page.fit.iter().flat_map(|r| &r.fits).map(|f| tables::coefficients(f, page.level)).collect()
}

pub fn html(page: &Page) -> Markup {
    let Some(fit) = page.fit.as_ref().and_then(|r| r.fits.first()) else { return html! {} };
    let tables = coefficients(page);
    html! {
        @if forest::draw(page, Size::Wide).is_some() {
            figure {
                figcaption { "How many times as many " (page.response) ": rate ratios of " (fit.model.name) " with " (nbsp(&level(page.level))) " intervals" }
                @for size in Size::ALL { @if let Some(svg) = forest::draw(page, size) { (svg) } }
            }
        }
        @if !page.effects_words.is_empty() {
            ul.points.two { @for s in &page.effects_words { li { (prose(s)) } } }
        }
        @for t in tables.iter().take(1) { (t.html()) }
        @if tables.len() > 1 {
            details {
                summary { "Coefficients of the other models" }
                @for t in tables.iter().skip(1) { (t.html()) }
            }
        }
    }
}

pub fn markdown(page: &Page) -> String {
    let tables = coefficients(page);
    if tables.is_empty() {
        return String::new();
    }
    let mut text = list(&page.effects_words);
    text += "\n*(Picture in the HTML page: a forest of rate ratios; the figures are those of the table.)*\n\n";
    text + &tables::markdown(&tables)
}
