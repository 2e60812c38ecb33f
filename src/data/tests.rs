//! Reading: layouts that people have, and the exact text of each complaint.

mod written;

use super::csv::{CsvOptions, read};
use super::*;
use crate::error::Error;
use crate::period::{Frequency, parse_period};

fn table(text: &str) -> Result<Table> {
    read(&Source::bytes("a.csv", text), &CsvOptions::default())
}

fn load(text: &str) -> Result<Dataset> {
    build::from_table(&table(text)?, "y", &TimeOptions::default()).map(|(d, _)| d)
}

fn load_with_notes(text: &str) -> (Dataset, Vec<String>) {
    build::from_table(&table(text).unwrap(), "y", &TimeOptions { allow_gaps: true, ..TimeOptions::default() }).unwrap()
}

fn complaint(result: Result<Dataset>) -> String {
    result.err().map(|e: Error| e.to_string()).unwrap_or_default()
}

fn counts(d: &Dataset) -> Vec<Option<u64>> {
    d.observations.iter().map(|o| o.count).collect()
}

fn numbers(d: &Dataset, name: &str) -> Vec<f64> {
    d.column(name).and_then(|c| c.as_numbers().map(<[f64]>::to_vec)).unwrap()
}

#[test]
fn a_plain_table_is_read() {
    let d = load("year,y,x,g\n2001,5,1.5,b\n2002,NA,,a\n2003,\"1,234\",-2e3,b\n").unwrap();
    assert_eq!(counts(&d), [Some(5), None, Some(1234)]);
    assert_eq!((d.grid.first.to_string(), d.grid.len), ("2001".into(), 3));
    let x = numbers(&d, "x");
    assert!(x[0] == 1.5 && x[1].is_nan() && x[2] == -2000.0);
    let levels = vec!["a".to_string(), "b".to_string()];
    assert_eq!(d.column("g").unwrap().values, Values::Text { levels, codes: vec![Some(1), Some(0), Some(1)] });
    assert_eq!(d.observations[2].source, "a.csv:4");
}

#[test]
fn dialects_give_the_same_data() {
    let plain = load("year,y,x\n2001,1234,0.5\n2002,7,2.25\n").unwrap();
    for text in [
        "\u{feff}year,y,x\r\n2001,1234,0.5\r\n2002,7,2.25\r\n",
        "year;y;x\n2001;1.234;0,5\n2002;7;2,25\n",
        "year\ty\tx\n2001\t1,234\t0.5\n2002\t7\t2.25\n",
        "\n year , y ,x\n\n2001,\"1,234\", 0.5\n2002,7 ,2.25\n,,\n,,\n",
        "year,y,x\n2001,\"1,234\",\"0.5\"\n2002,7,\"2.25\"",
    ] {
        let d = load(text).unwrap();
        assert_eq!((counts(&d), numbers(&d, "x")), (counts(&plain), numbers(&plain, "x")), "{text:?}");
    }
}

/// Where the decimal sign is the delimiter too, quotes tell them apart.
#[test]
fn quoted_decimal_commas() {
    let d = load("year,y,x\n2001,10,\"12,3\"\n2002,6,\"1,3\"\n").unwrap();
    assert_eq!((counts(&d), numbers(&d, "x")), (vec![Some(10), Some(6)], vec![12.3, 1.3]));
}

