//! Interventions: what a search over all times found, and level shifts at the dated events.

use super::list;
use crate::report::Page;
use crate::report::table::{Table, prose};
use crate::report::tables;
use maud::{Markup, html};

fn tables(page: &Page) -> Vec<Table> {
    page.interventions.as_ref().map(tables::interventions).unwrap_or_default()
}

pub fn html(page: &Page) -> Markup {
    let Some(report) = &page.interventions else { return html! {} };
    html! {
        ul.points { @for s in &report.words { li { (prose(s)) } } }
        @for t in tables(page) { (t.html()) }
    }
}

pub fn markdown(page: &Page) -> String {
    let Some(report) = &page.interventions else { return String::new() };
    format!("{}\n{}", list(&report.words), tables::markdown(&tables(page)))
}
