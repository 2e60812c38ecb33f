//! Absolute error of the median, |y − m|. Range [0, ∞), smaller is better, in counts.
//!
//! The median is the point forecast that makes it smallest on average (Gneiting 2011, *JASA* 106, pp. 746–762,
//! <https://doi.org/10.1198/jasa.2011.r10138>). Not for comparing series of different size, and not to judge a mean: for
//! that take the [squared error](super::squared_error).

/// |y − m| for the median m.
pub fn score(median: f64, y: f64) -> f64 {
    (y - median).abs()
}
