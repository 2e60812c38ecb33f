//! ‖p‖² = Σ_k p_k² of a forecast, for the quadratic and the spherical score out of sample.
//!
//! A forecast is the mixture of its n laws, p_k = 1/n Σ_i p_i(k): the pmf whose value at the count is the log score's. Not the
//! share of draws equal to k: the squares of such shares are too large by Σ p_k (1 − p_k)/n, which is more than ‖p‖² itself
//! once the counts run to thousands. One step ahead the laws differ by the draws of the parameters only; with these held fixed
//! all are one law and the norm is exact. Where all laws at all counts would be too many evaluations (`BUDGET`), the laws are
//! put in strata by their means, n_s of them in stratum s, and two drawn from each:
//!
//! ```text
//! ‖p‖² ≈ ‖Σ_s w_s (p_s1 + p_s2)/2‖² − Σ_s w_s² (1/4 − 1/(2 n_s)) ‖p_s1 − p_s2‖²,   w_s = n_s/n
//! ```
//!
//! which is without bias: laws of different strata are drawn independently, and ‖p_s1 − p_s2‖² corrects the squares within
//! (Cochran, Sampling Techniques, 3rd ed., chapter 5, has the estimator of a mean; the correction is that of a U-statistic).
//! With two laws to a stratum it is exact. Draws of parameters come in no order, so the first two of a stratum are its sample.
//!
//! Large counts are taken in blocks that are narrow beside the laws and beside the count itself, p² by its value in the
//! middle: for laws as smooth as these the midpoint rule is within 0.2 % at worst, and mostly far closer. Zero is a block of its own.

use crate::family::{Law, MAX_COUNT};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Probabilities evaluated for one forecast of one count, about.
const BUDGET: f64 = 4_000.0;

/// Standard deviations below and above the mean that are looked at: more above, since counts are skewed.
const REACH: (f64, f64) = (7.0, 12.0);

/// A run of counts: its middle and how many there are.
type Block = (f64, f64);

/// Standard deviation of a law's family.
fn spread(law: &Law) -> f64 {
    law.family.variance(law.mean, law.dispersion).max(0.0).sqrt()
}

/// The counts that a law can be said to reach, none above [`MAX_COUNT`].
fn ends(law: &Law) -> (f64, f64) {
    let sd = spread(law).max(1.0);
    ((law.mean - REACH.0 * sd).clamp(0.0, MAX_COUNT), (law.mean + REACH.1 * sd).min(MAX_COUNT))
}

/// The blocks for some laws, in order: zero, then whatever at least one of them reaches. Single counts up to 63, then never
/// wider than an eighth of the count, nor than half the standard deviation of any law that reaches it. What no law reaches
/// is in no block: the means of a forecast that can explode lie many powers of ten apart.
fn blocks_of(laws: &[Law]) -> Vec<Block> {
    let mut ahead: Vec<Reach> = laws.iter().map(Reach::of).collect();
    ahead.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut ahead = ahead.as_slice();
    // The narrowest of the laws that are reached and not yet passed is on top.
    let mut here: BinaryHeap<Reach> = BinaryHeap::new();
    let (mut k, mut out) = (1.0_f64, vec![(0.0, 1.0)]);
    loop {
        let reached = ahead.partition_point(|l| l.from <= k);
        here.extend(&ahead[..reached]);
        ahead = &ahead[reached..];
        match here.peek() {
            Some(law) if law.to < k => {
                here.pop();
            }
            Some(law) => {
                let mut wide = ((k - 40.0) / 8.0).min(law.sd / 2.0);
                let end = k + wide;
                for next in ahead.iter().take_while(|l| l.from < end) {
                    wide = wide.min((next.from - k).max(next.sd / 2.0));
                }
                // Odd, so that the middle is a count.
                let wide = 2.0 * ((wide.max(1.0) - 1.0) / 2.0).floor() + 1.0;
                out.push((k + (wide - 1.0) / 2.0, wide));
                k += wide;
            }
            None => match ahead.first() {
                Some(next) => k = next.from,
                None => return out,
            },
        }
    }
}

/// The counts that a law reaches and its standard deviation; the narrower is the greater.
#[derive(Clone, Copy, PartialEq)]
struct Reach {
    from: f64,
    to: f64,
    sd: f64,
}

