//! What is needed to make the page again.

use crate::report::Page;
use crate::report::digits::count;
use maud::{Markup, html};

fn lines(page: &Page) -> Vec<(&'static str, String)> {
    let s = &page.stamp;
    let draws = if s.draws > 0 { count(s.draws as f64) } else { String::new() };
    let all = [
        ("Command", s.command.clone()),
        ("Formula", page.formula.clone()),
        ("Known on", s.origin_date.clone()),
        ("Seed", s.seed.to_string()),
        ("Draws per forecast", draws),
        ("Data fingerprint", s.data_fingerprint.clone()),
        ("Version", s.version.clone()),
    ];
    all.into_iter().filter(|(_, v)| !v.is_empty()).collect()
}

pub fn html(page: &Page) -> Markup {
    html! {
        dl.stamp { @for (k, v) in lines(page) { div { dt { (k) } dd { code { (v) } } } } }
        @if !page.study.is_empty() {
            details {
                summary { "The study file" }
                pre tabindex="0" { code { (page.study) } }
            }
        }
    }
}

pub fn markdown(page: &Page) -> String {
    let mut text: String = lines(page).iter().map(|(k, v)| format!("- {k}: {}\n", code(v))).collect();
    if !page.study.is_empty() {
        let fence = "`".repeat(longest_run(&page.study).max(2) + 1);
        text += &format!("\n{fence}toml\n{}\n{fence}\n", page.study.trim_end());
    }
    text
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text as Markdown code, with a fence longer than any run of backticks inside.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    format!("{fence}{}{fence}", text.replace('\n', " "))
}
