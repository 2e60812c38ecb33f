//! Formulas in Wilkinson's notation as R users write them, parsed to a tree whose nodes know where they stand.
//!
//! [`parse`] reads `y ~ a + log(b) + lag(c, 1) + C(d, ref=x) + a:b + (a + b)^2 - 1 + offset(log(pop)) | z` and expands it
//! to terms in R's order: main effects as written, then interactions of two, of three, …, each once. `.` stands for
//! every other column and is expanded when the data are known ([`Formula::with_columns`]).
//!
//! Apart from R: dates (`step(2016-08-01)`), periods (`2016-08`, `2016Q3`) and durations (`12 months`) are single
//! words as arguments of a function (but not inside `I(...)`), and the part after `|` is the zero part, as in R's pscl.

mod deparse;
mod expand;
mod grammar;
mod lexer;
#[cfg(test)]
mod tests;

use crate::data::Dataset;
use crate::error::{Place, Result};
use crate::term;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use deparse::{name as quote, number, quoted};
pub(crate) use lexer::duration;

/// A node of the tree and the bytes of the formula text that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub at: Range<usize>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A column, or a bare word in a call (`event(covid_border_closure)`).
    Name(String),
    /// A number.
    Number(f64),
    /// A quoted text, a date (`2016-08-01`) or a duration (`12 months`).
    Text(String),
    /// `name(args, key = value)`.
    Call {
        /// Function name.
        name: String,
        /// Positional arguments.
        args: Vec<Expr>,
        /// Named arguments.
        named: Vec<(String, Expr)>,
    },
    /// Arithmetic or a comparison inside `I(...)` or a function's argument.
    Infix {
        /// One of `+ - * / ^`, of the comparisons `< > ≤ ≥ = ≠ ∈`, or `&` and `|`.
        op: char,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// Unary minus.
    Minus(Box<Expr>),
    /// Parentheses, kept because R's names keep them.
    Group(Box<Expr>),
}

/// A formula after expansion: each term is an interaction of one or more expressions, in R's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// The text as given.
    pub text: String,
    /// Where the text stands, for errors.
    pub written: Written,
    /// Left side: the response column.
    pub response: String,
    /// The mean part.
    pub mean: Side,
    /// The zero part after `|`, if any.
    pub zero: Option<Side>,
}

/// The terms of one linear predictor.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Whether there is an intercept.
    pub intercept: bool,
    /// Terms by order of interaction, then as written.
    pub terms: Vec<Vec<Expr>>,
    /// Offsets: `offset(...)` and `exposure(...)` calls.
    pub offsets: Vec<Expr>,
}

/// Where a formula's text stands: a word such as `formula`, or bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    file: String,
    /// The file's text, and the bytes of it that are the formula.
    inside: Option<(Arc<str>, Range<usize>)>,
}

impl Default for Written {
    /// On the command line.
    fn default() -> Self {
        Written::by_name("formula")
    }
}

impl Written {
    /// Under a word that is not the name of a file.
    pub fn by_name(name: &str) -> Self {
        Written { file: name.into(), inside: None }
    }

    /// In a file's text, as a value that stands at some bytes, its quotes included.
    pub fn in_file(file: &str, text: &str, value: Range<usize>) -> Self {
        Written { file: file.into(), inside: Some((text.into(), value)) }
    }
}

/// Reads a formula.
///
/// # Errors
/// On anything that is not one: the message says what, with a caret at the column and the nearest name.
pub fn parse(text: &str) -> Result<Formula> {
    parse_in(text, &Written::default())
}

/// Reads a formula that stands somewhere (used in error messages only).
///
/// # Errors
/// As [`parse`].
pub fn parse_in(text: &str, written: &Written) -> Result<Formula> {
    read(text, written, None)
}

fn read(text: &str, written: &Written, columns: Option<&[String]>) -> Result<Formula> {
    let origin = Origin { written, text };
    let raw = grammar::parse(origin)?;
    let mean = expand::side(&raw.mean, &raw.response, columns, origin)?;
    let zero = raw.zero.map(|z| expand::side(&z, &raw.response, columns, origin)).transpose()?;
    let formula = Formula { text: text.into(), written: written.clone(), response: raw.response, mean, zero };
    for e in formula.expressions().filter(|e| !e.is_dot()) {
        term::build(e, origin)?;
    }
    Ok(formula)
}

/// The text that a node belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Where it stands.
    pub written: &'a Written,
    /// The formula.
    pub text: &'a str,
}

