//! `bs(x, df, degree = 3)`: B-splines with R's knots: df − degree internal knots at quantiles of the history, boundary
//! knots at its range, the first basis function left out. Beyond the range the outer polynomials go on, as in R.

use super::basis::{Basis, Function};
use super::spline::{Knots, Wanted};
use super::{Args, Entry, Reads, Term};
use crate::error::Result;
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    name: "bs",
    params: &["x", "df", "knots", "degree", "Boundary.knots"],
    usage: "bs(x, df = 5, degree = 3) or bs(x, knots = c(2, 5))",
    about: "B-spline with R's knots",
    reads: Reads::Learnt("the knots"),
    build,
};

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let degree = args.whole("degree", 1)?.unwrap_or(3);
    if degree > 10 {
        return Err(args.wrong(args.need("degree")?, "a degree from 1 to 10"));
    }
    let wanted = Wanted::read(args, degree)?;
    Ok(Box::new(Basis { name: "bs", inner: args.inner()?, learn: move |x: &[f64]| learn(x, &wanted, degree) }))
}

fn learn(x: &[f64], wanted: &Wanted, degree: usize) -> Result<(usize, Function)> {
    let knots = Knots::learn(x, wanted, degree + 1, "bs")?;
    Ok((wanted.count() + degree, Arc::new(move |x, out: &mut [f64]| out.copy_from_slice(&knots.at(x, 0)[1..]))))
}
