//! What every model of the menu must do: the same seed gives the same draws; missing, aggregated and partial observations
//! are accepted; effects and fitted means are finite; draws are counts.

use ndarray::Array2;
use tumen::design::{Cover, Design};
use tumen::family::Family;
use tumen::forecast::Paths;
use tumen::model::{Fitted, MENU, Model, Serial, Settings};
use tumen::rng::stream;

const HORIZON: usize = 4;
const DRAWS: usize = 300;

fn columns(steps: std::ops::Range<usize>) -> Array2<f64> {
    let first = steps.start;
    Array2::from_shape_fn((steps.len(), 2), |(t, j)| if j == 0 { 1.0 } else { ((first + t) as f64 * 0.7).sin() })
}

/// Quarters with a wave, a memory and noise; deterministic, overdispersed, without zeros.
fn whole(n: usize) -> Design {
    let noise = [0.4, 1.7, 0.8, 1.1, 0.5, 2.1, 0.7, 1.0, 0.6, 1.5, 1.2];
    let x = columns(0..n);
    let mut y: Vec<f64> = Vec::new();
    for t in 0..n {
        let past = y.last().copied().unwrap_or(12.0);
        y.push(((6.0 + 0.3 * past + 3.0 * x[(t, 1)]) * noise[t * 7 % 11]).round().max(1.0));
    }
    let names = vec!["(Intercept)".to_string(), "wave".to_string()];
    Design { season: Some(4), ..Design::new(names, x, y).expect("a design") }
}

fn future(n: usize) -> Design {
    let names = vec!["(Intercept)".to_string(), "wave".to_string()];
    let design = Design::new(names, columns(n..n + HORIZON), vec![0.0; HORIZON]).expect("a design");
    Design { counts: Vec::new(), season: Some(4), ..design }
}

/// The same record with two steps missing, a year given as one sum, and half of a step.
fn holed(n: usize) -> Design {
    let mut d = whole(n);
    let (mut start, mut steps, mut share, mut counts) = (vec![0], Vec::new(), Vec::new(), Vec::new());
    let mut t = 0;
    while t < n {
        let (covered, part) = match t {
            5 | 17 => (0, 1.0),
            8 => (4, 1.0),
            14 => (1, 0.5),
            _ => (1, 1.0),
        };
        if covered > 0 {
            steps.extend(t..t + covered);
            share.extend(vec![part; covered]);
            counts.push((part * d.counts[t..t + covered].iter().sum::<f64>()).round());
            start.push(steps.len());
        }
        t += covered.max(1);
    }
    d.counts = counts;
    d.cover = Cover::Sums { start, steps, share };
    d
}

fn settings(family: Family) -> Settings {
    let serial = Serial { past_obs: vec![1], ma: vec![1], ..Serial::default() };
    Settings { family, serial, ..Settings::default() }
}

fn models() -> impl Iterator<Item = (String, Box<dyn Model>)> {
    MENU.iter().flat_map(|entry| {
        [Family::Poisson, Family::Nb2].map(|family| {
            let model = (entry.build)(&settings(family)).unwrap_or_else(|e| panic!("{}: {e}", entry.name));
            (format!("{} ({})", entry.name, family.name()), model)
        })
    })
}

