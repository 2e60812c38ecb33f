//! Reconciling figures of overlapping spans: years, halves, quarters, "January to July", single months.
//!
//! With N(t) the number counted before day t, the figure of a span [a, b) says N(b) − N(a) = count, and counting never goes
//! backwards: N(s) ≤ N(t) for s ≤ t. Figures are taken one after the other, the most trusted first (final before
//! provisional before disputed before derived; the later announced before the earlier); one that the figures taken before
//! exclude is a contradiction, and its size is the distance to the nearest value that they allow. All in whole numbers.
//!
//! The derived set is the finest set of disjoint spans that follows from figures which no contradiction touches: the
//! first quarter, the first half and the year give first quarter, second quarter, second half.

mod graph;
mod words;

use super::choose::disjoint;
use super::known::latest_of_each;
use super::{Dataset, Observation, Status};
use crate::period::{Span, day_number};
use graph::{Bound, Edge, Graph};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap, HashSet};
pub use words::label;
pub(super) use words::sum_of as sum;

/// What kind of contradiction it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Two figures of the same span.
    SameSpan,
    /// Parts do not add up to their whole.
    Sum,
    /// A part is larger than its whole.
    Order,
    /// The figure fits what was announced earlier, and was not revised when the others were.
    Vintage,
    /// Marked as disputed in its file, by its status while no other figure contradicts it, or by its note.
    Marked,
}

impl Kind {
    /// In a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Kind::SameSpan => "two figures",
            Kind::Sum => "sum",
            Kind::Order => "part over whole",
            Kind::Vintage => "older vintage",
            Kind::Marked => "marked",
        }
    }
}

/// Figures that cannot all be right.
#[derive(Debug, Clone, PartialEq)]
pub struct Contradiction {
    /// What kind.
    pub kind: Kind,
    /// The figures; the least trusted first.
    pub figures: Vec<Observation>,
    /// By how many they differ; `None` for a figure that is only marked.
    pub difference: Option<u64>,
    /// Where they were read.
    pub sources: Vec<String>,
    /// In words.
    pub words: String,
}

/// A span of which several values were announced, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// The span.
    pub span: Span,
    /// Day and value, where it changed.
    pub values: Vec<(Date, u64)>,
}

/// What follows from all figures together.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciliation {
    /// The finest disjoint spans on which the figures agree, in order of time.
    pub derived: Vec<Observation>,
    /// The latest figures that stand in no contradiction and are not disputed.
    pub used: Vec<Observation>,
    /// What does not fit together, in order of time.
    pub contradictions: Vec<Contradiction>,
    /// Spans whose value was revised; a revision is no contradiction.
    pub revisions: Vec<Revision>,
}

/// Reconciles the counts of a data set (of a view as of a day: what was known then).
pub fn reconcile(data: &Dataset) -> Reconciliation {
    let known: Vec<Observation> = data.observations.iter().filter(|o| o.count.is_some()).cloned().collect();
    let mut all = Reconciliation {
        derived: Vec::new(),
        used: Vec::new(),
        contradictions: Vec::new(),
        revisions: revisions(&known),
    };
    let mut vintages: HashMap<Span, BTreeSet<i64>> = HashMap::new();
    for o in &known {
        vintages.entry(o.span).or_default().insert(number(o));
    }
    for cluster in clusters(latest_of_each(known)) {
        Cluster::new(cluster, &vintages).solve(&mut all);
    }
    let spans: Vec<Span> = all.derived.iter().map(|o| o.span).collect();
    all.derived = disjoint(&spans).into_iter().map(|i| all.derived[i].clone()).collect();
    all.contradictions.sort_by_key(|c| c.figures.iter().map(|o| (o.span.end, o.span.start)).min());
    all
}

impl Dataset {
    /// The data with its counts replaced by the finest disjoint ones that agree (see [`reconcile`]).
    pub fn reconciled(&self) -> (Dataset, Reconciliation) {
        let result = reconcile(self);
        let mut data = self.clone();
        data.observations.clone_from(&result.derived);
        (data, result)
    }
}

fn revisions(observations: &[Observation]) -> Vec<Revision> {
    let mut sorted = observations.to_vec();
    super::known::sort(&mut sorted);
    let mut revisions: Vec<Revision> = Vec::new();
    for o in sorted {
        let (span, now) = (o.span, (o.known_from(), o.count.unwrap_or_default()));
        match revisions.last_mut().filter(|r| r.span == span) {
            Some(r) if r.values.last().is_some_and(|v| v.1 == now.1) => {}
            Some(r) => r.values.push(now),
            None => revisions.push(Revision { span, values: vec![now] }),
        }
    }
    revisions.retain(|r| r.values.len() > 1);
    revisions
}

