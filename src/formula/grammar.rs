//! The grammar, on winnow. Between terms, from loose to tight: `+ -`, `* /`, `%in%`, `:`, `^`. Inside a call's arguments
//! the same signs are arithmetic and keep R's precedence: `|`, `&`, comparisons, `+ -`, `* /`, unary minus, `^` (from the
//! right).

use super::lexer::*;
use super::{Expr, Kind, Origin};
use crate::error::{Error, Result};
use std::ops::Range;
use winnow::Parser;
use winnow::combinator::{not, opt, peek, preceded, terminated};
use winnow::error::ErrMode;
use winnow::stream::Stream;
use winnow::token::{one_of, take_while};

/// Characters of a formula.
const LONGEST: usize = 200_000;
/// Largest `k` in `(...)^k`.
const LARGEST_POWER: f64 = 50.0;

/// The formula before expansion.
pub(super) struct Raw {
    pub(super) response: String,
    pub(super) mean: Node,
    pub(super) zero: Option<Node>,
}

/// A node between terms.
pub(super) struct Node {
    pub(super) what: What,
    pub(super) at: Range<usize>,
}

/// What stands between terms; chains are flat, so that depth grows by parentheses only.
pub(super) enum What {
    Leaf(Expr),
    /// `(true, x)` is added, `(false, x)` removed.
    Sum(Vec<(bool, Node)>),
    /// `*` and `/`.
    Cross(Box<Node>, Vec<(char, Node)>),
    Colon(Vec<Node>),
    /// `%in%`: each term of the left within all of the right.
    Within(Box<Node>, Vec<Node>),
    Power(Box<Node>, usize),
}

/// Reads a whole formula.
pub(super) fn parse(origin: Origin<'_>) -> Result<Raw> {
    let mut input = input(origin.text);
    let raw = if origin.text.len() > LONGEST {
        fail(0..1, format!("a formula of more than {LONGEST} characters"), "")
    } else {
        formula(&mut input)
    };
    raw.map_err(|e| {
        let flaw = match e {
            ErrMode::Backtrack(f) | ErrMode::Cut(f) => f,
            ErrMode::Incomplete(_) => Flaw { at: 0..1, message: "incomplete formula".into(), help: String::new() },
        };
        let error = Error::usage(flaw.message).at(origin.place(&flaw.at));
        if flaw.help.is_empty() { error } else { error.help(flaw.help) }
    })
}

fn formula(input: &mut Input<'_>) -> Parsed<Raw> {
    blank(input)?;
    if let Some(at) = sign(input, '~') {
        return fail(at, "no response before `~`", "write the column of counts first: `y ~ ...`");
    }
    let left = arithmetic(input)?;
    let Some(_) = sign(input, '~') else {
        if input.is_empty() {
            let at = here(input);
            return fail(at..at + 1, "no `~`", "a formula reads `response ~ terms`, e.g. `y ~ x1 + log(x2)`");
        }
        return Err(ErrMode::Cut(unexpected(input, "`~`")));
    };
    let Kind::Name(response) = left.kind else {
        let help = "the family and link transform the mean; for a model of log counts choose the family gaussian-log";
        return fail(left.at.clone(), format!("the response must be a column, not `{left}`"), help);
    };
    if response == "." {
        return fail(left.at, "`.` cannot be the response", "write the column of counts: `y ~ .`");
    }
    let mean = sum(input)?;
    let zero = if sign(input, '|').is_some() { Some(sum(input)?) } else { None };
    if input.is_empty() {
        return Ok(Raw { response, mean, zero });
    }
    if let Some(at) = sign(input, '~') {
        return fail(at, "a second `~`", "a formula has one response");
    }
    if let Some(at) = sign(input, '|') {
        return fail(at, "a second `|`", "`|` comes once, before the zero part");
    }
    Err(ErrMode::Cut(unexpected(input, "`+`, `-`, `*`, `/`, `:`, `|` or the end")))
}

// ---- between terms -------------------------------------------------------------------------------------------------

fn sum(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    let mut parts = Vec::new();
    let mut plus = signs(input).0;
    loop {
        parts.push((plus, cross(input)?));
        match signs(input) {
            (sign, true) => plus = sign,
            (_, false) => break,
        }
    }
    match parts.pop() {
        Some((true, only)) if parts.is_empty() => Ok(only),
        last => {
            parts.extend(last);
            Ok(Node { what: What::Sum(parts), at: start..end(input) })
        }
    }
}

/// Any run of `+` and `-`: the sign of their product, and whether there was any.
fn signs(input: &mut Input<'_>) -> (bool, bool) {
    let (mut plus, mut any) = (true, false);
    loop {
        if sign(input, '-').is_some() {
            plus = !plus;
        } else if sign(input, '+').is_none() {
            return (plus, any);
        }
        any = true;
    }
}

