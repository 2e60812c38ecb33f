//! What goes beyond coefficients against R: base, MASS, pscl, car (versions in the case, made by `beyond_r/make.R`).

use crate::case::{Case, Columns, all_close, close};
use tumen::analysis::attribution::{Request, attribute};
use tumen::analysis::checks::{self, check_least_squares, check_zeros};
use tumen::analysis::estimates::joined;
use tumen::analysis::hypothesis::{Tested, test_least_squares, test_zeros};
use tumen::analysis::marginal::{Exposure, Move, average};
use tumen::analysis::stability::stability;
use tumen::analysis::subsets::{Criterion, Request as Every, Term, fit_all};
use tumen::analysis::{Estimates, Factor};
use tumen::design::{Design, Part};
use tumen::family::{Family, parse_family};
use tumen::model::glm::{Regression, ZeroFit};
use tumen::model::{Fitted as _, Settings, glm};

fn rng() -> tumen::Rng {
    tumen::rng::stream(1, &["reference"])
}

fn columns(case: &Case, names: &[&str]) -> Design {
    let all = names.iter().fold(Columns::intercept(case.n()), |c, n| c.number(n, case.number(n)));
    all.design(case.number("y"))
}

fn column_terms(names: &[&str]) -> Vec<Term> {
    names.iter().enumerate().map(|(j, n)| Term { name: (*n).into(), columns: vec![j + 1] }).collect()
}

/// `y ~ a + b + c | a`.
fn two_parts(case: &Case) -> Design {
    let mut design = columns(case, &["a", "b", "c"]);
    let zero = columns(case, &["a"]);
    design.zero = Some(Part { names: zero.names.clone(), x: zero.x.to_owned(), offset: vec![0.0; case.n()] });
    design
}

/// Terms over the joined columns: `a` stands in both parts.
fn zero_terms() -> Vec<Term> {
    let mut terms = column_terms(&["a", "b", "c"]);
    terms[0].columns.push(5);
    terms
}

#[test]
fn models_with_extra_zeros() {
    let case = Case::open("beyond_r").expect("the case is committed");
    for word in ["zip", "zinb", "hurdle-poisson", "hurdle-nb2"] {
        let (family, zeros) = parse_family(word).expect("a family");
        let settings = Settings { family, zeros, ..Settings::default() };
        let at = |key: &str| format!("/{word}/{key}");
        let plain = two_parts(&case);
        let whole = joined(&plain);
        assert_eq!(whole.names, ["(Intercept)", "a", "b", "c", "zero_(Intercept)", "zero_a"]);
        let fit = ZeroFit::new(&settings, &plain, &rng()).expect("a fit").expect("excess zeros");
        let estimates = Estimates::of_zeros(&fit, &settings).expect("a covariance");
        let moved = [vec![1, 5], vec![2], vec![3]].map(Move::alone);
        let ame = average(&whole, &estimates, &moved, Exposure::Recorded, 0.95).expect("marginal effects");
        let of =
            |f: fn(&tumen::analysis::marginal::MarginalEffect) -> Option<f64>| ame.iter().map(f).collect::<Vec<_>>();
        // R's Hessian is by finite differences, and its fits stop at a relative change of 1e-15 in the likelihood.
        all_close("marginal", &of(|m| m.estimate), &case.list(&at("ame")), 1e-6, 1e-8);
        all_close("marginal se", &of(|m| m.std_error), &case.list(&at("ame_se")), 1e-5, 0.0);
        shares(&case, word, &whole, &estimates);
        let tested = test_zeros(&plain, &settings, &zero_terms(), &rng()).expect("tests");
        let names: Vec<&str> = tested.iter().map(|t| t.term.as_str()).collect();
        assert_eq!(names, ["a", "zero_a", "a, both parts", "b", "c"]);
        let of = |f: fn(&Tested) -> Option<f64>| tested.iter().map(f).collect::<Vec<_>>();
        all_close("lr", &of(|t| t.likelihood_ratio.statistic), &case.list(&at("lr")), 1e-6, 1e-6);
        all_close("wald", &of(|t| t.wald.statistic), &case.list(&at("wald")), 1e-5, 1e-6);
        // Their values: `zeros_score_r`.
        assert!(tested.iter().all(|t| t.score.df == t.wald.df && t.score.p_value.is_some()));
        let summary = fit.summary().expect("a summary");
        let stable = stability(&plain, &settings, 0, &rng()).expect("stability");
        let found = check_zeros(&plain, &fit, &summary, &zero_terms(), Some(&stable));
        let zeros = found.zeros.expect("zeros");
        close("zeros", Some(zeros.expected), case.value(&at("expected_zeros")), 1e-6, 0.0);
        assert_eq!(zeros.observed, 24.0);
        assert_eq!(found.rootogram.iter().map(|b| b.observed).sum::<f64>(), 60.0);
        assert_eq!((stable.terms.len(), found.influence.rows.len()), (6, 60));
    }
}

