//! Connects to the server that accepts writes.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use tokio::time::{sleep, timeout};

use super::connect_error::{ConnectError, is_transient};
use super::parameters::Target;
use super::schema::SchemaName;
use super::tls::Server;
use super::url::{PostgresUrl, address};

/// The longest lifetime of a connection, which bounds the memory of its server process.
const LIFETIME: Duration = Duration::from_mins(30);
/// The pause between two rounds of all servers.
const PAUSE: Duration = Duration::from_millis(100);
/// The value of `extra_float_digits` that sqlx sets at the start of a session, and poolers ignore.
const FLOAT_DIGITS: &str = "2";

/// The servers of a URL. Opens connections to the one that accepts writes, and tests them.
pub(super) struct Servers {
    hosts: Vec<Server>,
    target: Target,
    connect_timeout: Option<Duration>,
    /// Set at the start of each session, or of each transaction through a pooler.
    settings: Settings,
    /// The timeout of a statement, including the wait for a connection.
    timeout: Duration,
    /// The index of the server that was last connected to, which is tried first.
    current: AtomicUsize,
    /// Whether the connection is through a pooler such as PgBouncer: a session is then limited to a
    /// transaction.
    pooler: AtomicBool,
    /// The number of lost connections. Connections that were opened before the last loss are closed
    /// without a test: each test of an unreachable server would take its timeout.
    losses: AtomicU64,
}

/// The settings of a session.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The timeout of a statement, in milliseconds; 0 for none.
    pub(super) statement_timeout: u128,
    /// The schema of the tables, in quotes.
    pub(super) search_path: Option<String>,
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) connection: PgConnection,
    pub(super) is_pooled: bool,
    is_read_only: bool,
    losses: u64,
}

impl Settings {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("statement_timeout", self.statement_timeout.to_string())];
        pairs.extend(self.search_path.clone().map(|schema| ("search_path", schema)));
        pairs
    }

    /// The statement that begins a transaction with these settings.
    pub(super) fn begin(&self) -> String {
        let set = |(name, value): (_, String)| format!("; SET LOCAL {name} = {value}");
        let settings: String = self.pairs().into_iter().map(set).collect();
        format!("BEGIN{settings}")
    }
}

