//! Receipts and unread messages against a reference model, over random histories.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor::domain::account::Account;
use parlor::domain::chat::HistoryVisibility;
use parlor::domain::id::MemberId;
use parlor::domain::link::Link;
use parlor::domain::member::Member;
use parlor::domain::random::RandomSource as _;
use parlor::domain::receipt::{Receipt, ReceiptMove};

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done};

const HISTORIES: usize = 30;
const STEPS: usize = 150;

/// A message: who posted it, and whether it was deleted.
type Message = (Option<u32>, bool);

/// What a member did so far.
#[derive(Clone, Copy, Debug)]
struct Reader {
    joined: u64,
    floor: u64,
    delivered: u64,
    read: u64,
}

/// The reference: a chat as the contract describes it, without any index or cache.
#[derive(Debug, Default)]
struct Model {
    head: u64,
    since_join: bool,
    readers: BTreeMap<u32, Reader>,
    messages: BTreeMap<u64, Message>,
}

impl Model {
    fn joins(&mut self, member: u32) {
        self.head += 1;
        let floor = if self.since_join { self.head } else { 1 };
        self.readers.insert(member, Reader { joined: self.head, floor, delivered: self.head, read: self.head });
    }

    fn leaves(&mut self, member: u32) {
        self.head += 1;
        self.readers.remove(&member);
    }

    fn posts(&mut self, author: u32) {
        self.head += 1;
        self.messages.insert(self.head, (Some(author), false));
    }

    /// Deletes a message, which its author and the owner may.
    fn deletes(&mut self, seq: u64, by: u32) -> bool {
        let Some(message) = self.messages.get_mut(&seq) else { return false };
        let may = by == 1 || message.0 == Some(by);
        self.head += u64::from(may && !message.1);
        message.1 |= may;
        may
    }

    fn account_is_deleted(&mut self, member: u32) {
        self.leaves(member);
        self.messages.values_mut().filter(|message| message.0 == Some(member)).for_each(|message| message.1 = true);
    }

    /// Returns the receipt, if the move is within the log.
    fn moves(&mut self, member: u32, to: ReceiptMove) -> Option<(u64, u64)> {
        let wanted = [to.delivered, to.read];
        if wanted.into_iter().flatten().any(|seq| seq > self.head) {
            return None;
        }
        let reader = self.readers.get_mut(&member)?;
        reader.read = reader.read.max(to.read.unwrap_or_default());
        reader.delivered = reader.delivered.max(to.delivered.unwrap_or_default()).max(reader.read);
        Some((reader.delivered, reader.read))
    }

    fn receipts(&self) -> Vec<(u32, u64, u64)> {
        self.readers.iter().map(|(member, reader)| (*member, reader.delivered, reader.read)).collect()
    }

    fn unread(&self, member: u32) -> u64 {
        let reader = self.readers[&member];
        let unread = |(seq, (author, deleted)): (&u64, &Message)| *seq > reader.read && *seq >= reader.floor && *author != Some(member) && !deleted;
        self.messages.iter().filter(|message| unread(*message)).count() as u64
    }

    /// Returns the recipients of a message: number, received, read.
    fn recipients(&self, seq: u64) -> Vec<(u32, bool, bool)> {
        let author = self.messages[&seq].0;
        let recipients = self.readers.iter().filter(|(member, reader)| reader.joined < seq && author != Some(**member));
        recipients.map(|(member, reader)| (*member, reader.delivered >= seq, reader.read >= seq)).collect()
    }
}

/// A chat, its members, and the model of both.
struct History {
    fixture: Fixture,
    chat: Hosted,
    link: Link,
    people: BTreeMap<u32, (Arc<Member>, Option<Account>)>,
    model: Model,
    accounts: usize,
}

impl History {
    async fn begins(backend: Backend, number: usize) -> Self {
        let fixture = Fixture::set(backend).await;
        for _ in 0..number * 997 {
            fixture.below(2);
        }
        let since_join = number % 2 == 1;
        let chat = fixture.opens_so(|chat| chat.history = if since_join { HistoryVisibility::SinceJoin } else { HistoryVisibility::All }).await;
        let link = fixture.shares(&chat).await;
        let mut model = Model { since_join, ..Model::default() };
        model.joins(1);
        let people = BTreeMap::from([(1, (chat.owner.clone(), None))]);
        Self { fixture, chat, link, people, model, accounts: 0 }
    }

