//! The limits of friends, friend requests and blocks.

use std::time::Duration;

use super::{LimitRow, number, rate, refused, span};
use crate::domain::account_log::MAX_ACCOUNT_ENTRIES;
use crate::domain::friendship::{MAX_ANSWERED_REQUESTS, MAX_BLOCKS, MAX_FRIENDS, MAX_PENDING_REQUESTS, REJECTION_COOL_DOWN};
use crate::http::respond::problem::Code;
use crate::service::rate_limits;

const SENDER: &str = "an account, as the sender";
const ACCOUNT: &str = "an account";

/// Returns the limits of friends, friend requests and blocks.
pub(super) fn of_friends() -> Vec<LimitRow> {
    let (day, too_many) = (Duration::from_hours(24), Code::TooManyFriendRequests);
    vec![
        rate("Friend requests", SENDER, rate_limits::FRIEND_REQUESTS, day, too_many),
        LimitRow::new("Friend requests that wait for an answer", SENDER, number(MAX_PENDING_REQUESTS), refused(too_many)),
        LimitRow::new("Answered friend requests", SENDER, number(MAX_ANSWERED_REQUESTS), "the oldest is forgotten"),
        LimitRow::new("Wait after a rejected friend request", "a pair of accounts", span(REJECTION_COOL_DOWN), refused(Code::RejectedRecently)),
        rate("New direct chats", SENDER, rate_limits::DIRECT_CHATS, day, Code::TooManyChats),
        LimitRow::new("Friends", ACCOUNT, number(MAX_FRIENDS), refused(Code::AccountFull)),
        LimitRow::new("Blocked accounts", ACCOUNT, number(MAX_BLOCKS), refused(Code::AccountFull)),
        LimitRow::new(
            "Events kept for the stream of an account",
            ACCOUNT,
            number(MAX_ACCOUNT_ENTRIES),
            "a stream that is further behind sends `state` again",
        ),
    ]
}
