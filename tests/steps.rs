//! The steps of a table of spans or of weeks: what chooses their length, and that nothing announced later does.

use assert_cmd::Command;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::Value;
use tumen::job::{self, Input, Session};
use tumen::period::Frequency;
use tumen::study::Flags;

/// Ten years, each announced in the February after.
fn years() -> String {
    let counts = [58, 86, 54, 66, 57, 81, 78, 80, 74, 63];
    let row = |(i, n): (i16, u64)| format!("{0}-01-01,{0}-12-31,{1}-02-01,{n}\n", 2000 + i, 2001 + i);
    "period_start,period_end,announced_on,y\n".to_string() + &(0..).zip(counts).map(row).collect::<String>()
}

/// Quarters of 2010 to 2012, announced a quarter later.
fn quarters() -> String {
    let first = Frequency::Quarter.period(date(2010, 1, 1));
    let counts = [13, 25, 10, 22, 23, 29, 10, 24, 18, 17, 28, 13];
    let row = |(i, n): (i64, u64)| {
        let p = first.offset(i);
        format!("{},{},{},{n}\n", p.start(), p.end(), p.offset(1).end())
    };
    (0..).zip(counts).map(row).collect()
}

/// Runs `tumen` in a folder with files; its standard output, standard error and exit code.
fn run(files: &[(&str, &str)], args: &[&str]) -> (String, String, i32) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).expect("a file");
    }
    let out = Command::cargo_bin("tumen").expect("the binary is built").current_dir(dir.path()).args(args).output();
    let out = out.expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(out.stdout), text(out.stderr), out.status.code().unwrap_or(-1))
}

