//! From a configuration to a service: the one place that names concrete stores.

use std::sync::Arc;

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::config::{Config, Database, DatabaseOptions, HttpOptions};
use crate::domain::Email;
use crate::keys::SharedKeySet;
use crate::oauth_clients::OAuthClients;
use crate::password::{HashingPool, PasswordHash};
use crate::sessions::Sessions;
use crate::store::cached::CachedStore;
use crate::store::memory::MemoryStore;
use crate::store::sql::{MigrationError, SqlStore};
use crate::store::{NewUser, SessionStore, StoreError, UserStore};

/// The service without its edges: what `http` and the command line are built on.
///
/// Cheap to clone; the clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    /// What is done with accounts.
    pub accounts: Arc<Accounts>,
    /// What is done with sessions.
    pub sessions: Arc<Sessions>,
    /// The keys that sign tokens.
    pub keys: SharedKeySet,
    /// The services that may ask about tokens.
    pub clients: Arc<OAuthClients>,
    /// The `iss` of the tokens, if they have one.
    pub issuer: Option<Arc<str>>,
    /// What requests may be like.
    pub http: Arc<HttpOptions>,
    store: Store,
}

/// Where users are kept, ready to be used.
#[derive(Clone, Debug)]
pub enum Store {
    /// In memory.
    Memory(MemoryStore),
    /// In a SQL database, whose tables are up to date.
    Sql(SqlStore),
}

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The system gives no threads for hashing.
    #[error("cannot start the threads that hash passwords: {0}")]
    Hashing(#[from] std::io::Error),
    /// The database cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The tables of the database are not as they have to be.
    #[error("{database}: {source}")]
    Migration {
        /// Which database, without its password.
        database: String,
        /// What is in the way.
        source: MigrationError,
    },
}

impl Store {
    /// Opens the store, and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// [`AppError::Store`] and [`AppError::Migration`] say what is in the way.
    pub async fn open(options: &DatabaseOptions) -> Result<Self, AppError> {
        match &options.database {
            Database::Memory => Ok(Self::Memory(MemoryStore::new())),
            Database::Sql(url) => {
                let store = SqlStore::new(url, options.sql)?;
                store
                    .migrate(options.migration_lock)
                    .await
                    .map_err(|source| AppError::Migration { database: url.to_string(), source })?;
                Ok(Self::Sql(store))
            }
        }
    }

    /// The users and sessions in it, for one who asks for them again and again: those of a database
    /// are kept for a moment.
    fn cached(&self, clock: &Arc<dyn Clock>) -> (Arc<dyn UserStore>, Arc<dyn SessionStore>) {
        match self {
            Self::Memory(store) => (Arc::new(store.clone()), Arc::new(store.clone())),
            Self::Sql(store) => {
                let cached = CachedStore::new(store.clone(), Arc::clone(clock));
                (Arc::new(cached.clone()), Arc::new(cached))
            }
        }
    }

    /// The users in it.
    #[must_use]
    pub fn users(&self) -> Arc<dyn UserStore> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            Self::Sql(store) => Arc::new(store.clone()),
        }
    }

    /// The sessions in it.
    #[must_use]
    pub fn sessions(&self) -> Arc<dyn SessionStore> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            Self::Sql(store) => Arc::new(store.clone()),
        }
    }

    /// Closes it when what is being done with it is done.
    pub async fn close(&self) {
        if let Self::Sql(store) = self {
            store.close().await;
        }
    }
}

impl App {
    /// The e-mail address of the demo's user.
    pub const DEMO_EMAIL: &str = "user@email.com";
    /// The password of the demo's user.
    pub const DEMO_PASSWORD: &str = "password";
    /// What it hashes to, with a salt that is no secret either: computing it would take longer than
    /// all the rest of a start, and leave 19 MiB behind.
    const DEMO_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$cxr4YZvh34kYfTqq6oN87w\
                             $HKNbmuK6gVkD8IHZiS5tGpD0W0+9BmwTqdz0GB9VGD8";

    /// Puts the service together; in the demo the tutorial's user is its first.
    ///
    /// # Errors
    ///
    /// [`AppError`] says what could not be had.
    pub async fn new(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        let store = Store::open(&config.database).await?;
        let (users, sessions) = store.cached(&clock);
        let pool = HashingPool::start(config.hashing)?;
        let accounts = Accounts::new(Arc::clone(&users), pool, config.accounts, Arc::clone(&clock));
        if config.demo {
            let email = Email::parse(Self::DEMO_EMAIL);
            let password_hash = PasswordHash::parse(Self::DEMO_HASH);
            if let (Ok(email), Ok(password_hash)) = (email, password_hash) {
                let created_at = clock.now().milliseconds();
                let demo =
                    NewUser { email, password_hash, is_admin: false, disabled: false, created_at };
                users.insert(demo).await?;
            }
        }
        Ok(Self {
            accounts: Arc::new(accounts),
            sessions: Arc::new(Sessions::new(
                users,
                sessions,
                &config.tokens,
                config.sessions,
                clock,
            )),
            keys: config.tokens.keys.clone(),
            clients: Arc::new(config.clients.clone()),
            issuer: config.tokens.issuer.as_deref().map(Arc::from),
            http: Arc::new(config.http.clone()),
            store,
        })
    }

    /// Closes the store when what is being done with it is done.
    pub async fn close(&self) {
        self.store.close().await;
    }
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
