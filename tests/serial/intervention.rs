//! Interventions: parity with tscount's `interv_test` and `interv_detect`, and recovery of planted ones.

use crate::case::{Case, close, load, stream};
use ndarray::Array2;
use tumen::design::Design;
use tumen::family::Family;
use tumen::intervention::{Intervention, Search, clean, score_test, search};
use tumen::model::ingarch::{Ingarch, IngarchFit};
use tumen::model::serial::{Estimator, Serial};
use tumen::model::{Link, Settings};

fn model(family: Family, estimator: Estimator, mean: usize) -> Ingarch {
    let serial = Serial { past_obs: vec![1], past_mean: vec![mean], estimator, ..Serial::default() };
    Ingarch::new(&Settings { family, link: Link::Identity, serial, ..Settings::default() }).unwrap()
}

fn campy() -> Option<(Case, IngarchFit, Design)> {
    let case = load("ingarch_campy")?;
    let design = case.design("campy", &[]);
    let fit = model(Family::Nb2, Estimator::TwoStep, 13).fit_to(&design, &mut stream("fit")).unwrap();
    Some((case, fit, design))
}

#[test]
fn score_tests_of_tscount() {
    let Some((case, fit, _)) = campy() else { return };
    // The same statistics at the true maximum, recomputed with numpy 2.4 (recursion, slopes and sums written anew).
    let recomputed = [Some(19.213_669), Some(39.054_539), None, Some(0.890_251)];
    let tests = case.at("interv_test_on_fit_without_interventions").as_array().unwrap();
    for (test, own) in tests.iter().zip(recomputed) {
        let list = |v: &serde_json::Value| match v.as_array() {
            Some(a) => a.iter().map(|x| x.as_f64().unwrap()).collect::<Vec<f64>>(),
            None => vec![v.as_f64().unwrap()],
        };
        let (tau, delta) = (list(&test["tau"]), list(&test["delta"]));
        let all: Vec<Intervention> =
            tau.iter().zip(&delta).map(|(t, d)| Intervention { step: *t as usize, delta: *d }).collect();
        let got = score_test(&fit, &all, false).unwrap();
        if let Some(own) = own {
            close("recomputed", got.statistic, own, 1e-5);
        }
        // tscount's own are taken where its barrier stops, short of the maximum: a few percent off, more where T < 1.
        let want = test["stat"].as_f64().unwrap();
        assert!((got.statistic - want).abs() < 0.05 * want + 0.1, "{} against {want}", got.statistic);
        assert_eq!(got.df as f64, test["df"].as_f64().unwrap());
    }
}

#[test]
fn search_of_tscount() {
    let Some((case, fit, _)) = campy() else { return };
    let how = Search { from: 20, to: 130, replicates: 99, ..Search::default() };
    let found = search(&fit, 0.0, &how).unwrap();
    assert_eq!(found.intervention.step as f64, case.number("interv_detect_delta0_taus20_130/tau_max"));
    close("max", found.statistic, case.number("interv_detect_delta0_taus20_130/max"), 5e-2);
    for ((_, got), want) in found.statistics.iter().zip(case.numbers("interv_detect_delta0_taus20_130/stats")) {
        assert!((got - want).abs() < 0.1 * want + 0.15, "{got} against {want}");
    }
    assert_eq!(found.p_value, Some(0.01));
    assert_eq!(search(&fit, 0.0, &how).unwrap(), found);
}

#[test]
fn cleaning_finds_the_interventions_of_fokianos_and_fried() {
    // The level shift at 84 and the spike at 100 of Fokianos and Fried (2010), in the model of the tscount paper.
    let Some((_, _, design)) = campy() else { return };
    let model = model(Family::Nb2, Estimator::TwoStep, 13);
    let how = Search { from: 80, to: 120, replicates: 99, ..Search::default() };
    let out = clean(&model, &design, &[0.0, 0.8, 1.0], &how, 0.05, 5, &mut stream("clean")).unwrap();
    let found: Vec<(usize, f64)> = out.detected.iter().map(|d| (d.intervention.step, d.intervention.delta)).collect();
    assert!(found.contains(&(100, 0.0)) && found.contains(&(84, 1.0)), "{found:?}");
}

