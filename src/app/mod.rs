//! Composition: from a configuration to a service; the only folder that names concrete stores.
//!
//! ```text
//! open_store.rs    OpenStore: the store that a configuration names
//! metrics.rs       AppMetrics: the metrics of all parts
//! parts.rs         mails, and the throttle, as the options want them
//! use_cases.rs     UseCases: each use case, from what all of them share
//! error.rs         AppError
//! ```

mod error;
mod metrics;
mod open_store;
mod parts;
mod use_cases;

pub use error::AppError;
pub use metrics::AppMetrics;
pub use open_store::OpenStore;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tracing::warn;

use parts::{Mails, mails, throttle};
use use_cases::UseCases;

use crate::accounts::{Accounts, DeleteAccount, ExportAccount, Registrar};
use crate::audit::{AuditTrail, Chain};
use crate::clock::Clock;
use crate::config::{Config, HttpOptions};
use crate::credentials::{Attempts, ChangePassword, FailureSharing, Passwords};
use crate::domain::{Email, Metadata, PublicUrl};
use crate::keys::SharedKeySet;
use crate::login::{Login, LoginByCode};
use crate::mail::{Composer, Inbox};
use crate::metrics::StoreMetrics;
use crate::oauth_clients::OAuthClients;
use crate::outbox::{Delivery, Outbox};
use crate::pages::PageOptions;
use crate::password::{HashingPool, PasswordHash};
use crate::sessions::Sessions;
use crate::store::{Effects, MeasuredStore, NewUser, Store, StoreError};
use crate::verification::{ChangeEmail, Invite, ResetPassword, VerifyEmail};

/// The use cases of the service, without its edges.
///
/// Cheap to clone; the clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    /// Logins.
    pub login: Arc<Login>,
    /// Logins by codes, if they are allowed.
    pub login_by_code: Option<Arc<LoginByCode>>,
    /// Registrations.
    pub registrar: Arc<Registrar>,
    /// Deletion of accounts by their users.
    pub delete_account: Arc<DeleteAccount>,
    /// The export of accounts for their users.
    pub export_account: Arc<ExportAccount>,
    /// Administration of accounts.
    pub accounts: Arc<Accounts>,
    /// Changes of passwords.
    pub change_password: Arc<ChangePassword>,
    /// Sessions.
    pub sessions: Arc<Sessions>,
    /// The audit trail.
    pub audit: Arc<AuditTrail>,
    /// Attempts to prove the knowledge of a secret.
    pub attempts: Attempts,
    /// The hash chain of the audit trail, which [`Chain::run`] seals; `None` in memory.
    pub audit_chain: Option<Chain>,
    /// The keys that sign tokens.
    pub keys: SharedKeySet,
    /// The OAuth clients, which can be replaced.
    pub clients: Arc<ArcSwap<OAuthClients>>,
    /// The `iss` of the tokens, if they have one.
    pub issuer: Option<Arc<str>>,
    /// The URL under which browsers reach the service, if it is known.
    pub public_url: Option<PublicUrl>,
    /// The options of the hosted pages, whose appearance can be replaced.
    pub pages: Arc<ArcSwap<PageOptions>>,
    /// The minimum length of new passwords, in characters.
    pub min_password_length: usize,
    /// Limits of requests.
    pub http: Arc<HttpOptions>,
    /// The sharing of failed attempts; `None` without a SQL database, and if nothing is throttled.
    pub failure_sharing: Option<Arc<FailureSharing>>,
    /// Verification of e-mail addresses.
    pub verify_email: Arc<VerifyEmail>,
    /// New passwords for forgotten ones.
    pub reset_password: Arc<ResetPassword>,
    /// Changes of e-mail addresses.
    pub change_email: Arc<ChangeEmail>,
    /// Invitations.
    pub invite: Arc<Invite>,
    /// The composer of mails, whose templates can be replaced.
    pub composer: Composer,
    /// The mails that were delivered into memory; `None` where they are not.
    pub inbox: Option<Inbox>,
    /// The stored mails.
    pub outbox: Outbox,
    /// The delivery of mails; `None` where none are sent.
    pub delivery: Option<Arc<Delivery>>,
    /// The metrics.
    pub metrics: AppMetrics,
    store: OpenStore,
}

/// The time for the last exchange with a store that may not respond.
const LAST_EXCHANGE: Duration = Duration::from_secs(1);

impl App {
    /// The e-mail address of the demo's user.
    pub const DEMO_EMAIL: &str = "user@email.com";
    /// The password of the demo's user.
    pub const DEMO_PASSWORD: &str = "password";
    /// What it hashes to, with a salt that is no secret either: computing it would take longer than
    /// all the rest of a start, and leave 19 MiB behind.
    const DEMO_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$cxr4YZvh34kYfTqq6oN87w\
                             $HKNbmuK6gVkD8IHZiS5tGpD0W0+9BmwTqdz0GB9VGD8";

