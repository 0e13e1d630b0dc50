//! Request ids: unique but not secret, from a generator seeded once.

use std::fmt;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::domain::random::RandomSource;

/// A generator of request ids. It is seeded once: reading system randomness for each id costs more than many requests do.
pub struct RequestIds(StdRng);

impl fmt::Debug for RequestIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestIds").finish_non_exhaustive()
    }
}

impl RequestIds {
    /// Seeds the generator from `random`.
    #[must_use]
    pub fn new(random: &dyn RandomSource) -> Self {
        let mut seed = <StdRng as rand::SeedableRng>::Seed::default();
        random.fill(&mut seed);
        Self(StdRng::from_seed(seed))
    }

    /// Returns the next id.
    #[must_use]
    pub fn next_id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        self.0.fill_bytes(&mut id);
        id
    }
}
