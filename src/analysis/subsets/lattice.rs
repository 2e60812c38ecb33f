//! The lattice of subsets: columns prepared once, and a walker that fits one subset after another.
//!
//! Columns always in are made orthonormal (Q, with R); a candidate column is x = Q a + s z, z ⟂ Q and Σ z² = n. So
//! γ_z = s β keeps its meaning whatever else is in the model, and the coefficients on Q are γ₀ = R β₀ + Σ a β.

use super::Request;
use super::robust::Robust;
use crate::analysis::attribution::known;
use crate::analysis::refit::{self, Maximum};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::inference::linalg::{add_outer, cholesky, cholesky_solve, dot, inverse, solve_lower};
use crate::inference::problem::{Problem, build};
use crate::inference::rows::Rows;
use crate::inference::separation;
use crate::inference::special::{HALF_LN_2PI, left_out};
use crate::model::Link;

/// Log-likelihood, log evidence, and estimate and variance of each effect.
type Outcome = (f64, f64, Vec<(f64, f64)>);

/// Squared relative length below which a column adds nothing to those before it.
const COLLINEAR: f64 = 1e-10;

pub(super) struct Lattice {
    family: Family,
    /// All columns: `k0` on Q, then the candidates' z.
    full: Problem,
    k0: usize,
    /// Columns of the design: always in (kept ones), then candidates.
    pub(super) columns: Vec<usize>,
    pub(super) owner: Vec<Option<usize>>,
    /// Rows of T with β = T γ, over all of `columns`.
    transform: Vec<Vec<f64>>,
    /// Gram matrix of the averaged candidate columns, when it is near singular.
    gram: Option<Vec<f64>>,
    tau2: f64,
    /// Part of the log-likelihood that no parameter changes.
    constant: f64,
    /// For Gaussian families: averaged rows and the response.
    rows: Vec<f64>,
    response: Vec<f64>,
    /// Errors other than the model's.
    robust: Option<Robust>,
}

/// One model.
pub(super) struct Record {
    pub(super) mask: u32,
    pub(super) log_lik: f64,
    pub(super) df: f64,
    pub(super) log_evidence: f64,
    pub(super) converged: bool,
    pub(super) effects: Vec<(f64, f64)>,
}

