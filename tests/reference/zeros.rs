//! Zero-inflated and hurdle models against R's pscl (versions in each case).

use crate::case::{Case, Columns, all_close, close};
use crate::glm::{by_row, column, fit};
use ndarray::s;
use tumen::design::{Design, Part};
use tumen::family::{Law, Zeros, parse_family};
use tumen::model::{Settings, Summary, Vcov, glm};

fn biochem(case: &Case) -> Design {
    Columns::intercept(case.n())
        .factor(case, "fem", &["Men", "Women"])
        .factor(case, "mar", &["Single", "Married"])
        .number("kid5", case.number("kid5"))
        .number("phd", case.number("phd"))
        .number("ment", case.number("ment"))
        .design(case.number("art"))
}

fn settings(word: &str) -> Settings {
    let (family, zeros) = parse_family(word).expect("a family");
    Settings { family, zeros, ..Settings::default() }
}

fn parity(case: &Case, word: &str) -> Summary {
    let (s, warnings) = fit(&settings(word), &biochem(case));
    assert!(warnings.is_empty(), "{warnings:?}");
    let names: Vec<String> =
        case.keys("/coefficients").iter().map(|k| k.strip_prefix("count_").unwrap_or(k).to_owned()).collect();
    assert_eq!(s.terms.iter().map(|t| t.term.clone()).collect::<Vec<_>>(), names);
    // pscl stops optim's BFGS at a relative change of 1e-8 or so: the case's own tolerances.
    all_close("coefficients", &column(&s.terms, |t| t.estimate), &case.values("/coefficients"), 1e-4, 1e-6);
    all_close("se", &column(&s.terms, |t| t.std_error), &case.values("/se"), 1e-3, 0.0);
    let g = &s.glance;
    close("loglik", g.log_lik, case.value("/loglik"), 0.0, 1e-5);
    assert!(g.log_lik.unwrap() >= case.value("/loglik") - 1e-9, "a lower maximum than pscl's");
    close("aic", g.aic, case.value("/aic"), 0.0, 2e-5);
    close("bic", g.bic, case.value("/bic"), 0.0, 2e-5);
    close("df", g.df, case.value("/df"), 0.0, 0.0);
    let rows = &s.rows[..10];
    all_close("mean", &by_row(rows, |r| r.fitted), &case.list("/mean_first10"), 1e-4, 0.0);
    let pearson = case.list("/residuals_pearson_first10");
    all_close("pearson", &by_row(rows, |r| r.residual_pearson), &pearson, 1e-4, 1e-5);
    // The first ten counts are zero, so their upper PIT is the probability of a zero.
    all_close("p0", &by_row(rows, |r| r.pit_high), &case.list("/prob_zero_first10"), 1e-4, 0.0);
    s
}

/// The law of the first new row of the case (Men, Married, 0, 2.52, 7) by the coefficients, against pscl's.
fn probabilities(case: &Case, s: &Summary, law: impl Fn(f64, f64) -> Law) {
    let x = [1.0, 0.0, 1.0, 0.0, 2.519_999_980_926_51, 7.0];
    let dot = |from: usize| (0..6).map(|j| x[j] * s.terms[from + j].estimate.unwrap()).sum::<f64>();
    let law = law(dot(0).exp(), 1.0 / (1.0 + (-dot(6)).exp()));
    let expected = &case.rows("/predictions/prob0_to_5")[0];
    let actual: Vec<Option<f64>> = (0..6).map(|y| Some(law.log_pmf(f64::from(y)).exp())).collect();
    all_close("probabilities", &actual, expected, 1e-4, 0.0);
    close("cdf", Some(law.cdf(5.0)), expected.iter().sum(), 1e-4, 0.0);
}

#[test]
fn zero_inflated_poisson_equals_pscl() {
    let Some(case) = Case::open("zip_biochem") else { return };
    let s = parity(&case, "zip");
    let family = tumen::family::Family::Poisson;
    probabilities(&case, &s, |m, pi| Law { zeros: Zeros::Inflated(pi), ..Law::new(family, m, 1.0) });
    let (plain, _) = fit(&settings("poisson"), &biochem(&case));
    close("poisson loglik", plain.glance.log_lik, case.value("/poisson_loglik"), 0.0, 1e-6);
}

