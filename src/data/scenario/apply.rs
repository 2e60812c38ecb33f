//! Filling in what is not known.

use super::model::Walk;
use super::{Distribution, EventChange, Future, Scenario};
use crate::Rng;
use crate::data::build::CALENDAR;
use crate::data::{Column, Dataset, Event, Known, Values};
use crate::error::{Error, Place, Result, nearest, suggest};
use crate::period::{Grid, Period};
use jiff::civil::Date;
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use std::ops::Range;

/// The 95 % point of the standard normal.
const Z95: f64 = 1.644_853_626_951_472_7;

impl Scenario {
    /// The data with this scenario's future: the grid reaches to `steps.end`, and each covariate is filled in from its
    /// last known value on. Nothing known is changed. Also returns, in words, what was assumed.
    ///
    /// # Errors
    /// On an unknown column or event (with the nearest names), a number for a text column, a column with too few values
    /// for a model, and an event that cannot change so.
    pub fn apply(&self, data: &Dataset, steps: Range<usize>, rng: &mut Rng) -> Result<(Dataset, Vec<String>)> {
        self.apply_for(data, steps, rng, |_| true)
    }

    /// Whether it can be applied to these data; what looks like a slip, in words. `place("columns", NAME)` says where an
    /// entry stands.
    ///
    /// # Errors
    /// As [`Scenario::apply`], whatever the steps.
    pub fn check(&self, data: &Dataset, place: impl Fn(&str, &str) -> Place) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        for (name, future) in &self.columns {
            let at = |e: Error| e.at(place("columns", name));
            let column = data.column(name).map_err(at)?;
            let last = (0..data.grid.len).rev().find(|s| column.values.is_known(*s));
            let fits = match (&column.values, future) {
                (Values::Number(_), Future::Level(word)) => Err(no_number(word)),
                (Values::Text { levels, .. }, future) => level(levels, future).map(drop),
                _ => Ok(()),
            };
            fits.map_err(|e| at(e).within(format!("column `{name}`")))?;
            if let (Future::Path(path), Some(last)) = (future, last.map(|l| data.grid.period(l)))
                && path.iter().all(|(p, _)| p.end() <= last.end())
            {
                notes.push(format!(
                    "every period of the path of `{name}` is past ({last} is recorded): recorded values stay, and the \
                     path's last value holds after them"
                ));
            }
        }
        let mut events = data.clone();
        for (id, change) in &self.events {
            change_event(&mut events, id, *change).map_err(|e| e.at(place("events", id)))?;
        }
        Ok(notes)
    }

    /// The same, saying only of columns that are read that they were filled in.
    ///
    /// # Errors
    /// As [`Scenario::apply`].
    pub fn apply_for(
        &self,
        data: &Dataset,
        steps: Range<usize>,
        rng: &mut Rng,
        is_read: impl Fn(&str) -> bool,
    ) -> Result<(Dataset, Vec<String>)> {
        let mut future = data.clone();
        future.widen(Grid { first: data.grid.first, len: data.grid.len.max(steps.end) });
        for name in self.columns.keys() {
            data.column(name)?;
        }
        let grid = future.grid;
        let mut words = Vec::new();
        let mut rest = 0;
        for column in &mut future.columns {
            if calendar(column, grid) {
                continue;
            }
            let named = self.columns.get(&column.name);
            let said = fill(column, named.unwrap_or(&self.default), grid, steps.end, rng);
            match said.map_err(|e| e.within(format!("column `{}`", column.name)))? {
                Some(text) if named.is_some() => words.push(format!("{}: {text}", column.label())),
                Some(_) if is_read(&column.name) => rest += 1,
                _ => {}
            }
        }
        for (id, change) in &self.events {
            words.push(change_event(&mut future, id, *change)?);
        }
        if rest > 0 {
            let all = if words.is_empty() { "all covariates" } else { "all other covariates" };
            words.push(match self.default {
                Future::Model => format!("{all} go on as a simple model of their own past"),
                _ => format!("{all} keep their last known value"),
            });
        }
        Ok((future, words))
    }
}

