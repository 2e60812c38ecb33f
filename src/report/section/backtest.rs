//! Forecasts from past origins against what was then recorded, and against the baselines.

use super::{list, paragraphs};
use crate::report::Page;
use crate::report::chart::{backtest, calibration, pit};
use crate::report::table::{nbsp, prose, remarks};
use crate::report::{tables, words};
use crate::results::{BacktestReport, BacktestTarget, MarginalRow};
use maud::{Markup, html};

pub fn html(page: &Page) -> Markup {
    let Some(report) = &page.backtest else { return html! {} };
    html! {
        @for s in sentences(page, report) { p { (prose(&s)) } }
        @for (k, how) in tables::kinds(report).into_iter().enumerate() {
            (tables::summary(report, how).html())
            @if k == 0 { (pictures(page, report)) }
        }
        div.pair {
            @for how in tables::kinds(report) {
                @if let Some(t) = tables::by_horizon(report, how) { div { (t.html()) } }
            }
        }
        p.note { (nbsp(&tables::score_note(report))) }
        @let others: Vec<_> = tables::kinds(report).iter().filter_map(|how| tables::other_scores(report, how)).collect();
        @if !others.is_empty() {
            details {
                summary { "Other scores" }
                @for t in others { (t.html()) }
            }
        }
        (remarks(&report.warnings))
    }
}

fn sentences(page: &Page, report: &BacktestReport) -> Vec<String> {
    if page.backtest_words.is_empty() { words::backtest_sentences(report) } else { page.backtest_words.clone() }
}

/// One step ahead as known: the main model and the baseline on one scale, and the main model's PIT.
fn pictures(page: &Page, report: &BacktestReport) -> Markup {
    let how = tables::kinds(report).first().copied().unwrap_or("as_known");
    let near: Vec<&BacktestTarget> = report.targets.iter().filter(|t| t.information == how && t.horizon == 1).collect();
    let main = main_model(page, report);
    let models: Vec<&str> = if main == report.baseline { vec![&main] } else { vec![&main, &report.baseline] };
    let of = |m: &str| near.iter().copied().filter(|t| t.model == m).collect::<Vec<_>>();
    let shown: Vec<&BacktestTarget> = models.iter().flat_map(|m| of(m)).collect();
    let values = backtest::values(shown.iter().copied());
    let pits: Vec<(f64, f64)> = of(&main).iter().map(|t| t.pit).collect();
    let marginal: Vec<MarginalRow> = report
        .marginal
        .iter()
        .filter(|m| m.information == how && m.horizon == 1 && m.model == main)
        .map(|m| m.at)
        .collect();
    html! {
        div.panels {
            @for (k, m) in models.iter().enumerate() {
                @if let Some(svg) = backtest::draw(&format!("backtest-{k}"), m, &of(m), values) {
                    figure { figcaption { b { (m) } ": recorded (dots) and forecast one step ahead" } (svg) }
                }
            }
            @if let Some(svg) = pit::draw("pit-backtest", "PIT of the forecasts", &pits) {
                figure { figcaption { "PIT of " (main) " one step ahead; flat (dashed) is right" } (svg) }
            }
            @if let Some(svg) = calibration::draw("marginal-backtest", "Marginal calibration of the forecasts", &marginal, pits.len()) {
                figure { figcaption { "Marginal calibration of " (main) " one step ahead: forecast less recorded share of counts up to a limit; strip: chance" } (svg) }
            }
        }
    }
}

/// The page's main model, if it was back-tested; else the first one that is no baseline.
fn main_model(page: &Page, report: &BacktestReport) -> String {
    let known = |m: &str| report.summary.iter().any(|s| s.model == m);
    let first = page.main_forecasts().first().map(|f| f.model.clone()).filter(|m| known(m));
    let other = || report.summary.iter().find(|s| s.model != report.baseline).map(|s| s.model.clone());
    first.or_else(other).unwrap_or_else(|| report.baseline.clone())
}

pub fn markdown(page: &Page) -> String {
    let Some(report) = &page.backtest else { return String::new() };
    let mut text = paragraphs(&sentences(page, report));
    text += "\n*(Pictures in the HTML page: recorded counts with the intervals forecast one step ahead.)*\n\n";
    text += &tables::markdown(&tables::backtest(report));
    let warnings = list(&report.warnings);
    if warnings.is_empty() { text } else { format!("{text}\n{warnings}") }
}
