//! Attributable counts: how many counts each factor added or removed, period by period.
//!
//! With all factors at their reference values the model's mean of observation i is m_i⁰; as recorded it is m_i. The
//! difference is shared among the factors by the Shapley value ([`super::shapley`]), which no order of the factors
//! changes, so that
//!
//! recorded count = reference + Σ_f part_f + residual, reference + Σ_f part_f = fitted mean,
//!
//! in every draw of the parameters too: intervals are quantiles over draws of parts that add up. Columns outside all
//! factors (the intercept, a trend) stay as recorded in both.
//!
//! The mean is that of the whole model: with extra zeros (1 − π) μ, a factor moving both parts if it stands in both; for
//! Gaussian families that of the lognormal, e^(η + σ²/2). With extra zeros all 2^K coalitions are run.
//!
//! Interactions belong to no factor: their columns are worked out again from those of the variables under each coalition
//! ([`Joint`]), and what they bring is shared among the variables. All 2^K coalitions are run.
//!
//! A total has 0 in its interval wherever Wald's test does not reject that the factor has no effect at all. The quantiles alone
//! would not do: against the mean of the record the total of an amount is ½ β² Σ μ (x − x̄)², about, which is positive on
//! either side of β = 0, so that they keep away from the value at β = 0 however sure that value is. With it the interval holds
//! what the total is over the confidence set of β, as far as the quantiles tell.
//!
//! Columns that depend on earlier counts (lags) are handled in one of two ways.
//!
//! * *Static* (default): they stay as recorded. A part is what a factor did in the period itself, given the past.
//! * *Dynamic*: under a coalition S of factors the path of counts is rebuilt step by step, y*_s = y_s m*_s / m_s, so
//!   that the shocks are kept (all factors as recorded give the recorded path back) while earlier effects carry over
//!   through the lags. A part then holds what a factor did directly and through the past. All 2^K paths are run.

use super::estimates::{Band, Estimates, Factor};
use super::joint::Joint;
use super::shapley::{Product, enumerate};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::MAX_COUNT;
use crate::model::Link;
use crate::results::num;
use rayon::prelude::*;
use serde::Serialize;

/// At most this many factors where all coalitions are enumerated: along paths, and with extra zeros.
const MOST_ENUMERATED: usize = 12;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Factors and their references.
    pub factors: Vec<Factor>,
    /// Whether effects carry over through lagged counts.
    pub dynamic: bool,
    /// Draws of the parameters.
    pub draws: usize,
    /// Level of intervals.
    pub level: f64,
    /// Columns that are products of columns of the factors, and of others.
    pub joints: Vec<Joint>,
}

impl Request {
    /// Static, 1000 draws, 95% intervals.
    pub fn new(factors: Vec<Factor>) -> Request {
        Request { factors, dynamic: false, draws: 1000, level: 0.95, joints: Vec::new() }
    }
}

/// Parts by observation, and their sums.
#[derive(Debug, Clone, Serialize)]
pub struct Attribution {
    /// Names of the factors: the order of `parts`.
    pub factors: Vec<String>,
    /// Whether effects carry over through lagged counts.
    pub dynamic: bool,
    /// Level of the intervals.
    pub level: f64,
    /// One per observation with known covariates.
    pub rows: Vec<AttributionRow>,
    /// Sums over the rows.
    pub total: AttributionRow,
}

/// One observation, or the sum of all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AttributionRow {
    /// Observation, from 0; `None` for the total.
    pub observation: Option<usize>,
    /// Its name; filled in above the border.
    pub period: String,
    /// Recorded count.
    pub observed: Option<f64>,
    /// Fitted mean.
    pub fitted: Band,
    /// Mean with all factors at their references.
    pub reference: Band,
    /// What each factor added (or, below 0, removed).
    pub parts: Vec<Band>,
    /// observed − fitted.
    pub residual: Option<f64>,
}

