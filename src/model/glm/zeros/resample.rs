//! Fits to resampled data, for a bootstrap: counts drawn from the fitted laws, or observations drawn anew.

use super::{ZeroFit, part_of};
use crate::Rng;
use crate::design::{Cover, Design};
use crate::family::{MAX_COUNT, ZeroPart};
use crate::inference::newton::maximise;
use crate::model::{Interval, Settings, Vcov};

impl ZeroFit {
    /// Observations fitted.
    pub fn n(&self) -> usize {
        self.rows.len()
    }

    /// Columns with an estimate: of the count part, then of the zero part (from p on).
    pub fn kept(&self) -> Vec<usize> {
        let zero = self.zero_basis.kept().into_iter().map(|j| self.p() + j);
        self.count_basis.kept().into_iter().chain(zero).collect()
    }

    /// Whether columns read earlier counts that are sums over steps: no path can be drawn.
    pub fn lags_over_sums(&self) -> bool {
        !self.design.feedback.is_empty() && self.design.cover != Cover::Each
    }

    /// Names of the columns of both parts, those of the zero part as `zero_…`.
    pub fn names(&self) -> Vec<String> {
        let zero = self.part.names.iter().map(|n| format!("zero_{n}"));
        self.design.names.iter().cloned().chain(zero).collect()
    }

    /// The fit to counts drawn from the law of each observation; columns on earlier counts follow the path drawn. `None`
    /// without finite estimates of all that this fit has.
    pub fn of_drawn_counts(&self, rng: &mut Rng) -> Option<ZeroFit> {
        let design = if self.design.feedback.is_empty() { self.drawn(rng)? } else { self.walked(rng)? };
        let finite = |s: &usize| design.row(*s).iter().all(|x| x.is_finite()) && design.counts[*s].is_finite();
        let walked = !design.feedback.is_empty();
        let rows = self.rows.iter().copied().filter(|i| !walked || finite(i)).collect();
        self.fitted_to(&design, rows)
    }

    /// The fit to the observations at `places` among those fitted, with repetitions. `None` as in
    /// [`ZeroFit::of_drawn_counts`].
    pub fn of_places(&self, places: &[usize]) -> Option<ZeroFit> {
        self.fitted_to(&self.design, places.iter().map(|a| self.rows[*a]).collect())
    }

    fn drawn(&self, rng: &mut Rng) -> Option<Design> {
        let mut design = self.design.clone();
        for (a, i) in self.rows.iter().enumerate() {
            design.counts[*i] = self.law_at(a)?.sample(rng);
        }
        Some(design)
    }

    /// Counts step by step, each observation being one.
    fn walked(&self, rng: &mut Rng) -> Option<Design> {
        if self.design.cover != Cover::Each {
            return None;
        }
        let (beta, zeta, t) = self.split(&self.top.x);
        let mut design = self.design.clone();
        let mut past = design.before.clone();
        let own = part_of(&self.design);
        let live =
            |row: &[f64], b: &[f64]| row.iter().zip(b).filter(|(_, b)| **b != 0.0).map(|(x, b)| x * b).sum::<f64>();
        for s in 0..design.steps() {
            let row = design.row_on_path(s, &past);
            let zero_row = if self.design.zero.is_some() { own.x.row(s).to_vec() } else { row.clone() };
            let mean = self.settings.link.mean(design.offset[s] + live(&row, &beta)).min(MAX_COUNT);
            let xi = own.offset[s] + live(&zero_row, &zeta);
            if self.rows.contains(&s) && mean.is_finite() && xi.is_finite() {
                design.counts[s] = self.law(mean, xi, t).sample(rng);
            }
            design.x.row_mut(s).iter_mut().zip(&row).for_each(|(a, x)| *a = *x);
            past.push(design.counts[s]);
        }
        Some(design)
    }

