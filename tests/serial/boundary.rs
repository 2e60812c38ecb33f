//! Solutions on bounds, and the free maximum beside the stationary one.

use crate::case::{Case, close, load, near, stream};
use crate::identities::noisy;
use ndarray::Array2;
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::ingarch::{Ingarch, IngarchFit};
use tumen::model::serial::{Estimator, Init, Serial, Stationarity};
use tumen::model::{Fitted as _, Interval, Link, Settings};

fn fit(s: &Settings, design: &Design) -> IngarchFit {
    Ingarch::new(s).unwrap().fit_to(design, &mut stream("fit")).unwrap()
}

fn settings(link: Link, family: Family, region: Stationarity) -> Settings {
    let serial = Serial { past_obs: vec![1], past_mean: vec![1], region, ..Serial::default() };
    Settings { link, family, serial, interval: Interval::Wald, ..Settings::default() }
}

#[test]
fn influenza_by_likelihood_has_its_maximum_in_a_vertex() {
    let Some(case) = load("ingarch_influenza") else { return };
    let want = load("ingarch_bounds").unwrap();
    let design = case.design("cases", &[("c52", "c52"), ("s52", "s52")]);
    let held = fit(&settings(Link::Log, Family::Nb2, Stationarity::Stationary), &design);
    let mut met = held.bounds_met();
    met.sort();
    assert_eq!(met, ["beta_1 + alpha_1 < 1", "beta_1 < 1"]);
    near("ℓ", held.log_likelihood(), want.number("vertex/loglik"), 1e-5);
    for (name, value) in held.coefficients() {
        near(&name, value, want.number(&format!("vertex/{name}")), 1e-4);
    }
    close("alpha", held.dispersion(), want.number("vertex/alpha"), 1e-4);
    // Nothing on the edge is higher.
    let edge = want.at("edge").as_array().unwrap();
    assert!(edge.iter().all(|e| e[2].as_f64().unwrap() <= held.log_likelihood() + 1e-6));
    let summary = held.summary().unwrap();
    assert!(summary.glance.converged);
    assert_eq!(summary.glance.qic, None);
    for t in &summary.terms {
        let lag = t.term.contains('_');
        assert_eq!(t.std_error.is_none(), lag, "{}", t.term);
        let bound = if t.term == "beta_1" { "beta_1 < 1" } else { "beta_1 + alpha_1 < 1" };
        assert_eq!(t.verdict, if lag { format!("on its bound: {bound}") } else { "estimated".into() });
    }
    assert_eq!(summary.terms.iter().find(|t| t.term == "alpha_1").unwrap().estimate, Some(0.0));
    let told = held.warnings().join("; ");
    assert!(told.contains("beta_1 + alpha_1 < 1 and beta_1 < 1 bind"), "{told}");
    assert!(told.contains("--stationarity free has a log-likelihood higher by 20.959 (-1475.239)"), "{told}");
    assert!(told.contains("QIC is not given"), "{told}");
}

#[test]
fn errors_on_a_bound_are_those_with_the_bound_known() {
    // α = 0 binds under the identity link; then the fit is that without past means.
    let mut design = noisy(120);
    design.counts.iter_mut().enumerate().for_each(|(t, y)| *y += f64::from(u8::from(t % 2 == 0)) * 6.0);
    let with = fit(&settings(Link::Identity, Family::Nb2, Stationarity::Stationary), &design);
    assert!(with.bounds_met().contains(&"alpha_1 ≥ 0".to_string()), "{:?}", with.bounds_met());
    let mut plain = settings(Link::Identity, Family::Nb2, Stationarity::Stationary);
    plain.serial.past_mean = Vec::new();
    let less = fit(&plain, &design);
    let (with, less) = (with.summary().unwrap(), less.summary().unwrap());
    near("ℓ", with.glance.log_lik.unwrap(), less.glance.log_lik.unwrap(), 1e-7);
    for row in &less.terms {
        let same = with.terms.iter().find(|t| t.term == row.term).unwrap();
        match (same.std_error, row.std_error) {
            (Some(a), Some(b)) => close(&row.term, a, b, 1e-4),
            (a, b) => assert_eq!(a, b, "{}", row.term),
        }
    }
    let alpha = with.terms.iter().find(|t| t.term == "alpha_1").unwrap();
    // Exactly 0, not beside it.
    assert_eq!((alpha.estimate, alpha.std_error), (Some(0.0), None));
    assert_eq!(alpha.verdict, "on its bound: alpha_1 ≥ 0");
}

