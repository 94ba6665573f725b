//! The flags and variables of `countersign serve`, as given.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::admin_listen::AdminListen;
use super::database_flags::DatabaseFlags;
use super::edge_flags::EdgeFlags;
use super::edge_options::ApiDocs;
use super::lifetime_flags::LifetimeFlags;
use super::log_flags::LogFlags;
use super::mail_flags::MailFlags;
use super::page_flags::PageFlags;
use super::password_flags::PasswordFlags;
use super::password_parsers;
use super::public_url_flag::PublicUrlFlag;
use super::signing_flags::SigningFlags;
use super::throttle_flags::ThrottleFlags;
use super::value_parsers;

/// Whether `POST /register` is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Anyone may register.
    Open,
    /// Only the operator adds users.
    Closed,
}

/// The flags of `countersign serve`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Service")]
pub struct ServeFlags {
    /// Address and port to listen on
    ///
    /// On a loopback address without a database the service is a demo: the user user@email.com with
    /// the password "password" exists, access tokens expire after 20s, and the secret is random
    /// unless one is set. Any other address requires a secret or a key file. A socket that systemd
    /// passes (socket activation) takes the place of this address.
    #[arg(
        long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080", value_parser = value_parsers::listen_address
    )]
    pub listen: SocketAddr,

    /// Address and port of metrics (GET /metrics) and probes (GET /healthz, /readyz), which only the
    /// operator should reach; or off [default: 127.0.0.1:9090, off in the demo]
    #[arg(
        long, env = "COUNTERSIGN_ADMIN_LISTEN", value_name = "ADDRESS:PORT",
        value_parser = AdminListen::parse
    )]
    pub admin_listen: Option<AdminListen>,

    /// Whether anyone may register [default: open in the demo, closed otherwise]
    #[arg(long, env = "COUNTERSIGN_REGISTRATION", value_name = "STATE", value_enum)]
    pub registration: Option<Registration>,

    /// File with the OAuth clients that may introspect tokens, written by `countersign oauth-client`
    /// and read at the start and at SIGHUP
    #[arg(long, env = "COUNTERSIGN_OAUTH_CLIENTS", value_name = "FILE")]
    pub oauth_clients: Option<PathBuf>,

    /// Description of the HTTP API: /openapi.json, and the page /docs, which can log in and send requests
    #[arg(
        long, env = "COUNTERSIGN_API_DOCS", value_name = "STATE", value_enum,
        default_value_t = ApiDocs::On
    )]
    pub api_docs: ApiDocs,

    // Those above are before the flattened ones, whose headings would be theirs.
    /// The public URL.
    #[command(flatten)]
    pub public: PublicUrlFlag,

    /// The database.
    #[command(flatten)]
    pub database: DatabaseFlags,

    /// Requirements for new passwords.
    #[command(flatten)]
    pub passwords: PasswordFlags,

    /// Number of threads that hash passwords, each with the memory of one hash [default: the number
    /// of available cores]
    #[arg(
        long, env = "COUNTERSIGN_HASH_THREADS", value_name = "NUMBER", help_heading = "Passwords",
        value_parser = password_parsers::hashing_threads
    )]
    pub hash_threads: Option<NonZeroUsize>,

    /// Mails.
    #[command(flatten)]
    pub mail: MailFlags,

    /// Throttling of failed password checks.
    #[command(flatten)]
    pub throttle: ThrottleFlags,

    /// Signing keys and claims of tokens.
    #[command(flatten)]
    pub signing: SigningFlags,

    /// Lifetimes of tokens and sessions.
    #[command(flatten)]
    pub lifetimes: LifetimeFlags,

    /// The hosted pages.
    #[command(flatten)]
    pub pages: PageFlags,

    /// Requests and connections.
    #[command(flatten)]
    pub edge: EdgeFlags,

    /// The log.
    #[command(flatten)]
    pub log: LogFlags,
}
