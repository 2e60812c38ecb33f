//! tumen: counts recorded over time.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod cli;
pub mod data;
pub mod design;
pub mod effect;
pub mod error;
pub mod family;
pub mod forecast;
pub mod formula;
pub mod inference;
pub mod job;
pub mod model;
pub mod period;
pub mod report;
pub mod results;
pub mod rng;
pub mod score;
pub mod study;
pub mod term;

pub use error::{Error, Result};
pub use rng::Rng;
