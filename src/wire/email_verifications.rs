//! Wire types of e-mail verifications.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;

/// The token of a mail, which verifies the address that it was sent to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "mJx0Wl3rUu9bR1sEo6T5yKqHc8vDfZgNnAa2XpLtQwI"}))]
pub struct EmailVerification {
    /// What follows the `#` in the link of the mail.
    #[schema(value_type = String)]
    pub token: Secret,
}