/// Extends a column of the calendar itself; false for any other.
fn calendar(column: &mut Column, grid: Grid) -> bool {
    if column.source != CALENDAR || column.known != Known::InAdvance {
        return false;
    }
    let part: fn(Period) -> f64 = match column.name.to_lowercase().as_str() {
        "year" | "연도" | "년도" | "년" => |p| f64::from(p.end().year()),
        "half" | "반기" => |p| f64::from((p.end().month() - 1) / 6 + 1),
        "quarter" | "분기" => |p| f64::from((p.end().month() - 1) / 3 + 1),
        "month" | "월" => |p| f64::from(p.end().month()),
        "week" | "주" => |p| f64::from(p.start().iso_week_date().week()),
        "day" | "일" => |p| f64::from(p.end().day()),
        _ if grid.frequency() == crate::period::Frequency::Step => |p| p.ordinal as f64,
        _ => return false,
    };
    if let Values::Number(values) = &mut column.values {
        for (s, v) in values.iter_mut().enumerate().filter(|(_, v)| v.is_nan()) {
            *v = part(grid.period(s));
        }
    }
    true
}

/// Fills a column after its last known value; says what was assumed, or nothing if there was nothing to fill.
fn fill(column: &mut Column, future: &Future, grid: Grid, end: usize, rng: &mut Rng) -> Result<Option<String>> {
    let last = (0..grid.len).rev().find(|s| column.values.is_known(*s));
    let first = last.map_or(0, |l| l + 1);
    if first >= end {
        return Ok(None);
    }
    let from = grid.period(first);
    let Values::Number(values) = &mut column.values else { return fill_text(column, future, last, first..end, from) };
    let known_last = last.map(|l| values[l]);
    let hold = |values: &mut [f64], x: f64| values[first..end].fill(x);
    let words = match future {
        Future::Value(x) => {
            hold(values, *x);
            format!("{x} from {from} on")
        }
        Future::Level(word) => {
            return Err(no_number(word));
        }
        Future::Last => match (known_last, last) {
            (Some(x), Some(l)) => {
                hold(values, x);
                format!("stays at {x}, its value of {}", grid.period(l))
            }
            _ => return Ok(None),
        },
        Future::Range { low, high, distribution } => {
            hold(values, draw(*low, *high, *distribution, rng));
            range_words(*low, *high, *distribution)
        }
        Future::Path(path) => follow(values, path, known_last, first..end, grid)?,
        Future::Model => {
            let (Some(x), Some(walk)) = (known_last, Walk::fit(&values[..first])) else {
                return Err(Error::data("too few known values for a model").help("use \"last\" or a value"));
            };
            values[first..end].copy_from_slice(&walk.simulate(x, end - first, rng));
            walk.words()
        }
    };
    Ok(Some(words))
}

/// The path's values; between and after them the one before holds.
fn follow(
    values: &mut [f64],
    path: &[(Period, f64)],
    mut holds: Option<f64>,
    steps: Range<usize>,
    grid: Grid,
) -> Result<String> {
    for s in steps.clone() {
        let end = grid.period(s).end();
        holds = path.iter().rev().find(|(p, _)| p.start() <= end).map(|(_, x)| *x).or(holds);
        let Some(x) = holds else {
            return Err(Error::usage(format!("no value for {}", grid.period(s))).help("begin the path earlier"));
        };
        values[s] = x;
    }
    let named: Vec<String> = path.iter().map(|(p, x)| format!("{x} in {p}")).collect();
    Ok(format!("{}; in between and afterwards the value before", named.join(", ")))
}

fn fill_text(
    column: &mut Column,
    future: &Future,
    last: Option<usize>,
    steps: Range<usize>,
    from: Period,
) -> Result<Option<String>> {
    let Values::Text { levels, codes } = &mut column.values else { return Ok(None) };
    let (code, words) = match (level(levels, future)?, last.and_then(|l| codes[l])) {
        (Some(code), _) => (code, format!("`{}` from {from} on", levels[code as usize])),
        (None, Some(code)) => (code, format!("stays `{}`", levels[code as usize])),
        (None, None) => return Ok(None),
    };
    codes[steps].fill(Some(code));
    Ok(Some(words))
}

