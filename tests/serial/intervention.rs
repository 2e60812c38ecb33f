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
    let Some((case, at_maximum, design)) = campy() else { return };
    // tscount's statistics are taken where its barrier stops; where that is was solved for from the statistics themselves.
    let own = load("tscount_score").unwrap();
    let at: Vec<f64> = own.named("solved_for").into_iter().map(|(_, v)| v).collect();
    let model = model(Family::Nb2, Estimator::TwoStep, 13);
    let stopped = model.at(&design, &at[..3], Some(at[3]), &mut stream("at")).unwrap();
    // sigmasq was solved with them and is the one of these coefficients, to the tolerance of tscount's uniroot.
    close("sigmasq", model.at(&design, &at[..3], None, &mut stream("at")).unwrap().dispersion(), at[3], 1e-5);
    // The quasi-likelihood there is 0.1 below its maximum.
    close("short", at_maximum.objective() - stopped.objective(), own.number("quasi_loglik_below_maximum"), 1e-5);
    let tests = case.at("interv_test_on_fit_without_interventions").as_array().unwrap();
    for (test, there) in tests.iter().zip(own.numbers("at_maximum/past_held")) {
        let list = |v: &serde_json::Value| match v.as_array() {
            Some(a) => a.iter().map(|x| x.as_f64().unwrap()).collect::<Vec<f64>>(),
            None => vec![v.as_f64().unwrap()],
        };
        let (tau, delta) = (list(&test["tau"]), list(&test["delta"]));
        let all: Vec<Intervention> =
            tau.iter().zip(&delta).map(|(t, d)| Intervention { step: *t as usize, delta: *d }).collect();
        let got = score_test(&stopped, &all, false).unwrap();
        close("tscount", got.statistic, test["stat"].as_f64().unwrap(), 1e-9);
        assert_eq!(got.df as f64, test["df"].as_f64().unwrap());
        close("at the maximum", score_test(&at_maximum, &all, false).unwrap().statistic, there, 1e-5);
    }
    let how = Search { from: 20, to: 130, replicates: 0, ..Search::default() };
    let found = search(&stopped, 0.0, &how).unwrap();
    for ((_, got), want) in found.statistics.iter().zip(case.numbers("interv_detect_delta0_taus20_130/stats")) {
        assert!((got - want).abs() < 1e-9 * (1.0 + want), "{got} against {want}");
    }
}

#[test]
fn score_tests_by_likelihood_take_slopes_exactly() {
    let Some((_, _, design)) = campy() else { return };
    let want = load("tscount_score").unwrap().numbers("at_maximum/exact_poisson");
    let fit = model(Family::Poisson, Estimator::Ml, 13).fit_to(&design, &mut stream("fit")).unwrap();
    let pairs: [&[(usize, f64)]; 4] = [&[(84, 1.0)], &[(100, 0.0)], &[(84, 1.0), (100, 0.0)], &[(120, 0.8)]];
    for (pair, want) in pairs.iter().zip(want) {
        let all: Vec<Intervention> =
            pair.iter().map(|(step, delta)| Intervention { step: *step, delta: *delta }).collect();
        close("T", score_test(&fit, &all, false).unwrap().statistic, want, 1e-5);
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
    let pulse = out.together.iter().find(|t| t.term == "pulse(40)").unwrap();
    assert!(pulse.estimate.unwrap() > 10.0 && pulse.std_error.unwrap() > 0.0 && pulse.conf_low.is_some());
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
