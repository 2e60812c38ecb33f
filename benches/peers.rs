//! tumen's side of `benches/peers/run.sh`: makes the data, times tumen on them, prints one JSON line per task.
//!
//! `peers data DIR` writes the data; `peers small DIR`, `peers many DIR` and `peers large DIR` time. Not run by itself:
//! a time means something only beside the peers' of the same run.

use ndarray::{Array2, s};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::hint::black_box;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::time::Instant;
use tumen::analysis::bootstrap::{self, Scheme};
use tumen::analysis::subsets::{self, Term};
use tumen::design::Design;
use tumen::family::Family;
use tumen::model::glm::{self, Regression};
use tumen::model::{Interval, Settings};
use tumen::{Result, Rng};

/// Rows and columns of the large problem.
const LARGE: (usize, usize) = (1_000_000, 20);

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn stream() -> Rng {
    tumen::rng::stream(1, &["peers"])
}

/// An intercept and `p` − 1 waves.
fn wave(i: usize, j: usize) -> f64 {
    if j == 0 { 1.0 } else { (i as f64 * (0.37 + 0.61 * j as f64) + j as f64).sin() }
}

/// `n` counts of mean about `level` on an intercept and `p` − 1 waves.
fn design(n: usize, p: usize, level: f64, family: Family, rng: &mut Rng) -> Result<Design> {
    let x = Array2::from_shape_fn((n, p), |(i, j)| wave(i, j));
    let eta = |i: usize| level.ln() + (1..p).map(|j| 0.3 / j as f64 * x[(i, j)]).sum::<f64>();
    let counts = (0..n).map(|i| family.sample(eta(i).exp(), 12.0, rng)).collect();
    Design::new((0..p).map(|j| format!("x{j}")).collect(), x, counts)
}

fn write_csv(path: &Path, d: &Design) -> Outcome<()> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    writeln!(out, "y,{}", d.names[1..].join(","))?;
    for (y, row) in d.counts.iter().zip(d.x.rows()) {
        let cells: Vec<String> = row.iter().skip(1).map(f64::to_string).collect();
        writeln!(out, "{y},{}", cells.join(","))?;
    }
    Ok(())
}

fn read_csv(path: &Path) -> Outcome<Design> {
    let text = std::fs::read_to_string(path)?;
    let numbers = |l: &str| l.split(',').map(str::parse).collect::<std::result::Result<Vec<f64>, _>>();
    let rows = text.lines().skip(1).map(numbers).collect::<std::result::Result<Vec<_>, _>>()?;
    let p = rows.first().map_or(0, Vec::len);
    let x = Array2::from_shape_fn((rows.len(), p), |(i, j)| if j == 0 { 1.0 } else { rows[i][j] });
    let names = (0..p).map(|j| format!("x{j}")).collect();
    Ok(Design::new(names, x, rows.iter().map(|r| r[0]).collect())?)
}

/// Little-endian doubles: y, then the rows of x.
fn write_large(path: &Path) -> Outcome<()> {
    let (n, p) = LARGE;
    let mut rng = stream();
    let d = design(n, p, 5.0, Family::Poisson, &mut rng)?;
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    for v in d.counts.iter().chain(d.x.iter()) {
        out.write_all(&v.to_le_bytes())?;
    }
    Ok(())
}

fn read_large(path: &Path) -> Outcome<Design> {
    let (n, p) = LARGE;
    let mut file = BufReader::with_capacity(1 << 20, std::fs::File::open(path)?);
    let mut next = || {
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes).map(|()| f64::from_le_bytes(bytes))
    };
    let counts = (0..n).map(|_| next()).collect::<std::io::Result<Vec<f64>>>()?;
    let mut x = Array2::zeros((n, p));
    for v in x.iter_mut() {
        *v = next()?;
    }
    Ok(Design::new((0..p).map(|j| format!("x{j}")).collect(), x, counts)?)
}

