//! Poisson and NB2: at the current means μ, with working weights w μ²/V and working response η + (y − μ)/μ, one
//! coefficient after another takes
//!
//! β_j = S(Σ w̃ z_j r_j, λ a) / (Σ w̃ z_j² + λ (1 − a)), S(x, l) = sign(x) max(|x| − l, 0),
//!
//! r_j the residual without column j, until none moves; then means and weights again. A step that does not lower the
//! objective is halved.

use super::{Data, Raw, RawPoint, Settings};
use crate::error::{Error, Result};
use crate::family::{Family, Kernel};

/// Largest move of a standardised coefficient that counts as none.
const STILL: f64 = 1e-10;
const MOST_SWEEPS: usize = 20_000;
const MOST_ROUNDS: usize = 200;

/// Where a descent stands.
#[derive(Clone)]
struct State {
    intercept: f64,
    beta: Vec<f64>,
    eta: Vec<f64>,
}

/// One penalised problem.
struct Descent<'a> {
    data: &'a Data,
    mixing: f64,
    lambda: f64,
    theta: f64,
}

pub(super) fn path(data: &Data, settings: &Settings, lambda: &[f64]) -> Result<Raw> {
    let (mut state, mut theta) = null(data, settings)?;
    let null_at = |theta: f64, from: &State| -> f64 {
        let mut s = from.clone();
        Descent { data, mixing: 1.0, lambda: f64::INFINITY, theta }.minimise(&mut s);
        deviance(data, &s.eta, theta)
    };
    let null_deviance = null_at(f64::INFINITY, &state);
    let flat = state.clone();
    let mut points = Vec::with_capacity(lambda.len());
    for l in lambda {
        let mut converged = false;
        for _ in 0..100 {
            let descent = Descent { data, mixing: settings.mixing, lambda: *l, theta };
            converged = descent.minimise(&mut state);
            let next = dispersion(data, settings, &state.eta, theta);
            let moved = (next.recip() - theta.recip()).abs() * theta.min(1e6);
            theta = next;
            if data.family == Family::Poisson || settings.theta.is_some() || moved < 1e-9 {
                break;
            }
        }
        let own = if data.family == Family::Poisson { null_deviance } else { null_at(theta, &flat) };
        points.push(RawPoint {
            lambda: *l,
            intercept: state.intercept,
            beta: state.beta.clone(),
            deviance: deviance(data, &state.eta, theta),
            null_deviance: own,
            log_lik: log_lik(data, &state.eta, theta),
            dispersion: theta,
            parameters: usize::from(data.family == Family::Nb2 && settings.theta.is_none()),
            converged,
        });
    }
    Ok(Raw { null_deviance, points })
}

/// Slope of the log-likelihood in each penalised coefficient, where all of them are 0.
pub(super) fn at_null(data: &Data, settings: &Settings) -> Result<Vec<f64>> {
    let (state, theta) = null(data, settings)?;
    let slope = |i: usize| {
        let mu = state.eta[i].exp();
        data.w[i] * (data.y[i] - mu) / (1.0 + mu / theta)
    };
    let slopes: Vec<f64> = (0..data.n).map(slope).collect();
    let one = |a: usize| data.column(a).iter().zip(&slopes).map(|(z, s)| z * s).sum();
    Ok((0..data.columns.len()).filter(|a| data.penalised[*a]).map(one).collect())
}

/// The fit without the penalised columns, and θ there (infinite = Poisson).
fn null(data: &Data, settings: &Settings) -> Result<(State, f64)> {
    let exposure: f64 = (0..data.n).map(|i| data.w[i] * data.offset[i].exp()).sum();
    let level = (0..data.n).map(|i| data.w[i] * data.y[i]).sum::<f64>() / exposure;
    if level.is_nan() || level <= 0.0 {
        return Err(Error::data("all counts are zero: no mean can be estimated"));
    }
    let intercept = if data.constant.is_some() { level.ln() } else { 0.0 };
    let eta = data.offset.iter().map(|o| o + intercept).collect();
    let mut state = State { intercept, beta: vec![0.0; data.columns.len()], eta };
    let mut theta = settings.theta.filter(|_| data.family == Family::Nb2).unwrap_or(f64::INFINITY);
    for _ in 0..100 {
        Descent { data, mixing: 1.0, lambda: f64::INFINITY, theta }.minimise(&mut state);
        let next = dispersion(data, settings, &state.eta, theta);
        let moved = (next.recip() - theta.recip()).abs() * theta.min(1e6);
        theta = next;
        if moved < 1e-9 {
            break;
        }
    }
    Ok((state, theta))
}

/// θ by maximum likelihood given the means: infinite where the slope in α at 0 is not positive. Newton steps in ln θ.
fn dispersion(data: &Data, settings: &Settings, eta: &[f64], from: f64) -> f64 {
    if data.family != Family::Nb2 || settings.theta.is_some() {
        return from;
    }
    let means: Vec<f64> = eta.iter().map(|e| e.exp()).collect();
    let (mut excess, mut size) = (0.0, 0.0);
    for (w, (y, m)) in data.w.iter().zip(data.y.iter().zip(&means)) {
        excess += w * ((y - m).powi(2) - y);
        size += w * m * m;
    }
    if excess <= 0.0 {
        return f64::INFINITY;
    }
    let mut t = if from.is_finite() { from.ln() } else { (size / excess).ln() };
    for _ in 0..100 {
        let kernel = Kernel::new(Family::Nb2, t);
        let (mut slope, mut curve) = (0.0, 0.0);
        for i in 0..data.n {
            let s = kernel.slopes(data.y[i], means[i], eta[i], 1.0);
            slope += data.w[i] * s.t;
            curve += data.w[i] * s.tt;
        }
        let step = (slope / if curve < 0.0 { -curve } else { slope.abs().max(1e-12) }).clamp(-1.0, 1.0);
        t += step;
        if step.abs() < 1e-12 || t > 25.0 {
            break;
        }
    }
    if t > 25.0 { f64::INFINITY } else { t.exp() }
}

