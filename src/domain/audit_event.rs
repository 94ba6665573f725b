//! Audit events.

use std::fmt;

use countersign_auth::{Timestamp, UserId};

use super::named_enum::named_enum;
use super::request_context::RequestContext;
use super::session_id::SessionId;

/// An event of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: AuditKind,
    /// The user whom it concerns.
    pub user: Option<UserId>,
    /// Who caused it.
    pub actor: Actor,
    /// The session that it concerns.
    pub session: Option<SessionId>,
    /// The IP address of the client.
    pub address: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// Further information, such as the number of imported users.
    pub details: Option<String>,
}

/// Who caused an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The user with this id: `user:7`.
    User(UserId),
    /// An OAuth client: `oauth_client:gateway`.
    OAuthClient(String),
    /// An operator at the command line: `operator`.
    Operator,
    /// A client that proved no identity: `anonymous`.
    Anonymous,
}

named_enum! {
    /// The kind of an event; its name in the audit trail, such as `login`, never changes.
    #[non_exhaustive]
    pub enum AuditKind {
        /// A user registered.
        Registered = "registered",
        /// A user logged in.
        Login = "login",
        /// A login was rejected; the details say why.
        LoginFailed = "login_failed",
        /// A user who is logged in gave a wrong password for a change of the account.
        PasswordRejected = "password_rejected",
        /// A refresh token was rotated.
        Refreshed = "refreshed",
        /// A user logged out.
        Logout = "logout",
        /// A user ended one session out of the list.
        SessionEnded = "session_ended",
        /// A session was ended because its user has too many.
        SessionLimit = "session_limit",
        /// A session was ended by one of its tokens (RFC 7009).
        TokenRevoked = "token_revoked",
        /// A refresh token was presented once more, and its successor was not used yet.
        RefreshRetried = "refresh_retried",
        /// A refresh token was reused; its session has ended.
        RefreshTokenReused = "refresh_token_reused",
        /// A user changed the password.
        PasswordChanged = "password_changed",
        /// A user deleted the account.
        AccountDeleted = "account_deleted",
        /// A user verified the e-mail address, or an operator set that it is verified.
        EmailVerified = "email_verified",
        /// An operator set that an e-mail address is not verified.
        EmailUnverified = "email_unverified",
        /// A link for a new password was requested.
        PasswordResetRequested = "password_reset_requested",
        /// A user set a new password by a link.
        PasswordReset = "password_reset",
        /// A user requested another e-mail address.
        EmailChangeRequested = "email_change_requested",
        /// A user confirmed another e-mail address, or an operator set it.
        EmailChanged = "email_changed",
        /// A user restored the e-mail address before a change.
        EmailChangeUndone = "email_change_undone",
        /// An administrator invited a user.
        UserInvited = "user_invited",
        /// An OAuth client failed to authenticate.
        OAuthClientRejected = "oauth_client_rejected",
        /// An operator created a user.
        UserCreated = "user_created",
        /// An operator imported users.
        UsersImported = "users_imported",
        /// An operator set a password.
        PasswordSet = "password_set",
        /// An operator made a user an administrator.
        AdminGranted = "admin_granted",
        /// An operator made an administrator an ordinary user.
        AdminRevoked = "admin_revoked",
        /// An operator disabled a user.
        UserDisabled = "user_disabled",
        /// An operator enabled a user.
        UserEnabled = "user_enabled",
        /// An operator deleted a user.
        UserDeleted = "user_deleted",
        /// An operator ended all sessions of a user, or one of them.
        SessionsEnded = "sessions_ended",
        /// An administrator queued a mail once more; the details have its id.
        MailRetried = "mail_retried",
        /// An operator changed the metadata of a user.
        MetadataChanged = "metadata_changed",
        /// An operator issued an access token.
        TokenIssued = "token_issued",
        /// An operator deleted old audit events; the details have the last of them.
        AuditPruned = "audit_pruned",
        /// An operator acknowledged signs of tampering, and all events were chained anew; the details have
        /// them and the last link before.
        AuditBreakAcknowledged = "audit_break_acknowledged",
    }
}

impl AuditEvent {
    /// An event that a request causes.
    #[must_use]
    pub fn of_request(at: Timestamp, kind: AuditKind, context: &RequestContext) -> Self {
        let actor = match (context.acting_user, &context.oauth_client) {
            (Some(user), _) => Actor::User(user),
            (None, Some(client)) => Actor::OAuthClient(client.to_string()),
            (None, None) => Actor::Anonymous,
        };
        Self {
            at,
            kind,
            user: context.acting_user,
            actor,
            session: None,
            address: context.client.address.map(|address| address.to_string()),
            request_id: context.request_id.as_ref().map(ToString::to_string),
            details: None,
        }
    }

    /// An event that an operator causes at the command line.
    #[must_use]
    pub fn of_operator(at: Timestamp, kind: AuditKind, user: Option<UserId>) -> Self {
        Self {
            at,
            kind,
            user,
            actor: Actor::Operator,
            session: None,
            address: None,
            request_id: None,
            details: None,
        }
    }

    /// The same event, which concerns this user.
    #[must_use]
    pub fn of_user(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }

    /// The same event, which concerns this session.
    #[must_use]
    pub fn of_session(self, session: SessionId) -> Self {
        Self { session: Some(session), ..self }
    }

    /// The same event with further information.
    #[must_use]
    pub fn with_details(self, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..self }
    }
}

impl Actor {
    /// Parses what `Display` writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("user", id)) => Some(Self::User(UserId(id.parse().ok()?))),
            Some(("oauth_client", id)) => Some(Self::OAuthClient(id.to_owned())),
            None if text == "operator" => Some(Self::Operator),
            None if text == "anonymous" => Some(Self::Anonymous),
            _ => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::OAuthClient(id) => write!(f, "oauth_client:{id}"),
            Self::Operator => f.write_str("operator"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actor_and_kind_are_parsed_as_they_are_written() {
        let client = Actor::OAuthClient("a:b".to_owned());
        for actor in [Actor::User(UserId(7)), client, Actor::Operator, Actor::Anonymous] {
            assert_eq!(Actor::parse(&actor.to_string()), Some(actor));
        }
        for text in ["", "user", "user:x", "operator:1"] {
            assert_eq!(Actor::parse(text), None);
        }
        assert_eq!(AuditKind::parse("login"), Some(AuditKind::Login));
        assert_eq!(AuditKind::parse("Login"), None);
    }
}
