//! Terms against reference values, and what holds for every term.

use super::plan::Plan;
use super::testing::*;
use super::{Missing, TERMS, help_text, markdown};
use crate::data::{Column, Dataset, Event, Values};
use crate::formula::parse;
use crate::period::{Frequency, Grid, Period, parse_period};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../../tests/reference/terms/reference.json")).unwrap()
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn bases_agree_with_numpy_scipy_and_patsy() {
    let r = reference();
    let (history, later) = (numbers(&r["history"]), numbers(&r["later"]));
    let n = history.len();
    let mut d = dataset(Period::step(1), &vec![1; n], vec![Column::numbers("x", history)]);
    d.widen(Grid { len: n + later.len(), ..d.grid });
    let Values::Number(v) = &mut d.columns[0].values else { panic!() };
    v[n..].copy_from_slice(&later);
    for case in r["cases"].as_array().unwrap() {
        let term = case["term"].as_str().unwrap();
        let plan = Plan::learn(&parse(&format!("y ~ {term} - 1")).unwrap(), &d, 0..n).unwrap();
        let past = plan.past(&d, 0..n, &d.observations, Missing::Error).unwrap().design;
        let future = plan.future(&d, n..n + later.len(), &[]).unwrap();
        for (x, wanted) in [(&past.x, &case["history"]), (&future.x, &case["later"])] {
            for (row, wanted) in x.rows().into_iter().zip(wanted.as_array().unwrap()) {
                let wanted = numbers(wanted);
                assert_eq!(row.len(), wanted.len(), "{term}");
                for (a, b) in row.iter().zip(&wanted) {
                    assert!((a - b).abs() <= 1e-11 * b.abs().max(1.0), "{term}: {a} against {b}");
                }
            }
        }
        let columns = past.p();
        let last = if columns == 1 { term.to_string() } else { format!("{term}{columns}") };
        assert_eq!(past.names.last(), Some(&last));
    }
}

/// The data of `tests/reference/terms_r/make.R`.
fn data_of_r() -> Dataset {
    let x = vec![3.1, 0.4, 7.7, 2.2, 9.9, 4.6, 5.5, 1.3, 8.8, 6.1, 2.9, 7.2];
    let z = vec![1.5, 2.5, 0.5, 3.5, 1.0, 2.0, 4.0, 0.25, 3.0, 1.75, 2.75, 0.75];
    let k = vec![1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 3.0, 2.0, 1.0];
    let a = text("a", &["A", "B", "A", "B", "A", "B", "A", "B", "A", "B", "B", "A"]);
    let b = text("b", &["L", "M", "H", "L", "M", "H", "H", "L", "L", "M", "L", "H"]);
    let columns = vec![Column::numbers("x", x), Column::numbers("z", z), Column::numbers("k", k), a, b];
    dataset(Period::step(1), &[1; 12], columns)
}

/// Names and values of R 4.2.2's `model.matrix`, see `tests/reference/terms_r/make.R`.
#[test]
fn designs_are_those_of_r() {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(include_str!("../../tests/reference/terms_r/model_matrix.csv").as_bytes());
    let mut wanted: Vec<(String, Vec<String>, Vec<f64>)> = Vec::new();
    for row in reader.records() {
        let row = row.unwrap();
        if wanted.last().is_none_or(|w| w.0 != row[0]) {
            wanted.push((row[0].into(), Vec::new(), Vec::new()));
        }
        let last = wanted.last_mut().unwrap();
        if &row[1] == "1" {
            last.1.push(row[2].into());
        }
        last.2.push(row[3].parse().unwrap());
    }
    assert_eq!(wanted.len(), 98);
    let d = data_of_r();
    for (formula, names, values) in wanted {
        let design = past(&format!("y ~ {formula}"), &d).unwrap_or_else(|e| panic!("{formula}: {e}")).design;
        assert_eq!(design.names, names, "{formula}");
        for (i, want) in values.iter().enumerate() {
            let have = design.x[[i % 12, i / 12]];
            assert!((have - want).abs() <= 1e-10 * want.abs().max(1.0), "{formula}, row {i}: {have} against {want}");
        }
    }
}

