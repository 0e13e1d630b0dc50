//! Messages on their way: shown at once, sent in order and once each, kept over a lost connection.

use std::collections::VecDeque;

/// How a message on its way stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Waits for its turn, or for the connection.
    Waiting,
    /// Is being sent.
    UnderWay,
    /// Was accepted; its event has not arrived.
    Accepted,
    /// Was refused, for this reason.
    Refused(String),
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its idempotency key, and its `client_ref`: it tells the message when it comes back.
    pub key: String,
    /// What was written.
    pub text: String,
    /// The message that it replies to.
    pub reply_to: Option<u64>,
    /// How it stands.
    pub sending: Sending,
}

/// The messages of one chat that are on their way, in order.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    messages: VecDeque<Outgoing>,
}

impl Outbox {
    /// Adds a message.
    pub fn push(&mut self, key: String, text: String, reply_to: Option<u64>) {
        self.messages.push_back(Outgoing { key, text, reply_to, sending: Sending::Waiting });
    }

    /// Returns the next message to send, and notes that it is under way. One at a time, so that they arrive in order.
    pub fn take_next(&mut self) -> Option<Outgoing> {
        if self.messages.iter().any(|message| message.sending == Sending::UnderWay) {
            return None;
        }
        let next = self.messages.iter_mut().find(|message| message.sending == Sending::Waiting)?;
        next.sending = Sending::UnderWay;
        Some(next.clone())
    }

    /// Removes a message that has arrived.
    pub fn confirm(&mut self, key: &str) {
        self.messages.retain(|message| message.key != key);
    }

    /// Lets a message wait again: whether it arrived is not known.
    pub fn interrupt(&mut self, key: &str) {
        self.mark(key, Sending::Waiting);
    }

    /// Notes that the server has a message, whose event is still to come.
    pub fn accept(&mut self, key: &str) {
        self.mark(key, Sending::Accepted);
    }

    /// Notes that the server refused a message.
    pub fn refuse(&mut self, key: &str, reason: String) {
        self.mark(key, Sending::Refused(reason));
    }

    /// Sends refused messages again; returns false if there are none.
    pub fn retry(&mut self) -> bool {
        let mut any = false;
        for message in self.messages.iter_mut().filter(|message| matches!(message.sending, Sending::Refused(_))) {
            message.sending = Sending::Waiting;
            any = true;
        }
        any
    }

    /// Takes back the last refused message.
    pub fn take_back(&mut self) -> Option<Outgoing> {
        let at = self.messages.iter().rposition(|message| matches!(message.sending, Sending::Refused(_)))?;
        self.messages.remove(at)
    }

    /// Returns the messages in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Outgoing> {
        self.messages.iter()
    }

    /// Returns true if nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    fn mark(&mut self, key: &str, sending: Sending) {
        if let Some(message) = self.messages.iter_mut().find(|message| message.key == key) {
            message.sending = sending;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_one_by_one_and_a_refused_one_holds_nobody_up() {
        let mut outbox = Outbox::default();
        for key in ["a", "b"] {
            outbox.push(key.into(), key.into(), None);
        }
        assert_eq!(outbox.take_next().unwrap().key, "a");
        assert!(outbox.take_next().is_none());
        outbox.interrupt("a");
        assert_eq!(outbox.take_next().unwrap().key, "a", "the same message goes first again");
        outbox.refuse("a", "too long".into());
        assert_eq!(outbox.take_next().unwrap().key, "b");
        outbox.confirm("b");
        assert!(outbox.take_next().is_none() && outbox.retry());
        assert_eq!(outbox.take_next().unwrap().key, "a");
        outbox.refuse("a", "too long".into());
        assert_eq!(outbox.take_back().unwrap().text, "a");
        assert!(outbox.is_empty() && !outbox.retry());
    }
}
