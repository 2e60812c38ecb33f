//! Estimates with their covariance, and draws from it: what attribution and counterfactuals need of any fitted model.

use crate::Rng;
use crate::design::{Design, Feedback, Part};
use crate::error::{Error, Result};
use crate::family::{Family, Law, MAX_COUNT, ZeroPart, Zeros};
use crate::inference::linalg::{dot, inverse};
use crate::model::glm::{Regression, ZeroFit};
use crate::model::{Link, Settings, Summary};
use crate::results::num;
use rand_distr::{Distribution as _, StandardNormal};
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF as _};

/// A number with its interval; `None` where it does not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Band {
    /// At the estimates.
    pub estimate: Option<f64>,
    /// Lower quantile of the draws.
    pub low: Option<f64>,
    /// Upper quantile of the draws.
    pub high: Option<f64>,
}

impl Band {
    /// A central interval of `level` from draws in any order (they are sorted); quantiles by linear interpolation
    /// (Hyndman and Fan's type 7). Draws must be finite.
    pub fn new(estimate: f64, draws: &mut [f64], level: f64) -> Band {
        draws.sort_by(f64::total_cmp);
        let at = |p: f64| quantile(draws, p).and_then(num);
        Band { estimate: num(estimate), low: at(0.5 * (1.0 - level)), high: at(0.5 * (1.0 + level)) }
    }

    /// Widens the interval so that it holds `value`.
    pub fn reach(&mut self, value: f64) {
        self.low = self.low.map(|x| x.min(value));
        self.high = self.high.map(|x| x.max(value));
    }
}

/// Quantile of sorted values by linear interpolation; `None` without values.
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let h = p * last as f64;
    let (k, part) = (h.floor() as usize, h.fract());
    let next = sorted[(k + 1).min(last)];
    Some(sorted[k] + part * (next - sorted[k]))
}

/// A factor: one or several columns that are set to their reference together.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// Name in outputs.
    pub name: String,
    /// Its columns of the design.
    pub columns: Vec<usize>,
    /// The reference value of each.
    pub reference: Vec<f64>,
}

impl Factor {
    /// A factor of one column with reference 0 (an event that does not happen, an amount that is not there).
    pub fn against_zero(design: &Design, column: usize) -> Factor {
        Factor { name: design.names[column].clone(), columns: vec![column], reference: vec![0.0] }
    }

    /// A factor of one column against its mean over the known steps.
    pub fn against_mean(design: &Design, column: usize) -> Factor {
        let known: Vec<f64> = design.x.column(column).iter().copied().filter(|x| x.is_finite()).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        Factor { reference: vec![mean], ..Factor::against_zero(design, column) }
    }

    /// A factor of one column against its first known value.
    pub fn against_first(design: &Design, column: usize) -> Factor {
        let first = design.x.column(column).iter().copied().find(|x| x.is_finite()).unwrap_or(0.0);
        Factor { reference: vec![first], ..Factor::against_zero(design, column) }
    }
}

/// Coefficients, dispersion and their joint covariance.
///
/// A model with extra zeros is read over the joined columns of both its parts ([`joined`]): coefficients (β, ζ), and the
/// mean of a step is that of the whole model, (1 − π) μ with zero inflation.
#[derive(Debug, Clone)]
pub struct Estimates {
    /// Coefficients over all columns of the design; 0 where there is none.
    pub beta: Vec<f64>,
    /// Columns that run off to infinity: nothing can be said of what they added.
    pub infinite: Vec<usize>,
    /// Family in force.
    pub family: Family,
    /// Link.
    pub link: Link,
    /// Dispersion in the family's own sense (see [`Family`]).
    pub dispersion: f64,
    /// Extra zeros, and the column at which the zero part begins.
    pub zeros: Option<(ZeroPart, usize)>,
    /// A square root L of the covariance of (β, ln dispersion), (p + 1) × (p + 1) row by row, LL' = covariance.
    root: Vec<f64>,
}

