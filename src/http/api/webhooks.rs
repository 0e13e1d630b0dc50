//! Handlers of webhooks.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::webhook::{WebhookEvents, WebhookFormat};
use crate::http::app::AppState;
use crate::http::extract::pagination::{ListQuery, list_page};
use crate::http::extract::path::{ChatPath, WebhookPath};
use crate::http::extract::{Bearer, IdempotencyHeader, Json, Path, Query, replay_header};
use crate::http::respond::problem::Problem;
use crate::service::error::{Error, Result};
use crate::service::webhooks::NewWebhookParams;
use crate::wire;
use crate::wire::webhooks::WebhookEvent;

/// Creates a webhook.
///
/// The owner of a chat may, and admins of a group. What happens from now on is sent to its URL as a POST, signed as Standard Webhooks
/// (`webhook-id`, `webhook-timestamp`, `webhook-signature`) with the `secret` of this response, which is not shown again. A delivery that is not answered
/// with 2xx within 5 seconds is sent again, with the same `webhook-id`, after 5 s, 30 s, 2 min, 10 min, 1 h, 3 h, 6 h, 12 h; a `Retry-After` of up to an
/// hour is respected, redirects are not followed. After the last retry, or at once with 410, the webhook is disabled. It is deleted when its creator loses
/// the right to it.
#[utoipa::path(post, path = "/v1/chats/{chat_id}/webhooks", tag = "webhooks", params(ChatPath), request_body = wire::webhooks::NewWebhook,
    responses((status = 201, description = "The webhook, with its secret", body = wire::webhooks::Webhook)))]
pub(in crate::http) async fn create_webhook(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    key: IdempotencyHeader,
    body: Json<wire::webhooks::NewWebhook>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let params = NewWebhookParams {
        url: app.service.webhook_url(&body.value.url)?,
        events: events(&body.value.events)?,
        format: match body.value.format.unwrap_or_default() {
            wire::webhooks::WebhookFormat::Json => WebhookFormat::Json,
            wire::webhooks::WebhookFormat::Slack => WebhookFormat::Slack,
            wire::webhooks::WebhookFormat::Plain => WebhookFormat::Plain,
        },
    };
    let created = app.service.create_webhook(path.id(), &caller, params, key).await?;
    Ok((StatusCode::CREATED, replay_header(&created), Answer(app.present.created_webhook(&created.value))).into_response())
}

/// Lists a chat's webhooks.
///
/// Only the owner may, and admins of a group. Secrets are not shown.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/webhooks", tag = "webhooks", params(ChatPath, ListQuery),
    responses((status = 200, description = "The webhooks, in the order of creation", body = wire::lists::List<wire::webhooks::Webhook>)))]
pub(in crate::http) async fn list_webhooks(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Query(query): Query<ListQuery>,
) -> Result<Answer<wire::lists::List<wire::webhooks::Webhook>>, Problem> {
    let page = app.service.list_webhooks(path.id(), &caller, query.page()?).await?;
    Ok(Answer(list_page(&page, |webhook| webhook.number, |webhook| app.present.webhook(webhook))))
}

/// Deletes a webhook.
///
/// Only the owner may, and admins of a group. What it had to send is dropped.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}/webhooks/{webhook_id}", tag = "webhooks", params(WebhookPath),
    responses((status = 204, description = "The webhook is deleted")))]
pub(in crate::http) async fn delete_webhook(
    State(app): State<AppState>,
    Path(path): Path<WebhookPath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    app.service.delete_webhook(path.chat(), &caller, path.webhook()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn events(events: &[WebhookEvent]) -> Result<WebhookEvents> {
    if !(1..=2).contains(&events.len()) {
        return Err(Error::invalid("events", "must name knock, message, or both"));
    }
    Ok(WebhookEvents { knock: events.contains(&WebhookEvent::Knock), message: events.contains(&WebhookEvent::Message) })
}
