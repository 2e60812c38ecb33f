//! The report: a pure function of results.
//!
//! A [`Page`] holds everything that is shown, also the words; [`html::render`] and [`markdown::render`] write it down,
//! [`tables`] and [`csv`] serve the other commands. Nothing here reads a file, a clock or a random number, so the same
//! page gives the same bytes. One section is one file, named in [`SECTIONS`]; one picture is one file of [`chart`].

pub mod chart;
pub mod csv;
pub mod data;
pub mod digits;
pub mod effects;
pub mod html;
pub mod markdown;
pub mod page;
pub mod panel;
pub mod section;
pub mod table;
pub mod tables;
mod terminal;
pub mod words;

pub use page::{EventMark, FittedPoint, Page, ScenarioText, SeriesPoint, Source, Stamp};
pub use section::{SECTIONS, Section};
pub use table::Table;
