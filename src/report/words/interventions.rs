//! What a search for interventions came to.

use super::capital;
use crate::period::Frequency;
use crate::report::digits::{count, p_value, percent, ratio};
use crate::results::{DatedEvent, Earlier, InterventionReport, InterventionRow};

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
    out.extend(r.earlier.as_ref().map(|e| before(e, r, response)));
    let told = r.earlier.iter().flat_map(|e| &e.events).collect::<Vec<_>>();
    let untested: Vec<String> = r.untested.iter().filter(|e| !told.contains(e)).map(with_date).collect();
    if !untested.is_empty() {
        let (from, to) = (&r.from, &r.to);
        out.push(format!("Outside the periods searched ({from} to {to}) and not tested: {}.", untested.join("; ")));
    }
    out
}

fn with_date(e: &DatedEvent) -> String {
    format!("{} ({})", e.name, e.date)
}

/// `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

/// What the counts before the study's start show, and what taking them in does to the events within it.
fn before(e: &Earlier, r: &InterventionReport, response: &str) -> String {
    let names: Vec<String> = e.events.iter().map(with_date).collect();
    let test = |t: f64| format!("{t:.2}");
    let found = e.found.iter().map(|f| {
        let times = f.rate_ratio.map_or(String::new(), |x| format!(", {} times as many {response}", ratio(x)));
        let near =
            f.event.as_ref().filter(|d| d.distance == Some(0)).map_or(String::new(), |d| format!("; “{}”", d.name));
        format!("{} (T = {}{times}{near})", named(f), f.statistic.map_or("–".into(), test))
    });
    let mut text = format!(
        "Not among the periods searched ({} to {}), but among counts that go back to {}: {}. Searched with them, the likeliest are \
         {}; their p-values need a simulation of their own, `tumen interventions --start {}`.",
        r.from,
        r.to,
        e.start,
        names.join("; "),
        listed(&found.collect::<Vec<_>>()),
        e.start,
    );
    let pairs: Vec<(f64, f64)> =
        r.events.iter().zip(&e.statistics).filter_map(|(row, t)| row.statistic.zip(*t)).collect();
    if !pairs.is_empty() {
        let here: Vec<String> = pairs.iter().map(|p| test(p.0)).collect();
        let there: Vec<String> = pairs.iter().map(|p| test(p.1)).collect();
        text += &format!(
            " The level shifts at the dated events above then have T = {} in place of {}: what is found depends on where the \
             series starts.",
            listed(&there),
            listed(&here)
        );
    }
    text
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
    row.decided != Some(false) && row.p_corrected.is_some_and(|p| p <= alpha)
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

/// Where p-values at events come from.
fn simulated_at(r: &InterventionReport) -> String {
    let Some(n) = r.events.iter().filter_map(|f| f.replicates).max() else { return simulated(r) };
    let least = r.events.iter().filter_map(|f| f.replicates).min().unwrap_or(n);
    let series = |n: usize| count(n as f64);
    match least < n {
        true => format!("from {} to {} simulated series, more where it is near the level", series(least), series(n)),
        false => format!("from {} simulated series", series(n)),
    }
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
    let n = r.events.len();
    let list = r.events.iter().map(each).collect::<Vec<_>>().join("; ");
    if n == 1 {
        let verdict = verdict_at(r, alpha);
        return Some(format!(
            "Level shift at the dated event, at its known time, p {}: {list}; {verdict}.",
            simulated_at(r)
        ));
    }
    let verdict = verdict_at(r, alpha);
    Some(format!(
        "Level shifts at the dated events, each alone at its known time (so that a later shift can pass for an earlier one) \
         and corrected for {n} tests, p {}: {list}; {verdict}.",
        simulated_at(r),
    ))
}

/// How many of the events' tests are significant, and which the simulation leaves open.
fn verdict_at(r: &InterventionReport, alpha: f64) -> String {
    let (n, level) = (r.events.len(), percent(alpha));
    let open: Vec<String> = undecided(r)
        .map(|f| f.event.as_ref().map_or_else(|| f.period.clone(), |e| format!("{} ({})", e.name, f.period)))
        .collect();
    let held = r.events.iter().filter(|f| is_significant(f, alpha)).count();
    let decided = match (held, open.len()) {
        (0, o) if o == n => return format!("the simulation has not decided at {level}{}", margin(r)),
        (0, 0) if n == 1 => "it is not significant".to_string(),
        (1, 0) if n == 1 => "it is significant".to_string(),
        (0, 0) => "none is significant".to_string(),
        (0, _) => "none of the others is significant".to_string(),
        (1, _) => format!("one of {n} is significant"),
        (h, _) if h == n => "all are significant".to_string(),
        (h, _) => format!("{h} of {n} are significant"),
    };
    match open.is_empty() {
        true => decided,
        false => format!("{}: not decided at {level}{}; {decided}", listed(&open), margin(r)),
    }
}

/// Events whose test the simulation does not decide.
pub(crate) fn undecided(r: &InterventionReport) -> impl Iterator<Item = &InterventionRow> {
    r.events.iter().filter(|f| f.decided == Some(false))
}

/// How near the level is to what the simulation has not decided, after correction.
fn margin(r: &InterventionReport) -> String {
    let error = undecided(r).filter_map(|f| f.p_error).fold(0.0, f64::max) * r.events.len() as f64;
    format!(" (within three Monte Carlo errors, {error:.4} each)")
}
