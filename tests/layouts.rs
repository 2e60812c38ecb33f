//! Files as people have them, through the command line: what is loaded is what stands in the file.

use assert_cmd::Command;
use std::path::Path;

fn tumen(dir: &Path, args: &[&str], stdin: &[u8]) -> std::process::Output {
    let mut c = Command::cargo_bin("tumen").expect("the binary is built");
    c.current_dir(dir).args(args).write_stdin(stdin).output().expect("it runs")
}

fn stdout(dir: &Path, args: &[&str], stdin: &[u8]) -> String {
    let out = tumen(dir, args, stdin);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn write(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(dir.join(name), bytes).expect("a file");
}

/// `period=count` for each row of an export.
fn counts(export: &str) -> String {
    let mut rows = csv::Reader::from_reader(export.as_bytes());
    let cells = rows.records().map(|r| {
        let r = r.expect("CSV");
        format!("{}={}", &r[0], &r[3])
    });
    cells.collect::<Vec<_>>().join(" ")
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
}

#[test]
fn layouts_and_notations() {
    let quarters = "2016Q1=5 2016Q2=7 2016Q3=6 2016Q4=8";
    let months = "2016-08=5 2016-09=7 2016-10=6";
    let years = "2001=1234 2002=2345 2003=987";
    let cases: [(&str, Vec<u8>, &str, &str); 22] = [
        ("year and quarter", "year,quarter,y\n2016,1,5\n2016,2,7\n2016,3,6\n2016,4,8\n".into(), "y", quarters),
        ("Korean quarters", "연도,분기,입국\n2016,1,5\n2016,2,7\n2016,3,6\n2016,4,8\n".into(), "`입국`", quarters),
        ("year and month", "year;month;y\n2016;8;5\n2016;9;7\n2016;10;6\n".into(), "y", months),
        ("Korean year and month", "연도,월,입국자수\n2016년,8월,5\n2016년,9월,7\n2016년,10월,6\n".into(), "입국자수", months),
        ("Korean months", "시점,y\n2016년 8월,5\n2016년 9월,7\n2016년 10월,6\n".into(), "y", months),
        ("Korean dots", "시점,y\n2016.8,5\n2016.9,7\n2016.10,6\n".into(), "y", months),
        ("EUC-KR", encoding_rs::EUC_KR.encode("연월,입국자\n2016년 8월,5\n2016년 9월,7\n2016년 10월,6\n").0.into(), "입국자", months),
        ("UTF-16 LE", utf16("period\ty\n2016-08\t5\n2016-09\t7\n2016-10\t6\n", true), "y", months),
        ("UTF-16 BE", utf16("period\ty\n2016-08\t5\n2016-09\t7\n2016-10\t6\n", false), "y", months),
        ("byte-order mark", "\u{feff}year,y\n2001,1234\n2002,2345\n2003,987\n".into(), "y", years),
        ("thousands in quotes", "year,y\n2001,\"1,234\"\n2002,\"2,345\"\n2003,987\n".into(), "y", years),
        ("thousands by points, decimal comma", "year;y;x\n2001;1.234;0,5\n2002;2.345;1,5\n2003;987;2,5\n".into(), "y", years),
        ("CRLF and bars", "year|y\r\n2001|1234\r\n2002|2345\r\n2003|987\r\n".into(), "y", years),
        ("a newline in quotes", "year,y,note\n2001,1234,\"one\ntwo\"\n2002,2345,\n2003,987,x\n".into(), "y", years),
        ("marks for missing", "year,y\n2001,5\n2002,NA\n2003,-\n2004,…\n2005,\n2006,7\n".into(), "y", "2001=5 2002= 2003= 2004= 2005= 2006=7"),
        ("days of a month's end", "date,y\n2016-08-31,5\n2016-09-30,7\n2016-10-31,6\n".into(), "y", months),
        ("spans in words", "period,y\nup to 1998,947\n1999–2001,1043\n2002,1142\n2003,1285\n".into(), "y",
         "up to 1998=947 1999–2001=1043 2002=1142 2003=1285"),
        ("Korean spans", "기간,y\n~1998,947\n1999~2001,1043\n2002년,1142\n2003년,1285\n".into(), "y",
         "up to 1998=947 1999–2001=1043 2002=1142 2003=1285"),
        ("part of a year", "period,y\n2014,5\n2015,6\nJanuary–July 2016,4\n".into(), "y", "2014=5 2015=6 2016-01-01–2016-07-31=4"),
        ("columns of days", "period_start,period_end,y\n,1998-12-31,947\n1999-01-01,2001-12-31,1043\n2002-01-01,2002-12-31,1142\n".into(),
         "y", "up to 1998=947 1999–2001=1043 2002=1142"),
        ("vintages", "period_start,period_end,announced_on,y\n2011,2011,2012-01-05,2737\n2011,2011,2012-10-01,2706\n2012,2012,2013-01-05,1509\n2013,2013,2014-01-05,1516\n".into(),
         "y", "2011=2706 2012=1509 2013=1516"),
        ("a column per series", "year,north,south\n2001,1,1234\n2002,2,2345\n2003,3,987\n".into(), "south", years),
    ];
    let dir = tempfile::tempdir().expect("a folder");
    for (name, bytes, response, wanted) in cases {
        write(dir.path(), "in.csv", &bytes);
        let args = ["data", "export", "FILE", "--quiet", "--formula", &format!("{response} ~ 1")];
        let from = |file: &'static str| args.map(|a| if a == "FILE" { file } else { a });
        assert_eq!(counts(&stdout(dir.path(), &from("in.csv"), b"")), wanted, "{name}");
        assert_eq!(counts(&stdout(dir.path(), &from("-"), &bytes)), wanted, "{name}, standard input");
    }
}

#[test]
fn vintages_and_lags_of_covariates_are_seen_as_of_a_day() {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "y.csv", "year,y\n2011,5\n2012,6\n2013,7\n2014,8\n");
    write(dir.path(), "x.csv", "year,x,z\n2011,1.5,1\n2012,2.5,2\n2013,3.5,3\n2014,4.5,4\n");
    write(dir.path(), "columns.csv", "column,publication_lag_months\nx,0\nz,6\n");
    let vintages = "column,period_start,period_end,announced_on,value\nx,2013-01-01,2013-12-31,2014-03-01,3.1\n\
                    x,2013-01-01,2013-12-31,2014-12-01,3.5\n";
    write(dir.path(), "vintages.csv", vintages);
    let study = "formula = \"y ~ x + z\"\n[data]\ncounts = \"y.csv\"\ncovariates = [\"x.csv\"]\ndictionary = \"columns.csv\"\n\
                 vintages = \"vintages.csv\"\n";
    write(dir.path(), "s.toml", study);
    let of_2013 = |day: &str| {
        let text = stdout(dir.path(), &["data", "as-of", day, "s.toml", "--format", "csv", "--quiet"], b"");
        let line = text.lines().find(|l| l.starts_with("2013,")).unwrap_or_default().to_string();
        line.rsplitn(3, ',').take(2).map(String::from).collect::<Vec<_>>()
    };
    // Last column first: z is known half a year after the year, x from its first announcement, then as revised.
    assert_eq!(of_2013("2014-02-01"), ["", ""]);
    assert_eq!(of_2013("2014-04-01"), ["", "3.1"]);
    assert_eq!(of_2013("2014-08-01"), ["3", "3.1"]);
    assert_eq!(of_2013("2014-12-31"), ["3", "3.5"]);
}

