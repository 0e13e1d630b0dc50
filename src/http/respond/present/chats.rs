//! Presents chats.

use super::Present;
use super::members::member;
use crate::domain::chat::{Admission, Chat, ChatView, EndReason, HistoryVisibility, OpenedChat};
use crate::domain::member::Member;
use crate::wire;
use crate::wire::secret::Secret;

impl Present {
    /// Presents a chat that was created, with the credential of its owner.
    pub(in crate::http) fn opened(&self, opened: &OpenedChat) -> wire::chats::OpenedChat {
        wire::chats::OpenedChat {
            chat_id: opened.chat.id.to_string(),
            chat_url: self.chat_url(opened.chat.id),
            page_url: self.page_url(opened.chat.id),
            author_id: opened.author.credential().map(|credential| Secret::new(credential.expose())),
            chat: self.chat(&opened.chat, Some(&opened.owner)),
        }
    }

    /// Presents a chat to its caller.
    pub(in crate::http) fn view(&self, view: &ChatView) -> wire::chats::Chat {
        self.chat(&view.chat, view.membership.as_ref().map(|membership| membership.member.as_ref()))
    }

    /// Presents a chat, with the member who reads it.
    pub(in crate::http) fn chat(&self, chat: &Chat, me: Option<&Member>) -> wire::chats::Chat {
        wire::chats::Chat { facts: self.facts(chat), head: chat.head, me: me.map(member) }
    }

    pub(super) fn facts(&self, chat: &Chat) -> wire::chats::ChatFacts {
        wire::chats::ChatFacts {
            chat_id: chat.id.to_string(),
            kind: wire::chats::ChatKind::Link,
            title: chat.title.as_ref().map(|title| title.as_str().into()),
            admission: match chat.admission {
                Admission::Knock => wire::chats::Admission::Knock,
                Admission::Open => wire::chats::Admission::Open,
            },
            history: match chat.history {
                HistoryVisibility::All => wire::chats::History::All,
                HistoryVisibility::SinceJoin => wire::chats::History::SinceJoin,
            },
            created_at: self.time(chat.created_at),
            expires_in: chat.expires_in.duration().as_secs(),
            expires_at: self.time(chat.expires_at),
        }
    }
}

pub(in crate::http) const fn end(end: EndReason) -> wire::events::End {
    match end {
        EndReason::Closed => wire::events::End::Closed,
        EndReason::Expired => wire::events::End::Expired,
    }
}
