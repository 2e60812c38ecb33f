use super::*;
use crate::design::Cover;
use crate::model::{Interval, Settings, Vcov, glm, loglinear};
use ndarray::Array2;

/// `n` counts on an intercept, a trend (always in) and six candidate columns in five terms.
fn example(n: usize, theta: f64) -> (Design, Vec<Term>) {
    let mut rng = crate::rng::stream(11, &["subsets"]);
    let names = ["(Intercept)", "trend", "a", "b", "closure", "q2", "q3", "noise"].map(String::from).to_vec();
    let x = Array2::from_shape_fn((n, 8), |(i, j)| {
        let t = i as f64;
        match j {
            0 => 1.0,
            1 => t / n as f64,
            2 => (t * 0.7).sin() * 40.0 + 100.0,
            3 => (t * 0.7).sin() + 0.3 * (t * 1.9).cos(),
            4 => f64::from(u8::from(i >= n / 2 && i < n / 2 + 4)),
            5 => f64::from(u8::from(i % 4 == 1)),
            6 => f64::from(u8::from(i % 4 == 2)),
            _ => (t * 2.3 + 1.0).cos(),
        }
    });
    let counts = (0..n).map(|i| {
        let r = x.row(i);
        let eta = 2.2 + 0.8 * r[1] + 0.012 * r[2] - 1.1 * r[4] + 0.3 * r[6];
        crate::family::Family::Nb2.sample(eta.exp(), theta, &mut rng)
    });
    let counts = counts.collect();
    let design = Design::new(names, x, counts).unwrap();
    let quarter = Term { name: "quarter".into(), columns: vec![5, 6] };
    let terms = vec![Term::of(&design, 2), Term::of(&design, 3), Term::of(&design, 4), quarter, Term::of(&design, 7)];
    (design, terms)
}

fn part(design: &Design, columns: &[usize]) -> Design {
    Design {
        names: columns.iter().map(|j| design.names[*j].clone()).collect(),
        x: design.x.select(ndarray::Axis(1), columns).into_shared(),
        ..design.clone()
    }
}

/// Every model of the lattice against the engine's own fit of its columns.
fn equal_direct_fits(design: &Design, terms: &[Term], family: Family) -> Subsets {
    let all = fit_all(design, &Request::new(terms.to_vec(), family)).unwrap();
    assert_eq!((all.models.len(), all.left_out, all.unconverged), (32, 0, 0));
    let settings = Settings { family, vcov: Vcov::Observed, interval: Interval::Wald, ..Settings::default() };
    for m in &all.models {
        let columns: Vec<usize> = (0..8)
            .filter(|j| all.columns.iter().position(|c| c == j).is_some_and(|c| all.effect(m, c).is_some()))
            .collect();
        let sub = part(design, &columns);
        let model = if family.is_gaussian() { loglinear::build(&settings) } else { glm::build(&settings) }.unwrap();
        let direct = model.fit(&sub, &mut crate::rng::stream(1, &[])).unwrap().summary().unwrap();
        let close = |a: f64, b: f64, by: f64| assert!((a - b).abs() < by * (1.0 + b.abs()), "{family:?} {m:?} {a} {b}");
        close(m.log_lik, direct.glance.log_lik.unwrap(), 1e-9);
        assert_eq!(Some(m.df), direct.glance.df);
        close(all.criterion(m, Criterion::Aicc).unwrap(), direct.glance.aicc.unwrap(), 1e-9);
        close(all.criterion(m, Criterion::Bic).unwrap(), direct.glance.bic.unwrap(), 1e-9);
        for (term, j) in direct.terms.iter().zip(&columns) {
            let c = all.columns.iter().position(|c| c == j).unwrap();
            let (b, se) = all.effect(m, c).unwrap();
            close(b, term.estimate.unwrap(), 1e-7);
            close(se, term.std_error.unwrap(), 1e-6);
        }
    }
    all
}

#[test]
fn a_subset_fit_equals_a_direct_fit() {
    let (design, terms) = example(46, 8.0);
    for family in [Family::Poisson, Family::Nb1, Family::Nb2, Family::GaussianLog1p] {
        equal_direct_fits(&design, &terms, family);
    }
}

