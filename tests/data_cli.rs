//! `tumen data` and the reader as a hostile user meets them: untidy files at the command line.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

/// Runs `tumen` in a folder with one file; its standard output, standard error and exit code.
fn run(file: &str, text: impl AsRef<[u8]>, args: &[&str]) -> (String, String, i32) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join(file), text).expect("a file");
    run_in(dir.path(), args)
}

fn run_in(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let out = Command::cargo_bin("tumen").expect("the binary is built").current_dir(folder).args(args).output();
    let out = out.expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(out.stdout), text(out.stderr), out.status.code().unwrap_or(-1))
}

fn json(file: &str, text: impl AsRef<[u8]>, args: &[&str]) -> Value {
    let (out, said, code) = run(file, text, args);
    assert_eq!(code, 0, "{said}");
    serde_json::from_str(&out).expect("JSON")
}

#[test]
fn sums_that_overlap_are_fitted_as_what_follows_from_them() {
    let text = "period,n\n2011Q1,566\n2011H1,1260\n2011,2706\n2012Q1,352\n2012Q2,358\n2012Q3,376\n";
    let args = ["fit", "a.csv", "--formula", "n ~ 1", "--frequency", "quarter", "--format", "json"];
    let spans = text.replace("2012Q3,376", "2012Q3,376\n2012-10–2012-12,416");
    let fit = json("a.csv", &spans, &args);
    let rows = fit["fits"][0]["rows"].as_array().expect("rows").iter();
    let shown: Vec<_> = rows.map(|r| (r["period"].as_str().unwrap_or_default(), r["observed"].as_f64())).collect();
    let expected = [
        ("2011Q1", 566.0),
        ("2011Q2", 694.0),
        ("2011Q3–2011Q4", 1446.0),
        ("2012Q1", 352.0),
        ("2012Q2", 358.0),
        ("2012Q3", 376.0),
        ("2012Q4", 416.0),
    ];
    assert_eq!(shown, expected.map(|(p, n)| (p, Some(n))));
    let said = fit["fits"][0]["warnings"].to_string();
    assert!(said.contains("2011Q2 (694) is worked out: 1260 (2011H1) − 566 (2011Q1)"), "{said}");
    let (_, said, _) = run("a.csv", &spans, &args[..6]);
    assert!(said.contains("2011Q2 (694) is worked out"), "{said}");
}

#[test]
fn a_check_shows_gaps_and_a_fit_names_the_flag_that_allows_them() {
    let text = "year,quarter,n\n2003,1,270\n2003,4,328\n2004,1,300\n";
    let (out, said, code) = run("a.csv", text, &["data", "check", "a.csv", "--formula", "n ~ 1"]);
    assert!(code == 0 && out.contains("2 periods are missing: 2003Q2 and 2003Q3"), "{out}{said}");
    let (_, said, code) = run("a.csv", text, &["fit", "a.csv", "--formula", "n ~ 1"]);
    assert!(code == 1 && said.contains("`--allow-gaps`"), "{said}");
    let (_, said, code) = run("a.csv", text, &["data", "check", "a.csv", "--formula", "n ~ 1", "--allow-gaps=no"]);
    assert!(code == 1 && said.contains("2 periods are missing"), "{said}");
}

#[test]
fn a_column_in_the_other_decimal_character_is_an_error_unless_it_is_a_factor() {
    let text =
        "year;y;x\n2001;5;1.234\n2002;6;5\n2003;7;2.345\n2004;9;3.111\n2005;8;4.000\n2006;7;6.000\n2007;6;2.345\n";
    let fit = |formula: &str, more: &[&str]| {
        let args = [&["fit", "a.csv", "--formula", formula, "--format", "json"][..], more].concat();
        run("a.csv", text, &args)
    };
    let (_, said, code) = fit("y ~ x", &[]);
    assert!(code == 1 && said.contains("`1.234` in column `x` is not a number\n  at a.csv:2:8"), "{said}");
    assert!(said.contains("`--decimal ','` reads it as 1234, `--decimal '.'` reads it as 1.234"), "{said}");
    for more in [["--decimal", ","], ["--decimal", "."]] {
        let (out, said, code) = fit("y ~ x", &more);
        assert!(code == 0 && out.contains("\"term\": \"x\""), "{said}");
    }
    let (out, said, code) = fit("y ~ C(x)", &[]);
    assert!(code == 0 && out.contains("\"term\": \"x2.345\""), "{said}");
    let (_, said, code) = run("a.csv", text, &["data", "show", "a.csv", "--formula", "y ~ x"]);
    assert!(code == 0 && said.contains("the column is taken as a factor; it may be either"), "{said}");
}

