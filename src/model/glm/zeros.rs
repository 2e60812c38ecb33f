//! Zero-inflated and hurdle counts: a logit for the zeros beside the count part.
//!
//! With m the mean of the count part (Poisson or NB2, f its probabilities), ξ = z'ζ and π = 1/(1 + e^(−ξ)):
//!
//! * zero-inflated (Lambert 1992, Technometrics 34, 1–14): P(0) = π + (1 − π) f(0), P(y) = (1 − π) f(y): π is the
//!   probability of a structural zero;
//! * hurdle (Mullahy 1986, Journal of Econometrics 33, 341–365): P(0) = 1 − π, P(y) = π f(y) / (1 − f(0)): π is the
//!   probability of a positive count. The sign of ζ is opposite to zero inflation, as in R's pscl.
//!
//! (ζ, β, ln θ) by joint maximum likelihood with exact Hessians; covariance: inverse observed information, or the
//! sandwich of the joint scores. Terms of the zero part are named `zero_…`; without a part after `|` it has the columns
//! of the count part, but not its offset (pscl repeats the offset too: write it after `|`, if it is meant). Intervals:
//! Wald's, or the profile of the joint likelihood. Coefficients without a finite estimate: `limits`.
//!
//! An observation over several steps takes the average of its rows in the zero part and keeps θ: an approximation.

mod access;
mod flat;
mod influence;
mod likelihood;
mod limits;
mod profile;
mod report;
mod resample;
mod score;

use super::fit::{Regression, dropped_columns, spread};
use super::simulate::{predictor, remaining, unknown, walk};
use crate::Rng;
use crate::design::{Design, Part};
use crate::error::{Error, Result};
use crate::family::{Family, Law, MAX_COUNT, ZeroPart, Zeros};
use crate::forecast::Paths;
use crate::inference::dispersion;
use crate::inference::linalg::{add_outer, cholesky, cholesky_solve, dot, inverse};
use crate::inference::newton::{Maximum, maximise};
use crate::inference::problem::{Basis, build};
use crate::model::loglinear::averages;
use crate::model::{Fitted, Settings, Summary, Vcov};
use likelihood::{Joint, logistic};
use limits::{Edge, Limits, Parts};
use rand_distr::{Distribution as _, StandardNormal};

/// A zero predictor that stands for infinity.
const CERTAIN: f64 = 40.0;

/// A fitted zero-inflated or hurdle model.
#[derive(Debug, Clone)]
pub struct ZeroFit {
    settings: Settings,
    design: Design,
    part: Part,
    rows: Vec<usize>,
    joint: Joint,
    count_basis: Basis,
    zero_basis: Basis,
    dropped: [Vec<(usize, String)>; 2],
    /// What has no finite estimate; its columns and rows are not in `joint`.
    limits: Limits,
    top: Maximum,
    /// Directions of the working parameters in which the likelihood is flat at `top`.
    flat: Vec<Vec<f64>>,
    warnings: Vec<String>,
    rng: Rng,
}

/// Checks that the settings can have a zero part.
pub(super) fn check(settings: &Settings) -> Result<()> {
    if !matches!(settings.family, Family::Poisson | Family::Nb2) {
        return Err(Error::usage(format!("a zero part goes with poisson and nb2, not {}", settings.family.name())));
    }
    if let Vcov::Hc(kind @ 2..) = settings.vcov {
        return Err(Error::usage(format!("HC{kind} needs leverages, which a zero part does not have")).help("use hc1"));
    }
    Ok(())
}

/// Fits; where no excess zeros are found, the fit without a zero part.
pub(super) fn fit(settings: &Settings, design: &Design, rng: &Rng) -> Result<Box<dyn Fitted>> {
    let Some(fit) = ZeroFit::new(settings, design, rng)? else {
        let plain = Settings { zeros: ZeroPart::None, ..settings.clone() };
        let mut without = Regression::fit(&plain, design, rng)?;
        let name = settings.family.name();
        without.warnings.push(format!("no excess zeros found: the fit is the {name} fit without a zero part"));
        return Ok(Box::new(without));
    };
    Ok(Box::new(fit))
}

/// The design of the zero part: its own columns and offset.
fn zero_design(design: &Design, part: &Part) -> Design {
    Design { names: part.names.clone(), x: part.x.to_shared(), offset: part.offset.clone(), ..design.clone() }
}

/// The zero part of a design, by default the columns of the count part.
fn part_of(design: &Design) -> Part {
    let own = || Part { names: design.names.clone(), x: design.x.to_owned(), offset: vec![0.0; design.steps()] };
    design.zero.clone().unwrap_or_else(own)
}

