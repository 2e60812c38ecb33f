//! JSON files as CSV text: what `data export --format json` writes (one series or a panel), and tables as others write them:
//! a list of records (or a record a line), and an object of columns.

use super::converted::{Address, csv_text};
use super::source::Source;
use crate::error::{Error, Place, Result};
use serde_json::{Map, Value};
use std::path::Path;

/// A header and its rows.
#[derive(Default)]
struct Cells {
    names: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// Opens a file.
///
/// # Errors
/// On text that is no JSON (with its place), on JSON that is no table, and on cells that are lists or objects.
pub(super) fn open(file: &Path) -> Result<Source> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|e| Error::data(format!("cannot read `{name}`: {e}")))?;
    of_bytes(name, &bytes)
}

/// The same for what is read already.
///
/// # Errors
/// As [`open`].
pub(super) fn of_bytes(name: String, bytes: &[u8]) -> Result<Source> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        Error::data(format!("`{name}` is no UTF-8 text after byte {}", e.valid_up_to())).help("save the JSON as UTF-8")
    })?;
    let csv = convert(text.trim_start_matches('\u{feff}'), &name)?;
    Ok(Source::converted(name, csv, Address::Rows, Vec::new()))
}

fn convert(text: &str, name: &str) -> Result<Vec<u8>> {
    let read = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let values = read.collect::<Result<Vec<Value>, _>>().map_err(|e| {
        let line = text.lines().nth(e.line().saturating_sub(1)).unwrap_or_default();
        let shown = if line.chars().count() <= 160 { line } else { "" };
        let place = Place {
            file: name.into(),
            line: e.line(),
            // Counted in bytes there, in characters here.
            column: line[..line.floor_char_boundary(e.column().saturating_sub(1).min(line.len()))].chars().count() + 1,
            text: shown.into(),
            width: 1,
            ..Place::default()
        };
        let what = e.to_string();
        Error::data(format!("not JSON: {}", what.split(" at line ").next().unwrap_or(&what))).at(place)
    })?;
    let table = table(values).ok_or_else(|| {
        Error::data(format!("`{name}` is JSON, but no table")).help(
            "a table is what `tumen data export --format json` writes, a list of records, or an object of columns",
        )
    })?;
    let mut rows = vec![table.names.clone()];
    for (i, row) in table.rows.iter().enumerate() {
        let cell = |(j, v): (usize, &Value)| {
            cell(v).ok_or_else(|| {
                let column = table.names.get(j).map_or("", String::as_str);
                let place = Place { cell: format!("row {}, column `{column}`", i + 1), ..Place::default() };
                Error::data("a list or an object cannot be a cell of a table").at(Place { file: name.into(), ..place })
            })
        };
        rows.push(row.iter().enumerate().map(cell).collect::<Result<_>>()?);
    }
    csv_text(rows.iter())
}

