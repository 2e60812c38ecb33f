//! What a search for interventions came to.

use super::capital;
use crate::period::Frequency;
use crate::report::digits::{count, p_value, ratio};
use crate::results::{DatedEvent, InterventionReport, InterventionRow};

/// So many periods away, an event is still taken to be near.
const NEAR: i64 = 1;

/// What the search found, whether that is more than chance, and how it lies to the dated events of the study.
pub fn intervention_sentences(r: &InterventionReport, unit: Frequency, response: &str, level: f64) -> Vec<String> {
    let alpha = 1.0 - level;
    let mut out: Vec<String> = match &r.cleaned {
        Some(found) if !found.is_empty() => found.iter().map(|f| finding(f, response, unit, &simulated(r))).collect(),
        _ => verdict(r, alpha, response, unit).into_iter().collect(),
    };
    out.extend(matches(r, alpha, unit));
    out.extend(at_events(r, alpha));
    if !r.untested.is_empty() {
        let names: Vec<String> = r.untested.iter().map(|e| format!("{} ({})", e.name, e.date)).collect();
        let (from, to) = (&r.from, &r.to);
        out.push(format!(
            "Outside the periods searched ({from} to {to}), so that the counts cannot tell: {}.",
            names.join("; ")
        ));
    }
    out
}

fn p_words(p: f64) -> String {
    let text = p_value(p);
    if text.starts_with('<') { format!("p {}", text.replace('<', "< ")) } else { format!("p = {text}") }
}

/// Where p-values come from.
fn simulated(r: &InterventionReport) -> String {
    match r.replicates {
        0 => "by χ²".into(),
        n => format!("from {n} simulated series"),
    }
}

fn is_significant(row: &InterventionRow, alpha: f64) -> bool {
    row.p_corrected.is_some_and(|p| p <= alpha)
}

/// `a level shift from 2012`, `a pulse in 2004`.
fn named(row: &InterventionRow) -> String {
    let word = if row.delta == Some(0.0) { "in" } else { "from" };
    let shape = row.shape.replace("transient", "transient change");
    format!("a {shape} {word} {}", row.period)
}

fn finding(row: &InterventionRow, response: &str, unit: Frequency, series: &str) -> String {
    let times = row.rate_ratio.map_or(String::new(), |x| format!(", {} times as many {response} at once", ratio(x)));
    let p = row
        .p_corrected
        .map_or(String::new(), |p| format!(" ({}, {series}, after correction for the types tried)", p_words(p)));
    let near = row.event.as_ref().map_or(String::new(), |e| format!("; {}", beside(e, unit)));
    format!("{}{times}{p}{near}.", capital(&named(row)))
}

/// The best of a search that was not cleaned, or of a cleaning that found nothing.
fn verdict(r: &InterventionReport, alpha: f64, response: &str, unit: Frequency) -> Option<String> {
    let strong: Vec<&InterventionRow> = r.found.iter().filter(|f| is_significant(f, alpha)).collect();
    let order = |f: &&&InterventionRow| (f.p_corrected.unwrap_or(2.0) * 1e12) as i64;
    if let Some(best) = strong.iter().min_by_key(order) {
        return Some(format!("The search finds {}", lower(&finding(best, response, unit, &simulated(r)))));
    }
    let best = r.found.iter().min_by_key(|f| (f.p_corrected.unwrap_or(2.0) * 1e12) as i64)?;
    let p = best.p_corrected.map_or("no p-value".into(), p_words);
    let ratio = best.rate_ratio.map_or(String::new(), |x| format!(", {} times as many {response}", ratio(x)));
    Some(format!(
        "The search finds no intervention beyond chance: the likeliest, {}{ratio}, has {p}, {}, after correction for the {} \
         types tried{}.",
        named(best),
        simulated(r),
        r.found.len(),
        if r.replicates > 0 { "" } else { " and the steps searched" },
    ))
}

fn lower(text: &str) -> String {
    let mut c = text.chars();
    c.next().map_or(String::new(), |f| f.to_lowercase().chain(c).collect())
}

