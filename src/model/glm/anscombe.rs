//! Anscombe residuals: the transform A of the count that is nearest to normal, A' = V^(−1/3), on its own scale,
//!
//! r = (A(y) − A(μ)) / V(μ)^(1/6),  V(t) = c t (1 + α t)
//!
//! (McCullagh and Nelder 1989, *Generalized Linear Models*, 2nd ed., section 2.4.2). Poisson: α = 0, c = 1, and r is
//! 3/2 (y^⅔ − μ^⅔) / μ^⅙; NB1 has c = 1 + φ, the generalised Poisson (1 + φ)², NB2 α = 1/θ. With t = v³ the integral
//! from μ to y is that of 3 v (c (1 + α v³))^(−1/3), which is smooth. Definitions differ: R's surveillance divides also by
//! √(φ (1 − h)).

use crate::family::Family;

/// Gauss's rule of five points on (−1, 1), its positive nodes.
const RULE: [(f64, f64); 3] = [
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];
const PANELS: usize = 32;

/// The residual of count `y` with mean `mu` and dispersion θ or φ; `None` for families whose variance is no such function.
pub(super) fn anscombe(family: Family, y: f64, mu: f64, dispersion: f64) -> Option<f64> {
    let (c, alpha) = match family {
        Family::Poisson | Family::QuasiPoisson => (1.0, 0.0),
        Family::Nb1 => (1.0 + dispersion, 0.0),
        Family::GenPoisson => ((1.0 + dispersion).powi(2), 0.0),
        Family::Nb2 => (1.0, 1.0 / dispersion),
        _ => return None,
    };
    let (from, to) = (mu.cbrt(), y.cbrt());
    let area = if alpha == 0.0 {
        1.5 * (to * to - from * from)
    } else {
        let half = 0.5 * (to - from) / PANELS as f64;
        let slope = |v: f64| 3.0 * v / (1.0 + alpha * v * v * v).cbrt();
        let panel = |p: usize| {
            let middle = from + (2 * p + 1) as f64 * half;
            let pair = |(x, w): &(f64, f64)| match *x {
                0.0 => w * slope(middle),
                x => w * (slope(middle - x * half) + slope(middle + x * half)),
            };
            half * RULE.iter().map(pair).sum::<f64>()
        };
        (0..PANELS).map(panel).sum()
    };
    Some(area / c.cbrt() / (c * mu * (1.0 + alpha * mu)).powf(1.0 / 6.0))
}
