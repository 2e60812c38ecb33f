//! The engine of transforms of the latest values: lags, differences, moving averages.

use super::{Block, Encoder, Frame, Needs, Shape, StepFn, Term, numeric};
use crate::error::Result;
use std::borrow::Cow;
use std::sync::Arc;

/// Value from a function that gives the inner value so many steps back.
pub(super) type OfLatest = Arc<dyn Fn(&dyn Fn(usize) -> f64) -> f64 + Send + Sync>;

/// `f(x_s, x_{s-1}, …)`.
pub(super) struct Window {
    name: &'static str,
    inner: Box<dyn Term>,
    /// Fewest and most steps back.
    back: (usize, usize),
    f: OfLatest,
}

impl Window {
    pub(super) fn boxed(
        name: &'static str,
        inner: Box<dyn Term>,
        back: (usize, usize),
        f: impl Fn(&dyn Fn(usize) -> f64) -> f64 + Send + Sync + 'static,
    ) -> Box<dyn Term> {
        Box::new(Window { name, inner, back, f: Arc::new(f) })
    }
}

impl Term for Window {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.inner.needs((back.0 + self.back.0, back.1 + self.back.1), needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let inner = self.inner.prepare(history)?;
        numeric(inner.as_ref(), self.name)?;
        Ok(Box::new(Windowed { inner, f: self.f.clone() }))
    }
}

struct Windowed {
    inner: Box<dyn Encoder>,
    f: OfLatest,
}

impl Encoder for Windowed {
    fn shape(&self) -> Shape {
        self.inner.shape()
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let f = &self.f;
        Ok(match self.inner.encode(frame)? {
            Block::Numbers(columns) => {
                let each = columns.iter().map(|v| {
                    let value = |s: usize| f(&|k| s.checked_sub(k).map_or(f64::NAN, |t| v[t]));
                    Cow::Owned((0..v.len()).map(value).collect())
                });
                Block::Numbers(each.collect())
            }
            Block::Path(values) => {
                let each = values.into_iter().map(|inner| {
                    let f = f.clone();
                    Arc::new(move |counts: &[f64], s: usize| {
                        f(&|k| s.checked_sub(k).map_or(f64::NAN, |t| inner(counts, t)))
                    }) as StepFn
                });
                Block::Path(each.collect())
            }
            codes => codes,
        })
    }
}
