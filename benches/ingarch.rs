//! Times of the NB INGARCH fit with two interventions and of its parametric bootstrap.
//!
//! With the folder of reference cases in `TUMEN_CASES` (or `../shared/cases`) the series is the campylobacter one of R's
//! tscount; without it, counts simulated like it. Run by `cargo bench --bench ingarch`.

use ndarray::Array2;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;
use tumen::design::Design;
use tumen::family::Family;
use tumen::intervention::{Search, search};
use tumen::model::ingarch::Ingarch;
use tumen::model::serial::{Estimator, Serial};
use tumen::model::{Fitted as _, Link, Settings};

/// Recorded counts, or stand-ins of the same length and level.
fn counts() -> (Vec<f64>, &'static str) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("TUMEN_CASES").map(PathBuf::from);
    for folder in named.into_iter().chain([root.join("../shared/cases"), root.join("../../shared/cases")]) {
        if let Ok(text) = std::fs::read_to_string(folder.join("ingarch_campy/data.csv")) {
            let field = |l: &str| l.split(',').nth(1).and_then(|f| f.parse().ok());
            return (text.lines().skip(1).filter_map(field).collect(), "campylobacter");
        }
    }
    let noise = [0.3f64, 1.6, 0.8, 1.1, 0.5, 1.9, 0.7, 1.0, 0.6, 1.5, 1.2];
    ((0..140).map(|t| (11.0 * noise[t * 7 % 11] + if t == 99 { 40.0 } else { 0.0 }).round()).collect(), "stand-in")
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn time(what: &str, repeats: usize, mut f: impl FnMut()) {
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        f();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let best = times.iter().copied().fold(f64::INFINITY, f64::min);
    println!("{what:<44} median {:>9.3} ms   best {best:>9.3} ms", median(times));
}

fn main() {
    let (y, source) = counts();
    println!("{source}, {} counts", y.len());
    let x = Array2::from_shape_fn((y.len(), 3), |(t, j)| match j {
        0 => 1.0,
        1 => f64::from(u8::from(t >= 83)),
        _ => f64::from(u8::from(t == 99)),
    });
    let names = ["(Intercept)", "level shift 84", "spike 100"].map(String::from).to_vec();
    let design = Design::new(names, x, y).expect("a design");
    for (estimator, word) in [(Estimator::TwoStep, "two-step"), (Estimator::Ml, "ML")] {
        let serial = Serial { past_obs: vec![1], past_mean: vec![13], estimator, ..Serial::default() };
        let settings = Settings { family: Family::Nb2, link: Link::Identity, serial, ..Settings::default() };
        let model = Ingarch::new(&settings).expect("a model");
        let mut rng = tumen::rng::stream(1, &["bench"]);
        time(&format!("NB fit, two interventions, {word}"), 200, || {
            black_box(model.fit_to(&design, &mut rng).expect("a fit"));
        });
        let fit = model.fit_to(&design, &mut rng).expect("a fit");
        // tsglm computes its information matrix in every call: this is the line to hold beside it. It does more than
        // that: residuals, and the tests of serial dependence.
        time(&format!("fit with its summary (errors), {word}"), 200, || {
            let fit = model.fit_to(&design, &mut rng).expect("a fit");
            black_box(fit.summary().expect("a summary"));
        });
        time(&format!("parametric bootstrap, 500 replicates, {word}"), 5, || {
            black_box(fit.bootstrap(500));
        });
        let how = Search { from: 80, to: 120, replicates: 500, ..Search::default() };
        time(&format!("search 80–120, 500 replicates, {word}"), 3, || {
            black_box(search(&fit, 1.0, &how).expect("a search"));
        });
    }
}
