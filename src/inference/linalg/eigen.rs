//! Eigenvalues and vectors of small symmetric matrices: Jacobi's rotations (Golub and Van Loan 2013, *Matrix Computations*,
//! 4th ed., section 8.5).

/// Sweeps at most; convergence is quadratic.
const SWEEPS: usize = 60;

/// Eigenvalues and unit eigenvectors of the symmetric k × k matrix whose lower triangle `a` holds.
pub fn eigen(a: &[f64], k: usize) -> Vec<(f64, Vec<f64>)> {
    let at = |i: usize, j: usize| a[i.max(j) * k + i.min(j)];
    let mut m: Vec<f64> = (0..k * k).map(|e| at(e / k, e % k)).collect();
    let mut v: Vec<f64> = (0..k * k).map(|e| f64::from(u8::from(e / k == e % k))).collect();
    for _ in 0..SWEEPS {
        let mut turned = false;
        for p in 0..k {
            for q in p + 1..k {
                turned |= rotate(&mut m, &mut v, k, p, q);
            }
        }
        if !turned {
            break;
        }
    }
    (0..k).map(|j| (m[j * k + j], (0..k).map(|i| v[i * k + j]).collect())).collect()
}

/// Turns the entry (p, q) to 0; false where it is 0 already, beside its diagonal.
fn rotate(m: &mut [f64], v: &mut [f64], k: usize, p: usize, q: usize) -> bool {
    let (app, aqq, apq) = (m[p * k + p], m[q * k + q], m[p * k + q]);
    if apq == 0.0 || apq.abs() <= 1e-17 * (app * aqq).abs().sqrt().max(f64::MIN_POSITIVE) {
        return false;
    }
    let tau = (aqq - app) / (2.0 * apq);
    let t = tau.signum() / (tau.abs() + tau.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for i in 0..k {
        let (x, y) = (m[i * k + p], m[i * k + q]);
        (m[i * k + p], m[i * k + q]) = (c * x - s * y, s * x + c * y);
    }
    for i in 0..k {
        let (x, y) = (m[p * k + i], m[q * k + i]);
        (m[p * k + i], m[q * k + i]) = (c * x - s * y, s * x + c * y);
        let (x, y) = (v[i * k + p], v[i * k + q]);
        (v[i * k + p], v[i * k + q]) = (c * x - s * y, s * x + c * y);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_and_values_rebuild_the_matrix() {
        let a = [4.0, 0.0, 0.0, -2.0, 3.0, 0.0, 1e-9, 0.5, 1e-12];
        let pairs = eigen(&a, 3);
        for i in 0..3 {
            for j in 0..=i {
                let sum: f64 = pairs.iter().map(|(l, v)| l * v[i] * v[j]).sum();
                assert!((sum - a[i * 3 + j]).abs() < 1e-13, "{i} {j} {sum}");
                let unit: f64 = (0..3).map(|c| pairs[i].1[c] * pairs[j].1[c]).sum();
                assert!((unit - f64::from(u8::from(i == j))).abs() < 1e-13);
            }
        }
    }
}
