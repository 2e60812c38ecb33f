//! Tables of model uncertainty: inclusion probabilities, the specification curve, the models of most weight.

use crate::report::digits::{or_dash, percent, ratio};
use crate::report::table::Table;
use crate::results::effects::{Curve, SubsetsResult};

/// Candidates in the models of most weight that are named before the rest is counted.
const NAMED: usize = 12;

/// All of them.
pub fn subsets(s: &SubsetsResult, name: &dyn Fn(&str) -> String) -> Vec<Table> {
    let all = [inclusion(s, name), specifications(s, name), heaviest(s, name)];
    all.into_iter().filter(|t| !t.rows.is_empty()).collect()
}

/// The specification curve of each term: how its ratio spreads over the models that hold it, each model counting once.
fn specifications(s: &SubsetsResult, name: &dyn Fn(&str) -> String) -> Table {
    let heads = ["<term", "models", "least", "10 %", "median", "90 %", "greatest", "above 1", "apart from 1"];
    let mut t = Table::new("Specification curve: the ratio of each term over the models that hold it", &heads);
    t.rows = s.curves.iter().filter_map(|c| specification(c, name)).collect();
    let part = if s.curves.iter().any(|c| c.models.len() < all_with(s)) { ", the 256 of most weight" } else { "" };
    t.note = format!(
        "Each model counts once{part}; above 1: share of them with a ratio above 1; apart from 1: share whose own interval \
         leaves 1 out. JSON and CSV hold every model, the report the picture."
    );
    t
}

/// Models that hold a candidate, when none is left out.
fn all_with(s: &SubsetsResult) -> usize {
    1 << s.inclusion.len().saturating_sub(1)
}

fn specification(c: &Curve, name: &dyn Fn(&str) -> String) -> Option<Vec<String>> {
    let mut estimates: Vec<f64> = c.models.iter().filter_map(|m| m.estimate).collect();
    estimates.sort_by(f64::total_cmp);
    let last = estimates.len().checked_sub(1)?;
    let quantile = |q: f64| ratio(estimates[(q * last as f64).round() as usize].exp());
    let share = |n: usize| percent(n as f64 / (last + 1) as f64);
    let apart = c.models.iter().filter_map(|m| m.conf_low.zip(m.conf_high)).filter(|(l, h)| *l > 0.0 || *h < 0.0);
    let mut row = vec![name(&c.term), (last + 1).to_string()];
    row.extend([0.0, 0.1, 0.5, 0.9, 1.0].map(quantile));
    row.extend([share(estimates.iter().filter(|e| **e > 0.0).count()), share(apart.count())]);
    Some(row)
}

/// The models of most weight.
fn heaviest(s: &SubsetsResult, name: &dyn Fn(&str) -> String) -> Table {
    let mut t = Table::new("Models of most weight", &["weight", "Δ", "<terms"]);
    let terms = |all: &[String]| match all.len() {
        0 => "none".to_string(),
        n if n > NAMED => {
            let named = all[..NAMED].iter().map(|t| name(t)).collect::<Vec<_>>();
            format!("{} and {} more", named.join(" + "), n - NAMED)
        }
        _ => all.iter().map(|t| name(t)).collect::<Vec<_>>().join(" + "),
    };
    t.rows =
        s.averaged.best.iter().map(|m| vec![percent(m.weight), format!("{:.1}", m.delta), terms(&m.terms)]).collect();
    let criterion = format!("{:?}", s.averaged.criterion).to_lowercase().replace("aicc", "AICc").replace("bic", "BIC");
    t.note = format!(
        "Terms beside those in every model; weights by {criterion}, Δ: its difference from the best; as many models of equal weight would be as diverse: {:.1} (1 / Σ w²).",
        s.averaged.effective_models
    );
    t
}

/// Inclusion probabilities and averaged effects.
fn inclusion(s: &SubsetsResult, name: &dyn Fn(&str) -> String) -> Table {
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
    let always = if s.always_in.is_empty() {
        String::new()
    } else {
        format!(" In every model: {}.", s.always_in.iter().map(|t| name(t)).collect::<Vec<_>>().join(", "))
    };
    t.note = format!(
        "Averaged over the models that hold the term, weights by {}; positive: share of that weight with a ratio above 1.{always}",
        format!("{:?}", s.averaged.criterion).to_lowercase().replace("aicc", "AICc").replace("bic", "BIC")
    );
    t.without_empty_columns()
}
