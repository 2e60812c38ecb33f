//! The statistic of a search for interventions, period by period, with what chance alone reaches and the dated events.

use super::frame::{Plot, x_labels, y_axis};
use super::residuals::PANEL;
use super::scale::Scale;
use super::svg::{Svg, text_width};
use crate::report::digits::{level, significant};
use crate::results::{InterventionReport, StepStatistic};
use maud::Markup;

/// Most periods drawn as bars; more are a line.
const BARS: usize = 80;

/// Draws the score tests of one type of decay `delta`; `id` must be the page's only one. `None` for fewer than five periods.
pub fn draw(id: &str, title: &str, report: &InterventionReport, delta: f64) -> Option<Markup> {
    let tests: Vec<&StepStatistic> = report.statistics.iter().filter(|s| s.delta == delta).collect();
    if tests.len() < 5 {
        return None;
    }
    let critical = report.critical.iter().find(|c| c.delta == delta);
    let top = tests.iter().map(|s| s.statistic).chain(critical.map(|c| c.statistic)).fold(1.0, f64::max) * 1.1;
    let mut svg = Svg::new(PANEL.0, PANEL.1);
    let plot = Plot::inside(&svg, [14.0, 12.0, 30.0, 40.0]);
    let x = Scale::linear((-0.6, tests.len() as f64 - 0.4), plot.across());
    let y = Scale::linear((0.0, top), plot.upward());
    y_axis(&mut svg, plot, &y, 5, |v| significant(v, 2).trim_end_matches(".0").to_string());
    x_labels(&mut svg, plot, &names(&tests, &x));
    let place = |period: &str| tests.iter().position(|s| s.period == period).map(|k| x.at(k as f64));
    for at in report.events.iter().filter_map(|e| place(&e.period)) {
        svg.line("event", (at, plot.top), (at, plot.bottom));
    }
    if tests.len() > BARS {
        let line: Vec<_> = tests.iter().enumerate().map(|(k, s)| (x.at(k as f64), y.at(s.statistic))).collect();
        svg.path("median s0", &line);
    }
    for (k, s) in tests.iter().enumerate() {
        let (at, half) = (x.at(k as f64), (x.at(1.0) - x.at(0.0)) / 2.0);
        if tests.len() <= BARS {
            let class = if critical.is_some_and(|c| s.statistic > c.statistic) { "stem out" } else { "stem" };
            svg.line(class, (at, y.at(0.0)), (at, y.at(s.statistic)));
        }
        svg.hover(&tip(report, s), (at - half, plot.top), (at + half, plot.bottom));
    }
    if let Some(c) = critical {
        svg.line("one", (plot.left, y.at(c.statistic)), (plot.right, y.at(c.statistic)));
    }
    let desc = "Score test by period; what reaches the dashed line is more than chance alone gives anywhere in the series. Dotted \
                upright lines are dated events.";
    Some(svg.finish(id, "chart panel", title, desc))
}

fn tip(report: &InterventionReport, s: &StepStatistic) -> String {
    let mut tip = format!("{}: T = {}", s.period, significant(s.statistic, 2));
    if let Some(c) = report.critical.iter().find(|c| c.delta == s.delta) {
        tip +=
            &format!("\n{} of series without a break stay below {}", level(1.0 - c.alpha), significant(c.statistic, 2));
    }
    for e in report.events.iter().filter(|e| e.period == s.period).filter_map(|e| e.event.as_ref()) {
        tip += &format!("\n{} ({})", e.name, e.date);
    }
    tip
}

/// Labels of some periods, as many as have room.
fn names(tests: &[&StepStatistic], x: &Scale) -> Vec<(f64, String)> {
    let (mut free, mut out) = (f64::NEG_INFINITY, Vec::new());
    for (k, s) in tests.iter().enumerate() {
        let (at, half) = (x.at(k as f64), text_width(&s.period, 13.0) / 2.0);
        if at - half >= free && at + half <= x.range().1 + 12.0 {
            out.push((at, s.period.clone()));
            free = at + half + 14.0;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_apart() {
        let all: Vec<StepStatistic> =
            (2000..2030).map(|y| StepStatistic { period: y.to_string(), delta: 1.0, statistic: 0.5 }).collect();
        let tests: Vec<&StepStatistic> = all.iter().collect();
        let labels = names(&tests, &Scale::linear((-0.6, 29.4), (40.0, 388.0)));
        assert!(labels.len() > 3 && labels.windows(2).all(|w| w[1].0 - w[0].0 > text_width("2000", 13.0)));
    }
}
