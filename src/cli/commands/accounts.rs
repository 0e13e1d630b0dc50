//! Commands for accounts: signup, whoami, users.

use clap::Args;

use super::passwords;
use super::sessions::sign_in;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::target::all;
use crate::cli::words;
use crate::client::http::segment;
use crate::wire::accounts::{Me, NewUser, User};
use crate::wire::secret::Secret;

/// Flags of `parlor signup`.
#[derive(Args, Debug)]
pub struct Signup {
    /// The username: it is unique and final.
    #[arg(value_name = "USERNAME")]
    username: Option<String>,
    /// The name that others see. Default: the username.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// An e-mail address, where the server sends mail.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The registration code, where the server asks for one.
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
}

/// Flags of `parlor whoami`.
#[derive(Args, Debug)]
pub struct Whoami {}

/// Flags of `parlor users`.
#[derive(Args, Debug)]
pub struct Users {
    /// The beginning of a username, or of a word of a name.
    #[arg(value_name = "SEARCH")]
    search: Option<String>,
}

/// Creates an account, and signs in.
pub async fn signup(context: &Context, args: Signup) -> Result<(), Failure> {
    let username = passwords::username(args.username)?;
    let password = passwords::choose()?;
    let code = args.code.map(Secret::new);
    let new = NewUser { username: username.clone(), password: password.clone(), email: args.email, name: args.name, code };
    let _: Me = context.anonymous().create("/v1/users", &new).await?;
    sign_in(context, username, password, None).await
}

/// Shows the account.
pub async fn whoami(context: &Context, _: Whoami) -> Result<(), Failure> {
    let me: Me = context.account()?.get("/v1/me").await?;
    context.output.object(&me, || words::me(&me))
}

/// Finds users.
pub async fn users(context: &Context, args: Users) -> Result<(), Failure> {
    let search = args.search.map(|text| format!("&search={}", segment(text.trim_start_matches('@')))).unwrap_or_default();
    let users: Vec<User> = all(&context.account()?, &format!("/v1/users?limit=200{search}")).await?;
    if users.is_empty() {
        context.output.say("Nobody can be found by that.");
    }
    users.iter().try_for_each(|user| context.output.object(user, || words::user(context.output, user)))
}
