//! Push subscriptions: whose they are, when they end, and what they have to send.

use std::time::Duration;

use parlor::domain::account::Account;
use parlor::domain::chat_item::Notifications;
use parlor::domain::event_log::Entry;
use parlor::domain::id::{AccountId, ChatId, MemberId, PushSubscriptionId, SessionId};
use parlor::domain::pagination::PageRequest;
use parlor::domain::person::Person;
use parlor::domain::principal::Principal;
use parlor::domain::push::PushSubject;
use parlor::domain::push_service::PushServices;
use parlor::domain::push_subscription::{
    MAX_ACCOUNT_PUSH_SUBSCRIPTIONS, MAX_MEMBER_PUSH_SUBSCRIPTIONS, PushEndpoint, PushKeys, PushSubscription, PushText,
};
use parlor::domain::session::SessionEnd;
use parlor::store::push_subscriptions::{ClaimedPush, NoPushSubscription, NotSubscribed, PushOutcome, Saved, SettledPush};

use crate::assertions::ALL;
use crate::backends::Backend;
use crate::fixture::{Fixture, done};

impl Fixture {
    /// Builds the subscription of a device of a member or a guest; each device has its keys.
    fn device(&self, holder: Principal, chat: Option<ChatId>, device: u8) -> PushSubscription {
        let endpoint = PushEndpoint::parse(&format!("https://web.push.apple.com/{device}"), &PushServices::default()).unwrap();
        let keys = PushKeys { p256dh: [device; 65], auth: [device; 16] };
        let id = PushSubscriptionId::random(&self.dice);
        let (session, text, created_at) = (None, PushText::Hidden, self.now());
        PushSubscription { id, number: 0, endpoint, keys, holder, chat, session, text, created_at, expires_at: None }
    }

    /// Builds the subscription of a device of an account.
    fn device_of(&self, (account, session): (AccountId, SessionId), device: u8) -> PushSubscription {
        PushSubscription { session: Some(session), ..self.device(Principal::Account(account), None, device) }
    }

    async fn signs_in_somewhere(&self, account: &Account) -> (AccountId, SessionId) {
        (account.id, self.signs_in(account).await.id)
    }

    async fn subscribes(&self, new: PushSubscription) -> Result<Saved, NotSubscribed> {
        done(self.store.save_push_subscription(new, self.now()).await)
    }

    /// Returns the devices of a holder, by their keys.
    async fn devices(&self, holder: Principal) -> Vec<u8> {
        let listed = self.store.list_push_subscriptions(holder, ALL, self.now()).await.unwrap().items;
        listed.iter().map(|subscription| subscription.keys.auth[0]).collect()
    }

    /// Returns what is claimed after this many milliseconds.
    async fn pushes_after(&self, millis: u64) -> Vec<ClaimedPush> {
        self.later(Duration::from_millis(millis));
        self.store.claim_pushes(100, self.now()).await.unwrap().pushes
    }

    async fn settles_push(&self, push: &ClaimedPush, outcome: PushOutcome) -> SettledPush {
        self.store.settle_push(push.key, outcome, self.now()).await.unwrap()
    }
}

async fn a_holder_has_a_few_subscriptions_in_order(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let device = |number| fixture.device(chat.author, Some(chat.id), number);
    for number in 1..=u8::try_from(MAX_MEMBER_PUSH_SUBSCRIPTIONS).unwrap() {
        assert!(matches!(fixture.subscribes(device(number)).await, Ok(Saved::Created(_))));
    }
    assert_eq!(fixture.subscribes(device(9)).await.unwrap_err(), NotSubscribed::MemberFull);
    let again = PushSubscription { text: PushText::Shown, ..device(2) };
    let Ok(Saved::Replaced(replaced)) = fixture.subscribes(again).await else { panic!("it is known") };
    assert_eq!((replaced.number, replaced.text), (2, PushText::Shown));
    assert_eq!(fixture.devices(chat.author).await, [1, 2, 3, 4, 5]);
    let page = PageRequest { after: 2, limit: 2 };
    let page = fixture.store.list_push_subscriptions(chat.author, page, fixture.now()).await.unwrap();
    assert_eq!((page.items.iter().map(|one| one.number).collect::<Vec<_>>(), page.has_more), (vec![3, 4], true));
    let delete = async |holder| done(fixture.store.delete_push_subscription(holder, replaced.id, fixture.now()).await);
    assert_eq!(delete(fixture.credential()).await, Err(NoPushSubscription));
    assert_eq!((delete(chat.author).await, delete(chat.author).await), (Ok(()), Err(NoPushSubscription)));
    let brief = PushSubscription { expires_at: Some(fixture.now() + Duration::from_secs(9)), ..device(9) };
    fixture.subscribes(brief).await.unwrap();
    fixture.later(Duration::from_secs(9));
    assert_eq!(fixture.devices(chat.author).await, [1, 3, 4, 5]);
    assert!(fixture.subscribes(device(8)).await.is_ok(), "one that has expired does not count");
}

