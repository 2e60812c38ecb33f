//! What is fitted of figures that overlap, and what is said of the others.

use super::*;
use crate::period::{Grid, parse_period, parse_span};

fn data(rows: &[(&str, &str, u64)]) -> Dataset {
    let mut d = Dataset::new(Grid { first: parse_period("1990").unwrap(), len: 40 }, "y");
    for (from, to, n) in rows {
        let start = parse_span(from).ok().and_then(|s| s.start);
        d.observations.push(Observation::new(Span { start, end: parse_span(to).unwrap().end }, Some(*n)));
    }
    d
}

#[test]
fn single_years_go_before_their_sum_and_a_year_before_part_of_it() {
    let d = data(&[
        ("", "1998", 947),
        ("1999", "2001", 1043),
        ("1999", "1999", 148),
        ("2000", "2000", 312),
        ("2001", "2001", 583),
        ("2002", "2002", 1142),
        ("2002-01", "2002-03", 214),
    ]);
    let (kept, notes) = d.choose();
    assert_eq!(kept.iter().filter_map(|o| o.count).collect::<Vec<_>>(), [148, 312, 583, 1142]);
    assert_eq!(
        notes,
        [
            "up to 1998 (947) is left out: its start is open",
            "1999–2001 (1043) is left out: 3 finer spans from 1999 on cover it",
            "2002Q1 (214) is left out: 2002 covers it",
        ]
    );
}

#[test]
fn a_running_year_is_its_longest_part() {
    let d = data(&[("2016-01", "2016-06", 749), ("2016-01", "2016-07", 815)]);
    let (kept, notes) = d.choose();
    assert_eq!(kept.iter().filter_map(|o| o.count).collect::<Vec<_>>(), [815]);
    assert_eq!(notes, ["2016H1 (749) is left out: 2016-01–2016-07 covers it"]);
}

fn quarters(rows: &[(&str, u64)]) -> Dataset {
    let mut d = Dataset::new(Grid { first: parse_period("2010Q1").unwrap(), len: 16 }, "y");
    d.observations = rows.iter().map(|(s, n)| Observation::new(parse_span(s).unwrap(), Some(*n))).collect();
    d
}

fn fitted(d: &Dataset) -> Vec<(String, u64)> {
    let label = |o: &Observation| (o.span.label(d.grid.frequency()), o.count.unwrap());
    d.choice().fitted.iter().map(label).collect()
}

fn is(list: &[(&str, u64)]) -> Vec<(String, u64)> {
    list.iter().map(|(s, n)| (s.to_string(), *n)).collect()
}

#[test]
fn what_follows_from_quarter_half_and_year_is_fitted() {
    let d = quarters(&[("2011Q1", 566), ("2011H1", 1260), ("2011", 2706), ("2012Q1", 352)]);
    assert_eq!(fitted(&d), is(&[("2011Q1", 566), ("2011Q2", 694), ("2011Q3–2011Q4", 1446), ("2012Q1", 352)]));
    let choice = d.choice();
    assert_eq!(
        choice.worked_out,
        [
            "2011Q2 (694) is worked out: 1260 (2011H1) − 566 (2011Q1)",
            "2011H2 (1446) is worked out: 2706 (2011) − 1260 (2011H1)"
        ]
    );
    assert_eq!(
        choice.left_out,
        [
            "2011H1 (1260) is left out: 2 finer spans from 2011Q1 on cover it",
            "2011 (2706) is left out: 3 finer spans from 2011Q1 on cover it"
        ]
    );
    assert!(choice.doubtful.is_empty());
}

#[test]
fn a_worked_out_count_is_known_with_its_last_part_and_as_sure_as_its_least_sure() {
    let mut d = quarters(&[("2011Q1", 566), ("2011H1", 1260), ("2011", 2706)]);
    let day = |text: &str| crate::period::parse_date(text).ok();
    d.observations[0].announced = day("2011-05-01");
    d.observations[1].announced = day("2011-07-15");
    d.observations[1].status = Status::Provisional;
    d.observations[2].announced = day("2012-01-10");
    for (o, source) in d.observations.iter_mut().zip(["a:1", "a:2", "a:3"]) {
        o.source = source.into();
    }
    let second = &d.as_of(day("2011-08-01").unwrap()).latest().choice().fitted[1];
    assert_eq!((second.count, second.announced, second.status), (Some(694), day("2011-07-15"), Status::Provisional));
    assert_eq!((second.source.as_str(), second.derived), ("a:1;a:2", true));
    assert_eq!(fitted(&d.as_of(day("2011-07-14").unwrap())), is(&[("2011Q1", 566)]));
}