/// "nearest dated event: X (2011-12-17), in the same year".
fn beside(e: &DatedEvent, unit: Frequency) -> String {
    let unit = unit.name();
    let when = match e.distance.unwrap_or(0) {
        0 => format!("which sets in in the same {unit}"),
        d => {
            let s = if d.abs() == 1 { "" } else { "s" };
            format!("which sets in {} {unit}{s} {}", d.abs(), if d < 0 { "before" } else { "after" })
        }
    };
    format!("the nearest dated event is “{}” ({}), {when}", e.name, e.date)
}

/// Where p-values at events come from, and how far the simulation itself moves them (after correction for all of them).
fn simulated_at(r: &InterventionReport) -> String {
    let Some(n) = r.events.iter().filter_map(|f| f.replicates).max() else { return simulated(r) };
    let error = r.events.iter().filter_map(|f| f.p_error).fold(0.0, f64::max) * r.events.len() as f64;
    format!(
        "from {} simulated series (Monte Carlo error up to {})",
        count(n as f64),
        p_value(error).trim_start_matches('<')
    )
}

/// How many of the likeliest steps lie near an event, and how many of all the steps do.
fn matches(r: &InterventionReport, alpha: f64, unit: Frequency) -> Option<String> {
    let rows = r.cleaned.iter().flatten().chain(&r.found).filter(|f| f.event.is_some());
    let rows: Vec<&InterventionRow> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    let close = |f: &InterventionRow| f.event.as_ref().and_then(|e| e.distance).is_some_and(|d| d.abs() <= NEAR);
    let each = |f: &&InterventionRow| {
        let e = f.event.as_ref().map_or(String::new(), |e| match e.distance.unwrap_or(0) {
            0 => format!("“{}” sets in then", e.name),
            d => {
                let (s, side) = (if d.abs() == 1 { "" } else { "s" }, if d < 0 { "before" } else { "after" });
                format!("“{}” {} {}{s} {side}", e.name, d.abs(), unit.name())
            }
        });
        format!("{} {} ({e})", f.shape, f.period)
    };
    let near = rows.iter().filter(|f| close(f)).count();
    let unit = unit.name();
    let weight = match rows.iter().any(|f| is_significant(f, alpha) && close(f)) {
        true => "",
        false if near > 0 => ", which is no evidence where none of them is significant",
        false => "",
    };
    let mut text = format!(
        "Likeliest {unit} of each type and the nearest dated event: {}; {near} of {} within one {unit}{weight}.",
        rows.iter().map(each).collect::<Vec<_>>().join(", "),
        rows.len(),
    );
    let near_to = |name: &str| rows.iter().any(|f| close(f) && f.event.as_ref().is_some_and(|e| e.name == name));
    let names = r.events.iter().filter_map(|f| f.event.as_ref()).map(|e| e.name.as_str());
    let missed: Vec<String> = names.filter(|n| !near_to(n)).map(|n| format!("“{n}”")).collect();
    if !missed.is_empty() {
        text += &format!(" No likeliest {unit} lies near {}.", missed.join(" or "));
    }
    Some(text)
}

/// Level shifts at the events' own times, which need no search.
fn at_events(r: &InterventionReport, alpha: f64) -> Option<String> {
    if r.events.is_empty() {
        return None;
    }
    let each = |f: &InterventionRow| {
        let name = f.event.as_ref().map_or("", |e| &e.name);
        let p = f.p_corrected.map_or("no p-value".into(), p_words);
        let times = f.rate_ratio.map_or(String::new(), |x| format!("{} times, ", ratio(x)));
        format!("{name} ({}; {times}{p})", f.period)
    };
    let held = r.events.iter().filter(|f| is_significant(f, alpha)).count();
    let n = r.events.len();
    let list = r.events.iter().map(each).collect::<Vec<_>>().join("; ");
    if n == 1 {
        let verdict = if held == 1 { "it is significant" } else { "it is not significant" };
        return Some(format!(
            "Level shift at the dated event, at its known time, p {}: {list}; {verdict}.",
            simulated_at(r)
        ));
    }
    let verdict = match held {
        0 => "none is significant".to_string(),
        1 => format!("one of {n} is significant"),
        h if h == n => "all are significant".to_string(),
        h => format!("{h} of {n} are significant"),
    };
    Some(format!(
        "Level shifts at the dated events, each alone at its known time (so that a later shift can pass for an earlier one) \
         and corrected for {n} tests, p {}: {list}; {verdict}.",
        simulated_at(r),
    ))
}
