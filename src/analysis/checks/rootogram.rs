//! Hanging rootogram: frequencies of counts, as recorded and as the model expects them, on a square-root scale; bars of
//! recorded frequencies hang from the expected curve, and end at 0 where the model fits (Kleiber and Zeileis 2016, "Visualizing
//! count data regressions using rootograms", The American Statistician 70, 296–303).

use crate::family::Law;
use serde::Serialize;

/// Bars aimed at where counts are large.
const MOST_BARS: f64 = 40.0;

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bar {
    /// Lowest count.
    pub low: f64,
    /// Highest count; equal to `low` where counts are small; `None` of the last bar, which is `low` or more.
    pub high: Option<f64>,
    /// Observations recorded in it.
    pub observed: f64,
    /// Observations expected in it: Σ_i P(low ≤ y_i ≤ high).
    pub expected: f64,
    /// √expected: where the bar hangs.
    pub top: f64,
    /// √expected − √observed: where it ends.
    pub bottom: f64,
}

/// Bars from counts with their fitted laws: one for each count up to 40, else of a round width (1, 2 or 5 times a power
/// of ten), up to the largest recorded. The last bar holds all counts above, so that expected frequencies add up to the
/// observations.
pub fn rootogram(laws: &[(f64, Law)]) -> Vec<Bar> {
    let top = laws.iter().map(|(y, _)| *y).fold(0.0, f64::max);
    let width = round_width((top + 1.0) / MOST_BARS);
    let bars = ((top + 1.0) / width).ceil() as usize;
    let bar = |b: usize| {
        let low = b as f64 * width;
        let high = (b < bars).then_some(low + width - 1.0);
        let observed = laws.iter().filter(|(y, _)| *y >= low && high.is_none_or(|h| *y <= h)).count() as f64;
        let below = |law: &Law| if low > 0.0 { law.cdf(low - 1.0) } else { 0.0 };
        let inside = |law: &Law| high.map_or(1.0, |h| law.cdf(h)) - below(law);
        let expected = laws.iter().map(|(_, law)| inside(law)).sum::<f64>().max(0.0);
        Bar { low, high, observed, expected, top: expected.sqrt(), bottom: expected.sqrt() - observed.sqrt() }
    };
    (0..=bars).map(bar).collect()
}

fn round_width(raw: f64) -> f64 {
    if raw <= 1.0 {
        return 1.0;
    }
    let power = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|w| *w >= raw * (1.0 - 1e-12)).unwrap_or(raw)
}
