use super::*;
use crate::data::TimeOptions;
use crate::data::build::from_table;
use crate::data::builtin;
use crate::data::csv::{CsvOptions, read};
use crate::period::{Grid, parse_date, parse_period, parse_span};

fn data(rows: &[(&str, &str, u64)]) -> Dataset {
    let mut d = Dataset::new(Grid { first: parse_period("1990").unwrap(), len: 40 }, "y");
    for (from, to, n) in rows {
        let start = parse_span(from).ok().and_then(|s| s.start);
        d.observations.push(Observation::new(Span { start, end: parse_date(to).unwrap() }, Some(*n)));
    }
    d
}

fn counts(r: &Reconciliation) -> Vec<(String, u64)> {
    r.derived.iter().map(|o| (words::label(o.span), o.count.unwrap())).collect()
}

fn says(r: &Reconciliation) -> Vec<&str> {
    r.contradictions.iter().map(|c| c.words.as_str()).collect()
}

#[test]
fn cumulative_sums_give_their_differences() {
    let r = reconcile(&data(&[("2016-01", "2016-03", 342), ("2016-01", "2016-06", 749), ("2016", "2016", 1418)]));
    let expected = [("2016Q1", 342), ("2016Q2", 407), ("2016H2", 669)];
    assert_eq!(counts(&r), expected.map(|(s, n)| (s.to_string(), n)));
    assert_eq!((r.contradictions.len(), r.used.len()), (0, 3));
    assert_eq!(r.derived[1].note, "749 (2016H1) − 342 (2016Q1)");
    assert!(r.derived[1].derived && !r.derived[0].derived);
}

#[test]
fn an_aggregate_gives_the_missing_part() {
    let r =
        reconcile(&data(&[("1999", "2001", 1043), ("1999", "1999", 148), ("2001", "2001", 583), ("", "1998", 947)]));
    assert_eq!(counts(&r), [("1999".to_string(), 148), ("2000".to_string(), 312), ("2001".to_string(), 583)]);
    let r = reconcile(&data(&[("", "1989", 607), ("", "1998", 947), ("1990", "1997", 269)]));
    assert_eq!(counts(&r), [("1990–1997".to_string(), 269), ("1998".to_string(), 71)]);
}

#[test]
fn a_part_larger_than_its_whole_discredits_both() {
    let r = reconcile(&data(&[
        ("2003-01", "2003-06", 598),
        ("2003-01", "2003-07", 705),
        ("2003-01", "2003-08", 704),
        ("2003", "2003", 1285),
    ]));
    assert_eq!(
        says(&r),
        ["2003-01–2003-07 is 705, larger than the figure of a longer span, 704 (2003-01–2003-08): 1 too many"]
    );
    assert_eq!(counts(&r), [("2003H1".to_string(), 598), ("2003H2".to_string(), 687)]);
}

#[test]
fn parts_that_do_not_add_up_are_said_with_their_size() {
    let mut d = data(&[("2011-01", "2011-01", 179), ("2011-02", "2011-02", 166), ("2011-03", "2011-03", 246)]);
    let mut quarter = Observation::new(parse_span("2011Q1").unwrap(), Some(566));
    quarter.announced = Some(parse_date("2012-05-08").unwrap());
    d.observations.push(quarter);
    let r = reconcile(&d);
    assert_eq!(says(&r), ["2011-01 is 179, but 566 (2011Q1) − 246 (2011-03) − 166 (2011-02) = 154: 25 apart"]);
    assert_eq!((r.contradictions[0].kind, r.contradictions[0].difference), (Kind::Sum, Some(25)));
    // The quarter was announced last and stands; none of its months does.
    assert_eq!(counts(&r), [("2011Q1".to_string(), 566)]);
}

#[test]
fn two_figures_of_a_day_contradict_but_vintages_do_not() {
    let d = data(&[("2002-01", "2002-03", 214), ("2002-01", "2002-03", 162), ("2002", "2002", 1142)]);
    let r = reconcile(&d);
    assert_eq!(says(&r), ["2002Q1 is 162, but also 214: 52 apart"]);
    assert_eq!(counts(&r), [("2002".to_string(), 1142)]);
    let mut d = data(&[("2015", "2015", 1277), ("2015", "2015", 1275)]);
    d.observations[1].announced = Some(parse_date("2017-07-12").unwrap());
    let r = reconcile(&d);
    assert!(r.contradictions.is_empty());
    assert_eq!(r.revisions[0].values.iter().map(|v| v.1).collect::<Vec<_>>(), [1277, 1275]);
    assert_eq!(counts(&r), [("2015".to_string(), 1275)]);
}

