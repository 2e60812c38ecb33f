//! What can be said beyond the coefficients: attributable counts, counterfactuals, model uncertainty, stability, checks.
//!
//! All of it below the [`crate::design::Design`] border: numbers in, plain serde structs out; observations and steps are
//! numbers from 0 and the caller puts the calendar's names beside them.
//!
//! * [`attribution`]: how many counts each factor added or removed, period by period, in parts that add up to the fit;
//!   [`marginal`]: average marginal effects.
//! * [`counterfactual`]: what would have been counted under other covariates.
//! * [`subsets`]: every subset of the candidate terms, weighted.
//! * [`stability`]: estimates without each period, and as the record grew.
//! * [`checks`]: does the model fit the data.
//! * [`bootstrap`] and [`hypothesis`]: resampled errors; likelihood-ratio, score and Wald tests.

pub mod attribution;
pub mod bootstrap;
pub mod checks;
pub mod counterfactual;
pub mod estimates;
pub mod hypothesis;
mod joint;
pub mod marginal;
mod refit;
pub mod shapley;
pub mod stability;
pub mod subsets;

pub use estimates::{Band, Estimates, Factor};
pub use joint::Joint;
