//! What a command is about: a person, a group, a chat or a link by its URL, a title, or the last chat.

use super::context::{Context, Room};
use super::failure::{Exit, Failure};
use super::state::SavedKnock;
use crate::client::Client;
use crate::client::http::segment;
use crate::wire::chat_items::ChatItem;
use crate::wire::groups::GroupCard;
use crate::wire::knocks::Exchange;
use crate::wire::lists::List;

/// The length of a chat's id.
const CHAT_ID_LEN: usize = 43;
/// The length of a link's id.
const LINK_ID_LEN: usize = 27;

/// What a word names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `@name`.
    User(String),
    /// `#group`.
    Group(String),
    /// A chat's URL, in the API or in a browser, or its id; with the base URL of its server.
    Chat(Option<String>, String),
    /// A link's URL or its id; with the base URL of its server.
    Link(Option<String>, String),
    /// `-`.
    Last,
    /// A title.
    Title(String),
}

impl Target {
    /// Reads a word.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        let word = word.trim();
        if word == "-" {
            return Self::Last;
        }
        if let Some(name) = word.strip_prefix('@').filter(|name| !name.is_empty()) {
            return Self::User(name.to_owned());
        }
        if let Some(name) = word.strip_prefix('#').filter(|name| !name.is_empty()) {
            return Self::Group(name.to_owned());
        }
        let is_chat = |id: &str| is_id(id, CHAT_ID_LEN);
        let is_link = |id: &str| is_id(id, LINK_ID_LEN);
        match () {
            () if is_chat(word) => Self::Chat(None, word.to_owned()),
            () if is_link(word) => Self::Link(None, word.to_owned()),
            () if word.contains("://") => in_url(word, &["/c/", "/v1/chats/"], is_chat)
                .map(|(base, id)| Self::Chat(Some(base), id))
                .or_else(|| in_url(word, &["/l/", "/v1/links/"], is_link).map(|(base, id)| Self::Link(Some(base), id)))
                .unwrap_or_else(|| Self::Title(word.to_owned())),
            () => Self::Title(word.to_owned()),
        }
    }
}

