//! The settings of accounts and sessions.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::parse::{parse_duration, parse_secret};
use super::secret::Secret;
use crate::domain::session::SessionLifetimes;
use crate::domain::token_key::TokenKeys;

/// Accounts and sessions.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Accounts")]
pub struct AccountSettings {
    /// Who may sign up: everyone, those who know `--registration-code`, or no one.
    #[arg(long, env = "PARLOR_REGISTRATION", value_name = "WHO", default_value = "open")]
    pub registration: RegistrationMode,
    /// The code for signing up with `--registration code`, or `@FILE` with it.
    #[arg(long, env = "PARLOR_REGISTRATION_CODE", value_name = "CODE", value_parser = parse_secret, hide_env_values = true)]
    pub registration_code: Option<Secret>,
    /// Keys of access tokens: base64 of at least 32 bytes, one or two with a comma between, or `@FILE`. The first signs, both verify. Without it a key is
    /// made at every start, which signs everyone out.
    #[arg(long, env = "PARLOR_TOKEN_KEY", value_name = "KEYS", value_parser = parse_token_keys, hide_env_values = true)]
    pub token_key: Option<TokenKeys>,
    /// How long a session lives after its last refresh, such as `30d`.
    #[arg(long, env = "PARLOR_SESSION_IDLE", value_name = "TIME", default_value = "30d", value_parser = parse_duration)]
    pub session_idle: Duration,
    /// How long a session lives after the sign-in, such as `180d`.
    #[arg(long, env = "PARLOR_SESSION_LIFE", value_name = "TIME", default_value = "180d", value_parser = parse_duration)]
    pub session_life: Duration,
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RegistrationMode {
    /// Everyone.
    Open,
    /// Those who know the registration code.
    Code,
    /// No one.
    Closed,
}

impl AccountSettings {
    /// Checks that the settings are compatible with each other.
    ///
    /// # Errors
    /// A line for the operator.
    pub(super) fn check(&self) -> Result<(), String> {
        match (self.registration, &self.registration_code) {
            (RegistrationMode::Code, None) => Err("--registration code needs --registration-code".into()),
            (RegistrationMode::Open | RegistrationMode::Closed, Some(_)) => Err("--registration-code needs --registration code".into()),
            _ => Ok(()),
        }
    }

    /// Returns how long sessions live.
    #[must_use]
    pub const fn lifetimes(&self) -> SessionLifetimes {
        SessionLifetimes { idle: self.session_idle, life: self.session_life }
    }
}

fn parse_token_keys(text: &str) -> Result<TokenKeys, String> {
    TokenKeys::parse(parse_secret(text)?.expose())
}
