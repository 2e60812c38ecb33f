//! Residuals over the observations: nothing should be left to see.

use super::frame::{Plot, x_labels, y_axis};
use super::scale::Scale;
use super::svg::{Anchor, Svg, text_width};
use crate::report::digits::{count, significant};
use crate::results::RowStat;
use maud::Markup;

/// Width and height of the small pictures, which stand side by side when there is room.
pub const PANEL: (f64, f64) = (400.0, 270.0);

/// The residual of a row: the randomised quantile residual if there is one, else the Pearson residual.
pub fn residual(r: &RowStat) -> Option<f64> {
    r.residual_quantile.or(r.residual_pearson)
}

/// Draws residuals in order, with lines at ±2; those beyond are named.
pub fn draw(rows: &[RowStat]) -> Option<Markup> {
    let known: Vec<(usize, f64)> = rows.iter().enumerate().filter_map(|(i, r)| Some((i, residual(r)?))).collect();
    if known.len() < 3 {
        return None;
    }
    let largest = known.iter().map(|(_, e)| e.abs()).fold(2.5, f64::max) * 1.08;
    let mut svg = Svg::new(PANEL.0, PANEL.1);
    let plot = Plot::inside(&svg, [14.0, 12.0, 30.0, 36.0]);
    let x = Scale::linear((-0.5, rows.len() as f64 - 0.5), plot.across());
    let y = Scale::linear((-largest, largest), plot.upward());
    svg.rect("strip", (plot.left, y.at(2.0)), (plot.right, y.at(-2.0)));
    y_axis(&mut svg, plot, &y, 6, |v| significant(v, 2).trim_end_matches(".0").to_string());
    x_labels(&mut svg, plot, &names(rows, &x));
    let r = if known.len() > 150 { 1.8 } else { 3.6 };
    for (i, e) in &known {
        let (px, py) = (x.at(*i as f64), y.at(*e));
        let far = e.abs() > 2.0;
        svg.circle(if far { "dot out" } else { "dot" }, (px, py), r);
        if far && known.len() <= 150 {
            let anchor = if px > plot.right - 40.0 { Anchor::End } else { Anchor::Start };
            let dx = if anchor == Anchor::End { -7.0 } else { 7.0 };
            svg.text("small halo", (px + dx, py + 4.0), anchor, &rows[*i].period);
        }
    }
    if rows.len() <= 150 {
        for r in rows.iter().enumerate() {
            tip(&mut svg, plot, &x, r);
        }
    }
    let desc = "Residuals by observation; two thirds should lie within 1 of zero and few beyond 2.";
    Some(svg.finish("residuals", "chart panel", "Residuals", desc))
}

fn tip(svg: &mut Svg, plot: Plot, x: &Scale, (i, r): (usize, &RowStat)) {
    let fitted = r.fitted.map_or(String::new(), |f| format!(", fitted {}", count(f)));
    let res = residual(r).map_or(String::new(), |e| format!("\nresidual {}", significant(e, 2)));
    let text = format!("{}: recorded {}{fitted}{res}", r.period, count(r.observed));
    svg.hover(&text, (x.at(i as f64 - 0.5), plot.top), (x.at(i as f64 + 0.5), plot.bottom));
}

/// Labels of some observations, as many as have room.
fn names(rows: &[RowStat], x: &Scale) -> Vec<(f64, String)> {
    let (from, to) = x.range();
    let mut out: Vec<(f64, String)> = Vec::new();
    let mut free = from - 30.0;
    for (i, r) in rows.iter().enumerate() {
        let (at, half) = (x.at(i as f64), text_width(&r.period, 13.0) / 2.0 + 5.0);
        // long names such as "1999–2001" are left to the pointer
        if at - half >= free && at + half <= to + 12.0 && r.period.chars().count() <= 8 {
            out.push((at, r.period.clone()));
            free = at + half + 8.0;
        }
    }
    out
}
