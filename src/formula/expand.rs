//! Expansion of `+ - * / %in% : ^` to terms, as R's `terms.formula`: each term a set of variables, sorted by size, once each.

use super::grammar::{Node, What};
use super::{Expr, Kind, Origin, Side};
use crate::error::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Terms in one formula.
const MOST_TERMS: usize = 10_000;
/// Set operations in one expansion.
const MOST_WORK: usize = 2_000_000;

/// Variables of a term: sorted numbers.
type Set = Vec<u32>;

struct Expander<'a> {
    /// Variables by first appearance, which is the order of factors in an interaction.
    variables: Vec<Expr>,
    number_of: HashMap<String, u32>,
    intercept: bool,
    work: usize,
    columns: Option<&'a [String]>,
    response: &'a str,
    origin: Origin<'a>,
}

/// The terms of one part.
pub(super) fn side(node: &Node, response: &str, columns: Option<&[String]>, origin: Origin<'_>) -> Result<Side> {
    let mut e = Expander {
        variables: Vec::new(),
        number_of: HashMap::new(),
        intercept: true,
        work: 0,
        columns,
        response,
        origin,
    };
    let mut sets = e.terms(node, true)?;
    sets.sort_by_key(Vec::len);
    let (mut terms, mut offsets) = (Vec::new(), Vec::new());
    for set in sets {
        let factors: Vec<Expr> = set.iter().map(|v| e.variables[*v as usize].clone()).collect();
        match factors.iter().find(|f| is_offset(f)) {
            None => terms.push(factors),
            Some(o) if factors.len() > 1 => {
                let error = Error::usage(format!("`{o}` cannot be part of an interaction"));
                return Err(error.help("add it with `+`").at(origin.place(&o.at)));
            }
            Some(_) => offsets.extend(factors),
        }
    }
    Ok(Side { intercept: e.intercept, terms, offsets })
}

fn is_offset(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Call { name, .. } if name == "offset" || name == "exposure")
}