/// Shares the fitted counts of `design` among factors.
///
/// # Errors
/// When a factor names a column that is not there or one without a finite estimate, two factors share a column, or, for
/// dynamic parts, a factor holds a lagged count; for these, and for models with extra zeros, with more than 12 factors.
pub fn attribute(design: &Design, estimates: &Estimates, request: &Request, rng: &mut Rng) -> Result<Attribution> {
    check(design, estimates, request)?;
    let observations = known(design);
    let game = Game { design, estimates, request, observations: &observations };
    let width = request.factors.len() + 2;
    let additive = estimates.zeros.is_none() && request.joints.is_empty();
    let parts = |beta: &[f64], phi: f64| match (request.dynamic, additive) {
        (true, _) => game.dynamic(beta, phi),
        (false, true) => game.fixed(beta, phi),
        (false, false) => game.enumerated(beta, phi),
    };
    let centre = parts(&estimates.beta, estimates.dispersion);
    let drawn: Vec<(Vec<f64>, f64)> = (0..request.draws).map(|_| estimates.draw(rng)).collect();
    let draws: Vec<Vec<f64>> = drawn.par_iter().map(|(b, phi)| parts(b, *phi)).collect();
    let band = |at: &dyn Fn(&[f64]) -> f64| {
        let mut values: Vec<f64> = draws.iter().map(|d| at(d)).collect();
        Band::new(at(&centre), &mut values, request.level)
    };
    let row = |observation: Option<usize>, observed: Option<f64>, at: &dyn Fn(&[f64], usize) -> f64| AttributionRow {
        observation,
        period: String::new(),
        observed,
        fitted: band(&|d| at(d, 0)),
        reference: band(&|d| at(d, 1)),
        parts: (2..width).map(|f| band(&|d| at(d, f))).collect(),
        residual: observed.map(|y| y - at(&centre, 0)),
    };
    let one = |(a, i): (usize, &usize)| row(Some(*i), num(design.counts[*i]), &|d, f| d[a * width + f]);
    let mut total = row(None, observations.iter().map(|i| num(design.counts[*i])).sum(), &|d, f| {
        d.iter().skip(f).step_by(width).sum()
    });
    for (part, f) in total.parts.iter_mut().zip(&request.factors) {
        if !estimates.rejects(&touched(f, &request.joints), request.level) {
            part.reach(0.0);
        }
    }
    Ok(Attribution {
        factors: request.factors.iter().map(|f| f.name.clone()).collect(),
        dynamic: request.dynamic,
        level: request.level,
        rows: observations.iter().enumerate().map(one).collect(),
        total,
    })
}

/// All columns that a factor moves.
fn touched(factor: &Factor, joints: &[Joint]) -> Vec<usize> {
    let follows = |j: &&Joint| j.of.iter().any(|k| factor.columns.contains(k));
    factor.columns.iter().copied().chain(joints.iter().filter(follows).map(|j| j.column)).collect()
}

fn check(design: &Design, estimates: &Estimates, request: &Request) -> Result<()> {
    if request.factors.is_empty() {
        return Err(Error::usage("no factor is named: there is nothing to attribute").help("name columns"));
    }
    estimates.check_finite(design)?;
    let mut seen = vec![false; design.p()];
    for f in &request.factors {
        if f.columns.len() != f.reference.len() || f.reference.iter().any(|r| !r.is_finite()) {
            return Err(Error::usage(format!("factor `{}` needs one finite reference value per column", f.name)));
        }
        for j in &f.columns {
            if *j >= design.p() || std::mem::replace(&mut seen[*j], true) {
                return Err(Error::usage(format!("factor `{}`: column {j} is missing, or taken already", f.name)));
            }
            if request.dynamic && design.feedback.iter().any(|b| b.column == *j) {
                let name = &design.names[*j];
                return Err(Error::usage(format!("`{name}` depends on earlier counts: along a path it is no factor"))
                    .help("leave it out of the factors, or ask for static parts"));
            }
        }
    }
    for j in &request.joints {
        if j.column >= design.p()
            || std::mem::replace(&mut seen[j.column], true)
            || j.of.iter().any(|k| *k >= design.p())
        {
            return Err(Error::usage(format!("product {}: a column is missing, or taken already", j.column)));
        }
    }
    let joint = !request.joints.is_empty();
    let (k, enumerated) = (request.factors.len(), request.dynamic || estimates.zeros.is_some() || joint);
    if enumerated && k > MOST_ENUMERATED {
        let why = match (request.dynamic, joint) {
            (true, _) => "along paths",
            (false, true) => "with interactions",
            (false, false) => "of a model with extra zeros",
        };
        return Err(Error::usage(format!("{k} factors {why} are too many"))
            .help(format!("pool them into at most {MOST_ENUMERATED}, or leave some out of the formula")));
    }
    Ok(())
}