#[test]
fn layouts_of_time() {
    let frequency = |text: &str| load(text).map(|d| (d.grid.frequency(), d.grid.first.to_string()));
    let ok = |f, first: &str| Ok((f, first.to_string()));
    assert_eq!(frequency("year,quarter,y\n2001,4,1\n2002,1,2\n"), ok(Frequency::Quarter, "2001Q4"));
    assert_eq!(frequency("year,month,y\n2001,12,1\n2002,1,2\n"), ok(Frequency::Month, "2001-12"));
    assert_eq!(frequency("연도,월,y\n2001년,12월,1\n2002년,1월,2\n"), ok(Frequency::Month, "2001-12"));
    assert_eq!(frequency("year,half,y\n2001,2,1\n2002,1,2\n"), ok(Frequency::Half, "2001H2"));
    assert_eq!(frequency("year,week,y\n2020,53,1\n2021,1,2\n"), ok(Frequency::Week, "2020-W53"));
    assert_eq!(frequency("date,y\n2001-11-01,1\n2001-12-01,2\n"), ok(Frequency::Month, "2001-11"));
    assert_eq!(frequency("date,y\n2001-12-31,1\n2002-12-31,2\n"), ok(Frequency::Year, "2001"));
    assert_eq!(frequency("date,y\n2001-12-30,1\n2001-12-31,2\n"), ok(Frequency::Day, "2001-12-30"));
    assert_eq!(frequency("date,y\n2026-11-02,1\n2026-11-09,2\n"), ok(Frequency::Week, "2026-W45"));
    assert_eq!(frequency("시점,y\n2016.3/4,1\n2016.4/4,2\n"), ok(Frequency::Quarter, "2016Q3"));
    assert_eq!(frequency("time,y\n7,1\n8,2\n"), ok(Frequency::Step, "7"));
    assert_eq!(frequency("x,y\n7,1\n8,2\n"), ok(Frequency::Step, "1"));
    assert_eq!(frequency("period,y\n201612,1\n201701,2\n"), ok(Frequency::Month, "2016-12"));
}

#[test]
fn decimal_years_are_believed_where_rows_show_them() {
    let first = |text: &str| load(text).map(|d| d.grid.first.to_string()).map_err(|e| e.message().to_string());
    assert_eq!(first("time,y\n2016.5,1\n"), Ok("2016-05".into()));
    assert_eq!(first("시점,y\n2016.8,1\n2016.9,2\n2016.10,2\n"), Ok("2016-08".into()));
    assert_eq!(first("time,y\n2016.5,1\n2017,2\n2017.5,3\n"), Ok("2016H2".into()));
    assert_eq!(first("time,y\n2016.25,1\n2016.5,2\n2016.75,3\n"), Ok("2016Q2".into()));
    assert_eq!(first("time,y\n1960.083,1\n1960.167,2\n1960.25,3\n"), Ok("1960-02".into()));
    assert_eq!(first("time,y\n2016.5,1\n2017.0,2\n"), Err("`2016.5` in the time column `time` is not a period".into()));
}

#[test]
fn weeks_outside_the_iso_calendar_are_steps() {
    // 2004 has an ISO week 53; this series runs on without it.
    let rows: String =
        (50..=52).map(|w| format!("2004,{w},1\n")).chain((1..=2).map(|w| format!("2005,{w},1\n"))).collect();
    let (d, notes) = load_with_notes(&format!("year,week,y\n{rows}"));
    assert_eq!((d.grid.frequency(), d.grid.len, notes.len()), (Frequency::Step, 5, 1));
}

#[test]
fn disorder_and_gaps_are_said() {
    let (d, notes) = load_with_notes("year,y\n2003,3\n2001,1\n");
    assert_eq!(counts(&d), [Some(1), Some(3)]);
    assert_eq!(
        notes,
        [
            "`a.csv`: the rows are not in the order of time (line 3); they were sorted",
            "`a.csv`: 1 period is missing: 2002"
        ]
    );
}

#[test]
fn spans_with_vintages_are_read() {
    let d = load(
        "period_start,period_end,y,announced_on,status,basis,source_ids,note\n\
         ,1998-12-31,947,2020-09,final,reported,A;B,open\n\
         1999-01-01,2001-12-31,1043,2020-09,final,reported,A,\n\
         2002-01-01,2002-12-31,1141,2003-08-07,superseded,reported,C,\n\
         2002-01-01,2002-12-31,1142,2020-09,final,reported,A,\n\
         2002-01-01,2002-03-31,214,2003-04-10,disputed,reported,D,\n\
         2003-01-01,2003-12-31,1285,,final,derived_mixed_vintage,A,\n",
    )
    .unwrap();
    assert_eq!((d.grid.first.to_string(), d.grid.len, d.observations.len()), ("1999".into(), 5, 6));
    assert_eq!(d.observations[0].announced, Some(jiff::civil::date(2020, 9, 30)));
    assert_eq!(d.observations[2].status, Status::Disputed);
    assert!(d.observations[5].derived && d.observations[5].note.is_empty());
    assert_eq!(d.choose().0.iter().filter_map(|o| o.count).collect::<Vec<_>>(), [1043, 1142, 1285]);
}

