//! Names as R writes them: `I(x/10)`, `lag(c, 1)`, `ns(x, df = 3)`, `1e+05`.

use super::lexer::{duration, is_date, is_name};
use super::{Expr, Kind};
use std::fmt;

/// A number as R prints it: up to 15 significant digits, fixed notation unless scientific is shorter.
pub fn number(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "NA".into()
        } else if x > 0.0 {
            "Inf".into()
        } else {
            "-Inf".into()
        };
    }
    let e15 = format!("{:.14e}", x.abs());
    let (mantissa, exponent) = e15.split_once('e').unwrap_or((&e15, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let (n, e) = (digits.len().max(1) as i32, exponent.parse::<i32>().unwrap_or(0));
    let decimals = (n - 1 - e).max(0);
    let fixed = e.max(0) + 1 + if decimals > 0 { decimals + 1 } else { 0 };
    let scientific = n + i32::from(n > 1) + if e.abs() >= 100 { 5 } else { 4 };
    let sign = if x < 0.0 { "-" } else { "" };
    if fixed <= scientific {
        return format!("{sign}{:.*}", decimals as usize, x.abs());
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
}

/// A text in double quotes, escaped.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A column name, in backquotes where R needs them.
pub fn name(n: &str) -> String {
    if is_name(n) || n == "." { n.into() } else { format!("`{}`", n.replace('\\', "\\\\").replace('`', "\\`")) }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Name(n) => f.write_str(&name(n)),
            Kind::Number(x) => f.write_str(&number(*x)),
            Kind::Text(t) if is_date(t) || duration(t).is_some() => f.write_str(t),
            Kind::Text(t) => f.write_str(&quoted(t)),
            Kind::Call { name: n, args, named } => {
                let mut parts: Vec<String> = args.iter().map(Expr::to_string).collect();
                parts.extend(named.iter().map(|(k, e)| format!("{k} = {e}")));
                write!(f, "{}({})", name(n), parts.join(", "))
            }
            Kind::Infix { op, left, right } => match op {
                '^' | '/' => write!(f, "{left}{op}{right}"),
                '≤' => write!(f, "{left} <= {right}"),
                '≥' => write!(f, "{left} >= {right}"),
                '=' => write!(f, "{left} == {right}"),
                '∈' => write!(f, "{left} %in% {right}"),
                '≠' => write!(f, "{left} != {right}"),
                _ => write!(f, "{left} {op} {right}"),
            },
            Kind::Minus(e) => write!(f, "-{e}"),
            Kind::Group(e) => write!(f, "({e})"),
        }
    }
}