#[test]
fn an_export_read_again_gives_the_same_fits() {
    let dir = tempfile::tempdir().expect("a folder");
    let formula = "arrivals ~ lag(log(arrivals), 1) + nk_gdp_growth_bok_pct";
    let columns = stdout(dir.path(), &["data", "export", "--quiet"], b"");
    let head = columns.lines().next().unwrap_or_default();
    let x = head.split(',').find(|c| c.starts_with("cereal_production")).expect("a covariate").to_string();
    let formula = formula.replace("nk_gdp_growth_bok_pct", &x);
    write(dir.path(), "again.csv", &columns);
    let fit = |file: Option<&str>| {
        let mut args = vec![
            "fit",
            "--formula",
            &formula,
            "--family",
            "nb2",
            "--start",
            "2002",
            "--end",
            "2020",
            "--format",
            "csv",
            "--quiet",
        ];
        args.extend(file);
        stdout(dir.path(), &args, b"")
    };
    assert_eq!(fit(None), fit(Some("again.csv")));
    write(dir.path(), "again.json", stdout(dir.path(), &["data", "export", "--quiet", "--format", "json"], b""));
    assert_eq!(fit(None), fit(Some("again.json")));
    // With every column: the time's own is none of them, before and after.
    write(
        dir.path(),
        "y.csv",
        "year,y,x,g\n2001,5,1,a\n2002,7,0.1,b\n2003,9,2,a\n2004,8,1e-7,b\n2005,9,3,a\n2006,4,1,b\n",
    );
    for format in ["csv", "json"] {
        let name = format!("all.{format}");
        let export = ["data", "export", "y.csv", "--formula", "y ~ 1", "--format", format];
        write(dir.path(), &name, stdout(dir.path(), &export, b""));
        let all = |file: &str| stdout(dir.path(), &["fit", file, "--formula", "y ~ .", "--format", "csv"], b"");
        assert_eq!(all("y.csv"), all(&name), "{format}");
    }
    let again = stdout(dir.path(), &["data", "export", "again.csv", "--quiet", "--formula", &formula], b"");
    assert_eq!(counts(&again), counts(&columns));
}

