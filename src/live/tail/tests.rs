//! What a tail keeps, where numbers lie in it, and that it is bounded.

use super::*;
use crate::domain::dice::SystemDice;
use crate::domain::id::Epoch;
use crate::live::parked::MOST_PARKED;

fn frame(number: u64) -> Frame {
    Frame { number, closes: None, body: Bytes::from_static(b"event: x\n\n") }
}

fn head(number: u64) -> Head {
    Head { epoch: Epoch::random(&SystemDice), number, expires_at: Timestamp::NEVER }
}

fn roomy() -> Tail {
    Tail::new(Budget::new(usize::MAX / 2))
}

#[test]
fn whoever_grows_gives_way_where_all_tails_hold_too_much() {
    let budget = Budget::new(10_000);
    let grown = |numbers: std::ops::RangeInclusive<u64>| {
        let mut tail = Tail::new(budget.clone());
        tail.raise(head(0));
        for number in numbers {
            tail.push(Frame { body: vec![b'x'; 1_000 - FRAME].into(), ..frame(number) }, head(number));
        }
        tail
    };
    let idle = grown(1..=9);
    assert_eq!(idle.frames.len(), 9);
    let mut busy = grown(1..=1);
    busy.keep_joined(Joined { after: 0, last: 1, bytes: Bytes::from_static(b"12345") });
    assert!(busy.joined().is_some());
    let late = grown(1..=3);
    assert_eq!((late.frames.len(), late.place(1), late.place(2), late.place(3)), (1, Whereabouts::Before, Whereabouts::InTail, Whereabouts::AtHead));
    busy.push(Frame { body: vec![b'x'; 1_000 - FRAME].into(), ..frame(2) }, head(2));
    assert_eq!((busy.frames.len(), busy.joined().is_none(), idle.frames.len()), (1, true, 9), "only who grows gives way");
    let last = grown(1..=1);
    let dire = grown(1..=4);
    assert!(dire.frames.len() <= 1 && budget.held() <= 12_500, "{}", budget.held());
    assert_eq!(dire.place(4), Whereabouts::AtHead);
    drop((idle, busy, late, last, dire));
    assert_eq!(budget.held(), 0);
}

#[test]
fn frames_that_wait_are_counted_and_counted_back() {
    let budget = Budget::new(1_000_000);
    let mut tail = Tail::new(budget.clone());
    tail.raise(head(0));
    for number in [3, 4, 4, 9] {
        tail.push(frame(number), head(number));
    }
    assert_eq!(budget.held(), 3 * (FRAME + 10));
    tail.push(frame(1), head(1));
    tail.push(frame(2), head(2));
    assert_eq!((tail.frames.len(), budget.held()), (4, 5 * (FRAME + 10)));
    tail.skip(20);
    tail.push(frame(21), head(21));
    assert_eq!(budget.held(), FRAME + 10);
    drop(tail);
    assert_eq!(budget.held(), 0);
}

fn numbers_after(tail: &Tail, number: u64) -> Vec<u64> {
    tail.after(number).map(|frame| frame.number).collect()
}

#[test]
fn frames_that_come_out_of_order_are_handed_out_in_order() {
    let mut tail = roomy();
    tail.raise(head(4));
    assert!(!tail.push(frame(6), head(6)), "6 waits for 5");
    assert_eq!(tail.place(4), Whereabouts::AtHead);
    assert!(tail.push(frame(5), head(5)));
    assert_eq!((tail.place(4), numbers_after(&tail, 4)), (Whereabouts::InTail, vec![5, 6]));
    assert!(!tail.push(frame(5), head(5)), "once is enough");
    assert_eq!(tail.number(), 6);
}

#[test]
fn what_nobody_rang_for_is_in_the_store() {
    let mut tail = roomy();
    tail.raise(head(4));
    assert!(tail.raise(head(6)));
    assert_eq!((tail.place(4), tail.place(3), tail.place(6)), (Whereabouts::AtEdge, Whereabouts::Before, Whereabouts::AtHead));
    tail.push(frame(5), head(6));
    assert_eq!((tail.place(4), tail.place(5)), (Whereabouts::InTail, Whereabouts::AtEdge));
}

#[test]
fn the_tail_is_bounded() {
    let mut tail = roomy();
    for number in 1..=3_000 {
        tail.push(frame(number), head(number));
    }
    assert_eq!(tail.frames.len(), MOST_FRAMES);
    assert_eq!((tail.place(100), tail.place(2_999)), (Whereabouts::Before, Whereabouts::InTail));
    let big = Frame { body: vec![0; MOST_BYTES - 1].into(), ..frame(3_001) };
    tail.push(big, head(3_001));
    assert!(tail.bytes <= MOST_BYTES && tail.frames.len() == 1);
}

#[test]
fn too_many_frames_that_came_early_are_left_to_the_store() {
    let mut tail = roomy();
    tail.raise(head(0));
    let grown: Vec<u64> = (2..=100).filter(|number| tail.push(frame(*number), head(*number))).collect();
    assert_eq!(grown.first(), Some(&66), "after {MOST_PARKED} parked ones");
    assert_eq!(tail.place(0), Whereabouts::AtEdge);
}

#[test]
fn a_closed_chat_still_gives_what_the_tail_has_and_an_expired_one_nothing() {
    let mut tail = roomy();
    tail.raise(head(0));
    tail.push(frame(1), head(1));
    tail.ended = Some(End::Closed);
    assert_eq!((tail.place(0), tail.place(1)), (Whereabouts::InTail, Whereabouts::Ended(End::Closed)));
    tail.ended = Some(End::Expired);
    assert_eq!(tail.place(0), Whereabouts::Ended(End::Expired));
}
