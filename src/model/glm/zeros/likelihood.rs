//! The joint log-likelihood of count part and zero part, its gradient and its exact negative Hessian.

use crate::family::{Family, Kernel, Slopes, ZeroPart};
use crate::inference::likelihood::{mean_and_gradient, mean_and_slopes};
use crate::inference::linalg::{add_outer, dot};
use crate::inference::problem::Problem;
use crate::inference::special::left_out;

/// Counts summed over for the expected information of an observation, at most.
const MOST_COUNTS: usize = 200_000;

/// Standard deviations below the mean from which counts are summed, and the probability at which the sum above it ends.
const REACH: f64 = 12.0;
const LEAST: f64 = 1e-18;

/// 1 / (1 + e^(−x)).
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// ln(1 + e^x).
fn softplus(x: f64) -> f64 {
    if x > 35.0 { x } else { x.exp().ln_1p() }
}

/// Log-likelihood of one observation and its derivatives in the count mean m, the zero predictor ξ (`x`) and t.
#[derive(Debug, Clone, Copy, Default)]
struct Terms {
    ll: f64,
    m: f64,
    x: f64,
    t: f64,
    mm: f64,
    mx: f64,
    mt: f64,
    xx: f64,
    xt: f64,
    tt: f64,
}

/// ℓ(m, t) plus something that depends on ξ alone.
fn apart(s: &Slopes, ll: f64, x: f64, xx: f64) -> Terms {
    Terms { ll: s.ll + ll, m: s.m, t: s.t, mm: s.mm, mt: s.mt, tt: s.tt, x, xx, ..Terms::default() }
}

/// P(0) = π + (1 − π) f(0); with s the share of (1 − π) f(0) in it, dL = s dℓ₀ + (1 − s − π) dξ.
fn inflated_zero(at_zero: &Slopes, xi: f64) -> Terms {
    let (pi, rest) = (logistic(xi), logistic(-xi));
    let p0 = pi + rest * at_zero.ll.exp();
    let s = rest * at_zero.ll.exp() / p0;
    let c = s * (1.0 - s);
    Terms {
        ll: p0.ln(),
        m: s * at_zero.m,
        x: 1.0 - s - pi,
        t: s * at_zero.t,
        mm: s * at_zero.mm + c * at_zero.m * at_zero.m,
        mx: -c * at_zero.m,
        mt: s * at_zero.mt + c * at_zero.m * at_zero.t,
        xx: c - pi * rest,
        xt: -c * at_zero.t,
        tt: s * at_zero.tt + c * at_zero.t * at_zero.t,
    }
}

/// Subtracts ln(1 − f(0)): with r = f(0)/(1 − f(0)) it adds r dℓ₀, and r d²ℓ₀ + r (1 + r) dℓ₀² to the second.
fn truncated(s: &Slopes, at_zero: &Slopes) -> Slopes {
    let r = 1.0 / (-at_zero.ll).exp_m1();
    let rr = r * (1.0 + r);
    Slopes {
        ll: s.ll - (-at_zero.ll.exp_m1()).ln(),
        m: s.m + r * at_zero.m,
        t: s.t + r * at_zero.t,
        mm: s.mm + r * at_zero.mm + rr * at_zero.m * at_zero.m,
        mt: s.mt + r * at_zero.mt + rr * at_zero.m * at_zero.t,
        tt: s.tt + r * at_zero.tt + rr * at_zero.t * at_zero.t,
    }
}

/// Count problem, rows of the zero part, and what joins them. Parameters: γ (k), ζ (q), then ln θ for NB2.
#[derive(Debug, Clone)]
pub(super) struct Joint {
    pub(super) count: Problem,
    /// Working rows of the zero part, n × q.
    pub(super) z: Vec<f64>,
    pub(super) q: usize,
    /// Offset of the zero predictor, n.
    pub(super) zero_offset: Vec<f64>,
    /// Poisson or NB2.
    pub(super) family: Family,
    pub(super) part: ZeroPart,
    /// Rows that count part and zero part settle in the limit.
    pub(super) gone: [Vec<bool>; 2],
}

impl Joint {
    /// Whether ln θ is a parameter.
    pub(super) fn free(&self) -> bool {
        self.family.has_dispersion()
    }