/// One formula for each name, of `y` and the columns of R's data.
const EXAMPLES: &[(&str, &str)] = &[
    ("I", "I(x/10 + z^2)"),
    ("log", "log(x, 2)"),
    ("log10", "log10(x)"),
    ("log2", "log2(x)"),
    ("log1p", "log1p(x)"),
    ("sqrt", "sqrt(x)"),
    ("exp", "exp(z)"),
    ("power", "power(x, 0.5)"),
    ("pmax", "pmax(x, z, 2)"),
    ("pmin", "pmin(x, 3)"),
    ("ifelse", "ifelse(x > 3, z, 0)"),
    ("as.numeric", "as.numeric(x > 3)"),
    ("as.integer", "as.integer(x)"),
    ("standardise", "standardise(x)"),
    ("scale", "scale(x)"),
    ("lag", "lag(x, 1)"),
    ("dlag", "dlag(x, half_life = 2, max = 3)"),
    ("diff", "diff(x)"),
    ("growth", "growth(x)"),
    ("ma", "ma(x, 2)"),
    ("trend", "trend()"),
    ("poly", "poly(x, 2)"),
    ("ns", "ns(x, df = 3)"),
    ("bs", "bs(x, df = 4)"),
    ("season", "season(4)"),
    ("fourier", "fourier(4, 1)"),
    ("C", "C(k, ref = 2)"),
    ("factor", "factor(k)"),
    ("as.factor", "as.factor(k)"),
    ("relevel", "relevel(b, ref = M)"),
    ("step", "step(2004)"),
    ("pulse", "pulse(2004)"),
    ("ramp", "ramp(2004)"),
    ("decay", "decay(2004, delta = 0.5)"),
    ("event", "event(closure)"),
    ("in_force", "in_force(policy)"),
    ("events", "events(policy)"),
    ("offset", "offset(log(z))"),
    ("exposure", "exposure(z)"),
];

#[test]
fn every_term_has_an_example_that_works_and_a_line_in_the_docs() {
    if std::env::var_os("TUMEN_WRITE_DOCS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/terms.md"), markdown()).unwrap();
    }
    let there = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/terms.md")).unwrap();
    assert_eq!(there, markdown(), "docs/terms.md is out of date: run this test with TUMEN_WRITE_DOCS=1");
    let r = data_of_r();
    let counts: Vec<u64> = r.observations.iter().filter_map(|o| o.count).collect();
    let mut d = dataset(parse_period("2001").unwrap(), &counts, r.columns);
    let day = d.grid.period(5).start();
    d.events = vec![Event { category: "policy".into(), ..Event::new("closure", day) }];
    let names: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, TERMS.iter().map(|t| t.name).collect::<Vec<_>>());
    for (name, formula) in EXAMPLES {
        let past = past_with(&format!("y ~ {formula}"), &d, Missing::Drop);
        let design = past.unwrap_or_else(|e| panic!("{formula}: {e}")).design;
        let is_offset = ["offset", "exposure"].contains(name);
        assert_eq!(design.p() > 1, !is_offset, "{formula}: {:?}", design.names);
    }
}

/// As R 4.2.2: `pmax(c(NA, 1), c(2, 3))` is NA 3, with `na.rm = TRUE` 2 3; `ifelse(c(NA, 1) > 3, 0, c(NA, 5))` is NA 5.
#[test]
fn the_unknown_stays_unknown_unless_it_is_not_chosen() {
    let mut d = data_of_r();
    let Values::Number(v) = &mut d.columns[0].values else { panic!() };
    v[2] = f64::NAN;
    let z = column("z", &d);
    let unknown = |f: &str| past(&format!("y ~ {f}"), &d).unwrap_err().to_string();
    assert!(unknown("pmax(x, z)").contains("`x` is unknown in 3"));
    assert_eq!(column("pmax(x, z, na.rm = TRUE)", &d)[2], z[2]);
    assert_eq!(column("pmin(x, z, 9, na.rm = TRUE)", &d)[2], z[2].min(9.0));
    assert!(unknown("ifelse(x > 3, 1, 0)").contains("`x` is unknown in 3"));
    let chosen = column("ifelse(z > 100, x, z)", &d);
    assert_eq!(chosen, z);
}

