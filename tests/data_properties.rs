//! Properties of the data layer: no input panics, records are split as the csv crate splits them, nothing announced after
//! a day changes what was known on it, and figures that are sums of the same counts never contradict each other.

use jiff::civil::Date;
use proptest::prelude::*;
use tumen::data::build::from_table;
use tumen::data::csv::{CsvOptions, read};
use tumen::data::reconcile::reconcile;
use tumen::data::{Column, Dataset, Event, Known, Observation, Source, Status, TimeOptions, Values, Vintage};
use tumen::period::{Frequency, Grid, Period, STEP_ORIGIN, Span, parse_period};

/// Text made of what is special to a reader.
fn csv_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(","),
        Just(";"),
        Just("\t"),
        Just("\n"),
        Just("\r\n"),
        Just("\r"),
        Just("\""),
        Just("\"\""),
        Just("a"),
        Just("y"),
        Just("year"),
        Just("2001"),
        Just("2002"),
        Just("1,234"),
        Just("3.5"),
        Just("3,5"),
        Just("-"),
        Just("NA"),
        Just("서울"),
        Just(" "),
        Just("2016-08"),
        Just("period_start"),
        Just("period_end"),
        Just("\u{feff}"),
        Just("1e9"),
        Just("")
    ];
    prop::collection::vec(piece, 0..60).prop_map(|p| p.concat())
}

