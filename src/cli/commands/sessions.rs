//! Commands for sessions: login, logout, sessions.

use clap::Args;
use uuid::Uuid;

use super::passwords;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::session::saved_session;
use crate::cli::{sanitize, words};
use crate::wire::lists::List;
use crate::wire::secret::Secret;
use crate::wire::sessions::{NewSession, Session, SessionTokens};

/// Flags of `parlor login`.
#[derive(Args, Debug)]
pub struct Login {
    /// The username, or a verified e-mail address.
    #[arg(value_name = "USERNAME")]
    username: Option<String>,
    /// A name for this device, as `parlor sessions` lists it. Default: the program's.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

/// Flags of `parlor logout`.
#[derive(Args, Debug)]
pub struct Logout {
    /// End all sessions of the account, everywhere.
    #[arg(long)]
    all: bool,
}

/// Flags of `parlor sessions`.
#[derive(Args, Debug)]
pub struct Sessions {
    /// End this session.
    #[arg(long, value_name = "ID")]
    end: Option<Uuid>,
    /// End all sessions but this one.
    #[arg(long, conflicts_with = "end")]
    end_others: bool,
}

/// Signs in.
pub async fn login(context: &Context, args: Login) -> Result<(), Failure> {
    let username = passwords::username(args.username)?;
    let password = passwords::ask("Password: ")?;
    sign_in(context, username, password, args.device).await
}

/// Signs in, and keeps the session. One that this profile had before ends.
pub async fn sign_in(context: &Context, username: String, password: Secret, device: Option<String>) -> Result<(), Failure> {
    let new = NewSession { username: Secret::new(username), password, device };
    let tokens: SessionTokens = context.anonymous().post("/v1/sessions", &new).await?;
    let before = context.account_if_any()?;
    if let Some(client) = before.filter(|_| !context.has_token()) {
        // It may have ended long ago.
        drop(client.delete("/v1/sessions/current").await);
    }
    context.update_server(context.server(), |server| server.session = Some(saved_session(&tokens)))?;
    context.output.object(&tokens.me, || words::me(&tokens.me))?;
    context.output.say("You are signed in.");
    Ok(())
}

/// Signs out. The server may be gone: the session is forgotten in any case.
pub async fn logout(context: &Context, args: Logout) -> Result<(), Failure> {
    let client = context.account()?;
    let ended = client.delete(if args.all { "/v1/sessions" } else { "/v1/sessions/current" }).await;
    context.update_server(context.server(), |server| server.session = None)?;
    match ended {
        Err(error) if error.problem().is_none_or(|problem| problem.status != 401) => return Err(error.into()),
        _ => context.output.say("You are signed out."),
    }
    Ok(())
}

/// Lists sessions, or ends them.
pub async fn sessions(context: &Context, args: Sessions) -> Result<(), Failure> {
    let client = context.account()?;
    if let Some(id) = args.end {
        return Ok(client.delete(&format!("/v1/sessions/{id}")).await?);
    }
    if args.end_others {
        return Ok(client.delete("/v1/sessions?except=current").await?);
    }
    let page: List<Session> = client.get("/v1/sessions").await?;
    page.items.iter().try_for_each(|session| {
        context.output.object(session, || {
            let device = session.device.as_deref().map(sanitize::line).unwrap_or_default();
            let current = if session.current { "  this one" } else { "" };
            format!("{}  {device}  used {}{current}", session.session_id, session.last_used_at)
        })
    })
}
