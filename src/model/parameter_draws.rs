//! Parameters drawn from the normal approximation around an estimate, restricted to the admissible region.

use crate::Rng;
use crate::inference::linalg::{Matrix, dot};
use rand_distr::Distribution as _;

/// The normal approximation.
pub(crate) struct ParameterDraws {
    best: Vec<f64>,
    /// A square root of the covariance, or nothing where there is none.
    factor: Option<Matrix>,
    /// Standard error of the logarithm of the dispersion.
    log_error: f64,
}

/// A standard normal draw.
fn normal(rng: &mut Rng) -> f64 {
    rand_distr::StandardNormal.sample(rng)
}

impl ParameterDraws {
    /// Around `best`; `dispersion` and its standard error are drawn on the log scale, apart from the rest.
    pub fn new(best: &[f64], cov: Option<&Matrix>, dispersion: f64, error: Option<f64>) -> Self {
        let log_error = error.filter(|_| dispersion > 0.0).map_or(0.0, |e| (e / dispersion).min(2.0));
        ParameterDraws { best: best.to_vec(), factor: cov.and_then(half), log_error }
    }

    /// What multiplies the dispersion in one draw.
    pub fn dispersion_factor(&self, rng: &mut Rng) -> f64 {
        (self.log_error * normal(rng)).exp()
    }

    /// The first draw that `accept` makes something of. Where almost nothing of the normal is admissible the draws move
    /// nearer to the estimate, which is accepted last; `None` when not even that is.
    pub fn draw<T>(&self, rng: &mut Rng, accept: impl Fn(&[f64]) -> Option<T>) -> Option<(Vec<f64>, T)> {
        let mut shrink = 1.0;
        for attempt in 0..400 {
            let mut theta = self.best.clone();
            if let Some(l) = &self.factor {
                let z: Vec<f64> = theta.iter().map(|_| normal(rng)).collect();
                for (i, t) in theta.iter_mut().enumerate() {
                    *t += shrink * dot(&l.row(i)[..=i], &z);
                }
            }
            if let Some(made) = accept(&theta) {
                return Some((theta, made));
            }
            if attempt >= 200 {
                shrink *= 0.8;
            }
        }
        accept(&self.best).map(|made| (self.best.clone(), made))
    }
}

/// A square root of a covariance that may be singular along bounds: Cholesky with zero columns where nothing is left.
fn half(c: &Matrix) -> Option<Matrix> {
    let n = c.n();
    let mut l = Matrix::zeros(n);
    for i in 0..n {
        for j in 0..=i {
            let s = c.at(i, j) - dot(&l.row(i)[..j], &l.row(j)[..j]);
            if !s.is_finite() {
                return None;
            }
            let v = match i == j {
                true if s > 1e-12 * c.at(i, i) => s.sqrt(),
                false if l.at(j, j) > 0.0 => s / l.at(j, j),
                _ => 0.0,
            };
            l.set(i, j, v);
        }
    }
    Some(l)
}
