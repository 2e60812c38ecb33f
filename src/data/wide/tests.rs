//! The same figures, wide and long.

use super::*;
use crate::data::build::from_table;
use crate::data::reconcile::reconcile;
use crate::data::{Dataset, Status, TimeOptions};

fn options(by: &[&str], used: &[&str]) -> WideOptions {
    let all = |names: &[&str]| names.iter().map(|n| (*n).to_string()).collect::<Vec<_>>();
    WideOptions { by: all(by), used: all(used), value: "y".into(), spans: true, ..WideOptions::default() }
}

fn source(text: &str) -> Source {
    Source::bytes("w.csv", text)
}

/// The long text, without its notes.
fn text(wide: &str, options: &WideOptions) -> String {
    let long = long(&source(wide), options).unwrap().expect("a wide table");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut long.reader().unwrap(), &mut text).unwrap();
    text
}

fn data(wide: &str, options: &WideOptions) -> Result<(Dataset, Vec<String>)> {
    let long = long(&source(wide), options)?.expect("a wide table");
    from_table(&csv::read(&long, &CsvOptions::default())?, "y", &TimeOptions::default())
}

#[test]
fn periods_across_become_rows_of_groups() {
    let o = options(&["region"], &["y"]);
    let wide = "region,code,2001,2002,2003\nnorth,N,1,2,3\nsouth,S,..,5,\n";
    assert_eq!(text(wide, &o), "region,period,y\nnorth,2001,1\nnorth,2002,2\nnorth,2003,3\nsouth,2002,5\n");
    let notes = long(&source(wide), &o).unwrap().unwrap().notes().to_vec();
    assert_eq!(
        notes,
        [
            "`w.csv`: a wide table: the columns `2001` to `2003` are read as the periods of `y`; left out: `code`; --wide no \
          takes the columns as they are"
        ]
    );
    let quarters = "region;2016Q1;2016Q2;2016Q3\nnorth;1,5;2;3\n";
    assert_eq!(text(quarters, &o), "region,period,y\nnorth,2016Q1,\"1,5\"\nnorth,2016Q2,2\nnorth,2016Q3,3\n");
    for header in ["X2001,X2002,X2003", "2001 [YR2001],2002 [YR2002],2003 [YR2003]", "2001년,2002년,2003년"] {
        let wide = format!("region,{header}\nnorth,1,2,3\n");
        assert_eq!(text(&wide, &o), "region,period,y\nnorth,2001,1\nnorth,2002,2\nnorth,2003,3\n", "{header}");
    }
}

#[test]
fn rows_that_formulas_name_are_variables() {
    let wide = "item,2001,2002,2003\ny,1,2,3\ngdp,0.5,,0.7\n";
    let want = "period,y,gdp\n2001,1,0.5\n2002,2,\n2003,3,0.7\n";
    assert_eq!(text(wide, &options(&[], &["y", "gdp"])), want);
    let o = WideOptions { wide: Wide::Variables("item".into()), ..options(&[], &[]) };
    assert_eq!(text(wide, &o), want);
    let e = data("item,2001,2002,2003\ny,1,2,3\ny,4,5,6\n", &options(&[], &["y"])).unwrap_err().to_string();
    assert!(e.starts_with("`y` has two rows: in line 2 and in line 3\n  at w.csv:3:1\n"), "{e}");
}

#[test]
fn parts_of_years_across_become_rows_in_order() {
    let wide = "year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Total\n2002,13,14,,,,,,,,,,,27\n\
                2001,1,2,3,4,5,6,7,8,9,10,11,12,78\n";
    let (d, notes) = data(wide, &options(&[], &["y"])).unwrap();
    // The total of 2002 is that of two months: it does not make the others zero.
    let choice = d.choice();
    assert_eq!(choice.fitted.iter().map(|o| o.count).collect::<Vec<_>>(), (1..=14).map(Some).collect::<Vec<_>>());
    assert_eq!((d.grid.first.to_string(), d.grid.len), ("2001-01".to_string(), 14));
    assert!(notes[0].contains("of other lengths, and compared with them: `Total`; 1 figure of these"), "{notes:?}");
    assert_eq!(choice.fitted[13].source, "w.csv:2");
    assert!(reconcile(&d).contradictions.is_empty() && reconcile(&d).used.len() == 16);
    let korean = "연도,1분기,2분기,3분기,4분기\n2001,1,2,3,4\n2002,5,6,7,8\n";
    let (d, _) = data(korean, &options(&[], &["y"])).unwrap();
    assert_eq!((d.grid.first.to_string(), d.grid.len), ("2001Q1".to_string(), 8));
    let halves = "sex,년,상반기,하반기\nf,2001,1,2\nf,2002,3,4\n";
    assert_eq!(
        text(halves, &options(&["sex"], &["y"])),
        "sex,period,y\nf,2001H1,1\nf,2001H2,2\nf,2002H1,3\nf,2002H2,4\n"
    );
}

