//! Scores and tests of accuracy against R (scoringRules, surveillance, forecast: versions in each case's `software`).

use serde_json::Value;
use std::path::PathBuf;
use tumen::family::{Family, Law};
use tumen::forecast::{Forecast, Paths, Target};
use tumen::period::{Period, STEP_ORIGIN};
use tumen::score::diebold_mariano::{self, Alternative, LongRun};
use tumen::score::pmf::Pmf;
use tumen::score::{
    SCORES, Scored, dss, entry, interval_score, log_score, quadratic, quantile_score, rps, spherical, squared_error,
    wis,
};

fn folder(case: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(case)
}

fn case(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder(name).join("case.json")).unwrap()).unwrap()
}

fn number(v: &Value, key: &str) -> f64 {
    v[key].as_f64().unwrap_or_else(|| panic!("{key} in {v}"))
}

#[track_caller]
fn close(got: f64, want: f64, relative: f64, what: &str) {
    assert!((got - want).abs() <= relative * want.abs().max(1e-300), "{what}: {got} against {want}");
}

/// All scores of one law of the grid; the case's tolerance is relative 1e-9, quantiles exact.
fn check_law(law: &Law, y: f64, want: &Value, what: &str) {
    let pmf = Pmf::of(law);
    let say = |score: &str| format!("{what}: {score}");
    close(log_score::score(law.log_pmf(y)).unwrap(), number(want, "log"), 1e-9, &say("log"));
    close(rps::score(&pmf, y), number(want, "crps_rps_sum"), 1e-9, &say("rps"));
    let variance = law.family.variance(law.mean, law.dispersion);
    close(dss::score(law.mean, variance, y).unwrap(), number(want, "dss"), 1e-9, &say("dss"));
    let (mean, table_variance) = pmf.moments();
    close(mean, law.mean, 1e-9, &say("mean of the table"));
    close(table_variance, variance, 1e-9, &say("variance of the table"));
    close(quadratic::score(&pmf, y), number(want, "brier_quadratic"), 1e-9, &say("quadratic"));
    close(spherical::score(&pmf, y), number(want, "spherical"), 1e-9, &say("spherical"));
    let (low, high) = pmf.interval(0.9);
    let interval = &want["interval90"];
    assert_eq!((low, high), (number(interval, "lower"), number(interval, "upper")), "{}", say("interval"));
    close(interval_score::score((low, high), 0.9, y), number(interval, "interval_score"), 1e-9, &say("interval score"));
    let parts = wis::from_intervals(pmf.quantile(0.5), wis::LEVELS.iter().map(|l| (*l, pmf.interval(*l))), y);
    close(parts.total(), number(want, "wis_11_levels"), 1e-9, &say("wis"));
    let quantile = quantile_score::score(pmf.quantile(0.9), 0.9, y);
    close(quantile, number(want, "quantile_score_2x_pinball_0.9"), 1e-9, &say("quantile score"));
}

#[test]
fn parametric_scores_agree_with_r() {
    let case = case("score_parametric_grid");
    let rows = case["results"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 20);
    let surveillance = case["results"]["surveillance_scores_nb"]["values"].as_array().unwrap();
    for (row, other) in rows.iter().zip(surveillance) {
        let (y, mu, size) = (number(row, "y"), number(row, "mu"), number(row, "size"));
        let what = format!("y = {y}, mu = {mu}, size = {size}");
        check_law(&Law::new(Family::Poisson, mu, 1.0), y, &row["poisson"], &format!("Poisson, {what}"));
        let nb = Law::new(Family::Nb2, mu, size);
        check_law(&nb, y, &row["negbin"], &format!("NB2, {what}"));
        let want: Vec<f64> = other.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        close(-nb.log_pmf(y), want[0], 1e-9, &what);
        assert!((rps::score(&Pmf::of(&nb), y) - want[1]).abs() < 1e-6, "{what}: surveillance's rps");
        close(dss::score(mu, mu + mu * mu / size, y).unwrap(), want[2], 1e-9, &what);
        close(squared_error::score(mu, y), want[3], 1e-9, &what);
    }
}

