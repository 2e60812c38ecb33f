//! Effects: a forest of rate ratios, what they mean in words, all coefficients.

use super::list;
use crate::report::Page;
use crate::report::chart::{Size, forest};
use crate::report::digits::level;
use crate::report::effects::is_effect;
use crate::report::table::{Table, nbsp, prose};
use crate::report::tables;
use crate::results::FitResult;
use maud::{Markup, html};

fn coefficients(page: &Page) -> Vec<Table> {
    page.fit.iter().flat_map(|r| &r.fits).map(|f| tables::coefficients(f, page.level)).collect()
}

/// What the forest shows: rate ratios where the link has them, else what is added to the linear predictor.
fn heading(page: &Page, fit: &FitResult) -> String {
    let (what, name) = (&page.response, &fit.model.name);
    if fit.terms.iter().any(|t| is_effect(&t.term) && t.rate_ratio.is_some()) {
        return format!("How many times as many {what}: rate ratios of {name}");
    }
    match fit.model.link.as_str() {
        "identity" => format!("How many {what} more or fewer: coefficients of {name}"),
        link => format!("Coefficients of {name}, on the scale of the {link} link,"),
    }
}

pub fn html(page: &Page) -> Markup {
    let Some(fit) = page.fit.as_ref().and_then(|r| r.fits.first()) else { return html! {} };
    let tables = coefficients(page);
    html! {
        @if forest::draw(page, Size::Wide).is_some() {
            figure {
                figcaption { (heading(page, fit)) " with " (nbsp(&level(page.level))) " intervals" }
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
    text += "\n*(Picture in the HTML page: a forest of the effects; the figures are those of the table.)*\n\n";
    text + &tables::markdown(&tables)
}