#[test]
fn a_half_of_final_year_and_provisional_quarter_mixes_no_vintages() {
    let mut d = quarters(&[("2011Q1", 600), ("2011", 2706)]);
    d.observations[0].status = Status::Provisional;
    assert_eq!(fitted(&d), is(&[("2011Q1–2011Q4", 2706)]));
}

#[test]
fn sums_since_ever_give_the_years_between() {
    let d = data(&[("", "1998", 947), ("", "2001", 1990), ("2002", "2002", 1142)]);
    assert_eq!(fitted(&d), is(&[("1999–2001", 1043), ("2002", 1142)]));
}

#[test]
fn the_running_step_keeps_what_is_recorded_of_it() {
    let d = quarters(&[("2011H1", 749), ("2011-01–2011-07", 815), ("2011Q1", 342)]);
    assert_eq!(fitted(&d), is(&[("2011Q1", 342), ("2011Q2", 407), ("2011-07", 66)]));
}

#[test]
fn a_figure_that_the_others_contradict_gives_way_to_what_follows_from_them() {
    let mut d = quarters(&[("2011", 100), ("2011Q2–2011Q4", 80), ("2011H2", 40), ("2011Q1", 70)]);
    d.observations[3].status = Status::Provisional;
    assert_eq!(fitted(&d), is(&[("2011Q1", 20), ("2011Q2", 40), ("2011Q3–2011Q4", 40)]));
    assert_eq!(d.choice().left_out[0], "2011Q1 (70) is left out: other figures make it 20");
}

#[test]
fn a_contradicted_figure_that_nothing_replaces_is_fitted_with_a_remark() {
    let d = quarters(&[("2011Q1", 70), ("2011H1", 40)]);
    assert_eq!(fitted(&d), is(&[("2011Q1–2011Q2", 40)]));
    let said = d.choice().doubtful;
    assert!(said.len() == 1 && said[0].contains("(40) is fitted, but other figures contradict it: "), "{said:?}");
}

#[test]
fn a_contradiction_is_the_reason_where_it_is_one() {
    let d = quarters(&[("2011Q1", 1), ("2011Q2", 2), ("2011Q3", 3), ("2011Q4", 4), ("2011", 11)]);
    let choice = d.choice();
    assert_eq!(choice.left_out, ["2011 (11) is left out: 4 finer spans from 2011Q1 on make it 10"]);
    let [said] = choice.doubtful.as_slice() else { panic!("{:?}", choice.doubtful) };
    let figures = "2011Q1 (1), 2011Q2 (2), 2011Q3 (3) and 2011Q4 (4) are fitted, but other figures contradict them: ";
    assert!(said.starts_with(figures), "{said}");
    // A part larger than its whole does not merely overlap it.
    let choice = quarters(&[("2011Q1", 70), ("2011H1", 40)]).choice();
    let [said] = choice.left_out.as_slice() else { panic!("{:?}", choice.left_out) };
    let why =
        "2011Q1 (70) is left out: other figures contradict it: 2011Q1 is 70, larger than the figure of a longer span";
    assert!(said.starts_with(why), "{said}");
    let year = data(&[("2011-01", "2011-03", 70), ("2011", "2011", 40)]);
    assert_eq!(year.choice().left_out, ["2011Q1 (70) is left out: 2011 covers it"]);
    let d = quarters(&[("2011Q1", 7), ("2011H1", 40)]);
    assert_eq!(d.choice().left_out, ["2011H1 (40) is left out: 2 finer spans from 2011Q1 on cover it"]);
}

/// The counts with the given numbers provisional.
fn provisional(mut d: Dataset, which: &[usize]) -> Dataset {
    which.iter().for_each(|i| d.observations[*i].status = Status::Provisional);
    d
}

