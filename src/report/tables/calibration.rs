//! Marginal calibration as a table: a few limits; the JSON has all, the HTML page a picture.

use crate::report::digits::{count, percent};
use crate::report::table::Table;
use crate::report::words::information;
use crate::results::{BacktestReport, FitReport, MarginalRow};

/// Most limits shown.
const ROWS: usize = 8;

/// One column of a table: its head, and its limits.
type Column<'a> = (String, Vec<&'a MarginalRow>);

/// In sample, one step ahead; `None` when no model has it.
pub fn fitted(report: &FitReport) -> Option<Table> {
    let fits = report.fits.iter().filter(|f| !f.marginal.is_empty());
    let columns: Vec<Column<'_>> = fits.map(|f| (f.model.name.clone(), f.marginal.iter().collect())).collect();
    table("Marginal calibration in sample, one step ahead: share of counts up to a limit", &columns)
}

/// Out of sample at the nearest horizon, for one kind of information; `None` when nothing was scored.
pub fn forecast(report: &BacktestReport, how: &str) -> Option<Table> {
    let rows = report.marginal.iter().filter(|m| m.information == how);
    let nearest = rows.clone().map(|m| m.horizon).min()?;
    let mut columns: Vec<Column<'_>> = Vec::new();
    for m in rows.filter(|m| m.horizon == nearest) {
        match columns.iter_mut().find(|c| c.0 == m.model) {
            Some(c) => c.1.push(&m.at),
            None => columns.push((m.model.clone(), vec![&m.at])),
        }
    }
    let caption = format!("{}: marginal calibration, {nearest} ahead: share of counts up to a limit", information(how));
    table(&caption, &columns)
}

/// Limits of the first column, evenly spread; the others at the same counts.
fn table(caption: &str, columns: &[Column<'_>]) -> Option<Table> {
    let first = &columns.first()?.1;
    let mut heads = vec!["up to", "recorded"];
    heads.extend(columns.iter().map(|c| c.0.as_str()));
    let mut t = Table::new(caption, &heads);
    let shown = first.len().min(ROWS);
    for k in 0..shown {
        let r = first[if shown > 1 { k * (first.len() - 1) / (shown - 1) } else { 0 }];
        let at =
            |c: &Column<'_>| c.1.iter().find(|x| x.count == r.count).map_or("–".into(), |x| percent(x.predicted));
        let mut row = vec![count(r.count), percent(r.observed)];
        row.extend(columns.iter().map(at));
        t.rows.push(row);
    }
    t.note =
        "Forecast shares are means over the counts; near the recorded ones is right. --format json has more limits."
            .into();
    (shown > 0).then_some(t)
}
