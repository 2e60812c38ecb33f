//! `standardise(x)`: (x − m)/sd with the mean m and the standard deviation sd (divisor n − 1, as R's `scale`) of the history.

use super::map::{Function, Mapped};
use super::{Args, Encoder, Entry, Frame, Needs, Reads, Term, known_values, numeric};
use crate::error::{Error, Result};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    name: "standardise",
    params: &["x"],
    usage: "standardise(x)",
    about: "(x - mean)/sd, mean and sd of the history",
    reads: Reads::Learnt("mean and standard deviation"),
    build,
};

/// R's name for it.
pub(super) const SCALE: Entry = Entry {
    name: "scale",
    params: &["x", "center", "scale"],
    usage: "scale(x, center = TRUE, scale = TRUE)",
    about: "the same under R's name, or one half of it",
    reads: Reads::Learnt("mean and standard deviation"),
    build: build_scale,
};

struct Standardise {
    name: &'static str,
    inner: Box<dyn Term>,
    centre: bool,
    scale: bool,
}

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    Ok(Box::new(Standardise { name: ENTRY.name, inner: args.inner()?, centre: true, scale: true }))
}

fn build_scale(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let (centre, scale) = (args.truth("center")?.unwrap_or(true), args.truth("scale")?.unwrap_or(true));
    Ok(Box::new(Standardise { name: SCALE.name, inner: args.inner()?, centre, scale }))
}

impl Term for Standardise {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.inner.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let inner = self.inner.prepare(history)?;
        numeric(inner.as_ref(), self.name)?;
        let f = known_values(inner.as_ref(), history)?.iter().map(|v| self.learn(v)).collect::<Result<_>>()?;
        Ok(Box::new(Mapped { inner, f }))
    }
}

impl Standardise {
    /// As R's `scale`: without the centre the divisor is the root of the sum of squares over n - 1.
    fn learn(&self, values: &[f64]) -> Result<Function> {
        let n = values.len() as f64;
        if n < 2.0 {
            return Err(Error::data(format!("`{}` needs two known values in the history, there are {n}", self.name)));
        }
        let mean = if self.centre { values.iter().sum::<f64>() / n } else { 0.0 };
        let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        // A constant column stays one: the model reports it as not separable from the intercept.
        let sd = if self.scale && sd > 1e-12 * mean.abs() { sd } else { 1.0 };
        Ok(Arc::new(move |x| (x - mean) / sd))
    }
}
