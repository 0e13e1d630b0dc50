//! Receipts: they begin at the joining, move forward, are dated, and are forgotten with their member.

use std::time::Duration;

use parlor::domain::account::AccountChange;
use parlor::domain::ephemeral::EphemeralChange;
use parlor::domain::event_log::{LogUpdate, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::limits::Limits;
use parlor::domain::pagination::PageRequest;
use parlor::domain::receipt::{MAX_DATED_MOVES, MovedReceipt, ReadPosition, Receipt, ReceiptMove, RecipientReceipt, RecipientTally};
use parlor::store::members::Binding;
use parlor::store::receipts::NotMoved;

use crate::assertions::ALL;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done};

impl Fixture {
    /// Moves a receipt; returns also the updates.
    pub(crate) async fn tries_to_move(&self, chat: &Hosted, member: MemberId, to: ReceiptMove) -> Result<(Receipt, Vec<LogUpdate>), NotMoved> {
        Ok(self.store.move_receipt(chat.id, member, to, self.now()).await.unwrap()?.into_parts())
    }

    /// Moves `delivered`.
    pub(crate) async fn receives(&self, chat: &Hosted, member: MemberId, seq: u64) -> Receipt {
        self.tries_to_move(chat, member, ReceiptMove { delivered: Some(seq), read: None }).await.unwrap().0
    }

    /// Moves `read`.
    pub(crate) async fn reads_to(&self, chat: &Hosted, member: MemberId, seq: u64) -> Receipt {
        self.tries_to_move(chat, member, ReceiptMove { delivered: None, read: Some(seq) }).await.unwrap().0
    }

    pub(crate) async fn position(&self, chat: &Hosted, member: MemberId) -> Option<ReadPosition> {
        self.store.read_position(chat.id, member, self.now()).await.unwrap()
    }

    /// Returns the receipts of all members: number, `delivered`, `read`.
    pub(crate) async fn receipts(&self, chat: &Hosted) -> Vec<(u32, u64, u64)> {
        let page = self.store.list_receipts(chat.id, ALL, self.now()).await.unwrap().unwrap();
        page.items.iter().map(|one| (one.member.id.0, one.receipt.delivered, one.receipt.read)).collect()
    }

    pub(crate) async fn recipients(&self, chat: &Hosted, seq: u64) -> Option<Vec<RecipientReceipt>> {
        self.store.list_recipients(chat.id, seq, ALL, self.now()).await.unwrap().map(|page| page.items)
    }

    pub(crate) async fn tally(&self, chat: &Hosted, seq: u64) -> Option<RecipientTally> {
        self.store.count_recipients(chat.id, seq, self.now()).await.unwrap()
    }

    async fn node_held(&self) -> u64 {
        self.store.usage().await.unwrap().held
    }
}

/// Returns the moves that these updates announce.
fn moves(updates: &[LogUpdate], chat: &Hosted) -> Vec<MovedReceipt> {
    let announced = updates.iter().map(|update| match update {
        LogUpdate::Ephemeral { topic, change: EphemeralChange::Receipt(moved) } if *topic == Topic::Conversation(chat.id) => *moved,
        other => panic!("{other:?}"),
    });
    announced.collect()
}

async fn a_member_begins_at_its_joining_and_moves_forward_only(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    fixture.says(&chat, "Before").await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    fixture.says(&chat, "One").await;
    fixture.says(&chat, "Two").await;
    assert_eq!(fixture.receipts(&chat).await, [(1, 1, 1), (2, 3, 3)]);
    let at = |delivered, read| Receipt { delivered, read };
    assert_eq!(fixture.receives(&chat, ben.id, 4).await, at(4, 3));
    assert_eq!(fixture.reads_to(&chat, ben.id, 5).await, at(5, 5));
    assert_eq!(fixture.reads_to(&chat, ben.id, 4).await, at(5, 5), "not back");
    assert_eq!(fixture.receives(&chat, ben.id, 0).await, at(5, 5));
    assert_eq!(fixture.receipts(&chat).await, [(1, 1, 1), (2, 5, 5)]);
}

async fn a_move_is_announced_and_what_changes_nothing_is_not(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    fixture.says(&chat, "One").await;
    let moved = |delivered, read, delivered_moved| {
        vec![MovedReceipt { member: MemberId::OWNER, receipt: Receipt { delivered, read }, delivered_moved, shows_read: true }]
    };
    for (to, expected) in [
        (ReceiptMove { delivered: Some(2), read: None }, moved(2, 1, true)),
        (ReceiptMove { delivered: Some(1), read: Some(2) }, moved(2, 2, false)),
        (ReceiptMove { delivered: Some(2), read: Some(1) }, Vec::new()),
    ] {
        let (_, updates) = fixture.tries_to_move(&chat, MemberId::OWNER, to).await.unwrap();
        assert_eq!(moves(&updates, &chat), expected);
    }
}

