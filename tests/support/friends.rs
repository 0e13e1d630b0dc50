//! What people with accounts do with each other: ask, answer, become friends, block.

use reqwest::Method;
use serde_json::{Value, json};

use super::event_stream::{Event, EventStream};
use super::person::text as text_of;
use super::{Chat, Person, Reply};

impl Person {
    /// Tries to send a friend request.
    pub async fn asks(&self, username: &str) -> Reply {
        self.posts("/v1/friend-requests", json!({"username": username})).await
    }

    /// Sends a friend request; returns its id.
    pub async fn sends_request(&self, username: &str) -> String {
        text_of(&self.asks(username).await.is(201).json, "id")
    }

    /// Answers a friend request with this status.
    pub async fn answers(&self, request: &str, status: &str) -> Reply {
        self.patches(&format!("/v1/friend-requests/{request}"), json!({"status": status})).await
    }

    /// Withdraws a friend request.
    pub async fn takes_back(&self, request: &str) -> Reply {
        self.deletes(&format!("/v1/friend-requests/{request}")).await
    }

    /// Asks somebody to be friends, who accepts.
    pub async fn befriends(&self, other: &Person, username: &str) {
        let request = self.sends_request(username).await;
        other.answers(&request, "accepted").await.is(200);
    }

    pub async fn unfriends(&self, username: &str) {
        self.deletes(&format!("/v1/friends/{username}")).await.is(204);
    }

    pub async fn blocks(&self, username: &str) {
        self.sends(self.request(Method::PUT, &format!("/v1/blocks/{username}"))).await.is(204);
    }

    pub async fn unblocks(&self, username: &str) {
        self.deletes(&format!("/v1/blocks/{username}")).await.is(204);
    }

    /// Returns an account as this person sees it.
    pub async fn looks_up(&self, username: &str) -> Value {
        self.gets(&format!("/v1/users/{username}")).await.is(200).json
    }

    /// Returns the items of a list.
    pub async fn lists(&self, path: &str) -> Vec<Value> {
        self.gets(path).await.is(200).json["items"].as_array().unwrap().clone()
    }

    /// Opens the stream of the account, and returns its state.
    pub async fn follows_me(&self) -> (EventStream, Event) {
        let mut stream = self.hears("/v1/me/events").await;
        let state = stream.expect("state").await;
        (stream, state)
    }
}

/// A direct chat, as one of the two uses it.
impl Person {
    /// Tries to write to an account.
    pub async fn writes(&self, username: &str, text: &str) -> Reply {
        self.posts("/v1/messages", json!({"to": format!("@{username}"), "text": text})).await
    }

    /// Writes to an account; returns the chat.
    pub async fn begins(&self, username: &str, text: &str) -> Chat {
        let message = self.writes(username, text).await.is(201).json;
        let path = format!("/v1/chats/{}", message["chat_id"].as_str().unwrap());
        let json = self.gets(&format!("{path}?limit=1")).await.is(200).json["chat"].clone();
        Chat { id: text_of(&json, "chat_id"), url: text_of(&json, "chat_url"), path, author: String::new(), json }
    }
}