    async fn step(&mut self) {
        let present: Vec<u32> = self.model.readers.keys().copied().collect();
        let member = present[self.fixture.index_below(present.len())];
        let (person, account) = self.people[&member].clone();
        match self.fixture.below(12) {
            0 => self.enters().await,
            1 if member != 1 => {
                let by = if self.fixture.below(2) == 0 { person.id } else { MemberId::OWNER };
                self.fixture.removes(&self.chat, person.id, by).await.unwrap();
                self.model.leaves(member);
            }
            2 if account.is_some() => {
                self.fixture.deletes(&account.unwrap()).await;
                self.model.account_is_deleted(member);
            }
            6 => {
                let seq = self.fixture.below(self.model.head + 2);
                let deleted = self.fixture.store.delete_message(self.chat.id, seq, person.id, self.fixture.now()).await;
                assert_eq!(done(deleted).is_ok(), self.model.deletes(seq, member), "message {seq} by {member}");
            }
            3..6 => {
                self.fixture.posts(&self.chat, Some(&person), "Hello").await.unwrap();
                self.model.posts(member);
            }
            _ => {
                let any = || (self.fixture.below(3) > 0).then(|| self.fixture.below(self.model.head + 3));
                let to = ReceiptMove { delivered: any(), read: any() };
                let moved = self.fixture.tries_to_move(&self.chat, person.id, to).await;
                let moved = moved.ok().map(|(Receipt { delivered, read }, _)| (delivered, read));
                assert_eq!(moved, self.model.moves(member, to), "{to:?}");
            }
        }
    }

    /// A guest or an account enters.
    async fn enters(&mut self) {
        let (member, account) = if self.fixture.below(2) == 0 {
            (self.fixture.enters(&self.link, "Guest").await.0, None)
        } else {
            self.accounts += 1;
            let account = self.fixture.signs_up(&format!("person{}", self.accounts)).await;
            (self.fixture.enters_as(&self.link, &account).await, Some(account))
        };
        self.model.joins(member.id.0);
        self.people.insert(member.id.0, (member, account));
    }

    async fn is_as_in_the_model(&self) {
        let (fixture, chat, model) = (&self.fixture, &self.chat, &self.model);
        assert_eq!(fixture.receipts(chat).await, model.receipts());
        for member in model.readers.keys() {
            assert_eq!(fixture.position(chat, MemberId(*member)).await.unwrap().unread, model.unread(*member), "unread of {member}");
        }
        for seq in model.messages.keys() {
            let expected = model.recipients(*seq);
            let recipients = fixture.recipients(chat, *seq).await.unwrap();
            let found: Vec<_> = recipients.iter().map(|one| (one.member.id.0, one.delivered, one.read.unwrap())).collect();
            assert_eq!(found, expected, "recipients of {seq}");
            let tally = fixture.tally(chat, *seq).await.unwrap();
            let count = |of: fn(&(u32, bool, bool)) -> bool| expected.iter().filter(|one| of(one)).count();
            assert_eq!((tally.recipients, tally.delivered, tally.read), (expected.len(), count(|one| one.1), count(|one| one.2)));
        }
    }
}

impl Fixture {
    /// Returns a random number below `end`, which is not 0.
    fn below(&self, end: u64) -> u64 {
        self.dice.in_range(0, end - 1)
    }

    fn index_below(&self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }
}

async fn receipts_and_unread_messages_are_as_in_the_model(backend: Backend) {
    for number in 0..HISTORIES {
        let mut history = History::begins(backend, number).await;
        for step in 0..STEPS {
            history.step().await;
            if step % 5 == 0 {
                history.is_as_in_the_model().await;
            }
        }
        history.is_as_in_the_model().await;
        assert!(history.model.messages.len() > 10 && history.people.len() > 3, "history {number} is about nothing");
    }
}

checks!(receipts_and_unread_messages_are_as_in_the_model);
