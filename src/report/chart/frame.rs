//! Axes: the part that pictures share.

use super::scale::Scale;
use super::svg::{Anchor, Svg};

/// The rectangle of the data inside a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plot {
    /// Left side.
    pub left: f64,
    /// Right side.
    pub right: f64,
    /// Upper side.
    pub top: f64,
    /// Lower side.
    pub bottom: f64,
}

impl Plot {
    /// Of a picture less its margins, given from the top clockwise.
    pub fn inside(svg: &Svg, [top, right, bottom, left]: [f64; 4]) -> Self {
        Plot { left, right: svg.width - right, top, bottom: svg.height - bottom }
    }

    /// Range of a horizontal scale.
    pub fn across(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// Range of a vertical scale: upward.
    pub fn upward(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }
}

/// Horizontal grid lines with labels at the left.
pub fn y_axis(svg: &mut Svg, plot: Plot, y: &Scale, n: usize, label: fn(f64) -> String) {
    for v in y.ticks(n) {
        let at = y.at(v);
        svg.line(if v == 0.0 { "axis" } else { "grid" }, (plot.left, at), (plot.right, at));
        svg.text("tick", (plot.left - 8.0, at + 4.0), Anchor::End, &label(v));
    }
}

/// Vertical grid lines with labels below.
pub fn x_axis(svg: &mut Svg, plot: Plot, x: &Scale, n: usize, label: fn(f64) -> String) {
    for v in x.ticks(n) {
        let at = x.at(v);
        svg.line("grid", (at, plot.top), (at, plot.bottom));
        svg.text("tick", (at, plot.bottom + 17.0), Anchor::Middle, &label(v));
    }
}

/// Marks and labels below the plot at given places, as many as fit.
pub fn x_labels(svg: &mut Svg, plot: Plot, labels: &[(f64, String)]) {
    svg.line("axis", (plot.left, plot.bottom), (plot.right, plot.bottom));
    for (at, text) in labels {
        svg.line("axis", (*at, plot.bottom), (*at, plot.bottom + 5.0));
        svg.text("tick", (*at, plot.bottom + 19.0), Anchor::Middle, text);
    }
}