#[test]
fn a_provisional_figure_after_a_final_one_and_one_announced_too_early_are_told() {
    let text = "period_start,period_end,n,announced_on,status\n2014-01-01,2014-12-31,1397,2015-01-10,final\n\
                2014-01-01,2014-12-31,1396,2016-01-10,provisional\n2015-01-01,2015-12-31,1275,2015-07-01,final\n\
                2016-01-01,2016-12-31,1418,2016-12-20,provisional\n2016-01-01,2016-12-31,1419,2017-02-01,final\n";
    let args = ["data", "check", "a.csv", "--formula", "n ~ 1", "--format", "json"];
    let check = json("a.csv", text, &args);
    let told = "2014: the provisional 1396, announced on 2016-01-10 [a.csv:3] stands in place of the final 1397, announced \
                on 2015-01-10 [a.csv:2]";
    assert_eq!(check["replaced"], serde_json::json!([told]));
    let early = "`a.csv`, line 4: the final count of 2015 (1275) is announced on 2015-07-01, before its span ends; correct \
                 the date, or mark it `provisional`";
    assert_eq!(check["notes"], serde_json::json!([early]));
    for command in [&["data", "check", "a.csv"][..], &["data", "check", "a.csv", "--format", "csv"]] {
        let (out, _, _) = run("a.csv", text, &[command, &["--formula", "n ~ 1"]].concat());
        assert!(out.contains("replaced") && out.contains("line 4"), "{out}");
    }
    let (_, said, _) = run("a.csv", text, &["data", "show", "a.csv", "--formula", "n ~ 1"]);
    assert!(said.contains("line 4: the final count of 2015"), "{said}");
}

#[test]
fn an_encoding_can_be_said_at_the_command_line() {
    let text = "연도,명수\n2001,5\n2002,7\n2003,6\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for more in [&[][..], &["--encoding", "utf-16be"]] {
        let (out, said, code) =
            run("a.csv", &utf16, &[&["data", "show", "a.csv", "--formula", "명수 ~ 1"], more].concat());
        assert!(code == 0 && out.contains("2003") && said.contains("was read as UTF-16 text"), "{said}");
    }
    let (_, said, code) = run("a.csv", text, &["data", "show", "a.csv", "--encoding", "latin-1"]);
    assert!(code == 2 && said.contains("unknown encoding `latin-1`"), "{said}");
}

#[test]
fn columns_that_nothing_names_are_passed_over_but_known_by_name() {
    use tumen::data::Source;
    use tumen::data::csv::{CsvOptions, read};
    let text =
        "year,y,x1,ballast,note,x2\n2001,5,1,7,a,3\n2002,6,2,7,b,1\n2003,7,4,7,c,2\n2004,9,3,7,d,5\n2005,8,5,7,e,4\n";
    let options = CsvOptions { mentioned: Some("y ~ x1 + log(x2)".into()), ..CsvOptions::default() };
    let table = read(&Source::bytes("a.csv", text), &options).expect("a table");
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!((names, table.unread), (vec!["year", "y", "x1", "note", "x2"], vec!["ballast".to_string()]));

    let fit = |formula: &str| run("a.csv", text, &["fit", "a.csv", "--formula", formula, "--format", "json"]);
    assert_eq!(fit("y ~ x1").2, 0);
    let (_, said, code) = fit("y ~ balast");
    assert!(
        code == 1 && said.contains("unknown column `balast`") && said.contains("did you mean `ballast`?"),
        "{said}"
    );
    let (_, said, code) = fit("z ~ x1");
    assert!(code == 1 && said.contains("unknown response `z`"), "{said}");
    let (out, said, code) = run(
        "a.csv",
        text,
        &["fit", "a.csv", "--formula", "y ~ . - note", "--format", "json", "--model", "elastic-net"],
    );
    assert!(code == 0 && out.contains("ballast"), "{said}");
    let (out, _, _) = run("a.csv", text, &["data", "export", "a.csv", "--formula", "y ~ x1"]);
    assert!(out.starts_with("period,start,end,y,status,known_from,x1,ballast,note,x2\n"), "{out}");
    let weighted = ["fit", "a.csv", "--formula", "y ~ x1", "--weights", "ballast", "--format", "json"];
    assert_eq!(run("a.csv", text, &weighted).2, 0);
}

