//! Identities of the generalised linear model.

use ndarray::Array2;
use tumen::design::{Cover, Design, Feedback};
use tumen::family::Family;
use tumen::model::{Fitted, Interval, Link, Settings, Summary, Vcov, glm};

/// Deterministic noisy counts: x uniform-like, overdispersed around exp(1.2 + 0.5 x).
fn noisy(n: usize) -> Design {
    let x: Vec<f64> = (0..n).map(|i| ((i * 37 % 101) as f64) / 50.0 - 1.0).collect();
    let y: Vec<f64> = (0..n)
        .map(|i| {
            let noise = [0.3, 1.9, 0.8, 1.1, 0.2, 2.4, 0.7, 1.0, 0.6, 1.5][i * 7 % 10];
            ((1.2 + 0.5 * x[i]).exp() * noise).round()
        })
        .collect();
    design(&x, y)
}

fn design(x: &[f64], y: Vec<f64>) -> Design {
    let rows = Array2::from_shape_fn((x.len(), 2), |(i, j)| if j == 0 { 1.0 } else { x[i] });
    Design::new(vec!["(Intercept)".into(), "x".into()], rows, y).unwrap()
}

fn fitted(settings: &Settings, d: &Design) -> Box<dyn Fitted> {
    glm::build(settings).unwrap().fit(d, &mut tumen::rng::stream(3, &["identities"])).unwrap()
}

fn summary(settings: &Settings, d: &Design) -> Summary {
    fitted(settings, d).summary().unwrap()
}

fn wald(family: Family) -> Settings {
    Settings { family, interval: Interval::Wald, ..Settings::default() }
}

fn same(a: &Summary, b: &Summary, tolerance: f64) {
    for (s, t) in a.terms.iter().zip(&b.terms) {
        let close = |x: Option<f64>, y: Option<f64>| {
            let (x, y) = (x.unwrap(), y.unwrap());
            assert!((x - y).abs() < tolerance * (1.0 + y.abs()), "{}: {x} against {y}", s.term);
        };
        close(s.estimate, t.estimate);
        close(s.std_error, t.std_error);
    }
}

/// Pairs of equal rows, observed one by one or summed: sums of two steps with the same mean.
fn paired(n: usize) -> (Design, Design) {
    let half = noisy(n);
    let x: Vec<f64> = (0..2 * n).map(|s| half.x[(s / 2, 1)]).collect();
    let y: Vec<f64> = (0..2 * n).map(|s| half.counts[s / 2] + [0.0, 3.0, 1.0][s % 3]).collect();
    let single = design(&x, y.clone());
    let mut summed = single.clone();
    summed.counts = y.chunks(2).map(|p| p.iter().sum()).collect();
    let start = (0..=n).map(|i| 2 * i).collect();
    summed.cover = Cover::Sums { start, steps: (0..2 * n).collect(), share: vec![1.0; 2 * n] };
    (single, summed)
}

#[test]
fn a_poisson_aggregate_is_the_sum_of_its_parts() {
    // With equal means inside each pair, the pair's sum is sufficient.
    let (single, summed) = paired(30);
    for link in [Link::Log, Link::Sqrt] {
        let settings = Settings { link, ..wald(Family::Poisson) };
        same(&summary(&settings, &single), &summary(&settings, &summed), 1e-9);
    }
}

#[test]
fn a_share_of_a_step_is_an_offset() {
    let whole = noisy(25);
    let mut part = whole.clone();
    part.cover = Cover::Sums { start: (0..=25).collect(), steps: (0..25).collect(), share: vec![0.25; 25] };
    let mut offset = whole.clone();
    offset.offset = vec![0.25_f64.ln(); 25];
    for family in [Family::Poisson, Family::Nb1, Family::Nb2, Family::GenPoisson, Family::ComPoisson] {
        same(&summary(&wald(family), &part), &summary(&wald(family), &offset), 1e-8);
    }
}

#[test]
fn a_weight_is_a_replication() {
    let once = noisy(20);
    let mut weighted = once.clone();
    weighted.weights = (0..20).map(|i| f64::from(1 + i % 3)).collect();
    let times: Vec<usize> = (0..20).flat_map(|i| vec![i; 1 + i % 3]).collect();
    let x: Vec<f64> = times.iter().map(|i| once.x[(*i, 1)]).collect();
    let repeated = design(&x, times.iter().map(|i| once.counts[*i]).collect());
    for family in [Family::Poisson, Family::Nb1, Family::Nb2, Family::GenPoisson, Family::ComPoisson] {
        for vcov in [Vcov::Model, Vcov::Observed] {
            let settings = Settings { vcov, ..wald(family) };
            let (a, b) = (summary(&settings, &weighted), summary(&settings, &repeated));
            same(&a, &b, 1e-9);
            assert!((a.glance.log_lik.unwrap() - b.glance.log_lik.unwrap()).abs() < 1e-8);
        }
    }
}