impl Estimates {
    /// Of a generalised linear model, dispersion included: the joint observed covariance when the settings ask for a
    /// likelihood-based one, else the one asked for.
    ///
    /// # Errors
    /// When the covariance does not exist.
    pub fn of(fit: &Regression, settings: &Settings) -> Result<Estimates> {
        use crate::model::Vcov;
        let (beta, joint) = (fit.coefficients(), fit.joint_covariance());
        let p = beta.len();
        let covariance = match joint.clone().filter(|_| matches!(settings.vcov, Vcov::Model | Vcov::Observed)) {
            Some(c) => c,
            None => bordered(&fit.covariance()?, p, joint.map_or(0.0, |c| c[(p + 1) * (p + 1) - 1])),
        };
        if beta.iter().any(|b| !b.is_finite()) {
            return Err(Error::data("the fit has coefficients that are not finite").help("look at its warnings"));
        }
        Ok(Estimates {
            beta,
            infinite: fit.infinite_columns().to_vec(),
            family: fit.family(),
            link: fit.link(),
            dispersion: fit.dispersion(),
            zeros: None,
            root: root(&covariance, p + 1),
        })
    }

    /// Of a model with extra zeros, over the columns of [`joined`].
    ///
    /// # Errors
    /// When the covariance does not exist.
    pub fn of_zeros(fit: &ZeroFit, settings: &Settings) -> Result<Estimates> {
        let (beta, covariance) = (fit.coefficients(), fit.covariance()?);
        let root = root(&covariance, beta.len() + 1);
        Ok(Estimates {
            infinite: fit.infinite_columns(),
            family: fit.family(),
            link: fit.link(),
            dispersion: fit.dispersion(),
            zeros: Some((settings.zeros, fit.p())),
            beta,
            root,
        })
    }

    /// The same with some coefficients held at their estimates: the covariance of the others given them.
    pub fn holding(mut self, columns: &[usize]) -> Estimates {
        let k = self.p() + 1;
        let mut c: Vec<f64> = (0..k * k).map(|a| self.covariance(a / k, a % k)).collect();
        for h in columns {
            let (row, variance) = (c[h * k..(h + 1) * k].to_vec(), c[h * k + h]);
            for (i, j) in (0..k).flat_map(|i| (0..k).map(move |j| (i, j))) {
                let explained = if variance > 0.0 { row[i] * row[j] / variance } else { 0.0 };
                c[i * k + j] = if i == *h || j == *h { 0.0 } else { c[i * k + j] - explained };
            }
        }
        self.root = root(&c, k);
        self
    }

    /// Of any model's summary; the dispersion and its error are those of the fit statistics, apart from β.
    pub fn from_summary(summary: &Summary, settings: &Settings) -> Estimates {
        let (p, glance) = (summary.terms.len(), &summary.glance);
        let known = |x: Option<f64>, or: f64| x.unwrap_or(or);
        let (family, dispersion) = match settings.family {
            Family::Nb2 if glance.theta.is_none() => (Family::Poisson, 1.0),
            Family::Nb2 => (Family::Nb2, known(glance.theta, 1.0)),
            f if f.has_dispersion() && known(glance.alpha, 0.0) <= 0.0 => (Family::Poisson, 1.0),
            f if f.has_dispersion() => (f, known(glance.alpha, 1.0)),
            f if f.is_gaussian() => (f, known(glance.dispersion, 1.0).sqrt()),
            Family::QuasiPoisson => (Family::QuasiPoisson, known(glance.dispersion, 1.0)),
            f => (f, 1.0),
        };
        // Of the log of what the statistics hold: θ by its error; σ and φ from a scaled χ² on the residual degrees of freedom.
        let df = glance.df_residual.filter(|df| *df > 0.0);
        let spread = match family {
            Family::Nb2 => known(glance.theta_se.zip(glance.theta).map(|(s, t)| (s / t).powi(2)), 0.0),
            Family::QuasiPoisson => known(df.map(|df| 2.0 / df), 0.0),
            f if f.is_gaussian() => known(df.map(|df| 0.5 / df), 0.0),
            _ => 0.0,
        };
        let mut flat: Vec<f64> = summary.covariance.iter().flatten().copied().collect();
        flat.resize(p * p, 0.0);
        let given = |t: &crate::results::TermRow| t.estimate.is_some();
        let lacking = |t: &crate::results::TermRow| !given(t) && t.verdict.contains("finite");
        Estimates {
            beta: summary.terms.iter().map(|t| known(t.estimate, 0.0)).collect(),
            infinite: (0..p).filter(|j| lacking(&summary.terms[*j])).collect(),
            family,
            link: settings.link,
            dispersion,
            zeros: None,
            root: root(&bordered(&flat, p, spread), p + 1),
        }
    }

