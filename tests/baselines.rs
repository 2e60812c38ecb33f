//! Baselines against R's forecast package (version in each case's `software`), and what every baseline must be able to do.

use ndarray::Array2;
use serde_json::Value;
use statrs::distribution::{Continuous as _, ContinuousCDF as _, StudentsT};
use std::path::PathBuf;
use tumen::Rng;
use tumen::design::{Cover, Design};
use tumen::forecast::{Paths, Predictive};
use tumen::model::baselines::climatology::Climatology;
use tumen::model::baselines::walk::{Scale, Walk, WalkFit};
use tumen::model::ensemble::Ensemble;
use tumen::model::{Fitted, Model, Settings, entry};
use tumen::rng::stream;

const NAMES: [&str; 5] = ["log-rw", "drift", "naive", "seasonal-naive", "climatology"];

fn folder(case: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(case)
}

fn results(case: &str) -> Value {
    let text = std::fs::read_to_string(folder(case).join("case.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["results"].clone()
}

/// The first `n` counts of a case.
fn counts(case: &str, n: usize) -> Vec<f64> {
    let mut data = csv::Reader::from_path(folder(case).join("data.csv")).unwrap();
    data.deserialize::<(f64, f64)>().take(n).map(|r| r.unwrap().1).collect()
}

fn design(counts: Vec<f64>) -> Design {
    let x = Array2::zeros((counts.len(), 0));
    Design { season: Some(4), ..Design::new(Vec::new(), x, counts).unwrap() }
}

/// Observations that cover several steps or a share of one: `(count, [(step, share)])`.
fn covering(steps: usize, observations: &[(f64, &[(usize, f64)])]) -> Design {
    let mut d = design(vec![0.0; steps]);
    let mut start = vec![0];
    let (mut numbers, mut share) = (Vec::new(), Vec::new());
    for (_, covered) in observations {
        numbers.extend(covered.iter().map(|c| c.0));
        share.extend(covered.iter().map(|c| c.1));
        start.push(numbers.len());
    }
    d.counts = observations.iter().map(|o| o.0).collect();
    d.cover = Cover::Sums { start, steps: numbers, share };
    d
}

fn model(name: &str) -> Box<dyn Model> {
    (entry(name).unwrap().build)(&Settings::default()).unwrap()
}

fn fit(name: &str, design: &Design) -> Box<dyn Fitted> {
    model(name).fit(design, &mut rng()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn rng() -> Rng {
    stream(11, &["baselines"])
}

fn walk(scale: Scale, drift: bool, seasonal: bool) -> Walk {
    Walk { name: "walk", scale, drift, seasonal, level: 0.95 }
}

fn predictive(paths: &Paths, k: usize) -> Predictive {
    Predictive::new(paths.counts.column(k).to_vec())
}

/// Point forecasts to 1e-9 as the case asks; intervals too, since they follow from the same two numbers.
fn check_plug_in(fit: &WalkFit, want: &Value) {
    let column = |key: &str| want[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
    let z = [("lower80", -1.2815515655446004), ("upper80", 1.2815515655446004)];
    let z95 = [("lower95", -1.959963984540054), ("upper95", 1.959963984540054)];
    for (h, mean) in column("mean").into_iter().enumerate() {
        let (centre, se) = fit.plug_in(h + 1);
        assert!((centre - mean).abs() <= 1e-9 * mean.abs(), "mean at {}: {centre} against {mean}", h + 1);
        for (key, z) in z.iter().chain(&z95) {
            let (got, want) = (centre + z * se, column(key)[h]);
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{key} at {}: {got} against {want}", h + 1);
        }
    }
}

#[test]
fn naive_and_drift_agree_with_r_on_discoveries() {
    let (data, want) = (design(counts("baseline_discoveries", 90)), results("baseline_discoveries"));
    check_plug_in(&walk(Scale::Count, false, false).learn(&data).unwrap(), &want["naive"]);
    check_plug_in(&walk(Scale::Count, true, false).learn(&data).unwrap(), &want["drift"]);
}

#[test]
fn naive_drift_and_seasonal_naive_agree_with_r_on_van_drivers() {
    let mut data = design(counts("baseline_vankilled_monthly", 180));
    data.season = Some(12);
    let want = results("baseline_vankilled_monthly");
    check_plug_in(&walk(Scale::Count, false, false).learn(&data).unwrap(), &want["naive"]);
    check_plug_in(&walk(Scale::Count, true, false).learn(&data).unwrap(), &want["drift"]);
    check_plug_in(&walk(Scale::Count, false, true).learn(&data).unwrap(), &want["snaive"]);
}

#[test]
fn draws_of_naive_surround_the_plug_in_interval() {
    let mut data = design(counts("baseline_vankilled_monthly", 180));
    data.season = Some(12);
    let future = design(vec![0.0; 15]);
    for (name, seasonal) in [("naive", false), ("seasonal-naive", true)] {
        let learned = walk(Scale::Count, false, seasonal).learn(&data).unwrap();
        let paths = fit(name, &data).simulate(&future, 40_000, &mut rng()).unwrap();
        for ahead in [1, 12, 15] {
            let (centre, se) = learned.plug_in(ahead);
            let p = predictive(&paths, ahead - 1);
            // ν = 179 or 168: Student's quantile is 1.974 in place of 1.960, far below one count here.
            assert!((p.quantile(0.975) - (centre + 1.97 * se)).abs() <= 1.0, "{name}, {ahead} ahead");
            assert!((p.quantile(0.025) - (centre - 1.97 * se).max(0.0)).abs() <= 1.0, "{name}, {ahead} ahead");
            assert_eq!(p.quantile(0.5), centre, "{name}, {ahead} ahead");
        }
    }
}

#[test]
fn a_walk_with_known_parameters_has_the_textbook_spread() {
    // Increments of ±0.5 on the log, 400 of them: σ known to 4 %, so ln y_h is near N(ln y_0, 0.25 h).
    let series: Vec<f64> = (0..=400).map(|t| if t % 2 == 0 { 1e6 } else { (1e6f64 * 0.5f64.exp()).round() }).collect();
    let data = design(series);
    let paths = fit("log-rw", &data).simulate(&design(vec![0.0; 9]), 40_000, &mut rng()).unwrap();
    for h in [1.0, 4.0, 9.0] {
        let logs: Vec<f64> = paths.counts.column(h as usize - 1).iter().map(|y| (y / 1e6).ln()).collect();
        let mean = logs.iter().sum::<f64>() / 4e4;
        let variance = logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / 4e4;
        assert!(mean.abs() < 4.0 * (0.25 * h / 4e4f64).sqrt(), "h = {h}: mean {mean}");
        // E(ν s²/χ²_ν) = ν/(ν − 2) s²; the variance of 40,000 draws is known to 0.7 %.
        assert!((variance / (0.25 * h * 400.0 / 398.0) - 1.0).abs() < 0.03, "h = {h}: variance {variance}");
    }
}

#[test]
fn predictive_quantiles_are_students_with_parameters_unknown() {
    // Under p(δ, σ²) ∝ 1/σ² the log count h ahead is Student's t_ν around the plug-in centre, in units of its error.
    let data = design(vec![4e6, 6e6, 3e6, 5e6, 8e6, 7e6, 9e6]);
    for (name, drift, nu) in [("log-rw", false, 6.0), ("drift", true, 5.0)] {
        let learned = walk(Scale::Log, drift, false).learn(&data).unwrap();
        let paths = fit(name, &data).simulate(&design(vec![0.0; 6]), 100_000, &mut rng()).unwrap();
        let t = StudentsT::new(0.0, 1.0, nu).unwrap();
        for ahead in [1, 6] {
            let (centre, se) = learned.plug_in(ahead);
            let p = predictive(&paths, ahead - 1);
            for level in [0.05, 0.25, 0.5, 0.9, 0.975] {
                let z = (p.quantile(level).ln() - centre) / se;
                // 4 standard errors of a quantile of 100,000 draws.
                let error = (level * (1.0 - level) / 1e5f64).sqrt() / t.pdf(t.inverse_cdf(level));
                assert!((z - t.inverse_cdf(level)).abs() < 4.0 * error, "{name}, {ahead} ahead, {level}: {z}");
            }
        }
    }
}

#[test]
fn gaps_aggregates_and_parts() {
    // 100 at step 0, 200 at step 1, steps 2 and 3 only as a sum, 400 at step 4, half of step 5.
    let data = covering(
        6,
        &[
            (100.0, &[(0, 1.0)]),
            (200.0, &[(1, 1.0)]),
            (500.0, &[(2, 1.0), (3, 1.0)]),
            (400.0, &[(4, 1.0)]),
            (90.0, &[(5, 0.5)]),
        ],
    );
    let log2 = 2f64.ln();
    let fit = walk(Scale::Log, false, false).learn(&data).unwrap();
    // Increments ln 2 over 1 and over 3 steps: σ² = (ln²2 + ln²2/3)/2. The next step is 2 laps after step 4.
    let (centre, se) = fit.plug_in(1);
    assert!((centre - 400f64.ln()).abs() < 1e-12);
    assert!((se - (2.0 * (log2 * log2 + log2 * log2 / 3.0) / 2.0).sqrt()).abs() < 1e-12);
    assert!(fit.warnings()[0].contains("left out 2 observations"), "{:?}", fit.warnings());
    let rows = fit.summary().unwrap().rows;
    let fitted: Vec<Option<f64>> = rows.iter().map(|r| r.fitted.map(f64::round)).collect();
    assert_eq!(fitted, [None, Some(100.0), None, Some(200.0), None]);
    // Climatology takes all: 1,290 counts in 5.5 steps, were every weight alike.
    let climate = Climatology { level: 0.95 }.learn(&data).unwrap();
    assert!((climate.mean() - 1290.0 / 5.5).abs() < 25.0, "{}", climate.mean());
    assert_eq!(climate.summary().unwrap().glance.nobs, 5);
}

#[test]
fn climatology_of_sums_is_climatology_of_their_likelihood() {
    // Whole steps: μ̂ is the mean, and the log-likelihood is at its maximum in θ.
    let y = counts("baseline_discoveries", 100);
    let mean = y.iter().sum::<f64>() / 100.0;
    let fit = Climatology { level: 0.95 }.learn(&design(y.clone())).unwrap();
    assert!((fit.mean() - mean).abs() < 1e-9);
    let theta = fit.theta().unwrap();
    let log_lik = |theta: f64| -> f64 { y.iter().map(|y| tumen::family::Family::Nb2.log_pmf(*y, mean, theta)).sum() };
    assert!((fit.log_lik() - log_lik(theta)).abs() < 1e-9);
    assert!(fit.log_lik() >= log_lik(theta * 1.001) && fit.log_lik() >= log_lik(theta * 0.999));
    // Sums of one mean and size are NB2 of k μ and k θ, so the mean of pairs is twice the mean.
    let pairs: Vec<[(usize, f64); 2]> = (0..50).map(|i| [(2 * i, 1.0), (2 * i + 1, 1.0)]).collect();
    let sums: Vec<(f64, &[(usize, f64)])> =
        pairs.iter().enumerate().map(|(i, c)| (y[2 * i] + y[2 * i + 1], &c[..])).collect();
    let paired = Climatology { level: 0.95 }.learn(&covering(100, &sums)).unwrap();
    assert!((paired.mean() - mean).abs() < 1e-9);
}

#[test]
fn climatology_draws_keep_the_mean_and_variance_of_its_law() {
    let y = counts("baseline_discoveries", 100);
    let fitted = Climatology { level: 0.95 }.learn(&design(y)).unwrap();
    let paths = fitted.simulate(&design(vec![0.0]), 40_000, &mut rng()).unwrap();
    let draws = paths.counts.column(0);
    let mean = draws.sum() / 4e4;
    let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 4e4;
    let (mu, theta) = (fitted.mean(), fitted.theta().unwrap());
    let law = mu + mu * mu / theta;
    assert!((mean - mu).abs() < 0.1, "{mean} against {mu}");
    // A little wider than the law at the estimates: 100 counts leave parameters uncertain by about a tenth.
    assert!(variance > 0.97 * law && variance < 1.25 * law, "{variance} against {law}");
}

#[test]
fn a_running_step_keeps_what_is_recorded() {
    let data = design(vec![100.0, 150.0, 90.0, 120.0, 140.0, 100.0, 110.0, 130.0]);
    let mut future = design(vec![0.0; 2]);
    future.known = vec![80.0, 0.0];
    future.remaining = vec![0.25, 1.0];
    for name in NAMES {
        let fitted = fit(name, &data);
        let paths = fitted.simulate(&future, 4000, &mut rng()).unwrap();
        let first = predictive(&paths, 0);
        assert!(first.draws()[0] >= 80.0, "{name}");
        let rest = first.quantile(0.5) - 80.0;
        assert!((15.0..45.0).contains(&rest), "{name}: a quarter of a step is {rest}");
        // Laws are of what is still to come.
        let mean: f64 = paths.laws.column(0).iter().map(|l| l.mean).sum::<f64>() / 4000.0;
        assert!((15.0..50.0).contains(&mean), "{name}: {mean}");
        future.remaining[0] = 0.0;
        let paths = fitted.simulate(&future, 50, &mut rng()).unwrap();
        assert!(paths.counts.column(0).iter().all(|y| *y == 80.0), "{name}");
        assert!(paths.laws.column(0).iter().all(|l| l.log_pmf(0.0) == 0.0), "{name}");
        future.remaining[0] = 0.25;
    }
}

#[test]
fn laws_are_those_the_counts_were_drawn_from() {
    let data = design(counts("baseline_discoveries", 90));
    for name in NAMES {
        let paths = fit(name, &data).simulate(&design(vec![0.0; 3]), 4000, &mut rng()).unwrap();
        // Mean mid-PIT ½ with variance at most 1/12: a wrong law or transform shifts it.
        for k in 0..3 {
            let pit = |d: usize| {
                let (law, y) = (paths.laws[[d, k]], paths.counts[[d, k]]);
                0.5 * (law.cdf(y - 1.0) + law.cdf(y))
            };
            let mean = (0..4000).map(pit).sum::<f64>() / 4000.0;
            assert!((mean - 0.5).abs() < 4.0 * (1.0 / 12.0 / 4000.0f64).sqrt(), "{name}, step {k}: {mean}");
        }
    }
}

#[test]
fn hard_records_give_finite_numbers_or_an_error_with_a_remedy() {
    let nan = f64::NAN;
    let records = [
        vec![0.0; 12],
        vec![5.0; 12],
        vec![0.0, 0.0, 3.0, 0.0, 0.0, 9000.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0],
        vec![4.0, nan, 6.0, 5.0, nan, 7.0, 9.0, 3.0, nan, 4.0, 4.0, 8.0],
    ];
    let future = design(vec![0.0; 30]);
    for (name, record) in NAMES.iter().flat_map(|n| records.iter().map(move |r| (n, r))) {
        let fitted = fit(name, &design(record.clone()));
        let paths = fitted.simulate(&future, 200, &mut rng()).unwrap();
        assert!(paths.counts.iter().all(|y| *y >= 0.0 && y.fract() == 0.0), "{name} {record:?}");
        assert!(paths.laws.iter().all(|l| !l.log_pmf(3.0).is_nan() && !l.cdf(3.0).is_nan()), "{name} {record:?}");
        let summary = fitted.summary().unwrap();
        let numbers = summary.terms.iter().flat_map(|t| [t.estimate, t.std_error, t.conf_low, t.conf_high]);
        assert!(numbers.flatten().all(f64::is_finite), "{name} {record:?}");
        assert_eq!(summary.rows.len(), 12);
    }
    for name in NAMES {
        let error = model(name).fit(&design(vec![nan, nan]), &mut rng()).err().unwrap().to_string();
        assert!(error.contains(name) && error.contains("help:"), "{error}");
    }
    let short = model("drift").fit(&design(vec![1.0, 2.0, 3.0]), &mut rng()).err().unwrap().to_string();
    assert!(short.contains("needs 3 increments between whole steps, and the record has 2"), "{short}");
    let mut plain = design(vec![5.0, 6.0, 7.0, 8.0, 5.0, 6.0]);
    plain.season = None;
    let text = model("seasonal-naive").fit(&plain, &mut rng()).err().unwrap().to_string();
    assert!(text.contains("needs a season") && text.contains("use `naive`"), "{text}");
}

#[test]
fn zeros_move_the_walk_to_the_log_of_y_plus_one() {
    let fitted = fit("log-rw", &design(vec![3.0, 0.0, 7.0, 1.0, 3.0]));
    assert!(fitted.warnings()[0].contains("ln(y + 1)"));
    let sigma = fitted.summary().unwrap().terms[0].estimate.unwrap();
    // ln 4, ln 1, ln 8, ln 2, ln 4: increments −2, 3, −2, 1 times ln 2.
    assert!((sigma - 2f64.ln() * (18.0f64 / 4.0).sqrt()).abs() < 1e-12);
}

#[test]
fn an_ensemble_of_one_is_that_model_and_of_two_their_mixture() {
    let data = design(counts("baseline_discoveries", 90));
    let future = design(vec![0.0; 5]);
    let draw = |m: &dyn Model, n| m.fit(&data, &mut rng()).unwrap().simulate(&future, n, &mut rng()).unwrap();
    for name in NAMES {
        let alone = draw(&*model(name), 300);
        let pool = draw(&Ensemble::new(vec![model(name)], &[]).unwrap(), 300);
        assert_eq!((alone.counts, alone.laws), (pool.counts, pool.laws), "{name}");
    }
    let pool = Ensemble::new(vec![model("log-rw"), model("climatology")], &[1.0, 3.0]).unwrap();
    let paths = draw(&pool, 1000);
    assert_eq!(paths.draws(), 1000);
    let nb2 = paths.laws.column(0).iter().filter(|l| l.family == tumen::family::Family::Nb2).count();
    assert_eq!(nb2, 750);
    let summary = pool.fit(&data, &mut rng()).unwrap().summary().unwrap();
    let parts = [fit("log-rw", &data), fit("climatology", &data)].map(|f| f.summary().unwrap().rows[5].fitted.unwrap());
    assert!((summary.rows[5].fitted.unwrap() - (0.25 * parts[0] + 0.75 * parts[1])).abs() < 1e-12);
    assert_eq!((summary.rows[0].fitted, summary.glance.log_lik), (None, None));
}

#[test]
fn summaries_hold_what_they_should() {
    let data = design(counts("baseline_discoveries", 90));
    let summary = fit("drift", &data).summary().unwrap();
    let names: Vec<&str> = summary.terms.iter().map(|t| t.term.as_str()).collect();
    assert_eq!(names, ["drift", "sigma"]);
    let (drift, sigma) = (&summary.terms[0], &summary.terms[1]);
    assert!((drift.std_error.unwrap() - sigma.estimate.unwrap() / 89f64.sqrt()).abs() < 1e-12);
    assert!(sigma.conf_low < sigma.estimate && sigma.estimate < sigma.conf_high);
    let total: f64 = summary.rows.iter().filter_map(|r| Some((r.pit_high? - r.pit_low?).ln())).sum();
    assert!((summary.glance.log_lik.unwrap() - total).abs() < 1e-6, "log-likelihood against the PIT's steps");
    let climate = fit("climatology", &data).summary().unwrap();
    assert_eq!(climate.terms.iter().map(|t| t.term.as_str()).collect::<Vec<_>>(), ["mean", "theta"]);
    assert_eq!(climate.glance.theta, climate.terms[1].estimate);
}
