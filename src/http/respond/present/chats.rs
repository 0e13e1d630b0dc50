//! Presents chats.

use super::Present;
use super::members::member;
use crate::domain::chat::{Admission, Chat, ChatKind, ChatView, EndReason, HistoryVisibility, OpenedChat};
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
            chat: wire::chats::Chat {
                facts: self.facts(&opened.chat),
                first: opened.chat.first,
                head: opened.chat.head,
                with: None,
                me: Some(member(&opened.owner)),
            },
        }
    }

    /// Presents a chat to its caller.
    pub(in crate::http) fn view(&self, view: &ChatView) -> wire::chats::Chat {
        wire::chats::Chat {
            facts: self.facts(&view.chat),
            first: view.visible_from(),
            head: view.chat.head,
            with: view.with.as_deref().map(partner),
            me: view.membership.as_ref().map(|membership| member(&membership.member)),
        }
    }

    pub(super) fn facts(&self, chat: &Chat) -> wire::chats::ChatFacts {
        wire::chats::ChatFacts {
            chat_id: chat.id.to_string(),
            chat_url: self.chat_url(chat.id),
            page_url: self.page_url(chat.id),
            kind: match chat.kind {
                ChatKind::Link => wire::chats::ChatKind::Link,
                ChatKind::Direct => wire::chats::ChatKind::Direct,
                ChatKind::Group => wire::chats::ChatKind::Group,
            },
            title: chat.title.as_ref().map(|title| title.as_str().into()),
            group: chat.group.as_ref().map(|group| wire::chats::ChatGroup {
                name: group.name.as_str().into(),
                description: group.description.as_ref().map(|description| description.as_str().into()),
                members: group.members,
            }),
            admission: admission(chat.admission),
            history: match chat.history {
                HistoryVisibility::All => wire::chats::History::All,
                HistoryVisibility::SinceJoin => wire::chats::History::SinceJoin,
            },
            created_at: self.time(chat.created_at),
            expires_in: chat.expires_in.map(|expires_in| expires_in.duration().as_secs()),
            expires_at: chat.expires_in.map(|_| self.time(chat.expires_at)),
        }
    }
}

pub(super) const fn admission(admission: Admission) -> wire::chats::Admission {
    match admission {
        Admission::Knock => wire::chats::Admission::Knock,
        Admission::Open => wire::chats::Admission::Open,
        Admission::Invite => wire::chats::Admission::Invite,
    }
}

fn partner(member: &Member) -> wire::chats::ChatPartner {
    wire::chats::ChatPartner { username: member.username.as_ref().map(|username| username.as_str().into()), name: member.name.as_str().into() }
}

pub(in crate::http) const fn end(end: EndReason) -> wire::events::End {
    match end {
        EndReason::Closed => wire::events::End::Closed,
        EndReason::Expired => wire::events::End::Expired,
    }
}