#[test]
fn comparisons_follow_what_is_known_and_say_what_they_refuse() {
    let mut d = data_of_r();
    let Values::Number(v) = &mut d.columns[0].values else { panic!() };
    v[2] = f64::NAN;
    // As R: FALSE & NA is FALSE, TRUE | NA is TRUE; else unknown.
    assert_eq!(column("I((x > 3 & z > 1) * 1)", &d)[2], 0.0);
    assert_eq!(column("I((x > 3 | z < 1) * 1)", &d)[2], 1.0);
    // In a function of numbers 0 or 1.
    let z = data_of_r();
    let (is, then) = (column("I((z > 1) * 1)", &z), column("lag(I(z > 1), 1)", &z));
    assert_eq!(is[..11], then[..]);
    assert_eq!(column("ma(z > 1, 2)", &z)[0], (is[0] + is[1]) / 2.0);
    assert!(past("y ~ I(x > 3)", &d).unwrap_err().to_string().starts_with("`x` is unknown in 3"));
    let refused = |f: &str| past(&format!("y ~ {f}"), &data_of_r()).unwrap_err().to_string();
    for (f, wanted) in [
        (
            "x > 3",
            "unexpected `>`, expected `+`, `-`, `*`, `/`, `:`, `|` or the end\n  at formula:1:7\n    y ~ x > 3\n          ^\n  help: a comparison stands inside I() or parentheses: `(x > 3)`",
        ),
        ("I(a > 3)", "a column of texts is compared with a text in quotes"),
        ("I(a > \"A\")", "texts are compared by == and != only\n  at formula:1:11"),
        ("I(x == \"A\")", "a number is compared with a text"),
        ("I(x & z > 2)", "`&` stands between comparisons, and `x` is none\n  at formula:1:7"),
        ("scale(a)", "`scale` needs numbers"),
        (
            "I(z = 2)",
            "`I` has no argument `z`\n  at formula:1:11\n    y ~ I(z = 2)\n              ^\n  help: a comparison has two equals signs: `I(z == 2)`",
        ),
        ("I(!x)", "unexpected `!`"),
        ("I(3 > 2)", "`3 > 2` holds no column"),
        ("I(lag(y) > 3)", "a comparison cannot read past counts"),
        ("a + C(a, ref = B)", "the factor `a` stands twice in the formula, with two references\n  at formula:1:9"),
        ("splines::ns(x, 3)", "`::` has no meaning here\n  at formula:1:12"),
        ("s(x)", "unknown function `s`"),
        ("I(b %in% a)", "`%in%` takes numbers or texts in quotes, not `a`\n  at formula:1:14"),
        ("a %in% c(\"A\")", "unknown function `c`"),
        ("I(b %in% c())", "`c()` is empty"),
        ("pmax(3, 4)", "no column is among the arguments"),
        ("pmax(a, 2)", "`I` needs numbers"),
        ("ifelse(x, 1, 0)", "`ifelse` needs a comparison first, not `x`"),
        ("ifelse(x > 3, \"a\", \"b\")", "`ifelse` chooses between numbers, not texts\n  at formula:1:19"),
        ("(x + 3 < 1) + (x & z)", "`&` stands between"),
        ("interaction(a, b)", "unknown function `interaction`"),
        ("cut(x, c(0, 5))", "unknown function `cut`"),
        ("relevel(a)", "`relevel` needs its argument `ref`"),
        (
            "x[1]",
            "unexpected `[`, expected `+`, `-`, `*`, `/`, `:`, `|` or the end\n  at formula:1:6\n    y ~ x[1]\n         ^\n  help: where d is 1 is `I(d == 1)`",
        ),
        ("C(x, contr.sum)", "`contr.sum` is no level: a factor's contrasts are those of treatment"),
        ("factor(k, levels = x)", "`k` has the level"),
        ("factor(k, levels = c(1, 1))", "`factor` needs each level once, and not `1` twice, not `c(1, 1)`"),
        ("factor(k, levels = c(1, 2), ref = 1)", "`factor` needs no `ref` beside `levels`"),
        ("ns(x, knots = c(2, 50))", "the knot 50 of `ns` is not between 0.4 and 9.9"),
        ("ns(x, knots = x)", "`ns` needs numbers, such as c(2, 5), not `x`"),
        ("scale(x, center = 2)", "`scale` needs TRUE or FALSE, not `2`"),
        ("log(x, 1)", "`log` needs a base above 0, not 1, not `1`"),
        ("a %on% b", "unexpected `%`"),
        (
            "I(1/(k - 3))",
            "`I(1/(k - 3))` has no finite value in 3\n  at formula:1:5\n    y ~ I(1/(k - 3))\n        ^^^^^^^^^^^^\n  help: a division by zero",
        ),
        (
            "log(I(k - 1))",
            "`log(I(k - 1))` has no finite value in 1\n  at formula:1:5\n    y ~ log(I(k - 1))\n        ^^^^^^^^^^^^^\n  help: a logarithm needs",
        ),
    ] {
        let e = refused(f);
        assert!(e.starts_with(wanted), "{f}: {e}");
    }
}

