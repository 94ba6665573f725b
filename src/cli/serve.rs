//! `countersign serve`

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::SignalKind;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::exit::{CommandError, Exit, exit_code, exit_with_config_errors};
use super::reload::{Read, Reload, Settings};
use super::service_manager;
use super::signals::{Event, Signals};
use crate::app::{App, AppError};
use crate::clock::SystemClock;
use crate::config::{Config, Database, ServeFlags, ServerOptions};
use crate::domain::PublicUrl;
use crate::http;
use crate::keys;
use crate::server;
use crate::telemetry::{self, LogGuard};

/// Errors of the service.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("cannot listen on {0}: {reason}; choose another address with --listen", reason = listen_reason(.1))]
    Listen(SocketAddr, io::Error),
    #[error("cannot use the socket of the service manager: {0}")]
    Inherited(io::Error),
    #[error(
        "cannot listen on {0} for metrics and probes: {reason}; choose another address with --admin-listen, or turn them off with --admin-listen off",
        reason = listen_reason(.1)
    )]
    ListenAdmin(SocketAddr, io::Error),
    #[error(transparent)]
    App(#[from] AppError),
    #[error("cannot start: {0}")]
    Runtime(String),
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// The reason why the service cannot listen on an address.
fn listen_reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => "another process listens on it".to_owned(),
        ErrorKind::AddrNotAvailable => "no interface of this machine has this address".to_owned(),
        ErrorKind::PermissionDenied => {
            "permission denied; ports below 1024 require a privilege".to_owned()
        }
        _ => error.to_string(),
    }
}

/// The timeout for background tasks after the service has ended.
const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(1);

/// The number of tasks that a worker thread runs before it polls for events. It exceeds the length of
/// the worker's queue, so that queued tasks run first: with tokio's default of 61, connections that were
/// just served are queued before those that still wait.
const EVENT_INTERVAL: u32 = 512;

/// The maximum number of connections to the admin listener.
const ADMIN_CONNECTIONS: usize = 32;

/// How the service ended.
enum End {
    BeforeStart,
    Drained,
    SecondSignal(SignalKind),
}