fn fitted(name: &str, model: &dyn Model, design: &Design, seed: u64) -> Box<dyn Fitted> {
    model.fit(design, &mut stream(seed, &["fit"])).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn paths(name: &str, fit: &dyn Fitted, design: &Design, seed: u64) -> Paths {
    fit.simulate(design, DRAWS, &mut stream(seed, &["draws"])).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn the_same_seed_gives_the_same_draws_and_another_seed_others() {
    let (past, future) = (whole(40), future(40));
    for (name, model) in models() {
        let run = |seed| paths(&name, fitted(&name, model.as_ref(), &past, seed).as_ref(), &future, seed).counts;
        let first = run(1);
        assert_eq!(first.dim(), (DRAWS, HORIZON), "{name}");
        assert_eq!(first, run(1), "{name}");
        assert_ne!(first, run(2), "{name}");
    }
}

#[test]
fn missing_aggregated_and_partial_observations_are_accepted() {
    let future = future(40);
    let mean = |p: &Paths| p.counts.sum() / p.counts.len() as f64;
    for (name, model) in models() {
        let part = fitted(&name, model.as_ref(), &holed(40), 1);
        let all = fitted(&name, model.as_ref(), &whole(40), 1);
        let (part, all) = (paths(&name, part.as_ref(), &future, 1), paths(&name, all.as_ref(), &future, 1));
        // A sum taken for a count of one step, or half a step for a whole one, would show here: four steps in 40 hold a
        // sum of four times the usual count.
        let ratio = mean(&part) / mean(&all);
        assert!((0.7..1.4).contains(&ratio), "{name}: {ratio}");
    }
}

#[test]
fn effects_and_fitted_means_are_finite() {
    for (design, what) in [(whole(40), "whole"), (holed(40), "holed")] {
        for (name, model) in models() {
            let fit = fitted(&name, model.as_ref(), &design, 1);
            let summary = fit.summary().unwrap_or_else(|e| panic!("{name}, {what}: {e}"));
            assert!(!summary.terms.is_empty(), "{name}");
            for t in &summary.terms {
                assert!(t.estimate.is_some_and(f64::is_finite), "{name}, {what}: {t:?}");
                let all = [t.std_error, t.statistic, t.p_value, t.conf_low, t.conf_high, t.rate_ratio];
                assert!(all.iter().flatten().all(|v| v.is_finite()), "{name}, {what}: {t:?}");
            }
            assert_eq!(summary.rows.len(), design.n(), "{name}, {what}");
            let known = summary.rows.iter().filter_map(|r| r.fitted).collect::<Vec<_>>();
            assert!(known.len() >= design.n() / 2, "{name}, {what}: {} fitted means", known.len());
            assert!(known.iter().all(|m| m.is_finite() && *m >= 0.0), "{name}, {what}");
            // NaN would be written as null by serde_json, so it is looked for before that.
            let bounds = summary.rows.iter().flat_map(|r| [r.pit_low, r.pit_high]).flatten();
            assert!(bounds.into_iter().all(|p| (0.0..=1.0).contains(&p)), "{name}, {what}");
        }
    }
}

#[test]
fn draws_are_counts_with_their_laws() {
    let (past, future) = (holed(40), future(40));
    for (name, model) in models() {
        let paths = paths(&name, fitted(&name, model.as_ref(), &past, 1).as_ref(), &future, 1);
        assert!(paths.counts.iter().all(|y| *y >= 0.0 && y.fract() == 0.0), "{name}");
        assert_eq!(paths.laws.dim(), paths.counts.dim(), "{name}");
        for (law, y) in paths.laws.iter().zip(&paths.counts) {
            let p = law.log_pmf(*y);
            assert!(p.is_finite() && p <= 1e-12, "{name}: log pmf {p} of a drawn {y}");
        }
    }
}

#[test]
fn what_is_recorded_of_a_running_step_is_never_undone() {
    let past = whole(40);
    let running = Design { known: vec![9.0, 0.0, 0.0, 0.0], remaining: vec![0.25, 1.0, 1.0, 1.0], ..future(40) };
    for (name, model) in models() {
        let fit = fitted(&name, model.as_ref(), &past, 1);
        let (with, without) = (paths(&name, fit.as_ref(), &running, 1), paths(&name, fit.as_ref(), &future(40), 1));
        assert!(with.counts.column(0).iter().all(|y| *y >= 9.0), "{name}");
        let spread = |p: &Paths| p.counts.column(0).std(1.0);
        assert!(spread(&with) < spread(&without), "{name}: a quarter left must vary less than a whole step");
    }
}
