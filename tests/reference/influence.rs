//! Prior weights and offsets under three links, quasi-Poisson and its sandwich, leverage, Cook's distance and DFBETA against
//! R's glm and sandwich (`influence_r/make.R`).

use crate::case::{Case, Columns, all_close, close};
use crate::glm::{by_row, column, fit};
use tumen::analysis::checks::{Residual, dfbeta};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::glm::Regression;
use tumen::model::{Interval, Link, Settings, Vcov};

fn design(case: &Case, link: Link) -> Design {
    let mut d = Columns::intercept(case.n())
        .number("x", case.number("x"))
        .number("z", case.number("z"))
        .design(case.number("y"));
    let e = case.number("e");
    d.offset = if link == Link::Log { e.iter().map(|e| e.ln()).collect() } else { e };
    d.weights = case.number("w");
    d
}

#[test]
fn weights_offsets_and_influence_equal_r() {
    let case = Case::open("influence_r").expect("committed");
    let n = case.n();
    for (name, family, link) in [
        ("poisson_log", Family::Poisson, Link::Log),
        ("quasi_log", Family::QuasiPoisson, Link::Log),
        ("quasi_sqrt", Family::QuasiPoisson, Link::Sqrt),
        ("quasi_identity", Family::QuasiPoisson, Link::Identity),
        ("poisson_identity", Family::Poisson, Link::Identity),
    ] {
        let d = design(&case, link);
        let of = |what: &str| format!("/{name}/{what}");
        let settings = |vcov| Settings { family, link, vcov, interval: Interval::Wald, ..Settings::default() };
        let (s, _) = fit(&settings(Vcov::Model), &d);
        all_close(&of("b"), &column(&s.terms, |t| t.estimate), &case.list(&of("coefficients")), 1e-8, 0.0);
        all_close(&of("se"), &column(&s.terms, |t| t.std_error), &case.list(&of("se")), 1e-7, 0.0);
        close(&of("deviance"), s.glance.deviance, case.list(&of("deviance"))[0], 1e-9, 0.0);
        if family == Family::QuasiPoisson {
            close(&of("dispersion"), s.glance.dispersion, case.list(&of("dispersion"))[0], 1e-8, 0.0);
        }
        all_close(&of("hat"), &by_row(&s.rows, |r| r.hat), &case.list(&of("hat")), 1e-7, 0.0);
        all_close(&of("cook"), &by_row(&s.rows, |r| r.cooks_distance), &case.list(&of("cook")), 1e-6, 1e-12);
        for (kind, key) in [(0, "hc0"), (3, "hc3")] {
            let (robust, _) = fit(&settings(Vcov::Hc(kind)), &d);
            all_close(&of(key), &column(&robust.terms, |t| t.std_error), &case.list(&of(key)), 1e-7, 0.0);
        }
        let fitted = Regression::fit(&settings(Vcov::Model), &d, &tumen::rng::stream(1, &[])).expect("a fit");
        let (moves, expected) = (dfbeta(&fitted, Residual::Deviance), case.list(&of("dfbeta")));
        for j in 0..3 {
            let moved: Vec<Option<f64>> = moves.iter().map(|m| m[j]).collect();
            all_close(&of("dfbeta"), &moved, &expected[j * n..(j + 1) * n], 1e-6, 1e-11);
        }
    }
}

/// Weights only scale the likelihood: tiny ones end no search early.
#[test]
fn tiny_weights_change_no_estimate() {
    let case = Case::open("influence_r").expect("committed");
    let mut d = design(&case, Link::Log);
    let settings = Settings { family: Family::Nb2, interval: Interval::Wald, ..Settings::default() };
    let (usual, _) = fit(&settings, &d);
    d.weights.iter_mut().for_each(|w| *w *= 1e-9);
    let (tiny, _) = fit(&settings, &d);
    for (a, b) in usual.terms.iter().zip(&tiny.terms) {
        close(&a.term, b.estimate, a.estimate.expect("an estimate"), 1e-9, 0.0);
    }
    close("theta", tiny.glance.theta, usual.glance.theta.expect("a size"), 1e-7, 0.0);
    d.weights.fill(0.0);
    let none = Regression::fit(&settings, &d, &tumen::rng::stream(1, &[])).expect_err("an error").to_string();
    assert!(none.contains("every weight is 0"), "{none}");
}
