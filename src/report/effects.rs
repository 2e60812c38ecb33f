//! Tables of attributable counts, counterfactuals, model uncertainty, stability and checks.

mod checks;
mod rootogram;
mod subsets;

pub use checks::checks;
pub use rootogram::{bar_name, rootogram};
pub use subsets::subsets;

use crate::analysis::Band;
use crate::analysis::attribution::AttributionRow;
use crate::analysis::checks::Test;
use crate::analysis::counterfactual::CounterfactualRow;
use crate::analysis::stability::StableTerm;
use crate::report::digits::{coefficient, count, level, or_dash, p_value, ratio};
use crate::report::table::Table;
use crate::report::words::span;
use crate::results::TermRow;
use crate::results::effects::{AttributionResult, CounterfactualResult, DroppedTerm, EffectsReport};

/// Every table, in the order of the report.
pub fn tables(report: &EffectsReport) -> Vec<Table> {
    let plain = |t: &str| t.to_string();
    let gone = dropped(report);
    let mut out = vec![effects(report), tests(report)];
    if let Some(a) = &report.attribution {
        out.extend([totals(a, &plain), periods(a, &plain)]);
    }
    out.extend(report.counterfactuals.iter().map(without));
    out.extend(report.subsets.iter().flat_map(|s| subsets(s, &plain)));
    // A reader looks for a column dropped in any of them; the first names it in its own row.
    out.iter_mut().skip(1).filter(|t| lists_terms(t)).for_each(|t| t.note = joined(&[&t.note, &gone]));
    out.extend(checks(report, &plain).into_iter().chain(rootogram(report)));
    out.into_iter().filter(|t| !t.rows.is_empty()).collect()
}

/// Tables in which a reader looks for each term.
fn lists_terms(t: &Table) -> bool {
    ["Tests", "Added", "Every"].iter().any(|start| t.caption.starts_with(start))
}

