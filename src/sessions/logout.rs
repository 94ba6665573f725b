//! Logout, and ending single sessions.

use super::caller::Caller;
use super::error::SessionsError;
use super::service::Sessions;
use crate::domain::{AuditEvent, AuditKind, RequestContext, SessionId, UserId};
use crate::store::{EndedSessions, Session, Unauthorized};

/// Which sessions a logout ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutScope {
    /// The session of the token.
    Local,
    /// All sessions of the user but that of the token.
    Others,
    /// All sessions of the user, and the tokens of no session.
    Global,
}

impl LogoutScope {
    /// The value of the request parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Others => "others",
            Self::Global => "global",
        }
    }
}

impl Sessions {
    /// Logs the caller out.
    ///
    /// # Errors
    ///
    /// [`SessionsError::NoSession`], where the token belongs to no session and that one is meant;
    /// [`SessionsError::TokenInactive`]; or the failure of the store.
    pub async fn log_out(
        &self,
        caller: &Caller,
        scope: LogoutScope,
        context: &RequestContext,
    ) -> Result<(), SessionsError> {
        let now = self.clock.now();
        let event = AuditEvent::of_request(now, AuditKind::Logout, context)
            .of_user(caller.user.id)
            .with_details(format!("scope={}", scope.name()));
        let event = match caller.session {
            Some(session) => event.of_session(session),
            None => event,
        };
        match scope {
            LogoutScope::Local => {
                let session = caller.session.ok_or(SessionsError::NoSession)?;
                self.store.end(session, &|_| Some(event.clone().into())).await?;
            }
            LogoutScope::Others => {
                self.end_own(caller, EndedSessions::Others, event).await?;
            }
            LogoutScope::Global => {
                self.end_own(caller, EndedSessions::All, event).await?;
            }
        }
        Ok(())
    }

    /// Ends one session of the caller. `false` where it is not one.
    ///
    /// # Errors
    ///
    /// [`SessionsError::TokenInactive`], or the failure of the store.
    pub async fn end(
        &self,
        caller: &Caller,
        id: SessionId,
        context: &RequestContext,
    ) -> Result<bool, SessionsError> {
        let event = AuditEvent::of_request(self.clock.now(), AuditKind::SessionEnded, context);
        let event = event.of_user(caller.user.id).of_session(id);
        self.end_own(caller, EndedSessions::One(id), event).await
    }

    /// The sessions of a user that have not expired, the last used first.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn list(&self, user: UserId) -> Result<Vec<Session>, SessionsError> {
        let limit = u32::try_from(crate::store::SESSION_LIMIT).unwrap_or(u32::MAX);
        Ok(self.store.sessions_of(user, self.clock.now(), limit).await?)
    }

    async fn end_own(
        &self,
        caller: &Caller,
        ended: EndedSessions,
        event: AuditEvent,
    ) -> Result<bool, SessionsError> {
        let (authorization, now) = (caller.authorization(), self.clock.now());
        let user = caller.user.id;
        let result = self.store.end_own(user, &authorization, ended, now, event.into()).await?;
        result.map_err(|_: Unauthorized| SessionsError::TokenInactive)
    }
}
