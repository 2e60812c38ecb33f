use super::*;
use crate::model::{Settings, Vcov};
use ndarray::Array2;

fn trend(n: usize, level: f64, draw: impl Fn(f64, &mut Rng) -> f64, rng: &mut Rng) -> Design {
    let x = Array2::from_shape_fn((n, 2), |(i, j)| if j == 0 { 1.0 } else { i as f64 / n as f64 });
    let counts = (0..n).map(|i| draw((level + 0.5 * x[(i, 1)]).exp(), rng)).collect();
    Design::new(vec!["(Intercept)".into(), "t".into()], x, counts).unwrap()
}

fn fit(family: Family, design: &Design) -> Regression {
    let settings = Settings { family, vcov: Vcov::Observed, ..Settings::default() };
    Regression::fit(&settings, design, &crate::rng::stream(1, &[])).unwrap()
}

/// Share of 400 simulated data sets in which a statistic exceeds 1.645 in size (0.1 for a normal one).
fn rejected(family: Family, dispersion: f64, statistic: impl Fn(&Design) -> f64) -> f64 {
    let mut rng = crate::rng::stream(5, &["checks"]);
    let draw = |m: f64, rng: &mut Rng| family.sample(m, dispersion, rng);
    let hits = (0..400).filter(|_| statistic(&trend(80, 0.3, draw, &mut rng)).abs() > 1.645);
    hits.count() as f64 / 400.0
}

#[test]
fn zero_test_holds_its_size_and_finds_zeros() {
    let z = |family| move |d: &Design| zeros(&fit(family, d)).unwrap().test.statistic.unwrap_or(0.0);
    for (family, dispersion) in [(Family::Poisson, 1.0), (Family::Nb2, 2.0)] {
        let size = rejected(family, dispersion, z(family));
        assert!((0.06..0.15).contains(&size), "{family:?} {size}");
    }
    let mut rng = crate::rng::stream(6, &["checks"]);
    let inflated = |m: f64, rng: &mut Rng| {
        let law = Law { zeros: crate::family::Zeros::Inflated(0.3), ..Law::new(Family::Poisson, m, 1.0) };
        law.sample(rng)
    };
    let design = trend(200, 1.0, inflated, &mut rng);
    let found = zeros(&fit(Family::Poisson, &design)).unwrap();
    assert!(found.test.statistic.unwrap() > 4.0 && found.observed > found.expected, "{found:?}");
    assert!(found.test.p_value.unwrap() < 1e-4);
}

#[test]
fn zeros_that_cannot_happen_have_no_test() {
    let mut rng = crate::rng::stream(7, &["checks"]);
    let design = trend(30, 6.0, |m, rng| Family::Poisson.sample(m, 1.0, rng), &mut rng);
    let found = zeros(&fit(Family::Poisson, &design)).unwrap();
    assert_eq!((found.observed, found.test.statistic, found.test.p_value), (0.0, None, None));
}

#[test]
fn overdispersion_is_found_where_it_is() {
    let statistic = |d: &Design| {
        overdispersion(d, Link::Log, &crate::rng::stream(1, &[])).unwrap().dean.nb2_corrected.statistic.unwrap()
    };
    let size = rejected(Family::Poisson, 1.0, statistic);
    assert!((0.04..0.15).contains(&size), "{size}");
    assert!(rejected(Family::Nb2, 2.0, statistic) > 0.8);
}

