//! Groups: what strangers, former members and each role may not do.

use reqwest::Method;
use serde_json::json;

use crate::requests::{Ask, bare, sends};
use crate::support::{Person, TestServer};

/// A group of Ana's with an admin, a member, one who left and one who was removed, and a stranger.
struct Scene {
    _server: TestServer,
    chat: String,
    owner: Person,
    admin: Person,
    member: Person,
    outside: Vec<Person>,
}

impl Scene {
    async fn set() -> Self {
        let server = TestServer::with(&["--rate-factor", "0"]).await;
        let mut people = Vec::new();
        for name in ["ana", "ben", "cleo", "dora", "emil", "finn"] {
            let person = server.account(name).await;
            person.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
            people.push(person);
        }
        let [ana, ben, cleo, dora, emil, finn] = <[Person; 6]>::try_from(people).unwrap();
        let body = json!({"name": "team-1", "members": ["ben", "cleo", "dora", "emil"]});
        let chat = ana.posts("/v1/groups", body).await.is(201).json["chat_id"].as_str().unwrap().to_owned();
        ana.patches("/v1/groups/team-1/members/ben", json!({"role": "admin"})).await.is(200);
        dora.deletes("/v1/groups/team-1/members/dora").await.is(204);
        ana.deletes("/v1/groups/team-1/members/emil").await.is(204);
        Self { _server: server, chat, owner: ana, admin: ben, member: cleo, outside: vec![dora, emil, finn] }
    }

    /// Returns what the owner sees of the group.
    async fn state(&self) -> String {
        let (card, members) = (self.owner.gets("/v1/groups/team-1").await.text, self.owner.gets("/v1/groups/team-1/members").await.text);
        format!("{card} {members}")
    }

    fn asks(&self) -> Vec<Ask> {
        let chat = |rest: &str| format!("/v1/chats/{}{rest}", self.chat);
        vec![
            Ask::get("/v1/groups/team-1".into()),
            Ask::patch("/v1/groups/team-1".into(), json!({"title": "x"})),
            Ask::delete("/v1/groups/team-1".into()),
            Ask::get("/v1/groups/team-1/members".into()),
            Ask::post("/v1/groups/team-1/members", json!({})),
            Ask::post("/v1/groups/team-1/knocks", json!({})),
            Ask::get("/v1/groups/team-1/knocks/mine".into()),
            Ask::delete("/v1/groups/team-1/knocks/mine".into()),
            Ask::post("/v1/groups/team-1/members", json!({"username": "finn"})),
            Ask::patch("/v1/groups/team-1/members/cleo".into(), json!({"role": "admin"})),
            Ask::delete("/v1/groups/team-1/members/cleo".into()),
            Ask::post("/v1/messages", json!({"to": "#team-1", "text": "Hello"})),
            Ask::get(chat("")),
            Ask::post(chat(""), json!({"text": "Hello"})),
            Ask::get(chat("/events")),
            Ask::get(chat("/knocks")),
            Ask::post("/v1/links", json!({"chat_url": self.chat})),
            Ask::patch(chat("/members/3"), json!({"role": "admin"})),
            Ask::delete(chat("/members/3")),
        ]
    }
}

/// A group by invitation is there for its members alone: everybody else gets the 404 of a group that never was.
#[tokio::test]
async fn sec_156_a_group_by_invitation_is_known_to_its_members_alone() {
    let scene = Scene::set().await;
    let before = scene.state().await;
    for person in &scene.outside {
        let nothing = bare(&person.gets("/v1/groups/no-such-group").await.is_problem(404, "not_found"));
        for ask in scene.asks() {
            assert_eq!(bare(&sends(ask.by(person)).await.is(404)), nothing, "{ask:?}");
        }
        assert!(person.lists("/v1/groups").await.is_empty());
    }
    assert_eq!(scene.state().await, before);
    scene.outside[2].posts("/v1/groups", json!({"name": "Team-1"})).await.is_problem(409, "group_name_taken");
}

/// SEC-060: each right belongs to the roles that the table names.
#[tokio::test]
async fn sec_060_each_role_in_a_group_has_its_rights_and_no_others() {
    let scene = Scene::set().await;
    let chat = |rest: &str| format!("/v1/chats/{}{rest}", scene.chat);
    // The statuses for owner, admin and member.
    let rows = [
        (Ask::post(chat(""), json!({"text": "Hello"})), [201, 201, 201]),
        (Ask::put(chat("/mute")), [204, 204, 204]),
        (Ask::get(chat("/knocks")), [200, 200, 403]),
        (Ask::get(chat("/links")), [200, 200, 403]),
        (Ask::get(chat("/activity?log=door")), [200, 200, 403]),
        (Ask::post("/v1/links", json!({"chat_url": scene.chat})), [201, 201, 403]),
        (Ask::post("/v1/groups/team-1/members", json!({"username": "finn"})), [201, 200, 403]),
        (Ask::patch("/v1/groups/team-1".into(), json!({"title": "x"})), [200, 200, 403]),
        (Ask::patch("/v1/groups/team-1".into(), json!({"description": "x"})), [200, 200, 403]),
        (Ask::patch("/v1/groups/team-1".into(), json!({"history": "all"})), [200, 200, 403]),
        (Ask::patch("/v1/groups/team-1".into(), json!({"admission": "invite"})), [200, 200, 403]),
        (Ask::patch("/v1/groups/team-1".into(), json!({"expires_in": null})), [200, 403, 403]),
        (Ask::patch("/v1/groups/team-1".into(), json!({"name": "team-1"})), [200, 403, 403]),
        (Ask::patch("/v1/groups/team-1/members/finn".into(), json!({"role": "member"})), [200, 403, 403]),
        (Ask::delete("/v1/groups/team-1/members/ana".into()), [0, 409, 403]),
        (Ask::delete("/v1/groups/team-1/members/finn".into()), [204, 404, 403]),
        (Ask::delete("/v1/groups/team-1".into()), [0, 403, 403]),
    ];
    for (ask, statuses) in rows {
        for (person, status) in [&scene.owner, &scene.admin, &scene.member].into_iter().zip(statuses).filter(|(_, status)| *status != 0) {
            let reply = sends(ask.by(person)).await;
            assert!(reply.status == status, "{ask:?}: {} instead of {status}: {}", reply.status, reply.text);
        }
    }
    let muted = scene.member.request(Method::DELETE, &chat("/mute"));
    scene.member.sends(muted).await.is(204);
}
