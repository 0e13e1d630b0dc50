//! Where randomness comes from: an argument, so that tests own it.

use std::fmt;

use rand::TryRng as _;

/// A source of random bytes that nobody can foretell.
pub trait Dice: Send + Sync + fmt::Debug {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// A number from `low` to `high`, both included, near enough to even for spreading reconnects.
    fn between(&self, low: u64, high: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        low + u64::from_le_bytes(bytes) % (high - low + 1)
    }
}

/// The operating system's generator, as API 1 asks for all ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDice;

impl Dice for SystemDice {
    /// # Panics
    /// When the operating system has no randomness to give: nothing that Parlor hands out would then be secret.
    fn fill(&self, bytes: &mut [u8]) {
        rand::rngs::SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}
