//! Attempts to prove the knowledge of a password: throttled, and recorded where they fail.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tracing::error;

use crate::audit::AuditTrail;
use crate::clock::Clock;
use crate::domain::{AuditEvent, AuditKind, ClientNetwork, RequestContext, UserId};
use crate::keys::SharedKeySet;
use crate::metrics::{AttemptMetrics, AttemptOutcome, Label};
use crate::store::Account;
use crate::throttle::{AccountHash, Attempt, CountedRequest, Permit, Throttle};
use crate::token::DeviceToken;

/// Admits attempts to prove the knowledge of a password, and records their failures. A cheap handle.
#[derive(Clone)]
pub struct Attempts {
    throttle: Throttle,
    audit: AuditTrail,
    keys: SharedKeySet,
    clock: Arc<dyn Clock>,
    metrics: AttemptMetrics,
}

/// The reason of a failed attempt, in the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// There is no account with this address.
    Unknown,
    /// The password is wrong.
    WrongPassword,
    /// The login code is wrong, was used, or has expired.
    WrongCode,
    /// The account is disabled.
    Disabled,
}

/// The time until a throttled attempt may be repeated.
pub type RetryAfter = Duration;

/// An admitted attempt, which counts as a failure unless its outcome is another one.
#[derive(Debug)]
#[must_use = "it counts as a failure"]
pub struct PasswordAttempt<'a> {
    attempts: &'a Attempts,
    permit: Permit,
    account: AccountHash,
    kind: AuditKind,
    context: &'a RequestContext,
}

impl Attempts {
    /// Attempts that are admitted by `throttle`, and whose failures are recorded in `audit`. Addresses
    /// and devices are authenticated with `keys`.
    #[must_use]
    pub fn new(
        throttle: Throttle,
        audit: AuditTrail,
        keys: SharedKeySet,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { throttle, audit, keys, clock, metrics: AttemptMetrics::default() }
    }

    /// The metrics of these attempts.
    #[must_use]
    pub fn metrics(&self) -> &AttemptMetrics {
        &self.metrics
    }

    fn count(&self, kind: AuditKind, outcome: AttemptOutcome) {
        let AttemptMetrics { logins, confirmations } = &self.metrics;
        let counters = if kind == AuditKind::LoginFailed { logins } else { confirmations };
        counters.count(outcome);
    }

    /// The device token of a request; `None` where it has none or an invalid one.
    #[must_use]
    pub fn presented_device(&self, context: &RequestContext) -> Option<DeviceToken> {
        let text = context.device_token.as_ref()?;
        DeviceToken::parse(text.expose_secret(), &self.keys.current())
    }

    /// Whether the request presents a device token of the account.
    #[must_use]
    pub fn is_known_device(&self, account: &Account, context: &RequestContext) -> bool {
        self.presented_device(context).is_some_and(|token| is_of_account(&token, account))
    }

    /// A device token for an account that was logged in to: of the presented device if it is that of
    /// the account, otherwise of a new one. `None` where it cannot be signed.
    #[must_use]
    pub fn issue_device(&self, account: &Account, context: &RequestContext) -> Option<String> {
        let new = DeviceToken::new(account.user.id, account.tokens_valid_after);
        let presented = self.presented_device(context).filter(|it| is_of_account(it, account));
        presented.unwrap_or(new).sign(&self.keys.current()).ok()
    }