#[test]
fn a_study_without_events_is_told_how_to_get_some() {
    let d = dataset(year(2019), &[9, 8, 7], Vec::new());
    let e = parse("y ~ event(foo)").unwrap().check(&d).unwrap_err().to_string();
    let wanted = "unknown event `foo`\n  at formula:1:5\n    y ~ event(foo)\n        ^^^^^^^^^^\n  help: the study has no events: give";
    assert!(e.starts_with(wanted), "{e}");
    let e = parse("y ~ in_force(foo)").unwrap().check(&d).unwrap_err().to_string();
    assert!(e.contains("help: the study has no events"), "{e}");
}

#[test]
fn the_time_is_no_covariate_of_the_dot() {
    let mut d = data_of_r();
    d.columns[2].source = crate::data::build::CALENDAR.into();
    assert_eq!(past("y ~ .", &d).unwrap().design.names, ["(Intercept)", "x", "z", "aB", "bL", "bM"]);
    assert_eq!(past("y ~ . + k", &d).unwrap().design.names.last().map(String::as_str), Some("k"));
}

/// R's `lm(weight ~ ns(height, df = 5), data = women)`, see make.py: its residuals are orthogonal to our columns.
#[test]
fn ns_gives_the_coefficients_that_r_prints() {
    let w = &reference()["women"];
    let (height, weight, beta) = (numbers(&w["height"]), numbers(&w["weight"]), numbers(&w["coefficients_r"]));
    let d = dataset(Period::step(1), &[1; 15], vec![Column::numbers("height", height)]);
    let x = past("y ~ ns(height, df = 5)", &d).unwrap().design.x;
    let residual: Vec<f64> =
        (0..15).map(|i| weight[i] - x.row(i).iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>()).collect();
    for j in 0..6 {
        let dot: f64 = (0..15).map(|i| x[[i, j]] * residual[i]).sum();
        assert!(dot.abs() < 1e-4, "column {j}: {dot}");
    }
    assert!(residual.iter().map(|r| r * r).sum::<f64>() > 0.1);
}

#[test]
fn lags_are_distributed_as_their_kernels_say() {
    let mut impulse = vec![0.0; 20];
    impulse[8] = 1.0;
    let d = dataset(Period::step(1), &[1; 20], vec![Column::numbers("x", impulse)]);
    let r = &reference()["dlag_gamma"];
    let got = column("dlag(x, kernel = gamma, mean = 3, shape = 2, max = 8)", &d);
    for (a, b) in got.iter().zip(numbers(&r["weights"])) {
        assert!((a - b).abs() < 1e-13, "{a} against {b}");
    }
    let got = column("dlag(x, half_life = 1, max = 3)", &d);
    let wanted = [8.0, 4.0, 2.0, 1.0].map(|w| w / 15.0);
    assert!(got[5..9].iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-15), "{got:?}");
    // mean lag 1 is δ = 1/2; the median of the gamma splits its weight
    assert_eq!(column("dlag(x, mean = 1, max = 3)", &d), got);
    let mut impulse = vec![0.0; 100];
    impulse[50] = 1.0;
    let long = dataset(Period::step(1), &[1; 100], vec![Column::numbers("x", impulse)]);
    let gamma = column("dlag(x, kernel = gamma, half_life = 3, shape = 5, max = 49)", &long);
    let within = |lags: usize| gamma[1..1 + lags].iter().sum::<f64>();
    assert!((within(3) - 0.5).abs() < 1e-12 && (within(50) - 1.0).abs() < 1e-12, "{} {}", within(3), within(50));
    let e = past("y ~ dlag(x)", &d).unwrap_err().to_string();
    assert!(e.starts_with("`dlag` needs one of `half_life` and `mean`\n  at formula:1:5"), "{e}");
}

