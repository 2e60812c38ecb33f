//! tumen: counts recorded over time.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod analysis;
pub mod design;
pub mod error;
pub mod family;
pub mod forecast;
pub mod inference;
pub mod model;
pub mod period;
pub mod results;
pub mod rng;

pub use error::{Error, Result};
pub use rng::Rng;
