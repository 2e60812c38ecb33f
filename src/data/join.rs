//! Further tables of the same study: covariates, their dictionary and vintages, more observations, events.

use super::build::{counts, covariate, gaps, layout};
use super::table::{Table, TableColumn};
use super::time::{TimeOptions, times};
use super::{Column, Dataset, Event, Known, Values, Vintage, spans};
use crate::error::{Error, Result};
use crate::period::{Frequency, Grid, Span, parse_date};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::HashSet;

impl Dataset {
    /// Adds the columns of a table with a time column as covariates. Its periods may be those of the grid, longer ones
    /// (a year's figure then holds in each of its quarters, and is known after the year), or shorter ones (averaged over
    /// each step where all are known). The grid grows to hold them. Returns notes.
    ///
    /// # Errors
    /// On a time that cannot be read, a period given twice, and a column that the data set already has.
    pub fn join_columns(&mut self, table: &Table, options: &TimeOptions) -> Result<Vec<String>> {
        let times = times(table, options)?;
        let mut notes = times.notes.clone();
        let (theirs, by_period) = layout(table, &times, &mut notes)?;
        gaps(table, &times, theirs, &by_period, true, &mut notes)?;
        let (ours, other) = (self.grid.frequency(), theirs.frequency());
        if (ours == Frequency::Step) != (other == Frequency::Step) {
            let message = format!("rows by {} do not fit counts by {}", other.name(), ours.name());
            return Err(Error::data(message)
                .at(table.source.at(1))
                .help("give both files the same kind of time column, or name it with `--time`"));
        }
        if ours != other && ours.is_week() && other.is_week() {
            let (a, b) = (theirs.first, self.grid.first);
            return Err(Error::data(format!("its weeks begin on another day ({a}) than those of the counts ({b})"))
                .at(table.source.at(1))
                .help("give both by the same weeks, or this file by days"));
        }
        let (first, last) = (ours.period(theirs.first.start()), ours.period(theirs.last().end()));
        let same = ours == other;
        self.reach(
            if same { theirs } else { Grid { first, len: (last.ordinal - first.ordinal + 1) as usize } },
            table,
        )?;
        if !same {
            let how = if other < ours { "held over each" } else { "averaged over each" };
            notes.push(format!("`{}`: figures by {} are {how} {}", table.source.name(), other.name(), ours.name()));
        }
        self.unread.extend(table.unread.iter().cloned());
        for c in table.columns.iter().filter(|c| !times.columns.contains(&c.name)) {
            self.refuse_known(table, c)?;
            let mut column = covariate(table, c, &by_period, &times);
            column.values = self.on_grid(table, c, theirs, &by_period, column.values)?;
            column.frequency = (other < ours).then_some(other);
            self.columns.push(column);
        }
        Ok(notes)
    }

    fn refuse_known(&self, table: &Table, c: &TableColumn) -> Result<()> {
        if c.name == self.response || self.columns.iter().any(|k| k.name == c.name) {
            return Err(Error::data(format!("a column `{}` is there already, from another file", c.name))
                .at(table.header_place(c))
                .help("rename one of the two"));
        }
        Ok(())
    }

    /// Values by period of another grid as values by step of this one.
    fn on_grid(
        &self,
        table: &Table,
        c: &TableColumn,
        theirs: Grid,
        rows: &[Option<usize>],
        values: Values,
    ) -> Result<Values> {
        let (ours, other) = (self.grid.frequency(), theirs.frequency());
        if other <= ours {
            let row = |s: usize| theirs.index(other.period(self.grid.period(s).end())).and_then(|i| rows[i]);
            return Ok(c.values(&(0..self.grid.len).map(row).collect::<Vec<_>>()));
        }
        let Values::Number(values) = values else {
            return Err(Error::data(format!("texts by {} cannot be averaged over a {}", other.name(), ours.name()))
                .at(table.header_place(c))
                .help("give the texts by the steps of the counts, or leave the column out"));
        };
        let mean = |s: usize| {
            let span = self.grid.period(s).span();
            let parts: Vec<f64> = (theirs.cover(span).unwrap_or_default().iter()).map(|(i, _)| values[*i]).collect();
            let days: i64 = (theirs.cover(span).unwrap_or_default().iter())
                .map(|(i, _)| span.overlap(theirs.period(*i).span()))
                .sum();
            let whole = Some(days) == span.days() && !parts.is_empty();
            if whole { parts.iter().sum::<f64>() / parts.len() as f64 } else { f64::NAN }
        };
        Ok(Values::Number((0..self.grid.len).map(mean).collect()))
    }

