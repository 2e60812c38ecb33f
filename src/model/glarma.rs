//! GLARMA.
use crate::error::{Error, Result};
use crate::model::{Model, Settings};

/// Makes the model.
pub fn build(_: &Settings) -> Result<Box<dyn Model>> {
    Err(Error::data("not there yet"))
}
