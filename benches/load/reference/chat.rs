//! A chat of the minimal reference: prepared events and the listeners.

use std::io::Write as _;
use std::ops::Range;

/// Messages per page.
const PAGE: usize = 100;
/// Characters of an id.
const ID: usize = 43;

/// A chat.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    /// All events, one after the other, as listeners receive them.
    pub(crate) log: Vec<u8>,
    /// The tokens of the listeners.
    pub(crate) listeners: Vec<usize>,
    /// Set while listeners have events to receive.
    pub(crate) behind: bool,
    /// All messages, separated by commas.
    messages: Vec<u8>,
    /// Where each message begins in `messages`.
    starts: Vec<usize>,
}

impl Chat {
    /// Appends a message; returns its place in [`Chat::said`].
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

    /// Serializes a message as JSON.
    pub(crate) fn said(&self, place: Range<usize>) -> &[u8] {
        &self.messages[place]
    }

    /// Returns the last messages, separated by commas.
    pub(crate) fn page(&self) -> &[u8] {
        let first = self.starts.len().saturating_sub(PAGE);
        &self.messages[self.starts.get(first).copied().unwrap_or(0)..]
    }

    /// Returns the number of the last entry.
    pub(crate) fn head(&self) -> usize {
        self.starts.len() + 1
    }
}

/// Serializes a created chat as JSON.
pub(crate) fn opened(chat: usize) -> String {
    format!("{{\"chat_id\":\"{chat:0ID$}\"}}")
}

/// Returns the chat that a path names.
pub(crate) fn named(path: &[u8]) -> Option<usize> {
    std::str::from_utf8(path.strip_prefix(b"/v1/chats/")?.get(..ID)?).ok()?.parse().ok()
}
