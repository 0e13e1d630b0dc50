//! Typing: which members of a chat are writing a message.

use std::time::Duration;

use super::clock::Timestamp;
use super::presence::MemberAccount;

/// After how long a member that said so types no more, unless it says so again.
pub const TYPING_LAPSE: Duration = Duration::from_secs(6);
/// The most members that a chat tells of: those who have been typing the longest.
pub const MAX_TYPING: usize = 20;

/// What a member says of its typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypingChange {
    /// The member.
    pub by: MemberAccount,
    /// Until when it types; `None` if it has stopped.
    pub until: Option<Timestamp>,
}
