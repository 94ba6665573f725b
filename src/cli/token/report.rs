//! The output of `countersign token explain`: one line for each property, and a verdict.

use std::fmt;
use std::time::Duration;

use countersign_auth::TokenError;
use serde_json::{Map, Value};

use crate::domain::Timestamp;
use crate::sessions::{ActiveToken, InactiveToken};
use crate::store::Session;
use crate::token::{Explanation, Outcome, RefreshToken, TokenOptions, TriedKey};

/// The properties of a token, by name, and the verdict.
pub(super) struct Report {
    lines: Vec<(&'static str, String)>,
    /// The reason for which the token is inactive.
    inactive: Option<String>,
    /// Whether user and session were checked in the database.
    is_checked: bool,
    now: Timestamp,
}

impl Report {
    /// The report at `now`, without a database.
    pub(super) fn new(explanation: &Explanation, tokens: &TokenOptions, now: Timestamp) -> Self {
        let mut report = Self { lines: Vec::new(), inactive: None, is_checked: false, now };
        match explanation {
            Explanation::Refresh(token) => {
                report.add("kind", "refresh token".to_owned());
                report.add("mac", "verified".to_owned());
                report.add("session", token.session.to_string());
                report.add("generation", token.generation.to_string());
            }
            Explanation::Access { header, claims, keys, verified } => {
                report.add("kind", "access token".to_owned());
                report.header(header.as_ref());
                report.keys(keys);
                let is_verified = keys.iter().any(|key| key.outcome == Outcome::Match);
                report.claims(claims.as_ref(), is_verified);
                report.inactive = verified
                    .as_ref()
                    .err()
                    .map(|error| report.reason(*error, claims.as_ref(), tokens));
            }
        }
        report
    }

    /// Adds the session of a refresh token.
    pub(super) fn add_session(&mut self, token: RefreshToken, session: Option<Session>) {
        self.is_checked = true;
        let Some(session) = session else {
            self.inactive = Some("its session has ended, or its user was deleted".to_owned());
            return;
        };
        self.add("user_id", session.user.to_string());
        self.add("created", self.time(session.created_at));
        self.add("last used", self.time(session.last_used_at));
        self.add("expires", self.time(session.idle_expires_at));
        if session.has_expired(self.now) {
            self.inactive = Some("its session has expired".to_owned());
        } else if session.generation != token.generation {
            let current = session.generation;
            self.inactive =
                Some(format!("already used: the current generation of its session is {current}"));
            if session.parent == Some(token.generation) {
                let grace = "gives a current token again, as long as that is unused";
                self.add("grace", grace.to_owned());
            }
        }
    }

    /// Adds the user and the session of a verified access token.
    pub(super) fn add_check(&mut self, checked: Result<ActiveToken, InactiveToken>) {
        self.is_checked = true;
        match checked {
            Ok(ActiveToken { user, session, .. }) => {
                self.add("user", user.to_string());
                if session.is_some() {
                    self.add("session", "active".to_owned());
                }
            }
            Err(reason) => self.inactive = Some(reason.to_string()),
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.inactive.is_none()
    }

    fn add(&mut self, name: &'static str, text: String) {
        self.lines.push((name, text));
    }

    fn header(&mut self, header: Option<&Map<String, Value>>) {
        let Some(header) = header else {
            return self.add("header", "malformed".to_owned());
        };
        for (name, member) in [("algorithm", "alg"), ("key id", "kid"), ("type", "typ")] {
            self.add(name, header.get(member).map_or_else(|| "none".to_owned(), shown));
        }
    }

    fn keys(&mut self, keys: &[TriedKey]) {
        for key in keys {
            let outcome = match key.outcome {
                Outcome::OtherAlgorithm => "not tried: the token has another alg",
                Outcome::OtherKey => "not tried: the token has the kid of another key",
                Outcome::NoMatch => "does not verify the signature",
                Outcome::Match => "verifies the signature",
            };
            self.add("key", format!("{} ({}) {outcome}", key.kid, key.algorithm));
        }
    }

    fn claims(&mut self, claims: Option<&Map<String, Value>>, is_verified: bool) {
        let Some(claims) = claims else {
            return self.add("claims", "malformed".to_owned());
        };
        if !is_verified {
            self.add("claims", "not verified, and possibly forged".to_owned());
        }
        for (name, member) in [
            ("user_id", "user_id"),
            ("session", "sid"),
            ("issuer", "iss"),
            ("audience", "aud"),
            ("token id", "jti"),
        ] {
            if let Some(value) = claims.get(member) {
                self.add(name, shown(value));
            }
        }
        for (name, member) in [("issued", "iat"), ("not before", "nbf"), ("expires", "exp")] {
            if let Some(value) = claims.get(member) {
                let time = value.as_i64().filter(|seconds| seconds.checked_mul(1000).is_some());
                let time = time.map(Timestamp::from_seconds);
                self.add(name, time.map_or_else(|| shown(value), |time| self.time(time)));
            }
        }
    }

    /// The reason of a rejection, with the expected value.
    fn reason(
        &self,
        error: TokenError,
        claims: Option<&Map<String, Value>>,
        tokens: &TokenOptions,
    ) -> String {
        let claim = |name: &str| {
            claims.and_then(|claims| claims.get(name)).map_or_else(|| "none".to_owned(), shown)
        };
        let expected = |configured: &Option<String>| {
            configured.as_ref().map_or_else(|| "none".to_owned(), |name| format!("{name:?}"))
        };
        match error {
            TokenError::Expired | TokenError::NotYetValid => {
                format!("{error}; this machine's clock: {}", self.now)
            }
            TokenError::Issuer => {
                format!("{error}: iss is {}, expected {}", claim("iss"), expected(&tokens.issuer))
            }
            TokenError::Audience => {
                format!("{error}: aud is {}, expected {}", claim("aud"), expected(&tokens.audience))
            }
            TokenError::Algorithm => format!("{error}, or of any key of the key set"),
            _ => error.to_string(),
        }
    }

    /// A timestamp, and its distance from now in whole seconds.
    fn time(&self, time: Timestamp) -> String {
        let seconds = |duration: Duration| {
            humantime::format_duration(Duration::from_secs(duration.as_secs()))
        };
        if time <= self.now {
            format!("{time}, {} ago", seconds(self.now.duration_since(time)))
        } else {
            format!("{time}, in {}", seconds(time.duration_since(self.now)))
        }
    }
}

/// An untrusted value, escaped for a terminal.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    text.chars().flat_map(char::escape_debug).collect::<String>().replace("\\\"", "\"")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, text) in &self.lines {
            writeln!(f, "{name:<12}{text}")?;
        }
        match &self.inactive {
            None if self.is_checked => writeln!(f, "verdict     active"),
            None => {
                writeln!(f, "verdict     valid; user and session not checked without a database")
            }
            Some(reason) => writeln!(f, "verdict     inactive: {reason}"),
        }
    }
}
