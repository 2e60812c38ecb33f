//! Random streams. Each is derived from the study's seed and the names of what it serves (model, origin, scenario), so
//! that neither threads nor order can change a result.

use rand::SeedableRng as _;

/// The generator used everywhere: the same numbers on every machine.
pub type Rng = rand_chacha::ChaCha12Rng;

/// The stream of `seed` for the purpose that `names` spell.
pub fn stream(seed: u64, names: &[&str]) -> Rng {
    // FNV-1a (Fowler, Noll and Vo) over the names, a zero byte after each, so that ["ab", "c"] and ["a", "bc"] differ.
    let hash = |start: u64| {
        names
            .iter()
            .flat_map(|n| n.bytes().chain([0]))
            .fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    };
    let words = [seed, hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4 ^ seed), names.len() as u64];
    let mut key = [0u8; 32];
    for (chunk, w) in key.chunks_exact_mut(8).zip(words) {
        chunk.copy_from_slice(&w.to_le_bytes());
    }
    Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt as _;

    #[test]
    fn streams_depend_on_every_name() {
        let first = |seed, names: &[&str]| stream(seed, names).random::<u64>();
        assert_eq!(first(1, &["a", "b"]), first(1, &["a", "b"]));
        assert_ne!(first(1, &["a", "b"]), first(1, &["ab", ""]));
        assert_ne!(first(1, &["a"]), first(2, &["a"]));
    }
}
