//! Estimates do not depend on the unit of exposure: `ln e` and `ln(10⁶ e)` as offsets differ in the intercept alone.

use crate::case::{near, stream};
use crate::identities::{holed, noisy};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::glarma::Glarma;
use tumen::model::ingarch::{Ingarch, IngarchFit};
use tumen::model::serial::{Estimator, External, Init, Serial};
use tumen::model::{Fitted as _, Link, Settings};

/// `ln(10⁶)`.
const SHIFT: f64 = 13.815_510_557_964_274;

/// An exposure that trends and swings, in units that make its logarithm `shift` larger.
fn exposed(mut design: Design, shift: f64) -> Design {
    design.offset =
        (0..design.steps()).map(|t| 0.2 + 0.004 * t as f64 + 0.3 * (t as f64 * 1.3).cos() + shift).collect();
    design
}

fn with(serial: Serial, family: Family) -> Settings {
    Settings { family, link: Link::Log, serial, ..Settings::default() }
}

fn fit(s: &Settings, design: &Design) -> IngarchFit {
    Ingarch::new(s).unwrap().fit_to(design, &mut stream("fit")).unwrap()
}

/// Every start with lags of counts, of means, and both.
fn serials() -> Vec<Serial> {
    let mut all = Vec::new();
    for init in [Init::Marginal, Init::Iid, Init::First] {
        for (obs, mean) in [(vec![1], vec![]), (vec![1, 3], vec![]), (vec![1], vec![1]), (vec![1], vec![4])] {
            for external in [External::None, External::All] {
                all.push(Serial {
                    past_obs: obs.clone(),
                    past_mean: mean.clone(),
                    init,
                    external,
                    ..Serial::default()
                });
            }
        }
    }
    all
}

fn same(what: &str, a: &IngarchFit, b: &IngarchFit) {
    near(&format!("{what}: ℓ"), a.log_likelihood(), b.log_likelihood(), 1e-7);
    let persistence: f64 = a.coefficients().iter().filter(|(n, _)| n.starts_with("alpha_")).map(|(_, v)| v).sum();
    for ((name, u), (_, v)) in a.coefficients().iter().zip(b.coefficients()) {
        // b₀ takes (1 − Σα) of the shift.
        let moved = if name == "(Intercept)" { (1.0 - persistence) * SHIFT } else { 0.0 };
        near(&format!("{what}: {name}"), *u - moved, v, 2e-4);
    }
}

#[test]
fn the_unit_of_exposure_moves_the_intercept_alone() {
    for serial in serials() {
        let s = with(serial, Family::Poisson);
        same(&format!("{:?}", s.serial), &fit(&s, &exposed(noisy(90), 0.0)), &fit(&s, &exposed(noisy(90), SHIFT)));
    }
}

#[test]
fn nor_in_two_steps_nor_with_holes_and_sums() {
    for init in [Init::Marginal, Init::First] {
        let serial = Serial { past_obs: vec![1], past_mean: vec![2], init, ..Serial::default() };
        let two = with(Serial { estimator: Estimator::TwoStep, ..serial.clone() }, Family::Nb2);
        same("two-step", &fit(&two, &exposed(noisy(90), 0.0)), &fit(&two, &exposed(noisy(90), SHIFT)));
        let s = with(serial, Family::Nb2);
        same("holes", &fit(&s, &exposed(holed(90), 0.0)), &fit(&s, &exposed(holed(90), SHIFT)));
    }
}

#[test]
fn a_level_held_by_other_columns_than_the_intercept() {
    let halves = |shift: f64| {
        let mut d = exposed(noisy(90), shift);
        let second = d.x.column(2).to_owned();
        d.x.column_mut(0).assign(&second.mapv(|v| 1.0 - v));
        d.names[0] = "before".into();
        d
    };
    for init in [Init::Marginal, Init::Iid, Init::First] {
        let s = with(Serial { past_obs: vec![1], past_mean: vec![1], init, ..Serial::default() }, Family::Poisson);
        near("ℓ", fit(&s, &halves(0.0)).log_likelihood(), fit(&s, &halves(SHIFT)).log_likelihood(), 1e-7);
    }
}

