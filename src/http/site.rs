//! What the settings say of this server to browsers.

use crate::config::{Config, Origin};

/// How this server is reached from outside.
#[derive(Clone, Debug)]
pub struct Site {
    named: Option<Origin>,
    cors: Vec<Origin>,
}

impl Site {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { named: config.public_url.clone(), cors: config.cors_origin.clone() }
    }

    /// Whether browsers reach it by TLS: whoever runs it says so.
    pub(super) fn has_tls(&self) -> bool {
        self.named.as_ref().is_some_and(Origin::has_tls)
    }

    /// The origins whose pages may use the API.
    pub(super) fn cors(&self) -> &[Origin] {
        &self.cors
    }
}