/// Groups of spans that overlap, directly or through others; figures of different groups cannot contradict each other.
fn clusters(mut observations: Vec<Observation>) -> Vec<Vec<Observation>> {
    observations.sort_by_key(|o| (o.span.start, o.span.end));
    let mut clusters: Vec<(Date, Vec<Observation>)> = Vec::new();
    for o in observations {
        match clusters.last_mut() {
            Some((end, cluster)) if o.span.start.is_none_or(|s| s <= *end) => {
                *end = o.span.end.max(*end);
                cluster.push(o);
            }
            _ => clusters.push((o.span.end, vec![o])),
        }
    }
    clusters.into_iter().map(|(_, c)| c).collect()
}

/// How far a figure is trusted; smaller is more.
fn class(o: &Observation) -> u8 {
    match (o.derived, o.status) {
        (true, _) => 3,
        (_, Status::Final) => 0,
        (_, Status::Provisional) => 1,
        (_, Status::Disputed) => 2,
    }
}

/// The count for exact arithmetic; so large that sums cannot overflow.
fn number(o: &Observation) -> i64 {
    o.count.and_then(|c| i64::try_from(c).ok()).unwrap_or(i64::MAX).min(i64::MAX >> 24)
}

/// Overlapping figures, the most trusted first.
struct Cluster<'a> {
    figures: Vec<Observation>,
    /// Days on which a span begins or the day after one ends, in order; `i64::MIN` = since ever.
    nodes: Vec<i64>,
    /// All values ever announced of a span.
    vintages: &'a HashMap<Span, BTreeSet<i64>>,
}

impl<'a> Cluster<'a> {
    fn new(mut figures: Vec<Observation>, vintages: &'a HashMap<Span, BTreeSet<i64>>) -> Self {
        figures.sort_by_key(|o| (class(o), std::cmp::Reverse(o.known_from()), o.span.days().unwrap_or(i64::MAX)));
        let ends = figures.iter().flat_map(|o| [start(o.span), day_number(o.span.end) + 1]);
        let nodes = ends.collect::<BTreeSet<_>>().into_iter().collect();
        Cluster { figures, nodes, vintages }
    }

    fn edge(&self, figure: usize) -> Edge {
        let o = &self.figures[figure];
        let node = |day: i64| self.nodes.partition_point(|n| *n < day);
        Edge { from: node(start(o.span)), to: node(day_number(o.span.end) + 1), count: number(o), figure }
    }

    fn solve(self, all: &mut Reconciliation) {
        if let [only] = self.figures.as_slice()
            && only.status != Status::Disputed
        {
            all.contradictions.extend(words::doubted(only).map(|_| words::marked(only)));
            all.derived.extend(only.span.start.is_some().then(|| only.clone()));
            all.used.push(only.clone());
            return;
        }
        let mut graph = Graph::new(self.nodes.len());
        let (mut touched, mut disputed) = (HashSet::new(), HashSet::new());
        for figure in 0..self.figures.len() {
            let edge = self.edge(figure);
            let Some(bound) = graph.excluded(&edge) else {
                graph.accept(edge);
                continue;
            };
            let cycle: Vec<usize> = bound.figures().chain([figure]).collect();
            disputed.extend(self.blamed(&cycle, bound.ordered));
            if !self.restates(&edge) {
                touched.extend(cycle);
                all.contradictions.push(self.contradiction(&edge, &bound));
            }
        }
        for (i, o) in self.figures.iter().enumerate().filter(|(_, o)| o.status == Status::Disputed) {
            disputed.insert(i);
            if !touched.contains(&i) {
                all.contradictions.push(words::marked(o));
            }
        }
        // What only a note doubts is relied on all the same.
        let noted = |o: &&Observation| o.status != Status::Disputed && words::doubted(o).is_some();
        all.contradictions.extend(self.figures.iter().filter(noted).map(words::marked));
        let trusted: Vec<usize> = (0..self.figures.len()).filter(|i| !disputed.contains(i)).collect();
        all.used.extend(trusted.iter().map(|i| self.figures[*i].clone()));
        self.derive(&trusted, &mut all.derived);
    }

