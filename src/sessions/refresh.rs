//! Refresh (RFC 6749 section 6).

use super::error::RefreshError;
use super::service::{Sessions, Tokens};
use super::signing::SignedTokens;
use crate::domain::{AuditEvent, AuditKind, RequestContext, Timestamp};
use crate::store::{Effects, PresentedToken, Rotation, Session};
use crate::telemetry;
use crate::token::RefreshToken;

impl Sessions {
    /// Exchanges a refresh token for new tokens of its session.
    ///
    /// The current token is rotated. Its parent, the token before, gets the same successor again
    /// within the grace, and a new one later, as long as the successor was not used: its response
    /// may have been lost. Any other token is reused, which means that two parties have the
    /// session: it ends (RFC 9700 section 4.14.2). So does the third retry in a row by another
    /// client than that of the rotation.
    ///
    /// # Errors
    ///
    /// [`RefreshError::Rejected`], [`RefreshError::Throttled`], or the failure of the store or of the key.
    pub async fn refresh(
        &self,
        token: &str,
        context: &RequestContext,
    ) -> Result<Tokens, RefreshError> {
        let token = self.parse_refresh_token(token).ok_or(RefreshError::Rejected)?;
        let now = self.clock.now();
        self.count_refresh(token.session, now)?;
        let presented = PresentedToken {
            session: token.session,
            generation: token.generation,
            client: context.client.clone(),
            now,
        };
        let signed = SignedTokens::<Tokens>::default();
        let effects = |rotation: &Rotation| match rotation {
            Rotation::Rotated(session) => {
                let event = event(AuditKind::Refreshed, token, session, context, now);
                signed.set(self.tokens(session, now)).then(|| event.into())
            }
            Rotation::Retried(session) => {
                let event = event(AuditKind::RefreshRetried, token, session, context, now);
                signed.set(self.tokens(session, now)).then(|| event.into())
            }
            Rotation::ReuseDetected(session) => {
                Some(event(AuditKind::RefreshTokenReused, token, session, context, now).into())
            }
            Rotation::NotFound | Rotation::Aborted => Some(Effects::none()),
        };
        match self.store.rotate(&presented, self.options.rules(), &effects).await? {
            Rotation::Rotated(session) | Rotation::Retried(session) => {
                telemetry::record_user(session.user);
                Ok(signed.into_tokens()?)
            }
            Rotation::Aborted => Ok(signed.into_tokens()?),
            Rotation::ReuseDetected(_) | Rotation::NotFound => Err(RefreshError::Rejected),
        }
    }
}

fn event(
    kind: AuditKind,
    token: RefreshToken,
    session: &Session,
    context: &RequestContext,
    now: Timestamp,
) -> AuditEvent {
    let generations = format!("presented {}, current {}", token.generation, session.generation);
    AuditEvent::of_request(now, kind, context)
        .of_user(session.user)
        .of_session(session.id)
        .with_details(generations)
}