    /// Begins an attempt at the account with this address, be there one or not. `kind` is that of the
    /// event if it fails. `account` is the account if it was looked up before, which makes a
    /// presented device a known one.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`], where the attempt is throttled. The first one of a back-off is recorded.
    pub fn begin<'a>(
        &'a self,
        kind: AuditKind,
        email: &str,
        account: Option<&Account>,
        context: &'a RequestContext,
    ) -> Result<PasswordAttempt<'a>, RetryAfter> {
        let Some(hash) = AccountHash::new(email, &self.keys.current()) else {
            error!("cannot hash an e-mail address");
            return Err(Duration::from_secs(1));
        };
        let known = account.and_then(|account| {
            self.presented_device(context).filter(|device| is_of_account(device, account))
        });
        let attempt = Attempt {
            account: hash,
            network: context.client.address.map(ClientNetwork::from),
            device: known.map(|token| token.device),
        };
        match self.throttle.admit(attempt, self.clock.now()) {
            Ok(permit) => {
                Ok(PasswordAttempt { attempts: self, permit, account: hash, kind, context })
            }
            Err(throttled) => {
                self.count(kind, AttemptOutcome::Throttled);
                if throttled.is_first {
                    let user = account.map(|account| account.user.id);
                    let reason = AttemptOutcome::Throttled.value();
                    self.record(kind, reason, hash, user, context);
                }
                Err(throttled.retry_after)
            }
        }
    }

    /// Counts a registration.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`], where there were too many from the network of the client.
    pub fn count_registration(&self, context: &RequestContext) -> Result<(), RetryAfter> {
        let network = context.client.address.map(ClientNetwork::from);
        let counted = self.throttle.count(CountedRequest::Registration(network), self.clock.now());
        counted.map_err(|throttled| throttled.retry_after)
    }

    /// Counts a request for a mail.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`], where there were too many from the network of the client.
    pub fn count_mail(&self, context: &RequestContext) -> Result<(), RetryAfter> {
        let network = context.client.address.map(ClientNetwork::from);
        let counted = self.throttle.count(CountedRequest::Mail(network), self.clock.now());
        counted.map_err(|throttled| throttled.retry_after)
    }

    /// Records that an OAuth client was rejected for its credentials.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`], where there were too many from the network of the client; none is recorded then.
    pub fn reject_oauth_client(&self, context: &RequestContext) -> Result<(), RetryAfter> {
        let (now, kind) = (self.clock.now(), AuditKind::OAuthClientRejected);
        let network = context.client.address.map(ClientNetwork::from);
        let counted = self.throttle.count(CountedRequest::OAuthClientFailure(network), now);
        counted.map_err(|throttled| throttled.retry_after)?;
        self.audit.enqueue(AuditEvent::of_request(now, kind, context));
        Ok(())
    }

    fn record(
        &self,
        kind: AuditKind,
        reason: &str,
        account: AccountHash,
        user: Option<UserId>,
        context: &RequestContext,
    ) {
        let event = AuditEvent::of_request(self.clock.now(), kind, context);
        let details = match user {
            Some(_) => reason.to_owned(),
            // So that a series can be followed without the text that was typed.
            None => format!("{reason}:{account}"),
        };
        self.audit.enqueue(AuditEvent { user, ..event }.with_details(details));
    }
}

/// Whether a device token is valid for an account.
fn is_of_account(token: &DeviceToken, account: &Account) -> bool {
    token.user == account.user.id && token.valid_after == account.tokens_valid_after
}

impl PasswordAttempt<'_> {
    /// The password is right.
    pub fn succeeded(self) {
        self.attempts.count(self.kind, AttemptOutcome::Succeeded);
        self.permit.succeeded(self.attempts.clock.now());
    }

    /// The attempt failed. `user` is the user, if there is an account.
    pub fn failed(self, reason: FailureReason, user: Option<UserId>) {
        let Self { attempts, account, kind, context, .. } = self;
        let outcome = match reason {
            FailureReason::Unknown => AttemptOutcome::Unknown,
            FailureReason::WrongPassword => AttemptOutcome::WrongPassword,
            FailureReason::WrongCode => AttemptOutcome::WrongCode,
            FailureReason::Disabled => AttemptOutcome::Disabled,
        };
        attempts.count(kind, outcome);
        attempts.record(kind, outcome.value(), account, user, context);
    }

    /// The password is right, and the address of the user has to be verified first.
    pub fn unverified(self, user: UserId) {
        let Self { attempts, permit, account, kind, context } = self;
        permit.succeeded(attempts.clock.now());
        attempts.count(kind, AttemptOutcome::Unverified);
        attempts.record(kind, AttemptOutcome::Unverified.value(), account, Some(user), context);
    }

    /// The attempt was not judged, such as in a failure of the store: it does not count.
    pub fn cancelled(self) {
        self.attempts.count(self.kind, AttemptOutcome::Failed);
        self.permit.cancelled(self.attempts.clock.now());
    }
}

impl fmt::Debug for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").finish_non_exhaustive()
    }
}
