//! Bands and medians of the scenarios.

use super::Fan;
use super::recorded::last_point;
use crate::period::read_day;
use crate::report::chart::Size;
use crate::report::chart::svg::{Anchor, Svg};
use crate::report::chart::time::middle;
use crate::report::digits::{count, level};
use crate::results::{ForecastResult, TargetResult};

/// More scenarios than this have a median only; the comparison below shows all of them.
const BANDED: usize = 2;

fn place(fan: &Fan, t: &TargetResult) -> Option<f64> {
    let day = |text| read_day(text, fan.page.frequency);
    Some(middle(day(&t.target_start)?, day(&t.target_end)?))
}

/// Where a fan opens: at the last recorded count, if the forecast follows it directly.
fn origin(fan: &Fan, forecast: &ForecastResult) -> Option<(f64, f64)> {
    let first = place(fan, forecast.targets.first()?)?;
    last_point(fan).filter(|(x, _)| first - x > 0.0 && first - x <= fan.step() * 1.5)
}

/// The bands, the widest of all scenarios first.
pub fn fill(fan: &Fan, svg: &mut Svg) {
    let Some(first) = fan.forecasts.first().and_then(|f| f.targets.first()) else { return };
    let mut levels: Vec<f64> = first.intervals.iter().map(|i| i.level).collect();
    levels.sort_by(|a, b| b.total_cmp(a));
    for level in levels {
        for (k, f) in fan.forecasts.iter().enumerate().take(BANDED) {
            svg.area(&format!("band s{k} {}", shade(level)), &outline(fan, f, level));
        }
    }
}

fn outline(fan: &Fan, forecast: &ForecastResult, level: f64) -> Vec<(f64, f64)> {
    let start = origin(fan, forecast).map(|(x, v)| fan.at(x, v));
    let bounds: Vec<_> = forecast
        .targets
        .iter()
        .filter_map(|t| {
            let i = t.intervals.iter().find(|i| i.level == level)?;
            Some((fan.at(place(fan, t)?, i.high), fan.at(place(fan, t)?, i.low)))
        })
        .collect();
    let upper = bounds.iter().map(|(u, _)| *u);
    let lower = bounds.iter().rev().map(|(_, l)| *l);
    // a single target still gets a visible band
    if start.is_none() && bounds.len() == 1 {
        let ((x, u), (_, l)) = bounds[0];
        return vec![(x - 5.0, u), (x + 5.0, u), (x + 5.0, l), (x - 5.0, l)];
    }
    start.into_iter().chain(upper).chain(lower).collect()
}

/// Class of a band's shade by its level.
pub fn shade(level: f64) -> &'static str {
    match level {
        l if l <= 0.6 => "b50",
        l if l <= 0.85 => "b80",
        _ => "b95",
    }
}

/// Median lines with dots, and the scenarios' names at the right of a wide picture.
pub fn medians(fan: &Fan, svg: &mut Svg) {
    let mut ends = Vec::new();
    for (k, f) in fan.forecasts.iter().enumerate() {
        let own: Vec<_> = f.targets.iter().filter_map(|t| Some(fan.at(place(fan, t)?, t.median))).collect();
        let start = origin(fan, f).map(|(x, v)| fan.at(x, v));
        let line: Vec<_> = start.into_iter().chain(own.iter().copied()).collect();
        svg.path(&format!("median s{k}"), &line);
        for p in &own {
            svg.circle(&format!("mdot s{k}"), *p, 3.0);
        }
        if let Some((_, y)) = own.last() {
            ends.push((*y, k));
        }
    }
    if fan.size == Size::Wide {
        name_ends(fan, svg, ends);
    }
}

/// Height of a name with its two lines.
const NAME: f64 = 54.0;

fn name_ends(fan: &Fan, svg: &mut Svg, mut ends: Vec<(f64, usize)>) {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    for i in 1..ends.len() {
        ends[i].0 = ends[i].0.max(ends[i - 1].0 + NAME);
    }
    let mut limit = fan.plot.bottom - 24.0;
    for e in ends.iter_mut().rev() {
        e.0 = e.0.min(limit);
        limit = e.0 - NAME;
    }
    let x = fan.plot.right + 4.0;
    for (y, k) in ends {
        let f = fan.forecasts[k];
        let Some(t) = f.targets.last() else { continue };
        svg.text(&format!("name s{k}"), (x, y - 4.0), Anchor::Start, fan.page.scenario_label(&f.scenario));
        svg.text("small", (x, y + 12.0), Anchor::Start, &format!("{}: {}", t.period, count(t.median)));
        if let Some(i) = t.intervals.last() {
            let text = format!("{}: {}–{}", level(i.level), count(i.low), count(i.high));
            svg.text("small", (x, y + 27.0), Anchor::Start, &text);
        }
    }
}
