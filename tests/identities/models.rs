//! Identities between models: what a model reduces to when its own part is taken away.

use ndarray::{Array2, s};
use tumen::design::Design;
use tumen::family::Family;
use tumen::forecast::Forecast;
use tumen::model::{Interval, Link, MENU, Serial, Settings, Summary, Vcov, entry};
use tumen::period::{Period, STEP_ORIGIN};
use tumen::rng::stream;
use tumen::score::{SCORES, Scored};

/// Noisy, overdispersed counts around exp(2 + 0.4 x), deterministic.
fn noisy(n: usize) -> Design {
    let noise = [0.5, 1.6, 0.9, 1.2, 0.6, 1.9, 0.8, 1.0, 0.7, 1.4, 1.3];
    let x = Array2::from_shape_fn((n, 2), |(t, j)| if j == 0 { 1.0 } else { ((t * 29 % 53) as f64) / 26.0 - 1.0 });
    let y = (0..n).map(|t| ((2.0 + 0.4 * x[(t, 1)]).exp() * noise[t * 7 % 11]).round()).collect();
    let d = Design::new(vec!["(Intercept)".into(), "x".into()], x, y).unwrap();
    Design { season: Some(4), ..d }
}

fn next(d: &Design, steps: usize) -> Design {
    let x = d.x.slice(s![..steps, ..]).to_shared();
    Design { x, counts: Vec::new(), offset: vec![0.0; steps], ..d.clone() }
}

fn summary(model: &str, settings: &Settings, d: &Design) -> Summary {
    let model = (entry(model).unwrap().build)(settings).unwrap();
    model.fit(d, &mut stream(2, &["identities"])).unwrap().summary().unwrap()
}

fn forecast(model: &str, settings: &Settings, d: &Design, draws: usize) -> Forecast {
    let fitted = (entry(model).unwrap().build)(settings).unwrap().fit(d, &mut stream(2, &["fit"])).unwrap();
    let steps = 3;
    let paths = fitted.simulate(&next(d, steps), draws, &mut stream(2, &["draws"])).unwrap();
    let target = |h: usize| tumen::forecast::Target { period: Period::step((d.steps() + h) as i64), horizon: h as i64 };
    Forecast {
        model: model.into(),
        origin: STEP_ORIGIN,
        scenario: "status-quo".into(),
        targets: (1..=steps).map(target).collect(),
        paths,
        known: vec![0.0; steps],
    }
}

fn same(what: &str, a: &Summary, b: &Summary, tolerance: f64) {
    let close = |name: &str, x: Option<f64>, y: Option<f64>| {
        let (x, y) = (x.unwrap(), y.unwrap());
        assert!((x - y).abs() <= tolerance * (1.0 + y.abs()), "{what}: {name}: {x} against {y}");
    };
    assert_eq!(a.terms.len(), b.terms.len(), "{what}");
    for t in &b.terms {
        let own = a.terms.iter().find(|o| o.term == t.term).unwrap_or_else(|| panic!("{what}: no {}", t.term));
        close(&t.term, own.estimate, t.estimate);
        close(&format!("error of {}", t.term), own.std_error, t.std_error);
    }
    close("log-likelihood", a.glance.log_lik, b.glance.log_lik);
    close("aic", a.glance.aic, b.glance.aic);
    for (r, q) in a.rows.iter().zip(&b.rows) {
        close("fitted", r.fitted, q.fitted);
        close("pit", r.pit_high, q.pit_high);
    }
}

#[test]
fn ingarch_and_glarma_without_lags_are_the_glm() {
    let d = noisy(60);
    for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
        for (model, link) in [("ingarch", Link::Log), ("ingarch", Link::Identity), ("glarma", Link::Log)] {
            for vcov in [Vcov::Model, Vcov::Observed] {
                // Of NB1 the glm's `model` is the observed information at the fitted φ; the others have an expected one.
                if family == Family::Nb1 && vcov == Vcov::Model {
                    continue;
                }
                let settings = Settings {
                    family,
                    link,
                    vcov,
                    interval: Interval::Wald,
                    serial: Serial::default(),
                    ..Settings::default()
                };
                let what = format!("{model} {} {} {}", family.name(), link.name(), vcov.name());
                same(&what, &summary(model, &settings, &d), &summary("glm", &settings, &d), 1e-5);
            }
        }
    }
}

#[test]
fn an_ensemble_of_one_member_is_the_member() {
    let d = noisy(40);
    for name in MENU.iter().map(|e| e.name).filter(|n| *n != "ensemble") {
        let alone = forecast(name, &Settings::default(), &d, 200);
        let pooled = forecast("ensemble", &Settings { members: vec![name.into()], ..Settings::default() }, &d, 200);
        assert_eq!(alone.paths.counts, pooled.paths.counts, "{name}");
    }
}

#[test]
fn crps_is_dispersion_and_over_and_underprediction() {
    let d = noisy(40);
    for entry in MENU {
        let f = forecast(entry.name, &Settings::default(), &d, 301);
        for (k, observed) in [(0, 0.0), (1, 9.0), (2, 80.0)] {
            let scored = Scored::new(&f, k).unwrap();
            let value = |name: &str| {
                let score = SCORES.iter().find(|s| s.name == name).unwrap();
                (score.function)(&scored, observed).unwrap()
            };
            let parts = ["crps_dispersion", "crps_overprediction", "crps_underprediction"].map(value);
            assert!(parts.iter().all(|p| *p > -1e-9), "{}: {parts:?}", entry.name);
            let (crps, sum) = (value("crps"), parts.iter().sum::<f64>());
            assert!((crps - sum).abs() < 1e-9 * (1.0 + crps), "{}: {crps} against {sum}", entry.name);
        }
    }
}

#[test]
fn a_total_over_several_steps_is_the_sum_along_each_path() {
    let d = noisy(40);
    for entry in MENU {
        let f = forecast(entry.name, &Settings::default(), &d, 200);
        let span = tumen::period::Span {
            start: Some(f.targets[0].period.start()),
            end: f.targets[f.targets.len() - 1].period.end(),
        };
        let means: f64 = (0..3).map(|k| f.predictive(k).mean()).sum();
        assert!((f.total(span).mean() - means).abs() < 1e-9 * means, "{}", entry.name);
        // Quantiles do not add up: the total of the lower ends is no lower end of the total.
        let ends: f64 = (0..3).map(|k| f.predictive(k).quantile(0.025)).sum();
        assert!(f.total(span).quantile(0.025) >= ends, "{}", entry.name);
    }
}
