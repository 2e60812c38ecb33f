//! Admissible region and starting values.

use super::likelihood::{Likelihood, dispersed};
use super::recursion::{Depth, Spec, run};
use crate::error::{Error, Result};
use crate::family::Family;
use crate::inference::linalg::{Matrix, axpy, dot};
use crate::inference::maximise::maximise;
use crate::inference::objective::{Bound, Objective as _, Region};
use crate::model::serial::{Init, Stationarity};
use crate::model::series::Series;

/// How far estimates stay from the edge of the open region, as tscount's `slackvar`.
pub(crate) const EDGE: f64 = 1e-6;
/// What to do about counts that are all zero.
const NO_COUNTS: &str = "take in a stretch (--start, --end) or a series with a count above 0";

/// Names of the lag parameters, as tscount prints them.
pub(crate) fn lag_names(spec: &Spec) -> Vec<String> {
    let obs = spec.obs.iter().map(|l| format!("beta_{l}"));
    obs.chain(spec.mean.iter().map(|l| format!("alpha_{l}"))).collect()
}

/// Admissible parameters.
///
/// Identity link: intercept, β, α ≥ 0 and, in the stationary region, `Σβ + Σα < 1` (Ferland, Latour and Oraichi 2006);
/// covariates may have either sign, as long as every mean stays positive. Log link, stationary region: every |β|, |α| and
/// |Σβ + Σα| < 1, the set of Douc, Doukhan and Moulines (2013) carried over to several lags as in tscount.
pub(crate) fn region(spec: &Spec, s: &Series, family: Family, kind: Stationarity) -> Region {
    let (p, k) = (s.p, spec.k(s.p));
    let dim = k + usize::from(dispersed(family));
    let mut region = Region::default();
    let stationary = kind == Stationarity::Stationary;
    if let (false, Some(j)) = (spec.log(), s.intercept) {
        region.bound(dim, j, -1.0, 0.0, "(Intercept) ≥ 0".into());
    }
    for (i, name) in lag_names(spec).into_iter().enumerate() {
        if !spec.log() {
            region.bound(dim, p + i, -1.0, 0.0, format!("{name} ≥ 0"));
        } else if stationary {
            region.bound(dim, p + i, 1.0, 1.0 - EDGE, format!("{name} < 1"));
            region.bound(dim, p + i, -1.0, 1.0 - EDGE, format!("{name} > -1"));
        }
    }
    if stationary && k > p && (!spec.log() || k > p + 1) {
        let names = lag_names(spec).join(" + ");
        let mut sum = |sign: f64, text: String| {
            let mut a = vec![0.0; dim];
            a[p..k].fill(sign);
            region.bounds.push(Bound { a, c: 1.0 - EDGE, text });
        };
        sum(1.0, format!("{names} < 1"));
        if spec.log() {
            sum(-1.0, format!("{names} > -1"));
        }
    }
    if dispersed(family) {
        let text = if family == Family::Nb2 { "alpha = 1/theta ≥ 0" } else { "phi ≥ 0" };
        region.bound(dim, k, -1.0, 0.0, text.into());
    }
    region
}

/// Sums of β and of α from which serial dependence that is plain to see is found.
const PLAIN: [(f64, f64); 8] =
    [(0.3, 0.3), (0.1, 0.8), (0.6, 0.1), (0.2, 0.05), (0.9, -0.3), (1.2, -0.1), (0.97, -0.1), (0.8, 0.25)];
/// Others, for weak dependence: then the likelihood has a ridge along α, with maxima of its own.
const WEAK: [(f64, f64); 18] = [
    (0.05, 0.9),
    (0.03, 0.5),
    (0.25, 0.6),
    (0.1, 0.0),
    (0.15, -0.6),
    (0.1, -0.9),
    (0.4, -0.8),
    (0.7, -0.6),
    (-0.1, 0.9),
    (-0.1, 0.5),
    (-0.2, 0.0),
    (-0.1, -0.6),
    (-0.05, -0.9),
    (-0.4, 0.8),
    (0.02, 0.97),
    (-0.05, 0.99),
    (-0.15, 0.97),
    (0.05, -0.97),
];
/// Log-likelihood gained by past counts under which dependence is weak.
const WEAK_GAIN: f64 = 6.0;
/// Starts of the grid that are followed where dependence is plain.
const FOLLOWED: usize = 2;

