//! Linear pool of several models: p(y) = Σ_k w_k p_k(y), with Σ w_k = 1.
//!
//! The draws of the members are stacked, each member with its share w_k of them (largest remainders), so the predictive
//! distribution is the mixture: wider than an average of quantiles, and right about whole paths and their totals.
//! Equal weights unless given; with one member the pool is that member, draw by draw. Hall and Mitchell (2007),
//! *International Journal of Forecasting* 23(1), pp. 1–13.

use crate::Rng;
use crate::design::Design;
use crate::error::{Context as _, Error, Result};
use crate::forecast::Paths;
use crate::model::{Fitted, Model, Settings, Summary, entry};
use crate::results::{Glance, ModelInfo, RowStat, TermRow};

/// Members when none are named.
pub const DEFAULT_MEMBERS: [&str; 2] = ["glm", "log-rw"];

/// A pool ready for data.
pub struct Ensemble {
    members: Vec<Box<dyn Model>>,
    /// w, summing to 1.
    weights: Vec<f64>,
}

/// A fitted pool.
pub struct EnsembleFit {
    names: Vec<String>,
    members: Vec<Box<dyn Fitted>>,
    weights: Vec<f64>,
    warnings: Vec<String>,
}

/// Makes the model of `settings.members` (else [`DEFAULT_MEMBERS`]) and `settings.member_weights`; the members share all
/// other settings.
///
/// # Errors
/// On an unknown or repeated member, a pool inside a pool, or weights that are not one per member, at least 0 and
/// somewhere positive.
pub fn build(settings: &Settings) -> Result<Box<dyn Model>> {
    // Members show no tests of their own.
    let settings =
        &Settings { serial: super::Serial { test_replicates: 0, ..settings.serial.clone() }, ..settings.clone() };
    let names: Vec<&str> = if settings.members.is_empty() {
        DEFAULT_MEMBERS.to_vec()
    } else {
        settings.members.iter().map(String::as_str).collect()
    };
    let mut members = Vec::new();
    for (k, name) in names.iter().enumerate() {
        if *name == "ensemble" {
            return Err(Error::usage("an ensemble cannot be its own member").help("name other models"));
        }
        if names[..k].contains(name) {
            return Err(Error::usage(format!("ensemble: member `{name}` is named twice"))
                .help("name it once; `member_weights` gives it more weight"));
        }
        members.push(entry(name).and_then(|e| (e.build)(settings)).context("ensemble")?);
    }
    Ok(Box::new(Ensemble::new(members, &settings.member_weights)?))
}

impl Ensemble {
    /// A pool of ready models; no weights = equal weights.
    ///
    /// # Errors
    /// Without members, or on weights that are not one per member, at least 0 and somewhere positive.
    pub fn new(members: Vec<Box<dyn Model>>, weights: &[f64]) -> Result<Self> {
        if members.is_empty() {
            return Err(Error::usage("an ensemble needs a member").help("name some: glm, log-rw"));
        }
        let weights = if weights.is_empty() { vec![1.0; members.len()] } else { weights.to_vec() };
        let sum: f64 = weights.iter().sum();
        if weights.len() != members.len()
            || weights.iter().any(|w| w.is_nan() || *w < 0.0)
            || sum <= 0.0
            || !sum.is_finite()
        {
            return Err(Error::usage(format!("ensemble: weights {weights:?} for {} members", members.len()))
                .help("give one weight per member, none negative and not all 0"));
        }
        Ok(Ensemble { members, weights: weights.iter().map(|w| w / sum).collect() })
    }
}

impl Model for Ensemble {
    fn name(&self) -> String {
        "ensemble".into()
    }

    fn fit(&self, design: &Design, rng: &mut Rng) -> Result<Box<dyn Fitted>> {
        let names: Vec<String> = self.members.iter().map(|m| m.name()).collect();
        let mut members = Vec::new();
        for (member, name) in self.members.iter().zip(&names) {
            members.push(member.fit(design, rng).context(format!("ensemble: member `{name}`"))?);
        }
        let warnings = members.iter().flat_map(|m| m.warnings().iter().cloned()).collect();
        Ok(Box::new(EnsembleFit { names, members, weights: self.weights.clone(), warnings }))
    }

    fn describe(&self, info: &mut ModelInfo) {
        let mut families: Vec<String> = Vec::new();
        for member in &self.members {
            let mut own = info.clone();
            member.describe(&mut own);
            if !families.contains(&own.family) {
                families.push(own.family);
            }
        }
        info.family = families.join(", ");
    }
}