/// Attributable counts: a against its mean, b and c against 0.
fn shares(case: &Case, word: &str, whole: &Design, estimates: &Estimates) {
    let mean = case.number("a").iter().sum::<f64>() / case.n() as f64;
    let a = Factor { name: "a".into(), columns: vec![1, 5], reference: vec![mean, mean] };
    let factors = vec![a, Factor::against_zero(whole, 2), Factor::against_zero(whole, 3)];
    let request = Request { draws: 100, ..Request::new(factors) };
    let found = attribute(whole, estimates, &request, &mut rng()).expect("parts").total;
    let parts: Vec<Option<f64>> = found.parts.iter().map(|b| b.estimate).collect();
    let at = |key: &str| format!("/{word}/{key}");
    all_close("parts", &parts, &case.list(&at("parts")), 1e-6, 1e-5);
    close("reference", found.reference.estimate, case.value(&at("reference")), 1e-6, 0.0);
    close("fitted", found.fitted.estimate, case.value(&at("fitted")), 1e-6, 0.0);
}

#[test]
fn least_squares_on_the_log() {
    let case = Case::open("beyond_r").expect("the case is committed");
    let design = columns(&case, &["a", "b", "c"]);
    let settings = Settings { family: Family::GaussianLog1p, ..Settings::default() };
    let model = glm::build(&settings).expect("a model");
    let summary = model.fit(&design, &mut rng()).expect("a fit").summary().expect("a summary");
    let terms = column_terms(&["a", "b", "c"]);
    let tested = test_least_squares(&design, &settings, &summary, &terms, &rng()).expect("tests");
    let of = |f: fn(&Tested) -> Option<f64>| tested.iter().map(f).collect::<Vec<_>>();
    all_close("F", &of(|t| t.wald.statistic), &case.list("/gaussian-log1p/f"), 1e-9, 0.0);
    all_close("p", &of(|t| t.wald.p_value), &case.list("/gaussian-log1p/p"), 1e-8, 0.0);
    // n ln(1 + q F / (n − p)) and n (1 − 1/(1 + q F / (n − p))).
    for (t, f) in tested.iter().zip(case.list("/gaussian-log1p/f")) {
        close("likelihood ratio", t.likelihood_ratio.statistic, 60.0 * (f / 56.0).ln_1p(), 1e-9, 0.0);
        close("score", t.score.statistic, 60.0 * (1.0 - 1.0 / (1.0 + f / 56.0)), 1e-9, 0.0);
    }
    let estimates = Estimates::from_summary(&summary, &settings);
    let ame =
        average(&design, &estimates, &[Move::alone(vec![1])], Exposure::Recorded, 0.95).expect("a marginal effect");
    close("marginal", ame[0].estimate, case.value("/gaussian-log1p/ame_a"), 1e-9, 0.0);
    close("its error", ame[0].std_error, case.value("/gaussian-log1p/ame_a_se"), 1e-8, 0.0);
    let request = Request { draws: 50, ..Request::new(vec![Factor::against_zero(&design, 3)]) };
    let total = attribute(&design, &estimates, &request, &mut rng()).expect("parts").total;
    close("fitted", total.fitted.estimate, case.value("/gaussian-log1p/fitted"), 1e-9, 0.0);
    let stable = stability(&design, &settings, 0, &rng()).expect("stability");
    let found = check_least_squares(&design, &summary, &[], &terms, Some(&stable));
    let vif: Vec<Option<f64>> = found.inflation.iter().map(|v| v.gvif).collect();
    all_close("vif", &vif, &case.list("/gaussian-log1p/vif"), 1e-9, 0.0);
    let error = summary.terms[1].std_error.expect("an error");
    let moves: Vec<Option<f64>> = found.influence.rows[..5].iter().map(|r| r.dfbetas[1].map(|d| d * error)).collect();
    all_close("dfbeta", &moves, &case.list("/gaussian-log1p/dfbeta"), 1e-7, 1e-12);
    let hats: Vec<Option<f64>> = found.influence.rows[..5].iter().map(|r| r.hat).collect();
    all_close("hat", &hats, &case.list("/gaussian-log1p/hat"), 1e-9, 0.0);
}

