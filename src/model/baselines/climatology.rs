//! Climatology: every step has the same NB2 distribution.
//!
//! ```text
//! y_s ~ NB2(μ, θ)                        variance μ + μ²/θ
//! Y_i = Σ_s w_is y_s,  W_i = Σ_s w_is,  c_i = W_i² / Σ_s w_is²
//! Y_i ~ NB2(W_i μ, c_i θ)
//! ```
//!
//! μ counts per step, θ the size. Y_i is exact for sums of whole steps (w = 1: sums of NB2 of one mean and size) and for a
//! part of one step (binomial thinning); for a sum with a part it matches mean and variance. So every observation is
//! used. A part of a step outside of every observation carries nothing.
//!
//! Fit: μ̂(θ) by Fisher scoring on ln μ with information I(θ) = Σ_i W_i μ / (1 + W_i μ/(c_i θ)), then κ = 1/√θ, the
//! coefficient of variation of the rate, over a fine grid from 0 (Poisson) on and golden section.
//!
//! Draws: κ from its integrated likelihood L(μ̂(θ), θ)/√I(θ) (Laplace's approximation in ln μ) under a flat prior on
//! κ in [0, 5], the uniform prior on a standard deviation of Gelman (2006, <https://doi.org/10.1214/06-BA117A>); then
//! ln μ ~ N(ln μ̂(θ), 1/I(θ)). A record of zeros alone has no μ̂: there μ ~ Gamma(½, Σ W), Jeffreys' posterior of a
//! Poisson mean, and the law is Poisson.
//!
//! A running step with K recorded and the share r to come: the step's rate is Gamma(θ, θ/μ), so given K the rest is
//! NB2 of mean r (θ + K)/(θ/μ + 1 − r) and size θ + K: a year that runs high is expected to go on high.

use super::{criteria, nothing_to_come, row_stat, running};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Law};
use crate::forecast::Paths;
use crate::model::{Fitted, IntervalKind, Model, Summary};
use crate::results::{ModelInfo, RowStat, TermRow, num};
use ndarray::Array2;
use rand::RngExt as _;
use rand_distr::{Distribution as _, Gamma, StandardNormal};
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Largest κ = 1/√θ considered.
const KAPPA_MAX: f64 = 5.0;
/// Points of the grid of κ.
const GRID: usize = 200;
/// Size that stands for the Poisson limit.
const POISSON: f64 = 1e15;

/// Climatology ready for data.
#[derive(Debug, Clone, PartialEq)]
pub struct Climatology {
    /// Level of the intervals, in (0, 1).
    pub level: f64,
}

/// One observation.
#[derive(Debug, Clone, Copy)]
struct Obs {
    y: f64,
    /// W.
    weight: f64,
    /// c.
    parts: f64,
}

/// One value of κ on the grid.
#[derive(Debug, Clone, Copy)]
struct Node {
    theta: f64,
    /// ln μ̂(θ).
    log_mu: f64,
    /// 1/√I(θ).
    sd: f64,
    log_lik: f64,
    /// Posterior probability of this node and those before it.
    cumulative: f64,
}

/// Fitted climatology.
#[derive(Debug, Clone)]
pub struct ClimatologyFit {
    level: f64,
    /// By observation of the design; `None` where the count is missing.
    observations: Vec<Option<Obs>>,
    grid: Vec<Node>,
    best: Node,
    /// Σ W.
    exposure: f64,
    /// Every count is 0.
    empty: bool,
    warnings: Vec<String>,
}

fn theta_of(kappa: f64) -> f64 {
    (1.0 / (kappa * kappa)).min(POISSON)
}

impl Obs {
    fn law(&self, mu: f64, theta: f64) -> Law {
        let size = if theta >= POISSON { POISSON } else { self.parts * theta };
        Law::new(Family::Nb2, self.weight * mu, size)
    }
}

/// The fit of μ at one κ.
fn node(observations: &[Obs], kappa: f64) -> Node {
    let theta = theta_of(kappa);
    let total: f64 = observations.iter().map(|o| o.y).sum();
    let exposure: f64 = observations.iter().map(|o| o.weight).sum();
    let mut log_mu = (total / exposure).ln();
    let mut information = 0.0;
    for _ in 0..100 {
        let mu = log_mu.exp();
        let shrink = |o: &Obs| 1.0 + o.weight * mu / (o.parts * theta);
        let score: f64 = observations.iter().map(|o| (o.y - o.weight * mu) / shrink(o)).sum();
        information = observations.iter().map(|o| o.weight * mu / shrink(o)).sum();
        let step = (score / information).clamp(-2.0, 2.0);
        log_mu += step;
        if step.abs() < 1e-12 {
            break;
        }
    }
    let log_lik = observations.iter().map(|o| o.law(log_mu.exp(), theta).log_pmf(o.y)).sum();
    Node { theta, log_mu, sd: 1.0 / information.sqrt(), log_lik, cumulative: 0.0 }
}

