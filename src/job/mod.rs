//! The jobs: the only place where data, terms, models, forecasts and scores meet.
//!
//! One path, each step calling the one before: a forecast is a fit and a simulation; a back-test is a loop of forecasts,
//! each made from `dataset.as_of(origin)`; a report is a function of their results.

mod backtest;
mod data;
mod effects;
mod export;
mod files;
mod fit;
mod forecast;
mod forecast_notes;
mod history;
mod interventions;
mod load;
mod page;
mod panel;
mod resample;
mod sources;
mod spec;

pub use backtest::backtest;
pub use data::{check, show};
pub use effects::{Ask, effects};
pub use export::export;
pub use fit::fit;
pub use forecast::forecast;
pub use interventions::{Looking, REPLICATES, interventions};
pub use load::{Input, Session};
pub use page::page;
pub use panel::{Outcome, Panel, Part};
pub use spec::Spec;
