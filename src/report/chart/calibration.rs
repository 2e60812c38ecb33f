//! Marginal calibration: how often counts were forecast up to a limit, less how often they were recorded up to it.

use super::frame::{Plot, x_axis, y_axis};
use super::residuals::PANEL;
use super::scale::Scale;
use super::svg::Svg;
use crate::report::digits::{count, percent};
use crate::results::MarginalRow;
use maud::Markup;

/// Draws the differences (Czado, Gneiting and Held 2009); the strip is what chance alone gives the recorded shares, two standard
/// errors √(F (1 − F)/n) for `n` counts independent of each other. `id` must be the page's only one. `None` for fewer than
/// five limits.
pub fn draw(id: &str, title: &str, rows: &[MarginalRow], n: usize) -> Option<Markup> {
    if rows.len() < 5 || n == 0 {
        return None;
    }
    let error = |r: &MarginalRow| 2.0 * (r.predicted * (1.0 - r.predicted)).max(0.0).sqrt() / (n as f64).sqrt();
    let top = rows.iter().map(|r| (r.predicted - r.observed).abs().max(error(r))).fold(0.02, f64::max) * 1.1;
    let mut svg = Svg::new(PANEL.0, PANEL.1);
    let plot = Plot::inside(&svg, [14.0, 12.0, 30.0, 52.0]);
    let x = Scale::linear((rows[0].count, rows[rows.len() - 1].count), plot.across());
    let y = Scale::linear((-top, top), plot.upward());
    let side = |sign: f64| rows.iter().map(move |r| (r.count, sign * error(r)));
    let strip: Vec<(f64, f64)> =
        side(1.0).chain(side(-1.0).collect::<Vec<_>>().into_iter().rev()).map(|(c, e)| (x.at(c), y.at(e))).collect();
    svg.area("strip", &strip);
    y_axis(&mut svg, plot, &y, 5, |v| percent(v).replace(' ', "\u{a0}"));
    x_axis(&mut svg, plot, &x, 5, count);
    let line: Vec<(f64, f64)> = rows.iter().map(|r| (x.at(r.count), y.at(r.predicted - r.observed))).collect();
    svg.path("median s0", &line);
    for (k, r) in rows.iter().enumerate() {
        let middle = |j: usize| (x.at(rows[j].count) + x.at(r.count)) / 2.0;
        let (from, to) = (middle(k.saturating_sub(1)), middle((k + 1).min(rows.len() - 1)));
        let (c, f, o) = (count(r.count), percent(r.predicted), percent(r.observed));
        svg.hover(&format!("up to {c}: forecast {f}, recorded {o}"), (from, plot.top), (to, plot.bottom));
    }
    let desc =
        "Share of counts forecast up to each limit less the share recorded; near zero, inside the strip, is right.";
    Some(svg.finish(id, "chart panel", title, desc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_needs_five_limits_and_stays_finite_at_the_ends() {
        let rows: Vec<MarginalRow> = (0..6)
            .map(|k| MarginalRow { count: f64::from(k), predicted: f64::from(k) / 5.0, observed: f64::from(k) / 5.0 })
            .collect();
        assert!(draw("m", "t", &rows[..4], 9).is_none());
        let svg = draw("m", "t", &rows, 9).unwrap().into_string();
        assert!(svg.contains("up to 3: forecast 60 %, recorded 60 %") && !svg.contains("NaN"), "{svg}");
    }
}
