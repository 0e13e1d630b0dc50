//! The commands and their flags.

use clap::{Args, Subcommand};

use super::commands::{accounts, chats, friends, groups, knocks, links, members, messages, sessions, shell};
use super::connection::Connection;

/// A command that uses a server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens a chat, prints its link and a QR code of it, and enters it.
    Open(With<chats::Open>),
    /// Knocks on a link, waits to be let in, and enters the chat.
    Knock(With<knocks::KnockArgs>),
    /// Shows a chat, or all of them, on the whole screen.
    Chat(With<chats::ChatArgs>),
    /// Sends one message; without TEXT, what stdin has.
    Send(With<messages::Send>),
    /// Prints the last messages of a chat.
    Read(With<messages::Read>),
    /// Prints messages as they arrive, on and on.
    Tail(With<messages::Tail>),
    /// Lists your chats.
    Chats(With<chats::List>),
    /// Lists the people of a chat.
    People(With<members::People>),
    /// Shows who waits at the door of a chat, lets in, declines.
    Door(With<knocks::Door>),
    /// Lists the links of a chat, creates and revokes them.
    Links(With<links::Links>),
    /// Closes a chat: everything in it is gone at once.
    Close(With<chats::Close>),
    /// Creates an account, and signs in.
    Signup(With<accounts::Signup>),
    /// Signs in.
    Login(With<sessions::Login>),
    /// Signs out.
    Logout(With<sessions::Logout>),
    /// Shows your account.
    Whoami(With<accounts::Whoami>),
    /// Lists your sessions, and ends them.
    Sessions(With<sessions::Sessions>),
    /// Lists your friends and friend requests; asks, accepts, rejects, withdraws, removes.
    Friends(With<friends::Friends>),
    /// Lists whom you block, blocks, and unblocks.
    Block(With<friends::BlockArgs>),
    /// Finds users.
    Users(With<accounts::Users>),
    /// Lists, creates, joins and changes groups.
    Groups(With<groups::Groups>),
    /// Prints what makes a shell complete commands and names.
    Completions(shell::Completions),
    /// Prints the manual page.
    Man,
}

/// The flags of a command, and those that all commands have.
#[derive(Args, Debug)]
pub struct With<T: Args> {
    /// The command's own flags.
    #[command(flatten)]
    pub args: T,
    /// Those of all commands.
    #[command(flatten)]
    pub connection: Connection,
}
