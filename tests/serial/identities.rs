//! Identities, and analytic derivatives against finite differences.

use crate::case::{near, stream};
use ndarray::Array2;
use tumen::design::{Cover, Design};
use tumen::family::Family;
use tumen::model::ingarch::Ingarch;
use tumen::model::serial::{External, Init, Serial};
use tumen::model::{Fitted as _, Link, Settings};

/// Noisy counts with memory, a wave and a shift; deterministic.
pub fn noisy(n: usize) -> Design {
    let noise = [0.3, 1.9, 0.8, 1.1, 0.2, 2.4, 0.7, 1.0, 0.6, 1.5, 1.2];
    let mut y: Vec<f64> = Vec::new();
    let wave: Vec<f64> = (0..n).map(|t| (t as f64 * 0.7).sin() + 1.0).collect();
    let shift: Vec<f64> = (0..n).map(|t| f64::from(u8::from(t >= n / 2))).collect();
    for t in 0..n {
        let past = if t > 0 { y[t - 1] } else { 6.0 };
        y.push(((3.0 + 0.4 * past + 2.0 * wave[t] + 3.0 * shift[t]) * noise[t * 7 % 11]).round());
    }
    let x = Array2::from_shape_fn((n, 3), |(t, j)| [1.0, wave[t], shift[t]][j]);
    Design::new(vec!["(Intercept)".into(), "wave".into(), "shift".into()], x, y).unwrap()
}

/// The same counts with two steps missing, a pair summed and a step known in part.
pub fn holed(n: usize) -> Design {
    let mut d = noisy(n);
    let (mut start, mut steps, mut share, mut counts) = (vec![0], Vec::new(), Vec::new(), Vec::new());
    let mut t = 0;
    while t < n {
        match t {
            5 | 17 => {}
            8 => {
                steps.extend([8, 9]);
                share.extend([1.0, 1.0]);
                counts.push(d.counts[8] + d.counts[9]);
                start.push(steps.len());
                t += 1;
            }
            12 => {
                steps.push(12);
                share.push(0.5);
                counts.push((d.counts[12] / 2.0).round());
                start.push(steps.len());
            }
            _ => {
                steps.push(t);
                share.push(1.0);
                counts.push(d.counts[t]);
                start.push(steps.len());
            }
        }
        t += 1;
    }
    d.counts = counts;
    d.cover = Cover::Sums { start, steps, share };
    d
}

fn settings(link: Link, family: Family, serial: Serial) -> Settings {
    Settings { link, family, serial, ..Settings::default() }
}

#[test]
fn derivatives_with_an_offset_and_with_counts_before_the_sample() {
    for link in [Link::Log, Link::Identity] {
        for init in [Init::Marginal, Init::Iid, Init::First] {
            for mut design in [noisy(40), holed(40)] {
                let steps = design.offset.len();
                design.offset = (0..steps).map(|t| 0.1 + 0.05 * (t % 5) as f64).collect();
                for before in [vec![], vec![4.0], vec![7.0, f64::NAN, 2.0, 5.0]] {
                    design.before = before;
                    let serial = Serial { past_obs: vec![1, 3], past_mean: vec![1, 4], init, ..Serial::default() };
                    let model = Ingarch::new(&settings(link, Family::Nb2, serial)).unwrap();
                    let level = if link == Link::Log { 0.4 } else { 3.0 };
                    let theta = [level, 0.13, 0.21, 0.22, 0.1, 0.15, 0.1, 0.31];
                    let worst = model.check_derivatives(&design, &theta).unwrap();
                    assert!(worst.0 < 1e-6 && worst.1 < 1e-5, "{link:?} {init:?} {:?} {worst:?}", design.before);
                    // An inadmissible point cannot pass.
                    let outside = [level, 0.13, 0.21, 0.22, 0.1, 0.15, 0.1, -5.0];
                    assert!(model.check_derivatives(&design, &outside).unwrap().0.is_infinite());
                }
            }
        }
    }
}