impl Servers {
    pub(super) fn new(url: &PostgresUrl, timeout: Duration) -> Self {
        let search_path = url.schema.as_ref().map(SchemaName::quoted);
        Self {
            hosts: url.servers.clone(),
            target: url.target,
            connect_timeout: url.connect_timeout,
            settings: Settings { statement_timeout: timeout.as_millis(), search_path },
            timeout,
            current: AtomicUsize::new(0),
            pooler: AtomicBool::new(url.pooler),
            losses: AtomicU64::new(0),
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Invalidates all connections: the server is lost, or no longer accepts writes.
    pub(super) fn invalidate_connections(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    /// Connects to the first usable server. If none is, since one is starting or about to be promoted,
    /// retries until the timeout.
    pub(super) async fn connect(&self) -> Result<Live, sqlx::Error> {
        let losses = self.losses.load(Ordering::Relaxed);
        // The rest is for the test of a lost connection, and for the statement.
        let limit = self.timeout / 4 * 3;
        let mut last_error = None;
        let rounds = async {
            loop {
                match self.round(limit, losses).await {
                    Err(error) if is_transient(&error) => last_error = Some(error),
                    ended => break ended,
                }
                sleep(PAUSE).await;
            }
        };
        let ended = timeout(limit, rounds).await;
        let late =
            || ConnectError::timeout(&self.hosts[self.current.load(Ordering::Relaxed)].options);
        ended.unwrap_or_else(|_| Err(last_error.unwrap_or_else(late)))
    }

    /// Tries each server once, beginning with the one that was last connected to.
    async fn round(&self, limit: Duration, losses: u64) -> Result<Live, sqlx::Error> {
        let count = self.hosts.len();
        let share = limit / u32::try_from(count).unwrap_or(1);
        let share = self.connect_timeout.map_or(share, |timeout| timeout.min(share));
        let first = self.current.load(Ordering::Relaxed);
        let mut errors = Vec::new();
        for index in (first..count).chain(0..first) {
            let server = &self.hosts[index];
            let opened = timeout(share, self.open(server, losses)).await;
            let opened = opened.unwrap_or_else(|_| Err(ConnectError::timeout(&server.options)));
            match opened {
                Ok(live) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(live);
                }
                Err(error) => errors.push(error),
            }
        }
        Err(ConnectError::all(errors))
    }

    async fn open(&self, server: &Server, losses: u64) -> Result<Live, sqlx::Error> {
        let connect_error = |error| ConnectError::at_server(&server.options, &error);
        let mut is_pooled = self.pooler.load(Ordering::Relaxed);
        let connected = match self.session(server, is_pooled).await {
            Err(error) if !is_pooled && is_pooler_error(&error) => {
                is_pooled = true;
                self.session(server, is_pooled).await
            }
            connected => connected,
        };
        let mut connection = connected.map_err(connect_error)?;
        let state = "SELECT current_setting('transaction_read_only'), \
                     current_setting('extra_float_digits'), pg_is_in_recovery()::text";
        let state = sqlx::raw_sql(state).fetch_one(&mut connection).await.map_err(connect_error)?;
        let is_read_only = state.try_get::<String, _>(0)? == "on";
        let is_standby = state.try_get::<String, _>(2)? == "true";
        // Other poolers ignore the settings.
        is_pooled |= state.try_get::<String, _>(1)? != FLOAT_DIGITS;
        self.pooler.fetch_or(is_pooled, Ordering::Relaxed);
        let is_usable = match self.target {
            Target::Any => true,
            Target::ReadWrite => !is_read_only,
            Target::Primary => !is_standby,
        };
        if !is_usable {
            return Err(
                ConnectError::ReadOnly { server: address(&server.options), is_standby }.into()
            );
        }
        Ok(Live { connection, is_pooled, is_read_only, losses })
    }

    async fn session(&self, server: &Server, is_pooled: bool) -> Result<PgConnection, sqlx::Error> {
        let mut server = server.clone();
        server.options = if is_pooled {
            server.options.extra_float_digits(None)
        } else {
            server.options.options(self.settings.pairs())
        };
        server.connect().await
    }
}

impl Manager for Servers {
    type Type = Live;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Live, sqlx::Error> {
        self.connect().await
    }

    /// Tests that an idle connection still reaches its server, in the same state.
    async fn recycle(&self, live: &mut Live, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if live.losses != self.losses.load(Ordering::Relaxed) || metrics.age() > LIFETIME {
            return Err(RecycleError::message("closed"));
        }
        // A part of the timeout: the rest suffices for a new connection, so that the first requests after
        // a failover reach the new server.
        let state = sqlx::raw_sql("SHOW transaction_read_only").fetch_one(&mut live.connection);
        let state = timeout(self.timeout / 4, state).await;
        let state = state.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())));
        match state.and_then(|state| state.try_get::<String, _>(0)) {
            Ok(state) if (state == "on") == live.is_read_only => Ok(()),
            Ok(_) => {
                self.invalidate_connections();
                Err(RecycleError::message("promoted or demoted"))
            }
            Err(error) => {
                self.invalidate_connections();
                Err(RecycleError::Backend(error))
            }
        }
    }
}

/// Shows addresses only: sqlx's options would show the password.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<_> = self.hosts.iter().map(|server| address(&server.options)).collect();
        f.debug_struct("Servers").field("hosts", &addresses).finish_non_exhaustive()
    }
}

/// PgBouncer rejects unknown parameters with this message, which is not localized.
fn is_pooler_error(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message().contains("unsupported startup parameter"))
}
