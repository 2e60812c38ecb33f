//! Counterfactuals: what would have been counted without each event.

use crate::report::Page;
use crate::report::chart::{Size, without as picture};
use crate::report::effects::without;
use crate::report::table::nbsp;
use crate::report::words::effects::without_sentence;
use crate::results::effects::CounterfactualResult;
use maud::{Markup, html};

/// Tables of more periods are folded away.
const LONG: usize = 8;

/// The events of the shortest windows first: they are the sharpest questions.
fn found(page: &Page) -> Vec<&CounterfactualResult> {
    let mut all: Vec<_> = page.effects.iter().flat_map(|e| &e.counterfactuals).collect();
    all.sort_by_key(|c| c.result.rows.len());
    all
}

pub fn html(page: &Page) -> Markup {
    let all = found(page);
    if all.is_empty() {
        return html! {};
    }
    html! {
        @for (k, c) in all.iter().enumerate() {
            h3 { "Without: " (c.label) }
            p { (nbsp(&without_sentence(page, c))) }
            div.pair.uneven {
                @if picture::draw(c, k, Size::Wide).is_some() {
                    figure {
                        figcaption { "Recorded (dots) and expected without it (line, with interval)" }
                        @for size in Size::ALL { @if let Some(svg) = picture::draw(c, k, size) { (svg) } }
                    }
                }
                @if c.result.rows.len() > LONG { details { summary { "By period" } (without(c).html()) } }
                @else { div { (without(c).html()) } }
            }
        }
    }
}

pub fn markdown(page: &Page) -> String {
    let one = |c: &&CounterfactualResult| {
        let sentence = crate::report::table::escape_markdown(&without_sentence(page, c));
        format!("{sentence}\n\n{}", without(c).markdown())
    };
    found(page).iter().map(one).collect::<Vec<_>>().join("\n")
}