impl Lattice {
    pub(super) fn new(design: &Design, request: &Request) -> Result<Lattice> {
        let (family, c) = (request.family, request.family.shift());
        let observations = observations(design, family)?;
        let candidate: Vec<usize> = request.candidates.iter().flat_map(|t| t.columns.iter().copied()).collect();
        let forced: Vec<usize> = (0..design.p()).filter(|j| !candidate.contains(j)).collect();
        let (mut full, basis) = build(design, &observations, &forced, None, Link::Log);
        let k0 = full.k;
        if full.n() < k0 + 2 {
            return Err(Error::data(format!("{} observations have all candidates known: too few", full.n())));
        }
        let mut columns = basis.kept();
        let mut transform: Vec<Vec<f64>> = basis.qr.inverse_r().chunks(k0.max(1)).map(<[f64]>::to_vec).collect();
        let mut projections = Vec::with_capacity(candidate.len());
        for j in &candidate {
            let (a, s) = full.append(design, &observations, *j, k0)?;
            let mut back = a.clone();
            projections.push((a, s));
            basis.qr.solve_upper(&mut back);
            transform.iter_mut().zip(&back).for_each(|(t, b)| t.push(-b / s));
            columns.push(*j);
            let mut own = vec![0.0; columns.len()];
            own[columns.len() - 1] = 1.0 / s;
            transform.push(own);
        }
        transform.iter_mut().for_each(|t| t.resize(columns.len(), 0.0));
        let mut owner = vec![None; k0];
        request.candidates.iter().enumerate().for_each(|(t, c)| owner.extend(c.columns.iter().map(|_| Some(t))));
        let size = |i: usize| full.entries(i).map(|e| full.share(e)).sum::<f64>();
        let (rows, offset) = averaged(&full);
        let response = (0..full.n()).map(|i| (full.y[i] / size(i) + c).ln() - offset[i]).collect();
        let constant = (0..full.n()).map(|i| {
            let (w, y) = (full.w[i], full.y[i]);
            if family.is_gaussian() { 0.5 * w.ln() - (y + c * size(i)).ln() } else { -w * left_out(y) }
        });
        let constant = constant.sum();
        let tau2 = request.prior_sd * request.prior_sd;
        let unit = |j: usize| (0..k0).map(|i| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
        let forward = Lattice::forward((0..k0).map(|j| basis.qr.times(&unit(j))).collect(), projections);
        let robust = Robust::of(request.vcov, design, &observations, &columns, forward)?;
        let mut lattice =
            Lattice { family, full, k0, columns, owner, transform, gram: None, tau2, constant, rows, response, robust };
        lattice.check(design)?;
        Ok(lattice)
    }

    pub(super) fn nobs(&self) -> usize {
        self.full.n()
    }

    /// Notes whether candidates are collinear; refuses those without a finite estimate.
    fn check(&mut self, design: &Design) -> Result<()> {
        let (k0, k) = (self.k0, self.full.k);
        let c = k - k0;
        let mut gram = vec![0.0; c * c];
        self.rows.chunks_exact(k.max(1)).for_each(|r| add_outer(&mut gram, c, 1.0, &r[k0..]));
        let every: Vec<usize> = (0..c).collect();
        if self.nobs() < k || collinear(&gram, c, &every) {
            self.gram = Some(gram);
        }
        if self.family.is_gaussian() {
            return Ok(());
        }
        match separation::find(&self.full) {
            None => Ok(()),
            Some(found) => {
                let top = found.direction.iter().fold(0.0, |m: f64, d| m.max(d.abs()));
                let names: Vec<String> = (0..k)
                    .filter(|a| found.direction[*a].abs() > 1e-6 * top)
                    .filter(|a| *a >= k0)
                    .map(|a| format!("`{}`", design.names[self.columns[a]]))
                    .collect();
                let who = if names.is_empty() { "terms always in".to_string() } else { names.join(", ") };
                Err(Error::data(format!("{who}: counts of zero leave no finite estimate"))
                    .help("take these candidates out, or pool them with others"))
            }
        }
    }

    /// Working columns of a subset.
    fn selected(&self, mask: u32) -> Vec<usize> {
        let inside = |a: &usize| self.owner[*a].is_none_or(|t| mask >> t & 1 == 1);
        (0..self.full.k).filter(inside).collect()
    }

    /// Whether a subset is left out.
    fn idle(&self, selected: &[usize]) -> bool {
        let free = usize::from(self.family != Family::Poisson);
        let own: Vec<usize> = selected.iter().filter(|a| **a >= self.k0).map(|a| a - self.k0).collect();
        selected.len() + free + 1 >= self.nobs()
            || self.gram.as_ref().is_some_and(|g| collinear(g, self.full.k - self.k0, &own))
    }
}

/// Observations with a count, a weight and all covariates known.
fn observations(design: &Design, family: Family) -> Result<Vec<usize>> {
    let usable = |i: &usize| design.counts[*i].is_finite() && design.weight(*i) > 0.0;
    let observations: Vec<usize> = known(design).into_iter().filter(usable).collect();
    let low = if family == Family::GaussianLog { f64::MIN_POSITIVE } else { 0.0 };
    if let Some(i) = observations.iter().find(|i| design.counts[**i] < low) {
        return Err(Error::data(format!("count {} has no place in family `{}`", design.counts[*i], family.name())));
    }
    Ok(observations)
}

/// Averaged rows and offsets of each observation.
fn averaged(problem: &Problem) -> (Vec<f64>, Vec<f64>) {
    let (n, k) = (problem.n(), problem.k);
    let (mut rows, mut offset) = (vec![0.0; n * k], vec![0.0; n]);
    for i in 0..n {
        let total: f64 = problem.entries(i).map(|e| problem.share(e)).sum();
        for e in problem.entries(i) {
            let share = problem.share(e) / total;
            offset[i] += share * problem.offset[e];
            rows[i * k..(i + 1) * k].iter_mut().zip(problem.row(e).iter()).for_each(|(a, z)| *a += share * z);
        }
    }
    (rows, offset)
}

fn collinear(gram: &[f64], c: usize, own: &[usize]) -> bool {
    let m = own.len();
    let mut l = vec![0.0; m * m];
    for i in 0..m {
        for j in 0..=i {
            let g = gram[own[i].max(own[j]) * c + own[i].min(own[j])];
            let rest = g - dot(&l[i * m..i * m + j], &l[j * m..j * m + j]);
            if i == j && rest < COLLINEAR * g {
                return true;
            }
            l[i * m + j] = if i == j { rest.sqrt() } else { rest / l[j * m + j] };
        }
    }
    false
}

impl Problem {
    /// Appends the design's column `j`, freed of the first `k0` (orthonormal) columns and scaled to Σ z² = n; returns
    /// its projection a and scale s.
    fn append(&mut self, design: &Design, observations: &[usize], j: usize, k0: usize) -> Result<(Vec<f64>, f64)> {
        let x: Vec<f64> = observations.iter().flat_map(|i| design.covered(*i)).map(|(s, _)| design.x[(s, j)]).collect();
        let (rows, _) = averaged(self);
        let average = |i: usize| {
            let total: f64 = self.entries(i).map(|e| self.share(e)).sum();
            self.entries(i).map(|e| self.share(e) * x[e]).sum::<f64>() / total
        };
        let mut v: Vec<f64> = (0..self.n()).map(average).collect();
        let before = dot(&v, &v);
        let mut a = vec![0.0; k0];
        for _ in 0..2 {
            for (l, total) in a.iter_mut().enumerate() {
                let column = |i: usize| rows[i * self.k + l];
                let c: f64 = (0..v.len()).map(|i| column(i) * v[i]).sum();
                v.iter_mut().enumerate().for_each(|(i, v)| *v -= c * column(i));
                *total += c;
            }
        }
        let rest = dot(&v, &v);
        if rest <= COLLINEAR * before || rest == 0.0 {
            return Err(Error::data(format!("candidate `{}` is collinear with the terms always in", design.names[j]))
                .help("take it out of the candidates"));
        }
        let s = (rest / v.len() as f64).sqrt();
        let mut z = Vec::with_capacity(x.len() * (self.k + 1));
        for (e, x) in x.iter().enumerate() {
            let row = self.row(e);
            z.extend_from_slice(&row);
            z.push((x - dot(&a, &row[..k0])) / s);
        }
        (self.z, self.k) = (Rows::Own(z), self.k + 1);
        Ok((a, s))
    }
}

/// Fits one subset after another, each from the last.
pub(super) struct Walker<'a> {
    lattice: &'a Lattice,
    problem: Problem,
    last: Option<Point>,
}