#[test]
fn negative_binomials_tend_to_the_poisson() {
    for (y, mu) in [(0.0, 0.5), (4.0, 2.5), (40.0, 31.0), (1047.0, 1127.0)] {
        let poisson = Family::Poisson.log_pmf(y, mu, 1.0);
        for alpha in [1e-6, 1e-8, 1e-10, 1e-12] {
            // To first order the difference is α/2 ((y − μ)² − y).
            let first = 0.5 * alpha * ((y - mu) * (y - mu) - y);
            let nb2 = Family::Nb2.log_pmf(y, mu, 1.0 / alpha) - poisson;
            let nb1 = Family::Nb1.log_pmf(y, mu, alpha) - poisson;
            let noise = 1e-13 * (1.0 + poisson.abs());
            let second = (1.0 + y + mu).powi(3) * alpha * alpha;
            assert!((nb2 - first).abs() <= second + noise, "{y} {mu} {alpha}: {nb2} {first}");
            assert!((nb1 - first / mu).abs() <= second + noise, "{y} {mu} {alpha}: {nb1}");
        }
    }
}

#[test]
fn scores_are_zero_and_the_likelihood_a_maximum() {
    // The fit's log-likelihood against the family's pmf at the fit and around it.
    let d = noisy(40);
    for family in [Family::Poisson, Family::Nb1, Family::Nb2, Family::GenPoisson, Family::ComPoisson] {
        let s = summary(&wald(family), &d);
        let dispersion = match family {
            Family::Nb2 => s.glance.theta.unwrap(),
            _ => s.glance.alpha.unwrap_or(1.0),
        };
        let ll = |b: [f64; 2], dispersion: f64| -> f64 {
            d.predictor(&b).iter().zip(&d.counts).map(|(eta, y)| family.log_pmf(*y, eta.exp(), dispersion)).sum()
        };
        let at = [s.terms[0].estimate.unwrap(), s.terms[1].estimate.unwrap()];
        let top = ll(at, dispersion);
        assert!((top - s.glance.log_lik.unwrap()).abs() < 1e-10 * top.abs());
        for h in [-1e-4, 1e-4] {
            assert!(ll([at[0] + h, at[1]], dispersion) < top);
            assert!(ll([at[0], at[1] + h], dispersion) < top);
            assert!(family == Family::Poisson || ll(at, dispersion * (1.0 + h)) < top);
        }
    }
}

#[test]
fn simulated_paths_feed_back_and_count_what_is_known() {
    // y depends on its own last value through ln(1 + y).
    let n = 60;
    let lag = |past: &[f64]| past.last().map_or(f64::NAN, |y| y.ln_1p());
    let base = noisy(n);
    let column: Vec<f64> = (0..n).map(|s| if s == 0 { f64::NAN } else { lag(&base.counts[..s]) }).collect();
    let mut past = design(&column, base.counts.clone());
    past.names[1] = "lag(log1p(y), 1)".into();
    past.feedback = vec![Feedback { column: 1, value: std::sync::Arc::new(lag) }];
    let model = fitted(&wald(Family::Poisson), &past);
    assert_eq!(model.warnings(), ["1 row dropped: `lag(log1p(y), 1)` unknown"]);
    let mut future = past.clone();
    future.x = Array2::from_shape_fn((3, 2), |(_, j)| if j == 0 { 1.0 } else { f64::NAN }).into_shared();
    (future.offset, future.counts) = (vec![0.0; 3], vec![]);
    (future.known, future.remaining) = (vec![1000.0, 0.0, 0.0], vec![0.5, 1.0, 1.0]);
    let paths = model.simulate(&future, 400, &mut tumen::rng::stream(5, &["paths"])).unwrap();
    let beta: Vec<f64> = model.summary().unwrap().terms.iter().map(|t| t.estimate.unwrap()).collect();
    for d in 0..400 {
        assert!(paths.counts[(d, 0)] >= 1000.0);
        // The parameters of a draw solve the first two means; then the third follows from the second count.
        let eta = |s: usize| (paths.laws[(d, s)].mean / if s == 0 { 0.5 } else { 1.0 }).ln();
        let x = |s: usize| if s == 0 { lag(&base.counts) } else { paths.counts[(d, s - 1)].ln_1p() };
        let slope = (eta(1) - eta(0)) / (x(1) - x(0));
        let expected = eta(0) + slope * (x(2) - x(0));
        assert!((eta(2) - expected).abs() < 1e-9, "{} {expected} {beta:?}", eta(2));
    }
}