/// Reads bytes in every way; only errors may come back.
fn read_all_ways(bytes: Vec<u8>) {
    for literal in [false, true] {
        let options = CsvOptions { literal, ..CsvOptions::default() };
        let Ok(table) = read(&Source::bytes("fuzz.csv", bytes.clone()), &options) else { continue };
        for c in &table.columns {
            assert!((0..table.rows).all(|r| c.number(r).is_none_or(f64::is_finite)));
            for time in [None, Some("none".to_string()), Some(c.name.clone())] {
                for allow_gaps in [false, true] {
                    let options =
                        TimeOptions { time: time.clone(), frequency: None, allow_gaps, ..TimeOptions::default() };
                    if let Ok((data, _)) = from_table(&table, &c.name, &options) {
                        let _ = (data.choose(), reconcile(&data), data.json(), data.steps_csv());
                        let _ = data.clone().join_columns(&table, &options);
                        let _ = data.clone().join_observations(&table);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all_ways(bytes);
    }

    #[test]
    fn any_table_like_text_is_read_or_refused(text in csv_like()) {
        read_all_ways(text.into_bytes());
    }

    #[test]
    fn records_are_those_of_the_csv_crate(rows in prop::collection::vec(prop::collection::vec("[a-z0-9 ,\"\n\r]{0,6}", 3), 1..12), crlf in any::<bool>(), quote in any::<bool>()) {
        let style = if quote { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut w = csv::WriterBuilder::new().quote_style(style).terminator(end).from_writer(Vec::new());
        w.write_record(["h1", "h2", "h3"]).unwrap();
        for r in &rows {
            w.write_record(r).unwrap();
        }
        let bytes = w.into_inner().unwrap();
        let trimmed: Vec<Vec<String>> = rows.iter().map(|r| r.iter().map(|c| c.trim_matches([' ', '\n', '\r']).to_string()).collect()).collect();
        let filled = trimmed.iter().rposition(|r| r.iter().any(|c| !c.is_empty())).map_or(0, |i| i + 1);
        let options = CsvOptions { literal: true, delimiter: Some(b','), ..CsvOptions::default() };
        match read(&Source::bytes("a.csv", bytes), &options) {
            Err(e) => prop_assert!(filled == 0, "{e}"),
            Ok(t) => {
                prop_assert_eq!(t.rows, filled);
                for (i, row) in trimmed.iter().take(filled).enumerate() {
                    for (c, cell) in t.columns.iter().zip(row) {
                        let got = c.text(i);
                        prop_assert_eq!(&*got, cell.as_str());
                    }
                }
            }
        }
    }

    #[test]
    fn any_text_is_a_period_or_not(text in "\\PC{0,14}") {
        if let Ok(p) = parse_period(&text) {
            prop_assert_eq!(parse_period(&p.to_string()).map(|q| q.span()), Ok(p.span()));
        }
    }

    #[test]
    fn a_period_holds_its_days(ordinal in -500_000i64..700_000, f in 0usize..6) {
        let frequency = Frequency::ALL[f].1;
        let period = frequency.period(Period { frequency: Frequency::Day, ordinal }.start());
        prop_assert!(frequency.period(period.start()) == period && frequency.period(period.end()) == period);
        prop_assert_eq!(frequency.period(period.offset(1).start()), period.offset(1));
        prop_assert_eq!(period.span().share_of(period), 1.0);
    }
}

/// A table of so many rows, long enough for many blocks, with a cell of row `at` replaced.
fn long_table(rows: usize, at: usize, column: usize, cell: &str) -> String {
    let mut text = String::from("id,code,late,x,note\n");
    for r in 0..rows {
        let late = if r > rows / 2 { "known" } else { "" };
        let code = if r == 0 { "A1".to_string() } else { r.to_string() };
        let note = ["", "\"a, b\"", "\"say \"\"so\"\"\"", "\"two\nlines\"", "plain"][r % 7 % 5];
        let mut cells = [r.to_string(), code, late.into(), format!("{}.{:03}", r % 977, r % 1000), note.into()];
        if r == at {
            cells[column] = cell.into();
        }
        text += &cells.join(",");
        text.push('\n');
    }
    text
}

#[test]
fn long_tables_are_read_as_the_csv_crate_splits_them() {
    let rows = 120_000;
    let text = long_table(rows, rows - 5, 0, "12x");
    let table = read(&Source::bytes("a.csv", text.as_str()), &CsvOptions::default()).unwrap();
    assert_eq!(table.rows, rows);
    let [id, code, late, x, note] = table.columns.as_slice() else { panic!("five columns") };
    // Numbers until nearly the end: text in the end, with the cell that spoilt it told; a text at the beginning, too.
    assert!(id.number(3).is_none() && code.number(3).is_none() && x.number(3) == Some(3.003));
    assert!(table.not_a_number(id).to_string().starts_with("`12x` in column `id`"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for (row, record) in reader.records().enumerate() {
        let record = record.unwrap();
        for (c, cell) in [id, code, late, note].into_iter().zip([0, 1, 2, 4].map(|i| &record[i])) {
            assert_eq!(c.text(row), cell, "row {row}");
        }
        assert_eq!(x.number(row), record[3].parse().ok());
    }
    let places = |r: usize, c: &str| long_table(rows, r, 4, c);
    let refused = |text: String| read(&Source::bytes("a.csv", text), &CsvOptions::default()).unwrap_err().to_string();
    // Row 100 003 (counted from 0) stands after the lines that its predecessors take.
    let line = places(100_003, "").lines().position(|l| l.starts_with("100003,")).unwrap() + 1;
    assert!(
        refused(places(100_003, "a,b"))
            .contains(&format!("6 fields, but the header has 5 columns\n  at a.csv:{line}:"))
    );
    assert!(refused(places(rows - 1, "\"open")).starts_with("a quote is opened here and never closed\n"));
}

fn day(n: i64) -> Date {
    Period { frequency: Frequency::Day, ordinal: 730_000 + n }.start()
}

/// One thing that can become known, and the day on which it does.
#[derive(Debug, Clone)]
enum Fact {
    Count { from: i64, days: i64, count: u64, on: i64 },
    Vintage { step: usize, value: f64, on: i64 },
    Event { start: i64, end: Option<i64>, on: Option<i64> },
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (0i64..1500, 1i64..500, 0u64..50, 0i64..2500).prop_map(|(from, days, count, on)| Fact::Count {
            from,
            days,
            count,
            on
        }),
        (0usize..6, 0.0..9.0f64, 0i64..2500).prop_map(|(step, value, on)| Fact::Vintage { step, value, on }),
        (0i64..1500, prop::option::of(0i64..900), prop::option::of(0i64..2500))
            .prop_map(|(start, end, on)| Fact::Event { start, end: end.map(|e| start + e), on }),
    ]
}

fn dataset(facts: &[Fact]) -> Dataset {
    let mut d = Dataset::new(Grid { first: Frequency::Year.period(day(0)), len: 6 }, "y");
    let mut dated = Column::numbers("dated", vec![f64::NAN; 6]);
    let mut lagged = Column::numbers("lagged", (0..6).map(f64::from).collect());
    lagged.known = Known::After { months: 7, days: 3 };
    for (i, f) in facts.iter().enumerate() {
        match f {
            Fact::Count { from, days, count, on } => {
                let span = Span { start: Some(day(*from)), end: day(from + days - 1) };
                d.observations.push(Observation { announced: Some(day(*on)), ..Observation::new(span, Some(*count)) });
            }
            Fact::Vintage { step, value, on } => {
                dated.vintages.push(Vintage { step: *step, announced: day(*on), value: *value });
            }
            Fact::Event { start, end, on } => d.events.push(Event {
                end: end.map(day),
                announced: on.map(day),
                ..Event::new(format!("e{i}"), day(*start))
            }),
        }
    }
    d.columns = vec![dated, lagged];
    d.sort();
    d
}

/// All of a data set as text (NaN equals NaN there).
fn shown(d: &Dataset) -> String {
    let facts = (&d.grid, &d.observations, &d.columns, &d.events, &d.known_at);
    format!("{facts:?}")
}

/// Whether a fact is known on a day. A dated vintage makes its step unknown before it, so it is only compared in full.
fn known(f: &Fact, on: i64) -> bool {
    match f {
        Fact::Count { on: day, .. } | Fact::Vintage { on: day, .. } => *day <= on,
        Fact::Event { start, on: day, .. } => day.unwrap_or(*start) <= on,
    }
}

/// The fact as it was known on a day: an end that had not come is not part of it.
fn at(f: &Fact, on: i64) -> Fact {
    match f.clone() {
        Fact::Event { start, end, on: day } => Fact::Event { start, end: end.filter(|e| *e <= on), on: day },
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_announced_later_changes_what_was_known(facts in prop::collection::vec(fact(), 0..25), on in 0i64..2600) {
        let all = dataset(&facts).as_of(day(on));
        // The ids of events count facts, so those left out keep their place as an event that is never known.
        let never = Fact::Event { start: 99_000, end: None, on: None };
        let only: Vec<Fact> = facts.iter().map(|f| if known(f, on) { at(f, on) } else { never.clone() }).collect();
        prop_assert_eq!(shown(&all), shown(&dataset(&only).as_of(day(on))));
    }

    #[test]
    fn values_not_yet_published_leave_no_trace(
        values in prop::collection::vec(0u32..5, 12), coarse in any::<bool>(), months in 0i32..15, days in 0i32..40, on in 0i64..2800,
    ) {
        let frequency = if coarse { Frequency::Half } else { Frequency::Year };
        let grid = Grid { first: frequency.period(day(0)), len: 12 };
        // The rule in other words: the day that is so many months and days after the last day of the period.
        let published = |s: usize| {
            let period = if coarse { Frequency::Year.period(grid.period(s).end()) } else { grid.period(s) };
            let next = period.end().tomorrow().unwrap();
            next.checked_add(jiff::Span::new().months(months).days(days)).unwrap().yesterday().unwrap() <= day(on)
        };
        let made = |other: bool| {
            let hidden = |s: usize| other && !published(s);
            let mut d = Dataset::new(grid, "y");
            let number = |s: usize| if hidden(s) { 99.0 } else { f64::from(values[s]) };
            let code = |s: usize| Some(if hidden(s) { 5 } else { values[s] });
            let levels: Vec<String> = ["a", "b", "c", "d", "e", "future"].map(String::from).to_vec();
            let codes = (0..12).map(code).collect();
            d.columns = vec![Column::numbers("x", (0..12).map(number).collect()), Column::new("g", Values::Text { levels, codes })];
            for c in &mut d.columns {
                c.known = Known::After { months, days };
                c.frequency = coarse.then_some(Frequency::Year);
            }
            d.as_of(day(on))
        };
        let seen = made(false);
        prop_assert_eq!(shown(&seen), shown(&made(true)));
        for c in &seen.columns {
            for s in 0..12 {
                prop_assert_eq!(c.values.is_known(s), published(s), "{} {}", c.name, s);
            }
        }
    }

    #[test]
    fn an_event_is_known_from_its_announcement_and_its_end_once_it_has_come(
        start in 0i64..1000, length in 0i64..900, lead in prop::option::of(-400i64..400), on in 0i64..2600,
    ) {
        let mut d = dataset(&[]);
        let announced = lead.map(|l| day(start + l));
        d.events = vec![Event { end: Some(day(start + length)), announced, ..Event::new("e", day(start)) }];
        let seen = d.as_of(day(on));
        prop_assert_eq!(seen.events.len() == 1, start + lead.unwrap_or(0) <= on);
        prop_assert!(seen.events.iter().all(|e| e.end.is_some() == (start + length <= on)));
    }

    #[test]
    fn a_final_figure_goes_before_a_provisional_one(counts in prop::collection::vec(1u64..40, 4), error in 1u64..9, which in 0usize..4, later in any::<bool>()) {
        let mut d = Dataset::new(Grid { first: Frequency::Day.period(day(0)), len: 8 }, "y");
        let mut add = |from: usize, to: usize, n: u64, status: Status, on: i64| {
            let span = Span { start: Some(day(from as i64)), end: day(to as i64) };
            d.observations.push(Observation { status, announced: Some(day(on)), ..Observation::new(span, Some(n)) });
        };
        add(0, 3, counts.iter().sum(), Status::Final, 10);
        for (i, n) in counts.iter().enumerate() {
            let (n, status) = if i == which { (n + error, Status::Provisional) } else { (*n, Status::Final) };
            add(i, i, n, status, if later { 20 } else { 5 });
        }
        // The provisional part is wrong by `error`: the final whole and the other parts are believed, and give it.
        let r = reconcile(&d);
        prop_assert_eq!(r.contradictions.iter().map(|c| c.difference).collect::<Vec<_>>(), [Some(error)]);
        prop_assert_eq!(r.derived.iter().filter_map(|o| o.count).collect::<Vec<_>>(), counts);
    }

    #[test]
    fn as_of_can_be_repeated(facts in prop::collection::vec(fact(), 0..25), a in 0i64..2600, b in 0i64..2600) {
        let d = dataset(&facts);
        prop_assert_eq!(shown(&d.as_of(day(a)).as_of(day(b))), shown(&d.as_of(day(a.min(b)))));
        let latest = d.as_of(day(a)).latest();
        prop_assert_eq!(shown(&latest.latest()), shown(&latest));
        for o in &latest.observations {
            prop_assert!(o.known_from() <= day(a));
        }
    }

    #[test]
    fn chosen_observations_are_disjoint_and_recorded(facts in prop::collection::vec(fact(), 0..25)) {
        let d = dataset(&facts);
        let (chosen, notes) = d.choose();
        prop_assert!(chosen.windows(2).all(|w| Some(w[0].span.end) < w[1].span.start));
        let choice = d.choice();
        let made = chosen.iter().filter(|o| !d.observations.contains(o)).count();
        prop_assert!(chosen.iter().all(|o| d.observations.contains(o) || (o.derived && !o.note.is_empty())));
        prop_assert_eq!((made, choice.left_out.len() + choice.worked_out.len() + choice.doubtful.len()), (choice.worked_out.len(), notes.len()));
        prop_assert_eq!(chosen.len() - made + choice.left_out.len(), d.latest().observations.len());
    }

    #[test]
    fn overlapping_sums_are_fitted_once_and_none_is_lost(
        counts in prop::collection::vec(0u64..40, 24),
        spans in prop::collection::vec((0usize..24, 1usize..24, any::<bool>()), 1..12),
        per_step in prop::sample::select(vec![Frequency::Month, Frequency::Quarter, Frequency::Year]),
        turn in 0usize..12,
    ) {
        let month = |i: usize| Period { frequency: Frequency::Month, ordinal: 12 * 2011 + i as i64 };
        let mut d = Dataset::new(Grid { first: per_step.period(month(0).start()), len: 8 }, "y");
        for (from, len, provisional) in &spans {
            let to = (from + len).min(24);
            let span = Span { start: Some(month(*from).start()), end: month(to - 1).end() };
            let status = if *provisional { Status::Provisional } else { Status::Final };
            d.observations.push(Observation { status, ..Observation::new(span, Some(counts[*from..to].iter().sum())) });
        }
        let fitted = d.choice().fitted;
        prop_assert!(fitted.windows(2).all(|w| Some(w[0].span.end) < w[1].span.start));
        let index = |day: Date| (0..24).find(|i| month(*i).span().start <= Some(day) && day <= month(*i).end()).unwrap();
        for o in &fitted {
            let truth: u64 = counts[index(o.span.start.unwrap())..=index(o.span.end)].iter().sum();
            prop_assert_eq!(o.count, Some(truth), "{:?}", o);
        }
        // As many days as the best choice of recorded figures alone (all subsets), and as many figures of steps and more.
        let days = |list: &[Observation]| list.iter().filter_map(|o| o.span.days()).sum::<i64>();
        let whole = |o: &&Observation| Some(per_step.period(o.span.end)) != o.span.start.map(|s| per_step.period(s)) || o.span == per_step.period(o.span.end).span();
        let steps = |list: &[Observation]| list.iter().filter(whole).count();
        let recorded = d.latest().observations;
        let best = (0u32..1 << recorded.len()).map(|set| {
            let some: Vec<Observation> = recorded.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, o)| o.clone()).collect();
            let apart = some.iter().enumerate().all(|(i, a)| some[..i].iter().all(|b| a.span.overlap(b.span) == 0));
            if apart { (days(&some), steps(&some)) } else { (0, 0) }
        }).max().unwrap();
        prop_assert!((days(&fitted), steps(&fitted)) >= best, "{:?} {:?}", fitted, best);
        // The order of the file is nothing.
        let mut turned = d.clone();
        let by = turn % turned.observations.len();
        turned.observations.rotate_left(by);
        prop_assert_eq!(turned.choice().fitted.iter().map(|o| (o.span, o.count)).collect::<Vec<_>>(), fitted.iter().map(|o| (o.span, o.count)).collect::<Vec<_>>());
    }

    #[test]
    fn sums_of_the_same_counts_agree(counts in prop::collection::vec(0u64..40, 30), spans in prop::collection::vec((0usize..30, 1usize..30, any::<bool>()), 1..14), open in any::<bool>()) {
        let mut d = Dataset::new(Grid { first: Frequency::Day.period(day(0)), len: 30 }, "y");
        for (from, len, provisional) in &spans {
            let to = (from + len).min(30);
            let total = counts[*from..to].iter().sum();
            let span = Span { start: Some(day(*from as i64)), end: day(to as i64 - 1) };
            let status = if *provisional { Status::Provisional } else { Status::Final };
            d.observations.push(Observation { status, ..Observation::new(span, Some(total)) });
        }
        if open {
            let span = Span { start: None, end: day(14) };
            d.observations.push(Observation::new(span, Some(7 + counts[..15].iter().sum::<u64>())));
        }
        let r = reconcile(&d);
        prop_assert!(r.contradictions.is_empty(), "{:?}", r.contradictions);
        prop_assert!(r.derived.windows(2).all(|w| Some(w[0].span.end) < w[1].span.start));
        for o in &r.derived {
            let index = |d: Date| (0..30).find(|i| day(*i) == d).unwrap() as usize;
            let truth: u64 = counts[index(o.span.start.unwrap())..=index(o.span.end)].iter().sum();
            prop_assert_eq!(o.count, Some(truth), "{:?}", o);
        }
    }

    #[test]
    fn a_wrong_whole_is_found_with_its_size(parts in prop::collection::vec(5u64..40, 2..8), error in 1u64..5) {
        let mut d = Dataset::new(Grid { first: Frequency::Day.period(day(0)), len: 30 }, "y");
        for (i, n) in parts.iter().enumerate() {
            d.observations.push(Observation::new(Span { start: Some(day(i as i64)), end: day(i as i64) }, Some(*n)));
        }
        let whole = Span { start: Some(day(0)), end: day(parts.len() as i64 - 1) };
        d.observations.push(Observation::new(whole, Some(parts.iter().sum::<u64>() + error)));
        let r = reconcile(&d);
        prop_assert_eq!(r.contradictions.iter().map(|c| c.difference).collect::<Vec<_>>(), [Some(error)]);
    }

    #[test]
    fn any_figures_are_reconciled(figures in prop::collection::vec((0i64..40, 1i64..40, 0u64..60, 0i64..60, any::<bool>()), 0..18)) {
        let mut d = Dataset::new(Grid { first: Frequency::Day.period(day(0)), len: 80 }, "y");
        for (from, len, n, on, derived) in figures {
            let span = Span { start: (from > 3).then(|| day(from)), end: day(from + len - 1) };
            d.observations.push(Observation { announced: Some(day(on)), derived, ..Observation::new(span, Some(n)) });
        }
        let r = reconcile(&d);
        prop_assert!(r.derived.windows(2).all(|w| Some(w[0].span.end) < w[1].span.start));
        // What is derived contradicts nothing that is used.
        let mut again = d.clone();
        again.observations.clone_from(&r.used);
        prop_assert!(reconcile(&again).contradictions.is_empty());
    }
}

#[test]
fn steps_are_days_from_the_origin() {
    assert_eq!(Period::step(5).start(), STEP_ORIGIN.checked_add(jiff::Span::new().days(5)).unwrap());
    assert!(matches!(Column::numbers("x", vec![1.0]).values, Values::Number(_)));
}
