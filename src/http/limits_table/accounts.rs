//! The limits of accounts and sessions.

use super::units::{number, span};
use super::{HOUR, LimitRow, rate, refused};
use crate::domain::email::EmailAddress;
use crate::domain::limits::{Limits, MAX_ACCOUNT_CHATS};
use crate::domain::password::Password;
use crate::domain::session::{LAST_USE_STEP, MAX_SESSIONS, RECENT_SIGN_IN, REFRESH_GRACE};
use crate::domain::text::Device;
use crate::domain::username::Username;
use crate::http::respond::problem::Code;
use crate::service::access_tokens;
use crate::service::password_hashing::MAX_WAITING;
use crate::service::rate_limits;

const ACCOUNT: &str = "an account in all its chats together";
const NEWCOMERS: &str = "an address: a class that signs up together fits";
const GUESSERS: &str = "an address; only failures count, so that many people behind one address sign in at once";
const TARGET: &str = "an account and an address: who guesses from elsewhere locks nobody out";
const NAME: &str = "an account, whether it exists or not; addresses that were signed in to it before are exempt";
const HASHES: &str = "the server: a hash takes 19 MiB and a core for a while";

/// Returns the limits of accounts and sessions.
pub(super) fn of_accounts() -> Vec<LimitRow> {
    let minute = std::time::Duration::from_mins(1);
    let day = std::time::Duration::from_hours(24);
    let sign_ins = Code::TooManySignIns;
    let defaults = Limits::default();
    let invalid = refused(Code::Invalid);
    vec![
        rate("Sign-ups", NEWCOMERS, rate_limits::SIGN_UPS, HOUR, Code::TooManySignUps),
        rate("Sign-ups with a username that is taken", NEWCOMERS, rate_limits::REFUSED_SIGN_UPS, HOUR, Code::TooManySignUps),
        rate("Failed sign-ins, wrong registration codes", GUESSERS, rate_limits::FAILED_SIGN_INS, minute, sign_ins),
        rate("Failed sign-ins, wrong current passwords", TARGET, rate_limits::LOGIN_FAILURES_FROM, HOUR, sign_ins),
        rate("Failed sign-ins from all new addresses", NAME, rate_limits::LOGIN_FAILURES, HOUR, sign_ins),
        rate("Searches", ACCOUNT, rate_limits::SEARCHES, minute, Code::TooManySearches),
        rate("New names, of the account and of its groups", ACCOUNT, rate_limits::NAME_CHANGES, day, Code::TooManyChanges),
        LimitRow::new("Passwords that wait to be hashed", HASHES, number(MAX_WAITING), refused(Code::Overloaded)),
        LimitRow::new("Username", "one text", format!("{} to {} characters", Username::MIN_CHARS, Username::MAX_CHARS), invalid.clone()),
        LimitRow::new(
            "Password",
            "one text",
            format!("{} characters to {} bytes", Password::MIN_CHARS, number(Password::MAX_BYTES)),
            invalid.clone(),
        ),
        LimitRow::new("E-mail address", "one text", format!("{} bytes", EmailAddress::MAX_BYTES), invalid.clone()),
        LimitRow::new("Device of a session", "one text", format!("{} characters", Device::MAX_CHARS), invalid),
        LimitRow::new("Chats of an account", ACCOUNT, number(MAX_ACCOUNT_CHATS), refused(Code::AccountFull)),
        LimitRow::new("Sessions of an account", ACCOUNT, number(MAX_SESSIONS), "the one unused for the longest time ends"),
        LimitRow::new("Lifetime of an access token", "one token", span(access_tokens::LIFETIME), refused(Code::InvalidToken)),
        LimitRow::new("Repeated use of a refresh token", "one token", span(REFRESH_GRACE), "its session ends"),
        LimitRow::new("Sensitive changes without the password, after a sign-in", "a session", span(RECENT_SIGN_IN), refused(Code::Reauthenticate)),
        LimitRow::new("Precision of the last use of a session", "a session", span(LAST_USE_STEP), "it is recorded again"),
        LimitRow::new("Lifetime of a session without a refresh", "a session", span(defaults.sessions.idle), "it ends").set_by("--session-idle"),
        LimitRow::new("Lifetime of a session", "a session", span(defaults.sessions.life), "it ends").set_by("--session-life"),
        LimitRow::new("Accounts", "the server", number(defaults.total_users), refused(Code::NodeFull)).set_by("--total-users"),
    ]
}
