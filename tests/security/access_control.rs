//! SEC-060: every operation, called by every kind of caller; each has its row, and unauthorized callers learn and change nothing.

use std::collections::BTreeSet;

use crate::access_matrix::{Row, rows};
use crate::account_matrix::{FOR_EVERYBODY, OF_ACCOUNTS};
use crate::fixture::{Fixture, MARKS, Names, UNKNOWN, Who, absent, malformed};
use crate::requests::{Ask, bare, nothing_here, sends};
use crate::support::openapi_check::DOCUMENT;
use crate::support::{Person, Reply, StreamPath, on_both_paths};

/// Returns the ways to send this request as this person: with the header, and with the credential field if there is one.
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
    let stated: BTreeSet<&str> =
        table.iter().map(|row| row.operation).chain(OF_ACCOUNTS.iter().map(|row| row.0)).chain(FOR_EVERYBODY.iter().map(|row| row.0)).collect();
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let documented: BTreeSet<&str> = items.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let missing: Vec<_> = documented.difference(&stated).collect();
    assert!(missing.is_empty(), "add rows to access_matrix.rs for {missing:?}");
    let gone: Vec<_> = stated.difference(&documented).collect();
    assert!(gone.is_empty(), "no such operation: {gone:?}");
}

/// Each row calls the operation that it names.
#[test]
fn sec_060_every_row_is_of_its_operation() {
    for row in rows() {
        let ask = (row.ask)(&absent());
        let (_, operation) = crate::support::openapi_check::operation(ask.method, &ask.path).unwrap_or_else(|| panic!("{ask:?} is no operation"));
        assert_eq!(operation["operationId"], row.operation);
    }
}

async fn refusals(fixture: &Fixture, expected: fn(&Row) -> [u16; 12]) {
    let nothing = nothing_here(&fixture.server).await;
    let before = fixture.as_owner_sees().await;
    for row in rows() {
        for (who, status) in Who::ALL.into_iter().zip(expected(&row)).filter(|(_, status)| *status >= 400) {
            for (ask, person) in ways(&row, &fixture.real(), fixture.person(who)) {
                let reply = sends(ask.by(&person)).await;
                check(&reply, status, &nothing, &format!("{} by {who:?}: {} {}", row.operation, ask.method, ask.path));
            }
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before, "a refused call changed something");
}

/// Sends every allowed call, each on its own server if it changes something.
async fn successes(path: StreamPath, admission: &str, expected: fn(&Row) -> [u16; 12]) {
    let reading = Fixture::on_so(path, admission).await;
    for row in rows() {
        for (who, status) in Who::ALL.into_iter().zip(expected(&row)).filter(|(_, status)| *status < 400) {
            let changes = (row.ask)(&absent()).method != "GET" || row.operation == "exchange_link";
            let own = if changes && !row.is_public() { Some(Fixture::on_so(path, admission).await) } else { None };
            let fixture = own.as_ref().unwrap_or(&reading);
            for (ask, person) in ways(&row, &fixture.real(), fixture.person(who)).into_iter().rev() {
                let reply = sends(ask.by(&person)).await;
                assert_eq!(reply.status, status, "{} by {who:?}: {}", row.operation, reply.text);
            }
        }
    }
}

async fn sec_060_every_operation_is_refused_to_strangers(path: StreamPath) {
    refusals(&Fixture::on(path).await, |row| row.knock).await;
}

async fn sec_060_every_operation_is_refused_to_strangers_in_an_open_chat(path: StreamPath) {
    refusals(&Fixture::on_so(path, "open").await, |row| row.open).await;
}

async fn sec_060_everybody_may_do_what_is_theirs(path: StreamPath) {
    successes(path, "knock", |row| row.knock).await;
}

async fn sec_060_everybody_may_do_what_is_theirs_in_an_open_chat(path: StreamPath) {
    successes(path, "open", |row| row.open).await;
}

async fn sec_060_what_never_was_is_the_same_404_for_everybody(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let nothing = nothing_here(&fixture.server).await;
    for row in rows().iter().filter(|row| !row.is_public()) {
        for names in malformed().into_iter().chain([absent()]) {
            for who in Who::ALL {
                for (ask, person) in ways(row, &names, fixture.person(who)) {
                    let reply = sends(ask.by(&person)).await;
                    check(&reply, 404, &nothing, &format!("{} by {who:?}: {} {}", row.operation, ask.method, ask.path));
                }
            }
        }
    }
}

async fn sec_060_what_never_was_in_a_chat_is_that_404_for_its_owner_too(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let nothing = nothing_here(&fixture.server).await;
    let owner = fixture.person(Who::Owner);
    for member in ["2", "99", "0", "x", "01", "%2B4", "4294967296", "%ff"] {
        let reply = owner.deletes(&format!("{}/members/{member}", fixture.chat.path)).await;
        check(&reply, 404, &nothing, &format!("member {member}"));
    }
    for knock in [UNKNOWN, "x", "", "00000000-0000-0000-0000-000000000000"] {
        let names = Names { knock: knock.into(), ..fixture.real() };
        let rows = rows();
        let decide = rows.iter().find(|row| row.operation == "decide_knocks").unwrap();
        let reply = sends((decide.ask)(&names).by(owner)).await;
        check(&reply, 404, &nothing, &format!("knock {knock:?}"));
    }
}

/// A guest's calls serve only that guest: another link's or chat's credential, or what the owner sees of the knock, yields nothing.
async fn sec_060_a_guests_calls_are_for_that_links_guest(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let nothing = nothing_here(&fixture.server).await;
    let (owner, mut elsewhere) = (fixture.person(Who::Owner), fixture.server.person());
    let other = owner.shares(&fixture.chat).await;
    let knock = elsewhere.knocks(&other, "Elsewhere").await;
    let before = fixture.as_owner_sees().await;
    let foreign = [knock.client, knock.id, fixture.pending.id.clone(), fixture.person(Who::OtherMember).credential.clone().unwrap()];
    for row in rows().iter().filter(|row| !row.is_public()) {
        for credential in &foreign {
            for (ask, person) in ways(row, &fixture.real(), &fixture.server.person().showing(credential)) {
                let reply = sends(ask.by(&person)).await;
                check(&reply, 404, &nothing, &format!("{} {}", row.operation, ask.path));
            }
        }
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

on_both_paths!(
    sec_060_every_operation_is_refused_to_strangers,
    sec_060_every_operation_is_refused_to_strangers_in_an_open_chat,
    sec_060_everybody_may_do_what_is_theirs,
    sec_060_everybody_may_do_what_is_theirs_in_an_open_chat,
    sec_060_what_never_was_is_the_same_404_for_everybody,
    sec_060_what_never_was_in_a_chat_is_that_404_for_its_owner_too,
    sec_060_a_guests_calls_are_for_that_links_guest,
);
