//! What people look up: messages, members, links, knocks, activity.

use serde_json::{Value, json};

use super::{Chat, Link, Person};

/// One field of each of these.
pub fn each(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().unwrap_or_else(|| panic!("{field} in {item}")).to_owned()).collect()
}

impl Person {
    /// The items of a list or a page.
    pub async fn items(&self, path: &str) -> Vec<Value> {
        self.gets(path).await.is(200).json["items"].as_array().unwrap().clone()
    }

    /// The chat with all its messages.
    pub async fn reads(&self, chat: &Chat) -> Value {
        self.gets(&chat.path).await.is(200).json
    }

    /// What was said.
    pub async fn texts(&self, chat: &Chat) -> Vec<String> {
        each(self.reads(chat).await["messages"].as_array().unwrap(), "text")
    }

    /// What the members are called.
    pub async fn names(&self, chat: &Chat) -> Vec<String> {
        each(&self.items(&format!("{}/members", chat.path)).await, "name")
    }

    /// The knocks that wait.
    pub async fn pending(&self, chat: &Chat) -> Vec<Value> {
        self.items(&format!("{}/knocks?status=pending", chat.path)).await
    }

    /// A link as its chat's owner sees it now.
    pub async fn sees(&self, chat: &Chat, link: &Link) -> Value {
        let links = self.items(&format!("{}/links", chat.path)).await;
        links.into_iter().find(|one| one["link_id"] == json!(link.id)).expect("the link is listed")
    }

    /// The names of the events in a log: `chat` or `door`.
    pub async fn kinds(&self, chat: &Chat, log: &str) -> Vec<String> {
        each(&self.items(&format!("{}/activity?log={log}", chat.path)).await, "kind")
    }

    /// Knocks, and is let in by the owner; the number that they have in the chat.
    pub async fn enters(&mut self, owner: &Self, link: &Link, name: &str) -> u64 {
        let knock = self.knocks(link, name).await;
        owner.lets_in(link, &knock).await;
        self.gets(&link.path).await.is(200).json["member"]["id"].as_u64().unwrap()
    }

    /// Decides on a link without naming a knock.
    pub async fn says_to_the_only_one(&self, link: &Link, approve: bool) -> super::Reply {
        self.posts("/v1/approval", json!({"link_url": link.url, "approve": approve})).await
    }
}
