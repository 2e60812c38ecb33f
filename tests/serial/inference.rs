//! Intervals, tests, covariances and the bootstrap of fits with serial dependence.

use crate::case::{close, near, stream};
use crate::identities::{holed, noisy};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::glarma::Glarma;
use tumen::model::ingarch::Ingarch;
use tumen::model::serial::{Estimator, External, Serial};
use tumen::model::{Fitted as _, Interval, Link, Settings, Vcov, entry};

fn settings(link: Link, family: Family, obs: &[usize], mean: &[usize]) -> Settings {
    let serial = Serial { past_obs: obs.to_vec(), past_mean: mean.to_vec(), ..Serial::default() };
    Settings { link, family, serial, ..Settings::default() }
}

#[test]
fn without_lags_the_score_equations_are_those_of_the_glm() {
    let design = noisy(60);
    for family in [Family::Poisson, Family::Nb2] {
        for name in ["ingarch", "glarma"] {
            let model = (entry(name).unwrap().build)(&settings(Link::Log, family, &[], &[])).unwrap();
            let summary = model.fit(&design, &mut stream("fit")).unwrap().summary().unwrap();
            let a = summary.glance.alpha.unwrap_or(0.0);
            for j in 0..3 {
                let score = |(r, x): (&tumen::results::RowStat, &f64)| {
                    x * r.residual_response.unwrap() / (1.0 + a * r.fitted.unwrap())
                };
                let sum: f64 = summary.rows.iter().zip(design.x.column(j)).map(score).sum();
                near("score", sum, 0.0, 1e-6);
            }
            assert!(summary.tests.is_empty());
        }
    }
}

#[test]
fn profile_ends_solve_the_likelihood_ratio_equation() {
    // Without past means a coefficient can be held by an offset, so the profile can be made by other means.
    let design = noisy(44);
    let s = Settings { interval: Interval::Profile, ..settings(Link::Log, Family::Nb2, &[1], &[]) };
    let full = Ingarch::new(&s).unwrap().fit_to(&design, &mut stream("a")).unwrap();
    let row = full.summary().unwrap().terms.into_iter().find(|t| t.term == "shift").unwrap();
    let chi2 = 3.841_458_820_694_124;
    for end in [row.conf_low.unwrap(), row.conf_high.unwrap()] {
        let names = design.names[..2].to_vec();
        let x = design.x.slice(ndarray::s![.., ..2]).to_owned();
        let mut held = Design::new(names, x, design.counts.clone()).unwrap();
        held.offset = design.x.column(2).iter().map(|v| v * end).collect();
        let less = Ingarch::new(&s).unwrap().fit_to(&held, &mut stream("a")).unwrap();
        near("ratio", 2.0 * (full.log_likelihood() - less.log_likelihood()), chi2, 1e-5);
    }
    // Under 50 rows it is the default.
    let auto = settings(Link::Log, Family::Nb2, &[1], &[]);
    let auto = Ingarch::new(&auto).unwrap().fit_to(&design, &mut stream("a")).unwrap().summary().unwrap();
    assert_eq!(auto.terms.iter().find(|t| t.term == "shift").unwrap().conf_low, row.conf_low);
}

#[test]
fn glarma_has_profile_intervals_too() {
    let serial = Serial { ar: vec![1], ..Serial::default() };
    let s = Settings { family: Family::Nb2, serial, interval: Interval::Profile, ..Settings::default() };
    let fit = Glarma::new(&s).unwrap().fit_to(&noisy(44), &mut stream("a")).unwrap();
    for t in fit.summary().unwrap().terms {
        let (low, high) = (t.conf_low.unwrap(), t.conf_high.unwrap());
        let (value, error) = (t.estimate.unwrap(), t.std_error.unwrap());
        assert!(low < value && value < high, "{}", t.term);
        assert!((high - low) / (3.92 * error) > 0.6 && (high - low) / (3.92 * error) < 1.9, "{}", t.term);
    }
}

