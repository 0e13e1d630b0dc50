//! The source of randomness, passed as an argument so that tests control it.

use std::fmt;

use rand::TryRng as _;
use rand::rngs::SysRng;

/// A source of unpredictable random bytes.
pub trait RandomSource: Send + Sync + fmt::Debug {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// Returns a number from `low` to `high`, both inclusive, uniform enough for spreading reconnects.
    fn in_range(&self, low: u64, high: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        low + u64::from_le_bytes(bytes) % (high - low + 1)
    }
}

/// The operating system's generator, as API 1 requires for all ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    /// # Panics
    /// Panics if the operating system provides no randomness, since no id would be secret then.
    fn fill(&self, bytes: &mut [u8]) {
        SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}