/// Counts that grow by so much per step, with some noise.
fn growing(n: usize, rate: f64, noise: f64) -> Design {
    let level = |t: usize| 5.0 * (rate * t as f64).exp() * (noise * ((t * 7 % 11) as f64 / 5.0 - 1.0)).exp();
    let y = (0..n).map(|t| level(t).round()).collect();
    Design::new(vec!["(Intercept)".into()], Array2::ones((n, 1)), y).unwrap()
}

#[test]
fn free_is_never_below_the_stationary_maximum() {
    for (rate, noise) in [(0.08, 0.3), (0.1, 0.1), (0.05, 0.6), (-0.05, 0.4)] {
        let design = growing(40, rate, noise);
        for link in [Link::Log, Link::Identity] {
            for family in [Family::Poisson, Family::Nb2] {
                for estimator in [Estimator::Ml, Estimator::TwoStep] {
                    for init in [Init::Marginal, Init::First] {
                        let of = |region| {
                            let mut s = settings(link, family, region);
                            (s.serial.init, s.serial.estimator) = (init, estimator);
                            fit(&s, &design)
                        };
                        let (held, free) = (of(Stationarity::Stationary), of(Stationarity::Free));
                        let what = format!("{rate} {noise} {link:?} {family:?} {estimator:?} {init:?}");
                        assert!(
                            free.objective() >= held.objective() - 1e-6 * (1.0 + held.objective().abs()),
                            "{what}: {} below {}",
                            free.objective(),
                            held.objective()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn an_explosive_series_leaves_the_region_and_says_where_it_starts() {
    let design = growing(60, 0.08, 0.1);
    let free = fit(&settings(Link::Identity, Family::Nb2, Stationarity::Free), &design);
    let sum: f64 = free.coefficients().iter().filter(|(n, _)| n.contains('_')).map(|(_, v)| v).sum();
    assert!(sum > 1.0, "{sum}");
    let told = free.warnings().join("; ");
    assert!(told.contains("outside the region known to be stationary"), "{told}");
    assert!(told.contains("the first recorded count, 5, as with --init first"), "{told}");
    let mut first = settings(Link::Identity, Family::Nb2, Stationarity::Free);
    first.serial.init = Init::First;
    near("ℓ", fit(&first, &design).log_likelihood(), free.log_likelihood(), 1e-6);
}

/// One series of `ingarch_positive`, with an intercept and its covariate where it has one.
fn series(case: &Case, number: usize) -> Design {
    let (id, y, x) = (case.column("series"), case.column("y"), case.column("x"));
    let own: Vec<usize> = (0..id.len()).filter(|i| id[*i] == number as f64).collect();
    let p = 1 + usize::from(own.iter().any(|i| x[*i] != 0.0));
    let names = ["(Intercept)", "x"][..p].iter().map(|n| n.to_string()).collect();
    let columns = Array2::from_shape_fn((own.len(), p), |(t, j)| if j == 0 { 1.0 } else { x[own[t]] });
    Design::new(names, columns, own.iter().map(|i| y[*i]).collect()).unwrap()
}

#[test]
fn maxima_are_those_of_many_starts_and_means_of_zero_are_named() {
    let case = load("ingarch_positive").unwrap();
    for (number, family) in [
        (1, Family::Poisson),
        (1, Family::Nb2),
        (2, Family::Poisson),
        (3, Family::Poisson),
        (4, Family::Poisson),
        (5, Family::Poisson),
        (6, Family::Poisson),
    ] {
        let key = format!("series_{number}_{}", if family == Family::Nb2 { "nb2" } else { "poisson" });
        let link = if case.at(&format!("{key}/link")) == "log" { Link::Log } else { Link::Identity };
        let design = series(&case, number);
        let fit = fit(&settings(link, family, Stationarity::Stationary), &design);
        let summary = fit.summary().unwrap();
        let want = case.number(&format!("{key}/loglik"));
        assert!(fit.log_likelihood() > want - 1e-6, "{key}: {} against {want}", fit.log_likelihood());
        assert!(fit.log_likelihood() < want + 1e-5, "{key}: {} against {want}", fit.log_likelihood());
        assert!(summary.glance.converged, "{key}");
        let zero: Vec<String> =
            case.numbers(&format!("{key}/at_zero")).iter().map(|t| format!("mean of period {t} ≥ 0")).collect();
        let met: Vec<String> = fit.bounds_met().into_iter().filter(|b| b.contains("mean of period")).collect();
        assert_eq!(met, zero, "{key}");
        for (name, value) in fit.coefficients() {
            let at = case.number(&format!("{key}/{name}"));
            assert!((value - at).abs() < 1e-4 * (1.0 + at.abs()), "{key} {name}: {value} against {at}");
        }
        let told = fit.warnings().join("; ");
        assert_eq!(told.contains("held at 0"), !zero.is_empty(), "{key}: {told}");
        assert!(!told.contains("treat the estimates as rough"), "{key}: {told}");
    }
}

#[test]
fn errors_along_a_mean_of_zero_are_those_of_the_coefficient_that_stays_free() {
    // β = α = 0 and b₀ + γ x₅₇ = 0: one direction is left, γ = −b₀/x₅₇, with information Σ (1 − x_t/x₅₇)²/λ_t.
    let case = load("ingarch_positive").unwrap();
    let design = series(&case, 1);
    let fit = fit(&settings(Link::Identity, Family::Poisson, Stationarity::Stationary), &design);
    let summary = fit.summary().unwrap();
    let at = 56;
    assert!(fit.fitted_means()[at] < 1e-6 && design.counts[at] == 0.0);
    let edge = design.x[[at, 1]];
    let means = fit.fitted_means();
    let information: f64 =
        (0..means.len()).filter(|t| *t != at).map(|t| (1.0 - design.x[[t, 1]] / edge).powi(2) / means[t]).sum();
    let error = |name: &str| summary.terms.iter().find(|t| t.term == name).unwrap().std_error;
    close("b0", error("(Intercept)").unwrap(), information.recip().sqrt(), 1e-5);
    close("x", error("x").unwrap(), information.recip().sqrt() / edge.abs(), 1e-5);
    assert_eq!((error("beta_1"), error("alpha_1")), (None, None));
    let verdict = &summary.terms.iter().find(|t| t.term == "x").unwrap().verdict;
    assert_eq!(verdict, "estimated along the bound mean of period 57 ≥ 0");
    // The forecast's draws go on from means held at 0 in the sample too.
    let paths = fit.simulate(&design, 50, &mut stream("ahead")).unwrap();
    assert!(paths.counts.iter().all(|y| y.is_finite()));
}

#[test]
fn larger_models_are_never_below_those_inside_them() {
    let case = load("ingarch_positive").unwrap();
    for number in 1..=6 {
        let design = series(&case, number);
        for link in [Link::Log, Link::Identity] {
            for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
                let of = |obs: &[usize], mean: &[usize]| {
                    let mut s = settings(link, family, Stationarity::Stationary);
                    (s.serial.past_obs, s.serial.past_mean) = (obs.to_vec(), mean.to_vec());
                    fit(&s, &design).log_likelihood()
                };
                let (none, past, both) = (of(&[], &[]), of(&[1], &[]), of(&[1], &[1]));
                let level = 1e-7 * (1.0 + none.abs());
                assert!(
                    past > none - level && both > past - level,
                    "{number} {link:?} {family:?} {none} {past} {both}"
                );
            }
        }
    }
}

/// A simulated log-linear INGARCH(1, 1) series (NB2) whose sum of beta and alpha is estimated as 0.9995.
#[rustfmt::skip]
const PERSISTENT: [f64; 150] = [
    22., 25., 31., 24., 30., 23., 17., 22., 16., 7., 8., 10., 16., 6., 5., 11., 13., 17., 25., 22., 20., 16., 28., 16., 33.,
    20., 16., 27., 23., 18., 17., 25., 16., 23., 39., 26., 22., 42., 54., 40., 70., 35., 65., 59., 32., 27., 42., 45., 28., 43.,
    21., 24., 37., 14., 13., 14., 18., 16., 7., 10., 19., 14., 14., 21., 21., 22., 18., 22., 23., 24., 21., 25., 28., 18., 16.,
    11., 14., 11., 6., 20., 18., 18., 18., 10., 7., 6., 8., 9., 4., 8., 7., 18., 14., 16., 7., 5., 6., 7., 6., 4.,
    6., 3., 1., 3., 2., 2., 2., 2., 3., 1., 4., 3., 3., 3., 2., 2., 3., 6., 8., 7., 8., 9., 10., 4., 9.,
    14., 10., 17., 10., 13., 10., 15., 16., 8., 4., 11., 12., 19., 14., 28., 20., 29., 26., 19., 21., 15., 24., 15., 16., 10.,
];

#[test]
fn near_the_edge_there_is_a_qic_where_no_bound_binds() {
    let n = PERSISTENT.len();
    let design = Design::new(vec!["(Intercept)".into()], Array2::ones((n, 1)), PERSISTENT.to_vec()).unwrap();
    let [held, free] = [Stationarity::Stationary, Stationarity::Free].map(|region| {
        let found = fit(&settings(Link::Log, Family::Nb2, region), &design);
        assert!(found.bounds_met().is_empty() && !found.warnings().join(" ").contains("QIC"), "{:?}", found.warnings());
        let lags: f64 = found.coefficients().iter().filter(|(name, _)| name.contains('_')).map(|(_, v)| v).sum();
        assert!((0.999..1.0).contains(&lags), "{lags}");
        found.summary().unwrap().glance.qic.unwrap()
    });
    // The same maximum, with and without the region's bounds.
    close("QIC", held, free, 1e-3);
}

/// Near a unit root the log link has one maximum inside and one on the edge, where the first log mean is free. With β given,
/// the Poisson log-likelihood is concave in β₀: a grid over β with Newton's method in β₀ is a second route to its maximum.
#[test]
fn near_a_unit_root_the_higher_of_two_maxima_is_found() {
    let serial = Serial { past_obs: vec![1], ..Serial::default() };
    let log =
        Settings { link: Link::Log, family: Family::Poisson, serial, interval: Interval::Wald, ..Settings::default() };
    let mut on_edge = 0;
    for b in 0..40_u64 {
        let counts = walk(b, 30);
        let design = Design::new(vec!["(Intercept)".into()], Array2::ones((30, 1)), counts.clone()).unwrap();
        let found = fit(&log, &design);
        let grid =
            (0..=100).map(|i| 1.0 - 2.0 * f64::from(i) / 101.0 - 1e-6).chain((3..=6).map(|k| 1.0 - 0.1_f64.powi(k)));
        let best = grid.map(|beta| profile(&counts, beta)).fold(f64::NEG_INFINITY, f64::max);
        assert!(found.log_likelihood() > best - 1e-6, "series {b}: {} against {best}", found.log_likelihood());
        on_edge += usize::from(!found.bounds_met().is_empty());
    }
    assert!((5..35).contains(&on_edge), "{on_edge} of 40 series have their maximum on the edge");
}

/// Counts that multiply by about 0.6 to 1.7 from step to step, without a random number generator.
fn walk(series: u64, n: usize) -> Vec<f64> {
    let mut state = series * 7919 + 17;
    let mut level = 2.0 + series as f64 % 7.0;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        level = (level * (0.6 + 1.0 * (state / 65_536 % 1_000) as f64 / 1_000.0)).clamp(0.0, 1e4) + 0.3;
        level.round()
    };
    (0..n).map(|_| next()).collect()
}

/// The Poisson log-likelihood of `λ_t = exp(β₀ + β ln(1 + y_{t−1}))`, `λ_1 = exp(β₀/(1 − β))`, at its maximum over β₀.
fn profile(y: &[f64], beta: f64) -> f64 {
    let rows: Vec<(f64, f64)> =
        (0..y.len()).map(|t| if t == 0 { (1.0 / (1.0 - beta), 0.0) } else { (1.0, beta * y[t - 1].ln_1p()) }).collect();
    let constant: f64 = y.iter().map(|y| (1..=*y as u64).map(|k| (k as f64).ln()).sum::<f64>()).sum();
    let value = |b0: f64| -> f64 {
        let one = |((a, c), y): (&(f64, f64), &f64)| y * (a * b0 + c) - (a * b0 + c).exp();
        rows.iter().zip(y).map(one).sum::<f64>() - constant
    };
    let mut b0 = y[0].ln_1p() * (1.0 - beta);
    for _ in 0..200 {
        let (g, h) = rows.iter().zip(y).fold((0.0, 0.0), |(g, h), ((a, c), y)| {
            let m = (a * b0 + c).exp();
            (g + a * (y - m), h + a * a * m)
        });
        let mut step = g / h;
        while step.abs() > 1e-300 && value(b0 + step) < value(b0) {
            step /= 2.0;
        }
        b0 += step;
        if (step * g).abs() < 1e-12 {
            break;
        }
    }
    value(b0)
}
