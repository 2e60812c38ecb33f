//! The data and their checks as tables and as CSV.

use crate::data::Group;
use crate::error::{Error, Result};
use crate::report::table::Table;
use crate::report::words::span;
use crate::results::{
    AnnouncedFigure, CheckReport, ContradictionRow, CovariateCheck, DataTable, ReconciledRow, RevisionRow,
};
use serde_json::Value;

fn text(v: &Value) -> String {
    match v {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        Value::Number(n) if n.is_f64() => n.as_f64().map_or_else(String::new, |x| x.to_string()),
        other => other.to_string(),
    }
}

/// `1 period`, `2 periods`.
fn several(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// At most so many covariates fit a terminal; the rest are counted.
const COVARIATES: usize = 4;

/// The data for reading: the counts and some covariates, those that the formula names before others.
pub fn table(data: &DataTable) -> Table {
    let named: Vec<usize> = (6..data.columns.len()).filter(|j| data.in_formula.contains(&data.columns[*j])).collect();
    let there: Vec<usize> = (6..data.columns.len()).filter(|j| data.rows.iter().any(|r| !r[*j].is_null())).collect();
    let covariates: Vec<usize> = if named.is_empty() { there.clone() } else { named };
    let shown: Vec<usize> = [0, 3, 4, 5].into_iter().chain(covariates.into_iter().take(COVARIATES)).collect();
    let heads: Vec<String> = shown
        .iter()
        .map(|j| if *j == 0 || *j == 4 { format!("<{}", data.columns[*j]) } else { data.columns[*j].clone() })
        .collect();
    let mut t = Table::new(several(data.rows.len(), "period"), &heads.iter().map(String::as_str).collect::<Vec<_>>());
    let cell = |r: &[Value], j: usize| if j == 0 { span(&text(&r[0])) } else { text(&r[j]) };
    t.rows = data.rows.iter().map(|r| shown.iter().map(|j| cell(r, *j)).collect()).collect();
    let more = there.iter().filter(|j| !shown.contains(j)).count();
    if more > 0 {
        t.note = format!("{} more: tumen data export", several(more, "column"));
    }
    t
}

fn csv_text(head: &[String], rows: impl Iterator<Item = Vec<String>>) -> Result<String> {
    let fault = |e: &dyn std::fmt::Display| Error::data(format!("writing CSV: {e}"));
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(head).map_err(|e| fault(&e))?;
    for row in rows {
        w.write_record(&row).map_err(|e| fault(&e))?;
    }
    String::from_utf8(w.into_inner().map_err(|e| fault(&e))?).map_err(|e| fault(&e))
}

/// The data as CSV, all columns.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn table_csv(data: &DataTable) -> Result<String> {
    csv_text(&data.columns, data.rows.iter().map(|r| r.iter().map(text).collect()))
}

fn reconciled(r: &ReconciledRow) -> Vec<String> {
    let count = r.count.map_or_else(|| "–".to_string(), |c| c.to_string());
    vec![r.span.clone(), count, r.status.to_string(), r.known_from.clone(), r.from.clone()]
}

fn revised(r: &RevisionRow) -> Vec<String> {
    let count = |f: Option<&AnnouncedFigure>| f.map_or_else(|| "–".to_string(), |f| f.count.to_string());
    let all: Vec<String> = r.figures.iter().map(|f| format!("{} ({})", f.count, f.announced)).collect();
    vec![r.span.clone(), count(r.figures.first()), count(r.figures.last()), all.join(", ")]
}

