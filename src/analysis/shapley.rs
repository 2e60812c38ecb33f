//! Order-free shares: the Shapley value of what factors add together.
//!
//! φ_f = Σ_{S ∌ f} |S|! (K − |S| − 1)! / K! (v(S ∪ f) − v(S)) (Shapley 1953, "A value for n-person games"), which is the
//! integral of ∂v/∂t_f of the multilinear extension along its diagonal (Owen 1972, "Multilinear extensions of games",
//! Management Science 18, P64–P79). For a product v(S) = v₀ Π_{f ∈ S} ρ_f (factors on the log link) that is
//!
//! φ_f = v₀ (ρ_f − 1) ∫₀¹ Π_{g ≠ f} (1 − t + t ρ_g) dt,
//!
//! a polynomial of degree K − 1, so Gauss's rule with ⌈K/2⌉ nodes is exact: K² operations in place of 2^K.

/// The product rule for a fixed number of factors.
#[derive(Debug, Clone)]
pub struct Product {
    /// Nodes and weights on (0, 1).
    rule: Vec<(f64, f64)>,
}

impl Product {
    /// For `factors` factors.
    pub fn new(factors: usize) -> Product {
        Product { rule: gauss_legendre(factors.div_ceil(2)) }
    }

    /// Adds `scale` φ_f to `out[f]` for v(S) = Π_{f ∈ S} e^{d_f}.
    pub fn add(&self, scale: f64, d: &[f64], out: &mut [f64]) {
        for &(t, w) in &self.rule {
            let all: f64 = d.iter().map(|d| 1.0 + t * d.exp_m1()).product();
            for (phi, d) in out.iter_mut().zip(d) {
                let gain = d.exp_m1();
                *phi += scale * w * gain * all / (1.0 + t * gain);
            }
        }
    }
}

/// Nodes and weights of Gauss's rule on (0, 1), by Newton steps on the Legendre polynomial.
fn gauss_legendre(m: usize) -> Vec<(f64, f64)> {
    let legendre = |x: f64| {
        let (mut before, mut at) = (1.0, x);
        for j in 2..=m {
            let j = j as f64;
            (before, at) = (at, ((2.0 * j - 1.0) * x * at - (j - 1.0) * before) / j);
        }
        (at, m as f64 * (x * at - before) / (x * x - 1.0))
    };
    let node = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (m as f64 + 0.5)).cos();
        for _ in 0..100 {
            let (value, slope) = legendre(x);
            x -= value / slope;
            if (value / slope).abs() < 1e-16 {
                break;
            }
        }
        let slope = legendre(x).1;
        (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
    };
    if m == 1 { vec![(0.5, 1.0)] } else { (0..m).map(node).collect() }
}

/// Shapley values of any game by enumeration; `value[S]` for each coalition as a bit mask, 2^K of them.
pub fn enumerate(value: &[f64]) -> Vec<f64> {
    let k = value.len().trailing_zeros() as usize;
    // |S|! (K − |S| − 1)! / K! = 1 / (K binomial(K − 1, |S|)).
    let mut weight = vec![1.0 / k.max(1) as f64; k];
    for s in 1..k {
        weight[s] = weight[s - 1] * s as f64 / (k - s) as f64;
    }
    let one = |f: usize| {
        let bit = 1 << f;
        let without = (0..value.len()).filter(|s| s & bit == 0);
        without.map(|s| weight[s.count_ones() as usize] * (value[s | bit] - value[s])).sum()
    };
    (0..k).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_rule_equals_enumeration() {
        let d = [0.3, -1.2, 0.05, 2.0, -0.7, 0.9, 0.0];
        for k in 1..=d.len() {
            let game: Vec<f64> = (0..1usize << k)
                .map(|s| 5.0 * (0..k).filter(|f| s >> f & 1 == 1).map(|f| d[f]).sum::<f64>().exp())
                .collect();
            let exact = enumerate(&game);
            let mut quick = vec![0.0; k];
            Product::new(k).add(5.0, &d[..k], &mut quick);
            for (a, b) in quick.iter().zip(&exact) {
                assert!((a - b).abs() < 1e-12 * game[game.len() - 1].max(5.0), "{k}: {quick:?} {exact:?}");
            }
            let gain = game[game.len() - 1] - game[0];
            assert!((quick.iter().sum::<f64>() - gain).abs() < 1e-11 * gain.abs().max(1.0));
        }
    }

    #[test]
    fn two_factors_by_hand() {
        // v: 1, 2, 3, 10. First: ½ (2 − 1) + ½ (10 − 3) = 4; second: ½ (3 − 1) + ½ (10 − 2) = 5.
        assert_eq!(enumerate(&[1.0, 2.0, 3.0, 10.0]), [4.0, 5.0]);
    }

    #[test]
    fn equal_factors_share_equally_and_an_idle_one_gets_nothing() {
        let mut out = vec![0.0; 3];
        Product::new(3).add(2.0, &[0.4, 0.4, 0.0], &mut out);
        assert!((out[0] - out[1]).abs() < 1e-15 && out[2] == 0.0);
        assert!((out[0] + out[1] - 2.0 * 0.8f64.exp_m1()).abs() < 1e-14);
    }
}
