//! What a key changes.

use super::chat_view::ChatView;
use super::composer::Purpose;
use super::draw::layout::timeline_size;
use super::keys::{Action, HELP, Write};
use super::model::{Mode, Model};
use super::reactions;
use super::request::Request;
use super::scroll;
use crate::wire::messages::{Message, MessageKind};

/// How often it is told that something is being written, in milliseconds.
const TYPING_MS: u64 = 4_000;

impl Model {
    /// Does what a key says.
    pub fn act(&mut self, action: Action) {
        self.notice = None;
        match action {
            Action::Quit => self.quit = true,
            Action::Help => self.mode = Mode::Help(0),
            Action::LetIn => self.decide(true),
            Action::Decline => self.decide(false),
            Action::Chats => self.mode = if matches!(self.mode, Mode::Chats(_)) { Mode::Writing } else { Mode::Chats(self.open) },
            Action::People => self.mode = if matches!(self.mode, Mode::People(_)) { Mode::Writing } else { Mode::People(0) },
            Action::Link if self.link.is_some() => self.mode = if self.mode == Mode::Link { Mode::Writing } else { Mode::Link },
            Action::Link => self.notice = Some("No link is known here: `parlor links` makes one.".into()),
            Action::NextChat => self.open((self.open + 1) % self.chats.len()),
            Action::PreviousChat => self.open((self.open + self.chats.len() - 1) % self.chats.len()),
            Action::Retry => self.retry(),
            Action::TakeBack => self.take_back(),
            Action::PageUp => self.scroll(true),
            Action::PageDown => self.scroll(false),
            Action::Send => self.send(),
            Action::Write(write) => self.write(write),
            Action::Close => self.close(),
            Action::Pick(at) => self.react(reactions::OFFERED[at]),
            Action::Reply | Action::Edit | Action::Delete | Action::React => self.on_selected(action),
            Action::Up | Action::Down | Action::First | Action::Last | Action::Confirm => self.go(action),
        }
    }

    /// Takes what was pasted.
    pub fn paste(&mut self, text: &str) {
        self.notice = None;
        if self.mode == Mode::Reacting {
            match reactions::emoji(text) {
                Some(emoji) => self.react(emoji),
                None => self.notice = Some("That is not one emoji.".into()),
            }
            return;
        }
        self.mode = Mode::Writing;
        self.chat_mut().composer.insert(text);
        self.tell_typing();
    }

    /// Opens the chat with this index.
    pub fn open(&mut self, at: usize) {
        if at != self.open {
            let left = self.chat_mut();
            (left.new_from, left.selected, left.scroll) = (None, None, None);
            self.open = at;
        }
        self.mode = Mode::Writing;
    }

    fn command(&mut self, request: Request) {
        self.commands.push((self.chat().chat_id.clone(), request));
    }

    fn decide(&mut self, approve: bool) {
        let now = self.now_ms;
        match self.chat_mut().door.take(now) {
            Some(knock_id) => {
                self.command(Request::Decide { knock_id, approve });
                if self.mode == Mode::Link {
                    self.mode = Mode::Writing;
                }
            }
            None if self.chat().door.waiting() > 0 => self.notice = Some("That knock had only just appeared: press again.".into()),
            None => self.notice = Some("Nobody knocks.".into()),
        }
    }

    fn send(&mut self) {
        if self.chat().ended.is_some() || self.chat().composer.text().trim().is_empty() {
            return;
        }
        let key = (self.new_key)();
        let chat = self.chat_mut();
        let (text, purpose) = chat.composer.take();
        chat.scroll = None;
        chat.new_from = None;
        self.told_typing_ms = None;
        match purpose {
            Purpose::Message => self.chat_mut().outbox.push(key, text, None),
            Purpose::Reply(seq) => self.chat_mut().outbox.push(key, text, Some(seq)),
            Purpose::Edit(seq) => self.command(Request::Edit(seq, text)),
        }
    }

    fn write(&mut self, write: Write) {
        if let (Mode::Reacting, Write::Insert(c)) = (self.mode, write) {
            return self.paste(c.encode_utf8(&mut [0; 4]));
        }
        self.mode = Mode::Writing;
        let composer = &mut self.chat_mut().composer;
        match write {
            Write::Insert(c) => composer.insert(c.encode_utf8(&mut [0; 4])),
            Write::Backspace => composer.backspace(),
            Write::Delete => composer.delete(),
            Write::DeleteWord => composer.delete_word(),
            Write::DeleteToLineStart => composer.delete_to_line_start(),
            Write::Left => composer.left(),
            Write::Right => composer.right(),
            Write::Home => composer.home(),
            Write::End => composer.end(),
        }
        if matches!(write, Write::Insert(_)) {
            self.tell_typing();
        }
    }

    fn tell_typing(&mut self) {
        let due = self.told_typing_ms.is_none_or(|told| self.now_ms >= told + TYPING_MS);
        let chat = self.chat();
        if due && chat.connected && chat.ended.is_none() && !matches!(chat.composer.purpose, Purpose::Edit(_)) {
            self.told_typing_ms = Some(self.now_ms);
            self.command(Request::Typing);
        }
    }