/// The fit before: columns, parameters (the dispersion last, if free), information (lower triangle).
struct Point {
    selected: Vec<usize>,
    gamma: Vec<f64>,
    t: f64,
    info: Vec<f64>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(lattice: &'a Lattice) -> Self {
        let full = &lattice.full;
        let problem = full.clone();
        Walker { lattice, problem, last: None }
    }

    pub(super) fn fit(&mut self, mask: u32) -> Record {
        let selected = self.lattice.selected(mask);
        let (k, free) = (selected.len(), self.lattice.family != Family::Poisson);
        let df = k as f64 + f64::from(u8::from(free));
        let nothing = Record {
            mask,
            log_lik: f64::NAN,
            df,
            log_evidence: f64::NAN,
            converged: true,
            effects: vec![(f64::NAN, f64::NAN); k],
        };
        if self.lattice.idle(&selected) {
            return nothing;
        }
        let fitted = if self.lattice.family.is_gaussian() {
            self.least_squares(&selected)
        } else {
            self.gather(&selected);
            self.likelihood(selected)
        };
        fitted.map_or(Record { converged: false, ..nothing }, |(log_lik, log_evidence, effects)| Record {
            mask,
            log_lik,
            df,
            log_evidence,
            converged: true,
            effects,
        })
    }

