//! Subsets of the terms of a zero-inflated model against pscl (`subsets_zeros_r/make.R`).

use crate::case::{Case, Columns, all_close, close};
use tumen::analysis::subsets::{Criterion, Request, Term, fit_all, fit_all_with_zeros};
use tumen::design::Part;
use tumen::family::parse_family;
use tumen::model::{Settings, Vcov};

#[test]
fn subsets_with_extra_zeros_equal_pscl() {
    let case = Case::open("subsets_zeros_r").expect("committed");
    let n = case.n();
    let number = |name: &str| case.number(name);
    let mut design = Columns::intercept(n).number("x", number("x")).number("v", number("v")).design(number("y"));
    let (z, v) = (number("z"), number("v"));
    design.zero = Some(Part {
        names: vec!["(Intercept)".into(), "z".into(), "v".into()],
        x: ndarray::Array2::from_shape_fn((n, 3), |(i, j)| [1.0, z[i], v[i]][j]),
        offset: vec![0.0; n],
    });
    let (family, zeros) = parse_family("zip").expect("a family");
    let settings = Settings { family, zeros, ..Settings::default() };
    let term = |name: &str, columns: &[usize]| Term { name: name.into(), columns: columns.to_vec() };
    let candidates = [term("x", &[1]), term("v", &[2, 5]), term("z", &[4])];
    let rng = tumen::rng::stream(1, &[]);
    let all = fit_all_with_zeros(&design, &settings, &candidates, &rng).expect("subsets");
    let likelihoods: Vec<Option<f64>> = all.models.iter().map(|m| Some(m.log_lik)).collect();
    all_close("loglik", &likelihoods, &case.list("/loglik"), 0.0, 1e-6);
    for (criterion, key) in [(Criterion::Aicc, "/aicc"), (Criterion::Bic, "/bic"), (Criterion::Evidence, "/bic")] {
        let found = all.averaged(criterion).inclusion;
        let shares: Vec<Option<f64>> = found.iter().map(|i| Some(i.probability)).collect();
        all_close(key, &shares, &case.list(key), 1e-5, 1e-9);
    }
    let columns = all.averaged(Criterion::Aicc).columns;
    let of = |name: &str| columns.iter().find(|c| c.term == name).expect("a column");
    let expected = case.list("/v");
    // pscl's errors are those of a numerical Hessian.
    close("v", of("v").estimate, expected[0], 1e-4, 0.0);
    close("se v", of("v").std_error, expected[1], 1e-3, 0.0);
    assert!(of("zero_z").estimate.is_some() && of("zero_z").rate_ratio.is_none());
    let many: Vec<Term> = (0..13).map(|_| term("x", &[1])).collect();
    let error = fit_all_with_zeros(&design, &settings, &many, &rng).unwrap_err().to_string();
    assert!(error.contains("at most 12 with extra zeros"), "{error}");
}

fn robust_case() -> (Case, tumen::design::Design) {
    let case = Case::open("subsets_robust_r").expect("committed");
    let mut columns = Columns::intercept(case.n());
    for name in ["c", "a", "b", "e", "g"] {
        columns = columns.number(name, case.number(name));
    }
    let mut design = columns.design(case.number("y"));
    design.groups = (0..case.n()).map(|i| i / 4).collect();
    (case, design)
}

/// Averages with White's, Newey and West's and clustered errors inside each of 16 models, `c` in all of them.
#[test]
fn averages_with_sandwich_errors_equal_r() {
    let (case, design) = robust_case();
    for (word, within) in [("poisson", 1e-6), ("nb2", 2e-5), ("gaussian-log1p", 1e-7)] {
        let (family, _) = parse_family(word).expect("a family");
        for kind in ["hc0", "hc3", "hac", "hac:3:prewhite:adjust", "cluster", "cluster:hc1"] {
            let vcov = Vcov::parse(&kind.replace("cluster", "cluster:cluster")).expect("a covariance");
            let candidates = (2..6).map(|j| Term::of(&design, j)).collect();
            let all = fit_all(&design, &Request { vcov, ..Request::new(candidates, family) }).expect("subsets");
            let columns = all.averaged(Criterion::Aicc).columns;
            for name in ["c", "a", "b", "e", "g"] {
                let found = columns.iter().find(|c| c.term == name).expect("a column");
                let want = case.list(&format!("/{word}/{kind}/{name}"));
                close(&format!("{word} {kind} {name}"), found.estimate, want[0], within, 1e-7);
                close(&format!("{word} {kind}: error of {name}"), found.std_error, want[1], within, 0.0);
            }
        }
    }
}

#[test]
fn averages_with_extra_zeros_have_clustered_errors() {
    let (case, mut design) = robust_case();
    let n = case.n();
    let b = case.number("b");
    design = Columns::intercept(n).number("a", case.number("a")).design(design.counts.clone());
    design.groups = (0..n).map(|i| i / 4).collect();
    design.zero = Some(Part {
        names: vec!["(Intercept)".into(), "b".into()],
        x: ndarray::Array2::from_shape_fn((n, 2), |(i, j)| [1.0, b[i]][j]),
        offset: vec![0.0; n],
    });
    let (family, zeros) = parse_family("zip").expect("a family");
    let settings =
        Settings { family, zeros, vcov: Vcov::parse("cluster:cluster").expect("known"), ..Settings::default() };
    let term = |name: &str, column: usize| Term { name: name.into(), columns: vec![column] };
    let all = fit_all_with_zeros(&design, &settings, &[term("a", 1), term("zero_b", 3)], &tumen::rng::stream(1, &[]));
    let columns = all.expect("subsets").averaged(Criterion::Aicc).columns;
    for (name, key) in [("a", "count_a"), ("zero_b", "zero_b")] {
        let found = columns.iter().find(|c| c.term == name).expect("a column");
        let want = case.list(&format!("/zip/{key}"));
        // pscl's bread is a numerical Hessian.
        close(name, found.estimate, want[0], 1e-4, 0.0);
        close(name, found.std_error, want[1], 1e-3, 0.0);
    }
}

/// Where a model has no such errors there is no average that leaves it out.
#[test]
fn a_covariance_that_does_not_exist_in_a_model_is_refused() {
    let (case, _) = robust_case();
    let n = case.n();
    let lone = (0..n).map(|i| f64::from(u8::from(i == 6))).collect();
    let design = Columns::intercept(n).number("a", case.number("a")).number("lone", lone).design(case.number("y"));
    let (family, _) = parse_family("poisson").expect("a family");
    let candidates: Vec<Term> = (1..3).map(|j| Term::of(&design, j)).collect();
    let of = |vcov| fit_all(&design, &Request { vcov, ..Request::new(candidates.clone(), family) });
    let error = of(Vcov::Hc(3)).unwrap_err().to_string();
    assert!(error.contains("--vcov hc3 does not exist in 2 of the models"), "{error}");
    assert!(of(Vcov::Hc(1)).is_ok());
}