/// Runs the service. `read` reads the settings again at SIGHUP.
pub(super) fn run(mut settings: Settings, read: Box<Read>) -> ExitCode {
    // Before there are threads, and before the configuration, which depends on the address.
    let inherited = match inherited_listener(&mut settings.flags) {
        Ok(inherited) => inherited,
        Err(error) => return exit_code(Err(error)),
    };
    let config = match Config::new(&settings.flags, &settings.environment) {
        Ok(config) => config,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    let (log, level) = match telemetry::init(config.log) {
        Ok(log) => log,
        Err(error) => return exit_code(Err(ServeError::System(error))),
    };
    let runtime = Builder::new_multi_thread().enable_all().event_interval(EVENT_INTERVAL).build();
    let end = match &runtime {
        Ok(runtime) => {
            let reload = Reload::new(settings, read, level);
            runtime.block_on(serve(config, inherited, reload, &log))
        }
        Err(error) => Err(ServeError::Runtime(error.to_string())),
    };
    if let Ok(End::SecondSignal(signal)) = end {
        // Immediately, without dropping the runtime.
        std::process::exit(128 + signal.as_raw_value());
    }
    // Dropping the runtime would wait for a disk that does not respond.
    if let Ok(runtime) = runtime {
        runtime.shutdown_timeout(BACKGROUND_TIMEOUT);
    }
    exit_code(end.map(|_| ExitCode::SUCCESS))
}

impl CommandError for ServeError {
    fn exit(&self) -> Exit {
        match self {
            Self::Listen(..) | Self::ListenAdmin(..) | Self::Inherited(_) => Exit::Listen,
            Self::App(error) => error.into(),
            Self::Runtime(_) | Self::System(_) => Exit::Failure,
        }
    }
}

/// The socket of the service manager. Its address takes the place of the one in the flags: what an address
/// requires is required of this one, too.
fn inherited_listener(flags: &mut ServeFlags) -> Result<Option<TcpListener>, ServeError> {
    let inherited = service_manager::inherited_listener().map_err(ServeError::Inherited)?;
    if let Some(listener) = &inherited {
        flags.listen = listener.local_addr().map_err(ServeError::Inherited)?;
    }
    Ok(inherited)
}

async fn serve(
    mut config: Config,
    inherited: Option<TcpListener>,
    reload: Reload,
    log: &LogGuard,
) -> Result<End, ServeError> {
    let mut signals = Signals::catch()?;
    let listener = match inherited {
        Some(listener) => server::adopt(listener).map_err(ServeError::Inherited),
        None => {
            server::listen(config.listen).map_err(|error| ServeError::Listen(config.listen, error))
        }
    }?;
    let admin_listener = config.admin_listen.map(listen_admin).transpose()?;
    let address = listener.local_addr()?;
    if config.demo && config.public_url.is_none() {
        config.public_url = PublicUrl::of_demo(address.port());
    }
    config.server.max_connections = affordable_connections(config.server.max_connections);
    let reloads = Reloads::default();
    let app = tokio::select! {
        app = App::new(&config, Arc::new(SystemClock)) => app?,
        // The start may wait for another instance that migrates the tables.
        _ = end_signal(&mut signals, &reloads) => return Ok(End::BeforeStart),
    };
    app.metrics.metrics.add(log.lost());
    announce(&config, address);
    if let Some(file) = config.key_file {
        // It ends with the runtime.
        tokio::spawn(keys::watch(file, config.tokens.keys, Arc::clone(&reloads.keys)));
    }
    tokio::spawn(reload.run(app.clone(), config.demo, Arc::clone(&reloads.settings)));
    let background = app.clone();
    tokio::spawn(async move { background.run_background().await });
    tokio::spawn(service_manager::feed_watchdog());
    service_manager::notify_ready();

    let shutdown = CancellationToken::new();
    let first_signal = shutdown.clone().cancelled_owned();
    let shutdown_timeout = config.server.shutdown_timeout;
    let administration = serve_admin(admin_listener, &app, config.server.clone(), &shutdown);
    let serving = server::serve(listener, http::service(app.clone()), config.server, first_signal);
    let serving = async { tokio::join!(serving, administration) };
    let second_signal = async {
        end_signal(&mut signals, &reloads).await;
        info!("shutting down; a second signal exits at once");
        service_manager::notify_stopping();
        shutdown.cancel();
        end_signal(&mut signals, &reloads).await
    };
    tokio::select! {
        _ = serving => {
            app.close(shutdown_timeout).await;
            info!("shut down");
            Ok(End::Drained)
        }
        signal = second_signal => Ok(End::SecondSignal(signal)),
    }
}

fn listen_admin(address: SocketAddr) -> Result<tokio::net::TcpListener, ServeError> {
    server::listen(address).map_err(|error| ServeError::ListenAdmin(address, error))
}

/// Serves metrics and probes until the shutdown, if there is a listener.
async fn serve_admin(
    listener: Option<tokio::net::TcpListener>,
    app: &App,
    options: ServerOptions,
    shutdown: &CancellationToken,
) {
    let Some(listener) = listener else { return };
    if let Ok(address) = listener.local_addr() {
        info!("metrics at http://{address}/metrics");
    }
    let options = ServerOptions {
        max_connections: ADMIN_CONNECTIONS,
        connections_per_network: ADMIN_CONNECTIONS,
        ..options
    };
    let signal = shutdown.clone().cancelled_owned();
    server::serve(listener, http::admin_service(app.clone()), options, signal).await;
}

/// The tasks that reload something at SIGHUP.
#[derive(Default)]
struct Reloads {
    keys: Arc<Notify>,
    settings: Arc<Notify>,
}

/// Waits for a signal that ends the service. Notifies `reloads` of each reload signal until then.
async fn end_signal(signals: &mut Signals, reloads: &Reloads) -> SignalKind {
    loop {
        match signals.next().await {
            Event::End(signal) => return signal,
            Event::Reload => {
                info!("SIGHUP: reloading");
                service_manager::notify_reloading();
                reloads.keys.notify_one();
                reloads.settings.notify_one();
            }
        }
    }
}

/// Open files other than connections: the listener, the log, those of the runtime and of the database,
/// and connections that are being closed.
const OTHER_DESCRIPTORS: u64 = 128;

/// The number of connections, reduced to what the limit of open files allows.
fn affordable_connections(wanted: usize) -> usize {
    let descriptors = wanted as u64 + OTHER_DESCRIPTORS;
    let limit = rlimit::increase_nofile_limit(descriptors).unwrap_or(descriptors);
    if limit >= descriptors {
        return wanted;
    }
    let affordable = limit.saturating_sub(OTHER_DESCRIPTORS).max(1);
    warn!(wanted, affordable, "--max-connections exceeds the limit of open files");
    usize::try_from(affordable).unwrap_or(wanted)
}

fn announce(config: &Config, address: SocketAddr) {
    if let Some(file) = &config.key_file {
        keys::log_key_set(file, &config.tokens.keys);
    }
    for (what, path) in &config.exposed_files {
        let path = path.display();
        warn!("users other than its owner may read or write the {what} {path}: chmod 600");
    }
    info!("countersign {} listening on http://{address}", env!("CARGO_PKG_VERSION"));
    let lifetime = humantime::format_duration(config.tokens.lifetime);
    if !config.demo {
        info!("access tokens expire after {lifetime}");
        match &config.database.database {
            Database::Sql(url) => info!("users are stored in {url}"),
            Database::Memory => warn!("users are stored in memory, until the process ends"),
        }
        return;
    }
    let (email, password) = (App::DEMO_EMAIL, App::DEMO_PASSWORD);
    let secret = match &config.key_file {
        Some(_) => "the key file",
        None if config.random_secret => "a random secret",
        None => "the configured secret",
    };
    warn!("demo: users are stored in memory; log in as {email} with the password {password:?}");
    info!("access tokens expire after {lifetime} and are signed with {secret}");
    info!("try it: curl -d email={email} -d password={password} http://{address}/login");
}
