//! Groups of zeros alone, against R's glm and pscl without the rows that the limit settles (`runoff_r/make.R`).

use crate::case::{all_close, close};
use ndarray::Array2;
use serde_json::Value;
use tumen::design::{Design, Part};
use tumen::family::parse_family;
use tumen::model::{Settings, Summary};

const CASE: &str = include_str!("runoff_r/case.json");
const DATA: &str = include_str!("runoff_r/data.csv");

/// Columns (Intercept), gb, gc, x of the data; the zero part has those named.
fn design(count: &[usize], zero: &[usize]) -> Design {
    let rows: Vec<Vec<&str>> = DATA.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let names = ["(Intercept)", "gb", "gc", "x"];
    let is = |i: usize, level: &str| f64::from(u8::from(rows[i][1] == level));
    let all = Array2::from_shape_fn((rows.len(), 4), |(i, j)| match j {
        0 => 1.0,
        1 => is(i, "b"),
        2 => is(i, "c"),
        _ => rows[i][2].parse().expect("a number"),
    });
    let of = |columns: &[usize]| {
        let named: Vec<String> = columns.iter().map(|j| names[*j].to_owned()).collect();
        (named, all.select(ndarray::Axis(1), columns))
    };
    let y = rows.iter().map(|r| r[0].parse().expect("a count")).collect();
    let ((names, x), (own, z)) = (of(count), of(zero));
    let mut design = Design::new(names, x, y).expect("a design");
    design.zero = Some(Part { names: own, offset: vec![0.0; z.nrows()], x: z });
    design
}

fn fit(word: &str, count: &[usize], zero: &[usize]) -> (Summary, Vec<String>, Value) {
    let (family, zeros) = parse_family(word).expect("a family");
    let (s, warnings) = crate::glm::fit(&Settings { family, zeros, ..Settings::default() }, &design(count, zero));
    (s, warnings, serde_json::from_str(CASE).expect("the case"))
}

fn number(case: &Value, path: &str) -> f64 {
    case.pointer(path).and_then(Value::as_f64).expect("a number of the case")
}

#[test]
fn a_reference_of_zeros_alone_has_bounds_and_finite_differences() {
    let (s, warnings, case) = fit("poisson", &[0, 1, 2, 3], &[0]);
    assert!(s.terms[..3].iter().all(|t| t.estimate.is_none() && t.verdict.contains("`gb`, `gc` are 0")));
    let bounds = [s.terms[0].conf_high, s.terms[1].conf_low, s.terms[2].conf_low];
    let expected: Vec<f64> = (0..3).map(|j| number(&case, &format!("/poisson/bounds/{j}"))).collect();
    all_close("bounds", &bounds, &expected, 1e-7, 0.0);
    assert!(s.terms[0].conf_low.is_none() && s.terms[1].conf_high.is_none());
    close("x", s.terms[3].estimate, number(&case, "/poisson/x"), 1e-8, 0.0);
    close("loglik", s.glance.log_lik, number(&case, "/poisson/loglik"), 1e-9, 0.0);
    let (d, se) = (number(&case, "/poisson/difference"), number(&case, "/poisson/difference_se"));
    let z = 1.959_963_984_540_054;
    let told = format!("`gc` − `gb` = {d:.4} ({:.4} to {:.4})", d - z * se, d + z * se);
    assert!(warnings.iter().any(|w| w.contains(&told)), "{told}: {warnings:?}");
}

#[test]
fn zeros_of_a_group_run_off_in_the_count_part() {
    let (s, warnings, case) = fit("zip", &[0, 1, 2, 3], &[0]);
    assert!(warnings.iter().any(|w| w.contains("`gb`") && w.contains("no finite estimate")), "{warnings:?}");
    assert!(s.terms[..3].iter().all(|t| t.estimate.is_none() && (t.conf_low.is_some() != t.conf_high.is_some())));
    close("x", s.terms[3].estimate, number(&case, "/zip_count/x"), 1e-5, 0.0);
    close("zero", s.terms[4].estimate, number(&case, "/zip_count/zero"), 1e-5, 0.0);
    close("loglik", s.glance.log_lik, number(&case, "/zip_count/loglik"), 1e-8, 0.0);
    assert!(s.rows[..8].iter().all(|r| r.fitted == Some(0.0) && r.residual_pearson == Some(0.0)));
}

