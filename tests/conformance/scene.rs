//! A store with a clock that checks turn, and what people do there, in words.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parlor::domain::address::ClientAddress;
use parlor::domain::bounds::Bounds;
use parlor::domain::chat::{Admission, Chat, ChatChange, History, Lifetime, OpenedChat};
use parlor::domain::clock::Timestamp;
use parlor::domain::dice::Dice;
use parlor::domain::entry::{Entry, News};
use parlor::domain::id::{ChatId, Credential, Epoch, KnockId, LinkId, MemberId, TicketId};
use parlor::domain::key::{IdempotencyKey, Once};
use parlor::domain::knock::{Decision, KnockSelector, Knocked, Verdict};
use parlor::domain::link::{Admitted, Link};
use parlor::domain::member::{Member, Role};
use parlor::domain::message::Message;
use parlor::domain::text::{MessageText, Name};
use parlor::store::chats::{NewChat, NotOpened, NotUpdated};
use parlor::store::knocks::{NewKnock, NotDecided, NotKnocked, NotWithdrawn};
use parlor::store::links::{NewLink, NotLinked, NotRevoked};
use parlor::store::members::NotRemoved;
use parlor::store::messages::{NewMessage, NotPosted};
use parlor::store::{Store, Write};

use crate::subject::Subject;

/// Dice that fall alike in every run.
#[derive(Debug)]
struct LoadedDice(AtomicU64);

impl Dice for LoadedDice {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            part.copy_from_slice(&(x ^ (x >> 31)).to_be_bytes()[..part.len()]);
        }
    }
}

/// A store, what time it is there, and where its ids come from.
pub(crate) struct Scene {
    pub(crate) store: Arc<dyn Store>,
    now: AtomicI64,
    dice: LoadedDice,
    guests: AtomicU64,
}

/// A chat, with what its owner holds.
#[derive(Clone, Debug)]
pub(crate) struct Hosted {
    pub(crate) id: ChatId,
    pub(crate) owner: Arc<Member>,
    pub(crate) author: Credential,
}

/// What a write answers, its news put aside.
pub(crate) fn done<T, R>(write: Write<T, R>) -> Result<T, R> {
    write.unwrap().map(|committed| committed.into_parts().0)
}

/// A name that is one.
pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The key of a request with this body.
pub(crate) fn key(key: &str, body: &str) -> IdempotencyKey {
    IdempotencyKey::new(None, "POST", "/v1/somewhere", key, body.as_bytes())
}

/// A household of its own for each number.
pub(crate) fn address(number: u64) -> ClientAddress {
    let [.., a, b, c] = number.to_be_bytes();
    ClientAddress::from(IpAddr::V4(Ipv4Addr::new(10, a, b, c)))
}

/// Which knocks of a link are decided.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// The only one that waits.
    Only,
    /// These.
    These(Vec<KnockId>),
}

impl Which {
    /// As the store takes it.
    pub(crate) fn on(self, link: LinkId) -> KnockSelector {
        match self {
            Self::Only => KnockSelector::Sole(link),
            Self::These(ids) => KnockSelector::OnLink(link, ids),
        }
    }
}

/// These knocks.
pub(crate) fn these<'a>(knocks: impl IntoIterator<Item = &'a Knocked>) -> Which {
    Which::These(knocks.into_iter().map(|knocked| knocked.knock.id).collect())
}

impl Scene {
    /// An empty store.
    pub(crate) async fn set(subject: Subject) -> Self {
        Self::within(subject, Bounds::default()).await
    }