    /// Whether the count part has a say in observation `i`.
    pub(super) fn counts(&self, i: usize) -> bool {
        let zero = self.count.y[i] == 0.0;
        match self.part {
            ZeroPart::Hurdle => !zero && !self.gone[0][i],
            _ => !(self.gone[0][i] || zero && self.gone[1][i]),
        }
    }

    /// Whether the zero part has a say in observation `i`.
    fn has_zero_part(&self, i: usize) -> bool {
        !self.gone[1][i] && (self.part == ZeroPart::Hurdle || !self.gone[0][i])
    }

    fn zero_row(&self, i: usize) -> &[f64] {
        &self.z[i * self.q..(i + 1) * self.q]
    }

    /// Zero predictor of observation `i`.
    pub(super) fn xi(&self, i: usize, p: &[f64]) -> f64 {
        self.zero_offset[i] + dot(self.zero_row(i), &p[self.count.k..self.count.k + self.q])
    }

    /// Variance of the zero predictor of observation `i` from the covariance of all working parameters.
    pub(super) fn xi_variance(&self, i: usize, covariance: &[f64]) -> f64 {
        let (z, k) = (self.zero_row(i), self.count.k);
        let dim = covariance.len().isqrt();
        let row = |a: usize| &covariance[(k + a) * dim + k..(k + a) * dim + k + self.q];
        z.iter().enumerate().map(|(a, v)| v * dot(row(a), z)).sum()
    }

    /// Terms of an observation that a part settles: what the other says alone.
    fn settled(&self, i: usize, kernel: &Kernel, m: f64, xi: f64) -> Terms {
        let y = self.count.y[i];
        let zeros = if self.has_zero_part(i) { self.terms(kernel, 0.0, 1.0, xi) } else { Terms::default() };
        if !self.counts(i) {
            // Of a hurdle's ones, the zero part says that they are above 0.
            let sign = if y > 0.0 { -softplus(-xi) - zeros.ll } else { 0.0 };
            let shift = if y > 0.0 && self.has_zero_part(i) { (sign, 1.0) } else { (0.0, 0.0) };
            return Terms { ll: zeros.ll + shift.0, x: zeros.x + shift.1, ..zeros };
        }
        let at = |y: f64| kernel.slopes(y, m, m.ln(), 1.0);
        match self.part {
            ZeroPart::Hurdle => apart(&truncated(&at(y), &at(0.0)), 0.0, 0.0, 0.0),
            _ => apart(&at(y), 0.0, 0.0, 0.0),
        }
    }

    fn terms(&self, kernel: &Kernel, y: f64, m: f64, xi: f64) -> Terms {
        let (ln_m, pi) = (m.ln(), logistic(xi));
        let at = |y: f64| kernel.slopes(y, m, ln_m, 1.0);
        let curve = -pi * logistic(-xi);
        match (self.part, y == 0.0) {
            (ZeroPart::Hurdle, true) => Terms { ll: -softplus(xi), x: -pi, xx: curve, ..Terms::default() },
            (ZeroPart::Hurdle, false) => apart(&truncated(&at(y), &at(0.0)), -softplus(-xi), 1.0 - pi, curve),
            (_, true) => inflated_zero(&at(0.0), xi),
            (_, false) => apart(&at(y), -softplus(xi), -pi, curve),
        }
    }

    /// Calls `add(i, weight, terms, directions)` for each observation; directions are (J, z, 1) over the parameters.
    /// Returns the log-likelihood less the ln y! terms.
    fn each(&self, p: &[f64], mut add: impl FnMut(usize, f64, &Terms, &[f64])) -> f64 {
        let (k, q) = (self.count.k, self.q);
        let kernel = Kernel::new(self.family, p.get(k + q).copied().unwrap_or(0.0));
        let mut a = vec![1.0; p.len()];
        let mut ll = 0.0;
        for i in (0..self.count.n()).filter(|i| self.count.w[*i] > 0.0) {
            let counts = self.counts(i);
            let mut m = 1.0;
            if counts {
                (m, _) = mean_and_gradient(&self.count, &p[..k], i, &mut a[..k]);
                if !(m > 0.0 && m < 1e300) {
                    return f64::NEG_INFINITY;
                }
            } else {
                a[..k].fill(0.0);
            }
            a[k..k + q].copy_from_slice(self.zero_row(i));
            let xi = self.xi(i, p);
            let terms = if self.gone[0][i] || self.gone[1][i] {
                self.settled(i, &kernel, m, xi)
            } else {
                self.terms(&kernel, self.count.y[i], m, xi)
            };
            ll += self.count.w[i] * terms.ll;
            add(i, self.count.w[i], &terms, &a);
        }
        if ll.is_nan() { f64::NEG_INFINITY } else { ll }
    }

