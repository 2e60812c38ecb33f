//! Words of a formula: names, numbers, quoted texts, dates, durations; and what can be wrong with them.

use crate::period::parse_period;
use std::ops::Range;
use winnow::Parser;
use winnow::combinator::{not, opt, peek};
use winnow::error::{ErrMode, ParserError};
use winnow::stream::{LocatingSlice, Location, Stateful, Stream};
use winnow::token::{any, one_of, take_while};

/// Parentheses and calls inside each other.
const MOST_NESTED: usize = 40;
/// Arithmetic operators in one term.
const MOST_OPERATORS: usize = 200;

#[derive(Debug, Default)]
pub(super) struct State<'s> {
    text: &'s str,
    nested: usize,
    operators: usize,
}

/// A formula's text at its beginning.
pub(super) fn input(text: &str) -> Input<'_> {
    Stateful { input: LocatingSlice::new(text), state: State { text, nested: 0, operators: 0 } }
}

/// Begins a new term's count of operators.
pub(super) fn new_term(input: &mut Input<'_>) {
    input.state.operators = 0;
}

/// What was wrong and where.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

pub(super) type Input<'s> = Stateful<LocatingSlice<&'s str>, State<'s>>;
pub(super) type Parsed<T> = std::result::Result<T, ErrMode<Flaw>>;

impl<'s> ParserError<Input<'s>> for Flaw {
    type Inner = Self;

    fn from_input(input: &Input<'s>) -> Self {
        unexpected(input, "a term")
    }

    fn into_inner(self) -> std::result::Result<Self, Self> {
        Ok(self)
    }
}

/// Whether the text is a date or period that stands unquoted: `2016-08-01`, `2016-08`, `2016Q3`, `2016H1`, `2016-W05`.
pub(crate) fn is_date(t: &str) -> bool {
    let plain = dashed_numbers(t)
        || (t.len() == 6 && matches!(t.as_bytes()[4], b'Q' | b'H'))
        || (t.len() == 8 && t.as_bytes()[4..6] == *b"-W");
    plain && t.is_ascii() && parse_period(t).is_ok()
}

/// `\d{4}-\d{1,2}(-\d{1,2})?`
pub(super) fn dashed_numbers(t: &str) -> bool {
    let parts: Vec<&str> = t.split('-').collect();
    let digits =
        |p: &str, least: usize, most: usize| (least..=most).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    (2..=3).contains(&parts.len()) && digits(parts[0], 4, 4) && parts[1..].iter().all(|p| digits(p, 1, 2))
}

/// Reads `12 months`: a whole number and a unit (singular).
pub(crate) fn duration(t: &str) -> Option<(i64, &'static str)> {
    let (count, unit) = t.split_once(' ')?;
    let count: i64 = count.parse().ok().filter(|n| (0..=1_000).contains(n))?;
    let unit = unit.trim().trim_end_matches('s');
    let known = ["year", "quarter", "month", "week", "day", "step"];
    known.into_iter().find(|u| *u == unit).map(|u| (count, u))
}

pub(super) fn begins_name(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '.' | '_')
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_')
}

/// Whether a name stands without backquotes.
pub(super) fn is_name(n: &str) -> bool {
    let mut chars = n.chars();
    let first = chars.next();
    let number = first == Some('.') && n[1..].starts_with(|c: char| c.is_ascii_digit());
    first.is_some_and(begins_name) && n != "." && !number && chars.all(in_name)
}

pub(super) fn word(input: &mut Input<'_>) -> Parsed<String> {
    (one_of(begins_name), take_while(0.., in_name)).take().map(String::from).parse_next(input)
}

/// Whether the point at the cursor begins a number.
pub(super) fn decimal_point(input: &Input<'_>) -> bool {
    input.input.get(1..2).is_some_and(|c| c.bytes().all(|b| b.is_ascii_digit()))
}

pub(super) fn numeral(input: &mut Input<'_>) -> Parsed<f64> {
    let start = here(input);
    let digits = |least| take_while(least.., |c: char| c.is_ascii_digit());
    let exponent = (one_of(['e', 'E']), opt(one_of(['+', '-'])), take_while(1.., |c: char| c.is_ascii_digit()));
    let number = (digits(0), opt(('.', digits(0))), opt(exponent)).take().parse_next(input)?;
    let value = number.parse::<f64>().ok().filter(|x| x.is_finite());
    let Some(x) = value else { return fail(start..here(input).max(start + 1), "not a number", "") };
    opt(('L', peek(not(one_of(in_name))))).parse_next(input)?;
    Ok(x)
}