    /// An empty store with these bounds.
    pub(crate) async fn within(subject: Subject, bounds: Bounds) -> Self {
        let store = subject.store(bounds).await;
        Self { store, now: AtomicI64::new(1_795_176_000_000), dice: LoadedDice(AtomicU64::new(1)), guests: AtomicU64::new(0) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    /// So much later.
    pub(crate) fn later(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn credential(&self) -> Credential {
        Credential::random(&self.dice)
    }

    pub(crate) fn ticket_id(&self) -> TicketId {
        TicketId::random(&self.dice)
    }

    pub(crate) fn link_id(&self) -> LinkId {
        LinkId::random(&self.dice)
    }

    /// A chat to knock at, for a day.
    pub(crate) fn new_chat(&self) -> NewChat {
        let (now, expires_in) = (self.now(), Lifetime::DEFAULT);
        let chat = Chat {
            id: ChatId::random(&self.dice),
            epoch: Epoch::random(&self.dice),
            title: None,
            admission: Admission::Knock,
            history: History::All,
            created_at: now,
            expires_in,
            expires_at: now + expires_in.span(),
            head: 0,
            door: 0,
        };
        let owner = Arc::new(Member { id: MemberId::OWNER, name: Name::owner(), role: Role::Owner });
        NewChat { chat, owner, author: self.credential(), key: None }
    }

    pub(crate) async fn creates(&self, new: NewChat) -> Result<Once<OpenedChat>, NotOpened> {
        done(self.store.create_chat(new, self.now()).await)
    }

    /// A chat to knock at.
    pub(crate) async fn opens(&self) -> Hosted {
        self.opens_so(|_| {}).await
    }

    /// A chat that is open to everybody.
    pub(crate) async fn opens_to_all(&self) -> Hosted {
        self.opens_so(|chat| chat.admission = Admission::Open).await
    }

    /// A chat that lives so many seconds.
    pub(crate) async fn opens_for(&self, seconds: u64) -> Hosted {
        let lifetime = Lifetime::of_chat(seconds).unwrap();
        self.opens_so(|chat| (chat.expires_in, chat.expires_at) = (lifetime, self.now() + lifetime.span())).await
    }

    /// A chat of another kind.
    pub(crate) async fn opens_so(&self, other: impl FnOnce(&mut Chat)) -> Hosted {
        let mut new = self.new_chat();
        other(&mut new.chat);
        let opened = self.creates(new).await.unwrap().made;
        Hosted { id: opened.chat.id, owner: opened.owner, author: opened.author }
    }

    pub(crate) async fn changes(&self, chat: &Hosted, change: ChatChange) -> Result<Chat, NotUpdated> {
        done(self.store.update_chat(chat.id, change, self.now()).await)
    }

    pub(crate) async fn turns(&self, chat: &Hosted, admission: Admission) -> Result<Chat, NotUpdated> {
        self.changes(chat, ChatChange { admission: Some(admission), ..ChatChange::default() }).await
    }

    /// Closes the chat; the news of it, if there was one.
    pub(crate) async fn closes(&self, chat: &Hosted) -> Option<Vec<News>> {
        self.store.close_chat(chat.id, self.now()).await.unwrap().map(|closed| closed.into_parts().1)
    }

    /// Clears away what is due in up to `most` chats; the news of each.
    pub(crate) async fn clears(&self, most: usize) -> Vec<Vec<News>> {
        self.store.clear_due(self.now(), most).await.unwrap().into_iter().map(|cleared| cleared.into_parts().1).collect()
    }

    /// Posts; whoever is no member posts as nobody.
    pub(crate) async fn posts(&self, chat: &Hosted, member: Option<&Arc<Member>>, text: &str) -> Result<Arc<Entry>, NotPosted> {
        self.posts_keyed(chat, member, text, None).await.map(|once| once.made)
    }

    pub(crate) async fn posts_keyed(
        &self,
        chat: &Hosted,
        member: Option<&Arc<Member>>,
        text: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Arc<Entry>>, NotPosted> {
        let message = Message { member: member.cloned(), text: MessageText::parse(text).unwrap(), client_ref: None };
        done(self.store.append_message(NewMessage { chat: chat.id, message, key }, self.now()).await)
    }

    /// The owner says something; its number.
    pub(crate) async fn says(&self, chat: &Hosted, text: &str) -> u64 {
        self.posts(chat, Some(&chat.owner), text).await.unwrap().number
    }

    /// A link of the owner's, for a day.
    pub(crate) fn new_link(&self, chat: &Hosted) -> NewLink {
        let (id, now) = (self.link_id(), self.now());
        let link = Link {
            id,
            number: 0,
            label: None,
            made_by: Some(MemberId::OWNER),
            created_at: now,
            expires_at: now + Lifetime::DEFAULT.span(),
            max_uses: None,
            uses: 0,
            auto_approve: false,
            revoked_at: None,
        };
        NewLink { chat: chat.id, link, key: None }
    }

    pub(crate) async fn makes(&self, new: NewLink) -> Result<Once<Link>, NotLinked> {
        done(self.store.create_link(new, self.now()).await)
    }

    /// The owner makes a link.
    pub(crate) async fn shares(&self, chat: &Hosted) -> Link {
        self.shares_so(chat, |_| {}).await.unwrap()
    }

    /// A link of another kind is made.
    pub(crate) async fn shares_so(&self, chat: &Hosted, other: impl FnOnce(&mut Link)) -> Result<Link, NotLinked> {
        let mut new = self.new_link(chat);
        other(&mut new.link);
        self.makes(new).await.map(|once| once.made)
    }

    pub(crate) async fn revokes(&self, link: &Link, admitted: Admitted) -> Result<(), NotRevoked> {
        done(self.store.revoke_link(link.id, admitted, self.now()).await)
    }

    /// Somebody new at the door, from an address of their own.
    pub(crate) fn guest(&self, link: &Link, called: &str) -> NewKnock {
        let (id, client) = (KnockId::random(&self.dice), self.credential());
        let address = address(self.guests.fetch_add(1, Ordering::Relaxed));
        NewKnock { link: link.id, id, client, name: Some(name(called)), note: None, address, key: None }
    }

    pub(crate) async fn arrives(&self, new: NewKnock) -> Result<Knocked, NotKnocked> {
        done(self.store.knock(new, self.now()).await).map(|once| once.made)
    }

    /// Somebody new knocks.
    pub(crate) async fn knocks(&self, link: &Link, called: &str) -> Knocked {
        self.arrives(self.guest(link, called)).await.unwrap()
    }

    pub(crate) async fn decides(&self, link: &Link, which: Which, verdict: Verdict) -> Result<Vec<KnockId>, NotDecided> {
        let decision = Decision { knocks: which.on(link.id), verdict, reason: None };
        done(self.store.decide_knocks(decision, self.now()).await)
    }

    pub(crate) async fn withdraws(&self, link: &Link, knocked: &Knocked) -> Result<(), NotWithdrawn> {
        done(self.store.withdraw_knock(link.id, knocked.knock.id, knocked.client, self.now()).await)
    }

    /// Somebody new knocks and is let in; who they are now, and what they show.
    pub(crate) async fn enters(&self, link: &Link, called: &str) -> (Arc<Member>, Credential) {
        let knocked = self.knocks(link, called).await;
        self.decides(link, these([&knocked]), Verdict::Approve).await.unwrap();
        let standing = self.standing(link, knocked.client).await.unwrap();
        (standing.knock.member.unwrap(), knocked.client)
    }

    /// Somebody new knocks where nobody is asked; who they are now, and what they show.
    pub(crate) async fn walks_in(&self, link: &Link, called: &str) -> (Arc<Member>, Credential) {
        let knocked = self.knocks(link, called).await;
        (knocked.knock.member.expect("they are let in at once"), knocked.client)
    }

    pub(crate) async fn removes(&self, chat: &Hosted, member: MemberId, by: MemberId) -> Result<(), NotRemoved> {
        done(self.store.remove_member(chat.id, member, by, self.now()).await)
    }
}
