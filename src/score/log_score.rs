//! Log score, −ln p(y). Range [0, ∞) for counts, smaller is better, in nats.
//!
//! The only proper score that depends on the forecast at the recorded count alone (Good 1952, *JRSS B* 14, pp. 107–114,
//! <https://doi.org/10.1111/j.2517-6161.1952.tb00104.x>). p is the family's probability averaged over the draws, not the
//! share of draws equal to y. It punishes a count in a far tail without bound, so one target can decide a comparison;
//! then report the CRPS beside it. Not for forecasts known only by quantiles or raw samples.

use crate::results::num;

/// −ln p from ln p; `None` for probability zero (an infinite loss).
pub fn score(log_probability: f64) -> Option<f64> {
    // + 0.0: a certain outcome scores 0, not −0.
    num(-log_probability).map(|s| s + 0.0)
}
