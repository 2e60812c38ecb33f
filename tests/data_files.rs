//! Every data file: rows read, spans, contradictions found. `cargo test --test data_files -- --nocapture` prints the table.
//!
//! The files of the sources stand in `../shared/data` (or where `TUMEN_DATA` says); without them only the shipped ones count.

use std::path::{Path, PathBuf};
use tumen::data::build::from_table;
use tumen::data::csv::{CsvOptions, read};
use tumen::data::reconcile::{Reconciliation, reconcile};
use tumen::data::{Dataset, Source, Table, TimeOptions};

fn table(path: &Path, literal: bool) -> Table {
    let source = Source::open(path).expect("the file");
    read(&source, &CsvOptions { literal, ..CsvOptions::default() }).unwrap_or_else(|e| panic!("{e}"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("starter") {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "csv") {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The counts of a table that is a series of arrivals by itself.
fn series(path: &Path, table: &Table) -> Option<Dataset> {
    let name = path.file_stem()?.to_str()?;
    let counts = [
        "arrivals",
        "arrivals_annual",
        "arrivals_annual_early",
        "arrivals_quarterly",
        "arrivals_monthly",
        "arrivals_partial",
        "arrivals_vintages",
    ];
    let response = ["arrivals", "total"].into_iter().find(|c| counts.contains(&name) && table.column(c).is_some())?;
    let options = TimeOptions { allow_gaps: true, ..TimeOptions::default() };
    Some(from_table(table, response, &options).unwrap_or_else(|e| panic!("{e}")).0)
}

fn line(name: &str, rows: usize, found: Option<(&Dataset, &Reconciliation)>) {
    let dash = || "–".to_string();
    let spans = found.map_or_else(dash, |(d, _)| d.latest().observations.len().to_string());
    let derived = found.map_or_else(dash, |(_, r)| r.derived.len().to_string());
    let clashes = found.map_or_else(dash, |(_, r)| r.contradictions.len().to_string());
    println!("| {name} | {rows} | {spans} | {derived} | {clashes} |");
}

fn report(folder: &Path) -> usize {
    println!("\n| file | rows | spans | derived | contradictions |\n| --- | ---: | ---: | ---: | ---: |");
    let all = files(folder);
    for path in &all {
        let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let table = table(path, name.contains("event") || name.contains("columns") || name.contains("sources"));
        let data = series(path, &table);
        let found = data.as_ref().map(reconcile);
        line(&name, table.rows, data.as_ref().zip(found.as_ref()));
    }
    all.len()
}

/// All tables of arrivals of a folder as one record.
fn together(folder: &Path, response: &str, names: &[&str]) -> Dataset {
    let first = table(&folder.join(names[0]), false);
    let mut data = from_table(&first, response, &TimeOptions::default()).unwrap_or_else(|e| panic!("{e}")).0;
    for name in &names[1..] {
        data.join_observations(&table(&folder.join(name), false)).unwrap_or_else(|e| panic!("{e}"));
    }
    data
}

fn said(found: &Reconciliation) -> Vec<String> {
    found.contradictions.iter().map(|c| format!("{}: {}", c.kind.name(), c.words)).collect()
}

#[test]
fn every_shipped_file_is_read_and_the_known_discrepancies_are_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    assert!(report(&folder) >= 25);
    let names = ["arrivals.csv", "arrivals_quarterly.csv", "arrivals_partial.csv", "arrivals_monthly.csv"];
    let data = together(&folder, "arrivals", &names);
    let found = reconcile(&data);
    line("all arrivals together", data.observations.len(), Some((&data, &found)));
    let said = said(&found);
    // data/README.md: 705 by July against 704 by August 2003, and two figures for the first quarter of 2002.
    for part in ["part over whole: 2003-01–2003-07 is 705", "marked: 2002Q1 (214)"] {
        assert!(said.iter().any(|s| s.contains(part)), "{part}: {said:#?}");
    }
    // All others follow from known revisions: earlier figures that later ones replace.
    let others =
        said.iter().filter(|s| !s.starts_with("older vintage") && !s.contains("2003-07") && !s.contains("2002Q1"));
    assert_eq!(others.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn every_file_of_the_sources_is_read() {
    let given = std::env::var_os("TUMEN_DATA").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    if !folder.is_dir() {
        println!("skipped: no folder {} (set TUMEN_DATA)", folder.display());
        return;
    }
    assert!(report(&folder) > 0);
    let names = [
        "arrivals_annual.csv",
        "arrivals_annual_early.csv",
        "arrivals_quarterly.csv",
        "arrivals_partial.csv",
        "arrivals_monthly.csv",
    ];
    let data = together(&folder, "total", &names);
    let found = reconcile(&data);
    line("the five tables of arrivals together", data.observations.len(), Some((&data, &found)));
    let said = said(&found);
    said.iter().for_each(|s| println!("{s}"));
    assert!(said.iter().any(|s| s.contains("705") && s.contains("704")), "{said:#?}");
}
