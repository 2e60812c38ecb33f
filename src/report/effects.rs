//! Tables of attributable counts, counterfactuals, model uncertainty, stability and checks.

use crate::analysis::Band;
use crate::analysis::attribution::AttributionRow;
use crate::analysis::checks::{Checks, Test};
use crate::analysis::counterfactual::CounterfactualRow;
use crate::analysis::stability::StableTerm;
use crate::report::digits::{coefficient, count, level, or_dash, p_value, percent, ratio};
use crate::report::table::Table;
use crate::results::TermRow;
use crate::results::effects::{AttributionResult, CounterfactualResult, EffectsReport, SubsetsResult};

/// Every table, in the order of the report.
pub fn tables(report: &EffectsReport) -> Vec<Table> {
    let plain = |t: &str| t.to_string();
    let mut out = vec![effects(report), tests(report)];
    if let Some(a) = &report.attribution {
        out.extend([totals(a, &plain), periods(a, &plain)]);
    }
    out.extend(report.counterfactuals.iter().map(without));
    out.extend(report.subsets.iter().map(|s| inclusion(s, &plain)));
    out.extend(report.checks.as_ref().map(|c| checks(c, &report.periods)));
    out.into_iter().filter(|t| !t.rows.is_empty()).collect()
}

/// An interval in counts: `1,200 to 3,400`.
pub fn interval(b: &Band) -> String {
    b.low.zip(b.high).map_or_else(|| "–".into(), |(l, h)| format!("{} to {}", count(l), count(h)))
}

fn test(t: &Test) -> String {
    t.statistic.map_or_else(
        || "–".into(),
        |s| format!("{} ({})", coefficient(s), t.p_value.map_or_else(|| "–".into(), |p| format!("p {}", p_value(p)))),
    )
}