    /// The same without parameter uncertainty.
    pub fn certain(&self) -> Estimates {
        Estimates { root: vec![0.0; self.root.len()], ..self.clone() }
    }

    /// Number of columns.
    pub fn p(&self) -> usize {
        self.beta.len()
    }

    /// One draw of coefficients and dispersion; the log dispersion stays within four standard errors.
    pub fn draw(&self, rng: &mut Rng) -> (Vec<f64>, f64) {
        let (p, dim) = (self.p(), self.p() + 1);
        let z: Vec<f64> = (0..dim).map(|_| StandardNormal.sample(rng)).collect();
        let along = |i: usize| dot(&self.root[i * dim..(i + 1) * dim], &z);
        let beta = (0..p).map(|j| self.beta[j] + along(j)).collect();
        let row = &self.root[p * dim..];
        let reach = 4.0 * dot(row, row).sqrt();
        (beta, self.dispersion * along(p).clamp(-reach, reach).exp())
    }

    /// Covariance of the coefficients `j` and `l`.
    pub fn covariance(&self, j: usize, l: usize) -> f64 {
        let dim = self.p() + 1;
        dot(&self.root[j * dim..(j + 1) * dim], &self.root[l * dim..(l + 1) * dim])
    }

    /// Whether Wald's test, χ², rejects at 1 − `level` that the coefficients of these columns are all 0. Without covariance they
    /// are known, and it does.
    pub fn rejects(&self, columns: &[usize], level: f64) -> bool {
        let k = columns.len();
        let pairs = columns.iter().flat_map(|a| columns.iter().map(move |b| (*a, *b)));
        let covariance: Vec<f64> = pairs.map(|(a, b)| self.covariance(a, b)).collect();
        if covariance.iter().all(|c| *c == 0.0) {
            return true;
        }
        let Some(precision) = inverse(&covariance, k) else { return false };
        let beta: Vec<f64> = columns.iter().map(|j| self.beta[*j]).collect();
        let wald: f64 = (0..k).map(|a| beta[a] * dot(&precision[a * k..(a + 1) * k], &beta)).sum();
        ChiSquared::new(k as f64).is_ok_and(|law| law.cdf(wald.max(0.0)) > level)
    }

    /// Mean of the count part at a linear predictor, within what counts can be; for Gaussian families the median.
    fn location(&self, eta: f64) -> f64 {
        let c = self.family.shift();
        let mu = match self.link {
            Link::Identity => eta,
            link => link.mean(eta) - c,
        };
        mu.clamp(0.0, MAX_COUNT)
    }

    /// Law of the count of step `s` of `design`, its row `row`.
    pub fn law(&self, design: &Design, s: usize, row: &[f64], beta: &[f64], dispersion: f64) -> Law {
        let cut = self.zeros.map_or(row.len(), |z| z.1);
        let sum = |from: usize, to: usize| -> f64 {
            row[from..to].iter().zip(&beta[from..to]).filter(|(_, b)| **b != 0.0).map(|(x, b)| x * b).sum()
        };
        let law = Law::new(self.family, self.location(design.offset[s] + sum(0, cut)), dispersion);
        let Some((kind, _)) = self.zeros else { return law };
        let xi = design.zero.as_ref().map_or(0.0, |part| part.offset[s]) + sum(cut, row.len());
        let zeros = if kind == ZeroPart::Hurdle { Zeros::Hurdle(logistic(-xi)) } else { Zeros::Inflated(logistic(xi)) };
        Law { zeros, ..law }
    }

