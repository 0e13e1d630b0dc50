//! The codes of problems, one row each (API 1, *Errors*).

use std::time::Duration;

use axum::http::StatusCode;

/// Defines the codes, each with its name, status, title and default detail; the limit that it reports, and the default time until a retry in seconds.
macro_rules! codes {
    ($($code:ident $name:literal $status:ident $title:literal $detail:literal $(, limit $limit:literal)? $(, retry $retry:literal)?;)+) => {
        /// The problem codes. Their names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $detail] $code,)+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// Returns the name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// Returns the HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$code => StatusCode::$status,)+ }
            }

            /// Returns the title.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }

            /// Returns the default detail.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$code => $detail,)+ }
            }

            /// Returns the name of the limit that was exceeded, if one was.
            #[must_use]
            pub const fn limit(self) -> Option<&'static str> {
                match self { $(Self::$code => first(&[$($limit)?]),)+ }
            }

            /// Returns the default time until a retry, if there is one.
            #[must_use]
            pub const fn retry(self) -> Option<Duration> {
                match self { $(Self::$code => first(&[$(Duration::from_secs($retry))?]),)+ }
            }
        }
    };
}

codes! {
    BadRequest "bad_request" BAD_REQUEST "Bad request" "The request could not be parsed.";
    BadHost "bad_host" BAD_REQUEST "Bad Host header" "An HTTP/1.1 request must have exactly one valid Host header.";
    TooSlow "too_slow" REQUEST_TIMEOUT "Too slow" "The request body arrived too slowly.", limit "body_speed";
    BadJson "bad_json" BAD_REQUEST "Bad JSON" "The body is not valid JSON.";
    Unauthenticated "unauthenticated" UNAUTHORIZED "Unauthenticated" "This needs an account: sign in, and send the access token in the Authorization header after Bearer and a space.";
    InvalidToken "invalid_token" UNAUTHORIZED "Invalid access token" "The access token is not valid any more: refresh it, or sign in again.";
    Reauthenticate "reauthenticate" UNAUTHORIZED "Password needed" "This needs your current password, or a sign-in within the last 10 minutes.";
    WrongCredentials "wrong_credentials" UNAUTHORIZED "Wrong username or password" "Username and password do not match.";
    InvalidRefreshToken "invalid_refresh_token" UNAUTHORIZED "Invalid refresh token" "The refresh token is unknown, used or expired: sign in again.";
    Suspended "suspended" FORBIDDEN "Account suspended" "This account is suspended: ask whoever runs this server.";
    RegistrationClosed "registration_closed" FORBIDDEN "Registration closed" "No one can sign up here, or the registration code is missing or wrong.";
    NotAllowed "not_allowed" FORBIDDEN "Not allowed" "Your role in the chat does not allow this.";
    NotAccepted "not_accepted" FORBIDDEN "Not accepted" "They do not take messages from you, or do not let you add them.";
    NotFound "not_found" NOT_FOUND "Not found" "The resource does not exist, or you have no access to it.";
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed" "The resource does not support this method.";
    SeveralKnocked "several_knocked" CONFLICT "Several knocks pending" "Several knocks are pending on this link, or one ended a moment ago: name the knock you mean.";
    AlreadyDecided "already_decided" CONFLICT "Already decided" "The knock was decided differently, or has ended.";
    NobodyKnocked "nobody_knocked" CONFLICT "No knock" "This link has had no knock yet.";
    LinkUsedUp "link_used_up" CONFLICT "Link used up" "The link has fewer uses left than the decision needs.";
    ChatIsOpen "chat_is_open" CONFLICT "Chat is open" "Members cannot be removed from an open chat: set admission to knock first.";
    OwnerCannotLeave "owner_cannot_leave" CONFLICT "Owner cannot leave" "The owner cannot leave the chat: close it instead.";
    SomebodyWasRemoved "somebody_was_removed" CONFLICT "Member was removed" "A chat from which a member was removed cannot be opened to everyone.";
    AlreadyMember "already_member" CONFLICT "Already a member" "Your account is a member of this chat already.";
    MessageDeleted "message_deleted" CONFLICT "Message deleted" "The message was deleted.";
    TooManyReactions "too_many_reactions" CONFLICT "Too many reactions" "The message has the most different emoji that one can have: use one of them.";
    UsernameTaken "username_taken" CONFLICT "Username taken" "This username is taken or reserved: choose another one.";
    GroupNameTaken "group_name_taken" CONFLICT "Group name taken" "This name is taken or reserved, or was given up less than 30 days ago: choose another one.";
    AlreadyFriends "already_friends" CONFLICT "Already friends" "You are friends already.";
    BlockedByYou "blocked_by_you" CONFLICT "Blocked by you" "You block this account: unblock it first.";
    RejectedRecently "rejected_recently" CONFLICT "Rejected recently" "Your last friend request was rejected: ask again later.";
    AlreadyAnswered "already_answered" CONFLICT "Already answered" "The friend request was answered already.";
    UpgradeRequired "upgrade_required" UPGRADE_REQUIRED "Upgrade required" "This address speaks WebSocket over HTTP/1.1 alone: send the headers of its handshake.";
    OriginNotAllowed "origin_not_allowed" FORBIDDEN "Origin not allowed" "Pages of this origin may not open a socket here.";
    EndpointTaken "endpoint_taken" CONFLICT "Endpoint taken" "Somebody else has this push endpoint, with other keys.";
    TooLarge "too_large" PAYLOAD_TOO_LARGE "Too large" "The body is larger than 64 KiB.", limit "body";
    UriTooLong "uri_too_long" URI_TOO_LONG "URI too long" "Path and query together are longer than 2 KiB.", limit "uri";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "Unsupported media type" "The body must be JSON, sent as application/json.";
    InvalidMailToken "invalid_mail_token" UNPROCESSABLE_ENTITY "Invalid mail token" "The link of the mail is unknown, used, replaced by a newer one, or older than 30 minutes: ask for another mail.";
    Invalid "invalid" UNPROCESSABLE_ENTITY "Invalid" "A field of the request is invalid.";
    TooManyConnections "too_many_connections" TOO_MANY_REQUESTS "Too many connections" "Your address has reached its limit of concurrent connections.", limit "connections", retry 5;
    TooManyKnocks "too_many_knocks" TOO_MANY_REQUESTS "Too many knocks" "Too many knocks are pending: try again after some are decided.", limit "pending_knocks";
    DeclinedRecently "declined_recently" TOO_MANY_REQUESTS "Declined recently" "The owner declined recently: try again later.", limit "declined";
    TooManyTickets "too_many_tickets" TOO_MANY_REQUESTS "Too many tickets" "The chat has reached its limit of stream tickets.", limit "tickets";
    TooManyKeys "too_many_keys" TOO_MANY_REQUESTS "Too many idempotency keys" "Too many idempotency keys are in use: try again later.", limit "idempotency_keys";
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many requests" "You, or your address without a credential, sent too many requests: try again later.", limit "requests";
    TooManyChats "too_many_chats" TOO_MANY_REQUESTS "Too many new chats" "You began too many direct chats today, or too many chats were created from your address: try again later.", limit "new_chats";
    TooManyPosts "too_many_posts" TOO_MANY_REQUESTS "Too many posts" "You posted too many messages: try again later.", limit "posts";
    ChatBusy "chat_busy" TOO_MANY_REQUESTS "Chat busy" "Too many messages were posted to this chat: try again later.", limit "chat_posts";
    TooManyStreams "too_many_streams" TOO_MANY_REQUESTS "Too many streams" "Your address has reached its limit of streams without a credential.", limit "streams";
    TooManySignUps "too_many_sign_ups" TOO_MANY_REQUESTS "Too many sign-ups" "Too many accounts were created from your address: try again later.", limit "sign_ups";
    TooManySignIns "too_many_sign_ins" TOO_MANY_REQUESTS "Too many failed sign-ins" "Too many sign-ins failed, from your address or for this account: try again later.", limit "sign_ins";
    TooManySearches "too_many_searches" TOO_MANY_REQUESTS "Too many searches" "You searched too often: try again later.", limit "searches";
    TooManyChanges "too_many_changes" TOO_MANY_REQUESTS "Too many changes" "You gave new names too often: try again later.", limit "name_changes";
    TooManyFriendRequests "too_many_friend_requests" TOO_MANY_REQUESTS "Too many friend requests" "You sent too many friend requests today, or too many are pending: try again later.", limit "friend_requests";
    TooManyReports "too_many_reports" TOO_MANY_REQUESTS "Too many reports" "You reported too often today: try again later.", limit "reports";
    TooManyReceipts "too_many_receipts" TOO_MANY_REQUESTS "Too many receipts" "You moved your receipt too often: try again later.", limit "receipts";
    TooManySignals "too_many_signals" TOO_MANY_REQUESTS "Too many signals" "You told that you type, or do not, too often: try again later.", limit "typing";
    TooManyMails "too_many_mails" TOO_MANY_REQUESTS "Too many mails" "Too many mails were asked for, from your address or to this one: try again later.", limit "mails";
    Internal "internal" INTERNAL_SERVER_ERROR "Internal error" "The server failed to process the request.";
    TransferCodingNotImplemented "transfer_coding_not_implemented" NOT_IMPLEMENTED "Transfer coding not implemented" "The only supported transfer coding is chunked.";
    ShuttingDown "shutting_down" SERVICE_UNAVAILABLE "Shutting down" "The server is shutting down.", retry 5;
    Overloaded "overloaded" SERVICE_UNAVAILABLE "Overloaded" "The server is overloaded and rejects requests of lower priority first: try again later.", limit "load";
    ChatFull "chat_full" INSUFFICIENT_STORAGE "Chat full" "The chat has reached one of its limits, such as messages, members or links.", limit "chat";
    AccountFull "account_full" INSUFFICIENT_STORAGE "Account full" "An account has reached one of its limits, such as chats or friends.", limit "account";
    NodeFull "node_full" INSUFFICIENT_STORAGE "Server full" "The server has reached its storage limit. Existing chats can be read, and closing a chat frees space.", limit "node";
}

impl Code {
    /// Returns true if a limit was exceeded, or the media type is not supported.
    pub(in crate::http) const fn is_refusal(self) -> bool {
        matches!(self.status().as_u16(), 408 | 413 | 414 | 415 | 429 | 503 | 507)
    }
}

/// Returns the value of a row that may lack it.
const fn first<T: Copy>(values: &[T]) -> Option<T> {
    match values {
        [] => None,
        [value, ..] => Some(*value),
    }
}
