//! Secret values that are sent to their holder and never logged.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A credential or a ticket. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text form of a secret.
    #[must_use]
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    /// Returns the secret, for its holder only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
