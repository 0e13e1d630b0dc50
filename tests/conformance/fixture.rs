//! A store with a clock that checks advance, and what people do there, in words.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parlor::domain::chat::{Admission, Chat, ChatChange, ChatKind, Lifetime, OpenedChat};
use parlor::domain::client_address::ClientAddress;
use parlor::domain::clock::Timestamp;
use parlor::domain::event_log::{Entry, LogUpdate};
use parlor::domain::id::{ChatId, Credential, KnockId, LinkId, MemberId, TicketId};
use parlor::domain::idempotency::{IdempotencyKey, Idempotent};
use parlor::domain::knock::{Decision, GuestKnock, KnockSelector, Verdict};
use parlor::domain::limits::Limits;
use parlor::domain::link::{Link, OnRevoke};
use parlor::domain::member::{Member, Role};
use parlor::domain::message::MessageDraft;
use parlor::domain::principal::Principal;
use parlor::domain::text::{MessageText, Name};
use parlor::domain::ticket::TicketHolder;
use parlor::store::chats::{NewChat, NotOpened, NotUpdated};
use parlor::store::knocks::{NewKnock, NotDecided, NotKnocked, NotWithdrawn};
use parlor::store::links::{NewLink, NotLinked, NotRevoked};
use parlor::store::members::NotRemoved;
use parlor::store::messages::{NewMessage, NotPosted};
use parlor::store::{Store, WriteResult};

use crate::backends::Backend;
use crate::seeded_random::SeededRandom;

/// A store with its time and its source of ids.
pub(crate) struct Fixture {
    pub(crate) store: Arc<dyn Store>,
    now: AtomicI64,
    pub(crate) dice: SeededRandom,
    guests: AtomicU64,
}

/// A chat with its owner's credential.
#[derive(Clone, Debug)]
pub(crate) struct Hosted {
    pub(crate) id: ChatId,
    pub(crate) owner: Arc<Member>,
    pub(crate) author: Principal,
}

/// Returns the result of a write and drops its update.
pub(crate) fn done<T, R>(write: WriteResult<T, R>) -> Result<T, R> {
    write.unwrap().map(|committed| committed.into_parts().0)
}

/// Parses a valid name.
pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// Returns an idempotency key for a request with this body.
pub(crate) fn key(key: &str, body: &str) -> IdempotencyKey {
    IdempotencyKey::new(None, "POST", "/v1/somewhere", key, body.as_bytes())
}

/// Returns a distinct client address for each number.
pub(crate) fn address(number: u64) -> ClientAddress {
    let [.., a, b, c] = number.to_be_bytes();
    ClientAddress::from(IpAddr::V4(Ipv4Addr::new(10, a, b, c)))
}

/// Selects the knocks of a link to decide.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// The only pending knock.
    Only,
    /// These knocks.
    These(Vec<KnockId>),
}

impl Which {
    /// Converts to the store's selector.
    pub(crate) fn on(self, link: LinkId) -> KnockSelector {
        match self {
            Self::Only => KnockSelector::Sole(link),
            Self::These(ids) => KnockSelector::OnLink(link, ids),
        }
    }
}

/// Selects these knocks.
pub(crate) fn these<'a>(knocks: impl IntoIterator<Item = &'a GuestKnock>) -> Which {
    Which::These(knocks.into_iter().map(|knocked| knocked.knock.id).collect())
}

/// Returns the holder of a ticket that belongs to no session.
pub(crate) fn held_by(principal: Option<Principal>) -> TicketHolder {
    TicketHolder { principal, session: None }
}

impl Fixture {
    /// Creates an empty store.
    pub(crate) async fn set(backend: Backend) -> Self {
        Self::within(backend, Limits::default()).await
    }

