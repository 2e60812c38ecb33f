//! Where one of the two parts has no finite estimate, and what it leaves.
//!
//! * Count part: zeros (of a zero-inflated model), or ones among the positive counts (of a hurdle, whose truncated count
//!   then has probability 1), along a direction as in [`crate::inference::separation`].
//! * Zero part: a direction c with z'c ≥ 0 where ξ may rise and ≤ 0 where it may fall, not all 0: zeros predicted
//!   perfectly (Albert and Anderson 1984, Biometrika 71, 1–10).
//!
//! In the limit a zero row of a zero-inflated model that either part settles has P(0) = 1 and says nothing of the other;
//! else only the part that is settled falls away. Columns that the rows left do not identify have no estimate.

use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::ZeroPart;
use crate::inference::linalg::dot;
use crate::inference::newton;
use crate::inference::problem::{Problem, build};
use crate::inference::separation;
use crate::model::Link;
use crate::model::glm::fit::spread;
use crate::model::loglinear::averages;

/// Rounds of looking: rows settled by one part can free the other.
const ROUNDS: usize = 10;

/// What runs off in one part.
#[derive(Debug, Clone, Default)]
pub(super) struct Edge {
    /// Rows, by place among those used, that this part settles.
    pub gone: Vec<bool>,
    /// Columns kept with a finite estimate, or aliased to 0 among the rows left.
    pub columns: Vec<usize>,
    /// Columns without a finite estimate.
    pub infinite: Vec<usize>,
    /// Directions over all columns, in the order in which they act.
    pub directions: Vec<Vec<f64>>,
    /// What the rows left do not identify.
    pub null: Vec<Vec<f64>>,
}

impl Edge {
    /// The direction that moves column `j`, if one does.
    pub fn moving(&self, j: usize) -> Option<&[f64]> {
        let moves = |d: &&Vec<f64>| d[j].abs() > 1e-6 * d.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        self.directions.iter().find(moves).map(Vec::as_slice)
    }

    /// What the reader is told of the part's coefficients.
    pub fn told(&self, names: &[String], prefix: &str) -> Option<String> {
        let named: Vec<String> = self.infinite.iter().map(|j| format!("`{prefix}{}`", names[*j])).collect();
        let n = self.gone.iter().filter(|g| **g).count();
        let why = match (prefix.is_empty(), n) {
            (_, 0) => "no row that is left to this part tells them".to_owned(),
            (true, 1) => "1 row that they alone account for has no count above the least".to_owned(),
            (true, _) => format!("{n} rows that they alone account for have no counts above the least"),
            (false, 1) => "they separate 1 row from the others by its zero, or by being above zero".to_owned(),
            (false, _) => format!("they separate {n} rows from the others by their zeros, or by being above zero"),
        };
        (!named.is_empty())
            .then(|| format!("{}: no finite estimate: {why}; all else is as in the limit", named.join(", ")))
    }

    /// Where the limit takes a row: the sign of its predictor's run; `None` where the data do not say.
    pub fn sign(&self, row: &[f64]) -> Option<f64> {
        let along = |d: &[f64]| {
            let size = row.iter().zip(d).map(|(x, v)| (x * v).abs()).fold(0.0, f64::max);
            let at = dot(row, d);
            if at.abs() > 1e-7 * size { at.signum() } else { 0.0 }
        };
        let first = self.directions.iter().map(|d| along(d)).find(|s| *s != 0.0);
        if first.is_some() || self.null.iter().all(|v| along(v) == 0.0) { first.or(Some(0.0)) } else { None }
    }
}

/// The limits of both parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    pub count: Edge,
    pub zero: Edge,
}

/// The data of both parts.
pub(super) struct Parts<'a> {
    pub count: &'a Design,
    pub zero: &'a Design,
    pub rows: &'a [usize],
    pub link: Link,
    pub part: ZeroPart,
}