#[test]
fn hurdle_nb2_equals_pscl() {
    let Some(case) = Case::open("hurdle_nb_biochem") else { return };
    let s = parity(&case, "hurdle-nb2");
    let theta = s.glance.theta.unwrap();
    close("theta", Some(theta), case.value("/theta"), 1e-4, 0.0);
    close("se log theta", s.glance.theta_se.map(|t| t / theta), case.value("/SE_logtheta"), 1e-3, 0.0);
    let family = tumen::family::Family::Nb2;
    probabilities(&case, &s, |m, p| Law { zeros: Zeros::Hurdle(1.0 - p), ..Law::new(family, m, theta) });
}

#[test]
fn a_zero_part_of_its_own_and_robust_errors() {
    let Some(case) = Case::open("zip_biochem") else { return };
    let mut design = biochem(&case);
    design.zero = Some(Part {
        names: vec!["(Intercept)".into(), "ment".into()],
        x: zero_columns(&design),
        offset: vec![0.0; design.steps()],
    });
    let (own, _) = fit(&settings("zinb"), &design);
    assert_eq!(own.terms.len(), 8);
    assert_eq!(own.terms[7].term, "zero_ment");
    assert_eq!(own.terms[7].rate_ratio, None);
    let (robust, _) = fit(&Settings { vcov: Vcov::Hc(0), ..settings("zinb") }, &design);
    for (a, b) in own.terms.iter().zip(&robust.terms) {
        let ratio = b.std_error.unwrap() / a.std_error.unwrap();
        assert!(ratio > 0.5 && ratio < 2.0 && (ratio - 1.0).abs() > 1e-6, "{}: {ratio}", a.term);
    }
    // Draws of the mean count have the fitted mean.
    let fitted = glm::build(&settings("zinb")).unwrap().fit(&design, &mut tumen::rng::stream(1, &[])).unwrap();
    let mut future = design.clone();
    future.x = design.x.slice(s![..3, ..]).to_shared();
    future.zero.as_mut().unwrap().x = zero_columns(&future);
    (future.counts, future.offset) = (vec![], vec![0.0; 3]);
    let draws = 20_000;
    let paths = fitted.simulate(&future, draws, &mut tumen::rng::stream(2, &["zeros"])).unwrap();
    for k in 0..3 {
        let mean = paths.counts.column(k).sum() / draws as f64;
        let expected = own.rows[k].fitted.unwrap();
        // Five Monte Carlo standard errors, and 1 % for the curvature of the mean in the parameters.
        let spread = paths.counts.column(k).std(0.0);
        close("mean of draws", Some(mean), expected, 0.01, 5.0 * spread / (draws as f64).sqrt());
    }
}

fn zero_columns(design: &Design) -> ndarray::Array2<f64> {
    ndarray::Array2::from_shape_fn((design.steps(), 2), |(i, j)| if j == 0 { 1.0 } else { design.x[(i, 5)] })
}

#[test]
fn without_excess_zeros_the_plain_fit_is_reported() {
    let Some(case) = Case::open("zip_biochem") else { return };
    // Counts spread more evenly than a Poisson, with one zero.
    let n = 40;
    let y: Vec<f64> = (0..n).map(|i| if i == 7 { 0.0 } else { f64::from(2 + i % 4) }).collect();
    let design = Columns::intercept(40).number("x", case.number("phd")[..40].to_vec()).design(y);
    let mut one = design.clone();
    one.zero =
        Some(Part { names: vec!["(Intercept)".into()], x: ndarray::Array2::ones((40, 1)), offset: vec![0.0; 40] });
    let (s, warnings) = fit(&settings("zip"), &one);
    assert!(warnings.iter().any(|w| w.starts_with("no excess zeros found")), "{warnings:?}");
    let (plain, _) = fit(&settings("poisson"), &design);
    assert_eq!(s.terms, plain.terms);
}

#[test]
fn unknown_families_get_the_nearest_name() {
    let e = parse_family("zibn").unwrap_err();
    assert!(e.to_string().contains("did you mean") && e.to_string().contains("`zinb`"), "{e}");
}
