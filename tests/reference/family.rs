//! Log probabilities against 60-digit arithmetic (mpmath; `family_mpmath/make.py` made the case).

use crate::case::{Case, close};
use tumen::family::Family;
use tumen::inference::special::remainders;

#[test]
fn log_pmf_keeps_twelve_digits_to_the_poisson_limit() {
    let Some(case) = Case::open("family_mpmath") else { return };
    for row in case.rows("/poisson") {
        let actual = Family::Poisson.log_pmf(row[0], row[1], 1.0);
        close(&format!("poisson {row:?}"), Some(actual), row[2], 1e-12, 0.0);
    }
    for row in case.rows("/negbin") {
        let actual = Family::Nb2.log_pmf(row[0], row[1], row[2]);
        close(&format!("negbin {row:?}"), Some(actual), row[3], 1e-12, 0.0);
    }
}

#[test]
fn nb_distribution_function_near_the_poisson_limit() {
    let Some(case) = Case::open("family_mpmath") else { return };
    for row in case.rows("/negbin_cdf") {
        let actual = Family::Nb2.cdf(row[0], row[1], row[2]);
        close(&format!("cdf {row:?}"), Some(actual), row[3], 1e-10, 1e-15);
    }
}

#[test]
fn stirling_remainders() {
    let Some(case) = Case::open("family_mpmath") else { return };
    for row in case.rows("/remainders") {
        let r = remainders(row[0]);
        close(&format!("s {row:?}"), Some(r.s), row[1], 1e-13, 1e-14);
        close(&format!("e {row:?}"), Some(r.e), row[2], 1e-13, 1e-15);
        close(&format!("f {row:?}"), Some(r.f), row[3], 1e-13, 1e-16);
    }
}
