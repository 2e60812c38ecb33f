//! Model uncertainty: every subset of the candidate terms fitted and weighted.
//!
//! With K candidate terms (each one or several columns) beside the terms that are always in, all 2^K models M are fitted
//! by maximum likelihood, in Gray-code order so that each starts from a neighbour that differs by one term. Weights:
//!
//! * AICc, BIC: w_M ∝ exp(−½ IC_M) (Burnham and Anderson 2002, *Model Selection and Multimodel Inference*, 2nd ed.,
//!   chapter 2), the dispersion counted among the parameters;
//! * evidence: w_M ∝ p(y | M) by Laplace's approximation (Kass and Raftery 1995, J. Am. Stat. Assoc. 90, 773–795), all
//!   models equally likely beforehand. A candidate column, freed of the terms that are always in and scaled to a standard
//!   deviation of 1, has a coefficient N(0, τ²); α (NB2) or φ (NB1) is exponential with mean 1; the rest is flat.
//!
//! Averages over the models that hold a column, weights rescaled: β̄ = Σ w_M β_M, with the unconditional error
//! Σ w_M √(v_M + (β_M − β̄)²) (Buckland, Burnham and Augustin 1997, Biometrics 53, 603–618); over all models, 0 where a
//! column is out, they are called shrunk. Errors v_M are from the joint observed information (unbiased least squares for
//! Gaussian families), or the sandwich that [`Request::vcov`] asks for, worked out in every model; weights are those of
//! the likelihood in either case.
//!
//! All models see the same observations: those with all candidates known. A subset whose columns are collinear is the
//! same model as a smaller one and is left out, as is one with as many parameters as AICc allows observations.

mod average;
mod lattice;
mod robust;
mod zeros;

pub use average::{Averaged, AveragedColumn, Inclusion, Specification};
pub use zeros::{MOST_WITH_ZEROS, fit_all_with_zeros};

use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::model::Vcov;
use crate::results::num;
use lattice::{Lattice, Walker};
use rayon::prelude::*;
use serde::Serialize;

/// At most this many candidates: 262,144 models.
pub const MOST_TERMS: usize = 18;

/// Models per parallel piece; fixed, so that threads change nothing.
const PIECE: usize = 128;

/// A term: columns that come and go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Name in outputs.
    pub name: String,
    /// Columns of the design.
    pub columns: Vec<usize>,
}

impl Term {
    /// A term of one column.
    pub fn of(design: &Design, column: usize) -> Term {
        Term { name: design.names[column].clone(), columns: vec![column] }
    }
}

/// What models are weighted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Criterion {
    /// AIC with the small-sample correction.
    Aicc,
    /// BIC.
    Bic,
    /// Laplace's approximation of the evidence.
    Evidence,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Candidate terms; columns of the design in none of them are always in.
    pub candidates: Vec<Term>,
    /// Family; the link is the log.
    pub family: Family,
    /// Level of intervals.
    pub level: f64,
    /// Errors inside each model: `Model` and `Observed` mean the joint observed information.
    pub vcov: Vcov,
    /// τ, the prior standard deviation of a standardised candidate's coefficient, for the evidence.
    pub prior_sd: f64,
}

impl Request {
    /// 95% intervals, τ = 1: a move by one standard deviation changes the mean by a factor up to e or so.
    pub fn new(candidates: Vec<Term>, family: Family) -> Request {
        Request { candidates, family, level: 0.95, vcov: Vcov::Model, prior_sd: 1.0 }
    }
}

/// One fitted model, or one left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelFit {
    /// Candidates in it, as bits.
    pub mask: u32,
    /// Log-likelihood; NaN when the model was left out.
    pub log_lik: f64,
    /// Parameters, the dispersion included.
    pub df: f64,
    /// Log evidence up to a constant that all models share.
    pub log_evidence: f64,
    /// Where its effects begin in the list of all.
    start: usize,
}

/// All models fitted.
#[derive(Debug, Clone)]
pub struct Subsets {
    /// Names of the candidates.
    pub terms: Vec<String>,
    /// Columns whose effects are kept: those always in, then the candidates' (columns of the design).
    pub columns: Vec<usize>,
    /// Their names.
    pub names: Vec<String>,
    /// Candidate that each of `columns` belongs to; `None` for those always in.
    pub owner: Vec<Option<usize>>,
    /// Observations.
    pub nobs: usize,
    /// Models, in Gray-code order.
    pub models: Vec<ModelFit>,
    /// Models left out as collinear or too large.
    pub left_out: usize,
    /// Models whose optimiser did not meet its tolerance.
    pub unconverged: usize,
    /// Level of intervals.
    pub level: f64,
    /// Columns from here on are of a zero part, whose exponentials are no ratios of means.
    zero_from: usize,
    /// (estimate, standard error) of the columns in each model, model after model.
    effects: Vec<(f64, f64)>,
}

