use super::*;
use crate::family::Family;
use crate::model::glm::Regression;
use crate::model::{Settings, Vcov};
use ndarray::Array2;
use std::sync::Arc;

/// 24 periods of NB2 counts drawn with exposure, a policy dummy, an amount and the log of the last count.
pub(crate) fn lagged(family: Family) -> (Design, Regression, Estimates) {
    let mut rng = crate::rng::stream(7, &["attribution"]);
    let names = ["(Intercept)", "closure", "food", "lag"].map(String::from).to_vec();
    let value = Arc::new(|past: &[f64]| past.last().map_or(f64::NAN, |y| y.ln_1p()));
    let (mut x, mut counts) = (Array2::zeros((24, 4)), Vec::new());
    let before = vec![90.0];
    let mut past = before.clone();
    let offset: Vec<f64> = (0..24).map(|s| (1.0 + 0.02 * f64::from(s)).ln()).collect();
    for s in 0..24 {
        let closure = if (14..18).contains(&s) { 1.0 } else { 0.0 };
        let row = [1.0, closure, (s as f64 * 0.9).sin(), value(&past)];
        row.iter().enumerate().for_each(|(j, v)| x[(s, j)] = *v);
        let eta = offset[s] + 2.0 - 0.9 * closure + 0.3 * row[2] + 0.5 * row[3];
        let y = Family::Nb2.sample(eta.exp(), 30.0, &mut rng);
        counts.push(y);
        past.push(y);
    }
    let mut design = Design::new(names, x, counts).unwrap();
    design.offset = offset;
    design.before = before;
    design.feedback = vec![crate::design::Feedback { column: 3, value }];
    let settings = Settings { family, vcov: Vcov::Observed, ..Settings::default() };
    let fit = Regression::fit(&settings, &design, &rng).unwrap();
    let estimates = Estimates::of(&fit, &settings).unwrap();
    (design, fit, estimates)
}

fn factors(design: &Design) -> Vec<Factor> {
    vec![Factor::against_zero(design, 1), Factor::against_mean(design, 2)]
}

fn adds_up(row: &AttributionRow) {
    let parts: f64 = row.parts.iter().map(|p| p.estimate.unwrap()).sum();
    let gap = row.fitted.estimate.unwrap() - row.reference.estimate.unwrap();
    assert!((parts - gap).abs() < 1e-9 * row.fitted.estimate.unwrap(), "{row:?}");
    let all = row.reference.estimate.unwrap() + parts + row.residual.unwrap();
    assert!((all - row.observed.unwrap()).abs() < 1e-9 * all);
}

