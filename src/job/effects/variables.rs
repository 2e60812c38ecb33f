//! The variables that effects are of. An interaction is none: its columns follow the variables that they multiply. Terms that
//! are functions of one column of the same step (`x + I(x^2)`) are one variable: neither moves without the other.

use super::Case;
use crate::analysis::marginal::Move;
use crate::analysis::{Factor, Joint};
use crate::data::Values;
use crate::design::Design;
use crate::term::plan::Group;

/// Terms of which the value of a step is made from other steps: functions of another variable, so to speak.
const OTHER_STEPS: [&str; 5] = ["lag(", "dlag(", "diff(", "growth(", "ma("];

/// Waves, of which no level and no step is typical.
const WAVES: &str = "fourier(";

/// What of a design moves with what.
pub(super) struct Variables {
    /// For attributable counts: each variable and the kind of its reference.
    pub factors: Vec<(Factor, &'static str)>,
    /// Columns that are products of the variables'.
    pub joints: Vec<Joint>,
    /// For marginal effects.
    pub moves: Vec<Move>,
    /// Terms that have no marginal effect of their own.
    pub unmoved: Vec<String>,
}

impl Variables {
    pub fn of(case: &Case<'_>) -> Variables {
        let design = case.design();
        let count = case.kept.plain.p();
        let mut sets: Vec<Vec<&Group>> = Vec::new();
        let mut joints: Vec<Joint> = Vec::new();
        let groups = &case.kept.groups;
        let singles: Vec<&Group> = groups.iter().filter(|g| g.parts.len() < 2).collect();
        for g in singles.iter().filter(|g| !g.past_counts) {
            let same = |set: &Vec<&Group>| set.iter().any(|s| share(case, s, g));
            match sets.iter_mut().find(|s| same(s)) {
                Some(set) => set.push(g),
                None => sets.push(vec![g]),
            }
        }
        for g in groups.iter().filter(|g| g.parts.len() > 1) {
            let found: Option<Vec<Joint>> = g.columns.iter().map(|j| product(design, &singles, count, *j)).collect();
            let holds = |s: &&Group| s.parts.iter().any(|p| g.parts.contains(p));
            match (found, sets.iter_mut().find(|set| set.iter().any(holds))) {
                (Some(found), _) => joints.extend(found),
                (None, _) if g.past_counts => {}
                (None, Some(set)) => set.push(g),
                (None, None) => sets.push(vec![g]),
            }
        }
        let (moves, unmoved) = moves(case, groups, &sets, &joints);
        Variables { factors: sets.iter().map(|s| factor(case, s)).collect(), joints, moves, unmoved }
    }
}

/// Whether two terms are functions of one column of the same step.
fn share(case: &Case<'_>, a: &Group, b: &Group) -> bool {
    let here = |g: &Group| g.parts.iter().all(|p| !OTHER_STEPS.iter().any(|t| p.contains(t)));
    let reads = |g: &Group, name: &str| g.parts.iter().any(|p| words(p).any(|w| w == name));
    here(a) && here(b) && case.history.view.columns.iter().any(|c| reads(a, &c.name) && reads(b, &c.name))
}

/// The names in a term's text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || "_.".contains(c)))
}

/// The product that column `j` is, where its factors have columns too; those of a zero part begin at `count`.
fn product(design: &Design, singles: &[&Group], count: usize, j: usize) -> Option<Joint> {
    let name = design.names[j].as_str();
    let (prefix, bare) = if j >= count { ("zero_", name.strip_prefix("zero_")?) } else { ("", name) };
    let all = || singles.iter().flat_map(|g| g.columns.iter().copied()).filter(|k| (*k >= count) == (j >= count));
    let column = |piece: &str| all().find(|k| design.names[*k].strip_prefix(prefix) == Some(piece));
    let of = bare.split(':').map(column).collect::<Option<Vec<usize>>>()?;
    (of.len() > 1).then_some(Joint { column: j, of })
}

/// Known values of a column.
fn known(design: &Design, j: usize) -> impl Iterator<Item = f64> + '_ {
    design.x.column(j).into_iter().copied().filter(|x| x.is_finite())
}

fn yes_or_no(design: &Design, j: usize) -> bool {
    known(design, j).all(|x| x == 0.0 || x == 1.0)
}

/// Whether one of the columns holds in every step: a factor of which the reference has a column too.
fn all_levels(design: &Design, columns: &[usize]) -> bool {
    let sum = |s: usize| columns.iter().map(|j| design.x[(s, *j)]).sum::<f64>();
    columns.len() > 1
        && columns.iter().all(|j| yes_or_no(design, *j))
        && (0..design.steps()).map(sum).all(|x| x.is_nan() || x == 1.0)
}

