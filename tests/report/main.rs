//! The report and the tables on a page of made-up numbers. The pages are left in the target directory to be looked at.

mod fixture;

use std::collections::HashSet;
use tumen::period::{Frequency, Period};
use tumen::report::{EventMark, Page, SECTIONS, SeriesPoint, csv, html, markdown, tables};
use tumen::results::*;

fn keep(name: &str, text: &str) {
    std::fs::write(format!("{}/{name}", env!("CARGO_TARGET_TMPDIR")), text).unwrap();
}

/// What no page may hold: a number that is none, or anything to load.
fn assert_sound(text: &str) {
    for part in ["NaN", "inf", "src=", "@import", "url(http", "<link", "javascript:", "<b>bold"] {
        // "information" is a word of the page
        let found = text.match_indices(part).find(|(i, _)| !text[*i..].starts_with("information"));
        assert!(
            found.is_none(),
            "{part:?} in {:?}",
            found.map(|(i, _)| text[i..].chars().take(60).collect::<String>())
        );
    }
}

/// All values of an attribute.
fn values<'a>(text: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    text.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_page_is_whole_small_and_loads_nothing() {
    let text = html::render(&fixture::page());
    keep("report.html", &text);
    assert!(text.len() < 200_000, "{} bytes", text.len());
    assert_sound(&text);
    // The made-up page holds no effects report; tests/cli.rs looks for every section in the real one.
    for s in SECTIONS.iter().filter(|s| !["attribution", "without", "certainty"].contains(&s.id)) {
        assert!(text.contains(&format!("<section id=\"{}\"", s.id)), "no section {}", s.id);
    }
    assert_eq!(text, html::render(&fixture::page()), "the same page gives the same bytes");
}

#[test]
fn ids_are_unique_and_every_reference_has_its_target() {
    let text = html::render(&fixture::page());
    let ids = values(&text, "id");
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    let labels = values(&text, "aria-labelledby").into_iter().flat_map(str::split_whitespace);
    let links = values(&text, "href").into_iter().filter_map(|h| h.strip_prefix('#'));
    let clips = values(&text, "clip-path").into_iter().map(|c| c.trim_start_matches("url(#").trim_end_matches(')'));
    for id in labels.chain(links).chain(clips).chain(values(&text, "for")) {
        assert!(unique.contains(id), "{id}");
    }
}

#[test]
fn text_from_the_data_is_never_markup() {
    let evil = "<b>bold</b>\"'&`|";
    let mut page = fixture::page();
    for text in [&mut page.title, &mut page.subtitle, &mut page.response, &mut page.study, &mut page.formula] {
        *text = evil.into();
    }
    page.headline[0] = evil.into();
    page.notes.push(evil.into());
    page.stamp.command = evil.into();
    page.scenarios[0].label = evil.into();
    page.events[0].label = evil.into();
    page.series[3].label = evil.into();
    page.series[3].note = evil.into();
    page.sources[0].title = evil.into();
    page.terms[0].label = evil.into();
    if let Some(fit) = &mut page.fit {
        fit.fits[0].terms[1].verdict = format!("not separable {evil}");
        fit.fits[0].rows[18].period = evil.into();
    }
    assert_sound(&html::render(&page));
    let text = markdown::render(&page);
    // code keeps its text; everywhere else the bracket is escaped
    let outside: Vec<&str> = text.lines().filter(|l| l.contains("<b>") && !l.contains('`')).collect();
    assert_eq!(outside, [""; 0]);
}

#[test]
fn an_empty_page_has_no_empty_sections() {
    let text = html::render(&Page::new("Nothing", "things", Frequency::Year));
    assert!(!text.contains("<section id=\"forecast\""), "{text}");
    assert_sound(&text);
    let page = Page::new("Nothing", "things", Frequency::Year);
    assert!(!markdown::render(&page).contains("## Effects"));
}

/// A short page at any frequency, with zeros, wild intervals and crowded events.
fn strange(frequency: Frequency) -> Page {
    let first =
        if frequency == Frequency::Step { Period::step(1) } else { frequency.period(jiff::civil::date(2019, 3, 4)) };
    let point = |k: i64| {
        let p = first.offset(k);
        let count = [Some(0.0), Some(3.0), None, Some(1.0)][k as usize % 4];
        let status = "final".into();
        SeriesPoint { start: Some(p.start()), end: p.end(), label: p.to_string(), count, status, note: String::new() }
    };
    let event = |k: i64| EventMark {
        start: first.offset(k / 3).start(),
        end: (k % 4 == 0).then(|| first.offset(k / 3 + 2).end()),
        label: format!("event number {k} with a rather long name"),
        category: String::new(),
    };
    let mut page = Page::new("Strange", "things", frequency);
    page.series = (0..14).map(point).collect();
    page.events = (0..40).map(event).collect();
    let mut forecast = fixture::forecast();
    for f in &mut forecast.forecasts {
        for (k, t) in f.targets.iter_mut().enumerate() {
            let p = first.offset(14 + k as i64);
            (t.target_start, t.target_end, t.period) = (p.start().to_string(), p.end().to_string(), p.to_string());
            (t.median, t.intervals[0].low, t.intervals[2].low, t.intervals[2].high) = (0.0, 0.0, 0.0, 1e12);
        }
    }
    page.forecast = Some(forecast);
    page
}

