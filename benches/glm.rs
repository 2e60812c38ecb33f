//! Times of the regression engine and of what is built on it: medians of many runs, one table.
//!
//! Run with `cargo bench --bench glm`, or `cargo bench --bench glm -- PART` for one of fits, bootstrap, backtest, subsets,
//! large. Data are made here, from a fixed seed; nothing is read from disk.

use ndarray::Array2;
use std::hint::black_box;
use std::time::Instant;
use tumen::analysis::bootstrap::{self, Scheme};
use tumen::analysis::subsets::{self, Criterion, Term};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::glm::{self, Regression};
use tumen::model::{Interval, Settings};

/// `n` counts of mean about `level` on an intercept and `p` − 1 waves.
fn design(n: usize, p: usize, level: f64, family: Family) -> Design {
    let mut rng = tumen::rng::stream(1, &["bench"]);
    let x = Array2::from_shape_fn((n, p), |(i, j)| match j {
        0 => 1.0,
        _ => (i as f64 * (0.37 + 0.61 * j as f64) + j as f64).sin(),
    });
    let eta = |i: usize| level.ln() + (1..p).map(|j| 0.3 / j as f64 * x[(i, j)]).sum::<f64>();
    let counts = (0..n).map(|i| family.sample(eta(i).exp(), 12.0, &mut rng)).collect();
    Design::new((0..p).map(|j| format!("x{j}")).collect(), x, counts).expect("a sound design")
}

/// Median seconds of `runs` calls, after one to warm up.
fn median<T>(runs: usize, mut call: impl FnMut() -> T) -> f64 {
    black_box(call());
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            black_box(call());
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn row(what: &str, runs: usize, seconds: f64) {
    let (value, unit) = match seconds {
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    println!("{what:<58} {value:>9.2} {unit:<3} median of {runs}");
}

fn settings(family: Family) -> Settings {
    Settings { family, interval: Interval::Wald, ..Settings::default() }
}

fn single_fits() {
    let rng = tumen::rng::stream(1, &["bench"]);
    for (what, n, family) in [
        ("Poisson fit, n = 26, p = 6", 26, Family::Poisson),
        ("NB2 fit, n = 26, p = 6", 26, Family::Nb2),
        ("NB2 fit, n = 50, p = 6", 50, Family::Nb2),
    ] {
        let d = design(n, 6, 900.0, Family::Nb2);
        let s = settings(family);
        row(what, 2001, median(2001, || Regression::fit(&s, &d, &rng)));
        let full = || glm::build(&s).and_then(|m| m.fit(&d, &mut rng.clone())).and_then(|f| f.summary());
        row("  with errors, diagnostics and fit statistics", 501, median(501, full));
    }
}

fn all_subsets() {
    for n in [46, 100] {
        for (terms, runs) in [(15, 5), (18, 1)] {
            let d = design(n, terms + 1, 900.0, Family::Nb2);
            let candidates = (1..=terms).map(|j| Term::of(&d, j)).collect();
            let request = subsets::Request::new(candidates, Family::Nb2);
            let what = format!("2^{terms} subsets, NB2, n = {n}");
            row(&what, runs, median(runs, || subsets::fit_all(&d, &request)));
            if let (Ok(all), 15) = (subsets::fit_all(&d, &request), terms) {
                row("  weights, inclusion, averages by AICc", runs, median(runs, || all.averaged(Criterion::Aicc)));
                println!("  left out {}, not converged {}", all.left_out, all.unconverged);
            }
        }
    }
}

fn resampling() {
    let d = design(50, 4, 900.0, Family::Nb2);
    let rng = tumen::rng::stream(1, &["bench"]);
    let Ok(fit) = Regression::fit(&settings(Family::Nb2), &d, &rng) else { return };
    for (what, scheme) in [("parametric", Scheme::Parametric), ("blocks of 4", Scheme::Blocks(4))] {
        let request = bootstrap::Request { scheme, replicates: 500, level: 0.95 };
        let run = || bootstrap::run(&d, &fit, request, &mut rng.clone());
        row(&format!("500 bootstrap replicates, NB2, n = 50, {what}"), 21, median(21, run));
    }
}

/// 20 origins: fit to what came before, 1000 paths of one step.
fn back_test() {
    let d = design(46, 4, 900.0, Family::Nb2);
    let s = settings(Family::Nb2);
    let part = |from: usize, to: usize, past: bool| Design {
        x: d.x.slice(ndarray::s![from..to, ..]).to_shared(),
        offset: d.offset[from..to].to_vec(),
        counts: if past { d.counts[from..to].to_vec() } else { Vec::new() },
        ..d.clone()
    };
    let loop_over = |draws: usize| {
        let origins = 26..46;
        origins
            .map(|o| {
                let mut rng = tumen::rng::stream(1, &["bench"]);
                let fitted = glm::build(&s)?.fit(&part(0, o, true), &mut rng)?;
                Ok(fitted.simulate(&part(o, o + 1, false), draws, &mut rng)?.counts.sum())
            })
            .sum::<tumen::Result<f64>>()
    };
    row("20-origin NB2 back-test, fit + 1 draw each", 101, median(101, || loop_over(1)));
    row("20-origin NB2 back-test, fit + 1000 draws each", 21, median(21, || loop_over(1000)));
}

fn large() {
    let d = design(1_000_000, 20, 5.0, Family::Poisson);
    let rng = tumen::rng::stream(1, &["bench"]);
    let s = settings(Family::Poisson);
    row("Poisson fit, n = 1,000,000, p = 20", 3, median(3, || Regression::fit(&s, &d, &rng)));
}

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    let asked: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let parts: [(&str, fn()); 5] = [
        ("fits", single_fits),
        ("bootstrap", resampling),
        ("backtest", back_test),
        ("subsets", all_subsets),
        ("large", large),
    ];
    for (name, part) in parts {
        if asked.is_empty() || asked.iter().any(|a| a == name) {
            part();
        }
    }
}
