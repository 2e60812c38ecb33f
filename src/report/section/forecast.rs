//! The recorded series with the fan, and the forecast in figures.

use super::list;
use crate::period::Frequency;
use crate::report::chart::{Size, fan};
use crate::report::digits::{count, level};
use crate::report::table::{Table, escape_markdown, nbsp, remarks};
use crate::report::tables;
use crate::report::words::{capital, interval_names};
use crate::report::{EventMark, Page, SeriesPoint};
use jiff::civil::Date;
use maud::{Markup, html};

pub fn html(page: &Page) -> Markup {
    let Some(picture) = picture(page) else { return html! {} };
    html! {
        (picture)
        (events(page))
        @for t in main_tables(page) { (t.html()) }
        @if let Some(f) = page.main_forecasts().first() { p.note { (nbsp(&tables::forecast_note(f))) } }
        @let others = other_tables(page);
        @if !others.is_empty() {
            details {
                summary { "Forecasts of the other models" }
                @for t in others { (t.html()) }
            }
        }
        (remarks(&warnings(page)))
    }
}

/// Both sizes with both scales; the style sheet shows one of the four.
fn picture(page: &Page) -> Option<Markup> {
    let drawn = Size::ALL.map(|size| fan::draw(page, size));
    let [Some(wide), Some(narrow)] = drawn else { return None };
    let step = page.frequency.name();
    let zeros = page.series.iter().any(|p| p.count.is_some_and(|c| c < 1.0));
    let bands = page.main_forecasts().first().and_then(|f| f.targets.first()).map(interval_names);
    Some(html! {
        figure.fan {
            figcaption {
                (capital(&page.response)) " per " (step)
                @if let Some(bands) = bands { ": recorded, and forecast with " (nbsp(&bands)) " bands" }
            }
            (legend(page))
            input #fan-log.pick type="radio" name="fan" checked[!zeros];
            label for="fan-log" title="Equal distances are equal ratios" { "log scale" }
            input #fan-lin.pick type="radio" name="fan" checked[zeros];
            label for="fan-lin" title="Equal distances are equal numbers" { "linear scale" }
            div.view { (wide) (narrow) }
            @for n in picture_notes(page) { p.note { (nbsp(&n)) } }
        }
    })
}

/// What the picture cannot show.
fn picture_notes(page: &Page) -> Vec<String> {
    let mut notes = Vec::new();
    let open = |p: &&SeriesPoint| p.start.is_none() && p.count.is_some();
    let totals: Vec<String> = page
        .series
        .iter()
        .filter(open)
        .map(|p| format!("{} {}", count(p.count.unwrap_or_default()), p.label))
        .collect();
    if !totals.is_empty() {
        notes.push(format!("Not in the picture, for their beginning is not dated: {}.", totals.join(", ")));
    }
    if fan::has_zeros(page) {
        notes.push("On the log scale nought is drawn at the lower edge.".into());
    }
    if let Some(high) = fan::cut_off(page) {
        notes.push(format!("The widest band runs beyond the picture, up to {}.", count(high)));
    }
    notes
}

fn legend(page: &Page) -> Markup {
    let frequency = page.frequency;
    let spans = page.series.iter().any(|p| p.count.is_some() && p.steps(frequency).is_some_and(|s| s > 1.0));
    let provisional = page.series.iter().any(|p| p.provisional());
    let forecasts = page.main_forecasts();
    html! {
        ul.legend aria-label="Legend" {
            li { span.k.kdot {} "recorded" }
            @if provisional { li { span.k.kdot.khollow {} "provisional" } }
            @if spans { li { span.k.kspan {} "recorded for several " (frequency.name()) "s: average" } }
            @if !page.fitted.is_empty() { li { span.k.kfit {} "fitted" } }
            @if page.events.iter().any(|e| e.end.is_some()) { li { span.k.kstrip {} "lasting event" } }
            @for (k, f) in forecasts.iter().enumerate() {
                li class=(format!("s{k}")) {
                    span.k.kmed {}
                    (page.scenario_label(&f.scenario))
                    @if k < 2 {
                        @for i in f.targets.first().map_or(&[][..], |t| &t.intervals) {
                            span.lev {
                                span class=(format!("k kband {}", fan::shade(i.level))) {}
                                (nbsp(&level(i.level)))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The numbered list of events; wide pictures carry the labels themselves unless they are crowded.
fn events(page: &Page) -> Markup {
    let order = fan::numbered(page);
    let class = if fan::needs_list(page) { "events" } else { "events phone" };
    html! {
        @if !order.is_empty() {
            ol class=(class) aria-label="Events in the picture" {
                @for i in order {
                    @let e = &page.events[i];
                    li { time { (when(page, e)) } " " (e.label) @if !e.category.is_empty() { " " span.cat { (e.category.replace('_', " ")) } } }
                }
            }
        }
    }
}

/// The event's dates; on a grid without a calendar its steps.
fn when(page: &Page, e: &EventMark) -> String {
    let text = |d: Date| match page.frequency {
        Frequency::Step => page.frequency.period(d).to_string(),
        _ => d.to_string(),
    };
    e.end
        .filter(|end| *end != e.start)
        .map_or_else(|| text(e.start), |end| format!("{} to {}", text(e.start), text(end)))
}

fn main_tables(page: &Page) -> Vec<Table> {
    page.main_forecasts().iter().map(|f| tables::predictive(f, page.scenario_label(&f.scenario))).collect()
}

fn other_tables(page: &Page) -> Vec<Table> {
    let Some(report) = &page.forecast else { return Vec::new() };
    let main = report.forecasts.first().map_or("", |f| f.model.as_str());
    let others = report.forecasts.iter().filter(|f| f.model != main);
    others.map(|f| tables::predictive(f, page.scenario_label(&f.scenario))).collect()
}

/// Remarks of all forecasts, each once.
fn warnings(page: &Page) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for w in page.forecast.iter().flat_map(|r| &r.forecasts).flat_map(|f| &f.warnings) {
        if !seen.contains(w) {
            seen.push(w.clone());
        }
    }
    seen
}

pub fn markdown(page: &Page) -> String {
    if page.main_forecasts().is_empty() && page.series.is_empty() {
        return String::new();
    }
    let response = escape_markdown(&page.response);
    let mut text = format!("*(Picture in the HTML page: recorded {response} and the forecast as a fan.)*\n");
    let order = fan::numbered(page);
    if !order.is_empty() {
        text += "\nEvents:\n\n";
    }
    for e in order.into_iter().map(|i| &page.events[i]) {
        text += &format!("- {}: {}\n", when(page, e), escape_markdown(&e.label));
    }
    for n in picture_notes(page).iter().take(1) {
        text += &format!("\n{}\n", escape_markdown(n));
    }
    for t in main_tables(page).iter().chain(&other_tables(page)) {
        text += "\n";
        text += &t.markdown();
    }
    if let Some(f) = page.main_forecasts().first() {
        text += &format!("\n{}\n", tables::forecast_note(f));
    }
    let remarks = list(&warnings(page));
    if !remarks.is_empty() {
        text += &format!("\n{remarks}");
    }
    text
}
