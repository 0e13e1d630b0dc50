//! Handlers of push subscriptions.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::clock::Timestamp;
use crate::domain::push_subscription::PushText;
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, list_page};
use crate::http::extract::path::PushSubscriptionPath;
use crate::http::extract::urls::{chat_in, link_in};
use crate::http::extract::{Bearer, Json, Path, Query};
use crate::http::respond::problem::Problem;
use crate::service::authorization::Caller;
use crate::service::error::Error;
use crate::service::push_subscriptions::{NewPushSubscription, PushFor, Saved};
use crate::wire;

/// Whose subscriptions are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct HolderQuery {
    /// For a member of a link chat without an account: the chat.
    chat_url: Option<String>,
    /// For a guest without an account: the link.
    link_url: Option<String>,
}

/// Returns whose subscriptions a request is about.
fn holder(app: &AppState, caller: &Caller, chat_url: Option<&str>, link_url: Option<&str>) -> Result<PushFor, Problem> {
    let base = app.site.base();
    match (chat_url, link_url) {
        (None, None) if caller.account().is_none() => Err(Error::Unauthenticated.into()),
        (None, None) => Ok(PushFor::Account),
        (Some(chat), None) => Ok(PushFor::Member(chat_in(chat, base))),
        (None, Some(link)) => Ok(PushFor::Guest(link_in(link, base))),
        (Some(_), Some(_)) => Err(Problem::invalid("chat_url", "cannot be combined with link_url")),
    }
}

/// Returns the key that browsers subscribe with.
///
/// Without `--push-key` it changes when the server starts anew; then browsers must subscribe again.
#[utoipa::path(get, path = "/v1/push/key", tag = "push",
    responses((status = 200, description = "The public key (VAPID)", body = wire::push::PushKey)))]
pub(in crate::http) async fn read_push_key(State(app): State<AppState>) -> Answer<wire::push::PushKey> {
    Answer(wire::push::PushKey { key: app.service.push_key().into() })
}

/// Saves a push subscription.
///
/// With an access token it is the account's, for all its chats, and ends with the session. With `chat_url` it is that of a member, with `link_url` that of a
/// guest who waits; it ends with the membership or the knock. A holder who has nothing open that carries the chat for 2 s is sent `{kind, chat_id, title, from,
/// text, unread}`, sealed for the browser (RFC 8291), where `kind` is `message`, `knock`, `approved` or `friend_request`; never for their own messages or a
/// muted chat. Several that wait are sent as one. Your endpoint again replaces what you saved, with its `id` kept; somebody else's is accepted with the same keys
/// only, and is theirs no more.
#[utoipa::path(post, path = "/v1/push/subscriptions", tag = "push", request_body = wire::push::NewPushSubscription,
    responses((status = 201, description = "The subscription", body = wire::push::PushSubscription),
        (status = 200, description = "The subscription that you had with this endpoint", body = wire::push::PushSubscription)))]
pub(in crate::http) async fn subscribe_to_push(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    body: Json<wire::push::NewPushSubscription>,
) -> Result<Response, Problem> {
    let wanted = &body.value;
    let expires_at = wanted.expiration_time.map(i64::try_from).transpose().map_err(|_| Problem::invalid("expirationTime", "is too large"))?;
    let params = NewPushSubscription {
        holder: holder(&app, &caller, wanted.chat_url.as_deref(), wanted.link_url.as_deref())?,
        endpoint: app.service.push_endpoint(&wanted.endpoint)?,
        keys: app.service.push_keys(&wanted.keys.p256dh, &wanted.keys.auth)?,
        text: if wanted.text == Some(true) { PushText::Shown } else { PushText::Hidden },
        expires_at: expires_at.map(Timestamp::from_millis),
    };
    let (status, subscription) = match app.service.subscribe_to_push(&caller, params).await? {
        Saved::Created(subscription) => (StatusCode::CREATED, subscription),
        Saved::Replaced(subscription) => (StatusCode::OK, subscription),
    };
    Ok((status, Answer(app.present.push_subscription(&subscription))).into_response())
}

/// Lists your push subscriptions.
///
/// With an access token those of your account, with `chat_url` those of a member, with `link_url` those of a guest who waits. Endpoints and keys are not shown.
#[utoipa::path(get, path = "/v1/push/subscriptions", tag = "push", params(HolderQuery, ListQuery),
    responses((status = 200, description = "The subscriptions, in the order of creation", body = wire::lists::List<wire::push::PushSubscription>)))]
pub(in crate::http) async fn list_push_subscriptions(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    Query(of): Query<HolderQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::push::PushSubscription>>, Problem> {
    let (holder, page) = (holder(&app, &caller, of.chat_url.as_deref(), of.link_url.as_deref())?, query.page()?);
    let page = app.service.list_push_subscriptions(&caller, holder, page).await?;
    Ok(Answer(list_page(&page, |subscription| subscription.number, |subscription| app.present.push_subscription(subscription))))
}

/// Deletes a push subscription.
///
/// What it had to send is dropped.
#[utoipa::path(delete, path = "/v1/push/subscriptions/{id}", tag = "push", params(PushSubscriptionPath),
    responses((status = 204, description = "The subscription is deleted")))]
pub(in crate::http) async fn delete_push_subscription(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    Path(path): Path<PushSubscriptionPath>,
) -> Result<StatusCode, Problem> {
    app.service.delete_push_subscription(&caller, path.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}