#[test]
fn each_bad_file_has_one_clear_message() {
    let said = |text: &str| complaint(load(text));
    assert_eq!(said(""), "`a.csv` is empty\n  help: the first line must name the columns");
    assert_eq!(said("\u{feff}\n \n"), "`a.csv` is empty\n  help: the first line must name the columns");
    assert_eq!(
        said("year,y\n"),
        "`a.csv` has a header but no rows\n  help: add the data below the line of column names"
    );
    assert_eq!(
        said("year,y,x\n2001,5,1\n2002,6\n"),
        "this row has 2 fields, but the header has 3 columns\n  at a.csv:3:7\n    2002,6\n          ^\n  \
         help: fields are separated by `,`; a cell that contains one must stand in double quotes"
    );
    assert_eq!(
        said("year,y\n2001,5\n2002,1,234\n2003,1\n2004,3\n"),
        "this row has 3 fields, but the header has 2 columns\n  at a.csv:3:8\n    2002,1,234\n           ^^^\n  \
         help: fields are separated by `,`; a cell that contains one must stand in double quotes"
    );
    assert_eq!(
        said("year,y,y\n2001,5,1\n"),
        "two columns are named `y`: column 2 and column 3\n  at a.csv:1:8\n    year,y,y\n           ^\n  \
         help: give each column a name of its own"
    );
    assert_eq!(
        said("2001,5\n2002,6\n"),
        "the first line holds numbers, not the names of columns\n  at a.csv:1:1\n    2001,5\n    ^^^^\n  \
         help: put the names in the first line, for example `year,count`"
    );
    assert_eq!(
        said("year,y\n2001,\"5\n2002,6\n"),
        "a quote is opened here and never closed\n  at a.csv:2:1\n    2001,\"5\n    ^^^^\n  \
         help: close the quote, or double it (\"\") inside a quoted cell"
    );
}

#[test]
fn each_bad_count_has_one_clear_message() {
    let said = |text: &str| complaint(load(text));
    assert_eq!(
        said("year,y\n2001,5\n2002,\"about 7\"\n2003,8\n"),
        "`about 7` in column `y` is not a number\n  at a.csv:3:6\n    2002,\"about 7\"\n         ^^^^^^^^^\n  \
         help: correct the cell, or leave it empty (or `NA`) if the value is not known"
    );
    assert_eq!(
        said("year,y\n2001,5\n2002,-3\n"),
        "`-3` in column `y` is negative, but the response counts: 0, 1, 2 …\n  at a.csv:3:6\n    2002,-3\n         ^^\n  \
         help: leave the cell empty (or `NA`) if the count is not known"
    );
    assert_eq!(
        said("year,y\n2001,5\n2002,2.5\n"),
        "`2.5` in column `y` is not a whole number, but the response counts: 0, 1, 2 …\n  at a.csv:3:6\n    2002,2.5\n         \
         ^^^\n  help: if the point separates thousands, say `--decimal ','`"
    );
    assert_eq!(said("year,arrivals\n2001,5\n"), "unknown response `y`\n  at a.csv:1\n  help: did you mean `year`?");
    assert_eq!(
        said("year,y\n2001,\n2002,-\n"),
        "column `y` holds no counts: every cell is empty\n  at a.csv:1:6\n    year,y\n         ^\n  \
         help: name another response in the formula"
    );
}