/// Admissible starting points: the maxima of the models inside (most restricted first), then points of a grid, likeliest
/// first. The grid is followed whole where past counts say little, else its likeliest points.
pub(crate) fn starts(likelihood: &Likelihood, region: &Region, inner: &[Vec<f64>]) -> Result<Vec<Vec<f64>>> {
    let spec = likelihood.spec;
    if likelihood.series.largest == 0.0 {
        return Err(Error::data("every count is zero: there is nothing to fit").help(NO_COUNTS));
    }
    let both = !spec.obs.is_empty() && !spec.mean.is_empty();
    let value = |i: usize| inner.get(i).map_or(f64::NEG_INFINITY, |t| likelihood.value(t));
    let weak = both && value(1) - value(0) < WEAK_GAIN;
    let grid: &[(f64, f64)] = match (spec.obs.is_empty(), spec.mean.is_empty()) {
        (true, true) => &[(0.0, 0.0)],
        (false, true) => &[(0.4, 0.0), (0.8, 0.0), (1.05, 0.0)],
        (true, false) => &[(0.0, 0.3), (0.0, 0.8)],
        (false, false) => &PLAIN,
    };
    let effects = inner.first().map(Vec::as_slice);
    let mut points = points(likelihood, region, grid, None);
    points.extend(self::points(likelihood, region, grid, effects));
    if weak {
        points.extend(self::points(likelihood, region, &WEAK, effects));
    }
    points.sort_by(|a, b| b.0.total_cmp(&a.0));
    if spec.mean.is_empty() {
        // The mean is linear in the parameters but for its start: there is one maximum inside.
        points.truncate(1);
        points.extend(edge(likelihood, region));
    } else if !weak && !spec.log() {
        points.truncate(FOLLOWED);
    }
    let admissible = |t: &&Vec<f64>| region.holds(t) && likelihood.value(t).is_finite();
    let mut all: Vec<Vec<f64>> = inner.iter().filter(admissible).cloned().collect();
    all.extend(points.into_iter().map(|(_, t)| t));
    if all.is_empty() {
        return Err(Error::data("no admissible start: a conditional mean is not positive under the identity link")
            .help("add an intercept, or use --link log"));
    }
    Ok(all)
}

/// Points well inside the region, likeliest first: all means at the level of the counts.
pub(crate) fn interior(likelihood: &Likelihood, region: &Region) -> Vec<Vec<f64>> {
    let b = if likelihood.spec.obs.is_empty() { 0.0 } else { 0.3 };
    let a = if likelihood.spec.mean.is_empty() { 0.0 } else { 0.3 };
    let mut points = points(likelihood, region, &[(b, a), (0.3 * b, 2.0 * a), (0.3 * b, 0.1 * a)], None);
    points.sort_by(|a, b| b.0.total_cmp(&a.0));
    points.into_iter().map(|(_, t)| t).collect()
}

/// The admissible points of a grid with their values.
fn points(
    likelihood: &Likelihood,
    region: &Region,
    grid: &[(f64, f64)],
    effects: Option<&[f64]>,
) -> Vec<(f64, Vec<f64>)> {
    let one = |(b, a): &(f64, f64)| {
        let theta = point(likelihood, *b, *a, effects).filter(|t| region.holds(t))?;
        Some((likelihood.value(&theta), theta)).filter(|(v, _)| v.is_finite())
    };
    grid.iter().filter_map(one).collect()
}