impl Expander<'_> {
    fn terms(&mut self, node: &Node, plus: bool) -> Result<Vec<Set>> {
        let at = &node.at;
        match &node.what {
            What::Leaf(e) => self.leaf(e, plus),
            What::Sum(parts) => self.sum(parts, at, plus),
            What::Within(first, rest) => {
                // a %in% b = a:b, with all variables of b
                let mut all = self.operand(first, plus)?;
                for part in rest {
                    let right = [union_of(&self.operand(part, plus)?)];
                    all = self.pairs(&all, &right, at)?;
                }
                Ok(all)
            }
            What::Colon(parts) => {
                let mut all = self.operand(&parts[0], plus)?;
                for part in &parts[1..] {
                    let right = self.operand(part, plus)?;
                    all = self.pairs(&all, &right, at)?;
                }
                Ok(all)
            }
            What::Cross(first, rest) => self.cross(first, rest, at, plus),
            What::Power(base, k) => {
                let first = self.operand(base, plus)?;
                let mut all = first.clone();
                for _ in 1..*k {
                    let before = all.len();
                    all = self.pairs(&all, &first, at)?;
                    if all.len() == before {
                        break;
                    }
                }
                Ok(all)
            }
        }
    }

    /// a + b - c, left to right, each term once.
    fn sum(&mut self, parts: &[(bool, Node)], at: &Range<usize>, plus: bool) -> Result<Vec<Set>> {
        let mut all: Vec<Set> = Vec::new();
        let mut seen: HashSet<Set> = HashSet::new();
        for (sign, part) in parts {
            let more = self.terms(part, plus == *sign)?;
            if *sign {
                all.extend(more.into_iter().filter(|t| seen.insert(t.clone())));
            } else if !more.is_empty() {
                let gone: HashSet<Set> = more.into_iter().collect();
                self.spend(all.len(), at)?;
                all.retain(|t| !gone.contains(t));
                seen.retain(|t| !gone.contains(t));
            }
            self.check_size(&all, at)?;
        }
        Ok(all)
    }

    /// a*b = a + b + a:b, and a/b = a + a:b with all variables of a.
    fn cross(&mut self, first: &Node, rest: &[(char, Node)], at: &Range<usize>, plus: bool) -> Result<Vec<Set>> {
        let mut all = self.operand(first, plus)?;
        for (op, part) in rest {
            let right = self.operand(part, plus)?;
            let left = if *op == '*' { all.clone() } else { vec![union_of(&all)] };
            let both = self.pairs(&left, &right, at)?;
            if *op == '*' {
                all.extend(right);
            }
            all.extend(both);
            all = once(all);
            self.check_size(&all, at)?;
        }
        Ok(all)
    }

    fn leaf(&mut self, e: &Expr, plus: bool) -> Result<Vec<Set>> {
        match &e.kind {
            Kind::Number(x) if *x == 0.0 || *x == 1.0 => {
                self.intercept = (*x == 1.0) == plus;
                Ok(Vec::new())
            }
            Kind::Number(x) => {
                let error = Error::usage(format!("the number {} is not a term", super::number(*x)));
                Err(error.help("write arithmetic inside `I(...)`, e.g. `I(2 * x)`").at(self.origin.place(&e.at)))
            }
            Kind::Name(n) if n == "." && self.columns.is_some() => {
                let columns = self.columns.unwrap_or_default();
                let others = columns.iter().filter(|c| *c != self.response);
                let names: Vec<Expr> = others.map(|c| Expr { kind: Kind::Name(c.clone()), at: e.at.clone() }).collect();
                self.spend(names.len(), &e.at)?;
                Ok(names.iter().map(|n| vec![self.variable(n)]).collect())
            }
            _ => Ok(vec![vec![self.variable(e)]]),
        }
    }

    /// A side of `: * / ^`, where a number has no meaning.
    fn operand(&mut self, node: &Node, plus: bool) -> Result<Vec<Set>> {
        if let What::Leaf(Expr { kind: Kind::Number(_), at }) = &node.what {
            return Err(Error::usage("between terms `* / : ^` are interactions, and a number cannot be part of one")
                .help("write arithmetic inside `I(...)`, e.g. `I(x/10)`")
                .at(self.origin.place(at)));
        }
        self.terms(node, plus)
    }

    fn variable(&mut self, e: &Expr) -> u32 {
        let next = self.variables.len() as u32;
        let number = *self.number_of.entry(e.to_string()).or_insert(next);
        if number == next {
            self.variables.push(e.clone());
        }
        number
    }

    fn pairs(&mut self, left: &[Set], right: &[Set], at: &Range<usize>) -> Result<Vec<Set>> {
        self.spend(left.len().saturating_mul(right.len()), at)?;
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        for l in left {
            for r in right {
                let both = union_of(&[l.clone(), r.clone()]);
                if seen.insert(both.clone()) {
                    all.push(both);
                }
            }
        }
        self.check_size(&all, at)?;
        Ok(all)
    }

    fn spend(&mut self, work: usize, at: &Range<usize>) -> Result<()> {
        self.work = self.work.saturating_add(work);
        if self.work <= MOST_WORK { Ok(()) } else { Err(self.too_large(at)) }
    }

    fn check_size(&self, all: &[Set], at: &Range<usize>) -> Result<()> {
        let variables: usize = all.iter().map(Vec::len).sum();
        if all.len() <= MOST_TERMS && variables <= 50 * MOST_TERMS { Ok(()) } else { Err(self.too_large(at)) }
    }

    fn too_large(&self, at: &Range<usize>) -> Error {
        Error::usage(format!("this expands to more than {MOST_TERMS} terms")).at(self.origin.place(at))
    }
}

fn union_of(sets: &[Set]) -> Set {
    let mut all: Set = sets.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn once(all: Vec<Set>) -> Vec<Set> {
    let mut seen = HashSet::new();
    all.into_iter().filter(|t| seen.insert(t.clone())).collect()
}
