//! Wire types of password resets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;

/// A request for a new password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ana@example.org"}))]
pub struct PasswordReset {
    /// The verified e-mail address of the account.
    #[schema(value_type = String)]
    pub email: Secret,
}

/// The token of a mail, and the password that it sets.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "mJx0Wl3rUu9bR1sEo6T5yKqHc8vDfZgNnAa2XpLtQwI", "new_password": "pear-tree-43"}))]
pub struct PasswordResetConfirmation {
    /// What follows the `#` in the link of the mail.
    #[schema(value_type = String)]
    pub token: Secret,
    /// The new password: 8 characters to 1,024 bytes, none of the common ones.
    #[schema(value_type = String)]
    pub new_password: Secret,
}
