//! The access matrix: what every operation answers to every kind of caller.

use serde_json::json;

use crate::fixture::Names;
use crate::requests::Ask;
use crate::support::Browser;

/// An operation, one way to call it, and the status for each of `Who::ALL`. 404 is the uniform one, 403 is `not_allowed`.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) operation: &'static str,
    pub(crate) ask: fn(&Names) -> Ask,
    /// The field that also accepts the credential.
    pub(crate) field: Option<&'static str>,
    /// In a chat with knocking.
    pub(crate) knock: [u16; 12],
    /// In an open chat, in which the last guests and those let in are all members.
    pub(crate) open: [u16; 12],
}

impl Row {
    const fn of(operation: &'static str, ask: fn(&Names) -> Ask, knock: [u16; 12], open: [u16; 12]) -> Self {
        Self { operation, ask, field: None, knock, open }
    }

    const fn naming(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// Returns true if every caller gets the same status, since it names no chat.
    pub(crate) fn is_public(&self) -> bool {
        self.knock.iter().all(|status| *status == self.knock[0]) && self.knock[0] != 404
    }
}

/// For members only.
const fn inside(guest: u16, owner: u16) -> [u16; 12] {
    [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, guest, owner]
}

/// For the members of an open chat; `nobody` is for callers without a credential.
const fn open(nobody: u16, member: u16, owner: u16) -> [u16; 12] {
    [nobody, 404, 404, member, 404, 404, member, 404, 404, 404, member, owner]
}

/// For guests of this link: `nobody` is for callers without a credential, and the owner did not knock.
const fn knocked(nobody: u16, guest: u16, owner: u16) -> [u16; 12] {
    [nobody, 404, 404, guest, guest, guest, 404, 404, 404, 404, guest, owner]
}

/// The same in an open chat, from which members cannot be removed.
const fn knocked_open(nobody: u16, guest: u16, owner: u16) -> [u16; 12] {
    [nobody, 404, 404, guest, guest, guest, guest, 404, 404, 404, guest, owner]
}

/// Returns all rows; an operation may have several.
pub(crate) fn rows() -> Vec<Row> {
    [
        of_chats(),
        of_messages(),
        of_members(),
        of_receipts(),
        of_presence(),
        of_links(),
        of_webhooks(),
        of_push(),
        of_knocks(),
        of_streams(),
        of_the_program(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn chat(names: &Names, rest: &str) -> String {
    format!("/v1/chats/{}{rest}", names.chat)
}

fn link(names: &Names, rest: &str) -> String {
    format!("/v1/links/{}{rest}", names.link)
}

fn of_chats() -> Vec<Row> {
    let read = inside(200, 200);
    vec![
        Row::of("read_chat", |n| Ask::get(chat(n, "")), read, open(200, 200, 200)),
        Row::of("read_chat", |n| Ask::get(chat(n, "/?limit=1&before=9")), read, open(200, 200, 200)),
        Row::of("post_message", |n| Ask::post(chat(n, ""), json!({"text": "Hello"})), inside(201, 201), open(201, 201, 201)).naming("user_id"),
        Row::of("update_chat", |n| Ask::patch(chat(n, ""), json!({"title": "New"})), inside(403, 200), open(404, 403, 200)),
        Row::of("update_chat", |n| Ask::patch(chat(n, ""), json!({"admission": "knock"})), inside(403, 200), open(404, 403, 200)),
        Row::of("close_chat", |n| Ask::delete(chat(n, "")), inside(403, 204), open(404, 403, 204)),
        Row::of("mute_chat", |n| Ask::put(chat(n, "/mute")), inside(204, 204), open(404, 204, 204)),
        Row::of("unmute_chat", |n| Ask::delete(chat(n, "/mute")), inside(204, 204), open(404, 204, 204)),
        Row::of("read_activity", |n| Ask::get(chat(n, "/activity")), read, open(200, 200, 200)),
        Row::of("read_activity", |n| Ask::get(chat(n, "/activity?log=door")), inside(403, 200), open(404, 403, 200)),
        Row::of("export_chat", |n| Ask::get(chat(n, "/export")), read, open(200, 200, 200)),
        Row::of("report_chat", |n| Ask::post(chat(n, "/reports"), json!({"reason": "Rude"})), inside(201, 201), open(404, 201, 201)),
    ]
}

fn message(names: &Names, rest: &str) -> String {
    chat(names, &format!("/messages/{}{rest}", names.message))
}

fn of_messages() -> Vec<Row> {
    vec![
        Row::of("read_message", |n| Ask::get(message(n, "")), inside(200, 200), open(200, 200, 200)),
        Row::of("edit_message", |n| Ask::patch(message(n, ""), json!({"text": "New"})), inside(403, 200), open(404, 403, 200)),
        Row::of("delete_message", |n| Ask::delete(message(n, "")), inside(403, 204), open(404, 403, 204)),
        Row::of("add_reaction", |n| Ask::put(message(n, "/reactions/👍")), inside(204, 204), open(404, 204, 204)),
        Row::of("remove_reaction", |n| Ask::delete(message(n, "/reactions/👍")), inside(204, 204), open(404, 204, 204)),
    ]
}

fn of_members() -> Vec<Row> {
    let others = [404, 404, 404, 403, 404, 404, 403, 404, 404, 404, 204, 409];
    vec![
        Row::of("list_members", |n| Ask::get(chat(n, "/members")), inside(200, 200), open(200, 200, 200)),
        Row::of("update_member", |n| Ask::patch(chat(n, "/members/1"), json!({"role": "admin"})), inside(403, 403), open(404, 403, 403)),
        Row::of("remove_member", |n| Ask::delete(chat(n, "/members/1")), inside(403, 409), open(404, 403, 409)),
        Row::of("remove_member", |n| Ask::delete(chat(n, &format!("/members/{}", n.member))), inside(204, 204), others),
    ]
}

fn of_receipts() -> Vec<Row> {
    let (inside, open) = (inside(200, 200), open(404, 200, 200));
    vec![
        Row::of("move_receipt", |n| Ask::put_json(chat(n, "/receipt"), json!({"delivered": 5, "read": 4})), inside, open),
        Row::of("list_receipts", |n| Ask::get(chat(n, "/receipts")), inside, open),
        Row::of("list_receipts", |n| Ask::get(chat(n, "/receipts?limit=1")), inside, open),
        Row::of("list_message_receipts", |n| Ask::get(chat(n, "/messages/5/receipts")), inside, open),
    ]
}

fn of_presence() -> Vec<Row> {
    let (inside, open) = (inside(204, 204), open(404, 204, 204));
    vec![
        Row::of("set_typing", |n| Ask::post(chat(n, "/typing"), json!({"typing": true})), inside, open),
        Row::of("set_typing", |n| Ask::post(chat(n, "/typing"), json!({"typing": false})), inside, open),
    ]
}

fn of_links() -> Vec<Row> {
    vec![
        Row::of("list_links", |n| Ask::get(chat(n, "/links")), inside(403, 200), open(404, 403, 200)),
        Row::of("create_link", |n| Ask::post("/v1/links", json!({"chat_url": n.chat})), inside(403, 201), open(201, 201, 201)).naming("author_id"),
        Row::of("create_link", |n| Ask::post("/v1/links", json!({"chat_url": chat(n, "/")})), inside(403, 201), open(201, 201, 201)),
        Row::of("revoke_link", |n| Ask::delete(link(n, "")), inside(403, 204), open(404, 403, 204)),
        Row::of("revoke_link", |n| Ask::delete(link(n, "?evict=true")), inside(403, 204), open(404, 403, 409)),
    ]
}

fn of_webhooks() -> Vec<Row> {
    vec![
        Row::of("list_webhooks", |n| Ask::get(chat(n, "/webhooks")), inside(403, 200), open(404, 403, 200)),
        Row::of(
            "create_webhook",
            |n| Ask::post(chat(n, "/webhooks"), json!({"url": "https://example.org/hook", "events": ["knock"]})),
            inside(403, 201),
            open(404, 403, 201),
        ),
        Row::of("delete_webhook", |n| Ask::delete(chat(n, &format!("/webhooks/{}", n.webhook))), inside(403, 204), open(404, 403, 204)),
    ]
}

/// Subscribes a new browser.
fn subscription(field: &str, url: &str) -> Ask {
    let mut body = Browser::at("https://web.push.apple.com/device".into()).json();
    body[field] = json!(url);
    Ask::post("/v1/push/subscriptions", body)
}

fn listed(field: &str, url: &str) -> Ask {
    Ask::get(format!("/v1/push/subscriptions?{field}={url}"))
}

fn of_push() -> Vec<Row> {
    let waiting = [404, 404, 404, 201, 404, 404, 404, 404, 404, 404, 201, 404];
    let open_waiting = [404, 404, 404, 201, 404, 404, 201, 404, 404, 404, 201, 404];
    let theirs = [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 204, 404];
    vec![
        Row::of("subscribe_to_push", |n| subscription("chat_url", &n.chat), inside(201, 201), open(404, 201, 201)),
        Row::of("subscribe_to_push", |n| subscription("link_url", &n.link), waiting, open_waiting),
        Row::of("list_push_subscriptions", |n| listed("chat_url", &n.chat), inside(200, 200), open(404, 200, 200)),
        Row::of("list_push_subscriptions", |n| listed("link_url", &n.link), knocked(404, 200, 404), knocked_open(404, 200, 404)),
        Row::of("delete_push_subscription", |n| Ask::delete(format!("/v1/push/subscriptions/{}", n.push)), theirs, theirs),
    ]
}

fn of_knocks() -> Vec<Row> {
    let mine = |status| [404, 404, 404, status, 404, 404, 404, 404, 404, 404, 404, 404];
    vec![
        Row::of("exchange_link", |n| Ask::get(link(n, "")), knocked(200, 200, 200), knocked_open(200, 200, 200)).naming("client_id"),
        Row::of("knock", |n| Ask::post(link(n, "/knocks"), json!({})), knocked(201, 200, 200), knocked_open(201, 200, 200)),
        Row::of("withdraw_knock", |n| Ask::delete(link(n, &format!("/knocks/{}", n.knock))), mine(204), mine(409)),
        Row::of("list_knocks", |n| Ask::get(chat(n, "/knocks")), inside(403, 200), open(404, 403, 200)),
        Row::of("list_knocks", |n| Ask::get(chat(n, "/knocks?status=pending")), inside(403, 200), open(404, 403, 200)),
        Row::of("read_approval", |n| Ask::get(format!("/v1/approval?link_url={}", n.link)), knocked(200, 200, 200), knocked_open(200, 200, 200))
            .naming("client_id"),
        Row::of("decide_knocks", |n| decision(n, "approve"), inside(403, 200), open(404, 403, 200)).naming("author_id"),
        Row::of("decide_knocks", |n| decision(n, "decline"), inside(403, 200), open(404, 403, 409)),
    ]
}

fn decision(names: &Names, verdict: &str) -> Ask {
    Ask::post("/v1/approval", json!({"link_url": names.link, "knock_ids": [names.knock], "approve": verdict == "approve"}))
}

fn of_streams() -> Vec<Row> {
    vec![
        Row::of("follow_chat", |n| Ask::get(chat(n, "/events")), inside(200, 200), open(200, 200, 200)),
        Row::of("follow_chat", |n| Ask::get(chat(n, "/events?after=0")), inside(200, 200), open(200, 200, 200)),
        Row::of("wait_for_decision", |n| Ask::get(link(n, "/events")), knocked(404, 200, 404), knocked_open(404, 200, 404)),
        Row::of("issue_ticket", |n| Ask::post("/v1/tickets", json!({"chat_id": n.chat})), inside(201, 201), open(201, 201, 201)),
        Row::of("issue_ticket", |n| Ask::post("/v1/tickets", json!({"chat_id": n.chat, "socket": true})), inside(201, 201), open(404, 201, 201)),
        Row::of("issue_ticket", |n| Ask::post("/v1/tickets", json!({"link_id": n.link})), knocked(404, 201, 404), knocked_open(404, 201, 404)),
    ]
}

fn of_the_program() -> Vec<Row> {
    vec![
        Row::of("open_chat", |_| Ask::post("/v1/chats", json!({})), [201; 12], [201; 12]),
        // A plain request; `socket.rs` has those of a WebSocket.
        Row::of("open_socket", |_| Ask::get("/v1/socket".into()), [426; 12], [426; 12]),
        Row::of("healthz", |_| Ask::get("/healthz".into()), [200; 12], [200; 12]),
        Row::of("readyz", |_| Ask::get("/readyz".into()), [200; 12], [200; 12]),
    ]
}
