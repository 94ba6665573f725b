//! `countersign serve`

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::SignalKind;
use tracing::{info, warn};

use super::signals::Signals;
use crate::app::{App, AppError};
use crate::clock::SystemClock;
use crate::config::{Config, Environment, Fault, ServeFlags};
use crate::{http, server, telemetry};

/// Why the service did not run.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("cannot listen on {0}: {1}; choose another address with --listen")]
    Listen(SocketAddr, io::Error),
    #[error(transparent)]
    App(#[from] AppError),
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// How the service ended.
enum End {
    Drained,
    SecondSignal(SignalKind),
}

pub(super) fn run(flags: &ServeFlags) -> ExitCode {
    let config = match Config::new(flags, &Environment::of_process()) {
        Ok(config) => config,
        Err(faults) => {
            for fault in &faults {
                complain(&fault.to_string());
            }
            return faults.first().map_or(1, Fault::exit_code).into();
        }
    };
    telemetry::init(config.log);
    let runtime = Runtime::new().map_err(ServeError::System);
    match runtime.and_then(|runtime| runtime.block_on(serve(&config))) {
        Ok(End::Drained) => ExitCode::SUCCESS,
        // At once: dropping the runtime and returning would both take longer.
        Ok(End::SecondSignal(signal)) => std::process::exit(128 + signal.as_raw_value()),
        Err(error) => {
            complain(&error.to_string());
            if matches!(error, ServeError::Listen(..)) { 8.into() } else { ExitCode::FAILURE }
        }
    }
}

/// Says on standard error, as clap does, why there will be no service.
fn complain(sentence: &str) {
    // Where standard error is closed nobody listens, and the exit code remains.
    let _ = writeln!(io::stderr(), "error: {sentence}");
}

async fn serve(config: &Config) -> Result<End, ServeError> {
    let mut signals = Signals::catch()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| ServeError::Listen(config.listen, error))?;
    let address = listener.local_addr()?;
    raise_descriptor_limit(config);
    let app = App::new(config, Arc::new(SystemClock)).await?;
    announce(config, address);

    let shutdown = tokio_util::sync::CancellationToken::new();
    let first_signal = shutdown.clone().cancelled_owned();
    let serving = server::serve(listener, http::router(app), config.server, first_signal);
    let second_signal = async {
        signals.next().await;
        info!("ending; a second signal ends at once");
        shutdown.cancel();
        signals.next().await
    };
    tokio::select! {
        _ = serving => Ok(End::Drained),
        signal = second_signal => Ok(End::SecondSignal(signal)),
    }
}

/// Lets the process open as many connections as it may.
fn raise_descriptor_limit(config: &Config) {
    let wanted = config.server.max_connections as u64 + 64;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit >= wanted => {}
        Ok(limit) => warn!(limit, wanted, "the system allows fewer open files than connections"),
        Err(error) => warn!(%error, "cannot raise the limit of open files"),
    }
}

fn announce(config: &Config, address: SocketAddr) {
    info!("countersign {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
    let lifetime = humantime::format_duration(config.tokens.lifetime);
    if !config.demo {
        info!("tokens live {lifetime}");
        warn!("users are kept in memory, and there are none: nobody can log in");
        return;
    }
    let (email, password) = (App::DEMO_EMAIL, App::DEMO_PASSWORD);
    let secret = if config.random_secret { "a random secret" } else { "your secret" };
    warn!("this is the demo: users are kept in memory, and {email} / {password} may log in");
    info!("tokens live {lifetime} and are signed with {secret}");
    info!("try it: curl -d email={email} -d password={password} http://{address}/login");
}
