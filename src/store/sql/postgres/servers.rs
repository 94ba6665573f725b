//! Which server is connected to.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use sqlx::Row;
use sqlx::postgres::PgConnection;
use tokio::time::{sleep, timeout};

use super::parameters::Target;
use super::refused::{Refused, is_transient};
use super::schema::SchemaName;
use super::tls::Server;
use super::url::{PostgresUrl, address};

/// A connection is closed when it is older, so that what the server keeps for it does not grow.
const LIFETIME: Duration = Duration::from_mins(30);
/// Between two rounds of all servers.
const PAUSE: Duration = Duration::from_millis(100);
/// What sqlx asks for at the start of a session, and no pooler passes on.
const FLOAT_DIGITS: &str = "2";

/// The servers of a URL: opens connections to the one that can be written to, and tests them.
pub(super) struct Servers {
    hosts: Vec<Server>,
    target: Target,
    connect_timeout: Option<Duration>,
    /// What is set at the start of each session, or of each transaction through a pooler.
    settings: Settings,
    /// How long a statement may take, the wait for a connection included.
    timeout: Duration,
    /// The server that was connected to last: the first to be tried.
    current: AtomicUsize,
    /// Whether a pooler such as PgBouncer is in between: a session is then no longer than a
    /// transaction.
    pooler: AtomicBool,
    /// Counts the losses of a connection. Those that were opened before the last one are closed
    /// untested: a server that has vanished would be waited for once for each of them.
    losses: AtomicU64,
}

/// What a session has to have.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// How long a statement may take, in milliseconds; 0 for as long as it needs.
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

    /// The statement that begins a transaction with them.
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

    /// Has all connections opened anew: the server has gone, or takes no writes any more.
    pub(super) fn distrust(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection to the first server that will do. Where there is none, because one is starting
    /// or about to be promoted, they are tried again for a while.
    pub(super) async fn connect(&self) -> Result<Live, sqlx::Error> {
        let losses = self.losses.load(Ordering::Relaxed);
        // What is left is for the test of a connection that was lost, and for the statement.
        let patience = self.timeout / 4 * 3;
        let mut refused = None;
        let rounds = async {
            loop {
                match self.round(patience, losses).await {
                    Err(error) if is_transient(&error) => refused = Some(error),
                    ended => break ended,
                }
                sleep(PAUSE).await;
            }
        };
        let ended = timeout(patience, rounds).await;
        let late = || Refused::silent(&self.hosts[self.current.load(Ordering::Relaxed)].options);
        ended.unwrap_or_else(|_| Err(refused.unwrap_or_else(late)))
    }

    /// Tries each server once, beginning with the one that did last.
    async fn round(&self, patience: Duration, losses: u64) -> Result<Live, sqlx::Error> {
        let count = self.hosts.len();
        let share = patience / u32::try_from(count).unwrap_or(1);
        let share = self.connect_timeout.map_or(share, |limit| limit.min(share));
        let first = self.current.load(Ordering::Relaxed);
        let mut refusals = Vec::new();
        for index in (first..count).chain(0..first) {
            let server = &self.hosts[index];
            let opened = timeout(share, self.open(server, losses)).await;
            let opened = opened.unwrap_or_else(|_| Err(Refused::silent(&server.options)));
            match opened {
                Ok(live) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(live);
                }
                Err(error) => refusals.push(error),
            }
        }
        Err(Refused::all(refusals))
    }

    async fn open(&self, server: &Server, losses: u64) -> Result<Live, sqlx::Error> {
        let refused = |error| Refused::at(&server.options, &error);
        let mut is_pooled = self.pooler.load(Ordering::Relaxed);
        let connected = match self.session(server, is_pooled).await {
            Err(error) if !is_pooled && is_of_a_pooler(&error) => {
                is_pooled = true;
                self.session(server, is_pooled).await
            }
            connected => connected,
        };
        let mut connection = connected.map_err(refused)?;
        let state = "SELECT current_setting('transaction_read_only'), \
                     current_setting('extra_float_digits'), pg_is_in_recovery()::text";
        let state = sqlx::raw_sql(state).fetch_one(&mut connection).await.map_err(refused)?;
        let is_read_only = state.try_get::<String, _>(0)? == "on";
        let is_standby = state.try_get::<String, _>(2)? == "true";
        // A pooler may have ignored them, too.
        is_pooled |= state.try_get::<String, _>(1)? != FLOAT_DIGITS;
        self.pooler.fetch_or(is_pooled, Ordering::Relaxed);
        let will_do = match self.target {
            Target::Any => true,
            Target::ReadWrite => !is_read_only,
            Target::Primary => !is_standby,
        };
        if !will_do {
            return Err(Refused::ReadOnly { server: address(&server.options), is_standby }.into());
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

    /// An idle connection that still leads to the server that it led to, in the state that it had.
    async fn recycle(&self, live: &mut Live, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if live.losses != self.losses.load(Ordering::Relaxed) || metrics.age() > LIFETIME {
            return Err(RecycleError::message("closed"));
        }
        // A part of the time: what is left is enough to connect anew, so that the first requests after a
        // failover find the new server, and not the time-out.
        let state = sqlx::raw_sql("SHOW transaction_read_only").fetch_one(&mut live.connection);
        let state = timeout(self.timeout / 4, state).await;
        let state = state.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())));
        match state.and_then(|state| state.try_get::<String, _>(0)) {
            Ok(state) if (state == "on") == live.is_read_only => Ok(()),
            Ok(_) => {
                self.distrust();
                Err(RecycleError::message("promoted or demoted"))
            }
            Err(error) => {
                self.distrust();
                Err(RecycleError::Backend(error))
            }
        }
    }
}

/// Without what sqlx has to connect, which would show the password.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<_> = self.hosts.iter().map(|server| address(&server.options)).collect();
        f.debug_struct("Servers").field("hosts", &addresses).finish_non_exhaustive()
    }
}

/// PgBouncer refuses what it does not know, in these words in every language.
fn is_of_a_pooler(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message().contains("unsupported startup parameter"))
}
