//! Subsets of the terms of a model with extra zeros: each fitted anew, a term being in all its parts or in none.
//!
//! Weights by AICc and BIC are as for other models; the evidence is Schwarz's approximation ln p(y | M) ≈ ℓ − ½ k ln n
//! (Schwarz 1978, Annals of Statistics 6, 461–464), so that its weights are BIC's. A model in which the zero part is not
//! needed is the one without it, with all its parameters counted; coefficients without an estimate are in no average.
//! Errors inside each model are those that the settings ask for.

use super::{ModelFit, Subsets, Term};
use crate::Rng;
use crate::design::{Design, Part};
use crate::error::{Error, Result};
use crate::model::{Interval, Settings, Summary, glm};
use ndarray::Axis;
use rayon::prelude::*;

/// At most this many candidates, 4,096 models: each is fitted from its own start.
pub const MOST_WITH_ZEROS: usize = 12;

/// One model: ℓ (not a number when it was left out), observations, convergence, (estimate, error) by name.
type Record = (f64, usize, bool, Vec<(String, f64, f64)>);

/// Fits every subset of `candidates`, whose columns are those of the count part, then of the zero part of `design`.
///
/// # Errors
/// With more than 12 candidates, without a zero part, where covariates are known at different observations, or where the
/// covariance asked for does not exist in some model.
pub fn fit_all_with_zeros(design: &Design, settings: &Settings, candidates: &[Term], rng: &Rng) -> Result<Subsets> {
    let k = candidates.len();
    if k > MOST_WITH_ZEROS {
        return Err(Error::usage(format!(
            "{k} candidate terms are too many: at most {MOST_WITH_ZEROS} with extra zeros"
        ))
        .help("take terms out of the formula, or use a family without a zero part"));
    }
    let Some(part) = &design.zero else { return Err(Error::data("the design has no zero part")) };
    let of = |j: usize| candidates.iter().position(|t| t.columns.contains(&j));
    let all = design.p() + part.names.len();
    let (mut columns, rest): (Vec<usize>, Vec<usize>) = (0..all).partition(|j| of(*j).is_none());
    columns.extend(rest);
    let name =
        |j: &usize| design.names.get(*j).cloned().unwrap_or_else(|| format!("zero_{}", part.names[*j - design.p()]));
    let names: Vec<String> = columns.iter().map(name).collect();
    let owner: Vec<Option<usize>> = columns.iter().map(|j| of(*j)).collect();
    let settings = Settings { interval: Interval::Wald, ..settings.clone() };
    let one = |mask: u32| {
        let inside = |j: usize| of(j).is_none_or(|t| mask >> t & 1 == 1);
        fit(&subset(design, part, inside), &settings, rng)
    };
    let records: Vec<Record> = (0..1_u32 << k).into_par_iter().map(one).collect();
    let nobs = records.iter().map(|r| r.1).max().unwrap_or(0);
    if records.iter().any(|r| !r.0.is_nan() && r.1 != nobs) {
        return Err(Error::data("the terms are known at different observations, so that likelihoods do not compare"));
    }
    let mut found = Subsets {
        terms: candidates.iter().map(|t| t.name.clone()).collect(),
        columns,
        names,
        owner,
        nobs,
        models: Vec::with_capacity(records.len()),
        left_out: records.iter().filter(|r| r.0.is_nan()).count(),
        unconverged: records.iter().filter(|r| !r.0.is_nan() && !r.2).count(),
        level: settings.level,
        zero_from: design.p(),
        effects: Vec::new(),
    };
    let free = f64::from(u8::from(settings.family.has_dispersion()));
    (0_u32..).zip(&records).for_each(|(mask, record)| found.add(mask, record, free));
    found.check_errors(settings.vcov)?;
    Ok(found)
}

impl Subsets {
    fn add(&mut self, mask: u32, (log_lik, _, _, terms): &Record, free: f64) {
        let start = self.effects.len();
        let inside: Vec<usize> =
            (0..self.names.len()).filter(|c| self.owner[*c].is_none_or(|t| mask >> t & 1 == 1)).collect();
        let df = inside.len() as f64 + free;
        let log_evidence = log_lik - 0.5 * df * (self.nobs as f64).ln();
        let of = |c: usize| terms.iter().find(|t| t.0 == self.names[c]).map_or((f64::NAN, f64::NAN), |t| (t.1, t.2));
        let effects: Vec<(f64, f64)> = inside.into_iter().map(of).collect();
        self.effects.extend(effects);
        self.models.push(ModelFit { mask, log_lik: *log_lik, df, log_evidence, start });
    }
}

/// The design with the columns of both parts that are `inside`.
fn subset(design: &Design, part: &Part, inside: impl Fn(usize) -> bool) -> Design {
    let p = design.p();
    let gone: Vec<usize> = (0..p).filter(|j| !inside(*j)).collect();
    let stay: Vec<usize> = (0..part.names.len()).filter(|j| inside(p + j)).collect();
    let mut own = design.without(&gone);
    own.zero = Some(Part {
        names: stay.iter().map(|j| part.names[*j].clone()).collect(),
        x: part.x.select(Axis(1), &stay),
        offset: part.offset.clone(),
    });
    own
}

fn fit(design: &Design, settings: &Settings, rng: &Rng) -> Record {
    let summary = || -> Result<Summary> { glm::build(settings)?.fit(design, &mut rng.clone())?.summary() };
    let Ok(s) = summary() else { return (f64::NAN, 0, false, Vec::new()) };
    let number = |x: Option<f64>| x.unwrap_or(f64::NAN);
    let terms = s.terms.iter().map(|t| (t.term.clone(), number(t.estimate), number(t.std_error))).collect();
    (number(s.glance.log_lik), s.glance.nobs, s.glance.converged, terms)
}