async fn nothing_is_received_or_read_beyond_the_head(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    fixture.says(&chat, "One").await;
    for (delivered, read, refusal) in [
        (Some(3), None, NotMoved::DeliveredBeyondHead),
        (None, Some(3), NotMoved::ReadBeyondHead),
        (Some(2), Some(u64::MAX), NotMoved::ReadBeyondHead),
        (Some(u64::MAX), Some(2), NotMoved::DeliveredBeyondHead),
    ] {
        assert_eq!(fixture.tries_to_move(&chat, MemberId::OWNER, ReceiptMove { delivered, read }).await.unwrap_err(), refusal);
    }
    assert_eq!(fixture.receipts(&chat).await, [(1, 1, 1)], "a refused move changes nothing");
}

async fn recipients_were_members_before_the_message_and_still_are(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    let message = fixture.posts(&chat, Some(&ben), "Hello").await.unwrap().seq;
    fixture.enters(&link, "Dan").await;
    let ids = async |seq| fixture.recipients(&chat, seq).await.map(|all| all.iter().map(|one| one.member.id.0).collect::<Vec<_>>());
    assert_eq!(ids(message).await, Some(vec![1, 3]));
    fixture.reads_to(&chat, cleo.id, message).await;
    assert_eq!(fixture.tally(&chat, message).await, Some(RecipientTally { recipients: 2, delivered: 1, showing: 2, read: 1 }));
    fixture.removes(&chat, cleo.id, cleo.id).await.unwrap();
    assert_eq!(ids(message).await, Some(vec![1]));
    for other in [0, 1, message + 1, message + 2, 99, u64::MAX] {
        assert_eq!((ids(other).await, fixture.tally(&chat, other).await), (None, None), "{other} is no message");
    }
    let open = fixture.opens_to_all().await;
    let visitors = fixture.posts(&open, None, "Hello").await.unwrap().seq;
    assert_eq!(fixture.recipients(&open, visitors).await.unwrap().len(), 1, "a visitor's message is for all members");
    let page = fixture.store.list_recipients(open.id, visitors, PageRequest { after: 1, limit: 5 }, fixture.now()).await.unwrap().unwrap();
    assert!(page.items.is_empty() && !page.has_more);
}

async fn the_last_hundred_moves_of_a_member_are_dated(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let first = fixture.says(&chat, "First").await;
    assert_eq!(fixture.recipients(&chat, first).await.unwrap()[0].delivered_at, None);
    fixture.receives(&chat, ben.id, first).await;
    let received = fixture.now();
    fixture.later(Duration::from_secs(1));
    let second = fixture.says(&chat, "Second").await;
    fixture.reads_to(&chat, ben.id, second).await;
    let read = fixture.now();
    let dates = async |seq| {
        let recipient = fixture.recipients(&chat, seq).await.unwrap().remove(0);
        assert!(recipient.delivered && recipient.read == Some(true));
        (recipient.delivered_at, recipient.read_at)
    };
    assert_eq!(dates(first).await, (Some(received), Some(read)));
    assert_eq!(dates(second).await, (Some(read), Some(read)));
    for _ in 0..MAX_DATED_MOVES - 1 {
        let next = fixture.says(&chat, "More").await;
        fixture.reads_to(&chat, ben.id, next).await;
    }
    assert_eq!(dates(first).await, (None, Some(read)), "the oldest of 101 moves is not dated any more");
    assert_eq!(dates(second).await, (Some(read), Some(read)));
}

async fn a_receipt_is_bound_with_its_member_and_forgotten_with_it(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, account) = (fixture.opens().await, fixture.signs_up("ben").await);
    let link = fixture.shares(&chat).await;
    let (ben, client) = fixture.enters(&link, "Ben").await;
    let message = fixture.says(&chat, "Hello").await;
    fixture.reads_to(&chat, ben.id, message).await;
    let binding = Binding { credential: client.credential().unwrap(), account: account.id, username: account.username.clone() };
    done(fixture.store.bind_member(chat.id, binding, fixture.now()).await).unwrap();
    assert_eq!(fixture.receipts(&chat).await[1], (2, message, message));
    fixture.removes(&chat, ben.id, ben.id).await.unwrap();
    assert_eq!(fixture.receipts(&chat).await, [(1, 1, 1)]);
    let gone = fixture.tries_to_move(&chat, ben.id, ReceiptMove { delivered: Some(1), read: None }).await;
    assert_eq!(gone.unwrap_err(), NotMoved::Gone);
    assert_eq!(fixture.position(&chat, ben.id).await, None);
    let again = fixture.enters_as(&link, &account).await;
    let head = fixture.head(Topic::Conversation(chat.id)).await.unwrap().seq;
    assert_eq!(fixture.receipts(&chat).await[1], (again.id.0, head, head), "another member begins anew");
}

