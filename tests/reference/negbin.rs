//! Negative binomial against MASS's `glm.nb`, `sandwich` and statsmodels (versions in each case).

use crate::case::{Case, Columns, all_close, close};
use crate::glm::{by_row, column, fit};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::{Interval, Settings, Vcov};

pub fn quine(case: &Case) -> Design {
    Columns::intercept(case.n())
        .factor(case, "Eth", &["A", "N"])
        .factor(case, "Sex", &["F", "M"])
        .factor(case, "Age", &["F0", "F1", "F2", "F3"])
        .factor(case, "Lrn", &["AL", "SL"])
        .design(case.number("Days"))
}

pub fn settings(family: Family, vcov: Vcov) -> Settings {
    Settings { family, vcov, interval: Interval::Wald, ..Settings::default() }
}

#[test]
fn quine_equals_glm_nb() {
    let Some(case) = Case::open("nb_quine_glmnb") else { return };
    let design = quine(&case);
    let (s, warnings) = fit(&settings(Family::Nb2, Vcov::Model), &design);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(s.terms.iter().map(|t| t.term.clone()).collect::<Vec<_>>(), case.keys("/coefficients"));
    all_close("coefficients", &column(&s.terms, |t| t.estimate), &case.values("/coefficients"), 1e-6, 0.0);
    let g = &s.glance;
    close("theta", g.theta, case.value("/theta"), 1e-6, 0.0);
    close("alpha", g.alpha, case.value("/alpha"), 1e-6, 0.0);
    // MASS's theta.ml takes the information before its last step, so the case's tolerance for theta, 1e-5, stands.
    close("se theta", g.theta_se, case.value("/se_theta/glm_nb_SE.theta_beta_fixed_observed"), 1e-5, 0.0);
    close("loglik", g.log_lik, case.value("/loglik"), 0.0, 1e-6);
    close("aic", g.aic, case.value("/aic"), 0.0, 1e-6);
    close("bic", g.bic, case.value("/bic"), 0.0, 1e-6);
    close("df", g.df, case.value("/df_counting_theta"), 0.0, 0.0);
    close("df residual", g.df_residual, case.value("/df_residual"), 0.0, 0.0);
    close("deviance", g.deviance, case.value("/deviance_at_theta_hat"), 1e-6, 0.0);
    close("null deviance", g.null_deviance, case.value("/null_deviance_at_theta_hat"), 1e-6, 0.0);
    close("pearson", g.pearson_chi2, case.value("/pearson_chi2"), 1e-6, 0.0);
    let se = case.values("/se/glm_nb_summary_expected_information_theta_fixed");
    all_close("se", &column(&s.terms, |t| t.std_error), &se, 1e-6, 0.0);
    for (kind, key) in [(0, "HC0"), (1, "HC1"), (3, "HC3")] {
        let (s, _) = fit(&settings(Family::Nb2, Vcov::Hc(kind)), &design);
        let expected = case.values(&format!("/se/sandwich_{key}_theta_fixed"));
        all_close(key, &column(&s.terms, |t| t.std_error), &expected, 1e-5, 0.0);
    }
    all_close("fitted", &by_row(&s.rows, |r| r.fitted), &case.list("/fitted"), 1e-6, 0.0);
    all_close("hat", &by_row(&s.rows, |r| r.hat), &case.list("/hat"), 1e-6, 0.0);
    all_close("cooks", &by_row(&s.rows, |r| r.cooks_distance), &case.list("/cooks_distance"), 2e-6, 1e-12);
    all_close("pearson", &by_row(&s.rows, |r| r.residual_pearson), &case.list("/residuals/pearson"), 1e-6, 1e-7);
    all_close("deviance", &by_row(&s.rows, |r| r.residual_deviance), &case.list("/residuals/deviance"), 1e-6, 1e-7);
    all_close("pit low", &by_row(&s.rows, |r| r.pit_low), &case.list("/residuals/quantile_bounds_lower"), 1e-6, 0.0);
    all_close("pit high", &by_row(&s.rows, |r| r.pit_high), &case.list("/residuals/quantile_bounds_upper"), 1e-6, 0.0);
}

#[test]
fn quine_joint_observed_information() {
    let Some(case) = Case::open("nb_quine_glmnb") else { return };
    let (s, _) = fit(&settings(Family::Nb2, Vcov::Observed), &quine(&case));
    let se = case.values("/se/joint_observed_information");
    all_close("se", &column(&s.terms, |t| t.std_error), &se, 1e-6, 0.0);
    close("se theta", s.glance.theta_se, case.value("/se_theta/joint_observed_information"), 1e-6, 0.0);
    for (i, (a, e)) in s.covariance.iter().zip(case.rows("/vcov_joint_observed/rows")).enumerate() {
        all_close(&format!("vcov {i}"), &a.iter().map(|v| Some(*v)).collect::<Vec<_>>(), &e[..7], 1e-6, 1e-9);
    }
}

#[test]
fn quine_equals_statsmodels() {
    let Some(case) = Case::open("nb_quine_statsmodels") else { return };
    let design = quine(&case);
    for (family, key) in [(Family::Nb1, "nb1"), (Family::Nb2, "nb2")] {
        let (s, _) = fit(&settings(family, Vcov::Observed), &design);
        let at = |name: &str| format!("/{key}/{name}");
        let g = &s.glance;
        all_close(key, &column(&s.terms, |t| t.estimate), &case.values(&at("coefficients")), 1e-6, 0.0);
        close("alpha", g.alpha, case.value(&at("alpha")), 1e-6, 0.0);
        let se = case.values(&at("se_joint_observed_information"));
        all_close("se", &column(&s.terms, |t| t.std_error), &se, 1e-5, 0.0);
        close("loglik", g.log_lik, case.value(&at("loglik")), 0.0, 1e-6);
        close("aic", g.aic, case.value(&at("aic")), 0.0, 1e-6);
        close("bic", g.bic, case.value(&at("bic")), 0.0, 1e-6);
        let fitted = by_row(&s.rows[..10], |r| r.fitted);
        all_close("fitted", &fitted, &case.list(&at("fitted_first10")), 1e-6, 0.0);
    }
}

#[test]
fn underdispersed_counts_fall_to_the_poisson() {
    let Some(case) = Case::open("nb_boundary_underdispersed") else { return };
    let design = Columns::intercept(case.n()).number("t", case.number("t")).design(case.number("y"));
    for family in [Family::Nb1, Family::Nb2] {
        let (s, warnings) = fit(&settings(family, Vcov::Model), &design);
        all_close("poisson", &column(&s.terms, |t| t.estimate), &case.values("/poisson/coefficients"), 1e-7, 0.0);
        all_close("se", &column(&s.terms, |t| t.std_error), &case.values("/poisson/se"), 1e-6, 0.0);
        close("loglik", s.glance.log_lik, case.value("/poisson/loglik"), 0.0, 1e-9);
        close("ratio", s.glance.dispersion, case.value("/poisson/pearson_dispersion"), 1e-6, 0.0);
        assert_eq!((s.glance.theta, s.glance.theta_se, s.glance.alpha), (None, None, Some(0.0)));
        assert!(warnings[0].starts_with("no overdispersion found: the fit is the Poisson fit"), "{warnings:?}");
    }
}