/// Kind, words and size of each contradiction.
fn clashes(d: &Dataset) -> Vec<(&'static str, String, Option<u64>)> {
    reconcile(d).contradictions.into_iter().map(|c| (c.kind.name(), c.words, c.difference)).collect()
}

fn fitted(d: &Dataset) -> Vec<Option<u64>> {
    d.choice().fitted.iter().map(|o| o.count).collect()
}

#[test]
fn totals_across_are_checked_against_their_parts() {
    let o = options(&[], &["y"]);
    let across =
        |total: u64| data(&format!("region,2001Q1,2001Q2,2001Q3,2001Q4,2001\nn,1,2,3,4,{total}\n"), &o).unwrap();
    assert_eq!((clashes(&across(10).0), fitted(&across(10).0)), (vec![], [1, 2, 3, 4].map(Some).to_vec()));
    let (d, notes) = across(11);
    assert!(notes[0].contains("`2001Q1` to `2001Q4`") && notes[0].contains("compared with them: `2001`"), "{notes:?}");
    let found = clashes(&d);
    assert!(found.len() == 1 && found[0].0 == "sum" && found[0].2 == Some(1), "{found:?}");
    assert_eq!(d.observations.iter().filter(|o| o.source == "w.csv:2").count(), 5);
    // A part that is not printed follows from the total.
    let (d, _) = data("region,2001Q1,2001Q2,2001Q3,2001Q4,2001\nn,1,2,,4,10\n", &o).unwrap();
    assert_eq!(fitted(&d), [1, 2, 3, 4].map(Some));
    for name in ["Total", "계", "합계"] {
        let wide = |total| format!("year,Q1,Q2,Q3,Q4,{name}\n2001,1,2,3,4,{total}\n2002,2,3,4,5,14\n");
        let (d, _) = data(&wide(12), &o).unwrap();
        let found = clashes(&d);
        assert!(found.len() == 1 && found[0].2 == Some(2) && found[0].1.contains("2001"), "{name}: {found:?}");
        assert_eq!(d.grid.frequency().name(), "quarter");
        assert_eq!(clashes(&data(&wide(10), &o).unwrap().0), [], "{name}");
        // The sum of all years of a row.
        let (d, _) = data(&format!("region,2001,2002,2003,{name}\nn,1,2,3,7\n"), &o).unwrap();
        assert_eq!(clashes(&d).iter().map(|c| c.2).collect::<Vec<_>>(), [Some(1)], "{name}");
        // Not where years are missing between.
        let apart = format!("region,2001,2003,2005,{name}\nn,1,2,3,7\n");
        assert_eq!(text(&apart, &o), "period,y\n2001,1\n2003,2\n2005,3\n");
    }
    let halves = "year,Q1,Q2,H1,Q3,Q4,H2,Total\n2001,1,2,3,4,5,9,13\n2002,1,2,3,4,5,9,12\n";
    let found = clashes(&data(halves, &o).unwrap().0);
    assert!(!found.is_empty() && found.iter().all(|c| c.2 == Some(1) && c.1.contains("(2001)")), "{found:?}");
}