    fn gather(&mut self, selected: &[usize]) {
        let full = &self.lattice.full;
        if let Rows::Own(z) = &mut self.problem.z {
            z.clear();
            let rows = full.z.flat().values.chunks_exact(full.k.max(1));
            rows.for_each(|row| z.extend(selected.iter().map(|a| row[*a])));
        }
        self.problem.k = selected.len();
    }

    /// Log-likelihood, log evidence and effects at the maximum.
    fn likelihood(&mut self, selected: Vec<usize>) -> Option<Outcome> {
        let family = self.lattice.family;
        let start = self.last.take().map(|last| last.moved_to(&selected, family.has_dispersion()));
        let Maximum { gamma, t, ll, info } = refit::maximum(&self.problem, family, start)?;
        let dim = info.len().isqrt();
        let effects = match &self.lattice.robust {
            None => self.effects(&selected, &gamma, Some(&inverse(&info, dim)?), dim),
            Some(r) => {
                let v = r.of_counts(&self.problem, (family, &gamma, t), &selected);
                self.effects(&selected, &gamma, v.as_deref(), selected.len())
            }
        };
        let evidence = ll + self.evidence(&selected, &gamma, t, dim > selected.len(), &info)?;
        self.last = Some(Point { selected, gamma, t, info });
        Some((ll + self.lattice.constant, evidence, effects))
    }

    /// Estimates and errors of the selected columns, on the design's own scale; the errors no numbers without covariance.
    fn effects(&self, selected: &[usize], gamma: &[f64], covariance: Option<&[f64]>, dim: usize) -> Vec<(f64, f64)> {
        let one = |a: &usize| {
            let row = &self.lattice.transform[*a];
            if *a >= self.lattice.k0 {
                let place = selected.iter().position(|b| b == a).unwrap_or(0);
                let variance = covariance.map_or(f64::NAN, |c| row[*a].powi(2) * c[place * (dim + 1)]);
                return (row[*a] * gamma[place], variance.sqrt());
            }
            let t: Vec<f64> = selected.iter().map(|b| row[*b]).collect();
            let variance = covariance.map_or(f64::NAN, |c| {
                let one = |i: usize| t[i] * dot(&c[i * dim..i * dim + t.len()], &t);
                let sum = (0..t.len()).map(one).sum::<f64>();
                if sum < 0.0 { 0.0 } else { sum }
            });
            (dot(&t, gamma), variance.sqrt())
        };
        selected.iter().map(one).collect()
    }

    /// Log evidence less the log-likelihood: log prior, volume, and half a Newton step to the posterior mode.
    fn evidence(&self, selected: &[usize], gamma: &[f64], t: f64, free: bool, info: &[f64]) -> Option<f64> {
        let (tau2, k0) = (self.lattice.tau2, self.lattice.k0);
        let dim = info.len().isqrt();
        let (mut h, mut g, mut prior) = (info.to_vec(), vec![0.0; dim], 0.0);
        for (i, a) in selected.iter().enumerate().filter(|(_, a)| **a >= k0) {
            debug_assert!(*a < self.lattice.full.k);
            h[i * (dim + 1)] += 1.0 / tau2;
            g[i] = -gamma[i] / tau2;
            prior -= 0.5 * (gamma[i] * gamma[i] / tau2 + tau2.ln()) + HALF_LN_2PI;
        }
        if !cholesky(&mut h, dim) {
            return None;
        }
        solve_lower(&h, dim, &mut g);
        let volume = dim as f64 * HALF_LN_2PI - (0..dim).map(|i| h[i * (dim + 1)].ln()).sum::<f64>();
        let tail = if free {
            let alpha = if self.lattice.family == Family::Nb2 { (-t).exp() } else { t.exp() };
            alpha.ln() - alpha
        } else if self.lattice.family.has_dispersion() {
            // On the boundary the likelihood falls as e^(s α): ∫ e^(s α) e^(−α) dα.
            -(-refit::excess(&self.problem, self.lattice.family, gamma).min(0.0)).ln_1p()
        } else {
            0.0
        };
        Some(prior + volume + 0.5 * dot(&g, &g) + tail)
    }

