//! What came out, in words and in a few large figures.

use super::{list, paragraphs};
use crate::report::Page;
use crate::report::digits::{count, gain, level};
use crate::report::table::{nbsp, prose};
use crate::report::words::{capital, model_words, span};
use maud::{Markup, html};

struct Card {
    class: String,
    label: String,
    figure: String,
    below: String,
}

pub fn html(page: &Page) -> Markup {
    let cards = cards(page);
    if page.headline.is_empty() && cards.is_empty() {
        return html! {};
    }
    html! {
        div class=(if page.headline.is_empty() { "brief alone" } else { "brief" }) {
            @if let Some((first, rest)) = page.headline.split_first() {
                div {
                    p.lead { (prose(first)) }
                    @if !rest.is_empty() { ul.points { @for s in rest { li { (prose(s)) } } } }
                }
            }
            @if !cards.is_empty() {
                dl.cards {
                    @for c in &cards {
                        div class=(c.class) {
                            dt { (c.label) }
                            dd.figure { (nbsp(&c.figure)) }
                            dd.below { (nbsp(&c.below)) }
                        }
                    }
                }
            }
        }
    }
}

/// The next period by scenario, and the back-test's skill.
fn cards(page: &Page) -> Vec<Card> {
    let mut out = Vec::new();
    for (k, f) in page.main_forecasts().iter().enumerate().take(3) {
        let Some(t) = f.targets.first() else { continue };
        // the two widest intervals
        let widest = t.intervals.iter().rev().take(2).rev();
        let below: Vec<String> =
            widest.map(|i| format!("{}: {}–{}", level(i.level), count(i.low), count(i.high))).collect();
        out.push(Card {
            class: format!("card s{k}"),
            label: format!("{}, {}", capital(page.scenario_label(&f.scenario)), span(&t.period)),
            figure: count(t.median),
            below: below.join(", "),
        });
    }
    out.extend(skill(page));
    out
}

fn skill(page: &Page) -> Option<Card> {
    let report = page.backtest.as_ref()?;
    let model = &page.main_forecasts().first()?.model;
    let whole = report.summary.iter().filter(|s| s.horizon.is_none() && s.model == *model);
    let s = whole.clone().find(|s| s.information == "as_known").or_else(|| whole.clone().next())?;
    let verdict = match s.beats_baseline {
        Some(true) => "beats",
        Some(false) => "does not beat",
        None => "not comparable with",
    };
    Some(Card {
        class: "card".into(),
        label: format!("Skill in the back-test, {} targets", s.targets),
        figure: gain(s.skill?),
        below: format!("{verdict} {}", model_words(&report.baseline)),
    })
}

pub fn markdown(page: &Page) -> String {
    let Some((first, rest)) = page.headline.split_first() else { return String::new() };
    let mut text = paragraphs(std::slice::from_ref(first));
    if !rest.is_empty() {
        text += "\n";
        text += &list(rest);
    }
    text
}
