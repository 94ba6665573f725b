//! `countersign serve`

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::SignalKind;
use tokio::sync::Notify;
use tracing::{info, warn};

use super::say::{complain, refuse};
use super::signals::{Event, Signals};
use crate::app::{App, AppError};
use crate::clock::SystemClock;
use crate::config::{Config, Database, Environment, ServeFlags};
use crate::http;
use crate::keys;
use crate::server;
use crate::telemetry;

/// Why the service did not run.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("cannot listen on {0}: {reason}; choose another address with --listen", reason = unheard(.1))]
    Listen(SocketAddr, io::Error),
    #[error(transparent)]
    App(#[from] AppError),
    #[error("cannot start: {0}")]
    Runtime(String),
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// Why an address cannot be listened on.
fn unheard(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => "another process listens there already".to_owned(),
        ErrorKind::AddrNotAvailable => "no interface of this machine has that address".to_owned(),
        ErrorKind::PermissionDenied => {
            "this user may not listen there; ports below 1024 need a privilege".to_owned()
        }
        _ => error.to_string(),
    }
}

/// How long is waited for what runs in the background when the service has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// After how many tasks in a row a core looks for what else has happened. More than there is room for in
/// its queue, so that whoever waits there comes first: with the 61 that tokio takes by itself, clients
/// who were just served are queued before those who wait still, and some wait long.
const EVENT_INTERVAL: u32 = 512;

/// How the service ended.
enum End {
    Unstarted,
    Drained,
    SecondSignal(SignalKind),
}

pub(super) fn run(flags: &ServeFlags) -> ExitCode {
    let config = match Config::new(flags, &Environment::of_process()) {
        Ok(config) => config,
        Err(faults) => return refuse(&faults),
    };
    let _log = match telemetry::init(config.log) {
        Ok(log) => log,
        Err(error) => {
            complain(ServeError::System(error));
            return ExitCode::FAILURE;
        }
    };
    let runtime = Builder::new_multi_thread().enable_all().event_interval(EVENT_INTERVAL).build();
    let end = match &runtime {
        Ok(runtime) => runtime.block_on(serve(config)),
        Err(error) => Err(ServeError::Runtime(error.to_string())),
    };
    if let Ok(End::SecondSignal(signal)) = end {
        // At once, without dropping the runtime.
        std::process::exit(128 + signal.as_raw_value());
    }
    // Dropping it would wait for a disk that does not answer.
    if let Ok(runtime) = runtime {
        runtime.shutdown_timeout(LAST_WORDS);
    }
    match end {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            match error {
                ServeError::Listen(..) => 8.into(),
                ServeError::App(AppError::Store(_) | AppError::Migration { .. }) => 9.into(),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

async fn serve(mut config: Config) -> Result<End, ServeError> {
    let mut signals = Signals::catch()?;
    let listener =
        server::listen(config.listen).map_err(|error| ServeError::Listen(config.listen, error))?;
    let address = listener.local_addr()?;
    config.server.max_connections = affordable_connections(config.server.max_connections);
    let reload = Arc::new(Notify::new());
    let app = tokio::select! {
        app = App::new(&config, Arc::new(SystemClock)) => app?,
        // It may have to wait for another instance that brings the tables up to date.
        _ = ending(&mut signals, &reload) => return Ok(End::Unstarted),
    };
    announce(&config, address);
    if let Some(file) = config.key_file {
        // Ends with the runtime.
        tokio::spawn(keys::watch(file, config.tokens.keys, Arc::clone(&reload)));
    }

    let shutdown = tokio_util::sync::CancellationToken::new();
    let first_signal = shutdown.clone().cancelled_owned();
    let serving = server::serve(listener, http::service(app.clone()), config.server, first_signal);
    let second_signal = async {
        ending(&mut signals, &reload).await;
        info!("shutting down; a second signal exits at once");
        shutdown.cancel();
        ending(&mut signals, &reload).await
    };
    tokio::select! {
        _ = serving => {
            app.close().await;
            info!("shut down");
            Ok(End::Drained)
        }
        signal = second_signal => Ok(End::SecondSignal(signal)),
    }
}

/// Waits for a signal that ends the service, and passes on those that ask for a reload until then.
async fn ending(signals: &mut Signals, reload: &Notify) -> SignalKind {
    loop {
        match signals.next().await {
            Event::End(signal) => return signal,
            Event::Reload => {
                info!("SIGHUP: the key file is read again; other settings need a restart");
                reload.notify_one();
            }
        }
    }
}

/// Descriptors that are not connections: the listener, the log, the runtime's own.
const OTHER_DESCRIPTORS: u64 = 64;

/// As many connections as are wanted, or as many as the system lets the process open.
fn affordable_connections(wanted: usize) -> usize {
    let descriptors = wanted as u64 + OTHER_DESCRIPTORS;
    let limit = rlimit::increase_nofile_limit(descriptors).unwrap_or(descriptors);
    if limit >= descriptors {
        return wanted;
    }
    let affordable = limit.saturating_sub(OTHER_DESCRIPTORS).max(1);
    warn!(wanted, affordable, "the system allows fewer open files than there may be connections");
    usize::try_from(affordable).unwrap_or(wanted)
}

fn announce(config: &Config, address: SocketAddr) {
    if let Some(file) = &config.key_file {
        keys::log_key_set(file, &config.tokens.keys);
    }
    for (what, path) in &config.exposed_files {
        let path = path.display();
        warn!("others than its owner may read or write the {what} {path}: chmod 600");
    }
    info!("countersign {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
    let lifetime = humantime::format_duration(config.tokens.lifetime);
    if !config.demo {
        info!("tokens live {lifetime}");
        match &config.database.database {
            Database::Sql(url) => info!("users are kept in {url}"),
            Database::Memory => warn!("users are kept in memory, and are gone when this ends"),
        }
        return;
    }
    let (email, password) = (App::DEMO_EMAIL, App::DEMO_PASSWORD);
    let secret = match &config.key_file {
        Some(_) => "your keys",
        None if config.random_secret => "a random secret",
        None => "your secret",
    };
    warn!("this is the demo: users are kept in memory, and {email} / {password} may log in");
    info!("tokens live {lifetime} and are signed with {secret}");
    info!("try it: curl -d email={email} -d password={password} http://{address}/login");
}
