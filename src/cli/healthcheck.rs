//! `countersign healthcheck`

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use axum::body::Body;
use clap::Args;
use http::{Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::exit::{CommandError, Exit, exit_code};
use crate::config::{HumanDuration, listen_address, timeout as parse_timeout};

/// The flags of `countersign healthcheck`.
#[derive(Args, Debug)]
pub(super) struct HealthcheckFlags {
    /// Address and port that the service listens on; of one for all interfaces, such as 0.0.0.0, the
    /// loopback address is asked
    #[arg(
        long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080", value_parser = listen_address
    )]
    listen: SocketAddr,

    /// Require that the database is available, too: GET /readyz in place of GET /healthz
    #[arg(long)]
    ready: bool,

    /// Timeout for the response
    #[arg(
        long, value_name = "DURATION", default_value = "3s",
        value_parser = |text: &str| parse_timeout(text).map(HumanDuration)
    )]
    timeout: HumanDuration,
}

/// Why the service is not healthy.
#[derive(Debug, thiserror::Error)]
enum Unhealthy {
    #[error("no service on {0}: {1}")]
    Connect(SocketAddr, io::Error),
    #[error("no response from {0}: {1}")]
    Request(SocketAddr, hyper::Error),
    #[error("no response from {0} within {1}")]
    Timeout(SocketAddr, HumanDuration),
    #[error("{0} responds {1}")]
    Status(SocketAddr, StatusCode),
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}

impl CommandError for Unhealthy {
    fn exit(&self) -> Exit {
        Exit::Failure
    }
}

pub(super) fn run(flags: &HealthcheckFlags) -> ExitCode {
    exit_code(check(flags).map(|()| ExitCode::SUCCESS))
}

fn check(flags: &HealthcheckFlags) -> Result<(), Unhealthy> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Unhealthy::Runtime)?;
    let address = reachable(flags.listen);
    let path = if flags.ready { "/readyz" } else { "/healthz" };
    let status = runtime
        .block_on(async { timeout(flags.timeout.0, status_of(address, path)).await })
        .map_err(|_| Unhealthy::Timeout(address, flags.timeout))??;
    if status.is_success() { Ok(()) } else { Err(Unhealthy::Status(address, status)) }
}

/// The address at which a service that listens on `listen` is reached from its own machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The status of the response to `GET path`.
async fn status_of(address: SocketAddr, path: &str) -> Result<StatusCode, Unhealthy> {
    let stream =
        TcpStream::connect(address).await.map_err(|error| Unhealthy::Connect(address, error))?;
    let failed = |error| Unhealthy::Request(address, error);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let mut request = Request::new(Body::empty());
    if let Ok(uri) = path.parse() {
        *request.uri_mut() = uri;
    }
    if let Ok(host) = address.to_string().parse() {
        request.headers_mut().insert(header::HOST, host);
    }
    tokio::select! {
        response = sender.send_request(request) => Ok(response.map_err(failed)?.status()),
        // The connection ends before the response.
        Err(error) = connection => Err(failed(error)),
    }
}
