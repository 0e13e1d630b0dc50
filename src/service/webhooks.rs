//! Webhooks: create, list, delete. `jobs/deliveries.rs` sends what they have to send.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Error, FieldContext as _, Result};
use crate::domain::id::{ChatId, MemberId, WebhookId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::webhook::{Webhook, WebhookEvents, WebhookFormat, WebhookSecret, WebhookUrl};
use crate::store::webhooks::{NewWebhook, NoWebhook, NotHooked};

/// Parameters of a new webhook.
#[derive(Clone, Debug)]
pub struct NewWebhookParams {
    /// Where it sends.
    pub url: WebhookUrl,
    /// What it sends.
    pub events: WebhookEvents,
    /// In which form.
    pub format: WebhookFormat,
}

impl Service {
    /// Validates the URL of a webhook against what the operator allows.
    pub fn webhook_url(&self, text: &str) -> Result<WebhookUrl> {
        WebhookUrl::parse(text, &self.webhooks.destinations).in_field("url")
    }

    /// Creates a webhook. Only the owner may, and admins of a group. It ends when its creator loses that right.
    pub async fn create_webhook(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        params: NewWebhookParams,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<Webhook>> {
        let webhook = Webhook {
            id: WebhookId::random(self.random.as_ref()),
            number: 0,
            url: params.url,
            events: params.events,
            format: params.format,
            secret: WebhookSecret::random(self.random.as_ref()),
            created_by: self.door_member(chat, caller).await?,
            created_at: self.now(),
            disabled_at: None,
        };
        let new = NewWebhook { chat, webhook, key };
        self.commit(|store, now| async move { store.create_webhook(new, now).await }).await
    }

    /// Lists the chat's webhooks. Only the owner may, and admins of a group.
    pub async fn list_webhooks(&self, chat: ChatId, caller: &Caller, page: PageRequest) -> Result<Page<Webhook>> {
        self.require_door(chat, caller).await?;
        self.store.list_webhooks(chat, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Deletes a webhook of any creator. Only the owner may, and admins of a group.
    pub async fn delete_webhook(self: &Arc<Self>, chat: ChatId, caller: &Caller, webhook: WebhookId) -> Result<()> {
        let by = self.door_member(chat, caller).await?;
        self.commit(move |store, now| async move { store.delete_webhook(chat, webhook, by, now).await }).await
    }

    async fn door_member(&self, chat: ChatId, caller: &Caller) -> Result<MemberId> {
        Ok(self.require_door(chat, caller).await?.1.member.id)
    }
}

impl From<NotHooked> for Error {
    fn from(refusal: NotHooked) -> Self {
        match refusal {
            NotHooked::Gone => Self::NotFound,
            NotHooked::Full => Self::Full(Capacity::Chat),
            NotHooked::NodeFull => Self::Full(Capacity::Node),
            NotHooked::KeyReused => Self::key_reused(),
            NotHooked::TooManyKeys => Self::too_many_keys(),
        }
    }
}

impl From<NoWebhook> for Error {
    fn from(_: NoWebhook) -> Self {
        Self::NotFound
    }
}
