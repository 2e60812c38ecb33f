//! The same figures, wide and long.

use super::*;
use crate::data::build::from_table;
use crate::data::{Dataset, TimeOptions};

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
    assert_eq!(d.observations.iter().map(|o| o.count).collect::<Vec<_>>(), (1..=14).map(Some).collect::<Vec<_>>());
    assert_eq!((d.grid.first.to_string(), d.grid.len), ("2001-01".to_string(), 14));
    assert!(notes[0].contains("left out as a total: `Total`"), "{notes:?}");
    assert_eq!(d.observations[13].source, "w.csv:2");
    let korean = "연도,1분기,2분기,3분기,4분기\n2001,1,2,3,4\n2002,5,6,7,8\n";
    let (d, _) = data(korean, &options(&[], &["y"])).unwrap();
    assert_eq!((d.grid.first.to_string(), d.grid.len), ("2001Q1".to_string(), 8));
    let halves = "sex,년,상반기,하반기\nf,2001,1,2\nf,2002,3,4\n";
    assert_eq!(
        text(halves, &options(&["sex"], &["y"])),
        "sex,period,y\nf,2001H1,1\nf,2001H2,2\nf,2002H1,3\nf,2002H2,4\n"
    );
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
