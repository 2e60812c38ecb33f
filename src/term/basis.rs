//! The engine of bases: several columns from one, with what was learnt from its known values in the history.

use super::{Block, Encoder, Frame, Needs, Shape, StepFn, Term, known_values, numeric};
use crate::error::{Error, Result};
use std::borrow::Cow;
use std::sync::Arc;

/// Writes the basis at a value.
pub(super) type Function = Arc<dyn Fn(f64, &mut [f64]) + Send + Sync>;

/// A basis before anything was learnt; `learn` takes the known values and gives the number of columns and the function.
pub(super) struct Basis<L> {
    pub(super) name: &'static str,
    pub(super) inner: Box<dyn Term>,
    pub(super) learn: L,
}

impl<L: Fn(&[f64]) -> Result<(usize, Function)> + Send + Sync> Term for Basis<L> {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.inner.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let inner = self.inner.prepare(history)?;
        let columns = numeric(inner.as_ref(), self.name)?.len();
        if columns != 1 {
            return Err(Error::data(format!("`{}` needs one column, here are {columns}", self.name)));
        }
        let mut values = known_values(inner.as_ref(), history)?;
        let (columns, f) = (self.learn)(&values.pop().unwrap_or_default())?;
        Ok(Box::new(Learnt { inner, columns, f }))
    }
}

struct Learnt {
    inner: Box<dyn Encoder>,
    columns: usize,
    f: Function,
}

impl Encoder for Learnt {
    /// As R: a single column has no number.
    fn shape(&self) -> Shape {
        let one = self.columns == 1;
        Shape::Numbers((1..=self.columns).map(|i| if one { String::new() } else { i.to_string() }).collect())
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let p = self.columns;
        match self.inner.encode(frame)? {
            Block::Numbers(v) => {
                let mut columns = vec![Vec::with_capacity(v[0].len()); p];
                let mut at = vec![0.0; p];
                for x in v[0].iter() {
                    if x.is_finite() {
                        (self.f)(*x, &mut at)
                    } else {
                        at.fill(f64::NAN)
                    }
                    columns.iter_mut().zip(&at).for_each(|(c, b)| c.push(*b));
                }
                Ok(Block::Numbers(columns.into_iter().map(Cow::Owned).collect()))
            }
            Block::Path(values) => {
                let each = (0..p).map(|j| {
                    let (f, inner) = (self.f.clone(), values[0].clone());
                    Arc::new(move |counts: &[f64], s: usize| {
                        let x = inner(counts, s);
                        let mut at = vec![f64::NAN; p];
                        if x.is_finite() {
                            f(x, &mut at);
                        }
                        at[j]
                    }) as StepFn
                });
                Ok(Block::Path(each.collect()))
            }
            Block::Codes(_) => Err(Error::data("a basis needs numbers")),
        }
    }
}

/// The number of different values.
pub(super) fn distinct(values: &[f64]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    sorted.len()
}