#[test]
fn rootogram_frequencies_add_up() {
    let laws: Vec<(f64, Law)> =
        (0..60).map(|i| (f64::from(i % 9), Law::new(Family::Nb2, 3.0 + 0.02 * f64::from(i), 4.0))).collect();
    let bars = rootogram(&laws);
    assert_eq!((bars.len(), bars[8].low, bars[8].high), (10, 8.0, Some(8.0)));
    assert_eq!((bars[9].low, bars[9].high, bars[9].observed), (9.0, None, 0.0));
    assert_eq!(bars.iter().map(|b| b.observed).sum::<f64>(), 60.0);
    let above: f64 = laws.iter().map(|(_, l)| 1.0 - l.cdf(8.0)).sum();
    assert!(above > 0.1 && (bars[9].expected - above).abs() < 1e-9);
    assert!((bars.iter().map(|b| b.expected).sum::<f64>() - 60.0).abs() < 1e-9);
    assert!((bars[3].bottom - (bars[3].expected.sqrt() - bars[3].observed.sqrt())).abs() < 1e-15);
    let large: Vec<(f64, Law)> = [700.0, 1200.0, 2914.0].map(|y| (y, Law::new(Family::Nb2, y, 9.0))).to_vec();
    let bars = rootogram(&large);
    assert_eq!((bars[0].high, bars[29].high, bars[30].low, bars.len()), (Some(99.0), Some(2999.0), 3000.0, 31));
    assert_eq!(bars.iter().map(|b| b.observed).sum::<f64>(), 3.0);
}

#[test]
fn condition_number_of_known_columns() {
    // Unit columns at an angle with cosine r have singular values √(1 ± r).
    let x = Array2::from_shape_fn((4, 2), |(i, j)| [[1.0, 5.0], [1.0, 5.0], [1.0, 0.0], [1.0, 0.0]][i][j]);
    let design = Design::new(vec!["a".into(), "b".into()], x, vec![1.0; 4]).unwrap();
    let r = 0.5f64.sqrt();
    assert!((condition_number(&design).unwrap() - ((1.0 + r) / (1.0 - r)).sqrt()).abs() < 1e-12);
    let x = Array2::from_shape_fn((4, 2), |(i, j)| (i as f64 + 1.0) * (j as f64 + 1.0));
    let design = Design::new(vec!["a".into(), "b".into()], x, vec![1.0; 4]).unwrap();
    assert_eq!(condition_number(&design), None);
}

#[test]
fn one_newton_step_is_near_the_estimate_without_the_observation() {
    let mut rng = crate::rng::stream(9, &["checks"]);
    let design = trend(60, 2.0, |m, rng| Family::Poisson.sample(m, 1.0, rng), &mut rng);
    let whole = fit(Family::Poisson, &design);
    let moves = dfbeta(&whole, Residual::Pearson);
    for i in [0, 17, 59] {
        let mut without = design.clone();
        without.counts[i] = f64::NAN;
        let exact = whole.coefficients()[1] - fit(Family::Poisson, &without).coefficients()[1];
        let step = moves[i][1].unwrap();
        assert!((step - exact).abs() < 0.06 * exact.abs(), "{i}: {step} {exact}");
    }
}

#[test]
fn a_dummy_of_one_row_has_leverage_one_and_no_influence_to_speak_of() {
    let mut rng = crate::rng::stream(9, &["checks"]);
    let mut design = trend(20, 2.0, |m, rng| Family::Poisson.sample(m, 1.0, rng), &mut rng);
    design.x.column_mut(1).fill(0.0);
    design.x[(4, 1)] = 1.0;
    let fitted = fit(Family::Nb2, &design);
    let influence = influence(&fitted, Residual::Pearson);
    assert!((influence.rows[4].hat.unwrap() - 1.0).abs() < 1e-9 && influence.rows[4].high_leverage);
    assert_eq!(influence.rows[4].dfbetas, [None, None]);
    assert!(influence.rows[3].dfbetas[0].is_some());
}

#[test]
fn all_checks_of_a_model_serialise_without_nan() {
    let mut rng = crate::rng::stream(4, &["checks"]);
    let design = trend(40, 1.0, |m, rng| Family::Nb2.sample(m, 3.0, rng), &mut rng);
    let settings = Settings { family: Family::Nb2, ..Settings::default() };
    let model = Regression::fit(&settings, &design, &rng).unwrap();
    let summary = crate::model::Fitted::summary(&model).unwrap();
    let all = check(&design, &model, &summary, &[], &rng).unwrap();
    assert_eq!(all.serial.autocorrelations.len(), 8);
    assert_eq!(all.inflation.iter().map(|i| i.gvif).collect::<Vec<_>>(), [None, None]);
    let text = serde_json::to_string(&all).unwrap();
    assert!(text.contains("\"ljung_box\"") && !text.contains("NaN"));
}