/// The maximum of the likelihood near the best grid point, by golden section.
fn refine(observations: &[Obs], mut low: f64, mut high: f64) -> Node {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let at = |k: f64| node(observations, k);
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut fa, mut fb) = (at(a), at(b));
    for _ in 0..60 {
        if fa.log_lik > fb.log_lik {
            (high, b, fb) = (b, a, fa);
            a = high - ratio * (high - low);
            fa = at(a);
        } else {
            (low, a, fa) = (a, b, fb);
            b = low + ratio * (high - low);
            fb = at(b);
        }
    }
    at(0.5 * (low + high))
}

/// Nodes over κ with their posterior, and the maximum.
fn profile(observations: &[Obs]) -> (Vec<Node>, Node) {
    let kappa = |k: usize| KAPPA_MAX * (k as f64 / (GRID - 1) as f64).powi(2);
    let mut grid: Vec<Node> = (0..GRID).map(|k| node(observations, kappa(k))).collect();
    let top = (0..GRID).max_by(|a, b| grid[*a].log_lik.total_cmp(&grid[*b].log_lik)).unwrap_or(0);
    let refined = refine(observations, kappa(top.saturating_sub(1)), kappa((top + 1).min(GRID - 1)));
    let best = if refined.log_lik > grid[top].log_lik { refined } else { grid[top] };
    let mut sum = 0.0;
    for (k, n) in grid.iter_mut().enumerate() {
        // Width of the node's cell: the grid is finer near 0, the prior flat in κ.
        let width = kappa((k + 1).min(GRID - 1)) - kappa(k.saturating_sub(1));
        sum += width * n.sd * (n.log_lik - best.log_lik).exp();
        n.cumulative = sum;
    }
    grid.iter_mut().for_each(|n| n.cumulative /= sum);
    (grid, best)
}

impl Climatology {
    /// Fits, and keeps the concrete type.
    ///
    /// # Errors
    /// Without any count.
    pub fn learn(&self, design: &Design) -> Result<ClimatologyFit> {
        let observation = |i: usize| {
            let shares: Vec<f64> = design.covered(i).map(|(_, w)| w).collect();
            let weight: f64 = shares.iter().sum();
            let parts = weight * weight / shares.iter().map(|w| w * w).sum::<f64>();
            (design.counts[i].is_finite() && weight > 0.0).then_some(Obs { y: design.counts[i], weight, parts })
        };
        let observations: Vec<Option<Obs>> = (0..design.n()).map(observation).collect();
        let used: Vec<Obs> = observations.iter().flatten().copied().collect();
        if used.is_empty() {
            return Err(Error::data("`climatology`: the record has no count").help("give at least one observed step"));
        }
        let exposure = used.iter().map(|o| o.weight).sum();
        let empty = used.iter().all(|o| o.y == 0.0);
        let mut warnings = Vec::new();
        let (grid, best) = if empty {
            warnings.push("climatology: every count is 0; the mean is drawn from Gamma(1/2, steps observed)".into());
            (Vec::new(), Node { theta: POISSON, log_mu: f64::NEG_INFINITY, sd: 0.0, log_lik: 0.0, cumulative: 1.0 })
        } else {
            profile(&used)
        };
        let fit = ClimatologyFit { level: self.level, observations, grid, best, exposure, empty, warnings };
        Ok(fit.with_notes())
    }
}

impl Model for Climatology {
    fn name(&self) -> String {
        "climatology".into()
    }

    fn fit(&self, design: &Design, _: &mut Rng) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.learn(design)?))
    }

    fn describe(&self, info: &mut ModelInfo) {
        info.family = Family::Nb2.name().into();
    }
}

impl ClimatologyFit {
    fn with_notes(mut self) -> Self {
        if !self.empty && self.theta().is_none() {
            self.warnings.push("climatology: no more spread than a Poisson; theta is at its limit".into());
        }
        self
    }

    /// μ̂, counts per step.
    pub fn mean(&self) -> f64 {
        self.best.log_mu.exp()
    }

    /// θ̂; `None` at the Poisson limit.
    pub fn theta(&self) -> Option<f64> {
        (self.best.theta < 1e7).then_some(self.best.theta)
    }

