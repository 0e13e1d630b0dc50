//! Tests of a tail: what it keeps, where sequence numbers lie in it, and its limits.

use super::*;
use crate::domain::id::Epoch;
use crate::domain::random::SystemRandom;
use crate::hub::reorder_buffer::MAX_BUFFERED;

const PREFIX: IdPrefix = IdPrefix { chat: None, epoch: Epoch::OF_ACCOUNTS };

fn frame(number: u64) -> Frame {
    Frame { seq: number, ends_streams_of: None, body: Bytes::from_static(b"event: x\n\n"), redaction: None }
}

fn head(number: u64) -> Head {
    Head { epoch: Epoch::random(&SystemRandom), seq: number, expires_at: Timestamp::NEVER }
}

fn roomy() -> Tail {
    Tail::new(MemoryBudget::new(usize::MAX / 2))
}

#[test]
fn a_growing_tail_frees_memory_when_all_tails_exceed_the_budget() {
    let budget = MemoryBudget::new(10_000);
    let grown = |numbers: std::ops::RangeInclusive<u64>| {
        let mut tail = Tail::new(budget.clone());
        tail.advance_head(head(0));
        for number in numbers {
            tail.push(Frame { body: vec![b'x'; 1_000 - FRAME_OVERHEAD].into(), ..frame(number) }, head(number));
        }
        tail
    };
    let idle = grown(1..=9);
    assert_eq!(idle.frames.len(), 9);
    let mut busy = grown(1..=1);
    busy.cache_batch(PREFIX, CachedBatch { visible_from: None, after: 0, last: 1, bytes: Bytes::from_static(b"12345") });
    assert!(busy.cached_batch(PREFIX).is_some());
    let late = grown(1..=3);
    assert_eq!(
        (late.frames.len(), late.locate(1), late.locate(2), late.locate(3)),
        (1, TailPosition::Before, TailPosition::InTail, TailPosition::AtHead)
    );
    busy.push(Frame { body: vec![b'x'; 1_000 - FRAME_OVERHEAD].into(), ..frame(2) }, head(2));
    assert_eq!((busy.frames.len(), busy.cached_batch(PREFIX).is_none(), idle.frames.len()), (1, true, 9), "only the growing tail frees memory");
    let last = grown(1..=1);
    let critical = grown(1..=4);
    assert!(critical.frames.len() <= 1 && budget.held() <= 12_500, "{}", budget.held());
    assert_eq!(critical.locate(4), TailPosition::AtHead);
    drop((idle, busy, late, last, critical));
    assert_eq!(budget.held(), 0);
}

#[test]
fn buffered_frames_count_against_the_budget_until_released() {
    let budget = MemoryBudget::new(1_000_000);
    let mut tail = Tail::new(budget.clone());
    tail.advance_head(head(0));
    for number in [3, 4, 4, 9] {
        tail.push(frame(number), head(number));
    }
    assert_eq!(budget.held(), 3 * (FRAME_OVERHEAD + 10));
    tail.push(frame(1), head(1));
    tail.push(frame(2), head(2));
    assert_eq!((tail.frames.len(), budget.held()), (4, 5 * (FRAME_OVERHEAD + 10)));
    tail.forget_before(20);
    tail.push(frame(21), head(21));
    assert_eq!(budget.held(), FRAME_OVERHEAD + 10);
    drop(tail);
    assert_eq!(budget.held(), 0);
}

fn numbers_after(tail: &Tail, number: u64) -> Vec<u64> {
    tail.after(number).map(|frame| frame.seq).collect()
}

#[test]
fn frames_that_come_out_of_order_are_handed_out_in_order() {
    let mut tail = roomy();
    tail.advance_head(head(4));
    assert!(!tail.push(frame(6), head(6)), "6 waits for 5");
    assert_eq!(tail.locate(4), TailPosition::AtHead);
    assert!(tail.push(frame(5), head(5)));
    assert_eq!((tail.locate(4), numbers_after(&tail, 4)), (TailPosition::InTail, vec![5, 6]));
    assert!(!tail.push(frame(5), head(5)), "once is enough");
    assert_eq!(tail.head(), 6);
}

#[test]
fn entries_without_notification_are_in_the_store() {
    let mut tail = roomy();
    tail.advance_head(head(4));
    assert!(tail.advance_head(head(6)));
    assert_eq!((tail.locate(4), tail.locate(3), tail.locate(6)), (TailPosition::AtEdge, TailPosition::Before, TailPosition::AtHead));
    tail.push(frame(5), head(6));
    assert_eq!((tail.locate(4), tail.locate(5)), (TailPosition::InTail, TailPosition::AtEdge));
}

#[test]
fn the_tail_is_bounded() {
    let mut tail = roomy();
    for number in 1..=3_000 {
        tail.push(frame(number), head(number));
    }
    assert_eq!(tail.frames.len(), MAX_FRAMES);
    assert_eq!((tail.locate(100), tail.locate(2_999)), (TailPosition::Before, TailPosition::InTail));
    let big = Frame { body: vec![0; MAX_ROOM_BYTES - 1].into(), ..frame(3_001) };
    tail.push(big, head(3_001));
    assert!(tail.bytes <= MAX_ROOM_BYTES && tail.frames.len() == 1);
}

#[test]
fn too_many_early_frames_are_left_to_the_store() {
    let mut tail = roomy();
    tail.advance_head(head(0));
    let grown: Vec<u64> = (2..=100).filter(|number| tail.push(frame(*number), head(*number))).collect();
    assert_eq!(grown.first(), Some(&66), "after {MAX_BUFFERED} buffered ones");
    assert_eq!(tail.locate(0), TailPosition::AtEdge);
}

#[test]
fn a_closed_chat_still_gives_what_the_tail_has_and_an_expired_one_nothing() {
    let mut tail = roomy();
    tail.advance_head(head(0));
    tail.push(frame(1), head(1));
    tail.ended = Some(EndReason::Closed);
    assert_eq!((tail.locate(0), tail.locate(1)), (TailPosition::InTail, TailPosition::Ended(EndReason::Closed)));
    tail.ended = Some(EndReason::Expired);
    assert_eq!(tail.locate(0), TailPosition::Ended(EndReason::Expired));
}

#[test]
fn what_was_rewritten_is_read_again_and_late_frames_of_it_are_ignored() {
    let mut tail = roomy();
    tail.advance_head(head(0));
    for number in [1, 2, 4] {
        tail.push(frame(number), head(number));
    }
    tail.cache_batch(PREFIX, CachedBatch { visible_from: None, after: 0, last: 2, bytes: Bytes::from_static(b"12") });
    tail.rewrite(head(4));
    assert!(tail.cached_batch(PREFIX).is_none() && tail.frames.is_empty());
    assert_eq!(tail.head(), 4);
    assert!(!tail.push(frame(3), head(4)) && !tail.push(frame(4), head(4)), "they were rendered before");
    assert_eq!((tail.locate(0), tail.locate(3), tail.locate(4)), (TailPosition::Before, TailPosition::Before, TailPosition::AtHead));
    assert!(tail.push(frame(5), head(5)));
    assert_eq!((tail.locate(3), tail.locate(4)), (TailPosition::Before, TailPosition::InTail));
}
