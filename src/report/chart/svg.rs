//! A writer of SVG elements. Text is escaped; coordinates keep one decimal.

use maud::{Markup, PreEscaped, html};
use std::fmt::Write as _;

/// A picture being written.
#[derive(Debug, Clone)]
pub struct Svg {
    /// Width in its own units, about one pixel each.
    pub width: f64,
    /// Height.
    pub height: f64,
    body: String,
}

/// Where a text is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At its first letter.
    Start,
    /// In its middle.
    Middle,
    /// At its last letter.
    End,
}

impl Svg {
    /// An empty picture.
    pub fn new(width: f64, height: f64) -> Self {
        Svg { width, height, body: String::new() }
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, y1, x2, y2) = (at(x1), at(y1), at(x2), at(y2));
        self.push(format_args!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    /// A rectangle by its corners.
    pub fn rect(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let corners = corners(from, to);
        self.push(format_args!(r#"<rect class="{class}" {corners}/>"#));
    }

    /// An invisible rectangle that shows `tip` under the pointer; one line of text per line.
    pub fn hover(&mut self, tip: &str, from: (f64, f64), to: (f64, f64)) {
        let (corners, tip) = (corners(from, to), escape(tip));
        self.push(format_args!(r#"<rect class="hov" {corners} data-tip="{tip}"/>"#));
    }

    /// A dot.
    pub fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, r) = (at(x), at(y), at(radius));
        self.push(format_args!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#));
    }

    /// An open line through points.
    pub fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        if points.len() > 1 {
            let d = path(points);
            self.push(format_args!(r#"<path class="{class}" d="{d}"/>"#));
        }
    }

    /// A filled shape.
    pub fn area(&mut self, class: &str, points: &[(f64, f64)]) {
        if points.len() > 2 {
            let d = path(points);
            self.push(format_args!(r#"<path class="{class}" d="{d}Z"/>"#));
        }
    }

    /// A text on one line.
    pub fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let class = match anchor {
            Anchor::Start => class.to_string(),
            Anchor::Middle => format!("{class} mid"),
            Anchor::End => format!("{class} end"),
        };
        let (x, y, text) = (at(x), at(y), escape(text));
        self.push(format_args!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// Defines a rectangle to clip by; hand the answer to [`Svg::open`]. `id` must be the page's only one.
    pub fn clip(&mut self, id: &str, from: (f64, f64), to: (f64, f64)) -> String {
        let corners = corners(from, to);
        self.push(format_args!(r#"<clipPath id="{id}"><rect {corners}/></clipPath>"#));
        format!("url(#{id})")
    }

    /// Opens a group of a class, clipped or not.
    pub fn open(&mut self, class: &str, clip: Option<&str>) {
        let class = if class.is_empty() { String::new() } else { format!(r#" class="{class}""#) };
        let clip = clip.map_or(String::new(), |c| format!(r#" clip-path="{c}""#));
        self.push(format_args!("<g{class}{clip}>"));
    }

    /// Closes a group.
    pub fn close(&mut self) {
        self.body.push_str("</g>");
    }

    /// The finished picture. `id` must be the page's only one; `title` and `desc` are for readers who can't see it.
    pub fn finish(self, id: &str, class: &str, title: &str, desc: &str) -> Markup {
        let (w, h) = (at(self.width), at(self.height));
        let labels = format!("{id}-t {id}-d");
        html! {
            svg class=(class) viewBox=(format!("0 0 {w} {h}")) width=(w) height=(h) role="img" aria-labelledby=(labels) {
                title id=(format!("{id}-t")) { (title) }
                desc id=(format!("{id}-d")) { (desc) }
                (PreEscaped(self.body))
            }
        }
    }

    fn push(&mut self, args: std::fmt::Arguments<'_>) {
        // writing to a String cannot fail
        let _ = self.body.write_fmt(args);
    }
}

fn corners((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> String {
    let (x, y, w, h) = (at(x1.min(x2)), at(y1.min(y2)), at((x2 - x1).abs()), at((y2 - y1).abs()));
    format!(r#"x="{x}" y="{y}" width="{w}" height="{h}""#)
}

fn path(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { 'M' } else { 'L' }, at(*x), at(*y));
    }
    d
}

/// A coordinate with one decimal at most.
fn at(x: f64) -> String {
    let tenths = (x.clamp(-1e5, 1e5) * 10.0).round() / 10.0;
    // "-0" would be noise
    format!("{}", if tenths == 0.0 { 0.0 } else { tenths })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\n', "&#10;")
}

/// The width that a text of the page's sans serif letters takes, roughly and rather too wide.
pub fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'l' | 'j' | '.' | ',' | ':' | '\'' | '|' | '(' | ')' | ' ' | 't' | 'f' | 'r' | '1' => 0.36,
        'm' | 'w' | 'M' | 'W' => 0.86,
        c if c.is_ascii_uppercase() => 0.68,
        c if c.is_ascii() => 0.57,
        c if (c as u32) > 0x2e80 => 1.0,
        _ => 0.6,
    };
    text.chars().map(em).sum::<f64>() * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_close_an_element() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text("t", (0.04, -0.04), Anchor::End, "</text><script>");
        svg.hover("a\"b\n&", (5.0, 5.0), (1.0, 1.0));
        let out = svg.finish("i", "wide", "<t>", "d").into_string();
        assert!(out.contains(r#"<text class="t end" x="0" y="0">&lt;/text&gt;&lt;script&gt;</text>"#), "{out}");
        assert!(out.contains(r#"x="1" y="1" width="4" height="4" data-tip="a&quot;b&#10;&amp;""#), "{out}");
        assert!(out.contains("&lt;t&gt;"), "{out}");
    }
}
