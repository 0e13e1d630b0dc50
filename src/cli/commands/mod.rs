//! The commands, by their nouns.

pub mod accounts;
pub mod chats;
pub mod friends;
pub mod groups;
pub mod knocks;
pub mod links;
pub mod members;
pub mod messages;
pub mod passwords;
pub mod sessions;
pub mod shell;

use super::args::{Command, With};
use super::connection::Connection;
use super::context::Context;
use super::failure::Failure;

/// Runs a command that uses a server.
pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Open(With { args, connection }) => chats::open(&context(connection)?, args).await,
        Command::Knock(With { args, connection }) => knocks::knock(&context(connection)?, args).await,
        Command::Chat(With { args, connection }) => chats::chat(&context(connection)?, args).await,
        Command::Send(With { args, connection }) => messages::send(&context(connection)?, args).await,
        Command::Read(With { args, connection }) => messages::read(&context(connection)?, args).await,
        Command::Tail(With { args, connection }) => messages::tail(&context(connection)?, args).await,
        Command::Chats(With { args, connection }) => chats::list(&context(connection)?, args).await,
        Command::People(With { args, connection }) => members::people(&context(connection)?, args).await,
        Command::Door(With { args, connection }) => knocks::door(&context(connection)?, args).await,
        Command::Links(With { args, connection }) => links::links(&context(connection)?, args).await,
        Command::Close(With { args, connection }) => chats::close(&context(connection)?, args).await,
        Command::Signup(With { args, connection }) => accounts::signup(&context(connection)?, args).await,
        Command::Login(With { args, connection }) => sessions::login(&context(connection)?, args).await,
        Command::Logout(With { args, connection }) => sessions::logout(&context(connection)?, args).await,
        Command::Whoami(With { args, connection }) => accounts::whoami(&context(connection)?, args).await,
        Command::Sessions(With { args, connection }) => sessions::sessions(&context(connection)?, args).await,
        Command::Friends(With { args, connection }) => friends::friends(&context(connection)?, args).await,
        Command::Block(With { args, connection }) => friends::block(&context(connection)?, args).await,
        Command::Users(With { args, connection }) => accounts::users(&context(connection)?, args).await,
        Command::Groups(With { args, connection }) => groups::groups(&context(connection)?, args).await,
        Command::Completions(_) | Command::Man => Ok(()),
    }
}

fn context(connection: Connection) -> Result<Context, Failure> {
    Context::new(connection)
}
