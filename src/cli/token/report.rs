//! What `countersign token explain` prints: a line for each thing that can be said, and a verdict.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::domain::Timestamp;
use crate::sessions::{ActiveToken, InactiveToken};
use crate::store::Session;
use crate::token::{Explanation, Outcome, RefreshToken, TokenError, TokenOptions, TriedKey};

/// Lines of a name and what is to be said of it.
pub(super) struct Report {
    lines: Vec<(&'static str, String)>,
    /// Why it is refused, where it is.
    refused: Option<String>,
    /// Whether a database was asked, too.
    is_checked: bool,
    now: i64,
}

impl Report {
    /// What can be said without a database, at the millisecond `now`.
    pub(super) fn of(explanation: &Explanation, tokens: &TokenOptions, now: i64) -> Self {
        let mut report = Self { lines: Vec::new(), refused: None, is_checked: false, now };
        match explanation {
            Explanation::Refresh(token) => {
                report.say("kind", "refresh token".to_owned());
                report.say("mac", "genuine".to_owned());
                report.say("session", token.session.to_string());
                report.say("number", token.generation.to_string());
            }
            Explanation::Access { header, claims, keys, verdict } => {
                report.say("kind", "access token".to_owned());
                report.header(header.as_ref());
                report.keys(keys);
                let is_genuine = keys.iter().any(|key| key.outcome == Outcome::Match);
                report.claims(claims.as_ref(), is_genuine);
                report.refused = verdict
                    .as_ref()
                    .err()
                    .map(|error| report.reason(*error, claims.as_ref(), tokens));
            }
        }
        report
    }

    /// Adds what the database knows of the session of a refresh token.
    pub(super) fn session_of(&mut self, token: RefreshToken, session: Option<Session>) {
        self.is_checked = true;
        let Some(session) = session else {
            self.refused = Some("its session has ended, or its user is gone".to_owned());
            return;
        };
        self.say("user_id", session.user.to_string());
        self.say("opened", self.moment(session.created_at.milliseconds()));
        self.say("last used", self.moment(session.last_used_at.milliseconds()));
        self.say("expires", self.moment(session.idle_expires_at.milliseconds()));
        if session.has_expired(Timestamp::from_milliseconds(self.now)) {
            self.refused = Some("its session is over".to_owned());
        } else if session.generation != token.generation {
            let current = session.generation;
            self.refused = Some(format!(
                "it has been used: the current one of its session is number {current}"
            ));
            if session.parent == Some(token.generation) {
                let grace = "it gives a current one again, as long as that was not used";
                self.say("grace", grace.to_owned());
            }
        }
    }

    /// Adds what the database knows of the user and the session of a good access token.
    pub(super) fn checked(&mut self, checked: Result<ActiveToken, InactiveToken>) {
        self.is_checked = true;
        match checked {
            Ok(ActiveToken { user, session, .. }) => {
                self.say("user", user.to_string());
                if session.is_some() {
                    self.say("session", "goes on".to_owned());
                }
            }
            Err(reason) => self.refused = Some(reason.to_string()),
        }
    }

    pub(super) fn is_good(&self) -> bool {
        self.refused.is_none()
    }

    fn say(&mut self, name: &'static str, what: String) {
        self.lines.push((name, what));
    }

    fn header(&mut self, header: Option<&Map<String, Value>>) {
        let Some(header) = header else {
            return self.say("header", "unreadable".to_owned());
        };
        for (name, member) in [("algorithm", "alg"), ("key id", "kid"), ("type", "typ")] {
            self.say(name, header.get(member).map_or_else(|| "none".to_owned(), shown));
        }
    }

    fn keys(&mut self, keys: &[TriedKey]) {
        for key in keys {
            let outcome = match key.outcome {
                Outcome::OtherAlgorithm => "not tried: the token names another algorithm",
                Outcome::OtherKey => "not tried: the token names another key",
                Outcome::NoMatch => "tried: did not make the signature",
                Outcome::Match => "tried: made the signature",
            };
            self.say("key", format!("{} ({}) {outcome}", key.id, key.algorithm));
        }
    }

    fn claims(&mut self, claims: Option<&Map<String, Value>>, is_genuine: bool) {
        let Some(claims) = claims else {
            return self.say("claims", "unreadable".to_owned());
        };
        if !is_genuine {
            self.say("claims", "anybody can have written what follows".to_owned());
        }
        for (name, member) in [
            ("user_id", "user_id"),
            ("session", "sid"),
            ("issuer", "iss"),
            ("audience", "aud"),
            ("token id", "jti"),
        ] {
            if let Some(value) = claims.get(member) {
                self.say(name, shown(value));
            }
        }
        for (name, member) in [("issued", "iat"), ("not before", "nbf"), ("expires", "exp")] {
            if let Some(value) = claims.get(member) {
                let moment = value.as_i64().and_then(|seconds| seconds.checked_mul(1000));
                self.say(name, moment.map_or_else(|| shown(value), |moment| self.moment(moment)));
            }
        }
    }

    /// The reason, and beside it what was expected.
    fn reason(
        &self,
        error: TokenError,
        claims: Option<&Map<String, Value>>,
        tokens: &TokenOptions,
    ) -> String {
        let claim = |name: &str| {
            claims.and_then(|claims| claims.get(name)).map_or_else(|| "none".to_owned(), shown)
        };
        let clock = format!("the clock here says {}", Timestamp::from_milliseconds(self.now));
        let ours = |ours: &Option<String>| {
            ours.as_ref().map_or_else(|| "there to be none".to_owned(), |ours| format!("{ours:?}"))
        };
        match error {
            TokenError::Expired | TokenError::NotYetValid => format!("{error}; {clock}"),
            TokenError::Issuer => {
                format!("{error}: iss is {}, and we want {}", claim("iss"), ours(&tokens.issuer))
            }
            TokenError::Audience => {
                format!("{error}: aud is {}, and we want {}", claim("aud"), ours(&tokens.audience))
            }
            TokenError::Algorithm => format!("{error}, or of any key there is"),
            _ => error.to_string(),
        }
    }

    /// A moment in milliseconds, and how far away it is.
    fn moment(&self, moment: i64) -> String {
        let distance = Duration::from_secs(moment.abs_diff(self.now) / 1000);
        let distance = humantime::format_duration(distance);
        let moment_text = Timestamp::from_milliseconds(moment);
        if moment <= self.now {
            format!("{moment_text}, {distance} ago")
        } else {
            format!("{moment_text}, in {distance}")
        }
    }
}

/// A value of somebody's making, without what could steer a terminal.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    text.chars().flat_map(char::escape_debug).collect::<String>().replace("\\\"", "\"")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, what) in &self.lines {
            writeln!(f, "{name:<11}{what}")?;
        }
        match &self.refused {
            None if self.is_checked => writeln!(f, "verdict    good"),
            None => writeln!(f, "verdict    good, as far as it says itself: no database was asked"),
            Some(reason) => writeln!(f, "verdict    refused: {reason}"),
        }
    }
}
