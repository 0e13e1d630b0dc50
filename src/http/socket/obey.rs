//! What a session does for a command: the answer, and what changes in the session.

use super::close::Close;
use super::commands::{ChatCommand, Command, Fields, Op, nothing};
use super::credentials::CredentialNumber;
use super::encode::{Answer, answer_frame, events, sent};
use super::session::{End, Session};
use super::subscriptions::{Subject, first};
use super::{MAX_SUBSCRIPTIONS, admission};
use crate::domain::id::ChatId;
use crate::http::api::tickets;
use crate::http::extract::bearer::caller_of;
use crate::http::middleware::access_log;
use crate::http::respond::problem::{Code, Problem};
use crate::http::respond::sse;
use crate::service::authorization::Caller;
use crate::service::charge::Charge;
use crate::service::error::Error;
use crate::service::streams::event::EventSource;
use crate::service::streams::position::{Resume, StreamAuth};
use crate::wire;

impl Session {
    /// Carries out the command of a frame, and sends the answer.
    pub(super) async fn obey(&mut self, frame: &str) -> Result<(), End> {
        let Some(Command { reference, op, fields }) = Command::parse(frame) else { return Err(Close::NotACommand.into()) };
        let request_id = self.app.service.request_id();
        let result = self.answer(op, fields).await;
        let refusal = result.as_ref().err().map(Problem::code);
        access_log::log_command(request_id, op.map_or("-", Op::name), refusal.map_or(200, |code| code.status().as_u16()));
        if let Some(code) = refusal.filter(|code| code.is_refusal()) {
            self.app.metrics.count_refusal(code);
        }
        self.connection.feed(answer_frame(&reference, result, request_id)).await?;
        Ok(self.connection.flush().await?)
    }

    async fn answer(&mut self, op: Option<Op>, fields: Fields) -> Result<Answer, Problem> {
        let app = self.app.clone();
        let charge = admission::admit(&app, self.charge.address(), op.and_then(Op::operation))?;
        let result = admission::catch_panic(self.carry_out(op, fields, charge.clone())).await;
        // A credential that a command shows is judged when it is used.
        if op == Some(Op::Authenticate) && result.is_ok() { result } else { admission::complete(&app, &charge, result) }
    }

    async fn carry_out(&mut self, op: Option<Op>, fields: Fields, charge: Charge) -> Result<Answer, Problem> {
        match op.ok_or_else(|| Problem::invalid("op", "must be the name of a command"))? {
            Op::Authenticate => self.authenticate(&fields, charge).await,
            Op::Subscribe if fields.has("me") => self.subscribe_to_account(&fields, charge).await,
            Op::Subscribe => self.subscribe_to_chat(&fields, charge).await,
            Op::Unsubscribe => self.unsubscribe(&fields),
            op => {
                let command = ChatCommand::read(op, fields)?;
                let chat = command.chat();
                let (number, caller) = match chat {
                    Some(chat) => self.credentials.fitting(&self.app, chat, charge).await?,
                    None => self.credentials.account(charge)?,
                };
                let answer = command.execute(&self.app, caller.clone()).await;
                self.prove(number, &caller, chat).await;
                answer
            }
        }
    }

    async fn authenticate(&mut self, fields: &Fields, charge: Charge) -> Result<Answer, Problem> {
        let wire::socket::Authenticate { credential } = fields.read()?;
        let caller = caller_of(&self.app.service, credential.expose(), charge.clone()).await?;
        self.credentials.add(&self.app, caller).await?;
        self.pulse.authenticated();
        self.recognise(&charge);
        Ok(nothing())
    }

    /// Acquires the permit of a credential that has just proved valid.
    async fn prove(&mut self, number: CredentialNumber, caller: &Caller, chat: Option<ChatId>) {
        // Where that fails, the next command tries again.
        if self.credentials.prove(&self.app, number, caller, chat).await.is_ok() {
            self.recognise(caller.charge());
        }
    }

    /// Counts the socket and its connection for the person that a command was charged to.
    fn recognise(&mut self, charge: &Charge) {
        if let Some(person) = charge.person() {
            self.unproven = None;
            self.connection.recognise(person);
        }
    }

    async fn subscribe_to_chat(&mut self, fields: &Fields, charge: Charge) -> Result<Answer, Problem> {
        let wire::socket::SubscribeChat { chat_id, after } = fields.read()?;
        let chat = ChatId::parse_or_nil(&chat_id);
        self.require_room(Subject::Chat(chat))?;
        let (number, caller) = self.credentials.fitting(&self.app, chat, charge).await?;
        let resume = after.map_or(Resume::AtHead, |after| sse::cursor(chat, &after).into());
        let source = self.app.service.open_chat_stream(chat, StreamAuth::Socket(caller.clone()), resume).await;
        self.prove(number, &caller, Some(chat)).await;
        self.follow(Subject::Chat(chat), number, source?).await
    }

    async fn subscribe_to_account(&mut self, fields: &Fields, charge: Charge) -> Result<Answer, Problem> {
        let wire::socket::SubscribeAccount { me, after } = fields.read()?;
        if !me {
            return Err(Problem::invalid("me", "must be true"));
        }
        let cursors = tickets::cursors(&after)?;
        self.require_room(Subject::Account)?;
        let (number, caller) = self.credentials.account(charge)?;
        let source = self.app.service.open_account_stream(StreamAuth::Socket(caller), &cursors).await?;
        self.follow(Subject::Account, number, source).await
    }

    fn require_room(&self, subject: Subject) -> Result<(), Problem> {
        if self.subscriptions.len() < MAX_SUBSCRIPTIONS || self.subscriptions.contains(subject) {
            return Ok(());
        }
        let detail = format!("A socket has at most {MAX_SUBSCRIPTIONS} subscriptions: end one of them first.");
        Err(Problem::new(Code::TooManyStreams).with_detail(detail))
    }

    /// Adds a subscription. Returns the data of its `hello`.
    async fn follow(&mut self, subject: Subject, credential: CredentialNumber, mut source: impl EventSource + 'static) -> Result<Answer, Problem> {
        let service = &self.app.service;
        let hello = first(service, &mut source).await.map(|hello| sent(&self.app.present, hello)).unwrap_or_default();
        let hello = events(&hello).find(|event| event.name == "hello").map(|event| event.data.to_owned());
        // Else the session of the account has ended a moment ago.
        let hello = hello.ok_or(Error::InvalidToken)?;
        self.subscriptions.add(service.clone(), subject, credential, source);
        Ok(hello)
    }

    fn unsubscribe(&mut self, fields: &Fields) -> Result<Answer, Problem> {
        let subject = match fields.read()? {
            wire::socket::Unsubscribe { chat_id: Some(chat), me: None } => Subject::Chat(ChatId::parse_or_nil(&chat)),
            wire::socket::Unsubscribe { chat_id: None, me: Some(true) } => Subject::Account,
            _ => return Err(Problem::invalid("chat_id", "or me, which must be true, is required, but only one of them")),
        };
        self.subscriptions.remove(subject);
        Ok(nothing())
    }
}
