//! Refresh (RFC 6749 section 6).

use std::error::Error;

use tracing::error;

use super::error::RefreshError;
use super::service::{Sessions, Tokens};
use super::signing::SignedTokens;
use crate::domain::{AuditEvent, AuditKind, RequestContext, Timestamp, UserId};
use crate::mail::{MailData, MailKind};
use crate::store::{Effects, PresentedToken, Rotation, Session};
use crate::telemetry;
use crate::throttle::CountedRequest;
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
        self.throttle
            .count(CountedRequest::Refresh(token.session), now)
            .map_err(|throttled| RefreshError::Throttled(throttled.retry_after))?;
        let presented = PresentedToken {
            session: token.session,
            generation: token.generation,
            client: context.client.clone(),
            now,
        };
        let signed = SignedTokens::default();
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
            Rotation::ReuseDetected(session) => {
                self.notify_reuse(session.user, context, now).await;
                Err(RefreshError::Rejected)
            }
            Rotation::NotFound => Err(RefreshError::Rejected),
        }
    }

    /// Sends a notice of a reused token to its user. The session has ended before, whatever happens here.
    async fn notify_reuse(&self, user: UserId, context: &RequestContext, now: Timestamp) {
        if !self.composer.is_on() {
            return;
        }
        let notified: Result<(), Box<dyn Error + Send + Sync>> = async {
            if let Some(account) = self.store.by_id(user).await? {
                let data = MailData::of_account(&account.user.email);
                let mail = self.composer.compose(MailKind::TokenReused, data, context, now)?;
                self.store.commit(Effects::none().and_mail(mail.map(Into::into))).await?;
            }
            Ok(())
        }
        .await;
        if let Err(error) = notified {
            error!(user_id = %user, %error, "cannot send a notice of a reused token");
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
