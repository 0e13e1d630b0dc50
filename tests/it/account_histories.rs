//! Apply equals refetch, for accounts: the state of the stream, with the events since, equals what is read now; over random histories of their chats.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::account_view::{Account, ChatView};
use crate::support::{Person, TestServer, seconds};

const HISTORIES: u64 = 8;
const MOST_HISTORIES: u64 = 40;
const STEPS: usize = 120;
const NAMES: [&str; 4] = ["ana", "ben", "cleo", "dora"];

struct History {
    random: StdRng,
    server: TestServer,
    accounts: Vec<Account>,
    groups: u64,
    links: Vec<(usize, String)>,
}

impl History {
    async fn begin(seed: u64) -> Self {
        let server = TestServer::with(&["--rate-factor", "0"]).await;
        let mut people = Vec::new();
        for name in NAMES {
            let person = server.account(name).await;
            person.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
            people.push(person);
        }
        let mut accounts = Vec::new();
        for person in people {
            accounts.push(Account::enter(person).await);
        }
        Self { random: StdRng::seed_from_u64(seed), server, accounts, groups: 0, links: Vec::new() }
    }

    fn pick(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    /// Returns a chat that an account knows of this kind, with its id.
    fn some_chat(&mut self, who: usize, kinds: &[&str]) -> Option<(String, ChatView)> {
        let known: Vec<_> = self.accounts[who].chats.iter().filter(|(_, chat)| kinds.iter().any(|kind| chat.item["kind"] == *kind)).collect();
        let known: Vec<_> = known.into_iter().map(|(id, chat)| (id.clone(), chat.clone())).collect();
        if known.is_empty() { None } else { Some(known[self.pick(known.len())].clone()) }
    }

    async fn step(&mut self) {
        self.server.clock.advance(seconds(1));
        let (who, other) = (self.pick(NAMES.len()), NAMES[self.pick(NAMES.len())]);
        let person = self.accounts[who].person.clone();
        match self.pick(20) {
            0..=3 => self.posts(who, &person).await,
            4 | 5 => drop(person.writes(other, "Hello").await),
            6 | 7 => self.changes_message(who, &person).await,
            8 => self.founds(&person, other).await,
            9 => self.in_a_group(who, &person, |path| (format!("{path}/members"), json!({"username": other}))).await,
            10 => self.removes(who, &person).await,
            11 => self.gives_role(who, &person, other).await,
            12 => self.shares(who).await,
            13 | 14 => self.knocks(&person).await,
            15 | 16 => self.decides(who, &person).await,
            17 => self.ends(who, &person).await,
            18 => self.updates(who, &person).await,
            _ => self.accounts[who].reconnects().await,
        }
    }

    async fn posts(&mut self, who: usize, person: &Person) {
        if let Some((id, _)) = self.some_chat(who, &["link", "direct", "group"]) {
            person.posts(&format!("/v1/chats/{id}"), json!({"text": "Hello"})).await;
        }
    }

    async fn changes_message(&mut self, who: usize, person: &Person) {
        let Some((id, chat)) = self.some_chat(who, &["link", "direct", "group"]) else { return };
        let Some(seq) = chat.messages.keys().last() else { return };
        let path = format!("/v1/chats/{id}/messages/{seq}");
        match self.pick(3) {
            0 => drop(person.patches(&path, json!({"text": format!("Edited {seq}")})).await),
            1 => drop(person.deletes(&path).await),
            _ => drop(person.puts_bare(&format!("{path}/reactions/%F0%9F%91%8D")).await),
        }
    }

    async fn founds(&mut self, person: &Person, other: &str) {
        self.groups += 1;
        let history = if self.pick(2) == 0 { "all" } else { "since_join" };
        let admission = ["invite", "knock", "open"][self.pick(3)];
        let body = json!({"name": format!("group-{}", self.groups), "members": [other], "history": history, "admission": admission});
        person.posts("/v1/groups", body).await;
    }

    async fn in_a_group(&mut self, who: usize, person: &Person, request: impl Fn(&str) -> (String, Value)) {
        if let Some((_, chat)) = self.some_chat(who, &["group"]) {
            let (path, body) = request(&format!("/v1/groups/{}", chat.item["group"]["name"].as_str().unwrap()));
            person.posts(&path, body).await;
        }
    }

    async fn removes(&mut self, who: usize, person: &Person) {
        if let Some((id, chat)) = self.some_chat(who, &["group", "link"]) {
            let members: Vec<u64> = chat.members.keys().copied().collect();
            let member = members[self.pick(members.len())];
            person.deletes(&format!("/v1/chats/{id}/members/{member}")).await;
        }
    }

    async fn gives_role(&mut self, who: usize, person: &Person, other: &str) {
        let role = ["admin", "member", "owner"][self.pick(3)];
        if let Some((_, chat)) = self.some_chat(who, &["group"]) {
            let path = format!("/v1/groups/{}/members/{other}", chat.item["group"]["name"].as_str().unwrap());
            person.patches(&path, json!({"role": role})).await;
        }
    }

    /// Creates a chat, or a link of one that is there.
    async fn shares(&mut self, who: usize) {
        let expires_in = if self.pick(2) == 0 { 60 } else { 3_600 };
        let mut person = self.accounts[who].person.clone();
        let chat = match self.some_chat(who, &["link", "group"]) {
            Some((_, chat)) if self.pick(2) == 0 => chat.item["chat_url"].clone(),
            _ => json!(person.creates(json!({"expires_in": expires_in})).await.url),
        };
        let auto_approve = self.pick(3) == 0;
        let link = person.posts("/v1/links", json!({"chat_url": chat, "auto_approve": auto_approve})).await;
        if link.status == 201 {
            self.links.push((who, format!("/v1/links/{}", link.json["link_id"].as_str().unwrap())));
        }
    }

    /// Knocks on a link or at a group, or withdraws.
    async fn knocks(&mut self, person: &Person) {
        let group = 1 + self.pick(1 + usize::try_from(self.groups).unwrap());
        let paths = [format!("/v1/groups/group-{group}/knocks"), format!("/v1/groups/group-{group}/members")];
        let path = match self.links.len() {
            0 => paths[0].clone(),
            links => {
                let (link, which) = (self.pick(links), self.pick(3));
                paths.get(which).cloned().unwrap_or_else(|| format!("{}/knocks", self.links[link].1))
            }
        };
        let knocked = person.posts(&path, json!({})).await;
        if path.ends_with("knocks") && self.pick(4) == 0 && knocked.json["status"] == "pending" {
            person.deletes(&if path.starts_with("/v1/groups") { format!("{path}/mine") } else { format!("{path}/{}", id_of(&knocked.json)) }).await;
        }
    }

    async fn decides(&mut self, who: usize, person: &Person) {
        let waiting: Vec<_> =
            self.accounts[who].chats.values().filter_map(|chat| Some((chat.item["chat_url"].clone(), chat.knocks.first()?.clone()))).collect();
        if !waiting.is_empty() {
            let (chat, knock) = waiting[self.pick(waiting.len())].clone();
            let approve = self.pick(3) > 0;
            person.posts("/v1/approval", json!({"chat_url": chat, "knock_id": knock, "approve": approve})).await;
        }
    }

    /// Clears or closes a chat, or revokes a link and evicts those whom it let in.
    async fn ends(&mut self, who: usize, person: &Person) {
        let own: Vec<String> = self.links.iter().filter(|(owner, _)| *owner == who).map(|(_, link)| link.clone()).collect();
        if !own.is_empty() && self.pick(2) == 0 {
            person.deletes(&format!("{}?evict=true", own[self.pick(own.len())])).await;
        } else if let Some((id, _)) = self.some_chat(who, &["direct", "group", "link"]) {
            person.deletes(&format!("/v1/chats/{id}")).await;
        }
    }

    async fn updates(&mut self, who: usize, person: &Person) {
        let title = [json!(null), json!("A title"), json!("Another title")][self.pick(3)].clone();
        if let Some((id, _)) = self.some_chat(who, &["group", "link"]) {
            person.patches(&format!("/v1/chats/{id}"), json!({"title": title})).await;
        }
    }
}

fn id_of(exchange: &Value) -> &str {
    exchange["knock_id"].as_str().unwrap()
}

/// What the events of the histories are to have among them: what an account can meet.
fn everything() -> BTreeSet<String> {
    let reasons = ["left", "removed", "evicted", "closed", "expired", "cleared"].map(|reason| format!("chat_removed {reason}"));
    let names =
        ["chat_added", "message", "message_edited", "message_deleted", "reaction", "member_updated", "knock", "knock_decided", "chat_updated"];
    names.map(str::to_owned).into_iter().chain(reasons).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_lead_from_the_state_to_the_state() {
    let (mut met, expected) = (BTreeSet::new(), everything());
    // The order of the chats is that of their random ids: one history more or less may be what meets the rarest event.
    for seed in 0..MOST_HISTORIES {
        if seed >= HISTORIES && met.is_superset(&expected) {
            break;
        }
        let mut history = History::begin(seed).await;
        for step in 0..STEPS {
            history.step().await;
            if step % 8 == 7 {
                for account in &mut history.accounts {
                    account.catches_up().await;
                }
            }
        }
        met.extend(history.accounts.iter().flat_map(|account| account.met.clone()));
    }
    assert!(met.is_superset(&expected), "the histories have everything: {:?}", expected.difference(&met));
}