#[test]
fn each_bad_time_has_one_clear_message() {
    let said = |text: &str| complaint(load(text));
    assert_eq!(
        said("year,y\n2001,5\n2002,6\n2001,7\n"),
        "the period 2001 stands twice: in line 2 and in line 4\n  at a.csv:4:1\n    2001,7\n    ^^^^\n  help: tell vintages of a figure apart with a column `announced_on`, or keep one row per \
         period; put several series into files of their own; `--time none` takes the rows as they come"
    );
    assert_eq!(
        said("year,y\n2001,5\n2004,6\n"),
        "2 periods are missing: 2002 and 2003\n  at a.csv:3:1\n    2004,6\n    ^^^^\n  help: add the rows, with empty cells \
         where a value is not known, or allow gaps with `--allow-gaps`"
    );
    assert_eq!(
        said("date,y\n2001-01-05,5\n8/1/2001,6\n"),
        "time column `date`: `8/1/2001` is not a date or period\n  at a.csv:3:1\n    8/1/2001,6\n    ^^^^^^^^\n  \
         help: write 2016, 2016-08, 2016-08-01, 2016Q3, 2016H1, 2016-W05 or 2016년 8월"
    );
    assert_eq!(
        said("date,y\n2001Q1,5\n2001-04,6\n"),
        "`2001-04` is a month, but `2001Q1` in the first row of `date` is a quarter\n  at a.csv:3:1\n    2001-04,6\n    \
         ^^^^^^^\n  help: use one length of period, or columns period_start and period_end for spans of any length"
    );
    assert_eq!(
        said("year,y\n2001,5\n,6\n"),
        "the time is missing in column `year`\n  at a.csv:3:1\n    ,6\n    ^\n  help: fill it in, or delete the row"
    );
    assert_eq!(
        said("year,quarter,y\n2001,1,5\n2001,5,6\n"),
        "`5` in column `quarter` is not a quarter from 1 to 4\n  at a.csv:3:6\n    2001,5,6\n         ^"
    );
    assert_eq!(
        said("period_start,period_end,y\n2001-01-01,2000-12-31,5\n"),
        "the span ends on 2000-12-31, before it starts on 2001-01-01\n  at a.csv:2:12\n    2001-01-01,2000-12-31,5\n               \
         ^^^^^^^^^^"
    );
    assert_eq!(
        said("start,end,y\n2001,2001,5\n2001,2001,6\n"),
        "the span 2001 stands twice: in line 2 and in line 3\n  at a.csv:3:6\n    2001,2001,6\n         ^^^^\n  \
         help: keep one row, or tell vintages apart with a column `announced_on`"
    );
    assert_eq!(
        said("date,y\n2001-01-05,5\n8016-01-06,6\n2001-01-07,6\n"),
        "the rows reach from 2001-01-05 to 8016-01-06: one of them must be a slip\n  at a.csv:3:1\n    8016-01-06,6\n    \
         ^^^^^^^^^^\n  help: correct the date"
    );
}

#[test]
fn a_text_that_spoils_a_column_of_numbers_is_pointed_at_when_it_matters() {
    let d = load("year,y,x\n2001,5,1\n2002,6,2\n2003,6,3\n2004,6,4*\n2005,6,5\n").unwrap();
    let e = d.column("x").unwrap().as_numbers().unwrap_err().to_string();
    assert_eq!(
        e,
        "`4*` in column `x` is not a number\n  at a.csv:5:8\n    2004,6,4*\n           ^^\n  \
         help: write the number alone, without a unit, a sign or a mark; what it counts belongs in the name of the column"
    );
    let d = load("year,y,x\n2001,5,1\n2002,6,low\n").unwrap();
    assert_eq!(
        d.column("x").unwrap().as_numbers().unwrap_err().to_string(),
        "column `x` holds text, but a number is needed here\n  help: use it as a factor: C(x)"
    );
    assert!(matches!(&d.column("x").unwrap().values, Values::Text { levels, .. } if levels == &["1", "low"]));
}

