//! SEC-060: every operation, asked for by everybody; each has its row, and whoever has no business there learns and changes nothing.

use std::collections::BTreeSet;

use crate::asking::{Ask, bare, nothing_here, sends};
use crate::rows::{Row, rows};
use crate::scene::{MARKS, Names, Scene, UNKNOWN, Who, absent, malformed};
use crate::world::contract::DOCUMENT;
use crate::world::{Person, Reply};

/// The ways in which this person can make this request: with a header, and where there is a field for it, with that.
fn ways(row: &Row, names: &Names, person: &Person) -> Vec<(Ask, Person)> {
    let ask = (row.ask)(names);
    let mut ways = vec![(ask.clone(), person.clone())];
    if let (Some(field), Some(credential)) = (row.field, &person.credential) {
        ways.push((ask.naming(field, credential), person.nobody()));
    }
    ways
}

#[track_caller]
fn check(reply: &Reply, expected: u16, nothing: &str, place: &str) {
    assert_eq!(reply.status, expected, "{place}: {}", reply.text);
    match expected {
        404 => assert_eq!(bare(reply), nothing, "{place}: it is another 404"),
        403 => assert_eq!(reply.json["code"], "not_allowed", "{place}"),
        _ => {}
    }
    if expected == 404 || expected == 403 {
        assert!(MARKS.iter().all(|mark| !reply.text.contains(mark)), "{place} tells: {}", reply.text);
    }
}

#[test]
fn sec_060_every_operation_has_a_row() {
    let table = rows();
    let stated: BTreeSet<&str> = table.iter().map(|row| row.operation).collect();
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let documented: BTreeSet<&str> = items.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let missing: Vec<_> = documented.difference(&stated).collect();
    assert!(missing.is_empty(), "say in rows.rs what everybody gets of {missing:?}");
    let gone: Vec<_> = stated.difference(&documented).collect();
    assert!(gone.is_empty(), "there is no {gone:?}");
}

/// The row asks for the operation that it says it does.
#[test]
fn sec_060_every_row_is_of_its_operation() {
    for row in rows() {
        let ask = (row.ask)(&absent());
        let (_, operation) = crate::world::contract::operation(ask.method, &ask.path).unwrap_or_else(|| panic!("{ask:?} is no operation"));
        assert_eq!(operation["operationId"], row.operation);
    }
}

async fn refusals(scene: &Scene, expected: fn(&Row) -> [u16; 12]) {
    let nothing = nothing_here(&scene.world).await;
    let before = scene.as_owner_sees().await;
    for row in rows() {
        for (who, status) in Who::ALL.into_iter().zip(expected(&row)).filter(|(_, status)| *status >= 400) {
            for (ask, person) in ways(&row, &scene.real(), scene.person(who)) {
                let reply = sends(ask.by(&person)).await;
                check(&reply, status, &nothing, &format!("{} by {who:?}: {} {}", row.operation, ask.method, ask.path));
            }
        }
    }
    assert_eq!(scene.as_owner_sees().await, before, "a call that was refused changed something");
}

/// What is allowed is: each in a world of its own, where it may change something.
async fn successes(admission: &str, expected: fn(&Row) -> [u16; 12]) {
    let reading = Scene::opens_so(admission).await;
    for row in rows() {
        for (who, status) in Who::ALL.into_iter().zip(expected(&row)).filter(|(_, status)| *status < 400) {
            let changes = (row.ask)(&absent()).method != "GET" || row.operation == "exchange_link";
            let own = if changes && !row.is_public() { Some(Scene::opens_so(admission).await) } else { None };
            let scene = own.as_ref().unwrap_or(&reading);
            for (ask, person) in ways(&row, &scene.real(), scene.person(who)).into_iter().rev() {
                let reply = sends(ask.by(&person)).await;
                assert_eq!(reply.status, status, "{} by {who:?}: {}", row.operation, reply.text);
            }
        }
    }
}

#[tokio::test]
async fn sec_060_every_operation_is_refused_to_strangers() {
    refusals(&Scene::opens().await, |row| row.knock).await;
}

#[tokio::test]
async fn sec_060_every_operation_is_refused_to_strangers_in_an_open_chat() {
    refusals(&Scene::opens_so("open").await, |row| row.open).await;
}

#[tokio::test]
async fn sec_060_everybody_may_do_what_is_theirs() {
    successes("knock", |row| row.knock).await;
}

#[tokio::test]
async fn sec_060_everybody_may_do_what_is_theirs_in_an_open_chat() {
    successes("open", |row| row.open).await;
}

#[tokio::test]
async fn sec_060_what_never_was_is_the_same_404_for_everybody() {
    let scene = Scene::opens().await;
    let nothing = nothing_here(&scene.world).await;
    for row in rows().iter().filter(|row| !row.is_public()) {
        for names in malformed().into_iter().chain([absent()]) {
            for who in Who::ALL {
                for (ask, person) in ways(row, &names, scene.person(who)) {
                    let reply = sends(ask.by(&person)).await;
                    check(&reply, 404, &nothing, &format!("{} by {who:?}: {} {}", row.operation, ask.method, ask.path));
                }
            }
        }
    }
}

#[tokio::test]
async fn sec_060_what_never_was_in_a_chat_is_that_404_for_its_owner_too() {
    let scene = Scene::opens().await;
    let nothing = nothing_here(&scene.world).await;
    let owner = scene.person(Who::Owner);
    for member in ["2", "99", "0", "x", "01", "%2B4", "4294967296", "%ff"] {
        let reply = owner.deletes(&format!("{}/members/{member}", scene.chat.path)).await;
        check(&reply, 404, &nothing, &format!("member {member}"));
    }
    for knock in [UNKNOWN, "x", "", "00000000-0000-0000-0000-000000000000"] {
        let names = Names { knock: knock.into(), ..scene.real() };
        let rows = rows();
        let decide = rows.iter().find(|row| row.operation == "decide_knocks").unwrap();
        let reply = sends((decide.ask)(&names).by(owner)).await;
        check(&reply, 404, &nothing, &format!("knock {knock:?}"));
    }
}

/// A guest's own calls serve the guest alone: with another link's credential, another chat's, or with what the owner sees of the knock, there is nothing.
#[tokio::test]
async fn sec_060_a_guests_calls_are_for_that_links_guest() {
    let scene = Scene::opens().await;
    let nothing = nothing_here(&scene.world).await;
    let (owner, mut elsewhere) = (scene.person(Who::Owner), scene.world.person());
    let other = owner.shares(&scene.chat).await;
    let knock = elsewhere.knocks(&other, "Elsewhere").await;
    let before = scene.as_owner_sees().await;
    let foreign = [knock.client, knock.id, scene.pending.id.clone(), scene.person(Who::OtherMember).credential.clone().unwrap()];
    for row in rows().iter().filter(|row| !row.is_public()) {
        for credential in &foreign {
            for (ask, person) in ways(row, &scene.real(), &scene.world.person().showing(credential)) {
                let reply = sends(ask.by(&person)).await;
                check(&reply, 404, &nothing, &format!("{} {}", row.operation, ask.path));
            }
        }
    }
    assert_eq!(scene.as_owner_sees().await, before);
}
