//! `I(...)` and arithmetic in any argument: `+ - * / ^` on columns and numbers, and comparisons of them.

use super::args::constant;
use super::compare::{self, AsNumber, is_comparison, is_logical};
use super::map::Map;
use super::{Args, Block, Encoder, Entry, Frame, Needs, Reads, Shape, StepFn, Term, numeric};
use crate::error::{Error, Place, Result};
use crate::formula::{Expr, Kind, Origin};
use std::borrow::Cow;
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    name: "I",
    params: &["x"],
    usage: "I(x/10 + z^2) or I(x > 3)",
    about: "arithmetic: + - * / ^; comparisons: < > <= >= == != & |",
    reads: Reads::Same,
    build: build_i,
};

fn build_i(args: &Args<'_>) -> Result<Box<dyn Term>> {
    super::build(args.need("x")?, args.origin())
}

/// The larger and the smaller, of which an unknown one makes the result unknown; and those of what is known.
pub(super) const MAX: char = '⊔';
pub(super) const MIN: char = '⊓';
pub(super) const MAX_KNOWN: char = '∪';
pub(super) const MIN_KNOWN: char = '∩';

/// `left op right`.
pub(super) fn apply(op: char, left: f64, right: f64) -> f64 {
    match op {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => left / right,
        '^' if right == 2.0 => left * left,
        MAX | MIN if left.is_nan() || right.is_nan() => f64::NAN,
        MAX | MAX_KNOWN => left.max(right),
        MIN | MIN_KNOWN => left.min(right),
        _ => left.powf(right),
    }
}

/// The term of a number, an infix or a minus.
pub(super) fn build(e: &Expr, origin: Origin<'_>) -> Result<Box<dyn Term>> {
    match &e.kind {
        Kind::Minus(inner) => Ok(Map::boxed("-", operand(inner, origin)?, |x| -x)),
        Kind::Infix { op, left, right } if is_logical(*op) => compare::build(*op, left, right, e, origin),
        Kind::Infix { op, left, right } => {
            let side =
                |e: &Expr| constant(e).map_or_else(|| operand(e, origin).map(Side::Term), |k| Ok(Side::Number(k)));
            match join(*op, side(left)?, side(right)?, &origin.place(&e.at)) {
                Side::Term(t) => Ok(t),
                Side::Number(_) => no_column(e, origin),
            }
        }
        _ => no_column(e, origin),
    }
}

/// One side of arithmetic.
pub(super) enum Side {
    Number(f64),
    Term(Box<dyn Term>),
}

/// The two sides under an operator.
pub(super) fn join(op: char, left: Side, right: Side, place: &Place) -> Side {
    match (left, right) {
        (Side::Term(t), Side::Number(k)) => Side::Term(Map::boxed("I", t, move |x| apply(op, x, k))),
        (Side::Number(k), Side::Term(t)) => Side::Term(Map::boxed("I", t, move |x| apply(op, k, x))),
        (Side::Number(a), Side::Number(b)) => Side::Number(apply(op, a, b)),
        (Side::Term(left), Side::Term(right)) => Side::Term(Box::new(Infix { op, left, right, place: place.clone() })),
    }
}

/// A side of arithmetic, where a comparison is 0 or 1.
pub(super) fn operand(e: &Expr, origin: Origin<'_>) -> Result<Box<dyn Term>> {
    let term = super::build(e, origin)?;
    Ok(if is_comparison(e) { Box::new(AsNumber(term)) } else { term })
}

fn no_column(e: &Expr, origin: Origin<'_>) -> Result<Box<dyn Term>> {
    let error = Error::usage(format!("`{e}` holds no column"));
    Err(error.help("the intercept stands for every constant").at(origin.place(&e.at)))
}

struct Infix {
    op: char,
    left: Box<dyn Term>,
    right: Box<dyn Term>,
    place: Place,
}

impl Term for Infix {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.left.needs(back, needs);
        self.right.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let (left, right) = (self.left.prepare(history)?, self.right.prepare(history)?);
        let (l, r) = (numeric(left.as_ref(), "I")?.len(), numeric(right.as_ref(), "I")?.len());
        if l != 1 || r != 1 {
            let error = Error::data(format!("arithmetic needs one column on each side, here are {l} and {r}"));
            return Err(error.at(self.place.clone()));
        }
        Ok(Box::new(Joined { op: self.op, left, right, place: self.place.clone() }))
    }
}

struct Joined {
    op: char,
    left: Box<dyn Encoder>,
    right: Box<dyn Encoder>,
    place: Place,
}

impl Encoder for Joined {
    fn shape(&self) -> Shape {
        Shape::Numbers(vec![String::new()])
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let op = self.op;
        match (self.left.encode(frame)?, self.right.encode(frame)?) {
            (Block::Numbers(l), Block::Numbers(r)) => {
                let each = l[0].iter().zip(r[0].iter()).map(|(a, b)| apply(op, *a, *b));
                Ok(Block::Numbers(vec![Cow::Owned(each.collect())]))
            }
            (Block::Path(l), Block::Path(r)) => {
                let (l, r) = (l[0].clone(), r[0].clone());
                let f: StepFn = Arc::new(move |counts, s| apply(op, l(counts, s), r(counts, s)));
                Ok(Block::Path(vec![f]))
            }
            _ => Err(Error::data("arithmetic cannot mix past counts and a covariate")
                .help("give them as two terms")
                .at(self.place.clone())),
        }
    }
}
