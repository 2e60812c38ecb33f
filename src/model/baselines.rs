//! Placeholder of the skeleton.
use crate::error::{Error, Result};
use crate::model::{Model, Settings};

/// Makes the model.
pub fn log_rw(_: &Settings) -> Result<Box<dyn Model>> {
    Err(Error::data("not there yet"))
}
/// Makes the model.
pub fn drift(_: &Settings) -> Result<Box<dyn Model>> {
    Err(Error::data("not there yet"))
}
/// Makes the model.
pub fn climatology(_: &Settings) -> Result<Box<dyn Model>> {
    Err(Error::data("not there yet"))
}
