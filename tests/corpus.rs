//! Every input that the fuzzer kept (`fuzz/corpus`) through its reader: no panic, no contradiction, none slow.

use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

#[test]
fn every_kept_input_is_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, reader) in fuzz::READERS {
        let folder = std::fs::read_dir(corpus.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut inputs = 0;
        for entry in folder {
            let path = entry.expect("an entry").path();
            let data = std::fs::read(&path).expect("a file");
            let start = Instant::now();
            println!("{}", path.display());
            reader(&data);
            assert!(start.elapsed() < Duration::from_secs(10), "{} is slow", path.display());
            inputs += 1;
        }
        assert!(inputs > 0, "no inputs for {name}");
    }
}
