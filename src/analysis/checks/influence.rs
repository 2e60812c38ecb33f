//! Influence of single observations.
//!
//! Leaving observation i out moves the coefficients by about −B x̃_i e_i √w_i / (1 − h_i), B the model covariance, x̃ the
//! gradient of its mean over the standard deviation and e its residual: one Newton step (Pregibon 1981, Annals of Statistics 9,
//! 705–724). [`Residual::Pearson`] is that step; R's `dfbeta` puts deviance residuals in its place. Signs are R's:
//! estimate with the observation less the estimate without it.

use crate::analysis::stability::{Stability, StableTerm};
use crate::inference::covariance::{leverages, model};
use crate::inference::scoring::mean_and_gradient;
use crate::model::Summary;
use crate::model::glm::Regression;
use crate::results::num;
use serde::Serialize;

/// Which residual stands for the observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// (y − μ)/√V: the one-step estimate.
    Pearson,
    /// The signed root of the deviance, as in R's `dfbeta`.
    Deviance,
}

/// DFBETA of all observations.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Influence {
    /// One per observation fitted, in its order.
    pub rows: Vec<InfluenceRow>,
}

/// One observation's influence.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct InfluenceRow {
    /// Observation, from 0.
    pub observation: usize,
    /// Its name; filled in above the border.
    pub period: String,
    /// Leverage.
    pub hat: Option<f64>,
    /// Whether the leverage exceeds twice its mean.
    pub high_leverage: bool,
    /// Move of each coefficient in its standard errors; `None` for dropped columns, and at leverage 1, where without the
    /// observation there is no estimate.
    pub dfbetas: Vec<Option<f64>>,
}

impl Influence {
    /// From the fits without each observation; leverages are those of the summary's rows, where it has some.
    pub fn exact(stability: &Stability, summary: &Summary) -> Influence {
        let hats = || summary.rows.iter().filter_map(|r| r.hat);
        let mean = hats().sum::<f64>() / hats().count().max(1) as f64;
        let row = |(a, i): (usize, &usize)| {
            let hat = summary.rows.get(*i).and_then(|r| r.hat);
            let moved = |t: &StableTerm| {
                let error = summary.terms.iter().find(|s| s.term == t.term)?.std_error?;
                num((t.estimate? - t.without.get(a)?.estimate?) / error)
            };
            InfluenceRow {
                observation: *i,
                period: String::new(),
                hat,
                high_leverage: hat.is_some_and(|h| h > 2.0 * mean),
                dfbetas: stability.terms.iter().map(moved).collect(),
            }
        };
        Influence { rows: stability.left_out.iter().enumerate().map(row).collect() }
    }
}

/// Counts, means and leverages of the observations fitted; `None` when the information is singular.
pub(super) fn fitted(fit: &Regression) -> Option<(Vec<f64>, Vec<f64>, Vec<f64>)> {
    let (problem, gamma) = (fit.problem(), &fit.solution().gamma);
    let kernel = crate::family::Kernel::new(fit.family(), fit.solution().t);
    let mut gradient = vec![0.0; problem.k];
    let mu = (0..problem.n()).map(|i| mean_and_gradient(problem, gamma, i, &mut gradient).0).collect();
    Some((problem.y.clone(), mu, leverages(problem, &kernel, gamma)?))
}

/// Moves of the coefficients, observations × columns of the design; `None` per cell as in [`InfluenceRow::dfbetas`].
pub fn dfbeta(fit: &Regression, residual: Residual) -> Vec<Vec<Option<f64>>> {
    let (problem, gamma) = (fit.problem(), &fit.solution().gamma);
    let kernel = crate::family::Kernel::new(fit.family(), fit.solution().t);
    let (k, p, kept) = (problem.k, fit.coefficients().len(), fit.basis().kept());
    let Some((hats, bread)) = leverages(problem, &kernel, gamma).zip(model(problem, &kernel, gamma)) else {
        return vec![vec![None; p]; problem.n()];
    };
    let mut gradient = vec![0.0; k];
    let one = |i: usize| {
        let (m, kappa) = mean_and_gradient(problem, gamma, i, &mut gradient);
        let (y, v, w) = (problem.y[i], kernel.variance(m, kappa), problem.w[i]);
        let e = match residual {
            Residual::Pearson => (y - m) / v.sqrt(),
            Residual::Deviance => {
                let d = fit.family().unit_deviance(y, m, fit.dispersion() * kappa);
                d.max(0.0).sqrt() * (y - m).signum()
            }
        };
        let by = w * e / v.sqrt() / (1.0 - hats[i]);
        let step: Vec<f64> = (0..k).map(|a| by * dot(&bread[a * k..(a + 1) * k], &gradient)).collect();
        let mut row = vec![None; p];
        let own = if hats[i] < 1.0 - 1e-9 { fit.basis().beta(&step) } else { vec![f64::NAN; k] };
        kept.iter().zip(own).for_each(|(j, b)| row[*j] = num(b));
        row
    };
    (0..problem.n()).map(one).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// DFBETAS: moves in standard errors (those of the settings), with leverages.
pub fn influence(fit: &Regression, residual: Residual) -> Influence {
    let (moves, p) = (dfbeta(fit, residual), fit.coefficients().len());
    let covariance = fit.covariance().unwrap_or_else(|_| vec![0.0; p * p]);
    let hats = fitted(fit).map(|(_, _, h)| h);
    let mean = fit.problem().k as f64 / fit.problem().n().max(1) as f64;
    let row = |(a, observation): (usize, &usize)| {
        let hat = hats.as_ref().and_then(|h| num(h[a]));
        let scaled = |j: usize| moves[a][j].and_then(|b| num(b / covariance[j * (p + 1)].sqrt()));
        InfluenceRow {
            observation: *observation,
            period: String::new(),
            hat,
            high_leverage: hat.is_some_and(|h| h > 2.0 * mean),
            dfbetas: (0..p).map(scaled).collect(),
        }
    };
    Influence { rows: fit.observations().iter().enumerate().map(row).collect() }
}
