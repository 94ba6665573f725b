//! Whose token it is.

use std::sync::Arc;

use tracing::{debug, error};

use super::lifecycle::Sessions;
use crate::auth::{Authenticate, Rejection};
use crate::domain::{SessionId, User};
use crate::store::{Authorization, Session, Standing, StoreError, if_here};
use crate::token::{Claims, TokenError};

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
        let now = self.clock.now().milliseconds();
        let claims = self.verifier.verify(token, now.div_euclid(1000))?;
        let session = match &claims.sid {
            Some(sid) => Some(SessionId::parse(sid).ok_or(Worthless::SessionOver)?),
            None => None,
        };
        Ok(Read { claims, session, now })
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
            None if standing.rejects(claims.issued_at_ms(), now) => Err(Worthless::Voided),
            Some(_) if !session.is_some_and(is_live) => Err(Worthless::SessionOver),
            session => Ok(Checked { claims, user: standing.user, session }),
        }
    }
}

/// Accepts a token that is good now, whose user still exists, and whose session goes on.
impl Authenticate for Sessions {
    type Identity = Caller;

    async fn authenticate(&self, token: &str) -> Result<Caller, Rejection> {
        caller(self.check(token).await)
    }

    fn authenticate_now(&self, token: &str) -> Option<Result<Caller, Rejection>> {
        self.check_now(token).map(caller)
    }
}

fn caller(checked: Result<Checked, Worthless>) -> Result<Caller, Rejection> {
    match checked {
        Ok(Checked { claims, user, session }) => {
            let (issued_at, expires_at) = (claims.issued_at_ms(), claims.exp);
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