    /// Composes the service; in the demo, with its user.
    ///
    /// # Errors
    ///
    /// [`AppError`].
    pub async fn new(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        let open = OpenStore::open(&config.database, Arc::clone(&clock)).await?;
        let (metrics, operations) = (AppMetrics::new(), StoreMetrics::default());
        metrics.add_store(&open, &operations);
        let store: Arc<dyn Store> = Arc::new(MeasuredStore::new(open.store(), operations));
        let pool = HashingPool::start(config.hashing)?;
        metrics.add_hashing(&pool, config.hashing.queue);
        let passwords = Passwords::new(pool, config.accounts.policy.clone());
        if config.demo {
            insert_demo_user(&*store, &*clock).await?;
        }
        let audit = AuditTrail::new(Arc::clone(&store), Arc::clone(&clock));
        let Mails { composer, delivery, inbox } = mails(config, &store, &clock)?;
        let (throttle, failure_sharing) = throttle(config, &open, &clock);
        metrics.add_throttle(&throttle);
        let sessions = {
            let (throttle, clock) = (throttle.clone(), Arc::clone(&clock));
            Sessions::new(Arc::clone(&store), &config.tokens, config.sessions, throttle, clock)
                .with_notices(composer.clone())
        };
        let keys = config.tokens.keys.clone();
        let use_cases = UseCases {
            attempts: Attempts::new(throttle, audit.clone(), keys.clone(), Arc::clone(&clock)),
            sessions: Arc::new(sessions),
            config,
            clock: Arc::clone(&clock),
            store: Arc::clone(&store),
            passwords,
            composer,
        };
        let verify_email = Arc::new(use_cases.verify_email());
        metrics.add_delivery(delivery.as_deref());
        metrics.metrics.add(use_cases.attempts.metrics());
        metrics.metrics.add(use_cases.sessions.metrics());
        metrics.metrics.add(audit.lost());
        Ok(Self {
            login: Arc::new(use_cases.login(&verify_email)),
            login_by_code: use_cases.login_by_code().map(Arc::new),
            registrar: Arc::new(use_cases.registrar()),
            accounts: Arc::new(use_cases.accounts()),
            delete_account: Arc::new(use_cases.delete_account()),
            export_account: Arc::new(use_cases.export_account()),
            change_password: Arc::new(use_cases.change_password()),
            verify_email,
            reset_password: Arc::new(use_cases.reset_password()),
            change_email: Arc::new(use_cases.change_email()),
            invite: Arc::new(use_cases.invite()),
            audit: Arc::new(audit),
            attempts: use_cases.attempts,
            sessions: use_cases.sessions,
            audit_chain: open.audit_chain(Arc::clone(&clock)),
            keys,
            clients: Arc::new(ArcSwap::from_pointee(config.oauth_clients.clone())),
            issuer: config.tokens.issuer.as_deref().map(Arc::from),
            public_url: config.public_url.clone(),
            pages: Arc::new(ArcSwap::from_pointee(config.pages.clone())),
            min_password_length: config.accounts.policy.min_length(),
            http: Arc::new(config.http.clone()),
            failure_sharing,
            composer: use_cases.composer,
            inbox,
            outbox: Outbox::new(store, clock),
            delivery,
            metrics,
            store: open,
        })
    }

    /// Does what the service does beside requests; it never ends.
    pub async fn run_background(&self) {
        let share = async {
            match &self.failure_sharing {
                Some(sharing) => sharing.run().await,
                None => std::future::pending().await,
            }
        };
        let seal = async {
            match self.audit_chain.clone() {
                Some(chain) => chain.run().await,
                None => std::future::pending().await,
            }
        };
        let deliver = async {
            match &self.delivery {
                Some(delivery) => delivery.run().await,
                None => std::future::pending().await,
            }
        };
        tokio::join!(share, seal, deliver);
    }

    /// Stores the audit events that are still queued, for at most `timeout`, and what is shared with other
    /// instances if the store responds. Closes the store when what is being done with it is done.
    pub async fn close(&self, timeout: Duration) {
        let share = async {
            match &self.failure_sharing {
                Some(sharing) => sharing.exchange().await.is_ok(),
                None => true,
            }
        };
        let drain = tokio::time::timeout(timeout, self.audit.drain());
        let (drained, shared) = tokio::join!(drain, tokio::time::timeout(LAST_EXCHANGE, share));
        if drained.is_err() {
            warn!("shutdown timeout expired, queued audit events are lost; the log has them");
        }
        // The next start seals what this one does not, where the store does not respond.
        if let (Ok(true), Some(chain)) = (shared, &self.audit_chain) {
            let _ = tokio::time::timeout(LAST_EXCHANGE, chain.seal()).await;
        }
        self.store.close().await;
    }
}

async fn insert_demo_user(store: &dyn Store, clock: &dyn Clock) -> Result<(), StoreError> {
    let email = Email::parse(App::DEMO_EMAIL);
    let password_hash = PasswordHash::parse(App::DEMO_HASH);
    if let (Ok(email), Ok(password_hash)) = (email, password_hash) {
        let created_at = clock.now();
        let demo = NewUser {
            email,
            email_verified: true,
            password_hash,
            is_admin: false,
            disabled: false,
            metadata: Metadata::default(),
            created_at,
        };
        store.insert(demo, &|_| Some(Effects::none())).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::{Cost, Password};

    /// Or the demo's first login would compute another one.
    #[test]
    fn the_hash_of_the_demos_user_is_as_a_new_one_would_be() {
        let (hash, cost) = (PasswordHash::parse(App::DEMO_HASH).unwrap(), Cost::default());
        assert!(!hash.needs_rehash(cost, &Password::new(App::DEMO_PASSWORD.to_owned()).unwrap()));
    }
}
