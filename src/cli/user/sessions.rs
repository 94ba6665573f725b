//! `countersign user sessions` and `logout`

use std::io::{self, BufWriter, Write};

use clap::Args;

use super::error::UserError;
use super::user_database::{TargetUser, UserDatabase, UserName};
use crate::accounts::Administrator;
use crate::domain::{SessionId, printable, write_json_line};
use crate::sessions::SessionJson;

/// List the sessions of a user, the last used first
///
/// Times are those of the hour, in UTC.
#[derive(Args, Debug)]
pub(super) struct SessionsFlags {
    /// ID or e-mail address of the user
    #[arg(value_name = "USER")]
    user: UserName,

    /// Print JSON Lines, one object per session
    #[arg(long)]
    json: bool,
}

/// Log a user out: end all their sessions, or one
///
/// Without --session earlier tokens of no session are rejected, too.
#[derive(Args, Debug)]
pub(super) struct LogoutFlags {
    #[command(flatten)]
    target: TargetUser,

    /// End only this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

/// The header of the table.
const TABLE_HEADER: &str = "id                                    logged in             \
                            last used             expires               address          client";

pub(super) async fn list(database: &UserDatabase, flags: SessionsFlags) -> Result<(), UserError> {
    let user = database.find(&flags.user).await?.user.id;
    let sessions = database.accounts.sessions(user).await?;
    let sessions = sessions.ok_or_else(|| flags.user.not_found())?;
    let mut output = BufWriter::new(io::stdout());
    if !flags.json {
        writeln!(output, "{TABLE_HEADER}")?;
    }
    for session in sessions.into_iter().map(SessionJson::from) {
        if flags.json {
            write_json_line(&mut output, &session)?;
        } else {
            write_row(&mut output, &session)?;
        }
    }
    Ok(output.flush()?)
}

/// Writes a row of the table. The user agent, which any client can choose, is the last column.
fn write_row(output: &mut impl Write, session: &SessionJson) -> io::Result<()> {
    let SessionJson { id, created_at, last_used_at, expires_at, user_agent, address } = session;
    let address = address.as_deref().unwrap_or("-");
    let agent = printable(user_agent.as_deref().unwrap_or("-"));
    writeln!(
        output,
        "{id:36}  {created_at:20}  {last_used_at:20}  {expires_at:20}  {address:15}  {agent}"
    )
}

pub(super) async fn log_out(database: &UserDatabase, flags: LogoutFlags) -> Result<(), UserError> {
    let TargetUser { user, json } = flags.target;
    let account = database.find(&user).await?;
    let id = account.user.id;
    let by = Administrator::operator();
    let done = if let Some(text) = flags.session {
        let no_session = || UserError::NoSession(text.clone());
        let session = SessionId::parse(&text).ok_or_else(no_session)?;
        if !database.accounts.end_sessions(id, Some(session), &by).await? {
            return Err(no_session());
        }
        "ended a session of"
    } else {
        if !database.accounts.end_sessions(id, None, &by).await? {
            return Err(user.not_found());
        }
        "logged out"
    };
    Ok(super::display::print_result(&account, json, done)?)
}
