//! Tests of who types and who is online in the ephemeral lane.

use super::tests::{ANA, Fixture, a_lane};
use super::*;
use crate::domain::event_log::Event;
use crate::domain::id::MemberId;
use crate::domain::member::{LeaveReason, Member, Role};
use crate::domain::message::MessageDraft;
use crate::domain::presence::MemberAccount;
use crate::domain::random::SystemRandom;
use crate::domain::text::{MessageText, Name};
use crate::domain::typing::{MAX_TYPING, TYPING_LAPSE, TypingChange};

fn guest(member: u32) -> MemberAccount {
    MemberAccount { member: MemberId(member), account: None }
}

fn the_member(id: u32) -> Arc<Member> {
    Arc::new(Member { id: MemberId(id), name: Name::parse("Ben").unwrap(), username: None, role: Role::Member })
}

impl Fixture {
    fn types(&self, by: MemberAccount) -> bool {
        self.lane.push(EphemeralChange::Typing(TypingChange { by, until: Some(self.now + TYPING_LAPSE) }))
    }

    fn stops(&self, by: MemberAccount) -> bool {
        self.lane.push(EphemeralChange::Typing(TypingChange { by, until: None }))
    }

    /// Lets a tick pass without anything published: true if there was nothing.
    fn is_quiet(&mut self) -> bool {
        let before = self.lane.position();
        self.publishes();
        self.lane.position() == before
    }

    fn seen_by(&self, at: &mut EphemeralPosition, sight: Option<Sight>) -> String {
        let viewer = EphemeralViewer { receipts: ANA, sight: sight.map(Arc::new) };
        self.seen(at, &viewer)
    }

    fn entry(event: Event) -> [Arc<Entry>; 1] {
        [Arc::new(Entry { seq: 1, at: Timestamp::from_millis(0), event })]
    }
}

#[test]
fn the_set_is_told_when_it_changes_and_not_when_somebody_types_on() {
    let mut lane = a_lane();
    let mut at = lane.position();
    assert!(lane.types(guest(3)) && !lane.types(guest(2)), "one publication is planned");
    lane.publishes();
    assert_eq!(lane.seen_by(&mut at, None), "typing 3,2 ", "in the order in which they began");
    assert!(!lane.types(guest(3)) && lane.is_quiet());
    assert!(lane.stops(guest(3)) && !lane.stops(guest(7)));
    lane.publishes();
    assert_eq!(lane.seen_by(&mut at, None), "typing 2 ");
    assert!(!lane.stops(guest(7)) && lane.is_quiet(), "who does not type cannot stop");
}

#[test]
fn typing_lapses() {
    let mut lane = a_lane();
    let mut at = lane.position();
    lane.types(guest(2));
    lane.publishes();
    lane.seen_by(&mut at, None);
    for _ in 0..8 {
        assert!(lane.is_quiet());
    }
    lane.types(guest(2));
    for _ in 0..11 {
        assert!(lane.is_quiet(), "it was said again");
    }
    lane.publishes();
    assert_eq!(lane.seen_by(&mut at, None), "typing  ");
    assert!(!lane.lane.is_typing.load(Ordering::Acquire), "posts look no more");
}

#[test]
fn a_look_is_planned_for_those_who_fall_silent_and_one_at_a_time() {
    let mut lane = a_lane();
    lane.types(guest(2));
    lane.now = lane.now + EPHEMERAL_INTERVAL;
    let publish = |lane: &Fixture| lane.lane.publish(None, &super::tests::Plain, lane.topic, lane.now).1;
    assert_eq!(publish(&lane), Some(Timestamp::from_millis(6_000)));
    lane.types(guest(3));
    assert_eq!(publish(&lane), None, "one is planned");
    lane.now = Timestamp::from_millis(6_000);
    assert_eq!(publish(&lane), Some(Timestamp::from_millis(6_500)));
}

