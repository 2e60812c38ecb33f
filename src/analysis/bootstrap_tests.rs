use super::*;
use crate::analysis::attribution::tests::lagged;
use crate::model::{Settings, Vcov};
use ndarray::Array2;

fn example(n: usize) -> (Design, Regression) {
    let mut rng = crate::rng::stream(3, &["bootstrap"]);
    let x = Array2::from_shape_fn((n, 3), |(i, j)| match j {
        0 => 1.0,
        1 => (i as f64 * 0.8).sin(),
        _ => f64::from(u8::from(i % 5 == 0)),
    });
    let counts = (0..n).map(|i| Family::Nb2.sample((2.0 + 0.5 * x[(i, 1)]).exp(), 8.0, &mut rng)).collect();
    let design = Design::new(["(Intercept)", "wave", "fifth"].map(String::from).to_vec(), x, counts).unwrap();
    let settings = Settings { family: Family::Nb2, vcov: Vcov::Observed, ..Settings::default() };
    let fit = Regression::fit(&settings, &design, &rng).unwrap();
    (design, fit)
}

fn request(scheme: Scheme) -> Request {
    Request { scheme, replicates: 2000, level: 0.95 }
}

#[test]
fn errors_are_near_those_of_the_information() {
    let (design, fit) = example(200);
    let v = fit.covariance().unwrap();
    for scheme in [Scheme::Parametric, Scheme::Blocks(1), Scheme::Blocks(4)] {
        let b = run(&design, &fit, request(scheme), &mut crate::rng::stream(1, &[])).unwrap();
        assert_eq!((b.failed, b.draws.len(), b.terms.len()), (0, 2000, 3));
        for (j, t) in b.terms.iter().enumerate() {
            let ratio = t.std_error.unwrap() / v[j * 4].sqrt();
            assert!((0.8..1.25).contains(&ratio), "{scheme:?} {t:?} {ratio}");
            assert!(
                t.conf_low < t.estimate && t.estimate < t.conf_high && t.bias.unwrap().abs() < t.std_error.unwrap()
            );
        }
        assert_eq!(b.dispersion.unwrap().term, "theta");
    }
}

#[test]
fn a_replicate_is_the_fit_of_its_counts() {
    let (design, fit) = example(60);
    let problem = drawn(&fit, &mut crate::rng::stream(2, &[]));
    let (gamma, t) = refitted(&problem, &fit).unwrap();
    let again = Design { counts: problem.y.clone(), ..design.clone() };
    let settings = Settings { family: Family::Nb2, ..Settings::default() };
    let direct = Regression::fit(&settings, &again, &crate::rng::stream(1, &[])).unwrap();
    for (a, b) in fit.basis().beta(&gamma).iter().zip(direct.coefficients()) {
        assert!((a - b).abs() < 1e-7, "{a} {b}");
    }
    assert!((t.exp() / direct.dispersion() - 1.0).abs() < 1e-6);
    // Blocks as long as the record only turn it round.
    let turned = blocks(fit.problem(), 60, &mut crate::rng::stream(2, &[]));
    let (gamma, _) = refitted(&turned, &fit).unwrap();
    gamma.iter().zip(&fit.solution().gamma).for_each(|(a, b)| assert!((a - b).abs() < 1e-8));
}

#[test]
fn lags_follow_their_paths_and_results_do_not_hang_on_threads() {
    let (design, fit, _) = lagged(Family::Nb2);
    let go = || {
        run(&design, &fit, Request { replicates: 300, ..request(Scheme::Parametric) }, &mut crate::rng::stream(1, &[]))
    };
    let (a, b) = (go().unwrap(), go().unwrap());
    assert_eq!(a.draws, b.draws);
    assert!(a.failed < 5);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(go).unwrap().draws, a.draws);
    // A lag's coefficient is biased downwards in short series (Hurwicz); with fixed lags it would not be.
    assert!(a.terms[3].bias.unwrap() < 0.0, "{:?}", a.terms[3]);
}

