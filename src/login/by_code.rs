//! Login by a code that is sent by mail.

use std::fmt;
use std::sync::Arc;

use super::attempt::LoginOutcome;
use super::error::LoginError;
use crate::clock::Clock;
use crate::credentials::{Attempts, FailureReason};
use crate::domain::{AuditEvent, AuditKind, Email, RequestContext, SessionId, User};
use crate::keys::SharedKeySet;
use crate::mail::{Composer, MailData, MailKind};
use crate::metrics::SessionOpening;
use crate::sessions::{SessionKind, Sessions, SignedTokens};
use crate::store::{
    Account, CodeLogin, CodeRedemption, Effects, NewOneTimeToken, OutgoingMail, Store,
};
use crate::telemetry;
use crate::token::{LoginCode, TokenPurpose};
use crate::verification::{VerificationError, paced};

/// Logins by codes.
pub struct LoginByCode {
    store: Arc<dyn Store>,
    composer: Composer,
    attempts: Attempts,
    sessions: Arc<Sessions>,
    keys: SharedKeySet,
    clock: Arc<dyn Clock>,
}

impl LoginByCode {
    /// Logins of the users in `store`, by codes that `keys` authenticate.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        composer: Composer,
        attempts: Attempts,
        sessions: Arc<Sessions>,
        keys: SharedKeySet,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, composer, attempts, sessions, keys, clock }
    }

    /// Sends a code to an address, if it is that of an enabled account. The result does not tell.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn request(
        &self,
        email: &str,
        context: &RequestContext,
    ) -> Result<(), VerificationError> {
        let email = Email::parse(email)?;
        self.attempts.count_mail(context).map_err(VerificationError::Throttled)?;
        paced(async {
            match self.store.by_email(&email).await? {
                Some(account) => self.send(&account, context).await,
                None => Ok(()),
            }
        })
        .await
    }

    async fn send(
        &self,
        account: &Account,
        context: &RequestContext,
    ) -> Result<(), VerificationError> {
        let (user, now) = (&account.user, self.clock.now());
        let code = LoginCode::generate().ok_or(VerificationError::Random)?;
        let hash = account.password_hash.to_string();
        let digests = code.digests(user.id, &hash, &self.keys.current());
        let digest = *digests.first().ok_or(VerificationError::Random)?;
        let text = code.text();
        let data = MailData { code: Some(&text), ..MailData::of_account(&user.email) };
        let Some(mail) = self.composer.compose(MailKind::LoginCode, data, context, now)? else {
            return Ok(());
        };
        let token = NewOneTimeToken {
            digest,
            purpose: TokenPurpose::LoginCode,
            user: user.id,
            email: user.email.clone(),
            expires_at: mail.expires_at,
        };
        let mail = OutgoingMail { mail, token: Some(token) };
        self.store.issue_token(account, Effects::none().and_mail(mail)).await?;
        Ok(())
    }

    /// Attempts to log in by a code, and opens a session of this kind. A failure counts as one of the password: for the throttle, and in
    /// the audit trail. A code is invalid after five failures.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn attempt<K: SessionKind>(
        &self,
        email: &str,
        code: &str,
        kind: K,
        context: &RequestContext,
    ) -> Result<LoginOutcome<K::Tokens>, LoginError> {
        let account = match Email::parse(email) {
            Ok(email) => self.store.by_email(&email).await?,
            Err(_) => None,
        };
        let known = account.as_ref();
        let attempt = match self.attempts.begin(AuditKind::LoginFailed, email, known, context) {
            Ok(attempt) => attempt,
            Err(retry_after) => return Ok(LoginOutcome::Throttled(retry_after)),
        };
        // A code that matches takes as long as one that does not.
        match paced(self.redeem(known, code, kind, context)).await {
            Ok(Some(tokens)) => {
                attempt.succeeded();
                Ok(LoginOutcome::LoggedIn(tokens))
            }
            Ok(None) => {
                let reason = match &account {
                    None => FailureReason::Unknown,
                    Some(account) if account.disabled => FailureReason::Disabled,
                    Some(_) => FailureReason::WrongCode,
                };
                attempt.failed(reason, account.map(|account| account.user.id));
                Ok(LoginOutcome::Rejected)
            }
            Err(error) => {
                attempt.cancelled();
                Err(error)
            }
        }
    }

    async fn redeem<K: SessionKind>(
        &self,
        account: Option<&Account>,
        code: &str,
        kind: K,
        context: &RequestContext,
    ) -> Result<Option<K::Tokens>, LoginError> {
        let (Some(account), Some(code)) = (account, LoginCode::parse(code)) else {
            return Ok(None);
        };
        let user = account.user.id;
        let hash = account.password_hash.to_string();
        let context = RequestContext { acting_user: Some(user), ..context.clone() };
        let session = kind.prepare(&self.sessions, &context);
        let now = session.created_at;
        let login = CodeLogin {
            user,
            digests: code.digests(user, &hash, &self.keys.current()),
            session: session.clone(),
        };
        // The code has proved the address.
        let verified = User { email_verified: true, ..account.user.clone() };
        let signed = SignedTokens::default();
        let effects = |ended: &Vec<SessionId>| {
            let event = |kind| AuditEvent::of_request(now, kind, &context);
            let ended = ended.iter().map(|id| event(AuditKind::SessionLimit).of_session(*id));
            let login = event(AuditKind::Login).of_session(session.id).with_details("code");
            let effects: Effects = ended.chain([login]).collect();
            let tokens = kind.sign(&self.sessions, &verified, &account.metadata, &session);
            signed.set(tokens).then_some(effects)
        };
        match self.store.log_in_by_code(login, &effects).await? {
            CodeRedemption::LoggedIn(account) => {
                telemetry::record_user(user);
                self.sessions.count_opened(SessionOpening::LoginCode);
                let device = self.attempts.issue_device(&account, &context);
                Ok(Some(K::with_device(signed.into_tokens()?, device)))
            }
            CodeRedemption::Aborted => Ok(Some(signed.into_tokens()?)),
            CodeRedemption::Invalid => Ok(None),
        }
    }
}

impl fmt::Debug for LoginByCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginByCode").field("composer", &self.composer).finish_non_exhaustive()
    }
}
