//! Small data sets for tests.

use crate::data::{Column, Dataset, Event, Observation, Values};
use crate::error::Result;
use crate::formula::parse;
use crate::period::{Frequency, Grid, Period};
use crate::term::Missing;
use crate::term::plan::{Past, Plan};

pub(crate) fn observation(period: Period, count: u64) -> Observation {
    Observation::new(period.span(), Some(count))
}

pub(crate) fn dataset(first: Period, counts: &[u64], columns: Vec<Column>) -> Dataset {
    Dataset {
        grid: Grid { first, len: counts.len() },
        response: "y".into(),
        observations: counts.iter().enumerate().map(|(i, n)| observation(first.offset(i as i64), *n)).collect(),
        columns,
        events: Vec::new(),
        known_at: None,
        unread: Vec::new(),
        pooled: false,
    }
}

pub(crate) fn text(name: &str, values: &[&str]) -> Column {
    let mut levels: Vec<String> = values.iter().map(|v| v.to_string()).collect();
    levels.sort();
    levels.dedup();
    let codes = values.iter().map(|v| levels.iter().position(|l| l == v).map(|i| i as u32)).collect();
    Column { values: Values::Text { levels, codes }, ..Column::numbers(name, Vec::new()) }
}

pub(crate) fn year(y: i64) -> Period {
    Period { frequency: Frequency::Year, ordinal: y }
}

pub(crate) fn event(id: &str, start: jiff::civil::Date, end: Option<jiff::civil::Date>, tag: &str) -> Event {
    Event { end, category: "policy".into(), tags: vec![tag.into()], ..Event::new(id, start) }
}

pub(crate) fn past(formula: &str, data: &Dataset) -> Result<Past> {
    past_with(formula, data, Missing::Error)
}

pub(crate) fn past_with(formula: &str, data: &Dataset, missing: Missing) -> Result<Past> {
    let range = 0..data.grid.len;
    Plan::learn(&parse(formula)?, data, range.clone())?.past(data, range, &data.observations, missing)
}

pub(crate) fn column(formula: &str, data: &Dataset) -> Vec<f64> {
    let p = past(&format!("y ~ {formula} - 1"), data).unwrap();
    assert_eq!(p.design.p(), 1, "{formula}: {:?}", p.design.names);
    p.design.x.column(0).to_vec()
}
