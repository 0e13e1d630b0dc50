//! A chat of the bare reference: what was said, ready to be sent, and who listens.

use std::io::Write as _;
use std::ops::Range;

/// How many messages a page has.
const PAGE: usize = 100;
/// How many characters of the API's ids there are.
const ID: usize = 43;

/// A chat.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    /// All events, one after the other, as listeners get them.
    pub(crate) log: Vec<u8>,
    /// Who listens, by token.
    pub(crate) listeners: Vec<usize>,
    /// Whether they were not told of everything yet.
    pub(crate) behind: bool,
    /// All messages, with commas between them.
    messages: Vec<u8>,
    /// Where each message begins in `messages`.
    starts: Vec<usize>,
}

impl Chat {
    /// Takes a message in, and tells where it stands in [`Chat::said`].
    pub(crate) fn take(&mut self, chat: usize, text: &[u8]) -> Range<usize> {
        let number = self.starts.len() + 2;
        if !self.starts.is_empty() {
            self.messages.push(b',');
        }
        let start = self.messages.len();
        self.starts.push(start);
        let _ = write!(self.messages, "{{\"seq\":{number},\"chat_id\":\"{chat:0ID$}\",");
        self.messages.extend_from_slice(b"\"member\":{\"id\":1,\"name\":\"Ana\",\"role\":\"owner\",\"username\":null},\"kind\":\"text\",\"text\":\"");
        self.messages.extend_from_slice(text);
        self.messages.extend_from_slice(b"\",\"created_at\":\"2026-11-21T12:00:00.000Z\"}");
        let end = self.messages.len();
        if !self.listeners.is_empty() {
            let _ = write!(self.log, "id: 0000002a-{number}\nevent: message\ndata: ");
            self.log.extend_from_slice(&self.messages[start..end]);
            self.log.extend_from_slice(b"\n\n");
        }
        start..end
    }

    /// A message as JSON.
    pub(crate) fn said(&self, place: Range<usize>) -> &[u8] {
        &self.messages[place]
    }

    /// The last messages, with commas between.
    pub(crate) fn page(&self) -> &[u8] {
        let first = self.starts.len().saturating_sub(PAGE);
        &self.messages[self.starts.get(first).copied().unwrap_or(0)..]
    }

    /// The number of the last entry.
    pub(crate) fn head(&self) -> usize {
        self.starts.len() + 1
    }
}

/// An opened chat, as JSON.
pub(crate) fn opened(chat: usize) -> String {
    format!("{{\"chat_id\":\"{chat:0ID$}\"}}")
}

/// The chat that a path names.
pub(crate) fn named(path: &[u8]) -> Option<usize> {
    std::str::from_utf8(path.strip_prefix(b"/v1/chats/")?.get(..ID)?).ok()?.parse().ok()
}