#[test]
fn a_message_and_a_departure_end_typing() {
    let mut lane = a_lane();
    let mut at = lane.position();
    for member in 2..=4 {
        lane.types(guest(member));
    }
    lane.publishes();
    lane.seen_by(&mut at, None);
    let draft = MessageDraft::of_text(MessageText::parse("Hello").unwrap());
    assert!(lane.lane.end_typing(&Fixture::entry(Event::Message(draft.by(Some(the_member(3)))))));
    let left = Event::MemberLeft { member: the_member(2), by: the_member(1), reason: LeaveReason::Removed };
    assert!(!lane.lane.end_typing(&Fixture::entry(left)), "one publication is planned");
    lane.publishes();
    assert_eq!(lane.seen_by(&mut at, None), "typing 4 ");
}

#[test]
fn twenty_are_told_and_those_behind_them_are_no_news() {
    let mut lane = a_lane();
    let mut at = lane.position();
    for member in 1..=1_000 {
        lane.types(guest(member));
    }
    lane.publishes();
    let told = lane.seen_by(&mut at, None);
    assert_eq!(told.split(',').count(), MAX_TYPING);
    for member in 500..=1_000 {
        lane.stops(guest(member));
    }
    lane.publishes();
    assert_eq!(lane.seen_by(&mut at, None), "");
    lane.stops(guest(20));
    lane.publishes();
    assert!(lane.seen_by(&mut at, None).ends_with(",19,21 "));
}

#[test]
fn what_a_viewer_may_not_see_is_no_event_to_it() {
    let mut lane = a_lane();
    let account = |_| AccountId::random(&SystemRandom);
    let [ana, ben, cleo] = [0, 1, 2].map(account);
    let of = |member, account| MemberAccount { member: MemberId(member), account: Some(account) };
    let sees = |hidden: &[AccountId]| Some(Sight { is_shown: true, hidden: hidden.into() });
    let [mut all, mut without_ben, mut hiding] = [lane.position(); 3];
    lane.types(of(2, ben));
    lane.publishes();
    assert_eq!(lane.seen_by(&mut all, sees(&[])), "typing 2 ");
    assert_eq!(lane.seen_by(&mut without_ben, sees(&[ben])), "");
    lane.types(of(3, cleo));
    lane.publishes();
    assert_eq!(lane.seen_by(&mut all, sees(&[ana])), "typing 2,3 ");
    assert_eq!(lane.seen_by(&mut without_ben, sees(&[ben])), "typing 3 ");
    assert_eq!(lane.seen_by(&mut hiding, Some(Sight::default())), "");
    lane.stops(of(2, ben));
    lane.publishes();
    assert_eq!((lane.seen_by(&mut all, sees(&[])), lane.seen_by(&mut without_ben, sees(&[ben]))), ("typing 3 ".into(), String::new()));
    assert!(lane.lane.hide_typing(cleo));
    lane.publishes();
    assert_eq!(lane.seen_by(&mut without_ben, sees(&[ben])), "typing  ");
}

#[test]
fn one_that_comes_gets_the_sets_as_they_are_and_the_same_set_once() {
    let mut lane = a_lane();
    lane.types(guest(2));
    lane.publishes();
    let online = |members: &[u32]| OnlineMembers { members: members.iter().map(|member| guest(*member)).collect(), is_listed: true };
    let mut at = lane.lane.position();
    assert!(!lane.lane.is_at_end(&at));
    let viewer = EphemeralViewer { receipts: ANA, sight: None };
    let next = |lane: &Fixture, at: &mut EphemeralPosition, members: &[u32]| {
        let bytes = lane.lane.next(at, &viewer, || online(members), &super::tests::Plain, lane.topic).unwrap_or_default();
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    assert_eq!(next(&lane, &mut at, &[1, 2]), "typing 2 online 1,2 of 2 ");
    assert!(lane.lane.is_at_end(&at));
    for (published, told) in [(&[1, 2][..], ""), (&[1][..], "online 1 of 1 "), (&[][..], "online  of 0 ")] {
        lane.lane.publish(Some(online(published)), &super::tests::Plain, lane.topic, lane.now);
        assert_eq!(next(&lane, &mut at, &[9]), told);
    }
    let many = OnlineMembers { is_listed: false, ..online(&[1, 2, 3]) };
    lane.lane.publish(Some(many), &super::tests::Plain, lane.topic, lane.now);
    assert_eq!(next(&lane, &mut at, &[9]), "online  of 3 ");
}
