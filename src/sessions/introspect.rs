//! Introspection (RFC 7662) and revocation (RFC 7009) of tokens.

use std::sync::Arc;

use countersign_auth::Claims;

use super::caller::{ActiveToken, InactiveToken};
use super::error::SessionsError;
use super::service::Sessions;
use crate::domain::{AuditEvent, AuditKind, RequestContext, SessionId, Timestamp, User};
use crate::store::{Session, StoreError};

/// An active token.
#[derive(Clone, Debug)]
pub struct Introspection {
    /// The user of the token.
    pub user: User,
    /// The kind of the token.
    pub kind: TokenKind,
}

/// The kind of a token (RFC 7009 section 2.1).
#[derive(Clone, Debug)]
pub enum TokenKind {
    /// An access token, with its claims.
    Access(Claims),
    /// The current refresh token of a session.
    Refresh {
        /// The session.
        session: SessionId,
        /// The time of its issue.
        issued_at: Timestamp,
        /// Its expiry.
        expires_at: Timestamp,
    },
}

impl Sessions {
    /// Introspects a token of either kind; `None` where it is inactive.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn introspect(&self, token: &str) -> Result<Option<Introspection>, SessionsError> {
        if let Some(token) = self.parse_refresh_token(token) {
            let now = self.clock.now();
            let is_current = |session: &Session| {
                session.generation == token.generation && !session.has_expired(now)
            };
            let session = self.store.session(token.session).await?;
            let Some(session) = session.filter(|session| is_current(session)) else {
                return Ok(None);
            };
            let account = self.store.by_id(session.user).await?;
            return Ok(account.filter(|account| !account.disabled).map(|account| Introspection {
                user: account.user,
                kind: TokenKind::Refresh {
                    session: session.id,
                    issued_at: session.last_used_at,
                    expires_at: session.idle_expires_at,
                },
            }));
        }
        match self.check(token).await {
            Ok(ActiveToken { claims, user, .. }) => Ok(Some(Introspection {
                user,
                kind: TokenKind::Access(Arc::unwrap_or_clone(claims)),
            })),
            Err(InactiveToken::Store(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// Ends the session of a token of either kind. An inactive token is no error.
    ///
    /// # Errors
    ///
    /// [`SessionsError::NoSession`] for an active access token that belongs to no session, and can
    /// only expire; or the failure of the store.
    pub async fn revoke(&self, token: &str, context: &RequestContext) -> Result<(), SessionsError> {
        if let Some(token) = self.parse_refresh_token(token) {
            return Ok(self.end_by_token(token.session, context).await?);
        }
        match self.check(token).await {
            Ok(ActiveToken { session, .. }) => {
                let session = session.ok_or(SessionsError::NoSession)?;
                Ok(self.end_by_token(session, context).await?)
            }
            Err(InactiveToken::Store(error)) => Err(error.into()),
            Err(_) => Ok(()),
        }
    }

    async fn end_by_token(
        &self,
        session: SessionId,
        context: &RequestContext,
    ) -> Result<(), StoreError> {
        let event = AuditEvent::of_request(self.clock.now(), AuditKind::TokenRevoked, context);
        let effects =
            |ended: &Session| Some(event.clone().of_user(ended.user).of_session(ended.id).into());
        self.store.end(session, &effects).await.map(drop)
    }
}