#[test]
fn gradients_and_hessians_equal_finite_differences() {
    for link in [Link::Log, Link::Identity] {
        for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
            for init in [Init::Marginal, Init::Iid, Init::First] {
                for external in [External::None, External::Columns(vec!["shift".into()])] {
                    for design in [noisy(40), holed(40)] {
                        let serial = Serial {
                            past_obs: vec![1, 3],
                            past_mean: vec![1, 4],
                            init,
                            external: external.clone(),
                            ..Serial::default()
                        };
                        let model = Ingarch::new(&settings(link, family, serial)).unwrap();
                        let level = if link == Link::Log { 0.4 } else { 3.0 };
                        let mut theta = vec![level, 0.13, 0.21, 0.22, 0.1, 0.15, 0.1];
                        if family != Family::Poisson {
                            theta.push(0.31);
                        }
                        let worst = model.check_derivatives(&design, &theta).unwrap();
                        assert!(worst.0 < 1e-6, "{link:?} {family:?} {init:?} gradient {}", worst.0);
                        assert!(worst.1 < 1e-5, "{link:?} {family:?} {init:?} Hessian {}", worst.1);
                    }
                }
            }
        }
    }
}

#[test]
fn all_steps_as_sums_of_one_are_the_plain_series() {
    let plain = noisy(60);
    let mut sums = plain.clone();
    sums.cover = Cover::Sums { start: (0..=60).collect(), steps: (0..60).collect(), share: vec![1.0; 60] };
    let serial = Serial { past_obs: vec![1], past_mean: vec![2], ..Serial::default() };
    let model = Ingarch::new(&settings(Link::Log, Family::Nb2, serial)).unwrap();
    let a = model.fit_to(&plain, &mut stream("a")).unwrap();
    let b = model.fit_to(&sums, &mut stream("a")).unwrap();
    for ((n, x), (_, y)) in a.coefficients().iter().zip(b.coefficients()) {
        near(n, *x, y, 1e-9);
    }
}

#[test]
fn holes_aggregates_and_parts_are_accepted() {
    for link in [Link::Log, Link::Identity] {
        for family in [Family::Poisson, Family::Nb1, Family::Nb2] {
            let serial = Serial { past_obs: vec![1], past_mean: vec![1], ..Serial::default() };
            let model = Ingarch::new(&settings(link, family, serial)).unwrap();
            let whole = model.fit_to(&noisy(200), &mut stream("a")).unwrap();
            let holed = model.fit_to(&holed(200), &mut stream("a")).unwrap();
            let summary = holed.summary().unwrap();
            assert_eq!(summary.rows.len(), 197);
            assert!(summary.glance.converged);
            assert!(summary.rows.iter().all(|r| r.fitted.unwrap() > 0.0));
            for ((n, x), (_, y)) in whole.coefficients().iter().zip(holed.coefficients()) {
                near(n, *x, y, 0.35 * (0.3 + x.abs()));
            }
        }
    }
}

#[test]
fn draws_depend_on_the_seed_alone_and_stay_near_the_mean() {
    let design = noisy(80);
    let serial = Serial { past_obs: vec![1], past_mean: vec![1], ..Serial::default() };
    let model = Ingarch::new(&settings(Link::Identity, Family::Nb2, serial)).unwrap();
    let fit = model.fit_to(&design, &mut stream("fit")).unwrap();
    let mut future = noisy(85);
    future.x = future.x.slice(ndarray::s![80.., ..]).to_shared();
    future.offset = vec![0.0; 5];
    future.counts = Vec::new();
    let a = fit.simulate(&future, 4000, &mut stream("draws")).unwrap();
    let b = fit.simulate(&future, 4000, &mut stream("draws")).unwrap();
    assert_eq!(a.counts, b.counts);
    let law = fit.next_law(&future).unwrap();
    let mean = a.counts.column(0).mean().unwrap();
    let se = law.family.variance(law.mean, law.dispersion).sqrt();
    near("one step", mean, law.mean, 0.15 * se);
    // A step of which all is recorded is what is recorded.
    future.known = vec![7.0, 0.0, 0.0, 0.0, 0.0];
    future.remaining = vec![0.0, 1.0, 1.0, 1.0, 1.0];
    let c = fit.simulate(&future, 50, &mut stream("draws")).unwrap();
    assert!(c.counts.column(0).iter().all(|y| *y == 7.0));
}
