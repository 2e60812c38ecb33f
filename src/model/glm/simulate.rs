//! Simulation: parameters, then counts step by step, each fed back into the rows after it.

use super::fit::{Regression, spread};
use crate::Rng;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::{Family, Law, MAX_COUNT};
use crate::forecast::Paths;
use crate::inference::covariance::joint;
use crate::inference::linalg::{cholesky, dot};
use crate::model::{Fitted, Summary, Vcov};
use ndarray::Array2;
use rand_distr::{Distribution as _, StandardNormal};

impl Fitted for Regression {
    fn summary(&self) -> Result<Summary> {
        self.summarise()
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        let sampler = self.sampler()?;
        let open = self.open_steps(future);
        let centre = spread(&self.basis.beta(&self.solution.gamma), &self.basis.kept(), self.design.p());
        let stationary = Stationary::new(&self.design, &centre, self.settings.link == crate::model::Link::Log);
        let start = |rng: &mut Rng| stationary.draw(|| self.draw(&sampler, rng), |p| &p.0);
        walk(&self.design, future, draws, rng, start, |(beta, dispersion), s, past| {
            let eta = self.predictor(future, s, past, beta, &open)?;
            Ok(Law::new(self.family, self.mean(eta) * remaining(future, s), *dispersion))
        })
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// Simulates paths: per draw the parameters by `start`, then step by step the law given them and the counts so far
/// (oldest first), a count from it on top of what is known, and on with that count in the past.
pub(in crate::model) fn walk<P>(
    fitted: &Design,
    future: &Design,
    draws: usize,
    rng: &mut Rng,
    start: impl Fn(&mut Rng) -> P,
    law: impl Fn(&P, usize, &[f64]) -> Result<Law>,
) -> Result<Paths> {
    check_future(fitted, future)?;
    let mut past = history(fitted);
    let (recorded, steps) = (past.len(), future.steps());
    let blank = Law::new(Family::Poisson, 0.0, 1.0);
    let mut paths = Paths { counts: Array2::zeros((draws, steps)), laws: Array2::from_elem((draws, steps), blank) };
    for d in 0..draws {
        let parameters = start(rng);
        past.truncate(recorded);
        for s in 0..steps {
            let law = law(&parameters, s, &past)?;
            let known = future.known.get(s).copied().unwrap_or(0.0);
            let count = (known + law.sample(rng)).min(MAX_COUNT);
            past.push(count);
            paths.counts[(d, s)] = count;
            paths.laws[(d, s)] = law;
        }
    }
    Ok(paths)
}

/// How much the linear predictor rises, per unit of coefficient, when all past counts are e times as many: 1 for a lag of
/// the log count. By column; only columns of past counts.
fn elasticities(fitted: &Design) -> Vec<(usize, f64)> {
    let past = history(fitted);
    let grown: Vec<f64> = past.iter().map(|c| c * std::f64::consts::E).collect();
    let rise = |f: &crate::design::Feedback| ((f.value)(&grown) - (f.value)(&past), f.column);
    fitted.feedback.iter().map(rise).filter(|(r, _)| r.is_finite()).map(|(r, j)| (j, r)).collect()
}

/// Parameter draws for paths that do not explode: under the log link a persistence (sum of coefficients times
/// elasticities) above 1 makes counts grow doubly exponentially. Where the estimate itself is stationary, draws beyond 1
/// are drawn anew: the normal is cut to the stationary region, as for INGARCH.
pub(in crate::model) struct Stationary {
    elasticities: Vec<(usize, f64)>,
}

/// Draws before a stationary one is given up.
const TRIES: usize = 200;

impl Stationary {
    /// For a fitted design, estimates over all its columns, and a link that feeds counts back on the log scale.
    pub fn new(fitted: &Design, beta: &[f64], log: bool) -> Self {
        let mut elasticities = if log { elasticities(fitted) } else { Vec::new() };
        if Self::persistence(&elasticities, beta) > 1.0 {
            elasticities.clear();
        }
        Stationary { elasticities }
    }

    fn persistence(elasticities: &[(usize, f64)], beta: &[f64]) -> f64 {
        elasticities.iter().map(|(j, e)| beta[*j] * e).sum()
    }

    /// The first stationary draw.
    pub fn draw<P>(&self, mut draw: impl FnMut() -> P, beta: impl Fn(&P) -> &[f64]) -> P {
        let mut drawn = draw();
        for _ in 0..TRIES {
            if self.elasticities.is_empty() || Self::persistence(&self.elasticities, beta(&drawn)) <= 1.0 {
                break;
            }
            drawn = draw();
        }
        drawn
    }
}

/// Linear predictor of a future step given the counts before it.
///
/// # Errors
/// When a value that matters is unknown.
pub(in crate::model) fn predictor(future: &Design, s: usize, past: &[f64], beta: &[f64]) -> Result<f64> {
    let mut eta = future.offset[s];
    let mut add = |j: usize, x: f64| {
        if beta[j] == 0.0 {
            return Ok(());
        }
        eta += x * beta[j];
        if x.is_finite() { Ok(()) } else { Err(unknown(&future.names[j], s)) }
    };
    if future.feedback.is_empty() {
        future.row(s).iter().enumerate().try_for_each(|(j, x)| add(j, *x))?;
    } else {
        future.row_on_path(s, past).iter().enumerate().try_for_each(|(j, x)| add(j, *x))?;
    }
    Ok(eta)
}

/// A future design must have the columns fitted, with known values except where counts feed back.
pub(in crate::model) fn check_future(fitted: &Design, future: &Design) -> Result<()> {
    if future.names != fitted.names {
        let lacking = fitted.names.iter().find(|n| !future.names.contains(n));
        let what = lacking.map_or("columns in another order".into(), |n| format!("no column `{n}`"));
        return Err(Error::data(format!("the future design has {what}")));
    }
    for s in 0..future.steps() {
        let fed = |j: usize| future.feedback.iter().any(|f| f.column == j);
        if let Some(j) = (0..future.p()).find(|j| !future.x[(s, *j)].is_finite() && !fed(*j)) {
            return Err(unknown(&future.names[j], s));
        }
        if !future.offset[s].is_finite() {
            return Err(unknown("the offset", s));
        }
    }
    Ok(())
}

pub(in crate::model) fn unknown(name: &str, s: usize) -> Error {
    Error::data(format!("`{name}` is unknown at step {} of the forecast", s + 1))
        .help("give its future values (a scenario), or use a lag at least as long as the horizon")
}

/// All counts before the first step of the future, oldest first; NaN where unknown.
pub(in crate::model) fn history(fitted: &Design) -> Vec<f64> {
    let mut past = fitted.before.clone();
    past.extend(fitted.counts_by_step());
    past
}

/// Share of a step still to come.
pub(in crate::model) fn remaining(future: &Design, s: usize) -> f64 {
    future.remaining.get(s).copied().unwrap_or(1.0)
}

/// A normal for the working parameters: centre, Cholesky factor.
struct Sampler {
    centre: Vec<f64>,
    factor: Vec<f64>,
    /// Degrees of freedom of φ for quasi-Poisson.
    df: Option<f64>,
}

impl Regression {
    /// The working coefficients, and the working dispersion where it was estimated.
    fn sampler(&self) -> Result<Sampler> {
        let k = self.problem.k;
        let free = self.family.has_dispersion();
        let dim = k + usize::from(free);
        let mut centre = self.solution.gamma.clone();
        let together = if free {
            centre.push(self.solution.t + self.small_sample());
            joint(&self.problem, self.family, &self.solution.gamma, self.solution.t)
        } else {
            None
        };
        let likelihood = matches!(self.settings.vcov, Vcov::Model | Vcov::Observed);
        let factor = match together.clone().filter(|_| likelihood) {
            Some(c) => c,
            None => {
                // The covariance asked for, the dispersion apart from it.
                let block = self.working_covariance()?;
                let mut c = vec![0.0; dim * dim];
                (0..k * k).for_each(|a| c[a / k * dim + a % k] = block[a]);
                if free {
                    c[dim * dim - 1] = together.map_or(0.25, |j| j[dim * dim - 1]);
                }
                c
            }
        };
        let mut factor = factor;
        if !cholesky(&mut factor, dim) {
            return Err(Error::data(
                "the covariance of the coefficients is not positive definite: nothing to draw from",
            )
            .help("use --vcov model"));
        }
        let df = (self.family == Family::QuasiPoisson).then(|| self.df_residual()).filter(|df| *df > 0.0);
        Ok(Sampler { centre, factor, df })
    }

    /// What is added to the log dispersion of draws. Maximum likelihood takes the fitted means for the true ones, so that
    /// a dispersion from few rows is too small; the variance above the Poisson's is drawn around n/(n − p) times its
    /// estimate, as s² stands to the maximum-likelihood variance in least squares.
    fn small_sample(&self) -> f64 {
        let (n, p) = (self.design.n() as f64, self.problem.k as f64);
        let inflation = if n > p { (n / (n - p)).ln() } else { 0.0 };
        match self.family {
            Family::Nb2 => -inflation,
            Family::Nb1 => inflation,
            _ => 0.0,
        }
    }

    /// One draw of coefficients (over all columns) and dispersion. The log dispersion stays within four standard errors
    /// and −20 to 50, and φ of quasi-Poisson is a scaled inverse χ².
    fn draw(&self, sampler: &Sampler, rng: &mut Rng) -> (Vec<f64>, f64) {
        let (k, dim) = (self.problem.k, sampler.centre.len());
        let z: Vec<f64> = (0..dim).map(|_| StandardNormal.sample(rng)).collect();
        let at = |i: usize| sampler.centre[i] + dot(&sampler.factor[i * dim..i * dim + i + 1], &z[..=i]);
        let gamma: Vec<f64> = (0..k).map(at).collect();
        let beta = spread(&self.basis.beta(&gamma), &self.basis.kept(), self.design.p());
        let dispersion = if dim > k {
            let row = &sampler.factor[k * dim..];
            let reach = 4.0 * dot(row, row).sqrt();
            at(k).clamp(sampler.centre[k] - reach, sampler.centre[k] + reach).clamp(-20.0, 50.0).exp()
        } else if let Some(df) = sampler.df {
            let chi2: f64 = rand_distr::ChiSquared::new(df).map_or(df, |c| c.sample(rng));
            self.dispersion * df / chi2
        } else {
            1.0
        };
        (beta, dispersion)
    }

    fn mean(&self, eta: f64) -> f64 {
        let mu = match self.settings.link {
            crate::model::Link::Identity => eta.max(0.0),
            link => link.mean(eta),
        };
        mu.min(MAX_COUNT)
    }

    /// Steps of the future that lie where the data give no finite estimate.
    fn open_steps(&self, future: &Design) -> Vec<bool> {
        let off = |s: usize| {
            let row = future.row(s).to_vec();
            let known: Vec<f64> = row.iter().map(|x| if x.is_finite() { *x } else { 0.0 }).collect();
            self.null.iter().any(|v| {
                let size = known.iter().zip(v).map(|(x, v)| (x * v).abs()).fold(0.0, f64::max);
                dot(&known, v).abs() > 1e-7 * size
            })
        };
        (0..future.steps()).map(|s| !self.null.is_empty() && off(s)).collect()
    }

    /// Linear predictor of a future step; minus infinity where the mean is zero in the limit.
    fn predictor(&self, future: &Design, s: usize, past: &[f64], beta: &[f64], open: &[bool]) -> Result<f64> {
        if !open[s] {
            return predictor(future, s, past, beta);
        }
        let row = future.row_on_path(s, past);
        if dot(&row, &self.direction) < 0.0 {
            return Ok(f64::NEG_INFINITY);
        }
        let names: Vec<String> = self.infinite.iter().map(|j| format!("`{}`", self.design.names[*j])).collect();
        Err(Error::data(format!(
            "step {} of the forecast depends on {}, which has no finite estimate",
            s + 1,
            names.join(", ")
        )))
    }
}
