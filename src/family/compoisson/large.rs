//! Conway–Maxwell–Poisson with many terms: the asymptotic series of ln Z.
//!
//! With a = λ^(1/ν), s = ln a (Gaunt, Iyengar, Olde Daalhuis and Simsek 2019, "An asymptotic expansion for the normalizing
//! constant of the Conway–Maxwell–Poisson distribution", Annals of the Institute of Statistical Mathematics 71, 163–180),
//!
//! ln Z = ν a − ½ (ν − 1)(ln 2π + s) − ½ ln ν + Σ_k q_k(ν) a^(−k),
//!
//! q₁ = (ν − 1/ν)/24, q₂ = (1 − 1/ν²)/48, q₃ = (−9 ν + 170/ν − 161/ν³)/5760: the logarithm of their series. Moments are its
//! derivatives. To lose no digits at large a, L = ln Y! is replaced by L' = L − s Y with s held: then −∂/∂ν at fixed s
//! gives the cumulants of L', and no combination that fitting needs changes.

use super::Moments;
use crate::family::poisson;
use crate::inference::special::ln_factorial;

const LN_2PI: f64 = 1.837_877_066_409_345_5;

/// Means over ν from which the series is used: a direct sum would take thousands of terms.
const FROM: f64 = 5e4;

/// q_k as Σ c ν^p: (c, p), k = 1, 2, 3.
const Q: [&[(f64, i32)]; 3] = [
    &[(1.0 / 24.0, 1), (-1.0 / 24.0, -1)],
    &[(1.0 / 48.0, 0), (-1.0 / 48.0, -2)],
    &[(-9.0 / 5760.0, 1), (170.0 / 5760.0, -1), (-161.0 / 5760.0, -3)],
];

/// Whether the series holds to the last digits that matter at mean `mu`.
pub fn holds(mu: f64, nu: f64) -> bool {
    mu > FROM * nu && mu * nu > 100.0
}

/// Σ_k k^`power` a^(−k) d^`order`/dν^`order` (q_k ν^(−`over`)).
fn sum(a: f64, nu: f64, power: i32, over: i32, order: i32) -> f64 {
    let term = |(c, p): &(f64, i32)| {
        let p = p - over;
        (0..order).fold(*c, |c, j| c * f64::from(p - j)) * nu.powi(p - order)
    };
    (1..4_i32).map(|k| f64::from(k).powi(power) * a.powi(-k) * Q[k as usize - 1].iter().map(term).sum::<f64>()).sum()
}

/// a at mean μ.
pub fn solve(mu: f64, nu: f64) -> f64 {
    let shift = (nu - 1.0) / (2.0 * nu);
    (0..6).fold(mu + shift, |a, _| mu + shift + sum(a, nu, 1, 1, 0))
}

/// ln P(y) at a.
pub fn log_pmf(y: f64, a: f64, nu: f64) -> f64 {
    nu * poisson::log_pmf(y, a) + 0.5 * (nu - 1.0) * (LN_2PI + a.ln()) + 0.5 * nu.ln() - sum(a, nu, 0, 0, 0)
}

/// Moments of Y and L', and E L' less ln y! − s y in the place of `l`.
pub fn moments(y: f64, mu: f64, a: f64, nu: f64) -> Moments {
    let s = a.ln();
    let less = 0.5 * (LN_2PI + s) + 0.5 / nu - sum(a, nu, 0, 0, 1);
    Moments {
        eta: nu * s,
        ln_z: y * nu * s - nu * ln_factorial(y) - log_pmf(y, a, nu),
        mean: mu,
        v: a / nu + sum(a, nu, 2, 2, 0),
        // −ln y! + s y = ln Poisson(y; a) + a.
        l: less + poisson::log_pmf(y, a),
        c: 0.5 / (nu * nu) + sum(a, nu, 1, 1, 1),
        ll: 0.5 / (nu * nu) + sum(a, nu, 0, 0, 2),
        third: [
            a / (nu * nu) - sum(a, nu, 3, 3, 0),
            a / (nu * nu) - sum(a, nu, 2, 2, 1),
            1.0 / nu.powi(3) - sum(a, nu, 1, 1, 2),
        ],
    }
}

