//! Interventions: what a search over all times found, and level shifts at the dated events.

use super::list;
use crate::report::Page;
use crate::report::chart::statistics;
use crate::report::digits::percent;
use crate::report::table::{Table, nbsp, prose};
use crate::report::tables;
use crate::results::InterventionReport;
use maud::{Markup, html};

fn tables(page: &Page) -> Vec<Table> {
    page.interventions.as_ref().map(tables::interventions).unwrap_or_default()
}

pub fn html(page: &Page) -> Markup {
    let Some(report) = &page.interventions else { return html! {} };
    html! {
        ul.points { @for s in &report.words { li { (prose(s)) } } }
        (pictures(report))
        @for t in tables(page) { (t.html()) }
    }
}

/// The statistics of each type, side by side.
fn pictures(report: &InterventionReport) -> Markup {
    let how = if report.replicates > 0 { "simulated series" } else { "Bonferroni’s bound" };
    let alpha = report.critical.first().map(|c| percent(c.alpha));
    let pictures = report.found.iter().enumerate().filter_map(|(k, f)| {
        let title = format!("Score test of a {} by period", f.shape);
        let svg = statistics::draw(&format!("breaks-{k}"), &title, report, f.delta?)?;
        let line = alpha.as_ref().map_or(String::new(), |a| format!("; dashed: {a} limit by {how}"));
        Some((format!("T of a {} by period{line}; dotted: dated events", f.shape), svg))
    });
    let pictures: Vec<_> = pictures.collect();
    html! {
        @if !pictures.is_empty() {
            div.panels { @for (caption, svg) in pictures { figure { figcaption { (nbsp(&caption)) } (svg) } } }
        }
    }
}

pub fn markdown(page: &Page) -> String {
    let Some(report) = &page.interventions else { return String::new() };
    format!("{}\n{}", list(&report.words), tables::markdown(&tables(page)))
}