impl Reach {
    fn of(law: &Law) -> Self {
        let (from, to) = ends(law);
        Reach { from: from.floor(), to, sd: spread(law) }
    }
}

impl Eq for Reach {}

impl Ord for Reach {
    fn cmp(&self, other: &Self) -> Ordering {
        other.sd.total_cmp(&self.sd)
    }
}

impl PartialOrd for Reach {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// ‖p‖² of the mixture of `laws`; `None` without laws, or when one has no mean.
pub fn norm2(laws: &[Law]) -> Option<f64> {
    let (n, first) = (laws.len(), laws.first()?);
    if laws.iter().any(|l| !(l.mean + spread(l)).is_finite()) {
        return None;
    }
    if laws.iter().all(|l| l == first) {
        return Some(over(&[*first], blocks_of(&[*first]), 1));
    }
    let grid = blocks_of(laws);
    let reached: usize = laws.iter().map(|l| inside(l, &grid).len()).sum();
    let affordable = (n as f64 * BUDGET / reached as f64) as usize;
    Some(over(laws, grid, (affordable / 2).clamp(1, n.div_ceil(2))))
}

/// The blocks that a law reaches, and zero.
fn inside(law: &Law, grid: &[Block]) -> std::ops::Range<usize> {
    let (from, to) = ends(law);
    grid[1..].partition_point(|b| b.0 < from) + 1..grid[1..].partition_point(|b| b.0 <= to) + 1
}

/// ‖p‖² of the mixture of `laws` over a grid, from two laws of each of so many strata.
fn over(laws: &[Law], grid: Vec<Block>, strata: usize) -> f64 {
    let n = laws.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|a, b| laws[*a].mean.total_cmp(&laws[*b].mean).then(a.cmp(b)));
    let (mut p, mut inner) = (vec![0.0; grid.len()], 0.0);
    let (mut first, mut second) = (p.clone(), p.clone());
    for s in 0..strata {
        let members = &mut order[s * n / strata..(s + 1) * n / strata];
        let size = members.len();
        members.sort_unstable();
        let (a, b) = (&laws[members[0]], &laws[members[1 % size]]);
        let (reach_a, reach_b) = (fill(&mut first, a, &grid), fill(&mut second, b, &grid));
        let reach = reach_a.start.min(reach_b.start)..reach_a.end.max(reach_b.end);
        let weight = size as f64 / n as f64;
        let within = weight * weight * (0.25 - 0.5 / size.max(2) as f64);
        for k in std::iter::once(0).chain(reach) {
            p[k] += weight * (first[k] + second[k]) / 2.0;
            inner += within * grid[k].1 * (first[k] - second[k]).powi(2);
            (first[k], second[k]) = (0.0, 0.0);
        }
    }
    p.iter().zip(&grid).map(|(p, b)| b.1 * p * p).sum::<f64>() - inner
}

