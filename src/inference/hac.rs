//! Heteroskedasticity- and autocorrelation-consistent covariance.
//!
//! With u_t the scores of the observations in their order (n × k) and L lags (Newey and West 1987, "A simple, positive
//! semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix", Econometrica 55, 703–708):
//!
//! Ω = Σ_t u_t u_t' + Σ_{j=1}^{L} (1 − j/(L + 1)) Σ_t (u_t u_{t−j}' + u_{t−j} u_t').
//!
//! * *Prewhitened* (Andrews and Monahan 1992, Econometrica 60, 953–966): u_t = A u_{t−1} + e_t by least squares without a
//!   constant, Ω of the n − 1 residuals e_t, then D Ω D' with D = (I − A)⁻¹.
//! * *Adjusted*: times n/(n − k).
//! * *Lags* by Newey and West (1994), "Automatic lag selection in covariance matrix estimation", Review of Economic Studies
//!   61, 631–653.
//!
//! As R's `sandwich::NeweyWest(lag, prewhite, adjust)` has them (Zeileis 2004, J. Stat. Softw. 11(10)).

use super::linalg::Matrix;
use super::linalg::{add_outer, congruence, dot, symmetrise};
use crate::error::{Error, Result};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hac {
    /// Lags; `None` = Newey and West's automatic rule.
    pub lags: Option<usize>,
    /// Whether the scores are prewhitened by a vector autoregression of order 1.
    pub prewhite: bool,
    /// Whether the covariance is multiplied by n/(n − k).
    pub adjust: bool,
}

impl Hac {
    /// n/(n − k) where the adjustment is asked for, else 1.
    ///
    /// # Errors
    /// When no degrees of freedom are left.
    pub fn factor(self, n: usize, k: usize) -> Result<f64> {
        match self.adjust {
            true if n <= k => {
                Err(Error::data("as many coefficients as rows: the small-sample adjustment does not exist")
                    .help("use --vcov hac"))
            }
            true => Ok(n as f64 / (n - k) as f64),
            false => Ok(1.0),
        }
    }

    /// The covariance B Ω B from the bread B (k × k, both triangles) and the scores (row by row). `own` turns scores into
    /// those of the design's own columns and `ignored` names the intercept among these: what the automatic rule reads.
    /// `n` is the number of observations that count.
    ///
    /// # Errors
    /// When the scores cannot be prewhitened, or leave no degrees of freedom for the adjustment.
    pub fn covariance(
        self,
        bread: &[f64],
        scores: &[f64],
        own: impl Fn(&[f64]) -> Vec<f64>,
        ignored: &[usize],
        n: usize,
    ) -> Result<Vec<f64>> {
        let k = bread.len().isqrt();
        let by = self.factor(n, k)?;
        let white = if self.prewhite { Some(whitened(scores, k)?) } else { None };
        let (scores, colour) = white.as_ref().map_or((scores, None), |(e, d)| (e.as_slice(), Some(d)));
        let lags = self.lags.unwrap_or_else(|| {
            let own: Vec<f64> = scores.chunks_exact(k.max(1)).flat_map(own).collect();
            automatic_lags(&own, k, ignored, self.prewhite)
        });
        if lags >= n && self.lags.is_some() {
            return Err(Error::data(format!("--vcov hac:{lags} has no fewer lags than the {n} rows"))
                .help("leave the number out for Newey and West's rule, or give fewer"));
        }
        let mut meat = newey_west(scores, k, lags);
        if let Some(d) = colour {
            meat = congruence(d, &meat, k);
        }
        Ok(congruence(bread, &meat, k).iter().map(|c| c * by).collect())
    }
}

/// Ω with `lags` lags.
fn newey_west(scores: &[f64], k: usize, lags: usize) -> Vec<f64> {
    let rows: Vec<&[f64]> = scores.chunks_exact(k.max(1)).collect();
    let mut meat = vec![0.0; k * k];
    rows.iter().for_each(|s| add_outer(&mut meat, k, 1.0, s));
    for i in 0..k {
        for j in 0..i {
            meat[j * k + i] = meat[i * k + j];
        }
    }
    for lag in 1..=lags.min(rows.len().saturating_sub(1)) {
        let weight = 1.0 - lag as f64 / (lags + 1) as f64;
        for (late, early) in rows[lag..].iter().zip(&rows) {
            for i in 0..k {
                for j in 0..k {
                    meat[i * k + j] += weight * (late[i] * early[j] + early[i] * late[j]);
                }
            }
        }
    }
    symmetrise(&mut meat, k);
    meat
}

