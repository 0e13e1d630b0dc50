//! Handlers of sessions.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::id::SessionId;
use crate::domain::text::Device;
use crate::http::app::AppState;
use crate::http::extract::path::SessionPath;
use crate::http::extract::{AccountBearer, Anonymous, Headers, Json, Path, Query};
use crate::http::respond::problem::Problem;
use crate::service::error::FieldContext as _;
use crate::service::sessions::{EndSessions, SignIn};
use crate::wire;

/// Which sessions to keep.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ExceptQuery {
    /// `current` keeps the session that you ask in.
    #[param(value_type = Option<String>, pattern = "^current$")]
    except: Option<String>,
}

/// Signs in.
///
/// With your username or your verified e-mail address. Send the access token as `Authorization: Bearer …`; exchange the refresh token for new tokens
/// when the access token has expired. A wrong password and an unknown name are answered alike.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = wire::sessions::NewSession,
    responses((status = 201, description = "Your tokens", body = wire::sessions::SessionTokens)))]
pub(in crate::http) async fn sign_in(
    State(app): State<AppState>,
    Anonymous(caller): Anonymous,
    Headers(headers): Headers,
    body: Json<wire::sessions::NewSession>,
) -> Result<Response, Problem> {
    let device = body.value.device.as_deref().map(Device::parse).transpose().in_field("device")?;
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).and_then(Device::beginning_of);
    let sign_in = SignIn { login: body.value.username.expose().into(), password: body.value.password.expose().into(), device: device.or(agent) };
    let tokens = app.service.sign_in(sign_in, &caller).await?;
    Ok((StatusCode::CREATED, Answer(app.present.session_tokens(tokens))).into_response())
}

/// Refreshes a session.
///
/// The refresh token is spent: use the new one next time. Within 10 s of its first use it can be presented again, and yields the same successor; later
/// that ends the session, since one of the two who have the token stole it.
#[utoipa::path(post, path = "/v1/sessions/refresh", tag = "sessions", request_body = wire::sessions::SessionRefresh,
    responses((status = 200, description = "Your new tokens", body = wire::sessions::SessionTokens)))]
pub(in crate::http) async fn refresh_session(
    State(app): State<AppState>,
    body: Json<wire::sessions::SessionRefresh>,
) -> Result<Answer<wire::sessions::SessionTokens>, Problem> {
    let tokens = app.service.refresh(body.value.refresh_token.expose()).await?;
    Ok(Answer(app.present.session_tokens(tokens)))
}

/// Lists your sessions.
///
/// The newest first. At most 20 are kept: a further sign-in ends the one that was not used for longest.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions",
    responses((status = 200, description = "Your sessions", body = wire::lists::List<wire::sessions::Session>)))]
pub(in crate::http) async fn list_sessions(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
) -> Result<Answer<wire::lists::List<wire::sessions::Session>>, Problem> {
    let (sessions, current) = app.service.sessions(&caller).await?;
    let items = sessions.iter().map(|session| app.present.session(session, current)).collect();
    Ok(Answer(wire::lists::List { items, has_more: false, cursor: None }))
}

/// Ends one of your sessions.
///
/// `current` is the session that you ask in. Its streams end within a second.
#[utoipa::path(delete, path = "/v1/sessions/{session_id}", tag = "sessions", params(SessionPath),
    responses((status = 204, description = "The session has ended")))]
pub(in crate::http) async fn end_session(
    State(app): State<AppState>,
    Path(path): Path<SessionPath>,
    AccountBearer(caller): AccountBearer,
) -> Result<StatusCode, Problem> {
    let session = (path.session_id != "current").then(|| SessionId::parse_or_nil(&path.session_id));
    app.service.end_session(&caller, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends your sessions.
///
/// All of them, or with `except=current` all others.
#[utoipa::path(delete, path = "/v1/sessions", tag = "sessions", params(ExceptQuery),
    responses((status = 204, description = "The sessions have ended")))]
pub(in crate::http) async fn end_sessions(
    State(app): State<AppState>,
    AccountBearer(caller): AccountBearer,
    Query(query): Query<ExceptQuery>,
) -> Result<StatusCode, Problem> {
    let which = match query.except.as_deref() {
        None => EndSessions::All,
        Some("current") => EndSessions::AllButCurrent,
        Some(_) => return Err(Problem::invalid("except", "must be current")),
    };
    app.service.end_sessions(&caller, which).await?;
    Ok(StatusCode::NO_CONTENT)
}
