//! From a configuration to a service: the one place that names concrete stores.

use std::sync::Arc;

use crate::accounts::{Accounts, AccountsError};
use crate::clock::Clock;
use crate::config::{Config, HttpOptions};
use crate::password::{HashingPool, Password};
use crate::sessions::Sessions;
use crate::store::memory::MemoryStore;
use crate::user::Email;

/// The service without its edges: what `http` and the command line are built on.
///
/// Cheap to clone; the clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    /// What is done with accounts.
    pub accounts: Arc<Accounts>,
    /// What is done with sessions.
    pub sessions: Arc<Sessions>,
    /// What requests may be like.
    pub http: Arc<HttpOptions>,
}

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The system gives no threads for hashing.
    #[error("cannot start the threads that hash passwords: {0}")]
    Hashing(#[from] std::io::Error),
    /// The demo's user could not be added.
    #[error("cannot add the demo's user: {0}")]
    Demo(#[from] AccountsError),
}

impl App {
    /// The e-mail address of the demo's user.
    pub const DEMO_EMAIL: &str = "user@email.com";
    /// The password of the demo's user.
    pub const DEMO_PASSWORD: &str = "password";

    /// Puts the service together; in the demo the tutorial's user is its first.
    ///
    /// # Errors
    ///
    /// [`AppError`] says what could not be had.
    pub async fn new(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        let pool = HashingPool::start(config.hashing)?;
        let users = Arc::new(MemoryStore::new());
        let accounts = Accounts::new(users.clone(), pool);
        if config.demo {
            let email = Email::parse(Self::DEMO_EMAIL);
            let password = Password::new(Self::DEMO_PASSWORD.to_owned());
            if let (Ok(email), Ok(password)) = (email, password) {
                accounts.add(email, password, false).await?;
            }
        }
        Ok(Self {
            accounts: Arc::new(accounts),
            sessions: Arc::new(Sessions::new(users, &config.tokens, clock)),
            http: Arc::new(config.http.clone()),
        })
    }
}
