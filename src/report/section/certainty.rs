//! How sure the model is: every subset of the terms, and the estimates without each period.

use crate::report::Page;
use crate::report::chart::{Size, curve, rootogram};
use crate::report::effects::{checks, dropped, subsets};
use crate::report::table::{Table, nbsp};
use crate::report::words::effects::{certainty_sentences, stability_sentences};
use crate::results::effects::EffectsReport;
use maud::{Markup, html};

/// Curves drawn; the data behind the others are in `effects --format json`.
const CURVES: usize = 4;

fn sentences(page: &Page, e: &EffectsReport) -> Vec<String> {
    let gone = Some(dropped(e)).filter(|g| !g.is_empty());
    [certainty_sentences(page, e), stability_sentences(page, e), gone.into_iter().collect()].concat()
}

fn tables(page: &Page, e: &EffectsReport) -> Vec<Table> {
    let name = |f: &str| page.short_label(f);
    let subsets = e.subsets.iter().flat_map(|s| subsets(s, &name));
    subsets.chain(checks(e, &name)).collect()
}

pub fn html(page: &Page) -> Markup {
    let Some(e) = page.effects.as_ref() else { return html! {} };
    let said = sentences(page, e);
    html! {
        @if !said.is_empty() { ul.points { @for s in &said { li { (nbsp(s)) } } } }
        @if let Some(s) = &e.subsets {
            div.pair {
                @for (k, c) in s.curves.iter().take(CURVES).enumerate() {
                    @if curve::draw(page, s, c, k, Size::Wide).is_some() {
                        figure {
                            figcaption { (page.short_label(&c.term)) ": rate ratio in every model; larger dots, more weight" }
                            @for size in Size::ALL { @if let Some(svg) = curve::draw(page, s, c, k, size) { (svg) } }
                        }
                    }
                }
            }
        }
        @for t in tables(page, e) { (t.html()) }
        @if let Some(c) = e.checks.as_ref().filter(|c| rootogram::draw(&c.rootogram, Size::Wide).is_some()) {
            div.pair {
                figure {
                    figcaption { "Hanging rootogram: frequencies of counts, recorded (bars, hanging) and expected (line)" }
                    @for size in Size::ALL { @if let Some(svg) = rootogram::draw(&c.rootogram, size) { (svg) } }
                }
            }
        }
    }
}

pub fn markdown(page: &Page) -> String {
    let Some(e) = page.effects.as_ref() else { return String::new() };
    let text = super::list(&sentences(page, e));
    let tables: Vec<String> = tables(page, e).iter().map(Table::markdown).collect();
    format!("{text}\n{}", tables.join("\n"))
}
