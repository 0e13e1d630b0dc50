//! The settings of limits.

use clap::Args;

use super::parse::at_least_one;
use crate::domain::limits::Limits;
use crate::domain::session::SessionLifetimes;

/// Limits of sizes and counts.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Entries in a chat's conversation.
    #[arg(long, env = "PARLOR_CHAT_ENTRIES", value_name = "COUNT", default_value_t = defaults().entries as u64, value_parser = at_least_one())]
    pub chat_entries: u64,
    /// Bytes of message content in a chat.
    #[arg(long, env = "PARLOR_CHAT_CONTENT", value_name = "BYTES", default_value_t = defaults().content, value_parser = at_least_one())]
    pub chat_content: u64,
    /// Entries in the conversation of a direct or group chat; beyond it, the oldest tenth is forgotten.
    #[arg(long, env = "PARLOR_LASTING_CHAT_ENTRIES", value_name = "COUNT", default_value_t = defaults().lasting_entries as u64, value_parser = at_least_one())]
    pub lasting_chat_entries: u64,
    /// Bytes of message content in a direct or group chat; beyond it, the oldest tenth of its entries is forgotten.
    #[arg(long, env = "PARLOR_LASTING_CHAT_CONTENT", value_name = "BYTES", default_value_t = defaults().lasting_content, value_parser = at_least_one())]
    pub lasting_chat_content: u64,
    /// Members of a chat at one time.
    #[arg(long, env = "PARLOR_CHAT_MEMBERS", value_name = "COUNT", default_value_t = defaults().members as u64, value_parser = at_least_one())]
    pub chat_members: u64,
    /// Live links of a chat.
    #[arg(long, env = "PARLOR_CHAT_LINKS", value_name = "COUNT", default_value_t = defaults().links as u64, value_parser = at_least_one())]
    pub chat_links: u64,
    /// Dead links of a chat that are still listed.
    #[arg(long, env = "PARLOR_CHAT_DEAD_LINKS", value_name = "COUNT", default_value_t = defaults().dead_links as u64, value_parser = at_least_one())]
    pub chat_dead_links: u64,
    /// Knocks of a chat that ended without admission and can still be read.
    #[arg(long, env = "PARLOR_CHAT_ENDED_KNOCKS", value_name = "COUNT", default_value_t = defaults().ended_knocks as u64, value_parser = at_least_one())]
    pub chat_ended_knocks: u64,
    /// Entries kept in the door's log of a chat.
    #[arg(long, env = "PARLOR_CHAT_DOOR", value_name = "COUNT", default_value_t = defaults().door as u64, value_parser = at_least_one())]
    pub chat_door: u64,
    /// Pending knocks on a link; one client address may have a quarter of them.
    #[arg(long, env = "PARLOR_LINK_KNOCKS", value_name = "COUNT", default_value_t = defaults().link_knocks as u64, value_parser = at_least_one())]
    pub link_knocks: u64,
    /// Pending knocks in a chat.
    #[arg(long, env = "PARLOR_CHAT_KNOCKS", value_name = "COUNT", default_value_t = defaults().chat_knocks as u64, value_parser = at_least_one())]
    pub chat_knocks: u64,
    /// Bytes of memory for all stored data, including the overhead. From 80 % on, new chats are rejected; from 90 % on, knocks, links and messages in
    /// the largest chats.
    #[arg(long, env = "PARLOR_TOTAL_MEMORY", value_name = "BYTES", default_value_t = defaults().total_memory, value_parser = at_least_one())]
    pub total_memory: u64,
    /// Chats on this node.
    #[arg(long, env = "PARLOR_TOTAL_CHATS", value_name = "COUNT", default_value_t = defaults().total_chats, value_parser = at_least_one())]
    pub total_chats: u64,
    /// Accounts on this node.
    #[arg(long, env = "PARLOR_TOTAL_USERS", value_name = "COUNT", default_value_t = defaults().total_users, value_parser = at_least_one())]
    pub total_users: u64,
}

impl LimitSettings {
    /// Converts to the limits that the store uses.
    #[must_use]
    pub fn limits(&self, sessions: SessionLifetimes) -> Limits {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Limits {
            entries: count(self.chat_entries),
            content: self.chat_content,
            lasting_entries: count(self.lasting_chat_entries),
            lasting_content: self.lasting_chat_content,
            members: count(self.chat_members),
            links: count(self.chat_links),
            dead_links: count(self.chat_dead_links),
            ended_knocks: count(self.chat_ended_knocks),
            door: count(self.chat_door),
            link_knocks: count(self.link_knocks),
            chat_knocks: count(self.chat_knocks),
            total_memory: self.total_memory,
            total_chats: self.total_chats,
            total_users: self.total_users,
            sessions,
        }
    }
}

fn defaults() -> Limits {
    Limits::default()
}
