//! Every subset of the factors; terms on earlier counts are in all of them. Errors inside each model are those of `--vcov`.

use super::separated::Finite;
use super::{Ask, Case, attempt};
use crate::analysis::subsets::{Criterion, Request, Subsets, Term, fit_all, fit_all_with_zeros};
use crate::error::Result;
use crate::family::ZeroPart;
use crate::model::{Link, Settings, Vcov};
use crate::results::effects::{Curve, InclusionRow, SubsetsResult};

/// More candidates than this only when asked for.
const UNASKED: usize = 12;

/// The same with extra zeros, where each model is fitted from its own start.
const UNASKED_WITH_ZEROS: usize = 8;

/// What subsets are with extra zeros.
const WITH_ZEROS: &str = "subsets with extra zeros: a term is in all its parts or in none; the evidence is Schwarz's approximation (BIC's weights)";

/// Models of a specification curve.
const CURVE: usize = 256;

/// Fits and weighs all subsets; `None` with a note where there is nothing to choose, or too much.
pub(super) fn run(
    case: &Case<'_>,
    finite: Option<&Finite>,
    ask: &Ask,
    notes: &mut Vec<String>,
) -> Option<SubsetsResult> {
    let live = |g: &&crate::term::plan::Group| g.columns.iter().all(|j| case.kept.summary.terms[*j].estimate.is_some());
    let columns = |g: &crate::term::plan::Group| finite.map_or_else(|| g.columns.clone(), |f| f.columns(&g.columns));
    let candidates: Vec<Term> =
        case.factors().filter(live).map(|g| Term { name: g.name.clone(), columns: columns(g) }).collect();
    if candidates.is_empty() {
        return None;
    }
    let zeros = case.settings.zeros != ZeroPart::None;
    if case.settings.link != Link::Log {
        notes.push("no subsets of the terms: they are fitted on the log link only".into());
        return None;
    }
    if candidates.len() > if zeros { UNASKED_WITH_ZEROS } else { UNASKED } && !ask.subsets {
        let n = candidates.len();
        notes.push(format!("{n} terms make {} models: they are fitted on request (--subsets)", 1u64 << n.min(63)));
        return None;
    }
    let always_in = case.kept.groups.iter().filter(|g| candidates.iter().all(|c| c.name != g.name));
    let always_in = always_in.filter(|g| !g.columns.is_empty()).map(|g| g.name.clone()).collect();
    notes.extend(zeros.then(|| WITH_ZEROS.into()));
    let vcov = case.settings.vcov;
    let all = fitted(case, finite, &candidates, vcov).or_else(|e| {
        let model = fitted(case, finite, &candidates, Vcov::Observed)?;
        notes.push(format!("averages over subsets and their curves have model-based errors: {}", e.message()));
        Ok((model.0, Vcov::Observed))
    });
    let (all, vcov) = attempt("subsets of the terms", all, notes)?;
    Some(weigh(&all, always_in, vcov, ask))
}

/// All subsets with the errors of `vcov` inside each, and what these are.
fn fitted(case: &Case<'_>, finite: Option<&Finite>, candidates: &[Term], vcov: Vcov) -> Result<(Subsets, Vcov)> {
    let settings = Settings { vcov, ..case.settings.clone() };
    let all = if settings.zeros != ZeroPart::None {
        fit_all_with_zeros(&case.kept.plain, &settings, candidates, &case.stream("subsets"))
    } else {
        let request = Request { level: settings.level, vcov, ..Request::new(candidates.to_vec(), settings.family) };
        fit_all(finite.map_or_else(|| case.design(), |f| &f.design), &request)
    };
    let observed = vcov == Vcov::Model && !settings.family.is_gaussian();
    Ok((all?, if observed { Vcov::Observed } else { vcov }))
}

/// What the models say under the criterion asked for.
fn weigh(all: &Subsets, always_in: Vec<String>, vcov: Vcov, ask: &Ask) -> SubsetsResult {
    let averaged = all.averaged(ask.criterion);
    let under = |c: Criterion| all.averaged(c).inclusion;
    let (aicc, bic, evidence) = (under(Criterion::Aicc), under(Criterion::Bic), under(Criterion::Evidence));
    let inclusion = (0..all.terms.len()).map(|t| InclusionRow {
        term: all.terms[t].clone(),
        aicc: aicc[t].probability,
        bic: bic[t].probability,
        evidence: evidence[t].probability,
    });
    let curve =
        |c: usize| Curve { term: all.names[c].clone(), models: all.specification_curve(c, ask.criterion, CURVE) };
    let inclusion = inclusion.collect();
    let candidates = (0..all.columns.len()).filter(|c| all.owner[*c].is_some());
    let vcov = vcov.name();
    SubsetsResult { always_in, inclusion, vcov, averaged, curves: candidates.map(curve).collect() }
}
