//! Log probabilities of counts and their first two derivatives in the mean `m` and the dispersion `a`.
//!
//! `a` is α = 1/θ for NB2 (variance m + a m²) and φ for NB1 (variance m (1 + a)); the Poisson is `a = 0` of both, and
//! everything below is smooth there, so a dispersion on its boundary is an ordinary point. With
//! `L = Σ_{j<y} ln(1 + r j)`, `T = ∂L/∂r`, `−U = ∂²L/∂r²` and `h(u) = (ln(1+u) − u/(1+u))/u²`:
//!
//! - NB2, `r = a`, `u = a m`: `ℓ = L − (y + 1/a) ln(1+u) + y ln m − ln y!`,
//!   `ℓ_m = (y−m)/(m(1+u))`, `ℓ_a = T + m² h(u) − y m/(1+u)`;
//! - NB1, `r = a/m`: `ℓ = L + y ln m − (m/a + y) ln(1+a) − ln y!`,
//!   `ℓ_m = (y − r T)/m − ln(1+a)/a`, `ℓ_a = T/m + m h(a) − y/(1+a)`.

use crate::family::Family;

/// ℓ and its derivatives at one count.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Terms {
    /// ℓ, without −ln y!.
    pub l: f64,
    /// ∂ℓ/∂m.
    pub m: f64,
    /// ∂ℓ/∂a.
    pub a: f64,
    /// ∂²ℓ/∂m².
    pub mm: f64,
    /// ∂²ℓ/∂m∂a.
    pub ma: f64,
    /// ∂²ℓ/∂a².
    pub aa: f64,
}

/// `L`, `T`, `U` of one `r` for every `y`: prefix sums up to a limit, Euler–Maclaurin beyond it.
#[derive(Debug, Clone)]
pub struct Rising {
    r: f64,
    prefix: Vec<[f64; 3]>,
}

impl Rising {
    /// For counts up to `largest`.
    pub fn new(r: f64, largest: f64) -> Self {
        let n = largest.min(256.0) as usize;
        let mut prefix = Vec::with_capacity(n + 1);
        let mut s = [0.0; 3];
        prefix.push(s);
        for j in 0..n {
            add_term(&mut s, r, j as f64);
            prefix.push(s);
        }
        Rising { r, prefix }
    }

    /// `[L, T, U]` at `y`.
    pub fn at(&self, y: f64) -> [f64; 3] {
        let n = self.prefix.len() - 1;
        match self.prefix.get(y as usize) {
            Some(s) => *s,
            None => beyond(self.prefix[n], self.r, n as f64, y),
        }
    }
}

/// `[L, T, U]` at one `y`, without a table.
pub fn rising(r: f64, y: f64) -> [f64; 3] {
    let head = y.min(32.0);
    let mut s = [0.0; 3];
    for j in 0..head as usize {
        add_term(&mut s, r, j as f64);
    }
    if y > head { beyond(s, r, head, y) } else { s }
}

fn add_term(s: &mut [f64; 3], r: f64, j: f64) {
    let g = j / (1.0 + r * j);
    s[0] += (r * j).ln_1p();
    s[1] += g;
    s[2] += g * g;
}

/// Adds the terms from `from` to `y − 1` by Euler–Maclaurin up to the fifth derivative.
fn beyond(mut s: [f64; 3], r: f64, from: f64, y: f64) -> [f64; 3] {
    let (hi, lo) = (euler(r, y), euler(r, from));
    for (s, (h, l)) in s.iter_mut().zip(hi.iter().zip(&lo)) {
        *s += h - l;
    }
    s
}

/// `∫₀ˣ f − f/2 + f'/12 − f'''/720 + f⁽⁵⁾/30240` at x for the three summands.
fn euler(r: f64, x: f64) -> [f64; 3] {
    let v = r * x;
    let u = 1.0 + v;
    let g = x / u;
    let sum = |f: f64, d1: f64, d3: f64, d5: f64| -0.5 * f + d1 / 12.0 - d3 / 720.0 + d5 / 30240.0;
    let (r2, r3) = (r * r, r * r * r);
    [
        x * k_of(v) + sum(v.ln_1p(), r / u, 2.0 * r3 / u.powi(3), 24.0 * r2 * r3 / u.powi(5)),
        x * x * m_of(v) + sum(g, 1.0 / (u * u), 6.0 * r2 / u.powi(4), 120.0 * r2 * r2 / u.powi(6)),
        x.powi(3) * n_of(v)
            + sum(g * g, 2.0 * x / u.powi(3), 12.0 * r * (v - 1.0) / u.powi(5), 240.0 * r3 * (v - 2.0) / u.powi(7)),
    ]
}

/// Alternating power series `Σ (−v)^k c(k)`, for |v| < 0.1.
fn series(v: f64, c: impl Fn(f64) -> f64) -> f64 {
    (0..20).rev().fold(0.0, |s, k| c(f64::from(k)) - v * s)
}

/// `((1+v) ln(1+v) − v)/v`.
fn k_of(v: f64) -> f64 {
    if v.abs() < 0.1 { v * series(v, |k| 1.0 / ((k + 1.0) * (k + 2.0))) } else { ((1.0 + v) * v.ln_1p() - v) / v }
}

/// `(v − ln(1+v))/v²`.
fn m_of(v: f64) -> f64 {
    if v.abs() < 0.1 { series(v, |k| 1.0 / (k + 2.0)) } else { (v - v.ln_1p()) / (v * v) }
}