#[test]
fn diebold_mariano_agrees_with_r() {
    let mut data = csv::Reader::from_path(folder("score_dm_test").join("data.csv")).unwrap();
    let errors: Vec<(f64, f64)> = data.deserialize().map(|r| r.unwrap()).collect();
    assert_eq!(errors.len(), 40);
    let case = case("score_dm_test");
    let tests = case["results"]["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 16);
    for t in tests {
        let power = number(t, "power");
        let d: Vec<f64> = errors.iter().map(|(a, b)| a.abs().powf(power) - b.abs().powf(power)).collect();
        let alternative = if t["alternative"] == "less" { Alternative::Less } else { Alternative::TwoSided };
        let long_run = if t["varestimator"] == "bartlett" { LongRun::Bartlett } else { LongRun::Acf };
        let got = diebold_mariano::test(&d, number(t, "h") as usize, alternative, long_run).unwrap();
        assert!((got.statistic - number(t, "stat")).abs() < 1e-8, "{got:?} against {t}");
        assert!((got.p_value - number(t, "p")).abs() < 1e-8, "{got:?} against {t}");
    }
}

/// A forecast of one target with Poisson draws.
fn poisson_forecast(mean: f64, draws: usize, seed: u64) -> Forecast {
    let law = Law::new(Family::Poisson, mean, 1.0);
    let mut rng = tumen::rng::stream(seed, &["scores"]);
    let counts = ndarray::Array2::from_shape_fn((draws, 1), |_| law.sample(&mut rng));
    let paths = Paths { counts, laws: ndarray::Array2::from_elem((draws, 1), law) };
    let targets = vec![Target { period: Period::step(1), horizon: 1 }];
    Forecast { model: "poisson".into(), origin: STEP_ORIGIN, scenario: "base".into(), targets, paths, known: vec![0.0] }
}

#[test]
fn scores_of_many_draws_approach_those_of_the_law() {
    let (mean, y) = (6.5, 9.0);
    let forecast = poisson_forecast(mean, 200_000, 7);
    let scored = Scored::new(&forecast, 0).unwrap();
    let score = |name: &str| (entry(name).unwrap().function)(&scored, y).unwrap();
    let pmf = Pmf::of(&Law::new(Family::Poisson, mean, 1.0));
    // Monte Carlo errors at 200,000 draws: below 0.02 for each by its standard error times 4.
    assert!((score("crps") - rps::score(&pmf, y)).abs() < 0.02);
    assert!((score("dss") - dss::score(mean, mean, y).unwrap()).abs() < 0.02);
    assert!((score("squared_error") - 6.25).abs() < 0.12);
    close(score("log_score"), -Law::new(Family::Poisson, mean, 1.0).log_pmf(y), 1e-12, "log score");
    // One law: the mixture of the forecast's laws is that law, whatever the draws.
    close(score("quadratic"), quadratic::score(&pmf, y), 1e-12, "quadratic");
    close(score("spherical"), spherical::score(&pmf, y), 1e-12, "spherical");
    assert_eq!((score("absolute_error"), score("coverage_50"), score("coverage_95")), (3.0, 0.0, 1.0));
    let parts = score("crps_dispersion") + score("crps_overprediction") + score("crps_underprediction");
    close(parts, score("crps"), 1e-9, "parts of the CRPS");
    assert_eq!(score("crps_overprediction"), 0.0);
}

#[test]
fn every_score_is_finite_or_missing_on_odd_forecasts() {
    let mut point = poisson_forecast(3.0, 50, 1);
    point.paths.counts.fill(4.0);
    let scored = Scored::new(&point, 0).unwrap();
    for s in SCORES {
        for y in [0.0, 4.0, 1e6] {
            assert!((s.function)(&scored, y).is_none_or(f64::is_finite), "{} at {y}", s.name);
            assert_eq!((s.function)(&scored, y), s.of(&point, 0, y));
        }
        assert_eq!((s.function)(&scored, f64::NAN), None, "{} of an unknown count", s.name);
    }
    assert_eq!((entry("dss").unwrap().function)(&scored, 4.0), None);
    assert_eq!((entry("crps").unwrap().function)(&scored, 9.0), Some(5.0));
    // Probability zero: an infinite loss, shown as missing.
    point.paths.laws.fill(Law::new(Family::Poisson, 0.0, 1.0));
    assert_eq!(entry("log_score").unwrap().of(&point, 0, 4.0), None);
    assert!(Scored::new(&point, 1).is_none());
    assert!(Scored::new(&poisson_forecast(3.0, 0, 1), 0).is_none());
}

#[test]
fn the_pit_has_the_limits_of_the_law() {
    let (forecast, law) = (poisson_forecast(6.5, 500, 7), Law::new(Family::Poisson, 6.5, 1.0));
    let scored = Scored::new(&forecast, 0).unwrap();
    for y in [0.0, 1.0, 9.0, 40.0] {
        let (low, high) = scored.pit(y);
        assert!((low - law.cdf(y - 1.0)).abs() < 1e-12 && (high - law.cdf(y)).abs() < 1e-12, "{y}: {low} {high}");
    }
    assert_eq!(scored.pit(0.0).0, 0.0);
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = SCORES.iter().map(|s| s.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), SCORES.len());
}