/// Rate ratio (or estimate), marginal effect, range without each period, and verdict of each column.
pub fn effects(report: &EffectsReport) -> Table {
    let at = level(report.level);
    let what = if report.terms.iter().any(|r| r.rate_ratio.is_some()) { "rate ratio" } else { "estimate" };
    let heads = ["<term", what, &format!("{at} interval"), "marginal effect", "leaving one out", "<verdict"];
    let mut t = Table::new(format!("Effects of {}: {}", report.model.name, report.model.formula), &heads);
    for row in report.terms.iter().filter(|r| r.term != "(Intercept)") {
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
    t.note = "Marginal effect: average, in counts per period, of one unit more (of a yes or no: of yes against no). Leaving \
              one out: lowest to highest estimate without one observation."
        .into();
    t.note = [t.note.clone(), sign_changes(report)].join(" ").trim().to_string();
    t
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
    let terms = report.stability.iter().flat_map(|s| &s.terms).filter(|t| t.term != "(Intercept)");
    let one = |t: &StableTerm| {
        let of = |window: &str| -> Vec<&str> {
            t.sign_changes.iter().filter(|c| c.window == window).map(|c| c.period.as_str()).collect()
        };
        let (without, up_to) = (of("without"), of("up to"));
        match (without.is_empty(), up_to.last()) {
            (false, _) => Some(format!("{}: the sign changes without {}.", t.term, without.join(", "))),
            (true, Some(last)) => Some(format!("{}: another sign in records that end by {last}.", t.term)),
            (true, None) => None,
        }
    };
    terms.filter_map(one).collect::<Vec<_>>().join(" ")
}

/// Lowest to highest estimate without one observation.
pub fn range(s: &StableTerm, as_ratio: bool) -> String {
    let text = |x: f64| if as_ratio { ratio(x.exp()) } else { coefficient(x) };
    s.lowest.zip(s.highest).map_or_else(|| "–".into(), |(l, h)| format!("{} to {}", text(l), text(h)))
}

/// Likelihood-ratio, score and Wald tests of each term.
pub fn tests(report: &EffectsReport) -> Table {
    let mut t = Table::new(
        "Tests that a term has no effect, given all others: χ² (p)",
        &["<term", "df", "likelihood ratio", "score", "Wald"],
    );
    for r in &report.tests {
        let df = r.likelihood_ratio.df.or(r.wald.df);
        let statistics = [r.likelihood_ratio, r.score, r.wald].map(|x| test(&x));
        t.rows.push([vec![r.term.clone(), or_dash(df, count)], statistics.to_vec()].concat());
    }
    t
}

/// How the references read.
pub fn reference_note(a: &AttributionResult, name: &dyn Fn(&str) -> String) -> String {
    let mut parts = Vec::new();
    let of = |kind: &str| a.references.iter().filter(|r| r.reference == kind).map(|r| name(&r.factor)).collect();
    let (none, mean): (Vec<String>, Vec<String>) = (of("none"), of("mean"));
    if !none.is_empty() {
        parts.push(format!("against none of it: {}", none.join(", ")));
    }
    if !mean.is_empty() {
        parts.push(format!("against the mean of the record: {}", mean.join(", ")));
    }
    let past = if a.parts.dynamic {
        "Effects carry over through earlier counts"
    } else {
        "Direct effects: earlier counts stay as recorded, so that what is passed on through them is not in here (it is in the \
         counterfactuals, and here under --carry-over)"
    };
    format!("{past}; {}. Shapley shares: no order of the factors matters, and parts add up.", parts.join("; "))
}

/// What each factor added or removed over the record.
pub fn totals(a: &AttributionResult, name: &dyn Fn(&str) -> String) -> Table {
    let interval_head = format!("{} interval", level(a.parts.level));
    let total = &a.parts.total;
    let span = a.parts.rows.first().zip(a.parts.rows.last());
    let span = span.map_or_else(String::new, |(f, l)| format!(", {} to {}", f.period, l.period));
    let mut t =
        Table::new(format!("Added (+) or removed (−) over the record{span}"), &["<factor", "counts", &interval_head]);
    let signed = |b: &Band| b.estimate.map_or_else(|| "–".into(), plus);
    t.rows.push(vec![
        "reference: none of the factors".into(),
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
        let start = [r.period.clone(), or_dash(r.reference.estimate, count)];
        let end = [or_dash(r.fitted.estimate, count), or_dash(r.residual, plus), or_dash(r.observed, count)];
        start.into_iter().chain(parts).chain(end).collect()
    };
    t.rows = a.parts.rows.iter().chain([&a.parts.total]).map(row).collect();
    t
}

/// What would have been counted without a term.
pub fn without(c: &CounterfactualResult) -> Table {
    let at = level(c.result.level);
    let heads = [format!("without it ({at} interval)"), format!("fewer because of it ({at} interval)")];
    let heads = ["<period", "recorded", &heads[0], &heads[1]];
    let mut t = Table::new(format!("Without: {} ({})", c.label, c.result.name), &heads);
    let both = |b: &Band| format!("{} ({})", or_dash(b.estimate, count), interval(b));
    let row = |r: &CounterfactualRow| {
        vec![r.period.clone(), or_dash(r.observed, count), both(&r.predicted), both(&r.prevented)]
    };
    let total = (c.result.rows.len() > 1).then_some(&c.result.total);
    t.rows = c.result.rows.iter().chain(total).map(row).collect();
    if total.is_some()
        && let Some(last) = t.rows.last_mut()
    {
        last[0] += ", sum";
    }
    t.note = "Counts drawn anew on the path without it, earlier counts following; intervals hold parameters and count \
              noise."
        .into();
    t
}

/// Inclusion probabilities and averaged effects.
pub fn inclusion(s: &SubsetsResult, name: &dyn Fn(&str) -> String) -> Table {
    let heads = ["<term", "AICc", "BIC", "evidence", "averaged ratio", "interval", "positive"];
    let caption =
        format!("Every subset of the terms: probability that each belongs in the model ({} models)", s.averaged.models);
    let mut t = Table::new(caption, &heads);
    for r in &s.inclusion {
        let c = s.averaged.columns.iter().find(|c| c.term == r.term);
        let ends = c.and_then(|c| c.conf_low.zip(c.conf_high));
        t.rows.push(vec![
            name(&r.term),
            percent(r.aicc),
            percent(r.bic),
            percent(r.evidence),
            or_dash(c.and_then(|c| c.rate_ratio), ratio),
            ends.map_or_else(|| "–".into(), |(l, h)| format!("{} to {}", ratio(l.exp()), ratio(h.exp()))),
            or_dash(c.and_then(|c| c.positive), percent),
        ]);
    }
    let always =
        if s.always_in.is_empty() { String::new() } else { format!(" In every model: {}.", s.always_in.join(", ")) };
    t.note = format!(
        "Averaged over the models that hold the term, weights by {}; positive: share of that weight with a ratio above 1.{always}",
        format!("{:?}", s.averaged.criterion).to_lowercase().replace("aicc", "AICc").replace("bic", "BIC")
    );
    t.without_empty_columns()
}

/// One line per check, with what it says.
pub fn checks(c: &Checks, periods: &[String]) -> Table {
    let mut t = Table::new("Checks", &["<check", "statistic", "df", "p", "<what it says"]);
    let mut line = |what: &str, x: &Test, bad: &str, good: &str| {
        let says = match x.p_value {
            Some(p) if p < 0.05 => bad,
            Some(_) => good,
            None => "",
        };
        let cells = [or_dash(x.statistic, coefficient), or_dash(x.df, count), or_dash(x.p_value, p_value)];
        t.rows.push([vec![what.to_string()], cells.to_vec(), vec![says.to_string()]].concat());
    };
    if let Some(o) = &c.overdispersion {
        let (bad, good) = ("counts vary more than a Poisson count", "no more variation than a Poisson count has");
        line("Pearson's X² of the Poisson fit", &o.pearson, bad, good);
        line("overdispersion, Cameron and Trivedi, NB2", &o.cameron_trivedi.nb2, bad, good);
        line("overdispersion, Dean, NB2", &o.dean.nb2_corrected, bad, good);
    }
    if let Some(z) = &c.zeros {
        line("zeros", &z.test, "zeros are not those that the model expects", "zeros are as many as the model expects");
    }
    line(
        "Ljung–Box, quantile residuals",
        &c.serial.ljung_box,
        "residuals depend on earlier ones",
        "no dependence left",
    );
    let single = |what: String, x: Option<f64>, says: &str| {
        vec![what, or_dash(x, coefficient), "–".into(), "–".into(), says.into()]
    };
    t.rows.push(single("Durbin–Watson".into(), c.serial.durbin_watson, "about 2 without dependence"));
    let harm = if c.condition_number.is_some_and(|k| k > 30.0) { "above 30: nearly collinear" } else { "" };
    t.rows.push(single("condition number".into(), c.condition_number, harm));
    for v in c.inflation.iter().filter(|v| v.gvif.is_some()) {
        let says = if v.gvif.is_some_and(|g| g > 10.0) { "above 10: hardly separable" } else { "" };
        t.rows.push(single(format!("variance inflation, {}", v.term), v.gvif, says));
    }
    let high: Vec<&str> =
        c.influence.rows.iter().filter(|r| r.high_leverage).map(|r| periods[r.observation].as_str()).collect();
    if !high.is_empty() {
        t.note = format!("Leverage above twice its mean: {}.", high.join(", "));
    }
    t
}
