//! Reactions in memory.

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::memory_cost;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Event, Reacted};
use crate::domain::reaction::ReactionOutcome;
use crate::store::WriteResult;
use crate::store::reactions::{NewReaction, NotReacted, Reactions};

#[async_trait]
impl Reactions for MemoryStore {
    async fn react(&self, new: NewReaction, now: Timestamp) -> WriteResult<(), NotReacted> {
        Ok(self.write(new.chat, now, NotReacted::Gone, |state| {
            let (by, entry) = state.member_and_message(new.by, new.seq).ok_or(NotReacted::Gone)?;
            let Event::Message(message) = &entry.event else { return Err(NotReacted::Deleted) };
            let mut reactions = message.reactions().cloned().unwrap_or_default();
            let change = if new.added { reactions.add(new.emoji, by.id) } else { reactions.remove(new.emoji, by.id) };
            match change {
                ReactionOutcome::Unchanged => return Ok(()),
                ReactionOutcome::TooManyKinds => return Err(NotReacted::TooManyKinds),
                ReactionOutcome::Changed if !new.added => {}
                ReactionOutcome::Changed if !state.has_room(1, &self.limits) => return Err(NotReacted::Full),
                ReactionOutcome::Changed if !self.reserve_growth(state, memory_cost::REACTED) => return Err(NotReacted::NodeFull),
                ReactionOutcome::Changed => {}
            }
            let count = reactions.iter().find(|reaction| reaction.emoji() == new.emoji).map_or(0, |reaction| reaction.count() as u64);
            let target = state.replace_message(&entry, Event::Message(message.with_reactions(reactions))).seq;
            let reacted = Reacted { target, emoji: new.emoji, member: by, added: new.added, count };
            state.append(Event::Reacted(Box::new(reacted)), now);
            Ok(())
        }))
    }
}