#[test]
fn files_of_other_lengths_of_period_stand_side_by_side() {
    let dir = tempfile::tempdir().expect("a folder");
    write(
        dir.path(),
        "years.csv",
        "period_start,period_end,y\n2001-01-01,2001-12-31,40\n2002-01-01,2002-12-31,50\n2003-01-01,2003-12-31,60\n",
    );
    write(dir.path(), "quarters.csv", "year,quarter,y\n2002,1,10\n2002,2,12\n2002,3,13\n2002,4,16\n");
    write(dir.path(), "months.csv", "year,month,y\n2001,1,3\n2001,2,4\n");
    write(
        dir.path(),
        "s.toml",
        "formula = \"y ~ 1\"\n[data]\ncounts = \"years.csv\"\nalso = [\"quarters.csv\", \"months.csv\"]\n",
    );
    let check: serde_json::Value =
        serde_json::from_str(&stdout(dir.path(), &["data", "check", "s.toml", "--format", "json"], b"")).expect("JSON");
    let found = check["contradictions"].as_array().expect("a list");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["kind"], &found[0]["difference"]), (&"sum".into(), &1.into()));
}

/// What `fit` gives, as JSON; the notes stand on standard error.
fn fit(dir: &Path, args: &[&str]) -> (serde_json::Value, String) {
    let out = tumen(dir, &[&["fit", "--format", "json"], args].concat(), b"");
    let errors = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{args:?}: {errors}");
    (serde_json::from_slice(&out.stdout).expect("JSON"), errors)
}

#[test]
fn wide_tables_give_the_fits_of_long_ones() {
    let dir = tempfile::tempdir().expect("a folder");
    let d = dir.path();
    let series = [("north", [5, 7, 9, 8, 12, 13, 15, 14]), ("south", [2, 3, 3, 5, 6, 4, 7, 8])];
    let gdp = [1.0, 1.2, 1.5, 1.1, 1.9, 2.0, 2.2, 2.1];
    let years: Vec<String> = (2001..2009).map(|y| y.to_string()).collect();
    let join = |cells: Vec<String>| cells.join(",");
    let rows = series.iter().map(|(g, y)| format!("{g},{}\n", join(y.iter().map(i32::to_string).collect())));
    write(d, "wide.csv", format!("region,{}\n{}", join(years.clone()), rows.collect::<String>()));
    write(
        d,
        "gdp.csv",
        format!("item,{}\ngdp,{}\n", join(years.clone()), join(gdp.iter().map(f64::to_string).collect())),
    );
    let long = series
        .iter()
        .flat_map(|(g, y)| y.iter().zip(&gdp).zip(&years).map(move |((y, x), t)| format!("{g},{t},{y},{x}\n")));
    write(d, "long.csv", format!("region,year,y,gdp\n{}", long.collect::<String>()));
    write(
        d,
        "study.toml",
        "formula = \"y ~ gdp\"\nby = \"region\"\n[data]\ncounts = \"wide.csv\"\ncovariates = [\"gdp.csv\"]\n",
    );
    let (wide, notes) = fit(d, &["study.toml"]);
    assert_eq!(wide["fits"], fit(d, &["long.csv", "--by", "region", "--formula", "y ~ gdp"]).0["fits"]);
    assert!(
        notes.contains("`wide.csv`: a wide table: the columns `2001` to `2008` are read as the periods of `y`"),
        "{notes}"
    );
    assert!(notes.contains("`gdp.csv`: a wide table") || notes.contains("gdp.csv`: a wide table"), "{notes}");
    // Rows that are variables, and the parts of a year across.
    let line = |name: &str, cells: Vec<String>| format!("{name},{}\n", join(cells));
    write(
        d,
        "rows.csv",
        format!(
            "item,{}\n{}{}",
            join(years.clone()),
            line("y", series[0].1.iter().map(i32::to_string).collect()),
            line("gdp", gdp.iter().map(f64::to_string).collect())
        ),
    );
    let (rows, _) = fit(d, &["rows.csv", "--formula", "y ~ gdp"]);
    assert_eq!(rows["fits"][0]["terms"], wide["fits"][0]["terms"]);
    write(d, "quarters.csv", "year,Q1,Q2,Q3,Q4\n2001,5,7,9,8\n2002,12,13,15,14\n");
    write(
        d,
        "q.csv",
        "year,quarter,y\n2001,1,5\n2001,2,7\n2001,3,9\n2001,4,8\n2002,1,12\n2002,2,13\n2002,3,15\n2002,4,14\n",
    );
    let args = ["--formula", "y ~ trend() + season()"];
    assert_eq!(fit(d, &[&["quarters.csv"], &args[..]].concat()).0, fit(d, &[&["q.csv"], &args[..]].concat()).0);
    let out = tumen(d, &["fit", "wide.csv", "--wide", "no", "--formula", "y ~ 1"], b"");
    assert!(String::from_utf8_lossy(&out.stderr).contains("unknown response `y`"));
}

