//! Newton's method on a polyhedron, with an active set (Nocedal and Wright, Numerical Optimization, 2nd ed. 2006, ch. 16).
//!
//! At a feasible θ with active inequalities `A_w θ = c_w`, let the columns of `Z` span their null space. The step is
//! `d = Z (Z' B Z)⁻¹ Z' g` with `g = ∂ℓ`, `B = −∂²ℓ` (a multiple of its diagonal is added until it is positive definite),
//! cut at the first inequality it would break, which then becomes active. When the reduced gradient is small, the
//! multipliers `g ≈ A_w' λ` decide: all `λ ≥ 0` is a maximum, the most negative one is let go. No barrier: solutions on
//! the boundary lie on it exactly, and [`Maximum::active`] names it.

use super::linalg::{Matrix, axpy, dot};
use super::objective::{Objective, Region};

/// Where the maximum is and how it was reached.
#[derive(Debug, Clone)]
pub struct Maximum {
    /// θ̂.
    pub theta: Vec<f64>,
    /// ℓ(θ̂).
    pub value: f64,
    /// Gradient there; not zero along active inequalities.
    pub gradient: Vec<f64>,
    /// Numbers of the inequalities that bind.
    pub active: Vec<usize>,
    /// Newton steps.
    pub iterations: usize,
    /// Whether the decrement met its tolerance.
    pub converged: bool,
}

const MAX_ITERATIONS: usize = 200;
/// Newton decrement, relative to 1 + |ℓ|, at which a subspace is solved.
const TOLERANCE: f64 = 1e-13;

/// Maximises from a feasible start.
pub fn maximise<O: Objective + ?Sized>(objective: &O, region: &Region, start: &[f64]) -> Maximum {
    maximise_within(objective, region, start, MAX_ITERATIONS)
}

/// Newton steps in the rounds of [`maximise_from`] and how many candidates each leaves: of many starts, and of few.
const ROUNDS: [[(usize, usize); 2]; 2] = [[(3, 10), (6, 5)], [(2, 3), (6, 2)]];
/// Newton steps after the rounds after which a candidate below a maximum is given up: it creeps along a ridge.
const PATIENCE: usize = 12;
/// So many starts are few.
const FEW: usize = 6;

/// The best maximum from several starts; see [`maxima_from`]. `None` when ℓ is finite at no start.
pub fn maximise_from<O: Objective + ?Sized>(objective: &O, region: &Region, starts: &[Vec<f64>]) -> Option<Maximum> {
    maxima_from(objective, region, starts).into_iter().reduce(better)
}

/// The maxima from several starts. A start is judged by where a few steps lead, not by its own value: those that are
/// highest after each round go on, and the last ones to the end (the others too, when none of these converges). No start
/// is higher than the highest of the result.
pub fn maxima_from<O: Objective + ?Sized>(objective: &O, region: &Region, starts: &[Vec<f64>]) -> Vec<Maximum> {
    if let [only] = starts {
        return Some(maximise(objective, region, only)).into_iter().filter(|m| m.value.is_finite()).collect();
    }
    let go_on = |m: Maximum, steps: usize| {
        if m.converged {
            return m;
        }
        let mut further = maximise_within(objective, region, &m.theta, steps);
        further.iterations += m.iterations;
        further
    };
    let mut few: Vec<Maximum> = starts.iter().map(|s| maximise_within(objective, region, s, 0)).collect();
    few.retain(|m| m.value.is_finite());
    let mut rest = Vec::new();
    for (steps, keep) in ROUNDS[usize::from(starts.len() <= FEW)] {
        few = few.into_iter().map(|m| go_on(m, steps)).collect();
        few.sort_by(|a, b| b.value.total_cmp(&a.value));
        few.dedup_by(|b, a| same(a, b));
        rest.extend(few.split_off(few.len().min(keep)));
    }
    few = few.into_iter().map(|m| go_on(m, PATIENCE)).collect();
    let reached = few.iter().filter(|m| m.converged).map(|m| m.value).fold(f64::NEG_INFINITY, f64::max);
    let last = |m: Maximum| if m.value > reached { go_on(m, MAX_ITERATIONS) } else { m };
    let mut ends: Vec<Maximum> = few.into_iter().map(last).collect();
    if !ends.iter().any(|m| m.converged) {
        ends.extend(rest.into_iter().map(|m| go_on(m, MAX_ITERATIONS)));
    }
    ends
}

