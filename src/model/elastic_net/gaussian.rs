//! Gaussian-log by linfa's elastic net, which centres neither columns nor response here (it would centre the response
//! alone): both are centred, scaled and weighted beforehand, and the intercept is put back. Free columns are swept out of
//! the response and the others first.

use super::{Data, Raw, RawPoint};
use crate::error::{Error, Result};
use crate::inference::linalg::{cholesky, cholesky_solve};
use crate::inference::special::HALF_LN_2PI;
use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2};

/// Weighted, centred response and penalised columns, each freed of the free columns; and what was swept out.
struct Swept {
    /// √(n w) times each penalised column.
    x: Array2<f64>,
    y: Array1<f64>,
    /// √(n w) times each free column, orthonormal, and the constant first.
    basis: Vec<Vec<f64>>,
    penalised: Vec<usize>,
    free: Vec<usize>,
    /// Standard deviation of the response (divisor n; about 0 without a constant), by which glmnet's `family =
    /// "gaussian"` divides it: the squared penalty is λ/sd on the response's own scale.
    sd: f64,
}

/// Prices of |β| and of β²/2 under λ and the mixing.
fn prices(s: &Swept, mixing: f64, lambda: f64) -> (f64, f64) {
    (lambda * mixing, lambda * (1.0 - mixing) / s.sd)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn response(data: &Data) -> Vec<f64> {
    (0..data.n).map(|i| (data.y[i] + data.family.shift()).ln() - data.offset[i]).collect()
}

fn sweep(data: &Data) -> Swept {
    let root: Vec<f64> = data.w.iter().map(|w| (w * data.n as f64).sqrt()).collect();
    let weighted = |v: &[f64]| -> Vec<f64> { v.iter().zip(&root).map(|(v, r)| v * r).collect() };
    let (penalised, free): (Vec<usize>, Vec<usize>) = (0..data.columns.len()).partition(|a| data.penalised[*a]);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let residual = |mut v: Vec<f64>, basis: &[Vec<f64>]| {
        for b in basis.iter().chain(basis) {
            let c = dot(&v, b);
            v.iter_mut().zip(b).for_each(|(v, b)| *v -= c * b);
        }
        v
    };
    let constant = data.constant.map(|_| vec![1.0; data.n]);
    for v in constant.iter().map(Vec::as_slice).chain(free.iter().map(|a| data.column(*a))) {
        let v = residual(weighted(v), &basis);
        let size = dot(&v, &v).sqrt();
        if size > 1e-9 * (data.n as f64).sqrt() {
            basis.push(v.iter().map(|x| x / size).collect());
        }
    }
    let columns: Vec<Vec<f64>> = penalised.iter().map(|a| residual(weighted(data.column(*a)), &basis)).collect();
    let about = residual(weighted(&response(data)), &basis[..usize::from(data.constant.is_some()).min(basis.len())]);
    let sd = (dot(&about, &about) / data.n as f64).sqrt();
    Swept {
        x: Array2::from_shape_fn((data.n, columns.len()), |(i, a)| columns[a][i]),
        y: Array1::from(residual(weighted(&response(data)), &basis)),
        basis,
        penalised,
        free,
        // A constant response has slopes of 0 at any price.
        sd: if sd > 0.0 { sd } else { 1.0 },
    }
}

/// Slope of the fit in each penalised coefficient, where all of them are 0.
pub(super) fn at_null(data: &Data) -> Vec<f64> {
    let s = sweep(data);
    (s.x.t().dot(&s.y) / data.n as f64).to_vec()
}

pub(super) fn path(data: &Data, mixing: f64, lambda: &[f64]) -> Result<Raw> {
    let s = sweep(data);
    let dataset = Dataset::new(s.x.clone(), s.y.clone());
    let null_deviance = s.y.dot(&s.y) / data.n as f64 * data.total;
    let points = lambda.iter().map(|l| point(data, &s, &dataset, mixing, *l, null_deviance)).collect::<Result<_>>()?;
    Ok(Raw { null_deviance, points })
}

fn point(
    data: &Data,
    s: &Swept,
    dataset: &Dataset<f64, f64, ndarray::Ix1>,
    mixing: f64,
    lambda: f64,
    null_deviance: f64,
) -> Result<RawPoint> {
    let (l1, l2) = prices(s, mixing, lambda);
    let own = if mixing == 0.0 { ridge(s, l2)? } else { net(dataset, l1, l2)? };
    let fitted = s.x.dot(&own);
    let rss = (&s.y - &fitted).mapv(|r| r * r).sum() / data.n as f64 * data.total;
    let mut beta = vec![0.0; data.columns.len()];
    s.penalised.iter().zip(&own).for_each(|(a, b)| beta[*a] = *b);
    let intercept = swept_out(data, s, &mut beta)?;
    let n = data.n as f64;
    let jacobian: f64 = data.y.iter().map(|y| (y + data.family.shift()).ln()).sum();
    let weights: f64 = data.w.iter().map(|w| 0.5 * (w * data.total).ln()).sum();
    Ok(RawPoint {
        lambda,
        intercept,
        beta,
        deviance: rss,
        null_deviance,
        log_lik: weights - n * (HALF_LN_2PI + 0.5 * (rss / n).ln() + 0.5) - jacobian,
        dispersion: (rss / n).sqrt(),
        parameters: 1,
        converged: optimal(s, &own, l1, l2),
    })
}

fn net(dataset: &Dataset<f64, f64, ndarray::Ix1>, l1: f64, l2: f64) -> Result<Array1<f64>> {
    let ratio = if l1 + l2 > 0.0 { l1 / (l1 + l2) } else { 1.0 };
    let fitted = ElasticNet::params()
        .penalty(l1 + l2)
        .l1_ratio(ratio)
        .with_intercept(false)
        .tolerance(1e-13)
        .max_iterations(20_000)
        .fit(dataset)
        .map_err(|e| Error::data(format!("the elastic net failed: {e}")))?;
    Ok(fitted.hyperplane().clone())
}

/// Without an absolute penalty linfa's duality gap never closes; the solution is that of (X'X/n + λ) β = X'y/n.
fn ridge(s: &Swept, lambda: f64) -> Result<Array1<f64>> {
    let (n, k) = (s.y.len() as f64, s.x.ncols());
    let mut gram = (s.x.t().dot(&s.x) / n).iter().copied().collect::<Vec<f64>>();
    (0..k).for_each(|a| gram[a * (k + 1)] += lambda);
    let mut beta = (s.x.t().dot(&s.y) / n).to_vec();
    if !cholesky(&mut gram, k) {
        return Err(Error::data("columns are collinear and nothing is penalised").help("raise the penalty"));
    }
    cholesky_solve(&gram, k, &mut beta);
    Ok(Array1::from(beta))
}

/// Whether the slope of the fit balances the penalty in each coefficient, to 1e-6 of the response's scale.
fn optimal(s: &Swept, beta: &Array1<f64>, l1: f64, l2: f64) -> bool {
    let n = s.y.len() as f64;
    let slope = s.x.t().dot(&(&s.y - &s.x.dot(beta))) / n;
    let scale = (s.y.dot(&s.y) / n).sqrt().max(1e-300);
    let gap = |(g, b): (&f64, &f64)| {
        if *b == 0.0 { (g.abs() - l1).max(0.0) } else { (g - l1 * b.signum() - l2 * b).abs() }
    };
    slope.iter().zip(beta).map(gap).all(|g| g < 1e-6 * scale)
}

/// Coefficients of the free columns (into `beta`) and of the constant: least squares of what the others leave.
fn swept_out(data: &Data, s: &Swept, beta: &mut [f64]) -> Result<f64> {
    let root: Vec<f64> = data.w.iter().map(|w| (w * data.n as f64).sqrt()).collect();
    let mut left: Vec<f64> = response(data);
    for a in &s.penalised {
        left.iter_mut().zip(data.column(*a)).for_each(|(l, z)| *l -= beta[*a] * z);
    }
    left.iter_mut().zip(&root).for_each(|(l, r)| *l *= r);
    let columns: Vec<Vec<f64>> = data
        .constant
        .iter()
        .map(|_| root.clone())
        .chain(s.free.iter().map(|a| data.column(*a).iter().zip(&root).map(|(z, r)| z * r).collect()))
        .collect();
    if columns.len() != s.basis.len() {
        return Err(Error::data("columns that are not penalised are collinear").help("penalise them, or take some out"));
    }
    // The basis is the columns made orthonormal in order: solve its triangular relation.
    let k = columns.len();
    let mut c: Vec<f64> = s.basis.iter().map(|b| dot(b, &left)).collect();
    for i in (0..k).rev() {
        for j in i + 1..k {
            c[i] -= dot(&s.basis[i], &columns[j]) * c[j];
        }
        c[i] /= dot(&s.basis[i], &columns[i]);
    }
    let first = usize::from(data.constant.is_some());
    s.free.iter().zip(&c[first..]).for_each(|(a, v)| beta[*a] = *v);
    Ok(if first == 1 { c[0] } else { 0.0 })
}