impl ZeroFit {
    fn prepare(settings: &Settings, design: &Design, rng: &Rng) -> Result<ZeroFit> {
        let mut warnings = Vec::new();
        let part = part_of(design);
        let mut rows = super::rows::usable(design, &mut warnings)?;
        if design.zero.is_some() {
            let known = super::rows::usable(&zero_design(design, &part), &mut warnings)?;
            let mut usable = vec![false; design.n()];
            known.iter().for_each(|i| usable[*i] = true);
            rows.retain(|i| usable[*i]);
        }
        if rows.iter().all(|i| design.counts[*i] > 0.0) {
            return Err(Error::data("no count is zero: there is nothing for a zero part to fit")
                .help(format!("use --family {}", settings.family.name())));
        }
        ZeroFit::prepare_on(settings, design, rows, warnings, rng)
    }

    /// The problem of the observations `rows`, all of whose columns are known; one may stand there several times.
    fn prepare_on(
        settings: &Settings,
        design: &Design,
        rows: Vec<usize>,
        mut warnings: Vec<String>,
        rng: &Rng,
    ) -> Result<ZeroFit> {
        let part = part_of(design);
        let zero = zero_design(design, &part);
        let of = |d: &Design, columns: &[usize]| build(d, &rows, columns, None, settings.link);
        let whole = |d: &Design| of(d, &(0..d.p()).collect::<Vec<_>>()).1;
        let (count_basis, zero_basis) = (whole(design), whole(&zero));
        let dropped = [dropped_columns(design, &count_basis), dropped_columns(&zero, &zero_basis)];
        let parts = Parts { count: design, zero: &zero, rows: &rows, link: settings.link, part: settings.zeros };
        let limits = parts.limits([count_basis.kept(), zero_basis.kept()])?;
        let (count, count_basis) = of(design, &limits.count.columns);
        let (zero_problem, zero_basis) = of(&zero, &limits.zero.columns);
        if count.sums.is_some() {
            warnings.push("observations over several steps enter the zero part by their average rows".into());
        }
        let (z, zero_offset, _) = averages(&zero_problem);
        let named =
            |(j, why): &(usize, String), names: &[String], prefix: &str| format!("`{prefix}{}` {why}", names[*j]);
        warnings.extend(dropped[0].iter().map(|d| named(d, &design.names, "")));
        warnings.extend(dropped[1].iter().map(|d| named(d, &zero.names, "zero_")));
        let gone = [limits.count.gone.clone(), limits.zero.gone.clone()];
        let joint =
            Joint { q: zero_problem.k, count, z, zero_offset, family: settings.family, part: settings.zeros, gone };
        let top = Maximum { x: Vec::new(), value: 0.0, info: Vec::new(), iterations: 0, converged: false };
        Ok(ZeroFit {
            settings: settings.clone(),
            design: design.clone(),
            part,
            rows,
            joint,
            count_basis,
            zero_basis,
            dropped,
            limits,
            top,
            flat: Vec::new(),
            warnings,
            rng: rng.clone(),
        })
    }

    /// Starts from the Poisson fit and a constant zero part.
    fn maximise(&mut self) -> Result<()> {
        let mut live = self.joint.count.clone();
        (0..live.n()).filter(|i| !self.joint.counts(*i)).for_each(|i| live.w[i] = 0.0);
        let poisson = dispersion::fit(&live, Family::Poisson)?.solution.gamma;
        let n = self.rows.len() as f64;
        let zeros = self.joint.count.y.iter().filter(|y| **y == 0.0).count() as f64 / n;
        let share = if self.settings.zeros == ZeroPart::Hurdle { 1.0 - zeros } else { 0.5 * zeros };
        let share = share.clamp(0.01, 0.99);
        let mut start = poisson;
        start.extend(self.constant_zero_part((share / (1.0 - share)).ln()));
        start.extend(self.joint.free().then_some(0.0));
        self.top = self.best_of(start, share);
        self.settle();
        Ok(())
    }

    /// What the maximum leaves: the Poisson where the size runs off, and flat directions.
    fn settle(&mut self) {
        let n = self.rows.len() as f64;
        // The size runs off: Poisson counts beside the zeros.
        let size = (self.joint.count.y.iter().sum::<f64>() / n).max(1.0).ln();
        if self.joint.free() && self.top.x[self.top.x.len() - 1] > 15.0 + size {
            self.joint.family = Family::Poisson;
            let mut start = self.top.x.clone();
            start.pop();
            self.top = maximise(|p, g, h| self.joint.evaluate(p, g, h), start);
            self.warnings
                .push("no overdispersion found beside the zeros: the count part is the Poisson (nb2 asked for)".into());
        }
        self.flat = self.flat_directions();
    }