#[test]
fn quoted_newlines_and_wide_characters_do_not_shift_the_place() {
    let e = complaint(load("year,note,y\r\n2001,\"one\r\ntwo, three\",5\r\n\r\n2002,\"서울, 부산\",-7\r\n"));
    assert!(e.contains("at a.csv:5:15\n    2002,\"서울, 부산\",-7\n"), "{e}");
    let e = complaint(load("year,note,y\n2001,\"one\ntwo\",x\n"));
    assert!(e.contains("at a.csv:3:6\n    two\",x\n         ^\n"), "{e}");
}

#[test]
fn files_that_are_none() {
    let said = |path: &std::path::Path| {
        Source::open(path)
            .and_then(|s| read(&s, &CsvOptions::default()))
            .err()
            .map(|e| (e.exit_code(), e.to_string()))
            .unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("counts.csv"), "year,y\n2001,5\n").unwrap();
    let shown = folder.path().display();
    assert_eq!(
        said(&folder.path().join("count.csv")),
        (1, format!("no such file: `{shown}/count.csv`\n  help: did you mean `counts.csv`?"))
    );
    assert_eq!(
        said(folder.path()),
        (1, format!("`{shown}` is a folder\n  help: name a file in it, such as `{shown}/counts.csv`"))
    );
    std::fs::write(folder.path().join("book.xlsx"), b"PK\x03\x04rest").unwrap();
    let (code, text) = said(&folder.path().join("book.xlsx"));
    assert!(
        code == 1
            && text.starts_with(&format!("cannot read `{shown}/book.xlsx` as a workbook")) == cfg!(feature = "xlsx"),
        "{text}"
    );
    assert!(
        text.contains("an Excel workbook, which this build of tumen does not read") != cfg!(feature = "xlsx"),
        "{text}"
    );
    std::fs::write(folder.path().join("book.csv"), b"PK\x03\x04rest").unwrap();
    let (code, text) = said(&folder.path().join("book.csv"));
    assert!(code == 1 && text.contains("is an Excel workbook (or another zip archive), not a table of text"), "{text}");
}

#[test]
fn covariates_of_other_frequencies_join() {
    let mut d = load("year,quarter,y\n2001,1,1\n2001,2,2\n2001,3,3\n2001,4,4\n").unwrap();
    let options = TimeOptions::default();
    let notes = d.join_columns(&table("year,pop\n2000,10\n2001,11\n").unwrap(), &options).unwrap();
    assert_eq!(notes, ["`a.csv`: figures by year are held over each quarter"]);
    assert_eq!(d.grid.first.to_string(), "2000Q1");
    assert_eq!(numbers(&d, "pop"), [10.0, 10.0, 10.0, 10.0, 11.0, 11.0, 11.0, 11.0]);
    assert!(!d.as_of(jiff::civil::date(2001, 9, 30)).column("pop").unwrap().values.is_known(4));
    d.join_columns(&table("year,month,t\n2001,4,1\n2001,5,2\n2001,6,6\n2001,7,1\n").unwrap(), &options).unwrap();
    let t = numbers(&d, "t");
    assert!(t[5] == 3.0 && t[6].is_nan() && t[4].is_nan());
    let e = d.join_columns(&table("year,pop\n2000,10\n").unwrap(), &options).unwrap_err();
    assert_eq!(e.message(), "a column `pop` is there already, from another file");
}

