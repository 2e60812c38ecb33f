use super::*;
use crate::data::{Column, Values};
use crate::formula::{Written, parse, parse_in};
use crate::period::{Grid, Period, parse_period};
use crate::term::testing::*;
use jiff::civil::date;

fn sample() -> Dataset {
    let columns = vec![
        Column::numbers("a", vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
        Column::numbers("x", vec![3.0, 1.0, 4.0, 1.0, 5.0, 9.0]),
        text("wool", &["A", "A", "A", "B", "B", "B"]),
        text("tension", &["L", "M", "H", "L", "M", "H"]),
    ];
    dataset(Period::step(1), &[5, 3, 8, 2, 7, 6], columns)
}

#[test]
fn factors_and_interactions_are_named_and_coded_as_in_r() {
    let p = past("y ~ wool*C(tension, ref = L) + x", &sample()).unwrap().design;
    let names = ["(Intercept)", "woolB", "tensionH", "tensionM", "x", "woolB:tensionH", "woolB:tensionM"];
    assert_eq!(p.names, names);
    assert_eq!(p.row(5).to_vec(), [1.0, 1.0, 1.0, 0.0, 9.0, 1.0, 0.0]);
    assert_eq!(p.row(1).to_vec(), [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let p = past("y ~ wool + tension - 1", &sample()).unwrap().design;
    assert_eq!(p.names, ["woolA", "woolB", "tensionL", "tensionM"]);
    let p = past("y ~ wool:x", &sample()).unwrap().design;
    assert_eq!(p.names, ["(Intercept)", "woolA:x", "woolB:x"]);
    let p = past("y ~ factor(x)", &sample()).unwrap().design;
    assert_eq!(p.names, ["(Intercept)", "factor(x)3", "factor(x)4", "factor(x)5", "factor(x)9"]);
    let p = past("y ~ C(x, ref = 4):a - 1 + .", &sample()).unwrap().design;
    assert_eq!(p.names[..6], ["a", "x", "woolA", "woolB", "tensionL", "tensionM"]);
    assert_eq!(p.names[6..], ["x1:a", "x3:a", "x5:a", "x9:a"]);
}

#[test]
fn transforms_are_what_their_names_say() {
    let d = sample();
    assert_eq!(column("I((a - 1)/10 + x^2)", &d), [9.0, 1.1, 16.3, 1.7, 26.5, 84.1]);
    assert_eq!(column("power(a, 0.5)", &d)[2], 2.0);
    assert_eq!(column("log(a)", &d)[3], 8f64.ln());
    assert_eq!(column("log1p(a)", &d)[3], 8f64.ln_1p());
    assert_eq!(column("sqrt(a)", &d)[4], 4.0);
    assert_eq!(column("exp(x)", &d)[1], 1f64.exp());
    assert_eq!(column("lag(a, 2)", &d), [1.0, 2.0, 4.0, 8.0]);
    assert_eq!(column("diff(a)", &d), [1.0, 2.0, 4.0, 8.0, 16.0]);
    assert!(column("growth(a, 2)", &d).iter().all(|g| (g - 4f64.ln()).abs() < 1e-15));
    assert_eq!(column("trend()", &d), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(column("trend(from = 3)", &d), [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
    assert_eq!(column("step(3)", &d), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(column("pulse(3)", &d), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(column("ramp(3)", &d), [0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(column("decay(3, delta = 0.5)", &d), [0.0, 0.0, 1.0, 0.5, 0.25, 0.125]);
    assert!((column("decay(3, half_life = 2)", &d)[4] - 0.5).abs() < 1e-15);
    assert_eq!(column("decay(3, delta = 0)", &d), column("pulse(3)", &d));
    assert_eq!(column("decay(3, delta = 1)", &d), column("step(3)", &d));
    // mean 3.8333…, sd 3.0605… (n - 1)
    let z = column("standardise(x)", &d);
    assert!(z.iter().sum::<f64>().abs() < 1e-14);
    assert!((z.iter().map(|v| v * v).sum::<f64>() - 5.0).abs() < 1e-13);
    assert_eq!(column("standardise(lag(log(a), 2))", &d).len(), 4);
}

#[test]
fn dates_and_events_become_shares_of_days() {
    let mut d = dataset(year(2019), &[9, 8, 7, 6, 5], Vec::new());
    d.events = vec![
        event("closure", date(2020, 1, 31), Some(date(2023, 8, 26)), "border"),
        event("fence", date(2021, 7, 1), None, "border"),
    ];
    let closure = [0.0, 336.0 / 366.0, 1.0, 1.0, 238.0 / 365.0];
    assert_eq!(column("event(closure)", &d), closure);
    assert_eq!(column("event(fence)", &d), [0.0, 0.0, 184.0 / 365.0, 1.0, 1.0]);
    let both: Vec<f64> = closure.iter().zip(column("event(fence)", &d)).map(|(a, b)| a + b).collect();
    assert_eq!(column("in_force(border)", &d), both);
    assert_eq!(column("events(policy)", &d), [0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(column("step(2020-01-31)", &d), [0.0, 336.0 / 366.0, 1.0, 1.0, 1.0]);
    assert_eq!(column("step(closure)", &d), column("step(2020-01-31)", &d));
    assert_eq!(column("pulse(closure)", &d), [0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(column("ramp(2020-01-31)", &d)[3], 336.0 / 366.0 + 2.0);
    assert_eq!(column("trend(from = 2021)", &d), [-2.0, -1.0, 0.0, 1.0, 2.0]);
    // day j of the fence counts min(1, j/365) in the year after 1 July 2021: 184 days in 2021, 181 in 2022
    let phased = column("event(fence, phase_in = 12 months)", &d);
    let rising: f64 = (1..=184).map(|j| f64::from(j) / 365.0).sum();
    assert!((phased[2] - rising / 365.0).abs() < 1e-14);
    let second: f64 = (185..=365).map(|j| f64::from(j) / 365.0).sum::<f64>() + 184.0;
    assert!((phased[3] - second / 365.0).abs() < 1e-14);
    assert_eq!(phased[4], 1.0);
    let each = column("event(closure, phase_in = 12 months)", &d);
    let all: Vec<f64> = each.iter().zip(&phased).map(|(a, b)| a + b).collect();
    assert_eq!(column("in_force(border, phase_in = 12 months)", &d), all);
}

#[test]
fn an_event_not_yet_known_is_zero_and_a_misspelt_one_an_error() {
    let mut d = dataset(year(2019), &[9, 8, 7], Vec::new());
    d.events = vec![event("closure", date(2021, 1, 1), None, "border")];
    let seen = d.as_of(date(2020, 12, 31));
    assert_eq!(column("event(closure)", &seen), [0.0; 3]);
    let f = parse("y ~ event(closre)").unwrap();
    let wanted = "unknown event `closre`\n  at formula:1:5\n    y ~ event(closre)\n        ^^^^^^^^^^^^^\n  help: did you mean `closure`?";
    assert_eq!(f.check(&d).unwrap_err().to_string(), wanted);
    assert_eq!(past("y ~ event(closre)", &d).unwrap_err().to_string(), wanted);
    let e = parse("y ~ in_force(bordr)").unwrap().check(&d).unwrap_err();
    assert!(e.to_string().starts_with("no event has the tag, category or id `bordr`"));
    assert!(e.to_string().ends_with("help: did you mean `border`?"), "{e}");
}

#[test]
fn names_that_are_not_there_are_shown_with_a_caret() {
    let f = parse_in("y ~ wol + x", &Written::by_name("--formula")).unwrap();
    let e = Plan::learn(&f, &sample(), 0..6).err().unwrap();
    let wanted = "unknown column `wol`\n  at --formula:1:5\n    y ~ wol + x\n        ^^^\n  help: did you mean `wool`?";
    assert_eq!(e.to_string(), wanted);
    let e = past("z ~ x", &sample()).unwrap_err().to_string();
    assert!(e.starts_with("the formula's response `z` is not the response of the data, `y`\n  at formula:1:1"), "{e}");
    let e = past("y ~ log(wool)", &sample()).unwrap_err().to_string();
    assert!(e.starts_with("`log` needs numbers, but this column is text\n  at formula:1:5"), "{e}");
    let e = past("y ~ C(wool, ref=Z)", &sample()).unwrap_err().to_string();
    assert!(e.starts_with("`wool` has no level `Z` in the history\n  at formula:1:17"), "{e}");
    let e = past("y ~ step(2016-08)", &sample()).unwrap_err().to_string();
    assert!(e.starts_with("the data have no calendar, only step numbers\n  at formula:1:10"), "{e}");
}

#[test]
fn rows_that_a_lag_cannot_reach_are_left_out() {
    let p = past("y ~ lag(a, 2)", &sample()).unwrap();
    assert_eq!((p.steps, p.rows), (2..6, vec![2, 3, 4, 5]));
    assert_eq!(p.design.cover, Cover::Each);
    assert_eq!(p.design.counts, [8.0, 2.0, 7.0, 6.0]);
    assert_eq!(p.design.before, [5.0, 3.0]);
    assert_eq!(p.warnings, ["2 row(s) left out (1 to 2): `lag(a, 2)` reaches back before the data begin"]);
    // within a longer history nothing is lost
    let d = sample();
    let plan = Plan::learn(&parse("y ~ lag(a, 2)").unwrap(), &d, 2..6).unwrap();
    assert_eq!(plan.past(&d, 2..6, &d.observations, Missing::Error).unwrap().warnings, Vec::<String>::new());
}

#[test]
fn past_counts_are_feedback() {
    let p = past("y ~ x + lag(log1p(y), 1) + I(lag(y, 1) - lag(y, 2))", &sample()).unwrap();
    assert_eq!(p.steps, 2..6);
    let d = &p.design;
    assert_eq!(d.names[2..], ["lag(log1p(y), 1)", "I(lag(y, 1) - lag(y, 2))"]);
    assert_eq!(d.x.column(2).to_vec(), [3.0, 8.0, 2.0, 7.0].map(f64::ln_1p));
    assert_eq!(d.x.column(3).to_vec(), [-2.0, 5.0, -6.0, 5.0]);
    for s in 0..4 {
        let past: Vec<f64> = d.before.iter().chain(&d.counts[..s]).copied().collect();
        assert_eq!(d.row_on_path(s, &past), d.row(s).to_vec());
    }
    let e = past("y ~ x + y", &sample()).unwrap_err().to_string();
    let wanted = "the response `y` cannot explain itself in the same step\n  at formula:1:9\n    y ~ x + y\n            ^\n  help: use earlier counts: `lag(log1p(y), 1)`";
    assert_eq!(e, wanted);
    assert!(past("y ~ diff(y)", &sample()).unwrap_err().message().contains("cannot explain itself"));
    assert!(past("y ~ x:lag(y)", &sample()).unwrap_err().message().contains("cannot be part of an interaction"));
    assert!(past("y ~ I(x*lag(y))", &sample()).unwrap_err().message().contains("cannot mix past counts"));
    assert!(past("y ~ x | lag(y)", &sample()).unwrap_err().message().contains("zero part cannot depend"));
}

#[test]
fn the_log_of_a_zero_count_is_explained() {
    let d = dataset(year(2001), &[4, 0, 2, 3], Vec::new());
    let wanted = "`lag(log(y), 1)` has no value: the count in 2002 is zero\n  at formula:1:5\n    y ~ lag(log(y), 1)\n        ^^^^^^^^^^^^^^\n  help: use log1p in place of log";
    assert_eq!(past("y ~ lag(log(y), 1)", &d).unwrap_err().to_string(), wanted);
    let d = dataset(year(2001), &[4, 1, 2, 3], Vec::new());
    let p = past("y ~ lag(log(y), 1)", &d).unwrap().design;
    assert_eq!((p.feedback[0].value)(&[3.0, 0.0]), 0.5f64.ln());
    assert!((p.feedback[0].value)(&[3.0, f64::NAN]).is_nan());
}

#[test]
fn unknown_values_follow_the_policy() {
    let nan = f64::NAN;
    let d = dataset(year(2001), &[4, 1, 2, 3, 5], vec![Column::numbers("x", vec![1.0, 2.0, nan, 4.0, nan])]);
    let wanted = "`x` is unknown in 2003\n  at formula:1:9\n    y ~ log(x)\n            ^\n  help: give a value, or choose `--missing last` (the last known one), `--missing model` (a simple model of it) or `--missing drop` (leave the rows out)";
    assert_eq!(past("y ~ log(x)", &d).unwrap_err().to_string(), wanted);
    let p = past_with("y ~ x", &d, Missing::Last).unwrap();
    assert_eq!(p.design.x.column(1).to_vec(), [1.0, 2.0, 2.0, 4.0, 4.0]);
    assert_eq!(p.warnings, ["`x`: 2 unknown value(s) in 2003–2005 filled with the last known value"]);
    let p = past_with("y ~ x", &d, Missing::Model).unwrap();
    assert_eq!(p.design.x.column(1).to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(p.warnings, ["`x`: 2 unknown value(s) in 2003–2005 filled with a random walk with drift (1 a step)"]);
    let p = past_with("y ~ x", &d, Missing::Drop).unwrap();
    assert_eq!(p.rows, [0, 1, 3]);
    assert_eq!(p.design.counts_by_step()[..2], [4.0, 1.0]);
    assert!(p.design.x.iter().all(|v| v.is_finite()));
    assert_eq!(p.warnings[0], "2 row(s) left out (2003 to 2005): `x` is unknown");
    // unknown before the first value: nothing is carried back
    let d = dataset(year(2001), &[4, 1, 2], vec![Column::numbers("x", vec![nan, 2.0, 3.0])]);
    assert!(past_with("y ~ x", &d, Missing::Last).unwrap_err().to_string().contains("no earlier value"));
    let d = dataset(year(2001), &[4, 1, 2], vec![Column::numbers("x", vec![0.0, 2.0, 3.0])]);
    let e = past("y ~ log(x)", &d).unwrap_err().to_string();
    assert!(e.starts_with("`log(x)` has no finite value in 2001\n  at formula:1:5"), "{e}");
}

#[test]
fn spans_of_several_steps_are_sums() {
    let mut d = dataset(year(1999), &[0, 0, 7, 8], vec![Column::numbers("x", vec![1.0, 2.0, 3.0, 4.0])]);
    let span = |a: &str, b: &str| crate::period::Span {
        start: Some(parse_period(a).unwrap().start()),
        end: parse_period(b).unwrap().end(),
    };
    d.observations[0].span = span("1999", "2000");
    d.observations[1].span = crate::period::Span { start: None, end: date(1999, 12, 31) };
    d.observations[3].span = span("2002-01", "2002-07");
    let p = past("y ~ x", &d).unwrap();
    assert_eq!(p.rows, [0, 2, 3]);
    let Cover::Sums { start, steps, share } = &p.design.cover else { panic!("sums") };
    assert_eq!((start.as_slice(), steps.as_slice()), (&[0, 2, 3, 4][..], &[0, 1, 2, 3][..]));
    assert_eq!(share, &[1.0, 1.0, 1.0, 212.0 / 365.0]);
    assert_eq!(p.warnings, ["the count of up to 1999 is left out: its start is open"]);
    // lags of the counts are known for 2002 only
    assert_eq!(past("y ~ lag(y)", &d).unwrap().rows, [3]);
    d.observations[1].span = span("2000-01", "2000-06");
    let e = past("y ~ x", &d).unwrap_err().to_string();
    assert!(e.starts_with("the counts of 1999–2000 and of 2000H1 overlap in 2000"), "{e}");
}

#[test]
fn the_future_needs_its_covariates() {
    let mut d = sample();
    let f = parse("y ~ standardise(x) + lag(a, 1) + lag(log1p(y), 1) + tension").unwrap();
    let plan = Plan::learn(&f, &d, 0..6).unwrap();
    let e = plan.future(&d, 6..8, &[5.0, 6.0]).unwrap_err().to_string();
    assert!(e.starts_with("`x` is unknown in 7\n  at formula:1:17") && e.contains("scenario"), "{e}");
    d.widen(Grid { len: 8, ..d.grid });
    for (name, values) in [("x", [2.0, 3.0]), ("a", [64.0, f64::NAN])] {
        let c = d.columns.iter_mut().find(|c| c.name == name).unwrap();
        let Values::Number(v) = &mut c.values else { panic!() };
        v[6..].copy_from_slice(&values);
    }
    let Values::Text { codes, .. } = &mut d.columns[3].values else { panic!() };
    codes[6..].copy_from_slice(&[Some(0), Some(2)]);
    let future = plan.future(&d, 6..8, &[5.0, 6.0]).unwrap();
    assert_eq!(
        future.names,
        ["(Intercept)", "standardise(x)", "lag(a, 1)", "lag(log1p(y), 1)", "tensionL", "tensionM"]
    );
    assert_eq!(future.x.column(2).to_vec(), [32.0, 64.0]);
    assert!(future.x.column(3).iter().all(|v| v.is_nan()));
    assert_eq!(future.x.column(5).to_vec(), [0.0, 1.0]);
    assert_eq!(future.row_on_path(0, &future.before)[3], 6f64.ln_1p());
    // what was learnt does not change with the future
    let history = plan.past(&d, 0..6, &d.observations, Missing::Error).unwrap().design;
    assert_eq!(history.x, plan.past(&sample(), 0..6, &sample().observations, Missing::Error).unwrap().design.x);
    let (filled, notes) = plan.future_filled(&sample(), 6..8, &[5.0, 6.0], Missing::Last).unwrap();
    assert_eq!(filled.x.column(2).to_vec(), [32.0, 32.0]);
    assert_eq!(notes.len(), 3);
    // trend, events and the like need nothing
    let plan = Plan::learn(&parse("y ~ trend() + step(8)").unwrap(), &sample(), 0..6).unwrap();
    assert_eq!(plan.future(&sample(), 6..9, &[]).unwrap().x.row(1).to_vec(), [1.0, 8.0, 1.0]);
}

#[test]
fn a_level_that_was_not_learnt_is_an_error() {
    let d = sample();
    let plan = Plan::learn(&parse("y ~ wool").unwrap(), &d, 0..3).unwrap();
    let e = plan.future(&d, 3..4, &[]).unwrap_err().to_string();
    assert!(e.starts_with("`wool` is `B` in 4, a level that does not occur in the history fitted"), "{e}");
    let p = plan.past(&d, 0..3, &d.observations, Missing::Error).unwrap();
    assert_eq!(
        (p.design.names, p.warnings),
        (vec!["(Intercept)".into()], vec!["`wool` has one level only in the history".into()])
    );
}

#[test]
fn offsets_add_up_and_the_zero_part_has_its_own_columns() {
    let p = past("y ~ x + offset(log(a)) + exposure(a) | wool + offset(x)", &sample()).unwrap().design;
    assert_eq!(p.offset[3], 2.0 * 8f64.ln());
    let zero = p.zero.unwrap();
    assert_eq!(zero.names, ["(Intercept)", "woolB"]);
    assert_eq!(zero.x.row(4).to_vec(), [1.0, 1.0]);
    assert_eq!(zero.offset, p.x.column(1).to_vec());
    assert_eq!(p.season, None);
}