    /// Adds labels, units and publication lags from a table `column,label,unit,publication_lag_months` (and
    /// `publication_lag_days`; the lag `in advance` = always known). Names that are no covariates are passed over.
    ///
    /// # Errors
    /// On a lag that is no number.
    pub fn join_dictionary(&mut self, table: &Table) -> Result<()> {
        let names = table.either(&["column", "name"]).ok_or_else(|| no_column(table, "column"))?;
        let (labels, units) = (table.either(&["label"]), table.either(&["unit"]));
        let months = table.either(&["publication_lag_months", "lag_months"]);
        let days = table.either(&["publication_lag_days", "lag_days"]);
        for row in 0..table.rows {
            let name = names.text(row);
            let Some(column) = self.columns.iter_mut().find(|c| c.name == *name) else { continue };
            let text = |c: Option<&TableColumn>| c.map(|c| c.text(row).into_owned()).unwrap_or_default();
            column.label = text(labels);
            column.unit = text(units);
            if text(months).eq_ignore_ascii_case("in advance") {
                column.known = Known::InAdvance;
                continue;
            }
            let (m, d) = (lag(table, months, row)?, lag(table, days, row)?);
            if let (None, None) = (m, d) {
                continue;
            }
            let m = m.unwrap_or(0.0);
            // A part of a month is that part of thirty days.
            let days = d.unwrap_or(0.0) + m.fract() * 30.0;
            column.known = Known::After { months: m.trunc() as i32, days: days.round() as i32 };
        }
        Ok(())
    }

    /// Adds dated figures of covariates from a table `column,period_start,period_end,announced_on,value`. A row without
    /// a date counts as announced when the column's lag has passed, so join the dictionary first. Of several figures
    /// announced on one day, the one that the covariate's own table has counts, else the last. Returns notes.
    ///
    /// # Errors
    /// On a span, date or number that cannot be read.
    pub fn join_vintages(&mut self, table: &Table) -> Result<Vec<String>> {
        let names = table.either(&["column", "name"]).ok_or_else(|| no_column(table, "column"))?;
        let values = table.either(&["value"]).ok_or_else(|| no_column(table, "value"))?;
        let announced = table.either(&["announced_on", "announced"]).ok_or_else(|| no_column(table, "announced_on"))?;
        let mut passed_over = 0;
        for (row, span) in spans::spans(table, None)?.into_iter().enumerate() {
            let Some(i) = self.columns.iter().position(|c| c.name == *names.text(row)) else { continue };
            if !values.is_known(row) {
                continue;
            }
            let value = values.number(row).ok_or_else(|| table.not_a_number(values))?;
            let steps = self.steps_of(span, self.columns[i].frequency);
            passed_over += usize::from(steps.is_empty());
            let on = match announced.text(row) {
                t if t.is_empty() => released(&self.columns[i], span),
                t => parse_date(&t).map_err(|e| e.at(table.place(row, announced)))?,
            };
            self.columns[i].vintages.extend(steps.map(|step| Vintage { step, announced: on, value }));
        }
        self.columns.iter_mut().for_each(one_a_day);
        let note = format!(
            "`{}`: {passed_over} figures are of spans that are no steps here; passed over",
            table.source.name()
        );
        Ok(if passed_over > 0 { vec![note] } else { Vec::new() })
    }

    /// The steps that a figure of a span stands for: the step that it is, or those of its longer period.
    fn steps_of(&self, span: Span, coarse: Option<Frequency>) -> std::ops::Range<usize> {
        let frequency = coarse.unwrap_or(self.grid.frequency());
        let period = frequency.period(span.end);
        let step = |d| self.grid.index_of_date(d);
        match (period.span() == span, step(period.start()), step(period.end())) {
            (true, Some(a), Some(b)) => a..b + 1,
            _ => 0..0,
        }
    }

    /// Adds observations from a table of spans; the response is the column of the same name. Rows that are there already
    /// (same span, day and count) are not added twice. Returns notes.
    ///
    /// # Errors
    /// As [`super::build::from_table`].
    pub fn join_observations(&mut self, table: &Table) -> Result<Vec<String>> {
        let column = table.require(&self.response)?;
        let more = spans::observations(table, &counts(table, column)?, None)?;
        let mut notes = spans::too_early(table, &more);
        let same: HashSet<_> = self.observations.iter().map(|o| (o.span, o.announced, o.count)).collect();
        let before = more.len();
        let more: Vec<_> = more.into_iter().filter(|o| !same.contains(&(o.span, o.announced, o.count))).collect();
        let known = before - more.len();
        if let Some(grid) = spans::grid_of(&more, self.grid.frequency()) {
            self.reach(grid, table)?;
        }
        self.observations.extend(more);
        notes.extend(self.date_undated());
        self.sort();
        if known > 0 {
            notes.push(format!("`{}`: {known} rows were there already", table.source.name()));
        }
        Ok(notes)
    }

