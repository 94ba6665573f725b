//! Metrics of sessions and their tokens.

use prometheus_client::registry::Registry;

use super::counters::Counters;
use super::label::label;
use super::registry::MetricGroup;

label! {
    /// What has opened a session.
    pub enum SessionOpening: "by" {
        /// A login by a password.
        Login = "login",
        /// A login by a code.
        LoginCode = "login_code",
        /// A registration.
        Registration = "registration",
        /// A change of the password.
        PasswordChange = "password_change",
        /// A new password, or the first one, by the link of a mail.
        Link = "link",
    }
}

label! {
    /// The outcome of a refresh.
    pub enum RefreshOutcome: "outcome" {
        /// The token was rotated.
        Rotated = "rotated",
        /// The parent was presented, and its successor had not been used.
        Retried = "retried",
        /// The token was reused, and the session has ended.
        ReuseDetected = "reuse_detected",
        /// The token is invalid, or its session has ended.
        Rejected = "rejected",
        /// There were too many refreshes of the session.
        Throttled = "throttled",
        /// A failure, such as that of the store.
        Failed = "failed",
    }
}

label! {
    /// The reason why an access token was rejected.
    pub enum TokenRejection: "reason" {
        /// It is too long, or not a signed JWT with a well-formed header.
        Malformed = "malformed",
        /// It names an algorithm, a type, an extension or a key that is not accepted.
        Header = "header",
        /// Its signature does not match.
        Signature = "signature",
        /// A claim is missing or malformed.
        Claims = "claims",
        /// It has expired.
        Expired = "expired",
        /// It is not valid yet.
        NotYetValid = "not_yet_valid",
        /// Its issuer or its audience is another one.
        Audience = "audience",
        /// Its user does not exist.
        UserNotFound = "user_not_found",
        /// Its user is disabled.
        UserDisabled = "user_disabled",
        /// Its session has ended.
        SessionEnded = "session_ended",
        /// The tokens of its user were revoked.
        Revoked = "revoked",
        /// The look-up of its user failed.
        Unavailable = "unavailable",
    }
}

/// Metrics of sessions and their tokens. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct SessionMetrics {
    /// Sessions that were opened.
    pub opened: Counters<SessionOpening>,
    /// Refreshes.
    pub refreshes: Counters<RefreshOutcome>,
    /// Access tokens that were rejected.
    pub rejected: Counters<TokenRejection>,
}

impl MetricGroup for SessionMetrics {
    fn register(&self, registry: &mut Registry) {
        let help = "Sessions that were opened, by what has opened them";
        self.opened.register("countersign_sessions_opened", help, registry);
        let help = "Refreshes of sessions, by their outcome";
        self.refreshes.register("countersign_refreshes", help, registry);
        let help = "Access tokens that were rejected, by the reason";
        self.rejected.register("countersign_access_tokens_rejected", help, registry);
    }
}
