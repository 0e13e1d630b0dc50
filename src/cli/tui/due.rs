//! What a chat is to ask of the server now.

use super::chat_view::{ChatView, Loading};
use super::request::Request;

/// Adds the requests that are due in this chat, and notes that they are under way.
pub(super) fn requests(chat: &mut ChatView, open: bool, seen: bool, due: &mut Vec<(String, Request)>) {
    if chat.ended.is_some() {
        return;
    }
    let mut add = |request| due.push((chat.chat_id.clone(), request));
    // A chat of the account says by its events what is unread; one with a stream of its own has to be loaded to be followed.
    if chat.loading == Loading::Wanted && (open || !chat.of_account) {
        chat.loading = Loading::UnderWay;
        add(Request::Load);
    }
    if chat.older == Some(Loading::Wanted) {
        let first = chat.timeline.first().filter(|_| chat.timeline.has_more);
        chat.older = first.map(|_| Loading::UnderWay);
        if let Some(first) = first {
            add(Request::Older(first));
        }
    }
    if let Some(message) = chat.outbox_ready() {
        due.push((chat.chat_id.clone(), Request::Send { key: message.key, text: message.text, reply_to: message.reply_to }));
    }
    if let Some(request) = receipt(chat, seen) {
        due.push((chat.chat_id.clone(), request));
    }
}

/// Returns how far the server is to be told that one has received and read; one receipt at a time, so that a flood of messages is told once.
fn receipt(chat: &mut ChatView, seen: bool) -> Option<Request> {
    let news = chat.timeline.last().unwrap_or_default().max(chat.counted);
    let read = if seen { news } else { chat.told.read };
    let told = news <= chat.told.delivered && read <= chat.told.read;
    if told || chat.told.under_way || !chat.connected || chat.members.me.is_none() {
        return None;
    }
    chat.told.under_way = true;
    chat.told.raise(news, read);
    Some(Request::Receipt { delivered: chat.told.delivered, read: chat.told.read })
}