#[test]
fn so_it_does_with_weights_offsets_sums_and_at_the_boundary() {
    let (mut design, terms) = example(60, 5.0);
    design.offset = (0..60).map(|s| 0.01 * f64::from(s)).collect();
    design.cover = Cover::Sums {
        start: (0..=50).chain([60]).collect(),
        steps: (0..60).collect(),
        share: (0..60).map(|s| if s == 7 { 0.5 } else { 1.0 }).collect(),
    };
    let tail: f64 = design.counts[50..].iter().sum();
    design.counts.truncate(50);
    design.counts.push(tail);
    design.weights = (0..51).map(|i| 1.0 + f64::from(i % 3)).collect();
    for family in [Family::Poisson, Family::Nb2] {
        equal_direct_fits(&design, &terms, family);
    }
    // Underdispersed: rounded means; many models sit on the Poisson boundary, small ones do not.
    let (mut design, terms) = example(46, 1e9);
    for i in 0..46 {
        let r = design.x.row(i);
        design.counts[i] = f64::exp(2.2 + 0.8 * r[1] + 0.012 * r[2] - 1.1 * r[4] + 0.3 * r[6]).round();
    }
    for family in [Family::Nb1, Family::Nb2] {
        equal_direct_fits(&design, &terms, family);
    }
}

#[test]
fn weights_and_averages_are_what_their_definitions_say() {
    let (design, terms) = example(46, 60.0);
    let all = fit_all(&design, &Request::new(terms, Family::Nb2)).unwrap();
    for criterion in [Criterion::Aicc, Criterion::Bic, Criterion::Evidence] {
        let (w, _) = all.weights(criterion);
        assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let averaged = all.averaged(criterion);
        assert!(averaged.effective_models >= 1.0 && averaged.effective_models <= 32.0);
        for (t, inclusion) in averaged.inclusion.iter().enumerate() {
            let by_hand: f64 = all.models.iter().zip(&w).filter(|(m, _)| m.mask >> t & 1 == 1).map(|(_, w)| w).sum();
            assert!((inclusion.probability - by_hand).abs() < 1e-14 && by_hand <= 1.0 + 1e-12);
        }
        // The sum of the probabilities is the expected size.
        let size: f64 = all.models.iter().zip(&w).map(|(m, w)| w * f64::from(m.mask.count_ones())).sum();
        assert!((averaged.inclusion.iter().map(|i| i.probability).sum::<f64>() - size).abs() < 1e-12);
        // The closure and `a` made the data; the error of an average is no smaller than the average error.
        assert!(averaged.inclusion[2].probability > 0.95, "{averaged:?}");
        assert!(averaged.inclusion[4].probability < 0.6);
        let c = all.names.iter().position(|n| n == "closure").unwrap();
        let column = &averaged.columns[c];
        let held = || all.models.iter().zip(&w).filter_map(|(m, w)| all.effect(m, c).map(|e| (e, w)));
        let plain = held().map(|((_, se), w)| w * se).sum::<f64>() / column.inclusion;
        assert!(column.std_error.unwrap() >= plain);
        assert!((column.shrunk.unwrap() - column.inclusion * column.estimate.unwrap()).abs() < 1e-12);
        assert!((column.estimate.unwrap() + 1.1).abs() < 0.5 && column.positive == Some(0.0));
        let curve = all.specification_curve(c, criterion, usize::MAX);
        assert_eq!(curve.len(), 16);
        assert!(curve.windows(2).all(|p| p[0].estimate <= p[1].estimate));
        assert!((curve.iter().map(|s| s.weight).sum::<f64>() - column.inclusion).abs() < 1e-12);
        assert_eq!(averaged.best[0].delta, 0.0);
    }
}