    /// The higher of the maxima from `start` and, for extra zeros, from the count part of the positive counts alone with
    /// more of the zeros in the zero part: the likelihood can have several.
    fn best_of(&self, start: Vec<f64>, share: f64) -> Maximum {
        let run = |start: Vec<f64>| maximise(|p, g, h| self.joint.evaluate(p, g, h), start);
        let mut positive = self.joint.count.clone();
        (0..positive.n()).filter(|i| positive.y[*i] == 0.0).for_each(|i| positive.w[i] = 0.0);
        let first = run(start.clone());
        if self.settings.zeros == ZeroPart::Hurdle {
            return first;
        }
        let Ok(from) = dispersion::fit(&positive, Family::Poisson) else { return first };
        let mut second = start;
        let (k, q) = (self.joint.count.k, self.joint.q);
        second[..k].copy_from_slice(&from.solution.gamma);
        let more = (2.0 * share).min(0.98);
        second[k..k + q].copy_from_slice(&self.constant_zero_part((more / (1.0 - more)).ln()));
        let second = run(second);
        let rises = second.value > first.value + 1e-9 * (1.0 + first.value.abs());
        if rises && (second.converged || !first.converged) { second } else { first }
    }

    /// Working coefficients with which the predictor, its offset included, is nearest to the constant `xi`.
    fn constant_zero_part(&self, xi: f64) -> Vec<f64> {
        let q = self.joint.q;
        let (mut gram, mut rhs) = (vec![0.0; q * q], vec![0.0; q]);
        for (row, offset) in self.joint.z.chunks_exact(q.max(1)).zip(&self.joint.zero_offset) {
            add_outer(&mut gram, q, 1.0, row);
            rhs.iter_mut().zip(row).for_each(|(b, z)| *b += (xi - offset) * z);
        }
        if !cholesky(&mut gram, q) {
            return vec![0.0; q];
        }
        cholesky_solve(&gram, q, &mut rhs);
        rhs
    }

    /// Every probability of a structural zero is as good as none.
    fn no_excess(&self) -> bool {
        let none = |i: usize| logistic(self.joint.xi(i, &self.top.x)) < 1e-5;
        let gone = |i: usize| self.limits.zero.gone[i];
        (0..self.rows.len()).all(|i| if gone(i) { self.joint.count.y[i] > 0.0 } else { none(i) })
    }

    /// A zero predictor far out that the data do not hold there: it is less than its own standard error from 0. (One far
    /// out but well determined is no separation: a covariate may reach far beyond where zeros end.)
    fn separated(&self) -> bool {
        let far: Vec<usize> = (0..self.rows.len())
            .filter(|i| !self.limits.zero.gone[*i] && self.joint.xi(*i, &self.top.x).abs() > 25.0)
            .collect();
        let dim = self.top.x.len();
        let Some(c) = inverse(&self.top.info, dim) else { return !far.is_empty() };
        far.into_iter().any(|i| self.joint.xi(i, &self.top.x).powi(2) < self.joint.xi_variance(i, &c))
    }

    fn warn(&mut self) {
        self.warnings.extend(self.limits.count.told(&self.design.names, ""));
        self.warnings.extend(self.limits.zero.told(&self.part.names, "zero_"));
        self.tell_flat();
        if !self.flat.is_empty() {
            // The rest of the likelihood is at its limit.
        } else if self.separated() {
            self.warnings.push("the zero part has no finite estimate: its covariates separate the zeros; errors are those of the count part given it".into());
        } else if !self.top.converged && self.joint.free() && self.top.x[self.top.x.len() - 1] < -6.0 {
            self.warnings
                .push("the size θ runs to 0: the positive counts have too long a tail for the count part".into());
        } else if !self.top.converged {
            self.warnings.push(format!("no convergence after {} iterations", self.top.iterations));
        }
    }

    /// Law of a count with count-part mean `m` and zero predictor `xi`.
    fn law(&self, m: f64, xi: f64, t: f64) -> Law {
        let dispersion = if self.joint.free() { t.exp() } else { 1.0 };
        let zeros = match self.settings.zeros {
            ZeroPart::Hurdle => Zeros::Hurdle(logistic(-xi)),
            _ => Zeros::Inflated(logistic(xi)),
        };
        Law { zeros, ..Law::new(self.joint.family, m.min(MAX_COUNT), dispersion) }
    }

    /// Coefficients of both parts over all their columns, and the working dispersion.
    fn split(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
        let (k, q) = (self.joint.count.k, self.joint.q);
        let count = spread(&self.count_basis.beta(&x[..k]), &self.count_basis.kept(), self.design.p());
        let zero = spread(&self.zero_basis.beta(&x[k..k + q]), &self.zero_basis.kept(), self.part.names.len());
        (count, zero, x.get(k + q).copied().unwrap_or(0.0))
    }