#[test]
fn dictionary_vintages_and_events_join() {
    let mut d = load("year,y,growth\n2006,1,-1.0\n2007,2,-1.2\n2008,3,3.1\n").unwrap();
    d.join_dictionary(&table("column,label,unit,publication_lag_months\ngrowth,Growth,%,6\nother,,,x\n").unwrap())
        .unwrap();
    let v = "column,period_start,period_end,announced_on,value\ngrowth,2007-01-01,2007-12-31,2008-06-18,-2.3\n\
             growth,2007-01-01,2007-12-31,2010,-1.2\ngrowth,2007-01-01,2007-06-30,2010,9\n";
    assert_eq!(d.join_vintages(&table(v).unwrap()).unwrap().len(), 1);
    let known = |y, m, day| numbers(&d.as_of(jiff::civil::date(y, m, day)), "growth");
    assert!(known(2008, 6, 17)[1].is_nan() && known(2008, 6, 18)[1] == -2.3 && known(2010, 12, 31)[1] == -1.2);
    assert!(known(2007, 6, 29)[0].is_nan() && known(2007, 6, 30)[0] == -1.0);
    let options = CsvOptions { literal: true, ..CsvOptions::default() };
    let events = "date,end_date,announced_on,category,tags,name,effect_sign_expected\n\
                  2020-01-31,2023-08-26,,border,\"a; b\",Border closure!,-\n";
    d.join_events(&read(&Source::bytes("e.csv", events), &options).unwrap()).unwrap();
    let e = d.event("border_closure").unwrap();
    assert_eq!((e.expected_sign.as_str(), e.tags.len(), e.is("b")), ("-", 2, true));
    assert!((e.share_of(parse_period("2020").unwrap()) - 336.0 / 366.0).abs() < 1e-15);
}

#[test]
fn a_grid_of_steps_is_not_filled_up_to_a_date() {
    let mut d = load("x,y\n7,1\n8,2\n").unwrap();
    let dated = table("period_start,period_end,y\n2016-01-01,2016-01-31,3\n").unwrap();
    let e = d.join_observations(&dated).unwrap_err().to_string();
    assert!(e.starts_with("with this file the data reach from 1 to 735993: 735993 steps\n  at a.csv\n"), "{e}");
}

#[test]
fn what_may_mislead_is_said() {
    let total = "`a.csv`: the last row, `Total`, is the sum of all above, and is taken as an observation: delete it if it is a total";
    assert_eq!(load_with_notes("region,y\nA,5\nB,6\nTotal,11\n").1, [total]);
    assert_eq!(load_with_notes("year,y\n2001,5\n2002,6\n2003,70\n2004,81\n").1.len(), 1);
    assert!(load_with_notes("year,y\n2001,5\n2002,6\n2003,70\n2004,80\n").1.is_empty());
    for (cells, first) in
        [(["12%", "13%", "14%"], "`12%`"), (["13", "14", "(12)"], "`(12)`"), (["₩5", "₩6", "7"], "`₩5`")]
    {
        let text = format!("year,y,x\n2001,5,{}\n2002,6,{}\n2003,7,{}\n", cells[0], cells[1], cells[2]);
        let d = load(&text).unwrap();
        let e = d.column("x").unwrap().as_numbers().unwrap_err();
        assert!(e.message().starts_with(first), "{e}");
    }
    assert_eq!(
        complaint(load("Arrivals by year\nyear,y\n2001,5\n")),
        "this row has 2 fields, but the header has 1 column\n  at a.csv:2:6\n    year,y\n         ^\n  \
         help: the first line must name the columns: delete titles and comments above it"
    );
}