    fn contradiction(&self, edge: &Edge, bound: &Bound) -> Contradiction {
        let o = &self.figures[edge.figure];
        let parts: Vec<(i64, &Observation)> = bound.path.iter().map(|(sign, f)| (*sign, &self.figures[*f])).collect();
        let kind = match (bound.ordered, parts.as_slice()) {
            (false, [(_, one)]) if one.span == o.span => Kind::SameSpan,
            _ if self.fits_earlier(edge, bound) => Kind::Vintage,
            (true, _) => Kind::Order,
            _ => Kind::Sum,
        };
        words::contradiction(kind, o, &parts, bound)
    }

    /// Whether a derived figure is just the difference of two others, so that what is wrong with it is wrong with them.
    fn restates(&self, e: &Edge) -> bool {
        if !self.figures[e.figure].derived || self.figures.len() > 1000 {
            return false;
        }
        let others: Vec<Edge> =
            (0..self.figures.len()).filter(|i| !self.figures[*i].derived).map(|i| self.edge(i)).collect();
        let pairs = others.iter().flat_map(|a| others.iter().map(move |b| (a, b)));
        pairs.into_iter().any(|(a, b)| {
            a.count - b.count == e.count
                && ((a.from == b.from && b.to == e.from && a.to == e.to)
                    || (a.to == b.to && a.from == e.from && b.from == e.to))
        })
    }

    /// Whether a figure agrees with values that were announced earlier of the figures that exclude it now.
    fn fits_earlier(&self, e: &Edge, bound: &Bound) -> bool {
        let mut sums = BTreeSet::from([0i64]);
        for (sign, figure) in &bound.path {
            let Some(values) = self.vintages.get(&self.figures[*figure].span) else { return false };
            if sums.len() * values.len() > 10_000 {
                return false;
            }
            sums = sums.iter().flat_map(|s| values.iter().map(move |v| s + sign * v)).collect();
        }
        match (bound.ordered, bound.upper) {
            (false, _) => sums.contains(&e.count),
            (true, true) => sums.last().is_some_and(|s| e.count <= *s),
            (true, false) => sums.first().is_some_and(|s| e.count >= *s),
        }
    }

    /// Which figures of a contradiction are not to be relied on: the least trusted kind among them; if all are of one
    /// kind, all but the one announced last (none of them is spared where a part exceeds its whole).
    fn blamed(&self, cycle: &[usize], ordered: bool) -> Vec<usize> {
        let worst = cycle.iter().map(|i| class(&self.figures[*i])).max().unwrap_or(0);
        let mut blamed: Vec<usize> = cycle.iter().copied().filter(|i| class(&self.figures[*i]) == worst).collect();
        if blamed.len() == cycle.len() && !ordered {
            let day = |i: &usize| self.figures[*i].known_from();
            let last = cycle.iter().map(day).max();
            if cycle.iter().filter(|i| Some(day(i)) == last).count() == 1 {
                blamed.retain(|i| Some(day(i)) != last);
            }
        }
        blamed
    }

    /// The spans between neighbouring days that trusted figures tie together. A provisional part of a final whole is
    /// passed over: the difference would mix two vintages.
    fn derive(&self, trusted: &[usize], derived: &mut Vec<Observation>) {
        let finals: Vec<Span> = trusted
            .iter()
            .map(|i| &self.figures[*i])
            .filter(|o| o.status == Status::Final && !o.derived)
            .map(|o| o.span)
            .collect();
        let inside = |s: Span| finals.iter().any(|f| *f != s && start(*f) <= start(s) && s.end <= f.end);
        let mut graph = Graph::new(self.nodes.len());
        for figure in trusted {
            let o = &self.figures[*figure];
            if o.status == Status::Final || !inside(o.span) {
                graph.accept(self.edge(*figure));
            }
        }
        for group in graph.groups() {
            for pair in group.windows(2).filter(|p| self.nodes[p[0]] != i64::MIN) {
                let Some(bound) = graph.difference(pair[0], pair[1]) else { continue };
                let parts: Vec<(i64, &Observation)> =
                    bound.path.iter().map(|(sign, f)| (*sign, &self.figures[*f])).collect();
                if let Ok(count) = u64::try_from(bound.value) {
                    derived.push(words::derived(self.nodes[pair[0]], self.nodes[pair[1]], count, &parts));
                }
            }
        }
    }
}

fn start(span: Span) -> i64 {
    span.start.map_or(i64::MIN, day_number)
}

#[cfg(test)]
mod tests;
