//! Events: spans as tinted strips, dates as lines; labels in lanes above where there is room, else numbers that the list
//! under the picture explains.

use super::{HEAD, LANE, numbered};
use crate::report::Page;
use crate::report::chart::Size;
use crate::report::chart::events::lanes;
use crate::report::chart::frame::Plot;
use crate::report::chart::scale::Scale;
use crate::report::chart::svg::{Anchor, Svg, text_width};
use crate::report::chart::time::day;

/// Most lanes of labels, wide and narrow.
const LANES: (usize, usize) = (7, 4);
/// Room for a number in its circle.
const BUBBLE: f64 = 17.0;

struct Mark {
    event: usize,
    number: usize,
    /// Left end of the label, inside the picture.
    x: f64,
    /// Lane of the label.
    lane: Option<usize>,
    /// Lane of the number, for those without a label.
    bubble: Option<usize>,
}

/// All marks with their places.
pub struct Marks {
    marks: Vec<Mark>,
    size: Size,
    label_lanes: usize,
    bubble_lanes: usize,
}

/// Finds a place for every event.
pub fn place(page: &Page, size: Size, x: &Scale, width: f64) -> Marks {
    let order = numbered(page);
    let left = x.range().0;
    let mut marks: Vec<Mark> = order
        .iter()
        .enumerate()
        .map(|(k, i)| {
            let at = x.at(day(page.events[*i].start)).max(left);
            Mark { event: *i, number: k + 1, x: at, lane: None, bubble: None }
        })
        .collect();
    if size == Size::Wide {
        let ends: Vec<_> =
            marks.iter().map(|m| (m.x, m.x + text_width(&page.events[m.event].label, 12.5) + 10.0)).collect();
        for (m, lane) in marks.iter_mut().zip(lanes(&ends, LANES.0, width)) {
            m.lane = lane;
        }
    }
    let rest: Vec<usize> = (0..marks.len()).filter(|k| marks[*k].lane.is_none()).collect();
    let ends: Vec<_> = rest.iter().map(|k| (marks[*k].x - BUBBLE / 2.0, marks[*k].x + BUBBLE / 2.0)).collect();
    for (k, lane) in rest.into_iter().zip(lanes(&ends, LANES.1, f64::INFINITY)) {
        marks[k].bubble = lane;
    }
    let used = |f: fn(&Mark) -> Option<usize>| marks.iter().filter_map(f).max().map_or(0, |l| l + 1);
    let (label_lanes, bubble_lanes) = (used(|m| m.lane), used(|m| m.bubble));
    Marks { marks, size, label_lanes, bubble_lanes }
}

impl Marks {
    /// Height of all lanes.
    pub fn height(&self) -> f64 {
        let lanes = self.label_lanes + self.bubble_lanes;
        if lanes == 0 { 0.0 } else { lanes as f64 * LANE + 6.0 }
    }

    /// Whether some event has no label of its own.
    pub fn crowded(&self) -> bool {
        self.marks.iter().any(|m| m.lane.is_none())
    }

    /// Strips of events that last.
    pub fn spans(&self, page: &Page, plot: Plot, x: &Scale, svg: &mut Svg) {
        for m in &self.marks {
            let Some(end) = page.events[m.event].end else { continue };
            let right = x.at(day(end) + 1.0).min(plot.right);
            if right - m.x > 3.0 {
                svg.rect("strip", (m.x, plot.top), (right, plot.bottom));
            }
        }
    }

    /// Lines, labels, numbers.
    pub fn lines(&self, page: &Page, plot: Plot, svg: &mut Svg) {
        let top = plot.top - HEAD - self.height();
        for m in &self.marks {
            let lane = m.lane.or(m.bubble.map(|b| b + self.label_lanes));
            let y = lane.map_or(plot.top - HEAD - 4.0, |l| top + (l as f64 + 0.5) * LANE);
            svg.line("event", (m.x, if m.lane.is_some() { y - 6.0 } else { y }), (m.x, plot.bottom));
            if m.lane.is_some() {
                svg.text("evlabel", (m.x + 5.0, y + 4.0), Anchor::Start, &page.events[m.event].label);
            } else if m.bubble.is_some() {
                svg.circle("bubble", (m.x, y), self.size.pick(8.0, 8.0));
                svg.text("bnum", (m.x, y + 3.7), Anchor::Middle, &m.number.to_string());
            }
        }
    }
}
