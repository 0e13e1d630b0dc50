//! Tests of who is online.

use super::*;
use crate::domain::clock::{Clock, Sleep};
use crate::domain::id::AccountId;
use crate::domain::presence::Sight;
use crate::domain::random::SystemRandom;
use crate::hub::account_presence::OnlineAccounts;

const ANA: MemberId = MemberId(1);
const BEN: MemberId = MemberId(2);

/// A clock that stands still.
#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn wall(&self, moment: Timestamp) -> Timestamp {
        moment
    }

    fn sleep_until(&self, _: Timestamp) -> Sleep {
        Box::pin(std::future::pending())
    }
}

struct Fixture {
    schedule: Arc<Schedule>,
    online: OnlineChats,
    chat: ChatId,
    now: Timestamp,
}

impl Fixture {
    fn new() -> Self {
        let schedule = Arc::<Schedule>::default();
        Self { online: OnlineChats::new(schedule.clone()), schedule, chat: ChatId::random(&SystemRandom), now: Timestamp::from_millis(0) }
    }

    fn enters(&self, member: MemberId) -> PresenceRegistration {
        self.online.enter(self.chat, member, None, 2)
    }

    fn leaves(&self, member: MemberId, registration: &PresenceRegistration) {
        self.online.leave(self.chat, member, registration, self.now);
    }

    fn numbers(members: &OnlineMembers) -> Vec<u32> {
        members.members.iter().map(|one| one.member.0).collect()
    }

    fn shown(&self) -> Vec<u32> {
        Self::numbers(&self.online.members(self.chat))
    }

    /// Lets time pass, tick by tick, and returns the publications.
    fn passes(&mut self, millis: i64) -> Vec<Vec<u32>> {
        let (end, mut published) = (self.now.shifted(millis), Vec::new());
        while self.now < end {
            self.now = self.now.shifted(500);
            for due in self.schedule.take(self.now) {
                match due {
                    Due::Chat(chat) => self.online.look_at(chat, self.now),
                    Due::Room(topic) => published.extend(self.online.take_changed(topic.chat().unwrap(), self.now).map(|all| Self::numbers(&all))),
                    Due::Account(_) | Due::Sight(_) => unreachable!("no account is here"),
                }
            }
        }
        published
    }
}

#[test]
fn several_streams_of_a_member_count_once_and_a_while_longer() {
    let mut of = Fixture::new();
    let (first, second, bens) = (of.enters(ANA), of.enters(ANA), of.enters(BEN));
    assert_eq!(of.passes(1_000), [[1, 2]]);
    of.leaves(ANA, &first);
    assert_eq!(of.passes(20_000), [[0; 0]; 0], "the second stream is open");
    of.leaves(ANA, &second);
    assert_eq!(of.passes(9_500), [[0; 0]; 0]);
    assert_eq!(of.shown(), [1, 2]);
    assert_eq!(of.passes(1_500), [[2]]);
    of.leaves(BEN, &bens);
    assert_eq!(of.passes(11_000), [[0; 0]; 0], "no member is left who could be told");
    assert!(of.online.chats.lock().is_empty() && of.schedule.next(of.now).is_none(), "nothing is kept");
}

#[test]
fn who_comes_back_in_time_never_left() {
    let mut of = Fixture::new();
    let (_bens, mut anas) = (of.enters(BEN), of.enters(ANA));
    of.passes(1_000);
    for _ in 0..50 {
        of.leaves(ANA, &anas);
        assert_eq!(of.passes(500), [[0; 0]; 0]);
        anas = of.enters(ANA);
    }
    assert_eq!(of.passes(30_000), [[0; 0]; 0]);
    assert_eq!((of.shown(), of.schedule.next(of.now)), (vec![1, 2], None));
}

#[test]
fn many_arrivals_are_published_once_a_second() {
    let mut of = Fixture::new();
    let mut told = Vec::new();
    let _many: Vec<PresenceRegistration> = (1..=40)
        .map(|member| {
            told.extend(of.passes(500));
            of.enters(MemberId(member))
        })
        .collect();
    told.extend(of.passes(1_500));
    assert!(told.len() <= 21 && told.last().unwrap().len() == 40, "{told:?}");
}

#[test]
fn a_former_member_is_offline_at_once_and_its_streams_do_not_count_when_it_is_back() {
    let mut of = Fixture::new();
    let (_bens, old) = (of.enters(BEN), of.enters(ANA));
    of.passes(1_000);
    of.online.forget(of.chat, ANA);
    assert_eq!(of.shown(), [2]);
    assert_eq!(of.passes(1_000), [[2]]);
    let _new = of.enters(ANA);
    of.online.withdraw(of.chat, ANA, &old);
    of.leaves(ANA, &old);
    of.passes(20_000);
    assert_eq!(of.shown(), [1, 2]);
}

#[test]
fn members_are_listed_in_small_chats_and_counted_in_large_ones() {
    let of = Fixture::new();
    let (_anas, is_listed) = (of.enters(ANA), || of.online.members(of.chat).is_listed);
    assert!(is_listed());
    for _ in 2..=MAX_LISTED_CHAT {
        of.online.count_member(of.chat);
    }
    assert!(!is_listed());
    of.online.forget(of.chat, BEN);
    assert!(is_listed(), "a hundred are listed");
}

#[test]
fn an_account_is_shown_while_it_shows_itself() {
    let mut of = Fixture::new();
    let (accounts, account) = (OnlineAccounts::new(Arc::default()), AccountId::random(&SystemRandom));
    let clock: Arc<dyn Clock> = Arc::new(Stopped);
    let presence = accounts.enter(account, &clock);
    let _bens = of.enters(BEN);
    of.online.enter(of.chat, ANA, Some(presence.sight().clone()), 2);
    assert_eq!(of.shown(), [2], "nothing is shown before it is known");
    presence.sight().begin_with(Sight { is_shown: true, hidden: Box::default() });
    assert_eq!(of.shown(), [1, 2]);
    of.passes(1_000);
    assert!(accounts.set_sight(account, Sight::default()).is_some_and(|before| before.is_shown));
    of.online.change(&[of.chat]);
    assert_eq!(of.passes(1_000), [[2]]);
}
