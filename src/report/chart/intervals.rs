//! Scenarios side by side: for each period ahead one bar per scenario, on one log axis, with the figures beside it.

use super::Size;
use super::frame::{Plot, x_axis};
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::report::Page;
use crate::report::digits::{count, level};
use crate::results::{ForecastResult, TargetResult};
use maud::Markup;

/// More periods than this are thinned out evenly; the table has all of them.
const PERIODS: usize = 8;

struct Geometry {
    group: f64,
    row: f64,
    head: f64,
}

/// Draws the picture; `None` when nothing was forecast.
pub fn draw(page: &Page, size: Size) -> Option<Markup> {
    let forecasts = page.main_forecasts();
    let first = *forecasts.first()?;
    let chosen = thin(first.targets.len());
    let g = Geometry { row: size.pick(22.0, 36.0), group: size.pick(12.0, 14.0), head: size.pick(0.0, 20.0) };
    let rows = chosen.len() as f64 * (forecasts.len() as f64 * g.row + g.group + g.head);
    let mut svg = Svg::new(size.pick(1080.0, 380.0), rows + size.pick(58.0, 52.0));
    let plot = Plot::inside(&svg, [size.pick(26.0, 16.0), size.pick(250.0, 12.0), 30.0, size.pick(250.0, 12.0)]);
    let bounds = || forecasts.iter().flat_map(|f| chosen.iter().filter_map(|k| f.targets.get(*k)));
    let low = bounds().flat_map(|t| t.intervals.iter().map(|i| i.low)).fold(f64::INFINITY, f64::min);
    let high = bounds().flat_map(|t| t.intervals.iter().map(|i| i.high)).fold(f64::NEG_INFINITY, f64::max);
    if !(low.is_finite() && high.is_finite()) {
        return None;
    }
    let x = Scale::counts(true, (low, high), plot.across());
    x_axis(&mut svg, plot, &x, size.pick(9, 5), count);
    if size == Size::Wide {
        heads(&mut svg, plot, first);
    }
    let mut y = plot.top + g.group / 2.0;
    for k in &chosen {
        let period = first.targets[*k].period.as_str();
        svg.line("rowline", (0.0, y - g.group / 2.0), (svg.width, y - g.group / 2.0));
        let py = size.pick(y + g.row / 2.0 + 5.0, y + 13.0);
        svg.text("label strong", (size.pick(0.0, 2.0), py), Anchor::Start, period);
        y += g.head;
        for (s, f) in forecasts.iter().enumerate() {
            if let Some(t) = f.targets.get(*k) {
                row(&mut svg, size, plot, &x, (y, g.row), (s, page.scenario_label(&f.scenario), t));
            }
            y += g.row;
        }
        y += g.group;
    }
    let desc = "Median and intervals of each scenario by period; all figures stand in the forecast table.";
    let id = format!("scenarios-{}", size.class());
    Some(svg.finish(&id, &format!("chart {}", size.class()), "Scenarios side by side", desc))
}

/// Evenly chosen positions, first and last among them.
fn thin(n: usize) -> Vec<usize> {
    if n <= PERIODS {
        return (0..n).collect();
    }
    (0..PERIODS).map(|k| k * (n - 1) / (PERIODS - 1)).collect()
}

fn heads(svg: &mut Svg, plot: Plot, first: &ForecastResult) {
    let widest = first.targets.first().and_then(|t| t.intervals.last()).map(|i| i.level);
    let text = widest.map_or("median".into(), |l| format!("median ({} interval)", level(l)));
    svg.text("head", (plot.right + 18.0, plot.top - 10.0), Anchor::Start, &text);
}

fn row(
    svg: &mut Svg,
    size: Size,
    plot: Plot,
    x: &Scale,
    (top, height): (f64, f64),
    (s, label, t): (usize, &str, &TargetResult),
) {
    let y = size.pick(top + height / 2.0, top + height - 9.0);
    let mut widths = t.intervals.clone();
    widths.sort_by(|a, b| b.level.total_cmp(&a.level));
    for (k, i) in widths.iter().enumerate() {
        let half = [1.5, 4.0, 7.0][k.min(2)];
        let class = format!("bar s{s} {}", super::fan::shade(i.level));
        svg.rect(&class, (x.at(i.low), y - half), (x.at(i.high), y + half));
    }
    svg.circle(&format!("mdot s{s}"), (x.at(t.median), y), 4.5);
    let interval = widths.first().map_or(String::new(), |i| format!(" ({}–{})", count(i.low), count(i.high)));
    let figures = format!("{}{interval}", count(t.median));
    match size {
        Size::Wide => {
            svg.text(&format!("label s{s} own"), (plot.left - 18.0, y + 4.5), Anchor::End, label);
            svg.text("num", (plot.right + 18.0, y + 4.5), Anchor::Start, &figures);
        }
        Size::Narrow => {
            svg.text(&format!("label s{s} own"), (plot.left, y - 13.0), Anchor::Start, label);
            svg.text("num", (plot.right, y - 13.0), Anchor::End, &figures);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn thinning_keeps_both_ends() {
        assert_eq!(super::thin(3), [0, 1, 2]);
        let many = super::thin(24);
        assert_eq!((many.len(), many[0], many[7]), (8, 0, 23));
    }
}
