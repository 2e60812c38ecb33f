//! A case, the command run on its data, and comparisons of the two JSON documents.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A reference case: its recorded results and its table.
pub struct Case {
    pub name: &'static str,
    pub results: Value,
    folder: PathBuf,
    table: &'static str,
}

/// How far apart two numbers may be: `abs + rel · |want|`.
#[derive(Clone, Copy)]
pub struct Within {
    pub rel: f64,
    pub abs: f64,
}

pub const fn rel(rel: f64) -> Within {
    Within { rel, abs: 0.0 }
}

pub const fn abs(abs: f64) -> Within {
    Within { rel: 0.0, abs }
}

impl Case {
    /// From `tests/reference`, else the folder that `TUMEN_CASES` names, else `../shared/cases`; `None`, and a line saying
    /// so, where the data are not at hand.
    pub fn open(name: &'static str) -> Option<Case> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut places = vec![root.join("tests/reference")];
        places.extend(std::env::var_os("TUMEN_CASES").map(PathBuf::from));
        places.push(root.join("../shared/cases"));
        let Some(folder) = places.into_iter().map(|p| p.join(name)).find(|p| p.join("case.json").exists()) else {
            // A case that was promised is not skipped.
            assert!(std::env::var_os("TUMEN_CASES").is_none(), "the folder that TUMEN_CASES names has no case {name}");
            println!("skipped: no data for {name}; set TUMEN_CASES to the folder of the cases");
            return None;
        };
        let text = std::fs::read_to_string(folder.join("case.json")).expect("case.json");
        let mut json: Value = serde_json::from_str(&text).expect("valid JSON");
        Some(Case { name, results: json["results"].take(), folder, table: "data.csv" })
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join(self.table)
    }

    /// The same case with another of its tables.
    pub fn on(self, table: &'static str) -> Case {
        Case { table, ..self }
    }

    /// `tumen COMMAND data.csv ARGUMENTS --format json --quiet`, parsed.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Value {
        let mut c = Command::cargo_bin("tumen").expect("the binary is built");
        c.arg(command).arg(self.data()).args(arguments).args(["--format", "json", "--quiet"]);
        let out = c.output().expect("it runs");
        assert!(out.status.success(), "{}: {arguments:?}: {}", self.name, String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).expect("JSON")
    }

    /// The first fit of `tumen fit`.
    pub fn fit(&self, arguments: &[&str]) -> Fit {
        Fit { case: self.name, json: self.run("fit", arguments)["fits"][0].take() }
    }

    /// A recorded result by its path, `a/b/c`.
    pub fn at(&self, path: &str) -> &Value {
        let found = self.results.pointer(&format!("/{path}"));
        found.unwrap_or_else(|| panic!("{}: no result {path}", self.name))
    }

    pub fn number(&self, path: &str) -> f64 {
        self.at(path).as_f64().unwrap_or_else(|| panic!("{}: {path} is no number", self.name))
    }
}

/// One fit as the command printed it.
pub struct Fit {
    pub case: &'static str,
    pub json: Value,
}

impl Fit {
    pub fn term(&self, name: &str) -> &Value {
        let terms = self.json["terms"].as_array().expect("terms");
        let found = terms.iter().find(|t| t["term"] == name);
        found.unwrap_or_else(|| panic!("{}: no term {name} in {:?}", self.case, names(terms)))
    }

    /// A column of the terms against an object of the case, name by name; `rename` turns its names into ours. A null of
    /// the case (an aliased column) must be null here.
    pub fn terms_are(&self, column: &str, want: &Value, within: Within, rename: impl Fn(&str) -> String) {
        for (name, value) in want.as_object().expect("an object of coefficients") {
            let ours = &self.term(&rename(name))[column];
            self.same(&format!("{column} of {name}"), ours, value, within);
        }
    }

    pub fn glance_is(&self, field: &str, want: &Value, within: Within) {
        self.same(field, &self.json["glance"][field], want, within);
    }

    pub fn glance(&self, field: &str) -> f64 {
        self.json["glance"][field].as_f64().unwrap_or_else(|| panic!("{}: {field} is null", self.case))
    }

    /// A column of the rows against a list of the case, which may end earlier.
    pub fn rows_are(&self, column: &str, want: &Value, within: Within) {
        let (rows, want) = (self.json["rows"].as_array().expect("rows"), want.as_array().expect("a list"));
        assert!(!want.is_empty() && want.len() <= rows.len(), "{}: {} rows of {column}", self.case, want.len());
        for (i, (row, value)) in rows.iter().zip(want).enumerate() {
            self.same(&format!("{column} of row {}", i + 1), &row[column], value, within);
        }
    }

    fn same(&self, what: &str, ours: &Value, want: &Value, within: Within) {
        same(&format!("{}: {what}", self.case), ours, want, within);
    }
}

/// Two JSON numbers, or two nulls.
pub fn same(what: &str, ours: &Value, want: &Value, within: Within) {
    match (ours.as_f64(), want.as_f64()) {
        (Some(a), Some(b)) => {
            assert!((a - b).abs() <= within.abs + within.rel * b.abs(), "{what}: {a} against {b}");
        }
        _ => assert!(ours.is_null() && want.is_null(), "{what}: {ours} against {want}"),
    }
}

/// Names as they are.
pub fn same_name(name: &str) -> String {
    name.to_string()
}

fn names(terms: &[Value]) -> Vec<&str> {
    terms.iter().filter_map(|t| t["term"].as_str()).collect()
}
