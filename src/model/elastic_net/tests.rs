use super::*;
use crate::model::{Settings as Menu, glm, loglinear};
use ndarray::Array2;

fn example() -> Design {
    let mut rng = crate::rng::stream(21, &["elastic net"]);
    let names = ["(Intercept)", "a", "b", "c", "d", "e"].map(String::from).to_vec();
    let x = Array2::from_shape_fn((70, 6), |(i, j)| {
        let t = i as f64;
        match j {
            0 => 1.0,
            1 => 50.0 + 9.0 * (t * 0.4).sin(),
            2 => (t * 0.4).sin() + 0.5 * (t * 1.3).cos(),
            3 => t / 70.0,
            4 => f64::from(u8::from(i % 6 == 0)),
            _ => (t * 2.1).cos(),
        }
    });
    let offset: Vec<f64> = (0..70).map(|i| 0.3 * (f64::from(i) * 0.2).cos()).collect();
    let counts = (0..70).map(|i| {
        let r = x.row(i);
        Family::Nb2.sample((offset[i] + 1.2 + 0.8 * r[2] + 0.5 * r[3] - 0.7 * r[4]).exp(), 6.0, &mut rng)
    });
    let counts = counts.collect();
    let mut design = Design::new(names, x, counts).unwrap();
    design.offset = offset;
    design.weights = (0..70).map(|i| 1.0 + f64::from(i % 2)).collect();
    design
}

fn spread_of_logs(design: &Design, family: Family, total: f64) -> f64 {
    let z: Vec<f64> = (0..70).map(|i| (design.counts[i] + family.shift()).ln() - design.offset[i]).collect();
    let mean = (0..70).map(|i| design.weights[i] / total * z[i]).sum::<f64>();
    (0..70).map(|i| design.weights[i] / total * (z[i] - mean).powi(2)).sum::<f64>().sqrt()
}

/// The slope of the mean log-likelihood in each standardised coefficient must be λ a sign(β) + λ (1 − a) β where β is not
/// 0, at most λ a in size where it is, and 0 where it is not penalised.
fn optimal(design: &Design, settings: &Settings, p: &Point) {
    let total: f64 = design.weights.iter().sum();
    let eta = design.predictor(&p.coefficients);
    let slope = |i: usize| {
        let (y, mu) = (design.counts[i], eta[i].exp());
        match settings.family {
            f if f.is_gaussian() => (y + f.shift()).ln() - eta[i],
            _ => (y - mu) / (1.0 + p.theta.map_or(0.0, |t| mu / t)),
        }
    };
    // glmnet's "gaussian" divides the response by its standard deviation: λ/sd before the squares.
    let sd = if settings.family.is_gaussian() { spread_of_logs(design, settings.family, total) } else { 1.0 };
    for j in 0..6 {
        let w = |i: usize| design.weights[i] / total;
        let x = design.x.column(j);
        let mean: f64 = (0..70).map(|i| w(i) * x[i]).sum();
        let scale = if j == 0 { 1.0 } else { (0..70).map(|i| w(i) * (x[i] - mean).powi(2)).sum::<f64>().sqrt() };
        let g: f64 = (0..70).map(|i| w(i) * slope(i) * x[i] / scale).sum();
        let b = p.coefficients[j] * scale;
        let (l1, l2) = (p.lambda * settings.mixing, p.lambda * (1.0 - settings.mixing) / sd);
        if j == 0 || settings.free.contains(&j) {
            assert!(g.abs() < 1e-7, "{} {g}", design.names[j]);
        } else if b == 0.0 {
            assert!(g.abs() <= l1 + 1e-7, "{} {g} {l1}", design.names[j]);
        } else {
            assert!((g - l1 * b.signum() - l2 * b).abs() < 1e-7, "{} {g} {b} {p:?}", design.names[j]);
        }
    }
}

