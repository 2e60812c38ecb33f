//! `tumen report`, and `tumen` alone.

use super::{Common, Format, output};
use crate::error::{Error, Result};
use crate::job::{self, Outcome};
use crate::report::panel::{self, Overview};
use crate::report::{self, Page, tables};
use crate::results::BacktestReport;
use clap::Args;
use std::path::{Path, PathBuf};

/// Where the page goes unless `-o` says otherwise.
const PAGE: &str = "report.html";

/// Groups of a panel that get a page each.
const MOST_PAGES: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    common: Common,
}

impl ReportArgs {
    pub fn run(self) -> Result<()> {
        let path = self.common.output.clone().unwrap_or_else(|| PathBuf::from(PAGE));
        output::refuse_input(&self.common, &path)?;
        let markdown = self.common.format == Format::Markdown || path.extension().is_some_and(|e| e == "md");
        if matches!(self.common.format, Format::Json | Format::Csv | Format::Parquet) {
            return Err(Error::usage("a report is HTML or Markdown")
                .help("for tables use fit, forecast or backtest with --format json or csv"));
        }
        self.may_write(&path)?;
        let all = self.common.panel()?;
        if let Some(n) = all.groups().filter(|n| *n > MOST_PAGES) {
            return Err(Error::usage(format!("a report of {n} groups would be {n} pages")).help(format!(
                "up to {MOST_PAGES} groups get a page each; fit, forecast and backtest take any number"
            )));
        }
        let done = all.run(|session| job::page(&session))?;
        if done.is_panel() {
            return self.pages(&done, &path, markdown);
        }
        for part in &done.parts {
            output::write_file(&path, &render(&part.result, markdown))?;
            self.common.warn(&part.notes);
            output::print(&in_brief(&part.result))?;
        }
        output::print(&format!("The whole report is in {}.", path.display()))
    }

    fn may_write(&self, path: &Path) -> Result<()> {
        output::may_write(&self.common, path, "")
    }

    /// A page per group in a folder beside the overview: `report.html` and `report/north.html`.
    fn pages(&self, done: &Outcome<Page>, path: &Path, markdown: bool) -> Result<()> {
        let folder = path.with_extension("");
        let stem = folder.file_name().map_or_else(|| "report".into(), |s| s.to_string_lossy().into_owned());
        let ending = if markdown { "md" } else { "html" };
        if folder == path || folder.is_file() {
            return Err(Error::usage(format!("{} cannot be the folder of the groups' pages", folder.display()))
                .help("give a file with an ending to -o, such as report.html"));
        }
        let names = file_names(done.parts.iter().map(|p| p.group.values()), ending);
        names.iter().try_for_each(|name| self.may_write(&folder.join(name)))?;
        let fail = |e: std::io::Error| Error::data(format!("cannot make {}: {e}", folder.display()));
        std::fs::create_dir_all(&folder).map_err(fail)?;
        for (part, name) in done.parts.iter().zip(&names) {
            let mut page = part.result.clone();
            page.title = format!("{}: {}", page.title, part.group.values());
            output::write_file(&folder.join(name), &render(&page, markdown))?;
        }
        let tests: Vec<&BacktestReport> = done.parts.iter().filter_map(|p| p.result.backtest.as_ref()).collect();
        let overall = crate::results::panel::overall(&tests);
        let pages = done.parts.iter().zip(&names).map(|(p, n)| (&p.group, &p.result, format!("{stem}/{n}")));
        let overview = Overview {
            pages: pages.collect(),
            scores: panel::overall(&overall, tests.first().map_or("", |t| &t.baseline)),
            notes: done.failures.clone(),
        };
        output::write_file(path, &if markdown { overview.markdown() } else { overview.html() })?;
        self.common.warn(&done.warnings(|_| Vec::new()));
        output::print(&overview.terminal(output::width()))?;
        let n = names.len();
        output::print(&format!("The overview is in {}, {n} pages are in {}.", path.display(), folder.display()))
    }
}

/// File names for groups: their values, letters and digits only; a number tells apart those that would be alike.
fn file_names(groups: impl Iterator<Item = String>, ending: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for group in groups {
        let words = group.to_lowercase();
        let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let stem: String = words.join("-").chars().take(60).collect();
        let stem = if stem.is_empty() { "group".to_string() } else { stem };
        let numbered = (1..).map(|k| if k == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{k}.{ending}") });
        let name = numbered.into_iter().find(|n| !names.contains(n)).unwrap_or(stem);
        names.push(name);
    }
    names
}

fn render(page: &Page, markdown: bool) -> String {
    if markdown { report::markdown::render(page) } else { report::html::render(page) }
}

/// Headline, forecast of the main model and its effects.
fn in_brief(page: &Page) -> String {
    let width = output::width();
    let mut text = format!("{}\n\n", page.title);
    for line in &page.headline {
        text += &output::wrap(line, width);
        text.push('\n');
    }
    text.push('\n');
    for f in page.main_forecasts() {
        text += &tables::predictive(f, page.scenario_label(&f.scenario)).terminal(width);
        text.push('\n');
    }
    if let Some(main) = page.fit.as_ref().and_then(|f| f.fits.first()) {
        text += &tables::coefficients(main, page.level).terminal(width);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn file_names_are_safe_and_different() {
        let groups = ["North, f", "../north/F", "서울", "?"].map(String::from);
        let names = super::file_names(groups.into_iter(), "html");
        assert_eq!(names, ["north-f.html", "north-f-2.html", "서울.html", "group.html"]);
    }
}
