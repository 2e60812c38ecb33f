//! A column by its name: numbers as they are, text as a factor, the response as counts of the path.

use super::factor::TextLevels;
use super::{Block, ColumnNeed, Encoder, Frame, Needs, Shape, Term};
use crate::data::Values;
use crate::error::{Error, Place, Result};
use std::borrow::Cow;
use std::sync::Arc;

struct Column {
    name: String,
    place: Place,
}

pub(super) fn build(name: &str, place: Place) -> Box<dyn Term> {
    Box::new(Column { name: name.into(), place })
}

impl Term for Column {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        needs.columns.push(ColumnNeed { name: self.name.clone(), back, place: self.place.clone() });
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        if self.name == history.data.response {
            return Ok(Box::new(Counts));
        }
        let column = history.data.column(&self.name).map_err(|e| e.at(self.place.clone()))?;
        // Numbers that were not understood are no factor unless C(x) says so.
        if column.misread {
            column.as_numbers()?;
        }
        Ok(match &column.values {
            Values::Number(_) => Box::new(Numbers { name: self.name.clone() }),
            Values::Text { levels, codes } => Box::new(TextLevels::learn(&self.name, levels, codes, history.range)),
        })
    }
}

/// The response.
struct Counts;

impl Encoder for Counts {
    fn shape(&self) -> Shape {
        Shape::Numbers(vec![String::new()])
    }

    fn encode<'a>(&self, _: Frame<'a>) -> Result<Block<'a>> {
        Ok(Block::Path(vec![Arc::new(|counts, s| counts.get(s).copied().unwrap_or(f64::NAN))]))
    }
}

/// A numeric column, borrowed.
struct Numbers {
    name: String,
}

impl Encoder for Numbers {
    fn shape(&self) -> Shape {
        Shape::Numbers(vec![String::new()])
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        match &frame.data.column(&self.name)?.values {
            Values::Number(v) => Ok(Block::Numbers(vec![Cow::Borrowed(v)])),
            Values::Text { .. } => {
                Err(Error::data(format!("`{}` was numbers when the model was fitted and is text now", self.name)))
            }
        }
    }
}