#[test]
fn external_and_internal_effects_agree_without_past_means() {
    let design = noisy(80);
    let fit = |external: External| {
        let mut s = settings(Link::Log, Family::Poisson, &[1], &[]);
        s.serial.external = external;
        Ingarch::new(&s).unwrap().fit_to(&design, &mut stream("a")).unwrap().log_likelihood()
    };
    near("ℓ", fit(External::All), fit(External::None), 1e-9);
    let mut s = settings(Link::Log, Family::Poisson, &[1], &[1]);
    s.serial.external = External::Columns(vec!["shft".into()]);
    let e = Ingarch::new(&s).unwrap().fit_to(&design, &mut stream("a")).unwrap_err().to_string();
    assert!(e.contains("`shft` is named as external") && e.contains("`shift`"), "{e}");
}

fn hac(lags: Option<usize>) -> Vcov {
    Vcov::Hac(tumen::inference::hac::Hac { lags, ..Default::default() })
}

#[test]
fn covariances_by_every_word() {
    for design in [noisy(150), holed(150)] {
        for estimator in [Estimator::Ml, Estimator::TwoStep] {
            for family in [Family::Poisson, Family::QuasiPoisson, Family::Nb1, Family::Nb2] {
                for vcov in [Vcov::Model, Vcov::Observed, Vcov::Hc(0), Vcov::Hc(1), hac(None), hac(Some(3))] {
                    let mut s = Settings { vcov, ..settings(Link::Identity, family, &[1], &[]) };
                    s.serial.estimator = estimator;
                    let fit = Ingarch::new(&s).unwrap().fit_to(&design, &mut stream("a")).unwrap();
                    let summary = fit.summary().unwrap();
                    for t in &summary.terms {
                        assert!(t.std_error.is_some_and(|e| e > 0.0), "{estimator:?} {family:?} {vcov:?} {t:?}");
                    }
                    assert_eq!(summary.glance.log_lik.is_none(), family == Family::QuasiPoisson);
                    let wald = summary.tests.last().unwrap();
                    assert!(wald.statistic.unwrap() > 0.0 && wald.df == 1.0);
                }
            }
        }
    }
    let s = Settings { vcov: Vcov::Hc(3), ..settings(Link::Log, Family::Poisson, &[1], &[]) };
    let fit = Ingarch::new(&s).unwrap().fit_to(&noisy(60), &mut stream("a")).unwrap();
    assert!(fit.summary().unwrap_err().to_string().contains("needs leverages"));
}

#[test]
fn the_bootstrap_is_the_same_on_any_number_of_threads() {
    let s = settings(Link::Identity, Family::Nb2, &[1], &[2]);
    let fit = Ingarch::new(&s).unwrap().fit_to(&noisy(120), &mut stream("a")).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit.bootstrap(40))
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one.coefficients.len(), 40);
}

#[test]
fn estimates_are_recovered_from_simulated_series() {
    // 200 series from a fit: the mean estimate is near the truth, and errors are those that the information promises.
    let s = Settings { interval: Interval::Wald, ..settings(Link::Identity, Family::Nb2, &[1], &[]) };
    let fit = Ingarch::new(&s).unwrap().fit_to(&noisy(400), &mut stream("a")).unwrap();
    let replicates = fit.bootstrap(200);
    let rows = fit.summary().unwrap().terms;
    for (j, ((name, truth), se)) in fit.coefficients().into_iter().zip(replicates.std_errors()).enumerate() {
        let mean = replicates.coefficients.iter().map(|c| c[j]).sum::<f64>() / 200.0;
        near(&name, mean, truth, 0.35 * se);
        close(&name, se, rows[j].std_error.unwrap(), 0.25);
        let (low, high) = replicates.interval(j, 0.95).unwrap();
        assert!(low < truth && truth < high);
    }
    let mut with = s.clone();
    with.serial.bootstrap = 200;
    let fit = Ingarch::new(&with).unwrap().fit_to(&noisy(400), &mut stream("a")).unwrap();
    let first = &fit.summary().unwrap().terms[0];
    assert_eq!(first.std_error, Some(replicates.std_errors()[0]));
    assert_eq!(first.conf_low, Some(replicates.interval(0, 0.95).unwrap().0));
}