impl Parts<'_> {
    /// Finds the limits; `kept` are the columns of each part that are no combinations of others.
    ///
    /// # Errors
    /// When no row is left to the count part.
    pub fn limits(&self, kept: [Vec<usize>; 2]) -> Result<Limits> {
        let open = || Edge { gone: vec![false; self.rows.len()], ..Edge::default() };
        let mut limits = Limits { count: open(), zero: open() };
        for _ in 0..ROUNDS {
            let count = self.link == Link::Log && self.count_round(&mut limits);
            if !self.zero_round(&mut limits) && !count {
                break;
            }
        }
        let [count, zero] = kept;
        let live = self.live_count(&limits);
        if live.is_empty() {
            return Err(Error::data("no positive count is above 1: the count part has no finite estimate")
                .help("without counts of 2 or more there is nothing for a count part to fit"));
        }
        settle(&mut limits.count, self.count, &self.at(&live), count);
        let live = self.live_zero(&limits);
        settle(&mut limits.zero, self.zero, &self.at(&live), zero);
        Ok(limits)
    }

    fn y(&self, a: usize) -> f64 {
        self.count.counts[self.rows[a]]
    }

    fn at(&self, places: &[usize]) -> Vec<usize> {
        places.iter().map(|a| self.rows[*a]).collect()
    }

    /// Places of the rows in which the count part has a say.
    fn live_count(&self, l: &Limits) -> Vec<usize> {
        let lives = |a: &usize| match self.part {
            ZeroPart::Hurdle => self.y(*a) > 0.0 && !l.count.gone[*a],
            _ => !(l.count.gone[*a] || l.zero.gone[*a] && self.y(*a) == 0.0),
        };
        (0..self.rows.len()).filter(lives).collect()
    }

    /// Places of the rows in which the zero part has a say.
    fn live_zero(&self, l: &Limits) -> Vec<usize> {
        let hurdle = self.part == ZeroPart::Hurdle;
        (0..self.rows.len()).filter(|a| !l.zero.gone[*a] && (hurdle || !l.count.gone[*a])).collect()
    }

    fn count_round(&self, l: &mut Limits) -> bool {
        let live = self.live_count(l);
        let all: Vec<usize> = (0..self.count.p()).collect();
        let (mut problem, basis) = build(self.count, &self.at(&live), &all, None, self.link);
        if self.part == ZeroPart::Hurdle {
            // The truncated count is at its limit where it is 1, as the Poisson is where it is 0.
            problem.y.iter_mut().for_each(|y| *y -= 1.0);
        }
        let Some(found) = separation::find(&problem) else { return false };
        found.rows.iter().for_each(|i| l.count.gone[live[*i]] = true);
        l.count.directions.push(spread(&basis.beta(&found.direction), &basis.kept(), self.count.p()));
        true
    }

    fn zero_round(&self, l: &mut Limits) -> bool {
        let live = self.live_zero(l);
        let all: Vec<usize> = (0..self.zero.p()).collect();
        let (problem, basis) = build(self.zero, &self.at(&live), &all, None, self.link);
        let up = |a: usize| (self.y(a) > 0.0) == (self.part == ZeroPart::Hurdle);
        let signs: Vec<f64> = live.iter().map(|a| if up(*a) { 1.0 } else { -1.0 }).collect();
        let Some((rows, direction)) = separated(&problem, &signs) else { return false };
        rows.iter().for_each(|i| l.zero.gone[live[*i]] = true);
        l.zero.directions.push(spread(&basis.beta(&direction), &basis.kept(), self.zero.p()));
        true
    }
}

/// Rows and direction of a perfect prediction of the signs; looked for where the logit fit does not end inside.
fn separated(problem: &Problem, signs: &[f64]) -> Option<(Vec<usize>, Vec<f64>)> {
    let (z, offset, _) = averages(problem);
    let k = problem.k;
    if k == 0 || signs.is_empty() {
        return None;
    }
    let row = |i: usize| &z[i * k..(i + 1) * k];
    let weigh = |i: usize| f64::from(u8::from(problem.w[i] > 0.0));
    let logit = newton::maximise(
        |p, gradient, info| {
            gradient.fill(0.0);
            info.fill(0.0);
            (0..signs.len()).map(|i| weigh(i) * logit_row((row(i), offset[i], signs[i]), p, gradient, info)).sum()
        },
        vec![0.0; k],
    );
    let inside = (0..signs.len()).all(|i| dot(row(i), &logit.x).abs() < 12.0);
    if logit.converged && inside {
        return None;
    }
    let turned = |i: usize| row(i).iter().map(|v| v * signs[i] * weigh(i)).collect();
    separation::along(&(0..signs.len()).map(turned).collect::<Vec<Vec<f64>>>())
}

/// Adds one row's gradient and negative Hessian of ln logistic(±ξ); returns its value.
fn logit_row(row: (&[f64], f64, f64), p: &[f64], gradient: &mut [f64], info: &mut [f64]) -> f64 {
    let (z, offset, sign) = row;
    let x = sign * (dot(z, p) + offset);
    let rest = super::logistic(-x);
    let k = p.len();
    for j in 0..k {
        gradient[j] += sign * rest * z[j];
        (0..=j).for_each(|l| info[j * k + l] += rest * (1.0 - rest) * z[j] * z[l]);
    }
    if x > 0.0 { -(-x).exp().ln_1p() } else { x - x.exp().ln_1p() }
}

/// Fills what the rows left identify.
fn settle(edge: &mut Edge, design: &Design, rows: &[usize], kept: Vec<usize>) {
    if rows.is_empty() {
        let unit = |j: &usize| (0..design.p()).map(|i| f64::from(u8::from(i == *j))).collect();
        edge.null = kept.iter().map(unit).collect();
        edge.infinite = kept;
        return;
    }
    let (_, basis) = build(design, rows, &kept, None, Link::Log);
    edge.columns = basis.kept();
    if basis.qr.rank() < kept.len() {
        edge.null = basis.qr.null_vectors().iter().map(|v| spread(v, &kept, design.p())).collect();
        edge.infinite = kept.into_iter().filter(|j| edge.null.iter().any(|v| v[*j].abs() > 1e-9)).collect();
    }
}
