//! The penalty by what is predicted of observations held out.

use super::{Data, Path, Settings, check, fit, path, usable};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::results::num;
use serde::Serialize;

/// Mean held-out deviance by penalty.
#[derive(Debug, Clone, Serialize)]
pub struct Validation {
    /// The path on all data; its points are the order of `mean`.
    pub path: Path,
    /// Mean over the blocks of the held-out deviance per observation.
    pub mean: Vec<Option<f64>>,
    /// Its standard error.
    pub std_error: Vec<Option<f64>>,
    /// The point of least mean.
    pub best: Option<usize>,
    /// The largest penalty within one standard error of it.
    pub sparse: Option<usize>,
}

/// Observations with their steps: those fitted, those predicted.
type Fold = (Vec<(usize, usize)>, Vec<(usize, usize)>);

/// Cross-validation over `blocks` blocks of consecutive observations (random folds would leak between neighbours).
///
/// # Errors
/// As [`path`], and with fewer than 2 blocks or more than observations.
pub fn cross_validate(design: &Design, settings: &Settings, blocks: usize) -> Result<Validation> {
    let rows = usable(design);
    let n = rows.len();
    if !(2..=n).contains(&blocks) {
        return Err(Error::usage(format!("{blocks} blocks do not fit {n} observations")));
    }
    let fold = |b: usize| {
        let held = b * n / blocks..(b + 1) * n / blocks;
        let train = (0..n).filter(|a| !held.contains(a)).map(|a| rows[a]).collect();
        (train, rows[held.clone()].to_vec())
    };
    validate(design, settings, (0..blocks).map(fold).collect())
}

/// Forward chaining: the later half of the observations in `blocks` consecutive blocks, each predicted from all before it.
///
/// # Errors
/// As [`path`], and with fewer observations than it takes to fit to a half and predict the rest.
pub fn forward_chain(design: &Design, settings: &Settings, blocks: usize) -> Result<Validation> {
    let rows = usable(design);
    let n = rows.len();
    let first = n / 2;
    if blocks < 2 || first < 3 || n - first < blocks {
        return Err(Error::data(format!("{n} observations are too few to choose the penalty by forward chaining"))
            .help("use --lambda aicc, --lambda bic or a number"));
    }
    let fold = |b: usize| {
        let at = |b: usize| first + b * (n - first) / blocks;
        (rows[..at(b)].to_vec(), rows[at(b)..at(b + 1)].to_vec())
    };
    validate(design, settings, (0..blocks).map(fold).collect())
}

fn validate(design: &Design, settings: &Settings, folds: Vec<Fold>) -> Result<Validation> {
    check(design, settings)?;
    let whole = path(design, settings)?;
    let lambda: Vec<f64> = whole.points.iter().map(|p| p.lambda).collect();
    let mut scores = vec![Vec::new(); lambda.len()];
    for (train, held) in &folds {
        let fitted = fit(&Data::new(design, settings, train)?, settings, &lambda, design)?;
        for (score, point) in scores.iter_mut().zip(&fitted.points) {
            let eta = design.predictor(&point.coefficients);
            let dispersion = point.theta.unwrap_or(f64::INFINITY);
            let deviance = |(i, s): &(usize, usize)| {
                let mu = eta[*s].exp() - settings.family.shift();
                settings.family.unit_deviance(design.counts[*i], mu.max(1e-300), dispersion)
            };
            score.push(held.iter().map(deviance).sum::<f64>() / held.len() as f64);
        }
    }
    let mean = |s: &Vec<f64>| s.iter().sum::<f64>() / s.len() as f64;
    let error = |s: &Vec<f64>| {
        let (m, k) = (mean(s), s.len() as f64);
        (s.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (k - 1.0) / k).sqrt()
    };
    let means: Vec<Option<f64>> = scores.iter().map(|s| num(mean(s))).collect();
    let errors: Vec<Option<f64>> = scores.iter().map(|s| num(error(s))).collect();
    let at = |k: usize| means[k].unwrap_or(f64::INFINITY);
    let best = (0..means.len()).filter(|k| means[*k].is_some()).min_by(|a, b| at(*a).total_cmp(&at(*b)));
    let sparse = best.and_then(|b| (0..=b).find(|k| at(*k) <= at(b) + errors[b].unwrap_or(0.0)));
    Ok(Validation { path: whole, mean: means, std_error: errors, best, sparse })
}
