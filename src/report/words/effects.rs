//! Sentences on attributable counts, counterfactuals, model uncertainty and stability.

use super::capital;
use crate::report::Page;
use crate::report::digits::{count, level, percent, ratio};
use crate::report::effects::{dropped, is_effect, runs};
use crate::results::effects::{AttributionResult, CounterfactualResult, EffectsReport};

/// One sentence per factor: what it added or removed over the record.
pub fn attribution_sentences(page: &Page, a: &AttributionResult) -> Vec<String> {
    let terms = page.effects.iter().flat_map(|e| &e.terms);
    let tied: Vec<_> = terms.filter(|t| t.verdict.starts_with("not separable")).collect();
    let at = level(a.parts.level);
    let one = |(f, b): (&String, &crate::analysis::Band)| {
        let (v, low, high) = (b.estimate?, b.low?, b.high?);
        let label = capital(&page.short_label(f));
        if let Some(t) = tied.iter().find(|t| t.term == *f) {
            return Some(format!("{label}: the data cannot tell; {}.", t.verdict));
        }
        if low < 0.0 && high > 0.0 {
            let reach = format!("{at} interval: from {} fewer to {} more", count(-low), count(high));
            return Some(format!(
                "{label}: the data cannot tell whether {} were added or removed ({reach}).",
                page.response
            ));
        }
        let (v, low, high, did) = if v < 0.0 { (-v, -high, -low, "fewer") } else { (v, low, high, "more") };
        let interval = format!("{at} interval {} to {}", count(low), count(high));
        Some(format!("{label}: {} {} {did} over the record ({interval}).", count(v), page.response))
    };
    let gone = page.effects.as_ref().map(dropped).filter(|g| !g.is_empty());
    a.parts.factors.iter().zip(&a.parts.total.parts).filter_map(one).chain(gone).collect()
}

/// "3,185 arrivals fewer than without it in 2020–2023 (95 % interval 1,026 to 6,654): 555 were recorded, 3,740 expected."
pub fn without_sentence(page: &Page, c: &CounterfactualResult) -> String {
    let (t, at) = (&c.result.total, level(c.result.level));
    let Some((v, (low, high))) = t.prevented.estimate.zip(t.prevented.low.zip(t.prevented.high)) else {
        return format!("{}: what was recorded in {} is not known period by period.", c.label, c.span);
    };
    let figures = t
        .observed
        .zip(t.predicted.estimate)
        .map_or_else(String::new, |(y, m)| format!(": {} were recorded, {} would be expected", count(y), count(m)));
    let what = &page.response;
    if low < 0.0 && high > 0.0 {
        let reach = format!("from {} more to {} fewer", count(-low), count(high));
        return format!(
            "The data cannot tell whether there were more or fewer {what} than without it in {} ({at} interval: {reach}){figures}.",
            c.span
        );
    }
    let (v, low, high, word) = if v < 0.0 { (-v, -high, -low, "more") } else { (v, low, high, "fewer") };
    let interval = format!("{at} interval {} to {}", count(low), count(high));
    format!("{} {what} {word} than without it in {} ({interval}){figures}.", count(v), c.span)
}

/// Which terms belong in the model, by the weights of all subsets.
pub fn certainty_sentences(page: &Page, e: &EffectsReport) -> Vec<String> {
    let Some(s) = &e.subsets else { return Vec::new() };
    let row = |r: &crate::results::effects::InclusionRow| {
        let (low, high) = (r.aicc.min(r.bic).min(r.evidence), r.aicc.max(r.bic).max(r.evidence));
        let verdict = match (low, high) {
            (l, _) if l > 0.9 => "it belongs in the model",
            (l, _) if l > 0.5 => "it probably belongs in the model",
            (_, h) if h < 0.5 => "the data do without it",
            _ => "it may or may not belong in the model",
        };
        let range =
            if percent(low) == percent(high) { percent(low) } else { format!("{} to {}", percent(low), percent(high)) };
        format!("{}: {verdict} (probability {range}, by the criterion).", capital(&page.short_label(&r.term)))
    };
    s.inclusion.iter().map(row).collect()
}

/// Where an effect's sign hangs on a single period or on how long the record is.
pub fn stability_sentences(page: &Page, e: &EffectsReport) -> Vec<String> {
    let Some(s) = &e.stability else { return Vec::new() };
    let told = |t: &&crate::analysis::stability::StableTerm| is_effect(&t.term);
    let mut firm = Vec::new();
    let mut out = Vec::new();
    for t in s.terms.iter().filter(told) {
        let label = page.short_label(&t.term);
        let (without, up_to) = (t.changes("without"), t.changes("up to"));
        let range = t
            .lowest
            .zip(t.highest)
            .map_or_else(String::new, |(l, h)| format!("{} to {}", ratio(l.exp()), ratio(h.exp())));
        if !without.is_empty() {
            out.push(format!(
                "{}: the sign changes without {} (per unit {range} with one period left out).",
                capital(&label),
                runs(&without, &s.left_out_periods)
            ));
        } else if !up_to.is_empty() {
            out.push(format!(
                "{}: the same sign whichever period is left out, but the other one when the record ended in {}.",
                capital(&label),
                runs(&up_to, &s.end_periods)
            ));
        } else if t.estimate.is_some() {
            firm.push(label);
        }
    }
    if !firm.is_empty() {
        let names = firm.join("; ");
        out.insert(0, format!("The same sign whichever period is left out and wherever the record ends: {names}."));
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::report::effects::runs;

    #[test]
    fn consecutive_periods_are_a_run() {
        let all: Vec<String> = (2000..2010).map(|y| y.to_string()).collect();
        assert_eq!(runs(&["2001", "2002", "2003", "2006"], &all), "2001–2003, 2006");
        assert_eq!(runs(&["2001", "2002", "2008"], &all), "2001, 2002, 2008");
        let months: Vec<String> = (1..=9).map(|m| format!("2016-0{m}")).collect();
        assert_eq!(runs(&["2016-03", "2016-04", "2016-05"], &months), "2016-03 to 2016-05");
    }
}