#[test]
fn zeros_of_a_group_run_off_in_the_zero_part() {
    let (s, _, case) = fit("zip", &[0, 3], &[0, 1, 2]);
    let coefficients: Vec<f64> = (0..2).map(|j| number(&case, &format!("/zip_zero/coefficients/{j}"))).collect();
    all_close("count", &[s.terms[0].estimate, s.terms[1].estimate], &coefficients, 1e-5, 0.0);
    close("loglik", s.glance.log_lik, number(&case, "/zip_zero/loglik"), 1e-8, 0.0);
    assert!(s.terms[2].conf_low.is_some() && s.terms[3].conf_high.is_some() && s.terms[3].estimate.is_none());
    // Both parts may explain the zeros: nothing bounds either.
    let (s, ..) = fit("zip", &[0, 1, 2, 3], &[0, 1, 2]);
    assert!(s.terms[..3].iter().all(|t| t.conf_low.is_none() && t.conf_high.is_none() && !t.verdict.is_empty()));
}

#[test]
fn a_hurdle_knows_nothing_of_the_counts_of_a_group_of_zeros() {
    let (s, _, case) = fit("hurdle-poisson", &[0, 1, 2, 3], &[0]);
    assert!(s.terms[..3].iter().all(|t| t.estimate.is_none() && t.verdict.contains("no positive counts")));
    close("x", s.terms[3].estimate, number(&case, "/hurdle/x"), 1e-5, 0.0);
    close("zero", s.terms[4].estimate, number(&case, "/hurdle/zero"), 0.0, 1e-9);
    close("loglik", s.glance.log_lik, number(&case, "/hurdle/loglik"), 1e-8, 0.0);
    assert!(s.rows[..8].iter().all(|r| r.fitted.is_none()) && s.rows[8..].iter().all(|r| r.fitted.is_some()));
}

#[test]
fn a_hurdle_without_counts_above_one_is_refused() {
    let mut d = design(&[0, 3], &[0]);
    d.counts.iter_mut().for_each(|y| *y = y.min(1.0));
    let (family, zeros) = parse_family("hurdle-poisson").expect("a family");
    let settings = Settings { family, zeros, ..Settings::default() };
    let model = tumen::model::glm::build(&settings).expect("a model");
    let error = model.fit(&d, &mut tumen::rng::stream(1, &["runoff"])).err().expect("an error").to_string();
    assert!(error.contains("no positive count is above 1"), "{error}");
}

/// One positive count: either side's zeros may be those of the zero part, so that the likelihood rises to that count's
/// own greatest probability, ln Poisson(5; 5) = −5 + 5 ln 5 − ln 120, on both sides, and nothing is bounded.
#[test]
fn one_positive_count_has_no_estimates() {
    let mut d = design(&[0, 3], &[0, 3]);
    d.counts.iter_mut().for_each(|y| *y = 0.0);
    // No two rows alike.
    let apart = Array2::from_shape_fn((d.n(), 2), |(i, j)| d.x[(i, j)] + 0.01 * (i * j) as f64);
    (d.x, d.zero.as_mut().expect("a zero part").x) = (apart.to_shared(), apart);
    let mut order: Vec<usize> = (0..d.n()).collect();
    order.sort_by(|a, b| d.x[(*a, 1)].total_cmp(&d.x[(*b, 1)]));
    let middle = order[d.n() / 2];
    d.counts[middle] = 5.0;
    for word in ["zip", "zinb"] {
        let (family, zeros) = parse_family(word).expect("a family");
        let (s, warnings) = crate::glm::fit(&Settings { family, zeros, ..Settings::default() }, &d);
        assert!(warnings.iter().any(|w| w.contains("`(Intercept)`, `x`, `zero_(Intercept)`, `zero_x`: no finite")));
        assert!(s.terms.iter().all(|t| t.estimate.is_none() && t.verdict.contains("no finite estimate")));
        assert!(s.terms.iter().all(|t| t.conf_low.is_none() && t.conf_high.is_none()), "{:?}", s.terms);
        close(word, s.glance.log_lik, -5.0 + 5.0 * 5.0_f64.ln() - 120.0_f64.ln(), 0.0, 1e-5);
        assert!(s.rows.iter().all(|r| r.fitted.is_some_and(f64::is_finite)));
    }
    // With a constant zero part the slope runs off, and the share of zeros that are left to it is estimated.
    let mut one = d.clone();
    one.zero = design(&[0, 3], &[0]).zero;
    let (family, zeros) = parse_family("zip").expect("a family");
    let (s, _) = crate::glm::fit(&Settings { family, zeros, ..Settings::default() }, &one);
    assert!(s.terms[..2].iter().all(|t| t.estimate.is_none()) && s.terms[2].std_error.is_some());
}

