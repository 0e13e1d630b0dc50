//! A chat with every kind of caller around it: members, guests, former members, people of other chats.

use serde_json::{Value, json};

use crate::support::{Browser, Chat, Knock, Link, Person, StreamPath, TestServer};

/// A credential that was never issued.
pub(crate) const UNKNOWN: &str = "3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f";

/// A kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    Stranger,
    Garbage,
    Pending,
    Declined,
    Withdrawn,
    Removed,
    Left,
    OtherOwner,
    OtherMember,
    Guest,
    Owner,
}

impl Who {
    /// All kinds, in the order of the matrix's columns.
    pub(crate) const ALL: [Self; 12] = [
        Self::Nobody,
        Self::Stranger,
        Self::Garbage,
        Self::Pending,
        Self::Declined,
        Self::Withdrawn,
        Self::Removed,
        Self::Left,
        Self::OtherOwner,
        Self::OtherMember,
        Self::Guest,
        Self::Owner,
    ];
}

/// The ids that a request names.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) chat: String,
    pub(crate) link: String,
    pub(crate) knock: String,
    pub(crate) member: u64,
    pub(crate) message: u64,
    pub(crate) webhook: String,
    pub(crate) push: String,
}

/// A chat with people around it.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) server: TestServer,
    pub(crate) chat: Chat,
    pub(crate) link: Link,
    pub(crate) pending: Knock,
    webhook: String,
    push: String,
    people: Vec<Person>,
}

/// The chat's title, its owner's name, its messages: none of it is visible to strangers.
pub(crate) const MARKS: [&str; 5] = ["marked-title", "marked-owner", "marked-words", "marked-guest", "marked-label"];

impl Fixture {
    /// Creates a chat with knocking.
    pub(crate) async fn opens() -> Self {
        Self::on(StreamPath::Fanout).await
    }

    /// Creates a chat with knocking on a server that writes streams this way.
    pub(crate) async fn on(path: StreamPath) -> Self {
        Self::on_so(path, "knock").await
    }

    /// Creates a chat with this admission; in an open one, guests are members.
    pub(crate) async fn on_so(path: StreamPath, admission: &str) -> Self {
        let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
        let mut owner = server.person();
        let chat = owner.creates(json!({"name": MARKS[1], "title": MARKS[0]})).await;
        let link = owner.shares_so(&chat, json!({"label": MARKS[4]})).await;
        let guests = knock(&server, &link, ["Removed", "Left", MARKS[3], "Declined", "Withdrawn", "Pending"]).await;
        for (_, knock) in &guests[..3] {
            owner.lets_in(&link, knock).await;
        }
        owner.declines(&link, &guests[3].1).await;
        guests[4].0.deletes(&format!("{}/knocks/{}", link.path, guests[4].1.id)).await.is(204);
        owner.says(&chat, MARKS[2]).await;
        let hook = owner.hooks_so(&chat, json!({"url": "https://example.org/hook", "events": ["knock"]})).await;
        let webhook = hook.json["id"].as_str().unwrap().to_owned();
        let push = guests[2].0.subscribes_in(&Browser::at("https://web.push.apple.com/guest".into()), &chat).await["id"].as_str().unwrap().to_owned();
        guests[1].0.removes(&chat, 3).await.is(204);
        if admission == "open" {
            owner.patches(&chat.path, json!({"admission": "open"})).await.is(200);
        } else {
            owner.removes(&chat, 2).await.is(204);
        }
        let (other_owner, other_member) = elsewhere(&server).await;
        let [removed, left, guest, declined, withdrawn, pending] = guests;
        let people = vec![
            server.person(),
            server.person().showing(UNKNOWN),
            server.person().showing("not-a-credential"),
            pending.0,
            declined.0,
            withdrawn.0,
            removed.0,
            left.0,
            other_owner,
            other_member,
            guest.0,
            owner,
        ];
        Self { server, chat, link, pending: pending.1, webhook, push, people }
    }

    /// Returns the person of this kind.
    pub(crate) fn person(&self, who: Who) -> &Person {
        &self.people[Who::ALL.iter().position(|one| *one == who).unwrap()]
    }

    /// Returns the ids that exist. The member is the guest, the message is the owner's.
    pub(crate) fn real(&self) -> Names {
        Names {
            chat: self.chat.id.clone(),
            link: self.link.id.clone(),
            knock: self.pending.id.clone(),
            member: 4,
            message: 5,
            webhook: self.webhook.clone(),
            push: self.push.clone(),
        }
    }

    /// Returns everything that the owner can see.
    pub(crate) async fn as_owner_sees(&self) -> Value {
        let owner = self.person(Who::Owner);
        let mut seen = Vec::new();
        for part in ["", "/members", "/receipts", "/links", "/webhooks", "/knocks", "/activity?limit=200", "/activity?log=door&limit=200"] {
            seen.push(owner.gets(&format!("{}{part}", self.chat.path)).await.is(200).json);
        }
        json!(seen)
    }
}

/// Returns ids that never existed.
pub(crate) fn absent() -> Names {
    Names {
        chat: "Q".repeat(42) + "A",
        link: "Q".repeat(26) + "A",
        knock: UNKNOWN.into(),
        member: 4,
        message: 5,
        webhook: UNKNOWN.into(),
        push: UNKNOWN.into(),
    }
}

/// Returns ids that are malformed.
pub(crate) fn malformed() -> Vec<Names> {
    let of = |chat: &str, link: &str, id: &str| Names {
        chat: chat.into(),
        link: link.into(),
        knock: id.into(),
        member: 0,
        message: 0,
        webhook: id.into(),
        push: id.into(),
    };
    vec![
        of("x", "x", "x"),
        of(&"A".repeat(44), &"A".repeat(28), &"A".repeat(36)),
        of("%00", "%00", "%00"),
        of("%ff", "%fe", "%c0%80"),
        of("%2F%2F", "%20", "0"),
    ]
}

/// Knocks as a guest with each of these names.
async fn knock<const COUNT: usize>(server: &TestServer, link: &Link, names: [&str; COUNT]) -> [(Person, Knock); COUNT] {
    let mut guests = Vec::new();
    for name in names {
        let mut guest = server.person();
        let knock = guest.knocks(link, name).await;
        guests.push((guest, knock));
    }
    guests.try_into().unwrap()
}

/// Returns another chat's owner and member.
async fn elsewhere(server: &TestServer) -> (Person, Person) {
    let (mut owner, mut member) = (server.person(), server.person());
    let chat = owner.creates_a_chat().await;
    let link = owner.shares(&chat).await;
    let knock = member.knocks(&link, "Otti").await;
    owner.lets_in(&link, &knock).await;
    (owner, member)
}
