//! Results by group of a panel, in each output format.

use super::{Format, output};
use crate::data::Group;
use crate::error::Result;
use crate::job::Outcome;
use crate::report::csv;
use crate::results::panel::Reports;
use serde::Serialize;

/// Groups whose tables are shown; the other formats hold all.
const SHOWN: usize = 24;

/// The results with their groups.
pub(super) fn pairs<T>(done: &Outcome<T>) -> Vec<(&Group, &T)> {
    done.parts.iter().map(|p| (&p.group, &p.result)).collect()
}

/// JSON: in a panel a list of reports, each with its group.
pub(super) fn json<T: Serialize>(done: &Outcome<T>) -> Result<String> {
    match done.parts.as_slice() {
        [one] if !done.is_panel() => output::json(&one.result),
        _ => output::json(&Reports::new(&pairs(done))),
    }
}

/// CSV: with leading group columns in a panel.
pub(super) fn csv<T>(done: &Outcome<T>, of: impl Fn(&T) -> Result<String>) -> Result<String> {
    match done.parts.as_slice() {
        [one] if !done.is_panel() => of(&one.result),
        parts => csv::stacked(parts.iter().map(|p| (&p.group, of(&p.result)))),
    }
}

/// Text for reading: under a heading per group in a panel.
pub(super) fn text<T>(done: &Outcome<T>, format: Format, of: impl Fn(&T) -> String) -> String {
    if !done.is_panel() {
        return done.parts.iter().map(|p| of(&p.result)).collect();
    }
    let shown = done.parts.iter().take(SHOWN);
    let mut all: Vec<String> = shown.map(|p| heading(&p.group, format) + &of(&p.result)).collect();
    if let Some(more) = done.parts.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        all.push(format!("{more} more groups: --format csv and --format json have them all.\n"));
    }
    all.join("\n")
}

fn heading(group: &Group, format: Format) -> String {
    let label = group.label();
    match format {
        Format::Markdown => format!("## {}\n\n", crate::report::table::escape_markdown(&label)),
        _ => format!("{label}\n{}\n\n", "═".repeat(label.chars().count().min(output::width()))),
    }
}