#[test]
fn replicates_without_finite_estimates_are_counted() {
    let x = Array2::from_shape_fn((20, 2), |(i, j)| if j == 0 || i < 3 { 1.0 } else { 0.0 });
    let mut counts = vec![3.0; 20];
    counts[..3].fill(0.0);
    counts[0] = 1.0;
    let design = Design::new(vec!["(Intercept)".into(), "rare".into()], x, counts).unwrap();
    let fit = Regression::fit(&Settings::default(), &design, &crate::rng::stream(1, &[])).unwrap();
    let b = run(&design, &fit, request(Scheme::Parametric), &mut crate::rng::stream(1, &[])).unwrap();
    // P(no count in three rows of mean 1/3) = e⁻¹.
    assert!((b.failed as f64 / 2000.0 - (-1f64).exp()).abs() < 0.04, "{}", b.failed);
    assert!(b.terms.iter().all(|t| t.std_error.unwrap() < 2.0));
    let e = run(&design, &fit, request(Scheme::Blocks(21)), &mut crate::rng::stream(1, &[])).unwrap_err();
    assert!(e.to_string().contains("do not fit 20 observations"));
}

#[test]
fn extra_zeros_errors_are_near_those_of_the_information_and_failures_are_counted() {
    let n = 200;
    let mut rng = crate::rng::stream(8, &["bootstrap"]);
    let x = Array2::from_shape_fn((n, 2), |(i, j)| if j == 0 { 1.0 } else { (i as f64 * 0.8).sin() });
    let count = |i: usize, rng: &mut Rng| {
        if rng.random::<f64>() < 0.35 { 0.0 } else { Family::Poisson.sample((1.2 + 0.5 * x[(i, 1)]).exp(), 1.0, rng) }
    };
    let counts = (0..n).map(|i| count(i, &mut rng)).collect();
    let design = Design::new(["(Intercept)", "wave"].map(String::from).to_vec(), x.clone(), counts).unwrap();
    for zeros in [crate::family::ZeroPart::Inflated, crate::family::ZeroPart::Hurdle] {
        let settings = Settings { family: Family::Poisson, zeros, ..Settings::default() };
        let fit = ZeroFit::new(&settings, &design, &rng).unwrap().unwrap();
        let v = fit.covariance().unwrap();
        for scheme in [Scheme::Parametric, Scheme::Blocks(1), Scheme::Blocks(4)] {
            let go =
                || run_zeros(&fit, Request { replicates: 400, ..request(scheme) }, &mut crate::rng::stream(1, &[]));
            let b = go().unwrap();
            assert_eq!((b.failed, b.terms.len(), b.dispersion.is_none()), (0, 4, true));
            let names: Vec<&str> = b.terms.iter().map(|t| t.term.as_str()).collect();
            assert_eq!(names, ["(Intercept)", "wave", "zero_(Intercept)", "zero_wave"]);
            for (j, t) in b.terms.iter().enumerate() {
                let ratio = t.std_error.unwrap() / v[j * 6].sqrt();
                assert!((0.7..1.4).contains(&ratio), "{zeros:?} {scheme:?} {t:?} {ratio}");
            }
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            assert_eq!(pool.install(go).unwrap().draws, b.draws);
        }
        assert!(run_zeros(&fit, request(Scheme::Blocks(201)), &mut rng).is_err());
    }
    // Seven zeros where six are expected of the Poisson: many a sample shows no excess, and has no zero part.
    let counts = (0..60).map(|i| if i % 9 == 0 { 0.0 } else { (1 + i % 5) as f64 }).collect();
    let one = Array2::from_elem((60, 1), 1.0);
    let design = Design::new(vec!["(Intercept)".into()], one, counts).unwrap();
    let settings =
        Settings { family: Family::Poisson, zeros: crate::family::ZeroPart::Inflated, ..Settings::default() };
    let fit = ZeroFit::new(&settings, &design, &rng).unwrap().unwrap();
    let b = run_zeros(&fit, Request { replicates: 400, ..request(Scheme::Parametric) }, &mut rng).unwrap();
    // The share of samples of the fitted law whose zeros are fewer than their Poisson fit has: no excess.
    let mut fewer = 0;
    for _ in 0..4000 {
        let y: Vec<f64> = fit.laws().iter().map(|(_, law)| law.sample(&mut rng)).collect();
        let mean = y.iter().sum::<f64>() / 60.0;
        fewer += usize::from((y.iter().filter(|y| **y == 0.0).count() as f64) <= 60.0 * (-mean).exp());
    }
    let (failed, expected) = (b.failed as f64 / 400.0, f64::from(fewer as u32) / 4000.0);
    assert!(expected > 0.02 && (failed - expected).abs() < 0.08, "{failed} {expected}");
}