/// The level that a future of a text column names; `None` = its last.
fn level(levels: &[String], future: &Future) -> Result<Option<u32>> {
    match future {
        Future::Level(word) => match levels.iter().position(|l| l == word) {
            Some(code) => Ok(Some(code as u32)),
            None => {
                let known = levels.iter().map(String::as_str).chain(["last"]);
                Err(Error::usage(format!("unknown level `{word}`")).help(suggest(word, known.collect::<Vec<_>>())))
            }
        },
        Future::Last | Future::Model => Ok(None),
        _ => Err(Error::usage("the column holds text, not numbers").help("name one of its levels, or \"last\"")),
    }
}

fn no_number(word: &str) -> Error {
    let e = Error::usage(format!("`{word}` is no number"));
    match nearest(word, ["last", "model"]).as_slice() {
        [near, ..] => e.help(format!("did you mean \"{near}\"?")),
        [] => e.help("write a number, \"last\" or \"model\""),
    }
}

fn draw(low: f64, high: f64, distribution: Distribution, rng: &mut Rng) -> f64 {
    let middle = f64::midpoint(low, high);
    match distribution {
        Distribution::Uniform => low + (high - low) * rng.random::<f64>(),
        // The mean of two uniform draws is triangular.
        Distribution::Triangular => low + (high - low) * f64::midpoint(rng.random::<f64>(), rng.random::<f64>()),
        Distribution::Normal => {
            let z: f64 = StandardNormal.sample(rng);
            middle + z * (high - low) / (2.0 * Z95)
        }
    }
}

fn range_words(low: f64, high: f64, distribution: Distribution) -> String {
    match distribution {
        Distribution::Uniform => format!("drawn evenly from {low} to {high}, one value a path"),
        Distribution::Triangular => format!("drawn from {low} to {high}, most often the middle, one value a path"),
        Distribution::Normal => format!("drawn from a normal law, 90 % between {low} and {high}, one value a path"),
    }
}

/// Ends an event that goes on, or lets it begin again.
fn change_event(data: &mut Dataset, id: &str, change: EventChange) -> Result<String> {
    data.event(id)?;
    let Some(e) = data.events.iter_mut().find(|e| e.id == id) else { return Ok(String::new()) };
    let current_end = e.spells().last().and_then(|s| s.1);
    match (change.start, change.end, current_end) {
        (Some(start), end, Some(over)) if over < start => {
            e.again.push((start, end));
            Ok(format!("{}: again in force {}", e.name, said(start, end)))
        }
        (Some(start), _, over) => {
            let until = over.map_or_else(|| "has not ended".into(), |d| format!("lasts until {d}"));
            Err(Error::usage(format!("event `{id}` cannot begin again on {start}: it {until}"))
                .help("give a later start, or only its end"))
        }
        (None, Some(end), None) => {
            let start = e.spells().last().map_or(e.start, |s| s.0);
            if end < start {
                return Err(Error::usage(format!("event `{id}` cannot end on {end}: it began on {start}")));
            }
            end_of(e, end);
            Ok(format!("{}: in force {}", e.name, said(start, Some(end))))
        }
        (None, _, over) => {
            let over = over.map_or_else(String::new, |d| format!(": it ended on {d}"));
            Err(Error::usage(format!("event `{id}` cannot end again{over}")).help("give a start, too, for a new spell"))
        }
    }
}

fn end_of(e: &mut Event, end: Date) {
    match e.again.last_mut() {
        Some(spell) => spell.1 = Some(end),
        None => e.end = Some(end),
    }
}

fn said(start: Date, end: Option<Date>) -> String {
    end.map_or_else(|| format!("from {start} on"), |end| format!("from {start} to {end}"))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
