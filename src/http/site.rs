//! What the settings say of this server to browsers.

use crate::config::{Config, Origin};

/// How this server is reached from outside.
#[derive(Clone, Debug)]
pub struct Site {
    cors: Vec<Origin>,
}

impl Site {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { cors: config.cors_origin.clone() }
    }

    /// The origins whose pages may use the API.
    pub(super) fn cors(&self) -> &[Origin] {
        &self.cors
    }
}
