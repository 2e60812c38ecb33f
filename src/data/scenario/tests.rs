use super::*;
use crate::period::parse_period;
use crate::rng::stream;
use jiff::civil::date;

fn data() -> Dataset {
    let mut d = Dataset::new(Grid { first: parse_period("2010").unwrap(), len: 10 }, "y");
    let mut food: Vec<f64> = [4.1, 4.3, 4.2, 4.6, 4.4, 4.5, 4.3, 4.4].to_vec();
    food.extend([f64::NAN; 2]);
    let levels = vec!["closed".to_string(), "open".to_string()];
    let border = Values::Text { levels, codes: [vec![Some(1); 9], vec![Some(0)]].concat() };
    let mut year = Column::numbers("year", (2010..2020).map(f64::from).collect());
    (year.known, year.source) = (Known::InAdvance, CALENDAR.into());
    d.columns = vec![Column::numbers("food", food), Column::new("border", border), year];
    d.events = vec![
        Event { end: Some(date(2015, 8, 26)), ..Event::new("closure", date(2012, 1, 31)) },
        Event::new("kim", date(2011, 12, 17)),
    ];
    d
}

fn scenario(text: &str) -> Result<Scenario, String> {
    toml::from_str::<Scenario>(text).map(|s| s.named("test")).map_err(|e| e.message().to_string())
}

fn applied(text: &str) -> Result<(Dataset, Vec<String>)> {
    scenario(text).unwrap().apply(&data(), 10..13, &mut stream(1, &["scenario"]))
}

fn food(d: &Dataset) -> Vec<f64> {
    d.column("food").unwrap().as_numbers().unwrap()[7..].to_vec()
}

#[test]
fn a_range_too_wide_to_draw_from_is_refused() {
    let e = scenario("[columns]\nfood = { low = -1e308, high = 1e308 }").unwrap_err();
    assert!(e.contains("the range from -1e308 to 1e308 is too wide to draw from"), "{e}");
}

#[test]
fn the_status_quo_holds_what_is_known_and_changes_nothing_else() {
    let before = data();
    let quo = Scenario::status_quo();
    let (d, words) = quo.apply(&before, 10..13, &mut stream(1, &["x"])).unwrap();
    assert_eq!(food(&d), [4.4; 6]);
    assert_eq!(d.column("year").unwrap().as_numbers().unwrap()[10..], [2020.0, 2021.0, 2022.0]);
    assert!(matches!(&d.column("border").unwrap().values, Values::Text { codes, .. } if codes[9..] == [Some(0); 4]));
    assert_eq!((d.grid.len, &d.events), (13, &before.events));
    assert_eq!(words, ["all covariates keep their last known value"]);
    assert!(!quo.is_random());
}

#[test]
fn values_paths_and_levels_are_taken_as_given() {
    let (d, words) = applied("[columns]\nfood = 5\nborder = \"open\"").unwrap();
    assert_eq!(food(&d), [4.4, 5.0, 5.0, 5.0, 5.0, 5.0]);
    assert!(
        matches!(&d.column("border").unwrap().values, Values::Text { codes, .. } if codes[9..] == [Some(0), Some(1), Some(1), Some(1)])
    );
    assert_eq!(
        words,
        ["border: `open` from 2020 on", "food: 5 from 2018 on"].iter().rev().copied().collect::<Vec<_>>()
    );
    let (d, _) = applied("[columns]\nfood = { 2019 = 3, 2021 = 6.5 }").unwrap();
    assert_eq!(food(&d), [4.4, 4.4, 3.0, 3.0, 6.5, 6.5]);
}

