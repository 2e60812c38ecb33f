//! Poisson GLM against R's `glm` and `sandwich` (versions in each case).

use crate::case::{Case, Columns, all_close, close};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::{Interval, Settings, Summary, Vcov, glm};
use tumen::results::{RowStat, TermRow};

pub fn fit(settings: &Settings, design: &Design) -> (Summary, Vec<String>) {
    let mut rng = tumen::rng::stream(1, &["reference"]);
    let fitted = glm::build(settings).expect("settings").fit(design, &mut rng).expect("a fit");
    (fitted.summary().expect("a summary"), fitted.warnings().to_vec())
}

pub fn column(terms: &[TermRow], get: impl Fn(&TermRow) -> Option<f64>) -> Vec<Option<f64>> {
    terms.iter().map(get).collect()
}

pub fn by_row(rows: &[RowStat], get: impl Fn(&RowStat) -> Option<f64>) -> Vec<Option<f64>> {
    rows.iter().map(get).collect()
}

fn warpbreaks(case: &Case) -> Design {
    let (wool, tension) = (("wool", &["A", "B"][..]), ("tension", &["L", "M", "H"][..]));
    Columns::intercept(case.n())
        .factor(case, "wool", wool.1)
        .factor(case, "tension", tension.1)
        .interaction(case, wool, tension)
        .design(case.number("breaks"))
}

fn discoveries(case: &Case) -> Design {
    Columns::intercept(case.n())
        .number("t", case.number("t"))
        .number("t2", case.number("t2"))
        .number("war", case.number("war"))
        .design(case.number("count"))
}

/// Everything that both Poisson cases record in the same shape.
fn poisson_case(case: &Case, design: &Design) {
    let wald = Settings { interval: Interval::Wald, ..Settings::default() };
    let (s, warnings) = fit(&wald, design);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(s.terms.iter().map(|t| t.term.clone()).collect::<Vec<_>>(), case.keys("/coefficients"));
    all_close("coefficients", &column(&s.terms, |t| t.estimate), &case.values("/coefficients"), 1e-7, 0.0);
    let se = case.values("/se/model_expected_information_dispersion_1");
    all_close("se", &column(&s.terms, |t| t.std_error), &se, 1e-6, 0.0);
    all_close("z", &column(&s.terms, |t| t.statistic), &case.values("/z_and_p_model/z"), 1e-6, 0.0);
    all_close("p", &column(&s.terms, |t| t.p_value), &case.values("/z_and_p_model/p"), 2e-5, 1e-300);
    for (i, (a, e)) in s.covariance.iter().zip(case.rows("/vcov_model/rows")).enumerate() {
        all_close(&format!("vcov {i}"), &a.iter().map(|v| Some(*v)).collect::<Vec<_>>(), &e, 1e-6, 1e-12);
    }
    for (i, ci) in case.rows("/ci95_wald/rows").iter().enumerate() {
        close("wald low", s.terms[i].conf_low, ci[0], 1e-6, 0.0);
        close("wald high", s.terms[i].conf_high, ci[1], 1e-6, 0.0);
    }
    glance(case, &s);
    diagnostics(case, &s);
    profiles(case, design);
    robust(case, design);
    quasi(case, design);
}

fn glance(case: &Case, s: &Summary) {
    let g = &s.glance;
    close("loglik", g.log_lik, case.value("/loglik"), 0.0, 1e-7);
    close("aic", g.aic, case.value("/aic"), 0.0, 1e-7);
    close("aicc", g.aicc, case.value("/aicc"), 0.0, 1e-7);
    close("bic", g.bic, case.value("/bic"), 0.0, 1e-7);
    close("deviance", g.deviance, case.value("/deviance"), 0.0, 1e-7);
    close("null deviance", g.null_deviance, case.value("/null_deviance"), 0.0, 1e-7);
    close("df", g.df, case.value("/df"), 0.0, 0.0);
    close("df residual", g.df_residual, case.value("/df_residual"), 0.0, 0.0);
    close("pearson", g.pearson_chi2, case.value("/pearson_chi2"), 1e-7, 0.0);
    close("dispersion", g.dispersion, case.value("/dispersion_pearson"), 1e-7, 0.0);
}

