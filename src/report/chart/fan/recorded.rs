//! Recorded counts: single steps as dots, aggregates as bars at their average.

use super::Fan;
use crate::period::read_day;
use crate::report::SeriesPoint;
use crate::report::chart::Size;
use crate::report::chart::svg::{Anchor, Svg, text_width};
use crate::report::chart::time::{day, middle};
use crate::report::digits::{count, level, mean};
use jiff::civil::Date;

/// A count of one whole step: where it stands, and the count.
fn single(fan: &Fan, p: &SeriesPoint) -> Option<(f64, f64)> {
    let steps = p.steps(fan.page.frequency)?;
    ((steps - 1.0).abs() < 1e-9).then_some((middle(p.start?, p.end), p.count?))
}

/// The last single count.
pub fn last_point(fan: &Fan) -> Option<(f64, f64)> {
    fan.page.series.iter().filter_map(|p| single(fan, p)).max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Fitted means, where they follow each other directly.
pub fn fitted(fan: &Fan, svg: &mut Svg) {
    let all = fan.page.fitted.iter().filter_map(|p| Some((middle(p.start?, p.end), p.value)));
    for run in runs(fan, all) {
        svg.path("fitted", &run);
    }
}

/// Lines between neighbours, broken at gaps.
fn runs(fan: &Fan, points: impl Iterator<Item = (f64, f64)>) -> Vec<Vec<(f64, f64)>> {
    let mut out: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut before = f64::NEG_INFINITY;
    for (x, v) in points {
        if x - before > fan.step() * 1.5 {
            out.push(Vec::new());
        }
        before = x;
        if let Some(run) = out.last_mut() {
            run.push(fan.at(x, v));
        }
    }
    out
}

/// All recorded counts.
pub fn points(fan: &Fan, svg: &mut Svg) {
    for run in runs(fan, fan.page.series.iter().filter_map(|p| single(fan, p))) {
        svg.path("recorded", &run);
    }
    for p in &fan.page.series {
        match (single(fan, p), p.count) {
            (Some((x, v)), _) => {
                let class = if p.provisional() { "dot hollow" } else { "dot" };
                svg.circle(class, fan.at(x, v), fan.size.pick(3.6, 2.8));
            }
            (None, Some(total)) => aggregate(fan, svg, p, total),
            (None, None) => {}
        }
    }
    annotate(fan, svg);
}

fn aggregate(fan: &Fan, svg: &mut Svg, p: &SeriesPoint, total: f64) {
    let (Some(start), Some(steps)) = (p.start, p.steps(fan.page.frequency)) else { return };
    let (from, to) = (fan.at(day(start), total / steps), fan.at(day(p.end) + 1.0, total / steps));
    svg.line("span", from, to);
    for (x, y) in [from, to] {
        svg.line("span", (x, y - 4.0), (x, y + 4.0));
    }
    let average = format!("{} a {}", mean(total / steps), fan.page.frequency.name());
    let text = fan.size.pick(format!("{}: {}, {average}", p.label, count(total)), average);
    let left = from.0.max(fan.plot.left + 2.0);
    if left + text_width(&text, 12.0) < fan.plot.right {
        svg.text("small halo", (left, from.1 - 9.0), Anchor::Start, &text);
    }
}

/// The highest and the last count in figures.
fn annotate(fan: &Fan, svg: &mut Svg) {
    let all: Vec<_> = fan.page.series.iter().filter_map(|p| single(fan, p).map(|q| (p, q))).collect();
    let highest = all.iter().max_by(|a, b| a.1.1.total_cmp(&b.1.1));
    let last = all.iter().max_by(|a, b| a.1.0.total_cmp(&b.1.0));
    for (i, (p, (x, v))) in highest.into_iter().chain(last).enumerate() {
        if i == 1 && highest.is_some_and(|h| h.0 == *p) {
            continue;
        }
        let (px, py) = fan.at(*x, *v);
        let (figure, label) = (count(*v), &p.label);
        if i == 0 {
            let text = fan.size.pick(format!("{figure} in {label}"), figure);
            svg.text("value halo", (px, py - 11.0), Anchor::Middle, &text);
        } else if py + 40.0 > fan.plot.bottom {
            let text = fan.size.pick(format!("{figure} in {label}"), figure);
            svg.text("value halo", (px + 6.0, py - 14.0), Anchor::End, &text);
        } else {
            // below, clear of the fan that opens to the right
            svg.text("value halo", (px + 2.0, py + 20.0), Anchor::End, &figure);
            if fan.size == Size::Wide {
                svg.text("small halo", (px + 2.0, py + 35.0), Anchor::End, &format!("in {label}"));
            }
        }
    }
}

/// A column per period that tells its figures under the pointer.
pub fn hover(fan: &Fan, svg: &mut Svg) {
    let column = |from: f64, to: f64| {
        let (a, b) = (fan.x.at(from).max(fan.plot.left), fan.x.at(to).min(fan.plot.right + 6.0));
        ((a, fan.plot.top), (b, fan.plot.bottom))
    };
    for p in &fan.page.series {
        let Some(start) = p.start else { continue };
        let (from, to) = column(day(start), day(p.end) + 1.0);
        svg.hover(&recorded_tip(fan, p, start), from, to);
    }
    let Some(first) = fan.forecasts.first() else { return };
    let day_of = |text| read_day(text, fan.page.frequency);
    for t in &first.targets {
        let (Some(start), Some(end)) = (day_of(&t.target_start), day_of(&t.target_end)) else { continue };
        let (from, to) = column(day(start), day(end) + 1.0);
        svg.hover(&forecast_tip(fan, &t.period), from, to);
    }
}

fn recorded_tip(fan: &Fan, p: &SeriesPoint, start: Date) -> String {
    let mut tip = p.label.clone();
    tip += &p.count.map_or("\nnot known".into(), |c| format!("\nrecorded {}", count(c)));
    if p.provisional() {
        tip += &format!(" ({})", p.status);
    }
    let fitted = fan.page.fitted.iter().find(|f| f.start == p.start && f.end == p.end);
    tip += &fitted.map_or(String::new(), |f| format!("\nfitted {}", count(f.value)));
    for e in fan.page.events.iter().filter(|e| e.start >= start && e.start <= p.end) {
        tip += &format!("\n▸ {}", e.label);
    }
    tip
}

fn forecast_tip(fan: &Fan, period: &str) -> String {
    let mut tip = format!("{period}, forecast");
    for f in &fan.forecasts {
        let Some(t) = f.targets.iter().find(|t| t.period == period) else { continue };
        tip += &format!("\n{}: {}", fan.page.scenario_label(&f.scenario), count(t.median));
        for i in &t.intervals {
            tip += &format!("\n  {}: {} to {}", level(i.level), count(i.low), count(i.high));
        }
    }
    tip
}
