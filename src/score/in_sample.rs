//! Scores and marginal calibration of a fitted model in sample: each count against the law that the model gave it one step
//! ahead, the parameters held at their estimates. Means over observations, as `scoring` and `marcal` of R's tscount
//! (Liboschik, Fokianos and Fried, J. Stat. Softw. 82(5), 2017). They flatter a model: its parameters have seen the counts.

use super::calibration::limits;
use super::pmf::Pmf;
use super::{dss, log_score, quadratic, rps, spherical, squared_error};
use crate::family::Law;
use crate::results::{MarginalRow, NamedScore, num};

/// Tables of probabilities longer than this, over all observations, are not written out.
const BUDGET: f64 = 3e7;

/// Mean log, quadratic, spherical, ranked probability, Dawid–Sebastiani and squared-error score. The second to fourth need
/// tables of probabilities; they are `None` where these would be too long.
pub fn scores(laws: &[Option<Law>], counts: &[f64]) -> Vec<NamedScore> {
    let known: Vec<(Law, f64)> = laws.iter().zip(counts).filter_map(|(l, y)| Some(((*l)?, *y))).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let spread = |l: &Law| l.family.variance(l.mean, l.dispersion);
    let mean = |score: &dyn Fn(&Law, f64) -> Option<f64>| {
        let sum: Option<f64> = known.iter().map(|(l, y)| score(l, *y)).sum();
        sum.and_then(|s| num(s / known.len() as f64))
    };
    let [quadratic, spherical, rps] = tables(&known);
    let named = |score, value| NamedScore { score, value };
    vec![
        named("log_score", mean(&|l, y| log_score::score(l.log_pmf(y)))),
        named("quadratic", quadratic),
        named("spherical", spherical),
        named("rps", rps),
        named("dss", mean(&|l, y| dss::score(l.mean, spread(l), y))),
        named("squared_error", mean(&|l, y| Some(squared_error::score(l.mean, y)))),
    ]
}

/// The scores that sum over all counts.
fn tables(known: &[(Law, f64)]) -> [Option<f64>; 3] {
    let length = |l: &Law| l.mean + 20.0 * l.family.variance(l.mean, l.dispersion).sqrt();
    if known.iter().map(|(l, _)| length(l)).sum::<f64>() > BUDGET {
        return [None; 3];
    }
    let mut sums = [0.0; 3];
    for (law, y) in known {
        let pmf = Pmf::of(law);
        let each = [quadratic::score(&pmf, *y), spherical::score(&pmf, *y), rps::score(&pmf, *y)];
        sums.iter_mut().zip(each).for_each(|(s, e)| *s += e);
    }
    sums.map(|s| num(s / known.len() as f64))
}

/// Marginal calibration at the recorded counts, at most fifty of them, evenly spread over their ranks.
pub fn marginal(laws: &[Option<Law>], counts: &[f64]) -> Vec<MarginalRow> {
    let known: Vec<(Law, f64)> = laws.iter().zip(counts).filter_map(|(l, y)| Some(((*l)?, *y))).collect();
    let n = known.len() as f64;
    let at = |count: f64| MarginalRow {
        count,
        predicted: known.iter().map(|(l, _)| l.cdf(count)).sum::<f64>() / n,
        observed: known.iter().filter(|(_, y)| *y <= count).count() as f64 / n,
    };
    limits(known.iter().map(|(_, y)| *y)).into_iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Family;

    #[test]
    fn scores_of_one_law_are_those_of_its_definitions() {
        let law = Law::new(Family::Poisson, 2.0, 1.0);
        let p = |k: f64| law.log_pmf(k).exp();
        let all = scores(&[Some(law), None], &[3.0, 9.0]);
        let of = |name: &str| all.iter().find(|s| s.score == name).and_then(|s| s.value).unwrap();
        let norm2: f64 = (0..60).map(|k| p(f64::from(k)).powi(2)).sum();
        assert!((of("log_score") + p(3.0).ln()).abs() < 1e-12);
        assert!((of("quadratic") - (norm2 - 2.0 * p(3.0))).abs() < 1e-12);
        assert!((of("spherical") + p(3.0) / norm2.sqrt()).abs() < 1e-12);
        assert!((of("dss") - (0.5 + 2.0_f64.ln())).abs() < 1e-12);
        assert_eq!(of("squared_error"), 1.0);
        let row = marginal(&[Some(law), None], &[3.0, 9.0]);
        assert_eq!((row.len(), row[0].count, row[0].observed), (1, 3.0, 1.0));
        assert!((row[0].predicted - law.cdf(3.0)).abs() < 1e-15);
        assert!(scores(&[], &[1.0]).is_empty() && marginal(&[], &[1.0]).is_empty());
    }
}