/// Writes the probabilities of a law into `p`, and says where.
fn fill(p: &mut [f64], law: &Law, grid: &[Block]) -> std::ops::Range<usize> {
    let reach = inside(law, grid);
    for k in std::iter::once(0).chain(reach.clone()) {
        p[k] = law.log_pmf(grid[k].0).exp();
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Zeros};
    use crate::score::pmf::Pmf;
    use rand::RngExt as _;

    /// Σ p² of a mixture by its definition, over every count.
    fn by_definition(laws: &[Law]) -> f64 {
        let tables: Vec<Pmf> = laws.iter().map(Pmf::of).collect();
        let longest = tables.iter().map(|t| t.probabilities().len()).max().unwrap();
        let p = |k: usize| {
            tables.iter().map(|t| t.probabilities().get(k).copied().unwrap_or(0.0)).sum::<f64>() / laws.len() as f64
        };
        (0..longest).map(|k| p(k).powi(2)).sum()
    }

    #[test]
    fn one_law_is_its_table() {
        let zip = Law { zeros: Zeros::Inflated(0.2), ..Law::new(Family::Poisson, 900.0, 1.0) };
        for (law, tolerance) in [
            (Law::new(Family::Poisson, 3.0, 1.0), 1e-12),
            (Law::new(Family::Nb2, 11.0, 2.0), 1e-8),
            (Law::new(Family::Poisson, 3000.0, 1.0), 1e-9),
            (Law::new(Family::Nb2, 1500.0, 12.0), 5e-4),
            (Law::new(Family::Nb2, 1500.0, 1.0), 2e-3),
            (Law::new(Family::Nb2, 300.0, 0.4), 2e-3),
            (Law::new(Family::GaussianLog, 1200.0, 0.9), 2e-3),
            (zip, 1e-9),
        ] {
            let (got, want) = (norm2(&[law; 5]).unwrap(), by_definition(&[law]));
            assert!((got / want - 1.0).abs() < tolerance, "{law:?}: {got} against {want}");
        }
        assert_eq!(norm2(&[]), None);
        assert_eq!(norm2(&[Law::new(Family::Poisson, f64::NAN, 1.0)]), None);
    }

    #[test]
    fn a_mixture_is_the_sum_of_its_laws() {
        // Where a narrow law ends, the blocks grow: 1.4e-6 for means of thousands.
        for (family, dispersion, mean, tolerance) in
            [(Family::Poisson, 1.0, 6.0, 1e-12), (Family::Nb2, 3.0, 9.0, 1e-6), (Family::Poisson, 1.0, 2000.0, 2e-6)]
        {
            let laws: Vec<Law> =
                (0..40).map(|i| Law::new(family, mean * (1.0 + f64::from(i) / 40.0), dispersion)).collect();
            let (got, want) = (norm2(&laws).unwrap(), by_definition(&laws));
            assert!((got / want - 1.0).abs() < tolerance, "{family:?} {mean}: {got} against {want}");
        }
    }

    #[test]
    fn laws_at_every_scale_take_few_blocks() {
        // Paths of a forecast that can explode: a narrow law among wide ones, gaps of many powers of ten, past any count.
        for family in [Family::Poisson, Family::Nb2] {
            let laws: Vec<Law> =
                (0..4000).map(|i| Law::new(family, 10f64.powf(f64::from(i % 400) / 20.0), 5.0)).collect();
            let grid = blocks_of(&laws);
            assert!(grid.len() < 40_000, "{family:?}: {} blocks", grid.len());
            assert!(
                grid.windows(2).all(|w| w[1].0 - w[1].1 / 2.0 >= w[0].0 + w[0].1 / 2.0),
                "{family:?}: blocks overlap"
            );
            assert!(norm2(&laws).is_some_and(|n| n > 0.0 && n < 1.0));
        }
        let laws = [
            Law::new(Family::Nb2, 1000.0, 1.0),
            Law::new(Family::Poisson, 1010.0, 1.0),
            Law::new(Family::Nb2, 1e4, 9.0),
        ];
        let (got, want) = (norm2(&laws).unwrap(), by_definition(&laws));
        assert!((got / want - 1.0).abs() < 1e-3, "{got} against {want}");
    }

    #[test]
    fn two_laws_of_each_stratum_are_close_and_no_bias() {
        // 4,000 laws pass the budget. Poisson laws of 1e6 are narrow beside the spread of their means: few overlap.
        for (family, from, noise) in [(Family::Nb2, 60.0, 0.01), (Family::Nb2, 3e4, 0.02), (Family::Poisson, 1e6, 0.3)]
        {
            let errors: Vec<f64> = (0..20)
                .map(|seed| {
                    let mut rng = crate::rng::stream(seed, &["mixture"]);
                    let mut mean = || from * (1.0 + rng.random::<f64>());
                    let laws: Vec<Law> = (0..4000).map(|_| Law::new(family, mean(), 30.0)).collect();
                    norm2(&laws).unwrap() / over(&laws, blocks_of(&laws), 2000) - 1.0
                })
                .collect();
            let mean = errors.iter().sum::<f64>() / 20.0;
            let sd = (errors.iter().map(|e| e * e).sum::<f64>() / 20.0).sqrt();
            assert!(mean.abs() < 3.0 * sd / 20_f64.sqrt(), "{family:?} {from}: off by {mean} on average, sd {sd}");
            assert!(sd > 0.0 && sd < noise, "{family:?} {from}: off by {sd}");
        }
    }
}