#[test]
fn finals_go_before_a_provisional_figure_that_they_contradict() {
    let d = provisional(quarters(&[("2010Q1", 10), ("2010Q2", 20), ("2010H1", 33)]), &[0]);
    assert_eq!(fitted(&d), is(&[("2010Q1", 13), ("2010Q2", 20)]));
    let choice = d.choice();
    assert_eq!(choice.left_out[0], "2010Q1 (10) is left out: other figures make it 13");
    assert_eq!(choice.worked_out, ["2010Q1 (13) is worked out: 33 (2010H1) − 20 (2010Q2)"]);
    assert!(choice.doubtful.is_empty() && choice.fitted.iter().all(|o| o.status == Status::Final));
    let rows = [("2010Q1", 10), ("2010Q2", 20), ("2010", 70), ("2010H1", 33), ("2010H2", 37)];
    let d = provisional(quarters(&rows), &[3, 4]);
    assert_eq!(fitted(&d), is(&[("2010Q1", 10), ("2010Q2", 20), ("2010Q3–2010Q4", 40)]));
    // By halves, the final quarters make up the first.
    let d = Dataset { grid: Grid { first: parse_period("2010H1").unwrap(), len: 2 }, ..d };
    assert_eq!(fitted(&d), is(&[("2010H1", 30), ("2010H2", 40)]));
    assert_eq!(d.choice().worked_out[0], "2010H1 (30) is worked out: 10 (2010Q1) + 20 (2010Q2)");
}

#[test]
fn provisional_figures_that_nothing_finer_replaces_stay_in_other_years_too() {
    let rows = [("2010Q1", 10), ("2010Q2", 20), ("2010H1", 33)];
    let year = [("2011Q1", 1), ("2011Q2", 2), ("2011Q3", 3), ("2011Q4", 4), ("2011", 11)];
    let d = provisional(quarters(&[&rows[..], &year].concat()), &[0, 3, 4, 5, 6]);
    let parts = [("2010Q1", 13), ("2010Q2", 20), ("2011Q1", 1), ("2011Q2", 2), ("2011Q3", 3), ("2011Q4", 4)];
    assert_eq!(fitted(&d), is(&parts));
    assert_eq!(d.choice().doubtful.len(), 1);
}

#[test]
fn whole_steps_are_not_lost_for_parts_of_others() {
    let mut d = Dataset::new(Grid { first: parse_period("2009-12").unwrap(), len: 4 }, "y");
    let days = |a: &str, b: &str| Span { start: parse_span(a).unwrap().start, end: parse_span(b).unwrap().end };
    let rows = [
        (days("2009-12", "2009-12"), 3),
        (days("2010-01-01", "2010-01-20"), 4),
        (days("2010-01-21", "2010-01-31"), 6),
        (days("2010-02", "2010-02"), 3),
        (days("2010-01", "2010-03"), 20),
    ];
    d.observations = rows.into_iter().map(|(s, n)| Observation::new(s, Some(n))).collect();
    assert_eq!(fitted(&d), is(&[("2009-12", 3), ("2010-01", 10), ("2010-02", 3), ("2010-03", 7)]));
}

#[test]
fn parts_of_one_step_are_fitted_together() {
    let rows = [("2010Q1", 9), ("2010H1", 20), ("2010-01–2010-07", 26), ("2010-01-01–2010-08-10", 30), ("2010", 50)];
    let mut d = quarters(&rows);
    d.observations.push(Observation::new(parse_span("2010-01-01–2010-10-20").unwrap(), Some(41)));
    // Whole steps go before parts of them.
    assert_eq!(fitted(&d), is(&[("2010Q1", 9), ("2010Q2", 11), ("2010Q3–2010Q4", 30)]));
    d.observations[4].span = parse_span("2011").unwrap();
    let parts = [
        ("2010Q1", 9),
        ("2010Q2", 11),
        ("2010-07-01–2010-08-10", 10),
        ("2010-08-11–2010-10-20", 11),
        ("2011Q1–2011Q4", 50),
    ];
    assert_eq!(fitted(&d), is(&parts));
}

#[test]
fn a_whole_step_and_a_part_go_before_both_in_one() {
    let d = quarters(&[("2010Q1", 9), ("2010-01–2010-05", 15), ("2011", 50)]);
    assert_eq!(fitted(&d), is(&[("2010Q1", 9), ("2010-04-01–2010-05-31", 6), ("2011Q1–2011Q4", 50)]));
}

#[test]
fn parts_of_a_step_do_not_go_before_the_step() {
    let d = quarters(&[("2011-01", 1), ("2011-02", 2), ("2011-03", 3), ("2011Q1", 6), ("2011-04", 4), ("2011-05", 5)]);
    assert_eq!(fitted(&d), is(&[("2011Q1", 6), ("2011-04", 4), ("2011-05", 5)]));
}
