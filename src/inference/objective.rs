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

/// Central differences of the gradient, symmetrised. Next to the edge of the domain the steps shrink until both ends are
/// inside; where even that fails, the entry is NaN.
pub fn difference_hessian<O: Objective + ?Sized>(objective: &O, theta: &[f64]) -> Matrix {
    let k = objective.dim();
    let mut at = theta.to_vec();
    let (mut up, mut down) = (vec![0.0; k], vec![0.0; k]);
    let mut columns = Vec::with_capacity(k);
    for j in 0..k {
        let mut h = 1e-5 * theta[j].abs().max(1e-2);
        let mut inside = false;
        for _ in 0..12 {
            at[j] = theta[j] + h;
            inside = objective.gradient(&at, &mut up).is_finite();
            at[j] = theta[j] - h;
            inside &= objective.gradient(&at, &mut down).is_finite();
            at[j] = theta[j];
            if inside {
                break;
            }
            h *= 0.125;
        }
        let slope = |(u, d): (&f64, &f64)| if inside { (u - d) / (2.0 * h) } else { f64::NAN };
        columns.push(up.iter().zip(&down).map(slope).collect::<Vec<f64>>());
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

/// The larger of two gaps; one that is not a number counts as infinite, so that it cannot be overlooked.
fn wider(a: f64, b: f64) -> f64 {
    if b.is_nan() { f64::INFINITY } else { a.max(b) }
}

/// Largest gaps between analytic and numerical derivatives at θ, relative to 1 + |derivative|: gradient, Hessian. Infinite
/// where ℓ or a derivative is not a number, as at an inadmissible θ.
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
        worst.0 = wider(worst.0, (gradient[j] - slope).abs() / (1.0 + slope.abs()));
        for i in 0..k {
            let d = differences.at(i, j);
            worst.1 = wider(worst.1, (hessian.at(i, j) - d).abs() / (1.0 + d.abs()));
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ℓ = 2 ln θ − θ, not finite at θ ≤ 0, with a gradient that may be wrong by a factor.
    struct Gamma(f64);

    impl Objective for Gamma {
        fn dim(&self) -> usize {
            1
        }
        fn value(&self, t: &[f64]) -> f64 {
            if t[0] > 0.0 { 2.0 * t[0].ln() - t[0] } else { f64::NEG_INFINITY }
        }
        fn gradient(&self, t: &[f64], g: &mut [f64]) -> f64 {
            g[0] = if t[0] > 0.0 { self.0 * (2.0 / t[0] - 1.0) } else { 0.0 };
            self.value(t)
        }
    }

    #[test]
    fn gaps_are_infinite_where_nothing_can_be_checked() {
        let (g, h) = derivative_gaps(&Gamma(1.0), &[0.7]);
        assert!(g < 1e-9 && h < 1e-6, "{g} {h}");
        assert!(derivative_gaps(&Gamma(1.1), &[0.7]).0 > 0.05);
        let (g, h) = derivative_gaps(&Gamma(1.0), &[-0.7]);
        assert!(g.is_infinite() && h.is_infinite(), "{g} {h}");
    }

    #[test]
    fn differences_stay_inside_the_domain() {
        // The default step at 5e-8 is 1e-7: it leaves the domain.
        let h = difference_hessian(&Gamma(1.0), &[5e-8]).at(0, 0);
        assert!((h / (-2.0 / 5e-8f64.powi(2)) - 1.0).abs() < 0.1, "{h}");
    }
}