#[test]
fn a_group_that_is_the_total_of_the_others_is_told() {
    let rows = (0..8).map(|i| {
        let (north, south) = (5 + i % 3, 7 + i % 4);
        format!("{0},north,{north}\n{0},south,{south}\n{0},Total,{1}\n", 2001 + i, north + south)
    });
    let text = format!("year,region,n\n{}", rows.collect::<String>());
    let (_, said, code) = run("a.csv", &text, &["fit", "a.csv", "--by", "region", "--formula", "n ~ 1"]);
    let told = "region = Total is the sum of the other 2 groups (it has 115, they have 115) and is taken as one more";
    assert!(code == 0 && said.contains(told), "{said}");
    let check =
        json("a.csv", &text, &["data", "check", "a.csv", "--by", "region", "--formula", "n ~ 1", "--format", "json"]);
    assert!(check.to_string().contains(told), "{check}");
    let (_, said, _) =
        run("a.csv", text.replace("Total", "east"), &["fit", "a.csv", "--by", "region", "--formula", "n ~ 1"]);
    assert!(said.contains("region = east is the sum of the other 2 groups"), "{said}");
    let (_, said, _) =
        run("a.csv", text.replace("Total,1", "east,2"), &["fit", "a.csv", "--by", "region", "--formula", "n ~ 1"]);
    assert!(!said.contains("the sum of the other"), "{said}");
}

#[test]
fn what_a_panel_lacks_is_said() {
    let text = "year,region,sex,n\n2001,a,f,1\n2001,a,m,2\n2001,b,f,3\n2001,b,m,4\n2002,a,f,1\n2002,a,m,2\n2002,b,f,3\n2002,b,m,4\n";
    let (_, said, code) = run("a.csv", text, &["data", "check", "a.csv", "--by", "region"]);
    assert!(code == 1 && said.contains("`sex` tells such rows apart: name it in `--by`"), "{said}");
    let (_, said, code) = run("a.csv", text, &["fit", "a.csv", "--by", "region", "--formula", "n ~ 1"]);
    assert!(
        code == 1 && said.contains("name the column that tells such rows apart in `--by`") && said.contains("(`sex`?)"),
        "{said}"
    );
    let (_, said, code) = run("a.csv", text, &["fit", "a.csv", "--by", "region,sex", "--formula", "n ~ region"]);
    assert!(
        code != 0 && said.contains("`region` names the groups (--by), and cannot stand in the formula `n ~ region`"),
        "{said}"
    );
}

#[test]
fn the_cell_that_spoils_the_counts_is_named_and_times_are_no_counts() {
    let (_, said, code) =
        run("a.csv", "연도,n\n2001,5\n2002,6 (prov.)\n2003,7\n2004,8\n2005,7\n2006,4\n", &["data", "show", "a.csv"]);
    assert!(
        code == 1 && said.contains("no column holds counts: `6 (prov.)` in column `n` is not a number\n  at a.csv:3:6"),
        "{said}"
    );
    let (out, said, code) = run("a.csv", "연도,분기,n\n2001,1,5\n2001,2,6\n", &["data", "show", "a.csv"]);
    assert!(code == 0 && out.contains("2001Q2"), "{said}");
    let (out, _, _) = run("a.csv", "연도,n\n2001,5\n", &["data", "show", "a.csv"]);
    assert!(out.contains("1 period\n"), "{out}");
    let (_, said, _) = run(
        "a.csv",
        "year,n,x\n2001,5,1\n2002,5,1\n2003,5,2\n2004,5,3*\n2005,5,1\n",
        &["data", "show", "a.csv", "--formula", "n ~ 1"],
    );
    assert!(
        said.contains(
            "`3*` in column `x` is not a number (line 5): the column is taken as a factor; write the number alone"
        ),
        "{said}"
    );
}

#[test]
fn sums_up_to_a_day_are_fitted_as_what_lies_between() {
    let text = "period,n\nup to 2009,70\nup to 2010,100\nup to 2011,120\nup to 2012,125\n";
    let (out, said, code) = run("a.csv", text, &["data", "export", "a.csv"]);
    let rows: Vec<&str> = out.lines().skip(1).filter(|l| !l.starts_with("up to")).collect();
    let expected = ["2010", "2011", "2012"].iter().zip([30, 20, 5]);
    let expected: Vec<String> = expected.map(|(y, n)| format!("{y},{y}-01-01,{y}-12-31,{n},final,{y}-12-31")).collect();
    assert_eq!((rows, code), (expected.iter().map(String::as_str).collect(), 0), "{said}");
    let (_, said, code) = run("a.csv", "period,n\nup to 2010,100\n", &["data", "check", "a.csv"]);
    assert!(code == 1 && said.contains("no span has a start"), "{said}");
}

