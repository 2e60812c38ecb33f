//! The recorded series with the forecast as a fan: bands of each scenario, the median, events above.

mod bands;
pub use bands::shade;
mod marks;
mod recorded;

use super::Size;
use super::frame::{Plot, x_labels, y_axis};
use super::scale::Scale;
use super::svg::Svg;
use super::time::{day, labels};
use crate::period::{Frequency, read_day};
use crate::report::digits::count;
use crate::report::{EventMark, Page};
use crate::results::ForecastResult;
use maud::Markup;

/// Height of a lane of event labels.
const LANE: f64 = 17.0;
/// Room under the lanes for the figure of the highest count.
const HEAD: f64 = 13.0;

/// What every part of the picture needs.
struct Fan<'a> {
    page: &'a Page,
    forecasts: Vec<&'a ForecastResult>,
    size: Size,
    plot: Plot,
    x: Scale,
    y: Scale,
}

/// Draws the picture with a layer per scale (classes `log` and `lin`); `None` when there is nothing to draw.
pub fn draw(page: &Page, size: Size) -> Option<Markup> {
    let forecasts = page.main_forecasts();
    let domain = time_domain(page, &forecasts)?;
    let values = values(page, &forecasts)?;
    let mut svg = Svg::new(width(size), size.pick(480.0, 400.0));
    let x = Scale::linear(domain, Plot::inside(&svg, margins(&forecasts, size)).across());
    let marks = marks::place(page, size, &x, svg.width);
    // the lanes of events come on top of the plot's height
    svg.height += marks.height() + HEAD;
    let mut plot = Plot::inside(&svg, margins(&forecasts, size));
    plot.top += marks.height() + HEAD;
    let id = format!("fan-{}", size.class());
    marks.spans(page, plot, &x, &mut svg);
    x_labels(&mut svg, plot, &labels(&x, page.frequency, 13.0));
    marks.lines(page, plot, &mut svg);
    let scale = |log: bool| Scale::counts(log, values, plot.upward());
    let mut fan = Fan { page, forecasts, size, plot, x, y: scale(true) };
    let from = (plot.left, plot.top - 1.0);
    let frame = svg.clip(&format!("{id}-c"), from, (plot.right, plot.bottom + 1.0));
    layer(&fan, "log", &frame, &mut svg);
    fan.y = scale(false);
    layer(&fan, "lin", &frame, &mut svg);
    recorded::hover(&fan, &mut svg);
    let title = format!("{}: recorded and forecast", page.title);
    Some(svg.finish(&id, &format!("chart {}", size.class()), &title, &describe(page, &fan.forecasts)))
}

/// All that depends on the scale of counts.
fn layer(fan: &Fan, class: &str, frame: &str, svg: &mut Svg) {
    svg.open(class, None);
    y_axis(svg, fan.plot, &fan.y, 8, count);
    svg.open("", Some(frame));
    bands::fill(fan, svg);
    recorded::fitted(fan, svg);
    svg.close();
    recorded::points(fan, svg);
    bands::medians(fan, svg);
    svg.close();
}

fn width(size: Size) -> f64 {
    size.pick(1080.0, 380.0)
}

/// Margins from the top clockwise; scenario names stand at the right of the wide picture.
fn margins(forecasts: &[&ForecastResult], size: Size) -> [f64; 4] {
    let right = if forecasts.is_empty() { 16.0 } else { size.pick(168.0, 10.0) };
    [12.0, right, 30.0, size.pick(58.0, 46.0)]
}

/// The picture in a sentence, for those who can't see it.
fn describe(page: &Page, forecasts: &[&ForecastResult]) -> String {
    let known: Vec<_> = page.series.iter().filter(|p| p.count.is_some()).collect();
    let recorded = match (known.first(), known.last()) {
        (Some(a), Some(b)) => format!("Recorded {} from {} to {}.", page.response, a.label, b.label),
        _ => String::new(),
    };
    let ends = forecasts.iter().filter_map(|f| {
        let t = f.targets.last()?;
        Some(format!(" {}: median {} in {}.", page.scenario_label(&f.scenario), count(t.median), t.period))
    });
    recorded + &ends.collect::<String>() + " All figures stand in the tables."
}

