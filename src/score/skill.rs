//! Means over targets and skill against a baseline, 1 − mean score / mean score of the baseline on the same targets.
//!
//! Range (−∞, 1], larger is better: 0 = as good as the baseline, 1 = perfect. For scores with a perfect value of 0 that are
//! never negative (CRPS, WIS, errors, interval scores), not for log score or DSS: a ratio of these means nothing.

use crate::results::num;

/// Mean over targets; `None` without targets, or if one is missing: an infinite log score must not be averaged away.
pub fn mean(scores: &[Option<f64>]) -> Option<f64> {
    let sum = scores.iter().copied().sum::<Option<f64>>()?;
    num(sum / scores.len() as f64)
}

/// Skill of `scores` against `baseline`, both by target in the same order; only the targets that both have count. `None`
/// without common targets, or when the baseline's mean is not positive.
pub fn skill(scores: &[Option<f64>], baseline: &[Option<f64>]) -> Option<f64> {
    let common = || scores.iter().zip(baseline).filter_map(|(s, b)| Some(((*s)?, (*b)?)));
    let (model, base) = common().fold((0.0, 0.0), |(m, b), (x, y)| (m + x, b + y));
    if base > 0.0 { num(1.0 - model / base) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_common_targets_count() {
        let (a, b) = ([Some(1.0), None, Some(3.0)], [Some(2.0), Some(100.0), Some(6.0)]);
        assert_eq!(skill(&a, &b), Some(0.5));
        assert_eq!(skill(&b, &b), Some(0.0));
        assert_eq!(skill(&[None], &[Some(1.0)]), None);
        assert_eq!(skill(&[Some(1.0)], &[Some(0.0)]), None);
        assert_eq!((mean(&a), mean(&b[1..]), mean(&[])), (None, Some(53.0), None));
    }
}
