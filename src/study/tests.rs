//! What a study file refuses, and where it says that it stands.

use super::{Home, Study};

fn parse(text: &str) -> crate::Result<Study> {
    Study::parse(text, "s.toml", Home::Builtin)
}

fn refusal(text: &str) -> String {
    parse(text).map_or_else(|e| e.to_string(), |_| "accepted".into())
}

#[test]
fn unknown_keys_are_refused_where_they_stand_with_the_nearest_name() {
    for (text, wanted) in [
        (
            "[[models]]\nnmae = \"a\"\n",
            "model 1 of [[models]]: unknown key `nmae`\n  at s.toml:2:1\n    nmae = \"a\"\n    ^^^^\n  help: did you mean `name`",
        ),
        (
            "[[models]]\nname = \"a\"\n[[models]]\nname = \"b\"\nfamly = \"nb2\"\n",
            "model b: unknown key `famly`\n  at s.toml:5:1\n    famly = \"nb2\"\n    ^^^^^\n  help: did you mean `family`",
        ),
        (
            "[scenarios.a]\nx = 1\n",
            "unknown key `scenarios`\n  at s.toml:1:2\n    [scenarios.a]\n     ^^^^^^^^^\n  help: each scenario is a table [scenario.NAME], without the s",
        ),
        (
            "[scenaro.a]\nx = 1\n",
            "unknown key `scenaro`\n  at s.toml:1:2\n    [scenaro.a]\n     ^^^^^^^\n  help: did you mean `scenario`?",
        ),
        ("scenario = \"a\"\n", "`scenario` holds tables: write [scenario.NAME]\n  at s.toml:1:1"),
    ] {
        let e = refusal(text);
        assert!(e.starts_with(wanted), "{e}");
    }
}

#[test]
fn every_setting_is_read_whoever_uses_it() {
    for (text, wanted) in [
        (
            "# 한국\nhorizon = \"five\"\n",
            "--horizon takes a whole number from 1 to 1000, not `five`\n  at s.toml:2:11\n",
        ),
        ("horizon = -1\n", "--horizon takes a whole number from 1 to 1000, not `-1`\n  at s.toml:1:11\n"),
        ("baseline = \"lgo-rw\"\n", "unknown baseline `lgo-rw`\n  at s.toml:1:12\n"),
        ("levels = [50, 200]\n", "--levels takes percentages such as 50,80,95, not `200`\n  at s.toml:1:10\n"),
        ("[[models]]\nname = \"m\"\nfamily = \"nb9\"\n", "model m: unknown family `nb9`\n  at s.toml:3:10\n"),
        ("formula = \"y ~ x +\"\n", "the formula ends where a term should be\n"),
    ] {
        let e = refusal(text);
        assert!(e.starts_with(wanted), "{e}");
    }
    let study = parse("from = \"soon\"\n").unwrap();
    let e = study.check_periods(crate::period::Frequency::Year).unwrap_err().to_string();
    assert!(e.starts_with("--from: `soon` is not a date or period\n  at s.toml:1:8\n"), "{e}");
}

#[test]
fn a_wrong_scenario_is_kept_apart_with_its_place() {
    for (entry, wanted, at, help) in [
        ("[scenario.a]\nlable = \"x\"\n", "unknown key `lable`", (4, 1), "did you mean `label`?"),
        (
            "[scenario.a.columns]\nx = { low = 1, hgih = 2 }\n",
            "unknown key `hgih` in a range",
            (4, 16),
            "did you mean `high`?",
        ),
        (
            "[scenario.a.columns]\nx = { low = 1, high = 2, distribution = \"unifrm\" }\n",
            "unknown distribution \"unifrm\"",
            (4, 41),
            "did you mean `uniform`?",
        ),
        ("[scenario.a.columns]\ny = 1\nx = { low = 3, high = 2 }\n", "the range is empty", (5, 5), ""),
        ("[scenario.a.columns]\nx = { \"20x1\" = 5 }\n", "`20x1` is not a date or period", (4, 7), ""),
        ("[scenario.a.columns]\nx = true\n", "`true` is not the future of a column", (4, 5), ""),
        (
            "[scenario.a.events]\ne = { strat = \"2010\" }\n",
            "unknown key `strat` of an event",
            (4, 7),
            "did you mean `start`?",
        ),
        ("[scenario.a.events]\ne = { start = \"2010\", end = \"2009\" }\n", "the event ends on 2009-12-31", (4, 5), ""),
        ("[scenario.a.events]\ne = 3\n", "`3` is not the change of an event", (4, 5), ""),
        (
            "[scenario.a]\ndefault = \"modle\"\n",
            "`default` takes \"last\" or \"model\"",
            (4, 11),
            "did you mean `model`?",
        ),
    ] {
        let study = parse(&format!("[scenario.good]\nlabel = \"x\"\n{entry}")).unwrap();
        assert_eq!((study.scenarios.len(), study.broken.len()), (1, 1), "{entry}");
        let e = &study.broken[0].error;
        let place = e.place().unwrap();
        assert!(e.message().starts_with(wanted), "{e}");
        assert_eq!((place.line, place.column), at, "{e}");
        assert!(help.is_empty() || e.remedy() == Some(help), "{e}");
    }
}
