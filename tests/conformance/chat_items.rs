//! Chat items: the chats of an account in order, with what is new in them.

use std::time::Duration;

use parlor::domain::account::Account;
use parlor::domain::chat::ChatKind;
use parlor::domain::chat_item::{ChatFilter, ChatItem, ChatPosition, Notifications, RecentPage};
use parlor::domain::pagination::NumberedPage;
use parlor::store::chat_items::{NoMember, NotCleared};

use crate::assertions::text;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done};
use crate::people::principal;

impl Fixture {
    async fn items_of(&self, account: &Account, filter: ChatFilter) -> Vec<ChatItem> {
        self.store.list_chats(account.id, filter, RecentPage { after: None, limit: usize::MAX }, self.now()).await.unwrap().items
    }

    /// Returns the titles of an account's chats, the latest first.
    async fn titles(&self, account: &Account) -> Vec<String> {
        self.items_of(account, ChatFilter::default()).await.into_iter().map(|item| item.title).collect()
    }

    async fn item(&self, account: &Account, chat: &Hosted) -> ChatItem {
        self.store.chat_item(account.id, chat.id, self.now()).await.unwrap().unwrap()
    }

    async fn clears_chat(&self, chat: &Hosted) -> Result<(), NotCleared> {
        done(self.store.clear_chat(chat.id, chat.owner.id, self.now()).await)
    }
}

/// Ana with a friend for each of these usernames, and a direct chat with each that she began, one second apart.
async fn chats(backend: Backend, usernames: &[&str]) -> (Fixture, Account, Vec<(Account, Hosted)>) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let mut all = Vec::new();
    for username in usernames {
        let friend = fixture.signs_up(username).await;
        fixture.befriend(ana.id, friend.id).await;
        fixture.later(Duration::from_secs(1));
        let chat = fixture.begins(&ana, &friend).await;
        all.push((friend, chat));
    }
    (fixture, ana, all)
}

async fn the_latest_is_first(backend: Backend) {
    let (fixture, ana, friends) = chats(backend, &["ben", "cleo", "dora"]).await;
    assert_eq!(fixture.titles(&ana).await, ["dora", "cleo", "ben"]);
    fixture.later(Duration::from_secs(1));
    let (ben, chat) = &friends[0];
    fixture.writes(ben, &ana, "Hello, Ana").await.unwrap();
    assert_eq!(fixture.titles(&ana).await, ["ben", "dora", "cleo"]);
    let item = fixture.item(&ana, chat).await;
    assert_eq!((item.updated_at, item.unread, item.read, item.delivered), (fixture.now(), 1, 2, 2));
    assert_eq!(text(item.last_message.as_ref().unwrap()), "Hello, Ana");
    let bens = fixture.item(ben, chat).await;
    assert_eq!((bens.title.as_str(), bens.unread, bens.pending), ("ana", 1, None));
    assert_eq!((bens.view.membership.unwrap().member.id.0, bens.view.with.unwrap().id.0), (2, 1));
}

async fn pages_go_on_where_they_ended(backend: Backend) {
    let (fixture, ana, _) = chats(backend, &["ben", "cleo", "dora", "emil", "finn"]).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = fixture.store.list_chats(ana.id, ChatFilter::default(), RecentPage { after, limit: 2 }, fixture.now()).await.unwrap();
        after = page.items.last().map(ChatItem::position);
        seen.extend(page.items.into_iter().map(|item| item.title));
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seen, ["finn", "emil", "dora", "cleo", "ben"]);
}

async fn chats_are_found_by_kind_and_participant(backend: Backend) {
    let (fixture, ana, friends) = chats(backend, &["ben", "cleo"]).await;
    let ben = &friends[0].0;
    let own = fixture.opens_as(&ana).await;
    let link = fixture.shares(&own).await;
    fixture.enters_as(&link, ben).await;
    let found = async |kind, participant: Option<&Account>| {
        let filter = ChatFilter { kind, participant: participant.map(|account| account.id) };
        fixture.items_of(&ana, filter).await.into_iter().map(|item| item.title).collect::<Vec<_>>()
    };
    assert_eq!(found(Some(ChatKind::Link), None).await, ["ana"]);
    assert_eq!(found(Some(ChatKind::Direct), None).await.len(), 2);
    assert_eq!(found(None, Some(ben)).await, ["ana", "ben"]);
    assert_eq!(found(Some(ChatKind::Direct), Some(ben)).await, ["ben"]);
    let stranger = fixture.signs_up("eve").await;
    assert!(found(None, Some(&stranger)).await.is_empty());
    let pending = fixture.item(&ana, &own).await.pending;
    fixture.knocks(&link, "Guest").await;
    assert_eq!((pending, fixture.item(&ana, &own).await.pending, fixture.item(ben, &own).await.pending), (Some(0), Some(1), None));
    fixture.removes(&own, fixture.seat(&own, principal(ben)).await.unwrap().member.id, own.owner.id).await.unwrap();
    assert_eq!(found(None, Some(ben)).await, ["ben"], "former members are no participants");
    assert!(fixture.store.chat_item(ben.id, own.id, fixture.now()).await.unwrap().is_none());
}

