//! Probability integral transform of counts: flat when forecasts are calibrated.

use super::frame::{Plot, x_axis, y_axis};
use super::residuals::PANEL;
use super::scale::Scale;
use super::svg::Svg;
use crate::report::digits::{percent, significant};
use maud::Markup;

/// Heights of the non-randomised PIT histogram (Czado, Gneiting and Held 2009): with `F(u | y)` rising in a straight line
/// from 0 at P(Y < y) to 1 at P(Y ≤ y), the height of bin `j` is the mean over the counts of its rise across the bin.
/// They sum to 1.
pub fn heights(pits: &[(f64, f64)], bins: usize) -> Vec<f64> {
    let f = |u: f64, (low, high): (f64, f64)| {
        if u <= low {
            0.0
        } else if u >= high {
            1.0
        } else {
            (u - low) / (high - low)
        }
    };
    let edge = |j: usize| j as f64 / bins as f64;
    let rise = |j: usize, p: (f64, f64)| {
        // a step at u = 0 belongs to the first bin
        let below = if j == 0 { 0.0 } else { f(edge(j), p) };
        (if j + 1 == bins { 1.0 } else { f(edge(j + 1), p) }) - below
    };
    (0..bins).map(|j| pits.iter().map(|p| rise(j, *p)).sum::<f64>() / pits.len() as f64).collect()
}

/// Draws the histogram; `id` must be the page's only one. `None` for fewer than five counts.
pub fn draw(id: &str, title: &str, pits: &[(f64, f64)]) -> Option<Markup> {
    if pits.len() < 5 {
        return None;
    }
    let bins = if pits.len() < 60 { 5 } else { 10 };
    let heights = heights(pits, bins);
    let mut svg = Svg::new(PANEL.0, PANEL.1);
    let plot = Plot::inside(&svg, [14.0, 12.0, 30.0, 44.0]);
    let x = Scale::linear((0.0, 1.0), plot.across());
    let top = heights.iter().copied().fold(2.0 / bins as f64, f64::max) * 1.08;
    let y = Scale::linear((0.0, top), plot.upward());
    y_axis(&mut svg, plot, &y, 5, |v| percent(v).replace(' ', "\u{a0}"));
    x_axis(&mut svg, plot, &x, 5, |v| significant(v, 1));
    for (j, h) in heights.iter().enumerate() {
        let (a, b) = (x.at(j as f64 / bins as f64), x.at((j + 1) as f64 / bins as f64));
        svg.rect("hist", (a + 1.0, y.at(*h)), (b - 1.0, plot.bottom));
        svg.hover(&format!("{} of the counts", percent(*h)), (a, plot.top), (b, plot.bottom));
    }
    let flat = y.at(1.0 / bins as f64);
    svg.line("one", (plot.left, flat), (plot.right, flat));
    let desc =
        "Bars near the dashed line mean that counts fell as often into each part of their distribution as they should.";
    Some(svg.finish(id, "chart panel", title, desc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_sum_to_one_and_share_a_wide_count() {
        let h = heights(&[(0.0, 0.5), (0.9, 1.0), (1.0, 1.0), (0.0, 0.0)], 4);
        assert!((h.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{h:?}");
        assert_eq!(h, [0.375, 0.125, 0.0, 0.5]);
    }
}
