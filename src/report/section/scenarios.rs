//! Scenarios side by side, and what each assumes.

use crate::report::Page;
use crate::report::chart::{Size, intervals};
use crate::report::table::{escape_markdown, nbsp};
use crate::report::words::{capital, interval_names};
use maud::{Markup, html};

pub fn html(page: &Page) -> Markup {
    let forecasts = page.main_forecasts();
    if forecasts.is_empty() {
        return html! {};
    }
    let colour =
        |name: &str| forecasts.iter().position(|f| f.scenario == name).map_or(String::new(), |k| format!("s{k}"));
    let levels = forecasts[0].targets.first().map(interval_names).unwrap_or_default();
    html! {
        @if !page.scenarios.is_empty() {
            dl.assume {
                @for s in &page.scenarios {
                    div class=(colour(&s.name)) { dt { (capital(&s.label)) } dd { (nbsp(&s.assumes)) } }
                }
            }
        }
        figure {
            figcaption { "Median and " (nbsp(&levels)) " intervals of each scenario, log scale" }
            @for size in Size::ALL { @if let Some(svg) = intervals::draw(page, size) { (svg) } }
        }
    }
}

pub fn markdown(page: &Page) -> String {
    let mut text = String::new();
    for s in &page.scenarios {
        text += &format!("- **{}**: {}\n", escape_markdown(&capital(&s.label)), escape_markdown(&s.assumes));
    }
    text
}
