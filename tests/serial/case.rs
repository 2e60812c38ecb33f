//! Reference cases: `tests/reference/<case>` in the project, else the folder named by `TUMEN_CASES`, else `../shared/cases`.

use ndarray::Array2;
use serde_json::Value;
use std::path::PathBuf;
use tumen::Rng;
use tumen::design::Design;

/// A case's results and its table.
pub struct Case {
    /// `case.json`.
    pub json: Value,
    header: Vec<String>,
    rows: Vec<Vec<f64>>,
}

/// A stream for tests.
pub fn stream(name: &str) -> Rng {
    tumen::rng::stream(1, &[name])
}

/// The case, or `None` (said on stdout) where its data are not at hand.
pub fn load(name: &str) -> Option<Case> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut places = vec![root.join("tests/reference")];
    places.extend(std::env::var_os("TUMEN_CASES").map(PathBuf::from));
    places.extend([root.join("../shared/cases"), root.join("../../shared/cases")]);
    let Some(folder) = places.iter().map(|p| p.join(name)).find(|p| p.join("case.json").exists()) else {
        // A case that was promised is not skipped.
        assert!(std::env::var_os("TUMEN_CASES").is_none(), "the folder that TUMEN_CASES names has no case {name}");
        println!("skipped: the data of {name} may not be committed; set TUMEN_CASES to their folder");
        return None;
    };
    let json = serde_json::from_str(&std::fs::read_to_string(folder.join("case.json")).unwrap()).unwrap();
    // A case may hold results only.
    let Ok(mut reader) = csv::Reader::from_path(folder.join("data.csv")) else {
        return Some(Case { json, header: Vec::new(), rows: Vec::new() });
    };
    let header = reader.headers().unwrap().iter().map(String::from).collect();
    let rows = reader.records().map(|r| r.unwrap().iter().map(|f| f.parse().unwrap_or(f64::NAN)).collect()).collect();
    Some(Case { json, header, rows })
}

impl Case {
    /// A column of the table.
    pub fn column(&self, name: &str) -> Vec<f64> {
        let j = self.header.iter().position(|h| h == name).unwrap();
        self.rows.iter().map(|r| r[j]).collect()
    }

    /// `y ~ 1 + columns`, the columns named as in R's results.
    pub fn design(&self, y: &str, columns: &[(&str, &str)]) -> Design {
        let y = self.column(y);
        let data: Vec<Vec<f64>> = columns.iter().map(|(c, _)| self.column(c)).collect();
        let mut names = vec!["(Intercept)".to_string()];
        names.extend(columns.iter().map(|(_, n)| n.to_string()));
        let x = Array2::from_shape_fn((y.len(), names.len()), |(t, j)| if j == 0 { 1.0 } else { data[j - 1][t] });
        Design::new(names, x, y).unwrap()
    }

    /// The columns as they are, without an intercept of our own.
    pub fn plain_design(&self, y: &str, columns: &[&str]) -> Design {
        let data: Vec<Vec<f64>> = columns.iter().map(|c| self.column(c)).collect();
        let y = self.column(y);
        let x = Array2::from_shape_fn((y.len(), data.len()), |(t, j)| data[j][t]);
        Design::new(columns.iter().map(|c| c.to_string()).collect(), x, y).unwrap()
    }

    /// A value by its path, `a/b/c`.
    pub fn at(&self, path: &str) -> &Value {
        path.split('/').fold(&self.json["results"], |v, k| &v[k])
    }

    /// A number by its path.
    pub fn number(&self, path: &str) -> f64 {
        self.at(path).as_f64().unwrap_or_else(|| panic!("no number at {path}"))
    }

    /// Numbers by their path.
    pub fn numbers(&self, path: &str) -> Vec<f64> {
        self.at(path).as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
    }

    /// Names and values of an object, in order; null is left out.
    pub fn named(&self, path: &str) -> Vec<(String, f64)> {
        let object = self.at(path).as_object().unwrap();
        object.iter().filter_map(|(k, v)| v.as_f64().map(|v| (k.clone(), v))).collect()
    }
}

/// `|got − want| ≤ rel · |want|`.
pub fn close(what: &str, got: f64, want: f64, rel: f64) {
    assert!((got - want).abs() <= rel * want.abs().max(1e-300), "{what}: {got} against {want}");
}

/// `|got − want| ≤ abs`.
pub fn near(what: &str, got: f64, want: f64, abs: f64) {
    assert!((got - want).abs() <= abs, "{what}: {got} against {want}");
}