#[test]
fn draws_of_the_mean_have_the_covariance_of_the_fit() {
    let d = noisy(80);
    for family in [Family::Poisson, Family::Nb2] {
        let settings = Settings { vcov: Vcov::Observed, ..wald(family) };
        let model = fitted(&settings, &d);
        let s = model.summary().unwrap();
        let mut future = d.clone();
        future.x = Array2::from_shape_fn((1, 2), |(_, j)| [1.0, 0.4][j]).into_shared();
        (future.offset, future.counts) = (vec![0.0], vec![]);
        let draws = 20_000;
        let paths = model.simulate(&future, draws, &mut tumen::rng::stream(6, &["draws"])).unwrap();
        let eta: Vec<f64> = paths.laws.iter().map(|l| l.mean.ln()).collect();
        let mean = eta.iter().sum::<f64>() / draws as f64;
        let var = eta.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / draws as f64;
        let c = &s.covariance;
        let expected = c[0][0] + 2.0 * 0.4 * c[0][1] + 0.16 * c[1][1];
        let centre = s.terms[0].estimate.unwrap() + 0.4 * s.terms[1].estimate.unwrap();
        // Monte Carlo: five standard errors of a variance and of a mean.
        assert!((var / expected - 1.0).abs() < 5.0 * (2.0 / draws as f64).sqrt(), "{var} {expected}");
        assert!((mean - centre).abs() < 5.0 * (expected / draws as f64).sqrt());
    }
}

#[test]
fn faults_of_the_data_are_named() {
    let error = |d: &Design, s: &Settings| {
        let rng = &mut tumen::rng::stream(1, &[]);
        glm::build(s).unwrap().fit(d, rng).err().expect("an error").to_string()
    };
    let poisson = Settings::default();
    let zeros = design(&[1.0, 2.0, 4.0], vec![0.0; 3]);
    assert!(error(&zeros, &poisson).starts_with("all counts are zero"));
    let short = design(&[1.0], vec![3.0]);
    assert!(error(&short, &poisson).starts_with("more parameters (2) than rows (1)"));
    let model = fitted(&poisson, &noisy(20));
    let mut future = noisy(2);
    future.x[(1, 1)] = f64::NAN;
    let e = model.simulate(&future, 3, &mut tumen::rng::stream(1, &[])).unwrap_err();
    assert!(e.to_string().starts_with("`x` is unknown at step 2 of the forecast"), "{e}");
}

#[test]
fn log_linear_is_ordinary_least_squares_on_the_log() {
    let mut d = noisy(30);
    d.counts.iter_mut().for_each(|y| *y += 1.0);
    let s = summary(&wald(Family::GaussianLog), &d);
    // Normal equations by hand.
    let (x, z): (Vec<f64>, Vec<f64>) = (d.x.column(1).to_vec(), d.counts.iter().map(|y| y.ln()).collect());
    let (mx, mz) = (x.iter().sum::<f64>() / 30.0, z.iter().sum::<f64>() / 30.0);
    let sxx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let slope = x.iter().zip(&z).map(|(x, z)| (x - mx) * (z - mz)).sum::<f64>() / sxx;
    let rss: f64 = x.iter().zip(&z).map(|(x, z)| (z - mz - slope * (x - mx)).powi(2)).sum();
    let sigma2 = rss / 28.0;
    assert!((s.terms[1].estimate.unwrap() - slope).abs() < 1e-12);
    assert!((s.terms[1].std_error.unwrap() - (sigma2 / sxx).sqrt()).abs() < 1e-12);
    assert!((s.glance.dispersion.unwrap() - sigma2).abs() < 1e-12);
    assert!((s.glance.deviance.unwrap() - rss).abs() < 1e-10);
    // The density of the counts integrates to the normal's: ll = Σ ln φ((ln y − η)/σ)/σ − ln y at σ² = RSS/n.
    let s2 = rss / 30.0;
    let ll: f64 = x
        .iter()
        .zip(&z)
        .map(|(x, z)| {
            -0.5 * (2.0 * std::f64::consts::PI * s2).ln() - (z - mz - slope * (x - mx)).powi(2) / (2.0 * s2) - z
        })
        .sum();
    assert!((s.glance.log_lik.unwrap() - ll).abs() < 1e-9);
    d.counts[3] = 0.0;
    let rng = &mut tumen::rng::stream(1, &[]);
    let e = glm::build(&wald(Family::GaussianLog)).unwrap().fit(&d, rng).err().unwrap().to_string();
    assert!(e.contains("ln 0 does not exist") && e.contains("gaussian-log1p"), "{e}");
    assert!(summary(&wald(Family::GaussianLog1p), &d).glance.converged);
}
