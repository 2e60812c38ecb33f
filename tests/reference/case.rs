//! Reference cases: numbers of other software (named in each case's `software`) on committed data.

use ndarray::Array2;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tumen::design::Design;

/// A case: its JSON and its data.
pub struct Case {
    pub json: Value,
    header: Vec<String>,
    records: Vec<Vec<String>>,
}

/// The folder of a case: committed here, or in `TUMEN_CASES`, or in `../shared/cases` beside the crate.
fn folder(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut places = vec![root.join("tests/reference").join(name)];
    places.extend(std::env::var("TUMEN_CASES").ok().map(|d| Path::new(&d).join(name)));
    places.push(root.join("../shared/cases").join(name));
    places.into_iter().find(|p| p.join("case.json").exists())
}

impl Case {
    /// Opens a case; `None` (and a line saying so) when its data are not to be had.
    pub fn open(name: &str) -> Option<Case> {
        let Some(folder) = folder(name) else {
            // A case that was promised is not skipped.
            assert!(std::env::var_os("TUMEN_CASES").is_none(), "the folder that TUMEN_CASES names has no case {name}");
            println!("skipped: no data for the reference case {name}");
            return None;
        };
        let text = std::fs::read_to_string(folder.join("case.json")).expect("a case has case.json");
        let json = serde_json::from_str(&text).expect("valid JSON");
        let (mut header, mut records) = (Vec::new(), Vec::new());
        if let Ok(mut reader) = csv::Reader::from_path(folder.join("data.csv")) {
            header = reader.headers().expect("a header").iter().map(String::from).collect();
            records = reader.records().map(|r| r.expect("a record").iter().map(String::from).collect()).collect();
        }
        Some(Case { json, header, records })
    }

    pub fn n(&self) -> usize {
        self.records.len()
    }

    pub fn text(&self, column: &str) -> Vec<String> {
        let j = self.header.iter().position(|h| h == column).unwrap_or_else(|| panic!("no column {column}"));
        self.records.iter().map(|r| r[j].clone()).collect()
    }

    pub fn number(&self, column: &str) -> Vec<f64> {
        self.text(column).iter().map(|t| t.parse().expect("a number")).collect()
    }

    /// A result by its JSON pointer below `results`.
    pub fn result(&self, pointer: &str) -> &Value {
        self.json.pointer(&format!("/results{pointer}")).unwrap_or_else(|| panic!("no result {pointer}"))
    }

    pub fn value(&self, pointer: &str) -> f64 {
        self.result(pointer).as_f64().unwrap_or_else(|| panic!("{pointer} is not a number"))
    }

    pub fn list(&self, pointer: &str) -> Vec<f64> {
        self.result(pointer).as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
    }

    pub fn rows(&self, pointer: &str) -> Vec<Vec<f64>> {
        let row = |v: &Value| v.as_array().expect("a row").iter().map(|v| v.as_f64().expect("a number")).collect();
        self.result(pointer).as_array().expect("rows").iter().map(row).collect()
    }

    /// The values of an object, in its order.
    pub fn values(&self, pointer: &str) -> Vec<f64> {
        self.result(pointer).as_object().expect("an object").values().map(|v| v.as_f64().expect("a number")).collect()
    }

    pub fn keys(&self, pointer: &str) -> Vec<String> {
        self.result(pointer).as_object().expect("an object").keys().cloned().collect()
    }
}

/// Columns of a design, R's names: treatment contrasts with the first level as reference.
#[derive(Default)]
pub struct Columns(pub Vec<(String, Vec<f64>)>);

impl Columns {
    pub fn intercept(n: usize) -> Columns {
        Columns(vec![("(Intercept)".into(), vec![1.0; n])])
    }

    pub fn number(mut self, name: &str, values: Vec<f64>) -> Columns {
        self.0.push((name.into(), values));
        self
    }

    /// A factor with its levels in order; the first is the reference.
    pub fn factor(mut self, case: &Case, column: &str, levels: &[&str]) -> Columns {
        self.0.extend(dummies(case, column, levels));
        self
    }

    /// The products of two factors' dummies, the first factor's varying fastest.
    pub fn interaction(mut self, case: &Case, a: (&str, &[&str]), b: (&str, &[&str])) -> Columns {
        for (name_b, b) in dummies(case, b.0, b.1) {
            for (name_a, a) in dummies(case, a.0, a.1) {
                let product = a.iter().zip(&b).map(|(x, y)| x * y).collect();
                self.0.push((format!("{name_a}:{name_b}"), product));
            }
        }
        self
    }

    pub fn design(self, counts: Vec<f64>) -> Design {
        let x = Array2::from_shape_fn((counts.len(), self.0.len()), |(i, j)| self.0[j].1[i]);
        Design::new(self.0.into_iter().map(|c| c.0).collect(), x, counts).expect("a sound design")
    }
}

fn dummies(case: &Case, column: &str, levels: &[&str]) -> Vec<(String, Vec<f64>)> {
    let values = case.text(column);
    levels[1..]
        .iter()
        .map(|l| (format!("{column}{l}"), values.iter().map(|v| f64::from(u8::from(v == l))).collect()))
        .collect()
}

/// |actual − expected| ≤ relative × |expected| + absolute.
pub fn close(what: &str, actual: Option<f64>, expected: f64, relative: f64, absolute: f64) {
    let actual = actual.unwrap_or_else(|| panic!("{what}: no value, expected {expected}"));
    let limit = relative * expected.abs() + absolute;
    assert!((actual - expected).abs() <= limit, "{what}: {actual} against {expected}");
}

pub fn all_close(what: &str, actual: &[Option<f64>], expected: &[f64], relative: f64, absolute: f64) {
    assert_eq!(actual.len(), expected.len(), "{what}: length");
    for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
        close(&format!("{what}[{i}]"), *a, *e, relative, absolute);
    }
}
