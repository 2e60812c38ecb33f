//! tumen fits counts recorded over time against covariates, reports the fitted effects, forecasts, and back-tests.
//!
//! Three jobs, each a function of [`job`]; results are plain structs ([`results`]) that serialise to the JSON contract:
//!
//! ```
//! use tumen::job::{self, Input, Session};
//! use tumen::study::Flags;
//!
//! # fn main() -> tumen::Result<()> {
//! // The embedded study: yearly arrivals of North Koreans in South Korea.
//! let session = Session::open(Input::Builtin, Flags::default())?;
//!
//! let fit = job::fit(&session)?;
//! let closure = fit.fits[0].terms.iter().find(|t| t.term == "event(covid_border_closure)").unwrap();
//! assert!(closure.rate_ratio.unwrap() < 1.0);
//!
//! let forecast = job::forecast(&session)?;
//! assert_eq!(forecast.forecasts[0].targets[0].period, "2026");
//!
//! let backtest = job::backtest(&session)?;
//! assert_eq!(backtest.baseline, "log-rw");
//! # Ok(())
//! # }
//! ```
//!
//! # Map
//!
//! [`study`] and [`data`] read files; [`formula`] and [`term`] turn columns into a [`design::Design`], the border below
//! which there are only numbers; a [`model::Model`] fits a design and a [`model::Fitted`] simulates ahead; draws make a
//! [`forecast::Forecast`], [`score`] compares it with what was recorded, [`report`] writes it down. [`period`] is the
//! calendar, [`error`] the one error type, [`family`] the table of count distributions.
//!
//! # Notation
//!
//! y count, μ mean, η = g(μ) linear predictor, β coefficients, x a row of the design, w a prior weight or the share of a
//! step covered; φ dispersion, θ the NB2 size (variance μ + μ²/θ), α = 1/θ; NB1 has variance μ(1 + φ).
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod analysis;
pub mod cli;
pub mod data;
pub mod design;
pub mod effect;
pub mod error;
pub mod family;
pub mod forecast;
pub mod formula;
pub mod inference;
pub mod intervention;
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
