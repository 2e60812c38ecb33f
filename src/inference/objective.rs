//! A log-likelihood to be maximised over a polyhedron.
//!
//! [`Objective`] is what a model offers: value, gradient and Hessian of a log-likelihood `ℓ(θ)`. [`Region`] is the set of
//! admissible `θ`: linear inequalities `a'θ ≤ c`, and coordinates held fixed. [`super::maximise`] finds the maximum,
//! [`super::likelihood_interval`] the profile intervals.

use super::linalg::{Matrix, dot};

/// A log-likelihood and its derivatives.
pub trait Objective: Sync {
    /// Number of parameters.
    fn dim(&self) -> usize;

    /// `ℓ(θ)`; not finite where θ is inadmissible.
    fn value(&self, theta: &[f64]) -> f64;

    /// Writes `∂ℓ/∂θ` and returns `ℓ(θ)`.
    fn gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64;

    /// `∂²ℓ/∂θ∂θ'`; by default central differences of the gradient.
    fn hessian(&self, theta: &[f64]) -> Matrix {
        difference_hessian(self, theta)
    }
}

/// Central differences of the gradient, symmetrised.
pub fn difference_hessian<O: Objective + ?Sized>(objective: &O, theta: &[f64]) -> Matrix {
    let k = objective.dim();
    let mut at = theta.to_vec();
    let (mut up, mut down) = (vec![0.0; k], vec![0.0; k]);
    let mut columns = Vec::with_capacity(k);
    for j in 0..k {
        let h = 1e-5 * theta[j].abs().max(1e-2);
        at[j] = theta[j] + h;
        objective.gradient(&at, &mut up);
        at[j] = theta[j] - h;
        objective.gradient(&at, &mut down);
        at[j] = theta[j];
        columns.push(up.iter().zip(&down).map(|(u, d)| (u - d) / (2.0 * h)).collect::<Vec<f64>>());
    }
    let mut hessian = Matrix::zeros(k);
    for (j, column) in columns.iter().enumerate() {
        for (i, v) in column.iter().enumerate() {
            hessian.set(i, j, 0.5 * (v + columns[i][j]));
        }
    }
    hessian
}

/// One linear inequality `a'θ ≤ c`, with the words that name it when it binds.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// Coefficients `a`.
    pub a: Vec<f64>,
    /// Right-hand side `c`.
    pub c: f64,
    /// What it says, such as `beta_1 ≥ 0`.
    pub text: String,
}

impl Bound {
    /// `c − a'θ`, never negative inside.
    pub fn slack(&self, theta: &[f64]) -> f64 {
        self.c - dot(&self.a, theta)
    }
}

/// The admissible set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Region {
    /// Inequalities.
    pub bounds: Vec<Bound>,
    /// Coordinates that keep their starting value.
    pub fixed: Vec<usize>,
}

impl Region {
    /// Adds `sign · θ_j ≤ c` of a `k`-vector.
    pub fn bound(&mut self, k: usize, j: usize, sign: f64, c: f64, text: String) {
        let mut a = vec![0.0; k];
        a[j] = sign;
        self.bounds.push(Bound { a, c, text });
    }

    /// Whether θ satisfies every inequality.
    pub fn holds(&self, theta: &[f64]) -> bool {
        self.bounds.iter().all(|b| b.slack(theta) >= -1e-12)
    }

    /// Coordinates that active inequalities determine, each with the number of the inequality that does: those of one
    /// coordinate first, then sums of which one coordinate is left.
    pub fn settled(&self, active: &[usize]) -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        for _ in 0..active.len() {
            for i in active {
                let held = |j: &usize| self.fixed.contains(j) || out.iter().any(|(k, _)| k == j);
                let a = &self.bounds[*i].a;
                let open: Vec<usize> = (0..a.len()).filter(|j| a[*j] != 0.0 && !held(j)).collect();
                if let [j] = open[..] {
                    out.push((j, *i));
                }
            }
        }
        out
    }

    /// Puts the coordinates that active inequalities determine exactly where those say.
    pub fn settle(&self, active: &[usize], theta: &mut [f64]) {
        for (j, i) in self.settled(active) {
            let b = &self.bounds[i];
            let others: f64 = (0..theta.len()).filter(|k| *k != j).map(|k| b.a[k] * theta[k]).sum();
            // Adding 0 turns −0 into 0.
            theta[j] = (b.c - others) / b.a[j] + 0.0;
        }
    }

    /// The same set with coordinate `j` held.
    pub fn fixing(&self, j: usize) -> Region {
        let mut r = self.clone();
        if !r.fixed.contains(&j) {
            r.fixed.push(j);
        }
        r
    }

    /// The interval of coordinate `j` allowed by the inequalities that involve it alone.
    pub fn range(&self, j: usize) -> (f64, f64) {
        let mut range = (f64::NEG_INFINITY, f64::INFINITY);
        for b in &self.bounds {
            if b.a.iter().enumerate().all(|(i, v)| i == j || *v == 0.0) && b.a[j] != 0.0 {
                // Adding 0 turns −0 into 0.
                let limit = b.c / b.a[j] + 0.0;
                if b.a[j] > 0.0 { range.1 = range.1.min(limit) } else { range.0 = range.0.max(limit) }
            }
        }
        range
    }
}

/// Largest gaps between analytic and numerical derivatives at θ, relative to 1 + |derivative|: gradient, Hessian.
pub fn derivative_gaps<O: Objective + ?Sized>(objective: &O, theta: &[f64]) -> (f64, f64) {
    let k = objective.dim();
    let mut gradient = vec![0.0; k];
    objective.gradient(theta, &mut gradient);
    let hessian = objective.hessian(theta);
    let differences = difference_hessian(objective, theta);
    let mut at = theta.to_vec();
    let mut worst = (0.0f64, 0.0f64);
    for j in 0..k {
        let h = 1e-4 * theta[j].abs().max(1e-2);
        // Five points: the error is of order h⁴.
        let mut value = |s: f64| {
            at[j] = theta[j] + s * h;
            let v = objective.value(&at);
            at[j] = theta[j];
            v
        };
        let slope = (8.0 * (value(1.0) - value(-1.0)) - (value(2.0) - value(-2.0))) / (12.0 * h);
        worst.0 = worst.0.max((gradient[j] - slope).abs() / (1.0 + slope.abs()));
        for i in 0..k {
            let d = differences.at(i, j);
            worst.1 = worst.1.max((hessian.at(i, j) - d).abs() / (1.0 + d.abs()));
        }
    }
    worst
}
