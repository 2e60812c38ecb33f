//! Hanging rootogram: bars of recorded frequencies hang from those that the model expects, on a square-root scale.

use super::Size;
use super::frame::{Plot, x_labels, y_axis};
use super::scale::Scale;
use super::svg::Svg;
use crate::analysis::checks::Bar;
use crate::report::digits::count;
use crate::report::effects::bar_name;
use maud::Markup;

/// Draws the picture; `None` without bars.
pub fn draw(bars: &[Bar], size: Size) -> Option<Markup> {
    let top = bars.iter().map(|b| b.top).fold(0.0, f64::max);
    let least = bars.iter().map(|b| b.bottom).fold(0.0, f64::min);
    if bars.is_empty() || top <= 0.0 {
        return None;
    }
    let mut svg = Svg::new(size.pick(520.0, 380.0), 240.0);
    let plot = Plot::inside(&svg, [12.0, 8.0, 30.0, 44.0]);
    let y = Scale::linear((least * 1.05 - 0.05 * top, top * 1.05), plot.upward());
    y_axis(&mut svg, plot, &y, 5, |v| format!("{v:.1}").replace('-', "−"));
    let step = (plot.right - plot.left) / bars.len() as f64;
    let middle = |k: usize| plot.left + (k as f64 + 0.5) * step;
    for (k, b) in bars.iter().enumerate() {
        let (x, half) = (middle(k), (step * 0.35).min(14.0));
        if b.observed > 0.0 {
            svg.rect("bar s0 b80", (x - half, y.at(b.top)), (x + half, y.at(b.bottom)));
        }
        svg.line("medtick s1", (x - step / 2.0, y.at(b.top)), (x + step / 2.0, y.at(b.top)));
        let tip = format!("{}\nrecorded {}\nexpected {:.1}", bar_name(b), count(b.observed), b.expected);
        svg.hover(&tip, (x - step / 2.0, plot.top), (x + step / 2.0, plot.bottom));
    }
    svg.line("one", (plot.left, y.at(0.0)), (plot.right, y.at(0.0)));
    let widest = bars.iter().map(|b| bar_name(b).chars().count()).max().unwrap_or(0) as f64;
    let every = ((7.2 * widest + 14.0) / step).ceil().max(1.0) as usize;
    let labels: Vec<(f64, String)> = (0..bars.len()).step_by(every).map(|k| (middle(k), bar_name(&bars[k]))).collect();
    x_labels(&mut svg, plot, &labels);
    let id = format!("rootogram-{}", size.class());
    let desc = "Square roots of frequencies: each bar of recorded observations hangs from the expected number (line); where it \
                ends above 0, fewer were recorded than expected, below 0 more.";
    Some(svg.finish(&id, &format!("chart {}", size.class()), "Hanging rootogram", desc))
}