#[test]
fn years_and_quarters_stand_in_one_column() {
    let text = "period,n\n2014,90\n2015,100\n2015Q1,30\n2016Q1,20\n2016Q2,21\n";
    let (out, said, code) = run("a.csv", text, &["data", "show", "a.csv", "--format", "csv"]);
    let counts: Vec<&str> = out.lines().skip(1).filter_map(|l| l.split(',').nth(3)).collect();
    assert_eq!((counts, code), (vec!["90", "30", "70", "20", "21"], 0), "{said}");
}

#[test]
fn what_is_not_known_in_korean_tables_and_a_time_column_of_texts() {
    let text = "연월,입국자,환율\n2016.8,\"1,234\",\"1,100.5\"\n2016.9,－,\"1,120.0\"\n2016.10,\"2,345\",N/A\n";
    let (out, said, code) =
        run("a.csv", text, &["data", "show", "a.csv", "--formula", "입국자 ~ 환율", "--format", "csv"]);
    assert!(code == 0 && out.contains("2016-09,2016-09-01,2016-09-30,,"), "{said}{out}");
    let (_, said, code) = run("a.csv", "date,n\n2016.8.1,12\n2016.9.1,13\n2016.10.1,14\n", &["data", "show", "a.csv"]);
    assert!(code == 0 && said.is_empty(), "{said}");
}

#[test]
fn advice_on_thousands_does_not_go_in_a_circle() {
    let show = |text: &str| run("a.csv", text, &["data", "show", "a.csv"]).1;
    assert!(
        show("date,n\n2016-08-01,\"1,234\"\n2016-09-01,\"2,1\"\n")
            .contains("if the comma separates thousands, say `--decimal '.'`")
    );
    assert!(
        show("date,n\n2016-08-01,1.234\n2016-09-01,2.345\n")
            .contains("if the point separates thousands, say `--decimal ','`")
    );
}

#[test]
fn an_export_of_all_vintages_gives_the_same_checks_when_read_again() {
    let text = "start,end,n,announced_on,status,basis,source_ids,note,x\n\
                ,2009-12-31,90,2010-02-01,final,reported,A,since ever,\n\
                2010-01-01,2010-12-31,120,2011-01-05,provisional,reported,A,,1.5\n\
                2010-01-01,2010-12-31,118,2011-07-01,final,reported,B;C,\"revised, once\",1.5\n\
                2011-01-01,2011-06-30,70,2011-07-15,final,reported,A,,\n\
                2011-01-01,2011-12-31,60,2012-01-05,final,reported,B,,2\n\
                2012-01-01,2012-12-31,51,2013-01-05,disputed,derived,C,disputed: 53 elsewhere,2.5\n\
                2013-01-01,2013-12-31,44,2014-01-05,final,reported,C,,3\n";
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("a.csv"), text).expect("a file");
    let check = |file: &str| {
        let (out, said, code) = run_in(dir.path(), &["data", "check", file, "--formula", "n ~ x", "--format", "json"]);
        assert_eq!(code, 0, "{said}");
        serde_json::from_str::<Value>(&out).expect("JSON")
    };
    let first = check("a.csv");
    assert_eq!(
        (first["records"].as_u64(), first["revised"].as_u64(), first["fitted"].as_u64()),
        (Some(7), Some(1), Some(3))
    );
    assert_eq!(first["contradictions"].as_array().map(Vec::len), Some(2));
    for format in ["csv", "json"] {
        let name = format!("all.{format}");
        let args = ["data", "export", "a.csv", "--formula", "n ~ x", "--all-vintages", "--format", format, "-o", &name];
        let (_, said, code) = run_in(dir.path(), &args);
        assert!(code == 0 && !said.contains("not in this export"), "{said}");
        assert_eq!(check(&name), first, "{format}");
        let day = ["data", "as-of", "2011-03-01", &name, "--formula", "n ~ x", "--format", "csv"];
        assert!(run_in(dir.path(), &day).0.contains("2010,2010-01-01,2010-12-31,120,provisional,2011-01-05,1.5"));
    }
    // By default, what is not in it is said.
    let (out, said, _) = run_in(dir.path(), &["data", "export", "a.csv", "--formula", "n ~ x"]);
    assert!(!out.contains("120") && !out.contains(",70,"), "{out}");
    let note =
        "3 recorded figures are not in this export (1 of other vintages, 2 of other spans): --all-vintages writes all";
    assert!(said.contains(note), "{said}");
    let (out, said, _) = run("y.csv", "year,y\n2001,5\n2002,6\n", &["data", "export", "y.csv"]);
    assert!(out.starts_with("period,start,end,y,status,known_from\n2001,") && said.is_empty(), "{out}{said}");
    let (_, said, _) = run_in(dir.path(), &["data", "export"]);
    assert!(said.contains("vintages of covariates, publication lags and events are not in an export"), "{said}");
}

