//! The rows of all operations.

use super::{CredentialUse, Operation, link, link_with_body};
use crate::http::middleware::priority::Priority;
use crate::http::respond::problem::Code;

const CHAT_ID: &[(&str, &str)] = &[("chat_id", "$response.body#/chat_id")];
const LINK_ID: &[(&str, &str)] = &[("link_id", "$response.body#/link_id")];
const SAME_LINK_ID: (&str, &str) = ("link_id", "$request.path.link_id");
const SAME_CHAT_ID: (&str, &str) = ("chat_id", "$request.path.chat_id");
const WEBHOOK_ID: (&str, &str) = ("webhook_id", "$response.body#/id");
const PUSH_SUBSCRIPTION_ID: (&str, &str) = ("id", "$response.body#/id");
const LINK_URL: (&str, &str) = ("link_url", "$response.body#/link_url");
const CLIENT_ID: (&str, &str) = ("client_id", "$response.body#/client_id");
const KNOCK_ID: (&str, &str) = ("knock_id", "$response.body#/knock_id");

/// All operations, in the document's order.
pub static OPERATIONS: &[Operation] = &[
    Operation::write("open_chat", "POST", "/v1/chats", Priority::Chat)
        .credential(CredentialUse::Optional)
        .idempotent()
        .problems(&[Code::TooManyChats, Code::AccountFull, Code::NodeFull])
        .links(&[
            link("read_chat", CHAT_ID),
            link("post_message", CHAT_ID),
            link("update_chat", CHAT_ID),
            link("close_chat", CHAT_ID),
            link("list_members", CHAT_ID),
            link("move_receipt", CHAT_ID),
            link("list_receipts", CHAT_ID),
            link("set_typing", CHAT_ID),
            link("read_activity", CHAT_ID),
            link("export_chat", CHAT_ID),
            link("report_chat", CHAT_ID),
            link("list_links", CHAT_ID),
            link("list_webhooks", CHAT_ID),
            link("create_webhook", CHAT_ID),
            link("list_knocks", CHAT_ID),
            link("follow_chat", CHAT_ID),
            link_with_body("create_link", &[("chat_url", "$response.body#/chat_url")]),
            link_with_body("issue_ticket", CHAT_ID),
        ]),
    Operation::read("list_chats", "/v1/chats", Priority::Member).account(),
    Operation::read("read_chat", "/v1/chats/{chat_id}", Priority::Member),
    Operation::write("mute_chat", "PUT", "/v1/chats/{chat_id}/mute", Priority::Member),
    Operation::write("unmute_chat", "DELETE", "/v1/chats/{chat_id}/mute", Priority::Member),
    Operation::write("post_message", "POST", "/v1/chats/{chat_id}", Priority::Member).credential_in_body().idempotent().problems(&[
        Code::NotAccepted,
        Code::BlockedByYou,
        Code::TooManyPosts,
        Code::ChatBusy,
        Code::ChatFull,
        Code::NodeFull,
    ]),
    Operation::write("send_message", "POST", "/v1/messages", Priority::Member).account().idempotent().problems(&[
        Code::NotAccepted,
        Code::BlockedByYou,
        Code::TooManyPosts,
        Code::TooManyChats,
        Code::ChatBusy,
        Code::AccountFull,
        Code::NodeFull,
    ]),
    Operation::read("read_direct_messages", "/v1/users/{username}/messages", Priority::Member).account(),
    Operation::read("read_message", "/v1/chats/{chat_id}/messages/{seq}", Priority::Member),
    Operation::write("edit_message", "PATCH", "/v1/chats/{chat_id}/messages/{seq}", Priority::Member).problems(&[
        Code::NotAllowed,
        Code::MessageDeleted,
        Code::TooManyPosts,
        Code::ChatBusy,
        Code::ChatFull,
        Code::NodeFull,
    ]),
    Operation::write("delete_message", "DELETE", "/v1/chats/{chat_id}/messages/{seq}", Priority::Member).exempt().problems(&[Code::NotAllowed]),
    Operation::write("add_reaction", "PUT", "/v1/chats/{chat_id}/messages/{seq}/reactions/{emoji}", Priority::Member).problems(&[
        Code::Invalid,
        Code::MessageDeleted,
        Code::TooManyReactions,
        Code::TooManyPosts,
        Code::ChatBusy,
        Code::ChatFull,
        Code::NodeFull,
    ]),
    Operation::write("remove_reaction", "DELETE", "/v1/chats/{chat_id}/messages/{seq}/reactions/{emoji}", Priority::Member).problems(&[
        Code::Invalid,
        Code::MessageDeleted,
        Code::TooManyPosts,
        Code::ChatBusy,
    ]),
    Operation::write("update_chat", "PATCH", "/v1/chats/{chat_id}", Priority::Member).problems(&[
        Code::NotAllowed,
        Code::SomebodyWasRemoved,
        Code::GroupNameTaken,
        Code::TooManyChanges,
        Code::ChatFull,
        Code::NodeFull,
    ]),
    Operation::write("close_chat", "DELETE", "/v1/chats/{chat_id}", Priority::Member).exempt().problems(&[Code::NotAllowed]),
    Operation::read("list_members", "/v1/chats/{chat_id}/members", Priority::Member),
    Operation::write("remove_member", "DELETE", "/v1/chats/{chat_id}/members/{member_id}", Priority::Member).exempt().problems(&[
        Code::NotAllowed,
        Code::OwnerCannotLeave,
        Code::ChatIsOpen,
    ]),
    Operation::write("update_member", "PATCH", "/v1/chats/{chat_id}/members/{member_id}", Priority::Member).problems(&[Code::NotAllowed]),
    Operation::read("list_groups", "/v1/groups", Priority::Member).account(),
    Operation::write("create_group", "POST", "/v1/groups", Priority::Chat).account().idempotent().problems(&[
        Code::NotAccepted,
        Code::GroupNameTaken,
        Code::TooManyChats,
        Code::AccountFull,
        Code::NodeFull,
    ]),
    Operation::read("read_group", "/v1/groups/{name}", Priority::Member).account(),
    Operation::write("update_group", "PATCH", "/v1/groups/{name}", Priority::Member).account().problems(&[
        Code::NotAllowed,
        Code::GroupNameTaken,
        Code::TooManyChanges,
        Code::NodeFull,
    ]),
    Operation::write("close_group", "DELETE", "/v1/groups/{name}", Priority::Member).account().exempt().problems(&[Code::NotAllowed]),
    Operation::read("list_group_members", "/v1/groups/{name}/members", Priority::Member).account(),
    Operation::write("add_group_member", "POST", "/v1/groups/{name}/members", Priority::Member).account().problems(&[
        Code::NotAllowed,
        Code::NotAccepted,
        Code::BlockedByYou,
        Code::ChatFull,
        Code::AccountFull,
    ]),
    Operation::write("knock_at_group", "POST", "/v1/groups/{name}/knocks", Priority::Knock).account().idempotent().problems(&[
        Code::NotAccepted,
        Code::TooManyKnocks,
        Code::DeclinedRecently,
        Code::ChatFull,
        Code::AccountFull,
        Code::NodeFull,
    ]),
    Operation::read("read_group_knock", "/v1/groups/{name}/knocks/mine", Priority::Knock).account(),
    Operation::write("withdraw_group_knock", "DELETE", "/v1/groups/{name}/knocks/mine", Priority::Knock).account().problems(&[Code::AlreadyDecided]),
    Operation::write("update_group_member", "PATCH", "/v1/groups/{name}/members/{username}", Priority::Member)
        .account()
        .problems(&[Code::NotAllowed]),
    Operation::write("remove_group_member", "DELETE", "/v1/groups/{name}/members/{username}", Priority::Member)
        .account()
        .exempt()
        .problems(&[Code::NotAllowed, Code::OwnerCannotLeave]),
    Operation::write("move_receipt", "PUT", "/v1/chats/{chat_id}/receipt", Priority::Member).with_own_limit().problems(&[Code::TooManyReceipts]),
    Operation::write("set_typing", "POST", "/v1/chats/{chat_id}/typing", Priority::Member).with_own_limit().problems(&[Code::TooManySignals]),
    Operation::read("list_receipts", "/v1/chats/{chat_id}/receipts", Priority::Member),
    Operation::read("list_message_receipts", "/v1/chats/{chat_id}/messages/{seq}/receipts", Priority::Member),
    Operation::read("read_activity", "/v1/chats/{chat_id}/activity", Priority::Member).problems(&[Code::NotAllowed]),
    Operation::read("export_chat", "/v1/chats/{chat_id}/export", Priority::Member),
    Operation::write("report_chat", "POST", "/v1/chats/{chat_id}/reports", Priority::Member)
        .idempotent()
        .problems(&[Code::TooManyReports, Code::NodeFull]),
    Operation::read("list_links", "/v1/chats/{chat_id}/links", Priority::Member).problems(&[Code::NotAllowed]),
    Operation::read("list_webhooks", "/v1/chats/{chat_id}/webhooks", Priority::Member).problems(&[Code::NotAllowed]),
    Operation::write("create_webhook", "POST", "/v1/chats/{chat_id}/webhooks", Priority::Member)
        .idempotent()
        .problems(&[Code::NotAllowed, Code::ChatFull, Code::NodeFull])
        .links(&[link("delete_webhook", &[SAME_CHAT_ID, WEBHOOK_ID]), link("list_webhooks", &[SAME_CHAT_ID])]),
    Operation::write("delete_webhook", "DELETE", "/v1/chats/{chat_id}/webhooks/{webhook_id}", Priority::Member)
        .exempt()
        .problems(&[Code::NotAllowed]),
    Operation::read("read_push_key", "/v1/push/key", Priority::Visitor).credential(CredentialUse::Ignored),
    Operation::read("list_push_subscriptions", "/v1/push/subscriptions", Priority::Member),
    Operation::write("subscribe_to_push", "POST", "/v1/push/subscriptions", Priority::Member)
        .problems(&[Code::EndpointTaken, Code::AccountFull, Code::ChatFull, Code::NodeFull])
        .links(&[link("delete_push_subscription", &[PUSH_SUBSCRIPTION_ID])]),
    Operation::write("delete_push_subscription", "DELETE", "/v1/push/subscriptions/{id}", Priority::Member).exempt(),
    Operation::read("list_knocks", "/v1/chats/{chat_id}/knocks", Priority::Member).problems(&[Code::NotAllowed]),
    Operation::read("follow_chat", "/v1/chats/{chat_id}/events", Priority::Stream).problems(&[Code::TooManyStreams]),
    Operation::write("create_link", "POST", "/v1/links", Priority::Member)
        .credential_in_body()
        .idempotent()
        .problems(&[Code::NotAllowed, Code::ChatFull, Code::NodeFull])
        .links(&[link("exchange_link", LINK_ID), link("knock", LINK_ID), link("revoke_link", LINK_ID), link("read_approval", &[LINK_URL])]),
    Operation::read("exchange_link", "/v1/links/{link_id}", Priority::Knock).credential(CredentialUse::Optional).writing().problems(&[
        Code::NotAccepted,
        Code::TooManyKnocks,
        Code::DeclinedRecently,
        Code::ChatFull,
        Code::AccountFull,
        Code::NodeFull,
    ]),
    Operation::write("revoke_link", "DELETE", "/v1/links/{link_id}", Priority::Member).exempt().problems(&[Code::NotAllowed, Code::ChatIsOpen]),
    Operation::write("knock", "POST", "/v1/links/{link_id}/knocks", Priority::Knock)
        .credential(CredentialUse::Optional)
        .idempotent()
        .problems(&[Code::NotAccepted, Code::TooManyKnocks, Code::DeclinedRecently, Code::ChatFull, Code::AccountFull, Code::NodeFull])
        .links(&[
            link("exchange_link", &[SAME_LINK_ID, CLIENT_ID]),
            link("withdraw_knock", &[SAME_LINK_ID, KNOCK_ID]),
            link("wait_for_decision", &[SAME_LINK_ID]),
            link("read_approval", &[LINK_URL, CLIENT_ID]),
            link_with_body("decide_knocks", &[LINK_URL, KNOCK_ID]),
        ]),
    Operation::write("withdraw_knock", "DELETE", "/v1/links/{link_id}/knocks/{knock_id}", Priority::Knock).problems(&[Code::AlreadyDecided]),
    Operation::read("wait_for_decision", "/v1/links/{link_id}/events", Priority::Stream).problems(&[Code::TooManyStreams]),
    Operation::read("read_approval", "/v1/approval", Priority::Knock).credential(CredentialUse::Optional),
    Operation::write("decide_knocks", "POST", "/v1/approval", Priority::Member).credential_in_body().exempt().problems(&[
        Code::NotAllowed,
        Code::SeveralKnocked,
        Code::AlreadyDecided,
        Code::NobodyKnocked,
        Code::LinkUsedUp,
        Code::ChatFull,
    ]),
    Operation::write("issue_ticket", "POST", "/v1/tickets", Priority::Stream).idempotent().problems(&[Code::TooManyTickets, Code::NodeFull]),
    Operation::read("read_instance", "/v1/instance", Priority::Visitor).credential(CredentialUse::Ignored),
    Operation::write("sign_up", "POST", "/v1/users", Priority::Chat).credential(CredentialUse::Ignored).idempotent().problems(&[
        Code::RegistrationClosed,
        Code::UsernameTaken,
        Code::TooManySignUps,
        Code::TooManySignIns,
        Code::NodeFull,
    ]),
    Operation::read("list_users", "/v1/users", Priority::Member).account().problems(&[Code::TooManySearches]),
    Operation::read("read_user", "/v1/users/{username}", Priority::Member).account(),
    Operation::read("read_me", "/v1/me", Priority::Member).account(),
    Operation::write("update_me", "PATCH", "/v1/me", Priority::Member).account().problems(&[
        Code::Reauthenticate,
        Code::TooManySignIns,
        Code::TooManyChanges,
        Code::TooManyMails,
    ]),
    Operation::write("delete_me", "DELETE", "/v1/me", Priority::Member).account().exempt().problems(&[Code::Reauthenticate, Code::TooManySignIns]),
    Operation::read("export_account", "/v1/me/export", Priority::Member).account(),
    Operation::write("change_password", "PUT", "/v1/me/password", Priority::Member).account().problems(&[Code::Reauthenticate, Code::TooManySignIns]),
    Operation::write("bind_membership", "POST", "/v1/me/memberships", Priority::Member).account().problems(&[Code::AlreadyMember, Code::AccountFull]),
    Operation::write("sign_in", "POST", "/v1/sessions", Priority::Knock).credential(CredentialUse::Ignored).problems(&[
        Code::WrongCredentials,
        Code::Suspended,
        Code::TooManySignIns,
    ]),
    Operation::write("refresh_session", "POST", "/v1/sessions/refresh", Priority::Visitor)
        .credential(CredentialUse::Ignored)
        .problems(&[Code::InvalidRefreshToken]),
    Operation::read("list_sessions", "/v1/sessions", Priority::Member).account(),
    Operation::write("end_session", "DELETE", "/v1/sessions/{session_id}", Priority::Member).account().exempt(),
    Operation::write("end_sessions", "DELETE", "/v1/sessions", Priority::Member).account().exempt(),
    Operation::read("list_friend_requests", "/v1/friend-requests", Priority::Member).account(),
    Operation::write("request_friendship", "POST", "/v1/friend-requests", Priority::Member).account().idempotent().problems(&[
        Code::AlreadyFriends,
        Code::BlockedByYou,
        Code::RejectedRecently,
        Code::TooManyFriendRequests,
        Code::AccountFull,
        Code::NodeFull,
    ]),
    Operation::write("answer_friend_request", "PATCH", "/v1/friend-requests/{id}", Priority::Member).account().problems(&[
        Code::NotAllowed,
        Code::AlreadyAnswered,
        Code::AccountFull,
    ]),
    Operation::write("withdraw_friend_request", "DELETE", "/v1/friend-requests/{id}", Priority::Member)
        .account()
        .exempt()
        .problems(&[Code::NotAllowed, Code::AlreadyAnswered]),
    Operation::read("list_friends", "/v1/friends", Priority::Member).account(),
    Operation::write("end_friendship", "DELETE", "/v1/friends/{username}", Priority::Member).account().exempt(),
    Operation::read("list_blocks", "/v1/blocks", Priority::Member).account(),
    Operation::write("block_account", "PUT", "/v1/blocks/{username}", Priority::Member)
        .account()
        .exempt()
        .problems(&[Code::Invalid, Code::AccountFull]),
    Operation::write("unblock_account", "DELETE", "/v1/blocks/{username}", Priority::Member).account().exempt(),
    Operation::read("follow_me", "/v1/me/events", Priority::Stream).account(),
    Operation::read("open_socket", "/v1/socket", Priority::Stream).credential_in_body().problems(&[
        Code::OriginNotAllowed,
        Code::UpgradeRequired,
        Code::TooManyStreams,
    ]),
    Operation::write("request_email_verification", "POST", "/v1/me/email-verification", Priority::Member).account().problems(&[Code::TooManyMails]),
    Operation::write("verify_email", "POST", "/v1/email-verifications", Priority::Knock)
        .credential(CredentialUse::Ignored)
        .problems(&[Code::InvalidMailToken]),
    Operation::write("request_password_reset", "POST", "/v1/password-resets", Priority::Knock).credential(CredentialUse::Ignored),
    Operation::write("confirm_password_reset", "POST", "/v1/password-resets/confirm", Priority::Knock)
        .credential(CredentialUse::Ignored)
        .problems(&[Code::InvalidMailToken]),
    Operation::health("healthz", "/healthz"),
    Operation::health("readyz", "/readyz").problems(&[Code::ShuttingDown]),
];
