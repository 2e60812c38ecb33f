use super::*;
use proptest::prelude::*;

fn names(text: &str) -> String {
    let f = parse(text).unwrap_or_else(|e| panic!("{e}"));
    f.to_string()
}

fn error(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

#[test]
fn terms_come_in_r_order() {
    // Orders and duplicates as R's attr(terms(...), "term.labels").
    assert_eq!(names("y ~ a:b + a + c*d + a"), "y ~ a + c + d + a:b + c:d");
    assert_eq!(names("y ~ (a + b + c)^2 - a:b"), "y ~ a + b + c + a:c + b:c");
    assert_eq!(names("y ~ a*b*c"), "y ~ a + b + c + a:b + a:c + b:c + a:b:c");
    assert_eq!(names("y ~ b:a + a"), "y ~ a + b:a");
    assert_eq!(names("y ~ a/b"), "y ~ a + a:b");
    assert_eq!(names("y ~ (a + b)/c"), "y ~ a + b + a:b:c");
    assert_eq!(names("y~a-1"), "y ~ a - 1");
    assert_eq!(names("y ~ 0 + a + b - a"), "y ~ b - 1");
    assert_eq!(names("y ~ a - 1 + 1"), "y ~ a");
    assert_eq!(names("y ~ 1"), "y ~ 1");
    assert_eq!(names("y ~ -1"), "y ~ 0");
}

#[test]
fn labels_are_as_r_deparses() {
    for (text, label) in [
        ("y ~ I( x/10 )", "I(x/10)"),
        ("y ~ I(x*2+1)", "I(x * 2 + 1)"),
        ("y ~ I((x-1)^2)", "I((x - 1)^2)"),
        ("y ~ I(-x)", "I(-x)"),
        ("y ~ lag(c,1)", "lag(c, 1)"),
        ("y ~ lag(c,k=1e5)", "lag(c, k = 1e+05)"),
        ("y ~ power(c, 0.50)", "power(c, 0.5)"),
        ("y ~ step( 2016-08-01 )", "step(2016-08-01)"),
        ("y ~ step(2016Q3)", "step(2016Q3)"),
        ("y ~ step('2016-08')", "step(2016-08)"),
        ("y ~ event(closure, phase_in=12 months)", "event(closure, phase_in = 12 months)"),
        ("y ~ C(d, ref = 'South Korea')", "d"),
        ("y ~ C(`my col`)", "`my col`"),
        ("y ~ factor(year)", "factor(year)"),
        ("y ~ log(식량.생산_kt)", "log(식량.생산_kt)"),
    ] {
        assert_eq!(parse(text).unwrap().mean.terms[0][0].label(), label, "{text}");
    }
}

#[test]
fn numbers_print_as_in_r() {
    for (x, text) in [
        (1e3, "1000"),
        (1e5, "1e+05"),
        (123456.0, "123456"),
        (0.1, "0.1"),
        (1e-4, "1e-04"),
        (0.00012, "0.00012"),
        (0.1 + 0.2, "0.3"),
        (-2.5, "-2.5"),
        (1.5e-10, "1.5e-10"),
        (1e15, "1e+15"),
        (0.0, "0"),
    ] {
        assert_eq!(number(x), text);
    }
}

#[test]
fn offsets_and_the_zero_part_are_set_apart() {
    let f = parse("y ~ x + offset(log(pop)) + exposure(n) | z - 1").unwrap();
    assert_eq!(f.mean.offsets.len(), 2);
    assert_eq!(f.mean.terms.len(), 1);
    assert!(!f.zero.as_ref().unwrap().intercept);
    assert_eq!(f.to_string(), "y ~ x + offset(log(pop)) + exposure(n) | z - 1");
    assert_eq!(f.columns(), ["x", "pop", "n", "z"]);
}

#[test]
fn dots_stand_for_the_other_columns() {
    let columns: Vec<String> = ["a", "y", "b c"].map(String::from).into();
    let f = parse("y ~ .^2 - a").unwrap();
    assert!(f.has_dot());
    assert_eq!(f.with_columns(&columns).unwrap().to_string(), "y ~ `b c` + a:`b c`");
}

#[test]
fn errors_point_at_the_text() {
    let cases = [
        (
            "y ~ a + standardize(b)",
            "unknown function `standardize`\n  at formula:1:9\n    y ~ a + standardize(b)\n            ^^^^^^^^^^^\n  help: did you mean `standardise`?",
        ),
        (
            "log(y) ~ a",
            "the response must be a column, not `log(y)`\n  at formula:1:1\n    log(y) ~ a\n    ^^^^^^\n  help: the family and link transform the mean; for a model of log counts choose the family gaussian-log",
        ),
        (
            "도착 ~ 식량 + lag(중국, 1.5)",
            "`lag` needs a whole number from 0, not `1.5`\n  at formula:1:19\n    도착 ~ 식량 + lag(중국, 1.5)\n                            ^^^\n  help: write lag(x, k = 1)",
        ),
        (
            "y ~ x/10",
            "between terms `* / : ^` are interactions, and a number cannot be part of one\n  at formula:1:7\n    y ~ x/10\n          ^^\n  help: write arithmetic inside `I(...)`, e.g. `I(x/10)`",
        ),
        ("y ~ a + (b + c", "this parenthesis is not closed\n  at formula:1:9\n    y ~ a + (b + c\n            ^"),
        ("y ~ a +", "the formula ends where a term should be\n  at formula:1:8\n    y ~ a +\n           ^"),
        ("y a", "unexpected `a`, expected `~`\n  at formula:1:3\n    y a\n      ^"),
        (
            "y ~ step(2016-13)",
            "`2016-13` is not a date\n  at formula:1:10\n    y ~ step(2016-13)\n             ^^^^^^^\n  help: write 2016, 2016-08 or 2016-08-01",
        ),
        (
            "y ~ lag(x, 1, 2)",
            "too many arguments of `lag`\n  at formula:1:15\n    y ~ lag(x, 1, 2)\n                  ^\n  help: write lag(x, k = 1)",
        ),
        (
            "y ~ decay(5, half=2)",
            "`decay` has no argument `half`\n  at formula:1:19\n    y ~ decay(5, half=2)\n                      ^\n  help: write decay(t, delta = 0.8) or decay(t, half_life = 2); did you mean `half_life`?",
        ),
        (
            "y ~ 2*x",
            "between terms `* / : ^` are interactions, and a number cannot be part of one\n  at formula:1:5\n    y ~ 2*x\n        ^\n  help: write arithmetic inside `I(...)`, e.g. `I(x/10)`",
        ),
        (
            "y ~ a + b | c | d",
            "a second `|`\n  at formula:1:15\n    y ~ a + b | c | d\n                  ^\n  help: `|` comes once, before the zero part",
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(error(text), wanted, "{text}");
    }
}

#[test]
fn the_line_of_a_long_formula_is_found() {
    let e = parse_in("y ~ a +\n  b + logg(c)", &Written::by_name("study.toml")).expect_err("logg");
    let p = e.place().unwrap();
    assert_eq!((p.file.as_str(), p.line, p.column, p.text.as_str()), ("study.toml", 2, 7, "  b + logg(c)"));
}

#[test]
fn no_depth_and_no_size_overflows() {
    let deep = |open: &str, close: &str, n: usize| format!("y ~ {}x{}", open.repeat(n), close.repeat(n));
    for text in [
        deep("(", ")", 50_000),
        deep("log(", ")", 30_000),
        deep("I(-", ")", 30_000),
        format!("y ~ I({}x)", "-".repeat(100_000)),
        format!("y ~ I({}x)", "x^".repeat(50_000)),
        format!("y ~ I({}x)", "x+".repeat(50_000)),
        format!("{}x ~ a", "-".repeat(100_000)),
        format!("y ~ ({})^9", (0..60).map(|i| format!("x{i}")).collect::<Vec<_>>().join("+")),
        format!("y ~ {}", (0..40).map(|i| format!("x{i}")).collect::<Vec<_>>().join("*")),
    ] {
        assert!(parse(&text).is_err());
    }
    let long = format!("y ~ {}", (0..3_000).map(|i| format!("x{i}")).collect::<Vec<_>>().join(" + "));
    assert_eq!(parse(&long).unwrap().mean.terms.len(), 3_000);
    assert!(parse(&format!("y ~ {}a", "-".repeat(100_000))).is_ok());
}

/// Terms as sets: as in R, the order of factors in `a:b` follows the first appearance, which printing may change.
fn sets(f: &Formula) -> (bool, Vec<Vec<String>>) {
    let set = |t: &Vec<Expr>| {
        let mut names: Vec<String> = t.iter().map(Expr::to_string).collect();
        names.sort();
        names
    };
    (f.mean.intercept, f.mean.terms.iter().map(set).collect())
}

fn argument() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z][a-z0-9_.]{0,5}".prop_filter("not a function", |n| !term::TERMS.iter().any(|t| t.name == n)),
        Just("식량".to_string()),
        Just("`a b`".to_string()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|x| format!("log({x})")),
            (inner.clone(), 1..4u8).prop_map(|(x, k)| format!("lag({x}, {k})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("I({a} * {b} - 2)")),
            inner.clone().prop_map(|x| format!("standardise(I(({x} + 1)^2/-3))")),
            inner.prop_map(|x| format!("power({x}, 0.5)")),
        ]
    })
}

