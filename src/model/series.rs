//! A [`Design`] laid out for recursions over steps: what the models with serial dependence (INGARCH, GLARMA) run on.
//!
//! Steps are visited in order; an observation closes at the last step it covers, and its count is known from the next
//! step on. A step whose count is not recorded by itself is estimated by its conditional mean: inside an aggregate `i`
//! with mean `m_i = Σ w_s μ_s`, once it has closed, by `μ_s (1 + w_s (y_i/m_i − 1))`, the expected count of the step given
//! the aggregate under the Poisson; before that, and where nothing is recorded, by `μ_s`.

use crate::design::{Cover, Design};
use crate::error::{Error, Result};
use crate::inference::linalg::{axpy, dot};
use crate::model::serial::External;
use libm::lgamma;

/// One recorded count.
#[derive(Debug, Clone)]
pub(crate) struct Obs {
    /// Its number in the design.
    pub row: usize,
    /// Count.
    pub y: f64,
    /// Prior weight.
    pub weight: f64,
    /// ln y!.
    pub ln_factorial: f64,
    /// Where its parts stand in [`Series::parts`].
    pub lo: usize,
    /// End of them.
    pub hi: usize,
}

/// A design laid out for recursions.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// Names of the columns kept.
    pub names: Vec<String>,
    /// Their numbers in the design.
    pub columns: Vec<usize>,
    /// Each column is divided by this power of two.
    pub scale: Vec<f64>,
    /// Columns kept.
    pub p: usize,
    /// Steps.
    pub steps: usize,
    /// Steps × p, row by row, scaled.
    pub x: Vec<f64>,
    /// Columns that act at their own time only.
    pub external: Vec<usize>,
    /// The intercept's column.
    pub intercept: Option<usize>,
    /// Offset by step.
    pub offset: Vec<f64>,
    /// Recorded counts, ordered by the step at which they close.
    pub obs: Vec<Obs>,
    /// Steps and shares of all observations.
    pub parts: Vec<(usize, f64)>,
    /// Observations that close at each step, as a range.
    pub closes: Vec<(usize, usize)>,
    /// The count of a step recorded whole and alone, else NaN.
    pub exact: Vec<f64>,
    /// Counts before the first step, oldest first, NaN where unknown.
    pub before: Vec<f64>,
    /// Whether every observation is one whole step.
    pub whole: bool,
    /// Largest count.
    pub largest: f64,
    /// Columns left out as collinear, with those they depend on.
    pub dropped: Vec<(String, String)>,
    /// Leading steps left out because a column is unknown there.
    pub skipped: usize,
}

impl Series {
    /// Lays out a design.
    ///
    /// # Errors
    /// On no observations, counts that are no counts, and unknown covariates after the first known row.
    pub fn new(design: &Design, external: &External) -> Result<Self> {
        let skipped = leading_unknown(design)?;
        let steps = design.steps() - skipped;
        let mut s = Series {
            names: Vec::new(),
            columns: Vec::new(),
            scale: Vec::new(),
            p: 0,
            steps,
            x: Vec::new(),
            external: Vec::new(),
            intercept: None,
            offset: design.offset[skipped..].to_vec(),
            obs: Vec::new(),
            parts: Vec::new(),
            closes: Vec::new(),
            exact: vec![f64::NAN; steps],
            before: before(design, skipped),
            whole: true,
            largest: 0.0,
            dropped: Vec::new(),
            skipped,
        };
        s.take_columns(design, external)?;
        s.take_observations(design)?;
        Ok(s)
    }

    fn take_columns(&mut self, design: &Design, external: &External) -> Result<()> {
        if let External::Columns(names) = external
            && let Some(n) = names.iter().find(|n| !design.names.contains(n))
        {
            let known: Vec<&str> = design.names.iter().map(String::as_str).collect();
            return Err(Error::usage(format!("`{n}` is named as external but is no column of the model"))
                .help(crate::error::suggest(n, known)));
        }
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for (j, name) in design.names.iter().enumerate() {
            let column: Vec<f64> = (self.skipped..design.steps()).map(|t| design.x[[t, j]]).collect();
            match independent(&mut basis, &column) {
                true => {
                    let largest = column.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                    if name == "(Intercept)" {
                        self.intercept = Some(self.names.len());
                    }
                    self.names.push(name.clone());
                    self.columns.push(j);
                    self.scale.push(largest.log2().round().exp2());
                    if external.holds(name) && name != "(Intercept)" {
                        self.external.push(self.names.len() - 1);
                    }
                }
                false if column.iter().all(|v| *v == 0.0) => {
                    self.dropped.push((name.clone(), "zero throughout".into()))
                }
                false => self.dropped.push((name.clone(), "collinear with the columns before it".into())),
            }
        }
        self.p = self.names.len();
        self.x = (self.skipped..design.steps())
            .flat_map(|t| self.columns.iter().zip(&self.scale).map(move |(j, s)| design.x[[t, *j]] / s))
            .collect();
        Ok(())
    }

    fn take_observations(&mut self, design: &Design) -> Result<()> {
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(design.n());
        for i in 0..design.n() {
            let y = design.counts[i];
            if y.is_nan() || design.weight(i) == 0.0 {
                continue;
            }
            if y < 0.0 || y.fract() != 0.0 || y.is_infinite() {
                return Err(Error::data(format!("observation {} is {y}, which is not a count", i + 1)));
            }
            let inside = design.covered(i).all(|(s, _)| s >= self.skipped);
            if let (Some(last), true) = (design.covered(i).map(|(s, _)| s).max(), inside) {
                order.push((last - self.skipped, i));
            }
        }
        if order.is_empty() {
            return Err(Error::data("no observation to fit"));
        }
        order.sort_unstable();
        self.lay_out(design, order);
        Ok(())
    }

