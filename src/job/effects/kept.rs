//! Columns as the analyses see them: those dropped as collinear are gone, and the parts of a model with extra zeros stand
//! side by side.

use crate::analysis::estimates::joined;
use crate::design::{Design, Part};
use crate::model::Summary;
use crate::results::effects::DroppedTerm;
use crate::term::plan::{Group, Plan};
use ndarray::Axis;

/// What is left of a fitted design.
pub(super) struct Kept {
    /// For fitting anew; with extra zeros it has a zero part of its own.
    pub plain: Design,
    /// For reading the estimates: the columns of both parts where there are extra zeros, else as `plain`.
    pub joined: Design,
    /// Terms of the formula over the columns of `joined`; those without a column left are gone.
    pub groups: Vec<Group>,
    /// Columns that move together: one of the count part and the same of the zero part.
    pub moved: Vec<Vec<usize>>,
    /// The summary without the columns dropped.
    pub summary: Summary,
    /// Columns dropped, and why.
    pub dropped: Vec<DroppedTerm>,
}

impl Kept {
    /// Of a fit to `design`; `zeros`: whether the summary holds a zero part behind the columns of the design.
    pub fn of(design: &Design, summary: &Summary, plan: &Plan, zeros: bool) -> Kept {
        let p = design.p();
        let gone: Vec<usize> =
            (0..summary.terms.len()).filter(|j| summary.terms[*j].verdict.starts_with("dropped")).collect();
        let whole = if zeros { joined(design) } else { design.clone() };
        let place = |j: &usize| (!gone.contains(j)).then(|| j - gone.iter().filter(|g| *g < j).count());
        let live = |g: &Group| {
            let columns: Vec<usize> = g.columns.iter().filter_map(&place).collect();
            (!columns.is_empty()).then(|| Group { columns, ..g.clone() })
        };
        let count: Vec<usize> = gone.iter().copied().filter(|j| *j < p).collect();
        let mut plain = design.without(&count);
        plain.zero = if zeros { whole.zero.as_ref().map(|part| left(part, p, &gone)) } else { plain.zero };
        let terms = |j: &usize| summary.terms[*j].clone();
        let stay: Vec<usize> = (0..summary.terms.len()).filter(|j| !gone.contains(j)).collect();
        let covariance = |i: &usize| {
            let row = summary.covariance.get(*i);
            row.map_or_else(Vec::new, |r| stay.iter().filter_map(|j| r.get(*j).copied()).collect())
        };
        let groups: Vec<Group> = groups(plan, zeros.then_some(p)).iter().filter_map(live).collect();
        let joined = whole.without(&gone);
        Kept {
            moved: moved(&groups, &joined, plain.p()),
            plain,
            joined,
            groups,
            summary: Summary {
                terms: stay.iter().map(terms).collect(),
                covariance: stay.iter().map(covariance).collect(),
                ..summary.clone()
            },
            dropped: gone
                .iter()
                .map(|j| DroppedTerm { term: summary.terms[*j].term.clone(), why: summary.terms[*j].verdict.clone() })
                .collect(),
        }
    }
}

/// A zero part without the columns dropped, which are numbered from `p` on.
fn left(part: &Part, p: usize, gone: &[usize]) -> Part {
    let stay: Vec<usize> = (0..part.names.len()).filter(|j| !gone.contains(&(p + j))).collect();
    Part {
        names: stay.iter().map(|j| part.names[*j].clone()).collect(),
        x: part.x.select(Axis(1), &stay),
        offset: part.offset.clone(),
    }
}

/// The terms of the formula; with a zero part behind column `p`, a term that stands in both parts is one.
fn groups(plan: &Plan, p: Option<usize>) -> Vec<Group> {
    let mut all = plan.terms();
    let Some(p) = p else { return all };
    for mut g in plan.zero_terms().unwrap_or_else(|| plan.terms()) {
        g.columns.iter_mut().for_each(|j| *j += p);
        match all.iter_mut().find(|a| a.name == g.name) {
            Some(same) => same.columns.extend(g.columns),
            None => all.push(g),
        }
    }
    all
}

/// Each column of the groups with its namesake in the zero part, which begins at `p`.
fn moved(groups: &[Group], joined: &Design, p: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    for j in groups.iter().flat_map(|g| g.columns.iter().copied()) {
        let same = |a: &&mut Vec<usize>| j >= p && joined.names[j] == format!("zero_{}", joined.names[a[0]]);
        match all.iter_mut().find(same) {
            Some(a) => a.push(j),
            None => all.push(vec![j]),
        }
    }
    all
}
