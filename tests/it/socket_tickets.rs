//! Tickets for sockets: of a member beside the chat, of an account alone.

use serde_json::{Value, json};

use crate::stream_ends::comes_in;
use crate::support::socket::request;
use crate::support::{Person, Socket, TestServer, seconds};

async fn ticket(who: &Person, body: Value) -> String {
    who.posts("/v1/tickets", body).await.is(201).json["ticket"].as_str().unwrap().to_owned()
}

async fn opens(server: &TestServer, ticket: &str) -> Result<Socket, (u16, Value)> {
    Socket::try_open(request(server.address, None, &format!("?ticket={ticket}"))).await
}

#[tokio::test]
async fn a_member_opens_a_socket_with_a_ticket() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let ticket = ticket(&ben, json!({"chat_id": chat.id, "socket": true})).await;
    let mut socket = opens(&server, &ticket).await.unwrap();
    assert_eq!(socket.does("send", json!({"chat_id": chat.id, "text": "Hello"})).await["member"]["name"], "Ben");
    server.clock.advance(seconds(6));
    socket.does("subscribe", json!({"chat_id": chat.id})).await;
    assert_eq!(opens(&server, &ticket).await.unwrap_err().0, 404, "it opens one socket at a time");
    drop(socket);
    let mut again = opens(&server, &ticket).await.unwrap();
    again.does("subscribe", json!({"chat_id": chat.id})).await;
    drop(again);
    while server.service.counters().sockets() > 0 {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    server.advance(seconds(61)).await;
    assert_eq!(opens(&server, &ticket).await.unwrap_err().0, 404, "it has expired");
}

#[tokio::test]
async fn an_account_opens_a_socket_with_a_ticket_that_ends_with_its_session() {
    let server = TestServer::start().await;
    let (ana, session) = server.signed_in("ana").await;
    let (first, second) = (ticket(&ana, json!({"socket": true})).await, ticket(&ana, json!({"socket": true})).await);
    let mut socket = opens(&server, &first).await.unwrap();
    socket.does("subscribe", json!({"me": true})).await;
    socket.expects("state").await;
    ana.deletes(&format!("/v1/sessions/{}", session.id)).await.is(204);
    socket.expects("signed_out").await;
    socket.is_closed(4503).await;
    assert_eq!(opens(&server, &second).await.unwrap_err().0, 404);
}

#[tokio::test]
async fn a_ticket_is_for_a_socket_or_for_a_stream() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    let chat = ana.clone().creates(json!({})).await;
    let stranger = server.person().creates_a_chat().await;
    let of_me = ticket(&ana, json!({"me": true})).await;
    let of_chat = ticket(&ana, json!({"chat_id": chat.id})).await;
    for wrong in [&of_me, &of_chat, &format!("{}.{of_chat}", chat.id), &"x".to_owned(), &".".to_owned()] {
        assert_eq!(opens(&server, wrong).await.unwrap_err().0, 404, "{wrong}");
    }
    let of_socket = ticket(&ana, json!({"socket": true})).await;
    ana.nobody().gets(&format!("/v1/me/events?ticket={of_socket}")).await.is_problem(404, "not_found");
    let in_chat = ticket(&ana, json!({"socket": true, "chat_id": chat.id})).await;
    let bare = in_chat.split_once('.').unwrap().1;
    ana.nobody().gets(&format!("{}/events?ticket={bare}", chat.path)).await.is_problem(404, "not_found");
    opens(&server, &in_chat).await.unwrap();
    for (body, field) in [
        (json!({"socket": false}), "socket"),
        (json!({"socket": true, "me": true}), "chat_id"),
        (json!({"socket": true, "after": [{"chat_id": chat.id, "after": "1"}]}), "after"),
        (json!({"socket": "yes"}), "socket"),
    ] {
        assert_eq!(ana.posts("/v1/tickets", body.clone()).await.is_problem(422, "invalid").json["field"], field, "{body}");
    }
    ana.posts("/v1/tickets", json!({"socket": true, "chat_id": stranger.id})).await.is_problem(404, "not_found");
    ana.nobody().posts("/v1/tickets", json!({"socket": true})).await.is_problem(401, "unauthenticated");
}