#[test]
fn laplace_evidence_is_near_the_integral() {
    // Poisson, intercept and one candidate: the ratio of evidences by a grid over both coefficients.
    let (design, terms) = example(46, 1e9);
    let sub = part(&design, &[0, 2]);
    let request = Request::new(vec![Term { columns: vec![1], ..terms[0].clone() }], Family::Poisson);
    let all = fit_all(&sub, &request).unwrap();
    let (without, with) = (&all.models[0], &all.models[1]);
    assert_eq!((without.mask, with.mask), (0, 1));
    let x = sub.x.column(1);
    let mean = x.sum() / 46.0;
    let sd = (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 46.0).sqrt();
    let ll = |a: f64, b: f64| -> f64 {
        (0..46).map(|i| Family::Poisson.log_pmf(sub.counts[i], (a + b * (x[i] - mean) / sd).exp(), 1.0)).sum()
    };
    let level = (sub.counts.iter().sum::<f64>() / 46.0).ln();
    let (b1, _) = all.effect(with, 1).unwrap();
    let grid = |centre: f64, reach: f64, m: usize| {
        let h = 2.0 * reach / m as f64;
        ((0..=m).map(|i| centre - reach + h * i as f64).collect::<Vec<_>>(), h)
    };
    let (a, ha) = grid(level, 0.6, 240);
    let (b, hb) = grid(b1 * sd, 0.6, 240);
    let log_sum = |v: Vec<f64>| {
        let top = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + v.iter().map(|l| (l - top).exp()).sum::<f64>().ln()
    };
    let prior = |g: f64| -0.5 * g * g - crate::inference::special::HALF_LN_2PI;
    let one = log_sum(a.iter().flat_map(|a| b.iter().map(|b| ll(*a, *b) + prior(*b)).collect::<Vec<_>>()).collect());
    let none = log_sum(a.iter().map(|a| ll(*a, 0.0)).collect());
    let exact = one + (ha * hb).ln() - none - ha.ln();
    let laplace = with.log_evidence - without.log_evidence;
    assert!((exact - laplace).abs() < 0.01, "{exact} {laplace}");
}

#[test]
fn collinear_subsets_are_left_out_and_impossible_candidates_refused() {
    let (mut design, mut terms) = example(46, 8.0);
    let twice = design.x.column(2).mapv(|v| 2.0 * v - 3.0);
    design.x.column_mut(7).assign(&twice);
    let all = fit_all(&design, &Request::new(terms.clone(), Family::Nb2)).unwrap();
    assert_eq!(all.left_out, 8);
    let both = all.models.iter().find(|m| m.mask == 0b10001).unwrap();
    assert!(all.criterion(both, Criterion::Aicc).is_none() && all.effect(both, 0).is_none());
    let averaged = all.averaged(Criterion::Aicc);
    assert_eq!(averaged.models, 24);
    // The two stand for the same model, so they share its weight.
    assert!((averaged.inclusion[0].probability - averaged.inclusion[4].probability).abs() < 1e-6);
    let refuse =
        |d: &Design, t: &[Term], family| fit_all(d, &Request::new(t.to_vec(), family)).unwrap_err().to_string();
    let flat = design.x.column(1).mapv(|v| 7.0 - v);
    design.x.column_mut(7).assign(&flat);
    assert!(refuse(&design, &terms, Family::Nb2).contains("`noise` is collinear"));
    assert!(refuse(&design, &terms, Family::QuasiPoisson).contains("no likelihood"));
    terms.push(terms[0].clone());
    assert!(refuse(&design, &terms, Family::Nb2).contains("taken already"));
    let (mut design, terms) = example(46, 8.0);
    (23..27).for_each(|i| design.counts[i] = 0.0);
    assert!(refuse(&design, &terms, Family::Nb2).starts_with("`closure`: counts of zero leave no finite estimate"));
}

#[test]
fn few_observations_leave_large_models_out() {
    let (mut design, terms) = example(46, 8.0);
    (9..46).for_each(|i| design.counts[i] = f64::NAN);
    let terms = [0, 1, 4, 3].map(|t: usize| terms[t].clone());
    design.x.column_mut(4).fill(0.0);
    let sub = part(&design, &[0, 1, 2, 3, 5, 6, 7]);
    let shift =
        |t: &Term| Term { columns: t.columns.iter().map(|j| if *j > 4 { j - 1 } else { *j }).collect(), ..t.clone() };
    let all = fit_all(&sub, &Request::new(terms.iter().map(shift).collect(), Family::Nb2)).unwrap();
    assert_eq!(all.nobs, 9);
    assert!(all.left_out > 0);
    let averaged = all.averaged(Criterion::Aicc);
    assert!(averaged.columns.iter().all(|c| c.estimate.is_some_and(f64::is_finite)));
}
