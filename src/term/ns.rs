//! `ns(x, df)`: natural cubic spline, as R's `splines::ns`: df − 1 internal knots at quantiles of the history, boundary
//! knots at its range, second derivative 0 there, linear beyond.
//!
//! The cubic B-spline basis b (first function left out) is turned by Q′ of the QR decomposition (Householder) of the
//! transposed 2 × m matrix of second derivatives at the boundary knots; the columns after the second are the basis.

use super::basis::{Basis, Function};
use super::spline::{Knots, Wanted};
use super::{Args, Entry, Reads, Term};
use crate::error::Result;
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    name: "ns",
    params: &["x", "df", "knots", "Boundary.knots"],
    usage: "ns(x, df = 3) or ns(x, knots = c(2, 5))",
    about: "natural cubic spline with R's knots, linear beyond the history's range",
    reads: Reads::Learnt("the knots"),
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let wanted = Wanted::read(args, 1)?;
    Ok(Box::new(Basis { name: "ns", inner: args.inner()?, learn: move |x: &[f64]| learn(x, &wanted) }))
}

fn learn(x: &[f64], wanted: &Wanted) -> Result<(usize, Function)> {
    let knots = Knots::learn(x, wanted, 4, "ns")?;
    let (low, high) = knots.boundary;
    let second = |x| knots.at(x, 2)[1..].to_vec();
    let reflections = householder(second(low), second(high));
    let f = move |x: f64, out: &mut [f64]| {
        let nearest = x.clamp(low, high);
        let mut b = knots.at(nearest, 0);
        if x != nearest {
            let slope = knots.at(nearest, 1);
            b.iter_mut().zip(slope).for_each(|(b, s)| *b += s * (x - nearest));
        }
        let b = &mut b[1..];
        reflections.iter().for_each(|u| reflect(u, b));
        out.copy_from_slice(&b[2..]);
    };
    Ok((wanted.count() + 1, Arc::new(f)))
}

/// The two Householder vectors (scaled to u′u = 2) that bring the columns `a` and `b` to triangular form.
fn householder(mut a: Vec<f64>, mut b: Vec<f64>) -> [Vec<f64>; 2] {
    let first = vector(&mut a, 0);
    reflect(&first, &mut b);
    let second = vector(&mut b, 1);
    [first, second]
}

fn vector(a: &mut [f64], k: usize) -> Vec<f64> {
    a[..k].fill(0.0);
    let norm = a.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut u = a.to_vec();
    u[k] += if a[k] < 0.0 { -norm } else { norm };
    let length = u.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        u.iter_mut().for_each(|x| *x *= std::f64::consts::SQRT_2 / length);
    }
    u
}

/// v − u (u′v).
fn reflect(u: &[f64], v: &mut [f64]) {
    let dot: f64 = u.iter().zip(v.iter()).map(|(u, v)| u * v).sum();
    v.iter_mut().zip(u).for_each(|(v, u)| *v -= u * dot);
}
