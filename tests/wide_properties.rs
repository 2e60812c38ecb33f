//! Properties of wide tables: any is read or refused, with the counts that stand in it; totals across are checked.

use proptest::prelude::*;
use tumen::data::build::from_table;
use tumen::data::csv::{CsvOptions, read};
use tumen::data::reconcile::reconcile;
use tumen::data::wide::{self, Wide, WideOptions};
use tumen::data::{Dataset, Source, TimeOptions};

/// A table whose header may be that of a wide one.
fn wide_like() -> impl Strategy<Value = String> {
    let head = prop::sample::select(vec![
        "year",
        "month",
        "region",
        "y",
        "2001",
        "2002",
        "2003",
        "2001Q1",
        "2001Q2",
        "2001-03",
        "2003p",
        "2003(잠정)",
        "2004년",
        "Q1",
        "Q2",
        "Q3",
        "Q4",
        "Q1p",
        "H1",
        "H2",
        "Jan",
        "1월",
        "Total",
        "합계",
        "1999–2001",
        "up to 1998",
        "X2005",
        "2006 [YR2006]",
        "note",
        "",
    ]);
    let cell = prop::sample::select(vec![
        "1", "2", "30", "", "-", "x", "2001", "2002", "1월", "2월", "Q1", "Q2", "Total", "9e15", "1.5",
    ]);
    (1usize..7, 1usize..5).prop_flat_map(move |(columns, rows)| {
        let row = prop::collection::vec(cell.clone(), columns).prop_map(|c| c.join(","));
        let head = prop::collection::vec(head.clone(), columns).prop_map(|h| h.join(","));
        (head, prop::collection::vec(row, rows)).prop_map(|(h, rows)| format!("{h}\n{}\n", rows.join("\n")))
    })
}

/// Reads a wide table as a study does, where it is one.
fn read_wide(text: &str, wide: Wide) -> Option<(Dataset, Vec<String>)> {
    let options =
        WideOptions { wide, value: "y".into(), used: vec!["y".into()], spans: true, ..WideOptions::default() };
    let source = Source::bytes("w.csv", text);
    let long = wide::long(&source, &options).ok()??;
    from_table(
        &read(&long, &CsvOptions::default()).ok()?,
        "y",
        &TimeOptions { allow_gaps: true, ..TimeOptions::default() },
    )
    .ok()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_wide_table_is_read_or_refused(text in wide_like()) {
        for wide in [Wide::Auto, Wide::Yes, Wide::Variables("region".into())] {
            if let Some((data, _)) = read_wide(&text, wide) {
                let cells: Vec<&str> = text.split(['\n', ',']).collect();
                for n in data.observations.iter().filter_map(|o| o.count) {
                    prop_assert!(cells.iter().any(|c| c.parse::<f64>() == Ok(n as f64)), "{n} of {text}");
                }
                let _ = (data.choose(), reconcile(&data), data.latest().finer());
            }
        }
        let _ = wide::hint(&Source::bytes("w.csv", text), &WideOptions { value: "z".into(), ..WideOptions::default() });
    }

    #[test]
    fn totals_across_that_are_sums_change_nothing_and_others_are_told(
        counts in prop::collection::vec(0u64..500, 8),
        slip in 0u64..20,
    ) {
        let total = |of: &[u64]| of.iter().sum::<u64>();
        let row = |c: &[u64]| c.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let (a, b) = counts.split_at(4);
        let rows = format!("year,Q1,Q2,Q3,Q4,Total\n2001,{},{}\n2002,{},{}\n", row(a), total(a) + slip, row(b), total(b));
        let head = "2001Q1,2001Q2,2001Q3,2001Q4,2001,2002Q1,2002Q2,2002Q3,2002Q4,2002";
        let across = format!("x,{head}\nn,{},{},{},{}\n", row(a), total(a) + slip, row(b), total(b));
        for text in [rows, across] {
            let (data, _) = read_wide(&text, Wide::Auto).expect("a wide table");
            let fitted: Vec<u64> = data.choice().fitted.iter().filter_map(|o| o.count).collect();
            prop_assert_eq!(&fitted, &counts);
            let sizes: Vec<Option<u64>> = reconcile(&data).contradictions.iter().map(|c| c.difference).collect();
            prop_assert_eq!(sizes, if slip > 0 { vec![Some(slip)] } else { vec![] });
        }
    }
}