#[test]
fn plain_steps_are_exported_without_days() {
    let args = ["data", "export", "s.csv", "--formula", "y ~ x"];
    let (out, said, code) = run("s.csv", "y,x\n1,2\n2,3\n5,4\n", &args);
    assert_eq!((out.as_str(), code), ("period,y,status,x\n1,1,final,2\n2,2,final,3\n3,5,final,4\n", 0), "{said}");
    assert_eq!(run("s.csv", &out, &args).0, out);
}

#[test]
fn a_note_names_the_steps_that_would_fit_more() {
    let text = "period,n\n2011Q1,566\n2011H1,1260\n2011,2706\n";
    let (_, said, _) = run("a.csv", text, &["fit", "a.csv", "--formula", "n ~ 1"]);
    let note = "the steps are taken as years, by which 1 span is fitted: --frequency quarter would fit 3";
    assert!(said.contains(note), "{said}");
    let fit =
        json("a.csv", text, &["fit", "a.csv", "--formula", "n ~ 1", "--frequency", "quarter", "--format", "json"]);
    assert_eq!(fit["fits"][0]["rows"].as_array().map(Vec::len), Some(3));
    let (_, said, _) = run("a.csv", text, &["fit", "a.csv", "--formula", "n ~ 1", "--frequency", "year"]);
    assert!(!said.contains("--frequency"), "{said}");
}

#[test]
fn figures_that_a_note_doubts_are_shown_and_used() {
    let text = "year,quarter,n,note\n2011,1,5,\n2011,2,6,\"disputed: elsewhere 7\"\n2011,3,7,UNVERIFIED\n2011,4,8,\n";
    let check = json("a.csv", text, &["data", "check", "a.csv", "--formula", "n ~ 1", "--format", "json"]);
    let marked: Vec<_> =
        check["contradictions"].as_array().expect("a list").iter().map(|c| (&c["kind"], &c["what"])).collect();
    assert_eq!(marked.len(), 2, "{check}");
    assert!(marked.iter().all(|(kind, _)| *kind == "marked"), "{check}");
    assert_eq!((check["fitted"].as_u64(), check["derived"].as_u64()), (Some(4), Some(4)));
    // A status is what changes the figures that are used.
    let status = text
        .replace(",note\n", ",status\n")
        .replace("\"disputed: elsewhere 7\"", "disputed")
        .replace("UNVERIFIED", "final");
    let check = json("a.csv", status, &["data", "check", "a.csv", "--formula", "n ~ 1", "--format", "json"]);
    assert_eq!((check["fitted"].as_u64(), check["contradictions"].as_array().map(Vec::len)), (Some(3), Some(1)));
}

#[test]
fn a_span_is_written_in_one_way_in_all_that_people_read() {
    let text = "period,n\n2002,9\n2003-01–2003-07,705\n2003-08,60\n2004Q1–2004Q4,8\n2005H1,3\n2005-07–2005-12,4\n";
    let at = |args: &[&str]| run("a.csv", text, &[args, &["--formula", "n ~ 1", "--frequency", "month"]].concat());
    let (show, _, _) = at(&["data", "show", "a.csv"]);
    let periods: Vec<&str> =
        show.lines().filter_map(|l| l.split_whitespace().next()).filter(|w| w.starts_with("20")).collect();
    assert_eq!(periods, ["2002", "2003-01–2003-07", "2003-08", "2004", "2005H1", "2005H2"], "{show}");
    let (check, _, _) = at(&["data", "check", "a.csv"]);
    assert!(check.contains("2002 to 2005H2"), "{check}");
    // Files keep to the steps of the grid.
    let (csv, _, _) = at(&["data", "show", "a.csv", "--format", "csv"]);
    assert!(csv.contains("\n2002-01–2002-12,2002-01-01,2002-12-31,9,"), "{csv}");
}
