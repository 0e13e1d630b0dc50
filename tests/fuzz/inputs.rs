//! Inputs: the stored seeds first, then random bytes, most of which select words that mean something to the target.

use std::panic::RefUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Runs `check` on every seed in the folder `seeds/name`, then on random inputs of these words and of bytes until the time is up.
pub(crate) fn tries(name: &str, words: &[&str], check: impl Fn(&[u8]) + RefUnwindSafe) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds")).join(name);
    let mut seeds = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        check(&std::fs::read(file.unwrap().path()).unwrap());
        seeds += 1;
    }
    assert!(seeds > 0, "{name} has no seeds");
    let run = bolero::check!(name = name).with_test_time(Duration::from_secs(seconds())).with_max_len(96);
    let inputs = AtomicUsize::new(seeds);
    run.for_each(|bytes: &[u8]| {
        inputs.fetch_add(1, Ordering::Relaxed);
        check(&spoken(bytes, words));
    });
    eprintln!("{name}: {} inputs", inputs.into_inner());
}

#[expect(clippy::disallowed_methods, reason = "the variable sets the length of a fuzz run")]
fn seconds() -> u64 {
    std::env::var("PARLOR_FUZZ_SECONDS").map_or(1, |seconds| seconds.parse().expect("PARLOR_FUZZ_SECONDS is a number"))
}

/// Turns bytes into an input: a small one selects a word, others stand for themselves, and 255 repeats the last part.
fn spoken(bytes: &[u8], words: &[&str]) -> Vec<u8> {
    let mut said = Vec::new();
    let mut last = 0..0;
    for (place, byte) in bytes.iter().enumerate() {
        let start = said.len();
        match byte {
            0..200 if !words.is_empty() => said.extend_from_slice(words[usize::from(*byte) % words.len()].as_bytes()),
            255 => {
                let again = said[last.clone()].to_vec();
                let times = bytes.get(place + 1).map_or(1, |times| usize::from(*times));
                said.extend(again.iter().copied().cycle().take((again.len() * times).min(9_000)));
            }
            _ => said.push(byte.wrapping_mul(37)),
        }
        last = start..said.len();
    }
    said
}
