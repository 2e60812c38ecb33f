//! Distributed lag `Σ_j w_j x_{s−j}`, j = 0 … max, the weights summing to 1.
//!
//! * `kernel = geometric`: w_j ∝ δ^j, with δ = 2^(−1/half_life), or δ = m/(1 + m) from the mean lag m.
//! * `kernel = gamma`: w_j ∝ P(j ≤ T < j + 1) for a delay T ~ Gamma(shape, mean/shape) in steps; `half_life` is then the
//!   median of T.
//!
//! `max` is by default the least lag within which 99% of the weight lies (at most 200). The first `max` steps have no
//! value, since nothing is assumed of the time before the data.

use super::window::Window;
use super::{Args, Entry, Reads, Term};
use crate::error::{Error, Result};
use crate::formula::Kind;
use statrs::function::gamma::gamma_lr;

pub(super) const ENTRY: Entry = Entry {
    name: "dlag",
    params: &["x", "kernel", "half_life", "mean", "shape", "max"],
    usage: "dlag(x, kernel = gamma, mean = 3, shape = 2, max = 8) or dlag(x, half_life = 2)",
    about: "distributed lag with geometric (default) or gamma weights; half_life, mean and max in steps",
    reads: Reads::Earlier("all earlier steps, up to max"),
    build,
};

/// Lags at most by default.
const MOST_LAGS: usize = 200;
/// Share of the weight within the default lags.
const MOST_OF_IT: f64 = 0.99;

fn build(args: &Args<'_>) -> Result<Box<dyn Term>> {
    let positive = |x: f64| x > 0.0 && x <= 1e6;
    let half_life = args.number_in("half_life", positive, "a positive `half_life`")?;
    let mean = args.number_in("mean", positive, "a positive `mean`")?;
    let shape = args.number_in("shape", |x| (1e-3..=1e4).contains(&x), "a positive `shape`")?;
    let max = args.whole("max", 0)?;
    let cdf: Box<dyn Fn(f64) -> f64> = match (kernel(args)?, half_life, mean) {
        (Kernel::Geometric, Some(h), None) => geometric((-1.0 / h).exp2()),
        (Kernel::Geometric, None, Some(m)) => geometric(m / (1.0 + m)),
        (Kernel::Gamma, Some(h), None) => {
            let a = shape.unwrap_or(2.0);
            gamma(a, h / gamma_median(a))
        }
        (Kernel::Gamma, None, Some(m)) => {
            let a = shape.unwrap_or(2.0);
            gamma(a, m / a)
        }
        _ => {
            let error = Error::usage("`dlag` needs one of `half_life` and `mean`");
            return Err(error.help(format!("write {}", ENTRY.usage)).at(args.place()));
        }
    };
    let enough = |m: &usize| cdf(*m as f64 + 1.0) >= MOST_OF_IT;
    let max = max.unwrap_or_else(|| (0..MOST_LAGS).find(enough).unwrap_or(MOST_LAGS)).min(100_000);
    let total = cdf(max as f64 + 1.0);
    if total < 1e-12 {
        return Err(Error::usage("no weight lies within `max` steps").help("choose a larger `max`").at(args.place()));
    }
    let w: Vec<f64> = (0..=max).map(|j| (cdf(j as f64 + 1.0) - cdf(j as f64)) / total).collect();
    Ok(Window::boxed("dlag", args.inner()?, (0, max), move |x| w.iter().enumerate().map(|(j, w)| w * x(j)).sum()))
}

enum Kernel {
    Geometric,
    Gamma,
}

fn kernel(args: &Args<'_>) -> Result<Kernel> {
    let Some(e) = args.get("kernel") else { return Ok(Kernel::Geometric) };
    match &e.kind {
        Kind::Name(k) | Kind::Text(k) if k == "geometric" => Ok(Kernel::Geometric),
        Kind::Name(k) | Kind::Text(k) if k == "gamma" => Ok(Kernel::Gamma),
        _ => Err(args.wrong(e, "the kernel geometric or gamma")),
    }
}

/// P(T < t) of the geometric lag: 1 − δ^t at whole t.
fn geometric(delta: f64) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |t| 1.0 - delta.powf(t))
}

fn gamma(shape: f64, scale: f64) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |t| if t > 0.0 { gamma_lr(shape, t / scale) } else { 0.0 })
}

/// The median of Gamma(shape, 1), by bisection.
fn gamma_median(shape: f64) -> f64 {
    let (mut low, mut high) = (0.0, shape + 1.0);
    for _ in 0..200 {
        let mid = 0.5 * (low + high);
        if mid > 0.0 && gamma_lr(shape, mid) < 0.5 { low = mid } else { high = mid }
    }
    0.5 * (low + high)
}
