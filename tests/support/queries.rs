//! Read requests of people: messages, members, links, knocks, activity.

use serde_json::{Value, json};

use super::web_files::below;
use super::{Chat, Link, Person};

/// The client's pages: path and source file.
pub const CLIENT_PAGES: [(&str, &str); 9] = [
    ("/", "pages/start.html"),
    ("/l/x", "pages/link.html"),
    ("/c/x", "pages/chat.html"),
    ("/sign-in", "pages/sign_in.html"),
    ("/sign-up", "pages/sign_up.html"),
    ("/verify", "pages/verify.html"),
    ("/reset", "pages/reset.html"),
    ("/account", "pages/account.html"),
    ("/security", "pages/security.html"),
];

/// The service worker, whose address has no version.
pub const WORKER: &str = "service_worker.js";

/// Returns the paths of the client's files that have an address of their version: all but pages and the service worker.
pub fn assets() -> Vec<String> {
    below(&["js", "css", "svg", "png", "webmanifest"]).into_iter().filter(|path| path != WORKER).collect()
}

/// Returns this field of each item.
pub fn each(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().unwrap_or_else(|| panic!("{field} in {item}")).to_owned()).collect()
}

/// Returns a message as all readers see it: without what only its author sees.
pub fn without_status(mut message: Value) -> Value {
    assert_eq!(message.as_object_mut().unwrap().remove("status"), Some(json!("sent")));
    message
}

/// Returns the versioned base path of the files that a page loads.
pub fn home(page: &str) -> String {
    let (_, after) = page.split_once("\"/web/").expect("the page loads something");
    let version = after.split('/').next().unwrap_or_default();
    assert!(version.len() == 12 && version.chars().all(|digit| digit.is_ascii_hexdigit()), "{version} is no version");
    format!("/web/{version}/")
}

impl Person {
    /// Returns the addresses of all files that pages may load.
    pub async fn assets(&self) -> Vec<String> {
        let home = home(&self.gets("/").await.is(200).text);
        assets().into_iter().map(|path| format!("{home}{path}")).collect()
    }

    /// Returns the items of a list or a page.
    pub async fn items(&self, path: &str) -> Vec<Value> {
        self.gets(path).await.is(200).json["items"].as_array().unwrap().clone()
    }

    /// Reads the chat with all its messages.
    pub async fn reads(&self, chat: &Chat) -> Value {
        self.gets(&chat.path).await.is(200).json
    }

    /// Returns the texts of all messages.
    pub async fn texts(&self, chat: &Chat) -> Vec<String> {
        each(self.reads(chat).await["messages"].as_array().unwrap(), "text")
    }

    /// Returns the names of all members.
    pub async fn names(&self, chat: &Chat) -> Vec<String> {
        each(&self.items(&format!("{}/members", chat.path)).await, "name")
    }

    /// Returns the pending knocks.
    pub async fn pending(&self, chat: &Chat) -> Vec<Value> {
        self.items(&format!("{}/knocks?status=pending", chat.path)).await
    }

    /// Returns a link as the chat's owner sees it now.
    pub async fn sees(&self, chat: &Chat, link: &Link) -> Value {
        let links = self.items(&format!("{}/links", chat.path)).await;
        links.into_iter().find(|one| one["link_id"] == json!(link.id)).expect("the link is listed")
    }

    /// Returns the event names in a log: `chat` or `door`.
    pub async fn kinds(&self, chat: &Chat, log: &str) -> Vec<String> {
        each(&self.items(&format!("{}/activity?log={log}", chat.path)).await, "kind")
    }

    /// Knocks and is let in by the owner; returns the member's id.
    pub async fn enters(&mut self, owner: &Self, link: &Link, name: &str) -> u64 {
        let knock = self.knocks(link, name).await;
        owner.lets_in(link, &knock).await;
        self.gets(&link.path).await.is(200).json["member"]["id"].as_u64().unwrap()
    }

    /// Decides on a link's only knock, without naming it.
    pub async fn says_to_the_only_one(&self, link: &Link, approve: bool) -> super::Reply {
        self.posts("/v1/approval", json!({"link_url": link.url, "approve": approve})).await
    }
}