#[test]
fn totals_and_marks_of_wide_tables_are_told_of() {
    let dir = tempfile::tempdir().expect("a folder");
    let d = dir.path();
    let check = |file: &str, text: &str, more: &[&str]| {
        write(d, file, text);
        let args = [&["data", "check", file, "--formula", "y ~ 1", "--format", "json"][..], more].concat();
        serde_json::from_str::<serde_json::Value>(&stdout(d, &args, b"")).expect("JSON")
    };
    let size = |found: &serde_json::Value| {
        let all = found["contradictions"].as_array().expect("contradictions").iter();
        all.map(|c| (c["kind"].as_str().expect("a kind").to_string(), c["difference"].as_u64())).collect::<Vec<_>>()
    };
    let sum = vec![("sum".to_string(), Some(1))];
    let rows = "year,Q1,Q2,Q3,Q4,합계\n2001,1,2,3,4,10\n2002,2,3,4,5,15\n";
    assert_eq!(size(&check("rows.csv", rows, &[])), sum);
    let across = "region,2001Q1,2001Q2,2001Q3,2001Q4,2001\nnorth,1,2,3,4,11\nsouth,1,2,3,4,10\n";
    let groups = check("across.csv", across, &["--by", "region"]);
    let found: Vec<_> = groups["groups"].as_array().expect("groups").iter().map(size).collect();
    assert_eq!(found, [sum, vec![]]);
    // Months by years, the last of them provisional.
    let months: String = (1..=12).map(|m| format!("{m}월,{m},{},{}\n", m + 1, m + 2)).collect();
    let months = check("months.csv", &format!("월,2019,2020,2021년(잠정)\n{months}"), &[]);
    let reconciled = months["reconciliation"].as_array().expect("spans");
    let row =
        |i: usize| (reconciled[i]["span"].clone(), reconciled[i]["count"].clone(), reconciled[i]["status"].clone());
    assert_eq!(row(12), ("2020-01".into(), 2.into(), "final".into()));
    assert_eq!((reconciled.len(), row(35)), (36, ("2021-12".into(), 14.into(), "provisional".into())));
}

#[test]
fn errors_say_how_a_wide_table_was_read_or_may_be_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let d = dir.path();
    let said = |args: &[&str]| String::from_utf8_lossy(&tumen(d, args, b"").stderr).into_owned();
    write(d, "wide.csv", "x,2001,2002,2003\na,1,2,3\n");
    let e = said(&["fit", "wide.csv", "--formula", "y ~ gdp"]);
    assert!(e.starts_with("error: unknown column `gdp`"), "{e}");
    assert!(e.contains("  note: `wide.csv`: a wide table: the columns `2001` to `2003`"), "{e}");
    write(d, "few.csv", "x,2001,2002\na,1,2\n");
    let e = said(&["fit", "few.csv", "--formula", "y ~ 1"]);
    let hint =
        "note: the columns `2001` and `2002` look like periods: `--wide yes` reads the counts of a period from each";
    assert!(e.starts_with("error: unknown response `y`") && e.contains(hint), "{e}");
    assert_eq!(counts(&stdout(d, &["data", "export", "few.csv", "--wide", "yes"], b"")), "2001=1 2002=2");
}

#[test]
fn a_panel_exported_as_json_is_read_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let d = dir.path();
    write(
        d,
        "p.csv",
        "region,period,y,x\n서울,2001,5,1\n서울,2002,7,2\n서울,2003,6,2\n부산,2001,1,4\n부산,2002,2,5\n부산,2003,4,4\n",
    );
    let fit = |file: &str| fit(d, &[file, "--by", "region", "--formula", "y ~ x"]).0["fits"].clone();
    for format in ["csv", "json"] {
        let args = ["data", "export", "p.csv", "--by", "region", "--formula", "y ~ x", "--format", format];
        let name = format!("again.{format}");
        write(d, &name, stdout(d, &args, b""));
        assert_eq!(fit("p.csv"), fit(&name), "{format}");
    }
    write(d, "bad.json", "[{\"year\": 2001, \"y\": 5},\n {\"year\": 2002, \"y\": }]");
    let out = tumen(d, &["fit", "bad.json", "--formula", "y ~ 1"], b"");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("not JSON") && said.contains("bad.json:2:22"), "{said}");
    write(d, "cell.json", "[{\"year\": 2001, \"y\": 5}, {\"year\": 2002, \"y\": \"x\"}]");
    let out = tumen(d, &["fit", "cell.json", "--formula", "y ~ 1"], b"");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        said.contains("`x` in column `y` is not a number") && said.contains("at cell.json!row 2, column 2"),
        "{said}"
    );
}
