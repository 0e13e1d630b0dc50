//! The flags of all commands that use a server: which one, as whom, how results are printed.

use clap::Args;

/// Which server, as whom, and how results are printed.
#[derive(Args, Clone, Debug, Default)]
pub struct Connection {
    /// The base URL of the server. Default: that of the profile, else `http://127.0.0.1:8080`.
    #[arg(long, env = "PARLOR_SERVER", value_name = "URL", global = true, help_heading = "Connection")]
    pub server: Option<String>,
    /// The profile: credentials of its own, and a server that the settings may name.
    #[arg(long, env = "PARLOR_PROFILE", value_name = "NAME", global = true, help_heading = "Connection")]
    pub profile: Option<String>,
    /// A credential for this command, for scripts: an access token, or the credential of a chat.
    #[arg(long, env = "PARLOR_TOKEN", value_name = "TOKEN", hide_env_values = true, hide = true, global = true)]
    pub token: Option<String>,
    /// Print the objects of the API as JSON, one a line.
    #[arg(long, global = true, help_heading = "Connection")]
    pub json: bool,
}
