//! What was forecast one step ahead at each origin, and what was then recorded.

use super::frame::{Plot, x_labels, y_axis};
use super::residuals::PANEL;
use super::scale::Scale;
use super::svg::{Svg, text_width};
use crate::report::digits::{count, level};
use crate::results::BacktestTarget;
use maud::Markup;

/// Draws the targets of one model; all panels share `values`, the lowest and highest value of the scale.
pub fn draw(id: &str, model: &str, targets: &[&BacktestTarget], values: (f64, f64)) -> Option<Markup> {
    if targets.is_empty() {
        return None;
    }
    let mut svg = Svg::new(PANEL.0, PANEL.1 + 20.0);
    let plot = Plot::inside(&svg, [12.0, 12.0, 30.0, 18.0 + text_width(&count(values.1), 13.0)]);
    let x = Scale::linear((-0.6, targets.len() as f64 - 0.4), plot.across());
    let y = Scale::counts(true, values, plot.upward());
    y_axis(&mut svg, plot, &y, 6, count);
    x_labels(&mut svg, plot, &names(targets, &x));
    let wide = ((plot.right - plot.left) / targets.len() as f64 * 0.42).clamp(1.0, 9.0);
    for (k, t) in targets.iter().enumerate() {
        let at = x.at(k as f64);
        let mut widths = t.intervals.clone();
        widths.sort_by(|a, b| b.level.total_cmp(&a.level));
        for i in &widths {
            let class = format!("bar s0 {}", super::fan::shade(i.level));
            let inside = |v: f64| y.at(v).clamp(plot.top, plot.bottom);
            svg.rect(&class, (at - wide / 2.0, inside(i.low)), (at + wide / 2.0, inside(i.high)));
        }
        svg.line("medtick s0", (at - wide / 2.0, y.at(t.median)), (at + wide / 2.0, y.at(t.median)));
        let out = widths.first().is_some_and(|i| t.observed < i.low || t.observed > i.high);
        svg.circle(if out { "dot out" } else { "dot" }, (at, y.at(t.observed)), 3.4);
        svg.hover(&tip(t), (x.at(k as f64 - 0.5), plot.top), (x.at(k as f64 + 0.5), plot.bottom));
    }
    let title = format!("{model}: forecasts one step ahead and what was recorded");
    let desc = "Intervals by target with the recorded count as a dot; a dot outside the widest interval is marked.";
    Some(svg.finish(id, "chart panel", &title, desc))
}

/// The lowest and highest value of some targets, for a common scale.
pub fn values<'a>(targets: impl Iterator<Item = &'a BacktestTarget> + Clone) -> (f64, f64) {
    let recorded = targets.clone().flat_map(|t| [t.observed, t.median]);
    let (low, high) = recorded.fold((f64::INFINITY, 1.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    let ends = targets.flat_map(|t| &t.intervals).fold((low, high), |(a, b), i| (a.min(i.low), b.max(i.high)));
    // a band that runs off by orders of magnitude would squeeze the rest
    (ends.0.max(low / 30.0), ends.1.min(high * 30.0))
}

fn tip(t: &BacktestTarget) -> String {
    let mut tip = format!(
        "{}, forecast on {}\nrecorded {}\nmedian {}",
        t.period,
        t.origin_date,
        count(t.observed),
        count(t.median)
    );
    for i in &t.intervals {
        tip += &format!("\n{}: {} to {}", level(i.level), count(i.low), count(i.high));
    }
    tip
}

fn names(targets: &[&BacktestTarget], x: &Scale) -> Vec<(f64, String)> {
    let mut free = f64::NEG_INFINITY;
    let mut out = Vec::new();
    for (k, t) in targets.iter().enumerate() {
        let (at, half) = (x.at(k as f64), text_width(&t.period, 13.0) / 2.0);
        if at - half >= free && at + half <= x.range().1 + 12.0 {
            out.push((at, t.period.clone()));
            free = at + half + 14.0;
        }
    }
    out
}