fn diagnostics(case: &Case, s: &Summary) {
    let rows = &s.rows;
    all_close("fitted", &by_row(rows, |r| r.fitted), &case.list("/fitted"), 1e-7, 0.0);
    all_close("hat", &by_row(rows, |r| r.hat), &case.list("/hat"), 1e-6, 0.0);
    all_close("cooks", &by_row(rows, |r| r.cooks_distance), &case.list("/cooks_distance"), 1e-6, 1e-15);
    all_close("response", &by_row(rows, |r| r.residual_response), &case.list("/residuals/response"), 1e-6, 1e-9);
    all_close("pearson", &by_row(rows, |r| r.residual_pearson), &case.list("/residuals/pearson"), 1e-6, 1e-9);
    all_close("deviance", &by_row(rows, |r| r.residual_deviance), &case.list("/residuals/deviance"), 1e-6, 1e-7);
    let low = case.list("/residuals/randomized_quantile_bounds_lower_F_y_minus_1");
    let high = case.list("/residuals/randomized_quantile_bounds_upper_F_y");
    all_close("pit low", &by_row(rows, |r| r.pit_low), &low, 1e-6, 1e-12);
    all_close("pit high", &by_row(rows, |r| r.pit_high), &high, 1e-6, 1e-12);
    for r in rows {
        let p = |x: Option<f64>| x.expect("a number");
        let u = 0.5 * libm::erfc(-p(r.residual_quantile) / std::f64::consts::SQRT_2);
        assert!(u >= p(r.pit_low) - 1e-9 && u <= p(r.pit_high) + 1e-9, "a quantile residual outside its interval");
    }
}

/// R's `confint` interpolates the profile by splines, which the recorded bounds carry to about 1e-5.
fn profiles(case: &Case, design: &Design) {
    let (s, _) = fit(&Settings { interval: Interval::Profile, ..Settings::default() }, design);
    for (i, ci) in case.rows("/ci95_profile/rows").iter().enumerate() {
        let se = s.terms[i].std_error.expect("a standard error");
        close("profile low", s.terms[i].conf_low, ci[0], 0.0, 1e-3 * se);
        close("profile high", s.terms[i].conf_high, ci[1], 0.0, 1e-3 * se);
    }
}

fn robust(case: &Case, design: &Design) {
    for kind in 0..4 {
        let (s, _) = fit(&Settings { vcov: Vcov::Hc(kind), ..Settings::default() }, design);
        let expected = case.values(&format!("/se/sandwich/HC{kind}"));
        all_close(&format!("HC{kind}"), &column(&s.terms, |t| t.std_error), &expected, 1e-6, 0.0);
    }
}

fn quasi(case: &Case, design: &Design) {
    let (s, _) = fit(&Settings { family: Family::QuasiPoisson, ..Settings::default() }, design);
    all_close("quasi se", &column(&s.terms, |t| t.std_error), &case.values("/se_quasipoisson"), 1e-6, 0.0);
    assert_eq!((s.glance.log_lik, s.glance.aic), (None, None));
}

#[test]
fn warpbreaks_equals_r() {
    let Some(case) = Case::open("glm_poisson_warpbreaks") else { return };
    poisson_case(&case, &warpbreaks(&case));
}

#[test]
fn discoveries_equals_r_with_hac() {
    let Some(case) = Case::open("glm_poisson_discoveries_hac") else { return };
    let design = discoveries(&case);
    poisson_case(&case, &design);
    for (vcov, key) in [
        ("hac:1", "newey_west_lag1_adjustFALSE"),
        ("hac:1:adjust", "newey_west_lag1_adjustTRUE"),
        ("hac:4", "newey_west_lag4_adjustFALSE"),
        ("hac:4:adjust", "newey_west_lag4_adjustTRUE"),
        ("hac", "newey_west_auto/se_adjustFALSE"),
        ("hac:adjust", "newey_west_auto/se_adjustTRUE"),
    ] {
        let vcov = Vcov::parse(vcov).expect("a covariance");
        let (s, _) = fit(&Settings { vcov, ..Settings::default() }, &design);
        let expected = case.values(&format!("/se/hac_sandwich/{key}"));
        all_close(key, &column(&s.terms, |t| t.std_error), &expected, 1e-6, 0.0);
    }
}

#[test]
fn a_collinear_column_is_named_and_dropped_as_in_r() {
    let Some(case) = Case::open("glm_poisson_awkward") else { return };
    let design = Columns::intercept(case.n())
        .number("x1", case.number("x1"))
        .number("x2", case.number("x2"))
        .design(case.number("y"));
    let (s, warnings) = fit(&Settings::default(), &design);
    let key = "/collinear/coefficients_null_means_aliased";
    close("intercept", s.terms[0].estimate, case.value(&format!("{key}/(Intercept)")), 1e-7, 0.0);
    close("x1", s.terms[1].estimate, case.value(&format!("{key}/x1")), 1e-7, 0.0);
    assert!(case.result(&format!("{key}/x2")).is_null());
    assert_eq!((s.terms[2].estimate, s.terms[2].std_error, s.terms[2].p_value), (None, None, None));
    assert_eq!(s.terms[2].verdict, "dropped: collinear with (Intercept), x1");
    assert_eq!(warnings, ["`x2` dropped: collinear with (Intercept), x1"]);
    close("loglik", s.glance.log_lik, case.value("/collinear/loglik"), 0.0, 1e-7);
    close("deviance", s.glance.deviance, case.value("/collinear/deviance"), 0.0, 1e-7);
}

