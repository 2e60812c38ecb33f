//! Autocorrelation of the residuals: serial dependence that the model missed.

use super::frame::{Plot, x_axis, y_axis};
use super::residuals::{PANEL, residual};
use super::scale::Scale;
use super::svg::Svg;
use crate::report::digits::{coefficient, count, significant};
use crate::results::RowStat;
use maud::Markup;

/// Sample autocorrelations at lags 1 to `lags`: rₖ = Σₜ eₜ eₜ₊ₖ / Σₜ eₜ², e about its mean.
pub fn autocorrelation(e: &[f64], lags: usize) -> Vec<f64> {
    let mean = e.iter().sum::<f64>() / e.len() as f64;
    let e: Vec<f64> = e.iter().map(|x| x - mean).collect();
    let square: f64 = e.iter().map(|x| x * x).sum();
    let product = |k: usize| e.iter().zip(&e[k..]).map(|(a, b)| a * b).sum::<f64>();
    (1..=lags.min(e.len().saturating_sub(1))).map(|k| if square > 0.0 { product(k) / square } else { 0.0 }).collect()
}

/// Draws the autocorrelations with ±1.96/√n; `None` for fewer than eight residuals.
pub fn draw(rows: &[RowStat]) -> Option<Markup> {
    let e: Vec<f64> = rows.iter().filter_map(residual).collect();
    if e.len() < 8 {
        return None;
    }
    let lags = (10.0 * (e.len() as f64).log10()).floor() as usize;
    let r = autocorrelation(&e, lags.min(e.len() / 2));
    let bound = 1.96 / (e.len() as f64).sqrt();
    let top = r.iter().map(|v| v.abs()).fold(bound, f64::max).max(0.5) * 1.1;
    let mut svg = Svg::new(PANEL.0, PANEL.1);
    let plot = Plot::inside(&svg, [14.0, 12.0, 30.0, 40.0]);
    let x = Scale::linear((0.0, r.len() as f64 + 0.6), plot.across());
    let y = Scale::linear((-top, top), plot.upward());
    svg.rect("strip", (plot.left, y.at(bound)), (plot.right, y.at(-bound)));
    y_axis(&mut svg, plot, &y, 6, |v| significant(v, 1));
    x_axis(&mut svg, plot, &x, 7, count);
    for (k, v) in r.iter().enumerate() {
        let at = x.at(k as f64 + 1.0);
        let class = if v.abs() > bound { "stem out" } else { "stem" };
        svg.line(class, (at, y.at(0.0)), (at, y.at(*v)));
        svg.hover(&format!("lag {}: {}", k + 1, coefficient(*v)), (at - 8.0, plot.top), (at + 8.0, plot.bottom));
    }
    let desc = "Autocorrelation of the residuals by lag; bars inside the strip are what chance alone gives.";
    Some(svg.finish("acf", "chart panel", "Autocorrelation of the residuals", desc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternating_residuals_have_a_negative_first_lag() {
        // e = +1, −1, +1, −1: r1 = −3/4, r2 = 2/4
        assert_eq!(autocorrelation(&[1.0, -1.0, 1.0, -1.0], 2), [-0.75, 0.5]);
        assert_eq!(autocorrelation(&[2.0, 2.0, 2.0], 1), [0.0]);
    }
}
