//! Weighted interval score over K central intervals and the median m. Range [0, ∞), smaller is better, in counts.
//!
//! ```text
//! WIS = 1/(K + ½) (½ |y − m| + Σ_k α_k/2 IS_αk(l_k, u_k; y))
//! ```
//!
//! Bracher, Ray, Gneiting and Reich (2021), *PLoS Comput. Biol.* 17(2), e1008618,
//! <https://doi.org/10.1371/journal.pcbi.1008618>. It tends to the CRPS with more levels, and suits forecasts that are
//! published as quantiles. Don't compare scores over different sets of levels. With draws at hand the CRPS says more.

use super::Parts;
use crate::forecast::Predictive;

/// Levels 1 − α of the forecast hubs: α = 0.02, 0.05, 0.1, 0.2 … 0.9.
pub const LEVELS: [f64; 11] = [0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];

/// WIS of sorted draws in its three parts; the score is their [total](Parts::total).
pub fn score(predictive: &Predictive, levels: &[f64], y: f64) -> Parts {
    from_intervals(predictive.quantile(0.5), levels.iter().map(|l| (*l, predictive.interval(*l))), y)
}

/// WIS of a median and intervals `(level, (l, u))` in its three parts.
pub fn from_intervals(median: f64, intervals: impl Iterator<Item = (f64, (f64, f64))>, y: f64) -> Parts {
    let mut parts = Parts {
        dispersion: 0.0,
        overprediction: 0.5 * (median - y).max(0.0),
        underprediction: 0.5 * (y - median).max(0.0),
    };
    let mut k = 0.5;
    for (level, (l, u)) in intervals {
        k += 1.0;
        parts.dispersion += 0.5 * (1.0 - level) * (u - l);
        parts.overprediction += (l - y).max(0.0);
        parts.underprediction += (y - u).max(0.0);
    }
    Parts {
        dispersion: parts.dispersion / k,
        overprediction: parts.overprediction / k,
        underprediction: parts.underprediction / k,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{crps, interval_score};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_sum_to_the_weighted_interval_scores(
            draws in prop::collection::vec(0u32..500, 1..50), y in 0u32..600,
        ) {
            let p = Predictive::new(draws.into_iter().map(f64::from).collect());
            let y = f64::from(y);
            let sum: f64 = LEVELS.iter().map(|l| 0.5 * (1.0 - l) * interval_score::score(p.interval(*l), *l, y)).sum();
            let direct = (0.5 * (y - p.quantile(0.5)).abs() + sum) / 11.5;
            prop_assert!((score(&p, &LEVELS, y).total() - direct).abs() < 1e-9);
        }
    }

    #[test]
    fn many_levels_give_the_crps() {
        let p = Predictive::new((0..2000).map(|i| f64::from(i * i % 997)).collect());
        let levels: Vec<f64> = (1..2000).map(|k| f64::from(k) / 2000.0).collect();
        let (wis, whole) = (score(&p, &levels, 300.0), crps::decomposition(p.draws(), 300.0));
        assert!((wis.total() / whole.total() - 1.0).abs() < 2e-3, "{wis:?} {whole:?}");
        assert!((wis.dispersion / whole.dispersion - 1.0).abs() < 4e-3);
        assert!((wis.overprediction / whole.overprediction - 1.0).abs() < 4e-3);
    }
}
