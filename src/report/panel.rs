//! Panels: the scores of all groups together, and the page that leads to the page of each group.

use super::digits::{count, gain, level, or_dash, percent, score};
use super::html::GENERATOR;
use super::table::{Table, escape_markdown, remarks};
use super::{Page, html, tables};
use crate::data::Group;
use crate::results::TargetResult;
use crate::results::panel::Overall;
use maud::{DOCTYPE, PreEscaped, html as markup};

/// Scores shown over groups.
const SCORES: [(&str, &str); 3] = [("crps", "CRPS"), ("log_score", "log score"), ("wis", "WIS")];

/// The mean scores over groups, all horizons together; `None` when there are none.
pub fn overall(rows: &[Overall], baseline: &str) -> Option<Table> {
    let rows: Vec<&Overall> = rows.iter().filter(|o| o.horizon.is_none()).collect();
    let first = rows.first()?;
    let has = |name: &str| first.scores.iter().any(|s| s.score == name);
    let names: Vec<_> = SCORES.into_iter().filter(|(n, _)| has(n)).collect();
    let mut heads = vec!["<model".to_string(), "<information".into(), "skill".into(), "better in".into()];
    heads.extend(names.iter().map(|(_, label)| label.to_string()));
    heads.extend(first.coverage.iter().map(|c| format!("in {}", level(c.level))));
    heads.extend(["groups".into(), "targets".into()]);
    let caption = "All groups: mean scores over groups, each counting alike";
    let mut t = Table::new(caption, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for o in &rows {
        let is_base = o.model == baseline && o.information == "as_known";
        let mut row = vec![o.model.clone(), super::words::information(o.information).to_string()];
        row.push(if is_base { "baseline".into() } else { or_dash(o.skill, gain) });
        row.push(if is_base { "–".into() } else { format!("{} of {}", o.better_in, o.groups) });
        let value = |name: &str| o.scores.iter().find(|s| s.score == name).and_then(|s| s.value);
        row.extend(names.iter().map(|(n, _)| or_dash(value(n), score)));
        row.extend(o.coverage.iter().map(|c| percent(c.share)));
        row.extend([o.groups.to_string(), o.targets.to_string()]);
        t.rows.push(row);
    }
    t.note = format!(
        "Skill: 1 − mean CRPS / mean CRPS of {baseline}; groups with large counts weigh most in it. Better in: groups whose own skill is above 0."
    );
    Some(t)
}

/// The overview of a panel's report.
pub struct Overview<'a> {
    /// Each group's page and its address beside the overview.
    pub pages: Vec<(&'a Group, &'a Page, String)>,
    /// The scores over groups.
    pub scores: Option<Table>,
    /// Groups that were left out, and why.
    pub notes: Vec<String>,
}

impl Overview<'_> {
    /// One line per group: the last count, the first forecast and the total of the main model, its skill.
    fn table(&self) -> Table {
        let heads = ["<group", "last count", "<of", "next", "<80 % interval", "<of", "skill"];
        let mut t = Table::new(format!("{} groups", self.pages.len()), &heads);
        for (group, page, _) in &self.pages {
            let last = page.series.iter().rev().find(|p| p.count.is_some());
            let forecast = page.main_forecasts().first().and_then(|f| f.targets.first().cloned());
            let skill = page.backtest.as_ref().and_then(|b| {
                let main = page.main_forecasts().first()?.model.clone();
                b.summary.iter().find(|s| s.model == main && s.horizon.is_none())?.skill
            });
            t.rows.push(vec![
                group.values(),
                or_dash(last.and_then(|p| p.count), count),
                last.map_or("–".into(), |p| p.label.clone()),
                or_dash(forecast.as_ref().map(|f| f.median), count),
                forecast.as_ref().map_or("–".into(), interval),
                forecast.as_ref().map_or("–".into(), |f| f.period.clone()),
                or_dash(skill, gain),
            ]);
        }
        t.note = "Next: the median forecast of the main model under the first scenario. Skill: against the baseline, all horizons.".into();
        t
    }

    fn title(&self) -> String {
        self.pages.first().map_or_else(String::new, |(_, p, _)| p.title.clone())
    }

    /// As a self-contained HTML page with links to the groups' pages.
    pub fn html(&self) -> String {
        let title = self.title();
        let made = self.pages.first().map_or("", |(_, p, _)| &p.stamp.version);
        let page = markup! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="generator" content=(format!("{GENERATOR} {made}").trim());
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    style { (PreEscaped(html::STYLE)) }
                }
                body {
                    header { p.kicker { "tumen report" } h1 { (title) } }
                    nav aria-label="Groups" {
                        ul { @for (g, _, address) in &self.pages { li { a href=(address) { (g.values()) } } } }
                    }
                    main #main {
                        section #groups { h2 { "Groups" } (remarks(&self.notes)) (self.table().html()) }
                        @if let Some(t) = &self.scores { section #scores { h2 { "Back-test of all groups" } (t.html()) } }
                    }
                }
            }
        };
        page.into_string()
    }

    /// As Markdown with links to the groups' pages.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", escape_markdown(&self.title()));
        for (g, _, address) in &self.pages {
            out += &format!("* [{}](<{address}>)\n", escape_markdown(&g.values()));
        }
        for note in &self.notes {
            out += &format!("\n{}\n", escape_markdown(note));
        }
        let all: Vec<Table> = [self.table()].into_iter().chain(self.scores.clone()).collect();
        out + "\n" + &tables::markdown(&all) + &format!("\n{}\n", html::MARKDOWN_MARK)
    }

    /// For the terminal, within `width` columns.
    pub fn terminal(&self, width: usize) -> String {
        let all: Vec<Table> = [self.table()].into_iter().chain(self.scores.clone()).collect();
        format!("{}\n\n", self.title()) + &tables::terminal(&all, width)
    }
}

fn interval(t: &TargetResult) -> String {
    let at = t.intervals.iter().find(|i| (i.level - 0.8).abs() < 1e-9);
    at.map_or_else(|| "–".into(), |i| format!("{}–{}", count(i.low), count(i.high)))
}