#[test]
fn ranges_and_models_are_drawn_and_stay_where_they_must() {
    for law in ["uniform", "triangular"] {
        let s = scenario(&format!("[columns]\nfood = {{ low = 4, high = 6, distribution = \"{law}\" }}")).unwrap();
        assert!(s.is_random());
        let mut rng = stream(1, &[law]);
        let draws: Vec<f64> = (0..2000)
            .map(|_| {
                let f = food(&s.apply(&data(), 10..13, &mut rng).unwrap().0);
                assert!((4.0..=6.0).contains(&f[1]) && f[1..].iter().all(|x| *x == f[1]) && f[0] == 4.4);
                f[1]
            })
            .collect();
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let var = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        // Variances of the two laws on an interval of length 2: 4/12 and 4/24.
        let expected = if law == "uniform" { 1.0 / 3.0 } else { 1.0 / 6.0 };
        assert!(
            (mean - 5.0).abs() < 5.0 * (expected / n).sqrt() && (var / expected - 1.0).abs() < 0.15,
            "{law} {mean} {var}"
        );
    }
    let s = scenario("default = \"model\"").unwrap();
    let (a, words) = s.apply(&data(), 10..13, &mut stream(1, &["a"])).unwrap();
    let (b, _) = s.apply(&data(), 10..13, &mut stream(1, &["b"])).unwrap();
    assert!(food(&a)[0] == 4.4 && food(&a) != food(&b) && food(&a).iter().all(|x| *x > 0.0));
    assert_eq!(words, ["all covariates go on as a simple model of their own past"]);
}

#[test]
fn events_end_and_begin_again() {
    let (d, words) =
        applied("[events]\nclosure = { start = \"2020-03\", end = \"2021-06-30\" }\nkim = { end = 2020-12-31 }")
            .unwrap();
    let share = |d: &Dataset, year: &str| d.event("closure").unwrap().share_of(parse_period(year).unwrap());
    assert_eq!(share(&d, "2013"), 1.0);
    assert_eq!(share(&d, "2019"), 0.0);
    assert_eq!(share(&d, "2020"), 306.0 / 366.0);
    assert_eq!(share(&d, "2021"), 181.0 / 365.0);
    assert_eq!(d.event("kim").unwrap().end, Some(date(2020, 12, 31)));
    assert_eq!(
        words,
        [
            "closure: again in force from 2020-03-01 to 2021-06-30",
            "kim: in force from 2011-12-17 to 2020-12-31",
            "all covariates keep their last known value",
        ][..]
            .iter()
            .map(|w| w.replace("all covariates", "all other covariates"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let said = |text: &str| match scenario(text) {
        Err(e) => e,
        Ok(s) => s.apply(&data(), 10..13, &mut stream(1, &["x"])).unwrap_err().to_string(),
    };
    assert_eq!(said("[columns]\nfod = 5"), "unknown column `fod`\n  help: did you mean `food`?");
    assert_eq!(
        said("[columns]\nfood = \"high\""),
        "column `food`: `high` is no number\n  help: write a number, \"last\" or \"model\""
    );
    assert_eq!(
        said("[columns]\nborder = \"opne\""),
        "column `border`: unknown level `opne`\n  help: did you mean `open`?"
    );
    assert_eq!(
        said("[columns]\nborder = 3"),
        "column `border`: the column holds text, not numbers\n  help: name one of its levels, or \"last\""
    );
    assert_eq!(said("[columns]\nfood = { low = 3 }"), "a range needs `high`");
    assert_eq!(said("[columns]\nfood = { low = 3, high = 2 }"), "the range is empty: low = 3, high = 2");
    assert_eq!(said("[columns]\nfood = { soon = 3 }"), "`soon` is not a date or period");
    assert_eq!(
        said("[columns]\nfood = { low = 3, high = 4, distribution = \"gamma\" }"),
        "unknown distribution \"gamma\": write \"uniform\", \"triangular\" or \"normal\""
    );
    assert_eq!(
        said("[events]\nclosur = { end = \"2021\" }"),
        "unknown event `closur`\n  help: did you mean `closure`?"
    );
    assert_eq!(
        said("[events]\nclosure = { end = \"2021\" }"),
        "event `closure` cannot end again: it ended on 2015-08-26\n  help: give a start, too, for a new spell"
    );
    assert_eq!(
        said("[events]\nkim = { start = \"2021\" }"),
        "event `kim` cannot begin again on 2021-01-01: it has not ended\n  help: give a later start, or only its end"
    );
    assert_eq!(said("[events]\nkim = {}"), "an event's change needs a start or an end");
    assert!(said("colums = 3").contains("unknown field `colums`"));
}
