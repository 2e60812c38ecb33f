//! A specification curve: one effect in every model that holds it, lowest first; below, which other terms each model has.

use super::Size;
use super::forest::wrap;
use super::frame::Plot;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::report::Page;
use crate::report::digits::{percent, ratio};
use crate::results::effects::{Curve, SubsetsResult};
use maud::Markup;

/// Models drawn; of more the ones of most weight.
const MOST: usize = 64;
const ROW: f64 = 19.0;

/// Draws the curve of a column; `None` when no model has an estimate. `number` tells the pictures of a page apart.
pub fn draw(page: &Page, s: &SubsetsResult, curve: &Curve, number: usize, size: Size) -> Option<Markup> {
    let least = least_weight(curve);
    let models: Vec<_> = curve.models.iter().filter(|m| m.estimate.is_some() && m.weight >= least).collect();
    let ends = || models.iter().flat_map(|m| [m.conf_low, m.conf_high, m.estimate]).flatten().map(f64::exp);
    let (low, high) = ends().fold((1.0, 1.0), |(a, b): (f64, f64), v| (a.min(v), b.max(v)));
    if models.is_empty() || !(low.is_finite() && high.is_finite()) {
        return None;
    }
    let others: Vec<(usize, &str)> = s.inclusion.iter().map(|r| r.term.as_str()).enumerate().collect();
    let others: Vec<(usize, &str)> =
        others.into_iter().filter(|(t, _)| models.iter().any(|m| m.mask >> t & 1 == 0)).collect();
    let below = others.len() as f64 * ROW + 8.0;
    let mut svg = Svg::new(size.pick(520.0, 380.0), 190.0 + below);
    let plot = Plot::inside(&svg, [10.0, 8.0, below + 8.0, size.pick(170.0, 130.0)]);
    let y = Scale::log((low.max(0.02) * 0.95, high.min(50.0) * 1.05), plot.upward());
    let few = y.ticks(5).len() < 3;
    let ticks = if few { Scale::linear(y.domain(), plot.upward()).ticks(4) } else { y.ticks(5) };
    for v in ticks.into_iter().filter(|v| *v > 0.0) {
        svg.line("grid", (plot.left, y.at(v)), (plot.right, y.at(v)));
        svg.text("tick", (plot.left - 8.0, y.at(v) + 4.0), Anchor::End, &format!("{}", (v * 1e6).round() / 1e6));
    }
    svg.line("one", (plot.left, y.at(1.0)), (plot.right, y.at(1.0)));
    let step = (plot.right - plot.left) / models.len() as f64;
    let heaviest = models.iter().map(|m| m.weight).fold(0.0, f64::max).max(1e-12);
    let inside = |v: f64| y.at(v.exp()).clamp(plot.top, plot.bottom);
    for (k, m) in models.iter().enumerate() {
        let x = plot.left + (k as f64 + 0.5) * step;
        if let Some((l, h)) = m.conf_low.zip(m.conf_high) {
            let open = if l > 0.0 || h < 0.0 { "" } else { " open" };
            svg.line(&format!("whisker thin{open}"), (x, inside(l)), (x, inside(h)));
        }
        let value = m.estimate.unwrap_or(0.0);
        svg.circle("mdot s0", (x, inside(value)), 2.5 + 4.0 * (m.weight / heaviest).sqrt());
        for (r, (t, _)) in others.iter().enumerate() {
            let at = plot.bottom + 20.0 + r as f64 * ROW;
            let class = if m.mask >> t & 1 == 1 { "inmodel" } else { "notin" };
            svg.circle(class, (x, at), (step * 0.3).min(4.0));
        }
        let bounds = m
            .conf_low
            .zip(m.conf_high)
            .map_or_else(String::new, |(l, h)| format!(" ({} to {})", ratio(l.exp()), ratio(h.exp())));
        let tip = format!("{}{bounds}\nweight {}", ratio(value.exp()), percent(m.weight));
        svg.hover(&tip, (x - step / 2.0, plot.top), (x + step / 2.0, svg.height));
    }
    for (r, (_, term)) in others.iter().enumerate() {
        let name = wrap(&page.short_label(term), 12.5, plot.left - 14.0);
        let name = if name.len() > 1 { format!("{} …", name[0]) } else { name.concat() };
        svg.text("head", (plot.left - 10.0, plot.bottom + 24.0 + r as f64 * ROW), Anchor::End, &name);
    }
    let id = format!("curve-{number}-{}", size.class());
    let title = format!("{} in every model", page.short_label(&curve.term));
    let desc = "Rate ratio with interval in each model, lowest first; dots below: terms in the model.";
    Some(svg.finish(&id, &format!("chart {}", size.class()), &title, desc))
}

/// The weight from which on at most [`MOST`] models are drawn.
fn least_weight(curve: &Curve) -> f64 {
    let mut weights: Vec<f64> = curve.models.iter().map(|m| m.weight).collect();
    weights.sort_by(|a, b| b.total_cmp(a));
    weights.get(MOST - 1).copied().unwrap_or(0.0)
}