#[test]
fn averages_and_seasons() {
    let x: Vec<f64> = (0..26).map(|i| f64::from(i * i)).collect();
    let d = dataset(parse_period("2001-03").unwrap(), &[1; 26], vec![Column::numbers("x", x)]);
    assert_eq!(column("ma(x, 3)", &d)[..2], [5.0 / 3.0, 14.0 / 3.0]);
    let p = past("y ~ season()", &d).unwrap().design;
    assert_eq!((p.p(), p.names[1].as_str(), p.season), (12, "season()2", Some(12)));
    // March is level 3, the column after the intercept and level 2
    assert_eq!((p.x[[0, 2]], p.x[[12, 2]], p.x[[10, 2]], p.x[[10, 0]]), (1.0, 1.0, 0.0, 1.0));
    assert!(p.x.row(10).iter().skip(1).all(|v| *v == 0.0), "January is the reference");
    assert_eq!(past("y ~ season() - 1", &d).unwrap().design.names[0], "season()1");
    assert_eq!(past("y ~ season(4)", &d).unwrap().design.x.row(5).to_vec(), [1.0, 1.0, 0.0, 0.0]);
    let p = past("y ~ fourier(12, 6)", &d).unwrap().design;
    assert_eq!(p.names[1..4], ["fourier(12, 6)S1", "fourier(12, 6)C1", "fourier(12, 6)S2"]);
    assert_eq!(p.p(), 12);
    let w = std::f64::consts::TAU / 12.0;
    assert_eq!((p.x[[4, 1]], p.x[[4, 2]]), ((5.0 * w).sin(), (5.0 * w).cos()));
    let years = dataset(Period { frequency: Frequency::Year, ordinal: 2001 }, &[1, 2], Vec::new());
    assert!(past("y ~ season()", &years).unwrap_err().to_string().contains("(steps are years)"));
}

#[test]
fn too_few_values_are_said() {
    let d = dataset(Period::step(1), &[1; 4], vec![Column::numbers("x", vec![1.0, 2.0, 2.0, 1.0])]);
    for (term, message) in [
        ("poly(x, 2)", "`poly` of degree 2 needs more than 2 different values in the history, there are 2"),
        ("ns(x, df = 3)", "`ns` with 2 internal knots needs more different values than the history's 2"),
        ("bs(x, df = 4)", "`bs` with 1 internal knots needs more different values than the history's 2"),
    ] {
        let e = past(&format!("y ~ {term}"), &d).unwrap_err();
        assert_eq!(e.message(), message);
        assert_eq!(e.place().unwrap().column, 5);
    }
}

#[test]
fn bases_of_past_counts_run_along_the_path() {
    let d = dataset(Period::step(1), &[5, 3, 8, 2, 7, 6, 9, 4], Vec::new());
    let p = past("y ~ ns(lag(log1p(y), 1), df = 2) + dlag(lag(y), half_life = 2, max = 2)", &d).unwrap();
    let d = &p.design;
    assert_eq!((p.steps, d.feedback.len()), (3..8, 3));
    for s in 0..5 {
        let known: Vec<f64> = d.before.iter().chain(&d.counts[..s]).copied().collect();
        assert_eq!(d.row_on_path(s, &known), d.row(s).to_vec());
    }
}

#[test]
fn every_term_is_listed_once_and_explained() {
    let help = help_text();
    for (i, e) in TERMS.iter().enumerate() {
        assert!(help.contains(e.usage) && !e.about.is_empty() && e.usage.starts_with(e.name), "{}", e.name);
        assert!(TERMS[..i].iter().all(|o| o.name != e.name), "{}", e.name);
    }
}

