//! Where randomness comes from: an argument, so that tests own it.

use std::fmt;

use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng as _, TryRng as _};

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
        SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}

/// Names that must differ and need not be secret, as many as are wanted from one throw: to ask the system for each costs more than many a request.
pub struct Names(StdRng);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

impl Names {
    /// Names that start from a throw of these dice.
    #[must_use]
    pub fn of(dice: &dyn Dice) -> Self {
        let mut seed = <StdRng as rand::SeedableRng>::Seed::default();
        dice.fill(&mut seed);
        Self(StdRng::from_seed(seed))
    }

    /// The next one.
    #[must_use]
    pub fn draw(&mut self) -> [u8; 16] {
        let mut name = [0; 16];
        self.0.fill_bytes(&mut name);
        name
    }
}
