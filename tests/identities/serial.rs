//! A recursion without lags is the generalised linear model: other code, the same numbers.

use ndarray::Array2;
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::serial::Estimator;
use tumen::model::{Interval, Settings, Summary, Vcov, glarma, glm, ingarch};

/// Overdispersed counts with a wave and a trend; deterministic.
fn noisy(n: usize) -> Design {
    let noise = [0.3, 1.9, 0.8, 1.1, 0.2, 2.4, 0.7, 1.0, 0.6, 1.5, 1.2];
    let wave = |t: usize| (t as f64 * 0.7).sin();
    let trend = |t: usize| t as f64 / n as f64;
    let y = (0..n).map(|t| ((1.9 + 0.4 * wave(t) + 0.5 * trend(t)).exp() * noise[t * 7 % 11]).round()).collect();
    let x = Array2::from_shape_fn((n, 3), |(t, j)| [1.0, wave(t), trend(t)][j]);
    Design::new(vec!["(Intercept)".into(), "wave".into(), "trend".into()], x, y).unwrap()
}

type Build = fn(&Settings) -> tumen::error::Result<Box<dyn tumen::model::Model>>;

fn summary(build: Build, settings: &Settings) -> Summary {
    let mut stream = tumen::rng::stream(3, &["identities"]);
    build(settings).unwrap().fit(&noisy(90), &mut stream).unwrap().summary().unwrap()
}

fn close(what: &str, a: Option<f64>, b: Option<f64>, tolerance: f64) {
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!((a - b).abs() < tolerance * (1.0 + b.abs()), "{what}: {a} against {b}");
}

#[test]
fn without_lags_ingarch_and_glarma_are_the_glm() {
    for family in [Family::Poisson, Family::Nb2] {
        let settings = Settings { family, interval: Interval::Wald, vcov: Vcov::Observed, ..Settings::default() };
        let want = summary(glm::build, &settings);
        for build in [ingarch::build as Build, glarma::build as Build] {
            let got = summary(build, &settings);
            for (a, b) in got.terms.iter().zip(&want.terms) {
                assert_eq!(a.term, b.term);
                close(&a.term, a.estimate, b.estimate, 1e-6);
                close(&a.term, a.std_error, b.std_error, 1e-5);
            }
            close("log-likelihood", got.glance.log_lik, want.glance.log_lik, 1e-9);
            close("deviance", got.glance.deviance, want.glance.deviance, 1e-5);
            close("AIC", got.glance.aic, want.glance.aic, 1e-9);
            for (a, b) in got.rows.iter().zip(&want.rows) {
                close("fitted", a.fitted, b.fitted, 1e-6);
                close("pit", a.pit_high, b.pit_high, 1e-6);
            }
            if family == Family::Nb2 {
                close("theta", got.glance.theta, want.glance.theta, 1e-5);
            }
        }
    }
}

#[test]
fn without_lags_the_first_of_two_steps_is_the_poisson_glm() {
    let mut settings = Settings { family: Family::Nb2, interval: Interval::Wald, ..Settings::default() };
    settings.serial.estimator = Estimator::TwoStep;
    let got = summary(ingarch::build, &settings);
    let want = summary(glm::build, &Settings { family: Family::Poisson, ..settings });
    for (a, b) in got.terms.iter().zip(&want.terms) {
        close(&a.term, a.estimate, b.estimate, 1e-6);
    }
}
