use super::super::marginal::Move;
use super::*;
use crate::analysis::attribution::{Request as Parts, attribute, tests::lagged};
use crate::analysis::estimates::Factor;
use crate::analysis::marginal::{Exposure, average};
use crate::family::Family;

fn open(draws: usize) -> Request {
    let changes = vec![Change { column: 1, values: vec![0.0] }];
    Request { name: "no closure".into(), window: 14..18, changes, draws, level: 0.9 }
}

#[test]
fn without_a_change_the_shocks_give_the_record_back() {
    let (design, _, estimates) = lagged(Family::Nb2);
    let request = Request { changes: vec![], ..open(50) };
    let c = run(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap();
    for row in c.rows.iter().chain([&c.total]) {
        let p = row.prevented_same_shocks;
        for v in [p.estimate, p.low, p.high] {
            assert!(v.unwrap().abs() < 1e-9 * row.observed.unwrap(), "{row:?}");
        }
    }
    assert!(c.total.prevented.low.unwrap() < 0.0 && c.total.prevented.high.unwrap() > 0.0);
}

#[test]
fn without_the_closure_more_would_have_come() {
    let (design, _, estimates) = lagged(Family::Nb2);
    let c = run(&design, &estimates, &open(4000), &mut crate::rng::stream(1, &[])).unwrap();
    assert_eq!(c.rows.iter().map(|r| r.step).collect::<Vec<_>>(), [Some(14), Some(15), Some(16), Some(17)]);
    assert!(c.total.prevented.low.unwrap() > 0.0 && c.total.prevented_same_shocks.low.unwrap() > 0.0);
    // Same shocks: y (m*/m − 1) in the first step, where the past is as recorded.
    let y = c.rows[0].observed.unwrap();
    let expected = y * (-estimates.beta[1]).exp_m1();
    assert!((c.rows[0].prevented_same_shocks.estimate.unwrap() - expected).abs() < 1e-9 * y);
    // Parameters add to the noise.
    let width = |b: Band| b.high.unwrap() - b.low.unwrap();
    let noise = run(&design, &estimates.certain(), &open(4000), &mut crate::rng::stream(1, &[])).unwrap();
    assert!(width(c.total.prevented) > 1.05 * width(noise.total.prevented));
    assert!(width(noise.total.prevented_same_shocks) < 1e-9);
    // It agrees with the dynamic attribution: both keep the shocks, there on the means.
    let request = Parts { dynamic: true, draws: 10, ..Parts::new(vec![Factor::against_zero(&design, 1)]) };
    let a = attribute(&design, &estimates, &request, &mut crate::rng::stream(1, &[])).unwrap();
    for (row, s) in c.rows.iter().zip(14..18) {
        let ratio = row.prevented_same_shocks.estimate.unwrap() / row.observed.unwrap();
        let part = -a.rows[s].parts[0].estimate.unwrap() / a.rows[s].fitted.estimate.unwrap();
        assert!((ratio - part).abs() < 1e-9, "{ratio} {part}");
    }
}

#[test]
fn certain_parameters_leave_count_noise_only() {
    let (design, _, estimates) = lagged(Family::Poisson);
    let request = Request { window: 14..15, ..open(20_000) };
    let c = run(&design, &estimates.certain(), &request, &mut crate::rng::stream(3, &[])).unwrap();
    let mean = c.rows[0].predicted.estimate.unwrap();
    let normal = 2.0 * 1.645 * mean.sqrt();
    let width = c.rows[0].predicted.high.unwrap() - c.rows[0].predicted.low.unwrap();
    assert!((width / normal - 1.0).abs() < 0.06, "{width} {normal}");
}

#[test]
fn marginal_effects_respect_offsets() {
    let (design, _, estimates) = lagged(Family::Poisson);
    let of = |exposure| average(&design, &estimates, &[vec![1], vec![2]].map(Move::alone), exposure, 0.95).unwrap();
    let (recorded, one) = (of(Exposure::Recorded), of(Exposure::One));
    assert!(recorded[0].step && !recorded[1].step);
    // A slope on the log link is β times the mean fitted count; Poisson means sum to the counts.
    let mean = design.counts.iter().sum::<f64>() / 24.0;
    assert!((recorded[1].estimate.unwrap() - estimates.beta[2] * mean).abs() < 1e-7 * mean);
    assert!(one[1].estimate.unwrap() < recorded[1].estimate.unwrap());
    // The gradient, against finite differences of the estimate.
    let value = |j: usize, h: f64, k: usize| {
        let mut moved = estimates.clone();
        moved.beta[k] += h;
        average(&design, &moved, &[Move::alone(vec![j])], Exposure::Recorded, 0.95).unwrap()[0].estimate.unwrap()
    };
    for (at, j) in [(0, 1), (1, 2)] {
        let g: Vec<f64> = (0..4).map(|k| (value(j, 1e-5, k) - value(j, -1e-5, k)) / 2e-5).collect();
        let pairs = (0..16).map(|a| g[a / 4] * g[a % 4] * estimates.covariance(a / 4, a % 4));
        let se = pairs.sum::<f64>().sqrt();
        assert!((recorded[at].std_error.unwrap() - se).abs() < 1e-5 * se);
    }
}

#[test]
fn what_cannot_be_run_is_refused() {
    let (design, _, estimates) = lagged(Family::Poisson);
    let refuse = |r: Request| run(&design, &estimates, &r, &mut crate::rng::stream(1, &[])).unwrap_err().to_string();
    assert!(refuse(Request { window: 20..30, ..open(10) }).contains("not within"));
    assert!(refuse(open(0)).contains("needs draws"));
    let nan = vec![Change { column: 2, values: vec![f64::NAN] }];
    assert!(refuse(Request { changes: nan, ..open(10) }).contains("`food` is unknown at step 15"));
}
