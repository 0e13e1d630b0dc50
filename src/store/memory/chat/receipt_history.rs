//! Receipts of one chat in memory: the members that have moved theirs, each with its latest moves.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::clock::Timestamp;
use crate::domain::id::MemberId;
use crate::domain::receipt::{MAX_DATED_MOVES, Receipt};
use crate::store::memory::allocation::{TREE_OVERHEAD, slots, vec};

/// A receipt and when it was moved there.
#[derive(Debug)]
struct DatedReceipt {
    receipt: Receipt,
    at: Timestamp,
}

/// The latest moves of one member.
#[derive(Debug)]
pub(in crate::store::memory) struct ReceiptHistory {
    /// Before the oldest move that is kept.
    base: Receipt,
    moves: VecDeque<DatedReceipt>,
}

/// Whether there is memory for another dated move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::memory) enum Growth {
    /// There is, up to the limit.
    Allowed,
    /// There is none: the oldest move is forgotten.
    Denied,
}

impl ReceiptHistory {
    const fn new(base: Receipt) -> Self {
        Self { base, moves: VecDeque::new() }
    }

    pub(in crate::store::memory) fn current(&self) -> Receipt {
        self.moves.back().map_or(self.base, |last| last.receipt)
    }

    /// Returns when the first of the kept moves reached `seq` by `cursor`; `None` if an earlier one did, or none has.
    pub(in crate::store::memory) fn reached_at(&self, seq: u64, cursor: fn(&Receipt) -> u64) -> Option<Timestamp> {
        if cursor(&self.base) >= seq {
            return None;
        }
        let first = self.moves.partition_point(|dated| cursor(&dated.receipt) < seq);
        self.moves.get(first).map(|dated| dated.at)
    }

    fn push(&mut self, receipt: Receipt, at: Timestamp, growth: Growth) {
        let max = if growth == Growth::Allowed { MAX_DATED_MOVES } else { self.moves.len().max(1) };
        while self.moves.len() >= max {
            self.base = self.moves.pop_front().map_or(self.base, |oldest| oldest.receipt);
        }
        if self.moves.len() == self.moves.capacity() {
            self.moves.reserve_exact(self.moves.len().max(2).min(MAX_DATED_MOVES - self.moves.len()));
        }
        self.moves.push_back(DatedReceipt { receipt, at });
    }

    fn bytes(&self) -> u64 {
        vec::<DatedReceipt>(self.moves.capacity())
    }
}

/// The receipts of members that have moved theirs.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct ReceiptTable {
    histories: BTreeMap<MemberId, ReceiptHistory>,
    /// Heap bytes of the histories.
    history_bytes: u64,
}

impl ReceiptTable {
    pub(in crate::store::memory) fn get(&self, member: MemberId) -> Option<&ReceiptHistory> {
        self.histories.get(&member)
    }

    /// Records a move of a member, whose receipt was `before`.
    pub(in crate::store::memory) fn record(&mut self, member: MemberId, before: Receipt, after: Receipt, at: Timestamp, growth: Growth) {
        let history = self.histories.entry(member).or_insert_with(|| ReceiptHistory::new(before));
        let bytes = history.bytes();
        history.push(after, at, growth);
        self.history_bytes = self.history_bytes + history.bytes() - bytes;
    }

    pub(in crate::store::memory) fn remove(&mut self, member: MemberId) {
        if let Some(history) = self.histories.remove(&member) {
            self.history_bytes -= history.bytes();
        }
    }

    /// Returns its size in memory, in bytes.
    pub(in crate::store::memory) fn bytes(&self) -> u64 {
        self.history_bytes + slots::<(MemberId, ReceiptHistory)>(TREE_OVERHEAD * self.histories.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEN: MemberId = MemberId(2);

    fn moved(moves: u64, growth: Growth) -> ReceiptTable {
        let mut table = ReceiptTable::default();
        for seq in 1..=moves {
            table.record(BEN, Receipt::up_to(seq - 1), Receipt::up_to(seq), Timestamp::from_millis(i64::try_from(seq).unwrap()), growth);
        }
        table
    }

    #[test]
    fn the_latest_moves_are_dated_and_what_was_before_them_is_not() {
        let table = moved(250, Growth::Allowed);
        let history = table.get(BEN).unwrap();
        assert_eq!(history.current(), Receipt::up_to(250));
        let read_at = |seq| history.reached_at(seq, |receipt| receipt.read).map(Timestamp::millis);
        assert_eq!([150, 151, 250, 251].map(read_at), [None, Some(151), Some(250), None]);
    }

    #[test]
    fn without_memory_a_move_takes_the_place_of_another() {
        let (mut table, bytes) = (moved(3, Growth::Allowed), |table: &ReceiptTable| table.bytes());
        let before = bytes(&table);
        for seq in 4..=9 {
            table.record(BEN, Receipt::up_to(seq - 1), Receipt::up_to(seq), Timestamp::from_millis(0), Growth::Denied);
        }
        assert_eq!((table.get(BEN).unwrap().current(), bytes(&table)), (Receipt::up_to(9), before));
        assert_eq!(moved(9, Growth::Denied).get(BEN).unwrap().moves.len(), 1);
    }

    #[test]
    fn a_full_history_has_no_unused_slots_and_a_removed_one_costs_nothing() {
        let mut table = moved(200, Growth::Allowed);
        assert_eq!(table.history_bytes, vec::<DatedReceipt>(MAX_DATED_MOVES));
        table.remove(BEN);
        assert_eq!(table.bytes(), 0);
    }
}
