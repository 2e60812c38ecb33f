//! `x > 3`, `g == "a"`, and `&` and `|` of such: a factor of the levels FALSE and TRUE, as R codes a logical; FALSE is the
//! reference. In arithmetic it is 0 or 1.

use super::args::constant;
use super::{Block, Encoder, Frame, Needs, Shape, Term, numeric};
use crate::error::{Error, Place, Result};
use crate::formula::{Expr, Kind, Origin};
use std::borrow::Cow;

/// `x %in% c(1, 2)`.
pub(crate) const WITHIN: char = '∈';

/// Whether an operator compares or joins comparisons.
pub(super) fn is_logical(op: char) -> bool {
    matches!(op, '<' | '>' | '≤' | '≥' | '=' | '≠' | '&' | '|' | WITHIN)
}

/// Whether an expression has the values FALSE and TRUE.
pub(super) fn is_comparison(e: &Expr) -> bool {
    match &e.kind {
        Kind::Infix { op, .. } => is_logical(*op),
        Kind::Group(inside) => is_comparison(inside),
        Kind::Call { name, args, .. } if name == "I" => args.first().is_some_and(is_comparison),
        _ => false,
    }
}

/// One side.
enum Side {
    Number(f64),
    Text(String),
    Term(Box<dyn Term>),
}

struct Compare {
    op: char,
    left: Side,
    right: Side,
    place: Place,
}

/// The term of a comparison.
pub(super) fn build(op: char, left: &Expr, right: &Expr, at: &Expr, origin: Origin<'_>) -> Result<Box<dyn Term>> {
    if op == WITHIN {
        return super::build(&any_of(left, right, origin)?, origin);
    }
    let joins = matches!(op, '&' | '|');
    let side = |e: &Expr| -> Result<Side> {
        if op == '|' && constant(left) == Some(1.0) {
            return Err(Error::usage("random effects are not fitted")
                .help(format!(
                    "errors that allow for groups are `--vcov cluster:{right}`, levels of each group `C({right})`"
                ))
                .at(origin.place(&at.at)));
        }
        if let Some(e) = Some(e).filter(|e| joins && !is_comparison(e)) {
            return Err(Error::usage(format!("`{op}` stands between comparisons, and `{e}` is none"))
                .help("write `I(x > 3 & z < 2)`")
                .at(origin.place(&e.at)));
        }
        match (&e.kind, constant(e)) {
            (Kind::Text(t), _) if matches!(op, '=' | '≠') => Ok(Side::Text(t.clone())),
            (Kind::Text(_), _) => Err(Error::usage("texts are compared by == and != only").at(origin.place(&e.at))),
            (_, Some(x)) => Ok(Side::Number(x)),
            _ => super::build(e, origin).map(Side::Term),
        }
    };
    let (left, right) = (side(left)?, side(right)?);
    if !matches!((&left, &right), (Side::Term(_), _) | (_, Side::Term(_))) {
        return Err(Error::usage(format!("`{at}` holds no column")).at(origin.place(&at.at)));
    }
    Ok(Box::new(Compare { op, left, right, place: origin.place(&at.at) }))
}

/// `x %in% c(1, 2)` as `x == 1 | x == 2`: apart from R, an unknown `x` stays unknown.
fn any_of(left: &Expr, right: &Expr, origin: Origin<'_>) -> Result<Expr> {
    let all: Vec<&Expr> = match &right.kind {
        Kind::Call { name, args, named } if name == "c" && named.is_empty() => args.iter().collect(),
        _ => vec![right],
    };
    let joined = |op, a: Expr, b: Expr| {
        let at = left.at.start..right.at.end;
        Expr { kind: Kind::Infix { op, left: Box::new(a), right: Box::new(b) }, at }
    };
    if let Some(e) = all.iter().find(|e| constant(e).is_none() && !matches!(e.kind, Kind::Text(_))) {
        return Err(Error::usage(format!("`%in%` takes numbers or texts in quotes, not `{e}`"))
            .help("write `I(x %in% c(\"a\", \"b\"))`")
            .at(origin.place(&e.at)));
    }
    let each = all.into_iter().map(|e| joined('=', left.clone(), e.clone()));
    each.reduce(|a, b| joined('|', a, b)).ok_or_else(|| {
        let error = Error::usage("`c()` is empty").help("write `I(x %in% c(\"a\", \"b\"))`");
        error.at(origin.place(&right.at))
    })
}

impl Term for Compare {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        for side in [&self.left, &self.right] {
            if let Side::Term(t) = side {
                t.needs(back, needs);
            }
        }
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let mut needs = Needs::default();
        self.needs((0, 0), &mut needs);
        if needs.back(&history.data.response).is_some() {
            return Err(Error::data("a comparison cannot read past counts")
                .help("use the past counts themselves: `lag(log1p(y), 1)`")
                .at(self.place.clone()));
        }
        let other_is_text = |side: &Side| matches!(side, Side::Text(_));
        let left = learn(&self.left, other_is_text(&self.right), history, &self.place)?;
        let right = learn(&self.right, other_is_text(&self.left), history, &self.place)?;
        Ok(Box::new(Compared { op: self.op, left, right }))
    }
}

