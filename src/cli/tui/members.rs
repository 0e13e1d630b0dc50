//! Who is in a chat: names, roles, who is online, who types, how far each has read.

use std::collections::BTreeMap;

use crate::wire::members::{Member, Role};
use crate::wire::messages::MessageStatus;
use crate::wire::receipts::{MemberReceipt, ReceiptMoved};

/// How far a member has received and read; `read` is absent where they do not tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    /// The last entry received.
    pub delivered: u64,
    /// The last entry read.
    pub read: Option<u64>,
}

/// The members of one chat.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Oneself; absent for a visitor of an open chat.
    pub me: Option<u32>,
    present: BTreeMap<u32, Member>,
    /// The last known name of those who left.
    left: BTreeMap<u32, Member>,
    /// The number of the entry with which a member joined, where that was seen.
    joined: BTreeMap<u32, u64>,
    positions: BTreeMap<u32, Position>,
    /// Who types.
    pub typing: Vec<u32>,
    /// Who is online.
    pub online: Vec<u32>,
    /// How many are online.
    pub online_count: usize,
}

impl Members {
    /// Replaces all by what the server lists.
    pub fn replace(&mut self, members: Vec<Member>, receipts: Vec<MemberReceipt>) {
        self.present = members.into_iter().map(|member| (member.id, member)).collect();
        self.positions = receipts.into_iter().map(|at| (at.member.id, Position { delivered: at.delivered, read: at.read })).collect();
    }

    /// Adds a member who joined with this entry.
    pub fn join(&mut self, member: Member, seq: u64) {
        self.left.remove(&member.id);
        self.joined.insert(member.id, seq);
        self.present.insert(member.id, member);
    }

    /// Replaces a member whose name or role changed.
    pub fn update(&mut self, member: Member) {
        if let Some(known) = self.present.get_mut(&member.id) {
            *known = member;
        }
    }

    /// Removes a member.
    pub fn leave(&mut self, member: &Member) {
        self.present.remove(&member.id);
        self.positions.remove(&member.id);
        self.left.insert(member.id, member.clone());
    }

    /// Moves a member's receipt forward.
    pub fn receipt(&mut self, moved: &ReceiptMoved) {
        self.positions.insert(moved.member_id, Position { delivered: moved.delivered, read: moved.read });
    }

    /// Returns how far oneself has read, as the server knows it.
    #[must_use]
    pub fn my_read(&self) -> Option<u64> {
        self.positions.get(&self.me?)?.read
    }

    /// Returns one's role.
    #[must_use]
    pub fn my_role(&self) -> Option<Role> {
        self.present.get(&self.me?).map(|me| me.role)
    }

    /// Returns one's name.
    #[must_use]
    pub fn my_name(&self) -> Option<&str> {
        self.present.get(&self.me?).map(|me| me.name.as_str())
    }

    /// Returns true if this is oneself.
    #[must_use]
    pub fn is_me(&self, member: Option<&Member>) -> bool {
        member.is_some_and(|member| Some(member.id) == self.me)
    }

    /// Returns the latest known name of a member; it is not safe to print yet.
    #[must_use]
    pub fn name<'a>(&'a self, member: &'a Member) -> &'a str {
        let known = self.present.get(&member.id).or_else(|| self.left.get(&member.id));
        &known.unwrap_or(member).name
    }

    /// Returns the name of the owner.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.present.values().find(|member| member.role == Role::Owner).map(|owner| owner.name.as_str())
    }

    /// Returns who is there, in the order of their admission.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.present.values()
    }

    /// Returns how many are there.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Returns true if no members are known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Returns the others who type.
    #[must_use]
    pub fn typists(&self) -> Vec<&str> {
        let others = self.typing.iter().filter(|id| Some(**id) != self.me);
        others.filter_map(|id| self.present.get(id)).map(|member| member.name.as_str()).collect()
    }

    /// Returns how far one's message with this number has come: to all who were there when it was sent, and still are.
    #[must_use]
    pub fn status(&self, seq: u64) -> MessageStatus {
        let recipients = self.present.keys().filter(|id| Some(**id) != self.me && self.joined.get(id).is_none_or(|joined| *joined < seq));
        let positions: Vec<_> = recipients.map(|id| self.positions.get(id).copied().unwrap_or_default()).collect();
        let mut telling = positions.iter().filter_map(|position| position.read).peekable();
        if positions.is_empty() || positions.iter().any(|position| position.delivered < seq) {
            return MessageStatus::Sent;
        }
        let all_read = telling.peek().is_some() && telling.all(|read| read >= seq);
        if all_read { MessageStatus::Read } else { MessageStatus::Delivered }
    }
}
