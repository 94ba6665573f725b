//! What a token is worth, and ending it, for those who hold it and know no more.

use std::sync::Arc;

use countersign_auth::Claims;

use super::caller::{Checked, Worthless};
use super::error::SessionsError;
use super::lifecycle::Sessions;
use crate::domain::{SessionId, User};
use crate::store::Session;

/// A token that is worth something now.
#[derive(Clone, Debug)]
pub struct Introspection {
    /// Whose it is.
    pub user: User,
    /// Which kind it is.
    pub kind: TokenKind,
}

/// The kinds of tokens (RFC 7009 section 2.1).
#[derive(Clone, Debug)]
pub enum TokenKind {
    /// An access token, and what it says.
    Access(Claims),
    /// The current refresh token of a session.
    Refresh {
        /// The session that it continues.
        session: SessionId,
        /// The second in which it was issued.
        issued_at: i64,
        /// The second from which it is dead.
        expires_at: i64,
    },
}

impl Sessions {
    /// What a token of either kind is worth now (RFC 7662); `None` where that is nothing.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn introspect(&self, token: &str) -> Result<Option<Introspection>, SessionsError> {
        if let Some(token) = self.read_refresh_token(token) {
            let now = self.clock.now().milliseconds();
            let session = self.store.session(token.session).await?;
            let is_current =
                |session: &Session| session.generation == token.generation && !session.is_over(now);
            let Some(session) = session.filter(|session| is_current(session)) else {
                return Ok(None);
            };
            let account = self.users.by_id(session.user).await?;
            return Ok(account.filter(|account| !account.disabled).map(|account| Introspection {
                user: account.user,
                kind: TokenKind::Refresh {
                    session: session.id,
                    issued_at: session.last_used_at.div_euclid(1000),
                    expires_at: session.expires_at.div_euclid(1000),
                },
            }));
        }
        match self.check(token).await {
            Ok(Checked { claims, user, .. }) => Ok(Some(Introspection {
                user,
                kind: TokenKind::Access(Arc::unwrap_or_clone(claims)),
            })),
            Err(Worthless::Store(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// Ends the session of a token of either kind (RFC 7009). A token that is worth nothing already
    /// is no error.
    ///
    /// # Errors
    ///
    /// [`SessionsError::NoSession`] for a good access token that belongs to no session, and so ends
    /// only by itself; or the failure of the store.
    pub async fn revoke(&self, token: &str) -> Result<(), SessionsError> {
        if let Some(token) = self.read_refresh_token(token) {
            self.store.end(token.session).await?;
            return Ok(());
        }
        match self.check(token).await {
            Ok(Checked { session, .. }) => {
                self.store.end(session.ok_or(SessionsError::NoSession)?).await?;
                Ok(())
            }
            Err(Worthless::Store(error)) => Err(error.into()),
            Err(_) => Ok(()),
        }
    }
}
