//! Webhooks: who may create them, how many there are, and that they end with their chat.

use std::time::Duration;

use parlor::domain::destination::Destinations;
use parlor::domain::event_log::LogUpdate;
use parlor::domain::id::{MemberId, WebhookId};
use parlor::domain::idempotency::Idempotent;
use parlor::domain::pagination::PageRequest;
use parlor::domain::webhook::{MAX_WEBHOOKS, Webhook, WebhookEvents, WebhookFormat, WebhookSecret, WebhookUrl};
use parlor::store::webhooks::{NewWebhook, NoWebhook, NotHooked};

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, key};

/// Knocks and messages.
pub(crate) const ALL: WebhookEvents = WebhookEvents { knock: true, message: true };
/// Messages.
pub(crate) const MESSAGES: WebhookEvents = WebhookEvents { knock: false, message: true };

impl Fixture {
    /// Builds a webhook of the owner's.
    pub(crate) fn new_webhook(&self, chat: &Hosted, events: WebhookEvents) -> NewWebhook {
        let webhook = Webhook {
            id: WebhookId::random(&self.dice),
            number: 0,
            url: WebhookUrl::parse("https://example.org/hook", &Destinations::default()).unwrap(),
            events,
            format: WebhookFormat::Json,
            secret: WebhookSecret::random(&self.dice),
            created_by: MemberId::OWNER,
            created_at: self.now(),
            disabled_at: None,
        };
        NewWebhook { chat: chat.id, webhook, key: None }
    }

    pub(crate) async fn hooks_so(&self, new: NewWebhook) -> Result<Idempotent<Webhook>, NotHooked> {
        done(self.store.create_webhook(new, self.now()).await)
    }

    /// Creates a webhook as the owner.
    pub(crate) async fn hooks(&self, chat: &Hosted, events: WebhookEvents) -> Webhook {
        self.hooks_so(self.new_webhook(chat, events)).await.unwrap().value
    }

    pub(crate) async fn unhooks(&self, chat: &Hosted, webhook: &Webhook, by: MemberId) -> Result<(), NoWebhook> {
        done(self.store.delete_webhook(chat.id, webhook.id, by, self.now()).await)
    }

    /// Returns the webhooks of a chat.
    pub(crate) async fn webhooks(&self, chat: &Hosted) -> Vec<Webhook> {
        let page = PageRequest { after: 0, limit: 100 };
        self.store.list_webhooks(chat.id, page, self.now()).await.unwrap().unwrap().items
    }
}

async fn a_chat_has_a_few_webhooks_in_order(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    assert!(fixture.webhooks(&chat).await.is_empty());
    let mut made = Vec::new();
    for _ in 0..MAX_WEBHOOKS {
        made.push(fixture.hooks(&chat, ALL).await);
    }
    assert_eq!(fixture.hooks_so(fixture.new_webhook(&chat, ALL)).await.unwrap_err(), NotHooked::Full);
    let ids = |webhooks: &[Webhook]| webhooks.iter().map(|webhook| webhook.id).collect::<Vec<_>>();
    let listed = fixture.webhooks(&chat).await;
    assert_eq!(ids(&listed), ids(&made));
    assert!(listed.iter().zip(&made).all(|(listed, made)| listed.secret == made.secret && listed.number == made.number));
    let page = PageRequest { after: listed[1].number, limit: 2 };
    let page = fixture.store.list_webhooks(chat.id, page, fixture.now()).await.unwrap().unwrap();
    assert_eq!((ids(&page.items), page.has_more), (ids(&made[2..4]), true));
    fixture.unhooks(&chat, &made[1], MemberId::OWNER).await.unwrap();
    assert_eq!(fixture.unhooks(&chat, &made[1], MemberId::OWNER).await.unwrap_err(), NoWebhook);
    fixture.hooks(&chat, ALL).await;
    let other = fixture.opens().await;
    assert_eq!(fixture.unhooks(&other, &made[0], MemberId::OWNER).await.unwrap_err(), NoWebhook, "it is of another chat");
}

