//! Data sets as CSV and JSON, and the parts of a panel.

use super::table::Table;
use super::{Dataset, Values};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

impl Dataset {
    /// The observations as a table of spans in the layout that is read again: `period_start,period_end,RESPONSE,
    /// announced_on,status,basis,source_ids,note`; an open start is empty, an unknown count, too.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn observations_csv(&self) -> Result<String> {
        let header =
            ["period_start", "period_end", &self.response, "announced_on", "status", "basis", "source_ids", "note"];
        let rows = self.observations.iter().map(|o| {
            vec![
                o.span.start.map_or_else(String::new, |d| d.to_string()),
                o.span.end.to_string(),
                o.count.map_or_else(String::new, |n| n.to_string()),
                o.announced.map_or_else(String::new, |d| d.to_string()),
                o.status.name().to_string(),
                if o.derived { "derived" } else { "reported" }.to_string(),
                o.source.clone(),
                o.note.clone(),
            ]
        });
        csv_text(&header, rows)
    }

    /// One row per step: the period, the count where the step was recorded whole, and all covariates; unknown = empty.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn steps_csv(&self) -> Result<String> {
        let columns: Vec<_> = self.columns.iter().filter(|c| c.source != super::build::CALENDAR).collect();
        let mut header = vec!["period", self.response.as_str()];
        header.extend(columns.iter().map(|c| c.name.as_str()));
        let counts = self.counts_by_step();
        let known = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
        let rows = (0..self.grid.len).map(|s| {
            let mut row = vec![self.grid.period(s).to_string(), known(counts[s])];
            row.extend(columns.iter().map(|c| match &c.values {
                Values::Number(v) => known(v[s]),
                Values::Text { levels, codes } => {
                    codes[s].and_then(|k| levels.get(k as usize)).cloned().unwrap_or_default()
                }
            }));
            row
        });
        csv_text(&header, rows)
    }

    /// Everything as JSON (`tumen/data/1`): observations, covariates by step (unknown = null), events.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::{Value, json};
        let day = |d: Option<jiff::civil::Date>| d.map_or(Value::Null, |d| json!(d.to_string()));
        let observations: Vec<Value> = self
            .observations
            .iter()
            .map(|o| {
                json!({ "start": day(o.span.start), "end": o.span.end.to_string(), "count": o.count,
                        "announced": day(o.announced), "status": o.status.name(), "derived": o.derived,
                        "source": o.source, "note": o.note })
            })
            .collect();
        let values = |v: &Values| match v {
            Values::Number(v) => json!(v.iter().map(|x| crate::results::num(*x)).collect::<Vec<_>>()),
            Values::Text { levels, codes } => {
                json!(codes.iter().map(|c| c.and_then(|c| levels.get(c as usize))).collect::<Vec<_>>())
            }
        };
        let columns: Vec<Value> = self
            .columns
            .iter()
            .map(|c| json!({ "name": c.name, "label": c.label(), "unit": c.unit, "values": values(&c.values) }))
            .collect();
        let events: Vec<Value> = self
            .events
            .iter()
            .map(|e| {
                json!({ "id": e.id, "start": e.start.to_string(), "end": day(e.end), "announced": day(e.announced),
                        "category": e.category, "tags": e.tags, "name": e.name })
            })
            .collect();
        let steps: Vec<String> = (0..self.grid.len).map(|s| self.grid.period(s).to_string()).collect();
        json!({ "schema": "tumen/data/1", "response": self.response, "frequency": self.grid.frequency().name(),
                "known_at": day(self.known_at), "steps": steps, "observations": observations, "columns": columns,
                "events": events })
    }
}

