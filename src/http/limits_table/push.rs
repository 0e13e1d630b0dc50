//! The limits of push notifications.

use super::{LimitRow, NODE, number, refused, span};
use crate::domain::push::{MAX_PUSH_RETRY_AFTER, MAX_PUSH_TEXT, MAX_QUEUED_PUSHES, PUSH_DELAY, PUSH_LIFETIME};
use crate::domain::push_subscription::{MAX_ACCOUNT_PUSH_SUBSCRIPTIONS, MAX_MEMBER_PUSH_SUBSCRIPTIONS, MAX_PUSH_SUBSCRIPTIONS};
use crate::http::respond::problem::Code;
use crate::service::jobs::pushes::MAX_PUSHES_IN_FLIGHT;

const ACCOUNT: &str = "account: a few devices, each with a few browsers";
const MEMBER: &str = "member, or guest who waits, without an account";
const PUSH: &str = "push: its push service may be down, and others must not notice";

/// Returns the limits of push notifications.
pub(super) fn of_pushes() -> Vec<LimitRow> {
    vec![
        LimitRow::new("Push subscriptions", ACCOUNT, number(MAX_ACCOUNT_PUSH_SUBSCRIPTIONS), refused(Code::AccountFull)),
        LimitRow::new("Push subscriptions", MEMBER, number(MAX_MEMBER_PUSH_SUBSCRIPTIONS), refused(Code::ChatFull)),
        LimitRow::new("Push subscriptions", NODE, number(MAX_PUSH_SUBSCRIPTIONS), refused(Code::NodeFull)),
        LimitRow::new("Time with nothing open before a push", PUSH, span(PUSH_DELAY), "what happens within it becomes one push"),
        LimitRow::new("Lifetime of a push", PUSH, span(PUSH_LIFETIME), "it is given up"),
        LimitRow::new("`Retry-After` of a push service", PUSH, span(MAX_PUSH_RETRY_AFTER), "it is tried again then"),
        LimitRow::new("Characters of a message in a push", PUSH, number(MAX_PUSH_TEXT), "the rest is left out"),
        LimitRow::new("Pushes that wait", NODE, number(MAX_QUEUED_PUSHES), "further ones are dropped"),
        LimitRow::new("Pushes in flight", NODE, number(MAX_PUSHES_IN_FLIGHT), "further ones wait"),
    ]
}