/// From the first dated day to the last day forecast. Counts of which the beginning is not dated have no place.
fn time_domain(page: &Page, forecasts: &[&ForecastResult]) -> Option<(f64, f64)> {
    let dated = || page.series.iter().filter_map(|p| Some((p.start?, p.end)));
    let begins = dated().map(|(start, _)| day(start));
    let ends = dated().map(|(_, end)| day(end) + 1.0);
    let ahead = forecasts
        .iter()
        .flat_map(|f| &f.targets)
        .filter_map(|t| read_day(&t.target_end, page.frequency))
        .map(|d| day(d) + 1.0);
    let from = begins.fold(f64::INFINITY, f64::min);
    let to = ends.chain(ahead).fold(f64::NEG_INFINITY, f64::max);
    (from < to).then_some((from, to))
}

/// Recorded counts per step.
fn per_step(page: &Page) -> impl Iterator<Item = f64> + '_ {
    page.series.iter().filter_map(|p| Some(p.count? / p.steps(page.frequency)?))
}

/// Lowest and highest value to show. A band may run out of the picture when it would squeeze everything else.
fn values(page: &Page, forecasts: &[&ForecastResult]) -> Option<(f64, f64)> {
    let targets = || forecasts.iter().flat_map(|f| &f.targets);
    let fitted = page.fitted.iter().filter(|p| p.start.is_some()).map(|p| p.value);
    let core: Vec<f64> = per_step(page).chain(fitted).chain(targets().map(|t| t.median)).collect();
    let highest = core.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lows = targets().flat_map(|t| &t.intervals).map(|i| i.low);
    let highs = targets().flat_map(|t| &t.intervals).map(|i| i.high);
    let low = core.iter().copied().chain(lows).fold(f64::INFINITY, f64::min);
    let high = highs.fold(highest, f64::max).min(highest * CUT);
    (!core.is_empty() && low.is_finite() && high.is_finite()).then_some((low, high))
}

/// A band more than this many times above everything else is cut.
const CUT: f64 = 2.5;

/// The highest interval bound that the picture cuts off, if it does.
pub fn cut_off(page: &Page) -> Option<f64> {
    let forecasts = page.main_forecasts();
    let (_, high) = values(page, &forecasts)?;
    let bounds = forecasts.iter().flat_map(|f| &f.targets).flat_map(|t| &t.intervals).map(|i| i.high);
    Some(bounds.fold(0.0, f64::max)).filter(|b| *b > high)
}

/// Whether something in the picture has no place on a log scale.
pub fn has_zeros(page: &Page) -> bool {
    values(page, &page.main_forecasts()).is_some_and(|(low, _)| low < 1.0)
}

/// Whether a labelled list of events must stand under the wide picture too, because some label had no room.
pub fn needs_list(page: &Page) -> bool {
    let forecasts = page.main_forecasts();
    let Some(domain) = time_domain(page, &forecasts) else { return false };
    let [_, right, _, left] = margins(&forecasts, Size::Wide);
    let x = Scale::linear(domain, (left, width(Size::Wide) - right));
    marks::place(page, Size::Wide, &x, width(Size::Wide)).crowded()
}

/// Events inside the picture by ascending date, as numbered in it: index into `page.events`.
pub fn numbered(page: &Page) -> Vec<usize> {
    let Some((from, to)) = time_domain(page, &page.main_forecasts()) else { return Vec::new() };
    let end = |e: &EventMark| day(e.end.unwrap_or(e.start));
    let inside = |e: &EventMark| end(e) >= from && day(e.start) < to;
    let mut order: Vec<usize> = (0..page.events.len()).filter(|i| inside(&page.events[*i])).collect();
    order.sort_by_key(|i| page.events[*i].start);
    order
}

impl Fan<'_> {
    /// The place of a count.
    fn at(&self, x: f64, value: f64) -> (f64, f64) {
        (self.x.at(x), self.y.at(value))
    }

    /// Days in the step that ends at `x`, roughly.
    fn step(&self) -> f64 {
        match self.page.frequency {
            Frequency::Year => 366.0,
            Frequency::Half => 184.0,
            Frequency::Quarter => 92.0,
            Frequency::Month => 31.0,
            Frequency::Week | Frequency::WeekFrom(_) => 7.0,
            Frequency::Day | Frequency::Step => 1.0,
        }
    }
}