async fn an_endpoint_moves_with_its_keys_alone(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let (ana, ben) = (fixture.signs_in_somewhere(&ana).await, fixture.signs_in_somewhere(&ben).await);
    let chats = [fixture.opens().await, fixture.opens().await];
    fixture.subscribes(fixture.device_of(ana, 1)).await.unwrap();
    let other_keys = |subscription: PushSubscription| PushSubscription { keys: PushKeys { p256dh: [1; 65], auth: [2; 16] }, ..subscription };
    assert_eq!(fixture.subscribes(other_keys(fixture.device_of(ben, 1))).await.unwrap_err(), NotSubscribed::EndpointTaken);
    let as_member = fixture.device(chats[0].author, Some(chats[0].id), 1);
    assert_eq!(fixture.subscribes(other_keys(as_member.clone())).await.unwrap_err(), NotSubscribed::EndpointTaken);
    let [of_ana, of_ben] = [ana.0, ben.0].map(Principal::Account);
    assert_eq!(fixture.devices(of_ana).await, [1]);
    assert!(matches!(fixture.subscribes(fixture.device_of(ben, 1)).await, Ok(Saved::Created(_))));
    assert_eq!((fixture.devices(of_ana).await, fixture.devices(of_ben).await), (vec![], vec![1]));
    for chat in &chats {
        fixture.subscribes(fixture.device(chat.author, Some(chat.id), 1)).await.unwrap();
    }
    assert_eq!(fixture.devices(of_ben).await, [1], "one browser may be of an account and of members of chats");
    assert_eq!([fixture.devices(chats[0].author).await, fixture.devices(chats[1].author).await], [[1], [1]]);
    assert!(matches!(fixture.subscribes(other_keys(fixture.device_of(ben, 1))).await, Ok(Saved::Replaced(_))), "its holder names new keys");
    for number in 2..=u8::try_from(MAX_ACCOUNT_PUSH_SUBSCRIPTIONS).unwrap() {
        fixture.subscribes(fixture.device_of(ben, number)).await.unwrap();
    }
    assert_eq!(fixture.subscribes(fixture.device_of(ben, 99)).await.unwrap_err(), NotSubscribed::AccountFull);
}

async fn subscriptions_end_with_what_they_are_for_and_nothing_is_held_of_them(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let before = fixture.store.usage().await.unwrap().held;
    let (one, two) = (fixture.signs_in_somewhere(&ana).await, fixture.signs_in_somewhere(&ana).await);
    fixture.subscribes(fixture.device_of(one, 1)).await.unwrap();
    fixture.subscribes(fixture.device_of(two, 2)).await.unwrap();
    done(fixture.store.end_session(ana.id, one.1, fixture.now()).await).unwrap();
    assert_eq!(fixture.devices(Principal::Account(ana.id)).await, [2]);
    assert_eq!(fixture.subscribes(fixture.device_of(one, 3)).await.unwrap_err(), NotSubscribed::Gone);
    let ended = fixture.store.end_sessions(ana.id, None, fixture.now()).await.unwrap().into_parts().1;
    assert_eq!(crate::people::ends(&ended), [(two.1, SessionEnd::Ended)]);
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, as_ben) = fixture.enters(&link, "Ben").await;
    let (eva, zoe) = (fixture.knocks(&link, "Eva").await, fixture.knocks(&link, "Zoe").await);
    for (device, holder) in [(4, as_ben), (5, eva.client), (6, zoe.client), (7, chat.author)] {
        fixture.subscribes(fixture.device(holder, Some(chat.id), device)).await.unwrap();
    }
    assert_eq!(fixture.subscribes(fixture.device(fixture.credential(), Some(chat.id), 8)).await.unwrap_err(), NotSubscribed::Gone);
    fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    fixture.withdraws(&link, &eva).await.unwrap();
    fixture.decides(&link, crate::fixture::these([&zoe]), parlor::domain::knock::Verdict::Approve).await.unwrap();
    let held = [fixture.devices(as_ben).await, fixture.devices(eva.client).await, fixture.devices(zoe.client).await];
    assert_eq!(held, [vec![], vec![], vec![6]], "an approved guest goes on as a member");
    assert_eq!(fixture.store.count_push_subscriptions().await.unwrap(), 2);
    fixture.closes(&chat).await.unwrap();
    assert_eq!(fixture.store.count_push_subscriptions().await.unwrap(), 0);
    assert!(fixture.pushes_after(10_000).await.is_empty());
    assert_eq!(fixture.store.usage().await.unwrap().held, before);
}

