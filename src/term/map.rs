//! The engine of transforms value by value.

use super::{Block, Encoder, Frame, Needs, Shape, StepFn, Term, numeric};
use crate::error::Result;
use std::borrow::Cow;
use std::sync::Arc;

/// A function of one number.
pub(super) type Function = Arc<dyn Fn(f64) -> f64 + Send + Sync>;

/// `f(x)`.
pub(super) struct Map {
    pub(super) name: &'static str,
    pub(super) inner: Box<dyn Term>,
    pub(super) f: Function,
}

impl Map {
    pub(super) fn boxed(
        name: &'static str,
        inner: Box<dyn Term>,
        f: impl Fn(f64) -> f64 + Send + Sync + 'static,
    ) -> Box<dyn Term> {
        Box::new(Map { name, inner, f: Arc::new(f) })
    }
}

impl Term for Map {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.inner.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let inner = self.inner.prepare(history)?;
        let columns = numeric(inner.as_ref(), self.name)?.len();
        Ok(Box::new(Mapped { inner, f: vec![self.f.clone(); columns] }))
    }
}

/// What a [`Map`] learnt: one function for each column.
pub(super) struct Mapped {
    pub(super) inner: Box<dyn Encoder>,
    pub(super) f: Vec<Function>,
}

impl Encoder for Mapped {
    fn shape(&self) -> Shape {
        self.inner.shape()
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        Ok(match self.inner.encode(frame)? {
            Block::Numbers(columns) => {
                let each = columns.into_iter().zip(&self.f).map(|(c, f)| match c {
                    Cow::Borrowed(v) => Cow::Owned(v.iter().map(|x| f(*x)).collect()),
                    Cow::Owned(mut v) => {
                        v.iter_mut().for_each(|x| *x = f(*x));
                        Cow::Owned(v)
                    }
                });
                Block::Numbers(each.collect())
            }
            Block::Path(values) => {
                let each = values.into_iter().zip(&self.f).map(|(inner, f)| {
                    let f = f.clone();
                    Arc::new(move |counts: &[f64], s: usize| f(inner(counts, s))) as StepFn
                });
                Block::Path(each.collect())
            }
            codes => codes,
        })
    }
}
