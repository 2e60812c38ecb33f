//! Fit statistics and diagnostics.

use super::list;
use crate::report::Page;
use crate::report::chart::{acf, calibration, pit, residuals};
use crate::report::table::remarks;
use crate::report::tables;
use crate::results::FitReport;
use maud::{Markup, html};

pub fn html(page: &Page) -> Markup {
    let Some(report) = &page.fit else { return html! {} };
    let rows = report.fits.first().map_or(&[][..], |f| &f.rows);
    let pits: Vec<(f64, f64)> = rows.iter().filter_map(|r| r.pit_low.zip(r.pit_high)).collect();
    let kind = if rows.iter().any(|r| r.residual_quantile.is_some()) { "Quantile" } else { "Pearson" };
    html! {
        div.panels {
            @if let Some(svg) = residuals::draw(rows) {
                figure { figcaption { (kind) " residuals; strip: ±2" } (svg) }
            }
            @if let Some(svg) = pit::draw("pit-fit", "PIT of the fit", &pits) {
                figure { figcaption { "PIT of the fitted counts; flat (dashed) is right" } (svg) }
            }
            @if let Some(svg) = acf::draw(rows) {
                figure { figcaption { "Autocorrelation of the residuals by lag; strip: chance" } (svg) }
            }
            @for (k, f) in report.fits.iter().enumerate() {
                @let id = format!("marginal-fit-{k}");
                @if let Some(svg) = calibration::draw(&id, "Marginal calibration of the fit", &f.marginal, f.glance.nobs) {
                    figure { figcaption { "Marginal calibration of " (f.model.name) ": fitted less recorded share of counts up to a limit; strip: chance" } (svg) }
                }
            }
        }
        (tables::statistics(report).html())
        @for t in tables::tests(report).iter().chain(&tables::in_sample(report)) { (t.html()) }
        (remarks(&warnings(report)))
    }
}

/// What the models report, each remark once; those that not all models make are headed by the models' names.
fn warnings(report: &FitReport) -> Vec<String> {
    let mut texts: Vec<&String> = Vec::new();
    for w in report.fits.iter().flat_map(|f| &f.warnings) {
        if !texts.contains(&w) {
            texts.push(w);
        }
    }
    let told = |w: &String| {
        let by: Vec<&str> =
            report.fits.iter().filter(|f| f.warnings.contains(w)).map(|f| f.model.name.as_str()).collect();
        if by.len() == report.fits.len() { w.clone() } else { format!("{}: {w}", by.join(", ")) }
    };
    texts.into_iter().map(told).collect()
}

pub fn markdown(page: &Page) -> String {
    let Some(report) = &page.fit else { return String::new() };
    let mut text = "*(Pictures in the HTML page: residuals, PIT histogram, autocorrelation.)*\n\n".to_string();
    text += &tables::statistics(report).markdown();
    let more = [tables::tests(report), tables::in_sample(report), tables::calibration::fitted(report)];
    for t in more.iter().flatten() {
        text += &format!("\n{}", t.markdown());
    }
    let warnings = list(&warnings(report));
    if warnings.is_empty() { text } else { format!("{text}\n{warnings}") }
}