/// Splits `draws` by weight: floors first, then one more to each of the largest remainders.
fn shares(draws: usize, weights: &[f64]) -> Vec<usize> {
    let exact: Vec<f64> = weights.iter().map(|w| w * draws as f64).collect();
    // 1e-9: a third of 3000 may come out a hair below 1000.
    let mut shares: Vec<usize> = exact.iter().map(|e| (e + 1e-9).floor() as usize).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| (exact[*b] - shares[*b] as f64).total_cmp(&(exact[*a] - shares[*a] as f64)).then(a.cmp(b)));
    let left = draws.saturating_sub(shares.iter().sum());
    order.into_iter().take(left).for_each(|k| shares[k] += 1);
    shares
}

/// Σ w x, or `None` if a part is missing.
fn pooled(weights: &[f64], parts: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    weights.iter().zip(parts).map(|(w, x)| x.map(|x| w * x)).sum()
}

impl Fitted for EnsembleFit {
    /// Terms are the weights. A row's fitted value and PIT are the members' pooled ones; a likelihood does not exist.
    fn summary(&self) -> Result<Summary> {
        let mut parts = Vec::new();
        for (member, name) in self.members.iter().zip(&self.names) {
            parts.push(member.summary().context(format!("ensemble: member `{name}`"))?);
        }
        let term = |(name, w): (&String, &f64)| TermRow {
            term: format!("weight({name})"),
            estimate: Some(*w),
            verdict: "given".into(),
            ..TermRow::default()
        };
        let rows = parts.iter().map(|p| p.rows.len()).min().unwrap_or(0);
        let row = |i: usize| {
            let pool = |f: fn(&RowStat) -> Option<f64>| pooled(&self.weights, parts.iter().map(|p| f(&p.rows[i])));
            let observed = parts[0].rows[i].observed;
            let fitted = pool(|r| r.fitted);
            RowStat {
                observed,
                fitted,
                residual_response: fitted.map(|f| observed - f),
                pit_low: pool(|r| r.pit_low),
                pit_high: pool(|r| r.pit_high),
                ..RowStat::default()
            }
        };
        let glance = Glance {
            nobs: parts.iter().map(|p| p.glance.nobs).min().unwrap_or(0),
            converged: parts.iter().all(|p| p.glance.converged),
            iterations: parts.iter().map(|p| p.glance.iterations).sum(),
            ..Glance::default()
        };
        let terms = self.names.iter().zip(&self.weights).map(term).collect();
        Ok(Summary {
            terms,
            glance,
            rows: (0..rows).map(row).collect(),
            covariance: Vec::new(),
            interval: None,
            tests: Vec::new(),
            laws: Vec::new(),
            absent: Vec::new(),
        })
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        let mut parts = Vec::new();
        for ((member, name), share) in self.members.iter().zip(&self.names).zip(shares(draws, &self.weights)) {
            if share > 0 || self.members.len() == 1 {
                parts.push(member.simulate(future, share, rng).context(format!("ensemble: member `{name}`"))?);
            }
        }
        if parts.is_empty() {
            return self.members[0].simulate(future, 0, rng);
        }
        Ok(Paths::stack(&parts))
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_shared_out_to_the_last() {
        assert_eq!(shares(10, &[0.5, 0.5]), [5, 5]);
        assert_eq!(shares(10, &[1.0 / 3.0; 3]), [4, 3, 3]);
        assert_eq!(shares(3000, &[1.0 / 3.0; 3]), [1000, 1000, 1000]);
        assert_eq!(shares(7, &[0.0, 0.25, 0.75]), [0, 2, 5]);
        assert_eq!(shares(0, &[0.4, 0.6]), [0, 0]);
    }

    #[test]
    fn wrong_pools_are_refused_with_a_remedy() {
        let refuse = |members: &[&str], weights: &[f64]| {
            let members = members.iter().map(|m| (*m).into()).collect();
            let settings = Settings { members, member_weights: weights.to_vec(), ..Settings::default() };
            build(&settings).err().map(|e| (e.exit_code(), e.to_string())).unwrap_or_default()
        };
        let (code, text) = refuse(&["log-rw", "driift"], &[]);
        assert_eq!((code, text.contains("did you mean `drift`")), (2, true), "{text}");
        assert!(refuse(&["drift", "drift"], &[]).1.contains("named twice"));
        assert!(refuse(&["ensemble"], &[]).1.contains("its own member"));
        for weights in [&[1.0][..], &[1.0, -1.0], &[0.0, 0.0], &[f64::NAN, 1.0]] {
            assert!(refuse(&["drift", "log-rw"], weights).1.contains("one weight per member"));
        }
    }
}