    /// The fit to other data, from these estimates; from nothing where no maximum is found from them.
    fn fitted_to(&self, design: &Design, rows: Vec<usize>) -> Option<ZeroFit> {
        let has = |zero: bool| rows.iter().any(|i| (design.counts[*i] == 0.0) == zero && design.weight(*i) > 0.0);
        if !(has(true) && has(false)) {
            return None;
        }
        let settings = Settings {
            family: self.joint.family,
            interval: Interval::Wald,
            vcov: Vcov::Model,
            ..self.settings.clone()
        };
        let mut again = ZeroFit::prepare_on(&settings, design, rows, Vec::new(), &self.rng).ok()?;
        let all = again.limits.count.infinite.is_empty() && again.limits.zero.infinite.is_empty();
        if !all || again.kept() != self.kept() {
            return None;
        }
        let beta = self.coefficients();
        let of = |columns: Vec<usize>, from: usize| columns.iter().map(|j| beta[from + j]).collect::<Vec<_>>();
        let mut start = again.count_basis.qr.times(&of(again.count_basis.kept(), 0));
        start.extend(again.zero_basis.qr.times(&of(again.zero_basis.kept(), self.p())));
        start.extend(again.joint.free().then(|| self.top.x[self.top.x.len() - 1]));
        again.top = maximise(|p, g, h| again.joint.evaluate(p, g, h), start);
        if again.top.converged {
            again.settle();
        } else {
            again.maximise().ok()?;
        }
        let vanished = again.settings.zeros == ZeroPart::Inflated && again.no_excess();
        (again.top.converged && again.flat.is_empty() && !again.separated() && !vanished).then_some(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Family;
    use crate::model::Link;
    use ndarray::Array2;

    fn example(family: Family, zeros: ZeroPart) -> ZeroFit {
        let n = 80;
        let x = Array2::from_shape_fn((n, 2), |(i, j)| if j == 0 { 1.0 } else { (i as f64 * 0.7).sin() });
        let counts = (0..n).map(|i| if i % 3 == 0 { 0.0 } else { (1 + i * 7 % 11) as f64 }).collect();
        let design = Design::new(vec!["(Intercept)".into(), "wave".into()], x, counts).unwrap();
        let settings = Settings { family, zeros, link: Link::Log, ..Settings::default() };
        ZeroFit::new(&settings, &design, &crate::rng::stream(1, &[])).unwrap().unwrap()
    }

    #[test]
    fn a_replicate_is_the_fit_of_its_counts() {
        for family in [Family::Poisson, Family::Nb2] {
            for zeros in [ZeroPart::Inflated, ZeroPart::Hurdle] {
                let fit = example(family, zeros);
                let again = fit.of_drawn_counts(&mut crate::rng::stream(5, &[])).unwrap();
                let direct = ZeroFit::new(&fit.settings, &again.design, &fit.rng).unwrap().unwrap();
                assert!((again.log_lik() - direct.log_lik()).abs() < 1e-9);
                for (a, b) in again.coefficients().iter().zip(direct.coefficients()) {
                    assert!((a - b).abs() < 1e-6 * (1.0 + b.abs()), "{a} {b}");
                }
                // All places once, in any order, are the data.
                let turned: Vec<usize> = (0..80).map(|i| (i * 27 + 5) % 80).collect();
                let same = fit.of_places(&turned).unwrap();
                for (a, b) in same.coefficients().iter().zip(fit.coefficients()) {
                    assert!((a - b).abs() < 1e-7, "{a} {b}");
                }
            }
        }
    }

    #[test]
    fn a_replicate_without_zeros_or_without_positive_counts_has_no_fit() {
        let fit = example(Family::Poisson, ZeroPart::Hurdle);
        let of = |zero: bool| (0..80).filter(|a| (a % 3 == 0) == zero).cycle().take(80).collect::<Vec<usize>>();
        assert!(fit.of_places(&of(true)).is_none() && fit.of_places(&of(false)).is_none());
    }
}
