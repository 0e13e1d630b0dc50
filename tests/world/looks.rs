//! What people look up: messages, members, links, knocks, activity.

use serde_json::{Value, json};

use super::client::below;
use super::{Chat, Link, Person};

/// Where the client's pages are, and from which files they are.
pub const CLIENT_PAGES: [(&str, &str); 4] = [("/", "start.html"), ("/l/x", "link.html"), ("/c/x", "chat.html"), ("/security", "security.html")];

/// One field of each of these.
pub fn each(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().unwrap_or_else(|| panic!("{field} in {item}")).to_owned()).collect()
}

/// Where a page's files are: what it names begins with the address of one version.
pub fn home(page: &str) -> String {
    let (_, after) = page.split_once("\"/web/").expect("the page loads something");
    let version = after.split('/').next().unwrap_or_default();
    assert!(version.len() == 12 && version.chars().all(|digit| digit.is_ascii_hexdigit()), "{version} is no version");
    format!("/web/{version}/")
}

impl Person {
    /// The addresses of all files that pages may load.
    pub async fn assets(&self) -> Vec<String> {
        let home = home(&self.gets("/").await.is(200).text);
        below(&["js", "css", "svg", "webmanifest"]).into_iter().map(|path| format!("{home}{path}")).collect()
    }

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
