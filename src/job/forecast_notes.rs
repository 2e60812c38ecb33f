//! What is wrong with a forecast, seen from its paths.

use crate::forecast::Forecast;
use crate::model::Link;

/// Share of the draws from which a mean counts as held at its least.
const MOST: f64 = 0.5;
/// A mean above this quantile is made by the few paths beyond it,
const FEW: f64 = 0.95;
/// if it is also so many times the median and 1 more: the mean of rare counts is above most quantiles too.
const TIMES: f64 = 10.0;
/// Least mean that a model draws from under the identity link.
const LEAST: f64 = 1e-6;

/// Warnings about the periods ahead: means that an identity link has at or below 0, and paths that explode.
pub(super) fn notes(forecast: &Forecast, link: Link) -> Vec<String> {
    let ahead: Vec<usize> = (0..forecast.targets.len()).filter(|k| forecast.targets[*k].horizon > 0).collect();
    let periods = |which: &[usize]| {
        let name = |k: &usize| forecast.targets[*k].period.to_string();
        match which {
            [] => None,
            [one] => Some(name(one)),
            [first, .., last] if last - first + 1 == which.len() => Some(format!("{} to {}", name(first), name(last))),
            [first, .., last] => Some(format!("{} periods between {} and {}", which.len(), name(first), name(last))),
        }
    };
    let of = |bad: &dyn Fn(&usize) -> bool| -> Option<String> {
        periods(&ahead.iter().copied().filter(|k| bad(k)).collect::<Vec<_>>())
    };
    let mut notes = Vec::new();
    let at_least = |k: &usize| {
        let laws = forecast.paths.laws.column(*k);
        let low = laws.iter().filter(|l| l.mean <= LEAST).count();
        low as f64 >= MOST * laws.len() as f64
    };
    if link == Link::Identity
        && let Some(which) = of(&at_least)
    {
        notes.push(format!(
            "the mean of {which} comes out at or below 0 in half of the draws or more, which the identity link cannot have: \
             it is held at 0, and so are the intervals; the covariates there are beyond what this model can be used for: \
             use --link log, or other future values"
        ));
    }
    let exploding = |k: &usize| {
        let p = forecast.predictive(*k);
        p.draws().len() >= 100 && p.mean() > p.quantile(FEW) && p.mean() > TIMES * (p.quantile(0.5) + 1.0)
    };
    if let Some(which) = of(&exploding) {
        notes.push(format!(
            "the mean of {which} is above the 95 % quantile: fewer than one path in twenty, on which the process \
             explodes, make the mean, so it says nothing of the count to expect; read the median and the intervals, or hold \
             the model in its stationary region"
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Family, Law};
    use crate::forecast::{Paths, Target};
    use crate::period::Frequency;
    use ndarray::Array2;

    /// Two steps ahead with these counts and means.
    fn of(count: impl Fn(usize, usize) -> f64, mean: impl Fn(usize, usize) -> f64) -> Forecast {
        let first = Frequency::Year.period(jiff::civil::date(2020, 6, 1));
        let target = |h: i64| Target { period: first.offset(h - 1), horizon: h };
        Forecast {
            model: "m".into(),
            origin: jiff::civil::date(2020, 1, 1),
            scenario: "s".into(),
            targets: vec![target(1), target(2)],
            paths: Paths {
                counts: Array2::from_shape_fn((1000, 2), |(i, k)| count(i, k)),
                laws: Array2::from_shape_fn((1000, 2), |(i, k)| Law::new(Family::Poisson, mean(i, k), 0.0)),
            },
            known: vec![0.0; 2],
        }
    }

    #[test]
    fn means_held_at_zero_are_told_by_period() {
        let f = of(|_, k| if k == 0 { 3.0 } else { 0.0 }, |i, k| if k == 1 && i % 4 > 0 { 1e-6 } else { 2.0 });
        let told = notes(&f, Link::Identity);
        assert!(
            told.len() == 1 && told[0].contains("mean of 2021 comes out") && told[0].contains("--link log"),
            "{told:?}"
        );
        assert!(notes(&f, Link::Log).is_empty());
        assert!(notes(&of(|_, _| 2.0, |_, _| 2.0), Link::Identity).is_empty());
    }

    #[test]
    fn a_mean_of_few_exploding_paths_is_told() {
        let told = notes(&of(|i, _| if i < 5 { 1e9 } else { 3.0 }, |_, _| 3.0), Link::Log);
        assert!(told.len() == 1 && told[0].contains("2020 to 2021"), "{told:?}");
        assert!(notes(&of(|i, _| (i % 50) as f64, |_, _| 25.0), Link::Log).is_empty());
        // Rare counts do not explode.
        assert!(notes(&of(|i, _| f64::from(u8::from(i < 5)), |_, _| 0.005), Link::Log).is_empty());
    }
}
