//! Every subset of the factors; terms on earlier counts are in all of them.

use super::separated::Finite;
use super::{Ask, Case, attempt};
use crate::analysis::subsets::{Criterion, Request, Subsets, Term, fit_all, fit_all_with_zeros};
use crate::family::ZeroPart;
use crate::model::Link;
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
    let all = if zeros {
        notes.push(WITH_ZEROS.into());
        let rng = case.stream("subsets");
        fit_all_with_zeros(&case.kept.plain, &case.settings, &candidates, &rng)
    } else {
        let request = Request { level: case.settings.level, ..Request::new(candidates, case.settings.family) };
        fit_all(finite.map_or_else(|| case.design(), |f| &f.design), &request)
    };
    let all = attempt("subsets of the terms", all, notes)?;
    Some(weigh(&all, always_in, ask))
}

/// What the models say under the criterion asked for.
fn weigh(all: &Subsets, always_in: Vec<String>, ask: &Ask) -> SubsetsResult {
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
    SubsetsResult { always_in, inclusion, averaged, curves: candidates.map(curve).collect() }
}