#[test]
fn years_across_by_months_or_quarters() {
    let o = options(&[], &["y"]);
    let months = |name: &str, cell: &dyn Fn(usize) -> String| {
        let row = |m: usize| format!("{},{m},{},{}\n", cell(m), 20 + m, 40 + m);
        format!("{name},2019,2020,2021\n{}", (1..=12).map(row).collect::<String>())
    };
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let want: Vec<Option<u64>> = [0, 20, 40].iter().flat_map(|k| (1..=12).map(move |m| Some(k + m))).collect();
    for wide in [
        months("month", &|m| m.to_string()),
        months("month", &|m| NAMES[m - 1].to_string()),
        months("월", &|m| format!("{m}월")),
        months("구분", &|m| format!("{m}월")),
        months("", &|m| NAMES[m - 1].to_string()),
    ] {
        let (d, notes) = data(&wide, &o).unwrap();
        assert_eq!(d.observations.iter().map(|o| o.count).collect::<Vec<_>>(), want, "{wide}");
        assert_eq!((d.grid.first.to_string(), d.grid.len), ("2019-01".to_string(), 36));
        assert!(notes[0].contains("by the month that"), "{notes:?}");
        assert_eq!(d.observations[12].source, "w.csv:2");
    }
    let (d, _) = data("quarter,2019,2020\nQ1,1,5\nQ2,2,6\nQ3,3,\nQ4,4,\n합계,10,11\n", &o).unwrap();
    assert_eq!(fitted(&d), (1..=6).map(Some).collect::<Vec<_>>());
    assert_eq!(clashes(&d), []);
    // Semicolons and decimal commas.
    let (d, _) = data("variable;2001;2002;2003\ny;1;2;3\nx;1,5;2,5;4\n", &o).unwrap();
    assert_eq!(fitted(&d), [1, 2, 3].map(Some));
    // A total of the months that are known says nothing of those that are not there.
    let (d, _) = data("월,2019년,2020년p,계\n1월,1,2,3\n2월,3,4,7\n계,4,6,10\n", &o).unwrap();
    assert_eq!(fitted(&d), [1, 3, 2, 4].map(Some));
    let e = data("month,2019,2020\n1,1,2\n1,3,4\n", &o).unwrap_err().to_string();
    assert!(e.starts_with("`1` in column `month` stands twice: in line 2 and in line 3\n  at w.csv:3:1\n"), "{e}");
    // Codes of regions are no months, dates no parts, and numbers beside may be the counts.
    for text in ["month,2019,2020,2021\n2001-01,1,2,3\n", "month,2019,2020,x\n1,1,2,3\n"] {
        assert!(long(&source(text), &o).unwrap().is_none(), "{text}");
    }
    assert_eq!(text("code,2019,2020,2021\n3,1,2,3\n", &o), "period,y\n2019,1\n2020,2\n2021,3\n");
}

#[test]
fn marks_of_provisional_figures_are_read() {
    let o = options(&[], &["y"]);
    for last in ["2003년(잠정)", "2003p", "2003 (prov.)", "2003 p)", "2003(p)", "2003 [provisional]", "X2003p"] {
        let (d, _) = data(&format!("구분,2001년,2002년,{last}\n서울,1,2,3\n"), &o).unwrap();
        let states: Vec<_> = d.observations.iter().map(|o| (o.count, o.status)).collect();
        let of = |n, s| (Some(n), s);
        assert_eq!(states, [of(1, Status::Final), of(2, Status::Final), of(3, Status::Provisional)], "{last}");
        assert!(d.columns.iter().all(|c| c.name != "status"));
    }
    let (d, _) = data("year,Q1,Q2,Q3,Q4p\n2001,1,2,3,4\n2002(p),5,6,7,8\n", &o).unwrap();
    let provisional: Vec<_> =
        d.observations.iter().filter(|o| o.status == Status::Provisional).map(|o| o.count).collect();
    assert_eq!(provisional, [4, 5, 6, 7, 8].map(Some));
    assert_eq!(text("g,2001,2002r,2003 (revised)\na,1,2,3\n", &o), "period,y\n2001,1\n2002,2\n2003,3\n");
}

#[test]
fn few_periods_are_wide_when_it_is_said_and_hinted_at_otherwise() {
    let o = options(&[], &["y"]);
    let yes = WideOptions { wide: Wide::Yes, ..o.clone() };
    for (wide, want) in [
        ("region,2001,2002\nn,1,2\n", "period,y\n2001,1\n2002,2\n"),
        ("region,2001\nn,1\n", "period,y\n2001,1\n"),
        ("year,Q1,Q2\n2001,1,2\n", "year,y\n2001Q1,1\n2001Q2,2\n"),
    ] {
        assert!(long(&source(wide), &o).unwrap().is_none(), "{wide}");
        assert!(hint(&source(wide), &o).unwrap().is_some_and(|h| h.contains("`--wide yes`")), "{wide}");
        assert_eq!(text(wide, &yes), want);
    }
    for wide in ["region,2001,y\nn,1,2\n", "year,cases\n2001,1\n", "year,may,cases\n2001,1,2\n"] {
        assert_eq!(hint(&source(wide), &o).unwrap(), None, "{wide}");
    }
}

