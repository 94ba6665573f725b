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
use crate::throttle::{Throttle, ThrottleOptions};
use crate::token::{Explanation, TokenOptions};

/// The maximum length of a line of standard input, in bytes.
const MAX_LENGTH: u64 = 64 * 1024;

/// Explain a token, and why it is accepted or rejected
///
/// It is checked with the keys and the clock of this machine and, if a database is given, with its user
/// and its session there. Exit code: 0 for an active token, 1 for an inactive one.
#[derive(Args, Debug)]
pub(super) struct ExplainFlags {
    /// The token. Default: the first line of standard input, which other users of this machine cannot
    /// see, unlike arguments.
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
    let explanation = tokens.explain(&token, now);
    let mut report = Report::new(&explanation, tokens, now);
    if !matches!(database.database, Database::Memory) {
        let open = OpenStore::open(database, Arc::new(SystemClock)).await?;
        let store = open.store();
        match &explanation {
            Explanation::Refresh(refresh) => {
                report.add_session(*refresh, store.session(refresh.session).await?);
            }
            Explanation::Access { verified: Ok(()), .. } => {
                let (options, clock) = (SessionOptions::default(), Arc::new(SystemClock));
                let throttle = Throttle::new(ThrottleOptions::default());
                let sessions = Sessions::new(store, tokens, options, throttle, clock);
                report.add_check(sessions.check(&token).await);
            }
            Explanation::Access { .. } => {}
        }
        open.close().await;
    }
    write!(io::stdout().lock(), "{report}")?;
    Ok(if report.is_active() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(MAX_LENGTH).read_line(&mut line)?;
    Ok(line)
}

/// The token of a pasted `Authorization` header.
fn bare(text: &str) -> &str {
    match text.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token.trim(),
        _ => text,
    }
}