    /// Maximum of the log-likelihood.
    pub fn log_lik(&self) -> f64 {
        self.best.log_lik
    }

    /// Standard error of θ̂ from the curvature of its profile likelihood.
    fn theta_se(&self) -> Option<f64> {
        let used: Vec<Obs> = self.observations.iter().flatten().copied().collect();
        let theta = self.theta()?;
        let h = 1e-3 * theta;
        let at = |t: f64| node(&used, 1.0 / t.sqrt()).log_lik;
        let curvature = (at(theta + h) - 2.0 * at(theta) + at(theta - h)) / (h * h);
        num((-1.0 / curvature).sqrt())
    }

    fn terms(&self, theta_se: Option<f64>) -> Vec<TermRow> {
        let z = Normal::standard().inverse_cdf((1.0 + self.level) / 2.0);
        let (mu, sd) = (self.mean(), self.best.sd);
        let estimated = |term: &str| TermRow { term: term.into(), verdict: "estimated".into(), ..TermRow::default() };
        let mean = TermRow {
            estimate: num(mu),
            std_error: num(mu * sd).filter(|_| !self.empty),
            conf_low: num(mu * (-z * sd).exp()).filter(|_| !self.empty),
            conf_high: num(mu * (z * sd).exp()).filter(|_| !self.empty),
            ..estimated("mean")
        };
        let verdict = if self.theta().is_none() { "at its limit: Poisson" } else { "estimated" };
        let theta =
            TermRow { estimate: self.theta(), std_error: theta_se, verdict: verdict.into(), ..estimated("theta") };
        vec![mean, theta]
    }

    /// One draw of (μ, θ).
    fn parameters(&self, rng: &mut Rng) -> (f64, f64) {
        if self.empty {
            return (Gamma::new(0.5, 1.0 / self.exposure).map_or(0.0, |g| g.sample(rng)), POISSON);
        }
        let u: f64 = rng.random();
        let k = self.grid.partition_point(|n| n.cumulative < u).min(self.grid.len() - 1);
        let node = &self.grid[k];
        let e: f64 = StandardNormal.sample(rng);
        ((node.log_mu + e * node.sd).exp(), node.theta)
    }
}

/// The law of what is still to come of a step.
fn rest(mu: f64, theta: f64, known: f64, remaining: f64) -> Law {
    if remaining <= 0.0 || mu <= 0.0 {
        return nothing_to_come();
    }
    if theta >= POISSON {
        return Law::new(Family::Nb2, remaining * mu, POISSON);
    }
    let mean = remaining * (theta + known) / (theta / mu + 1.0 - remaining);
    Law::new(Family::Nb2, mean, theta + known)
}

impl Fitted for ClimatologyFit {
    fn summary(&self) -> Result<Summary> {
        let (mu, theta) = (self.mean(), self.best.theta);
        let row = |o: &Obs| {
            let law = o.law(mu, theta);
            let sd = Family::Nb2.variance(law.mean, law.dispersion).sqrt();
            RowStat { eta: num(law.mean.ln()), ..row_stat(o.y, &law, o.y - law.mean, sd) }
        };
        let missing = || RowStat { observed: f64::NAN, ..RowStat::default() };
        let rows = self.observations.iter().map(|o| o.as_ref().map_or_else(missing, row)).collect();
        let n = self.observations.iter().flatten().count();
        let theta_se = self.theta_se();
        let mut glance = criteria(self.log_lik(), 2.0, n);
        glance.df_residual = Some(n as f64 - 1.0);
        glance.theta = self.theta();
        glance.alpha = self.theta().map(|t| 1.0 / t);
        glance.theta_se = theta_se;
        let covariance = if self.empty { Vec::new() } else { vec![vec![(mu * self.best.sd).powi(2)]] };
        let interval = Some(IntervalKind::Wald).filter(|_| !self.empty);
        Ok(Summary { terms: self.terms(theta_se), glance, rows, covariance, interval, ..Summary::default() })
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        let shape = (draws, future.steps());
        let mut paths = Paths { counts: Array2::zeros(shape), laws: Array2::from_elem(shape, nothing_to_come()) };
        for d in 0..draws {
            let (mu, theta) = self.parameters(rng);
            for s in 0..future.steps() {
                let (known, remaining) = running(future, s);
                let law = rest(mu, theta, known, remaining);
                paths.laws[[d, s]] = law;
                paths.counts[[d, s]] = known + law.sample(rng);
            }
        }
        Ok(paths)
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
