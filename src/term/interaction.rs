//! Interactions `a:b`: products of columns, the first factor running fastest, and R's rule for which factors are coded by
//! contrasts and which by all their levels.

use super::{Block, Shape};
use ndarray::ArrayViewMut1;

/// How a variable is coded in a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Treatment contrasts (numbers: as they are).
    Contrasts,
    /// A dummy for every level.
    Full,
}

/// R's rule (`TermCode` in its model.c): a variable is coded by contrasts if the term without it is empty or contained in
/// an earlier term; without an intercept the first factor is coded by all its levels.
pub(super) fn codings(terms: &[Vec<usize>], is_factor: &[bool], intercept: bool) -> Vec<Vec<Coding>> {
    let mut all: Vec<Vec<Coding>> = Vec::with_capacity(terms.len());
    for (j, term) in terms.iter().enumerate() {
        let code = |v: &usize| {
            let margin_in =
                |t: &Vec<usize>| t.len() + 1 >= term.len() && term.iter().filter(|w| *w != v).all(|w| t.contains(w));
            let marginal = term.len() == 1 || terms[..j].iter().any(margin_in);
            if marginal || !is_factor[*v] { Coding::Contrasts } else { Coding::Full }
        };
        all.push(term.iter().map(code).collect());
    }
    if !intercept {
        let first = terms.iter().enumerate().find_map(|(j, t)| t.iter().position(|v| is_factor[*v]).map(|i| (j, i)));
        if let Some((j, i)) = first {
            all[j][i] = Coding::Full;
        }
    }
    all
}

/// One column of a variable: the column of a numeric block, or the indicator of a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Variable.
    pub(super) variable: usize,
    /// Column of its block, or level.
    pub(super) index: usize,
}

/// Names and parts of a variable's columns in a coding.
pub(super) fn columns(variable: usize, label: &str, shape: &Shape, coding: Coding) -> Vec<(String, Part)> {
    let part = |index| Part { variable, index };
    match shape {
        Shape::Numbers(suffixes) => {
            suffixes.iter().enumerate().map(|(i, s)| (format!("{label}{s}"), part(i))).collect()
        }
        Shape::Factor { levels, reference } => levels
            .iter()
            .enumerate()
            .filter(|(i, _)| coding == Coding::Full || i != reference)
            .map(|(i, l)| (format!("{label}{l}"), part(i)))
            .collect(),
    }
}

/// All products of one column from each variable, the first running fastest.
pub(super) fn products(each: &[Vec<(String, Part)>]) -> Vec<(String, Vec<Part>)> {
    let mut all: Vec<(String, Vec<Part>)> = vec![(String::new(), Vec::new())];
    for columns in each {
        all = columns
            .iter()
            .flat_map(|(name, part)| {
                all.iter().map(move |(names, parts)| {
                    let colon = if names.is_empty() { "" } else { ":" };
                    (format!("{names}{colon}{name}"), [parts.as_slice(), &[*part]].concat())
                })
            })
            .collect();
    }
    all
}

/// Multiplies a part over the steps from `from` on into a column of the design.
pub(super) fn multiply(block: &Block<'_>, index: usize, from: usize, mut column: ArrayViewMut1<'_, f64>, first: bool) {
    let put = |x: &mut f64, v: f64| *x = if first { v } else { *x * v };
    match block {
        Block::Numbers(v) => column.iter_mut().zip(&v[index][from..]).for_each(|(x, v)| put(x, *v)),
        Block::Codes(codes) => {
            let level = Some(index as u32);
            let dummy = |c: &Option<u32>| if c.is_none() { f64::NAN } else { f64::from(*c == level) };
            column.iter_mut().zip(&codes[from..]).for_each(|(x, c)| put(x, dummy(c)));
        }
        Block::Path(_) => column.fill(f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Coding::*;

    #[test]
    fn codings_are_those_of_r() {
        let factors = [true, true, false];
        // y ~ a + b + a:b
        assert_eq!(codings(&[vec![0], vec![1], vec![0, 1]], &factors, true)[2], [Contrasts, Contrasts]);
        // y ~ a:b : `a` by all levels and `b` too, as no margin is there
        assert_eq!(codings(&[vec![0, 1]], &factors, true)[0], [Full, Full]);
        // y ~ a + a:b : b within each level of a
        assert_eq!(codings(&[vec![0], vec![0, 1]], &factors, true)[1], [Full, Contrasts]);
        // y ~ a + b - 1 : only the first factor has all levels
        assert_eq!(codings(&[vec![0], vec![1]], &factors, false), [vec![Full], vec![Contrasts]]);
        // y ~ a:x, x numeric; y ~ x + a:x
        assert_eq!(codings(&[vec![0, 2]], &factors, true)[0][0], Full);
        assert_eq!(codings(&[vec![2], vec![0, 2]], &factors, true)[1][0], Contrasts);
    }

    #[test]
    fn the_first_factor_runs_fastest() {
        let shape = |l: &[&str]| Shape::Factor { levels: l.iter().map(|s| s.to_string()).collect(), reference: 0 };
        let a = columns(0, "a", &shape(&["1", "2", "3"]), Contrasts);
        let b = columns(1, "b", &shape(&["x", "y"]), Full);
        let names: Vec<String> = products(&[a, b]).into_iter().map(|(n, _)| n).collect();
        assert_eq!(names, ["a2:bx", "a3:bx", "a2:by", "a3:by"]);
    }
}