/// A point with these sums of β and α, at the level of the counts; the columns have no effect, or in the long run that of
/// the model without lags.
fn point(likelihood: &Likelihood, b: f64, a: f64, effects: Option<&[f64]>) -> Option<Vec<f64>> {
    let (spec, s) = (likelihood.spec, likelihood.series);
    let k = likelihood.k();
    let mut theta = vec![0.0; k];
    theta[s.p..s.p + spec.obs.len()].fill(b / spec.obs.len().max(1) as f64);
    theta[s.p + spec.obs.len()..].fill(a / spec.mean.len().max(1) as f64);
    let level = s.mean_per_step();
    match (s.intercept, effects) {
        (_, Some(e)) => (0..s.p).for_each(|j| theta[j] = e[j] * (1.0 - b - a).max(0.02)),
        (Some(j), _) if spec.log() => {
            let exposure: f64 = s.parts.iter().map(|(t, w)| w * s.offset[*t].exp()).sum();
            let nu = (s.obs.iter().map(|o| o.y).sum::<f64>() / exposure).ln();
            theta[j] = s.scale[j] * (nu - b * level.ln_1p() - a * nu);
        }
        // An explosive start still needs a positive intercept.
        (Some(j), _) => theta[j] = s.scale[j] * level * (1.0 - b - a).max(0.02),
        (None, _) if spec.log() => {}
        (None, _) => {
            for (t, c) in theta.iter_mut().zip(least_squares(s)?) {
                *t = c * (1.0 - b - a);
            }
        }
    }
    if dispersed(likelihood.family) {
        theta.push(moment_dispersion(likelihood, &theta).max(0.01));
    }
    Some(theta)
}

/// The maximum on the edge Σβ → 1 under the log link, where the first log mean `β₀/(1 − Σβ)` is as free as a parameter of its
/// own: Newton's method only creeps towards it along a ridge, and may stop at a lower maximum inside. `None` where the
/// likelihood rises from the edge inwards.
fn edge(likelihood: &Likelihood, region: &Region) -> Option<(f64, Vec<f64>)> {
    let (spec, s) = (likelihood.spec, likelihood.series);
    let (j, first) = (s.intercept?, s.exact.iter().find(|y| y.is_finite())?);
    let [lag] = spec.obs[..] else { return None };
    if !spec.log() || spec.init != Init::Marginal || lag >= s.steps {
        return None;
    }
    let mut theta = point(likelihood, 1.0 - EDGE, 0.0, None)?;
    theta[j] = s.scale[j] * EDGE * first.ln_1p();
    let along = maximise(likelihood, &region.fixing(s.p), &theta);
    let mut gradient = vec![0.0; theta.len()];
    let value = likelihood.gradient(&along.theta, &mut gradient);
    (along.converged && gradient[s.p] > 0.0 && region.holds(&along.theta)).then_some((value, along.theta))
}

/// Counts of whole steps on the columns, for identity links without an intercept.
fn least_squares(s: &Series) -> Option<Vec<f64>> {
    let mut gram = Matrix::zeros(s.p);
    let mut rhs = vec![0.0; s.p];
    for t in (0..s.steps).filter(|t| s.exact[*t].is_finite()) {
        let row = &s.x[t * s.p..(t + 1) * s.p];
        gram.add_outer(1.0, row);
        axpy(&mut rhs, s.exact[t], row);
    }
    gram.mirror();
    let c = gram.cholesky()?.solve_factored(&rhs);
    (0..s.steps).all(|t| dot(&c, &s.x[t * s.p..(t + 1) * s.p]) > 0.0).then_some(c)
}

/// A rough dispersion at mean parameters: excess of squared residuals over the Poisson.
fn moment_dispersion(likelihood: &Likelihood, theta: &[f64]) -> f64 {
    let Some(path) = run(likelihood.spec, likelihood.series, theta, Depth::Values) else { return 0.1 };
    let (mut excess, mut unit) = (0.0, 0.0);
    likelihood.visit(&path, |q| {
        let r = q.obs.y - q.m;
        if likelihood.family == Family::Nb2 {
            excess += (r * r - q.m) / (q.m * q.m);
            unit += q.ratio;
        } else {
            excess += (r * r - q.m) / q.m;
            unit += 1.0;
        }
    });
    (excess / unit).min(5.0)
}