async fn a_cleared_chat_begins_anew_for_one(backend: Backend) {
    let (fixture, ana, friends) = chats(backend, &["ben"]).await;
    let (ben, chat) = &friends[0];
    fixture.writes(ben, &ana, "Hello, Ana").await.unwrap();
    fixture.clears_chat(chat).await.unwrap();
    assert!(fixture.titles(&ana).await.is_empty());
    assert_eq!(fixture.titles(ben).await, ["ana"]);
    let cleared = fixture.item(&ana, chat).await;
    assert_eq!((cleared.view.visible_from(), cleared.unread, cleared.last_message.is_none()), (5, 0, true));
    assert_eq!(fixture.item(ben, chat).await.view.visible_from(), 1);
    fixture.writes(ben, &ana, "Again").await.unwrap();
    let again = fixture.item(&ana, chat).await;
    assert_eq!((fixture.titles(&ana).await, again.unread, text(again.last_message.as_ref().unwrap())), (vec!["ben".to_owned()], 1, "Again"));
    let link = fixture.opens().await;
    assert_eq!(fixture.clears_chat(&link).await, Err(NotCleared::NotDirect));
    fixture.closes(chat).await.unwrap();
    assert_eq!(fixture.clears_chat(chat).await, Err(NotCleared::Gone));
}

async fn muting_is_for_one_member(backend: Backend) {
    let (fixture, ana, friends) = chats(backend, &["ben"]).await;
    let (ben, chat) = &friends[0];
    let mutes = async |to| done(fixture.store.set_notifications(chat.id, chat.owner.id, to, fixture.now()).await);
    mutes(Notifications::Muted).await.unwrap();
    let muted = [fixture.item(&ana, chat).await.notifications, fixture.item(ben, chat).await.notifications];
    assert_eq!(muted, [Notifications::Muted, Notifications::On]);
    mutes(Notifications::On).await.unwrap();
    assert_eq!(fixture.item(&ana, chat).await.notifications, Notifications::On);
    fixture.closes(chat).await.unwrap();
    assert_eq!(mutes(Notifications::Muted).await, Err(NoMember));
}

async fn messages_come_in_numbered_pages(backend: Backend) {
    let (fixture, _, friends) = chats(backend, &["ben"]).await;
    let chat = &friends[0].1;
    for number in 1..=6 {
        fixture.says(chat, &number.to_string()).await;
    }
    let page = async |floor, page, per_page| {
        let page = NumberedPage { page, per_page };
        let (items, total) = fixture.store.messages_by_number(chat.id, floor, page, fixture.now()).await.unwrap().unwrap();
        (items.iter().map(|entry| entry.seq).collect::<Vec<_>>(), total)
    };
    assert_eq!(page(1, 1, 3).await, (vec![7, 8, 9], 7));
    assert_eq!(page(1, 3, 3).await, (vec![3], 7));
    assert_eq!(page(1, 4, 3).await, (vec![], 7));
    assert_eq!(page(8, 1, 3).await, (vec![8, 9], 2));
    assert_eq!(page(1, u64::MAX, u64::MAX).await, (vec![], 7));
}

#[test]
fn the_later_position_is_greater() {
    let (older, chat) = (parlor::domain::clock::Timestamp::from_millis(1), parlor::domain::id::ChatId::NIL);
    assert!(ChatPosition { updated_at: older, chat } < ChatPosition { updated_at: older + Duration::from_millis(1), chat });
}

checks!(
    the_latest_is_first,
    pages_go_on_where_they_ended,
    chats_are_found_by_kind_and_participant,
    a_cleared_chat_begins_anew_for_one,
    muting_is_for_one_member,
    messages_come_in_numbered_pages,
);