enum Learnt {
    Number(f64),
    Text(String),
    Numbers(Box<dyn Encoder>),
    /// With its levels.
    Levels(Box<dyn Encoder>, Vec<String>),
}

fn learn(side: &Side, with_text: bool, history: Frame<'_>, place: &Place) -> Result<Learnt> {
    let term = match side {
        Side::Number(x) => return Ok(Learnt::Number(*x)),
        Side::Text(t) => return Ok(Learnt::Text(t.clone())),
        Side::Term(t) => t.prepare(history)?,
    };
    match term.shape() {
        Shape::Factor { levels, .. } if with_text || levels == ["FALSE", "TRUE"] => Ok(Learnt::Levels(term, levels)),
        Shape::Factor { .. } => {
            Err(Error::data("a column of texts is compared with a text in quotes: `I(g == \"a\")`").at(place.clone()))
        }
        Shape::Numbers(_) if with_text => Err(Error::data("a number is compared with a text").at(place.clone())),
        Shape::Numbers(s) if s.len() != 1 => {
            Err(Error::data("a comparison needs one column on each side").at(place.clone()))
        }
        Shape::Numbers(_) => Ok(Learnt::Numbers(term)),
    }
}

struct Compared {
    op: char,
    left: Learnt,
    right: Learnt,
}

/// The values of a side by step; `None` = unknown.
enum Values<'a> {
    Constant(f64),
    Numbers(Cow<'a, [f64]>),
    Codes(Cow<'a, [Option<u32>]>),
}

impl Values<'_> {
    fn at(&self, s: usize) -> Option<f64> {
        match self {
            Values::Constant(x) => Some(*x),
            Values::Numbers(v) => v.get(s).copied().filter(|x| !x.is_nan()),
            Values::Codes(c) => c.get(s).copied().flatten().map(f64::from),
        }
    }
}

fn values<'a>(side: &Learnt, other: &Learnt, frame: Frame<'a>) -> Result<Values<'a>> {
    let (Learnt::Numbers(e) | Learnt::Levels(e, _)) = side else {
        return Ok(Values::Constant(match (side, other) {
            (Learnt::Number(x), _) => *x,
            // A level that the history does not have is none of the codes.
            (Learnt::Text(t), Learnt::Levels(_, levels)) => {
                levels.iter().position(|l| l == t).map_or(-1.0, |i| i as f64)
            }
            _ => -1.0,
        }));
    };
    Ok(match e.encode(frame)? {
        Block::Numbers(mut columns) => Values::Numbers(columns.swap_remove(0)),
        Block::Codes(codes) => Values::Codes(codes),
        Block::Path(_) => return Err(Error::data("a comparison cannot read past counts")),
    })
}

impl Encoder for Compared {
    fn shape(&self) -> Shape {
        Shape::Factor { levels: vec!["FALSE".into(), "TRUE".into()], reference: 0 }
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let left = values(&self.left, &self.right, frame)?;
        let right = values(&self.right, &self.left, frame)?;
        let holds = |a: f64, b: f64| match self.op {
            '<' => a < b,
            '>' => a > b,
            '≤' => a <= b,
            '≥' => a >= b,
            '=' => a == b,
            _ => a != b,
        };
        let code = |s: usize| match (self.op, left.at(s), right.at(s)) {
            // As R: an unknown side does not matter where the other decides.
            ('&', Some(0.0), _) | ('&', _, Some(0.0)) => Some(0),
            ('|', Some(1.0), _) | ('|', _, Some(1.0)) => Some(1),
            ('&' | '|', Some(a), Some(_)) => Some(a as u32),
            (_, Some(a), Some(b)) => Some(u32::from(holds(a, b))),
            _ => None,
        };
        Ok(Block::Codes((0..frame.data.grid.len).map(code).collect()))
    }
}

/// A comparison as the number 0 or 1, for arithmetic and functions of numbers.
pub(super) struct AsNumber(pub(super) Box<dyn Term>);

impl Term for AsNumber {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.0.needs(back, needs);
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(ZeroOne(self.0.prepare(history)?)))
    }
}

struct ZeroOne(Box<dyn Encoder>);

impl Encoder for ZeroOne {
    fn shape(&self) -> Shape {
        Shape::Numbers(vec![String::new()])
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        match self.0.encode(frame)? {
            Block::Codes(codes) => {
                let number = |c: &Option<u32>| c.map_or(f64::NAN, f64::from);
                Ok(Block::Numbers(vec![Cow::Owned(codes.iter().map(number).collect())]))
            }
            other => {
                numeric(self.0.as_ref(), "I")?;
                Ok(other)
            }
        }
    }
}