/// `(1 + v − 2 ln(1+v) − 1/(1+v))/v³`.
fn n_of(v: f64) -> f64 {
    if v.abs() < 0.1 {
        series(v, |k| (k + 1.0) / (k + 3.0))
    } else {
        (1.0 + v - 2.0 * v.ln_1p() - 1.0 / (1.0 + v)) / v.powi(3)
    }
}

/// `h(u)` and `h'(u)`.
fn h_of(u: f64) -> (f64, f64) {
    if u.abs() < 0.1 {
        (series(u, |k| (k + 1.0) / (k + 2.0)), -series(u, |k| (k + 1.0) * (k + 2.0) / (k + 3.0)))
    } else {
        let h = (u.ln_1p() - u / (1.0 + u)) / (u * u);
        (h, (1.0 / ((1.0 + u) * (1.0 + u)) - 2.0 * h) / u)
    }
}

/// Terms of a family; the quasi-Poisson has the Poisson's. `sums` is `[L, T, U]` for NB2 and is not read elsewhere.
pub fn terms(family: Family, y: f64, m: f64, a: f64, sums: [f64; 3]) -> Terms {
    match family {
        Family::Nb2 => nb2(y, m, a, sums),
        Family::Nb1 => nb1(y, m, a),
        _ => poisson(y, m),
    }
}

fn y_ln(y: f64, m: f64) -> f64 {
    if y == 0.0 { 0.0 } else { y * m.ln() }
}

/// Poisson.
pub fn poisson(y: f64, m: f64) -> Terms {
    Terms { l: y_ln(y, m) - m, m: y / m - 1.0, mm: -y / (m * m), ..Terms::default() }
}

fn nb2(y: f64, m: f64, a: f64, [l, t, u2]: [f64; 3]) -> Terms {
    let u = a * m;
    let q = 1.0 / (1.0 + u);
    let log = u.ln_1p();
    let per_a = if a == 0.0 { m } else { log / a };
    let (h, dh) = h_of(u);
    Terms {
        l: l - y * log - per_a + y_ln(y, m),
        m: (y - m) / m * q,
        a: t + m * m * h - y * m * q,
        mm: -y / (m * m) + a * (1.0 + a * y) * q * q,
        ma: -(y - m) * q * q,
        aa: -u2 + m.powi(3) * dh + y * m * m * q * q,
    }
}

fn nb1(y: f64, m: f64, a: f64) -> Terms {
    let r = a / m;
    let [l, t, u2] = rising(r, y);
    let t2 = t - r * u2;
    let s1 = y - r * t;
    let s2 = s1 - r * t2;
    let log = a.ln_1p();
    let per_a = if a == 0.0 { 1.0 } else { log / a };
    let (h, dh) = h_of(a);
    Terms {
        l: l + y_ln(y, m) - m * per_a - y * log,
        m: s1 / m - per_a,
        a: t / m + m * h - y / (1.0 + a),
        mm: -s2 / (m * m),
        ma: -t2 / (m * m) + h,
        aa: -u2 / (m * m) + m * dh + y / ((1.0 + a) * (1.0 + a)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libm::lgamma;

    fn at(family: Family, y: f64, m: f64, a: f64) -> Terms {
        terms(family, y, m, a, Rising::new(a, y).at(y))
    }

    #[test]
    fn agrees_with_the_family_and_is_continuous_at_the_poisson() {
        for y in [0.0, 1.0, 7.0, 33.0, 300.0, 2914.0, 120_000.0] {
            for m in [0.3, 6.0, 2500.0] {
                for a in [1e-3, 0.03, 0.7, 4.0] {
                    for (family, d) in [(Family::Nb2, 1.0 / a), (Family::Nb1, a)] {
                        let want = family.log_pmf(y, m, d) + lgamma(y + 1.0);
                        let got = at(family, y, m, a).l;
                        assert!((got - want).abs() < 1e-9 * (1.0 + want.abs()), "{family:?} {y} {m} {a} {got} {want}");
                    }
                }
                let p = poisson(y, m);
                for family in [Family::Nb1, Family::Nb2] {
                    let t = at(family, y, m, 0.0);
                    assert!(
                        (t.l - p.l).abs() < 1e-9 * (1.0 + p.l.abs()) && (t.m - p.m).abs() < 1e-9 * (1.0 + p.m.abs())
                    );
                }
            }
        }
    }

    #[test]
    fn derivatives_equal_finite_differences() {
        for family in [Family::Nb1, Family::Nb2] {
            for y in [0.0, 3.0, 40.0, 700.0] {
                for m in [0.8, 35.0] {
                    for a in [2e-3, 0.05, 1.3] {
                        let t = at(family, y, m, a);
                        let (hm, ha) = (1e-5 * m, 1e-5 * a);
                        let (u, d) = (at(family, y, m + hm, a), at(family, y, m - hm, a));
                        let (ua, da) = (at(family, y, m, a + ha), at(family, y, m, a - ha));
                        let near = |x: f64, y: f64, s: f64| assert!((x - y).abs() < 2e-6 * (s + x.abs()), "{x} {y}");
                        near(t.m, (u.l - d.l) / (2.0 * hm), 0.1 + t.l.abs() / m);
                        near(t.a, (ua.l - da.l) / (2.0 * ha), 0.1 + t.l.abs() / a * 1e-3);
                        near(t.mm, (u.m - d.m) / (2.0 * hm), 1e-3);
                        near(t.ma, (ua.m - da.m) / (2.0 * ha), 1e-3);
                        near(t.aa, (ua.a - da.a) / (2.0 * ha), 1e-2);
                    }
                }
            }
        }
    }
}