fn deviance(data: &Data, eta: &[f64], theta: f64) -> f64 {
    let family = if theta.is_finite() { Family::Nb2 } else { Family::Poisson };
    let one = |i: usize| data.w[i] * family.unit_deviance(data.y[i], eta[i].exp(), theta);
    data.total * (0..data.n).map(one).sum::<f64>()
}

fn log_lik(data: &Data, eta: &[f64], theta: f64) -> f64 {
    let family = if theta.is_finite() { Family::Nb2 } else { Family::Poisson };
    let one = |i: usize| data.w[i] * family.log_pmf(data.y[i], eta[i].exp(), theta);
    data.total * (0..data.n).map(one).sum::<f64>()
}

impl Descent<'_> {
    /// Whether column `a` may move at all.
    fn moves(&self, a: usize) -> bool {
        self.lambda.is_finite() || !self.data.penalised[a]
    }

    /// Soft threshold and ridge of column `a`.
    fn penalty(&self, a: usize) -> (f64, f64) {
        if !self.data.penalised[a] {
            return (0.0, 0.0);
        }
        (self.lambda * self.mixing, self.lambda * (1.0 - self.mixing))
    }

    fn objective(&self, state: &State) -> f64 {
        let kernel = Kernel::new(Family::Nb2, self.theta.ln());
        let one = |i: usize| {
            let (y, eta) = (self.data.y[i], state.eta[i]);
            self.data.w[i] * kernel.slopes(y, eta.exp(), eta, 1.0).ll
        };
        let fit: f64 = (0..self.data.n).map(one).sum();
        let price = |(a, b): (usize, &f64)| {
            let (l1, l2) = self.penalty(a);
            if *b == 0.0 { 0.0 } else { l1 * b.abs() + 0.5 * l2 * b * b }
        };
        state.beta.iter().enumerate().map(price).sum::<f64>() - fit
    }

    /// Minimises from `state`; whether the tolerance was met.
    fn minimise(&self, state: &mut State) -> bool {
        let mut at = self.objective(state);
        for _ in 0..MOST_ROUNDS {
            let before = state.clone();
            let settled = self.reweighted(state);
            let moved = |s: &State| {
                let each = s.beta.iter().zip(&before.beta).map(|(a, b)| (a - b).abs());
                each.fold((s.intercept - before.intercept).abs(), f64::max)
            };
            let mut next = self.objective(state);
            for _ in 0..30 {
                if next <= at + 1e-13 * at.abs().max(1.0) {
                    break;
                }
                let middle = |a: f64, b: f64| 0.5 * (a + b);
                state.intercept = middle(state.intercept, before.intercept);
                state.beta.iter_mut().zip(&before.beta).for_each(|(a, b)| *a = middle(*a, *b));
                state.eta.iter_mut().zip(&before.eta).for_each(|(a, b)| *a = middle(*a, *b));
                next = self.objective(state);
            }
            at = next;
            if moved(state) < 10.0 * STILL {
                return settled;
            }
        }
        false
    }

    /// Coordinate descent on the working least squares; fills η anew. Whether it settled.
    fn reweighted(&self, state: &mut State) -> bool {
        let (d, n) = (self.data, self.data.n);
        let mu: Vec<f64> = state.eta.iter().map(|e| e.exp()).collect();
        let weight: Vec<f64> = (0..n).map(|i| d.w[i] * mu[i] / (1.0 + mu[i] / self.theta)).collect();
        let mut residual: Vec<f64> = (0..n).map(|i| (d.y[i] - mu[i]) / mu[i]).collect();
        let total: f64 = weight.iter().sum();
        let squares = |a: usize| d.column(a).iter().zip(&weight).map(|(z, w)| w * z * z).sum::<f64>();
        let size: Vec<f64> = (0..d.columns.len()).map(squares).collect();
        let mut settled = false;
        // All columns once, then those that are not 0 until they are still, then all again.
        let mut every = true;
        for _ in 0..MOST_SWEEPS {
            let mut most: f64 = 0.0;
            for a in (0..size.len()).filter(|a| self.moves(*a)) {
                if !every && state.beta[a] == 0.0 && d.penalised[a] {
                    continue;
                }
                let z = d.column(a);
                let (l1, l2) = self.penalty(a);
                let along: f64 = (0..n).map(|i| weight[i] * z[i] * residual[i]).sum::<f64>() + size[a] * state.beta[a];
                let next = along.signum() * (along.abs() - l1).max(0.0) / (size[a] + l2);
                let step = next - state.beta[a];
                if step != 0.0 && next.is_finite() {
                    residual.iter_mut().zip(z).for_each(|(r, z)| *r -= step * z);
                    state.beta[a] = next;
                    most = most.max(step.abs());
                }
            }
            if d.constant.is_some() {
                let step = weight.iter().zip(&residual).map(|(w, r)| w * r).sum::<f64>() / total;
                residual.iter_mut().for_each(|r| *r -= step);
                state.intercept += step;
                most = most.max(step.abs());
            }
            if most < STILL {
                if every {
                    settled = true;
                    break;
                }
                every = true;
            } else {
                every = false;
            }
        }
        for (i, eta) in state.eta.iter_mut().enumerate() {
            *eta = d.offset[i] + state.intercept;
        }
        for (a, b) in state.beta.iter().enumerate().filter(|(_, b)| **b != 0.0) {
            state.eta.iter_mut().zip(d.column(a)).for_each(|(e, z)| *e += b * z);
        }
        settled
    }
}
