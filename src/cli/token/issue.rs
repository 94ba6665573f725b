//! `countersign token issue`

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::error::TokenCommandError;
use crate::app::OpenStore;
use crate::cli::database::find;
use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigError, Database, DatabaseOptions, lifetime};
use crate::domain::{AuditEvent, AuditKind};
use crate::store::{Store, is_revoked};
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
        return Err(ConfigError::NoDatabase.into());
    }
    let open = OpenStore::open(database, Arc::new(SystemClock)).await?;
    let issued = issue_for_user(flags, tokens, &*open.store()).await;
    open.close().await;
    writeln!(io::stdout(), "{}", issued?)?;
    Ok(ExitCode::SUCCESS)
}

async fn issue_for_user(
    flags: &IssueFlags,
    tokens: &TokenOptions,
    store: &dyn Store,
) -> Result<String, TokenCommandError> {
    let found = find(store, &flags.user).await?;
    let account = found.ok_or_else(|| TokenCommandError::NoSuchUser(flags.user.clone()))?;
    if account.disabled {
        return Err(TokenCommandError::UserDisabled(flags.user.clone()));
    }
    let issuer = TokenIssuer::new(tokens);
    // A revocation in this millisecond, or by a clock slightly ahead, must not reject the new token.
    let now = SystemClock.now();
    let valid_after = account.tokens_valid_after;
    let issued_at = now.max(valid_after.saturating_add(Duration::from_millis(1)));
    if is_revoked(Some(issued_at), valid_after, now) {
        let until = valid_after.to_string();
        return Err(TokenCommandError::RevokedUntil(flags.user.clone(), until));
    }
    let token = issuer.issue(&NewToken {
        user: account.user.id,
        session: None,
        issued_at,
        expires_at: issued_at.saturating_add(issuer.lifetime()),
        claims: issuer.user_claims(&account.user, &account.metadata),
    })?;
    let event = AuditEvent::of_operator(now, AuditKind::TokenIssued, Some(account.user.id));
    store.append(event).await?;
    Ok(token)
}
