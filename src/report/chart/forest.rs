//! Effects as a forest of rate ratios: a log axis with a line at 1, figures at the right, the verdict in place of a
//! p-value where the data cannot separate effects.

use super::Size;
use super::frame::{Plot, x_axis};
use super::scale::Scale;
use super::svg::{Anchor, Svg, text_width};
use crate::report::Page;
use crate::report::digits::{coefficient, level, p_value, ratio};
use crate::report::effects::{has_zeros, is_effect};
use crate::report::words::{Effect, TermWords, capital};
use crate::results::TermRow;
use maud::Markup;

/// One line of the forest.
struct Line {
    label: String,
    value: Option<f64>,
    interval: Option<(f64, f64)>,
    figures: String,
    verdict: String,
    class: &'static str,
}

/// Draws the effects of the first model; `None` when it has none but the intercept.
pub fn draw(page: &Page, size: Size) -> Option<Markup> {
    let fit = page.fit.as_ref()?.fits.first()?;
    let told: Vec<&TermRow> = fit.terms.iter().filter(|t| is_effect(&t.term)).collect();
    let ratios = told.iter().any(|t| t.rate_ratio.is_some());
    let zeros = has_zeros(&fit.terms);
    // Log odds of a zero part are no ratios of counts, nor are coefficients of past counts.
    let other = |t: &TermRow| zeros && t.term.starts_with("zero_") || t.rate_ratio.is_none() && t.estimate.is_some();
    let drawn = told.iter().filter(|t| !(ratios && other(t)));
    let lines: Vec<Line> = drawn.map(|t| line(page, t, ratios)).collect();
    if lines.is_empty() {
        return None;
    }
    let row = size.pick(42.0, 74.0);
    let margins = [size.pick(44.0, 44.0), size.pick(360.0, 14.0), 32.0, size.pick(290.0, 14.0)];
    let mut svg = Svg::new(size.pick(1080.0, 380.0), margins[0] + margins[2] + row * lines.len() as f64);
    let plot = Plot::inside(&svg, margins);
    let x = axis(&lines, ratios, plot.across());
    x_axis(&mut svg, plot, &x, size.pick(7, 5), if ratios { ratio_tick } else { coefficient });
    let one = x.at(if ratios { 1.0 } else { 0.0 });
    svg.line("one", (one, plot.top - 4.0), (one, plot.bottom));
    heads(&mut svg, page, size, plot, (one, ratios));
    for (k, l) in lines.iter().enumerate() {
        let top = plot.top + k as f64 * row;
        svg.line("rowline", (0.0, top), (svg.width, top));
        let y = size.pick(top + row / 2.0, top + row - 16.0);
        whisker(&mut svg, plot, &x, y, l);
        words(&mut svg, size, plot, (top, y), l);
    }
    let title = if ratios { "Effects as rate ratios" } else { "Effects" };
    let desc = "Estimate and interval of each effect; the same figures stand in the table of coefficients.";
    Some(svg.finish(&format!("forest-{}", size.class()), &format!("chart {}", size.class()), title, desc))
}

fn ratio_tick(v: f64) -> String {
    format!("{v}")
}

fn line(page: &Page, row: &TermRow, ratios: bool) -> Line {
    let words = TermWords::find(&page.terms, &row.term);
    let tied = row.verdict.starts_with("not separable");
    let effect = Effect::of(row, words.by);
    let (value, interval) = if ratios {
        (effect.map(|e| e.ratio), effect.and_then(|e| e.interval))
    } else {
        let ends = row.conf_low.zip(row.conf_high).map(|(a, b)| (a * words.by, b * words.by));
        (row.estimate.map(|e| e * words.by), ends.map(|(a, b)| (a.min(b), a.max(b))))
    };
    let show = if ratios { ratio } else { coefficient };
    let span = interval.map_or(String::new(), |(a, b)| format!(" ({}–{})", show(a), show(b)));
    let centre = if ratios { 1.0 } else { 0.0 };
    let open = interval.is_none_or(|(a, b)| a <= centre && b >= centre);
    Line {
        label: capital(&words.label),
        value,
        interval,
        figures: value.map_or("–".into(), |v| format!("{}{span}", show(v))),
        verdict: if tied || value.is_none() { row.verdict.clone() } else { row.p_value.map_or(String::new(), p_value) },
        class: if tied {
            "tied"
        } else if open {
            "open"
        } else {
            "clear"
        },
    }
}