impl Origin<'_> {
    /// The place of some bytes of the text, for an error's caret.
    pub fn place(&self, at: &Range<usize>) -> Place {
        let clip = |i: usize| self.text.floor_char_boundary(i.min(self.text.len()));
        let at = clip(at.start)..clip(at.end);
        let Some((file, value)) = &self.written.inside else { return Place::of(&self.written.file, self.text, at) };
        // As it stands within the quotes; where something in it is escaped, the value as a whole.
        match file.get(value.clone()).and_then(|v| v.find(self.text)) {
            Some(i) => {
                let start = value.start + i;
                Place::of(&self.written.file, file, start + at.start..start + at.end)
            }
            None => Place::of(&self.written.file, file, value.clone()),
        }
    }
}

impl Expr {
    /// The name in R's coefficients: the expression as R deparses it, but the column alone for `C(column, ...)`.
    pub fn label(&self) -> String {
        match &self.kind {
            Kind::Call { name, args, named } if name == "C" => {
                let inner = args.first().or_else(|| named.iter().find(|(k, _)| k == "x").map(|(_, e)| e));
                inner.map_or_else(|| self.to_string(), Expr::to_string)
            }
            _ => self.to_string(),
        }
    }

    /// Whether this is `.`, all other columns.
    pub fn is_dot(&self) -> bool {
        matches!(&self.kind, Kind::Name(n) if n == ".")
    }
}

impl Formula {
    /// The text and its file, for places.
    pub fn origin(&self) -> Origin<'_> {
        Origin { written: &self.written, text: &self.text }
    }

    /// Every distinct expression of the terms and offsets of both parts.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let sides = [Some(&self.mean), self.zero.as_ref()];
        let mut seen = HashSet::new();
        sides
            .into_iter()
            .flatten()
            .flat_map(|s| s.terms.iter().flatten().chain(&s.offsets))
            .filter(move |e| seen.insert(e.to_string()))
    }

    /// Whether `.` still stands for columns to come.
    pub fn has_dot(&self) -> bool {
        self.expressions().any(Expr::is_dot)
    }

    /// The formula with `.` expanded to all of `columns` but the response, in their order.
    ///
    /// # Errors
    /// When the expansion is too large.
    pub fn with_columns(&self, columns: &[String]) -> Result<Formula> {
        if self.has_dot() { read(&self.text, &self.written, Some(columns)) } else { Ok(self.clone()) }
    }

    /// The columns that the right side reads, the response's own lags apart, in order of appearance; `.` is not expanded.
    pub fn columns(&self) -> Vec<String> {
        let mut needs = term::Needs::default();
        for e in self.expressions().filter(|e| !e.is_dot()) {
            if let Ok(t) = term::build(e, self.origin()) {
                t.needs((0, 0), &mut needs);
            }
        }
        let mut names: Vec<String> = Vec::new();
        for c in needs.columns {
            if c.name != self.response && !names.contains(&c.name) {
                names.push(c.name);
            }
        }
        names
    }

    /// Checks every column, event and tag against the whole data set, before any view of it is taken: in a view as of
    /// an early date an event may not have come yet, so that a misspelt one could not be told from it.
    ///
    /// # Errors
    /// On the first unknown name, with a caret and the nearest ones.
    pub fn check(&self, data: &Dataset) -> Result<()> {
        for e in self.expressions().filter(|e| !e.is_dot()) {
            let mut needs = term::Needs::default();
            term::build(e, self.origin())?.needs((0, 0), &mut needs);
            needs.check(data)?;
        }
        Ok(())
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ~ {}", deparse::name(&self.response), self.mean)?;
        self.zero.as_ref().map_or(Ok(()), |z| write!(f, " | {z}"))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A comparison is a term in parentheses only.
        let one = |e: &Expr| if matches!(e.kind, Kind::Infix { .. }) { format!("({e})") } else { e.to_string() };
        let join = |t: &Vec<Expr>| t.iter().map(one).collect::<Vec<_>>().join(":");
        let mut parts: Vec<String> = self.terms.iter().map(join).collect();
        parts.extend(self.offsets.iter().map(Expr::to_string));
        match (self.intercept, parts.is_empty()) {
            (true, true) => write!(f, "1"),
            (false, true) => write!(f, "0"),
            (true, false) => write!(f, "{}", parts.join(" + ")),
            (false, false) => write!(f, "{} - 1", parts.join(" + ")),
        }
    }
}