/// What stands in no table since the fit dropped it; empty when nothing was.
pub fn dropped(report: &EffectsReport) -> String {
    let one = |d: &DroppedTerm| format!("Not in here: {} ({}).", d.term, d.why);
    report.dropped.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Sentences one after the other.
fn joined(notes: &[&str]) -> String {
    notes.iter().filter(|n| !n.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// An interval in counts: `1,200 to 3,400`.
pub fn interval(b: &Band) -> String {
    b.low.zip(b.high).map_or_else(|| "–".into(), |(l, h)| format!("{} to {}", count(l), count(h)))
}

fn test(t: &Test) -> String {
    let p = |s: String| t.p_value.map_or_else(|| s.clone(), |p| format!("{s} (p {})", p_value(p)));
    t.statistic.map_or_else(|| "–".into(), |s| p(coefficient(s)))
}

/// Rate ratio (or estimate), marginal effect, range without each period, and verdict of each column.
pub fn effects(report: &EffectsReport) -> Table {
    let at = level(report.level);
    let what = match (report.terms.iter().any(|r| r.rate_ratio.is_some()), has_zeros(&report.terms)) {
        (true, true) => "ratio, log odds",
        (true, false) => "rate ratio",
        _ => "estimate",
    };
    let heads = ["<term", what, &format!("{at} interval"), "marginal effect", "leaving one out", "<verdict"];
    let mut t = Table::new(format!("Effects of {}: {}", report.model.name, report.model.formula), &heads);
    for row in report.terms.iter().filter(|r| is_effect(&r.term)) {
        let marginal = report.marginal.iter().find(|m| m.term == row.term);
        let stable = report.stability.iter().flat_map(|s| &s.terms).find(|s| s.term == row.term);
        t.rows.push(vec![
            row.term.clone(),
            row.rate_ratio.map_or_else(|| or_dash(row.estimate, coefficient), ratio),
            bounds(row),
            or_dash(marginal.and_then(|m| m.estimate), |x| if x.abs() < 10.0 { coefficient(x) } else { count(x) }),
            stable.map_or_else(|| "–".into(), |s| range(s, row.rate_ratio.is_some())),
            row.verdict.clone(),
        ]);
    }
    let zeros = has_zeros(&report.terms);
    let hurdle = report.model.family.starts_with("hurdle");
    let marginal = format!(
        "Marginal effect: average, in counts per period{}, of one unit more (of a yes or no: of yes against no){}.",
        report.scale.map_or_else(String::new, |s| format!(" ({s})")),
        if zeros { ", moving both parts where the term stands in both" } else { "" }
    );
    let odds = match (zeros, hurdle) {
        (true, true) => "zero_…: log odds of a count above zero.",
        (true, false) => "zero_…: log odds of a zero that no count could be.",
        _ => "",
    };
    let leaving = "Leaving one out: lowest to highest estimate without one observation.";
    let inseparable = report.terms.iter().any(|r| is_effect(&r.term) && r.verdict.starts_with("not separable"));
    let unsure = if inseparable {
        "Of an effect that is not separable a narrow range is no sign of stability: the periods it cannot be told from stay in."
    } else {
        ""
    };
    t.note = joined(&[&marginal, leaving, unsure, odds, &sign_changes(report)]);
    t
}

/// Whether the coefficients `zero_…` are those of a zero part.
pub fn has_zeros(terms: &[TermRow]) -> bool {
    terms.iter().any(|t| t.term == "zero_(Intercept)")
}

/// Whether a coefficient is an effect: no intercept of either part.
pub fn is_effect(term: &str) -> bool {
    term != "(Intercept)" && term != "zero_(Intercept)"
}

fn bounds(row: &TermRow) -> String {
    match (row.rate_ratio_low, row.rate_ratio_high, row.conf_low, row.conf_high) {
        (Some(a), Some(b), ..) => format!("{} to {}", ratio(a), ratio(b)),
        (Some(a), None, ..) => format!("above {}", ratio(a)),
        (None, Some(b), ..) => format!("below {}", ratio(b)),
        (None, None, Some(a), Some(b)) => format!("{} to {}", coefficient(a), coefficient(b)),
        (None, None, Some(a), None) => format!("above {}", coefficient(a)),
        (None, None, None, Some(b)) => format!("below {}", coefficient(b)),
        _ => "–".into(),
    }
}

/// Whose sign hangs on a single period, or on how long the record is.
fn sign_changes(report: &EffectsReport) -> String {
    let Some(s) = &report.stability else { return String::new() };
    let one = |t: &StableTerm| {
        let (without, up_to) = (t.changes("without"), t.changes("up to"));
        if !without.is_empty() {
            return Some(format!("{}: the sign changes without {}.", t.term, runs(&without, &s.left_out_periods)));
        }
        let when = runs(&up_to, &s.end_periods);
        (!up_to.is_empty()).then(|| format!("{}: the other sign when the record ended in {when}.", t.term))
    };
    s.terms.iter().filter(|t| is_effect(&t.term)).filter_map(one).collect::<Vec<_>>().join(" ")
}

/// Periods of a list, consecutive ones as a run: `2009–2012, 2015`; of two in a row both.
pub fn runs(chosen: &[&str], all: &[String]) -> String {
    let place = |p: &str| all.iter().position(|a| a == p).unwrap_or(usize::MAX);
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for p in chosen {
        match groups.last_mut() {
            Some((_, last)) if place(last).wrapping_add(1) == place(p) => *last = p,
            _ => groups.push((p, p)),
        }
    }
    // A dash within a name, as in 1999–2001 or 2016-01, would make a run of it unreadable.
    let dash = |a: &str, b: &str| if [a, b].iter().any(|p| p.contains(['–', '-'])) { " to " } else { "–" };
    let text = |(a, b): &(&str, &str)| match place(b) - place(a) {
        0 => (*a).to_string(),
        1 => format!("{a}, {b}"),
        _ => format!("{a}{}{b}", dash(a, b)),
    };
    groups.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// Lowest to highest estimate without one observation.
pub fn range(s: &StableTerm, as_ratio: bool) -> String {
    let text = |x: f64| if as_ratio { ratio(x.exp()) } else { coefficient(x) };
    s.lowest.zip(s.highest).map_or_else(|| "–".into(), |(l, h)| format!("{} to {}", text(l), text(h)))
}

/// Likelihood-ratio, score and Wald tests of each term.
pub fn tests(report: &EffectsReport) -> Table {
    let mut t = Table::new(
        "Tests that a term has no effect, given all others: statistic (p)",
        &["<term", "df", "likelihood ratio", "score", "Wald"],
    );
    for r in &report.tests {
        let df = r.likelihood_ratio.df.or(r.wald.df);
        // A verdict that two causes cannot be told apart stands in place of a p-value.
        let told = |x: Test| Test { p_value: x.p_value.filter(|_| r.not_separable.is_none()), ..x };
        let statistics = [r.likelihood_ratio, r.score, r.wald].map(|x| test(&told(x)));
        t.rows.push([vec![r.term.clone(), or_dash(df, count)], statistics.to_vec()].concat());
    }
    let untold = report.tests.iter().filter_map(|r| Some(format!("{}: {}", r.term, r.not_separable.as_ref()?)));
    let untold = untold.collect::<Vec<_>>().join("; ");
    let without = has_zeros(&report.terms) && report.tests.iter().any(|r| r.score.statistic.is_none());
    t.note = joined(&[
        &if untold.is_empty() { untold } else { format!("No p-value where effects cannot be told apart ({untold}).") },
        if without {
            "No score test where the model without the term has no finite estimate or no extra zeros, or counts are too large to \
             sum over."
        } else {
            ""
        },
    ]);
    t.without_empty_columns()
}

/// How the references read.
pub fn reference_note(a: &AttributionResult, name: &dyn Fn(&str) -> String) -> String {
    let mut parts = Vec::new();
    let of = |kind: &str| a.references.iter().filter(|r| r.reference == kind).map(|r| name(&r.factor)).collect();
    let (none, mean): (Vec<String>, Vec<String>) = (of("none"), of("mean"));
    let (first, typical): (Vec<String>, Vec<String>) = (of("first"), of("typical"));
    if !none.is_empty() {
        parts.push(format!("against none of it (0, the least recorded): {}", none.join(", ")));
    }
    if !mean.is_empty() {
        parts.push(format!(
            "against the mean of the record, since 0 was never recorded or is not the least: {}",
            mean.join(", ")
        ));
    }
    if !first.is_empty() {
        parts.push(format!("against the first level: {}", first.join(", ")));
    }
    if !typical.is_empty() {
        parts.push(format!(
            "against the recorded period nearest to the mean of what they are curves of: {}",
            typical.join("; ")
        ));
    }
    let past = match (a.lagged, a.parts.dynamic) {
        (false, _) => "",
        (true, true) => "Effects carry over through earlier counts; ",
        (true, false) => {
            "Direct effects: earlier counts stay as recorded, so that what is passed on through them is not in here (it is in \
             the counterfactuals, and here under --carry-over); "
        }
    };
    let scale = a.scale.map_or_else(String::new, |s| format!(" Counts: {s}."));
    let text = format!(
        "{past}{}. Shapley shares: no order of the factors matters, and parts add up.{scale}",
        parts.join("; ")
    );
    crate::report::words::capital(&text)
}

/// What each factor added or removed over the record.
pub fn totals(a: &AttributionResult, name: &dyn Fn(&str) -> String) -> Table {
    let interval_head = format!("{} interval", level(a.parts.level));
    let total = &a.parts.total;
    let range = a.parts.rows.first().zip(a.parts.rows.last());
    let range = range.map_or_else(String::new, |(f, l)| format!(", {} to {}", span(&f.period), span(&l.period)));
    let mut t =
        Table::new(format!("Added (+) or removed (−) over the record{range}"), &["<factor", "counts", &interval_head]);
    let signed = |b: &Band| b.estimate.map_or_else(|| "–".into(), plus);
    t.rows.push(vec![
        "reference: every factor at its own, see below".into(),
        or_dash(total.reference.estimate, count),
        interval(&total.reference),
    ]);
    for (f, b) in a.parts.factors.iter().zip(&total.parts) {
        t.rows.push(vec![name(f), signed(b), interval(b)]);
    }
    t.rows.push(vec!["fitted".into(), or_dash(total.fitted.estimate, count), interval(&total.fitted)]);
    t.rows.push(vec!["left unexplained".into(), or_dash(total.residual, plus), "–".into()]);
    t.rows.push(vec!["recorded".into(), or_dash(total.observed, count), "–".into()]);
    t.note = reference_note(a, name);
    t
}

/// A count with its sign.
pub fn plus(x: f64) -> String {
    let text = count(x);
    if x > 0.0 && text != "0" { format!("+{text}") } else { text }
}

/// The same by period.
pub fn periods(a: &AttributionResult, name: &dyn Fn(&str) -> String) -> Table {
    let names: Vec<String> = a.parts.factors.iter().map(|f| name(f)).collect();
    let mut heads = vec!["<period", "reference"];
    heads.extend(names.iter().map(String::as_str));
    heads.extend(["fitted", "unexplained", "recorded"]);
    let mut t = Table::new("By period: reference + factors = fitted; fitted + unexplained = recorded", &heads);
    let row = |r: &AttributionRow| {
        let parts = r.parts.iter().map(|b| or_dash(b.estimate, plus));
        let start = [span(&r.period), or_dash(r.reference.estimate, count)];
        let end = [or_dash(r.fitted.estimate, count), or_dash(r.residual, plus), or_dash(r.observed, count)];
        start.into_iter().chain(parts).chain(end).collect()
    };
    t.rows = a.parts.rows.iter().chain([&a.parts.total]).map(row).collect();
    t
}

/// What would have been counted without a term.
pub fn without(c: &CounterfactualResult) -> Table {
    let at = level(c.result.level);
    let heads = [format!("without it ({at} interval)"), format!("because of it ({at} interval)")];
    let heads = ["<period", "recorded", &heads[0], &heads[1]];
    let same = c.label == c.result.name;
    let caption = if same { c.label.clone() } else { format!("{} ({})", c.label, c.result.name) };
    let mut t = Table::new(format!("Without: {caption}"), &heads);
    let both = |b: &Band| format!("{} ({})", or_dash(b.estimate, count), interval(b));
    let by_it = |b: &Band| format!("{} ({})", or_dash(b.estimate, plus), signed_interval(b));
    let row = |r: &CounterfactualRow| {
        let added = negative(&r.prevented);
        vec![span(&r.period), or_dash(r.observed, count), both(&r.predicted), by_it(&added)]
    };
    let total = (c.result.rows.len() > 1).then_some(&c.result.total);
    t.rows = c.result.rows.iter().chain(total).map(row).collect();
    if total.is_some()
        && let Some(last) = t.rows.last_mut()
    {
        last[0] += ", sum";
    }
    t.note =
        "Without: at 0 from its first to its last period, counts drawn anew, earlier counts following; because of it: \
              recorded less that; intervals hold parameters and count noise."
            .into();
    t
}

/// The band of −x.
fn negative(b: &Band) -> Band {
    Band { estimate: b.estimate.map(|x| -x), low: b.high.map(|x| -x), high: b.low.map(|x| -x) }
}

/// An interval in counts, with signs.
fn signed_interval(b: &Band) -> String {
    b.low.zip(b.high).map_or_else(|| "–".into(), |(l, h)| format!("{} to {}", plus(l), plus(h)))
}