/// Bounds where an interaction runs off with the group, and of the Conway–Maxwell–Poisson (`runoff_python/make.py`).
#[test]
fn bounds_of_a_group_with_its_slope_and_of_the_compoisson() {
    let case = crate::case::Case::open("runoff_python").expect("committed");
    let (x, g) = (case.list("/x"), case.list("/g"));
    let both: Vec<f64> = x.iter().zip(&g).map(|(x, g)| x * g).collect();
    let columns = || crate::case::Columns::intercept(24).number("x", x.clone()).number("g", g.clone());
    let fitted = |word: &str, d: &Design| {
        let (family, zeros) = parse_family(word).expect("a family");
        crate::glm::fit(&Settings { family, zeros, ..Settings::default() }, d).0
    };
    let s = fitted("poisson", &columns().number("x:g", both).design(case.list("/y")));
    close("poisson", s.terms[2].conf_high, case.value("/poisson_interaction_bound"), 1e-7, 0.0);
    assert!(s.terms[2].conf_low.is_none() && s.terms[3].conf_high.is_none());
    let plain = crate::case::Columns::intercept(24).number("g", g.clone());
    let s = fitted("compoisson", &plain.design(case.list("/y")));
    close("compoisson", s.terms[1].conf_high, case.value("/compoisson_bound"), 1e-5, 0.0);
    close("loglik", s.glance.log_lik, case.value("/compoisson_loglik"), 0.0, 1e-7);
}

/// Coefficients that run off leave a forecast where the limit says what is to come, and none where it does not.
#[test]
fn a_forecast_stays_inside_what_one_positive_count_tells() {
    let mut d = design(&[0, 3], &[0, 3]);
    d.counts.iter_mut().enumerate().for_each(|(i, y)| *y = if i == 9 { 5.0 } else { 0.0 });
    let apart = Array2::from_shape_fn((d.n(), 2), |(i, j)| d.x[(i, j)] + 0.01 * (i * j) as f64);
    (d.x, d.zero.as_mut().expect("a zero part").x) = (apart.to_shared(), apart);
    let (family, zeros) = parse_family("zip").expect("a family");
    let settings = Settings { family, zeros, ..Settings::default() };
    let model = tumen::model::glm::build(&settings).expect("a model");
    let fitted = model.fit(&d, &mut tumen::rng::stream(1, &["runoff"])).expect("a fit");
    let mut future = d.clone();
    future.x = d.x.slice(ndarray::s![..1, ..]).to_shared();
    future.zero.as_mut().expect("a zero part").x = future.x.to_owned();
    future.zero.as_mut().expect("a zero part").offset = vec![0.0];
    (future.counts, future.offset) = (vec![], vec![0.0]);
    match fitted.simulate(&future, 200, &mut tumen::rng::stream(2, &["runoff"])) {
        Ok(paths) => assert!(paths.counts.iter().all(|y| *y <= 5e3), "{:?}", paths.counts),
        Err(e) => assert!(e.to_string().contains("without a finite estimate"), "{e}"),
    }
}