#[test]
fn a_final_figure_stands_against_provisional_and_derived_ones() {
    let mut d = data(&[("2009-01", "2009-11", 2656), ("2009-12", "2009-12", 296), ("2009", "2009", 2914)]);
    d.observations[0].status = Status::Provisional;
    d.observations[1].derived = true;
    let r = reconcile(&d);
    assert_eq!(says(&r), ["2009-12 is 296 (derived), but 2914 (2009) − 2656 (2009-01–2009-11) = 258: 38 apart"]);
    assert_eq!(counts(&r), [("2009".to_string(), 2914)]);
}

fn shipped() -> Dataset {
    let table = |name: &str| read(&builtin::source(name).unwrap(), &CsvOptions::default()).unwrap();
    let (mut d, _) = from_table(&table("arrivals.csv"), "arrivals", &TimeOptions::default()).unwrap();
    for name in ["arrivals_partial.csv", "arrivals_quarterly.csv", "arrivals_monthly.csv"] {
        d.join_observations(&table(name)).unwrap();
    }
    d
}

#[test]
fn the_shipped_files_hold_the_discrepancies_of_their_sources() {
    let r = reconcile(&shipped());
    let of = |vintage: bool| r.contradictions.iter().filter(move |c| (c.kind == Kind::Vintage) == vintage);
    assert_eq!(
        of(false).map(|c| c.words.as_str()).collect::<Vec<_>>(),
        [
            "2002Q1 (214) is marked as disputed: the same page knows a second figure, 162",
            "2003-01–2003-07 is 705, larger than the figure of a longer span, 704 (2003-01–2003-08): 1 too many",
        ]
    );
    // Figures that kept to an earlier vintage (curated list of disagreements, numbers 4, 6 and 7), and no others.
    let stale: Vec<(String, u64)> =
        of(true).map(|c| (words::label(c.figures[0].span), c.difference.unwrap())).collect();
    let expected = [
        ("2009-12", 38),
        ("2011-03", 25),
        ("2012-01", 8),
        ("2012-05", 27),
        ("2012-01–2012-05", 41),
        ("2012-07", 41),
        ("2012-11", 6),
        ("2013Q2", 1),
        ("2015-11", 2),
        ("2017-09", 1),
        ("2019-10", 4),
    ];
    assert_eq!(stale, expected.map(|(s, n)| (s.to_string(), n)));
    let total: u64 = r.derived.iter().filter(|o| o.span.end.year() >= 2002).filter_map(|o| o.count).sum();
    assert_eq!(total, 34_537 - 947 - 1_043);
    let first_half: u64 = r.derived.iter().filter(|o| o.span.end.year() == 2012).take(2).filter_map(|o| o.count).sum();
    assert_eq!(first_half, 710);
}

#[test]
fn a_note_that_doubts_a_figure_is_told_and_changes_nothing_else() {
    let mut d = data(&[("2002-01", "2002-03", 214), ("2002", "2002", 1142), ("2026-01", "2026-06", 63)]);
    let plain = reconcile(&d);
    assert_eq!(says(&plain), [""; 0]);
    d.observations[0].note = "disputed: the same page knows 162".into();
    d.observations[2].note = "UNVERIFIED: one file only".into();
    let noted = reconcile(&d);
    assert_eq!(
        says(&noted),
        [
            "2002Q1 (214) is marked as disputed by its note alone: the same page knows 162",
            "2026H1 (63) is marked as unverified by its note alone: one file only",
        ]
    );
    assert_eq!((counts(&noted), noted.used.len()), (counts(&plain), 3));
    d.observations[0].status = Status::Disputed;
    assert_eq!(says(&reconcile(&d))[0], "2002Q1 (214) is marked as disputed: the same page knows 162");
    d.observations[0].status = Status::Final;
    d.observations[0].note = "undisputed; verified".into();
    assert_eq!(says(&reconcile(&d)).len(), 1);
}
