//! Influence of single observations on a model with extra zeros.
//!
//! With s_i and I_i score and negative Hessian of observation i at the maximum and I = Σ I_i, leaving it out moves all k
//! parameters (both parts, ln θ) by about −δ_i, δ_i = (I − I_i)⁻¹ s_i: one Newton step. Cook's distance is
//! D_i = δ_i' I δ_i / k (Cook and Weisberg 1982, *Residuals and Influence in Regression*, chapter 5). For a Poisson
//! regression it is r²h/((1 − h)² k), that of any generalised linear model with its canonical link.

use super::ZeroFit;
use crate::inference::linalg::{cholesky, cholesky_solve, dot};
use crate::results::{Absent, num};

impl ZeroFit {
    /// Cook's distance by place among the observations fitted; `None` where a part settles the observation in the limit,
    /// where the information without it is singular, and of all where the information is.
    pub(super) fn cooks_distances(&self) -> Vec<Option<f64>> {
        let (n, dim) = (self.rows.len(), self.top.x.len());
        let mut out = vec![None; n];
        if !self.flat.is_empty() || self.separated() || !self.top.converged {
            return out;
        }
        let info = &self.top.info;
        self.joint.each_alone(&self.top.x, |i, score, own| {
            if self.joint.gone.iter().any(|g| g[i]) {
                return;
            }
            let mut rest: Vec<f64> = info.iter().zip(own).map(|(a, b)| a - b).collect();
            // A row that alone tells of a direction leaves a pivot of rounding.
            let least = (0..dim).map(|a| 1e-9 * info[a * (dim + 1)]).collect::<Vec<f64>>();
            if !cholesky(&mut rest, dim) || (0..dim).any(|a| rest[a * (dim + 1)].powi(2) < least[a]) {
                return;
            }
            let mut step = score.to_vec();
            cholesky_solve(&rest, dim, &mut step);
            let row = |a: usize| (0..dim).map(move |b| info[a.max(b) * dim + a.min(b)]);
            let square: f64 = (0..dim).map(|a| step[a] * dot(&row(a).collect::<Vec<f64>>(), &step)).sum();
            out[i] = num(square / dim as f64);
        });
        out
    }

    /// Statistics that have no agreed definition with extra zeros.
    pub(super) fn absent() -> Vec<Absent> {
        vec![
            Absent {
                statistics: vec!["hat"],
                reason: "leverage is that of a weighted least-squares fit, or the slope of a fitted mean in its count; a zero \
                         part has neither (its likelihood jumps between 0 and 1)",
            },
            Absent {
                statistics: vec!["residual_deviance", "deviance", "null_deviance"],
                reason: "with extra zeros no saturated model is agreed on; residual_quantile is exact",
            },
            Absent {
                statistics: vec!["residual_anscombe"],
                reason: "it is defined by the variance function of a family, which extra zeros do not leave",
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::family::{Family, ZeroPart};
    use crate::model::Settings;
    use ndarray::Array2;

    fn fitted(n: usize, dummy: bool, zeros: ZeroPart) -> ZeroFit {
        let x = |i: usize, j: usize| match j {
            0 => 1.0,
            1 => (i as f64 * 0.7).sin(),
            _ => f64::from(u8::from(i == 7)),
        };
        let x = Array2::from_shape_fn((n, if dummy { 3 } else { 2 }), |(i, j)| x(i, j));
        let counts = (0..n).map(|i| if i % 3 == 0 { 0.0 } else { (1 + i * 7 % 11) as f64 }).collect();
        let mut design = Design::new((0..x.ncols()).map(|j| format!("x{j}")).collect(), x, counts).unwrap();
        let own = design.x.select(ndarray::Axis(1), &[0, 1]);
        design.zero = Some(crate::design::Part { names: vec!["x0".into(), "x1".into()], x: own, offset: vec![0.0; n] });
        let settings = Settings { family: Family::Nb2, zeros, ..Settings::default() };
        ZeroFit::new(&settings, &design, &crate::rng::stream(1, &[])).unwrap().unwrap()
    }

    /// k D is near twice what the log-likelihood loses at the estimates without the row (Cook 1986, J. R. Stat. Soc. B 48, 133–169).
    #[test]
    fn one_step_is_near_the_fit_without_the_row() {
        for zeros in [ZeroPart::Inflated, ZeroPart::Hurdle] {
            let fit = fitted(300, false, zeros);
            let (d, dim) = (fit.cooks_distances(), fit.top.x.len());
            for out in [0, 1, 2, 10, 23, 99, 250] {
                let places: Vec<usize> = (0..300).filter(|a| *a != out).collect();
                let less = fit.of_places(&places).unwrap();
                let beta = less.coefficients();
                let mut at = fit.count_basis.qr.times(&beta[..2]);
                at.extend(fit.zero_basis.qr.times(&beta[2..]));
                at.push(less.dispersion().ln());
                let (mut g, mut h) = (vec![0.0; dim], vec![0.0; dim * dim]);
                let loss = 2.0 * (fit.top.value - fit.joint.evaluate(&at, &mut g, &mut h));
                let one_step = dim as f64 * d[out].unwrap();
                assert!((one_step / loss - 1.0).abs() < 0.1, "{out}: {one_step} {loss}");
            }
        }
    }

    #[test]
    fn a_row_that_owns_a_term_has_no_distance() {
        let d = fitted(60, true, ZeroPart::Hurdle).cooks_distances();
        assert!(d[7].is_none() && d.iter().filter(|d| d.is_none()).count() == 1, "{d:?}");
    }
}