/// Whether two candidates are on the way to the same place.
fn same(a: &Maximum, b: &Maximum) -> bool {
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-4 * (1e-2 + x.abs());
    (a.value - b.value).abs() <= 1e-6 * (1.0 + a.value.abs()) && a.theta.iter().zip(&b.theta).all(near)
}

/// The higher of two; among equal ones that which converged.
pub fn better(a: Maximum, b: Maximum) -> Maximum {
    let level = 1e-9 * (1.0 + a.value.abs());
    let wins = if (a.value - b.value).abs() <= level { b.converged && !a.converged } else { b.value > a.value };
    if wins { b } else { a }
}

/// Maximises in at most so many Newton steps.
fn maximise_within<O: Objective + ?Sized>(objective: &O, region: &Region, start: &[f64], most: usize) -> Maximum {
    let k = objective.dim();
    let mut m = Maximum {
        theta: start.to_vec(),
        value: 0.0,
        gradient: vec![0.0; k],
        active: Vec::new(),
        iterations: 0,
        converged: false,
    };
    m.value = objective.gradient(&m.theta, &mut m.gradient);
    if !m.value.is_finite() {
        return m;
    }
    m.active = binding(region, &m.theta, &m.gradient);
    let mut stuck = 0;
    while m.iterations < most {
        m.iterations += 1;
        let z = null_space(region, &m.active, k);
        let (d, decrement) = newton_step(objective, &m, &z, 0.0);
        let small = TOLERANCE * (1.0 + m.value.abs());
        if decrement > small {
            let before = m.value;
            let moved = line_search(objective, region, &mut m, &d, decrement)
                || damped_search(objective, region, &mut m, &z, decrement);
            stuck = if moved && m.value > before { 0 } else { stuck + 1 };
            if moved && stuck < 2 {
                continue;
            }
            // No representable ascent is left: as good as solved when the decrement says that nothing is to be won.
            if decrement > 1e-8 * (1.0 + m.value.abs()) {
                return m;
            }
        } else if decrement > 0.0 {
            // One more step costs little and squares the error.
            line_search(objective, region, &mut m, &d, decrement);
        }
        match released(region, &m) {
            Some(w) => drop(m.active.remove(w)),
            None => {
                m.converged = true;
                snap(objective, region, &mut m);
                return m;
            }
        }
        stuck = 0;
    }
    m
}

/// The inequalities that bind at θ and that the gradient pushes against.
fn binding(region: &Region, theta: &[f64], gradient: &[f64]) -> Vec<usize> {
    let pushed = |b: &super::objective::Bound| b.slack(theta) <= 1e-12 && dot(&b.a, gradient) > 0.0;
    (0..region.bounds.len()).filter(|i| pushed(&region.bounds[*i])).collect()
}

/// Orthonormal vectors that span the directions along which active inequalities and fixed coordinates don't change.
pub fn null_space(region: &Region, active: &[usize], k: usize) -> Vec<Vec<f64>> {
    if active.is_empty() {
        let unit = |j: usize| (0..k).map(|i| f64::from(u8::from(i == j))).collect();
        return (0..k).filter(|j| !region.fixed.contains(j)).map(unit).collect();
    }
    let mut normals: Vec<Vec<f64>> = Vec::new();
    let fixed = region.fixed.iter().map(|j| (0..k).map(|i| f64::from(u8::from(i == *j))).collect());
    for v in fixed.chain(active.iter().map(|i| region.bounds[*i].a.clone())) {
        push_orthogonal(&mut normals, v);
    }
    let fixed_count = normals.len();
    let mut all = normals;
    for j in 0..k {
        push_orthogonal(&mut all, (0..k).map(|i| f64::from(u8::from(i == j))).collect());
    }
    all.split_off(fixed_count)
}

/// Gram–Schmidt, twice for accuracy; what is dependent is left out.
fn push_orthogonal(basis: &mut Vec<Vec<f64>>, mut v: Vec<f64>) {
    let size = dot(&v, &v).sqrt();
    for _ in 0..2 {
        for b in basis.iter() {
            let c = dot(b, &v);
            axpy(&mut v, -c, b);
        }
    }
    let rest = dot(&v, &v).sqrt();
    if rest > 1e-10 * size {
        v.iter_mut().for_each(|x| *x /= rest);
        basis.push(v);
    }
}

/// Steps with more and more damping, where the likelihood is too far from quadratic for Newton's.
fn damped_search<O: Objective + ?Sized>(
    o: &O,
    region: &Region,
    m: &mut Maximum,
    z: &[Vec<f64>],
    decrement: f64,
) -> bool {
    // So near the top only rounding stands in the way.
    if decrement <= 1e-8 * (1.0 + m.value.abs()) {
        return false;
    }
    [1.0, 1e3, 1e6].iter().any(|damping| {
        let (d, decrement) = newton_step(o, m, z, *damping);
        line_search(o, region, m, &d, decrement)
    })
}