#[test]
fn every_point_is_optimal() {
    let design = example();
    for family in [Family::Poisson, Family::Nb2, Family::GaussianLog1p] {
        for (mixing, free) in [(1.0, vec![]), (0.5, vec![3]), (0.0, vec![])] {
            let settings = Settings { family, mixing, free, count: 12, ..Settings::default() };
            let found = path(&design, &settings).unwrap();
            assert_eq!(found.points.len(), 12);
            for p in &found.points {
                assert!(p.converged, "{family:?} {mixing} {p:?}");
                optimal(&design, &settings, p);
            }
            // All at 0 at the top, unless ridge; more fit further down.
            if mixing > 0.0 {
                assert_eq!(found.points[0].df, 0, "{family:?} {mixing}");
                assert!(found.points[1].df > 0);
            }
            assert!(found.points.windows(2).all(|w| w[1].log_lik > w[0].log_lik));
            assert!(found.best_bic().unwrap().df <= found.best_aicc().unwrap().df);
        }
    }
}

#[test]
fn no_penalty_is_the_plain_fit() {
    let design = example();
    for family in [Family::Poisson, Family::Nb2, Family::GaussianLog1p] {
        let settings = Settings { family, lambda: vec![0.0], ..Settings::default() };
        let p = path(&design, &settings).unwrap().points.remove(0);
        let menu = Menu { family, ..Menu::default() };
        let model = if family.is_gaussian() { loglinear::build(&menu) } else { glm::build(&menu) }.unwrap();
        let plain = model.fit(&design, &mut crate::rng::stream(1, &[])).unwrap().summary().unwrap();
        for (a, t) in p.coefficients.iter().zip(&plain.terms) {
            assert!((a - t.estimate.unwrap()).abs() < 1e-6, "{family:?} {} {a} {:?}", t.term, t.estimate);
        }
        let (a, b) = (p.log_lik.unwrap(), plain.glance.log_lik.unwrap());
        assert!((a - b).abs() < 1e-8 * b.abs(), "{family:?} {a} {b}");
        assert!((p.bic.unwrap() - plain.glance.bic.unwrap()).abs() < 1.0 || family.is_gaussian());
        if family == Family::Nb2 {
            assert!((p.theta.unwrap() / plain.glance.theta.unwrap() - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn validation_prefers_what_made_the_data() {
    let design = example();
    let settings = Settings { count: 30, ..Settings::default() };
    let v = cross_validate(&design, &settings, 7).unwrap();
    let (best, sparse) = (v.best.unwrap(), v.sparse.unwrap());
    assert!(sparse <= best && best > 0);
    assert!(v.path.points[best].coefficients[2] > 0.3);
    assert!(v.path.points[sparse].df <= v.path.points[best].df);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let mut design = example();
    let refuse = |d: &Design, s: Settings| path(d, &s).unwrap_err().to_string();
    let of = |family| Settings { family, ..Settings::default() };
    assert!(refuse(&design, of(Family::Nb1)).contains("no elastic net for family `nb1`"));
    assert!(refuse(&design, Settings { mixing: 1.5, ..Settings::default() }).contains("mixing"));
    assert!(refuse(&design, Settings { free: vec![1, 2, 3, 4, 5], ..Settings::default() }).contains("no column"));
    design.counts[3] = 0.0;
    assert!(refuse(&design, of(Family::GaussianLog)).contains("count 0 has no place"));
}

#[test]
fn underdispersed_counts_fall_to_the_poisson_path() {
    let mut design = example();
    let smooth = design.predictor(&[1.2, 0.0, 0.8, 0.5, -0.7, 0.0]);
    design.counts = smooth.iter().map(|e| e.exp().round()).collect();
    let of = |family| {
        let settings = Settings { family, lambda: vec![0.02], ..Settings::default() };
        path(&design, &settings).unwrap().points.remove(0)
    };
    let (nb2, poisson) = (of(Family::Nb2), of(Family::Poisson));
    assert_eq!(nb2.theta, None);
    assert!(nb2.coefficients.iter().zip(&poisson.coefficients).all(|(a, b)| (a - b).abs() < 1e-8));
}
