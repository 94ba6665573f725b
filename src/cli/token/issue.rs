//! `countersign token issue`

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::error::TokenCommandError;
use crate::app::Store;
use crate::cli::database::find;
use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigError, Database, DatabaseOptions, lifetime};
use crate::domain::Timestamp;
use crate::store::Standing;
use crate::token::{Grant, TokenIssuer, TokenOptions};

/// Issue an access token for a user, and print it
///
/// It belongs to no session: it is good until it expires, or until the user changes their password,
/// logs out with scope=global, is disabled or deleted. Whoever reads it can act as the user.
#[derive(Args, Debug)]
pub(super) struct IssueFlags {
    /// The id or the e-mail address of the user.
    #[arg(long, value_name = "USER")]
    user: String,

    /// How long it is good for, such as 90s, 15m or 12h.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = lifetime)]
    pub(super) ttl: Duration,
}

pub(super) async fn issue(
    flags: &IssueFlags,
    tokens: &TokenOptions,
    database: &DatabaseOptions,
) -> Result<ExitCode, TokenCommandError> {
    if matches!(database.database, Database::Memory) {
        return Err(ConfigError::NoDatabase.into());
    }
    let store = Store::open(database).await?;
    let found = find(&*store.users(), &flags.user).await?;
    store.close().await;
    let account = found.ok_or_else(|| TokenCommandError::NoSuchUser(flags.user.clone()))?;
    if account.disabled {
        return Err(TokenCommandError::UserDisabled(flags.user.clone()));
    }
    let issuer = TokenIssuer::new(tokens);
    // A revocation of this millisecond, or by a clock that is a little ahead, is not meant for it.
    let now = SystemClock.now().milliseconds();
    let issued_at = now.max(account.tokens_void_until.saturating_add(1));
    let revoked_until = Timestamp::from_milliseconds(account.tokens_void_until).to_string();
    if Standing::from(account.clone()).rejects(Some(issued_at), now) {
        return Err(TokenCommandError::RevokedUntil(flags.user.clone(), revoked_until));
    }
    let token = issuer.issue(&Grant {
        user: account.user.id,
        session: None,
        issued_at,
        expires_at: issued_at.div_euclid(1000).saturating_add(issuer.lifetime()),
    })?;
    writeln!(io::stdout(), "{token}")?;
    Ok(ExitCode::SUCCESS)
}