/// Puts coordinates that active inequalities determine exactly where those say: rounding leaves them beside it.
fn snap<O: Objective + ?Sized>(o: &O, region: &Region, m: &mut Maximum) {
    let mut at = m.theta.clone();
    region.settle(&m.active, &mut at);
    if at != m.theta {
        let mut gradient = vec![0.0; at.len()];
        let value = o.gradient(&at, &mut gradient);
        if value.is_finite() && (value - m.value).abs() <= 1e-9 * (1.0 + m.value.abs()) {
            (m.theta, m.value, m.gradient) = (at, value, gradient);
        }
    }
}

/// The Newton direction in the subspace, damped at least so much, and its decrement `g'd`.
fn newton_step<O: Objective + ?Sized>(objective: &O, m: &Maximum, z: &[Vec<f64>], damping: f64) -> (Vec<f64>, f64) {
    let k = objective.dim();
    if z.is_empty() {
        return (vec![0.0; k], 0.0);
    }
    let b = objective.hessian(&m.theta).scaled(-1.0);
    let r = z.len();
    let mut reduced = Matrix::zeros(r);
    for i in 0..r {
        let bz = b.times(&z[i]);
        for (j, zj) in z.iter().enumerate() {
            reduced.set(i, j, dot(&bz, zj));
        }
    }
    let g: Vec<f64> = z.iter().map(|c| dot(c, &m.gradient)).collect();
    let step = solve_damped(&reduced, &g, damping);
    let mut d = vec![0.0; k];
    for (s, c) in step.iter().zip(z) {
        axpy(&mut d, *s, c);
    }
    let decrement = dot(&d, &m.gradient);
    (d, decrement)
}

fn solve_damped(b: &Matrix, g: &[f64], least: f64) -> Vec<f64> {
    let n = b.n();
    let mut damping = least;
    for _ in 0..30 {
        let mut c = b.clone();
        let largest = (0..n).map(|i| b.at(i, i).abs()).fold(1e-300, f64::max);
        for i in 0..n {
            c.set(i, i, b.at(i, i) + damping * b.at(i, i).abs().max(1e-8 * largest));
        }
        if let Some(l) = c.cholesky() {
            return l.solve_factored(g);
        }
        damping = if damping == 0.0 { 1e-3 } else { damping * 3.0 };
    }
    let size = dot(g, g).sqrt().max(1e-300);
    g.iter().map(|x| x / size).collect()
}

/// The first inequality that a full step would break, and the part of the step that reaches it.
fn blocking(region: &Region, m: &Maximum, d: &[f64]) -> Option<(usize, f64)> {
    let size = dot(d, d).sqrt();
    let mut blocked: Option<(usize, f64)> = None;
    for (i, b) in region.bounds.iter().enumerate() {
        let rate = dot(&b.a, d);
        if !m.active.contains(&i) && rate > 1e-14 * dot(&b.a, &b.a).sqrt() * size {
            let reach = b.slack(&m.theta).max(0.0) / rate;
            if reach < blocked.map_or(1.0, |(_, r)| r) {
                blocked = Some((i, reach));
            }
        }
    }
    blocked
}

/// Moves along `d`, to the first inequality at most, by halving until ℓ rises. True when θ or the active set changed.
fn line_search<O: Objective + ?Sized>(o: &O, region: &Region, m: &mut Maximum, d: &[f64], decrement: f64) -> bool {
    let blocked = blocking(region, m, d);
    let longest = blocked.map_or(1.0, |(_, r)| r);
    if longest < 1e-14 {
        // Already on it: it becomes active and θ stays.
        m.active.extend(blocked.map(|(i, _)| i));
        return true;
    }
    // The full step is nearly always taken, so its gradient is computed at once.
    let mut gradient = vec![0.0; d.len()];
    let mut s = longest;
    for _ in 0..50 {
        let mut at = m.theta.clone();
        axpy(&mut at, s, d);
        let first = s == longest;
        let value = if first { o.gradient(&at, &mut gradient) } else { o.value(&at) };
        // Rounding hides the rise of the last steps: a full step that keeps ℓ level is taken too.
        let level = first && longest == 1.0 && (value - m.value).abs() <= 1e-12 * (1.0 + m.value.abs());
        if value.is_finite() && (value >= m.value + 1e-4 * s * decrement || level) {
            (m.theta, m.value) = (at, value);
            if first {
                m.gradient = gradient;
                m.active.extend(blocked.map(|(i, _)| i));
            } else {
                o.gradient(&m.theta, &mut m.gradient);
            }
            return true;
        }
        s *= 0.5;
    }
    false
}

