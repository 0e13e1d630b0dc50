//! The calls of the five sources, a file each, in the order in which the source lists them (API 4.6).

mod chaat_api;
mod chaat_scenario;
mod live;
mod chat_backend;
mod chat_server;
mod messaging;
mod silly_chat;

use serde_json::Value;

use crate::support::Person;

/// Returns what stands at `of` in each item of a list, as text.
async fn texts(person: &Person, path: &str, of: &str) -> Vec<String> {
    let texts = person.lists(path).await.into_iter().map(|item| item.pointer(of).and_then(Value::as_str).unwrap_or("").to_owned());
    texts.collect()
}