/// A variable with its reference: nothing where its columns can be 0 and never below (an event, the first level), the first
/// level where that has a column, the mean of one column, and of a curve the recorded step nearest to the mean of what it is
/// a curve of, however the curve is written.
fn factor(case: &Case<'_>, set: &[&Group]) -> (Factor, &'static str) {
    let design = case.design();
    let columns: Vec<usize> = set.iter().flat_map(|g| g.columns.iter().copied()).collect();
    let name = set.iter().map(|g| g.name.as_str()).collect::<Vec<_>>().join(", ");
    let can_be_0 = |j: &usize| known(design, *j).any(|x| x == 0.0) && known(design, *j).all(|x| x >= 0.0);
    let mean = |j: &usize| known(design, *j).sum::<f64>() / known(design, *j).count().max(1) as f64;
    let waves = set.iter().all(|g| g.name.starts_with(WAVES));
    let (reference, kind) = if all_levels(design, &columns) {
        ((0..columns.len()).map(|k| if k == 0 { 1.0 } else { 0.0 }).collect(), "first")
    } else if columns.iter().all(can_be_0) {
        (vec![0.0; columns.len()], "none")
    } else if columns.len() == 1 || waves {
        (columns.iter().map(mean).collect(), "mean")
    } else {
        let step = middle(case, set, &columns);
        let at = |s: usize| columns.iter().map(|j| design.x[(s, *j)]).collect();
        (step.map_or_else(|| columns.iter().map(mean).collect(), at), "typical")
    };
    (Factor { name, columns, reference }, kind)
}

/// The step whose value of the data column that the terms read is nearest to its mean; of terms that read another step, or no
/// number, the step nearest to the means of their own columns, in standard deviations.
fn middle(case: &Case<'_>, set: &[&Group], columns: &[usize]) -> Option<usize> {
    let design = case.design();
    let known: Vec<usize> =
        (0..design.steps()).filter(|s| columns.iter().all(|j| design.x[(*s, *j)].is_finite())).collect();
    let here = set.iter().flat_map(|g| &g.parts).all(|p| !OTHER_STEPS.iter().any(|t| p.contains(t)));
    let read = |c: &&crate::data::Column| set.iter().all(|g| g.parts.iter().any(|p| words(p).any(|w| w == c.name)));
    let source = case.history.view.columns.iter().filter(|_| here).find(read).and_then(|c| match &c.values {
        Values::Number(v) => known.iter().map(|s| v.get(case.fm.past.steps.start + s).copied()).collect(),
        Values::Text { .. } => None,
    });
    let axes: Vec<Vec<f64>> = match source {
        Some(values) => vec![values],
        None => columns.iter().map(|j| known.iter().map(|s| design.x[(*s, *j)]).collect()).collect(),
    };
    let mut far = vec![0.0; known.len()];
    for axis in axes {
        let mean = axis.iter().sum::<f64>() / axis.len().max(1) as f64;
        let spread = axis.iter().map(|x| (x - mean).powi(2)).sum::<f64>().max(f64::MIN_POSITIVE);
        far.iter_mut().zip(&axis).for_each(|(f, x)| *f += (x - mean).powi(2) / spread);
    }
    (0..known.len()).min_by(|a, b| far[*a].total_cmp(&far[*b])).map(|k| known[k])
}

/// The moves of all columns that can move by themselves, and the terms that have none.
fn moves(case: &Case<'_>, groups: &[Group], sets: &[Vec<&Group>], joints: &[Joint]) -> (Vec<Move>, Vec<String>) {
    let design = case.design();
    let tied = |g: &Group| sets.iter().any(|s| s.len() > 1 && s.iter().any(|t| t.name == g.name));
    let follow = |columns: &[usize]| -> Vec<Joint> {
        joints.iter().filter(|j| j.of.iter().any(|k| columns.contains(k))).cloned().collect()
    };
    let (mut found, mut unmoved) = (Vec::new(), Vec::new());
    for g in groups {
        let levels = g.columns.iter().all(|j| yes_or_no(design, *j));
        let own: Vec<Vec<usize>> = case.kept.moved.iter().filter(|m| g.columns.contains(&m[0])).cloned().collect();
        if g.parts.len() > 1 || tied(g) || own.len() > 1 && !levels {
            unmoved.push(g.name.clone());
            continue;
        }
        let base =
            if all_levels(design, &own.iter().map(|m| m[0]).collect::<Vec<_>>()) { own[0].clone() } else { vec![] };
        for columns in own.iter().filter(|c| **c != base) {
            let rest = |j: &usize| levels && own.len() > 1 && !columns.contains(j) && !base.contains(j);
            let others: Vec<usize> = g.columns.iter().copied().filter(rest).collect();
            let all: Vec<usize> = columns.iter().chain(&others).chain(&base).copied().collect();
            found.push(Move { columns: columns.clone(), others, base: base.clone(), joints: follow(&all) });
        }
    }
    (found, unmoved)
}