fn cross(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    let first = within(input)?;
    let mut rest = Vec::new();
    while let Some(op) = one_sign(input, ['*', '/'])? {
        rest.push((op, within(input)?));
    }
    if rest.is_empty() {
        return Ok(first);
    }
    Ok(Node { what: What::Cross(Box::new(first), rest), at: start..end(input) })
}

fn within(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    let first = colon(input)?;
    let mut rest = Vec::new();
    while opt("%in%").parse_next(input)?.is_some() {
        blank(input)?;
        rest.push(colon(input)?);
    }
    if rest.is_empty() {
        return Ok(first);
    }
    Ok(Node { what: What::Within(Box::new(first), rest), at: start..end(input) })
}

fn colon(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    let mut parts = vec![power(input)?];
    while let Some(at) = sign(input, ':') {
        if next(input) == Some(':') {
            let help = "functions stand without their package: `ns(x, df = 3)`, not `splines::ns(x, df = 3)`";
            return fail(at.start..at.end + 1, "`::` has no meaning here", help);
        }
        parts.push(power(input)?);
    }
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        last => {
            parts.extend(last);
            Ok(Node { what: What::Colon(parts), at: start..end(input) })
        }
    }
}

fn power(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    let base = primary(input)?;
    if sign(input, '^').is_none() {
        return Ok(base);
    }
    let at = here(input);
    match opt(numeral).parse_next(input)? {
        Some(k) if (1.0..=LARGEST_POWER).contains(&k) && k.fract() == 0.0 => {
            blank(input)?;
            Ok(Node { what: What::Power(Box::new(base), k as usize), at: start..end(input) })
        }
        _ => fail(
            at..here(input).max(at + 1),
            "between terms `^` needs a whole number from 1 to 50",
            "`(a + b)^2` means all interactions of two; a power of x is `I(x^2)` or `power(x, 0.5)`",
        ),
    }
}

fn primary(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    if sign(input, '(').is_some() {
        nest(input, start)?;
        let begin = input.checkpoint();
        let inside = sum(input)?;
        if let Some('<' | '>' | '=' | '!' | '&' | '|') = next(input) {
            input.reset(&begin);
            return compared(input, start);
        }
        close(input, start)?;
        return Ok(Node { what: inside.what, at: start..end(input) });
    }
    if let Some('"' | '\'') = next(input) {
        let t = text(input)?;
        let help = format!("a column with an unusual name stands in backquotes: `` `{t}` ``");
        return fail(start..here(input), "a quoted text is not a term", &help);
    }
    new_term(input);
    let e = atom(input)?;
    Ok(Node { at: e.at.clone(), what: What::Leaf(e) })
}

/// A comparison in parentheses, which is a term as it is within `I()`; the parenthesis is open.
fn compared(input: &mut Input<'_>, start: usize) -> Parsed<Node> {
    new_term(input);
    let e = logical(input)?;
    close(input, start)?;
    let Kind::Infix { op: '<' | '>' | '≤' | '≥' | '=' | '≠' | '&' | '|', .. } = e.kind else {
        return fail(e.at.clone(), format!("`{e}` is no comparison"), "arithmetic stands inside I(): `I(x/10)`");
    };
    Ok(Node { at: e.at.clone(), what: What::Leaf(e) })
}

// ---- arithmetic ----------------------------------------------------------------------------------------------------

/// An argument: arithmetic, comparisons of it, and `&` and `|` between those.
fn logical(input: &mut Input<'_>) -> Parsed<Expr> {
    let mut left = all_of(input)?;
    while sign(input, '|').is_some() {
        let right = all_of(input)?;
        left = infix(input, '|', left, right)?;
    }
    Ok(left)
}

fn all_of(input: &mut Input<'_>) -> Parsed<Expr> {
    let mut left = comparison(input)?;
    while sign(input, '&').is_some() {
        let right = comparison(input)?;
        left = infix(input, '&', left, right)?;
    }
    Ok(left)
}

/// R's comparisons do not associate: at most one.
fn comparison(input: &mut Input<'_>) -> Parsed<Expr> {
    let left = arithmetic(input)?;
    let signs = [("<=", '≤'), (">=", '≥'), ("==", '='), ("!=", '≠'), ("<", '<'), (">", '>')];
    for (text, op) in signs {
        if opt(text).parse_next(input)?.is_some() {
            blank(input)?;
            let right = arithmetic(input)?;
            return infix(input, op, left, right);
        }
    }
    Ok(left)
}

fn arithmetic(input: &mut Input<'_>) -> Parsed<Expr> {
    let mut left = product(input)?;
    while let Some(op) = one_sign(input, ['+', '-'])? {
        let right = product(input)?;
        left = infix(input, op, left, right)?;
    }
    Ok(left)
}