#[test]
fn parts_add_up_to_fit_less_reference() {
    for family in [Family::Poisson, Family::Nb2] {
        let (design, _, estimates) = lagged(family);
        for dynamic in [false, true] {
            let request = Request { dynamic, draws: 200, ..Request::new(factors(&design)) };
            let a = attribute(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap();
            assert_eq!(a.rows.len(), 24);
            a.rows.iter().for_each(adds_up);
            adds_up(&a.total);
            for p in a.rows.iter().flat_map(|r| &r.parts).chain(&a.total.parts) {
                assert!(p.low.unwrap() <= p.high.unwrap());
            }
        }
    }
}

#[test]
fn draws_add_up_too() {
    let (design, _, estimates) = lagged(Family::Nb2);
    let (factors, observations) = (factors(&design), known(&design));
    let request = Request::new(factors.clone());
    let game = Game { design: &design, estimates: &estimates, request: &request, observations: &observations };
    let mut rng = crate::rng::stream(2, &[]);
    for _ in 0..50 {
        let (beta, phi) = estimates.draw(&mut rng);
        for cells in [game.fixed(&beta, phi), game.dynamic(&beta, phi)] {
            for c in cells.chunks_exact(4) {
                assert!((c[0] - c[1] - c[2] - c[3]).abs() < 1e-9 * c[0].max(c[1]), "{c:?}");
            }
        }
    }
}

#[test]
fn a_single_factor_is_the_difference_of_predictions() {
    let (design, fit, estimates) = lagged(Family::Nb2);
    let request = Request { draws: 50, ..Request::new(vec![Factor::against_zero(&design, 1)]) };
    let a = attribute(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap();
    let mut open = design.clone();
    open.x.column_mut(1).fill(0.0);
    let (with, without) = (design.predictor(&fit.coefficients()), open.predictor(&fit.coefficients()));
    for (i, row) in a.rows.iter().enumerate() {
        let expected = with[i].exp() - without[i].exp();
        assert!((row.parts[0].estimate.unwrap() - expected).abs() < 1e-9 * with[i].exp());
        assert_eq!(expected == 0.0, row.parts[0] == Band { estimate: Some(0.0), low: Some(0.0), high: Some(0.0) });
    }
    assert!(a.total.parts[0].high.unwrap() < 0.0, "the closure removed counts: {:?}", a.total.parts[0]);
}

#[test]
fn carried_over_effects_are_larger_and_outlast_the_closure() {
    let (design, _, estimates) = lagged(Family::Nb2);
    let run = |dynamic| {
        let request = Request { dynamic, draws: 20, ..Request::new(vec![Factor::against_zero(&design, 1)]) };
        attribute(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap()
    };
    let part = |a: &Attribution, i: usize| a.rows[i].parts[0].estimate.unwrap();
    let (still, carried) = (run(false), run(true));
    assert!((part(&still, 14) - part(&carried, 14)).abs() < 1e-9, "the first period has no past");
    assert!(part(&carried, 16) < part(&still, 16));
    assert_eq!(part(&still, 18), 0.0);
    assert!(part(&carried, 18) < -1.0);
}

#[test]
fn other_links_share_as_enumeration_does() {
    let (design, _, mut estimates) = lagged(Family::Poisson);
    for link in [Link::Log, Link::Identity, Link::Sqrt] {
        estimates.link = link;
        let factors =
            [factors(&design), vec![Factor { reference: vec![3.0], ..Factor::against_zero(&design, 3) }]].concat();
        let observations = known(&design);
        let request = Request::new(factors.clone());
        let game = Game { design: &design, estimates: &estimates, request: &request, observations: &observations };
        let cells = game.fixed(&estimates.beta, 1.0);
        let mut d = [0.0; 3];
        for s in 0..24 {
            let eta = game.moves(s, &estimates.beta, &mut d);
            let value = |set: usize| link.mean(eta + (0..3).filter(|f| set >> f & 1 == 1).map(|f| d[f]).sum::<f64>());
            let exact = enumerate(&(0..8).map(value).collect::<Vec<_>>());
            for (a, b) in cells[s * 5 + 2..s * 5 + 5].iter().zip(&exact) {
                assert!((a - b).abs() < 1e-10 * cells[s * 5].abs().max(1.0), "{link:?} {a} {b}");
            }
        }
    }
}

#[test]
fn sums_over_steps_are_shared_step_by_step() {
    let (mut design, _, estimates) = lagged(Family::Poisson);
    let request = Request { draws: 20, ..Request::new(factors(&design)) };
    let single = attribute(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap();
    design.cover =
        crate::design::Cover::Sums { start: vec![0, 20, 24], steps: (0..24).collect(), share: vec![1.0; 24] };
    design.counts = vec![design.counts[..20].iter().sum(), design.counts[20..].iter().sum()];
    let summed = attribute(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap();
    let part = |r: &AttributionRow| r.parts[0].estimate.unwrap();
    let by_hand: f64 = single.rows[..20].iter().map(part).sum();
    assert!((part(&summed.rows[0]) - by_hand).abs() < 1e-9 * by_hand.abs());
    assert_eq!(part(&summed.total), part(&summed.rows[0]) + part(&summed.rows[1]));
}

#[test]
fn what_cannot_be_attributed_is_refused() {
    let (design, _, estimates) = lagged(Family::Poisson);
    let refuse = |request: Request| {
        attribute(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap_err().to_string()
    };
    assert!(refuse(Request::new(vec![])).contains("no factor"));
    let lag = Request { dynamic: true, ..Request::new(vec![Factor::against_zero(&design, 3)]) };
    assert!(refuse(lag).contains("`lag` depends on earlier counts"));
    let twice = vec![Factor::against_zero(&design, 1), Factor::against_mean(&design, 1)];
    assert!(refuse(Request::new(twice)).contains("taken already"));
    let mut other = estimates.clone();
    other.beta.push(0.0);
    let e = attribute(&design, &other, &Request::new(factors(&design)), &mut crate::rng::stream(1, &[]));
    assert!(e.unwrap_err().to_string().contains("5 coefficients do not fit 4 columns"));
    let mut infinite = estimates.clone();
    infinite.infinite = vec![1];
    let e = attribute(&design, &infinite, &Request::new(factors(&design)), &mut crate::rng::stream(1, &[]));
    assert!(e.unwrap_err().to_string().contains("`closure` has no finite estimate"));
}

#[test]
fn estimates_of_a_summary_are_those_of_the_fit() {
    for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
        let (_, fit, estimates) = lagged(family);
        let settings = Settings { family, vcov: Vcov::Observed, ..Settings::default() };
        let summary = crate::model::Fitted::summary(&fit).unwrap();
        let read = Estimates::from_summary(&summary, &settings);
        assert_eq!((read.family, read.infinite.clone()), (estimates.family, vec![]));
        assert!((read.dispersion / estimates.dispersion - 1.0).abs() < 1e-12);
        for (j, b) in read.beta.iter().enumerate() {
            assert_eq!(*b, estimates.beta[j]);
            for l in 0..4 {
                let (a, b) = (read.covariance(j, l), estimates.covariance(j, l));
                assert!((a - b).abs() < 1e-9 * (estimates.covariance(j, j) * estimates.covariance(l, l)).sqrt());
            }
        }
    }
}
