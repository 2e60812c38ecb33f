//! Where the figures of a study were read.

use crate::data::{Dataset, Table};
use crate::report::Source;

/// The rows of the table of sources that stand behind what the models use: the counts, the covariates and events that a
/// formula names. In the order of the table of sources, with what each is used for.
pub(super) fn sources(table: &Table, data: &Dataset, formulas: &str) -> Vec<Source> {
    let (chosen, _) = data.latest().choose();
    let frequency = data.grid.frequency();
    let mut used: Vec<(String, String)> = Vec::new();
    let mut add = |ids: &str, what: String| {
        let ids = ids.split([';', ' ']).map(str::trim).filter(|id| !id.is_empty());
        used.extend(ids.map(|id| (id.to_string(), what.clone())));
    };
    for o in &chosen {
        add(&o.source, o.span.words(frequency));
    }
    for c in data.columns.iter().filter(|c| formulas.contains(&c.name)) {
        add(&c.source, c.label().to_string());
    }
    let named = |e: &&crate::data::Event| {
        let words = [&e.id, &e.category];
        words.into_iter().chain(&e.tags).any(|w| !w.is_empty() && formulas.contains(&format!("({w})")))
    };
    for e in data.events.iter().filter(named) {
        add(&e.source, e.name.clone());
    }
    let cell = |row: usize, name: &str| text_at(table, row, name);
    (0..table.rows)
        .filter_map(|row| {
            let id = cell(row, "source_id");
            let mut what: Vec<&str> = used.iter().filter(|(u, _)| *u == id).map(|(_, w)| w.as_str()).collect();
            what.dedup();
            let used_for = match what.as_slice() {
                [] => return None,
                [first, .., last] if what.len() > 6 => format!("{first} … {last} ({} figures)", what.len()),
                _ => what.join(", "),
            };
            Some(Source {
                publisher: cell(row, "publisher"),
                title: cell(row, "title"),
                date: cell(row, "date"),
                url: cell(row, "url"),
                id,
                used_for,
            })
        })
        .collect()
}

fn text_at(table: &Table, row: usize, name: &str) -> String {
    table.column(name).map_or_else(String::new, |c| c.text(row).into_owned())
}