fn product(input: &mut Input<'_>) -> Parsed<Expr> {
    let mut left = element(input)?;
    while let Some(op) = one_sign(input, ['*', '/'])? {
        let right = element(input)?;
        left = infix(input, op, left, right)?;
    }
    Ok(left)
}

/// `%in%` a set of numbers or texts.
fn element(input: &mut Input<'_>) -> Parsed<Expr> {
    let mut left = unary(input)?;
    while opt("%in%").parse_next(input)?.is_some() {
        blank(input)?;
        let right = unary(input)?;
        left = infix(input, '∈', left, right)?;
    }
    Ok(left)
}

fn unary(input: &mut Input<'_>) -> Parsed<Expr> {
    let start = here(input);
    if sign(input, '-').is_some() {
        count_operator(input, start)?;
        let e = unary(input)?;
        return Ok(Expr { at: start..e.at.end, kind: Kind::Minus(Box::new(e)) });
    }
    let base = atom(input)?;
    if sign(input, '^').is_none() {
        return Ok(base);
    }
    count_operator(input, start)?;
    let exponent = unary(input)?;
    Ok(joined('^', base, exponent))
}

fn infix(input: &mut Input<'_>, op: char, left: Expr, right: Expr) -> Parsed<Expr> {
    count_operator(input, left.at.start)?;
    Ok(joined(op, left, right))
}

fn joined(op: char, left: Expr, right: Expr) -> Expr {
    let at = left.at.start..right.at.end;
    Expr { kind: Kind::Infix { op, left: Box::new(left), right: Box::new(right) }, at }
}

fn atom(input: &mut Input<'_>) -> Parsed<Expr> {
    let start = here(input);
    let made = |kind, input: &mut Input<'_>| {
        let at = start..here(input);
        blank(input).map(|()| Expr { kind, at })
    };
    match next(input) {
        Some('(') => {
            sign(input, '(');
            nest(input, start)?;
            let inside = logical(input)?;
            close(input, start)?;
            Ok(Expr { kind: Kind::Group(Box::new(inside)), at: start..end(input) })
        }
        Some('"' | '\'') => {
            let t = text(input)?;
            made(Kind::Text(t), input)
        }
        Some('`') => {
            let n = escaped(input, '`')?;
            if n.is_empty() {
                return fail(start..here(input), "an empty name", "");
            }
            made(Kind::Name(n), input)
        }
        Some(c) if c.is_ascii_digit() || (c == '.' && decimal_point(input)) => {
            let x = numeral(input)?;
            made(Kind::Number(x), input)
        }
        Some(c) if begins_name(c) => {
            let n = word(input)?;
            let name = made(Kind::Name(n.clone()), input)?;
            if next(input) == Some('(') { call(input, n, name.at) } else { Ok(name) }
        }
        _ => Err(ErrMode::Cut(unexpected(input, "a term"))),
    }
}

fn call(input: &mut Input<'_>, name: String, at: Range<usize>) -> Parsed<Expr> {
    let open = here(input);
    sign(input, '(');
    nest(input, open)?;
    let (mut args, mut named) = (Vec::new(), Vec::new());
    while next(input) != Some(')') {
        if input.is_empty() {
            return Err(not_closed(open));
        }
        let key = opt(terminated(word, preceded(blank, ('=', peek(not('=')))))).parse_next(input)?;
        blank(input)?;
        let literal = if name == "I" { None } else { opt(literal).parse_next(input)? };
        let value = match literal {
            Some(e) => e,
            None => logical(input)?,
        };
        blank(input)?;
        match key {
            Some(k) => named.push((k, value)),
            None => args.push(value),
        }
        if sign(input, ',').is_none() {
            break;
        }
    }
    close(input, open)?;
    Ok(Expr { kind: Kind::Call { name, args, named }, at: at.start..end(input) })
}

/// A date, period or duration that is a whole argument.
fn literal(input: &mut Input<'_>) -> Parsed<Expr> {
    let start = here(input);
    let ends = || peek(preceded(blank, one_of([',', ')'])));
    let letters = |c: char| c.is_alphanumeric() || matches!(c, '-' | ' ');
    let words = terminated(take_while(1.., letters), ends()).parse_next(input)?;
    let trimmed = words.trim_end();
    if is_date(trimmed) || duration(trimmed).is_some() {
        let at = start..start + trimmed.len();
        return Ok(Expr { kind: Kind::Text(trimmed.into()), at });
    }
    if dashed_numbers(trimmed) {
        let help = "write 2016, 2016-08 or 2016-08-01";
        return fail(start..start + trimmed.len(), format!("`{trimmed}` is not a date"), help);
    }
    Err(ErrMode::Backtrack(unexpected(input, "a date")))
}
