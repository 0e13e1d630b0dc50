//! Presents push subscriptions, and writes what they are sent.

use super::Present;
use crate::domain::push::{Push, PushSubject};
use crate::domain::push_subscription::{PushSubscription, PushText};
use crate::service::notify::push::PushBodies;
use crate::wire;
use crate::wire::push::PushKind;

impl Present {
    /// Presents a push subscription, without its endpoint and keys.
    pub(in crate::http) fn push_subscription(&self, subscription: &PushSubscription) -> wire::push::PushSubscription {
        wire::push::PushSubscription {
            id: subscription.id.uuid(),
            host: subscription.endpoint.host().into(),
            created_at: self.time(subscription.created_at),
            chat_id: subscription.chat.map(|chat| chat.to_string()),
            text: subscription.text == PushText::Shown,
        }
    }
}

impl PushBodies for Present {
    fn body(&self, push: &Push) -> Vec<u8> {
        let kind = match push.subject {
            PushSubject::Messages(_) => PushKind::Message,
            PushSubject::Knocks(_) => PushKind::Knock,
            PushSubject::Admission(_) => PushKind::Approved,
            PushSubject::FriendRequest(..) => PushKind::FriendRequest,
        };
        let body = wire::push::Push {
            kind,
            chat_id: push.subject.chat().map(|chat| chat.to_string()),
            title: push.title.clone(),
            from: push.from.clone(),
            text: push.text.clone(),
            unread: push.unread,
        };
        // It has text keys only, so it can always be written.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}
