//! A counterfactual: by period what was recorded, and what the model expects without a term, with its interval.

use super::Size;
use super::frame::{Plot, x_labels, y_axis};
use super::scale::Scale;
use super::svg::Svg;
use crate::report::digits::count;
use crate::report::effects::interval;
use crate::results::effects::CounterfactualResult;
use maud::Markup;

/// Draws the picture; `None` when there is no interval to draw. `number` tells the pictures of a page apart.
pub fn draw(c: &CounterfactualResult, number: usize, size: Size) -> Option<Markup> {
    let rows = &c.result.rows;
    let top = rows.iter().filter_map(|r| r.predicted.high).chain(rows.iter().filter_map(|r| r.observed));
    let top = top.fold(0.0, f64::max);
    if top <= 0.0 {
        return None;
    }
    let mut svg = Svg::new(size.pick(520.0, 380.0), 260.0);
    let plot = Plot::inside(&svg, [12.0, 8.0, 30.0, 56.0]);
    let y = Scale::linear((0.0, top * 1.05), plot.upward());
    y_axis(&mut svg, plot, &y, 5, count);
    let step = (plot.right - plot.left) / rows.len() as f64;
    let middle = |k: usize| plot.left + (k as f64 + 0.5) * step;
    let widest = rows.iter().map(|r| r.period.chars().count()).max().unwrap_or(0) as f64;
    let every = (44.0_f64.max(7.2 * widest + 14.0) / step).ceil().max(1.0) as usize;
    let half = (step * 0.3).min(16.0);
    for (k, r) in rows.iter().enumerate() {
        let x = middle(k);
        if let Some((low, high)) = r.predicted.low.zip(r.predicted.high) {
            svg.rect("bar s0 b95", (x - half, y.at(high)), (x + half, y.at(low)));
        }
        if let Some(m) = r.predicted.estimate {
            svg.line("medtick s0", (x - half, y.at(m)), (x + half, y.at(m)));
        }
        if let Some(v) = r.observed {
            svg.circle("dot", (x, y.at(v)), 4.5);
        }
        let words = |v: Option<f64>| v.map_or_else(|| "–".into(), count);
        let tip = format!(
            "{}\nrecorded {}\nwithout it {} ({})",
            r.period,
            words(r.observed),
            words(r.predicted.estimate),
            interval(&r.predicted)
        );
        svg.hover(&tip, (x - step / 2.0, plot.top), (x + step / 2.0, plot.bottom));
    }
    let labels: Vec<(f64, String)> =
        (0..rows.len()).step_by(every).map(|k| (middle(k), rows[k].period.clone())).collect();
    x_labels(&mut svg, plot, &labels);
    let id = format!("without-{number}-{}", size.class());
    let title = format!("Without: {}", c.label);
    let desc = "Recorded counts, and counts expected without it with their intervals; the table has all figures.";
    Some(svg.finish(&id, &format!("chart {}", size.class()), &title, desc))
}