    /// Mean of that count: of the whole model where there are extra zeros, of the lognormal for Gaussian families. Not a
    /// number where a value that matters is unknown.
    pub fn mean(&self, design: &Design, s: usize, row: &[f64], beta: &[f64], dispersion: f64) -> f64 {
        self.law(design, s, row, beta, dispersion).expected()
    }

    /// Means of all steps as recorded.
    pub fn means(&self, design: &Design, beta: &[f64], dispersion: f64) -> Vec<f64> {
        (0..design.steps()).map(|s| self.mean(design, s, &design.row(s).to_vec(), beta, dispersion)).collect()
    }

    /// ln of the mean over e^η: σ²/2 for Gaussian families, else 0.
    pub fn log_lift(&self, dispersion: f64) -> f64 {
        if self.family.is_gaussian() { 0.5 * dispersion * dispersion } else { 0.0 }
    }

    /// Refuses columns without a finite estimate, and estimates of another design.
    ///
    /// # Errors
    /// Naming the column.
    pub fn check_finite(&self, design: &Design) -> Result<()> {
        if self.p() != design.p() {
            return Err(Error::data(format!("{} coefficients do not fit {} columns", self.p(), design.p()))
                .help("a model with extra zeros is read over the joined columns of its parts"));
        }
        match self.infinite.first() {
            None => Ok(()),
            Some(j) => Err(Error::data(format!(
                "`{}` has no finite estimate: what it added has none either",
                design.names[*j]
            ))
            .help("take it out of the formula, or pool it with another column")),
        }
    }
}

/// 1 / (1 + e^(−x)).
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The columns of both parts side by side, those of the zero part named `zero_…`; without a zero part of its own the
/// columns of the count part stand twice, as the model has them.
pub fn joined(design: &Design) -> Design {
    let p = design.p();
    let own = || Part { names: design.names.clone(), x: design.x.to_owned(), offset: vec![0.0; design.steps()] };
    let shared = design.zero.is_none();
    let part = design.zero.clone().unwrap_or_else(own);
    let names = design.names.iter().cloned().chain(part.names.iter().map(|n| format!("zero_{n}")));
    let x = ndarray::concatenate(ndarray::Axis(1), &[design.x.view(), part.x.view()]);
    let again = design.feedback.iter().filter(|_| shared).map(|f| Feedback { column: p + f.column, ..f.clone() });
    Design {
        names: names.collect(),
        x: x.map_or_else(|_| design.x.clone(), ndarray::Array2::into_shared),
        feedback: design.feedback.iter().cloned().chain(again).collect(),
        zero: Some(part),
        ..design.clone()
    }
}

/// A p × p covariance with a last row and column for the log dispersion.
fn bordered(c: &[f64], p: usize, last: f64) -> Vec<f64> {
    let mut all = vec![0.0; (p + 1) * (p + 1)];
    (0..p * p).for_each(|a| all[a / p * (p + 1) + a % p] = c[a]);
    all[(p + 1) * (p + 1) - 1] = last;
    all
}

/// L with LL' = `a` for a symmetric `a` that may have zero rows (dropped columns): Cholesky that leaves them out.
fn root(a: &[f64], k: usize) -> Vec<f64> {
    let mut l = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..=i {
            let rest = a[i * k + j] - dot(&l[i * k..i * k + j], &l[j * k..j * k + j]);
            l[i * k + j] = if i == j {
                if rest > 1e-14 * a[i * k + i] { rest.sqrt() } else { 0.0 }
            } else if l[j * k + j] > 0.0 {
                rest / l[j * k + j]
            } else {
                0.0
            };
        }
    }
    l
}
