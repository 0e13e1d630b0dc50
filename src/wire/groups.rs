//! Wire types of groups.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::chat_items::ChatItem;
use super::chats::{Admission, History};
use super::members::{Member, Role};
use super::time::Time;

/// A group to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "book-club", "title": "Book club", "members": ["ben"]}))]
pub struct NewGroup {
    /// Its name: 2 to 32 lower-case letters, digits, and single dots, underscores or hyphens between them.
    pub name: String,
    /// The title: 1 to 120 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about: 1 to 1,000 characters, with line breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The usernames of those whom you add, up to 100. They must let you: as friends, or by their settings. All are added, or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// How accounts join: by invitation (default), by knocking, or as they like. Guests without an account knock on links in every group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// How much history new members can read. Default: `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// Lifetime after the last message or admission, in seconds: 60 to 2,592,000 (30 days). Without it the group lives on.
    #[serde(default, deserialize_with = "super::integer::whole", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// A group as you see it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupCard {
    /// Its unique name.
    #[schema(example = "book-club")]
    pub name: String,
    /// The title.
    #[schema(example = "Book club")]
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// How accounts join.
    pub admission: Admission,
    /// How many members it has.
    #[schema(example = 4)]
    pub members: u32,
    /// Your membership, if you are a member.
    pub me: Option<Member>,
    /// The chat, if you are a member.
    pub chat: Option<ChatItem>,
}

/// Whether somebody is a member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembershipStatus {
    /// A member now.
    Active,
    /// Left, or was removed.
    Inactive,
}

/// A member of a group, with how it came and went.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupMember {
    /// The member.
    pub member: Member,
    /// Whether it is one now.
    pub status: MembershipStatus,
    /// Who added it; null if it came by itself.
    pub added_by: Option<Member>,
    /// When it came last.
    pub added_at: Time,
    /// Who removed it; itself if it left.
    pub removed_by: Option<Member>,
    /// When it left last.
    pub removed_at: Option<Time>,
}

/// Whom to add to a group; empty to join it yourself.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ben"}))]
pub struct NewGroupMember {
    /// The username of the account to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// A change of a member.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "admin"}))]
pub struct MemberChange {
    /// The new role. `owner` hands the group over, and you become an admin.
    pub role: Role,
}

/// What you say when you knock at a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "I read the last book too"}))]
pub struct NewGroupKnock {
    /// A note to those who decide: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