#[test]
fn a_group_of_zeros_has_no_finite_estimate_and_leaves_the_others_right() {
    let Some(case) = Case::open("glm_poisson_awkward") else { return };
    let design = Columns::intercept(case.n())
        .number("x1", case.number("x1"))
        .factor(&case, "g", &["a", "b", "c", "z"])
        .design(case.number("y"));
    for family in [Family::Poisson, Family::Nb2] {
        let (s, warnings) = fit(&Settings { family, ..Settings::default() }, &design);
        let expected = case.values("/all_zero_group/coefficients_without_group_z");
        all_close("finite", &column(&s.terms[..4], |t| t.estimate), &expected, 1e-7, 0.0);
        let z = &s.terms[4];
        assert_eq!((z.estimate, z.std_error, z.conf_low), (None, None, None));
        assert!(z.verdict.starts_with("no finite estimate"), "{}", z.verdict);
        assert!(warnings.iter().any(|w| w.starts_with("`gz`: no finite estimate, since 3 rows")), "{warnings:?}");
        close("loglik", s.glance.log_lik, case.value("/all_zero_group/loglik"), 0.0, 1e-6);
        close("deviance", s.glance.deviance, case.value("/all_zero_group/deviance"), 0.0, 1e-6);
        upper_bound_is_the_profile(&design, z.conf_high.expect("an upper bound"), &s);
    }
}

/// At the bound the Poisson log-likelihood with `gz` held there is ½ χ²₁(0.95) below the maximum.
fn upper_bound_is_the_profile(design: &Design, bound: f64, s: &Summary) {
    let mut held = design.clone();
    held.offset = design.x.column(4).iter().map(|g| g * bound).collect();
    held.names.pop();
    held.x = design.x.slice(ndarray::s![.., ..4]).to_shared();
    let (h, _) = fit(&Settings::default(), &held);
    let drop = s.glance.log_lik.unwrap() - h.glance.log_lik.unwrap();
    // χ²₁ quantile by R's qchisq(0.95, 1) = 3.841458820694124.
    close("drop", Some(drop), 0.5 * 3.841_458_820_694_124, 1e-6, 0.0);
}

#[test]
fn a_covariate_on_a_scale_of_1e9_loses_no_digits() {
    let Some(case) = Case::open("glm_poisson_awkward") else { return };
    let nine = |v: Vec<f64>| v[..9].to_vec();
    let x1 = nine(case.number("x1"));
    let design = |scale: f64| {
        Columns::intercept(9).number("x1", x1.iter().map(|x| x * scale).collect()).design(nine(case.number("y")))
    };
    let (large, _) = fit(&Settings::default(), &design(1e9));
    let (small, _) = fit(&Settings::default(), &design(1.0));
    all_close("1e9", &column(&large.terms, |t| t.estimate), &case.values("/scale_1e9/coefficients"), 1e-7, 0.0);
    all_close("1", &column(&small.terms, |t| t.estimate), &case.values("/scale_1e9/same_fit_unscaled"), 1e-7, 0.0);
    all_close("se", &column(&small.terms, |t| t.std_error), &case.values("/scale_1e9/se_unscaled"), 1e-6, 0.0);
    close("loglik", large.glance.log_lik, case.value("/scale_1e9/loglik"), 0.0, 1e-7);
}

#[test]
fn pearson_goodness_of_fit_and_durbin_watson_equal_r() {
    let Some(case) = Case::open("diag_discoveries") else { return };
    let design = Columns::intercept(case.n()).number("t", case.number("t")).design(case.number("count"));
    let (s, _) = fit(&Settings::default(), &design);
    close("X2", s.glance.pearson_chi2, case.value("/pearson_gof/x2"), 1e-6, 0.0);
    close("df", s.glance.df_residual, case.value("/pearson_gof/df"), 0.0, 0.0);
    let e: Vec<f64> = s.rows.iter().map(|r| r.residual_pearson.expect("a residual")).collect();
    let steps: f64 = e.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    let all: f64 = e.iter().map(|e| e * e).sum();
    close("Durbin-Watson", Some(steps / all), case.value("/durbin_watson_pearson"), 1e-6, 0.0);
}
