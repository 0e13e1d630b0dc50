//! A deterministic source of random bytes.

use std::sync::atomic::{AtomicU64, Ordering};

use parlor::domain::random::RandomSource;

/// Fills with the output of splitmix64, the same in every run.
#[derive(Debug, Default)]
pub(crate) struct SeededRandom(AtomicU64);

impl RandomSource for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            part.copy_from_slice(&(x ^ (x >> 31)).to_be_bytes()[..part.len()]);
        }
    }
}
