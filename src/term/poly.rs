//! `poly(x, d)`: orthogonal polynomials of degrees 1 … d over the history's values, as R's `poly`.
//!
//! p_0 = 1, p_{k+1}(x) = (x − α_k) p_k(x) − (n_k/n_{k−1}) p_{k−1}(x), α_k = Σ x p_k²/n_k, n_k = Σ p_k², the sums over the
//! history; column k is p_k/√n_k. Any later value uses the same α and n.

use super::basis::{Basis, Function, distinct};
use super::{Args, Entry, Reads, Term};
use crate::error::{Error, Result};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    name: "poly",
    params: &["x", "degree", "raw"],
    usage: "poly(x, degree, raw = FALSE)",
    about: "orthogonal polynomials, or plain powers, as in R",
    reads: Reads::Learnt("the polynomials"),
    build,
};

/// Degrees at most.
const HIGHEST: usize = 20;

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let d = args.whole("degree", 1)?.unwrap_or(1);
    if d > HIGHEST {
        return Err(args.wrong(args.need("degree")?, "a degree from 1 to 20"));
    }
    if args.truth("raw")? == Some(true) {
        return Ok(Box::new(Basis { name: "poly", inner: args.inner()?, learn: move |_: &[f64]| Ok(powers(d)) }));
    }
    Ok(Box::new(Basis { name: "poly", inner: args.inner()?, learn: move |x: &[f64]| learn(x, d) }))
}

/// x, x² … x^d.
fn powers(d: usize) -> (usize, Function) {
    (d, Arc::new(|x: f64, out: &mut [f64]| out.iter_mut().enumerate().for_each(|(k, p)| *p = x.powi(k as i32 + 1))))
}

fn learn(x: &[f64], d: usize) -> Result<(usize, Function)> {
    let different = distinct(x);
    if different <= d {
        return Err(Error::data(format!(
            "`poly` of degree {d} needs more than {d} different values in the history, there are {different}"
        )));
    }
    let (mut before, mut p) = (vec![0.0; x.len()], vec![1.0; x.len()]);
    let (mut alpha, mut n) = (Vec::new(), vec![x.len() as f64]);
    for k in 0..d {
        let square = |(x, p): (&f64, &f64)| x * p * p;
        let a = x.iter().zip(&p).map(square).sum::<f64>() / n[k];
        let ratio = if k == 0 { 0.0 } else { n[k] / n[k - 1] };
        let next: Vec<f64> = (0..x.len()).map(|i| (x[i] - a) * p[i] - ratio * before[i]).collect();
        before = std::mem::replace(&mut p, next);
        alpha.push(a);
        n.push(p.iter().map(|p| p * p).sum());
    }
    let f = move |x: f64, out: &mut [f64]| {
        let (mut before, mut p) = (0.0, 1.0);
        for k in 0..d {
            let ratio = if k == 0 { 0.0 } else { n[k] / n[k - 1] };
            let next = (x - alpha[k]) * p - ratio * before;
            (before, p) = (p, next);
            out[k] = p / n[k + 1].sqrt();
        }
    };
    Ok((d, Arc::new(f)))
}
