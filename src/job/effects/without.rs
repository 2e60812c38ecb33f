//! Counterfactuals: a term at 0 from the first to the last step in which it is in force, with the terms that follow from it:
//! without a closure there is no closure to lag.

use super::{Ask, Case};
use crate::analysis::counterfactual::{Change, Request, run};
use crate::error::{Error, Result, suggest};
use crate::period::Span;
use crate::results::effects::CounterfactualResult;

/// Draws of each counterfactual.
const DRAWS: usize = 2000;

/// The counterfactuals asked for, or those of all events; only the former may fail.
pub(super) fn all(case: &Case<'_>, ask: &Ask, notes: &mut Vec<String>) -> Result<Vec<CounterfactualResult>> {
    if !ask.without.is_empty() {
        return ask.without.iter().map(|t| one(case, &named(case, t)?, notes)).collect();
    }
    let mut found = Vec::new();
    for label in labels(case).into_iter().filter(|l| l.starts_with("event(")) {
        match one(case, &label, notes) {
            Ok(c) => found.push(c),
            Err(e) => notes.push(format!("no counterfactual without `{label}`: {}", e.message())),
        }
    }
    Ok(found)
}

/// The variables of the factors, each once.
fn labels(case: &Case<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in case.factors().flat_map(|g| &g.parts) {
        if !all.contains(part) {
            all.push(part.clone());
        }
    }
    all
}

/// The variable that a text names: as in the formula, blanks apart, or the id of an event alone.
fn named(case: &Case<'_>, text: &str) -> Result<String> {
    let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let (known, wanted) = (labels(case), bare(text));
    let is = |l: &&String| bare(l) == wanted || event_id(l).is_some_and(|id| id == wanted);
    known.iter().find(is).cloned().ok_or_else(|| {
        Error::usage(format!("--without: `{text}` is no factor of the formula"))
            .help(suggest(text, known.iter().map(String::as_str)))
    })
}

/// `id` of `event(id)` or `event(id, …)`.
fn event_id(label: &str) -> Option<&str> {
    label.strip_prefix("event(")?.trim_end_matches(')').split(',').next().map(str::trim)
}

/// Whether a term is 0 in all steps when `label` is: itself, its powers, and its lags, averages and changes.
fn follows(part: &str, label: &str) -> bool {
    let of = |function: &&str| part.strip_prefix(*function).and_then(|rest| rest.strip_prefix(label));
    let ends = |rest: &str| rest.starts_with(',') || rest == ")";
    part == label
        || ["lag(", "dlag(", "diff(", "ma("].iter().find_map(of).is_some_and(ends)
        || of(&"I(")
            .and_then(|rest| rest.strip_prefix('^'))
            .is_some_and(|k| k.trim_end_matches(')').parse::<f64>().is_ok_and(|k| k > 0.0))
}

/// Other terms that read the column, which stay as they were.
fn stay(case: &Case<'_>, label: &str) -> Vec<String> {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !(c.is_alphanumeric() || "_.".contains(c))).map(str::to_owned).collect()
    };
    let is_column = case.history.view.columns.iter().any(|c| c.name == label);
    let reads = |l: &String| is_column && !follows(l, label) && words(l).iter().any(|w| w == label);
    labels(case).into_iter().filter(reads).collect()
}

fn one(case: &Case<'_>, label: &str, notes: &mut Vec<String>) -> Result<CounterfactualResult> {
    let design = case.design();
    let holds = |g: &&crate::term::plan::Group| g.parts.iter().any(|p| follows(p, label));
    let others = stay(case, label);
    if !others.is_empty() {
        notes.push(format!("without `{label}`: {} read it too, and stay as recorded", others.join(", ")));
    }
    let columns: Vec<usize> = case.factors().filter(holds).flat_map(|g| g.columns.clone()).collect();
    let in_force = |s: &usize| columns.iter().any(|j| design.x[(*s, *j)].is_finite() && design.x[(*s, *j)] != 0.0);
    let (first, last) = ((0..design.steps()).find(in_force), (0..design.steps()).rev().find(in_force));
    let (Some(first), Some(last)) = (first, last) else {
        return Err(Error::data(format!("`{label}` is 0 in all steps fitted: there is nothing to take away")));
    };
    let request = Request {
        name: label.to_string(),
        window: first..last + 1,
        changes: columns.iter().map(|j| Change { column: *j, values: vec![0.0] }).collect(),
        draws: DRAWS,
        level: case.settings.level,
    };
    let mut result = run(design, &case.estimates, &request, &mut case.stream(label))?;
    for row in &mut result.rows {
        row.period = row.step.map(|s| case.step_name(s)).unwrap_or_default();
    }
    let span = span(case, first, last);
    result.total.period.clone_from(&span);
    let event = event_id(label).and_then(|id| case.history.view.event(id).ok());
    let name = event.map(|e| e.name.clone()).filter(|n| !n.is_empty()).unwrap_or_else(|| label.to_string());
    let followers: Vec<String> = labels(case).into_iter().filter(|l| l != label && follows(l, label)).collect();
    let label = if followers.is_empty() { name } else { format!("{name}, with {}", followers.join(", ")) };
    Ok(CounterfactualResult { label, span, result })
}

/// Two steps of the design as a span of the calendar, in words.
fn span(case: &Case<'_>, first: usize, last: usize) -> String {
    let grid = &case.history.view.grid;
    let period = |s: usize| grid.period(case.fm.past.steps.start + s);
    let span = Span { start: Some(period(first).start()), end: period(last).end() };
    span.label(grid.frequency())
}
