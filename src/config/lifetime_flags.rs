//! The flags of token and session lifetimes, as given.

use std::time::Duration;

use clap::Args;

use super::error::ConfigError;
use super::human_duration::HumanDuration;
use super::value_parsers;
use crate::sessions::SessionOptions;
use crate::token::TokenOptions;

/// The default lifetime of access tokens in the demo, which the compatibility contract sets.
pub(super) const DEMO_LIFETIME: Duration = Duration::from_secs(20);

/// The lifetimes of tokens and sessions. A default that exceeds a shorter setting is reduced to it.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Tokens and sessions")]
pub struct LifetimeFlags {
    /// Lifetime of an access token
    #[arg(
        long, env = "COUNTERSIGN_TOKEN_TTL", value_name = "DURATION",
        value_parser = value_parsers::lifetime,
        help = format!(
            "Lifetime of an access token, such as 90s, 15m or 12h [default: {} in the demo, {} \
             otherwise]",
            HumanDuration(DEMO_LIFETIME), HumanDuration(TokenOptions::DEFAULT_LIFETIME)
        )
    )]
    pub token_ttl: Option<Duration>,

    /// Idle timeout of a session: it ends without a refresh for so long
    #[arg(
        long, env = "COUNTERSIGN_SESSION_IDLE_TTL", value_name = "DURATION",
        value_parser = value_parsers::session_lifetime,
        help = format!(
            "Idle timeout of a session: it ends unless it is refreshed in time; at most \
             --session-ttl [default: {}]", HumanDuration(SessionOptions::default().idle)
        )
    )]
    pub session_idle_ttl: Option<Duration>,

    /// Absolute timeout of a session, however often it is refreshed
    #[arg(
        long, env = "COUNTERSIGN_SESSION_TTL", value_name = "DURATION",
        default_value_t = HumanDuration(SessionOptions::default().lifetime),
        value_parser = HumanDuration::session_lifetime
    )]
    pub session_ttl: HumanDuration,

    /// Grace period of a refresh token after it was used
    #[arg(
        long, env = "COUNTERSIGN_REFRESH_GRACE", value_name = "DURATION",
        value_parser = value_parsers::grace,
        help = format!(
            "How long a used refresh token returns the same successor again, for clients that lost \
             the response or refresh concurrently; 0s turns that off [default: {}]",
            HumanDuration(SessionOptions::default().grace)
        )
    )]
    pub refresh_grace: Option<Duration>,
}

impl LifetimeFlags {
    /// The lifetime of access tokens, `token_default` unless it is set, and the session options.
    pub(super) fn options(
        self,
        token_default: Duration,
    ) -> Result<(Duration, SessionOptions), Vec<ConfigError>> {
        let default = SessionOptions::default();
        let lifetime = self.session_ttl.0;
        let idle = self.session_idle_ttl.unwrap_or(default.idle.min(lifetime));
        let token = self.token_ttl.unwrap_or(token_default.min(idle));
        let grace = self.refresh_grace.unwrap_or(default.grace.min(idle));
        // A default is reduced silently, a setting is not.
        let limit = ("--session-ttl", lifetime);
        let idle_limit = self.session_idle_ttl.map_or(limit, |idle| ("--session-idle-ttl", idle));
        let errors: Vec<_> = [
            ("--session-idle-ttl", self.session_idle_ttl, limit),
            ("--token-ttl", self.token_ttl, idle_limit),
            ("--refresh-grace", self.refresh_grace, idle_limit),
        ]
        .into_iter()
        .filter_map(|(flag, given, limit)| Some((flag, given?, limit)))
        .filter(|(_, given, (_, limit))| given > limit)
        .map(|(flag, given, (limiting, limit))| contradiction(flag, given, limiting, limit))
        .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok((token, SessionOptions { idle, lifetime, grace }))
    }
}

fn contradiction(flag: &str, given: Duration, limiting: &str, limit: Duration) -> ConfigError {
    let (given, limit) = (HumanDuration(given), HumanDuration(limit));
    let (variable, limiting_variable) = (variable(flag), variable(limiting));
    ConfigError::Contradiction(format!(
        "{flag} ({given}) exceeds {limiting} ({limit}): reduce {flag} or {variable}, or raise \
         {limiting} or {limiting_variable}"
    ))
}

/// The variable of a flag.
fn variable(flag: &str) -> String {
    format!("COUNTERSIGN_{}", flag.trim_start_matches('-').replace('-', "_").to_uppercase())
}
