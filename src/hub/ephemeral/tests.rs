//! Tests of the ephemeral lane.

use super::*;
use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::Entry;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::random::SystemRandom;
use crate::domain::receipt::{MovedReceipt, Receipt};
use crate::hub::frame::{IdPrefix, Position};
use crate::hub::memory_budget::FRAME_OVERHEAD;

pub(super) const ANA: ReceiptViewer = ReceiptViewer { member: MemberId(1), shows_read: true };
const BEN: ReceiptViewer = ReceiptViewer { member: MemberId(2), shows_read: true };

/// Renders a receipt as `member:delivered/read `.
#[derive(Debug)]
pub(super) struct Plain;

impl Render for Plain {
    fn entry(&self, _: Topic, _: &Entry) -> Bytes {
        Bytes::new()
    }

    fn redacted(&self, _: Topic, _: &Entry) -> Bytes {
        Bytes::new()
    }

    fn ephemeral(&self, _: Topic, event: &EphemeralEvent) -> Bytes {
        let numbers = |members: &[MemberId]| members.iter().map(|member| member.0.to_string()).collect::<Vec<_>>().join(",");
        match event {
            EphemeralEvent::Receipt { member, delivered, read } => {
                format!("{}:{delivered}/{} ", member.0, read.map_or("-".to_owned(), |read| read.to_string()))
            }
            EphemeralEvent::Typing(members) => format!("typing {} ", numbers(members)),
            EphemeralEvent::Online { members, count } => format!("online {} of {count} ", numbers(members)),
            EphemeralEvent::Friend(friend) => format!("{} {} ", friend.username, friend.presence.online),
        }
        .into()
    }

    fn position(&self, _: &mut Vec<u8>, _: IdPrefix, _: Position) {}
}

pub(super) struct Fixture {
    pub(super) lane: EphemeralLane,
    pub(super) topic: Topic,
    pub(super) now: Timestamp,
}

impl Fixture {
    fn new(budget: &Arc<MemoryBudget>) -> Self {
        let topic = Topic::Conversation(ChatId::random(&SystemRandom));
        Self { lane: EphemeralLane::new(budget.clone()), topic, now: Timestamp::from_millis(0) }
    }

    fn moves(&self, member: u32, receipt: (u64, u64), delivered_moved: bool, shows_read: bool) -> bool {
        let (member, receipt) = (MemberId(member), Receipt { delivered: receipt.0, read: receipt.1 });
        self.lane.push(EphemeralChange::Receipt(MovedReceipt { member, receipt, delivered_moved, shows_read }))
    }

    pub(super) fn publishes(&mut self) {
        self.now = self.now + EPHEMERAL_INTERVAL;
        self.lane.publish(None, &Plain, self.topic, self.now);
    }

    fn bytes(&self, at: &mut EphemeralPosition, viewer: ReceiptViewer) -> Option<Bytes> {
        self.lane.next(at, &EphemeralViewer { receipts: viewer, sight: None }, OnlineMembers::default, &Plain, self.topic)
    }

    /// Returns what a viewer gets.
    pub(super) fn seen(&self, at: &mut EphemeralPosition, viewer: &EphemeralViewer) -> String {
        let bytes = self.lane.next(at, viewer, OnlineMembers::default, &Plain, self.topic).unwrap_or_default();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// Returns the position of one who has got all there is.
    pub(super) fn position(&self) -> EphemeralPosition {
        let mut at = self.lane.position();
        self.bytes(&mut at, ANA);
        at
    }

    fn next(&self, at: &mut EphemeralPosition, viewer: ReceiptViewer) -> String {
        self.bytes(at, viewer).map_or(String::new(), |bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }
}

const fn hiding(viewer: ReceiptViewer) -> ReceiptViewer {
    ReceiptViewer { shows_read: false, ..viewer }
}

pub(super) fn a_lane() -> Fixture {
    Fixture::new(&MemoryBudget::new(1 << 20))
}

#[test]
fn the_latest_value_of_each_member_is_published_once() {
    let mut lane = a_lane();
    let mut at = lane.position();
    assert!(lane.moves(2, (5, 3), true, true), "the first asks for a publication");
    assert!(!lane.moves(2, (7, 4), true, true) && !lane.moves(2, (6, 3), true, true), "an older one may come later");
    lane.moves(3, (5, 5), true, true);
    assert_eq!(lane.next(&mut at, ANA), "", "it is not published yet");
    lane.publishes();
    let mut late = at;
    assert_eq!(lane.next(&mut at, ANA), "2:7/4 3:5/5 ");
    assert_eq!(lane.next(&mut at, ANA), "");
    lane.moves(3, (8, 8), true, true);
    lane.publishes();
    assert_eq!(lane.next(&mut at, ANA), "3:8/8 ");
    assert_eq!(lane.next(&mut late, ANA), "2:7/4 3:8/8 ", "a slow subscriber gets the latest only");
}

#[test]
fn viewers_at_one_position_share_the_bytes() {
    let mut lane = a_lane();
    let [mut ana, mut ben, mut cleo] = [lane.position(); 3];
    lane.moves(2, (5, 3), true, true);
    lane.publishes();
    let shared = lane.bytes(&mut ana, ANA).unwrap();
    assert_eq!(lane.bytes(&mut ben, BEN).unwrap().as_ptr(), shared.as_ptr());
    assert_ne!(lane.bytes(&mut cleo, hiding(ANA)).unwrap(), shared);
}

#[test]
fn who_hides_what_they_read_shows_it_to_themselves_only() {
    let mut lane = a_lane();
    let [mut ana, mut ben] = [lane.position(); 2];
    lane.moves(2, (5, 3), true, false);
    lane.publishes();
    assert_eq!((lane.next(&mut ana, ANA), lane.next(&mut ben, hiding(BEN))), ("2:5/- ".into(), "2:5/3 ".into()));
    lane.moves(2, (5, 4), false, false);
    lane.publishes();
    assert_eq!((lane.next(&mut ana, ANA), lane.next(&mut ben, hiding(BEN))), (String::new(), "2:5/4 ".into()), "that they read is nothing to others");
}

#[test]
fn who_hides_what_they_read_does_not_see_it_of_others() {
    let mut lane = a_lane();
    let [mut ana, mut late] = [lane.position(); 2];
    lane.moves(2, (5, 3), true, true);
    lane.publishes();
    assert_eq!(lane.next(&mut ana, hiding(ANA)), "2:5/- ");
    lane.moves(2, (5, 4), false, true);
    lane.publishes();
    assert_eq!(lane.next(&mut ana, hiding(ANA)), "");
    assert_eq!(lane.next(&mut late, hiding(ANA)), "2:5/- ", "a later move of `read` does not take the place of what was delivered");
}

#[test]
fn values_are_counted_and_dropped_with_time_under_pressure_and_with_the_room() {
    let budget = MemoryBudget::new(2 * FRAME_OVERHEAD);
    let mut lane = Fixture::new(&budget);
    let mut at = lane.position();
    lane.moves(2, (5, 3), true, true);
    lane.publishes();
    let one = budget.held();
    assert!(one > FRAME_OVERHEAD);
    lane.moves(3, (5, 3), true, true);
    lane.publishes();
    assert_eq!((budget.held(), lane.next(&mut at, ANA).as_str()), (one, "3:5/3 "), "there was no room for both");
    lane.now = lane.now + RETENTION;
    lane.publishes();
    assert_eq!(budget.held(), 0);
    lane.moves(2, (6, 3), true, true);
    lane.publishes();
    drop(lane);
    assert_eq!(budget.held(), 0);
}