#[test]
fn forecasts_and_the_bootstrap_do_not_see_the_unit() {
    let s = with(Serial { past_obs: vec![1], past_mean: vec![1], ..Serial::default() }, Family::Poisson);
    let (a, b) = (fit(&s, &exposed(noisy(90), 0.0)), fit(&s, &exposed(noisy(90), SHIFT)));
    let ahead = |fit: &IngarchFit, shift: f64| {
        let mut future = noisy(90);
        future.counts.clear();
        future.offset = vec![0.6 + shift; future.steps()];
        fit.next_law(&future).unwrap().mean
    };
    near("mean", ahead(&a, 0.0), ahead(&b, SHIFT), 1e-4);
    let (x, y) = (a.bootstrap(20), b.bootstrap(20));
    for (u, v) in x.coefficients.iter().zip(&y.coefficients) {
        near("beta", u[1], v[1], 1e-3);
    }
}

#[test]
fn glarma_starts_from_no_residuals_in_any_unit() {
    let s = with(Serial { ar: vec![1], ma: vec![2], ..Serial::default() }, Family::Poisson);
    let fit = |shift: f64| Glarma::new(&s).unwrap().fit_to(&exposed(noisy(90), shift), &mut stream("a")).unwrap();
    near("ℓ", fit(0.0).log_likelihood(), fit(SHIFT).log_likelihood(), 1e-7);
}

#[test]
fn derivatives_with_an_offset_equal_finite_differences() {
    for link in [Link::Log, Link::Identity] {
        for serial in serials() {
            let lags = [vec![0.3; serial.past_obs.len()], vec![0.2; serial.past_mean.len()]].concat();
            let scaled: Vec<f64> = lags.iter().map(|v| v / lags.len() as f64 * 2.0).collect();
            let theta = [vec![if link == Link::Log { 0.7 } else { 4.0 }, 0.3, 0.2], scaled, vec![0.2]].concat();
            for design in [exposed(noisy(70), 0.5), exposed(holed(70), 0.5)] {
                let s = Settings { link, ..with(serial.clone(), Family::Nb2) };
                let (gradient, hessian) = Ingarch::new(&s).unwrap().check_derivatives(&design, &theta).unwrap();
                assert!(gradient < 1e-6 && hessian < 1e-5, "{link:?} {serial:?}: {gradient} {hessian}");
            }
        }
    }
}

#[test]
fn a_constant_offset_of_the_identity_link_is_part_of_the_intercept() {
    for serial in serials() {
        let s = Settings { link: Link::Identity, ..with(serial, Family::Poisson) };
        let alphas = vec![0.2 / s.serial.past_mean.len().max(1) as f64; s.serial.past_mean.len()];
        let kept = 1.0 - alphas.iter().sum::<f64>();
        let level = |o: f64| {
            let mut d = noisy(90);
            d.offset = vec![o; 90];
            let betas = vec![0.3 / s.serial.past_obs.len() as f64; s.serial.past_obs.len()];
            let at = [vec![4.0 - kept * o], betas, alphas.clone(), vec![0.5, 1.0]].concat();
            Ingarch::new(&s).unwrap().at(&d, &at, None, &mut stream("a")).unwrap().log_likelihood()
        };
        near(&format!("{:?}", s.serial), level(0.0), level(0.5), 1e-9);
    }
}

#[test]
fn without_an_offset_the_start_is_that_of_the_covariate_free_mean() {
    // b₀/(1 − β − α) = 0.5/(1 − 0.3 − 0.2) = 1 for counts and means alike: ν₁ = 0.5 + 0.3 + 0.2.
    let s = with(Serial { past_obs: vec![1], past_mean: vec![1], ..Serial::default() }, Family::Poisson);
    let x = ndarray::Array2::ones((5, 1));
    let mut d = Design::new(vec!["(Intercept)".into()], x, vec![2.0, 3.0, 1.0, 4.0, 2.0]).unwrap();
    let first = |d: &Design, b0: f64| {
        let fit = Ingarch::new(&s).unwrap().at(d, &[b0, 0.3, 0.2], None, &mut stream("a")).unwrap();
        fit.summary().unwrap().rows[0].fitted.unwrap().ln()
    };
    near("ν₁", first(&d, 0.5), 1.0, 1e-12);
    // The same model with the rate per half a unit of exposure: b₀ less by (1 − α) ln 2.
    d.offset = vec![2f64.ln(); 5];
    near("ν₁ exposed", first(&d, 0.5 - 0.8 * 2f64.ln()), 1.0, 1e-12);
}
