//! Excel workbooks (feature `xlsx`). `workbook/book.xlsx` was written by `workbook/make.py` with openpyxl 3.1.5.
#![cfg(feature = "xlsx")]

use std::path::Path;
use tumen::data::build::from_table;
use tumen::data::csv::{CsvOptions, read};
use tumen::data::{Cells, Source, Table, TimeOptions};
use tumen::error::Result;

fn sheet(name: &str) -> Result<Table> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workbook/book.xlsx");
    read(&Source::open(format!("{}{name}", file.display()))?, &CsvOptions::default())
}

fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|c| c.name.as_str()).collect()
}

#[test]
fn dates_numbers_texts_and_empty_cells_are_read() {
    let table = sheet("").expect("the first sheet");
    assert_eq!(names(&table), ["date", "y", "x", "note"]);
    assert!(
        table.notes[0].contains("sheet `months` is read; name another as FILE#SHEET: `merged`"),
        "{:?}",
        table.notes
    );
    assert!(table.notes[1].ends_with("the first 1 filled rows are passed over as a title; the header is row 3"));
    let (data, _) = from_table(&table, "y", &TimeOptions::default()).expect("a data set");
    let counts: Vec<_> = data.observations.iter().map(|o| (o.span.label(data.grid.frequency()), o.count)).collect();
    let wanted = [("2016-01", 5), ("2016-02", 7), ("2016-03", 6), ("2016-04", 8)];
    assert_eq!(counts, wanted.map(|(p, n)| (p.to_string(), Some(n))));
    assert!(data.observations[0].source.ends_with("book.xlsx#months:4"), "{}", data.observations[0].source);
    let Cells::Number(x) = &table.column("x").expect("x").cells else { panic!("x is a column of numbers") };
    assert!(x[0] == 1.5 && x[1].is_nan() && x[3] == 3.0);
    assert_eq!(table.column("note").expect("note").text(2), "b, c");
}

#[test]
fn a_merged_header_names_its_columns() {
    let table = sheet("#merged").expect("the sheet");
    assert_eq!(names(&table), ["year", "arrivals_men", "arrivals_women", "x"]);
    let (data, _) = from_table(&table, "arrivals_women", &TimeOptions::default()).expect("a data set");
    assert_eq!(data.observations.iter().map(|o| o.count).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn errors_name_the_cell_and_the_nearest_sheet() {
    let table = sheet("#Table 3 (bad)").expect("the sheet");
    let e = from_table(&table, "y", &TimeOptions::default()).expect_err("a text").to_string();
    assert!(
        e.starts_with("`about 5` in column `y` is not a number") && e.contains("book.xlsx#Table 3 (bad)!C6\n"),
        "{e}"
    );
    let e = sheet("#merge").expect_err("no such sheet").to_string();
    assert!(e.contains("has no sheet `merge`") && e.contains("`merged`"), "{e}");
    let e = sheet("#empty").expect_err("an empty sheet").to_string();
    assert!(e.contains("is empty"), "{e}");
}