/// Median seconds of `runs` calls, after one to warm up.
fn median<T>(runs: usize, mut call: impl FnMut() -> T) -> f64 {
    black_box(call());
    let mut once = || {
        let start = Instant::now();
        black_box(call());
        start.elapsed().as_secs_f64()
    };
    let mut times: Vec<f64> = (0..runs).map(|_| once()).collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

/// Seconds that this process has had on all processors, to the hundredth; 0 where the system doesn't say.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // User and system time follow the twelfth field after the name, in hundredths.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// [`median`] of a call that uses all threads, said with its processor time per thread: the time on an idle machine.
fn say_parallel<T>(task: &str, runs: usize, call: impl FnMut() -> T, answer: Vec<f64>) {
    let before = processor();
    let mut line = say(task, median(runs, call), answer);
    let calls = ((runs + 1) * rayon::current_num_threads()) as f64;
    line["processor"] = json!((processor() - before) / calls);
    println!("{line}");
}

fn say(task: &str, seconds: f64, answer: Vec<f64>) -> Value {
    json!({ "who": "tumen", "task": task, "seconds": seconds, "answer": answer })
}

fn settings(family: Family) -> Settings {
    Settings { family, interval: Interval::Wald, ..Settings::default() }
}

/// Coefficients, and θ where there is one.
fn answer(fit: &Regression) -> Vec<f64> {
    let theta = (fit.family() == Family::Nb2).then(|| fit.dispersion());
    fit.coefficients().into_iter().chain(theta).collect()
}

/// Single fits and the back-test: what peers do too.
fn small(folder: &Path) -> Outcome<()> {
    let (d, long) = (read_csv(&folder.join("small.csv"))?, read_csv(&folder.join("series.csv"))?);
    let rng = stream();
    for (task, family) in [("poisson", Family::Poisson), ("nb2", Family::Nb2)] {
        let s = settings(family);
        println!(
            "{}",
            say(task, median(1001, || Regression::fit(&s, &d, &rng)), answer(&Regression::fit(&s, &d, &rng)?))
        );
        let full = || glm::build(&s).and_then(|m| m.fit(&d, &mut rng.clone())).and_then(|f| f.summary());
        println!("{}", say(&format!("{task} full"), median(301, full), Vec::new()));
    }
    let s = settings(Family::Nb2);
    let past = |o: usize| Design {
        x: long.x.slice(s![..o, ..]).to_shared(),
        offset: long.offset[..o].to_vec(),
        counts: long.counts[..o].to_vec(),
        ..long.clone()
    };
    let ahead = |o: usize| -> Result<f64> {
        let beta = Regression::fit(&s, &past(o), &rng)?.coefficients();
        Ok(long.row(o).iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>().exp())
    };
    let origins = || (26..46).map(ahead).collect::<Result<Vec<f64>>>();
    println!("{}", say("backtest", median(201, origins), origins()?));
    Ok(())
}

/// Many fits at once, in parallel.
fn many(folder: &Path) -> Outcome<()> {
    let long = read_csv(&folder.join("series.csv"))?;
    let wide = read_csv(&folder.join("candidates.csv"))?;
    let rng = stream();
    let request = subsets::Request::new((1..=15).map(|j| Term::of(&wide, j)).collect(), Family::Nb2);
    let fitted = subsets::fit_all(&wide, &request)?;
    let sound = fitted.models.len() - fitted.left_out - fitted.unconverged;
    say_parallel("subsets", 3, || subsets::fit_all(&wide, &request), vec![sound as f64]);
    let fit = Regression::fit(&settings(Family::Nb2), &long, &rng)?;
    let request = bootstrap::Request { scheme: Scheme::Parametric, replicates: 500, level: 0.95 };
    say_parallel("bootstrap", 21, || bootstrap::run(&long, &fit, request, &mut rng.clone()), Vec::new());
    let mut draw = stream();
    let series = (0..30_000)
        .map(|g| design(60, 4, 2.0 + f64::from(g % 50), Family::Nb2, &mut draw))
        .collect::<Result<Vec<Design>>>()?;
    for (task, family) in [("panel poisson", Family::Poisson), ("panel nb2", Family::Nb2)] {
        let s = settings(family);
        let run = || {
            let fits = series.par_iter().map(|d| Regression::fit(&s, d, &rng).map(|f| answer(&f)));
            fits.filter(std::result::Result::is_ok).count()
        };
        say_parallel(task, 3, run, vec![run() as f64]);
    }
    Ok(())
}

/// Peak resident memory of this process, bytes.
fn peak() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? * 1024.0)
}

fn large(folder: &Path) -> Outcome<()> {
    let d = read_large(&folder.join("large.bin"))?;
    let (rng, s, before) = (stream(), settings(Family::Poisson), peak()?);
    let fit = answer(&Regression::fit(&s, &d, &rng)?);
    let after = peak()?;
    let mut line = say("large", median(5, || Regression::fit(&s, &d, &rng)), fit);
    line["data"] = json!(8 * LARGE.0 * (LARGE.1 + 1));
    line["loaded"] = json!(before);
    line["peak"] = json!(after);
    println!("{line}");
    Ok(())
}

fn data(folder: &Path) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    let mut rng = stream();
    write_csv(&folder.join("small.csv"), &design(26, 6, 900.0, Family::Nb2, &mut rng)?)?;
    write_csv(&folder.join("series.csv"), &design(50, 4, 900.0, Family::Nb2, &mut rng)?)?;
    write_csv(&folder.join("candidates.csv"), &design(46, 16, 900.0, Family::Nb2, &mut rng)?)?;
    write_large(&folder.join("large.bin"))
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<&str>>()[..] {
        ["data", folder] => data(Path::new(folder)),
        ["small", folder] => small(Path::new(folder)),
        ["many", folder] => many(Path::new(folder)),
        ["large", folder] => large(Path::new(folder)),
        _ => {
            println!("benches/peers/run.sh runs this beside the peers; see benches/peers/README.md");
            Ok(())
        }
    }
}
