//! The hanging rootogram as a table.

use crate::analysis::checks::Bar;
use crate::report::digits::count;
use crate::report::table::Table;
use crate::results::effects::EffectsReport;

/// Rows at most; more bars are put together.
const ROWS: usize = 20;

/// Recorded and expected frequencies of counts; `None` where nothing was checked.
pub fn rootogram(report: &EffectsReport) -> Option<Table> {
    let bars = &report.checks.as_ref()?.rootogram;
    let mut t = Table::new("Frequencies of counts", &["<count", "recorded", "expected", "√ expected − √ recorded"]);
    let together = bars.len().div_ceil(ROWS).max(1);
    for some in bars.chunks(together) {
        let sum = |f: fn(&Bar) -> f64| some.iter().map(f).sum::<f64>();
        let (observed, expected) = (sum(|b| b.observed), sum(|b| b.expected));
        let all = Bar { high: some[some.len() - 1].high, ..some[0] };
        let hangs = match expected.sqrt() - observed.sqrt() {
            d if d.abs() < 0.005 => "0.00".to_string(),
            d => format!("{d:+.2}").replace('-', "−"),
        };
        t.rows.push(vec![bar_name(&all), count(observed), format!("{expected:.1}"), hangs]);
    }
    t.note = "Above 0: fewer were recorded than the model expects.".into();
    Some(t)
}

/// `3`, `10–19`, `40 or more`.
pub fn bar_name(b: &Bar) -> String {
    match b.high {
        Some(high) if high == b.low => count(b.low),
        Some(high) => format!("{}–{}", count(b.low), count(high)),
        None => format!("{} or more", count(b.low)),
    }
}