    /// The mean of a count part that runs to its least: 0, or of a truncated count 1 for sure.
    fn least_mean(&self) -> f64 {
        if self.settings.zeros == ZeroPart::Hurdle { 1e-12 } else { 0.0 }
    }

    fn zero_for_sure(&self, xi: f64) -> bool {
        let toward = if self.settings.zeros == ZeroPart::Hurdle { -xi } else { xi };
        toward >= CERTAIN
    }

    /// Where the limit of a part takes a future step; 0 where it is finite.
    fn sign(&self, edge: &Edge, row: &[f64], s: usize, names: &[String]) -> Result<f64> {
        if edge.infinite.is_empty() {
            return Ok(0.0);
        }
        let named: Vec<String> = edge.infinite.iter().map(|j| format!("`{}`", names[*j])).collect();
        let at = |x: &f64| if x.is_finite() { *x } else { 0.0 };
        edge.sign(&row.iter().map(at).collect::<Vec<_>>()).ok_or_else(|| {
            let what = "which has no finite estimate";
            Error::data(format!("step {} of the forecast depends on {}, {what}", s + 1, named.join(", ")))
        })
    }

    /// The zero predictor of a future step.
    fn future_xi(&self, future: &Design, s: usize, past: &[f64], zeta: &[f64]) -> Result<f64> {
        let row = match &future.zero {
            Some(part) => part.x.row(s).to_vec(),
            None => future.row_on_path(s, past),
        };
        let mut xi = future.zero.as_ref().map_or(0.0, |part| part.offset[s]);
        for (j, (x, b)) in row.iter().zip(zeta).enumerate().filter(|(_, (_, b))| **b != 0.0) {
            if !x.is_finite() {
                return Err(unknown(&self.part.names[j], s));
            }
            xi += x * b;
        }
        Ok(xi)
    }
}

impl Fitted for ZeroFit {
    fn summary(&self) -> Result<Summary> {
        self.summarise()
    }

    fn simulate(&self, future: &Design, draws: usize, rng: &mut Rng) -> Result<Paths> {
        if future.zero.as_ref().is_some_and(|p| p.names != self.part.names) {
            return Err(Error::data("the future design has another zero part than the one fitted"));
        }
        let dim = self.top.x.len();
        let mut factor = self.working_covariance().unwrap_or_default();
        // A zero part without a finite estimate stays where it is.
        let diagonal = || (0..dim).map(|a| a * (dim + 1));
        if !self.flat.is_empty() && !factor.is_empty() {
            // So do the flat directions, but for what their pseudo-inverse is rounded by.
            let rounding = 1e-9 * diagonal().map(|e| factor[e].abs()).fold(1e-6, f64::max);
            diagonal().for_each(|e| factor[e] += rounding);
        } else if self.separated() && !factor.is_empty() {
            diagonal().for_each(|e| factor[e] = factor[e].max(1e-20));
        }
        if factor.is_empty() || !cholesky(&mut factor, dim) {
            return Err(Error::data("the covariance of the coefficients does not exist: nothing to draw from")
                .help("use a family without a zero part, or a simpler part after `|`"));
        }
        let start = |rng: &mut Rng| {
            let z: Vec<f64> = (0..dim).map(|_| StandardNormal.sample(rng)).collect();
            let at = |i: usize| self.top.x[i] + dot(&factor[i * dim..i * dim + i + 1], &z[..=i]);
            self.split(&(0..dim).map(at).collect::<Vec<f64>>())
        };
        let beyond = self.beyond();
        walk(&self.design, future, draws, rng, start, |(beta, zeta, t), s, past| {
            let eta = predictor(future, s, past, beta)?;
            let zero_row = future.zero.as_ref().map_or_else(|| future.row_on_path(s, past), |p| p.x.row(s).to_vec());
            let xi = match self.sign(&self.limits.zero, &zero_row, s, &self.part.names)? {
                0.0 => self.future_xi(future, s, past, zeta)?,
                sign => sign * CERTAIN,
            };
            let mean = match self.sign(&self.limits.count, &future.row_on_path(s, past), s, &self.design.names) {
                Ok(0.0) => self.settings.link.mean(eta).clamp(0.0, MAX_COUNT) * remaining(future, s),
                Ok(_) => self.least_mean(),
                // A certain zero needs no mean.
                Err(_) if self.zero_for_sure(xi) => self.least_mean(),
                Err(e) => return Err(e),
            };
            if mean > beyond && !self.zero_for_sure(xi) {
                return Err(self.run_off_step(s));
            }
            Ok(self.law(mean, xi, t.clamp(-20.0, 50.0)))
        })
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