async fn who_has_the_door_has_the_webhooks(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let mut new = fixture.new_webhook(&chat, ALL);
    for stranger in [ben.id, MemberId(9), MemberId::NONE] {
        new.webhook.created_by = stranger;
        assert_eq!(fixture.hooks_so(new.clone()).await.unwrap_err(), NotHooked::Gone);
    }
    let webhook = fixture.hooks(&chat, ALL).await;
    assert_eq!(fixture.unhooks(&chat, &webhook, ben.id).await.unwrap_err(), NoWebhook);
    assert_eq!(fixture.webhooks(&chat).await.len(), 1);
}

async fn a_keyed_webhook_is_created_once(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let keyed = |body: &str| NewWebhook { key: Some(key("hook", body)), ..fixture.new_webhook(&chat, ALL) };
    let (first, again) = (fixture.hooks_so(keyed("1")).await.unwrap(), fixture.hooks_so(keyed("1")).await.unwrap());
    assert!(!first.replayed && again.replayed);
    assert_eq!((first.value.id, &first.value.secret), (again.value.id, &again.value.secret));
    assert_eq!(fixture.hooks_so(keyed("2")).await.unwrap_err(), NotHooked::KeyReused);
    assert_eq!(fixture.webhooks(&chat).await.len(), 1);
}

async fn webhooks_end_with_their_chat_and_nothing_is_held_of_them(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let before = fixture.store.usage().await.unwrap().held;
    let (closes, expires) = (fixture.opens().await, fixture.opens_for(60).await);
    for chat in [&closes, &expires] {
        let empty = fixture.store.usage().await.unwrap().held;
        let webhook = fixture.hooks(chat, ALL).await;
        fixture.hooks(chat, MESSAGES).await;
        let held = fixture.store.usage().await.unwrap().held - empty;
        assert!(held > 2 * size_of::<Webhook>() as u64, "webhooks are counted: {held}");
        fixture.says(chat, "Hello").await;
        fixture.unhooks(chat, &webhook, MemberId::OWNER).await.unwrap();
    }
    fixture.closes(&closes).await.unwrap();
    fixture.later(Duration::from_mins(1));
    fixture.clears(100).await;
    assert_eq!(fixture.store.usage().await.unwrap().held, before);
    assert!(fixture.store.list_webhooks(closes.id, PageRequest { after: 0, limit: 1 }, fixture.now()).await.unwrap().is_none());
    let claimed = fixture.store.claim_deliveries(0, fixture.now()).await.unwrap();
    assert!(claimed.deliveries.is_empty() && claimed.next > fixture.now() + Duration::from_hours(1_000));
}

async fn only_chats_with_webhooks_announce_deliveries(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let announces = async |chat: &Hosted| {
        let message = parlor::domain::message::MessageDraft::of_text(parlor::domain::text::MessageText::parse("Hello").unwrap());
        let message = message.by(Some(chat.owner.clone()));
        let new = parlor::store::messages::NewMessage { chat: chat.id, message, key: None };
        let (_, updates) = fixture.store.append_message(new, fixture.now()).await.unwrap().unwrap().into_parts();
        updates.iter().any(|update| matches!(update, LogUpdate::DeliveryDue))
    };
    let (plain, hooked) = (fixture.opens().await, fixture.opens().await);
    let webhook = fixture.hooks(&hooked, MESSAGES).await;
    assert!(!announces(&plain).await);
    assert!(announces(&hooked).await);
    assert!(!announces(&hooked).await, "what is due is announced once");
    fixture.unhooks(&hooked, &webhook, MemberId::OWNER).await.unwrap();
    assert!(!announces(&hooked).await);
    fixture.hooks(&hooked, WebhookEvents { knock: true, message: false }).await;
    assert!(!announces(&hooked).await, "a message is not among its events");
}

checks!(
    a_chat_has_a_few_webhooks_in_order,
    who_has_the_door_has_the_webhooks,
    a_keyed_webhook_is_created_once,
    webhooks_end_with_their_chat_and_nothing_is_held_of_them,
    only_chats_with_webhooks_announce_deliveries,
);
