//! Whose token it is.

use std::sync::Arc;

use countersign_auth::{Authenticate, Claims, Rejection, TokenError};
use futures_util::future::{BoxFuture, Either, Ready, ready};
use tracing::{debug, error};

use super::lifecycle::Sessions;
use crate::domain::{SessionId, Timestamp, User};
use crate::store::{Authorization, Session, Standing, StoreError, if_here};

/// The user behind a request, who still existed when it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub user: User,
    /// The session that their token belongs to, if it does.
    pub session: Option<SessionId>,
    /// When the token was issued, Unix milliseconds, if it says so.
    pub issued_at: Option<i64>,
    /// When the token expires, Unix seconds.
    pub expires_at: i64,
}

impl Caller {
    /// What their token authorises: changes that are made while it is active.
    #[must_use]
    pub fn authorization(&self) -> Authorization {
        let Self { session, issued_at, expires_at, .. } = *self;
        Authorization { session, issued_at, expires_at, password_hash: None }
    }
}

/// What is behind a token that is worth something.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it says.
    pub claims: Arc<Claims>,
    /// Whose it is.
    pub user: User,
    /// The session that it belongs to, if it does.
    pub session: Option<SessionId>,
}

/// Why a token is worth nothing here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Worthless {
    /// The token itself is not good.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There is no user with its `user_id`.
    #[error("its user is gone")]
    UserGone,
    /// Its user may not log in.
    #[error("its user is disabled")]
    UserDisabled,
    /// The session that it names has ended or expired, or never was.
    #[error("its session is over")]
    SessionOver,
    /// It belongs to no session, and the tokens of its user were voided after it was issued.
    #[error("the tokens of its user have been voided since")]
    Voided,
    /// The store could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    /// What is behind a token, if it is worth something now.
    ///
    /// # Errors
    ///
    /// [`Worthless`] says why it is not.
    pub async fn check(&self, token: &str) -> Result<Checked, Worthless> {
        let read = self.read(token)?;
        let standing = self.users.recent(read.claims.user_id).await?;
        let session = match read.session {
            Some(id) => self.store.recent_session(id).await?,
            None => None,
        };
        read.judge(standing, session.as_deref())
    }

    /// The same, if what has to be looked up is here.
    fn check_now(&self, token: &str) -> Option<Result<Checked, Worthless>> {
        let read = match self.read(token) {
            Ok(read) => read,
            Err(reason) => return Some(Err(reason)),
        };
        let standing = if_here(self.users.recent(read.claims.user_id))?;
        let session = match read.session {
            Some(id) => if_here(self.store.recent_session(id))?,
            None => Ok(None),
        };
        let looked_up = standing.and_then(|standing| Ok((standing, session?)));
        Some(
            looked_up
                .map_err(Worthless::from)
                .and_then(|(standing, session)| read.judge(standing, session.as_deref())),
        )
    }

    fn read(&self, token: &str) -> Result<Read, Worthless> {
        let now = self.clock.now();
        let claims = self.verifier.verify(token, now)?;
        let session = match &claims.sid {
            Some(sid) => Some(SessionId::parse(sid).ok_or(Worthless::SessionOver)?),
            None => None,
        };
        Ok(Read { claims, session, now: now.milliseconds() })
    }
}

/// A token that is good by itself, and what has to be looked up of it.
struct Read {
    claims: Arc<Claims>,
    session: Option<SessionId>,
    now: i64,
}

impl Read {
    fn judge(
        self,
        standing: Option<Standing>,
        session: Option<&Session>,
    ) -> Result<Checked, Worthless> {
        let Self { claims, session: id, now } = self;
        let standing = standing.ok_or(Worthless::UserGone)?;
        if standing.disabled {
            return Err(Worthless::UserDisabled);
        }
        let is_live = |session: &Session| session.user == claims.user_id && !session.is_over(now);
        match id {
            None if standing.rejects(claims.issued_at().map(Timestamp::milliseconds), now) => {
                Err(Worthless::Voided)
            }
            Some(_) if !session.is_some_and(is_live) => Err(Worthless::SessionOver),
            session => Ok(Checked { claims, user: standing.user, session }),
        }
    }
}

/// Authenticates a token that is active: verified, of an active user, and of an active session.
#[derive(Clone, Debug)]
pub struct SessionAuthenticator(pub Arc<Sessions>);

impl Authenticate for SessionAuthenticator {
    type Identity = Caller;
    /// Boxed on a cache miss only.
    type Future =
        Either<Ready<Result<Caller, Rejection>>, BoxFuture<'static, Result<Caller, Rejection>>>;

    fn authenticate(&self, token: &str) -> Self::Future {
        if let Some(checked) = self.0.check_now(token) {
            return Either::Left(ready(authenticated(checked)));
        }
        let (sessions, token) = (Arc::clone(&self.0), token.to_owned());
        Either::Right(Box::pin(async move { authenticated(sessions.check(&token).await) }))
    }
}

/// The result of a check as the layer's.
pub(crate) fn authenticated(checked: Result<Checked, Worthless>) -> Result<Caller, Rejection> {
    match checked {
        Ok(Checked { claims, user, session }) => {
            let (issued_at, expires_at) =
                (claims.issued_at().map(Timestamp::milliseconds), claims.exp);
            Ok(Caller { user, session, issued_at, expires_at })
        }
        Err(Worthless::Store(error)) => {
            error!(%error, "could not look up the user of a token");
            Err(Rejection::Unavailable)
        }
        Err(reason) => {
            debug!(%reason, "token refused");
            Err(Rejection::Invalid)
        }
    }
}