/// All terms at once over 24 months, in a panel of one text and two numeric columns and two events.
fn wide(z: &[f64], past_codes: &[u8]) -> Dataset {
    let n = z.len();
    let mut d = dataset(parse_period("2001-01").unwrap(), &vec![3; n], Vec::new());
    let words: Vec<&str> = past_codes.iter().map(|c| ["a", "b", "c"][*c as usize % 3]).collect();
    d.columns = vec![
        Column::numbers("x", (0..n).map(|i| (i as f64 * 0.7).sin() + 2.0).collect()),
        Column::numbers("z", z.to_vec()),
        text("w", &words),
    ];
    d.events = vec![event("shut", date(2001, 5, 10), Some(date(2002, 2, 2)), "t")];
    d
}

const ALL: &str = "y ~ standardise(z) + poly(z, 2) + ns(lag(z), df = 2) + bs(z, df = 4) + w*x + C(w, ref = b):z + season() + \
                   fourier(6.5, 2) + trend() + event(shut) + decay(shut, half_life = 3) + dlag(z, half_life = 1, max = 2) + \
                   ma(z, 2) + diff(z) + I(z^2/10 - x) + lag(log1p(y), 2) + exposure(x) + scale(x, center = FALSE) + I(z > 1 & x > 1.5) + \
                   relevel(w, ref = c):I(z != 0) + ns(x, knots = 2) + growth(x) + log10(x) + ramp(2001-09) + in_force(t) | z";

/// Those that impute, with lags so that what is imputed reaches on.
const GAPS: &str = "y ~ standardise(z) + poly(z, 2) + ns(z, df = 2) + lag(z, 2) + ma(z, 3) + I(z > 0)";

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_learnt_does_not_change_with_the_future(
        z in proptest::collection::vec(-5.0..5.0f64, 24),
        w in proptest::collection::vec(0..3u8, 24),
        later in proptest::collection::vec(-1e6..1e6f64, 6),
        shift in 1..3u8,
    ) {
        let mut w = w;
        w[3..6].copy_from_slice(&[0, 1, 2]);
        let before = wide(&z, &w);
        let mut changed = z.clone();
        changed[18..].copy_from_slice(&later);
        let mut w2 = w.clone();
        w2[18..].iter_mut().for_each(|c| *c += shift);
        let after = wide(&changed, &w2);
        let f = parse(ALL).unwrap();
        let design = |d: &Dataset| {
            Plan::learn(&f, d, 2..18).and_then(|p| p.past(d, 2..18, &d.observations, Missing::Error)).map(|p| p.design)
        };
        let (a, b) = (design(&before).unwrap(), design(&after).unwrap());
        prop_assert_eq!(a.names, b.names);
        prop_assert_eq!(a.x, b.x);
        prop_assert_eq!(a.offset, b.offset);
        prop_assert_eq!(a.zero.map(|z| z.x), b.zero.map(|z| z.x));
    }

    #[test]
    fn what_is_imputed_does_not_change_with_the_future(
        z in proptest::collection::vec(-5.0..5.0f64, 24),
        gaps in proptest::collection::vec(6..18usize, 1..6),
        later in proptest::collection::vec(-1e6..1e6f64, 6),
        more in 0..12usize,
    ) {
        let f = parse(GAPS).unwrap();
        // Not all alike.
        let mut z: Vec<f64> = z.iter().enumerate().map(|(i, z)| z + 0.37 * i as f64).collect();
        gaps.iter().for_each(|g| z[*g] = f64::NAN);
        let w = vec![0u8; 24 + more];
        let before = wide(&z, &w[..24]);
        z[18..].copy_from_slice(&later);
        z.extend(std::iter::repeat_n(1e5, more));
        let after = wide(&z, &w);
        for missing in [Missing::Last, Missing::Model, Missing::Drop] {
            let design = |d: &Dataset| {
                Plan::learn(&f, d, 0..18).and_then(|p| p.past(d, 0..18, &d.observations[..18], missing)).unwrap()
            };
            let (a, b) = (design(&before), design(&after));
            prop_assert_eq!(a.design.x, b.design.x);
            prop_assert_eq!(&a.rows, &b.rows);
            // Whatever is done about a gap is said.
            prop_assert!(a.warnings.iter().any(|w| w.contains("`z`")), "{:?}", a.warnings);
            prop_assert_eq!(a.warnings, b.warnings);
        }
    }
}
