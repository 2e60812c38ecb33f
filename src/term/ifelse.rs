//! `ifelse(x > 3, z, 0)`: one of two numbers or columns by a comparison, as R's. It is unknown where the comparison or the
//! one that it chooses is; the other need not be known.

use super::args::constant;
use super::arithmetic::{Side, operand};
use super::compare::is_comparison;
use super::{Args, Block, Encoder, Entry, Frame, Needs, Reads, Shape, Term, numeric};
use crate::error::{Error, Place, Result};
use crate::formula::Kind;
use std::borrow::Cow;

pub(super) const ENTRY: Entry = Entry {
    name: "ifelse",
    params: &["test", "yes", "no"],
    usage: "ifelse(x > 3, yes, no)",
    about: "one of two numbers or columns, by a comparison, as in R",
    reads: Reads::Same,
    build,
};

struct IfElse {
    test: Box<dyn Term>,
    yes: Side,
    no: Side,
    place: Place,
}

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let test = args.need("test")?;
    if !is_comparison(test) {
        return Err(args.wrong(test, "a comparison first"));
    }
    let side = |param: &str| {
        let e = args.need(param)?;
        match (&e.kind, constant(e)) {
            (_, Some(k)) => Ok(Side::Number(k)),
            (Kind::Text(_), _) => {
                let error = Error::usage("`ifelse` chooses between numbers, not texts");
                Err(error.help(format!("the comparison alone is a factor: `I({test})`")).at(args.origin().place(&e.at)))
            }
            _ => operand(e, args.origin()).map(Side::Term),
        }
    };
    let (yes, no) = (side("yes")?, side("no")?);
    Ok(Box::new(IfElse { test: operand(test, args.origin())?, yes, no, place: args.place() }))
}

impl Term for IfElse {
    fn needs(&self, back: (usize, usize), needs: &mut Needs) {
        self.test.needs(back, needs);
        for side in [&self.yes, &self.no] {
            if let Side::Term(t) = side {
                t.needs(back, needs);
            }
        }
    }

    fn prepare(&self, history: Frame<'_>) -> Result<Box<dyn Encoder>> {
        let mut needs = Needs::default();
        self.needs((0, 0), &mut needs);
        if needs.back(&history.data.response).is_some() {
            return Err(Error::data("`ifelse` cannot read past counts")
                .help("use the past counts themselves: `lag(log1p(y), 1)`")
                .at(self.place.clone()));
        }
        let learn = |side: &Side| match side {
            Side::Number(k) => Ok(Learnt::Number(*k)),
            Side::Term(t) => {
                let encoder = t.prepare(history)?;
                match numeric(encoder.as_ref(), "ifelse").map_err(|e| e.at(self.place.clone()))?.len() {
                    1 => Ok(Learnt::Column(encoder)),
                    n => Err(Error::data(format!("`ifelse` chooses between single columns, here are {n}"))
                        .help("give a column or a number")
                        .at(self.place.clone())),
                }
            }
        };
        Ok(Box::new(Chosen { test: self.test.prepare(history)?, yes: learn(&self.yes)?, no: learn(&self.no)? }))
    }
}

enum Learnt {
    Number(f64),
    Column(Box<dyn Encoder>),
}

struct Chosen {
    test: Box<dyn Encoder>,
    yes: Learnt,
    no: Learnt,
}

fn values<'a>(encoder: &dyn Encoder, frame: Frame<'a>) -> Result<Cow<'a, [f64]>> {
    match encoder.encode(frame)? {
        Block::Numbers(mut columns) if columns.len() == 1 => Ok(columns.swap_remove(0)),
        _ => Err(Error::data("`ifelse` needs single columns of numbers").help("give a column or a number")),
    }
}

impl Encoder for Chosen {
    fn shape(&self) -> Shape {
        Shape::Numbers(vec![String::new()])
    }

    fn encode<'a>(&self, frame: Frame<'a>) -> Result<Block<'a>> {
        let side = |l: &Learnt| match l {
            Learnt::Number(k) => Ok(Cow::Owned(vec![*k; frame.data.grid.len])),
            Learnt::Column(e) => values(e.as_ref(), frame),
        };
        let (test, yes, no) = (values(self.test.as_ref(), frame)?, side(&self.yes)?, side(&self.no)?);
        let one = |s: usize| match test[s] {
            t if t.is_nan() => f64::NAN,
            0.0 => no[s],
            _ => yes[s],
        };
        Ok(Block::Numbers(vec![Cow::Owned((0..test.len().min(yes.len()).min(no.len())).map(one).collect())]))
    }
}
