//! What each factor added or removed, period by period: bars stacked upward and downward from nought.

use super::Size;
use super::frame::{Plot, x_labels, y_axis};
use super::scale::Scale;
use super::svg::Svg;
use crate::report::Page;
use crate::report::digits::count;
use crate::report::effects::plus;
use crate::results::effects::AttributionResult;
use maud::Markup;

/// Draws the bars; `None` without periods.
pub fn draw(page: &Page, size: Size) -> Option<Markup> {
    let a = page.effects.as_ref()?.attribution.as_ref()?;
    let sums = || a.parts.rows.iter().map(|r| stack(r.parts.iter().map(|b| b.estimate.unwrap_or(0.0))));
    let low = sums().map(|s| s.0).fold(0.0, f64::min);
    let high = sums().map(|s| s.1).fold(0.0, f64::max);
    if a.parts.rows.is_empty() || high <= low {
        return None;
    }
    let mut svg = Svg::new(size.pick(1080.0, 380.0), size.pick(320.0, 280.0));
    let plot = Plot::inside(&svg, [12.0, size.pick(8.0, 4.0), 30.0, size.pick(64.0, 50.0)]);
    let pad = (high - low) * 0.04;
    let y = Scale::linear((low - pad, high + pad), plot.upward());
    y_axis(&mut svg, plot, &y, size.pick(6, 5), plus);
    let n = a.parts.rows.len();
    let step = (plot.right - plot.left) / n as f64;
    let widest = a.parts.rows.iter().map(|r| r.period.chars().count()).max().unwrap_or(0) as f64;
    let every = (size.pick(46.0, 44.0_f64).max(7.2 * widest + 14.0) / step).ceil().max(1.0) as usize;
    let middle = |k: usize| plot.left + (k as f64 + 0.5) * step;
    let labels: Vec<(f64, String)> =
        (0..n).step_by(every).map(|k| (middle(k), a.parts.rows[k].period.clone())).collect();
    for (k, row) in a.parts.rows.iter().enumerate() {
        let (mut up, mut down) = (0.0, 0.0);
        for (f, part) in row.parts.iter().enumerate() {
            let v = part.estimate.unwrap_or(0.0);
            let from = if v > 0.0 { &mut up } else { &mut down };
            let to = *from + v;
            let (x, half) = (middle(k), step * 0.39);
            svg.rect(&format!("part s{}", f.min(6)), (x - half, y.at(*from)), (x + half, y.at(to)));
            *from = to;
        }
        svg.hover(
            &tip(page, a, k),
            (plot.left + k as f64 * step, plot.top),
            (plot.left + (k + 1) as f64 * step, plot.bottom),
        );
    }
    svg.line("axis", (plot.left, y.at(0.0)), (plot.right, y.at(0.0)));
    x_labels(&mut svg, plot, &labels);
    let desc =
        "Counts that each factor added (above the line) or removed (below); the same figures stand in the table.";
    let id = format!("parts-{}", size.class());
    Some(svg.finish(&id, &format!("chart {}", size.class()), "What each factor added or removed", desc))
}

/// Sums of the negative and of the positive values.
fn stack(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((0.0, 0.0), |(low, high), v| (low + v.min(0.0), high + v.max(0.0)))
}

fn tip(page: &Page, a: &AttributionResult, k: usize) -> String {
    let row = &a.parts.rows[k];
    let parts = a.parts.factors.iter().zip(&row.parts).filter_map(|(f, b)| Some((f, b.estimate?)));
    let lines: Vec<String> = parts.map(|(f, v)| format!("{}: {}", page.short_label(f), plus(v))).collect();
    let fitted = row.fitted.estimate.map_or_else(String::new, |m| format!("\nfitted {}", count(m)));
    let recorded = row.observed.map_or_else(String::new, |y| format!(", recorded {}", count(y)));
    format!("{}\n{}{fitted}{recorded}", row.period, lines.join("\n"))
}