    /// Creates an empty store with these limits.
    pub(crate) async fn within(backend: Backend, limits: Limits) -> Self {
        let store = backend.store(limits).await;
        Self { store, now: AtomicI64::new(1_795_176_000_000), dice: SeededRandom::default(), guests: AtomicU64::new(0) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    /// Advances the clock.
    pub(crate) fn later(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn credential(&self) -> Principal {
        Principal::Credential(Credential::random(&self.dice))
    }

    pub(crate) fn ticket_id(&self) -> TicketId {
        TicketId::random(&self.dice)
    }

    pub(crate) fn link_id(&self) -> LinkId {
        LinkId::random(&self.dice)
    }

    /// Builds a chat with knocking that lives one day.
    pub(crate) fn new_chat(&self) -> NewChat {
        let chat = Chat { admission: Admission::Knock, ..Chat::new(ChatKind::Link, Some(Lifetime::DEFAULT), &self.dice, self.now()) };
        let owner = Arc::new(Member { id: MemberId::OWNER, name: Name::owner(), username: None, role: Role::Owner });
        NewChat { chat, owner, author: self.credential(), key: None }
    }

    pub(crate) async fn creates(&self, new: NewChat) -> Result<Idempotent<OpenedChat>, NotOpened> {
        done(self.store.create_chat(new, self.now()).await)
    }

    /// Creates a chat with knocking.
    pub(crate) async fn opens(&self) -> Hosted {
        self.opens_so(|_| {}).await
    }

    /// Creates an open chat.
    pub(crate) async fn opens_to_all(&self) -> Hosted {
        self.opens_so(|chat| chat.admission = Admission::Open).await
    }

    /// Creates a chat that lives this many seconds.
    pub(crate) async fn opens_for(&self, seconds: u64) -> Hosted {
        let lifetime = Lifetime::for_chat(seconds).unwrap();
        self.opens_so(|chat| (chat.expires_in, chat.expires_at) = (Some(lifetime), self.now() + lifetime.duration())).await
    }

    /// Creates this chat.
    pub(crate) async fn opens_so(&self, other: impl FnOnce(&mut Chat)) -> Hosted {
        let mut new = self.new_chat();
        other(&mut new.chat);
        let opened = self.creates(new).await.unwrap().value;
        Hosted { id: opened.chat.id, owner: opened.owner, author: opened.author }
    }

    pub(crate) async fn changes(&self, chat: &Hosted, change: ChatChange) -> Result<Chat, NotUpdated> {
        done(self.store.update_chat(chat.id, change, chat.owner.id, self.now()).await)
    }

    pub(crate) async fn turns(&self, chat: &Hosted, admission: Admission) -> Result<Chat, NotUpdated> {
        self.changes(chat, ChatChange { admission: Some(admission), ..ChatChange::default() }).await
    }

    /// Closes the chat; returns its update if it existed.
    pub(crate) async fn closes(&self, chat: &Hosted) -> Option<Vec<LogUpdate>> {
        self.store.close_chat(chat.id, self.now()).await.unwrap().map(|closed| closed.into_parts().1)
    }

    /// Expires what is due in up to `most` chats; returns the update of each.
    pub(crate) async fn clears(&self, most: usize) -> Vec<Vec<LogUpdate>> {
        self.store.expire_due(self.now(), most).await.unwrap().into_iter().map(|cleared| cleared.into_parts().1).collect()
    }

    /// Posts a message; without a member it is a visitor's.
    pub(crate) async fn posts(&self, chat: &Hosted, member: Option<&Arc<Member>>, text: &str) -> Result<Arc<Entry>, NotPosted> {
        self.posts_keyed(chat, member, text, None).await.map(|once| once.value)
    }

    pub(crate) async fn posts_keyed(
        &self,
        chat: &Hosted,
        member: Option<&Arc<Member>>,
        text: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<Arc<Entry>>, NotPosted> {
        let message = MessageDraft::of_text(MessageText::parse(text).unwrap()).by(member.cloned());
        done(self.store.append_message(NewMessage { chat: chat.id, message, key }, self.now()).await)
    }

    /// Posts as the owner; returns the sequence number.
    pub(crate) async fn says(&self, chat: &Hosted, text: &str) -> u64 {
        self.posts(chat, Some(&chat.owner), text).await.unwrap().seq
    }

    /// Builds a link of the owner's that lives one day.
    pub(crate) fn new_link(&self, chat: &Hosted) -> NewLink {
        let (id, now) = (self.link_id(), self.now());
        let link = Link {
            id,
            number: 0,
            label: None,
            created_by: Some(MemberId::OWNER),
            created_at: now,
            expires_at: now + Lifetime::DEFAULT.duration(),
            max_uses: None,
            uses: 0,
            auto_approve: false,
            revoked_at: None,
        };
        NewLink { chat: chat.id, link, key: None }
    }

    pub(crate) async fn makes(&self, new: NewLink) -> Result<Idempotent<Link>, NotLinked> {
        done(self.store.create_link(new, self.now()).await)
    }

    /// Creates a link as the owner.
    pub(crate) async fn shares(&self, chat: &Hosted) -> Link {
        self.shares_so(chat, |_| {}).await.unwrap()
    }

    /// Creates this link.
    pub(crate) async fn shares_so(&self, chat: &Hosted, other: impl FnOnce(&mut Link)) -> Result<Link, NotLinked> {
        let mut new = self.new_link(chat);
        other(&mut new.link);
        self.makes(new).await.map(|once| once.value)
    }

    pub(crate) async fn revokes(&self, link: &Link, admitted: OnRevoke) -> Result<(), NotRevoked> {
        done(self.store.revoke_link(link.id, admitted, MemberId::OWNER, self.now()).await)
    }

    /// Builds a knock of a new guest from an address of their own.
    pub(crate) fn guest(&self, link: &Link, called: &str) -> NewKnock {
        let (id, client) = (KnockId::random(&self.dice), self.credential());
        let address = address(self.guests.fetch_add(1, Ordering::Relaxed));
        NewKnock { link: link.id, id, client, name: Some(name(called)), username: None, note: None, address, key: None }
    }

    pub(crate) async fn arrives(&self, new: NewKnock) -> Result<GuestKnock, NotKnocked> {
        done(self.store.knock(new, self.now()).await).map(|once| once.value)
    }

    /// Knocks as a new guest.
    pub(crate) async fn knocks(&self, link: &Link, called: &str) -> GuestKnock {
        self.arrives(self.guest(link, called)).await.unwrap()
    }

    pub(crate) async fn decides(&self, link: &Link, which: Which, verdict: Verdict) -> Result<Vec<KnockId>, NotDecided> {
        let decision = Decision { knocks: which.on(link.id), by: MemberId::OWNER, verdict, reason: None };
        done(self.store.decide_knocks(decision, self.now()).await)
    }

    pub(crate) async fn withdraws(&self, link: &Link, knocked: &GuestKnock) -> Result<(), NotWithdrawn> {
        done(self.store.withdraw_knock(link.id, knocked.knock.id, knocked.client, self.now()).await)
    }

    /// Knocks as a new guest and is let in; returns the member and its credential.
    pub(crate) async fn enters(&self, link: &Link, called: &str) -> (Arc<Member>, Principal) {
        let knocked = self.knocks(link, called).await;
        self.decides(link, these([&knocked]), Verdict::Approve).await.unwrap();
        let standing = self.standing(link, knocked.client).await.unwrap();
        (standing.knock.member.unwrap(), knocked.client)
    }

    /// Knocks as a new guest on a link that approves automatically; returns the member and its credential.
    pub(crate) async fn walks_in(&self, link: &Link, called: &str) -> (Arc<Member>, Principal) {
        let knocked = self.knocks(link, called).await;
        (knocked.knock.member.expect("the guest is let in at once"), knocked.client)
    }

    pub(crate) async fn removes(&self, chat: &Hosted, member: MemberId, by: MemberId) -> Result<(), NotRemoved> {
        done(self.store.remove_member(chat.id, member, by, self.now()).await)
    }
}
