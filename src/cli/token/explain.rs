//! `countersign token explain`

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::error::TokenCommandError;
use super::report::Report;
use crate::app::OpenStore;
use crate::clock::{Clock, SystemClock};
use crate::config::{Database, DatabaseOptions};
use crate::sessions::{SessionOptions, Sessions};
use crate::token::{Explanation, TokenOptions, TokenVerifier};

/// The longest line that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Say what a token is, and why it is good or refused
///
/// It asks nobody but the clock of this machine and, where a database is named, the users and
/// sessions in it. The exit code is 0 for a good token, and 1 for another.
#[derive(Args, Debug)]
pub(super) struct ExplainFlags {
    /// The token; without it, the first line of standard input. Arguments can be seen by everybody
    /// on a machine.
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
}

pub(super) async fn explain(
    flags: ExplainFlags,
    tokens: &TokenOptions,
    database: &DatabaseOptions,
) -> Result<ExitCode, TokenCommandError> {
    let token = match flags.token {
        Some(token) => token,
        None => first_line()?,
    };
    let token = bare(token.trim()).to_owned();
    if token.is_empty() {
        return Err(TokenCommandError::NoToken);
    }
    let now = SystemClock.now();
    let explanation = TokenVerifier::new(tokens).explain(&token, now.seconds());
    let mut report = Report::of(&explanation, tokens, now.milliseconds());
    if !matches!(database.database, Database::Memory) {
        let open = OpenStore::open(database, Arc::new(SystemClock)).await?;
        let store = open.store();
        match &explanation {
            Explanation::Refresh(refresh) => {
                report.session_of(*refresh, store.session(refresh.session).await?);
            }
            Explanation::Access { verdict: Ok(()), .. } => {
                let sessions =
                    Sessions::new(store, tokens, SessionOptions::default(), Arc::new(SystemClock));
                report.checked(sessions.check(&token).await);
            }
            Explanation::Access { .. } => {}
        }
        open.close().await;
    }
    write!(io::stdout().lock(), "{report}")?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    Ok(line)
}

/// The token of a whole `Authorization` header, which people paste.
fn bare(text: &str) -> &str {
    match text.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token.trim(),
        _ => text,
    }
}
