//! The settings of push notifications.

use std::os::unix::fs::PermissionsExt as _;

use clap::Args;

use super::parse::parse_secret;
use crate::domain::push_service::AllowedPushService;
use crate::domain::vapid_key::VapidKey;

/// Push notifications.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Push notifications")]
pub struct PushSettings {
    /// Private key by which push services recognize this server (VAPID): 32 bytes in base64url, or `@FILE` with it, which only its owner may read. Without it
    /// a key is made at every start, and browsers must subscribe again.
    #[arg(long, env = "PARLOR_PUSH_KEY", value_name = "KEY", value_parser = parse_push_key, hide_env_values = true)]
    pub push_key: Option<VapidKey>,
    /// Push services that may be sent to besides those of FCM, Mozilla, Apple and WNS: a host with its sub-domains, such as `push.example.org`, or a network
    /// such as `127.0.0.0/8`, which is also reached over `http`. Separate several with commas.
    #[arg(long, env = "PARLOR_PUSH_ALLOW", value_name = "HOST", value_delimiter = ',', value_parser = AllowedPushService::parse)]
    pub push_allow: Vec<AllowedPushService>,
}

fn parse_push_key(text: &str) -> Result<VapidKey, String> {
    if let Some(path) = text.strip_prefix('@') {
        let file = std::fs::metadata(path).map_err(|error| format!("cannot read the file: {error}"))?;
        if file.permissions().mode() & 0o077 != 0 {
            return Err("the file must be readable by its owner only: set its mode to 0600".into());
        }
    }
    VapidKey::parse(parse_secret(text)?.expose())
}
