//! What must hold of any input to each reader; run by the fuzzer (`fuzz/run`) and, over the committed inputs, by
//! `tests/corpus.rs`. A reader may refuse; it may not panic, hang, or contradict itself.

use jiff::civil::Date;
use std::collections::BTreeSet;
use tumen::data::build::from_table;
use tumen::data::csv::{CsvOptions, read};
use tumen::data::reconcile::reconcile;
use tumen::data::scenario::Scenario;
use tumen::data::{Column, Dataset, Encoding, Event, Observation, Source, Status, Table, TimeOptions, Values, Vintage};
use tumen::formula;
use tumen::period::{Frequency, Grid, Period, Span, parse_date, parse_period};
use tumen::study::{Home, Study};
use tumen::term::Missing;
use tumen::term::plan::Plan;

/// What is done with the bytes of one input.
pub type Reader = fn(&[u8]);

/// All readers by the name of their folder in `fuzz/corpus`.
pub const READERS: [(&str, Reader); 7] = [
    ("csv", csv),
    ("formula", formula),
    ("period", period),
    ("scenario", scenario),
    ("spans", spans),
    ("study", study),
    ("terms", terms),
];

/// A table: read as texts, records are those of the csv crate; read as data, what comes out can be used.
pub fn csv(data: &[u8]) {
    let source = Source::bytes("fuzz.csv", data);
    let literal = CsvOptions { literal: true, ..CsvOptions::default() };
    if let Ok(table) = read(&source, &literal) {
        same_records(data, &table);
    }
    let Ok(table) = read(&source, &CsvOptions::default()) else { return };
    for c in &table.columns {
        assert!((0..table.rows).all(|r| c.number(r).is_none_or(f64::is_finite)));
    }
    let response = table.columns.iter().rev().find(|c| c.number(0).is_some()).or(table.columns.first());
    let Some(response) = response else { return };
    for time in [None, Some("none".to_string())] {
        let options = TimeOptions { allow_gaps: time.is_none(), time, frequency: None, ..TimeOptions::default() };
        if let Ok((data, _)) = from_table(&table, &response.name, &options) {
            use_data(&data, &table, &options);
        }
    }
}

fn use_data(data: &Dataset, table: &Table, options: &TimeOptions) {
    let (chosen, _) = data.choose();
    assert!(chosen.windows(2).all(|w| Some(w[0].span.end) < w[1].span.start));
    if data.grid.len > 1000 {
        return;
    }
    let _ = (reconcile(data), data.latest(), data.json(), data.steps_csv(), data.observations_csv());
    let _ = data.clone().join_columns(table, options);
    let _ = data.clone().join_observations(table);
    let _ = data.clone().join_vintages(table);
    let _ = data.clone().join_events(table);
    let _ = data.clone().join_dictionary(table);
}

