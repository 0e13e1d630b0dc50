//! A client of the socket, on a WebSocket library that we did not write.

use std::collections::VecDeque;
use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Request;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{self, Error};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::event_stream::is_signal;
use super::{Person, within};

/// A socket that is open.
#[derive(Debug)]
pub struct Socket {
    pub stream: WebSocketStream<TcpStream>,
    /// Events that came while an answer was awaited.
    early: VecDeque<Value>,
    next_ref: u64,
}

/// Returns the request for a socket.
pub fn request(server: SocketAddr, credential: Option<&str>, query: &str) -> Request<()> {
    let mut request = format!("ws://{server}/v1/socket{query}").into_client_request().unwrap();
    if let Some(credential) = credential {
        request.headers_mut().insert("Authorization", format!("Bearer {credential}").parse().unwrap());
    }
    request
}

impl Socket {
    /// Opens a socket with the credential of a person.
    pub async fn open(who: &Person) -> Self {
        Self::try_open(request(who.server, who.credential.as_deref(), "")).await.unwrap()
    }

    /// Opens a socket with this request, or returns the status and the body of the refusal.
    pub async fn try_open(request: Request<()>) -> Result<Self, (u16, Value)> {
        Self::try_open_on(TcpSocket::new_v4().unwrap(), request).await
    }

    /// Opens a socket on this one.
    pub async fn try_open_on(tcp: TcpSocket, request: Request<()>) -> Result<Self, (u16, Value)> {
        let server: SocketAddr = request.uri().authority().unwrap().as_str().parse().unwrap();
        let stream = within(tcp.connect(server)).await.unwrap();
        match within(client_async(request, stream)).await {
            Ok((stream, _)) => Ok(Self { stream, early: VecDeque::new(), next_ref: 0 }),
            Err(Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                Err((response.status().as_u16(), serde_json::from_slice(body).unwrap_or_default()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Returns the next text frame that is no signal; the close code, if the server closes; none if the connection ends without one.
    pub async fn frame(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match self.any_frame().await {
                Ok(frame) if frame["event"].as_str().is_some_and(is_signal) => {}
                other => return other,
            }
        }
    }

    async fn any_frame(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match within(self.stream.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Returns the text of the next text frame.
    pub async fn text(&mut self) -> String {
        loop {
            match within(self.stream.next()).await {
                Some(Ok(Message::Text(text))) => return text.as_str().to_owned(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Sends a command; returns its answer.
    pub async fn asks(&mut self, op: &str, mut fields: Value) -> Value {
        self.next_ref += 1;
        fields["ref"] = json!(self.next_ref);
        fields["op"] = json!(op);
        self.send_text(&fields.to_string()).await;
        loop {
            let frame = self.any_frame().await.unwrap();
            if frame["ref"] == json!(self.next_ref) {
                return frame;
            }
            assert!(frame["ref"].is_null(), "an answer to another command: {frame}");
            self.early.push_back(frame);
        }
    }

    /// Sends a command that succeeds; returns what it answers.
    pub async fn does(&mut self, op: &str, fields: Value) -> Value {
        let answer = self.asks(op, fields).await;
        assert!(answer["problem"].is_null() && answer.get("ok").is_some(), "{answer}");
        answer["ok"].clone()
    }

    /// Sends a command that fails with this problem.
    pub async fn fails(&mut self, op: &str, fields: Value, status: u16, code: &str) -> Value {
        let answer = self.asks(op, fields).await;
        assert_eq!((&answer["problem"]["status"], &answer["problem"]["code"]), (&json!(status), &json!(code)), "{answer}");
        assert!(answer.get("ok").is_none());
        answer["problem"].clone()
    }

    /// Returns an event that came while an answer was awaited.
    pub fn pop_early(&mut self) -> Option<Value> {
        self.early.pop_front()
    }

    /// Forgets the events of a chat that came while an answer was awaited.
    pub fn forget_early(&mut self, chat: &str) {
        self.early.retain(|event| event["data"]["chat_id"] != chat);
    }

    /// Returns the next event, heartbeats included.
    pub async fn any_event(&mut self) -> Value {
        match self.early.pop_front() {
            Some(event) => event,
            None => self.any_frame().await.unwrap(),
        }
    }

    /// Returns the next event that is neither a heartbeat nor a signal.
    pub async fn event(&mut self) -> Value {
        loop {
            let event = self.any_event().await;
            if !is_passing(&event) {
                return event;
            }
        }
    }

    /// Returns the next event, which has this name.
    pub async fn expects(&mut self, name: &str) -> Value {
        let event = self.event().await;
        assert_eq!(event["event"], name, "{event}");
        event
    }

    /// Expects the server to close with this code.
    pub async fn is_closed(&mut self, code: u16) {
        loop {
            match self.frame().await {
                Ok(frame) => assert!(is_passing(&frame), "{frame}"),
                Err(closed) => {
                    assert_eq!(closed, Some(code));
                    // Sends the answer to the close frame.
                    assert_eq!(self.frame().await, Err(None));
                    return;
                }
            }
        }
    }

    /// Closes from the client's side; returns the code that the server answers.
    pub async fn closes(&mut self) -> Option<u16> {
        self.stream.close(None).await.unwrap();
        loop {
            match within(self.stream.next()).await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(tungstenite::Error::ConnectionClosed)) | None => return None,
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }
}

/// Returns true for heartbeats and signals, which come at any time.
pub fn is_passing(event: &Value) -> bool {
    event["event"].as_str().is_some_and(|name| name == "heartbeat" || is_signal(name))
}