/// What a check found, for reading.
pub fn check(report: &CheckReport) -> Vec<Table> {
    let mut summary = Table::new(format!("Data on `{}`", report.response), &["<what", "number"]);
    let range = report.first.iter().chain(&report.last).map(|s| span(s)).collect::<Vec<_>>().join(" to ");
    summary.rows = [
        ("figures read, all vintages", report.records.to_string()),
        ("different spans", report.spans.to_string()),
        ("spans whose figure was revised", report.revised.to_string()),
        ("finest disjoint spans that agree", report.derived.to_string()),
        ("disjoint spans a model fits", report.fitted.to_string()),
        ("from … to", range),
        ("length of a step", report.frequency.clone()),
        ("covariates", report.covariates.len().to_string()),
        ("events", report.events.to_string()),
    ]
    .map(|(a, b)| vec![a.to_string(), b])
    .to_vec();
    if report.undated > 0 {
        let what = "without a day of announcement: known at their spans' end".to_string();
        summary.rows.insert(1, vec![what, report.undated.to_string()]);
    }
    let mut derived = Table::new(
        "Reconciled: the finest disjoint spans that the figures agree on",
        &["<span", "count", "<status", "<known from", "<worked\u{a0}out\u{a0}as"],
    );
    // where no figures overlap, it would only repeat the data
    if report.derived != report.spans || report.reconciliation.iter().any(|r| !r.from.is_empty()) {
        derived.rows = report.reconciliation.iter().map(reconciled).collect();
    }
    let mut columns = Table::new("Covariates", &["<name", "known", "first", "last", "vintages"]);
    let row = |c: &CovariateCheck| {
        let or = |x: &Option<String>| x.clone().unwrap_or_else(|| "–".into());
        vec![c.name.clone(), c.known.to_string(), or(&c.first), or(&c.last), c.vintages.to_string()]
    };
    columns.rows = report.covariates.iter().map(row).collect();
    let mut revisions = Table::new("Revisions", &["<span", "first", "now", "<as\u{a0}announced"]);
    revisions.rows = report.revisions.iter().map(revised).collect();
    let mut remarks = Table::new("Remarks", &["<kind", "<remark"]);
    let kinds = [
        ("replaced", &report.replaced),
        ("left out", &report.left_out),
        ("worked out", &report.worked_out),
        ("doubtful", &report.doubtful),
        ("note", &report.notes),
    ];
    remarks.rows = kinds.iter().flat_map(|(k, list)| list.iter().map(|l| vec![(*k).to_string(), l.clone()])).collect();
    let heads = ["<kind", "difference", "<what", "<sources"];
    let mut contradictions = Table::new(several(report.contradictions.len(), "contradiction"), &heads);
    contradictions.rows = report
        .contradictions
        .iter()
        .map(|c| {
            let size = c.difference.map_or_else(|| "–".to_string(), |d| d.to_string());
            vec![c.kind.to_string(), size, c.words.clone(), c.sources.join(", ")]
        })
        .collect();
    [summary, derived.without_empty_columns(), revisions, contradictions, columns, remarks]
        .into_iter()
        .filter(|t| !t.rows.is_empty())
        .collect()
}

/// One line per group of a panel; `None` when this is no panel.
pub fn groups(parts: &[(&Group, &CheckReport)]) -> Option<Table> {
    let panel = parts.first().is_some_and(|(g, _)| !g.is_empty());
    let heads = ["<group", "figures", "fitted", "<from", "<to", "contradictions", "left out"];
    let mut t = Table::new(several(parts.len(), "group"), &heads);
    let or = |x: &Option<String>| x.clone().unwrap_or_else(|| "–".into());
    let row = |(g, r): &(&Group, &CheckReport)| {
        let [records, fitted] = [r.records, r.fitted].map(|n| n.to_string());
        let [clashes, left] = [r.contradictions.len(), r.left_out.len()].map(|n| n.to_string());
        vec![g.values(), records, fitted, or(&r.first), or(&r.last), clashes, left]
    };
    t.rows = parts.iter().map(row).collect();
    panel.then_some(t)
}

/// What a check found, one remark or covariate a row.
///
/// # Errors
/// When the writer fails, which text in memory does not.
pub fn check_csv(report: &CheckReport) -> Result<String> {
    let columns = report.covariates.iter().map(|c| {
        let what = format!(
            "{} values, {} to {}",
            c.known,
            c.first.as_deref().unwrap_or("–"),
            c.last.as_deref().unwrap_or("–")
        );
        vec!["covariate".to_string(), c.name.clone(), what]
    });
    let remark = |kind: &'static str| move |l: &String| vec![kind.to_string(), String::new(), l.clone()];
    let clash = |c: &ContradictionRow| {
        vec!["contradiction".to_string(), c.kind.to_string(), format!("{} [{}]", c.words, c.sources.join(", "))]
    };
    let span = |r: &ReconciledRow| {
        let count = r.count.map(|c| c.to_string()).unwrap_or_default();
        let from = if r.from.is_empty() { String::new() } else { format!(" = {}", r.from) };
        vec!["reconciled".to_string(), r.span.clone(), format!("{count}{from} [{}]", r.sources.join(", "))]
    };
    let columns = columns.chain(report.reconciliation.iter().map(span));
    let revision = |r: &RevisionRow| vec!["revision".to_string(), r.span.clone(), revised(r).pop().unwrap_or_default()];
    let columns = columns.chain(report.revisions.iter().map(revision));
    let columns = columns.chain(report.contradictions.iter().map(clash));
    let rows = columns
        .chain(report.replaced.iter().map(remark("replaced")))
        .chain(report.left_out.iter().map(remark("left_out")))
        .chain(report.worked_out.iter().map(remark("worked_out")))
        .chain(report.doubtful.iter().map(remark("doubtful")))
        .chain(report.notes.iter().map(remark("note")));
    csv_text(&["kind", "name", "text"].map(String::from), rows)
}
