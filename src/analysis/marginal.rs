//! Average marginal effects: by how many counts the mean moves with a covariate, at the offsets recorded.
//!
//! AME_j = (1/n) Σ_i Σ_s w_is ∂μ_s/∂x_sj for an amount; for a column of zeros and ones the mean of μ(1) − μ(0)
//! (Cameron and Trivedi 2013, *Regression Analysis of Count Data*, 2nd ed., chapter 3). μ_s holds the offset of its
//! step, so effects are in counts at the recorded exposure; [`Exposure::One`] gives them per unit of exposure. Errors by
//! the delta method.

use super::attribution::known;
use super::estimates::Estimates;
use crate::design::Design;
use crate::error::Result;
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

/// Average marginal effects of `columns`, lagged counts as recorded.
///
/// # Errors
/// When a column has no finite estimate.
pub fn average(
    design: &Design,
    estimates: &Estimates,
    columns: &[usize],
    exposure: Exposure,
    level: f64,
) -> Result<Vec<MarginalEffect>> {
    estimates.check_finite(design)?;
    let z = Normal::standard().inverse_cdf(0.5 * (1.0 + level));
    let rows = known(design);
    let one = |j: &usize| {
        let step = design.x.column(*j).iter().all(|x| *x == 0.0 || *x == 1.0 || x.is_nan());
        let (value, gradient) = effect(design, estimates, *j, step, exposure, &rows);
        let variance: f64 = (0..gradient.len())
            .flat_map(|a| (0..gradient.len()).map(move |b| (a, b)))
            .map(|(a, b)| gradient[a] * gradient[b] * estimates.covariance(a, b))
            .sum();
        let se = variance.max(0.0).sqrt();
        MarginalEffect {
            term: design.names[*j].clone(),
            step,
            estimate: num(value),
            std_error: num(se),
            conf_low: num(value - z * se),
            conf_high: num(value + z * se),
        }
    };
    Ok(columns.iter().map(one).collect())
}

/// The effect of column `j` and its gradient in β.
fn effect(
    design: &Design,
    estimates: &Estimates,
    j: usize,
    step: bool,
    exposure: Exposure,
    rows: &[usize],
) -> (f64, Vec<f64>) {
    let (beta, link) = (&estimates.beta, estimates.link);
    let (mut value, mut gradient) = (0.0, vec![0.0; beta.len()]);
    for (s, share) in rows.iter().flat_map(|i| design.covered(*i)) {
        let w = share / rows.len() as f64;
        let row = design.row(s);
        let offset = if exposure == Exposure::Recorded { design.offset[s] } else { 0.0 };
        let eta = offset + row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
        if step {
            for (sign, x) in [(1.0, 1.0), (-1.0, 0.0)] {
                let at = eta + (x - row[j]) * beta[j];
                value += sign * w * link.mean(at);
                for (l, g) in gradient.iter_mut().enumerate() {
                    *g += sign * w * link.slope(at) * if l == j { x } else { row[l] };
                }
            }
        } else {
            value += w * link.slope(eta) * beta[j];
            gradient[j] += w * link.slope(eta);
            gradient.iter_mut().zip(row).for_each(|(g, x)| *g += w * bend(link, eta) * beta[j] * x);
        }
    }
    (value, gradient)
}

/// d²μ/dη².
fn bend(link: Link, eta: f64) -> f64 {
    match link {
        Link::Log => eta.exp(),
        Link::Identity => 0.0,
        Link::Sqrt => 2.0,
    }
}