/// Skewness.
fn skewness(m: &Moments) -> f64 {
    m.third[0] / m.v.powf(1.5)
}

/// P(Y ≤ y): normal with the skewness corrected (Edgeworth), good to the inverse of the variance.
pub fn cdf(y: f64, mu: f64, nu: f64) -> f64 {
    let m = moments(y, mu, solve(mu, nu), nu);
    let z = (y.floor() + 0.5 - mu) / m.v.sqrt();
    let density = (-0.5 * z * z).exp() / LN_2PI.exp().sqrt();
    let normal = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    (normal - density * skewness(&m) * (z * z - 1.0) / 6.0).clamp(0.0, 1.0)
}

/// The count at the normal number `z`, skewness corrected (Cornish and Fisher).
pub fn at_normal(z: f64, mu: f64, nu: f64) -> f64 {
    let m = moments(mu.floor(), mu, solve(mu, nu), nu);
    (mu + m.v.sqrt() * (z + skewness(&m) * (z * z - 1.0) / 6.0)).round().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::special::ln_factorial;

    /// By the sum itself in 40 digits: tests/reference/family_mpmath/compoisson.py, mpmath 1.4.1.
    #[test]
    fn equals_the_sum_in_high_precision() {
        let reference = [
            (20_000.0, 20_100.5, 0.3, -6.549_917_077_935_634),
            (101_000.0, 100_000.25, 1.7, -14.886_103_937_782_18),
            (400_500.0, 400_000.0, 6.0, -8.350_637_463_830_811),
        ];
        for (y, a, nu, expected) in reference {
            let actual = log_pmf(y, a, nu);
            assert!((actual - expected).abs() < 1e-10 * (1.0 + expected.abs()), "{y} {a} {nu} {actual} {expected}");
        }
    }

    #[test]
    fn meets_the_direct_sum_and_the_poisson() {
        // Just below the border the sum is still taken: all that fitting uses agrees.
        for (mu, nu) in [(9_000.0, 0.2), (30_000.0, 0.7), (60_000.0, 1.3), (200_000.0, 4.5)] {
            for y in [mu, mu + 3.0 * f64::sqrt(mu / nu).round()] {
                let (direct, series) = (super::super::by_sum(y, mu, nu), super::super::by_series(y, mu, nu));
                let pairs =
                    [(direct.m, series.m), (direct.t, series.t), (direct.mm, series.mm), (direct.mt, series.mt)];
                for (d, s) in pairs {
                    assert!((d - s).abs() < 2e-6 * (1.0 / mu + d.abs()), "{mu} {nu} {y} {direct:?} {series:?}");
                }
                // The sum's own ∂²/∂t² cancels; the series' is held against differences of ∂/∂t.
                let t = |by: f64| super::super::by_series(y, mu, nu * f64::exp(by)).t;
                let h = 1e-3;
                let second = (8.0 * (t(h) - t(-h)) - (t(2.0 * h) - t(-2.0 * h))) / (12.0 * h);
                assert!(
                    (second - series.tt).abs() < 1e-8 * (0.1 + series.tt.abs()),
                    "{mu} {nu} {y} {second} {series:?}"
                );
                assert!((direct.ll - series.ll).abs() < 1e-8 * (1.0 + ln_factorial(y)));
            }
        }
        for (y, mu) in [(1e6, 1.001e6), (1e12, 1e12 + 1e6)] {
            let (a, expected) = (solve(mu, 1.0), crate::family::poisson::log_pmf(y, mu));
            assert!((log_pmf(y, a, 1.0) - expected).abs() < 1e-9 * (1.0 + expected.abs()));
        }
    }
}
