//! Tables of interventions: searched for, tested at known times, taken out.

use super::two;
use crate::report::digits::{coefficient, or_dash, p_value, percent, ratio};
use crate::report::table::Table;
use crate::report::words::undecided;
use crate::results::{InterventionReport, InterventionRow, TermRow};

/// What was looked for and found: the search or the tests, what cleaning took out, the dated events.
pub fn interventions(report: &InterventionReport) -> Vec<Table> {
    let model = &report.model;
    let about = format!("{} ({}, {}): {}", model.name, model.family, model.link, model.formula);
    let found = match report.found.first().map(|r| r.kind) {
        Some("test") => format!("Score tests at known times in {about}"),
        _ if report.cleaned.is_some() => format!("Left after cleaning: likeliest {} to {}", report.from, report.to),
        _ => format!("Likeliest interventions {} to {} in {about}", report.from, report.to),
    };
    let mut out = Vec::new();
    out.extend(report.cleaned.iter().map(|c| {
        let caption = "Taken out, in this order; effects as found, on the series cleaned of those above them";
        intervention_rows(&format!("{caption}: {about}"), c)
    }));
    let taken = report.cleaned.as_ref().is_some_and(|c| !c.is_empty());
    out.extend(report.together.iter().filter(|_| taken).map(|t| together(t)));
    out.push(intervention_rows(&found, &report.found));
    if !report.events.is_empty() {
        out.push(intervention_rows("Level shifts at dated events, each alone", &report.events));
    }
    out.retain(|t| !t.rows.is_empty());
    if let Some(last) = out.last_mut() {
        last.note = intervention_note(report);
    }
    out
}

fn intervention_rows(caption: &str, rows: &[InterventionRow]) -> Table {
    let heads = ["<from", "<type", "T", "p", "p corrected", "effect", "rate ratio", "<nearest dated event"];
    let mut t = Table::new(caption, &heads);
    for r in rows {
        let event = r.event.as_ref().map_or(String::new(), |e| match e.distance {
            None | Some(0) => format!("{} ({})", e.name, e.date),
            Some(d) => {
                let (s, side) = (if d.abs() == 1 { "" } else { "s" }, if d < 0 { "earlier" } else { "later" });
                format!("{} ({}), {} step{s} {side}", e.name, e.date, d.abs())
            }
        });
        t.rows.push(vec![
            r.period.clone(),
            r.shape.clone(),
            or_dash(r.statistic, two),
            or_dash(r.p_value, p_value),
            or_dash(r.p_corrected, p_value),
            or_dash(r.size, coefficient),
            or_dash(r.rate_ratio, ratio),
            event,
        ]);
    }
    t.without_empty_columns()
}

/// The joint fit after a cleaning.
fn together(terms: &[TermRow]) -> Table {
    let heads = ["<term", "estimate", "std. error", "z", "p", "rate ratio", "interval"];
    let mut t = Table::new("All of them together, fitted to the counts as recorded: effects to report", &heads);
    for r in terms {
        let interval = r.conf_low.zip(r.conf_high).map(|(a, b)| format!("{} to {}", coefficient(a), coefficient(b)));
        t.rows.push(vec![
            r.term.clone(),
            or_dash(r.estimate, coefficient),
            or_dash(r.std_error, coefficient),
            or_dash(r.statistic, two),
            or_dash(r.p_value, p_value),
            or_dash(r.rate_ratio, ratio),
            interval.unwrap_or_else(|| "–".into()),
        ]);
    }
    t.note = "The interval is that of the estimate. The times were chosen for their effects: p is too small.".into();
    t.without_empty_columns()
}

fn intervention_note(report: &InterventionReport) -> String {
    let how = match (report.found.first().map(|r| r.kind), report.replicates) {
        (Some("test"), _) => "T is a score test, p that of χ².".to_string(),
        (_, 0) => "T is a score test; p of a search: χ² times the steps searched (Bonferroni), at an event: χ².".into(),
        (_, n) => format!(
            "T is a score test; p: share of {n} series simulated without any intervention with a larger T, in a search \
             anywhere, at an event then{}.",
            match report.events.iter().filter_map(|r| r.replicates).max() {
                Some(m) if m > n => format!(" (in {} series)", crate::report::digits::count(m as f64)),
                _ => String::new(),
            }
        ),
    };
    let open: Vec<&str> = undecided(report).map(|f| f.period.as_str()).collect();
    let level = report.critical.first().map_or_else(|| "the level".into(), |c| percent(c.alpha));
    let open = match open.is_empty() {
        true => String::new(),
        false => format!(" Not decided at {} by the series simulated: {}.", level, open.join(", ")),
    };
    format!(
        "{how}{open} Corrected: times the number of tests in the table. Effect and rate ratio: at once, before past counts pass \
         it on."
    )
}
