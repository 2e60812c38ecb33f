//! Pictures as SVG text: no script is needed to see them, colours come from the page's style sheet.
//!
//! [`svg`] writes elements, [`scale`] maps numbers to places, [`frame`] draws axes; every other file is one picture.

pub mod acf;
pub mod backtest;
pub mod calibration;
pub mod curve;
pub mod events;
pub mod fan;
pub mod forest;
pub mod frame;
pub mod intervals;
pub mod parts;
pub mod pit;
pub mod residuals;
pub mod rootogram;
pub mod scale;
pub mod statistics;
pub mod svg;
pub mod time;
pub mod without;

/// The picture's version: a wide one for screens and paper, a narrow one with the same letter size for phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// From 860 pixels on.
    Wide,
    /// Below.
    Narrow,
}

impl Size {
    /// Both.
    pub const ALL: [Size; 2] = [Size::Wide, Size::Narrow];

    /// Class of the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Size::Wide => "wide",
            Size::Narrow => "narrow",
        }
    }

    /// The first of two values when wide, else the second.
    pub fn pick<T>(self, wide: T, narrow: T) -> T {
        if self == Size::Wide { wide } else { narrow }
    }
}