    /// Value; fills the gradient and the lower triangle of the negative Hessian.
    pub(super) fn evaluate(&self, p: &[f64], gradient: &mut [f64], info: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        info.fill(0.0);
        self.each(p, |i, w, s, a| self.add(p, (i, w), s, a, gradient, info))
    }

    /// Adds observation `i` of weight `w` to gradient and negative Hessian.
    fn add(&self, p: &[f64], (i, w): (usize, f64), s: &Terms, a: &[f64], gradient: &mut [f64], info: &mut [f64]) {
        let (k, q, dim) = (self.count.k, self.q, p.len());
        let first = [s.m, s.x, s.t];
        let second = [[s.mm, s.mx, s.mt], [s.mx, s.xx, s.xt], [s.mt, s.xt, s.tt]];
        let block = |j: usize| usize::from(j >= k) + usize::from(j >= k + q);
        for j in 0..dim {
            gradient[j] += w * first[block(j)] * a[j];
            for l in 0..=j {
                info[j * dim + l] -= w * second[block(j)][block(l)] * a[j] * a[l];
            }
        }
        for e in self.count.entries(i).filter(|_| self.counts(i)) {
            let (_, _, d2) = mean_and_slopes(self.count.link, self.count.eta(e, &p[..k]));
            add_outer(info, dim, -w * s.m * self.count.share(e) * d2, &self.count.row(e));
        }
    }

    /// Calls `see(i, score, negative Hessian)` for each observation of positive weight, the Hessian's lower triangle filled.
    pub(super) fn each_alone(&self, p: &[f64], mut see: impl FnMut(usize, &[f64], &[f64])) {
        let dim = p.len();
        let (mut score, mut info) = (vec![0.0; dim], vec![0.0; dim * dim]);
        self.each(p, |i, w, s, a| {
            score.fill(0.0);
            info.fill(0.0);
            self.add(p, (i, w), s, a, &mut score, &mut info);
            see(i, &score, &info);
        });
    }

    /// Expected information Σ w E[s s'], both triangles, the moments of s in (m, ξ, t) summed over the counts; `None` where
    /// an observation would take more than [`MOST_COUNTS`], or a part settles one.
    pub(super) fn expected_information(&self, p: &[f64]) -> Option<Vec<f64>> {
        let (k, q, dim) = (self.count.k, self.q, p.len());
        if self.gone.iter().flatten().any(|g| *g) {
            return None;
        }
        let kernel = Kernel::new(self.family, p.get(k + q).copied().unwrap_or(0.0));
        let mut a = vec![1.0; dim];
        let mut info = vec![0.0; dim * dim];
        for i in (0..self.count.n()).filter(|i| self.count.w[*i] > 0.0) {
            let (m, _) = mean_and_gradient(&self.count, &p[..k], i, &mut a[..k]);
            a[k..k + q].copy_from_slice(self.zero_row(i));
            let moments = self.moments(&kernel, m, self.xi(i, p))?;
            let block = |j: usize| usize::from(j >= k) + usize::from(j >= k + q);
            for j in 0..dim {
                for l in 0..dim {
                    info[j * dim + l] += self.count.w[i] * moments[block(j)][block(l)] * a[j] * a[l];
                }
            }
        }
        Some(info)
    }

    /// E[s s'] of one observation in (m, ξ, t).
    fn moments(&self, kernel: &Kernel, m: f64, xi: f64) -> Option<[[f64; 3]; 3]> {
        let deviation = kernel.variance(m, 1.0).sqrt();
        let first = (m - REACH * deviation).floor().max(1.0);
        let mut moments = [[0.0; 3]; 3];
        let mut add = |y: f64| {
            let s = self.terms(kernel, y, m, xi);
            let probability = (s.ll - left_out(y)).exp();
            let d = [s.m, s.x, s.t];
            (0..9).for_each(|e| moments[e / 3][e % 3] += probability * d[e / 3] * d[e % 3]);
            probability
        };
        add(0.0);
        for step in 0..MOST_COUNTS {
            let y = first + step as f64;
            if add(y) < LEAST && y > m {
                return Some(moments);
            }
        }
        None
    }