fn side() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => argument(),
        1 => Just("1".to_string()),
        1 => Just("step(2016-08-01)".to_string()),
        1 => Just("C(d, ref = \"A b\")".to_string()),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let term = inner.clone().prop_map(|x| if x == "1" { "one".into() } else { x });
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} + {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} - ({b})")),
            (term.clone(), term.clone()).prop_map(|(a, b)| format!("({a})*({b})")),
            (term.clone(), term.clone()).prop_map(|(a, b)| format!("({a}):({b})")),
            (term.clone(), term.clone()).prop_map(|(a, b)| format!("({a} + {b})^2")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_never_panics(text in "\\PC*") {
        let _ = parse(&text).map_err(|e| e.to_string());
    }

    #[test]
    fn random_formula_like_text_never_panics(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "y", "~", "+", "-", "*", "/", ":", "^", "(", ")", ",", "=", "|", ".", "1", "0", "2", "2016-08", "1e3", "`a b`",
                "'q", "\"s\"", " ", "\n", "log(", "lag(", "step(", "C(", "ref=", "I(", "식량", "offset(", "12 months", "decay(",
                "event(", "..", "%", "poly(", "1e999", "x.1", "_",
            ]),
            0..24,
        )
    ) {
        let _ = parse(&format!("y ~ {}", words.concat())).map_err(|e| e.to_string());
        let _ = parse(&words.concat()).map_err(|e| e.to_string());
    }

    #[test]
    fn a_printed_formula_is_read_back_the_same(right in side()) {
        let text = format!("y ~ {right}");
        match parse(&text) {
            Ok(f) => {
                let printed = f.to_string();
                let again = parse(&printed).map_err(|e| e.to_string());
                prop_assert_eq!(again.map(|g| sets(&g)), Ok(sets(&f)), "{}", printed);
            }
            // `one - one` and the like may leave a number beside `:`
            Err(e) => prop_assert!(e.message().contains("number"), "{}\n{}", text, e),
        }
    }
}