    /// Widens the grid for a table, unless that makes thousands of empty steps for each that is known.
    fn reach(&mut self, to: Grid, table: &Table) -> Result<()> {
        let all = self.grid.union(to);
        if all.len > 100_000 && all.len / 1000 > self.grid.len.max(table.rows) {
            let message =
                format!("with this file the data reach from {} to {}: {} steps", all.first, all.last(), all.len);
            return Err(Error::data(message)
                .at(table.source.at(0))
                .help("correct its dates; both files must have dates, or both steps 1, 2, 3 …"));
        }
        self.widen(to);
        Ok(())
    }

    /// Adds events from a table with `date` (or `start`), `end_date`, `announced_on`, `category`, `tags`, `name` … (read
    /// with [`super::csv::CsvOptions::literal`]). Without an `id`, the name serves.
    ///
    /// # Errors
    /// On a date that cannot be read, an end before its start, and an id used twice.
    pub fn join_events(&mut self, table: &Table) -> Result<()> {
        let date = table.either(&["date", "start", "start_date"]).ok_or_else(|| no_column(table, "date"))?;
        let ends = table.either(&["end_date", "end"]);
        let announced = table.either(&["announced_on", "announced"]);
        let ids = table.either(&["id", "name"]).ok_or_else(|| no_column(table, "id"))?;
        let day = |c: &TableColumn, row| parse_date(&c.text(row)).map_err(|e| e.at(table.place(row, c)));
        let text = |names: &[&str], row| table.either(names).map_or_else(String::new, |c| c.text(row).into_owned());
        for row in 0..table.rows {
            let start = crate::period::parse_span(&date.text(row)).map_err(|e| e.at(table.place(row, date)))?;
            let mut e = Event::new(slug(&ids.text(row)), start.start.unwrap_or(start.end));
            e.end = ends.filter(|c| c.is_known(row)).map(|c| day(c, row)).transpose()?;
            e.announced = announced.filter(|c| c.is_known(row)).map(|c| day(c, row)).transpose()?;
            e.category = text(&["category"], row);
            e.tags = text(&["tags"], row).split([';', ' ', ',']).filter(|t| !t.is_empty()).map(String::from).collect();
            e.name = Some(text(&["name"], row)).filter(|n| !n.is_empty()).unwrap_or_else(|| e.id.clone());
            e.description = text(&["description"], row);
            e.expected_sign = text(&["effect_sign_expected", "expected_sign"], row);
            e.source = text(&["source_ids", "sources", "source"], row);
            if let (Some(end), Some(c)) = (e.end, ends)
                && end < e.start
            {
                let message = format!("event `{}` ends on {end}, before it starts on {}", e.id, e.start);
                return Err(Error::data(message).at(table.place(row, c)));
            }
            if self.events.iter().any(|other| other.id == e.id) {
                return Err(Error::data(format!("two events are called `{}`", e.id)).at(table.place(row, ids)));
            }
            self.events.push(e);
        }
        self.sort();
        Ok(())
    }
}

fn no_column(table: &Table, name: &str) -> Error {
    table.require(name).err().unwrap_or_else(|| Error::data(format!("no column `{name}`")))
}

fn lag(table: &Table, column: Option<&TableColumn>, row: usize) -> Result<Option<f64>> {
    let Some(c) = column.filter(|c| c.is_known(row)) else { return Ok(None) };
    let text = c.text(row);
    text.parse::<f64>().ok().filter(|v| v.abs() <= 1200.0).map(Some).ok_or_else(|| {
        Error::data(format!("`{text}` in column `{}` is not a publication lag", c.name))
            .at(table.place(row, c))
            .help("write a number, or `in advance` for what is always known")
    })
}

/// When the lag rule says that a figure of a span is known.
fn released(column: &Column, span: Span) -> Date {
    match column.known {
        Known::InAdvance => span.start.unwrap_or(span.end),
        Known::After { months, days } => {
            let next = span.end.tomorrow().unwrap_or(span.end);
            let after = next.checked_add(months.months().days(days)).unwrap_or(Date::MAX);
            after.yesterday().unwrap_or(span.end)
        }
    }
}

/// Leaves one vintage a day: the one that the covariate's table has, else the last.
fn one_a_day(column: &mut Column) {
    let Values::Number(values) = &column.values else { return };
    let mut v = std::mem::take(&mut column.vintages);
    let own = |v: &Vintage| values.get(v.step).is_some_and(|x| *x == v.value);
    v.sort_by_key(|v| (v.step, v.announced, own(v)));
    v.reverse();
    v.dedup_by_key(|v| (v.step, v.announced));
    v.reverse();
    column.vintages = v;
}

/// A name as an id: lower case, runs of other characters as one underscore.
fn slug(name: &str) -> String {
    let lower: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    lower.split('_').filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_")
}