async fn a_deleted_account_leaves_no_receipt_and_is_no_recipient(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let chat = fixture.opens_as(&ana).await;
    let link = fixture.shares(&chat).await;
    let member = fixture.enters_as(&link, &ben).await;
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    let message = fixture.posts(&chat, Some(&cleo), "Hello").await.unwrap().seq;
    for one in [MemberId::OWNER, member.id, cleo.id] {
        fixture.reads_to(&chat, one, message).await;
    }
    fixture.deletes(&ana).await;
    fixture.deletes(&ben).await;
    assert_eq!(fixture.receipts(&chat).await, [(cleo.id.0, message, message)]);
    assert_eq!(fixture.recipients(&chat, message).await, Some(Vec::new()));
    let gone = fixture.tries_to_move(&chat, MemberId::OWNER, ReceiptMove { delivered: Some(1), read: None }).await;
    assert_eq!(gone.unwrap_err(), NotMoved::Gone, "no one holds the owner's membership");
}

async fn an_account_may_hide_what_it_reads_and_a_guest_may_not(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, account) = (fixture.opens().await, fixture.signs_up("ben").await);
    let link = fixture.shares(&chat).await;
    let ben = fixture.enters_as(&link, &account).await;
    fixture.enters(&link, "Cleo").await;
    let message = fixture.says(&chat, "Hello").await;
    let shown = async || {
        let page = fixture.store.list_receipts(chat.id, ALL, fixture.now()).await.unwrap().unwrap();
        page.items.iter().map(|one| one.shows_read).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, [true; 3]);
    let hides = AccountChange { read_receipts: Some(false), ..AccountChange::default() };
    let updates = fixture.store.update_account(account.id, hides, fixture.now()).await.unwrap().unwrap().into_parts().1;
    let announced = |update: &LogUpdate| matches!(update, LogUpdate::ReadReceipts { account: of, shown: false } if *of == account.id);
    assert!(updates.iter().any(announced), "{updates:?}");
    assert_eq!(shown().await, [true, false, true]);
    let (_, updates) = fixture.tries_to_move(&chat, ben.id, ReceiptMove { delivered: None, read: Some(message) }).await.unwrap();
    assert!(moves(&updates, &chat).iter().all(|moved| !moved.shows_read) && !updates.is_empty());
    assert_eq!(fixture.tally(&chat, message).await, Some(RecipientTally { recipients: 2, delivered: 1, showing: 1, read: 0 }));
    assert!(!fixture.recipients(&chat, message).await.unwrap()[0].shows_read);
    let title = AccountChange { findable: Some(false), ..AccountChange::default() };
    let updates = fixture.store.update_account(account.id, title, fixture.now()).await.unwrap().unwrap().into_parts().1;
    assert!(!updates.iter().any(|update| matches!(update, LogUpdate::ReadReceipts { .. })), "another setting is none of theirs");
}

async fn receipts_are_counted_and_move_without_memory(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_memory: 1 << 20, entries: 100_000, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    for _ in 0..MAX_DATED_MOVES {
        fixture.says(&chat, "Hello").await;
    }
    let before = fixture.node_held().await;
    let head = fixture.head(Topic::Conversation(chat.id)).await.unwrap().seq;
    for seq in 4..head {
        fixture.reads_to(&chat, ben.id, seq).await;
    }
    let grown = fixture.node_held().await;
    assert!(grown > before + 24 * (head - 5), "{before} {grown}");
    while fixture.posts(&chat, Some(&chat.owner), "More").await.is_ok() {}
    let full = fixture.node_held().await;
    let head = fixture.head(Topic::Conversation(chat.id)).await.unwrap().seq;
    for seq in head - 200..=head {
        fixture.reads_to(&chat, ben.id, seq).await;
        fixture.reads_to(&chat, MemberId::OWNER, seq).await;
    }
    assert_eq!(fixture.receipts(&chat).await, [(1, head, head), (2, head, head)]);
    assert!(fixture.node_held().await < full + 256, "only the owner's first move needed memory");
    fixture.closes(&chat).await;
    assert_eq!(fixture.node_held().await, 0);
}

checks!(
    a_member_begins_at_its_joining_and_moves_forward_only,
    a_move_is_announced_and_what_changes_nothing_is_not,
    nothing_is_received_or_read_beyond_the_head,
    recipients_were_members_before_the_message_and_still_are,
    the_last_hundred_moves_of_a_member_are_dated,
    a_receipt_is_bound_with_its_member_and_forgotten_with_it,
    a_deleted_account_leaves_no_receipt_and_is_no_recipient,
    an_account_may_hide_what_it_reads_and_a_guest_may_not,
    receipts_are_counted_and_move_without_memory,
);