/// Observations whose covariates and offsets are known.
pub(super) fn known(design: &Design) -> Vec<usize> {
    let whole = |s: usize| design.offset[s].is_finite() && design.row(s).iter().all(|x| x.is_finite());
    (0..design.n()).filter(|i| design.covered(*i).all(|(s, _)| whole(s))).collect()
}

struct Game<'a> {
    design: &'a Design,
    estimates: &'a Estimates,
    request: &'a Request,
    observations: &'a [usize],
}

impl Game<'_> {
    /// Per observation: fitted mean, reference mean, parts; lagged counts as recorded.
    fn fixed(&self, beta: &[f64], dispersion: f64) -> Vec<f64> {
        let lift = self.estimates.log_lift(dispersion);
        let (k, rule) = (self.request.factors.len(), Product::new(self.request.factors.len()));
        let mut out = vec![0.0; self.observations.len() * (k + 2)];
        let mut d = vec![0.0; k];
        for (cell, i) in out.chunks_exact_mut(k + 2).zip(self.observations) {
            for (s, share) in self.design.covered(*i) {
                let eta = self.moves(s, beta, &mut d) + lift;
                self.add_step(share, eta, &d, &rule, cell);
            }
        }
        out
    }

    /// Linear predictor of a step with all factors at their references, and what each adds to it.
    fn moves(&self, s: usize, beta: &[f64], d: &mut [f64]) -> f64 {
        let row = self.design.row(s);
        let eta = self.design.offset[s] + row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
        for (f, d) in self.request.factors.iter().zip(d.iter_mut()) {
            *d = f.columns.iter().zip(&f.reference).map(|(j, r)| (row[*j] - r) * beta[*j]).sum();
        }
        eta - d.iter().sum::<f64>()
    }

    /// Adds `share` times one step's fitted mean, reference mean and parts. On the log link parts share a product; on
    /// the identity link they are d_f, and on the square root d_f (2 η₀ + Σ d).
    fn add_step(&self, share: f64, eta: f64, d: &[f64], rule: &Product, cell: &mut [f64]) {
        let sum: f64 = d.iter().sum();
        let (link, shift) = (self.estimates.link, self.estimates.family.shift());
        let at = |eta: f64| if link == Link::Log { eta.min(MAX_COUNT.ln()).exp() - shift } else { link.mean(eta) };
        cell[0] += share * at(eta + sum);
        cell[1] += share * at(eta);
        let parts = &mut cell[2..];
        match link {
            Link::Log => rule.add(share * eta.exp(), d, parts),
            Link::Identity => parts.iter_mut().zip(d).for_each(|(p, d)| *p += share * d),
            Link::Sqrt => parts.iter_mut().zip(d).for_each(|(p, d)| *p += share * d * (2.0 * eta + sum)),
        }
    }

    /// The same where the mean is no product of the factors, as with extra zeros: coalition by coalition.
    fn enumerated(&self, beta: &[f64], dispersion: f64) -> Vec<f64> {
        let one = |set: usize| {
            let (fixed, mut row) = (self.absent(set), vec![0.0; self.design.p()]);
            let mut mean = |s: usize| {
                row.iter_mut().zip(self.design.row(s)).for_each(|(a, x)| *a = *x);
                fixed.iter().for_each(|(j, r)| row[*j] = *r);
                Joint::follow(&self.request.joints, &mut row);
                self.estimates.mean(self.design, s, &row, beta, dispersion)
            };
            self.observations.iter().map(|i| self.design.covered(*i).map(|(s, w)| w * mean(s)).sum()).collect()
        };
        self.shares(one)
    }

    /// The same, each coalition along its own path of counts.
    fn dynamic(&self, beta: &[f64], dispersion: f64) -> Vec<f64> {
        let recorded = self.estimates.means(self.design, beta, dispersion);
        self.shares(|set| self.path(set, beta, dispersion, &recorded))
    }

    /// Fitted mean, reference mean and Shapley values per observation from the means under each coalition.
    fn shares(&self, means: impl FnMut(usize) -> Vec<f64>) -> Vec<f64> {
        let (k, n) = (self.request.factors.len(), self.observations.len());
        let full = (1usize << k) - 1;
        let values: Vec<Vec<f64>> = (0..=full).map(means).collect();
        let mut out = Vec::with_capacity(n * (k + 2));
        for a in 0..n {
            let game: Vec<f64> = values.iter().map(|v| v[a]).collect();
            out.push(game[full]);
            out.push(game[0]);
            out.extend(enumerate(&game));
        }
        out
    }

    /// Columns at their references under the coalition `set`: those of the factors not in it.
    fn absent(&self, set: usize) -> Vec<(usize, f64)> {
        let absent = self.request.factors.iter().enumerate().filter(|(f, _)| set >> f & 1 == 0).map(|(_, f)| f);
        absent.flat_map(|f| f.columns.iter().copied().zip(f.reference.iter().copied())).collect()
    }

    /// Means of the observations with the factors of coalition `set` as recorded, the others at their references.
    fn path(&self, set: usize, beta: &[f64], dispersion: f64, recorded: &[f64]) -> Vec<f64> {
        let (design, fixed) = (self.design, self.absent(set));
        let (means, _) = shocked_path(design, self.estimates, (beta, dispersion), recorded, |_, row| {
            fixed.iter().for_each(|(j, r)| row[*j] = *r);
            Joint::follow(&self.request.joints, row);
        });
        let sum = |i: &usize| design.covered(*i).map(|(s, w)| w * means[s]).sum();
        self.observations.iter().map(sum).collect()
    }
}

