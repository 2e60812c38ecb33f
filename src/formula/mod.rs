//! Formulas in Wilkinson's notation as R users write them, parsed to a tree whose nodes know where they stand.

use std::ops::Range;

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
    /// A quoted text or a date (`2016-08-01`).
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
    /// Arithmetic inside `I(...)` or a function's argument: `+ - * / ^`.
    Infix {
        /// One of `+ - * / ^`.
        op: char,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// Unary minus.
    Minus(Box<Expr>),
}

/// A formula after expansion: each term is an interaction of one or more expressions, in R's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// The text as given.
    pub text: String,
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
    /// Offsets.
    pub offsets: Vec<Expr>,
}
