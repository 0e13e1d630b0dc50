//! `--json` prints the objects of the API: each command's are held against the document.

use serde_json::{Value, json};

use crate::support::TestServer;
use crate::support::openapi_check::check_schema;
use crate::terminal::{Terminal, friends, objects};

/// Runs a command, and holds each object against a schema of the document; each schema in turn, the last one for the rest.
async fn prints(person: &Terminal, args: &[&str], schemas: &[&str]) -> Vec<Value> {
    let objects = person.json(args).await;
    assert!(!objects.is_empty(), "{args:?} prints nothing");
    for (at, object) in objects.iter().enumerate() {
        let name = schemas[at.min(schemas.len() - 1)];
        check_schema(&json!({"$ref": format!("#/components/schemas/{name}")}), object, &format!("{args:?} {name}"));
    }
    objects
}

#[tokio::test]
async fn commands_of_accounts_print_what_the_document_says() {
    let server = TestServer::start().await;
    let [ana, ben] = friends(server.address, ["ana", "ben"]).await;
    let cleo = Terminal::new(server.address);
    let signed_up = cleo.run_with("seven green lanterns\n", &["signup", "cleo", "--json"]).await.is(0);
    let signed_in = cleo.run_with("seven green lanterns\n", &["login", "cleo", "--json"]).await.is(0);
    for me in [signed_up.out, signed_in.out] {
        check_schema(&json!({"$ref": "#/components/schemas/Me"}), &objects(&me)[0], "Me");
    }
    prints(&cleo, &["whoami"], &["Me"]).await;
    prints(&cleo, &["sessions"], &["Session"]).await;
    prints(&cleo, &["users"], &["User"]).await;
    prints(&cleo, &["friends", "add", "ana"], &["FriendRequest"]).await;
    prints(&ana, &["friends"], &["Friend", "FriendRequest"]).await;
    prints(&ana, &["friends", "accept", "cleo"], &["FriendRequest"]).await;
    cleo.does(&["block", "ben", "--json"]).await;
    prints(&cleo, &["block"], &["Block"]).await;
    prints(&ana, &["send", "@ben", "hi"], &["Message"]).await;
    prints(&ben, &["read", "@ana"], &["Message"]).await;
    prints(&ben, &["tail", "@ana", "-n", "1", "--count", "1"], &["Message"]).await;
    prints(&ben, &["tail", "--all", "-n", "1", "--count", "1"], &["Message"]).await;
    prints(&ben, &["chats"], &["ChatItem"]).await;
    for quiet in [&["friends", "remove", "cleo"][..], &["sessions", "--end-others"], &["logout"]] {
        assert!(ana.json(quiet).await.is_empty(), "{quiet:?} answers without an object");
    }
}

#[tokio::test]
async fn commands_of_groups_print_what_the_document_says() {
    let server = TestServer::start().await;
    let [ana, ben] = friends(server.address, ["ana", "ben"]).await;
    prints(&ana, &["groups", "create", "books", "--admission", "knock"], &["ChatItem"]).await;
    prints(&ben, &["groups"], &["GroupCard"]).await;
    prints(&ben, &["groups", "list", "boo"], &["GroupCard"]).await;
    prints(&ben, &["groups", "knock", "books", "--note", "me too"], &["Exchange"]).await;
    prints(&ana, &["door", "#books"], &["Knock"]).await;
    prints(&ana, &["door", "#books", "--decline", "all"], &["Decided"]).await;
    prints(&ana, &["groups", "edit", "books", "--admission", "open"], &["Chat"]).await;
    prints(&ben, &["groups", "join", "books"], &["GroupMember"]).await;
    prints(&ana, &["groups", "role", "books", "ben", "admin"], &["Member"]).await;
    prints(&ana, &["people", "#books"], &["Member"]).await;
    assert!(ana.json(&["groups", "remove", "books", "ben"]).await.is_empty());
    prints(&ana, &["groups", "add", "books", "ben"], &["GroupMember"]).await;
    assert!(ben.json(&["groups", "leave", "books"]).await.is_empty());
    assert!(ana.json(&["groups", "delete", "books"]).await.is_empty());
}

#[tokio::test]
async fn commands_of_link_chats_print_what_the_document_says() {
    let server = TestServer::start().await;
    let [ana, ben] = [Terminal::new(server.address), Terminal::new(server.address)];
    let opened = prints(&ana, &["open", "Sunday", "--expires", "2h", "--detach"], &["OpenedChat", "Link"]).await;
    let url = opened[1]["link_url"].as_str().unwrap();
    prints(&ben, &["knock", url, "--name", "Ben", "--detach"], &["Exchange"]).await;
    prints(&ana, &["door"], &["Knock"]).await;
    prints(&ana, &["door", "--let-in", "1"], &["Decided"]).await;
    prints(&ben, &["knock", url, "--detach"], &["Exchange"]).await;
    prints(&ben, &["send", url, "hello"], &["Message"]).await;
    prints(&ana, &["chats"], &["Chat"]).await;
    let made = prints(&ana, &["links", "--label", "market", "--expires", "2h", "--max-uses", "3"], &["Link"]).await;
    assert_eq!((made[0]["label"].as_str(), made[0]["max_uses"].as_u64()), (Some("market"), Some(3)));
    assert_eq!(prints(&ana, &["links"], &["Link"]).await.len(), 2);
    for quiet in [&["links", "--revoke", "market", "--evict"][..], &["people", "-", "--remove", "Ben"], &["close", "-"]] {
        assert!(ana.json(quiet).await.is_empty(), "{quiet:?} answers without an object");
    }
    assert_eq!(objects(&ana.does(&["openapi"]).await.replace('\n', ""))[0]["openapi"], "3.1.0");
}