/// Step means and counts along the path on which `change` alters the rows and the recorded shocks y_s / m_s are kept;
/// `recorded` holds m_s. Lagged counts follow the path. Where a recorded count is unknown, so is the path's.
pub(super) fn shocked_path(
    design: &Design,
    estimates: &Estimates,
    (beta, dispersion): (&[f64], f64),
    recorded: &[f64],
    change: impl Fn(usize, &mut [f64]),
) -> (Vec<f64>, Vec<f64>) {
    let (mut past, counts) = (design.before.clone(), design.counts_by_step());
    let before = past.len();
    let mut row = vec![0.0; design.p()];
    let mut means = Vec::with_capacity(counts.len());
    for s in 0..counts.len() {
        row.iter_mut().zip(design.row(s)).for_each(|(a, x)| *a = *x);
        design.feedback.iter().for_each(|f| row[f.column] = (f.value)(&past));
        change(s, &mut row);
        let mean = estimates.mean(design, s, &row, beta, dispersion);
        means.push(mean);
        past.push(if recorded[s] > 0.0 { (counts[s] * mean / recorded[s]).min(MAX_COUNT) } else { counts[s] });
    }
    (means, past.split_off(before))
}

#[cfg(test)]
#[path = "attribution_tests.rs"]
pub(super) mod tests;