pub(super) fn text(input: &mut Input<'_>) -> Parsed<String> {
    let quote = if next(input) == Some('\'') { '\'' } else { '"' };
    escaped(input, quote)
}

pub(super) fn escaped(input: &mut Input<'_>, quote: char) -> Parsed<String> {
    let start = here(input);
    one_of(quote).parse_next(input)?;
    let mut out = String::new();
    loop {
        match opt(any).parse_next(input)? {
            None => return fail(start..start + 1, "this quote is not closed", ""),
            Some(c) if c == quote => return Ok(out),
            Some('\\') => out.extend(opt(any).parse_next(input)?),
            Some(c) => out.push(c),
        }
    }
}

pub(super) fn blank(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

pub(super) fn here(input: &Input<'_>) -> usize {
    input.current_token_start()
}

/// End of what was read, blanks after it apart.
pub(super) fn end(input: &Input<'_>) -> usize {
    input.state.text[..here(input)].trim_end().len()
}

pub(super) fn next(input: &Input<'_>) -> Option<char> {
    input.input.chars().next()
}

/// Takes a sign and the blanks after it, if it is next.
pub(super) fn sign(input: &mut Input<'_>, c: char) -> Option<Range<usize>> {
    let start = here(input);
    if next(input) != Some(c) {
        return None;
    }
    input.next_token();
    blank(input).ok()?;
    Some(start..start + c.len_utf8())
}

pub(super) fn one_sign(input: &mut Input<'_>, of: [char; 2]) -> Parsed<Option<char>> {
    Ok(of.into_iter().find(|c| sign(input, *c).is_some()))
}

pub(super) fn nest(input: &mut Input<'_>, at: usize) -> Parsed<()> {
    input.state.nested += 1;
    if input.state.nested > MOST_NESTED {
        return fail(at..at + 1, format!("more than {MOST_NESTED} parentheses inside each other"), "");
    }
    Ok(())
}

pub(super) fn close(input: &mut Input<'_>, open: usize) -> Parsed<()> {
    input.state.nested -= 1;
    if sign(input, ')').is_some() {
        return Ok(());
    }
    if input.is_empty() {
        return Err(not_closed(open));
    }
    Err(ErrMode::Cut(unexpected(input, "`,`, `)` or an operator")))
}

pub(super) fn not_closed(open: usize) -> ErrMode<Flaw> {
    ErrMode::Cut(Flaw { at: open..open + 1, message: "this parenthesis is not closed".into(), help: String::new() })
}

pub(super) fn count_operator(input: &mut Input<'_>, at: usize) -> Parsed<()> {
    input.state.operators += 1;
    if input.state.operators > MOST_OPERATORS {
        return fail(at..at + 1, format!("more than {MOST_OPERATORS} operators in one term"), "");
    }
    Ok(())
}

pub(super) fn unexpected(input: &Input<'_>, wanted: &str) -> Flaw {
    let at = here(input);
    match next(input) {
        None => Flaw { at: at..at + 1, message: format!("the formula ends where {wanted} should be"), help: "".into() },
        Some(c) => {
            let help = match c {
                '!' => {
                    "the opposite of a comparison is another one: `I(x <= 3)`, `I(x != 3)`, `I(a != \"b\" & a != \"c\")`"
                }
                '>' | '<' | '=' => {
                    "a comparison stands inside I() or parentheses: `(x > 3)`; for a change at a date write step(2016-08)"
                }
                '[' => {
                    "where d is 1 is `I(d == 1)`, the value a step ago is `lag(d, 1)`; an unusual name stands in backquotes"
                }
                '*' => "a power of x is `I(x^2)`, interactions are `(a + b)^2`",
                '%' => "nesting is written `b %in% a` or `a/b`; a column with an unusual name stands in backquotes",
                '&' | '$' | '@' => "a column with an unusual name stands in backquotes",
                _ => "",
            };
            Flaw {
                at: at..at + c.len_utf8(),
                message: format!("unexpected `{c}`, expected {wanted}"),
                help: help.into(),
            }
        }
    }
}

pub(super) fn fail<T>(at: Range<usize>, message: impl Into<String>, help: &str) -> Parsed<T> {
    Err(ErrMode::Cut(Flaw { at, message: message.into(), help: help.into() }))
}