/// What every command with `--as-of` returns, as JSON.
fn everything(path: &std::path::Path, text: &str) -> Vec<String> {
    std::fs::write(path, text).expect("a file");
    let given = |text: &str| text.parse().ok();
    let flags = Flags {
        formula: given("y ~ trend()"),
        family: given("poisson"),
        as_of: given("2009-06-01"),
        draws: given("100"),
        horizon: given("2"),
        ..Flags::default()
    };
    let session = Session::open(Input::Csv(path.into()), flags).expect("it is read");
    let ask = job::Ask::default();
    let json = |r: tumen::Result<Value>| r.expect("a result").to_string();
    fn value<T: serde::Serialize>(r: tumen::Result<T>) -> tumen::Result<Value> {
        r.map(|r| serde_json::to_value(r).expect("JSON"))
    }
    vec![
        json(value(job::show(&session))),
        json(value(job::check(&session))),
        json(value(job::fit(&session))),
        json(value(job::forecast(&session))),
        json(value(job::effects(&session, &ask))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_announced_later_change_nothing_as_of_a_day(
        later in prop::collection::vec((0usize..6, -3000i64..6000, 0u64..200, 0i64..2000), 1..40),
    ) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("a.csv");
        let row = |(f, day, n, on): &(usize, i64, u64, i64)| {
            let p = Frequency::ALL[*f].1.period(date(2003, 1, 1).saturating_add(day.days()));
            let announced: Date = p.end().max(date(2009, 6, 1)).saturating_add((1 + on).days());
            format!("{},{},{announced},{n}\n", p.start(), p.end())
        };
        let more: String = later.iter().map(row).collect();
        prop_assert_eq!(everything(&path, &(years() + &more)), everything(&path, &years()));
    }
}

#[test]
fn a_back_test_says_when_an_origin_would_have_had_other_steps() {
    let text = years() + &quarters();
    let args = ["backtest", "a.csv", "--formula", "y ~ trend()", "--family", "poisson", "--draws", "100"];
    let said = |more: &[&str]| run(&[("a.csv", &text)], &[&args, more].concat()).1;
    let note = "the steps are those of most figures recorded by now, by quarter; ";
    assert!(said(&[]).contains(note) && said(&[]).contains("knew figures by year instead"), "{}", said(&[]));
    assert!(!said(&["--frequency", "quarter"]).contains(note));
    let (_, plain, code) = run(&[("a.csv", &years())], &[&args[..], &["--from", "2008", "--horizon", "1"]].concat());
    assert!(code == 0 && !plain.contains(note), "{plain}");
}

#[test]
fn a_contradicted_provisional_figure_gives_way_to_what_finals_say() {
    let text = "period_start,period_end,y,status\n2010-01-01,2010-03-31,10,provisional\n2010-04-01,2010-06-30,20,final\n\
                2010-01-01,2010-06-30,33,final\n";
    let (out, said, code) = run(&[("a.csv", text)], &["data", "show", "a.csv", "--format", "csv"]);
    let rows: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(code, 0, "{said}");
    assert!(rows[0].starts_with("2010Q1,2010-01-01,2010-03-31,13,final"), "{out}");
    assert!(rows[1].starts_with("2010Q2,2010-04-01,2010-06-30,20,final") && rows.len() == 2, "{out}");
}

/// Weeks from a first day on.
fn weeks(first: Date, name: &str) -> String {
    let row = |i: i64| format!("{},{}\n", first.saturating_add((7 * i).days()), 4 + i % 5);
    format!("{name},y\n") + &(0..30).map(row).collect::<String>()
}

#[test]
fn weeks_are_those_of_their_dates_and_known_when_they_are_over() {
    let sundays = weeks(date(2011, 1, 2), "date");
    let show = |more: &[&str]| {
        run(
            &[("a.csv", &sundays)],
            &[&["data", "show", "a.csv", "--format", "csv", "--formula", "y ~ 1"], more].concat(),
        )
    };
    let (out, said, _) = show(&[]);
    let first = out.lines().nth(1).unwrap_or_default();
    assert_eq!(first, "2011-01-02–2011-01-08,2011-01-02,2011-01-08,4,final,2011-01-08");
    let note = "`date`: the Sundays a week apart are taken as the first days of weeks from Sunday to Saturday; if they are its last days, \
                name the column so, as in `week_ending`";
    assert!(said.contains(note), "{said}");
    assert_eq!(show(&["--frequency", "week"]).0, out);
    // On the Friday the second week is not over.
    let known = |day: &str| {
        let out = show(&["--as-of", day]).0;
        out.lines().skip(1).filter(|l| l.split(',').nth(3).is_some_and(|n| !n.is_empty())).count()
    };
    assert_eq!((known("2011-01-14"), known("2011-01-15")), (1, 2));
    // Read again, the export has the same weeks.
    let export = |text: &str| run(&[("a.csv", text)], &["data", "export", "a.csv", "--formula", "y ~ 1"]).0;
    assert_eq!(export(&export(&sundays)), export(&sundays));
}

#[test]
fn weeks_named_by_their_last_day_are_so() {
    let first = |text: &str| {
        let (out, said, _) =
            run(&[("a.csv", text)], &["data", "show", "a.csv", "--format", "csv", "--formula", "y ~ 1"]);
        (out.lines().nth(1).unwrap_or_default().to_string(), said)
    };
    let (row, said) = first(&weeks(date(2011, 1, 8), "week_ending"));
    assert_eq!(row, "2011-01-02–2011-01-08,2011-01-02,2011-01-08,4,final,2011-01-08");
    assert!(said.contains("taken as the last days of weeks from Sunday to Saturday"), "{said}");
    // Weeks that end on Sundays are those of the ISO calendar.
    assert!(first(&weeks(date(2011, 1, 9), "week_ending")).0.starts_with("2011-W01,2011-01-03,2011-01-09,4"));
    let (row, said) = first(&weeks(date(2011, 1, 3), "date"));
    assert!(row.starts_with("2011-W01,2011-01-03,2011-01-09,4") && said.is_empty(), "{row}{said}");
}

#[test]
fn a_fit_starts_where_it_is_told_whatever_the_period_is_called() {
    for (start, expected) in [
        ("2011-02-06", "2011-02-06–2011-02-12"),
        ("2011-02", "2011-02-06–2011-02-12"),
        ("2011-02-07", "2011-02-13–2011-02-19"),
    ] {
        let sundays = weeks(date(2011, 1, 2), "date");
        let args = ["fit", "a.csv", "--formula", "y ~ 1", "--start", start, "--format", "json"];
        let (out, said, _) = run(&[("a.csv", &sundays)], &args);
        let fit: Value = serde_json::from_str(&out).expect(&said);
        assert_eq!(fit["fits"][0]["rows"][0]["period"], expected, "{start}");
    }
}

#[test]
fn weeks_of_other_weekdays_are_not_joined() {
    let study = "formula = \"y ~ x\"\n[data]\ncounts = \"a.csv\"\ncovariates = [\"b.csv\"]\n";
    let mondays = weeks(date(2011, 1, 3), "date").replace(",y", ",x");
    let sundays = weeks(date(2011, 1, 2), "date");
    let fit = |counts: &str| run(&[("s.toml", study), ("a.csv", counts), ("b.csv", &mondays)], &["fit", "s.toml"]);
    let (_, said, code) = fit(&sundays);
    assert!(code == 1 && said.contains("its weeks begin on another day (2011-W01) than those of the counts"), "{said}");
    assert_eq!(fit(&weeks(date(2011, 1, 3), "date")).2, 0);
}