/// Fits every subset.
///
/// # Errors
/// With more than 18 candidates, a family without a likelihood, a candidate that is collinear with the terms always in,
/// or one that has no finite estimate; where [`Request::vcov`] does not exist in some model.
pub fn fit_all(design: &Design, request: &Request) -> Result<Subsets> {
    check(design, request)?;
    let lattice = Lattice::new(design, request)?;
    let count = 1usize << request.candidates.len();
    let pieces: Vec<Vec<lattice::Record>> = (0..count.div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| {
            let mut walker = Walker::new(&lattice);
            (piece * PIECE..count.min((piece + 1) * PIECE)).map(|g| walker.fit((g ^ (g >> 1)) as u32)).collect()
        })
        .collect();
    let mut all = Subsets {
        terms: request.candidates.iter().map(|t| t.name.clone()).collect(),
        columns: lattice.columns.clone(),
        names: lattice.columns.iter().map(|j| design.names[*j].clone()).collect(),
        owner: lattice.owner.clone(),
        nobs: lattice.nobs(),
        models: Vec::with_capacity(count),
        left_out: 0,
        unconverged: 0,
        level: request.level,
        zero_from: usize::MAX,
        effects: Vec::new(),
    };
    for record in pieces.into_iter().flatten() {
        let start = all.effects.len();
        all.left_out += usize::from(record.log_lik.is_nan());
        all.unconverged += usize::from(!record.converged);
        let (mask, log_lik, df, log_evidence) = (record.mask, record.log_lik, record.df, record.log_evidence);
        all.models.push(ModelFit { mask, log_lik, df, log_evidence, start });
        all.effects.extend(record.effects);
    }
    all.check_errors(request.vcov)?;
    Ok(all)
}

impl Subsets {
    /// AICc, BIC or −2 log evidence of a model; `None` when it was left out.
    pub fn criterion(&self, model: &ModelFit, criterion: Criterion) -> Option<f64> {
        let (n, k) = (self.nobs as f64, model.df);
        num(match criterion {
            Criterion::Aicc => -2.0 * model.log_lik + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0),
            Criterion::Bic => -2.0 * model.log_lik + k * n.ln(),
            Criterion::Evidence => -2.0 * model.log_evidence,
        })
    }

    /// Estimate and standard error of `columns[c]` in a model; `None` when it is not in it.
    pub fn effect(&self, model: &ModelFit, c: usize) -> Option<(f64, f64)> {
        let inside = |o: &Option<usize>| o.is_none_or(|t| model.mask >> t & 1 == 1);
        if model.log_lik.is_nan() || !inside(&self.owner[c]) {
            return None;
        }
        let place = self.owner[..c].iter().filter(|o| inside(o)).count();
        Some(self.effects[model.start + place])
    }

    /// Refuses averages over models of which some have no errors.
    fn check_errors(&self, vcov: Vcov) -> Result<()> {
        if matches!(vcov, Vcov::Model | Vcov::Observed) {
            return Ok(());
        }
        let lacks = |m: &&ModelFit| {
            let mut known =
                (0..self.columns.len()).filter_map(|c| self.effect(m, c)).filter(|e| e.0.is_finite()).peekable();
            known.peek().is_some() && known.all(|e| !e.1.is_finite())
        };
        match self.models.iter().filter(lacks).count() {
            0 => Ok(()),
            n => Err(Error::data(format!("--vcov {} does not exist in {n} of the models", vcov.name()))
                .help("use --vcov hc1, or model")),
        }
    }

    /// Names of the candidates in a model.
    pub fn names_of(&self, mask: u32) -> Vec<String> {
        (0..self.terms.len()).filter(|t| mask >> t & 1 == 1).map(|t| self.terms[t].clone()).collect()
    }
}

fn check(design: &Design, request: &Request) -> Result<()> {
    let k = request.candidates.len();
    if k > MOST_TERMS {
        return Err(Error::usage(format!("{k} candidate terms are too many: at most {MOST_TERMS}"))
            .help("keep some terms in every model, or join columns into one term"));
    }
    if request.family == Family::QuasiPoisson {
        return Err(Error::usage("quasi-Poisson has no likelihood to weigh models by").help("use nb1 or nb2"));
    }
    if !(request.prior_sd > 0.0 && request.prior_sd.is_finite()) {
        return Err(Error::usage(format!("prior standard deviation {} is not positive", request.prior_sd)));
    }
    let mut seen = vec![false; design.p()];
    for t in &request.candidates {
        for j in &t.columns {
            if *j >= design.p() || std::mem::replace(&mut seen[*j], true) {
                return Err(Error::usage(format!("candidate `{}`: column {j} is missing, or taken already", t.name)));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "subsets/tests.rs"]
mod tests;