fn csv_text(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String> {
    let failed = |e: &dyn std::fmt::Display| Error::data(format!("cannot write CSV: {e}"));
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(|e| failed(&e))?;
    for row in rows {
        writer.write_record(&row).map_err(|e| failed(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(&e))?;
    String::from_utf8(bytes).map_err(|e| failed(&e))
}

/// The parts of a panel: for each combination of the columns' values, in order, its key (`north, f`) and its rows. The
/// grouping columns are left out of the parts.
///
/// # Errors
/// On an unknown column (with the nearest names) and on a row without a group.
pub fn split_by(table: &Table, columns: &[String]) -> Result<Vec<(String, Table)>> {
    let by = columns.iter().map(|c| table.require(c)).collect::<Result<Vec<_>>>()?;
    let mut groups: BTreeMap<Vec<Key>, Vec<usize>> = BTreeMap::new();
    for row in 0..table.rows {
        let mut key = Vec::with_capacity(by.len());
        for c in &by {
            if !c.is_known(row) {
                return Err(Error::data(format!("the group is missing in column `{}`", c.name))
                    .at(table.place(row, c))
                    .help("fill it in, or delete the row"));
            }
            key.push(
                c.number(row).map_or_else(|| Key::Text(c.text(row).into_owned()), |x| Key::Number(x.to_string(), x)),
            );
        }
        groups.entry(key).or_default().push(row);
    }
    let part = |(key, rows): (Vec<Key>, Vec<usize>)| {
        let mut part = table.select(&rows);
        part.columns.retain(|c| !columns.contains(&c.name));
        (key.iter().map(Key::text).collect::<Vec<_>>().join(", "), part)
    };
    Ok(groups.into_iter().map(part).collect())
}

/// A group's value, numbers in the order of numbers.
#[derive(Debug, Clone, PartialEq)]
enum Key {
    Number(String, f64),
    Text(String),
}

impl Key {
    fn text(&self) -> &str {
        match self {
            Key::Number(t, _) | Key::Text(t) => t,
        }
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Key::Number(_, a), Key::Number(_, b)) => a.total_cmp(b),
            _ => self.text().cmp(other.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::build::from_table;
    use crate::data::csv::{CsvOptions, read};
    use crate::data::{Source, TimeOptions};

    fn table(text: &str) -> Table {
        read(&Source::bytes("p.csv", text), &CsvOptions::default()).unwrap()
    }

    #[test]
    fn exports_are_read_back_as_they_were() {
        let text = "period_start,period_end,y,announced_on,status,basis,source_ids,note\n\
                    ,1998-12-31,947,2020-09-30,final,reported,A;B,\"one, \"\"two\"\"\"\n\
                    1999-01-01,1999-12-31,,2020-09-30,disputed,derived,A,\n\
                    2000-01-01,2000-12-31,12,,provisional,reported,C,\n";
        let (d, _) = from_table(&table(text), "y", &TimeOptions::default()).unwrap();
        assert_eq!(d.observations_csv().unwrap(), text);
        let wide = "period,y,x,g\n2001,5,1.5,a\n2002,,,b\n2003,7,-2,\n";
        let (d, _) = from_table(&table(wide), "y", &TimeOptions::default()).unwrap();
        assert_eq!(d.steps_csv().unwrap(), wide);
        let json = d.json();
        assert_eq!(json["columns"][1]["values"], serde_json::json!([1.5, null, -2.0]));
        assert_eq!(json["observations"][1]["count"], serde_json::Value::Null);
    }

    #[test]
    fn a_panel_is_split_and_its_places_are_kept() {
        let t = table(
            "region,age,year,y\nnorth,10,2001,1\nsouth,9,2001,2\nnorth,10,2002,3\nnorth,9,2001,4\nsouth,9,2002,-5\n",
        );
        let parts = split_by(&t, &["region".into(), "age".into()]).unwrap();
        assert_eq!(parts.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(), ["north, 9", "north, 10", "south, 9"]);
        let (d, _) = from_table(&parts[1].1, "y", &TimeOptions::default()).unwrap();
        assert_eq!(d.observations.iter().map(|o| o.count).collect::<Vec<_>>(), [Some(1), Some(3)]);
        assert_eq!(d.observations[1].source, "p.csv:4");
        let e = from_table(&parts[2].1, "y", &TimeOptions::default()).unwrap_err().to_string();
        assert!(e.contains("at p.csv:6:14\n"), "{e}");
        let e = split_by(&table("g,year,y\na,2001,1\n,2001,2\n"), &["g".into()]).unwrap_err().to_string();
        assert!(e.starts_with("the group is missing in column `g`\n  at p.csv:3:1\n"), "{e}");
    }
}
