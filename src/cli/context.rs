//! What every command has: the server, the credentials for it, where results go.

use std::sync::Arc;

use super::connection::Connection;
use super::directories;
use super::failure::Failure;
use super::output::Output;
use super::session::Session;
use super::settings::Settings;
use super::state::{LastChat, Saved, SavedChat, SavedServer, State};
use crate::client::Client;
use crate::wire::secret::Secret;

/// The surroundings of a command.
#[derive(Debug)]
pub struct Context {
    /// Where results go.
    pub output: Output,
    /// What is kept between commands.
    pub state: State,
    /// The server, without a credential.
    client: Client,
    /// A credential for this server that takes the place of all others.
    token: Option<Secret>,
}

/// A chat that a command is about.
#[derive(Clone, Debug)]
pub struct Room {
    /// The client that shows the right credential for it.
    pub client: Client,
    /// The id.
    pub chat_id: String,
}

impl Room {
    /// The path of the chat in the API.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/chats/{}", self.chat_id)
    }
}

impl Context {
    /// Reads the settings, and chooses profile and server: those that flags or variables name, those of the settings, the default ones.
    pub fn new(connection: Connection) -> Result<Self, Failure> {
        let settings = Settings::read(&directories::config()?)?;
        let profile = connection.profile.or_else(|| settings.profile.clone()).unwrap_or_else(|| "default".to_owned());
        let client = Client::new(&connection.server.unwrap_or_else(|| settings.server(&profile)))?;
        let state = State::new(directories::state()?, &profile)?;
        Ok(Self { output: Output::new(connection.json, directories::no_color()), state, client, token: connection.token.map(Secret::new) })
    }

    /// The base URL of the server.
    #[must_use]
    pub fn server(&self) -> &str {
        self.client.base()
    }

    /// Returns true if a token takes the place of the session.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Returns a client that shows no credential.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        self.client.clone()
    }

    /// Returns a client of the account.
    pub fn account(&self) -> Result<Client, Failure> {
        self.account_if_any()?.ok_or_else(|| Failure::not_signed_in(self.server()))
    }

    /// Returns a client of the account, if there is one.
    pub fn account_if_any(&self) -> Result<Option<Client>, Failure> {
        if self.token.is_some() {
            return Ok(Some(self.client.with_credential(self.token.clone())));
        }
        Ok(self.session_with(&self.client, &self.state.read()?))
    }

    /// Returns a client for a chat of a server: with the token of the command, the chat's own credential, the account, or nothing, as there is.
    pub fn room(&self, server: &str, chat_id: &str) -> Result<Room, Failure> {
        let client = if server == self.server() { self.client.clone() } else { Client::new(server)? };
        let saved = self.state.read()?;
        let chat = saved.servers.get(client.base()).and_then(|server| server.chats.get(chat_id));
        let client = match (&self.token, chat) {
            (Some(token), _) if client.base() == self.server() => client.with_credential(Some(token.clone())),
            (_, Some(chat)) => client.with_credential(Some(chat.credential.clone())),
            _ => self.session_with(&client, &saved).unwrap_or(client),
        };
        Ok(Room { client, chat_id: chat_id.to_owned() })
    }

    fn session_with(&self, client: &Client, saved: &Saved) -> Option<Client> {
        saved.servers.get(client.base())?.session.as_ref()?;
        Some(client.with_credentials(Arc::new(Session::new(self.state.clone(), client.clone()))))
    }

    /// Changes what is kept of a server.
    pub fn update_server(&self, server: &str, change: impl FnOnce(&mut SavedServer)) -> Result<(), Failure> {
        self.state.update(|saved| change(saved.servers.entry(server.to_owned()).or_default()))
    }

    /// Keeps the credential of a link chat, and that it was used last.
    pub fn keep_chat(&self, server: &str, chat_id: &str, credential: Option<Secret>, title: Option<String>) -> Result<(), Failure> {
        self.state.update(|saved| {
            if let Some(credential) = credential {
                let chats = &mut saved.servers.entry(server.to_owned()).or_default().chats;
                chats.insert(chat_id.to_owned(), SavedChat { credential, title });
            }
            saved.last = Some(LastChat { server: server.to_owned(), chat_id: chat_id.to_owned() });
        })
    }

    /// Notes that a chat was used last.
    pub fn use_last(&self, room: &Room) -> Result<(), Failure> {
        let last = LastChat { server: room.client.base().to_owned(), chat_id: room.chat_id.clone() };
        if self.state.read()?.last.as_ref() == Some(&last) {
            return Ok(());
        }
        self.state.update(|saved| saved.last = Some(last))
    }
}