/// The axis: all intervals, within a factor of 50 of 1; what runs beyond gets an arrow.
fn axis(lines: &[Line], ratios: bool, range: (f64, f64)) -> Scale {
    let ends =
        lines.iter().flat_map(|l| l.value.into_iter().chain(l.interval.map(|i| i.0)).chain(l.interval.map(|i| i.1)));
    let all: Vec<f64> = ends.filter(|v| v.is_finite()).collect();
    let (low, high) = all.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    if ratios {
        let low = if low.is_finite() { low.clamp(0.02, 0.8) } else { 0.5 };
        let high = if high.is_finite() { high.clamp(1.25, 50.0) } else { 2.0 };
        return Scale::log((low * 0.93, high * 1.07), range);
    }
    let (low, high) = if low.is_finite() { (low.min(0.0), high.max(0.0)) } else { (-1.0, 1.0) };
    let pad = (high - low) * 0.05;
    Scale::linear((low - pad, high + pad), range)
}

fn heads(svg: &mut Svg, page: &Page, size: Size, plot: Plot, (one, ratios): (f64, bool)) {
    let (fewer, more) = (format!("◂ fewer {}", page.response), format!("more {} ▸", page.response));
    let y = plot.top - 12.0;
    if one - plot.left > text_width(&fewer, 12.0) * 0.8 {
        svg.text("head", (one - 8.0, y), Anchor::End, &fewer);
    }
    if plot.right - one > text_width(&more, 12.0) * 0.8 {
        svg.text("head", (one + 8.0, y), Anchor::Start, &more);
    }
    if size == Size::Wide {
        let what = if ratios { "rate ratio" } else { "estimate" };
        let text = format!("{what} ({} interval)", level(page.level));
        svg.text("head", (plot.right + 24.0, y), Anchor::Start, &text);
        svg.text("head", (svg.width - 150.0, y), Anchor::Start, "p, or verdict");
    }
}

fn whisker(svg: &mut Svg, plot: Plot, x: &Scale, y: f64, l: &Line) {
    let Some(value) = l.value else { return };
    let inside = |v: f64| x.at(v).clamp(plot.left, plot.right);
    if let Some((low, high)) = l.interval {
        svg.line(&format!("whisker {}", l.class), (inside(low), y), (inside(high), y));
        let (from, to) = x.domain();
        if low < from {
            let p = plot.left;
            svg.area(&format!("arrow {}", l.class), &[(p - 7.0, y), (p + 1.0, y - 5.0), (p + 1.0, y + 5.0)]);
        }
        if high > to {
            let p = plot.right;
            svg.area(&format!("arrow {}", l.class), &[(p + 7.0, y), (p - 1.0, y - 5.0), (p - 1.0, y + 5.0)]);
        }
    }
    let c = inside(value);
    svg.area(&format!("diamond {}", l.class), &[(c - 7.0, y), (c, y - 7.0), (c + 7.0, y), (c, y + 7.0)]);
}

fn words(svg: &mut Svg, size: Size, plot: Plot, (top, y): (f64, f64), l: &Line) {
    let verdict_class = if l.class == "tied" || l.value.is_none() { "verdict" } else { "num" };
    match size {
        Size::Wide => {
            block(svg, "label", (0.0, y), &l.label, 270.0);
            svg.text("num strong", (plot.right + 24.0, y + 4.5), Anchor::Start, &l.figures);
            block(svg, verdict_class, (svg.width - 150.0, y), &l.verdict, 150.0);
        }
        Size::Narrow => {
            svg.text("label strong", (2.0, top + 19.0), Anchor::Start, &l.label);
            svg.text("num", (2.0, top + 38.0), Anchor::Start, &l.figures);
            let tied = verdict_class == "verdict" || l.verdict.is_empty();
            let text = if tied { l.verdict.clone() } else { format!("p {}", l.verdict) };
            svg.text(verdict_class, (svg.width - 2.0, top + 38.0), Anchor::End, &text);
        }
    }
}

/// A text in one or two lines, centred on `y`.
fn block(svg: &mut Svg, class: &str, (x, y): (f64, f64), text: &str, width: f64) {
    let lines = wrap(text, 13.5, width);
    let first = y + 4.5 - 8.0 * (lines.len() as f64 - 1.0);
    for (k, t) in lines.iter().enumerate() {
        svg.text(class, (x, first + 16.0 * k as f64), Anchor::Start, t);
    }
}

/// Breaks a text at blanks.
pub fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(l) if text_width(l, size) + text_width(word, size) + size * 0.36 <= width => {
                l.push(' ');
                l.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}
