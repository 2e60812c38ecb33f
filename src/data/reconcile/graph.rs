//! Difference constraints between days: which values of N(b) − N(a) do the figures taken so far allow?
//!
//! A figure c of the span from a to b is two arcs, N(b) ≤ N(a) + c and N(a) ≤ N(b) − c; "never backwards" is one arc of
//! weight 0 from each day to the one before. The largest allowed N(b) − N(a) is the shortest path from a to b (Cormen et
//! al., Introduction to Algorithms, "Difference constraints and shortest paths"). Of equally tight paths the one with the
//! fewest figures is reported.

use std::collections::VecDeque;

/// Above so many days in one group the order arcs are left out; sums are still checked.
const ORDERED: usize = 2000;

/// The figure of a span between two nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub count: i64,
    pub figure: usize,
}

/// What the figures taken so far say of a difference N(b) − N(a).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bound {
    /// The nearest allowed value.
    pub value: i64,
    /// Whether it is the largest (else the smallest) allowed.
    pub upper: bool,
    /// Whether it takes "never backwards", so that it is a bound only.
    pub ordered: bool,
    /// The figures, added or subtracted, from a to b.
    pub path: Vec<(i64, usize)>,
}

impl Bound {
    /// The figures it rests on.
    pub fn figures(&self) -> impl Iterator<Item = usize> + '_ {
        self.path.iter().map(|(_, f)| *f)
    }
}

/// The node before on a path, and the signed figure that leads on from it (none for an order arc).
type Step = (usize, Option<(i64, usize)>);

/// Nodes in order of time and the figures taken.
pub(super) struct Graph {
    /// By node: neighbour, signed count, figure.
    arcs: Vec<Vec<(usize, i64, usize)>>,
    /// Group of nodes tied by figures (union–find).
    parent: Vec<usize>,
}

impl Graph {
    pub fn new(nodes: usize) -> Self {
        Graph { arcs: vec![Vec::new(); nodes], parent: (0..nodes).collect() }
    }

    fn root(&self, mut node: usize) -> usize {
        while self.parent[node] != node {
            node = self.parent[node];
        }
        node
    }

    pub fn accept(&mut self, e: Edge) {
        self.arcs[e.from].push((e.to, e.count, e.figure));
        self.arcs[e.to].push((e.from, -e.count, e.figure));
        let (a, b) = (self.root(e.from), self.root(e.to));
        // The smaller root stays, so paths to it stay short when figures come in order of time.
        self.parent[a.max(b)] = a.min(b);
    }

    /// The bound that excludes a figure, if one does.
    pub fn excluded(&self, e: &Edge) -> Option<Bound> {
        let order = self.arcs.len() <= ORDERED;
        if !order && self.root(e.from) != self.root(e.to) {
            return None;
        }
        let upper = self.shortest(e.from, e.to, order);
        if let Some(b) = upper
            && e.count > b.value
        {
            return Some(b);
        }
        let back = self.shortest(e.to, e.from, order)?;
        let path = back.path.into_iter().rev().map(|(sign, f)| (-sign, f)).collect();
        let lower = Bound { value: -back.value, upper: false, ordered: back.ordered, path };
        (e.count < lower.value).then_some(lower)
    }

    /// N(b) − N(a) when figures tie the two together.
    pub fn difference(&self, a: usize, b: usize) -> Option<Bound> {
        self.shortest(a, b, false)
    }

    /// Groups of two or more nodes tied together, each in order of time.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); self.arcs.len()];
        for node in 0..self.arcs.len() {
            groups[self.root(node)].push(node);
        }
        groups.retain(|g| g.len() > 1);
        groups
    }

    /// The shortest path from `a` to `b`, of equals the one with the fewest figures (Bellman and Ford, with a queue).
    fn shortest(&self, a: usize, b: usize, order: bool) -> Option<Bound> {
        let mut best: Vec<Option<(i64, usize)>> = vec![None; self.arcs.len()];
        let mut came: Vec<Option<Step>> = vec![None; self.arcs.len()];
        let mut waiting = vec![false; self.arcs.len()];
        let mut queue = VecDeque::from([a]);
        best[a] = Some((0, 0));
        while let Some(node) = queue.pop_front() {
            waiting[node] = false;
            let Some((length, figures)) = best[node] else { continue };
            let steps = self.arcs[node].iter().map(|(to, w, f)| (*to, *w, Some(*f)));
            let back = (order && node > 0).then(|| (node - 1, 0, None));
            for (to, weight, figure) in steps.chain(back) {
                let new = (length + weight, figures + usize::from(figure.is_some()));
                if best[to].is_none_or(|old| new < old) && to != a {
                    best[to] = Some(new);
                    let sign = if to > node { 1 } else { -1 };
                    came[to] = Some((node, figure.map(|f| (sign, f))));
                    if !std::mem::replace(&mut waiting[to], true) {
                        queue.push_back(to);
                    }
                }
            }
        }
        let (value, _) = best[b]?;
        let (mut path, mut ordered, mut node) = (Vec::new(), false, b);
        while let Some((before, figure)) = came[node] {
            ordered |= figure.is_none();
            path.extend(figure);
            node = before;
        }
        path.reverse();
        Some(Bound { value, upper: true, ordered, path })
    }
}
