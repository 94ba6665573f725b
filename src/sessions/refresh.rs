//! Refresh (RFC 6749 section 6).

use std::error::Error;

use tracing::error;

use super::error::RefreshError;
use super::service::{Sessions, Tokens};
use super::signing::SignedTokens;
use crate::domain::{AuditEvent, AuditKind, RequestContext, Timestamp, UserId};
use crate::mail::{MailData, MailKind};
use crate::metrics::RefreshOutcome;
use crate::store::{Effects, PresentedToken, Rotation, Session, StoreError};
use crate::telemetry;
use crate::token::{RefreshToken, UserClaims};

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
    /// [`RefreshError`].
    pub async fn refresh(
        &self,
        token: &str,
        context: &RequestContext,
    ) -> Result<Tokens, RefreshError> {
        let refreshed = self.exchange(token, context).await;
        self.metrics.refreshes.count(match &refreshed {
            Ok((outcome, _)) => *outcome,
            Err(RefreshError::Rejected) => RefreshOutcome::Rejected,
            Err(RefreshError::Reused) => RefreshOutcome::ReuseDetected,
            Err(RefreshError::Throttled(_)) => RefreshOutcome::Throttled,
            Err(RefreshError::Signing(_) | RefreshError::Store(_)) => RefreshOutcome::Failed,
        });
        refreshed.map(|(_, tokens)| tokens)
    }

    async fn exchange(
        &self,
        token: &str,
        context: &RequestContext,
    ) -> Result<(RefreshOutcome, Tokens), RefreshError> {
        let token = self.parse_refresh_token(token).ok_or(RefreshError::Rejected)?;
        let now = self.clock.now();
        self.count_refresh(token.session, now)?;
        let presented = PresentedToken {
            session: token.session,
            generation: token.generation,
            client: context.client.clone(),
            now,
        };
        let claims = self.current_claims(token).await?;
        let signed = SignedTokens::<Tokens>::default();
        let effects = |rotation: &Rotation| match rotation {
            Rotation::Rotated(session) => {
                let event = event(AuditKind::Refreshed, token, session, context, now);
                signed.set(self.tokens(session, now, claims.clone())).then(|| event.into())
            }
            Rotation::Retried(session) => {
                let event = event(AuditKind::RefreshRetried, token, session, context, now);
                signed.set(self.tokens(session, now, claims.clone())).then(|| event.into())
            }
            Rotation::ReuseDetected(session) => {
                Some(event(AuditKind::RefreshTokenReused, token, session, context, now).into())
            }
            Rotation::NotFound | Rotation::Aborted => Some(Effects::none()),
        };
        let (outcome, session) =
            match self.store.rotate(&presented, self.options.rules(), &effects).await? {
                Rotation::Rotated(session) => (RefreshOutcome::Rotated, Some(session)),
                Rotation::Retried(session) => (RefreshOutcome::Retried, Some(session)),
                Rotation::Aborted => (RefreshOutcome::Failed, None),
                Rotation::ReuseDetected(session) => {
                    self.notify_reuse(session.user, context, now).await;
                    return Err(RefreshError::Reused);
                }
                Rotation::NotFound => return Err(RefreshError::Rejected),
            };
        if let Some(session) = session {
            telemetry::record_user(session.user);
        }
        Ok((outcome, signed.into_tokens()?))
    }

    /// The claims about the user of a session, where tokens have some; none if it has ended.
    async fn current_claims(&self, token: RefreshToken) -> Result<UserClaims, StoreError> {
        if !self.issuer.has_user_claims() {
            return Ok(UserClaims::default());
        }
        let Some(session) = self.store.session(token.session).await? else {
            return Ok(UserClaims::default());
        };
        self.claims_of(session.user).await
    }

    /// The current claims about a user, where tokens have some.
    pub(super) async fn claims_of(&self, user: UserId) -> Result<UserClaims, StoreError> {
        if !self.issuer.has_user_claims() {
            return Ok(UserClaims::default());
        }
        let account = self.store.by_id(user).await?;
        Ok(account.map_or_else(UserClaims::default, |account| {
            self.issuer.user_claims(&account.user, &account.metadata)
        }))
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