#[test]
fn collinear_columns_are_dropped_and_said_to_be() {
    let mut design = noisy(60);
    design.names.push("twice".into());
    let twice: Vec<f64> = design.x.column(1).iter().map(|v| 2.0 * v).collect();
    let mut x = design.x.to_owned();
    x.push_column(ndarray::ArrayView1::from(&twice)).unwrap();
    design.x = x.into_shared();
    let s = settings(Link::Log, Family::Poisson, &[1], &[]);
    let fit = Ingarch::new(&s).unwrap().fit_to(&design, &mut stream("a")).unwrap();
    let summary = fit.summary().unwrap();
    let row = summary.terms.last().unwrap();
    assert_eq!((row.term.as_str(), row.estimate), ("twice", None));
    assert!(row.verdict.starts_with("dropped: collinear"), "{}", row.verdict);
    assert_eq!(summary.covariance.len(), summary.terms.len());
    assert!(fit.warnings().iter().any(|w| w.contains("`twice` is dropped")));
}

#[test]
fn bad_input_is_an_error_with_a_remedy() {
    let fails = |s: &Settings, d: &Design| Ingarch::new(s).and_then(|m| m.fit_to(d, &mut stream("a"))).unwrap_err();
    let plain = settings(Link::Log, Family::Poisson, &[1], &[]);
    let mut zero = noisy(30);
    zero.counts = vec![0.0; 30];
    assert!(fails(&plain, &zero).to_string().contains("every count is zero"));
    let mut half = noisy(30);
    half.counts[3] = 2.5;
    assert!(fails(&plain, &half).to_string().contains("observation 4 is 2.5, which is not a count"));
    let mut unknown = noisy(30);
    unknown.x[[7, 1]] = f64::NAN;
    assert!(fails(&plain, &unknown).to_string().contains("`wave` is unknown at step 8"));
    assert!(fails(&plain, &noisy(4)).to_string().contains("cannot hold 4 parameters"));
    let sqrt = settings(Link::Sqrt, Family::Poisson, &[1], &[]);
    assert_eq!(fails(&sqrt, &noisy(30)).exit_code(), 2);
    let log = settings(Link::Log, Family::GaussianLog, &[1], &[]);
    assert!(fails(&log, &noisy(30)).to_string().contains("no family `gaussian-log`"));
}

#[test]
fn leading_unknown_rows_become_the_past() {
    // Rows that a lag of the response leaves unknown: their counts are the recursion's recorded past.
    let mut design = noisy(60);
    design.x[[0, 1]] = f64::NAN;
    design.x[[1, 1]] = f64::NAN;
    let s = settings(Link::Log, Family::Poisson, &[1, 2], &[]);
    let fit = Ingarch::new(&s).unwrap().fit_to(&design, &mut stream("a")).unwrap();
    let summary = fit.summary().unwrap();
    assert_eq!((summary.glance.nobs, summary.rows.len()), (58, 60));
    assert_eq!(summary.rows[1].fitted, None);
    // The same as a design that starts later with those counts before it.
    let mut later = noisy(60);
    later.x = later.x.slice(ndarray::s![2.., ..]).to_shared();
    later.before = later.counts[..2].to_vec();
    later.counts.drain(..2);
    later.offset = vec![0.0; 58];
    let same = Ingarch::new(&s).unwrap().fit_to(&later, &mut stream("a")).unwrap();
    near("ℓ", fit.log_likelihood(), same.log_likelihood(), 1e-10);
}
