//! Special functions in the forms that lose no digits: Stirling remainders of lnΓ, ψ and ψ', and ln(1 + u) − u.
//!
//! With x > 0 (Abramowitz and Stegun 1964, 6.1.40, 6.3.18, 6.4.11):
//!
//! * s(x) = lnΓ(x) − (x − ½) ln x + x − ½ ln 2π = 1/(12 x) − …
//! * e(x) = ln x − 1/(2x) − ψ(x)               = 1/(12 x²) − …
//! * f(x) = ψ'(x) − 1/x − 1/(2x²)              = 1/(6 x³) − …
//!
//! Differences of them are exact near the Poisson limit of the negative binomial, where lnΓ(y + r) − lnΓ(r) is not.

/// ½ ln 2π.
pub const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;

/// The remainders s, e, f at one x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Remainders {
    /// Of lnΓ.
    pub s: f64,
    /// Of ψ.
    pub e: f64,
    /// Of ψ'.
    pub f: f64,
}

/// The series, good to the last digit from here on.
const SERIES_FROM: f64 = 10.0;

#[inline]
fn series(x: f64) -> Remainders {
    let i = 1.0 / x;
    let q = i * i;
    let s = 1.0 / 1188.0 + q * (-691.0 / 360_360.0 + q * (1.0 / 156.0 - q * (3617.0 / 122_400.0)));
    let e = 1.0 / 132.0 + q * (-691.0 / 32_760.0 + q * (1.0 / 12.0 - q * (3617.0 / 8160.0)));
    let f = 5.0 / 66.0 + q * (-691.0 / 2730.0 + q * (7.0 / 6.0 - q * (3617.0 / 510.0)));
    Remainders {
        s: i * (1.0 / 12.0 + q * (-1.0 / 360.0 + q * (1.0 / 1260.0 + q * (-1.0 / 1680.0 + q * s)))),
        e: q * (1.0 / 12.0 + q * (-1.0 / 120.0 + q * (1.0 / 252.0 + q * (-1.0 / 240.0 + q * e)))),
        f: i * q * (1.0 / 6.0 + q * (-1.0 / 30.0 + q * (1.0 / 42.0 + q * (-1.0 / 30.0 + q * f)))),
    }
}

/// s, e and f at `x` > 0.
#[inline]
pub fn remainders(x: f64) -> Remainders {
    if x >= SERIES_FROM {
        return series(x);
    }
    // Γ(x) = Γ(X) / (x (x+1) … (X−1)), and its logarithmic derivatives.
    let (mut top, mut product, mut sum, mut squares) = (x, 1.0, 0.0, 0.0);
    while top < SERIES_FROM {
        let i = 1.0 / top;
        product *= top;
        sum += i;
        squares += i * i;
        top += 1.0;
    }
    let r = series(top);
    let (i, it) = (1.0 / x, 1.0 / top);
    let log = (top / x).ln();
    Remainders {
        s: r.s + (top - 0.5) * log - (top - x) + (top - x) * x.ln() - product.ln(),
        e: r.e - log + 0.5 * (it - i) + sum,
        f: r.f + it - i + 0.5 * (it * it - i * i) + squares,
    }
}

/// ψ(x), x > 0.
pub fn digamma(x: f64) -> f64 {
    x.ln() - 0.5 / x - remainders(x).e
}

/// ψ'(x), x > 0.
pub fn trigamma(x: f64) -> f64 {
    1.0 / x + 0.5 / (x * x) + remainders(x).f
}

/// ln(1 + u) − u without cancellation, u > −1.
#[inline]
pub fn ln_1p_less(u: f64) -> f64 {
    if u.abs() >= 0.1 {
        return u.ln_1p() - u;
    }
    // ln(1 + u) = 2 artanh(r), r = u / (2 + u), and 2r − u = −u r.
    let r = u / (2.0 + u);
    let q = r * r;
    let tail = 1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q * (1.0 / 15.0)));
    2.0 * r * q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * tail))) - u * r
}

/// ln(a / b) − (a − b) / b, given `difference` = a − b, which the caller knows without cancellation.
#[inline]
pub fn log_ratio_less(a: f64, b: f64, difference: f64) -> f64 {
    let u = difference / b;
    if u.abs() < 0.1 { ln_1p_less(u) } else { (a / b).ln() - u }
}

/// ln(a / b), given `difference` = a − b: no digits lost near 0, and quicker than `ln_1p`.
#[inline]
pub fn log_ratio(a: f64, b: f64, difference: f64) -> f64 {
    let u = difference / b;
    if u.abs() < 0.1 { ln_1p_less(u) + u } else { (a / b).ln() }
}

/// Counts from which log-likelihoods are measured from that of the Poisson of mean y.
pub const LARGE: f64 = 1e4;

/// What depends on the count alone and is left out while fitting: ln y!, or for a large count −ln of the Poisson's
/// probability of y at mean y: with y of 10¹² the terms y ln μ and ln y! are about 10¹³, and their difference has no digits.
#[inline]
pub fn left_out(y: f64) -> f64 {
    if y < LARGE { ln_factorial(y) } else { 0.5 * y.ln() + HALF_LN_2PI + remainders(y).s }
}

/// ln y!, for whole y ≥ 0.
pub fn ln_factorial(y: f64) -> f64 {
    if y < 2.0 { 0.0 } else { (y + 0.5) * y.ln() - y + HALF_LN_2PI + remainders(y).s }
}
