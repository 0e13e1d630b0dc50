//! Handlers of e-mail verifications.

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::app::AppState;
use crate::http::extract::{AccountBearer, Json};
use crate::http::respond::problem::Problem;
use crate::wire;

/// Sends the verification mail.
///
/// To your e-mail address, or to the new one that waits beside it. The link in the mail works once, for 30 minutes, until you ask for another one. Without an
/// address to verify nothing is sent, and the answer is the same.
#[utoipa::path(post, path = "/v1/me/email-verification", tag = "accounts",
    responses((status = 202, description = "The mail is on its way, if there is an address to verify")))]
pub(in crate::http) async fn request_email_verification(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    app.service.request_email_verification(&caller).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Verifies an e-mail address.
///
/// With the token of the mail; no credential is needed. From then on you can sign in with the address, and ask for a new password.
#[utoipa::path(post, path = "/v1/email-verifications", tag = "accounts", request_body = wire::email_verifications::EmailVerification,
    responses((status = 204, description = "The address is verified")))]
pub(in crate::http) async fn verify_email(
    State(app): State<AppState>,
    body: Json<wire::email_verifications::EmailVerification>,
) -> Result<StatusCode, Problem> {
    app.service.verify_email(body.value.token.expose()).await?;
    Ok(StatusCode::NO_CONTENT)
}