    /// Takes observations in the order in which they close.
    fn lay_out(&mut self, design: &Design, order: Vec<(usize, usize)>) {
        self.closes = vec![(0, 0); self.steps];
        let mut alone = vec![0u32; self.steps];
        for (last, row) in order {
            let (y, lo) = (design.counts[row], self.parts.len());
            self.parts.extend(design.covered(row).map(|(s, w)| (s - self.skipped, w)));
            let hi = self.parts.len();
            self.parts[lo..hi].iter().for_each(|(s, _)| alone[*s] += 1);
            let k = self.obs.len();
            let range = &mut self.closes[last];
            *range = if range.1 == 0 { (k, k + 1) } else { (range.0, k + 1) };
            self.largest = self.largest.max(y);
            self.obs.push(Obs { row, y, weight: design.weight(row), ln_factorial: lgamma(y + 1.0), lo, hi });
        }
        for o in &self.obs {
            let (s, w) = self.parts[o.lo];
            if o.hi - o.lo == 1 && w == 1.0 && alone[s] == 1 {
                self.exact[s] = o.y;
            } else {
                self.whole = false;
            }
        }
    }

    /// Parts of an observation.
    pub fn parts_of(&self, o: &Obs) -> &[(usize, f64)] {
        &self.parts[o.lo..o.hi]
    }

    /// The recorded count `back` steps before the first one (1 = the last of them).
    pub fn known_before(&self, back: usize) -> Option<f64> {
        let i = self.before.len().checked_sub(back)?;
        Some(self.before[i]).filter(|y| y.is_finite())
    }

    /// Offset of the first step, which is carried back to the steps before it.
    pub fn first_offset(&self) -> f64 {
        self.offset[0]
    }

    /// Mean count of a whole step.
    pub fn mean_per_step(&self) -> f64 {
        let steps: f64 = self.parts.iter().map(|(_, w)| w).sum();
        self.obs.iter().map(|o| o.y).sum::<f64>() / steps.max(1e-12)
    }

    /// Refuses a lag that no step of the series has.
    ///
    /// # Errors
    /// When the longest lag is as long as the series or longer.
    pub fn holds_lag(&self, longest: usize) -> Result<()> {
        match longest >= self.steps {
            true => Err(Error::data(format!("lag {longest} reaches beyond the {} steps of the series", self.steps))
                .help("use shorter lags")),
            false => Ok(()),
        }
    }

    /// The first recorded count, per step where it covers several.
    pub fn first_count(&self) -> f64 {
        let o = &self.obs[0];
        o.y / self.parts_of(o).iter().map(|(_, w)| w).sum::<f64>()
    }

    /// The same layout with other counts, in the order of `obs`.
    pub fn with_counts(&self, counts: &[f64]) -> Series {
        let mut s = self.clone();
        s.largest = counts.iter().fold(0.0, |m, y| m.max(*y));
        for (o, y) in s.obs.iter_mut().zip(counts) {
            o.y = *y;
            o.ln_factorial = lgamma(y + 1.0);
            let (step, _) = s.parts[o.lo];
            if s.exact[step].is_finite() {
                s.exact[step] = *y;
            }
        }
        s
    }

    /// The same layout with further columns (already by step), named `names`.
    pub fn with_columns(&self, names: &[String], columns: &[Vec<f64>], external: bool) -> Series {
        let mut s = self.clone();
        s.p += columns.len();
        s.x = Vec::with_capacity(s.p * s.steps);
        for t in 0..s.steps {
            s.x.extend_from_slice(&self.x[t * self.p..(t + 1) * self.p]);
            s.x.extend(columns.iter().map(|c| c[t]));
        }
        for n in names {
            s.names.push(n.clone());
            s.columns.push(usize::MAX);
            s.scale.push(1.0);
            if external {
                s.external.push(s.names.len() - 1);
            }
        }
        s
    }
}

/// Number of leading steps with an unknown covariate; an unknown one later is an error.
fn leading_unknown(design: &Design) -> Result<usize> {
    let known = |t: usize| design.row(t).iter().all(|v| v.is_finite()) && design.offset[t].is_finite();
    let first = (0..design.steps()).find(|t| known(*t)).unwrap_or(design.steps());
    match (first..design.steps()).find(|t| !known(*t)) {
        Some(t) => {
            let column = (0..design.p()).find(|j| !design.x[[t, *j]].is_finite());
            let name = column.map_or("offset", |j| design.names[j].as_str());
            Err(Error::data(format!("`{name}` is unknown at step {}, between known values", t + 1))
                .help("a recursion over steps needs every covariate; use past counts through --past-obs, not lag()"))
        }
        None if first == design.steps() => Err(Error::data("no step has known covariates")),
        None => Ok(first),
    }
}

/// Counts before the first step kept.
fn before(design: &Design, skipped: usize) -> Vec<f64> {
    let mut before = design.before.clone();
    if let (Cover::Each, true) = (&design.cover, skipped <= design.counts.len()) {
        before.extend_from_slice(&design.counts[..skipped]);
    } else {
        before.extend_from_slice(&design.counts_by_step()[..skipped]);
    }
    before
}

/// Adds a column to an orthonormal basis; false when it depends on the ones before.
fn independent(basis: &mut Vec<Vec<f64>>, column: &[f64]) -> bool {
    let size = dot(column, column).sqrt();
    let mut v = column.to_vec();
    for _ in 0..2 {
        for b in basis.iter() {
            let c = dot(b, &v);
            axpy(&mut v, -c, b);
        }
    }
    let rest = dot(&v, &v).sqrt();
    if rest <= 1e-9 * size || size == 0.0 {
        return false;
    }
    v.iter_mut().for_each(|x| *x /= rest);
    basis.push(v);
    true
}
