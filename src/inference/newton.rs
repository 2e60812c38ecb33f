//! Newton's method with a Levenberg ridge, for log-likelihoods that need not be concave.
//!
//! Nocedal and Wright 2006, *Numerical Optimization*, 2nd ed., section 3.4: where the negative Hessian is not positive
//! definite a multiple of its diagonal is added; steps are halved until the function does not fall.

use super::linalg::{cholesky, cholesky_solve, dot};

/// A maximum and the negative Hessian there.
#[derive(Debug, Clone)]
pub struct Maximum {
    /// Parameters.
    pub x: Vec<f64>,
    /// Value.
    pub value: f64,
    /// Negative Hessian, lower triangle.
    pub info: Vec<f64>,
    /// Iterations.
    pub iterations: usize,
    /// Whether the squared Newton step fell below 1e-20.
    pub converged: bool,
}

/// Maximises `f`, which fills the gradient and the lower triangle of the negative Hessian and returns the value (minus
/// infinity outside the domain).
pub fn maximise(mut f: impl FnMut(&[f64], &mut [f64], &mut [f64]) -> f64, start: Vec<f64>) -> Maximum {
    let n = start.len();
    let (mut gradient, mut info) = (vec![0.0; n], vec![0.0; n * n]);
    let mut best =
        Maximum { value: f(&start, &mut gradient, &mut info), x: start, info, iterations: 0, converged: false };
    let (mut trial_gradient, mut trial_info) = (vec![0.0; n], vec![0.0; n * n]);
    while best.iterations < 200 && best.value > f64::NEG_INFINITY {
        best.iterations += 1;
        let Some((step, ridge)) = direction(&gradient, &best.info) else { break };
        let decrement = dot(&step, &gradient);
        if ridge == 0.0 && decrement < 1e-20 {
            best.converged = true;
            break;
        }
        let mut factor = 1.0;
        let mut risen = false;
        for _ in 0..40 {
            let trial: Vec<f64> = best.x.iter().zip(&step).map(|(x, s)| x + factor * s).collect();
            let value = f(&trial, &mut trial_gradient, &mut trial_info);
            if value >= best.value - 1e-13 * (1.0 + best.value.abs()) || (decrement < 1e-10 && value.is_finite()) {
                (best.x, best.value, risen) = (trial, value, true);
                std::mem::swap(&mut gradient, &mut trial_gradient);
                std::mem::swap(&mut best.info, &mut trial_info);
                break;
            }
            factor *= 0.5;
        }
        if !risen {
            best.converged = decrement < 1e-9;
            break;
        }
    }
    best
}

/// The Newton step and the ridge it took; `None` when none makes the Hessian definite.
fn direction(gradient: &[f64], info: &[f64]) -> Option<(Vec<f64>, f64)> {
    let n = gradient.len();
    let mut ridge = 0.0;
    for _ in 0..40 {
        let mut l = info.to_vec();
        (0..n).for_each(|i| l[i * n + i] += ridge * (info[i * n + i].abs() + 1e-8));
        if cholesky(&mut l, n) {
            let mut step = gradient.to_vec();
            cholesky_solve(&l, n, &mut step);
            // No parameter moves by more than 5 at once.
            let top = step.iter().fold(0.0, |a: f64, s| a.max(s.abs()));
            if ridge > 0.0 && top > 5.0 {
                step.iter_mut().for_each(|s| *s *= 5.0 / top);
            }
            return Some((step, ridge));
        }
        ridge = if ridge == 0.0 { 1e-3 } else { ridge * 4.0 };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn climbs_out_of_a_region_that_is_not_concave() {
        // f = −(x² − 1)² − (y − x)²: convex around 0, maxima at ±(1, 1).
        let f = |p: &[f64], g: &mut [f64], h: &mut [f64]| {
            let (x, y) = (p[0], p[1]);
            g.copy_from_slice(&[-4.0 * x * (x * x - 1.0) + 2.0 * (y - x), -2.0 * (y - x)]);
            h.copy_from_slice(&[12.0 * x * x - 4.0 + 2.0, 0.0, -2.0, 2.0]);
            -(x * x - 1.0).powi(2) - (y - x).powi(2)
        };
        let m = maximise(f, vec![0.1, -3.0]);
        assert!(m.converged && (m.x[0].abs() - 1.0).abs() < 1e-10 && (m.x[1] - m.x[0]).abs() < 1e-10);
    }
}
