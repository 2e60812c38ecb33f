//! Average marginal effects: by how many counts the mean moves with a covariate, at the offsets recorded.
//!
//! AME_j = (1/n) Σ_i Σ_s w_is ∂μ_s/∂x_sj for an amount; for a column of zeros and ones the mean of μ(1) − μ(0), for a level of a
//! factor that level for all against the reference for all, interactions following the variable (as R's margins)
//! (Cameron and Trivedi 2013, *Regression Analysis of Count Data*, 2nd ed., chapter 3). μ_s holds the offset of its
//! step and is the mean of the whole model ((1 − π) μ with zero inflation; e^(η + σ²/2) for Gaussian families), so effects are in counts at the recorded exposure; [`Exposure::One`] gives them per unit of exposure. Errors by
//! the delta method.

use super::attribution::known;
use super::estimates::Estimates;
use super::joint::Joint;
use crate::design::Design;
use crate::error::Result;
use crate::family::{Family, Law, Zeros};
use crate::model::Link;
use crate::results::num;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// At which exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exposure {
    /// As recorded.
    #[default]
    Recorded,
    /// One unit: the offset is 0.
    One,
}

/// How the columns of a design move with one variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Move {
    /// The variable's own column; in a model with extra zeros also its namesake in the other part. The first names it.
    pub columns: Vec<usize>,
    /// The other levels of a factor, none of which holds in either state.
    pub others: Vec<usize>,
    /// The level that holds instead, where the reference has a column of its own.
    pub base: Vec<usize>,
    /// Products that follow.
    pub joints: Vec<Joint>,
}

impl Move {
    /// Of columns that move by themselves.
    pub fn alone(columns: Vec<usize>) -> Move {
        Move { columns, ..Move::default() }
    }

    /// Whether nothing else moves with one column.
    fn is_plain(&self) -> bool {
        self.columns.len() == 1 && self.others.is_empty() && self.base.is_empty() && self.joints.is_empty()
    }
}

/// One column's average marginal effect, in counts per period.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MarginalEffect {
    /// Column.
    pub term: String,
    /// Whether it is the step from 0 to 1 (else the slope).
    pub step: bool,
    /// Effect.
    pub estimate: Option<f64>,
    /// Its standard error.
    pub std_error: Option<f64>,
    /// Lower bound.
    pub conf_low: Option<f64>,
    /// Upper bound.
    pub conf_high: Option<f64>,
}

/// Average marginal effects, lagged counts as recorded, of each of `moves`.
///
/// # Errors
/// When a column has no finite estimate.
pub fn average(
    design: &Design,
    estimates: &Estimates,
    moves: &[Move],
    exposure: Exposure,
    level: f64,
) -> Result<Vec<MarginalEffect>> {
    estimates.check_finite(design)?;
    let design = &match exposure {
        Exposure::Recorded => design.clone(),
        Exposure::One => Design { offset: vec![0.0; design.steps()], ..design.clone() },
    };
    let z = Normal::standard().inverse_cdf(0.5 * (1.0 + level));
    let at = At { design, estimates, rows: known(design) };
    let one = |m: &Move| {
        let columns = &m.columns;
        let yes_or_no = |j: &usize| design.x.column(*j).iter().all(|x| *x == 0.0 || *x == 1.0 || x.is_nan());
        let step = columns.iter().all(yes_or_no);
        let (value, gradient) =
            if estimates.zeros.is_none() && m.is_plain() { at.effect(columns[0], step) } else { at.whole(m, step) };
        let variance: f64 = (0..gradient.len())
            .flat_map(|a| (0..gradient.len()).map(move |b| (a, b)))
            .map(|(a, b)| gradient[a] * gradient[b] * estimates.covariance(a, b))
            .sum();
        let se = variance.max(0.0).sqrt();
        MarginalEffect {
            term: design.names[columns[0]].clone(),
            step,
            estimate: num(value),
            std_error: num(se),
            conf_low: num(value - z * se),
            conf_high: num(value + z * se),
        }
    };
    Ok(moves.iter().filter(|m| !m.columns.is_empty()).map(one).collect())
}

/// A fit, and the steps over which effects are averaged.
struct At<'a> {
    design: &'a Design,
    estimates: &'a Estimates,
    rows: Vec<usize>,
}