/// Counts with memory around 10, with a pulse planted at step 40 and a shift at step 70.
fn planted() -> Design {
    let noise = [0.6, 1.3, 0.9, 1.1, 0.7, 1.4, 0.8, 1.0, 0.9, 1.2, 1.1];
    let mut y: Vec<f64> = Vec::new();
    for t in 0..110 {
        let past = if t > 0 { y[t - 1] } else { 10.0 };
        let extra = if t == 39 { 35.0 } else { 0.0 } + if t >= 69 { 12.0 } else { 0.0 };
        y.push(((7.0 + 0.3 * past + extra) * noise[t * 7 % 11]).round());
    }
    Design::new(vec!["(Intercept)".into()], Array2::ones((110, 1)), y).unwrap()
}

#[test]
fn planted_interventions_are_found_and_taken_out() {
    let design = planted();
    let model = model(Family::Nb2, Estimator::Ml, 1);
    let how = Search { replicates: 99, ..Search::default() };
    let out = clean(&model, &design, &[0.0, 1.0], &how, 0.05, 4, &mut stream("clean")).unwrap();
    let found: Vec<(usize, f64)> = out.detected.iter().map(|d| (d.intervention.step, d.intervention.delta)).collect();
    assert!(found.contains(&(40, 0.0)) && found.contains(&(70, 1.0)), "{found:?}");
    assert_eq!(out.cleaned[..38], design.counts[..38]);
    assert!(out.cleaned[39] < 0.6 * design.counts[39]);
    let later = |y: &[f64]| y[75..].iter().sum::<f64>();
    assert!(later(&out.cleaned) < 0.7 * later(&design.counts));
    assert!(out.coefficients.iter().any(|(n, v)| n == "pulse(40)" && *v > 10.0));
}

#[test]
fn the_score_test_is_close_to_the_likelihood_ratio() {
    // Both are χ² of one degree of freedom; for a small effect they agree to a few percent.
    let mut design = planted();
    design.counts[39] -= 34.0;
    design.counts[20] += 8.0;
    let model = model(Family::Poisson, Estimator::Ml, 1);
    let without = model.fit_to(&design, &mut stream("a")).unwrap();
    let pulse = Intervention { step: 21, delta: 0.0 };
    let mut with = design.clone();
    with.names.push(pulse.name());
    let column = pulse.column(110);
    with.x = Array2::from_shape_fn((110, 2), |(t, j)| if j == 0 { 1.0 } else { column[t] }).into_shared();
    let ratio = 2.0 * (model.fit_to(&with, &mut stream("a")).unwrap().log_likelihood() - without.log_likelihood());
    close("T", score_test(&without, &[pulse], false).unwrap().statistic, ratio, 0.25);
}

#[test]
fn columns_and_errors() {
    assert_eq!(Intervention { step: 2, delta: 0.5 }.column(4), [0.0, 1.0, 0.5, 0.25]);
    assert_eq!(Intervention { step: 2, delta: 0.0 }.column(3), [0.0, 1.0, 0.0]);
    assert_eq!(Intervention { step: 3, delta: 1.0 }.name(), "step(3)");
    let fit = model(Family::Poisson, Estimator::Ml, 1).fit_to(&planted(), &mut stream("a")).unwrap();
    let e = score_test(&fit, &[Intervention { step: 111, delta: 0.0 }], false).unwrap_err().to_string();
    assert!(e.contains("step 111 is outside the series, 1 to 110"), "{e}");
    assert!(search(&fit, 1.5, &Search::default()).unwrap_err().to_string().contains("delta = 1.5 is no decay"));
}
