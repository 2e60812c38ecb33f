//! The report and the tables on a page of made-up numbers.

mod fixture;

use tumen::report::html;

#[test]
fn the_page_is_whole_small_and_loads_nothing() {
    let text = html::render(&fixture::page());
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/report.html"), &text).unwrap();
    assert!(text.len() < 200_000, "{} bytes", text.len());
    for part in ["src=", "@import", "url(http", "<link", "NaN", "inf\"", "undefined"] {
        assert!(!text.contains(part), "the page holds {part:?}");
    }
    for s in tumen::report::SECTIONS {
        assert!(text.contains(&format!("<section id=\"{}\"", s.id)), "no section {}", s.id);
    }
    assert!(html::is_ours(&text) && !html::is_ours("<html><head></head>"));
}