/// The active inequality with the most negative multiplier.
fn released(region: &Region, m: &Maximum) -> Option<usize> {
    let w = m.active.len();
    if w == 0 {
        return None;
    }
    let mut gram = Matrix::zeros(w);
    let free = |v: &[f64]| -> Vec<f64> {
        v.iter().enumerate().map(|(i, x)| if region.fixed.contains(&i) { 0.0 } else { *x }).collect()
    };
    let rows: Vec<Vec<f64>> = m.active.iter().map(|i| free(&region.bounds[*i].a)).collect();
    for i in 0..w {
        for j in 0..w {
            gram.set(i, j, dot(&rows[i], &rows[j]));
        }
    }
    let rhs: Vec<f64> = rows.iter().map(|a| dot(a, &m.gradient)).collect();
    let Some(l) = gram.cholesky() else { return Some(w - 1) };
    let multipliers = l.solve_factored(&rhs);
    let (i, least) = multipliers.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
    (*least < -1e-9 * (1.0 + m.value.abs())).then_some(i)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ℓ = −½ (θ − t)' B (θ − t).
    struct Quadratic {
        t: Vec<f64>,
        b: Matrix,
    }

    impl Objective for Quadratic {
        fn dim(&self) -> usize {
            self.t.len()
        }
        fn value(&self, theta: &[f64]) -> f64 {
            let d: Vec<f64> = theta.iter().zip(&self.t).map(|(a, b)| a - b).collect();
            -0.5 * dot(&d, &self.b.times(&d))
        }
        fn gradient(&self, theta: &[f64], g: &mut [f64]) -> f64 {
            let d: Vec<f64> = theta.iter().zip(&self.t).map(|(a, b)| a - b).collect();
            for (g, v) in g.iter_mut().zip(self.b.times(&d)) {
                *g = -v;
            }
            self.value(theta)
        }
    }

    fn problem() -> Quadratic {
        let mut b = Matrix::zeros(2);
        b.add_outer(1.0, &[2.0, 1.0]);
        b.add_outer(1.0, &[0.0, 1.0]);
        b.mirror();
        Quadratic { t: vec![1.0, -1.0], b }
    }

    #[test]
    fn inside_on_a_bound_and_let_go_again() {
        let q = problem();
        let free = maximise(&q, &Region::default(), &[5.0, 5.0]);
        assert!(free.converged && (free.theta[0] - 1.0).abs() + (free.theta[1] + 1.0).abs() < 1e-10);
        // θ₂ ≥ 0 binds: then θ₁ = 1 − (B₁₂/B₁₁) · 1 = 1 − 2/4.
        let mut region = Region::default();
        region.bound(2, 1, -1.0, 0.0, "t2 ≥ 0".into());
        region.bound(2, 0, 1.0, 3.0, "t1 ≤ 3".into());
        let m = maximise(&q, &region, &[3.0, 0.0]);
        assert!(m.converged && m.active == [0]);
        assert!((m.theta[0] - 0.5).abs() < 1e-10 && m.theta[1] == 0.0);
    }

    #[test]
    fn coordinates_on_bounds_are_exactly_there() {
        // θ₂ ≥ 0.1 and θ₁ + θ₂ ≤ 0.3 meet in a vertex, which rounding misses by the sum.
        let q = Quadratic { t: vec![5.0, -4.0], b: problem().b };
        let mut region = Region::default();
        region.bound(2, 1, -1.0, -0.1, "t2 ≥ 0.1".into());
        region.bounds.push(super::super::objective::Bound { a: vec![1.0, 1.0], c: 0.3, text: "sum ≤ 0.3".into() });
        let m = maximise(&q, &region, &[0.07, 0.11]);
        assert!(m.converged && m.active.len() == 2, "{m:?}");
        assert_eq!((m.theta[1], m.theta[0]), (0.1, 0.3 - 0.1));
    }

    #[test]
    fn fixed_coordinates_stay() {
        let q = problem();
        let m = maximise(&q, &Region::default().fixing(0), &[2.0, 5.0]);
        // θ₂ = −1 − (B₁₂/B₂₂)(θ₁ − 1) = −1 − 2/2.
        assert!(m.converged && m.theta[0] == 2.0 && (m.theta[1] + 2.0).abs() < 1e-10);
    }
}
