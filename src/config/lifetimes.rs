//! How long tokens and sessions last, as typed.

use std::time::Duration;

use clap::Args;
use humantime::format_duration;

use super::fault::Fault;
use super::values;
use crate::sessions::SessionOptions;

/// How long tokens and sessions last. A default that does not fit into a shorter setting is as long
/// as that.
#[derive(Args, Clone, Copy, Debug)]
pub struct LifetimeFlags {
    /// How long a token lives, such as 90s, 15m or 12h. [default: 20s in the demo, 15m otherwise]
    #[arg(
        long, env = "COUNTERSIGN_TOKEN_TTL", value_name = "DURATION",
        value_parser = values::lifetime
    )]
    pub token_ttl: Option<Duration>,

    /// How long a session goes on without being refreshed, at most --session-ttl. [default: 30days]
    #[arg(
        long, env = "COUNTERSIGN_SESSION_IDLE_TTL", value_name = "DURATION",
        value_parser = values::session_lifetime
    )]
    pub session_idle_ttl: Option<Duration>,

    /// How long a session goes on in any case, however often it is refreshed.
    #[arg(
        long, env = "COUNTERSIGN_SESSION_TTL", value_name = "DURATION",
        default_value = "90days", value_parser = values::session_lifetime
    )]
    pub session_ttl: Duration,

    /// How long a refresh token that has been used still gives the same successor, for clients that
    /// lost the answer or refresh twice at once; 0s for not at all. [default: 30s]
    #[arg(
        long, env = "COUNTERSIGN_REFRESH_GRACE", value_name = "DURATION",
        value_parser = values::grace
    )]
    pub refresh_grace: Option<Duration>,
}

impl LifetimeFlags {
    /// The lifetime of access tokens, `token_default` where none is given, and those of sessions.
    pub(super) fn options(
        self,
        token_default: Duration,
    ) -> Result<(Duration, SessionOptions), Vec<Fault>> {
        let default = SessionOptions::default();
        let lifetime = self.session_ttl;
        let idle = self.session_idle_ttl.unwrap_or(default.idle.min(lifetime));
        let token = self.token_ttl.unwrap_or(token_default.min(idle));
        let grace = self.refresh_grace.unwrap_or(default.grace.min(idle));
        // A default gives way, what was asked for is not shortened without a word.
        let longest = ("--session-ttl", lifetime);
        let longest_idle =
            self.session_idle_ttl.map_or(longest, |idle| ("--session-idle-ttl", idle));
        let faults: Vec<_> = [
            ("--session-idle-ttl", self.session_idle_ttl, longest),
            ("--token-ttl", self.token_ttl, longest_idle),
            ("--refresh-grace", self.refresh_grace, longest_idle),
        ]
        .into_iter()
        .filter_map(|(flag, given, longest)| Some((flag, given?, longest)))
        .filter(|(_, given, (_, longest))| given > longest)
        .map(|(flag, given, (longer, longest))| contradiction(flag, given, longer, longest))
        .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok((token, SessionOptions { idle, lifetime, grace }))
    }
}

fn contradiction(flag: &str, given: Duration, longer: &str, longest: Duration) -> Fault {
    let (given, longest) = (format_duration(given), format_duration(longest));
    let (variable, of_longer) = (variable(flag), variable(longer));
    Fault::Contradiction(format!(
        "{flag} ({given}) is longer than {longer} ({longest}): give a shorter {flag} or \
         {variable}, or a longer {longer} or {of_longer}"
    ))
}

/// The variable of a flag, which is called after it.
fn variable(flag: &str) -> String {
    format!("COUNTERSIGN_{}", flag.trim_start_matches('-').replace('-', "_").to_uppercase())
}
