//! Data sets as CSV and JSON.

use super::{Dataset, Values};
use crate::error::{Error, Result};

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

    /// Everything as JSON (`tumen/dataset/1`): observations, covariates by step (unknown = null), events.
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
        json!({ "schema": "tumen/dataset/1", "response": self.response, "frequency": self.grid.frequency().name(),
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

#[cfg(test)]
mod tests {
    use crate::data::build::from_table;
    use crate::data::csv::{CsvOptions, read};
    use crate::data::{Source, Table, TimeOptions};

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
}
