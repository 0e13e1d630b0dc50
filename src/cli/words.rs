//! What people read of the API's objects. All text of others is made safe for a terminal.

use super::output::Output;
use super::sanitize;
use crate::wire::accounts::{Friendship, Me, User};
use crate::wire::chats::{Chat, ChatKind};
use crate::wire::members::{Member, Role};
use crate::wire::messages::{Message, MessageKind};

/// The author of a message without a credential.
const VISITOR: &str = "visitor";

/// A message, with the number to reply to: `[7] Ana: Hello`.
pub fn message(output: Output, message: &Message) -> String {
    let number = output.dim(&format!("[{}]", message.seq));
    let author = message.member.as_ref().map_or_else(|| VISITOR.to_owned(), |member| sanitize::line(&member.name));
    let reply = message.reply_to.map(|seq| format!(" (to [{seq}])")).unwrap_or_default();
    let edited = if message.edited_at.is_some() && message.kind != MessageKind::Deleted { " (edited)" } else { "" };
    let reactions: Vec<_> = message.reactions.iter().map(|reaction| format!("{} {}", sanitize::line(&reaction.emoji), reaction.count)).collect();
    let reactions = if reactions.is_empty() { String::new() } else { format!("\n    {}", reactions.join("  ")) };
    format!("{number} {}{reply}: {}{edited}{reactions}", output.strong(&author), content(message))
}

/// What a message says, on lines that begin below its author.
pub fn content(message: &Message) -> String {
    if message.kind == MessageKind::Deleted {
        return "(deleted)".to_owned();
    }
    let image = message.image.as_ref().map(|image| {
        let alt = image.alt.as_deref().map(|alt| format!(" ({})", sanitize::line(alt))).unwrap_or_default();
        format!("image {}{alt}", sanitize::line(&image.url))
    });
    let video = message.video.as_ref().map(|video| format!("video {}", sanitize::line(&video.url)));
    let text = message.text.as_deref().map(|text| sanitize::lines(text).replace('\n', "\n    "));
    [image, video, text].into_iter().flatten().collect::<Vec<_>>().join("\n    ")
}

/// A chat by its name: `@ben`, `#book-club`, or its title.
pub fn chat_name(chat: &Chat) -> String {
    let facts = &chat.facts;
    let username = chat.with.as_ref().and_then(|with| with.username.as_deref());
    match (facts.kind, username, &facts.group) {
        (ChatKind::Direct, Some(username), _) => format!("@{}", sanitize::line(username)),
        (ChatKind::Group, _, Some(group)) => format!("#{}", sanitize::line(&group.name)),
        _ => facts.title.as_deref().map_or_else(|| "untitled".to_owned(), sanitize::line),
    }
}

/// A member: number, name, account, role.
pub fn member(output: Output, member: &Member) -> String {
    let username = member.username.as_deref().map(|username| format!(" @{}", sanitize::line(username))).unwrap_or_default();
    let role = match member.role {
        Role::Owner => " (owner)",
        Role::Admin => " (admin)",
        Role::Member => "",
    };
    format!("{:>3}  {}{username}{role}", member.id, output.strong(&sanitize::line(&member.name)))
}

/// An account for its owner: username, name, e-mail address.
pub fn me(me: &Me) -> String {
    let name = if me.name == me.username { String::new() } else { format!("  {}", sanitize::line(&me.name)) };
    let email = me.email.as_deref().map(|email| format!("  {}", sanitize::line(email))).unwrap_or_default();
    format!("@{}{name}{email}", sanitize::line(&me.username))
}

/// An account: username, name, how it is related to you, whether it is online.
pub fn user(output: Output, user: &User) -> String {
    let name = if user.name == user.username { String::new() } else { format!("  {}", sanitize::line(&user.name)) };
    let relation = match user.friendship {
        Friendship::None => "",
        Friendship::Incoming => "  asks to be your friend",
        Friendship::Outgoing => "  asked by you",
        Friendship::Friends => "  friend",
        Friendship::Oneself => "  you",
    };
    let online = if user.presence.as_ref().is_some_and(|presence| presence.online) { ", online" } else { "" };
    format!("{}{name}{relation}{online}", output.strong(&format!("@{}", sanitize::line(&user.username))))
}