    /// Gaussian families: weighted least squares on the averaged rows.
    fn least_squares(&self, selected: &[usize]) -> Option<Outcome> {
        let (full, k) = (&self.lattice.full, selected.len());
        let (mut gram, mut gamma, mut row) = (vec![0.0; k * k], vec![0.0; k], vec![0.0; k]);
        let mut squares = 0.0;
        for (i, all) in self.lattice.rows.chunks_exact(full.k.max(1)).enumerate() {
            selected.iter().zip(row.iter_mut()).for_each(|(a, r)| *r = all[*a]);
            let (w, y) = (full.w[i], self.lattice.response[i]);
            add_outer(&mut gram, k, w, &row);
            gamma.iter_mut().zip(&row).for_each(|(g, r)| *g += w * y * r);
            squares += w * y * y;
        }
        let (rhs, unscaled) = (gamma.clone(), inverse(&gram, k)?);
        (0..k).for_each(|i| gamma[i] = dot(&unscaled[i * k..(i + 1) * k], &rhs));
        let (n, rss) = (full.n() as f64, (squares - dot(&gamma, &rhs)).max(1e-14 * squares));
        let (ml, unbiased) = (rss / n, rss / (n - k as f64));
        let ll = -n * (HALF_LN_2PI + 0.5 * ml.ln() + 0.5);
        let covariance = match &self.lattice.robust {
            None => Some(unscaled.iter().map(|c| c * unbiased).collect()),
            Some(r) => {
                let of = |all: &[f64]| selected.iter().map(|a| all[*a]).collect::<Vec<f64>>();
                let rows: Vec<Vec<f64>> = self.lattice.rows.chunks_exact(full.k.max(1)).map(of).collect();
                let residual = |(row, y): (&Vec<f64>, &f64)| y - dot(row, &gamma);
                let residuals: Vec<f64> = rows.iter().zip(&self.lattice.response).map(residual).collect();
                r.of_least_squares(&unscaled, &rows, &residuals, &full.w, selected)
            }
        };
        // ln σ has information 2n, the same in every model.
        let info: Vec<f64> = gram.iter().map(|g| g / ml).collect();
        let evidence = ll + self.evidence(selected, &gamma, 0.0, false, &info)?;
        Some((ll + self.lattice.constant, evidence, self.effects(selected, &gamma, covariance.as_deref(), k)))
    }
}

impl Point {
    /// Starting values for a neighbour: columns gone are swept out of the quadratic at this maximum, new ones are 0.
    fn moved_to(&self, selected: &[usize], has_dispersion: bool) -> (Vec<f64>, f64) {
        let (k, free) = (self.selected.len(), has_dispersion && self.t.is_finite());
        let dim = k + usize::from(free);
        let h = |i: usize, j: usize| self.info[i.max(j) * dim + i.min(j)];
        let (stay, gone): (Vec<usize>, Vec<usize>) =
            (0..dim).partition(|i| *i == k || selected.binary_search(&self.selected[*i]).is_ok());
        let mut shift = vec![0.0; stay.len()];
        if !gone.is_empty() {
            let m = stay.len();
            let mut block = vec![0.0; m * m];
            for (a, i) in stay.iter().enumerate() {
                stay[..=a].iter().enumerate().for_each(|(b, j)| block[a * m + b] = h(*i, *j));
                shift[a] = gone.iter().map(|j| h(*i, *j) * self.gamma[*j]).sum();
            }
            if cholesky(&mut block, m) {
                cholesky_solve(&block, m, &mut shift);
            } else {
                shift.fill(0.0);
            }
        }
        let mut start = vec![0.0; selected.len()];
        let mut t = self.t;
        for (i, s) in stay.iter().zip(&shift) {
            if *i == k {
                t += s.clamp(-2.0, 2.0);
            } else if let Ok(place) = selected.binary_search(&self.selected[*i]) {
                start[place] = self.gamma[*i] + s;
            }
        }
        (start, t)
    }
}
