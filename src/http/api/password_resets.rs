//! Handlers of password resets.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::email::EmailAddress;
use crate::http::app::AppState;
use crate::http::extract::{Anonymous, Json};
use crate::http::respond::problem::Problem;
use crate::service::error::FieldContext as _;
use crate::wire;

/// Asks for a new password.
///
/// If an account has verified this address, a link is sent there. The answer is the same if none has.
#[utoipa::path(post, path = "/v1/password-resets", tag = "accounts", request_body = wire::password_resets::PasswordReset,
    responses((status = 202, description = "The mail is on its way, if an account has verified the address")))]
pub(in crate::http) async fn request_password_reset(
    State(app): State<AppState>,
    Anonymous(caller): Anonymous,
    body: Json<wire::password_resets::PasswordReset>,
) -> Result<StatusCode, Problem> {
    let address = EmailAddress::parse(body.value.email.expose()).in_field("email")?;
    app.service.request_password_reset(address, &caller);
    Ok(StatusCode::ACCEPTED)
}

/// Sets a new password.
///
/// With the token of the mail, which works once, for 30 minutes, until another one is asked for. All sessions of the account end. A password that is refused
/// does not use the token up.
#[utoipa::path(post, path = "/v1/password-resets/confirm", tag = "accounts", request_body = wire::password_resets::PasswordResetConfirmation,
    responses((status = 204, description = "The password is set")))]
pub(in crate::http) async fn confirm_password_reset(
    State(app): State<AppState>,
    body: Json<wire::password_resets::PasswordResetConfirmation>,
) -> Result<StatusCode, Problem> {
    app.service.confirm_password_reset(body.value.token.expose(), body.value.new_password.expose()).await?;
    Ok(StatusCode::NO_CONTENT)
}