#[test]
fn spans_stand_among_the_periods_of_counts() {
    let (d, _) =
        data("x,up to 1998,1999–2001,2002,2003,2004\nall,947,1043,1142,1285,1898\n", &options(&[], &["y"])).unwrap();
    assert_eq!(d.observations.iter().filter_map(|o| o.count).collect::<Vec<_>>(), [947, 1043, 1142, 1285, 1898]);
    assert_eq!(d.observations[0].span.start, None);
}

#[test]
fn errors_point_at_the_cell_of_the_wide_file() {
    let o = options(&["시도"], &["y"]);
    let e = data("시도,2001,2002,2003\n서울,1,이,3\n", &o).unwrap_err().to_string();
    assert!(e.starts_with("`이` in column `y` is not a number\n  at w.csv:2:6\n    서울,1,이,3\n           ^^"), "{e}");
    let e = data("시도,2001,20O2,2003,2004\n서울,1,2,3,4\n", &o).unwrap_err().to_string();
    assert!(e.starts_with("the header `20O2` stands among periods, but is none\n  at w.csv:1:9\n"), "{e}");
    let e = data("시도,2001,2002,2001년,2003\n서울,1,2,3,4\n", &o).unwrap_err().to_string();
    assert!(e.starts_with("the columns `2001` and `2001년` are the same period\n  at w.csv:1:14\n"), "{e}");
    let e = data("region,2001,2002,2003\nnorth,1,2,3\nsouth,4,5,6\n", &options(&[], &["y"])).unwrap_err().to_string();
    let wanted = "the rows are those of several series, by `region`: in line 2 and in line 3\n  at w.csv:3:1\n";
    assert!(e.starts_with(wanted) && e.contains("--by region"), "{e}");
    let e = data("year,Q1,Q2,Q3,Q4\n2001,1,2,3,4\nsum,1,2,3,4\n", &options(&[], &["y"])).unwrap_err().to_string();
    assert!(e.starts_with("`sum` in column `year` is not a year\n  at w.csv:3:1\n"), "{e}");
    let slip = options(&["regoin"], &["y"]);
    let e = data("region,2001,2002,2003\nnorth,1,2,3\nsouth,4,5,6\n", &slip).unwrap_err().to_string();
    assert!(e.contains("--by names `regoin`, which is no column of it") && e.contains("did you mean `region`?"), "{e}");
    let e = data("region,2001,2002,2003\nnorth,,..,-\n", &o).unwrap_err().to_string();
    assert!(e.starts_with("every cell of the periods is empty\n  at w.csv:1:8\n"), "{e}");
    let e = data("year,Q1,Q2,Q3,Q4\n2001,1,2,3,4\n2001,1,2,3,4\n", &options(&[], &["y"])).unwrap_err().to_string();
    assert!(e.starts_with("the year 2001 stands twice: in line 2 and in line 3\n  at w.csv:3:1\n"), "{e}");
}

#[test]
fn long_tables_stay_as_they_are() {
    let o = options(&[], &["y", "Jan", "2001"]);
    for text in [
        "year,y,x\n2001,1,2\n",
        "year,y,2001,2002,2003\n1,1,2,3,4\n",
        "a,2001,2002,2003\n1,1,2,3\n",
        "year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec\n2001,1,2,3,4,5,6,7,8,9,10,11,12\n",
        "year,month,Q1,Q2,Q3,Q4,y\n2001,1,1,0,0,0,5\n",
        "",
    ] {
        assert!(long(&source(text), &o).ok().flatten().is_none(), "{text}");
    }
    // Quarters as covariates beside the counts, where no formula says so.
    let beside = "year,q1,q2,q3,q4,cases\n2001,1,2,3,4,50\n2002,2,1,4,3,60\n";
    assert!(long(&source(beside), &options(&[], &[])).unwrap().is_none());
    let no = WideOptions { wide: Wide::No, ..options(&[], &["y"]) };
    assert!(long(&source("region,2001,2002,2003\nnorth,1,2,3\n"), &no).unwrap().is_none());
}
