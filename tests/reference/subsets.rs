//! Subsets of the terms of a zero-inflated model against pscl (`subsets_zeros_r/make.R`).

use crate::case::{Case, Columns, all_close, close};
use tumen::analysis::subsets::{Criterion, Term, fit_all_with_zeros};
use tumen::design::Part;
use tumen::family::parse_family;
use tumen::model::Settings;

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