#[test]
fn stability_influence_and_the_rootogram_of_a_poisson_fit() {
    let case = Case::open("beyond_r").expect("the case is committed");
    let design = columns(&case, &["a", "b", "c"]);
    let fit = Regression::fit(&Settings::default(), &design, &rng()).expect("a fit");
    let stable = stability(&design, &Settings::default(), 10, &rng()).expect("stability");
    let without: Vec<Option<f64>> = stable.terms[1].without.iter().map(|w| w.estimate).collect();
    all_close("leaving one out", &without, &case.list("/poisson/without_a"), 1e-7, 1e-10);
    for (end, expected) in case.list("/poisson/ends").iter().zip(case.list("/poisson/up_to_a")) {
        let place = stable.ends.iter().position(|e| *e as f64 == end - 1.0).expect("a window");
        close("expanding window", stable.terms[1].up_to[place].estimate, expected, 1e-7, 1e-10);
    }
    let summary = fit.summary().expect("a summary");
    let rows = |f: fn(&tumen::results::RowStat) -> Option<f64>| summary.rows[..10].iter().map(f).collect::<Vec<_>>();
    all_close("Cook", &rows(|r| r.cooks_distance), &case.list("/poisson/cook"), 1e-7, 1e-12);
    all_close("hat", &rows(|r| r.hat), &case.list("/poisson/hat"), 1e-8, 0.0);
    all_close("PIT", &rows(|r| r.pit_low), &case.list("/poisson/pit_low"), 1e-8, 1e-12);
    all_close("PIT", &rows(|r| r.pit_high), &case.list("/poisson/pit_high"), 1e-8, 1e-12);
    let found = checks::check(&design, &fit, &summary, &column_terms(&["a", "b", "c"]), &rng()).expect("checks");
    let bars: Vec<Option<f64>> = found.rootogram[..6].iter().map(|b| Some(b.expected)).collect();
    all_close("rootogram", &bars, &case.list("/poisson/rootogram"), 1e-8, 1e-12);
    let vif: Vec<Option<f64>> = found.inflation.iter().map(|v| v.gvif).collect();
    all_close("vif", &vif, &case.list("/poisson/vif"), 1e-7, 0.0);
}

#[test]
fn subsets_are_a_loop_over_glm() {
    let case = Case::open("beyond_r").expect("the case is committed");
    let names = ["a", "b", "c", "e", "g"];
    let design = columns(&case, &names);
    for (family, word) in [(Family::Poisson, "poisson"), (Family::Nb2, "nb2")] {
        let all = fit_all(&design, &Every::new(column_terms(&names), family)).expect("32 models");
        for (criterion, key) in [(Criterion::Aicc, "aicc"), (Criterion::Bic, "bic")] {
            let averaged = all.averaged(criterion);
            let p: Vec<Option<f64>> = averaged.inclusion.iter().map(|i| Some(i.probability)).collect();
            // glm.nb alternates between θ and β and stops near the maximum.
            all_close(key, &p, &case.list(&format!("/subsets/{word}/{key}")), 1e-5, 0.0);
        }
        let averaged = all.averaged(Criterion::Aicc);
        let effect = |n: &&str| averaged.columns.iter().find(|c| c.term == **n).and_then(|c| c.estimate);
        let b: Vec<Option<f64>> = names.iter().map(effect).collect();
        all_close("averaged", &b, &case.list(&format!("/subsets/{word}/averaged")), 1e-5, 1e-7);
    }
}