/// A column of days of announcement is heeded in a table of periods too, and dates covariates with the counts.
#[test]
fn announced_rows_of_periods_are_vintages() {
    let plain = "year,y,announced_on,x\n2000,10,2001-02-01,1\n2001,12,2002-02-01,2\n2001,13,2003-05-01,5\n2002,15,2003-02-01,3\n";
    let spans = "period_start,period_end,y,announced_on,x\n2000-01-01,2000-12-31,10,2001-02-01,1\n\
                 2001-01-01,2001-12-31,12,2002-02-01,2\n2001-01-01,2001-12-31,13,2003-05-01,5\n\
                 2002-01-01,2002-12-31,15,2003-02-01,3\n";
    for day in ["2001-01-31", "2001-02-01", "2003-03-01", "2003-05-01"].map(|d| d.parse().unwrap()) {
        let (a, b) = (load(plain).unwrap().as_of(day).latest(), load(spans).unwrap().as_of(day).latest());
        assert_eq!((counts(&a), a.grid), (counts(&b), b.grid), "{day}");
        let known = |d: &Dataset| numbers(d, "x").iter().map(|v| (!v.is_nan()).then_some(*v)).collect::<Vec<_>>();
        assert_eq!(known(&a), known(&b), "{day}");
        assert_eq!(known(&a).iter().flatten().count(), counts(&a).len(), "a row's covariate is known with its count");
    }
    let d = load(plain).unwrap();
    assert_eq!(numbers(&d.as_of("2003-03-01".parse().unwrap()), "x")[1], 2.0);
    assert_eq!(numbers(&d.latest(), "x")[1], 5.0);
    // Texts too, also when what is known is looked at once more.
    let rows = "2001,2,2002-02-01,b\n2001,3,2002-05-01,c\n2002,3,2003-05-01,a\n2003,3,2004-05-01,c\n";
    let d = load(&format!("year,y,announced_on,g\n{rows}")).unwrap();
    let texts = |d: &Dataset| match &d.columns.iter().find(|c| c.name == "g").unwrap().values {
        Values::Text { levels, codes } => {
            codes.iter().map(|c| c.map(|c| levels[c as usize].clone())).collect::<Vec<_>>()
        }
        Values::Number(_) => panic!("texts"),
    };
    for (day, known) in [("2002-02-01", "b--"), ("2002-05-01", "c--"), ("2003-05-01", "ca-"), ("2004-05-01", "cac")] {
        let day = day.parse().unwrap();
        let want: Vec<Option<String>> = known.chars().map(|c| (c != '-').then(|| c.to_string())).collect();
        assert_eq!(texts(&d.as_of(day)), want, "{day}");
        assert_eq!(texts(&d.as_of("2009-01-01".parse().unwrap()).as_of(day).latest()), want, "{day}");
    }
    // Without days, nothing says which of two holds.
    let twice =
        "period_start,period_end,y,status,g\n2001-01-01,2001-12-31,2,provisional,b\n2001-01-01,2001-12-31,3,final,c\n";
    let (d, notes) = load_with_notes(twice);
    assert!(d.columns.iter().all(|c| c.name != "g"));
    assert!(
        notes.iter().any(|n| n.contains("column `g` is left out: 2001 has `b` in line 2 and `c` in line 3")),
        "{notes:?}"
    );
    let bad = complaint(load("year,y,announced_on\n2001,2,2002-02-01\n2002,3,tba\n"));
    assert!(bad.starts_with("`tba` is not a date or period\n  at a.csv:3:8"), "{bad}");
    let compact = load("year,y,announced_on\n2001,2,20020201\n").unwrap();
    assert_eq!(compact.observations[0].known_from().to_string(), "2002-02-01");
    // Years of a covariate called so are no days.
    assert!(load("year,y,vintage\n2001,2,1999\n2002,3,2000\n").unwrap().columns.iter().any(|c| c.name == "vintage"));
}

/// A figure without a day of announcement is the vintage of the same value, or comes after the last one.
#[test]
fn undated_figures_do_not_come_before_dated_ones() {
    let mut d = load("year,y\n2000,10\n2001,12\n2002,14\n").unwrap();
    let dated = "period_start,period_end,y,announced_on\n2000-01-01,2000-12-31,9,2001-01-10\n\
                 2000-01-01,2000-12-31,10,2001-06-01\n2001-01-01,2001-12-31,11,2002-01-10\n";
    let notes = d.join_observations(&table(dated).unwrap()).unwrap();
    let at = |day: &str| counts(&d.as_of(day.parse().unwrap()).latest());
    assert_eq!(at("2001-01-09"), []);
    assert_eq!(at("2001-01-10"), [Some(9)]);
    assert_eq!(at("2002-01-10"), [Some(10), Some(11)]);
    assert_eq!(at("2002-01-11"), [Some(10), Some(12)]);
    assert_eq!(at("2002-12-31"), [Some(10), Some(12), Some(14)]);
    let told: Vec<&String> = notes.iter().filter(|n| n.contains("no day of announcement")).collect();
    assert!(told.len() == 1 && told[0].starts_with("2001: 12 has no day"), "{notes:?}");
}