fn is_id(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Finds an id after one of these marks in a URL; returns it with what stands before the mark.
fn in_url(url: &str, marks: &[&str], is_id: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let found = marks.iter().filter_map(|mark| url.split_once(mark));
    let mut ids = found.map(|(base, rest)| (base, rest.split(['/', '?', '#']).next().unwrap_or_default()));
    ids.find(|(_, id)| is_id(id)).map(|(base, id)| (base.to_owned(), id.to_owned()))
}

/// Finds the chat that a word names.
pub async fn find(context: &Context, word: &str) -> Result<Room, Failure> {
    match Target::parse(word) {
        Target::User(name) => match direct_chat(context, &name).await? {
            Some(room) => Ok(room),
            None => Err(Failure::new(Exit::NotThere, format!("You and @{name} have not written yet: begin with `parlor send @{name} TEXT`."))),
        },
        Target::Group(name) => group(context, &name).await,
        Target::Chat(base, id) => chat(context, base, &id),
        Target::Link(base, id) => link(context, base, &id).await,
        Target::Last => match context.state.read()?.last {
            Some(last) => context.room(&last.server, &last.chat_id),
            None => Err(Failure::new(Exit::Usage, "No chat was used before: name one, such as @name or #group.")),
        },
        Target::Title(title) => titled(context, &title).await,
    }
}

async fn direct_chat(context: &Context, name: &str) -> Result<Option<Room>, Failure> {
    let client = context.account()?;
    let page: List<ChatItem> = client.get(&format!("/v1/chats?kind=direct&participant={}", segment(name))).await?;
    page.items.first().map(|item| context.room(context.server(), &item.summary.chat.facts.chat_id)).transpose()
}

async fn group(context: &Context, name: &str) -> Result<Room, Failure> {
    let card: GroupCard = context.account()?.get(&format!("/v1/groups/{}", segment(name))).await?;
    match card.chat {
        Some(item) => context.room(context.server(), &item.summary.chat.facts.chat_id),
        None => Err(Failure::new(Exit::NotThere, format!("You are not a member of #{name}: run `parlor groups join {name}`, or knock."))),
    }
}

/// Finds a chat by its id: on the server that has a credential of ours for it, else on that of the URL.
fn chat(context: &Context, base: Option<String>, id: &str) -> Result<Room, Failure> {
    let saved = context.state.read()?;
    let known = saved.servers.iter().find(|(_, server)| server.chats.contains_key(id)).map(|(base, _)| base.clone());
    let last = saved.last.filter(|last| last.chat_id == id).map(|last| last.server);
    let server = known.or(last).or(base).unwrap_or_else(|| context.server().to_owned());
    context.room(&server, id)
}

/// Finds the chat behind a link that was knocked on, or that is our own.
async fn link(context: &Context, base: Option<String>, id: &str) -> Result<Room, Failure> {
    let (client, knock) = link_client(context, base, id)?;
    if let Some(chat_id) = knock.chat_id {
        return context.room(client.base(), &chat_id);
    }
    let Some(client_id) = knock.client_id else {
        return Err(Failure::new(Exit::NotThere, "You have not knocked there, or are not let in: run `parlor knock` with this URL."));
    };
    let exchange: Exchange = client.get(&format!("/v1/links/{id}?client_id={}", client_id.expose())).await?;
    match exchange.chat_url.as_deref().map(Target::parse) {
        Some(Target::Chat(_, chat_id)) => {
            context.keep_chat(client.base(), &chat_id, Some(client_id), None)?;
            context.room(client.base(), &chat_id)
        }
        _ => Err(Failure::new(Exit::NotThere, "You are not let in yet: wait with `parlor knock` and this URL.")),
    }
}

/// Returns a client for the server of a link, and what is kept of it.
pub fn link_client(context: &Context, base: Option<String>, id: &str) -> Result<(Client, SavedKnock), Failure> {
    let saved = context.state.read()?;
    let known = saved.servers.into_iter().find_map(|(server, mut kept)| Some((server, kept.knocks.remove(id)?)));
    let (server, knock) = known.map_or((None, SavedKnock::default()), |(server, knock)| (Some(server), knock));
    let server = server.or(base).unwrap_or_else(|| context.server().to_owned());
    let client = if server == context.server() { context.anonymous() } else { Client::new(&server)? };
    Ok((client, knock))
}

async fn titled(context: &Context, title: &str) -> Result<Room, Failure> {
    let same = |other: &str| other.trim().to_lowercase() == title.to_lowercase();
    let saved = context.state.read()?;
    let chats = saved.servers.get(context.server()).into_iter().flat_map(|server| &server.chats);
    let mut found: Vec<String> = chats.filter(|(_, chat)| chat.title.as_deref().is_some_and(same)).map(|(id, _)| id.clone()).collect();
    if let Some(client) = context.account_if_any()? {
        let items = all_items(&client).await?.into_iter().map(|item| item.summary.chat.facts);
        found.extend(items.filter(|facts| facts.title.as_deref().is_some_and(same)).map(|facts| facts.chat_id));
    }
    found.sort();
    found.dedup();
    match found.as_slice() {
        [id] => context.room(context.server(), id),
        [] => Err(Failure::new(Exit::NotThere, format!("No chat of yours is called {title:?}: see `parlor chats`, or write @name or #group."))),
        _ => Err(Failure::new(
            Exit::Usage,
            format!("Several chats of yours are called {title:?}: name the one by its URL, which `parlor chats` shows."),
        )),
    }
}

/// Reads all pages of the chats of an account.
pub async fn all_items(client: &Client) -> Result<Vec<ChatItem>, Failure> {
    all(client, "/v1/chats?limit=200").await
}

/// Reads all pages of a list, whose path has a query.
pub async fn all<T: serde::de::DeserializeOwned>(client: &Client, path: &str) -> Result<Vec<T>, Failure> {
    let mut page: List<T> = client.get(path).await?;
    let mut items = std::mem::take(&mut page.items);
    while let Some(cursor) = page.cursor.take() {
        page = client.get(&format!("{path}&cursor={}", segment(&cursor))).await?;
        items.append(&mut page.items);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: &str = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM";
    const LINK: &str = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4";

    #[test]
    fn a_word_names_one_thing() {
        let base = || Some("https://example.org/chat".to_owned());
        let targets = [
            ("@shahn".into(), Target::User("shahn".into())),
            ("#book-club".into(), Target::Group("book-club".into())),
            ("-".into(), Target::Last),
            (CHAT.into(), Target::Chat(None, CHAT.into())),
            (LINK.into(), Target::Link(None, LINK.into())),
            (format!("https://example.org/chat/c/{CHAT}"), Target::Chat(base(), CHAT.into())),
            (format!("https://example.org/chat/v1/chats/{CHAT}/events?after=0"), Target::Chat(base(), CHAT.into())),
            (format!("https://example.org/chat/l/{LINK}#x"), Target::Link(base(), LINK.into())),
            (format!("https://example.org/chat/v1/links/{LINK}"), Target::Link(base(), LINK.into())),
            ("Plans for Sunday".into(), Target::Title("Plans for Sunday".into())),
            ("@".into(), Target::Title("@".into())),
            ("https://example.org/c/short".into(), Target::Title("https://example.org/c/short".into())),
        ];
        for (word, target) in targets {
            assert_eq!(Target::parse(&word), target, "{word}");
        }
    }
}
