//! Arguments of a call, matched to the term's parameters as R matches them: by name, the rest in order.

use super::compare::{AsNumber, is_comparison};
use super::{Entry, Term, build};
use crate::error::{Error, Place, Result, suggest};
use crate::formula::{Expr, Kind, Origin};
use std::ops::Range;

/// The arguments of one call.
pub struct Args<'a> {
    entry: &'static Entry,
    values: Vec<Option<&'a Expr>>,
    /// Arguments without a name of a term whose first parameter is `...`.
    pub(super) rest: Vec<&'a Expr>,
    at: Range<usize>,
    origin: Origin<'a>,
}

impl<'a> Args<'a> {
    /// Matches arguments to parameters.
    ///
    /// # Errors
    /// On an unknown or repeated name, or too many arguments.
    pub fn new(
        entry: &'static Entry,
        args: &'a [Expr],
        named: &'a [(String, Expr)],
        at: Range<usize>,
        origin: Origin<'a>,
    ) -> Result<Self> {
        let mut values: Vec<Option<&Expr>> = vec![None; entry.params.len()];
        let wrong = |message: String, help: String, at: &Range<usize>| {
            Err(Error::usage(message).help(help).at(origin.place(at)))
        };
        for (key, value) in named {
            let Some(i) = entry.params.iter().position(|p| p == key) else {
                let message = format!("`{}` has no argument `{key}`", entry.name);
                if entry.name == "I" {
                    return wrong(
                        message,
                        format!("a comparison has two equals signs: `I({key} == {value})`"),
                        &value.at,
                    );
                }
                return wrong(
                    message,
                    format!("write {}; {}", entry.usage, suggest(key, entry.params.to_vec())),
                    &value.at,
                );
            };
            if values[i].replace(value).is_some() {
                return wrong(format!("argument `{key}` is given twice"), format!("write {}", entry.usage), &value.at);
            }
        }
        let any = entry.params.first() == Some(&"...");
        let rest = if any { args.iter().collect() } else { Vec::new() };
        for value in args.iter().filter(|_| !any) {
            match values.iter_mut().find(|v| v.is_none()) {
                Some(free) => *free = Some(value),
                None => {
                    let message = format!("too many arguments of `{}`", entry.name);
                    return wrong(message, format!("write {}", entry.usage), &value.at);
                }
            }
        }
        Ok(Args { entry, values, rest, at, origin })
    }

    /// The place of the whole call.
    pub fn place(&self) -> Place {
        self.origin.place(&self.at)
    }

    /// The formula.
    pub fn origin(&self) -> Origin<'a> {
        self.origin
    }

    /// The argument of a parameter, if given.
    pub fn get(&self, param: &str) -> Option<&'a Expr> {
        self.entry.params.iter().position(|p| *p == param).and_then(|i| self.values[i])
    }

    /// The argument of a parameter.
    ///
    /// # Errors
    /// When it is not given.
    pub fn need(&self, param: &str) -> Result<&'a Expr> {
        self.get(param).ok_or_else(|| {
            Error::usage(format!("`{}` needs its argument `{param}`", self.entry.name))
                .help(format!("write {}", self.entry.usage))
                .at(self.place())
        })
    }

    /// The expression that the term works on; a comparison as 0 or 1.
    ///
    /// # Errors
    /// When it is not given or not valid.
    pub fn inner(&self) -> Result<Box<dyn Term>> {
        let e = self.need("x")?;
        let term = build(e, self.origin)?;
        Ok(if is_comparison(e) { Box::new(AsNumber(term)) } else { term })
    }

    /// A number, if given.
    ///
    /// # Errors
    /// When it is not a number.
    pub fn number(&self, param: &str) -> Result<Option<f64>> {
        self.get(param).map(|e| constant(e).ok_or_else(|| self.wrong(e, "a number"))).transpose()
    }

    /// A number within limits, if given.
    ///
    /// # Errors
    /// When it is not a number or outside.
    pub fn number_in(&self, param: &str, ok: fn(f64) -> bool, what: &str) -> Result<Option<f64>> {
        match (self.number(param)?, self.get(param)) {
            (Some(x), Some(e)) if !ok(x) => Err(self.wrong(e, what)),
            (x, _) => Ok(x),
        }
    }

    /// A whole number of at least `least`, if given.
    ///
    /// # Errors
    /// When it is something else.
    pub fn whole(&self, param: &str, least: usize) -> Result<Option<usize>> {
        let Some(e) = self.get(param) else { return Ok(None) };
        match constant(e) {
            Some(x) if x.fract() == 0.0 && x >= least as f64 && x <= 1e9 => Ok(Some(x as usize)),
            _ => Err(self.wrong(e, &format!("a whole number from {least}"))),
        }
    }

    /// Numbers, if given: `c(1, 2.5)` or one number.
    ///
    /// # Errors
    /// When it is something else.
    pub fn numbers(&self, param: &str) -> Result<Option<Vec<f64>>> {
        let Some(e) = self.get(param) else { return Ok(None) };
        let all = match &e.kind {
            Kind::Call { name, args, named } if name == "c" && named.is_empty() => args.iter().map(constant).collect(),
            _ => constant(e).map(|x| vec![x]),
        };
        all.filter(|v: &Vec<f64>| !v.is_empty()).map(Some).ok_or_else(|| self.wrong(e, "numbers, such as c(2, 5)"))
    }

    /// TRUE or FALSE, if given.
    ///
    /// # Errors
    /// When it is something else.
    pub fn truth(&self, param: &str) -> Result<Option<bool>> {
        let Some(e) = self.get(param) else { return Ok(None) };
        match &e.kind {
            Kind::Name(w) if w == "TRUE" || w == "T" => Ok(Some(true)),
            Kind::Name(w) if w == "FALSE" || w == "F" => Ok(Some(false)),
            _ => Err(self.wrong(e, "TRUE or FALSE")),
        }
    }

    /// A bare word or text, if given.
    ///
    /// # Errors
    /// When it is something else.
    pub fn word(&self, param: &str) -> Result<Option<String>> {
        self.get(param)
            .map(|e| match &e.kind {
                Kind::Name(w) | Kind::Text(w) => Ok(w.clone()),
                _ => Err(self.wrong(e, "a name")),
            })
            .transpose()
    }

    /// The error of an argument that is not `wanted`.
    pub fn wrong(&self, e: &Expr, wanted: &str) -> Error {
        Error::usage(format!("`{}` needs {wanted}, not `{e}`", self.entry.name))
            .help(format!("write {}", self.entry.usage))
            .at(self.origin.place(&e.at))
    }
}

/// The number that an expression of numbers only stands for.
pub fn constant(e: &Expr) -> Option<f64> {
    match &e.kind {
        Kind::Number(x) => Some(*x),
        Kind::Minus(e) => constant(e).map(|x| -x),
        Kind::Group(e) => constant(e),
        Kind::Infix { op, left, right } if !super::compare::is_logical(*op) => {
            Some(super::arithmetic::apply(*op, constant(left)?, constant(right)?))
        }
        _ => None,
    }
}