    /// Score of each observation, n × parameters.
    pub(super) fn scores(&self, p: &[f64]) -> Vec<f64> {
        let (k, q, dim) = (self.count.k, self.q, p.len());
        let mut out = vec![0.0; self.count.n() * dim];
        self.each(p, |i, w, s, a| {
            for j in 0..dim {
                let first = if j < k {
                    s.m
                } else if j < k + q {
                    s.x
                } else {
                    s.t
                };
                out[i * dim + j] = w * first * a[j];
            }
        });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::inference::problem::build;
    use crate::model::Link;
    use ndarray::Array2;

    #[test]
    fn gradient_and_hessian_equal_finite_differences() {
        let n = 20;
        let x = Array2::from_shape_fn((n, 2), |(i, j)| if j == 0 { 1.0 } else { (i as f64).sin() });
        let y = (0..n).map(|i| if i % 3 == 0 { 0.0 } else { (i * 7 % 5) as f64 }).collect();
        let d = Design::new(vec!["a".into(), "b".into()], x, y).unwrap();
        let (count, basis) = build(&d, &(0..n).collect::<Vec<_>>(), &[0, 1], None, Link::Log);
        for family in [Family::Poisson, Family::Nb2] {
            for part in [ZeroPart::Inflated, ZeroPart::Hurdle] {
                let zero_offset = (0..n).map(|i| 0.1 * i as f64).collect();
                let z = count.z.flat().values.to_vec();
                let gone = [vec![false; n], vec![false; n]];
                let joint = Joint { z, q: 2, zero_offset, count: count.clone(), family, part, gone };
                let mut p = basis.qr.times(&[0.7, 0.3]);
                p.extend(basis.qr.times(&[-0.4, 0.6]));
                p.extend(joint.free().then_some(0.5));
                check(&joint, &p);
                check_expected(&joint, &p);
            }
        }
    }

    /// E[s s'] = −E[H] (Bartlett): the negative Hessian, averaged over the counts of each observation by their probabilities.
    fn check_expected(joint: &Joint, p: &[f64]) {
        let dim = p.len();
        let mut sum = vec![0.0; dim * dim];
        for i in 0..joint.count.n() {
            for y in 0..400 {
                let mut one = joint.clone();
                one.count.w = (0..one.count.n()).map(|l| f64::from(u8::from(l == i))).collect();
                one.count.y[i] = f64::from(y);
                let (mut g, mut h) = (vec![0.0; dim], vec![0.0; dim * dim]);
                let ll = one.evaluate(p, &mut g, &mut h);
                sum.iter_mut().zip(&h).for_each(|(s, h)| *s += (ll - left_out(f64::from(y))).exp() * h);
            }
        }
        let found = joint.expected_information(p).unwrap();
        for i in 0..dim {
            for j in 0..=i {
                let (a, b) = (found[i * dim + j], sum[i * dim + j]);
                assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{i} {j} {a} {b}");
                assert!((a - found[j * dim + i]).abs() < 1e-13 * (1.0 + a.abs()));
            }
        }
    }

    fn check(joint: &Joint, p: &[f64]) {
        let dim = p.len();
        let at = |p: &[f64]| {
            let (mut g, mut h) = (vec![0.0; dim], vec![0.0; dim * dim]);
            let value = joint.evaluate(p, &mut g, &mut h);
            (value, g, h)
        };
        let (_, g, h) = at(p);
        let scores = joint.scores(p);
        for j in 0..dim {
            let moved = |by: f64| {
                let mut q = p.to_vec();
                q[j] += by;
                at(&q)
            };
            let e = 1e-3;
            let stencil = |f: &dyn Fn(f64) -> f64| (8.0 * (f(e) - f(-e)) - (f(2.0 * e) - f(-2.0 * e))) / (12.0 * e);
            assert!((g[j] - stencil(&|by| moved(by).0)).abs() < 1e-7 * (1.0 + g[j].abs()));
            let total: f64 = (0..joint.count.n()).map(|i| scores[i * dim + j]).sum();
            assert!((total - g[j]).abs() < 1e-10 * (1.0 + g[j].abs()));
            for i in j..dim {
                let expected = -stencil(&|by| moved(by).1[i]);
                let actual = h[i * dim + j];
                assert!((actual - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{i} {j} {actual} {expected}");
            }
        }
    }
}