impl At<'_> {
    /// Steps with their weights, Σ w = observations' shares over n.
    fn steps(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let n = self.rows.len() as f64;
        self.rows.iter().flat_map(|i| self.design.covered(*i)).map(move |(s, share)| (s, share / n))
    }

    /// The effect of column `j` and its gradient in (β, ln dispersion).
    fn effect(&self, j: usize, step: bool) -> (f64, Vec<f64>) {
        let (beta, link) = (&self.estimates.beta, self.estimates.link);
        let lift = self.estimates.log_lift(self.estimates.dispersion);
        let (mut value, mut gradient) = (0.0, vec![0.0; beta.len() + 1]);
        for (s, w) in self.steps() {
            let row = self.design.row(s);
            let eta = self.design.offset[s] + lift + row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
            if step {
                for (sign, x) in [(1.0, 1.0), (-1.0, 0.0)] {
                    let at = eta + (x - row[j]) * beta[j];
                    value += sign * w * link.mean(at);
                    for (l, g) in gradient[..beta.len()].iter_mut().enumerate() {
                        *g += sign * w * link.slope(at) * if l == j { x } else { row[l] };
                    }
                }
            } else {
                value += w * link.slope(eta) * beta[j];
                gradient[j] += w * link.slope(eta);
                gradient.iter_mut().zip(row).for_each(|(g, x)| *g += w * bend(link, eta) * beta[j] * x);
            }
        }
        // Of a Gaussian family the mean is e^(σ²/2) times the median: d/d ln σ = σ².
        gradient[beta.len()] = 2.0 * lift * value;
        (value, gradient)
    }

    /// The same for a model with extra zeros and for columns that move together, its gradient by central differences.
    fn whole(&self, m: &Move, step: bool) -> (f64, Vec<f64>) {
        let (beta, phi) = (&self.estimates.beta, self.estimates.dispersion);
        let moved = |l: usize, by: f64| {
            let mut b = beta.clone();
            b[l] += by;
            self.moved(m, step, &b, phi)
        };
        // A step that moves no linear predictor by more than 1e-5, whatever the column's unit.
        let largest = |l: usize| self.steps().map(|(s, _)| self.design.x[(s, l)].abs()).fold(0.0, f64::max);
        let slope = |l: usize| {
            let h = 1e-5 / Some(largest(l)).filter(|x| *x > 0.0).unwrap_or(1.0);
            (moved(l, h) - moved(l, -h)) / (2.0 * h)
        };
        let mut gradient: Vec<f64> = (0..beta.len()).map(slope).collect();
        let of_theta = |by: f64| self.moved(m, step, beta, phi * by.exp());
        gradient.push((of_theta(1e-5) - of_theta(-1e-5)) / 2e-5);
        (self.moved(m, step, beta, phi), gradient)
    }

    /// The effect of columns that move together.
    fn moved(&self, m: &Move, step: bool, beta: &[f64], phi: f64) -> f64 {
        let one = |(s, w): (usize, f64)| {
            let mut row = self.design.row(s).to_vec();
            if !step {
                return w * self.slope(s, &row, m, (beta, phi));
            }
            let mut state = |holds: f64| {
                m.columns.iter().for_each(|j| row[*j] = holds);
                m.others.iter().for_each(|j| row[*j] = 0.0);
                m.base.iter().for_each(|j| row[*j] = 1.0 - holds);
                Joint::follow(&m.joints, &mut row);
                self.estimates.mean(self.design, s, &row, beta, phi)
            };
            w * (state(1.0) - state(0.0))
        };
        self.steps().map(one).sum()
    }

    /// d mean / dx of a step.
    fn slope(&self, s: usize, row: &[f64], m: &Move, (beta, phi): (&[f64], f64)) -> f64 {
        let own = m.columns.iter().map(|j| (*j, 1.0));
        let rates: Vec<(usize, f64)> =
            own.chain(m.joints.iter().map(|j| (j.column, j.rate(&m.columns, row)))).collect();
        if self.estimates.zeros.is_some() {
            return slope(&self.estimates.law(self.design, s, row, beta, phi), self.estimates, &rates, beta);
        }
        let eta = self.design.offset[s] + row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
        let rate: f64 = rates.iter().map(|(j, r)| r * beta[*j]).sum();
        self.estimates.link.slope(eta + self.estimates.log_lift(phi)) * rate
    }
}

/// d E(y) / dx of a law with extra zeros, x moving the count predictor by Σ r β and the zero predictor by Σ r ζ (r = 1, or the rate of a product): with zero
/// inflation (1 − π) μ' Σβ − π (1 − π) μ Σζ; with a hurdle, p = 1 − π and T = μ/(1 − f(0)), p T' μ' Σβ + p (1 − p) T Σζ.
fn slope(law: &Law, estimates: &Estimates, rates: &[(usize, f64)], beta: &[f64]) -> f64 {
    let cut = estimates.zeros.map_or(beta.len(), |z| z.1);
    let sum = |zero: bool| rates.iter().filter(|(j, _)| (*j >= cut) == zero).map(|(j, r)| r * beta[*j]).sum::<f64>();
    let (count, zero) = (sum(false), sum(true));
    let mu = law.mean;
    let eta_slope = estimates.link.slope(estimates.link.of(mu));
    match law.zeros {
        Zeros::Hurdle(pi) => {
            let log_f0 = law.family.log_pmf(0.0, mu, law.dispersion);
            let positive = -log_f0.exp_m1();
            // d ln f(0) / dμ: −1 for the Poisson, −θ/(θ + μ) for NB2.
            let by_mu = if law.family == Family::Nb2 { -law.dispersion / (law.dispersion + mu) } else { -1.0 };
            let truncated = (positive + mu * log_f0.exp() * by_mu) / (positive * positive);
            (1.0 - pi) * truncated * eta_slope * count + pi * (1.0 - pi) * mu / positive * zero
        }
        Zeros::Inflated(pi) => (1.0 - pi) * eta_slope * count - pi * (1.0 - pi) * mu * zero,
        Zeros::None => eta_slope * count,
    }
}

/// d²μ/dη².
fn bend(link: Link, eta: f64) -> f64 {
    match link {
        Link::Log => eta.exp(),
        Link::Identity => 0.0,
        Link::Sqrt => 2.0,
    }
}