/// Residuals e of the first-order vector autoregression of the scores, and D.
fn whitened(scores: &[f64], k: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let refused = |why: &str| {
        Error::data(format!("the scores cannot be prewhitened: {why}")).help("use --vcov hac without prewhite")
    };
    let rows: Vec<&[f64]> = scores.chunks_exact(k.max(1)).collect();
    if rows.len() < k + 2 {
        return Err(refused("too few rows for a vector autoregression"));
    }
    let (mut now, mut before) = (Matrix::zeros(k), Matrix::zeros(k));
    for (late, early) in rows[1..].iter().zip(&rows) {
        for i in 0..k {
            for j in 0..k {
                now.set(i, j, now.at(i, j) + late[i] * early[j]);
                before.set(i, j, before.at(i, j) + early[i] * early[j]);
            }
        }
    }
    let singular = || refused("they are linearly dependent (a term owns a row alone?)");
    let size = (0..k).map(|j| before.at(j, j)).fold(0.0, f64::max);
    if (0..k).any(|j| before.at(j, j) <= 1e-20 * size) {
        return Err(singular());
    }
    let inverse = before.inverse().ok_or_else(singular)?;
    let mut a = Matrix::zeros(k);
    let mut rest = Matrix::zeros(k);
    for i in 0..k {
        for j in 0..k {
            a.set(i, j, (0..k).map(|l| now.at(i, l) * inverse.at(l, j)).sum());
            rest.set(i, j, f64::from(u8::from(i == j)) - a.at(i, j));
        }
    }
    let d = general_inverse(&rest).ok_or_else(|| refused("their autoregression has a unit root"))?;
    let residual =
        |(late, early): (&&[f64], &&[f64])| -> Vec<f64> { (0..k).map(|i| late[i] - dot(a.row(i), early)).collect() };
    let e = rows[1..].iter().zip(&rows).flat_map(residual).collect();
    Ok((e, d))
}

/// Inverse of a square matrix by Gauss and Jordan with partial pivots; `None` when it is singular.
fn general_inverse(m: &Matrix) -> Option<Vec<f64>> {
    let k = m.n();
    let mut a: Vec<Vec<f64>> =
        (0..k).map(|i| m.row(i).iter().copied().chain((0..k).map(|j| f64::from(u8::from(i == j)))).collect()).collect();
    for c in 0..k {
        let pivot = (c..k).max_by(|x, y| a[*x][c].abs().total_cmp(&a[*y][c].abs()))?;
        a.swap(c, pivot);
        let by = a[c][c];
        if by.abs() < 1e-12 {
            return None;
        }
        a[c].iter_mut().for_each(|v| *v /= by);
        let top = a[c].clone();
        for (_, row) in a.iter_mut().enumerate().filter(|(i, _)| *i != c) {
            let f = row[c];
            row.iter_mut().zip(&top).for_each(|(v, t)| *v -= f * t);
        }
    }
    Some(a.iter().flat_map(|row| row[k..].to_vec()).collect())
}

/// The number of lags for the Bartlett kernel, as `floor(sandwich::bwNeweyWest)`. `scores` are on the scale of the
/// design's own columns (residuals, where prewhitened); columns in `ignored` get weight 0, unless there is no other.
///
/// h_t = Σ_j u_tj, γ_j = Σ h_t h_{t−j} / n, m = ⌊c (n₀/100)^{2/9}⌋ with c = 4, or 3 prewhitened (n₀ rows before that),
/// s₀ = γ₀ + 2 Σ γ_j, s₁ = 2 Σ j γ_j; lags ⌊1.1447 ((s₁/s₀)² n₀)^{1/3}⌋.
pub fn automatic_lags(scores: &[f64], k: usize, ignored: &[usize], prewhite: bool) -> usize {
    let all = ignored.len() >= k || k < 2;
    let h: Vec<f64> = scores
        .chunks_exact(k.max(1))
        .map(|s| s.iter().enumerate().filter(|(j, _)| all || !ignored.contains(j)).map(|(_, v)| v).sum())
        .collect();
    let (n, original) = (h.len(), h.len() + usize::from(prewhite));
    let rate = (original as f64 / 100.0).powf(2.0 / 9.0);
    let m = ((if prewhite { 3.0 } else { 4.0 } * rate).floor() as usize).min(n.saturating_sub(1));
    let gamma = |j: usize| dot(&h[..n - j], &h[j..]) / n as f64;
    let (mut s0, mut s1) = (gamma(0), 0.0);
    for j in 1..=m {
        s0 += 2.0 * gamma(j);
        s1 += 2.0 * j as f64 * gamma(j);
    }
    let bandwidth = 1.1447 * ((s1 / s0).powi(2) * original as f64).cbrt();
    if bandwidth.is_finite() { bandwidth.min(1e9).floor() as usize } else { 0 }
}