/// The cells of a table read as texts are the csv crate's, blanks around them apart.
fn same_records(data: &[u8], table: &Table) {
    let text = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    if table.dialect.encoding != Encoding::Utf8 {
        return;
    }
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(table.dialect.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut record = ::csv::ByteRecord::new();
    let mut row = 0;
    let mut header = true;
    while reader.read_byte_record(&mut record).expect("bytes in memory") {
        if std::mem::take(&mut header) {
            continue;
        }
        if row < table.rows {
            for (c, cell) in table.columns.iter().zip(record.iter()) {
                assert_eq!(c.text(row).as_bytes(), cell.trim_ascii(), "row {row} of `{}`", c.name);
            }
        } else {
            assert!(record.iter().all(|c| c.trim_ascii().is_empty()), "row {row} is missing");
        }
        row += 1;
    }
    assert!(row >= table.rows);
}

/// A formula: what is printed of it reads as the same again.
pub fn formula(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match formula::parse(text) {
        Err(e) => assert!(!e.to_string().is_empty()),
        Ok(f) => {
            let shown = f.to_string();
            // What it expands to may be longer than a formula can be.
            if shown.len() > 50_000 {
                return;
            }
            let again = formula::parse(&shown).unwrap_or_else(|e| panic!("`{shown}` is refused: {e}"));
            // The factors of an interaction come in the order of their first appearance, which printing may change.
            let terms = |f: &formula::Formula| {
                let one = |t: &Vec<formula::Expr>| t.iter().map(|e| e.to_string()).collect::<BTreeSet<_>>();
                let side = |s: &formula::Side| {
                    let offsets: Vec<String> = s.offsets.iter().map(ToString::to_string).collect();
                    (s.intercept, s.terms.iter().map(one).collect::<Vec<_>>(), offsets)
                };
                (f.response.clone(), side(&f.mean), f.zero.as_ref().map(side))
            };
            assert_eq!(terms(&again), terms(&f));
            for e in f.expressions() {
                assert!(!e.label().is_empty());
            }
            let names = ["y", "a", "b", "region"].map(String::from);
            let _ = (f.columns(), f.with_columns(&names));
        }
    }
}

/// A period: it is shown as it would be read, it covers itself, and its neighbours touch it.
pub fn period(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(p) = parse_period(text) else { return };
    let span = p.span();
    assert_eq!(parse_period(&p.to_string()).map(Period::span), Ok(span));
    assert_eq!(parse_date(text), Ok(p.end()));
    assert!(p.start() <= p.end() && span.share_of(p) == 1.0);
    assert_eq!(p.offset(1).start().yesterday().ok(), Some(p.end()));
    for (_, f) in Frequency::ALL {
        assert!(f.period(p.start()) <= f.period(p.end()));
        assert!(!span.label(f).is_empty() && !Span { start: None, end: span.end }.label(f).is_empty());
        let grid = Grid { first: f.period(p.start()), len: 1 };
        assert_eq!(grid.index(f.period(p.start())), Some(0));
    }
}

fn day(n: i64) -> Date {
    Period { frequency: Frequency::Day, ordinal: 730_000 + n }.start()
}

/// Figures of overlapping spans, six bytes each: derived spans are disjoint and contradict nothing that is used, and
/// nothing announced after a day changes what was known on it.
pub fn spans(data: &[u8]) {
    let mut d = Dataset::new(Grid { first: Frequency::Day.period(day(0)), len: 48 }, "y");
    let mut vintages = Vec::new();
    for f in data.chunks_exact(6).take(24) {
        let (from, len, on) = (i64::from(f[0] % 64), i64::from(f[1] % 40) + 1, i64::from(f[3]));
        let span = Span { start: (f[4] & 1 == 0).then(|| day(from)), end: day(from + len - 1) };
        let status = [Status::Final, Status::Final, Status::Provisional, Status::Disputed][usize::from(f[4] >> 1 & 3)];
        let announced = (f[4] & 8 == 0).then(|| day(on));
        let count = if f[5] == 255 { u64::MAX - u64::from(f[2]) } else { u64::from(f[2]) };
        let count = (f[5] != 254).then_some(count);
        let derived = f[4] & 16 != 0;
        d.observations.push(Observation { status, announced, derived, ..Observation::new(span, count) });
        vintages.push(Vintage { step: usize::from(f[0] % 48), announced: day(on), value: f64::from(f[2]) });
        let end = (f[5] & 1 == 0).then(|| day(from + len));
        d.events.push(Event { end, announced: (f[5] & 2 == 0).then(|| day(on)), ..Event::new("e", day(from)) });
    }
    d.columns = vec![Column { vintages, ..Column::numbers("x", vec![f64::NAN; 48]) }];
    d.sort();
    let r = reconcile(&d);
    assert!(r.derived.windows(2).all(|w| Some(w[0].span.end) < w[1].span.start));
    let mut used = d.clone();
    used.observations.clone_from(&r.used);
    assert!(reconcile(&used).contradictions.is_empty());
    let (chosen, _) = d.choose();
    assert!(chosen.windows(2).all(|w| Some(w[0].span.end) < w[1].span.start));
    let on = day(i64::from(data.first().copied().unwrap_or(0)));
    as_known(&d, on);
}

/// Whatever was announced after a day may be struck out before `as_of` that day.
fn as_known(d: &Dataset, on: Date) {
    let mut struck = d.clone();
    struck.observations.retain(|o| o.known_from() <= on);
    struck.events.retain(|e| e.announced.unwrap_or(e.start) <= on);
    for e in &mut struck.events {
        e.end = e.end.filter(|end| *end <= on);
    }
    for v in struck.columns.iter_mut().flat_map(|c| &mut c.vintages).filter(|v| v.announced > on) {
        v.value = -1.0;
    }
    let seen = |d: &Dataset| format!("{:?}", d.as_of(on));
    assert_eq!(seen(d), seen(&struck));
}

/// A study file: its settings are values or refusals.
pub fn study(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(study) = Study::parse(text, "study.toml", Home::Builtin) else { return };
    for flags in std::iter::once(&study.flags).chain(study.models.iter().map(|m| &m.flags)) {
        let _ = (flags.time_options(), flags.decimal(), flags.missing(), flags.settings(), flags.seed());
        let _ = (flags.draws(1), flags.horizon(), flags.origin_lag(), flags.levels(), flags.exceed());
        let _ = flags.formula().map(formula::parse);
        for (_, f) in Frequency::ALL {
            let _ = (flags.window(f), flags.until(f), flags.as_of(f), flags.origins(f));
        }
    }
    for s in &study.scenarios {
        apply(s);
    }
}

/// A scenario's table: applied to a small data set, it changes nothing known and leaves no number that is not finite.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(scenario) = toml::from_str::<Scenario>(text) {
        apply(&scenario);
    }
}

