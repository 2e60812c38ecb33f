//! Counts of 10⁶ to 10¹² against 60-digit arithmetic (`large_counts_mpmath/make.py`), and zero inflation against the highest
//! of several maxima of R's pscl (`zero_starts_r/make.R`).

use crate::case::{Case, Columns, all_close, close};
use crate::glm::{column, fit};
use tumen::design::{Design, Part};
use tumen::family::parse_family;
use tumen::model::{Interval, Settings};

fn settings(word: &str) -> Settings {
    let (family, zeros) = parse_family(word).expect("a family");
    Settings { family, zeros, interval: Interval::Wald, ..Settings::default() }
}

fn groups(y: Vec<f64>) -> Design {
    let x = (0..y.len()).map(|i| (i % 2) as f64).collect();
    Columns::intercept(y.len()).number("x", x).design(y)
}

#[test]
fn fits_to_large_counts_keep_their_digits() {
    let case = Case::open("large_counts_mpmath").expect("committed");
    for at in case.keys("") {
        let design = groups(case.list(&format!("/{at}/counts")));
        for family in case.keys(&format!("/{at}")).into_iter().filter(|k| k != "counts" && !k.ends_with("_loglik")) {
            let of = |what: &str| format!("/{at}/{family}/{what}");
            let (s, warnings) = fit(&settings(&family), &design);
            let said = |w: &String| !w.contains("as much as Poisson counts");
            assert!(s.glance.converged && !warnings.iter().any(said), "{at} {family} {warnings:?}");
            all_close(&of("b"), &column(&s.terms, |t| t.estimate), &case.list(&of("coefficients")), 1e-8, 1e-9);
            close(&of("loglik"), s.glance.log_lik, case.value(&of("loglik")), 1e-10, 0.0);
            if family != "poisson" {
                let dispersion = if family == "nb2" { s.glance.theta } else { s.glance.alpha };
                close(&of("dispersion"), dispersion, case.value(&of("dispersion")), 1e-6, 0.0);
            }
        }
    }
}

#[test]
fn zeros_beside_large_counts() {
    let case = Case::open("large_counts_mpmath").expect("committed");
    for at in case.keys("") {
        let mut y = case.list(&format!("/{at}/counts"));
        y.extend([0.0; 12]);
        let mut design = groups(y);
        let x = ndarray::Array2::ones((36, 1));
        design.zero = Some(Part { names: vec!["(Intercept)".into()], x, offset: vec![0.0; 36] });
        for word in ["zip", "zinb"] {
            let (s, _) = fit(&settings(word), &design);
            close(&format!("{at} {word}"), s.glance.log_lik, case.value(&format!("/{at}/{word}_loglik")), 1e-9, 0.0);
            close(&format!("{at} {word} zero"), s.terms[2].estimate, 0.5_f64.ln(), 0.0, 1e-8);
        }
    }
}

#[test]
fn zero_inflation_reports_the_highest_maximum() {
    let case = Case::open("zero_starts_r").expect("committed");
    for level in ["b", "c", "d"] {
        let rows: Vec<usize> = (0..case.n()).filter(|i| case.text("g")[*i] == level).collect();
        let of = |name: &str| rows.iter().map(|i| case.number(name)[*i]).collect::<Vec<f64>>();
        let design = Columns::intercept(rows.len()).number("x", of("x")).design(of("y"));
        for word in ["zip", "zinb"] {
            let (s, warnings) = fit(&settings(word), &design);
            let expected = case.value(&format!("/{level}/{word}"));
            let found = s.glance.log_lik.expect("a likelihood");
            assert!(found > expected - 1e-5, "{level} {word}: {found} below {expected} {warnings:?}");
        }
    }
}

/// `large_counts_mpmath/cdf.py`.
#[test]
fn distribution_functions_of_large_counts() {
    let json: serde_json::Value = serde_json::from_str(include_str!("large_counts_mpmath/cdf.json")).expect("JSON");
    for (word, rows) in json["rows"].as_object().expect("families") {
        let (family, _) = parse_family(word).expect("a family");
        for row in rows.as_array().expect("rows") {
            let at: Vec<f64> = row.as_array().expect("a row").iter().map(|v| v.as_f64().expect("a number")).collect();
            close(&format!("{word} {at:?}"), Some(family.cdf(at[0], at[1], at[2])), at[3], 1e-9, 0.0);
        }
    }
}