/// A scalar as text; a number as Rust writes it, so that it is read again as the same.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(b) => Some(if *b { "TRUE" } else { "FALSE" }.into()),
        Value::Number(n) if n.is_f64() => n.as_f64().map(|x| x.to_string()),
        Value::Number(n) => Some(n.to_string()),
        Value::String(s) => Some(s.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn table(mut values: Vec<Value>) -> Option<Cells> {
    if values.len() == 1 {
        return match values.swap_remove(0) {
            Value::Array(list) => records(list),
            Value::Object(map) if map.contains_key("groups") => panel(&map),
            Value::Object(map) if map.contains_key("rows") => exported(&map),
            Value::Object(map) => columns(map),
            _ => None,
        };
    }
    records(values)
}

/// `{ "columns": [names], "rows": [[cells]] }`.
fn exported(map: &Map<String, Value>) -> Option<Cells> {
    let names: Vec<String> =
        map.get("columns")?.as_array()?.iter().map(|n| n.as_str().map(String::from)).collect::<Option<_>>()?;
    let rows = map.get("rows")?.as_array()?.iter().map(|r| r.as_array().cloned()).collect::<Option<Vec<_>>>()?;
    rows.iter().all(|r| r.len() == names.len()).then_some(Cells { names, rows })
}

/// The tables of a panel's groups, one below the other, led by the columns of the group.
fn panel(map: &Map<String, Value>) -> Option<Cells> {
    let mut all = Records::default();
    for part in map.get("groups")?.as_array()? {
        let part = part.as_object()?;
        let group = part.get("group")?.as_object()?;
        let inner = part.values().filter_map(Value::as_object).find(|m| m.contains_key("rows")).unwrap_or(part);
        let table = exported(inner)?;
        for row in table.rows {
            let cells = table.names.iter().cloned().zip(row);
            all.add(group.iter().map(|(k, v)| (k.clone(), v.clone())).chain(cells));
        }
    }
    all.finish()
}

/// `[{ name: cell }, …]`.
fn records(list: Vec<Value>) -> Option<Cells> {
    let mut all = Records::default();
    for record in list {
        let Value::Object(record) = record else { return None };
        all.add(record.into_iter());
    }
    all.finish()
}

/// `{ name: [cells] }`.
fn columns(map: Map<String, Value>) -> Option<Cells> {
    let columns = map.values().map(Value::as_array).collect::<Option<Vec<_>>>()?;
    let length = columns.first()?.len();
    if columns.iter().any(|c| c.len() != length) {
        return None;
    }
    let rows = (0..length).map(|i| columns.iter().map(|c| c[i].clone()).collect()).collect();
    Some(Cells { names: map.keys().cloned().collect(), rows })
}

/// Rows whose names come as they are met.
#[derive(Default)]
struct Records {
    place: std::collections::HashMap<String, usize>,
    cells: Cells,
}

impl Records {
    fn add(&mut self, record: impl Iterator<Item = (String, Value)>) {
        let mut row = Vec::new();
        for (name, value) in record {
            let names = &mut self.cells.names;
            let at = *self.place.entry(name).or_insert_with_key(|n| {
                names.push(n.clone());
                names.len() - 1
            });
            if row.len() <= at {
                row.resize(at + 1, Value::Null);
            }
            row[at] = value;
        }
        self.cells.rows.push(row);
    }

    fn finish(mut self) -> Option<Cells> {
        let width = self.cells.names.len();
        self.cells.rows.iter_mut().for_each(|r| r.resize(width, Value::Null));
        (width > 0).then_some(self.cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        convert(json, "a.json").map_or_else(|e| e.to_string(), |b| String::from_utf8(b).expect("UTF-8"))
    }

    #[test]
    fn tables_of_several_shapes_are_one() {
        let wanted = "year,y,g\n2001,5,a\n2002,,b\n";
        for json in [
            r#"{"schema":"tumen/data/1","columns":["year","y","g"],"rows":[[2001,5,"a"],[2002.0,null,"b"]]}"#,
            r#"[{"year":2001,"y":5,"g":"a"},{"g":"b","year":2002}]"#,
            "{\"year\":2001,\"y\":5,\"g\":\"a\"}\n{\"year\":2002,\"y\":null,\"g\":\"b\"}\n",
            r#"{"year":[2001,2002],"y":[5,null],"g":["a","b"]}"#,
        ] {
            assert_eq!(text(json), wanted, "{json}");
        }
        let panel = r#"{"schema":"tumen/panel/1","groups":[{"group":{"r":"n"},"columns":["t","y"],"rows":[[1,0.1]]},
                        {"group":{"r":"s"},"columns":["t","y","x"],"rows":[[1,2,true]]}]}"#;
        assert_eq!(text(panel), "r,t,y,x\nn,1,0.1,\ns,1,2,TRUE\n");
    }

    #[test]
    fn what_is_no_table_is_said_with_its_place() {
        assert!(
            text("{\"a\": [1, 2,,]}").starts_with("not JSON: expected value\n  at a.json:1:13\n"),
            "{}",
            text("{\"a\": [1, 2,,]}")
        );
        assert!(text("{\"연도\": [1, 2,,]}").contains("at a.json:1:14\n"), "{}", text("{\"연도\": [1, 2,,]}"));
        for json in [
            "3",
            "[1, 2]",
            "{\"a\": [1], \"b\": [1, 2]}",
            "{\"a\": 3}",
            "{\"columns\": [\"a\"], \"rows\": [[1, 2]]}",
            "",
        ] {
            assert!(text(json).starts_with("`a.json` is JSON, but no table"), "{json}: {}", text(json));
        }
        let nested = text("[{\"a\": 1}, {\"a\": [2]}]");
        assert!(
            nested.starts_with("a list or an object cannot be a cell of a table\n  at a.json!row 2, column `a`"),
            "{nested}"
        );
    }
}
