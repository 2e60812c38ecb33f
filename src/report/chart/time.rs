//! The time axis: days across, periods as labels.

use super::scale::Scale;
use super::svg::text_width;
use crate::period::{Frequency, day_number};
use jiff::civil::Date;

/// A date on the axis: its day's number.
pub fn day(date: Date) -> f64 {
    day_number(date) as f64
}

/// The middle of a run of days.
pub fn middle(start: Date, end: Date) -> f64 {
    (day(start) + day(end) + 1.0) / 2.0
}

/// Labelled places for a scale of days: periods of the series, or years when there are many, at a round distance such
/// that the labels (of letters of `size`) keep apart.
pub fn labels(x: &Scale, frequency: Frequency, size: f64) -> Vec<(f64, String)> {
    let (from, to) = x.domain();
    let days = to - from;
    let long = days > 3.0 * 366.0 && !matches!(frequency, Frequency::Year | Frequency::Step);
    let unit = if long { Frequency::Year } else { frequency };
    let first = crate::period::Period { frequency: Frequency::Day, ordinal: from as i64 }.start();
    let start = unit.period(first);
    let room = |stride: i64| {
        let (a, b) = (start.start(), start.offset(stride).start());
        let widest = text_width(&start.to_string(), size) + 14.0;
        (x.at(day(b)) - x.at(day(a))).abs() >= widest
    };
    let strides = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
    let stride = strides.into_iter().find(|s| room(*s)).unwrap_or(20_000);
    let skip = (stride - start.ordinal.rem_euclid(stride)) % stride;
    (0..)
        .map(|k| start.offset(skip + k * stride))
        .map(|p| (middle(p.start(), p.end()), p.to_string()))
        .take_while(|(m, _)| *m <= to)
        .filter(|(m, _)| *m >= from)
        .map(|(m, text)| (x.at(m), text))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn labels_are_round_years_that_keep_apart() {
        let x = Scale::linear((day(date(1998, 1, 1)), day(date(2030, 12, 31))), (0.0, 300.0));
        let texts: Vec<String> = labels(&x, Frequency::Year, 12.0).into_iter().map(|(_, t)| t).collect();
        assert_eq!(texts, ["2000", "2005", "2010", "2015", "2020", "2025", "2030"]);
        let wide = Scale::linear((day(date(2020, 1, 1)), day(date(2021, 12, 31))), (0.0, 900.0));
        let texts: Vec<String> = labels(&wide, Frequency::Quarter, 12.0).into_iter().map(|(_, t)| t).collect();
        assert_eq!(texts.len(), 8);
        assert_eq!(texts[0], "2020Q1");
    }

    #[test]
    fn plain_steps_are_their_numbers() {
        let x = Scale::linear((1.0, 41.0), (0.0, 300.0));
        let texts: Vec<String> = labels(&x, Frequency::Step, 12.0).into_iter().map(|(_, t)| t).collect();
        assert_eq!(texts, ["5", "10", "15", "20", "25", "30", "35", "40"]);
    }
}
