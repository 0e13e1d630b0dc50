//! Push subscriptions: create, list, delete. `jobs/pushes.rs` sends what they have to send.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Capacity, Conflict, Error, FieldContext as _, Result};
use super::knocks::LinkRelation;
use super::notify::web_push::seal::is_on_curve;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, LinkId, PushSubscriptionId, SessionId};
use crate::domain::knock::KnockStatus;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::principal::Principal;
use crate::domain::push_subscription::{PushEndpoint, PushKeys, PushSubscription, PushText};
pub use crate::store::push_subscriptions::Saved;
use crate::store::push_subscriptions::{NoPushSubscription, NotSubscribed};

/// For whom a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushFor {
    /// The caller's account, in all its chats.
    Account,
    /// The caller as a member of a chat, without an account.
    Member(ChatId),
    /// The caller as a guest who knocked on a link, without an account; and as a member, once approved.
    Guest(LinkId),
}

/// Parameters of a new push subscription.
#[derive(Clone, Debug)]
pub struct NewPushSubscription {
    /// For whom it is.
    pub holder: PushFor,
    /// Where pushes are sent.
    pub endpoint: PushEndpoint,
    /// What they are sealed with.
    pub keys: PushKeys,
    /// Whether they have the text of messages.
    pub text: PushText,
    /// When it ends, as the wall clock shows.
    pub expires_at: Option<Timestamp>,
}

/// Whose notifications a subscription is for, as far as it can be checked before it is saved.
struct Holder {
    principal: Principal,
    chat: Option<ChatId>,
    session: Option<SessionId>,
    /// False for a guest who waits: nothing is shown of the chat.
    shows_chat: bool,
}

impl Holder {
    /// Returns a subscription as its holder may see it.
    fn shown(&self, subscription: PushSubscription) -> PushSubscription {
        PushSubscription { chat: subscription.chat.filter(|_| self.shows_chat), ..subscription }
    }
}

impl Service {
    /// Returns the public key that browsers subscribe with.
    #[must_use]
    pub fn push_key(&self) -> &str {
        self.pushes.vapid.public()
    }

    /// Validates the endpoint of a subscription against the push services that the server sends to.
    pub fn push_endpoint(&self, text: &str) -> Result<PushEndpoint> {
        PushEndpoint::parse(text, &self.pushes.services).in_field("endpoint")
    }

    /// Validates the keys of a subscription.
    pub fn push_keys(&self, p256dh: &str, auth: &str) -> Result<PushKeys> {
        let keys = PushKeys::parse(p256dh, auth).map_err(|(field, error)| Error::invalid(field, error.0))?;
        if is_on_curve(&keys.p256dh) { Ok(keys) } else { Err(Error::invalid("keys.p256dh", "must be a point of P-256")) }
    }

    /// Saves a push subscription of the caller.
    pub async fn subscribe_to_push(self: &Arc<Self>, caller: &Caller, params: NewPushSubscription) -> Result<Saved> {
        let NewPushSubscription { holder, endpoint, keys, text, expires_at } = params;
        let now = self.now();
        let expires_at = expires_at.map(|end| self.push_expiry(end, now)).transpose()?;
        let holder = self.push_holder(caller, holder).await?;
        let (principal, chat, session) = (holder.principal, holder.chat, holder.session);
        let id = PushSubscriptionId::random(self.random.as_ref());
        let new = PushSubscription { id, number: 0, endpoint, keys, holder: principal, chat, session, text, created_at: now, expires_at };
        let saved = self.commit(move |store, now| async move { store.save_push_subscription(new, now).await }).await?;
        Ok(match saved {
            Saved::Created(subscription) => Saved::Created(holder.shown(subscription)),
            Saved::Replaced(subscription) => Saved::Replaced(holder.shown(subscription)),
        })
    }

    /// Lists the caller's push subscriptions.
    pub async fn list_push_subscriptions(&self, caller: &Caller, holder: PushFor, page: PageRequest) -> Result<Page<PushSubscription>> {
        let holder = self.push_holder(caller, holder).await?;
        let Page { items, has_more } = self.store.list_push_subscriptions(holder.principal, page, self.now()).await?;
        Ok(Page { items: items.into_iter().map(|subscription| holder.shown(subscription)).collect(), has_more })
    }

    /// Deletes a push subscription of the caller.
    pub async fn delete_push_subscription(self: &Arc<Self>, caller: &Caller, id: PushSubscriptionId) -> Result<()> {
        // A credential is of one chat, so that it needs no other name.
        let holder = caller.principal().ok_or(Error::NotFound)?;
        if caller.account().is_some() {
            self.admit_account(caller)?;
        } else {
            self.charge_address(caller.charge())?;
        }
        self.commit(move |store, now| async move { store.delete_push_subscription(holder, id, now).await }).await
    }

    /// Returns how many push subscriptions there are.
    pub async fn push_subscriptions(&self) -> Result<u64> {
        Ok(self.store.count_push_subscriptions().await?)
    }

    async fn push_holder(&self, caller: &Caller, holder: PushFor) -> Result<Holder> {
        let (chat, field, shows_chat) = match holder {
            PushFor::Account => {
                let SignedIn { account, session } = self.require_account(caller)?;
                return Ok(Holder { principal: Principal::Account(account), chat: None, session: Some(session), shows_chat: true });
            }
            PushFor::Member(chat) => (self.require_member(chat, caller).await?.0.id, "chat_url", true),
            PushFor::Guest(link) => match self.link_relation(link, caller).await? {
                Some(LinkRelation::Knocked(knocked)) => (knocked.chat, "link_url", knocked.knock.status == KnockStatus::Approved),
                _ => return Err(Error::NotFound),
            },
        };
        match caller.principal() {
            Some(principal @ Principal::Credential(_)) => Ok(Holder { principal, chat: Some(chat), session: None, shows_chat }),
            Some(Principal::Account(_)) => Err(Error::invalid(field, "cannot be combined with an access token: an account is told of all its chats")),
            None => Err(Error::NotFound),
        }
    }

    /// Returns when a subscription ends that the wall clock shows the end of.
    fn push_expiry(&self, end: Timestamp, now: Timestamp) -> Result<Timestamp> {
        let rest = end.millis().saturating_sub(self.clock.wall(now).millis());
        match u64::try_from(rest) {
            Ok(rest @ 1..) => Ok(now + Duration::from_millis(rest)),
            _ => Err(Error::invalid("expirationTime", "must be in the future")),
        }
    }
}

impl From<NotSubscribed> for Error {
    fn from(refusal: NotSubscribed) -> Self {
        match refusal {
            NotSubscribed::Gone => Self::NotFound,
            NotSubscribed::EndpointTaken => Self::Conflict(Conflict::EndpointTaken),
            NotSubscribed::AccountFull => Self::Full(Capacity::Account),
            NotSubscribed::MemberFull => Self::Full(Capacity::Chat),
            NotSubscribed::NodeFull => Self::Full(Capacity::Node),
        }
    }
}

impl From<NoPushSubscription> for Error {
    fn from(_: NoPushSubscription) -> Self {
        Self::NotFound
    }
}
