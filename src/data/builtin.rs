//! The files embedded in the program: the recorded arrivals, covariates and events, so that it runs with no file at all.

use super::Source;

/// Name and text of each embedded file.
pub const FILES: [(&str, &str); 10] = [
    ("study.toml", include_str!("../../data/study.toml")),
    ("arrivals.csv", include_str!("../../data/arrivals.csv")),
    ("arrivals_partial.csv", include_str!("../../data/arrivals_partial.csv")),
    ("arrivals_quarterly.csv", include_str!("../../data/arrivals_quarterly.csv")),
    ("arrivals_monthly.csv", include_str!("../../data/arrivals_monthly.csv")),
    ("covariates.csv", include_str!("../../data/covariates.csv")),
    ("covariates_vintages.csv", include_str!("../../data/covariates_vintages.csv")),
    ("columns.csv", include_str!("../../data/columns.csv")),
    ("events.csv", include_str!("../../data/events.csv")),
    ("sources.csv", include_str!("../../data/sources.csv")),
];

/// The text of an embedded file.
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// An embedded file as a source; messages call it `data/NAME (embedded)`.
pub fn source(name: &str) -> Option<Source> {
    file(name).map(|text| Source::embedded(format!("data/{name} (embedded)"), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::build::from_table;
    use crate::data::csv::{CsvOptions, read};
    use crate::data::{Dataset, Table, TimeOptions};

    fn table(name: &str) -> Table {
        let literal = matches!(name, "events.csv" | "sources.csv");
        read(&source(name).unwrap(), &CsvOptions { literal, ..CsvOptions::default() }).unwrap()
    }

    fn everything() -> Dataset {
        let options = TimeOptions::default();
        let (mut d, _) = from_table(&table("arrivals.csv"), "arrivals", &options).unwrap();
        d.join_columns(&table("covariates.csv"), &options).unwrap();
        d.join_dictionary(&table("columns.csv")).unwrap();
        d.join_vintages(&table("covariates_vintages.csv")).unwrap();
        d.join_events(&table("events.csv")).unwrap();
        d
    }

    #[test]
    fn every_embedded_file_is_read_whole() {
        for (name, text) in FILES.into_iter().filter(|(name, _)| name.ends_with(".csv")) {
            let records = ::csv::ReaderBuilder::new().from_reader(text.as_bytes()).into_records().count();
            assert_eq!(table(name).rows, records, "{name}");
        }
    }

    #[test]
    fn the_recorded_years_are_chosen_and_add_up() {
        let d = everything();
        let (chosen, _) = d.choose();
        let total: u64 = chosen.iter().filter(|o| o.span.end.year() >= 2002).filter_map(|o| o.count).sum();
        let years = chosen.iter().filter(|o| o.span.end.year() >= 2002).count();
        // The ministry's table: 34 537 to the end of 2025, of them 947 to 1998 and 1 043 in 1999 to 2001.
        assert_eq!((years, total), (24, 34_537 - 947 - 1_043));
        let early: u64 = chosen.iter().filter(|o| o.span.end.year() < 2002).filter_map(|o| o.count).sum();
        assert_eq!(early, 340 + 1_043);
    }

    #[test]
    fn the_first_value_of_2025_was_replaced_by_its_correction() {
        let d = everything();
        let of_2025 = |y, m, day| {
            let seen = d.as_of(jiff::civil::date(y, m, day)).choose().0;
            seen.iter().find(|o| o.span.end.year() == 2025).and_then(|o| o.count)
        };
        assert_eq!(of_2025(2026, 1, 19), None);
        assert_eq!(of_2025(2026, 1, 20), Some(224));
        assert_eq!(of_2025(2026, 2, 4), Some(223));
    }
}
