//! Reading a large panel: tumen's reader against the csv crate alone on the same file, one after the other, each in a
//! process of its own.
//!
//!     cargo bench --bench reading                    # 200 MB, in a temporary folder
//!     cargo bench --bench reading -- 1000            # 1 GB
//!     cargo bench --bench reading -- generate panel.csv 1000
//!
//! The csv crate only splits records into fields (`ByteRecord`); tumen also turns them into typed columns. Printed are the
//! times of each round, the ratio of the best times, and the peak memory of each process (`VmHWM`; Linux only).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tumen::data::csv::{CsvOptions, read};
use tumen::data::{Cells, Source};

/// Columns of the panel that a model would use: all but the note.
const USED: [&str; 9] = ["region", "sex", "date", "count", "price", "rain", "growth", "distance", "rate"];
/// Rounds, each reading the file in every way.
const ROUNDS: usize = 5;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate", file, megabytes] => generate(Path::new(file), megabytes.parse()?),
        ["read", way, file] => measure(way, file),
        ["over", file] => compare(Path::new(file)),
        [] => in_a_temporary_folder(200),
        [megabytes] => in_a_temporary_folder(megabytes.parse()?),
        _ => Err("usage: [MEGABYTES | generate FILE MEGABYTES | over FILE]".into()),
    }
}

fn in_a_temporary_folder(megabytes: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("panel.csv");
    generate(&file, megabytes)?;
    compare(&file)
}

// ---- the panel -----------------------------------------------------------------------------------------------------

/// Numbers that look random and are the same on every machine: splitmix64 (Steele, Lea and Flood 2014).
struct Noise(u64);

impl Noise {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

const REGIONS: [&str; 12] = [
    "Seoul",
    "Busan",
    "Daegu",
    "Incheon",
    "Gwangju",
    "Daejeon",
    "Ulsan",
    "강원도",
    "경기도",
    "\"Jeju, island\"",
    "North Hamgyong",
    "Ryanggang",
];

/// Writes monthly rows of region, sex, month, count, five covariates and a note, until the file has that size. One row in
/// twelve has a quoted region, one in thirty a quoted note, one in 600 a note with quotes or a line end inside.
fn generate(file: &Path, megabytes: u64) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    let mut noise = Noise(20_260_101);
    let mut written = 0;
    let mut row = Vec::with_capacity(200);
    writeln!(out, "{},note", USED.join(","))?;
    for month in 0u64.. {
        for (r, region) in REGIONS.iter().enumerate() {
            for sex in ["f", "m"] {
                one_row(&mut row, &mut noise, month, (r, region), sex)?;
                out.write_all(&row)?;
                written += row.len() as u64;
            }
        }
        if written >= megabytes * 1_000_000 {
            break;
        }
    }
    Ok(out.flush()?)
}

fn one_row(row: &mut Vec<u8>, noise: &mut Noise, month: u64, region: (usize, &str), sex: &str) -> Result<(), Failure> {
    row.clear();
    // Four hundred years of months, again and again: as if of many districts.
    let (year, month) = (1900 + month / 12 % 400, month % 12 + 1);
    write!(row, "{},{sex},{year}-{month:02},{}", region.1, noise.below(4000))?;
    write!(row, ",{}.{:02},", 800 + noise.below(4000), noise.below(100))?;
    if noise.below(50) > 0 {
        write!(row, "{}.{}", noise.below(300), noise.below(10))?;
    }
    write!(row, ",{}0.{:04}", if noise.below(3) == 0 { "-" } else { "" }, noise.below(10_000))?;
    write!(row, ",{},{}.{:09}", 10 + 37 * region.0, noise.below(20), noise.below(1_000_000_000))?;
    let note = match noise.below(600) {
        0 => ",\"as \"\"first\"\" reported\"",
        1 => ",\"revised\nsee the yearbook\"",
        2..20 => ",\"moved, see the year before\"",
        20..100 => ",provisional",
        100..160 => ",estimated from quarterly figures of the ministry",
        _ => ",",
    };
    row.extend_from_slice(note.as_bytes());
    row.push(b'\n');
    Ok(())
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// One reading in this process; prints seconds, peak memory in kB, rows, and the bytes that the columns need.
fn measure(way: &str, file: &str) -> Result<(), Failure> {
    let start = Instant::now();
    let (rows, needed) = match way {
        "csv" => (by_csv_alone(file)?, 0),
        "tumen" => by_tumen(file, CsvOptions { keep: Some(USED.map(String::from).to_vec()), ..CsvOptions::default() })?,
        "three" => {
            let keep = ["date", "count", "price"].map(String::from).to_vec();
            by_tumen(file, CsvOptions { keep: Some(keep), ..CsvOptions::default() })?
        }
        _ => by_tumen(file, CsvOptions::default())?,
    };
    let seconds = start.elapsed().as_secs_f64();
    println!("{seconds} {} {rows} {needed}", peak_kilobytes());
    Ok(())
}

fn by_csv_alone(file: &str) -> Result<usize, Failure> {
    let mut reader = csv::ReaderBuilder::new().from_path(file)?;
    let (mut record, mut rows, mut bytes) = (csv::ByteRecord::new(), 0, 0);
    while reader.read_byte_record(&mut record)? {
        rows += 1;
        bytes += record.as_slice().len();
    }
    std::hint::black_box(bytes);
    Ok(rows)
}

fn by_tumen(file: &str, options: CsvOptions) -> Result<(usize, usize), Failure> {
    let table = read(&Source::open(file)?, &options)?;
    let bytes = |c: &Cells| match c {
        Cells::Number(v) => 8 * v.len(),
        Cells::Text { codes, .. } => 4 * codes.len(),
    };
    Ok((table.rows, table.columns.iter().map(|c| bytes(&c.cells)).sum()))
}

fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Reads the file in each way, by turns, and prints what it took.
fn compare(file: &Path) -> Result<(), Failure> {
    let ways = ["csv", "tumen", "three", "all"];
    let mut best = [f64::INFINITY; 4];
    let mut last = [[0.0; 4]; 4];
    println!("{} MB", std::fs::metadata(file)?.len() / 1_000_000);
    println!("round    csv crate   tumen   three columns   all columns   (seconds)");
    for round in 1..=ROUNDS {
        for (w, way) in ways.iter().enumerate() {
            let out = Command::new(std::env::current_exe()?).args(["read", way]).arg(file).output()?;
            let text = String::from_utf8(out.stdout)?;
            let figures: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
            last[w].copy_from_slice(figures.get(..4).ok_or(String::from_utf8(out.stderr)?)?);
            best[w] = best[w].min(last[w][0]);
        }
        println!("{round:5} {:12.2} {:7.2} {:15.2} {:13.2}", last[0][0], last[1][0], last[2][0], last[3][0]);
    }
    for (w, name) in
        ["csv crate alone", "tumen, all but the notes", "tumen, three columns", "tumen, all columns"].iter().enumerate()
    {
        let [_, peak, rows, needed] = last[w];
        let ratio = best[w] / best[0];
        println!(
            "{name:25} {:6.2} s  {ratio:5.2} times  peak {:7.1} MB  columns {:7.1} MB  {rows} rows",
            best[w],
            peak / 1e3,
            needed / 1e6
        );
    }
    Ok(())
}
