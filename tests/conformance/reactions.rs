//! Reactions: once for each member and emoji, a few kinds on a message, none on what was deleted.

use parlor::domain::event_log::{Event, LogUpdate, Reacted};
use parlor::domain::id::MemberId;
use parlor::domain::limits::Limits;
use parlor::domain::reaction::{Emoji, Reactions};
use parlor::store::reactions::{NewReaction, NotReacted};

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done};

const OWNER: MemberId = MemberId::OWNER;
const KINDS: [&str; Reactions::MAX_KINDS + 1] = ["👍", "👎", "😀", "😂", "😢", "😡", "🎉", "🔥", "👀", "🙏", "🤔", "🚀", "🐱"];

impl Fixture {
    /// Adds a reaction or takes it back.
    pub(crate) async fn reacts(&self, chat: &Hosted, seq: u64, by: MemberId, emoji: &str, added: bool) -> Result<(), NotReacted> {
        let emoji = Emoji::parse(emoji).unwrap();
        done(self.store.react(NewReaction { chat: chat.id, seq, by, emoji, added }, self.now()).await)
    }
}

/// Returns the reactions to a message, each as its emoji and the numbers of its members.
async fn reactions(fixture: &Fixture, chat: &Hosted, seq: u64) -> Vec<(&'static str, Vec<u32>)> {
    let entry = fixture.store.find_message(chat.id, 1, seq, fixture.now()).await.unwrap().unwrap();
    let Event::Message(message) = &entry.event else { panic!("{entry:?}") };
    let of = |reactions: &Reactions| {
        let each = reactions.iter().map(|reaction| (reaction.emoji().as_str(), reaction.first_members().iter().map(|member| member.0).collect()));
        each.collect()
    };
    message.reactions().map(of).unwrap_or_default()
}

async fn a_member_reacts_once_with_each_emoji(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let seq = fixture.says(&chat, "Hello").await;
    for _ in 0..2 {
        fixture.reacts(&chat, seq, ben.id, "👍", true).await.unwrap();
        fixture.reacts(&chat, seq, OWNER, "👍", true).await.unwrap();
        fixture.reacts(&chat, seq, OWNER, "🎉", true).await.unwrap();
    }
    assert_eq!(reactions(&fixture, &chat, seq).await, [("👍", vec![2, 1]), ("🎉", vec![1])]);
    for _ in 0..2 {
        fixture.reacts(&chat, seq, ben.id, "👍", false).await.unwrap();
    }
    assert_eq!(reactions(&fixture, &chat, seq).await, [("👍", vec![1]), ("🎉", vec![1])]);
    assert_eq!(fixture.said(&chat).await[2..], ["message", "reacted", "reacted", "reacted", "reacted"], "a repetition is no entry");
    let told: Vec<_> = fixture.conversation(&chat).await[3..].iter().map(|entry| reacted(&entry.event)).collect();
    assert_eq!(told, [(2, "👍", true, 1), (1, "👍", true, 2), (1, "🎉", true, 1), (2, "👍", false, 1)]);
    assert_eq!(fixture.reacts(&chat, 1, OWNER, "👍", true).await.unwrap_err(), NotReacted::Gone, "a joining is no message");
}

/// Returns who reacted with what, whether it was added, and how many do.
fn reacted(event: &Event) -> (u32, &'static str, bool, u64) {
    let Event::Reacted(reacted) = event else { panic!("{event:?}") };
    let Reacted { member, emoji, added, count, .. } = &**reacted;
    (member.id.0, emoji.as_str(), *added, *count)
}

async fn a_reaction_changes_the_message_and_renews_nothing(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, "Hello").await;
    fixture.edits(&chat, seq, OWNER, "Hello!").await.unwrap();
    let before = fixture.sees(&chat).await.unwrap();
    fixture.later(std::time::Duration::from_secs(5));
    let new = NewReaction { chat: chat.id, seq, by: OWNER, emoji: Emoji::parse("👍").unwrap(), added: true };
    let ((), updates) = fixture.store.react(new, fixture.now()).await.unwrap().unwrap().into_parts();
    assert!(matches!(updates.as_slice(), [LogUpdate::Appended { .. }]), "{updates:?}");
    let after = fixture.sees(&chat).await.unwrap();
    assert_eq!(after.expires_at, before.expires_at);
    assert!(after.revision > before.revision);
    let entries = fixture.conversation(&chat).await;
    let Event::MessageEdited { message, .. } = &entries[2].event else { panic!("{entries:?}") };
    let Event::Message(message) = &message.as_ref().unwrap().event else { panic!("{message:?}") };
    assert!(!message.reactions().unwrap().is_empty(), "an edit has the message as it now is");
}

async fn a_message_has_so_many_kinds(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, "Hello").await;
    for emoji in &KINDS[..Reactions::MAX_KINDS] {
        fixture.reacts(&chat, seq, OWNER, emoji, true).await.unwrap();
    }
    assert_eq!(fixture.reacts(&chat, seq, OWNER, KINDS[Reactions::MAX_KINDS], true).await.unwrap_err(), NotReacted::TooManyKinds);
    fixture.reacts(&chat, seq, OWNER, KINDS[0], false).await.unwrap();
    fixture.reacts(&chat, seq, OWNER, KINDS[Reactions::MAX_KINDS], true).await.unwrap();
}

async fn a_deleted_message_has_none(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, "Hello").await;
    fixture.reacts(&chat, seq, OWNER, "👍", true).await.unwrap();
    fixture.unsays(&chat, seq, OWNER).await.unwrap();
    for added in [true, false] {
        assert_eq!(fixture.reacts(&chat, seq, OWNER, "👍", added).await.unwrap_err(), NotReacted::Deleted);
    }
}

async fn a_full_chat_can_still_take_back(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 3, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, "Hello").await;
    fixture.reacts(&chat, seq, OWNER, "👍", true).await.unwrap();
    assert_eq!(fixture.reacts(&chat, seq, OWNER, "🎉", true).await.unwrap_err(), NotReacted::Full);
    fixture.reacts(&chat, seq, OWNER, "👍", false).await.unwrap();
    assert_eq!(reactions(&fixture, &chat, seq).await, []);
}

checks!(
    a_member_reacts_once_with_each_emoji,
    a_reaction_changes_the_message_and_renews_nothing,
    a_message_has_so_many_kinds,
    a_deleted_message_has_none,
    a_full_chat_can_still_take_back,
);