fn apply(scenario: &Scenario) {
    let d = small();
    let mut rng = tumen::rng::stream(1, &["fuzz"]);
    let Ok((future, _)) = scenario.apply(&d, d.grid.len..d.grid.len + 8, &mut rng) else { return };
    for (before, after) in d.columns.iter().zip(&future.columns) {
        if let (Values::Number(before), Values::Number(after)) = (&before.values, &after.values) {
            assert!(before.iter().zip(after).all(|(b, a)| b.is_nan() || a == b), "`{}` changed", scenario.name);
            assert!(after.iter().all(|x| !x.is_infinite()), "{after:?}");
        }
    }
}

/// Thirty years with numbers, a factor, and events.
fn small() -> Dataset {
    let len = 30;
    let mut d = Dataset::new(Grid { first: Period { frequency: Frequency::Year, ordinal: 1995 }, len }, "y");
    for s in 0..len - 2 {
        d.observations.push(Observation::new(d.grid.period(s).span(), Some((s as u64 * 7919) % 23)));
    }
    let wave = |s: usize| (s as f64 * 0.7).sin() * 3.0 + s as f64;
    let mut late: Vec<f64> = (0..len).map(|s| 1.0 + (s * s) as f64).collect();
    late[len - 3..].fill(f64::NAN);
    let levels = vec!["closed".to_string(), "open".to_string(), "서울".to_string()];
    let codes = (0..len).map(|s| (s < len - 1).then_some((s / 4 % 3) as u32)).collect();
    d.columns = vec![
        Column::numbers("a", (0..len).map(wave).collect()),
        Column::numbers("b", late),
        Column::new("region", Values::Text { levels, codes }),
    ];
    let date = |y: i16| Date::new(y, 5, 17).unwrap_or(Date::MAX);
    d.events = vec![
        Event { category: "policy".into(), tags: vec!["border".into()], ..Event::new("closure", date(2012)) },
        Event { end: Some(date(2006)), ..Event::new("opening", date(2003)) },
    ];
    d
}

/// The right side of a formula, learnt from and applied to a small data set: a design of finite numbers, or a refusal.
pub fn terms(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(f) = formula::parse(&format!("y ~ {text}")) else { return };
    let names = ["y", "a", "b", "region"].map(String::from);
    let Ok(f) = f.with_columns(&names) else { return };
    let d = small();
    let range = 0..d.grid.len - 2;
    let Ok(plan) = Plan::learn(&f, &d, range.clone()) else { return };
    for missing in [Missing::Error, Missing::Drop] {
        if let Ok(past) = plan.past(&d, range.clone(), &d.observations, missing) {
            assert!(past.design.x.iter().all(|x| x.is_finite()), "{text}");
        }
    }
    let counts: Vec<f64> = d.counts_by_step()[..range.end].to_vec();
    let _ = plan.future(&d, range.end..d.grid.len, &counts);
}
