//! `countersign token issue`

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::error::TokenCommandError;
use crate::app::Store;
use crate::cli::database::find;
use crate::clock::{Clock, SystemClock};
use crate::config::{Database, DatabaseOptions, Fault, lifetime};
use crate::domain::Timestamp;
use crate::store::Standing;
use crate::token::{NewToken, TokenIssuer, TokenOptions};

/// Issue an access token for a user and print it
///
/// The token belongs to no session. It is active until it expires, or until the user changes the
/// password, logs out with scope=global, is disabled or deleted. It authenticates its bearer as the
/// user.
#[derive(Args, Debug)]
pub(super) struct IssueFlags {
    /// The ID or the e-mail address of the user.
    #[arg(long, value_name = "USER")]
    user: String,

    /// Lifetime of the token, such as 90s, 15m or 12h.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = lifetime)]
    pub(super) ttl: Duration,
}

pub(super) async fn issue(
    flags: &IssueFlags,
    tokens: &TokenOptions,
    database: &DatabaseOptions,
) -> Result<ExitCode, TokenCommandError> {
    if matches!(database.database, Database::Memory) {
        return Err(Fault::NoDatabase.into());
    }
    let store = Store::open(database).await?;
    let found = find(&*store.users(), &flags.user).await?;
    store.close().await;
    let account = found.ok_or_else(|| TokenCommandError::NoSuchUser(flags.user.clone()))?;
    if account.disabled {
        return Err(TokenCommandError::UserDisabled(flags.user.clone()));
    }
    let issuer = TokenIssuer::new(tokens);
    // A revocation in this millisecond, or by a clock slightly ahead, must not reject the new token.
    let now = SystemClock.now().milliseconds();
    let issued_at = now.max(account.tokens_void_until.saturating_add(1));
    let revoked_until = Timestamp::from_milliseconds(account.tokens_void_until).to_string();
    if Standing::from(account.clone()).rejects(Some(issued_at), now) {
        return Err(TokenCommandError::RevokedUntil(flags.user.clone(), revoked_until));
    }
    let token = issuer.issue(&NewToken {
        user: account.user.id,
        session: None,
        issued_at: Timestamp::from_milliseconds(issued_at),
        expires_at: Timestamp::from_milliseconds(issued_at).saturating_add(issuer.lifetime()),
    })?;
    writeln!(io::stdout(), "{token}")?;
    Ok(ExitCode::SUCCESS)
}