#[test]
fn strange_series_are_drawn_at_every_frequency() {
    for (name, frequency) in Frequency::ALL {
        let text = html::render(&strange(frequency));
        keep(&format!("strange-{name}.html"), &text);
        assert_sound(&text);
        assert!(text.contains("runs beyond the picture"), "{name}: a wild band must be cut and said to be");
        for at in ["x", "y", "x1", "y1", "cx", "cy", "width", "height"].iter().flat_map(|a| values(&text, a)) {
            let v: f64 = at.parse().unwrap_or_else(|_| panic!("{name}: {at}"));
            assert!(v.is_finite() && v.abs() < 2000.0, "{name}: {at}");
        }
    }
}

#[test]
fn terminal_tables_keep_their_width() {
    let all = [
        tables::fit(&fixture::fit(), 0.95),
        tables::forecast(&fixture::forecast(), |s| s),
        tables::backtest(&fixture::backtest()),
    ];
    for width in [80, 100, 120] {
        for table in all.iter().flatten() {
            let text = table.terminal(width);
            let body = text.lines().skip(1).take_while(|l| *l != table.note);
            let widest = body.map(|l| l.chars().count()).max().unwrap_or(0);
            assert!(widest <= width, "{widest} > {width}\n{text}");
        }
    }
}

#[test]
fn tables_of_fits() {
    insta::assert_snapshot!("fit_terminal", tables::terminal(&tables::fit(&fixture::fit(), 0.95), 100));
    insta::assert_snapshot!("fit_terminal_80", tables::terminal(&tables::fit(&fixture::fit(), 0.95), 80));
    insta::assert_snapshot!("fit_csv", csv::fit(&fixture::fit()).unwrap());
}

#[test]
fn tables_of_forecasts() {
    let forecast = fixture::forecast();
    insta::assert_snapshot!("forecast_terminal", tables::terminal(&tables::forecast(&forecast, |s| s), 100));
    let text = csv::forecast(&forecast).unwrap();
    insta::assert_snapshot!("forecast_csv", text.lines().take(26).collect::<Vec<_>>().join("\n"));
    // 3 forecasts of 5 targets with 3 limits each and one total without: 1 + 1 + 7 values, and the limits
    assert_eq!(text.lines().count(), 1 + 3 * (5 * (9 + 3) + 9));
}

#[test]
fn exceedance_becomes_its_complement() {
    let mut forecast = fixture::forecast();
    forecast.forecasts[0].targets[0].exceedance = vec![Exceedance { limit: 1000.0, probability: 0.003 }];
    let text = csv::forecast(&forecast).unwrap();
    assert!(text.contains(",1,cdf,1000,0.997\n"), "{text}");
    assert!(text.contains(",1,quantile,0.025,151\n"), "{text}");
}

#[test]
fn tables_of_backtests() {
    insta::assert_snapshot!("backtest_terminal", tables::terminal(&tables::backtest(&fixture::backtest()), 100));
    insta::assert_snapshot!("backtest_csv", csv::backtest(&fixture::backtest()).unwrap());
}

#[test]
fn the_markdown_page() {
    let text = markdown::render(&fixture::page());
    keep("report.md", &text);
    insta::assert_snapshot!("page_markdown", text);
}

#[test]
fn words_on_interventions_follow_the_p_values() {
    use tumen::report::words::intervention_sentences;
    let mut report = fixture::interventions();
    let told = |r: &_| intervention_sentences(r, Frequency::Year, "arrivals", 0.95);
    let first = &told(&report)[0];
    assert!(
        first.starts_with("The search finds no intervention beyond chance: the likeliest, a level shift from 2012")
    );
    assert!(
        first.contains("has p = 0.400, from 199 simulated series, after correction for the 2 types tried"),
        "{first}"
    );
    assert!(told(&report)[1].contains("1 of 2 within one year, which is no evidence"), "{:?}", told(&report));
    report.found[0].p_corrected = Some(0.004);
    let first = &told(&report)[0];
    let found = "The search finds a level shift from 2012, 0.60 times as many arrivals at once (p = 0.004, from 199";
    assert!(first.starts_with(found), "{first}");
    assert!(first.contains("“New leader” (2011-12-17), which sets in in the same year"), "{first}");
    assert!(!told(&report)[1].contains("no evidence"));
    report.cleaned = Some(vec![report.found[1].clone()]);
    assert!(told(&report)[0].starts_with("A pulse in 2015, 0.60 times"), "{:?}", told(&report));
}

#[test]
fn only_own_files_are_known_again() {
    let page = fixture::page();
    assert!(html::is_ours(&html::render(&page)) && html::is_ours(&markdown::render(&page)));
    assert!(!html::is_ours("<html><head></head><meta name=\"generator\" content=\"tumen\">") && !html::is_ours(""));
}