async fn what_happens_within_two_seconds_becomes_one_push_for_each_device(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, as_ben) = fixture.enters(&link, "Ben").await;
    for (holder, device) in [(as_ben, 1), (as_ben, 2), (chat.author, 3)] {
        fixture.subscribes(fixture.device(holder, Some(chat.id), device)).await.unwrap();
    }
    fixture.says(&chat, "one").await;
    fixture.later(Duration::from_secs(1));
    fixture.says(&chat, "two").await;
    assert!(fixture.pushes_after(999).await.is_empty());
    let pushes = fixture.pushes_after(1).await;
    assert_eq!(pushes.iter().map(|push| push.subscription.keys.auth[0]).collect::<Vec<_>>(), [1, 2], "the author is not told");
    let first = &pushes[0];
    assert_eq!((first.person, first.push.subject), (Person::Member(chat.id, ben.id), PushSubject::Messages(chat.id)));
    assert_eq!((first.push.unread, first.push.text.as_deref(), first.lifetime), (Some(2), None, Duration::from_hours(24)));
    assert!(fixture.pushes_after(0).await.is_empty(), "a claimed push is nobody else's");
    assert_eq!(fixture.settles_push(first, PushOutcome::Accepted).await, SettledPush::Done);
    assert_eq!(fixture.settles_push(first, PushOutcome::Accepted).await, SettledPush::Void);
    assert_eq!(fixture.settles_push(&pushes[1], PushOutcome::Failed(Some(Duration::from_mins(1)))).await, SettledPush::Waits);
    assert!(fixture.pushes_after(59_999).await.is_empty());
    let again = fixture.pushes_after(1).await;
    assert_eq!((again.len(), again[0].lifetime), (1, Duration::from_hours(24) - Duration::from_mins(1)));
    assert_eq!(fixture.pushes_after(30_000).await.len(), 1, "a claim that is not settled is void after a while");
    let last = fixture.pushes_after(30_000).await.remove(0);
    assert_eq!(fixture.settles_push(&last, PushOutcome::Gone).await, SettledPush::Unsubscribed);
    assert_eq!(fixture.devices(as_ben).await, [1]);
}

async fn what_may_not_be_said_when_it_is_due_is_dropped(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, as_ben) = fixture.enters(&link, "Ben").await;
    fixture.subscribes(fixture.device(as_ben, Some(chat.id), 1)).await.unwrap();
    let mute = async |to| done(fixture.store.set_notifications(chat.id, ben.id, to, fixture.now()).await).unwrap();
    fixture.says(&chat, "muted at once").await;
    mute(Notifications::Muted).await;
    assert!(fixture.pushes_after(2_000).await.is_empty());
    fixture.says(&chat, "muted").await;
    assert!(fixture.pushes_after(2_000).await.is_empty());
    mute(Notifications::On).await;
    let failed = fixture.says(&chat, "deleted while it waits").await;
    let push = fixture.pushes_after(2_000).await.remove(0);
    fixture.settles_push(&push, PushOutcome::Failed(None)).await;
    done(fixture.store.delete_message(chat.id, failed, MemberId::OWNER, fixture.now()).await).unwrap();
    assert!(fixture.pushes_after(10_000).await.is_empty());
    assert_eq!(fixture.store.claim_pushes(1, fixture.now()).await.unwrap().next, parlor::domain::clock::Timestamp::NEVER, "nothing waits any more");
    fixture.says(&chat, "muted while it waits").await;
    let push = fixture.pushes_after(2_000).await.remove(0);
    fixture.settles_push(&push, PushOutcome::Failed(None)).await;
    mute(Notifications::Muted).await;
    assert!(fixture.pushes_after(10_000).await.is_empty());
    mute(Notifications::On).await;
    let said: std::sync::Arc<Entry> = fixture.posts(&chat, Some(&chat.owner), "and removed").await.unwrap();
    fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    assert!(said.seq > failed && fixture.pushes_after(2_000).await.is_empty());
}

checks!(
    a_holder_has_a_few_subscriptions_in_order,
    an_endpoint_moves_with_its_keys_alone,
    subscriptions_end_with_what_they_are_for_and_nothing_is_held_of_them,
    what_happens_within_two_seconds_becomes_one_push_for_each_device,
    what_may_not_be_said_when_it_is_due_is_dropped,
);
