//! What each factor added or removed: a picture by period, totals with intervals, all figures.

use crate::report::Page;
use crate::report::chart::{Size, parts};
use crate::report::effects::{periods, totals};
use crate::report::table::nbsp;
use crate::report::words::capital;
use crate::report::words::effects::attribution_sentences;
use crate::results::effects::AttributionResult;
use maud::{Markup, html};

fn found(page: &Page) -> Option<&AttributionResult> {
    page.effects.as_ref()?.attribution.as_ref()
}

pub fn html(page: &Page) -> Markup {
    let Some(a) = found(page) else { return html! {} };
    let name = |f: &str| page.short_label(f);
    html! {
        ul.points { @for s in attribution_sentences(page, a) { li { (nbsp(&s)) } } }
        @if parts::draw(page, Size::Wide).is_some() {
            figure {
                figcaption { (capital(&page.response)) " that each factor added (above the line) or removed (below), by period" }
                ul.legend { @for (k, f) in a.parts.factors.iter().enumerate() { li class=(format!("s{}", k.min(6))) { span.k.kbar {} (name(f)) } } }
                @for size in Size::ALL { @if let Some(svg) = parts::draw(page, size) { (svg) } }
            }
        }
        (totals(a, &name).html())
        details { summary { "By period" } (periods(a, &name).html()) }
    }
}

pub fn markdown(page: &Page) -> String {
    let Some(a) = found(page) else { return String::new() };
    let name = |f: &str| page.short_label(f);
    let text = super::list(&attribution_sentences(page, a));
    format!("{text}\n{}\n{}", totals(a, &name).markdown(), periods(a, &name).markdown())
}