    fn close(&mut self) {
        match self.mode {
            Mode::Writing => {
                let chat = self.chat_mut();
                match chat.composer.purpose {
                    Purpose::Edit(_) => drop(chat.composer.take()),
                    Purpose::Reply(_) => chat.composer.purpose = Purpose::Message,
                    Purpose::Message => chat.scroll = None,
                }
            }
            Mode::Reacting | Mode::Deleting => self.mode = Mode::Selecting,
            Mode::Selecting => {
                self.chat_mut().selected = None;
                self.mode = Mode::Writing;
            }
            _ => self.mode = Mode::Writing,
        }
    }

    fn retry(&mut self) {
        if !self.chat_mut().outbox.retry() {
            self.notice = Some("Every message was sent, or is on its way.".into());
        }
    }

    fn take_back(&mut self) {
        let chat = self.chat_mut();
        match chat.outbox.take_back() {
            Some(message) => chat.composer.set(&message.text, message.reply_to.map_or(Purpose::Message, Purpose::Reply)),
            None => self.notice = Some("No message was refused.".into()),
        }
    }

    fn scroll(&mut self, up: bool) {
        let (width, height) = timeline_size(self);
        let by = height.saturating_sub(1).max(1);
        let chat = self.chat_mut();
        if up { scroll::up(chat, by, width, height) } else { scroll::down(chat, by, width) }
    }

    /// Moves in what the keys act on, or takes what was chosen there.
    fn go(&mut self, action: Action) {
        match self.mode {
            Mode::Writing | Mode::Link => self.leave_text(action),
            Mode::Selecting | Mode::Reacting => self.select(action),
            Mode::Deleting => {
                if let Some(seq) = self.chat().selected {
                    self.command(Request::Delete(seq));
                }
                self.mode = Mode::Selecting;
            }
            Mode::Chats(at) if action == Action::Confirm => self.open(at),
            Mode::Chats(at) => self.mode = Mode::Chats(moved(at, self.chats.len(), action)),
            Mode::People(at) => self.mode = Mode::People(moved(at, self.chat().members.len(), action)),
            Mode::Help(at) => self.mode = Mode::Help(moved(at, HELP.len(), action)),
        }
    }

    /// Moves the cursor between lines; up from the first one chooses a message.
    fn leave_text(&mut self, action: Action) {
        let composer = &mut self.chat_mut().composer;
        if action == Action::Down {
            composer.down();
        } else if !composer.up() {
            let (width, height) = timeline_size(self);
            let newest = rows_end(self.chat(), width, height);
            if newest.is_some() {
                self.chat_mut().selected = newest;
                self.mode = Mode::Selecting;
            }
        }
    }

    fn select(&mut self, action: Action) {
        let (width, height) = timeline_size(self);
        let chat = self.chat_mut();
        let Some(selected) = chat.selected else { return };
        let mut messages = chat.timeline.messages().map(|message| message.seq);
        let next = match action {
            Action::Up => messages.rfind(|seq| *seq < selected),
            Action::Down => messages.find(|seq| *seq > selected),
            Action::First => messages.next(),
            _ => messages.next_back(),
        };
        drop(messages);
        if let Some(seq) = next {
            chat.selected = Some(seq);
            scroll::show(chat, seq, width, height);
        } else if action == Action::Down {
            (chat.selected, chat.scroll) = (None, None);
            self.mode = Mode::Writing;
        } else if action == Action::Up {
            chat.want_older();
        }
    }

    fn on_selected(&mut self, action: Action) {
        let Some(message) = self.chat().selected.and_then(|seq| self.chat().timeline.message(seq)).cloned() else { return };
        let mine = self.chat().members.is_me(message.member.as_ref());
        let there = message.kind != MessageKind::Deleted;
        match action {
            Action::Reply => self.compose(None, Purpose::Reply(message.seq)),
            Action::Edit if mine && there => self.compose(Some(&message), Purpose::Edit(message.seq)),
            Action::Edit => self.notice = Some("You can edit your own messages.".into()),
            Action::Delete if self.chat().may_delete(&message) => self.mode = Mode::Deleting,
            Action::Delete => self.notice = Some("You cannot delete this message.".into()),
            _ if there => self.mode = Mode::Reacting,
            _ => self.notice = Some("This message was deleted.".into()),
        }
    }

    fn compose(&mut self, message: Option<&Message>, purpose: Purpose) {
        let chat = self.chat_mut();
        match message {
            Some(message) => chat.composer.set(message.text.as_deref().unwrap_or_default(), purpose),
            None => chat.composer.purpose = purpose,
        }
        chat.selected = None;
        self.mode = Mode::Writing;
    }

    /// Puts a reaction on the chosen message, or takes one's own back.
    fn react(&mut self, emoji: &str) {
        let chat = self.chat();
        if let Some(message) = chat.selected.and_then(|seq| chat.timeline.message(seq)) {
            let mine = chat.members.me.is_some_and(|me| message.reactions.iter().any(|had| had.emoji == emoji && had.members.contains(&me)));
            let request = Request::React { seq: message.seq, emoji: emoji.to_owned(), added: !mine };
            self.command(request);
        }
        self.mode = Mode::Selecting;
    }
}

/// Returns the newest message that is shown.
fn rows_end(chat: &ChatView, width: usize, height: usize) -> Option<u64> {
    let shown = super::draw::rows::visible(chat, width, height);
    shown.iter().rev().filter_map(|row| row.seq).find(|seq| chat.timeline.message(*seq).is_some())
}

/// Returns where a list of this length is after a key.
fn moved(at: usize, length: usize, action: Action) -> usize {
    let last = length.saturating_sub(1);
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => (at + 1).min(last),
        Action::First => 0,
        _ => last,
    }
}
